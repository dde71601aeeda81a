//! The body that is verified, and what is proved of a request.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::protocol::{PayloadHash, Sha256, Signature, Timestamp};

/// The received body of a request.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to compare with")]
pub enum Body<'a> {
    /// The body, which is hashed.
    Bytes(&'a [u8]),
    /// The SHA-256 of a body that was received in pieces: see [`PayloadHasher`](crate::protocol::PayloadHasher).
    Hash([u8; 32]),
    /// Not compared with its hash. The verifier must allow it, and the request must contain the hash.
    Unchecked,
}

impl Body<'_> {
    /// The SHA-256 of the body, unless it is unchecked. It is computed only if there is something to compare it with.
    pub(super) fn sha256(self) -> Option<[u8; 32]> {
        match self {
            Self::Bytes(bytes) => Some(Sha256::digest(bytes)),
            Self::Hash(hash) => Some(hash),
            Self::Unchecked => None,
        }
    }
}

/// Formats the length of a body, never its bytes.
impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Hash(hash) => write!(f, "Hash({})", PayloadHash::from_sha256(*hash)),
            Self::Unchecked => f.write_str("Unchecked"),
        }
    }
}

/// What a verification proves about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "callers must consider each of them before they trust a body"
)]
pub enum BodyVerification {
    /// The body is signed, and the received body is the signed one.
    Verified,
    /// The client did not sign the body: any body would be accepted.
    Unsigned,
    /// The hash of the body is signed, but was not compared with the received body.
    Unchecked,
}

/// A request whose signature is valid.
///
/// What can be trusted, in its canonical form, is the method, the path, the query string and the signed headers; the body only
/// if [`body`](Self::body) says so.
#[derive(Clone)]
pub struct Verified {
    pub(super) access_key_id: Box<str>,
    /// Joined by `;`.
    pub(super) signed_headers: Box<str>,
    pub(super) signature: Signature,
    pub(super) timestamp: Timestamp,
    /// Seconds since 1970.
    pub(super) replayable_until: i64,
    pub(super) body: BodyVerification,
}

impl Verified {
    /// Returns the id of the access key that signed.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// Returns what was proved about the body.
    #[must_use]
    pub fn body(&self) -> BodyVerification {
        self.body
    }

    /// Returns the names of the signed headers, in lowercase and sorted. Others can have been written in transit.
    pub fn signed_headers(&self) -> impl Iterator<Item = &str> {
        self.signed_headers.split(';')
    }

    /// Whether a header was signed. Its name may be in any case.
    #[must_use]
    pub fn is_signed(&self, name: &str) -> bool {
        self.signed_headers().any(|signed| signed.eq_ignore_ascii_case(name))
    }

    /// Returns the time of the signature.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Returns the signature. It is the same for each replay of the request, so a replay guard can remember it.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Returns the last second in which the same request would be verified again, by the same clock.
    #[must_use]
    pub fn replayable_until(&self) -> Timestamp {
        // No later time is a timestamp.
        Timestamp::from_unix_timestamp(self.replayable_until).unwrap_or(Timestamp::MAX)
    }
}

/// Formats no signature.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("access_key_id", &self.access_key_id())
            .field("signed_headers", &self.signed_headers().collect::<Vec<_>>())
            .field("timestamp", &self.timestamp)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
