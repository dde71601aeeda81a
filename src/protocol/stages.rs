//! The stages of a signature, for showing and comparing them.

use super::canonical::CanonicalRequest;
use super::signing_key::Signature;
use super::string_to_sign::StringToSign;

/// The stages of one signature: canonical request, string to sign, signature.
#[derive(Clone, Copy, Debug)]
pub struct Stages<'a> {
    canonical_request: &'a CanonicalRequest<'a>,
    string_to_sign: StringToSign<'a>,
    signature: &'a Signature,
}

impl<'a> Stages<'a> {
    #[cfg(feature = "std")]
    pub(crate) fn new(
        canonical_request: &'a CanonicalRequest<'a>,
        string_to_sign: StringToSign<'a>,
        signature: &'a Signature,
    ) -> Self {
        Self { canonical_request, string_to_sign, signature }
    }

    /// Returns the canonical request. Its text contains the session token, if that is signed.
    #[must_use]
    pub fn canonical_request(&self) -> &'a CanonicalRequest<'a> {
        self.canonical_request
    }

    /// Returns the string to sign.
    #[must_use]
    pub fn string_to_sign(&self) -> &StringToSign<'a> {
        &self.string_to_sign
    }

    /// Returns the signature.
    #[must_use]
    pub fn signature(&self) -> &'a Signature {
        self.signature
    }
}
