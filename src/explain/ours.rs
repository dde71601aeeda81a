//! The signing that is to be explained.

use alloc::string::{String, ToString};

use super::mask::Mask;
use crate::Signer;
use crate::error::SignError;
use crate::protocol::Stages;
use crate::protocol::canonical::CanonicalUri;
use crate::protocol::{Payload, RawRequest, Rules, SessionToken, Timestamp};

/// How the access key ids of temporary credentials begin.
pub(super) const TEMPORARY: &str = "ASIA";
/// How the access key ids of long-lived credentials begin.
pub(super) const LONG_LIVED: &str = "AKIA";

/// What was signed, with what it was made of.
pub(super) struct Ours<'a> {
    pub(super) signer: &'a Signer,
    pub(super) timestamp: Timestamp,
    pub(super) method: &'a str,
    /// As it is sent.
    pub(super) path: &'a [u8],
    /// As it is sent.
    pub(super) query: &'a [u8],
    pub(super) has_body: bool,
    pub(super) canonical: String,
    pub(super) string_to_sign: String,
    pub(super) signature: String,
    pub(super) signed_headers: String,
    pub(super) mask: Mask,
}

impl<'a> Ours<'a> {
    pub(super) fn new(
        signer: &'a Signer,
        request: &RawRequest<'a>,
        payload: Payload<'_>,
        timestamp: Timestamp,
        stages: Stages<'_>,
    ) -> Result<Self, SignError> {
        let parts = request.check()?;
        let secret =
            signer.identity().credentials().map(|credentials| credentials.secret_access_key());
        let swapped = secret.filter(|secret| is_access_key_id(secret));
        let swapped = swapped.map(|_| signer.access_key_id());
        Ok(Self {
            signer,
            timestamp,
            method: parts.method,
            path: parts.path,
            query: parts.query,
            has_body: !matches!(payload, Payload::Bytes([])),
            canonical: stages.canonical_request().to_string(),
            string_to_sign: stages.string_to_sign().to_string(),
            signature: stages.signature().to_string(),
            signed_headers: stages.canonical_request().headers().to_string(),
            // Where the two are swapped, the id is the secret.
            mask: Mask::new(
                secret.into_iter().chain(signer.identity().session_token()).chain(swapped),
            ),
        })
    }

    /// Whether there is a session token, and it is sent unsigned.
    pub(super) fn is_token_unsigned(&self) -> bool {
        self.signer.identity().session_token().is_some()
            && self.signer.rules().session_token == SessionToken::Unsigned
    }

    /// The canonical path by other rules.
    pub(super) fn path_by(&self, rules: &Rules) -> String {
        CanonicalUri::new(self.path, rules).map_or_else(|_| String::new(), |uri| uri.to_string())
    }

    /// The stages, as they are shown.
    pub(super) fn shown_stages(&self) -> String {
        format!(
            "canonical request:\n{}\n\nstring to sign:\n{}\n\nsignature:\n{}\n\nsigned headers:\n{}\n",
            self.mask.text(&self.canonical),
            self.mask.text(&self.string_to_sign),
            self.signature,
            self.mask.text(&self.signed_headers),
        )
    }
}

/// Whether a text is an access key id of AWS.
pub(super) fn is_access_key_id(text: &str) -> bool {
    let is_word = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_word && [LONG_LIVED, TEMPORARY].iter().any(|start| text.starts_with(start))
}
