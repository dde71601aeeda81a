//! The server's side of a login, for test servers and proxies.

use core::fmt;

use super::challenge::EXPIRES;
use super::{Challenge, LoginError, SERVICE};
use crate::error::SignError;
use crate::protocol::{Credential, Scope, Timestamp, ct_eq};
use crate::verifier::AccessKey;

/// A client's response to a challenge, as a server receives it. Nothing in it is proved before [`verify`](Self::verify).
///
/// A challenge is valid for one login: a server creates a nonce for each connection, and accepts one response to it.
///
/// This example verifies a response:
///
/// ```
/// use countersign::Credentials;
/// use countersign::keyspaces::{Challenge, LoginResponse};
/// use countersign::protocol::Timestamp;
/// use countersign::verifier::AccessKey;
///
/// let challenge = Challenge::parse(b"nonce=91703fdc2ef562e19fbdab0f58e42fe5")?;
/// let response = b"signature=7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87,\
///     access_key=UserID-1,amzdate=2020-06-09T22:41:51.000Z";
///
/// let claim = LoginResponse::parse(response)?;
/// let known = (claim.access_key_id() == "UserID-1").then(|| Credentials::new("UserID-1", "UserSecretKey-1"));
/// let key = AccessKey::from_lookup(known.as_ref(), claim.scope("us-west-2")?);
/// claim.verify(&challenge, &key, "2020-06-09T22:42:00Z".parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct LoginResponse<'a> {
    signature: &'a str,
    access_key_id: &'a str,
    timestamp: Timestamp,
    session_token: Option<&'a str>,
}

/// The fields of a response.
const FIELDS: [&str; 4] = ["signature", "access_key", "amzdate", "session_token"];

impl<'a> LoginResponse<'a> {
    /// Parses a client's response. Unknown fields are ignored; an empty session token counts as none.
    ///
    /// # Errors
    ///
    /// Returns an error if a field is missing or repeated, or if the time is not of the form that is signed.
    pub fn parse(response: &'a [u8]) -> Result<Self, LoginError> {
        let mut fields = [None; FIELDS.len()];
        let response = str::from_utf8(response).map_err(|_| LoginError::Malformed)?;
        for field in response.split(',') {
            let (name, value) = field.split_once('=').ok_or(LoginError::Malformed)?;
            for (known, slot) in FIELDS.into_iter().zip(&mut fields) {
                if known == name && slot.replace(value).is_some() {
                    return Err(LoginError::DuplicateField { name: known });
                }
            }
        }
        let [signature, access_key_id, time, session_token] =
            fields.map(|field| field.filter(|value| !value.is_empty()));
        let missing = |name| move || LoginError::MissingField { name };
        let [name_of_signature, name_of_id, name_of_time, _] = FIELDS;
        Ok(Self {
            signature: signature.ok_or_else(missing(name_of_signature))?,
            access_key_id: access_key_id.ok_or_else(missing(name_of_id))?,
            timestamp: parse_time(time.ok_or_else(missing(name_of_time))?)?,
            session_token,
        })
    }

    /// Returns the id of the access key that is claimed to have signed. It is untrusted text: look it up, do not interpret it.
    #[must_use]
    pub fn access_key_id(&self) -> &'a str {
        self.access_key_id
    }

    /// Returns the session token, if there is one. It is a bearer secret.
    #[must_use]
    pub fn session_token(&self) -> Option<&'a str> {
        self.session_token
    }

    /// Returns the claimed time of the signature.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Returns the scope that the signing key must have, in the server's region.
    ///
    /// # Errors
    ///
    /// Returns an error if the region is invalid.
    pub fn scope<'r>(&self, region: &'r str) -> Result<Scope<'r>, SignError> {
        Scope::new(self.timestamp.date(), region, SERVICE)
    }

    /// Verifies the response: the key is known and has this session token, the time is at most 900 seconds from now, and the
    /// signature is that of the challenge. The key must have the scope that [`scope`](Self::scope) returns.
    ///
    /// # Errors
    ///
    /// Returns a [`LoginError`] that names the cause.
    pub fn verify(
        &self,
        challenge: &Challenge<'_>,
        key: &AccessKey,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        let signing_key = key.signing_key();
        signing_key.check_date(self.timestamp).map_err(LoginError::Key)?;
        let credential = Credential::new_unchecked(self.access_key_id, signing_key.scope());
        let expected = challenge
            .sign_checked(credential, None, signing_key, self.timestamp)
            .map_err(LoginError::Key)?;
        let expected = expected.signature().as_str().as_bytes();
        let is_signed = ct_eq(expected, self.signature.as_bytes());

        if !key.matches_token(self.session_token.map(str::as_bytes)) {
            return Err(LoginError::TokenInvalid);
        }
        if key.has_expired(now) {
            return Err(LoginError::TokenExpired);
        }
        if self.timestamp.unix_timestamp().abs_diff(now.unix_timestamp()) > u64::from(EXPIRES) {
            return Err(LoginError::ClockSkew { signed_at: self.timestamp, now });
        }
        if !is_signed {
            return Err(LoginError::SignatureMismatch);
        }
        Ok(())
    }
}

/// Parses the one form that is signed: with three digits of a second.
fn parse_time(text: &str) -> Result<Timestamp, LoginError> {
    const LENGTH: usize = "2020-06-09T22:41:51.000Z".len();
    let time = text.parse().ok().filter(|_| text.len() == LENGTH);
    time.ok_or(LoginError::InvalidTimestamp)
}

/// Formats neither signature nor token.
impl fmt::Debug for LoginResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginResponse")
            .field("access_key_id", &self.access_key_id)
            .field("timestamp", &self.timestamp)
            .field("session_token", &self.session_token.map(|_| "[redacted]"))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    const NONCE: &[u8] = b"nonce=91703fdc2ef562e19fbdab0f58e42fe5";
    const SIGNATURE: &str = "7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87";
    const TIME: &str = "2020-06-09T22:41:51.000Z";

    /// The official plugins' own answer.
    fn official() -> String {
        format!("signature={SIGNATURE},access_key=UserID-1,amzdate={TIME}")
    }

    fn credentials() -> Credentials {
        Credentials::new("UserID-1", "UserSecretKey-1")
    }

    fn verify(response: &str, known: Option<&Credentials>, now: &str) -> Result<(), LoginError> {
        let claim = LoginResponse::parse(response.as_bytes())?;
        let key = AccessKey::from_lookup(known, claim.scope("us-west-2").unwrap());
        claim.verify(&Challenge::parse(NONCE).unwrap(), &key, now.parse().unwrap())
    }

    #[test]
    fn the_response_of_the_official_plugins_is_verified() {
        assert_eq!(verify(&official(), Some(&credentials()), TIME), Ok(()));
        let temporary = credentials().with_session_token("sess-token-1");
        let with_token = official() + ",session_token=sess-token-1";
        assert_eq!(verify(&with_token, Some(&temporary), TIME), Ok(()));
        assert_eq!(verify(&(official() + ",session_token="), Some(&credentials()), TIME), Ok(()));
    }

    #[test]
    fn each_cause_has_its_error() {
        let (known, official) = (credentials(), official());
        let temporary = credentials().with_session_token("sess-token-1");
        let ended = temporary.clone().with_expiry(TIME.parse::<Timestamp>().unwrap().into());
        let with_token = official.clone() + ",session_token=sess-token-1";
        let other_secret = Credentials::new("UserID-1", "other");
        for (response, known, now, expected) in [
            (&official, None, TIME, LoginError::TokenInvalid),
            (&official, Some(&temporary), TIME, LoginError::TokenInvalid),
            (&with_token, Some(&known), TIME, LoginError::TokenInvalid),
            (&(with_token.clone() + "x"), Some(&temporary), TIME, LoginError::TokenInvalid),
            (&with_token, Some(&ended), TIME, LoginError::TokenExpired),
            (&official, Some(&other_secret), TIME, LoginError::SignatureMismatch),
            (&official.replace("=7f", "=7F"), Some(&known), TIME, LoginError::SignatureMismatch),
            (&official.replace("7f", ""), Some(&known), TIME, LoginError::SignatureMismatch),
            (&official.replace(".000", ".001"), Some(&known), TIME, LoginError::SignatureMismatch),
        ] {
            assert_eq!(verify(response, known, now), Err(expected), "{response}");
        }
    }

    #[test]
    fn a_login_is_valid_for_900_seconds_before_and_after() {
        for (now, is_good) in [
            ("2020-06-09T22:56:51Z", true),
            ("2020-06-09T22:56:52Z", false),
            ("2020-06-09T22:26:51Z", true),
            ("2020-06-09T22:26:50Z", false),
        ] {
            let verdict = verify(&official(), Some(&credentials()), now);
            let (signed_at, now) = (TIME.parse().unwrap(), now.parse().unwrap());
            let expected =
                if is_good { Ok(()) } else { Err(LoginError::ClockSkew { signed_at, now }) };
            assert_eq!(verdict, expected);
        }
    }

    #[test]
    fn a_malformed_response_is_an_error_that_names_the_cause() {
        let parse = |text: &str| LoginResponse::parse(text.as_bytes()).unwrap_err().to_string();
        for (text, expected) in [
            ("", "response is not of the form 'signature=…,access_key=…,amzdate=…'"),
            ("signature", "response is not of the form 'signature=…,access_key=…,amzdate=…'"),
            ("a=b", "response contains no 'signature'"),
            ("signature=a,access_key=", "response contains no 'access_key'"),
            ("signature=a,access_key=b", "response contains no 'amzdate'"),
            ("signature=a,signature=a", "response contains more than one 'signature'"),
        ] {
            assert_eq!(parse(text), expected);
        }
        for time in ["20200609T224151Z", "2020-06-09T22:41:51Z", "2020-06-09T22:41:51.1000Z", "x"] {
            assert_eq!(
                parse(&format!("signature=a,access_key=b,amzdate={time}")),
                "'amzdate' is not of the form YYYY-MM-DDTHH:MM:SS.mmmZ"
            );
        }
        assert_eq!(LoginResponse::parse(b"signature=\xff").unwrap_err(), LoginError::Malformed);
    }

    #[test]
    fn a_key_with_another_scope_is_an_error_of_the_server() {
        let claim = official();
        let claim = LoginResponse::parse(claim.as_bytes()).unwrap();
        let challenge = Challenge::parse(NONCE).unwrap();
        let errors: Vec<_> = [("20200608", SERVICE), ("20200609", "neptune-db")]
            .into_iter()
            .map(|(date, service)| {
                let scope = Scope::new(date.parse().unwrap(), "us-west-2", service).unwrap();
                let key = AccessKey::from_credentials(&credentials(), scope).unwrap();
                claim.verify(&challenge, &key, claim.timestamp()).unwrap_err().to_string()
            })
            .collect();
        assert_eq!(
            errors,
            [
                "the login cannot be verified: the signing key is of 20200608, the request of 20200609",
                "the login cannot be verified: the signing key is for the service neptune-db, what it is to sign for \
                 cassandra",
            ]
        );
    }

    #[test]
    fn debug_contains_no_secret() {
        let response = official() + ",session_token=sess-token-1";
        assert_eq!(
            format!("{:?}", LoginResponse::parse(response.as_bytes()).unwrap()),
            "LoginResponse { access_key_id: \"UserID-1\", timestamp: 2020-06-09T22:41:51.000Z, \
             session_token: Some(\"[redacted]\"), .. }"
        );
    }
}
