//! Why a login was rejected.

use crate::error::SignError;
use crate::protocol::Timestamp;

/// Why a login was rejected. It reports no more than a client may know.
///
/// All of them are error 0x0100 (bad credentials) of the CQL protocol, except [`Key`](Self::Key), which is an error of the
/// server (0x0000).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The time is too far from the server's.
    #[error("login timestamp {signed_at:?} is more than 900 s from server time {now:?}")]
    ClockSkew {
        /// The time of the signature, as the response says.
        signed_at: Timestamp,
        /// The server's time.
        now: Timestamp,
    },
    /// A field of the response is repeated.
    #[error("response contains more than one '{name}'")]
    DuplicateField {
        /// Its name.
        name: &'static str,
    },
    /// The time is not of the form that is signed.
    #[error("'amzdate' is not of the form YYYY-MM-DDTHH:MM:SS.mmmZ")]
    InvalidTimestamp,
    /// The key that the server passed has another date or service.
    #[error("the login cannot be verified: {0}")]
    Key(SignError),
    /// A field of the response is not `name=value`, or not UTF-8.
    #[error("response is not of the form 'signature=…,access_key=…,amzdate=…'")]
    Malformed,
    /// A field of the response is missing or empty.
    #[error("response contains no '{name}'")]
    MissingField {
        /// Its name.
        name: &'static str,
    },
    /// The signature is not that of the challenge: another secret, region or time.
    #[error(
        "the signature we calculated does not match the one in the response: check the secret access key and the region"
    )]
    SignatureMismatch,
    /// The session token has expired.
    #[error("the session token has expired")]
    TokenExpired,
    /// The access key is unknown, or the session token is not the one that was issued with it.
    #[error("the access key or the session token is invalid")]
    TokenInvalid,
}
