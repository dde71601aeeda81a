//! What one query may still use.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use oxigraph::sparql::CancellationToken;

use super::rejection::Rejection;

/// The time and the memory of one query. Oxigraph reads its cancellation token whenever it reads the store; [`meter`]
/// makes it charge the budget wherever it works without the store.
///
/// [`meter`]: super::meter
pub(crate) struct Budget {
    cancellation: CancellationToken,
    deadline: Instant,
    memory: usize,
    used: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(deadline: Instant, memory: usize) -> Self {
        let cancellation = CancellationToken::new();
        Self { cancellation, deadline, memory, used: AtomicUsize::new(0) }
    }

    /// Cancelled when the budget is used up.
    pub(crate) fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Uses some bytes, and returns whether the query may go on.
    pub(crate) fn charge(&self, bytes: usize) -> bool {
        // More than all would not make a difference, but it could overflow.
        let bytes = bytes.min(self.memory.saturating_add(1));
        let used = self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if used > self.memory || Instant::now() > self.deadline {
            self.cancellation.cancel();
        }
        !self.cancellation.is_cancelled()
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Uses some bytes.
    ///
    /// # Errors
    ///
    /// Returns an error if the time or the memory is used up.
    pub(crate) fn try_charge(&self, bytes: usize) -> Result<(), Rejection> {
        if self.charge(bytes) { Ok(()) } else { Err(self.rejection()) }
    }

    /// Returns an error if the time or the memory is used up. A query whose results end early ends without an error.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        self.try_charge(0)
    }

    fn rejection(&self) -> Rejection {
        if self.used() > self.memory {
            let message = format!("The query needs more than {} bytes", self.memory);
            Rejection::memory_limit(message)
        } else {
            Rejection::time_limit()
        }
    }
}
