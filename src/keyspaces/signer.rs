//! A signer for logins to Amazon Keyspaces.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use super::challenge::check_service;
use super::{Challenge, ChallengeResponse, SERVICE};
use crate::credentials::{Credentials, first_region, variable};
use crate::error::{CredentialsError, SignError};
use crate::protocol::{SigningKey, Timestamp};
use crate::signer::Identity;

/// The variables that name the region, in order of preference.
const REGION: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Signs logins to Amazon Keyspaces.
///
/// Reuse a `KeyspacesSigner`: it caches the signing key of the current day, and signing never blocks. Clones share the cached
/// key. It signs no HTTP requests.
///
/// This example signs the challenge of a server:
///
/// ```
/// use countersign::Credentials;
/// use countersign::keyspaces::{Challenge, KeyspacesSigner};
///
/// let signer = KeyspacesSigner::new(Credentials::new("UserID-1", "UserSecretKey-1"), "us-west-2");
/// let challenge = Challenge::parse(b"nonce=91703fdc2ef562e19fbdab0f58e42fe5")?;
/// let response = signer.sign_challenge_at(&challenge, "2020-06-09T22:41:51.000Z".parse()?)?;
/// assert!(response.to_string().starts_with("signature=7f3691c18a81b8ce"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeyspacesSigner {
    identity: Arc<Identity>,
    clock_offset: time::Duration,
}

impl KeyspacesSigner {
    /// Creates a signer for a region. Invalid credentials or an invalid region are reported by the first signature.
    #[must_use]
    pub fn new(credentials: Credentials, region: impl Into<String>) -> Self {
        Self::from_identity(Identity::new(credentials, region.into(), SERVICE.into()))
    }

    /// Creates a signer that does not hold the secret access key, from a signing key that was derived elsewhere. A login on
    /// another date than the key's is an error. An empty session token counts as none.
    ///
    /// # Errors
    ///
    /// Returns an error if the key is for another service than [`SERVICE`].
    pub fn from_signing_key(
        access_key_id: impl Into<String>,
        key: SigningKey,
        session_token: Option<String>,
    ) -> Result<Self, SignError> {
        check_service(&key)?;
        Ok(Self::from_identity(Identity::from_signing_key(
            access_key_id.into(),
            key,
            session_token,
        )))
    }

    fn from_identity(identity: Identity) -> Self {
        Self { identity: Arc::new(identity), clock_offset: time::Duration::ZERO }
    }

    /// Creates a signer from the environment: credentials as [`Credentials::from_env`] reads them, and as region `AWS_REGION`
    /// or, if that is empty, `AWS_DEFAULT_REGION`.
    ///
    /// # Errors
    ///
    /// Returns an error that names the variable that is missing or not UTF-8.
    pub fn from_env() -> Result<Self, CredentialsError> {
        Ok(Self::new(Credentials::from_env()?, first_region(REGION, variable)?))
    }

    /// Creates a signer as [`from_env`](Self::from_env) does, from any lookup of names.
    ///
    /// # Errors
    ///
    /// Returns an error that names the variable that is missing.
    pub fn from_vars(
        mut look_up: impl FnMut(&'static str) -> Option<String>,
    ) -> Result<Self, CredentialsError> {
        let credentials = Credentials::from_vars(&mut look_up)?;
        Ok(Self::new(credentials, first_region(REGION, |name| Ok(look_up(name)))?))
    }

    /// Corrects a system clock that is wrong: `offset` is added to it, and is negative for a clock that is fast. Timestamps that
    /// are passed as arguments are not changed.
    #[must_use]
    pub fn with_clock_offset(mut self, offset: time::Duration) -> Self {
        self.clock_offset = offset;
        self
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the time of the system clock, corrected by the clock offset.
    ///
    /// # Errors
    ///
    /// Returns an error if the time is outside the years 1 to 9999.
    pub fn now(&self) -> Result<Timestamp, SignError> {
        Ok(Timestamp::now()?.checked_add(self.clock_offset)?)
    }

    /// Signs a challenge at the time of the system clock.
    ///
    /// # Errors
    ///
    /// Returns an error if the credentials or the region are invalid.
    pub fn sign_challenge<'a>(
        &'a self,
        challenge: &Challenge<'a>,
    ) -> Result<ChallengeResponse<'a>, SignError> {
        self.sign_challenge_at(challenge, self.now()?)
    }

    /// Signs a challenge at a given time. Once the signing key of the day is cached, nothing is allocated.
    ///
    /// # Errors
    ///
    /// Returns an error if the credentials or the region are invalid.
    pub fn sign_challenge_at<'a>(
        &'a self,
        challenge: &Challenge<'a>,
        timestamp: Timestamp,
    ) -> Result<ChallengeResponse<'a>, SignError> {
        let credential = self.identity.credential(timestamp);
        let session_token = self.identity.session_token();
        let today = || self.now().ok().map(|now| now.date());
        self.identity.with_signing_key(timestamp, today, |key| {
            challenge.sign_checked(credential, session_token, key, timestamp)
        })?
    }
}

impl fmt::Debug for KeyspacesSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyspacesSigner")
            .field("access_key_id", &self.identity.access_key_id())
            .field("region", &self.identity.region())
            .field("clock_offset", &self.clock_offset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Scope;
    use alloc::string::ToString;

    const NONCE: &[u8] = b"nonce=0c0b0c6f3946d14ce1a49a8f8c86a888";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    /// The answer that the official Python and Node plugins agree on.
    #[test]
    fn signs_as_the_official_plugins_do() {
        let credentials =
            Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET).with_session_token("token");
        let signer = KeyspacesSigner::new(credentials, "us-east-2");
        let challenge = Challenge::parse(NONCE).unwrap();
        let response =
            signer.sign_challenge_at(&challenge, "2021-01-01T00:00:00.007Z".parse().unwrap());
        assert_eq!(
            response.unwrap().to_string(),
            "signature=a05e50dff2d3d32ac05c182512353a7aef5ad11d5909e1b659d4bde27889fc81,\
             access_key=AKIAIOSFODNN7EXAMPLE,amzdate=2021-01-01T00:00:00.007Z,session_token=token"
        );
    }

    #[test]
    fn a_cached_key_gives_the_same_responses() {
        let challenge = Challenge::parse(NONCE).unwrap();
        for id in ["AKIDEXAMPLE", "a=b&X-Amz-Date=2021-01-01T00%3A00%3A00.007Z", "2021-01-01T00:00"]
        {
            let signer = KeyspacesSigner::new(Credentials::new(id, SECRET), "us-east-2");
            for time in ["00:00:00.007", "00:00:00.008", "11:59:59.999", "23:59:59"] {
                for day in ["2021-01-01", "2021-01-02"] {
                    let timestamp: Timestamp = format!("{day}T{time}Z").parse().unwrap();
                    let scope = Scope::new(timestamp.date(), "us-east-2", SERVICE).unwrap();
                    let key = SigningKey::derive(SECRET.as_bytes(), scope).unwrap();
                    let alone = challenge.sign(id, None, &key, timestamp).unwrap();
                    let answer = signer.sign_challenge_at(&challenge, timestamp).unwrap();
                    assert_eq!(answer.to_string(), alone.to_string(), "{id} {timestamp:?}");
                    assert_eq!(
                        answer.canonical_request().to_string(),
                        alone.canonical_request().to_string()
                    );
                }
            }
        }
    }

    #[test]
    fn invalid_credentials_are_reported_when_signing() {
        let challenge = Challenge::parse(NONCE).unwrap();
        for (id, secret, token, region, text) in [
            ("", "s", "", "us-east-2", "the access key id is empty"),
            ("a", "", "", "us-east-2", "the secret access key is empty"),
            ("a", "s", "", "", "the region is empty"),
            (
                "a",
                "s",
                "a,b",
                "us-east-2",
                "the session token holds a byte at offset 1 that cannot be sent",
            ),
        ] {
            let credentials = Credentials::new(id, secret).with_session_token(token);
            let signer = KeyspacesSigner::new(credentials, region);
            let error = signer.sign_challenge_at(&challenge, "20210101T000000Z".parse().unwrap());
            assert_eq!(error.unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn a_signing_key_must_be_for_keyspaces() {
        let challenge = Challenge::parse(NONCE).unwrap();
        let timestamp: Timestamp = "2021-01-01T00:00:00.007Z".parse().unwrap();
        let signer = |service: &str| {
            let scope = Scope::new(timestamp.date(), "us-east-2", service).unwrap();
            let key = SigningKey::derive(SECRET.as_bytes(), scope).unwrap();
            KeyspacesSigner::from_signing_key("AKIAIOSFODNN7EXAMPLE", key, None)
        };
        let error = signer("neptune-db").unwrap_err();
        assert!(matches!(error, SignError::KeyService { .. }));
        let signer = signer(SERVICE).unwrap();
        let response = signer.sign_challenge_at(&challenge, timestamp).unwrap();
        assert!(response.to_string().starts_with("signature=a05e50dff2d3d32ac05c1825"));
    }

    #[test]
    fn the_region_comes_from_the_environment() {
        let region = |aws: &str, default: &str| {
            let signer = KeyspacesSigner::from_vars(|name| match name {
                "AWS_REGION" => Some(aws.into()),
                "AWS_DEFAULT_REGION" => Some(default.into()),
                "AWS_SESSION_TOKEN" => None,
                _ => Some("x".into()),
            });
            signer.map(|signer| alloc::format!("{signer:?}")).map_err(|error| error.to_string())
        };
        assert!(region("a", "b").unwrap().contains(r#"region: "a""#));
        assert!(region("", "b").unwrap().contains(r#"region: "b""#));
        assert_eq!(
            region("", "").unwrap_err(),
            "no region: the environment variables AWS_REGION and AWS_DEFAULT_REGION are missing or empty"
        );
    }
}
