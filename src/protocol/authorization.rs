//! The Authorization header
//! ([AWS: add the signature to the request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use core::fmt;

use super::canonical::headers::Headers;
use super::scope::{ALGORITHM, Credential};
use super::signing_key::Signature;
use super::sink::{Sink, Text};

/// The value of an Authorization header. A bearer secret for some minutes: `Display` shows it, `Debug` does not.
#[derive(Clone, Copy)]
pub struct Authorization<'a> {
    credential: Credential<'a>,
    headers: &'a Headers<'a>,
    signature: &'a Signature,
}

impl<'a> Authorization<'a> {
    /// Puts together what was signed with its signature.
    #[must_use]
    pub fn new(
        credential: Credential<'a>,
        headers: &'a Headers<'a>,
        signature: &'a Signature,
    ) -> Self {
        Self { credential, headers, signature }
    }

    /// Writes the value. One AWS service takes no comma without a space.
    pub fn write(&self, sink: &mut impl Sink) {
        sink.put(ALGORITHM);
        sink.put(b" Credential=");
        self.credential.write(sink);
        sink.put(b", SignedHeaders=");
        self.headers.write_names(sink);
        sink.put(b", Signature=");
        sink.put(self.signature.as_bytes());
    }
}

impl fmt::Display for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// Shows all but the signature.
impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("credential", &self.credential)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
