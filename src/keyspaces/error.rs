//! Why a login was refused.

use crate::error::SignError;
use crate::protocol::Timestamp;

/// Why a login was refused. It tells no more than a client may know.
///
/// All of them are error 0x0100 (bad credentials) of the CQL protocol, but for [`Key`](Self::Key), which is a fault of the
/// server's own (0x0000).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// A part of the response is not `name=value`, or not a text.
    #[error("the response is not of the form 'signature=…,access_key=…,amzdate=…'")]
    Form,
    /// The key that was given to verify with is none for this login: of another day, or for another service.
    #[error("the login cannot be verified: {0}")]
    Key(SignError),
    /// A part of the response is not there, or empty.
    #[error("the response holds no '{name}'")]
    PartMissing {
        /// Its name.
        name: &'static str,
    },
    /// A part of the response is there twice.
    #[error("the response holds more than one '{name}'")]
    PartRepeated {
        /// Its name.
        name: &'static str,
    },
    /// The signature is not the one that the key makes of the challenge: another secret, region or time.
    #[error(
        "the signature we calculated does not match the one in the response: check the secret access key and the region"
    )]
    SignatureMismatch,
    /// The time is too far from the server's.
    #[error("the login was signed at {signed_at:?}, now is {now:?}: more than 900 seconds apart")]
    Stale {
        /// When it was signed, as it says.
        signed_at: Timestamp,
        /// The server's time.
        now: Timestamp,
    },
    /// The time is not of the form that is signed.
    #[error("'amzdate' is not of the form YYYY-MM-DDTHH:MM:SS.mmmZ")]
    TimeForm,
    /// The session token has ended.
    #[error("the session token has expired")]
    TokenExpired,
    /// The access key is not known, or the session token is not the one that was issued with it.
    #[error("the access key or the session token is invalid")]
    TokenInvalid,
}
