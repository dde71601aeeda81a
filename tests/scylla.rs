//! The adapter of the driver scylla: what each message of a login is answered with.

use core::future::{Future, ready};
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use countersign::keyspaces::KeyspacesSigner;
use countersign::keyspaces::{AUTHENTICATOR_CLASS, Challenge, LoginResponse, PasswordError};
use countersign::protocol::Timestamp;
use countersign::scylla::{PasswordAuthenticator, SigV4Authenticator};
use countersign::verifier::AccessKey;
use countersign::{Credentials, ProvideCredentials, ProvideError, RefreshingSigner};
use scylla::authentication::{AuthenticatorProvider, AuthenticatorSession};
use time::OffsetDateTime;

const CHALLENGE: &[u8] = b"nonce=91703fdc2ef562e19fbdab0f58e42fe5";

fn credentials() -> Credentials {
    Credentials::new("UserID-1", "UserSecretKey-1").with_session_token("sess-token-1")
}

fn sigv4(credentials: Credentials) -> SigV4Authenticator {
    SigV4Authenticator::new(KeyspacesSigner::new(credentials, "us-west-2"))
}

async fn start(
    provider: &impl AuthenticatorProvider,
) -> (Option<Vec<u8>>, Box<dyn AuthenticatorSession>) {
    provider.start_authentication_session(AUTHENTICATOR_CLASS).await.unwrap()
}

/// Why a challenge is not answered.
async fn fault(provider: &impl AuthenticatorProvider, challenge: Option<&[u8]>) -> String {
    start(provider).await.1.evaluate_challenge(challenge).await.unwrap_err()
}

#[tokio::test]
async fn the_reply_is_signed_now_and_by_these_credentials() {
    let (first, mut session) = start(&sigv4(credentials())).await;
    assert_eq!(first.unwrap(), b"SigV4\0\0");
    let reply = session.evaluate_challenge(Some(CHALLENGE)).await.unwrap().unwrap();
    session.success(None).await.unwrap();

    let claim = LoginResponse::parse(&reply).unwrap();
    assert_eq!((claim.access_key_id(), claim.session_token()), ("UserID-1", Some("sess-token-1")));
    let scope = claim.scope("us-west-2").unwrap();
    let key = AccessKey::from_credentials(&credentials(), scope).unwrap();
    let now = Timestamp::now().unwrap();
    claim.verify(&Challenge::parse(CHALLENGE).unwrap(), &key, now).unwrap();
}

/// The official plugins' own answer, with a clock that shows its time.
#[tokio::test]
async fn a_known_answer() {
    const ANSWER: &[u8] =
        b"signature=7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87,\
        access_key=UserID-1,amzdate=2020-06-09T22:41:51.000Z,session_token=sess-token-1";
    let then: Timestamp = "2020-06-09T22:41:51.000Z".parse().unwrap();
    let mut reply = Vec::new();
    // The millisecond may have passed before the clock is read.
    for _ in 0..1000 {
        let signer = KeyspacesSigner::new(credentials(), "us-west-2");
        let offset = OffsetDateTime::from(then) - OffsetDateTime::from(Timestamp::now().unwrap());
        let provider = SigV4Authenticator::new(signer.with_clock_offset(offset));
        let (_, mut session) = start(&provider).await;
        reply = session.evaluate_challenge(Some(CHALLENGE)).await.unwrap().unwrap();
        if reply == ANSWER {
            return;
        }
    }
    panic!("{}", String::from_utf8_lossy(&reply));
}

#[tokio::test]
async fn a_challenge_that_is_none_is_an_error_that_says_so() {
    for (challenge, expected) in [
        (None, "the server's challenge is malformed: the challenge of 0 bytes holds no 'nonce='"),
        (
            Some(&b""[..]),
            "the server's challenge is malformed: the challenge of 0 bytes holds no 'nonce='",
        ),
        (
            Some(b"\xff\0rubbish"),
            "the server's challenge is malformed: the challenge of 9 bytes holds no 'nonce='",
        ),
        (
            Some(b"nonce=short"),
            "the server's challenge is malformed: the nonce has 5 bytes, not 32",
        ),
    ] {
        assert_eq!(fault(&sigv4(credentials()), challenge).await, expected);
    }
}

/// Or a server could ask for signatures without end.
#[tokio::test]
async fn a_login_answers_one_challenge() {
    let (_, mut session) = start(&sigv4(credentials())).await;
    session.evaluate_challenge(Some(CHALLENGE)).await.unwrap();
    let error = session.evaluate_challenge(Some(CHALLENGE)).await.unwrap_err();
    assert_eq!(error, "the server sent a challenge where none was due");
    // The next login is another.
    start(&sigv4(credentials())).await.1.evaluate_challenge(Some(CHALLENGE)).await.unwrap();
}

#[tokio::test]
async fn credentials_that_cannot_sign_are_an_error_that_says_why() {
    let signer = |credentials| KeyspacesSigner::new(credentials, "us-west-2");
    for (signer, expected) in [
        (
            signer(credentials().with_expiry(OffsetDateTime::UNIX_EPOCH)),
            "credentials expired at 1970-01-01 0:00:00.0 +00:00:00",
        ),
        (
            signer(Credentials::new("UserID-1", "")),
            "the server's challenge cannot be signed: the secret access key is empty",
        ),
        (
            KeyspacesSigner::new(credentials(), ""),
            "the server's challenge cannot be signed: the region is empty",
        ),
    ] {
        assert_eq!(fault(&SigV4Authenticator::new(signer), Some(CHALLENGE)).await, expected);
    }
}

/// Answers once, with credentials that end at once.
struct Once(AtomicBool);

impl ProvideCredentials for Once {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        Box::pin(ready(match self.0.swap(true, Ordering::Relaxed) {
            false => Ok(credentials().with_expiry(
                OffsetDateTime::from(Timestamp::now().unwrap()) + Duration::from_millis(100),
            )),
            true => Err(ProvideError::new("the vault is closed")),
        }))
    }
}

#[tokio::test]
async fn credentials_that_ended_and_could_not_be_renewed() {
    let provider = Once(AtomicBool::new(false));
    let signers =
        RefreshingSigner::start(provider, |found| KeyspacesSigner::new(found, "us-west-2"));
    let provider = SigV4Authenticator::new(signers.await.unwrap());
    tokio::time::sleep(Duration::from_millis(150)).await;
    let error = fault(&provider, Some(CHALLENGE)).await;
    let (ended, cause) = error.split_once(" and could not be renewed: ").unwrap();
    assert!(ended.starts_with("credentials expired at "), "{error}");
    assert_eq!(cause, "credential lookup failed: the vault is closed");
}

#[tokio::test]
async fn user_name_and_password_are_sasl_plain() {
    let provider = PasswordAuthenticator::new("alice", "pass word,\u{e9}").unwrap();
    let (first, mut session) = start(&provider).await;
    assert_eq!(first.unwrap(), "\0alice\0pass word,\u{e9}".as_bytes());
    session.success(Some(b"")).await.unwrap();
    let error = fault(&provider, Some(CHALLENGE)).await;
    assert_eq!(error, "the server sent a challenge where none was due");
}

#[test]
fn a_nul_cannot_be_sent() {
    for (user, password, expected, text) in [
        ("al\0ice", "secret", PasswordError::UserNul, "the user name holds a NUL"),
        ("alice", "\0secret", PasswordError::PasswordNul, "the password holds a NUL"),
    ] {
        let error = PasswordAuthenticator::new(user, password).unwrap_err();
        assert_eq!(error, expected);
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test]
async fn a_server_of_another_kind_gets_nothing() {
    let password = PasswordAuthenticator::new("alice", "secret").unwrap();
    let sigv4 = sigv4(credentials());
    let providers: [&dyn AuthenticatorProvider; 2] = [&password, &sigv4];
    for provider in providers {
        for (name, shown) in [
            (
                "org.apache.cassandra.auth.PasswordAuthenticator",
                "org.apache.cassandra.auth.PasswordAuthenticator".to_owned(),
            ),
            ("", String::new()),
            ("a\nb\u{1b}[2J", "a\\nb\\u{1b}[2J".to_owned()),
            (&"\u{e9}".repeat(32_000), "\u{e9}".repeat(100)),
        ] {
            let error = provider.start_authentication_session(name).await.err().unwrap();
            let expected =
                format!("the server wants a login by \"{shown}\", not by {AUTHENTICATOR_CLASS}");
            assert_eq!(error, expected);
        }
    }
}

#[test]
fn debug_hides_what_is_secret() {
    let password = PasswordAuthenticator::new("alice", "swordfish").unwrap();
    let shown = format!("{:?} {password:?}", sigv4(credentials()));
    assert!(shown.contains("alice") && shown.contains("UserID-1"), "{shown}");
    for secret in ["swordfish", "UserSecretKey-1", "sess-token-1"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
