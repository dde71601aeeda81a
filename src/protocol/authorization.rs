//! The Authorization header
//! ([AWS: add the signature to the request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use core::fmt;

use super::canonical::CanonicalHeaders;
use super::scope::{ALGORITHM, Credential};
use super::signing_key::Signature;
use super::sink::{Sink, Text};

/// The value of an Authorization header.
///
/// It is a bearer secret for some minutes: `Display` formats it, `Debug` does not.
#[derive(Clone, Copy)]
pub struct Authorization<'a> {
    credential: Credential<'a>,
    headers: &'a CanonicalHeaders<'a>,
    signature: &'a Signature,
}

impl<'a> Authorization<'a> {
    /// Creates the value from its three parts.
    #[must_use]
    pub fn new(
        credential: Credential<'a>,
        headers: &'a CanonicalHeaders<'a>,
        signature: &'a Signature,
    ) -> Self {
        Self { credential, headers, signature }
    }

    /// Writes the value. The space after each comma matters: one AWS service rejects a comma without it.
    pub fn write(&self, sink: &mut impl Sink) {
        sink.write(ALGORITHM);
        sink.write(b" Credential=");
        self.credential.write(sink);
        sink.write(b", SignedHeaders=");
        self.headers.write_names(sink);
        sink.write(b", Signature=");
        sink.write(self.signature.as_hex());
    }
}

impl fmt::Display for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// Formats everything but the signature.
impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("credential", &self.credential)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
