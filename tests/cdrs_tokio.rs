//! The adapter of the driver cdrs-tokio: what each message of a login is answered with.

use core::time::Duration;

use cdrs_tokio::authenticators::SaslAuthenticatorProvider;
use cdrs_tokio::types::CBytes;
use countersign::cdrs_tokio::{PasswordAuthenticator, SigV4Authenticator};
use countersign::keyspaces::KeyspacesSigner;
use countersign::keyspaces::{Challenge, LoginResponse, PasswordError};
use countersign::protocol::Timestamp;
use countersign::verifier::AccessKey;
use countersign::{Credentials, RefreshingSigner};
use time::OffsetDateTime;

const CHALLENGE: &[u8] = b"nonce=91703fdc2ef562e19fbdab0f58e42fe5";

fn credentials() -> Credentials {
    Credentials::new("UserID-1", "UserSecretKey-1").with_session_token("sess-token-1")
}

fn sigv4(credentials: Credentials) -> SigV4Authenticator {
    SigV4Authenticator::new(KeyspacesSigner::new(credentials, "us-west-2"))
}

fn fault(provider: &impl SaslAuthenticatorProvider, challenge: CBytes) -> String {
    provider.create_authenticator().evaluate_challenge(challenge).unwrap_err().to_string()
}

fn challenge() -> CBytes {
    CBytes::new(CHALLENGE.to_vec())
}

/// The driver refuses a server whose name differs.
#[test]
fn the_name_is_the_servers() {
    let name = Some("com.amazon.helenus.auth.HelenusAuthenticator");
    assert_eq!(sigv4(credentials()).name(), name);
    assert_eq!(PasswordAuthenticator::new("alice", "secret").unwrap().name(), name);
}

#[test]
fn the_reply_is_signed_now_and_by_these_credentials() {
    let login = sigv4(credentials()).create_authenticator();
    assert_eq!(login.initial_response().into_bytes().unwrap(), b"SigV4\0\0");
    let reply = login.evaluate_challenge(challenge()).unwrap().into_bytes().unwrap();
    login.handle_success(CBytes::new_null()).unwrap();

    let claim = LoginResponse::parse(&reply).unwrap();
    assert_eq!((claim.access_key_id(), claim.session_token()), ("UserID-1", Some("sess-token-1")));
    let scope = claim.scope("us-west-2").unwrap();
    let key = AccessKey::from_credentials(&credentials(), scope).unwrap();
    claim.verify(&Challenge::parse(CHALLENGE).unwrap(), &key, Timestamp::now().unwrap()).unwrap();
}

/// The official plugins' own answer, with a clock that shows its time.
#[test]
fn a_known_answer() {
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
        let login = provider.create_authenticator();
        reply = login.evaluate_challenge(challenge()).unwrap().into_bytes().unwrap();
        if reply == ANSWER {
            return;
        }
    }
    panic!("{}", String::from_utf8_lossy(&reply));
}

#[test]
fn a_challenge_that_is_none_is_an_error_that_says_so() {
    let empty = "General error: the server's challenge is malformed: the challenge of 0 bytes holds no 'nonce='";
    for (challenge, expected) in [
        (CBytes::new_null(), empty),
        (CBytes::new(Vec::new()), empty),
        (
            CBytes::new(b"nonce=short".to_vec()),
            "General error: the server's challenge is malformed: the nonce has 5 bytes, not 32",
        ),
    ] {
        assert_eq!(fault(&sigv4(credentials()), challenge), expected);
    }
}

/// Or a server could ask for signatures without end.
#[test]
fn a_login_answers_one_challenge() {
    let login = sigv4(credentials()).create_authenticator();
    login.evaluate_challenge(challenge()).unwrap();
    let error = login.evaluate_challenge(challenge()).unwrap_err();
    assert_eq!(error.to_string(), "General error: the server sent a challenge where none was due");
}

#[test]
fn credentials_that_cannot_sign_are_an_error_that_says_why() {
    for (credentials, expected) in [
        (
            credentials().with_expiry(OffsetDateTime::UNIX_EPOCH),
            "General error: credentials expired at 1970-01-01 0:00:00.0 +00:00:00",
        ),
        (
            Credentials::new("UserID-1", ""),
            "General error: the server's challenge cannot be signed: the secret access key is empty",
        ),
    ] {
        assert_eq!(fault(&sigv4(credentials), challenge()), expected);
    }
}

/// The challenge is answered outside of any runtime, by the snapshot that a task keeps.
#[test]
fn a_snapshot_serves_outside_of_the_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let provided = credentials()
        .with_expiry(OffsetDateTime::from(Timestamp::now().unwrap()) + Duration::from_secs(60));
    let signers =
        RefreshingSigner::start(provided, |found| KeyspacesSigner::new(found, "us-west-2"));
    let provider = SigV4Authenticator::new(runtime.block_on(signers).unwrap());
    provider.create_authenticator().evaluate_challenge(challenge()).unwrap();
}

#[test]
fn user_name_and_password_are_sasl_plain() {
    let provider = PasswordAuthenticator::new("alice", "pass word,\u{e9}").unwrap();
    let first = provider.create_authenticator().initial_response();
    assert_eq!(first.into_bytes().unwrap(), "\0alice\0pass word,\u{e9}".as_bytes());
    let error = fault(&provider, challenge());
    assert_eq!(error, "General error: the server sent a challenge where none was due");
}

#[test]
fn a_nul_cannot_be_sent() {
    let error = PasswordAuthenticator::new("al\0ice", "secret").unwrap_err();
    assert_eq!(error, PasswordError::UserNul);
    let error = PasswordAuthenticator::new("alice", "secret\0").unwrap_err();
    assert_eq!(error, PasswordError::PasswordNul);
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
