//! The query string of a presigned request.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::protocol::{CanonicalRequest, Signature, Sink, Stages, StringToSign, Text, Timestamp};

/// The query string of a presigned request. It borrows the request and the signer.
///
/// It is a bearer secret: `Display` formats it, as it follows the `?`; `Debug` does not.
#[derive(Clone)]
pub struct PresignedQuery<'r> {
    pub(super) canonical: CanonicalRequest<'r>,
    pub(super) string_to_sign: StringToSign<'r>,
    pub(super) signature: Signature,
    pub(super) expires_at: Timestamp,
    pub(super) expires_with_credentials: bool,
}

impl PresignedQuery<'_> {
    /// Returns the canonical request, the string to sign and the signature.
    #[must_use]
    pub fn stages(&self) -> Stages<'_> {
        Stages::new(&self.canonical, self.string_to_sign, &self.signature)
    }

    /// Returns the signed headers, which the user of the URL must send: names in lowercase, values as they are signed.
    #[must_use]
    pub fn signed_headers(&self) -> Vec<(String, Vec<u8>)> {
        self.canonical.signed_headers()
    }

    /// Returns the time at which the URL really expires: at its own expiry, or with the credentials that signed it.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether the credentials expire before the requested expiry.
    #[must_use]
    pub fn expires_with_credentials(&self) -> bool {
        self.expires_with_credentials
    }

    /// Writes the query string, without a `?`.
    pub fn write(&self, sink: &mut impl Sink) {
        self.canonical.write_presigned_query(&self.signature, sink);
    }
}

impl fmt::Display for PresignedQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// Formats no secret.
impl fmt::Debug for PresignedQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresignedQuery")
            .field("string_to_sign", &self.string_to_sign)
            .field("expires_at", &self.expires_at)
            .field("expires_with_credentials", &self.expires_with_credentials)
            .finish_non_exhaustive()
    }
}
