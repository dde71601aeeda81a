//! The claim of a request, and its proof.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use core::fmt;
use core::time::Duration;

use super::Verifier;
use super::access_key::AccessKey;
use super::error::{SignatureLocation, VerifyError, seconds};
use super::read::canonical_request;
use super::signature_parameters::{Token, lossy};
use super::verified::{Body, BodyVerification, Verified};
use crate::protocol::canonical::CanonicalUri;
use crate::protocol::{
    Midstate, PayloadHash, PayloadHeader, PresignedPayload, RawRequest, Request, Scope, Signature,
    SigningKey, StringToSign, Timestamp, ct_eq,
};

/// Who claims to have signed a request, for what and when. Nothing of it is proved before [`verify`](Self::verify).
///
/// It borrows the request and the verifier. The key can be found in any way, across an `await` too.
#[derive(Clone)]
pub struct Claim<'a> {
    pub(super) verifier: &'a Verifier,
    /// The SHA-256 midstate of the canonical request up to its last line, the payload hash.
    pub(super) midstate: Midstate,
    pub(super) location: SignatureLocation,
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
    /// Returns the id of the access key that is claimed to have signed. It is untrusted text of any characters, possibly empty:
    /// look it up, do not interpret it.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// Returns the scope that the signing key must have: the claimed date, with the verifier's region and service.
    #[must_use]
    pub fn scope(&self) -> Scope<'a> {
        let Verifier { region, service, .. } = self.verifier;
        Scope::new_unchecked(self.timestamp.date(), region, service)
    }

    /// Returns the session token, if there is one that is UTF-8. It is a bearer secret.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.token.as_ref().and_then(|token| str::from_utf8(token.as_bytes()).ok())
    }

    /// Returns the claimed time of the signature.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Returns where the signature is.
    #[must_use]
    pub fn location(&self) -> SignatureLocation {
        self.location
    }

    /// Returns how long the request is valid from [`timestamp`](Self::timestamp) on, if it is presigned.
    #[must_use]
    pub fn expires(&self) -> Option<Duration> {
        self.expires.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// Verifies the claim: the key is known and has this session token, the body is the one that was signed, and the signature is
    /// the one that the key makes of this request. Everything is computed whatever fails, and the first failure is returned.
    ///
    /// The key must have the scope that [`scope`](Self::scope) returns.
    ///
    /// # Errors
    ///
    /// Returns a [`VerifyError`] that names the cause.
    pub fn verify(&self, key: &AccessKey, body: Body<'_>) -> Result<Verified, VerifyError> {
        self.check_key_scope(key.signing_key())?;
        let (payload_hash, body) = self.check_body(body);
        let expected = self.string_to_sign(&payload_hash).sign(key.signing_key());
        let is_signed = ct_eq(expected.as_str().as_bytes(), &self.signature);

        if !key.matches_token(self.token.as_ref().map(Token::as_bytes)) {
            return Err(VerifyError::TokenInvalid { key_is_known: key.is_known() });
        }
        if key.has_expired(self.now) {
            return Err(VerifyError::TokenExpired);
        }
        let body = body?;
        if !is_signed {
            return Err(VerifyError::SignatureMismatch);
        }
        let lifetime = self.expires.map_or_else(|| seconds(self.verifier.skew), i64::from);
        Ok(Verified {
            access_key_id: (&*self.access_key_id).into(),
            signed_headers: String::from_utf8_lossy(&self.signed_headers).into(),
            signature: expected,
            timestamp: self.timestamp,
            replayable_until: self.timestamp.unix_timestamp().saturating_add(lifetime),
            body,
        })
    }

    /// Computes all stages of the signature that the request should have, from the request in raw parts that was read.
    ///
    /// It is for development only: whoever sees the result can sign this request, and it contains the session token if that is
    /// signed.
    ///
    /// # Errors
    ///
    /// Returns an error if the request is not the one that was read.
    pub fn diagnose_raw(
        &self,
        request: &RawRequest<'_>,
        key: &AccessKey,
        body: Body<'_>,
    ) -> Result<Diagnosis<'_>, VerifyError> {
        self.diagnose_request(&request.check()?, key, body)
    }

    pub(crate) fn diagnose_request(
        &self,
        request: &Request<'_, '_>,
        key: &AccessKey,
        body: Body<'_>,
    ) -> Result<Diagnosis<'_>, VerifyError> {
        let (payload_hash, _) = self.check_body(body);
        let uri = CanonicalUri::new(request.path, &self.verifier.rules)?;
        let (location, signed_headers) = (self.location, &self.signed_headers);
        let canonical = canonical_request(self.verifier, request, uri, location, signed_headers)?;
        let canonical = canonical.with_payload_hash(payload_hash);
        if canonical.hash() != self.canonical_hash(&payload_hash) {
            return Err(VerifyError::OtherRequest);
        }
        let string_to_sign = self.string_to_sign(&payload_hash);
        Ok(Diagnosis {
            claim: self,
            canonical_request: canonical.to_string(),
            string_to_sign,
            signature: string_to_sign.sign(key.signing_key()),
        })
    }

    pub(super) fn signature_provided(&self) -> String {
        lossy(&self.signature)
    }

    fn check_key_scope(&self, key: &SigningKey) -> Result<(), VerifyError> {
        if key.scope() == self.scope() {
            return Ok(());
        }
        let (key_scope, scope) = (key.scope().to_string(), self.scope().to_string());
        Err(VerifyError::KeyScope { key_scope, scope })
    }

    fn canonical_hash(&self, payload_hash: &PayloadHash<'_>) -> [u8; 32] {
        self.midstate.resume(|hasher| payload_hash.write(hasher))
    }

    fn string_to_sign(&self, payload_hash: &PayloadHash<'_>) -> StringToSign<'a> {
        StringToSign::from_hash(self.canonical_hash(payload_hash), self.timestamp, self.scope())
    }

    /// Returns the payload hash line of the canonical request, and whether the body is what it says.
    fn check_body(
        &self,
        body: Body<'_>,
    ) -> (PayloadHash<'_>, Result<BodyVerification, VerifyError>) {
        let Some(received) = &self.content_sha256 else {
            return self.check_body_without_hash(body);
        };
        let literal = str::from_utf8(received).ok();
        let line = literal.and_then(|literal| PayloadHash::from_literal(literal).ok());
        let Some(line) = line else {
            let literal = lossy(received);
            return (PayloadHash::EMPTY, Err(VerifyError::UnsupportedContentSha256 { literal }));
        };
        let mut claimed = [0; 32];
        let verification = if line == PayloadHash::UNSIGNED {
            self.check_unsigned()
        } else if hex::decode_to_slice(&**received, &mut claimed).is_err() {
            let literal = line.to_string();
            Err(if literal.starts_with("STREAMING-") {
                VerifyError::StreamingPayload { literal }
            } else {
                VerifyError::UnsupportedContentSha256 { literal }
            })
        } else {
            match body.sha256() {
                Some(computed) if computed == claimed => Ok(BodyVerification::Verified),
                Some(computed) => Err(VerifyError::BodyMismatch {
                    client: line.to_string(),
                    server: PayloadHash::from_sha256(computed).to_string(),
                }),
                None => self.check_unchecked().map(|()| BodyVerification::Unchecked),
            }
        };
        (line, verification)
    }

    /// Hashes the body of a request without `x-amz-content-sha256`.
    fn check_body_without_hash(
        &self,
        body: Body<'_>,
    ) -> (PayloadHash<'static>, Result<BodyVerification, VerifyError>) {
        if self.is_presigned_without_payload() {
            return (PayloadHash::UNSIGNED, Ok(BodyVerification::Unsigned));
        }
        let is_in_header = self.location == SignatureLocation::Header;
        let is_required = is_in_header && self.verifier.rules.payload_header == PayloadHeader::Sent;
        match body.sha256() {
            Some(computed) => {
                let line = PayloadHash::from_sha256(computed);
                let missing = Err(VerifyError::ContentSha256Missing);
                (line, if is_required { missing } else { Ok(BodyVerification::Verified) })
            }
            None => {
                let missing = self.check_unchecked().and(Err(VerifyError::ContentSha256Missing));
                (PayloadHash::EMPTY, missing)
            }
        }
    }

    /// Whether the rules of the service never sign the payload of a URL like this.
    fn is_presigned_without_payload(&self) -> bool {
        self.location == SignatureLocation::Query
            && self.verifier.rules.presigned_payload == PresignedPayload::Unsigned
    }

    fn check_unsigned(&self) -> Result<BodyVerification, VerifyError> {
        if self.verifier.allow_unsigned_payload || self.is_presigned_without_payload() {
            Ok(BodyVerification::Unsigned)
        } else {
            Err(VerifyError::PayloadUnsigned)
        }
    }

    fn check_unchecked(&self) -> Result<(), VerifyError> {
        let is_allowed = self.verifier.allow_unchecked_body;
        if is_allowed { Ok(()) } else { Err(VerifyError::BodyUnchecked) }
    }
}

/// Formats neither token nor signature.
impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope())
            .field("timestamp", &self.timestamp)
            .field("expires", &self.expires())
            .field("signed_headers", &String::from_utf8_lossy(&self.signed_headers))
            .finish_non_exhaustive()
    }
}

/// All stages of a verification. It is for development only: whoever sees it can sign the request.
pub struct Diagnosis<'a> {
    pub(super) claim: &'a Claim<'a>,
    canonical_request: String,
    string_to_sign: StringToSign<'a>,
    signature: Signature,
}

impl Diagnosis<'_> {
    /// Returns the canonical request. It contains the session token, if that is signed.
    #[must_use]
    pub fn canonical_request(&self) -> &str {
        &self.canonical_request
    }

    /// Returns the string to sign.
    #[must_use]
    pub fn string_to_sign(&self) -> &StringToSign<'_> {
        &self.string_to_sign
    }

    /// Returns the signature that the request should have.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

/// Formats neither canonical request nor signature.
impl fmt::Debug for Diagnosis<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diagnosis").field("claim", &self.claim).finish_non_exhaustive()
    }
}
