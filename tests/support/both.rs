//! One request through the crate and through the reference.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use core::time::Duration;

use countersign::protocol::{
    PathEncoding, PathNormalization, Payload, PayloadHeader, Plus, PresignedPayload, RawRequest,
    Rules, SessionToken, SignedHeaders,
};
use countersign::{Credentials, SignError, Signer, Stages};

use super::reference::{self, Mode, Policy, Reference, Request, Signing};

/// The names that a policy may exclude.
pub const EXCLUDED: [&str; 2] = ["Content-Length", "x-amz-meta-a"];

/// A request, and how it is to be signed.
#[derive(Clone, Debug)]
pub struct Case {
    pub request: Request,
    pub policy: Policy,
    pub signing: Signing,
    pub mode: Mode,
}

impl Case {
    /// The crate's answer, in the reference's terms.
    pub fn ours(&self) -> Result<Reference, SignError> {
        let headers = self.headers();
        let (request, signer) = (self.raw_request(&headers), self.signer());
        let payload = Payload::Bytes(&self.request.body);
        let timestamp = self.signing.timestamp.parse().unwrap();
        match self.mode {
            Mode::Header => {
                let signed = signer.sign_raw_at(&request, payload, timestamp)?;
                Ok(answer(signed.stages(), None))
            }
            Mode::Query { expires } => {
                let expires = Duration::from_secs(expires);
                let presigned = signer.presign_raw_at(&request, payload, expires, timestamp)?;
                let mut query = Vec::new();
                presigned.write(&mut query);
                Ok(answer(presigned.stages(), Some(query)))
            }
        }
    }

    pub fn reference(&self) -> Result<Reference, String> {
        reference::sign(&self.request, &self.policy, &self.signing, &self.mode)
    }

    pub fn headers(&self) -> Vec<(&str, &[u8])> {
        let headers = self.request.headers.iter();
        headers.map(|(name, value)| (name.as_str(), value.as_slice())).collect()
    }

    pub fn raw_request<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> RawRequest<'a> {
        RawRequest { method: &self.request.method, target: &self.request.target, headers }
    }

    pub fn signer(&self) -> Signer {
        let mut credentials = Credentials::new(&self.signing.access_key_id, &self.signing.secret);
        if let Some(token) = &self.signing.token {
            credentials = credentials.with_session_token(token);
        }
        Signer::new(credentials, &self.signing.region, &self.signing.service)
            .with_rules(rules(&self.policy))
    }
}

fn answer(stages: Stages<'_>, query: Option<Vec<u8>>) -> Reference {
    let mut canonical_request = Vec::new();
    stages.canonical_request().write(&mut canonical_request);
    Reference {
        canonical_request,
        string_to_sign: stages.string_to_sign().to_string(),
        signature: stages.signature().to_string(),
        signed_headers: stages.canonical_request().headers().to_string(),
        query,
    }
}

/// The crate's name for a policy.
pub fn rules(policy: &Policy) -> Rules {
    let mut rules = Rules::DEFAULT;
    if !policy.resolve_path {
        rules = rules.with_path_normalization(PathNormalization::Kept);
    }
    if !policy.encode_path_twice {
        rules = rules.with_path_encoding(PathEncoding::Single);
    }
    if !policy.plus_is_space {
        rules = rules.with_plus(Plus::Literal);
    }
    if policy.minimal_headers {
        rules = rules.with_signed_headers(SignedHeaders::Minimal);
    }
    if !policy.excluded.is_empty() {
        assert_eq!(policy.excluded, EXCLUDED);
        rules = rules.with_excluded_headers(&EXCLUDED);
    }
    if policy.send_payload_header {
        rules = rules.with_payload_header(PayloadHeader::Sent);
    }
    if !policy.sign_token {
        rules = rules.with_session_token(SessionToken::Unsigned);
    }
    if policy.presign_unsigned_payload {
        rules = rules.with_presigned_payload(PresignedPayload::Unsigned);
    }
    rules
}
