//! The payload, and the line of the canonical request that speaks of it.

use core::fmt;

use super::digest::Sha256;
use super::sink::{Sink, Text};
use crate::error::CanonicalError;

/// The body of a request, or what is known of it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// The body itself: it is hashed.
    Bytes(&'a [u8]),
    /// The SHA-256 of a body that is elsewhere.
    Hash([u8; 32]),
    /// `UNSIGNED-PAYLOAD`: the signature says nothing of the body. Only some services take it.
    Unsigned,
}

/// Shows a body's length, never its bytes.
impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Hash(hash) => write!(f, "Hash({})", PayloadHash::from_sha256(*hash)),
            Self::Unsigned => f.write_str("Unsigned"),
        }
    }
}

/// The SHA-256 of a body that comes in pieces, for [`Payload::Hash`] or [`Body::Hash`](crate::verifier::Body::Hash).
///
/// ```
/// use countersign::protocol::{Payload, PayloadHash, PayloadHasher, Sink};
///
/// let mut hasher = PayloadHasher::new();
/// for piece in ["a body ", "in pieces"] {
///     hasher.put(piece.as_bytes());
/// }
/// let whole = PayloadHash::of(Payload::Bytes(b"a body in pieces"));
/// assert_eq!(PayloadHash::from_sha256(hasher.finish()), whole);
/// ```
pub struct PayloadHasher(Sha256);

impl PayloadHasher {
    /// The hasher of an empty body.
    #[must_use]
    pub fn new() -> Self {
        Self(Sha256::new())
    }

    /// The hash of what was put in.
    #[must_use]
    pub fn finish(mut self) -> [u8; 32] {
        self.0.finish()
    }
}

impl Default for PayloadHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink for PayloadHasher {
    fn put(&mut self, bytes: &[u8]) {
        self.0.put(bytes);
    }
}

impl fmt::Debug for PayloadHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadHasher").finish_non_exhaustive()
    }
}

/// The last line of a canonical request: a SHA-256 in hex, or a word in its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PayloadHash<'a>(Form<'a>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form<'a> {
    Hex([u8; 64]),
    Word(&'a str),
}

impl<'a> PayloadHash<'a> {
    /// The hash of an empty body.
    pub const EMPTY: Self =
        Self(Form::Hex(*b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    /// The word for a payload that is not signed.
    pub const UNSIGNED: Self = Self(Form::Word("UNSIGNED-PAYLOAD"));

    /// The line for a payload. Costs the body's hash, unless it is empty.
    #[must_use]
    pub fn of(payload: Payload<'_>) -> Self {
        match payload {
            Payload::Bytes([]) => Self::EMPTY,
            Payload::Bytes(bytes) => Self::from_sha256(Sha256::of(bytes)),
            Payload::Hash(hash) => Self::from_sha256(hash),
            Payload::Unsigned => Self::UNSIGNED,
        }
    }

    /// The line for a SHA-256 that is known.
    #[must_use]
    pub fn from_sha256(hash: [u8; 32]) -> Self {
        Self(Form::Hex(to_hex(&hash)))
    }

    /// Any other word, such as those that begin with `STREAMING-`.
    ///
    /// # Errors
    /// The word is empty or not visible ASCII.
    pub fn from_word(word: &'a str) -> Result<Self, CanonicalError> {
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CanonicalError::PayloadHash);
        }
        Ok(Self(Form::Word(word)))
    }

    /// The line in ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Hex(hex) => hex,
            Form::Word(word) => word.as_bytes(),
        }
    }
}

impl fmt::Display for PayloadHash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| text.put(self.as_bytes()))
    }
}

impl fmt::Debug for PayloadHash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A hash in lower-case hex.
pub(crate) fn to_hex(hash: &[u8; 32]) -> [u8; 64] {
    // Branch-free, so that it becomes vector instructions.
    let digit = |half: u8| half + b'0' + u8::from(half > 9) * (b'a' - b'9' - 1);
    let mut text = [0; 64];
    for (digits, byte) in text.as_chunks_mut().0.iter_mut().zip(hash) {
        *digits = [digit(byte >> 4), digit(byte & 0xf)];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn a_payload_becomes_its_hash_or_a_word() {
        assert_eq!(PayloadHash::of(Payload::Bytes(b"")), PayloadHash::from_sha256(Sha256::of(b"")));
        let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(PayloadHash::of(Payload::Bytes(b"hello")).to_string(), hello);
        assert_eq!(PayloadHash::of(Payload::Hash(Sha256::of(b"hello"))).to_string(), hello);
        assert_eq!(PayloadHash::of(Payload::Unsigned).to_string(), "UNSIGNED-PAYLOAD");
    }

    #[test]
    fn a_word_cannot_forge_a_line() {
        let word = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
        assert_eq!(PayloadHash::from_word(word).unwrap().to_string(), word);
        for word in ["", "a b", "a\n", "é"] {
            assert_eq!(PayloadHash::from_word(word), Err(CanonicalError::PayloadHash));
        }
    }

    #[test]
    fn debug_shows_no_body() {
        assert_eq!(format!("{:?}", Payload::Bytes(b"hello")), "Bytes(5 bytes)");
    }
}
