//! The string to sign: the hash of the canonical request, with its time and scope
//! ([AWS: create a string to sign](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use alloc::string::ToString;
use core::fmt;

use super::canonical::CanonicalRequest;
use super::encoding::to_hex;
use super::scope::{ALGORITHM, Scope};
use super::signing_key::{Signature, SigningKey};
use super::sink::{Sink, Text};
use super::timestamp::Timestamp;

/// The string to sign of a request. It has four lines: algorithm, time, scope, hash of the canonical request.
#[derive(Clone, Copy)]
pub struct StringToSign<'a> {
    timestamp: Timestamp,
    scope: Scope<'a>,
    canonical_hash: [u8; 32],
}

impl<'a> StringToSign<'a> {
    /// Creates the string to sign of a canonical request.
    #[must_use]
    pub fn new(canonical: &CanonicalRequest<'_>, timestamp: Timestamp, scope: Scope<'a>) -> Self {
        Self::from_hash(canonical.hash(), timestamp, scope)
    }

    /// Creates the string to sign from the hash of a canonical request.
    pub(crate) fn from_hash(
        canonical_hash: [u8; 32],
        timestamp: Timestamp,
        scope: Scope<'a>,
    ) -> Self {
        Self { timestamp, scope, canonical_hash }
    }

    /// Writes the string. No line feed ends it.
    pub fn write(&self, sink: &mut impl Sink) {
        write_string_to_sign(sink, self.timestamp.as_basic(), self.scope, &self.canonical_hash);
    }

    /// Signs the string with a key, which must have the same scope.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Signature {
        key.sign_with(|text| self.write(text))
    }
}

/// Writes a string to sign with its time in any form: logins to Amazon Keyspaces use another one than requests.
pub(crate) fn write_string_to_sign(
    sink: &mut impl Sink,
    time: &[u8],
    scope: Scope<'_>,
    canonical_hash: &[u8; 32],
) {
    sink.write(ALGORITHM);
    sink.write(b"\n");
    sink.write(time);
    sink.write(b"\n");
    scope.write(sink);
    sink.write(b"\n");
    sink.write(&to_hex(canonical_hash));
}

impl fmt::Display for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// Formats the text, which contains no secret.
impl fmt::Debug for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}
