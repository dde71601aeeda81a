//! The payload, and its line in the canonical request.

use core::fmt;

use super::digest::Sha256;
use super::encoding::to_hex;
use super::sink::{Sink, Text};
use crate::error::CanonicalError;

/// The body of a request, or what the signature says about it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// The body, which is hashed.
    Bytes(&'a [u8]),
    /// The SHA-256 of a body that is not in memory.
    Hash([u8; 32]),
    /// `UNSIGNED-PAYLOAD`: the signature does not cover the body. Only some services accept it.
    ///
    /// A request that is signed in a header always sends it as `x-amz-content-sha256`: no server could verify the
    /// signature otherwise.
    Unsigned,
}

/// Formats the length of a body, never its bytes.
impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Hash(hash) => write!(f, "Hash({})", PayloadHash::from_sha256(*hash)),
            Self::Unsigned => f.write_str("Unsigned"),
        }
    }
}

/// Hashes a body that arrives in pieces, for [`Payload::Hash`] or [`Body::Hash`](crate::verifier::Body::Hash).
///
/// This example hashes a body in two pieces:
///
/// ```
/// use countersign::protocol::{Payload, PayloadHash, PayloadHasher};
///
/// let mut hasher = PayloadHasher::new();
/// hasher.update(b"a body ");
/// hasher.update(b"in pieces");
/// let whole = PayloadHash::from(Payload::Bytes(b"a body in pieces"));
/// assert_eq!(PayloadHash::from_sha256(hasher.finish()), whole);
/// ```
pub struct PayloadHasher(Sha256);

impl PayloadHasher {
    /// Creates a hasher that has seen no bytes.
    #[must_use]
    pub fn new() -> Self {
        Self(Sha256::new())
    }

    /// Hashes the next bytes of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// Returns the SHA-256 of all bytes.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finish()
    }
}

impl Default for PayloadHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink for PayloadHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

/// Hashes what is copied into it, for example by `std::io::copy`.
#[cfg(feature = "std")]
impl std::io::Write for PayloadHasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for PayloadHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadHasher").finish_non_exhaustive()
    }
}

/// The SHA-256 of no bytes.
const EMPTY_SHA256: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];
const EMPTY_LINE: &[u8] = b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The last line of a canonical request: a SHA-256 in hexadecimal digits, or a literal in its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PayloadHash<'a>(Line<'a>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Sha256([u8; 32]),
    Literal(&'a str),
}

impl<'a> PayloadHash<'a> {
    /// The hash of an empty body.
    pub const EMPTY: Self = Self(Line::Sha256(EMPTY_SHA256));
    /// The literal for a payload that is not signed, `UNSIGNED-PAYLOAD`.
    pub const UNSIGNED: Self = Self(Line::Literal("UNSIGNED-PAYLOAD"));

    /// Creates the line from the SHA-256 of a body.
    #[must_use]
    pub fn from_sha256(hash: [u8; 32]) -> Self {
        Self(Line::Sha256(hash))
    }

    /// Creates the line from any other literal, such as those that start with `STREAMING-`.
    ///
    /// # Errors
    ///
    /// Returns an error if the literal is empty or contains anything but visible ASCII.
    pub fn from_literal(literal: &'a str) -> Result<Self, CanonicalError> {
        if literal.is_empty() || !literal.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CanonicalError::PayloadHash);
        }
        Ok(Self(Line::Literal(literal)))
    }

    /// Whether the line is a literal, which a server can only know from the header `x-amz-content-sha256`.
    pub(crate) fn is_literal(&self) -> bool {
        matches!(self.0, Line::Literal(_))
    }

    /// Writes the line. No line feed ends it.
    pub fn write(&self, sink: &mut impl Sink) {
        match &self.0 {
            // Most requests have no body: their line need not be encoded again and again.
            Line::Sha256(hash) if *hash == EMPTY_SHA256 => sink.write(EMPTY_LINE),
            Line::Sha256(hash) => sink.write(&to_hex(hash)),
            Line::Literal(literal) => sink.write(literal.as_bytes()),
        }
    }
}

/// Hashes the body, unless it is empty.
impl From<Payload<'_>> for PayloadHash<'_> {
    fn from(payload: Payload<'_>) -> Self {
        match payload {
            Payload::Bytes([]) => Self::EMPTY,
            Payload::Bytes(bytes) => Self::from_sha256(Sha256::digest(bytes)),
            Payload::Hash(hash) => Self::from_sha256(hash),
            Payload::Unsigned => Self::UNSIGNED,
        }
    }
}

impl fmt::Display for PayloadHash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

impl fmt::Debug for PayloadHash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn a_payload_becomes_its_hash_or_a_literal() {
        assert_eq!(
            PayloadHash::from(Payload::Bytes(b"")),
            PayloadHash::from_sha256(Sha256::digest(b""))
        );
        let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(PayloadHash::from(Payload::Bytes(b"hello")).to_string(), hello);
        assert_eq!(PayloadHash::from(Payload::Hash(Sha256::digest(b"hello"))).to_string(), hello);
        assert_eq!(PayloadHash::from(Payload::Unsigned).to_string(), "UNSIGNED-PAYLOAD");
    }

    #[test]
    fn a_literal_cannot_inject_a_line() {
        let literal = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
        assert_eq!(PayloadHash::from_literal(literal).unwrap().to_string(), literal);
        for literal in ["", "a b", "a\n", "é"] {
            assert_eq!(PayloadHash::from_literal(literal), Err(CanonicalError::PayloadHash));
        }
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_body_can_be_copied_into_a_hasher() {
        let mut hasher = PayloadHasher::new();
        std::io::copy(&mut &b"hello"[..], &mut hasher).unwrap();
        assert_eq!(hasher.finish(), Sha256::digest(b"hello"));
    }

    #[test]
    fn debug_contains_no_body() {
        assert_eq!(format!("{:?}", Payload::Bytes(b"hello")), "Bytes(5 bytes)");
    }
}
