//! `RefreshingSigner`: refreshing in the background, failed lookups and expiry.

use core::future::{Future, pending};
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::{Context, Poll};
use core::time::Duration;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Instant, SystemTime};

use countersign::keyspaces::{Challenge, KeyspacesSigner, LoginResponse};
use countersign::protocol::Timestamp;
use countersign::verifier::AccessKey;
use countersign::{
    Credentials, EnvCredentials, ProvideCredentials, ProvideError, RefreshingSigner,
};
use tokio::time::{sleep, timeout};

const NONCE: &[u8] = b"nonce=91703fdc2ef562e19fbdab0f58e42fe5";

/// What the next lookup does.
#[derive(Clone, Copy)]
enum Outcome {
    /// Returns credentials that expire after this lifetime. The n-th lookup has the number n in each of their parts.
    Success(Duration),
    Failure,
    Hang,
    Panic,
}

/// A source of credentials that counts its lookups.
struct Vault {
    outcome: Mutex<Outcome>,
    delay: Duration,
    lookups: AtomicU32,
    running: AtomicU32,
    have_overlapped: AtomicBool,
}

struct Provider(Arc<Vault>);

impl ProvideCredentials for Provider {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        Box::pin(self.0.look_up())
    }
}

/// Counts down on drop, so that a cancelled lookup is counted too.
struct Running<'a>(&'a AtomicU32);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Vault {
    fn new(outcome: Outcome) -> Arc<Self> {
        Self::slow(outcome, Duration::ZERO)
    }

    fn slow(outcome: Outcome, delay: Duration) -> Arc<Self> {
        Arc::new(Self {
            outcome: Mutex::new(outcome),
            delay,
            lookups: AtomicU32::new(0),
            running: AtomicU32::new(0),
            have_overlapped: AtomicBool::new(false),
        })
    }

    fn set(&self, outcome: Outcome) {
        *self.outcome.lock().unwrap() = outcome;
    }

    fn lookups(&self) -> u32 {
        self.lookups.load(Ordering::SeqCst)
    }

    async fn look_up(&self) -> Result<Credentials, ProvideError> {
        let n = self.lookups.fetch_add(1, Ordering::SeqCst) + 1;
        if self.running.fetch_add(1, Ordering::SeqCst) > 0 {
            self.have_overlapped.store(true, Ordering::SeqCst);
        }
        let _running = Running(&self.running);
        sleep(self.delay).await;
        let outcome = *self.outcome.lock().unwrap();
        match outcome {
            Outcome::Success(lifetime) => Ok(credentials(n).with_expiry(later(lifetime))),
            Outcome::Failure => Err(ProvideError::new("the vault is closed")),
            Outcome::Hang => pending().await,
            Outcome::Panic => panic!("the vault fell over"),
        }
    }

    async fn start(self: &Arc<Self>) -> Result<RefreshingSigner<KeyspacesSigner>, ProvideError> {
        RefreshingSigner::start(Provider(Arc::clone(self)), signer).await
    }
}

fn credentials(n: u32) -> Credentials {
    Credentials::new(format!("AKID{n}"), format!("secret-{n}"))
        .with_session_token(format!("token-{n}"))
}

fn signer(credentials: Credentials) -> KeyspacesSigner {
    KeyspacesSigner::new(credentials, "us-east-2")
}

fn later(duration: Duration) -> time::OffsetDateTime {
    Timestamp::try_from(SystemTime::now() + duration).unwrap().into()
}

/// The number of the lookup that a signer's credentials come from. Every part of a login must come from the same lookup.
fn lookup_number(signer: &KeyspacesSigner) -> u32 {
    let challenge = Challenge::parse(NONCE).unwrap();
    let now = signer.now().unwrap();
    let reply = signer.sign_challenge_at(&challenge, now).unwrap().to_string();
    let claim = LoginResponse::parse(reply.as_bytes()).unwrap();
    let n = claim.access_key_id().strip_prefix("AKID").unwrap().parse().unwrap();
    let key =
        AccessKey::from_credentials(&credentials(n), claim.scope("us-east-2").unwrap()).unwrap();
    claim.verify(&challenge, &key, now).unwrap();
    n
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// Credentials are refreshed after two thirds of it; the rest is a reserve for a busy machine.
const SHORT: Duration = Duration::from_secs(3);

/// Waits until a condition is true.
async fn wait_until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(30), wait).await.expect("the condition never became true");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_are_refreshed_before_expiry_and_never_mixed() {
    let vault = Vault::slow(Outcome::Success(SHORT), Duration::from_millis(50));
    let refreshing = vault.start().await.unwrap();
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let refreshing = refreshing.clone();
            tokio::task::spawn_blocking(move || {
                let mut latest = 0;
                let start = Instant::now();
                while latest < 3 && start.elapsed() < Duration::from_secs(30) {
                    // Never an error: each lookup ends before the previous credentials expire.
                    let n = lookup_number(&refreshing.current().unwrap());
                    assert!(n >= latest);
                    latest = n;
                }
                latest
            })
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), 3);
    }
    assert!(!vault.have_overlapped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn start_returns_the_error_of_the_first_lookup() {
    let error = Vault::new(Outcome::Failure).start().await.unwrap_err();
    assert_eq!(error.to_string(), "credential lookup failed: the vault is closed");
    let error = Vault::new(Outcome::Success(Duration::ZERO)).start().await.unwrap_err().to_string();
    assert!(error.starts_with("credentials expired at "), "{error}");
    let error = RefreshingSigner::start(Credentials::new("", "secret"), signer).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot sign with the provided credentials: the access key id is empty"
    );
}

#[tokio::test(start_paused = true)]
async fn hanging_lookup_times_out() {
    let start = tokio::time::Instant::now();
    let error = Vault::new(Outcome::Hang).start().await.unwrap_err();
    assert_eq!(error.to_string(), "credential lookup timed out after 30s");
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[test]
fn start_without_a_runtime_is_an_error() {
    let start = RefreshingSigner::start(EnvCredentials::new(), signer);
    let error = futures_util::FutureExt::now_or_never(start).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "no tokio runtime available for background refresh");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_stay_in_use_until_expiry_if_the_refresh_fails() {
    let vault = Vault::new(Outcome::Success(SHORT));
    let refreshing = vault.start().await.unwrap();
    vault.set(Outcome::Failure);
    let latest = vault.lookups();
    wait_until(|| vault.lookups() > latest).await;
    assert_eq!(lookup_number(&refreshing.current().unwrap()), latest);
    assert_eq!(lookup_number(&refreshing.signer().await.unwrap()), latest);

    wait_until(|| refreshing.current().is_err()).await;
    for error in [refreshing.current().unwrap_err(), refreshing.signer().await.unwrap_err()] {
        let error = error.to_string();
        assert!(error.starts_with("credentials expired at "), "{error}");
        let renewal = " and could not be renewed: credential lookup failed: the vault is closed";
        assert!(error.ends_with(renewal), "{error}");
    }

    // The background task recovers on its own.
    vault.set(Outcome::Success(HOUR));
    wait_until(|| refreshing.current().is_ok()).await;
    assert!(lookup_number(&refreshing.current().unwrap()) > 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_refreshes_share_one_lookup() {
    let vault = Vault::slow(Outcome::Success(HOUR), Duration::from_millis(200));
    let refreshing = vault.start().await.unwrap();
    let waiters: Vec<_> = (0..200)
        .map(|_| {
            let refreshing = refreshing.clone();
            tokio::spawn(async move { refreshing.refresh().await })
        })
        .collect();
    // Other callers do not wait for it.
    let before = Instant::now();
    assert_eq!(lookup_number(&refreshing.signer().await.unwrap()), 1);
    assert!(before.elapsed() < Duration::from_millis(150));
    for waiter in waiters {
        waiter.await.unwrap().unwrap();
    }
    assert_eq!(vault.lookups(), 2);
    assert_eq!(lookup_number(&refreshing.current().unwrap()), 2);
    assert!(!vault.have_overlapped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn cancelled_caller_does_not_cancel_the_lookup_of_others() {
    let vault = Vault::slow(Outcome::Success(HOUR), Duration::from_millis(100));
    let refreshing = vault.start().await.unwrap();
    let cancelled = timeout(Duration::from_millis(20), refreshing.refresh());
    let (timed_out, result) = tokio::join!(cancelled, refreshing.refresh());
    assert!(timed_out.is_err());
    result.unwrap();
    assert_eq!((lookup_number(&refreshing.current().unwrap()), vault.lookups()), (2, 2));
}

/// Otherwise a lookup that takes longer than the timeout of every caller would never complete.
#[tokio::test]
async fn lookup_continues_if_its_only_caller_is_cancelled() {
    let vault = Vault::slow(Outcome::Success(HOUR), Duration::from_millis(100));
    let refreshing = vault.start().await.unwrap();
    assert!(timeout(Duration::from_millis(20), refreshing.refresh()).await.is_err());
    wait_until(|| lookup_number(&refreshing.current().unwrap()) == 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn panic_of_the_provider_does_not_end_the_task() {
    let vault = Vault::new(Outcome::Success(SHORT));
    let refreshing = vault.start().await.unwrap();
    vault.set(Outcome::Panic);
    wait_until(|| refreshing.current().is_err()).await;
    assert!(vault.lookups() > 1);
    vault.set(Outcome::Success(HOUR));
    assert!(lookup_number(&refreshing.signer().await.unwrap()) > 2);
}

/// A panic in a task of a database driver could leave the callers of that driver waiting forever.
#[tokio::test]
async fn panic_of_the_provider_is_an_error_for_its_callers() {
    const PANICKED: &str = "credential lookup failed: provider panicked";
    let error = Vault::new(Outcome::Panic).start().await.unwrap_err();
    assert_eq!(error.to_string(), PANICKED);
    let vault = Vault::new(Outcome::Success(Duration::from_millis(50)));
    let refreshing = vault.start().await.unwrap();
    vault.set(Outcome::Panic);
    assert_eq!(refreshing.refresh().await.unwrap_err().to_string(), PANICKED);
    wait_until(|| refreshing.current().is_err()).await;
    let error = refreshing.signer().await.unwrap_err().to_string();
    assert!(error.ends_with(&format!(" and could not be renewed: {PANICKED}")), "{error}");
}

/// The first runtime is not driven during the second `block_on`, so its task cannot perform the lookup.
#[test]
fn refresh_works_in_another_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let refreshing = first.block_on(Vault::new(Outcome::Success(HOUR)).start()).unwrap();
    second
        .block_on(async { timeout(Duration::from_secs(10), refreshing.refresh()).await })
        .expect("refresh hangs")
        .unwrap();
    assert_eq!(lookup_number(&refreshing.current().unwrap()), 2);
}

#[test]
fn refresh_works_outside_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let vault = Vault::slow(Outcome::Success(HOUR), Duration::from_millis(10));
    let refreshing = runtime.block_on(vault.start()).unwrap();
    block_on(refreshing.refresh()).unwrap();
    assert_eq!(lookup_number(&refreshing.current().unwrap()), 2);
    drop(runtime);
    let error = block_on(refreshing.refresh()).unwrap_err().to_string();
    assert_eq!(error, "no tokio runtime available for background refresh");
    assert_eq!(lookup_number(&block_on(refreshing.signer()).unwrap()), 2);
}

/// Polls a future to completion without a runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[tokio::test]
async fn task_ends_with_the_last_clone() {
    let vault = Vault::new(Outcome::Success(HOUR));
    let refreshing = vault.start().await.unwrap();
    let clone = refreshing.clone();
    drop(refreshing);
    assert_eq!(lookup_number(&clone.current().unwrap()), 1);
    drop(clone);
    wait_until(|| Arc::strong_count(&vault) == 1).await;
}

#[tokio::test]
async fn signer_with_fixed_credentials_converts() {
    let refreshing = RefreshingSigner::from(signer(credentials(7)));
    refreshing.refresh().await.unwrap();
    assert_eq!(lookup_number(&refreshing.current().unwrap()), 7);
    assert_eq!(lookup_number(&refreshing.signer().await.unwrap()), 7);
    let expired = credentials(7).with_expiry(later(Duration::ZERO));
    let error = RefreshingSigner::from(signer(expired)).signer().await.unwrap_err().to_string();
    assert!(error.starts_with("credentials expired at ") && !error.contains("renewed"));
}

#[tokio::test]
async fn expiry_is_checked_by_the_clock_of_the_signer() {
    let hour = time::Duration::HOUR;
    for (offset, lifetime, valid) in [(-2 * hour, -hour, true), (2 * hour, hour, false)] {
        let provided = credentials(1).with_expiry(later(Duration::ZERO) + lifetime);
        let to_signer = move |found| signer(found).with_clock_offset(offset);
        assert_eq!(RefreshingSigner::start(provided, to_signer).await.is_ok(), valid);
    }
}

/// With tokio's paused time, an hour passes on the monotonic clock while the wall clock stands still: as if it was set
/// back by an hour.
#[tokio::test(start_paused = true)]
async fn setting_the_clock_back_does_not_extend_the_lifetime() {
    let vault = Vault::new(Outcome::Success(HOUR));
    let refreshing = vault.start().await.unwrap();
    vault.set(Outcome::Failure);
    sleep(HOUR - MINUTE).await;
    assert_eq!(lookup_number(&refreshing.current().unwrap()), 1);
    sleep(MINUTE).await;
    for error in [refreshing.current().unwrap_err(), refreshing.signer().await.unwrap_err()] {
        assert!(matches!(error, ProvideError::Expired { renewal: Some(_), .. }), "{error}");
    }
    let fixed = RefreshingSigner::from(signer(credentials(7).with_expiry(later(HOUR))));
    assert!(fixed.current().is_ok());
    sleep(HOUR).await;
    assert!(fixed.current().is_err());
}

#[tokio::test(start_paused = true)]
async fn setting_the_clock_back_does_not_delay_the_next_lookup() {
    let vault = Vault::new(Outcome::Success(HOUR));
    let refreshing = vault.start().await.unwrap();
    // A lookup is due every 55 minutes.
    for (minutes, lookups) in [(54, 1), (2, 2), (23 * 60, 27)] {
        sleep(minutes * MINUTE).await;
        assert_eq!(vault.lookups(), lookups);
        assert_eq!(lookup_number(&refreshing.current().unwrap()), lookups);
    }
}

#[tokio::test]
async fn provider_trait_is_dyn_compatible() {
    let provider: Box<dyn ProvideCredentials> = Box::new(credentials(3));
    let provider: Arc<dyn ProvideCredentials> = Arc::new(provider);
    assert_eq!(provider.provide().await.unwrap().access_key_id(), "AKID3");
    let refreshing = RefreshingSigner::start(provider, signer).await.unwrap();
    assert_eq!(lookup_number(&refreshing.current().unwrap()), 3);
    let shown = format!("{refreshing:?}");
    assert!(shown.contains("AKID3") && !shown.contains("secret-3") && !shown.contains("token-3"));
}
