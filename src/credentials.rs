//! The credentials a request is signed with.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::error::CredentialsError;

const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";

/// An access key id and its secret; for temporary credentials also a session token and the moment they end.
///
/// The secret is erased from memory when it is dropped (each clone on its own), the session token, which clones share, with
/// the last of them. `Debug` formats neither. Nothing is checked here: an empty or invalid part is reported by the first
/// signature.
///
/// ```
/// use countersign::Credentials;
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
///     .with_session_token("AQoDYXdzEPT//////////wEXAMPLE");
/// assert!(!format!("{credentials:?}").contains("wJalr"));
/// ```
#[derive(Clone)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Option<Arc<Zeroizing<String>>>,
    expires_at: Option<OffsetDateTime>,
}

impl Credentials {
    /// Credentials that do not expire. A `String` is taken over, not copied.
    #[must_use]
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: Zeroizing::new(secret_access_key.into()),
            session_token: None,
            expires_at: None,
        }
    }

    /// The same credentials with the session token that was issued with them. An empty token counts as none.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        let token = Zeroizing::new(token.into());
        self.session_token = (!token.is_empty()).then(|| Arc::new(token));
        self
    }

    /// Sets the expiry time. Presigned URLs expire with the credentials at the latest.
    ///
    /// # Example
    ///
    /// This example converts an expiry time from the standard library.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use countersign::Credentials;
    ///
    /// let expires_at = SystemTime::now() + Duration::from_secs(3600);
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    ///     .with_session_token("AQoDYXdzEPT//////////wEXAMPLE")
    ///     .with_expiry(expires_at.into());
    /// ```
    #[must_use]
    pub fn with_expiry(mut self, expires_at: OffsetDateTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if it is set, `AWS_SESSION_TOKEN`.
    ///
    /// # Errors
    /// Names the variable that is missing, empty or not UTF-8. An empty session token counts as none.
    #[cfg(feature = "std")]
    pub fn from_env() -> Result<Self, CredentialsError> {
        Self::look_up(variable)
    }

    /// The same as `from_env`, which needs `std`, from any look-up of names.
    ///
    /// ```
    /// use countersign::Credentials;
    ///
    /// let error = Credentials::from_vars(|name| (name == "AWS_ACCESS_KEY_ID").then(|| "AKIDEXAMPLE".into())).unwrap_err();
    /// assert_eq!(error.to_string(), "the environment variable AWS_SECRET_ACCESS_KEY is missing or empty");
    /// ```
    ///
    /// # Errors
    /// Names the variable that is missing or empty.
    pub fn from_vars(
        mut look_up: impl FnMut(&'static str) -> Option<String>,
    ) -> Result<Self, CredentialsError> {
        Self::look_up(|name| Ok(look_up(name)))
    }

    fn look_up(
        mut look_up: impl FnMut(&'static str) -> Result<Option<String>, CredentialsError>,
    ) -> Result<Self, CredentialsError> {
        let mut required = |name| {
            let value = look_up(name)?.filter(|value| !value.is_empty());
            value.ok_or(CredentialsError::VariableMissing { name })
        };
        let credentials = Self::new(required(ACCESS_KEY_ID)?, required(SECRET_ACCESS_KEY)?);
        Ok(match look_up(SESSION_TOKEN)? {
            Some(token) => credentials.with_session_token(token),
            None => credentials,
        })
    }

    /// The access key id.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The secret access key. Handle with care: what is copied from here is not wiped.
    #[must_use]
    pub fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// The session token of temporary credentials. A bearer secret.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_ref().map(|token| token.as_str())
    }

    /// The session token, shared with these credentials.
    pub(crate) fn shared_session_token(&self) -> Option<Arc<Zeroizing<String>>> {
        self.session_token.clone()
    }

    /// When the credentials end, if that is known.
    #[must_use]
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.expires_at
    }
}

/// A variable of the environment, if it is set.
#[cfg(feature = "std")]
pub(crate) fn variable(name: &'static str) -> Result<Option<String>, CredentialsError> {
    use std::env::{VarError, var};

    match var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(CredentialsError::VariableNotUnicode { name }),
    }
}

/// The first of the variables that is not empty.
#[cfg(feature = "std")]
pub(crate) fn first_region(
    variables: &'static [&'static str],
    mut look_up: impl FnMut(&'static str) -> Result<Option<String>, CredentialsError>,
) -> Result<String, CredentialsError> {
    for name in variables {
        if let Some(region) = look_up(name)?.filter(|region| !region.is_empty()) {
            return Ok(region);
        }
    }
    Err(CredentialsError::RegionMissing { variables })
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &"[redacted]")
            .field("session_token", &self.session_token.as_ref().map(|_| "[redacted]"))
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::ZeroizeOnDrop;

    #[test]
    fn secret_and_token_are_wiped_on_drop() {
        fn is_wiped<T: ZeroizeOnDrop>(_: &T) {}
        let credentials = Credentials::new("a", "b").with_session_token("c");
        is_wiped(&credentials.secret_access_key);
        is_wiped(&**credentials.session_token.as_ref().unwrap());
    }

    #[test]
    fn a_string_is_taken_over() {
        let (secret, token) = (String::from("secret"), String::from("token"));
        let places = (secret.as_ptr(), token.as_ptr());
        let credentials = Credentials::new("a", secret).with_session_token(token);
        let kept = (credentials.secret_access_key(), credentials.session_token().unwrap());
        assert_eq!(places, (kept.0.as_ptr(), kept.1.as_ptr()));
    }

    #[test]
    fn a_fault_of_any_variable_is_handed_on() {
        for faulty in [ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN] {
            let error = Credentials::look_up(|name| match name == faulty {
                true => Err(CredentialsError::VariableNotUnicode { name }),
                false => Ok(Some("x".into())),
            });
            assert_eq!(error.unwrap_err(), CredentialsError::VariableNotUnicode { name: faulty });
        }
    }
}
