//! What the drivers' adapters have in common: the two logins, and what may go wrong in them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

#[cfg(feature = "scylla")]
use super::AUTHENTICATOR_CLASS;
use super::{Challenge, KeyspacesSigner};
use crate::error::{ChallengeError, SignError};
use crate::provider::ProvideError;

/// Of a name that a server sends, so many characters are shown.
#[cfg(feature = "scylla")]
const SHOWN: usize = 100;

/// Responds to a challenge. No challenge counts as an empty one.
pub(crate) fn respond(
    signer: &KeyspacesSigner,
    challenge: Option<&[u8]>,
) -> Result<Vec<u8>, LoginFault> {
    let challenge = Challenge::parse(challenge.unwrap_or(b""))?;
    let mut response = Vec::new();
    signer.sign_challenge(&challenge)?.write(&mut response);
    Ok(response)
}

/// Why a login went no further. It is shown by the driver, and holds no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginFault {
    #[error("the server's challenge is malformed: {0}")]
    Challenge(#[from] ChallengeError),
    #[error("the server sent a challenge where none was due")]
    ChallengeUnexpected,
    #[error(transparent)]
    Credentials(#[from] ProvideError),
    #[error("the server's challenge cannot be signed: {0}")]
    Sign(#[from] SignError),
}

/// A server of another kind gets neither password nor signature. The error names what it sent.
#[cfg(feature = "scylla")]
pub(crate) fn check_authenticator(name: &str) -> Result<(), String> {
    if name == AUTHENTICATOR_CLASS {
        return Ok(());
    }
    let shown: String = name.chars().take(SHOWN).collect();
    Err(format!("the server wants a login by {shown:?}, not by {AUTHENTICATOR_CLASS}"))
}

/// A user name and a password of Amazon Keyspaces.
#[derive(Clone)]
pub(crate) struct Password {
    user: String,
    password: Zeroizing<String>,
}

impl Password {
    pub(crate) fn new(
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self, PasswordError> {
        let (user, password) = (user.into(), Zeroizing::new(password.into()));
        if user.contains('\0') {
            return Err(PasswordError::UserNul);
        }
        if password.contains('\0') {
            return Err(PasswordError::PasswordNul);
        }
        Ok(Self { user, password })
    }

    /// The message of SASL PLAIN ([RFC 4616](https://www.rfc-editor.org/rfc/rfc4616#section-2)), without an authorization
    /// identity.
    pub(crate) fn response(&self) -> Vec<u8> {
        // In one allocation: a vector that grows leaves the password behind.
        ["\0", &self.user, "\0", &self.password].concat().into_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password")
            .field("user", &self.user)
            .field("password", &"[redacted]")
            .finish()
    }
}

/// Why a user name and a password cannot be sent: each ends at a NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The password holds a NUL.
    #[error("the password holds a NUL")]
    PasswordNul,
    /// The user name holds a NUL.
    #[error("the user name holds a NUL")]
    UserNul,
}
