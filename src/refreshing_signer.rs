//! Credentials that stay fresh.

mod schedule;

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::future::{Future, poll_fn};
use core::panic::AssertUnwindSafe;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use std::panic::catch_unwind;

use arc_swap::ArcSwap;
use time::OffsetDateTime;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use self::schedule::{Due, LONGEST_PAUSE};
use crate::credentials::Credentials;
use crate::provider::{ProvideCredentials, ProvideError};
use crate::signer::Signer;

/// How long a look-up may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(30);

/// A [`Signer`] whose credentials stay fresh: a task renews them before they end. A clone shares it; the task ends with the
/// last clone.
///
/// What it hands out is a snapshot: id, secret and token are of one answer, and the key of the day comes with them. Nobody
/// waits while it is good. One look-up runs at a time, for 30 seconds at most, and goes on when whoever asked for it gives up.
/// A look-up that fails, or panics, is an error for those who wait for it; it is tried again, soon at first, then each
/// minute, and until the old credentials end, they serve. Credentials that do not say when they end are looked up again by
/// [`refresh`](Self::refresh) alone.
///
/// ```no_run
/// use countersign::{EnvCredentials, RefreshingSigner, Signer};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let to_signer = |credentials| Signer::new(credentials, "us-east-1", "neptune-db");
/// let refreshing = RefreshingSigner::start(EnvCredentials::new(), to_signer).await?;
///
/// let mut request = http::Request::get("https://db.example:8182/status").body("")?;
/// refreshing.current()?.sign(&mut request)?; // never waits
/// refreshing.signer().await?.sign(&mut request)?; // waits only if the credentials have ended
/// # Ok(())
/// # }
/// ```
///
/// Where credentials are fixed, a [`Signer`] becomes one with `into()`: it has no task.
#[derive(Clone)]
pub struct RefreshingSigner {
    shared: Arc<Shared>,
    _task: Option<Arc<Task>>,
}

struct Shared {
    snapshot: ArcSwap<Snapshot>,
    source: Option<Source>,
    /// Held by whoever looks credentials up.
    refresh_lock: Mutex<()>,
}

/// The last good answer, and what became of the last look-up.
struct Snapshot {
    signer: Signer,
    look_ups: u64,
    /// How many failed since that answer, and why the last one did.
    failures: u32,
    failure: Option<ProvideError>,
    /// When the next one is due, if one is.
    due: Option<Due>,
}

struct Source {
    runtime: Handle,
    provider: Box<dyn ProvideCredentials>,
    to_signer: Box<dyn Fn(Credentials) -> Signer + Send + Sync>,
}

/// Ends the task when the last clone is dropped.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RefreshingSigner {
    /// Looks the credentials up for the first time, and starts the task. `to_signer` says what they sign for.
    ///
    /// It needs a tokio runtime with a timer, which is to go on running: the task is one of its own. Look-ups that someone
    /// waits for run in the runtime of whoever waits, or in this one, where that has none.
    ///
    /// # Errors
    /// The first look-up failed, or what it found cannot sign; or there is no runtime.
    pub async fn start(
        provider: impl ProvideCredentials + 'static,
        to_signer: impl Fn(Credentials) -> Signer + Send + Sync + 'static,
    ) -> Result<Self, ProvideError> {
        let runtime = Handle::try_current().map_err(|_| ProvideError::NoRuntime)?;
        let (provider, to_signer) = (Box::new(provider), Box::new(to_signer));
        let source = Source { runtime: runtime.clone(), provider, to_signer };
        let signer = source.look_up().await?;
        let shared = Arc::new(Shared::new(Snapshot::of_answer(signer, 1), Some(source)));
        let task = runtime.spawn(keep_current(Arc::clone(&shared)));
        Ok(Self { shared, _task: Some(Arc::new(Task(task.abort_handle()))) })
    }

    /// The signer of now. It never waits.
    ///
    /// # Errors
    /// [`ProvideError::Expired`]: the credentials have ended, and say why there are no others.
    pub fn current(&self) -> Result<Signer, ProvideError> {
        self.shared.snapshot.load().current()
    }

    /// The signer of now, or that of the next answer where the credentials have ended.
    ///
    /// # Errors
    /// The credentials have ended, and the look-up that followed failed.
    pub async fn signer(&self) -> Result<Signer, ProvideError> {
        if let Ok(signer) = self.current() {
            return Ok(signer);
        }
        // What failed stands in the error that follows.
        let _ = self.refresh().await;
        self.current()
    }

    /// Looks the credentials up now, or waits for a look-up that is under way: for a server that no longer believes them.
    ///
    /// # Errors
    /// The look-up failed. The old credentials serve on.
    pub async fn refresh(&self) -> Result<(), ProvideError> {
        let Some(source) = &self.shared.source else { return Ok(()) };
        let runtime = Handle::try_current().unwrap_or_else(|_| source.runtime.clone());
        let shared = Arc::clone(&self.shared);
        let look_up = runtime.spawn(async move { shared.refresh().await });
        // It does not panic: the runtime has ended.
        look_up.await.unwrap_or(Err(ProvideError::NoRuntime))
    }
}

/// Of credentials that are fixed.
impl From<Signer> for RefreshingSigner {
    fn from(signer: Signer) -> Self {
        let shared = Arc::new(Shared::new(Snapshot::of_answer(signer, 0), None));
        Self { shared, _task: None }
    }
}

impl Shared {
    fn new(snapshot: Snapshot, source: Option<Source>) -> Self {
        Self { snapshot: ArcSwap::from_pointee(snapshot), source, refresh_lock: Mutex::new(()) }
    }

    async fn refresh(&self) -> Result<(), ProvideError> {
        let Some(source) = &self.source else { return Ok(()) };
        let seen = self.snapshot.load().look_ups;
        let _guard = self.refresh_lock.lock().await;
        let mut latest = self.snapshot.load_full();
        // Unless one ended while this waited.
        if latest.look_ups == seen {
            let answer = source.look_up().await;
            latest = Arc::new(latest.after(answer));
            self.snapshot.store(Arc::clone(&latest));
        }
        latest.failure.clone().map_or(Ok(()), Err)
    }
}

impl Snapshot {
    fn of_answer(signer: Signer, look_ups: u64) -> Self {
        let due = now(&signer).zip(end(&signer)).and_then(|(now, end)| Due::before(end, now));
        Self { signer, look_ups, failures: 0, failure: None, due }
    }

    fn after(&self, answer: Result<Signer, ProvideError>) -> Self {
        let look_ups = self.look_ups.wrapping_add(1);
        let failure = match answer {
            Ok(signer) => return Self::of_answer(signer, look_ups),
            Err(failure) => failure,
        };
        Self {
            signer: self.signer.clone(),
            look_ups,
            failures: self.failures.saturating_add(1),
            due: Some(Due::after(self.failures)),
            failure: Some(failure),
        }
    }

    fn current(&self) -> Result<Signer, ProvideError> {
        check_end(&self.signer).map_err(|error| match error {
            ProvideError::Expired { expired_at, .. } => {
                ProvideError::Expired { expired_at, renewal: self.failure.clone().map(Box::new) }
            }
            error => error,
        })?;
        Ok(self.signer.clone())
    }

    /// How long to wait before looking whether the next look-up is due; none if it is.
    fn pause(&self) -> Option<Duration> {
        self.due.map_or(Some(LONGEST_PAUSE), |due| due.pause(now(&self.signer)))
    }
}

impl Source {
    /// The key of the day is derived here, before anyone signs.
    async fn look_up(&self) -> Result<Signer, ProvideError> {
        catch_panic(self.look_up_uncaught()).await
    }

    async fn look_up_uncaught(&self) -> Result<Signer, ProvideError> {
        let answer = timeout(LOOKUP_TIMEOUT, self.provider.provide()).await;
        let credentials =
            answer.map_err(|_| ProvideError::TimedOut { after: LOOKUP_TIMEOUT })??;
        let signer = (self.to_signer)(credentials);
        check_end(&signer)?;
        signer.with_day(signer.now()?, |_| ())?;
        Ok(signer)
    }
}

async fn keep_current(shared: Arc<Shared>) {
    loop {
        let pause = shared.snapshot.load().pause();
        if let Some(pause) = pause {
            sleep(pause).await;
            continue;
        }
        // What failed stands in the snapshot.
        let _ = shared.refresh().await;
    }
}

/// A panic ends neither the task nor a driver that waits. Nothing is left half done: the snapshot is stored afterwards.
async fn catch_panic<T>(
    look_up: impl Future<Output = Result<T, ProvideError>>,
) -> Result<T, ProvideError> {
    let mut look_up = pin!(look_up);
    poll_fn(|context| {
        let poll = catch_unwind(AssertUnwindSafe(|| look_up.as_mut().poll(context)));
        poll.unwrap_or_else(|_| Poll::Ready(Err(ProvideError::new("the provider panicked"))))
    })
    .await
}

/// None for a clock that no signature can be made by: that is the error of the signing.
fn now(signer: &Signer) -> Option<OffsetDateTime> {
    signer.now().ok().map(OffsetDateTime::from)
}

fn end(signer: &Signer) -> Option<OffsetDateTime> {
    signer.credentials().and_then(Credentials::expires_at)
}

fn check_end(signer: &Signer) -> Result<(), ProvideError> {
    match now(signer).zip(end(signer)) {
        Some((now, expired_at)) if expired_at <= now => {
            Err(ProvideError::Expired { expired_at, renewal: None })
        }
        _ => Ok(()),
    }
}

impl fmt::Debug for RefreshingSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snapshot = self.shared.snapshot.load();
        f.debug_struct("RefreshingSigner")
            .field("signer", &snapshot.signer)
            .field("failure", &snapshot.failure)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(life: time::Duration) -> Signer {
        let end = OffsetDateTime::from(std::time::SystemTime::now()) + life;
        Signer::new(Credentials::new("AKIDEXAMPLE", "secret").with_expiry(end), "us-east-1", "s")
    }

    /// How long until the next look-up, but for the clock's own running.
    fn seconds(snapshot: &Snapshot) -> f64 {
        (snapshot.pause().unwrap_or_default().as_secs_f64() * 2.0).round() / 2.0
    }

    #[test]
    fn each_failure_doubles_the_pause_and_an_answer_ends_that() {
        let mut snapshot = Snapshot::of_answer(signer(time::Duration::HOUR), 1);
        for expected in [0.5, 1.0, 2.0, 4.0] {
            snapshot = snapshot.after(Err(ProvideError::new("")));
            assert_eq!(seconds(&snapshot), expected);
        }
        snapshot = snapshot.after(Ok(signer(time::Duration::seconds(30))));
        assert_eq!((seconds(&snapshot), snapshot.failures), (20.0, 0));
        assert!(snapshot.failure.is_none());
    }
}
