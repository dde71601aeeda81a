//! What a request claims, and the proof of it.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use core::fmt;

use super::access_key::AccessKey;
use super::arrived::Arrived;
use super::canonical::with_canonical;
use super::error::{VerifyError, seconds};
use super::fault::SignaturePlace;
use super::policy::{Policy, UncheckedBody, UnsignedPayload};
use super::presented::Token;
use super::verified::{Body, BodyVerdict, Verified};
use crate::protocol::canonical::Path;
use crate::protocol::{
    Begun, PayloadHash, PayloadHeader, PresignedPayload, Scope, Signature, SigningKey, Sink,
    StringToSign, Timestamp, equal_in_constant_time,
};

/// Who claims to have signed a request, for what and when. Nothing of it is proved before [`verify`](Self::verify).
///
/// It borrows the request and the verifier. The key can be found in any way, across an `await` too.
#[derive(Clone)]
pub struct Claim<'a> {
    pub(super) policy: &'a Policy,
    pub(super) arrived: Arrived<'a>,
    /// Of the canonical request, up to its last line: the payload hash.
    pub(super) hash: Begun,
    pub(super) place: SignaturePlace,
    pub(super) access_key_id: Cow<'a, str>,
    pub(super) signed_headers: Cow<'a, [u8]>,
    pub(super) signature: Cow<'a, [u8]>,
    pub(super) token: Option<Token<'a>>,
    pub(super) content_sha256: Option<Cow<'a, [u8]>>,
    pub(super) timestamp: Timestamp,
    /// Seconds.
    pub(super) expires: Option<u32>,
    pub(super) now: Timestamp,
}

impl<'a> Claim<'a> {
    /// The id of the access key that is said to have signed. A text from outside, of any characters and possibly
    /// none: look it up, do not interpret it.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// What the signing key must be good for: the claimed day, and the verifier's region and service.
    #[must_use]
    pub fn scope(&self) -> Scope<'a> {
        Scope::of_checked(self.timestamp.day(), &self.policy.region, &self.policy.service)
    }

    /// The session token, if there is one that is a text. A bearer secret.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.token.as_ref().and_then(|token| str::from_utf8(token.as_bytes()).ok())
    }

    /// When it was signed, as it says.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Where the signature stood.
    #[must_use]
    pub fn place(&self) -> SignaturePlace {
        self.place
    }

    /// How long the request is good for from [`timestamp`](Self::timestamp) on, in seconds, if it is presigned.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        self.expires
    }

    /// Proves the claim: the key is known and has this token, the body is the one that was signed, and the signature is
    /// the one that the key makes of this request. All of it is computed whatever fails; the first fault is the answer.
    ///
    /// The key must be one for [`scope`](Self::scope).
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify(&self, key: &AccessKey, body: Body<'_>) -> Result<Verified, VerifyError> {
        self.check_key_scope(key.signing_key())?;
        let (payload_hash, verdict) = self.check_body(body);
        let expected = self.string_to_sign(&payload_hash).sign(key.signing_key());
        let is_signed = equal_in_constant_time(expected.as_bytes(), &self.signature);

        if !key.is_of(self.token.as_ref().map(Token::as_bytes)) {
            return Err(VerifyError::TokenInvalid);
        }
        if key.has_expired(self.now) {
            return Err(VerifyError::TokenExpired);
        }
        let body = verdict?;
        if !is_signed {
            return Err(VerifyError::SignatureMismatch);
        }
        Ok(Verified::new(
            &self.access_key_id,
            self.signed_headers(),
            expected,
            self.timestamp,
            self.replayable_until(),
            body,
        ))
    }

    /// What the signature had to be, and of what: for development only, since whoever reads it can sign this request. It
    /// shows the session token, where that is signed.
    #[must_use]
    pub fn diagnose(&self, key: &AccessKey, body: Body<'_>) -> Diagnosis<'_> {
        let (payload_hash, _) = self.check_body(body);
        let string_to_sign = self.string_to_sign(&payload_hash);
        Diagnosis {
            claim: self,
            canonical_request: self.canonical_request(&payload_hash),
            string_to_sign,
            signature: string_to_sign.sign(key.signing_key()),
        }
    }

    /// Seconds since 1970.
    fn replayable_until(&self) -> i64 {
        let life = self.expires.map_or_else(|| seconds(self.policy.skew), i64::from);
        self.timestamp.unix().saturating_add(life)
    }

    /// Each is the name of a header that arrived, and so a text.
    fn signed_headers(&self) -> &str {
        str::from_utf8(&self.signed_headers).unwrap_or_default()
    }

    fn check_key_scope(&self, key: &SigningKey) -> Result<(), VerifyError> {
        if key.scope() == self.scope() {
            return Ok(());
        }
        let (key_scope, scope) = (key.scope().to_string(), self.scope().to_string());
        Err(VerifyError::KeyScope { key_scope, scope })
    }

    fn string_to_sign(&self, payload_hash: &PayloadHash<'_>) -> StringToSign<'a> {
        let mut hash = self.hash.go_on();
        hash.put(payload_hash.as_bytes());
        StringToSign::of_hash(hash.finish(), self.timestamp, self.scope())
    }

    /// The text of which the hash was made.
    fn canonical_request(&self, payload_hash: &PayloadHash<'_>) -> String {
        let (policy, parts, place) = (self.policy, self.arrived.parts, self.place);
        self.arrived
            .headers
            .with_pairs(|headers| {
                let path = Path::new(parts.path, &policy.rules)?;
                let signed = &self.signed_headers;
                with_canonical(policy, &parts, path, headers, signed, place, |canonical| {
                    canonical.clone().with_payload_hash(*payload_hash).to_string()
                })
            })
            // Cannot fail: it has been read before.
            .unwrap_or_default()
    }

    /// The line of the canonical request that speaks of the payload, and whether the body is what it says.
    fn check_body(&self, body: Body<'_>) -> (PayloadHash<'_>, Result<BodyVerdict, VerifyError>) {
        let Some(sent) = &self.content_sha256 else { return self.check_body_alone(body) };
        let Some(sent) =
            str::from_utf8(sent).ok().and_then(|sent| PayloadHash::from_word(sent).ok())
        else {
            return (PayloadHash::EMPTY, Err(VerifyError::PayloadForm));
        };
        let verdict = if sent == PayloadHash::UNSIGNED {
            self.unsigned()
        } else if !is_sha256(sent.as_bytes()) {
            Err(VerifyError::PayloadForm)
        } else {
            match body.hash() {
                Some(arrived) if !arrived.as_bytes().eq_ignore_ascii_case(sent.as_bytes()) => {
                    let (client, server) = (sent.to_string(), arrived.to_string());
                    Err(VerifyError::BodyMismatch { client, server })
                }
                Some(_) => Ok(BodyVerdict::Verified),
                None => self.unchecked().map(|()| BodyVerdict::NotChecked),
            }
        };
        (sent, verdict)
    }

    /// The same where there is no `x-amz-content-sha256`: what arrived is hashed.
    fn check_body_alone(
        &self,
        body: Body<'_>,
    ) -> (PayloadHash<'static>, Result<BodyVerdict, VerifyError>) {
        let rules = &self.policy.rules;
        let is_presigned = self.place == SignaturePlace::Query;
        if is_presigned && rules.presigned_payload == PresignedPayload::Unsigned {
            return (PayloadHash::UNSIGNED, self.unsigned());
        }
        let arrived = body.hash();
        let is_required = !is_presigned && rules.payload_header == PayloadHeader::Sent;
        let verdict = match arrived {
            Some(_) if !is_required => Ok(BodyVerdict::Verified),
            Some(_) => Err(VerifyError::ContentSha256Missing),
            None => self.unchecked().and(Err(VerifyError::ContentSha256Missing)),
        };
        (arrived.unwrap_or(PayloadHash::EMPTY), verdict)
    }

    fn unsigned(&self) -> Result<BodyVerdict, VerifyError> {
        match self.policy.unsigned_payload {
            UnsignedPayload::Allowed => Ok(BodyVerdict::Unsigned),
            UnsignedPayload::Refused => Err(VerifyError::PayloadUnsigned),
        }
    }

    fn unchecked(&self) -> Result<(), VerifyError> {
        match self.policy.unchecked_body {
            UncheckedBody::Allowed => Ok(()),
            UncheckedBody::Refused => Err(VerifyError::BodyUnchecked),
        }
    }
}

fn is_sha256(text: &[u8]) -> bool {
    text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit)
}

/// Shows neither token nor signature.
impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope())
            .field("timestamp", &self.timestamp)
            .field("expires", &self.expires)
            .field("signed_headers", &self.signed_headers())
            .finish_non_exhaustive()
    }
}

/// All stages of a verification. For development only: whoever reads it can sign the request.
pub struct Diagnosis<'a> {
    pub(super) claim: &'a Claim<'a>,
    canonical_request: String,
    string_to_sign: StringToSign<'a>,
    signature: Signature,
}

impl Diagnosis<'_> {
    /// The canonical request. It holds the session token, where that is signed.
    #[must_use]
    pub fn canonical_request(&self) -> &str {
        &self.canonical_request
    }

    /// The string to sign.
    #[must_use]
    pub fn string_to_sign(&self) -> &StringToSign<'_> {
        &self.string_to_sign
    }

    /// The signature that would have been right.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

/// Shows no canonical request and no signature.
impl fmt::Debug for Diagnosis<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diagnosis").field("claim", &self.claim).finish_non_exhaustive()
    }
}
