//! A signer whose credentials are refreshed in the background.

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

use self::schedule::{MAX_PAUSE, Moment, Period};
use crate::credentials::Credentials;
use crate::error::SignError;
use crate::keyspaces::KeyspacesSigner;
use crate::protocol::Timestamp;
use crate::provider::{ProvideCredentials, ProvideError};
use crate::signer::{Identity, Signer};

/// The timeout of a lookup.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(30);

/// A [`Signer`] whose credentials are refreshed before they expire.
///
/// A background task looks up new credentials 5 minutes before the current ones expire, or after two thirds of a lifetime
/// that is shorter than 15 minutes. Clones share the credentials and the task; the task ends when the last clone is
/// dropped.
///
/// Each [`Signer`] that it returns is a snapshot: its access key id, secret, session token and signing key belong to the
/// same lookup.
///
/// Only one lookup runs at a time. It times out after 30 seconds, and continues even if the caller that started it is
/// cancelled. If it fails or panics, every caller that waits for it receives the error, and the current credentials remain
/// in use until they expire. Meanwhile the task retries, after half a second at first and at most a minute later.
///
/// Credentials without an expiry are refreshed only by [`refresh`](Self::refresh).
///
/// Expiry does not depend on the wall clock alone. Credentials expire when the signer's clock reaches their expiry, or when
/// the lifetime that they had at the lookup has passed on a monotonic clock, whichever comes first. Setting the clock back
/// therefore does not keep expired credentials in use.
///
/// # Example
///
/// This example signs with credentials from the environment.
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
/// refreshing.signer().await?.sign(&mut request)?; // waits only if the credentials have expired
/// # Ok(())
/// # }
/// ```
///
/// A signer with fixed credentials converts into a `RefreshingSigner` with `into()`. It has no task.
///
/// `S` is the kind of signer: [`Signer`], or [`KeyspacesSigner`] for logins to Amazon Keyspaces.
#[derive(Clone)]
pub struct RefreshingSigner<S = Signer> {
    shared: Arc<Shared<S>>,
    _task: Option<Arc<AbortOnDrop>>,
}

struct Shared<S> {
    snapshot: ArcSwap<Snapshot<S>>,
    /// `None` if the credentials are fixed.
    source: Option<Source<S>>,
    /// Held during a lookup, so that only one runs at a time.
    refresh_lock: Mutex<()>,
}

/// The result of the last successful lookup, and the failures since then.
struct Snapshot<S> {
    signer: S,
    /// How long the credentials are valid. `None` if they do not expire.
    lifetime: Option<Period>,
    /// The number of lookups so far, successful or not.
    lookups: u64,
    /// The number of failed lookups since the successful one, and the error of the last.
    failures: u32,
    failure: Option<ProvideError>,
    /// The time until the next lookup. `None` if the credentials do not expire and no lookup has failed.
    until_lookup: Option<Period>,
}

struct Source<S> {
    runtime: Handle,
    provider: Box<dyn ProvideCredentials>,
    to_signer: Box<dyn Fn(Credentials) -> S + Send + Sync>,
}

/// Aborts the background task when the last clone of a [`RefreshingSigner`] is dropped.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<S: Refreshable> RefreshingSigner<S> {
    /// Looks up the credentials for the first time and starts the background task.
    ///
    /// `to_signer` builds a [`Signer`] from the credentials of each lookup: it chooses the region, the service and the
    /// rules.
    ///
    /// Call this in a tokio runtime that has a timer and keeps running, because the task runs in it. A lookup that a caller
    /// waits for runs in the caller's runtime, or in this one if the caller has none.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no tokio runtime, if the first lookup fails, or if its credentials have expired or
    /// cannot sign.
    pub async fn start(
        provider: impl ProvideCredentials + 'static,
        to_signer: impl Fn(Credentials) -> S + Send + Sync + 'static,
    ) -> Result<Self, ProvideError> {
        let runtime = Handle::try_current().map_err(|_| ProvideError::NoRuntime)?;
        let (provider, to_signer) = (Box::new(provider), Box::new(to_signer));
        let source = Source { runtime: runtime.clone(), provider, to_signer };
        let snapshot = source.look_up().await?;
        let shared = Arc::new(Shared::new(snapshot, Some(source)));
        let task = runtime.spawn(refresh_in_background(Arc::clone(&shared)));
        Ok(Self { shared, _task: Some(Arc::new(AbortOnDrop(task.abort_handle()))) })
    }

    /// Returns a signer with the current credentials, without waiting.
    ///
    /// # Errors
    ///
    /// Returns [`ProvideError::Expired`] if the credentials have expired. The error contains the reason why they could not
    /// be renewed.
    pub fn current(&self) -> Result<S, ProvideError> {
        let snapshot = self.shared.snapshot.load();
        snapshot.current(snapshot.now())
    }

    /// Returns a signer with the current credentials, or waits for new ones if these have expired.
    ///
    /// # Errors
    ///
    /// Returns an error if the credentials have expired and the lookup of new ones fails.
    pub async fn signer(&self) -> Result<S, ProvideError> {
        if let Ok(signer) = self.current() {
            return Ok(signer);
        }
        // If this lookup fails, the error of `current` contains its error.
        let _ = self.refresh().await;
        self.current()
    }

    /// Looks up new credentials now, or waits for the lookup that is already running.
    ///
    /// Use this if a server rejects credentials that have not expired yet, for example because they were revoked.
    ///
    /// # Errors
    ///
    /// Returns an error if the lookup fails. The current credentials remain in use.
    pub async fn refresh(&self) -> Result<(), ProvideError> {
        let Some(source) = &self.shared.source else { return Ok(()) };
        let runtime = Handle::try_current().unwrap_or_else(|_| source.runtime.clone());
        let shared = Arc::clone(&self.shared);
        let lookup = runtime.spawn(async move { shared.refresh().await });
        // A lookup does not panic, so joining it fails only if the runtime has shut down.
        lookup.await.unwrap_or(Err(ProvideError::NoRuntime))
    }
}

/// Wraps a signer with fixed credentials.
impl<S: Refreshable> From<S> for RefreshingSigner<S> {
    fn from(signer: S) -> Self {
        let shared = Arc::new(Shared::new(Snapshot::new(signer), None));
        Self { shared, _task: None }
    }
}

impl<S: Refreshable> Shared<S> {
    fn new(snapshot: Snapshot<S>, source: Option<Source<S>>) -> Self {
        Self { snapshot: ArcSwap::from_pointee(snapshot), source, refresh_lock: Mutex::new(()) }
    }

    async fn refresh(&self) -> Result<(), ProvideError> {
        let Some(source) = &self.source else { return Ok(()) };
        let lookups_before = self.snapshot.load().lookups;
        let _guard = self.refresh_lock.lock().await;
        let mut latest = self.snapshot.load_full();
        // Another lookup may have ended while this caller waited for the lock. Its result is used then.
        if latest.lookups == lookups_before {
            let result = source.look_up().await;
            latest = Arc::new(latest.after_lookup(result));
            self.snapshot.store(Arc::clone(&latest));
        }
        latest.failure.clone().map_or(Ok(()), Err)
    }
}

impl<S: Refreshable> Snapshot<S> {
    fn new(signer: S) -> Self {
        let now = Moment::now(&signer);
        let lifetime = signer.expires_at().and_then(|end| Period::until(end, now));
        let until_lookup = lifetime.map(Period::before_expiry);
        Self { signer, lifetime, lookups: 0, failures: 0, failure: None, until_lookup }
    }

    fn after_lookup(&self, result: Result<Self, ProvideError>) -> Self {
        let lookups = self.lookups.wrapping_add(1);
        match result {
            Ok(snapshot) => Self { lookups, ..snapshot },
            Err(failure) => Self {
                signer: self.signer.clone(),
                lifetime: self.lifetime,
                lookups,
                failures: self.failures.saturating_add(1),
                failure: Some(failure),
                until_lookup: Some(Period::backoff(self.failures, self.now())),
            },
        }
    }

    fn now(&self) -> Moment {
        Moment::now(&self.signer)
    }

    fn current(&self, now: Moment) -> Result<S, ProvideError> {
        match self.signer.expires_at().zip(self.lifetime) {
            Some((expired_at, lifetime)) if lifetime.remaining(now).is_zero() => {
                Err(ProvideError::Expired {
                    expired_at,
                    renewal: self.failure.clone().map(Box::new),
                })
            }
            _ => Ok(self.signer.clone()),
        }
    }

    /// How long to sleep before checking again whether a lookup is due. It is due when this is zero.
    fn pause(&self, now: Moment) -> Duration {
        self.until_lookup.map_or(MAX_PAUSE, |period| period.remaining(now).min(MAX_PAUSE))
    }
}

impl<S: Refreshable> Source<S> {
    async fn look_up(&self) -> Result<Snapshot<S>, ProvideError> {
        catch_panic(self.build_snapshot()).await
    }

    async fn build_snapshot(&self) -> Result<Snapshot<S>, ProvideError> {
        let provided = timeout(LOOKUP_TIMEOUT, self.provider.provide()).await;
        let credentials =
            provided.map_err(|_| ProvideError::TimedOut { after: LOOKUP_TIMEOUT })??;
        let snapshot = Snapshot::new((self.to_signer)(credentials));
        let signer = snapshot.current(snapshot.now())?;
        // Derive the signing key here, so that no request waits for it. This also finds credentials that cannot sign.
        signer.check()?;
        Ok(snapshot)
    }
}

async fn refresh_in_background<S: Refreshable>(shared: Arc<Shared<S>>) {
    loop {
        let pause = {
            let snapshot = shared.snapshot.load();
            snapshot.pause(snapshot.now())
        };
        if pause.is_zero() {
            // The snapshot keeps the error of a failed lookup.
            let _ = shared.refresh().await;
        } else {
            sleep(pause).await;
        }
    }
}

/// Turns a panic into an error.
///
/// The panic of a provider must not end the background task, nor leave a caller waiting. Unwind safety: a lookup only
/// builds a value, and the snapshot is stored after it has succeeded.
async fn catch_panic<T>(
    lookup: impl Future<Output = Result<T, ProvideError>>,
) -> Result<T, ProvideError> {
    let mut lookup = pin!(lookup);
    poll_fn(|context| {
        let poll = catch_unwind(AssertUnwindSafe(|| lookup.as_mut().poll(context)));
        poll.unwrap_or_else(|_| Poll::Ready(Err(ProvideError::new("provider panicked"))))
    })
    .await
}

/// A signer that [`RefreshingSigner`] can keep current: [`Signer`] or [`KeyspacesSigner`]. No other type implements it.
pub trait Refreshable: sealed::Signer + fmt::Debug + Clone + Send + Sync + 'static {}

impl Refreshable for Signer {}
impl Refreshable for KeyspacesSigner {}

mod sealed {
    use super::{OffsetDateTime, SignError, Timestamp};

    pub trait Signer {
        fn now(&self) -> Result<Timestamp, SignError>;

        /// Returns the time at which the credentials expire, if it is known.
        fn expires_at(&self) -> Option<OffsetDateTime>;

        /// Derives the signing key of the day.
        ///
        /// # Errors
        ///
        /// Returns an error if nothing can be signed with the credentials.
        fn check(&self) -> Result<(), SignError>;
    }
}

impl sealed::Signer for Signer {
    fn now(&self) -> Result<Timestamp, SignError> {
        self.now()
    }

    fn expires_at(&self) -> Option<OffsetDateTime> {
        expires_at(self.identity())
    }

    fn check(&self) -> Result<(), SignError> {
        check(self.identity(), self.now()?)
    }
}

impl sealed::Signer for KeyspacesSigner {
    fn now(&self) -> Result<Timestamp, SignError> {
        self.now()
    }

    fn expires_at(&self) -> Option<OffsetDateTime> {
        expires_at(self.identity())
    }

    fn check(&self) -> Result<(), SignError> {
        check(self.identity(), self.now()?)
    }
}

fn expires_at(identity: &Identity) -> Option<OffsetDateTime> {
    identity.credentials().and_then(Credentials::expires_at)
}

fn check(identity: &Identity, now: Timestamp) -> Result<(), SignError> {
    identity.with_signing_key(now, || Some(now.date()), |_| ())
}

impl<S: Refreshable> fmt::Debug for RefreshingSigner<S> {
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

    const HOUR: Duration = Duration::from_secs(3600);

    fn snapshot(lifetime: Duration) -> Snapshot<Signer> {
        let expires_at = OffsetDateTime::from(std::time::SystemTime::now()) + lifetime;
        let credentials = Credentials::new("AKIDEXAMPLE", "secret").with_expiry(expires_at);
        Snapshot::new(Signer::new(credentials, "us-east-1", "s"))
    }

    /// The seconds until the next lookup, rounded to halves because the clock runs meanwhile.
    fn seconds(snapshot: &Snapshot<Signer>) -> f64 {
        (snapshot.pause(snapshot.now()).as_secs_f64() * 2.0).round() / 2.0
    }

    #[test]
    fn backoff_doubles_and_resets_on_success() {
        let mut latest = snapshot(HOUR);
        for expected in [0.5, 1.0, 2.0, 4.0] {
            latest = latest.after_lookup(Err(ProvideError::new("")));
            assert_eq!(seconds(&latest), expected);
        }
        latest = latest.after_lookup(Ok(snapshot(Duration::from_secs(30))));
        assert_eq!((seconds(&latest), latest.lookups, latest.failures), (20.0, 5, 0));
        assert!(latest.failure.is_none());
    }

    #[test]
    fn either_clock_ends_the_lifetime() {
        let snapshot = snapshot(HOUR);
        let start = snapshot.now();
        let later = |wall: time::Duration, monotonic| Moment {
            wall: start.wall.map(|start| start + wall),
            monotonic: start.monotonic + monotonic,
        };
        let set_back = later(time::Duration::hours(-2), 2 * HOUR);
        let set_forward = later(time::Duration::hours(2), Duration::ZERO);
        for now in [set_back, set_forward] {
            let error = snapshot.current(now).unwrap_err();
            assert!(matches!(error, ProvideError::Expired { .. }), "{error}");
            assert_eq!(snapshot.pause(now), Duration::ZERO);
        }
        // A clock that was set forward and then corrected does no harm.
        assert!(snapshot.current(start).is_ok());
    }
}
