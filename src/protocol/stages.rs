//! The stages of one signing together.

use alloc::borrow::Cow;

use super::canonical::CanonicalRequest;
use super::signing_key::Signature;
use super::string_to_sign::StringToSign;

/// The stages of one signing, each as it was hashed.
#[derive(Clone, Debug)]
pub struct Stages<'a> {
    canonical_request: Cow<'a, CanonicalRequest<'a>>,
    string_to_sign: StringToSign<'a>,
    signature: &'a Signature,
}

impl<'a> Stages<'a> {
    pub(crate) fn new(
        canonical_request: Cow<'a, CanonicalRequest<'a>>,
        string_to_sign: StringToSign<'a>,
        signature: &'a Signature,
    ) -> Self {
        Self { canonical_request, string_to_sign, signature }
    }

    /// The canonical request. Its text holds the session token, where that is signed.
    #[must_use]
    pub fn canonical_request(&self) -> &CanonicalRequest<'a> {
        &self.canonical_request
    }

    /// The string to sign.
    #[must_use]
    pub fn string_to_sign(&self) -> &StringToSign<'a> {
        &self.string_to_sign
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &'a Signature {
        self.signature
    }
}
