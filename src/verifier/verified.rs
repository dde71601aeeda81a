//! What is compared with a claim, and what is proved of it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::protocol::{Payload, PayloadHash, Signature, Timestamp};

/// What arrived as the body of a request.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to compare with")]
pub enum Body<'a> {
    /// The body itself: it is hashed.
    Bytes(&'a [u8]),
    /// The SHA-256 of a body that came in pieces: see [`PayloadHasher`](crate::protocol::PayloadHasher).
    Hash([u8; 32]),
    /// Not looked at. Policy must allow it, and the request must bring its own hash.
    Unchecked,
}

impl Body<'_> {
    /// Costs the body's hash: asked for only where there is something to compare it with.
    pub(super) fn hash(self) -> Option<PayloadHash<'static>> {
        match self {
            Self::Bytes(bytes) => Some(PayloadHash::of(Payload::Bytes(bytes))),
            Self::Hash(hash) => Some(PayloadHash::from_sha256(hash)),
            Self::Unchecked => None,
        }
    }
}

/// Shows a body's length, never its bytes.
impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Hash(hash) => write!(f, "Hash({})", PayloadHash::from_sha256(*hash)),
            Self::Unchecked => f.write_str("Unchecked"),
        }
    }
}

/// What a verification says of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever trusts a body has to think of each")]
pub enum BodyVerdict {
    /// It is signed, and what arrived is it.
    Verified,
    /// The client did not sign it: any body would do.
    Unsigned,
    /// Its hash is signed, but nobody compared it with what arrived.
    NotChecked,
}

/// A request whose signature is good, and what may be trusted of it, in its canonical form: method, path, query, and the
/// headers that were signed; the body only if the verdict says so.
#[derive(Clone)]
pub struct Verified {
    /// The access key id and the names of the signed headers, in one allocation.
    texts: Box<str>,
    access_key_id_length: usize,
    signature: Signature,
    timestamp: Timestamp,
    /// Seconds since 1970: few ask for the text of it.
    replayable_until: i64,
    body: BodyVerdict,
}

impl Verified {
    /// `names` are joined by `;`.
    pub(super) fn new(
        id: &str,
        names: &str,
        signature: Signature,
        timestamp: Timestamp,
        replayable_until: i64,
        body: BodyVerdict,
    ) -> Self {
        let mut texts = String::with_capacity(id.len() + names.len());
        texts.push_str(id);
        texts.push_str(names);
        let (texts, access_key_id_length) = (texts.into_boxed_str(), id.len());
        Self { texts, access_key_id_length, signature, timestamp, replayable_until, body }
    }

    /// The id of the access key that signed.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        self.texts.get(..self.access_key_id_length).unwrap_or_default()
    }

    /// What was proved of the body.
    #[must_use]
    pub fn body(&self) -> BodyVerdict {
        self.body
    }

    /// The names of the headers that were signed, in lower case and sorted. Anyone on the way could have written the
    /// others.
    pub fn signed_headers(&self) -> impl Iterator<Item = &str> {
        self.texts.get(self.access_key_id_length..).unwrap_or_default().split(';')
    }

    /// Whether a header, its name in any case, was signed.
    #[must_use]
    pub fn is_signed(&self, name: &str) -> bool {
        self.signed_headers().any(|signed| signed.eq_ignore_ascii_case(name))
    }

    /// When it was signed.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The signature: the same for each replay of the request, and so what a replay guard remembers.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The last second in which the same request would be verified again, by the same clock.
    #[must_use]
    pub fn replayable_until(&self) -> Timestamp {
        // What is beyond the year 9999 cannot come.
        Timestamp::from_unix(self.replayable_until).unwrap_or(Timestamp::MAX)
    }
}

/// Shows no signature.
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
