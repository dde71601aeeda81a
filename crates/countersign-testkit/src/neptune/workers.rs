//! The threads on which queries run.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout_at;

use super::budget::Budget;
use super::limits::Limits;
use super::rejection::Rejection;

/// Runs a bounded number of queries at once, each on a thread of its own: a query may nest deep, and must not hold up
/// what the server does for other clients.
#[derive(Debug)]
pub(crate) struct Workers {
    queries: Arc<Semaphore>,
    /// The store takes one writer at a time. Others wait here, where they can give up, and not on its lock.
    writers: Arc<Semaphore>,
    limits: Arc<Limits>,
}

/// What a job does with the store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Workers {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        Self {
            queries: Arc::new(Semaphore::new(limits.queries.max(1))),
            writers: Arc::new(Semaphore::new(1)),
            limits,
        }
    }

    /// Runs a job, which is cancelled at the end of its time, or when this future is dropped.
    ///
    /// # Errors
    ///
    /// Returns the error of the job; or an error if its time or its memory is used up, or if no worker is free in time.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        access: Access,
        time: Option<Duration>,
        job: impl FnOnce(&Arc<Budget>) -> Result<T, Rejection> + Send + 'static,
    ) -> Result<T, Rejection> {
        let longest = self.limits.query_time;
        let time = time.map_or(longest, |time| time.min(longest));
        let deadline = Instant::now() + time;
        let permits = timeout_at(deadline.into(), self.permits(access)).await.map_err(|_| {
            Rejection::new(429, "TooManyRequestsException", "Too many queries run already")
        })?;
        let budget = Arc::new(Budget::new(deadline, self.limits.query_memory));
        let _cancelled_at_the_end = CancelOnDrop(Arc::clone(&budget));
        let (done, result) = oneshot::channel();
        let query = move || {
            let result = job(&budget).and_then(|result| budget.check().map(|()| result));
            drop(permits);
            // An error means that nobody waits for the result any more.
            let _ = done.send(result);
        };
        thread::Builder::new()
            .name("testkit-query".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(query)
            .map_err(Rejection::internal)?;
        match timeout_at(deadline.into(), result).await {
            Ok(Ok(result)) => result,
            // The thread panicked.
            Ok(Err(_)) => Err(Rejection::internal("The query failed")),
            Err(_) => Err(Rejection::time_limit()),
        }
    }

    async fn permits(&self, access: Access) -> [Option<OwnedSemaphorePermit>; 2] {
        let writer = match access {
            Access::Write => Arc::clone(&self.writers).acquire_owned().await.ok(),
            Access::Read => None,
        };
        [writer, Arc::clone(&self.queries).acquire_owned().await.ok()]
    }
}

impl Drop for Workers {
    /// Waits until the threads have ended. They were cancelled when the runtime of the server was dropped.
    fn drop(&mut self) {
        let end = Instant::now() + Duration::from_secs(5);
        let all = self.limits.queries.max(1);
        while self.queries.available_permits() < all && Instant::now() < end {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

struct CancelOnDrop(Arc<Budget>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancellation().cancel();
    }
}

/// In bytes of address space. Memory is used only as far as it is needed.
const STACK_BYTES: usize = 512 << 20;
