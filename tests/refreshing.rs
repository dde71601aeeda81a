//! Credentials that stay fresh: what a signer sees while they are renewed, fail to be, or end.

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

use countersign::keyspaces::{Challenge, Claim};
use countersign::protocol::Timestamp;
use countersign::verifier::AccessKey;
use countersign::{
    Credentials, EnvCredentials, ProvideCredentials, ProvideError, RefreshingSigner, Signer,
};
use tokio::time::{sleep, timeout};

const NONCE: &[u8] = b"nonce=91703fdc2ef562e19fbdab0f58e42fe5";

/// What the next look-up does.
#[derive(Clone, Copy)]
enum Mood {
    /// The n-th answer's id, secret and token are all of n, and good for so long.
    Answers(Duration),
    Fails,
    Hangs,
    Panics,
}

/// A vault whose answers change with each look-up.
struct Vault {
    mood: Mutex<Mood>,
    takes: Duration,
    look_ups: AtomicU32,
    under_way: AtomicU32,
    overlapped: AtomicBool,
}

struct Provider(Arc<Vault>);

impl ProvideCredentials for Provider {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        Box::pin(self.0.look_up())
    }
}

/// Counts down, also when a look-up is dropped.
struct UnderWay<'a>(&'a AtomicU32);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Vault {
    fn new(mood: Mood) -> Arc<Self> {
        Self::slow(mood, Duration::ZERO)
    }

    fn slow(mood: Mood, takes: Duration) -> Arc<Self> {
        Arc::new(Self {
            mood: Mutex::new(mood),
            takes,
            look_ups: AtomicU32::new(0),
            under_way: AtomicU32::new(0),
            overlapped: AtomicBool::new(false),
        })
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn look_ups(&self) -> u32 {
        self.look_ups.load(Ordering::SeqCst)
    }

    async fn look_up(&self) -> Result<Credentials, ProvideError> {
        let n = self.look_ups.fetch_add(1, Ordering::SeqCst) + 1;
        if self.under_way.fetch_add(1, Ordering::SeqCst) > 0 {
            self.overlapped.store(true, Ordering::SeqCst);
        }
        let _under_way = UnderWay(&self.under_way);
        sleep(self.takes).await;
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Answers(life) => Ok(credentials(n).with_expiry(later(life))),
            Mood::Fails => Err(ProvideError::new("the vault is closed")),
            Mood::Hangs => pending().await,
            Mood::Panics => panic!("the vault fell over"),
        }
    }

    async fn start(self: &Arc<Self>) -> Result<RefreshingSigner, ProvideError> {
        RefreshingSigner::start(Provider(Arc::clone(self)), signer).await
    }
}

fn credentials(n: u32) -> Credentials {
    Credentials::new(format!("AKID{n}"), format!("secret-{n}"))
        .with_session_token(format!("token-{n}"))
}

fn signer(credentials: Credentials) -> Signer {
    Signer::keyspaces(credentials, "us-east-2")
}

fn later(life: Duration) -> time::OffsetDateTime {
    Timestamp::try_from(SystemTime::now() + life).unwrap().into()
}

/// Which answer a signer is of. All of what it signs must be of that answer.
fn answer(signer: &Signer) -> u32 {
    let challenge = Challenge::parse(NONCE).unwrap();
    let now = signer.now().unwrap();
    let reply = signer.answer(&challenge, now).unwrap().to_string();
    let claim = Claim::parse(reply.as_bytes()).unwrap();
    let n = claim.access_key_id().strip_prefix("AKID").unwrap().parse().unwrap();
    let key =
        AccessKey::of_credentials(&credentials(n), claim.scope("us-east-2").unwrap()).unwrap();
    claim.verify(&challenge, &key, now).unwrap();
    n
}

const HOUR: Duration = Duration::from_secs(3600);
/// Renewed after two thirds of it: the rest is for a machine that is busy.
const SHORT: Duration = Duration::from_secs(3);

/// Waits until something holds.
async fn until(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(30), wait).await.expect("it never came to hold");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renewed_before_they_end_and_every_snapshot_is_of_one_answer() {
    let vault = Vault::slow(Mood::Answers(SHORT), Duration::from_millis(50));
    let refreshing = vault.start().await.unwrap();
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let refreshing = refreshing.clone();
            tokio::task::spawn_blocking(move || {
                let mut latest = 0;
                let begun = Instant::now();
                while latest < 3 && begun.elapsed() < Duration::from_secs(30) {
                    // Never an error: each answer is there before the last one ends.
                    let n = answer(&refreshing.current().unwrap());
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
    assert!(!vault.overlapped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_first_look_up_that_fails_is_an_error_at_once() {
    let error = Vault::new(Mood::Fails).start().await.unwrap_err();
    assert_eq!(error.to_string(), "the credentials could not be looked up: the vault is closed");
    let error = Vault::new(Mood::Answers(Duration::ZERO)).start().await.unwrap_err().to_string();
    assert!(error.starts_with("the credentials expired at "), "{error}");
    let error = RefreshingSigner::start(Credentials::new("", "secret"), signer).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the credentials that were looked up cannot sign: the access key id is empty"
    );
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_hangs_is_given_up() {
    let begun = tokio::time::Instant::now();
    let error = Vault::new(Mood::Hangs).start().await.unwrap_err();
    assert_eq!(error.to_string(), "the look-up of the credentials was given up after 30s");
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[test]
fn without_a_runtime_there_is_an_error() {
    let start = RefreshingSigner::start(EnvCredentials::new(), signer);
    let error = futures_util::FutureExt::now_or_never(start).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "there is no tokio runtime to keep the credentials current in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failure_the_old_ones_serve_until_they_end_and_new_ones_follow() {
    let vault = Vault::new(Mood::Answers(SHORT));
    let refreshing = vault.start().await.unwrap();
    vault.set(Mood::Fails);
    let good = vault.look_ups();
    until(|| vault.look_ups() > good).await;
    assert_eq!(answer(&refreshing.current().unwrap()), good);
    assert_eq!(answer(&refreshing.signer().await.unwrap()), good);

    until(|| refreshing.current().is_err()).await;
    for error in [refreshing.current().unwrap_err(), refreshing.signer().await.unwrap_err()] {
        let error = error.to_string();
        assert!(error.starts_with("the credentials expired at "), "{error}");
        let renewal = ", and could not be renewed: \
                       the credentials could not be looked up: the vault is closed";
        assert!(error.ends_with(renewal), "{error}");
    }

    // The task finds them without anyone asking.
    vault.set(Mood::Answers(HOUR));
    until(|| refreshing.current().is_ok()).await;
    assert!(answer(&refreshing.current().unwrap()) > 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_wait_get_the_answer_of_one_look_up() {
    let vault = Vault::slow(Mood::Answers(HOUR), Duration::from_millis(200));
    let refreshing = vault.start().await.unwrap();
    let waiters: Vec<_> = (0..200)
        .map(|_| {
            let refreshing = refreshing.clone();
            tokio::spawn(async move { refreshing.refresh().await })
        })
        .collect();
    // Meanwhile, nobody else waits.
    let before = Instant::now();
    assert_eq!(answer(&refreshing.signer().await.unwrap()), 1);
    assert!(before.elapsed() < Duration::from_millis(150));
    for waiter in waiters {
        waiter.await.unwrap().unwrap();
    }
    assert_eq!(vault.look_ups(), 2);
    assert_eq!(answer(&refreshing.current().unwrap()), 2);
    assert!(!vault.overlapped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn whoever_gives_up_waiting_does_not_stop_the_others() {
    let vault = Vault::slow(Mood::Answers(HOUR), Duration::from_millis(100));
    let refreshing = vault.start().await.unwrap();
    let impatient = timeout(Duration::from_millis(20), refreshing.refresh());
    let (given_up, result) = tokio::join!(impatient, refreshing.refresh());
    assert!(given_up.is_err());
    result.unwrap();
    assert_eq!((answer(&refreshing.current().unwrap()), vault.look_ups()), (2, 2));
}

/// Or a look-up that takes longer than all who ask for it have patience would never end.
#[tokio::test]
async fn a_look_up_goes_on_when_whoever_asked_for_it_gives_up() {
    let vault = Vault::slow(Mood::Answers(HOUR), Duration::from_millis(100));
    let refreshing = vault.start().await.unwrap();
    assert!(timeout(Duration::from_millis(20), refreshing.refresh()).await.is_err());
    until(|| answer(&refreshing.current().unwrap()) == 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_panics_does_not_end_the_task() {
    let vault = Vault::new(Mood::Answers(SHORT));
    let refreshing = vault.start().await.unwrap();
    vault.set(Mood::Panics);
    until(|| refreshing.current().is_err()).await;
    assert!(vault.look_ups() > 1);
    vault.set(Mood::Answers(HOUR));
    assert!(answer(&refreshing.signer().await.unwrap()) > 2);
}

/// In a driver's own task, a panic could leave whoever waits for the driver waiting.
#[tokio::test]
async fn a_provider_that_panics_is_an_error_of_whoever_waits() {
    const PANICKED: &str = "the credentials could not be looked up: the provider panicked";
    let error = Vault::new(Mood::Panics).start().await.unwrap_err();
    assert_eq!(error.to_string(), PANICKED);
    let vault = Vault::new(Mood::Answers(Duration::from_millis(50)));
    let refreshing = vault.start().await.unwrap();
    vault.set(Mood::Panics);
    assert_eq!(refreshing.refresh().await.unwrap_err().to_string(), PANICKED);
    until(|| refreshing.current().is_err()).await;
    let error = refreshing.signer().await.unwrap_err().to_string();
    assert!(error.ends_with(&format!(", and could not be renewed: {PANICKED}")), "{error}");
}

/// Nobody drives the runtime of the start: its task looks nothing up.
#[test]
fn waited_for_in_another_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let refreshing = first.block_on(Vault::new(Mood::Answers(HOUR)).start()).unwrap();
    second
        .block_on(async { timeout(Duration::from_secs(10), refreshing.refresh()).await })
        .expect("it hangs")
        .unwrap();
    assert_eq!(answer(&refreshing.current().unwrap()), 2);
}

#[test]
fn waited_for_outside_of_the_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let vault = Vault::slow(Mood::Answers(HOUR), Duration::from_millis(10));
    let refreshing = runtime.block_on(vault.start()).unwrap();
    block_on(refreshing.refresh()).unwrap();
    assert_eq!(answer(&refreshing.current().unwrap()), 2);
    drop(runtime);
    let error = block_on(refreshing.refresh()).unwrap_err().to_string();
    assert_eq!(error, "there is no tokio runtime to keep the credentials current in");
    assert_eq!(answer(&block_on(refreshing.signer()).unwrap()), 2);
}

/// Waits without any runtime.
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
async fn the_task_ends_with_the_last_clone() {
    let vault = Vault::new(Mood::Answers(HOUR));
    let refreshing = vault.start().await.unwrap();
    let clone = refreshing.clone();
    drop(refreshing);
    assert_eq!(answer(&clone.current().unwrap()), 1);
    drop(clone);
    until(|| Arc::strong_count(&vault) == 1).await;
}

#[tokio::test]
async fn a_signer_of_fixed_credentials_is_one_too() {
    let refreshing = RefreshingSigner::from(signer(credentials(7)));
    refreshing.refresh().await.unwrap();
    assert_eq!(answer(&refreshing.current().unwrap()), 7);
    assert_eq!(answer(&refreshing.signer().await.unwrap()), 7);
    let ended = credentials(7).with_expiry(later(Duration::ZERO));
    let error = RefreshingSigner::from(signer(ended)).signer().await.unwrap_err().to_string();
    assert!(error.starts_with("the credentials expired at ") && !error.contains("renewed"));
}

#[tokio::test]
async fn the_end_is_by_the_clock_that_signs() {
    let hour = time::Duration::HOUR;
    for (offset, life, good) in [(-2 * hour, -hour, true), (2 * hour, hour, false)] {
        let provided = credentials(1).with_expiry(later(Duration::ZERO) + life);
        let to_signer = move |found| signer(found).with_clock_offset(offset);
        assert_eq!(RefreshingSigner::start(provided, to_signer).await.is_ok(), good);
    }
}

#[tokio::test]
async fn providers_are_objects() {
    let provider: Box<dyn ProvideCredentials> = Box::new(credentials(3));
    let provider: Arc<dyn ProvideCredentials> = Arc::new(provider);
    assert_eq!(provider.provide().await.unwrap().access_key_id(), "AKID3");
    let refreshing = RefreshingSigner::start(provider, signer).await.unwrap();
    assert_eq!(answer(&refreshing.current().unwrap()), 3);
    let shown = format!("{refreshing:?}");
    assert!(shown.contains("AKID3") && !shown.contains("secret-3") && !shown.contains("token-3"));
}
