//! The string to sign: the canonical request's hash, when and for what it is signed
//! ([AWS: create a string to sign](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use alloc::string::ToString;
use core::fmt;

use super::canonical::CanonicalRequest;
use super::payload::to_hex;
use super::scope::{ALGORITHM, Scope};
use super::signing_key::{Signature, SigningKey};
use super::sink::{Sink, Text};
use super::timestamp::{TimeForm, Timestamp};

/// Four lines: algorithm, time, scope, hash of the canonical request.
#[derive(Clone, Copy)]
pub struct StringToSign<'a> {
    timestamp: Timestamp,
    form: TimeForm,
    scope: Scope<'a>,
    canonical_hash: [u8; 32],
}

impl<'a> StringToSign<'a> {
    /// The string to sign of a request over HTTP.
    #[must_use]
    pub fn new(canonical: &CanonicalRequest<'_>, timestamp: Timestamp, scope: Scope<'a>) -> Self {
        Self::of_hash(canonical.hash(), timestamp, scope)
    }

    /// The string to sign of a canonical request whose hash is at hand.
    pub(crate) fn of_hash(
        canonical_hash: [u8; 32],
        timestamp: Timestamp,
        scope: Scope<'a>,
    ) -> Self {
        Self { timestamp, form: TimeForm::Basic, scope, canonical_hash }
    }

    /// That of a login to Amazon Keyspaces: its time has milliseconds.
    pub(crate) fn of_login(
        canonical_hash: [u8; 32],
        timestamp: Timestamp,
        scope: Scope<'a>,
    ) -> Self {
        Self { form: TimeForm::Extended, ..Self::of_hash(canonical_hash, timestamp, scope) }
    }

    /// Writes the string. No line feed ends it.
    pub fn write(&self, sink: &mut impl Sink) {
        sink.put(ALGORITHM);
        sink.put(b"\n");
        self.timestamp.write(self.form, sink);
        sink.put(b"\n");
        self.scope.write(sink);
        sink.put(b"\n");
        sink.put(&to_hex(&self.canonical_hash));
    }

    /// The signature under a key, which must be of the same scope.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Signature {
        key.sign_with(|sink| self.write(sink))
    }
}

impl fmt::Display for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// Shows the text: there is no secret in it.
impl fmt::Debug for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}
