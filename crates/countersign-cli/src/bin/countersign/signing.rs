//! All calls into the signing library, so that the rest of the command does not depend on its types.

use core::time::Duration;

use countersign::protocol::{
    Payload, PayloadHash, PayloadHeader, RawRequest, Rules, SessionToken, SessionTokenName, Stages,
};
use countersign::verifier::{
    AccessKey, Body, BodyVerification, S3_SKEW, SKEW, Verifier, VerifyError,
};
use countersign::{SignError, Signer};
use countersign_cli::Request;

use crate::args::{Style, TokenPolicy};

pub(crate) use countersign::Credentials;
pub(crate) use countersign::protocol::{MAX_EXPIRES, Timestamp};

/// How a request is signed.
pub(crate) struct Signing {
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) style: Style,
    pub(crate) session_token: Option<TokenPolicy>,
    pub(crate) unsigned_payload: bool,
    pub(crate) time: Timestamp,
}

/// The stages of a signature, without the session token.
pub(crate) struct StageTexts {
    pub(crate) canonical_request: String,
    pub(crate) string_to_sign: String,
    /// None if the key is unknown.
    pub(crate) signature: Option<String>,
}

/// The headers that sign a request.
pub(crate) struct SignedHeaders {
    /// To set, in place of those of the same name.
    pub(crate) set: Vec<(String, Vec<u8>)>,
    /// To remove.
    pub(crate) removed: Vec<String>,
    /// The value of `Host` that is signed.
    pub(crate) host: Vec<u8>,
    pub(crate) stages: StageTexts,
}

/// A presigned URL's query, and what its user has to know.
pub(crate) struct PresignedQuery {
    pub(crate) query: String,
    pub(crate) expires_at: String,
    /// Whether the credentials expire before the time that was asked for.
    pub(crate) expires_with_credentials: bool,
    /// The headers that must be sent as they are here, `host` among them.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) is_payload_signed: bool,
    pub(crate) stages: StageTexts,
}

impl Signing {
    pub(crate) fn sign(&self, request: &Request) -> Result<SignedHeaders, SignError> {
        let signer = self.signer();
        let headers = borrowed(request);
        let signed =
            signer.sign_raw_at(&raw(request, &headers), self.payload(request), self.time)?;
        let stages = signed.stages();
        let canonical = stages.canonical_request().signed_headers();
        let host = canonical.into_iter().find(|(name, _)| name == "host");
        let host = host.map(|(_, value)| value).unwrap_or_default();
        let stages = stage_texts(&stages);
        let signature = signed.into_headers();
        let set = signature.iter().map(|header| (header.name.into(), header.value.to_vec()));
        let (set, removed) = (set.collect(), signature.removed().map(str::to_owned).collect());
        Ok(SignedHeaders { set, removed, host, stages })
    }

    pub(crate) fn presign(
        &self,
        request: &Request,
        seconds: u32,
    ) -> Result<PresignedQuery, SignError> {
        let signer = self.signer();
        let headers = borrowed(request);
        let expires = Duration::from_secs(seconds.into());
        let (request, payload) = (raw(request, &headers), self.payload(request));
        let presigned = signer.presign_raw_at(&request, payload, expires, self.time)?;
        let stages = presigned.stages();
        let payload_hash = stages.canonical_request().payload_hash();
        Ok(PresignedQuery {
            query: presigned.to_string(),
            expires_at: readable(presigned.expires_at()),
            expires_with_credentials: presigned.expires_with_credentials(),
            headers: presigned.signed_headers(),
            is_payload_signed: *payload_hash != PayloadHash::UNSIGNED,
            stages: stage_texts(&stages),
        })
    }

    fn signer(&self) -> Signer {
        let mut rules = rules(self.style, self.session_token);
        if self.unsigned_payload {
            // A service would hash the body if the header did not say otherwise.
            rules = rules.with_payload_header(PayloadHeader::Sent);
        }
        Signer::new(self.credentials.clone(), &*self.region, &*self.service).with_rules(rules)
    }

    fn payload<'a>(&self, request: &'a Request) -> Payload<'a> {
        match self.unsigned_payload || self.style == Style::VpcLattice {
            true => Payload::Unsigned,
            false => Payload::Bytes(&request.body),
        }
    }
}

fn rules(style: Style, session_token: Option<TokenPolicy>) -> Rules {
    let rules = match style {
        Style::Default => Rules::DEFAULT,
        Style::Iot => Rules::DEFAULT.with_session_token(SessionToken::Unsigned),
        Style::OpensearchServerless => Rules::DEFAULT
            .with_payload_header(PayloadHeader::Sent)
            .with_excluded_headers(&["content-length"]),
        Style::S3 => Rules::S3,
        Style::S3Express => Rules::S3.with_session_token_name(SessionTokenName::S3Session),
        Style::VpcLattice => Rules::DEFAULT.with_payload_header(PayloadHeader::Sent),
    };
    match session_token {
        None => rules,
        Some(TokenPolicy::Signed) => rules.with_session_token(SessionToken::Signed),
        Some(TokenPolicy::Unsigned) => rules.with_session_token(SessionToken::Unsigned),
    }
}

/// How a request is verified.
pub(crate) struct Verification {
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) style: Style,
    pub(crate) session_token: Option<TokenPolicy>,
    /// None for what is usual for the service.
    pub(crate) skew_minutes: Option<u32>,
    pub(crate) time: Timestamp,
    pub(crate) is_body_known: bool,
}

/// What a verification found out.
pub(crate) struct Verdict {
    pub(crate) result: Result<Accepted, Refused>,
    /// None if the request does not get as far as to a canonical request.
    pub(crate) stages: Option<StageTexts>,
}

pub(crate) struct Accepted {
    pub(crate) access_key_id: String,
    pub(crate) signed_at: String,
    pub(crate) valid_until: String,
    pub(crate) signed_headers: Vec<String>,
    /// `verified`, `unsigned` or `not checked`.
    pub(crate) body: &'static str,
}

pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) message: String,
    /// What to do about it, if that is known.
    pub(crate) hint: Option<String>,
}

impl Verification {
    pub(crate) fn verify(&self, request: &Request) -> Verdict {
        let usual = if self.style == Style::S3 { S3_SKEW } else { SKEW };
        let skew = |minutes| Duration::from_secs(60 * u64::from(minutes));
        // That the payload is unsigned is a part of the verdict, not a reason to refuse.
        let verifier =
            Verifier::new(&*self.region, &*self.service, self.skew_minutes.map_or(usual, skew))
                .with_rules(rules(self.style, self.session_token))
                .allow_unsigned_payload()
                .allow_unchecked_body();
        let headers = borrowed(request);
        let raw = raw(request, &headers);
        let refused = |error| Verdict { result: Err(self.refused(&error, "")), stages: None };
        let claim = match verifier.read_raw(&raw, self.time) {
            Ok(claim) => claim,
            Err(error) => return refused(error),
        };
        let known = Some(&self.credentials);
        let known = known.filter(|known| known.access_key_id() == claim.access_key_id());
        let key = AccessKey::from_lookup(known, claim.scope());
        let body = if self.is_body_known { Body::Bytes(&request.body) } else { Body::Unchecked };
        let diagnosis = match claim.diagnose_raw(&raw, &key, body) {
            Ok(diagnosis) => diagnosis,
            Err(error) => return refused(error),
        };
        let stages = StageTexts {
            canonical_request: without_token(diagnosis.canonical_request()),
            string_to_sign: diagnosis.string_to_sign().to_string(),
            signature: known.map(|_| diagnosis.signature().to_string()),
        };
        let refused = |error| self.refused(&error, claim.access_key_id());
        let verified = claim.verify(&key, body).map_err(refused);
        let result = verified.map(|verified| Accepted {
            access_key_id: verified.access_key_id().into(),
            signed_at: readable(verified.timestamp()),
            valid_until: readable(verified.replayable_until()),
            signed_headers: verified.signed_headers().map(str::to_owned).collect(),
            body: match verified.body() {
                BodyVerification::Verified => "verified",
                BodyVerification::Unsigned => "unsigned",
                BodyVerification::Unchecked => "not checked",
            },
        });
        Verdict { result, stages: Some(stages) }
    }

    fn refused(&self, error: &VerifyError, claimed_key: &str) -> Refused {
        let message = match error {
            // The text that a server sends does not name it.
            VerifyError::HeaderUnsigned { name } => format!("{error}: {name}"),
            _ => error.to_string(),
        };
        let known_key = self.credentials.access_key_id();
        let hint = match error {
            VerifyError::Expired { .. }
            | VerifyError::SignatureExpired { .. }
            | VerifyError::SignatureNotYetCurrent { .. } => {
                Some("to check the signature alone, add --time signed".into())
            }
            VerifyError::TokenInvalid { .. } if claimed_key != known_key => {
                Some(format!("the request is not signed with the access key {known_key}"))
            }
            VerifyError::TokenInvalid { .. } => {
                Some("the session token of the request is not the one of the credentials".into())
            }
            _ => None,
        };
        Refused { code: error.code().into(), status: error.status(), message, hint }
    }
}

/// The credentials of AWS's chain, and the region of the environment or the profile.
#[cfg(feature = "aws-config")]
pub(crate) async fn from_chain(
    profile: Option<&str>,
) -> Result<(Credentials, Option<String>), countersign::ProvideError> {
    use countersign::ProvideCredentials;
    use countersign::aws_config::DefaultChain;

    let chain = match profile {
        Some(name) => DefaultChain::load_profile(name).await,
        None => DefaultChain::load().await,
    };
    Ok((chain.provide().await?, chain.region().map(str::to_owned)))
}

pub(crate) fn now() -> Result<Timestamp, SignError> {
    Ok(Timestamp::now()?)
}

/// `2015-08-30T12:36:00Z`
fn readable(timestamp: Timestamp) -> String {
    String::from_utf8_lossy(&timestamp.to_extended()).replace(".000Z", "Z")
}

fn stage_texts(stages: &Stages<'_>) -> StageTexts {
    StageTexts {
        canonical_request: without_token(&stages.canonical_request().to_string()),
        string_to_sign: stages.string_to_sign().to_string(),
        signature: Some(stages.signature().to_string()),
    }
}

/// Hides the values of session tokens in a canonical request: in headers, and in the query on its third
/// line. A token is a secret, and the text is made to be shown to others; the hash in the string to sign
/// is of the whole request.
fn without_token(canonical_request: &str) -> String {
    let hidden = |part: &str, mark: char| {
        let is_token = |name: &str| {
            [SessionTokenName::Security, SessionTokenName::S3Session]
                .iter()
                .any(|token| name.eq_ignore_ascii_case(token.header()))
        };
        match part.split_once(mark) {
            Some((name, _)) if is_token(name) => format!("{name}{mark}[session token]"),
            _ => part.to_owned(),
        }
    };
    let lines = canonical_request.split('\n').enumerate().map(|(index, line)| match index {
        2 => line.split('&').map(|part| hidden(part, '=')).collect::<Vec<_>>().join("&"),
        _ => hidden(line, ':'),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn borrowed(request: &Request) -> Vec<(&str, &[u8])> {
    request.headers.iter().map(|(name, value)| (&**name, &**value)).collect()
}

fn raw<'a>(request: &'a Request, headers: &'a [(&'a str, &'a [u8])]) -> RawRequest<'a> {
    RawRequest { method: &request.method, target: request.target.as_bytes(), headers }
}
