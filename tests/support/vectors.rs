//! The vectors under `tests/vectors`: published requests, with what they must be signed to.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use countersign::protocol::{PathNormalization, PayloadHeader, RawRequest, Rules, SessionToken};
use countersign::{Credentials, Signer, Stages};
use serde::Deserialize;

/// AWS's Signature Version 4 signing suite.
#[derive(Deserialize)]
pub struct Suite {
    pub context: Context,
    pub cases: Vec<Case>,
}

/// What all cases of a file have in common.
#[derive(Deserialize)]
pub struct Context {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub region: String,
    #[serde(default)]
    pub service: String,
    pub timestamp: String,
    #[serde(default)]
    pub expires_in: u64,
}

#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub body: String,
    pub session_token: Option<String>,
    #[serde(default = "yes")]
    pub normalize_path: bool,
    #[serde(default)]
    pub signed_body_header: bool,
    #[serde(default)]
    pub omit_session_token: bool,
    pub header: Expected,
    pub query: Expected,
}

/// Canonical request and string to sign line by line.
#[derive(Deserialize)]
pub struct Expected {
    pub canonical_request: Vec<String>,
    pub string_to_sign: Vec<String>,
    pub signature: String,
}

fn yes() -> bool {
    true
}

impl Suite {
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../vectors/aws-sigv4-suite.json")).unwrap()
    }
}

impl Context {
    pub fn credentials(&self) -> Credentials {
        Credentials::new(&self.access_key_id, &self.secret_access_key)
    }
}

impl Case {
    pub fn signer(&self, context: &Context) -> Signer {
        Signer::new(self.credentials(context), &context.region, &context.service)
            .with_rules(self.rules())
    }

    pub fn credentials(&self, context: &Context) -> Credentials {
        match &self.session_token {
            Some(token) => context.credentials().with_session_token(token),
            None => context.credentials(),
        }
    }

    pub fn rules(&self) -> Rules {
        let mut rules = Rules::DEFAULT;
        if !self.normalize_path {
            rules = rules.with_path_normalization(PathNormalization::Kept);
        }
        if self.signed_body_header {
            rules = rules.with_payload_header(PayloadHeader::Sent);
        }
        if self.omit_session_token {
            rules = rules.with_session_token(SessionToken::Unsigned);
        }
        rules
    }

    pub fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    pub fn request<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> RawRequest<'a> {
        RawRequest { method: &self.method, target: self.target.as_bytes(), headers }
    }
}

impl Expected {
    pub fn signed_headers(&self) -> &str {
        &self.canonical_request[self.canonical_request.len() - 2]
    }

    pub fn payload_hash(&self) -> &str {
        &self.canonical_request[self.canonical_request.len() - 1]
    }

    /// Each stage on its own, so that a failure names the step that is wrong.
    pub fn compare(&self, name: &str, stages: Stages<'_>) {
        let canonical_request = stages.canonical_request().to_string();
        let lines: Vec<&str> = canonical_request.split('\n').collect();
        assert_eq!(lines, self.canonical_request, "canonical request of {name}");
        let string_to_sign = stages.string_to_sign().to_string();
        let lines: Vec<&str> = string_to_sign.split('\n').collect();
        assert_eq!(lines, self.string_to_sign, "string to sign of {name}");
        assert_eq!(stages.signature().as_str(), self.signature, "signature of {name}");
    }
}
