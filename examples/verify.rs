//! One request per line as it arrives, a verdict out: JSON Lines in on standard input, JSON Lines out, one for each line in.
//! For comparing this crate's verification with the signatures of another implementation.
//!
//! In: `name`, echoed; `method`; `url` (absolute) or `target` (path and query); `headers`, [[name, value], …] with those of
//! the signature; `body` or `body_b64`, or `unchecked_body: true`. Then what the server knows: `region`, `service`, `now`,
//! `skew_minutes` (15), `style` (`default` or `s3`), `normalize_path` (true), `omit_session_token` (false: the token is
//! signed), `plus` (`space` or `literal`), `allow_unsigned_payload` (false), and one access key: `access_key_id`,
//! `secret_access_key`, `session_token`.
//!
//! Out: `name`, `access_key_id`, `scope`, `signed_headers`, `body`; or `name`, `code`, `status`, `message`.

use core::error::Error;
use core::time::Duration;
use std::io::{self, BufRead, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use countersign::Credentials;
use countersign::protocol::{PathNormalization, Plus, RawRequest, Rules, SessionToken, Timestamp};
use countersign::verifier::{
    AccessKey, Body, BodyVerdict, Claim, UncheckedBody, UnsignedPayload, Verified, Verifier,
    VerifyError,
};
use serde::Deserialize;
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().split(b'\n') {
        writeln!(output, "{}", answer(&line?))?;
    }
    Ok(())
}

/// What one line asks for. Unknown fields are ignored.
#[derive(Deserialize)]
struct Job {
    method: String,
    url: Option<String>,
    target: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_b64: Option<String>,
    #[serde(default)]
    unchecked_body: bool,
    region: String,
    service: String,
    now: String,
    #[serde(default = "fifteen")]
    skew_minutes: u64,
    #[serde(default)]
    style: Style,
    #[serde(default = "yes")]
    normalize_path: bool,
    #[serde(default)]
    omit_session_token: bool,
    #[serde(default)]
    plus: PlusIs,
    #[serde(default)]
    allow_unsigned_payload: bool,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Style {
    #[default]
    Default,
    S3,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PlusIs {
    #[default]
    Space,
    Literal,
}

fn yes() -> bool {
    true
}

fn fifteen() -> u64 {
    15
}

/// The answer to one line.
fn answer(line: &[u8]) -> Value {
    let job: Value = match serde_json::from_slice(line) {
        Ok(job) => job,
        Err(error) => return json!({ "error": format!("not JSON: {error}") }),
    };
    let name = job.get("name").cloned();
    let mut answer = serde_json::from_value(job)
        .map_err(Box::<dyn Error>::from)
        .and_then(|job: Job| job.verdict())
        .unwrap_or_else(|error| json!({ "error": error.to_string() }));
    if let Some(name) = name {
        answer["name"] = name;
    }
    answer
}

impl Job {
    fn verdict(&self) -> Result<Value, Box<dyn Error>> {
        let headers: Vec<(&str, &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let target =
            self.url.as_ref().or(self.target.as_ref()).ok_or("url or target is missing")?;
        let request =
            RawRequest { method: &self.method, target: target.as_bytes(), headers: &headers };
        let (verifier, now, body) = (self.verifier(), self.now.parse()?, self.body()?);
        Ok(match self.verify(&verifier, &request, now, &body) {
            Ok((scope, verified)) => json!({
                "access_key_id": verified.access_key_id(),
                "scope": scope,
                "signed_headers": verified.signed_headers().collect::<Vec<_>>().join(";"),
                "body": match verified.body() {
                    BodyVerdict::Verified => "verified",
                    BodyVerdict::Unsigned => "unsigned",
                    BodyVerdict::NotChecked => "not checked",
                },
            }),
            Err(error) => json!({
                "code": error.code().as_str(),
                "status": error.status(),
                "message": error.to_string(),
            }),
        })
    }

    fn verify(
        &self,
        verifier: &Verifier,
        request: &RawRequest<'_>,
        now: Timestamp,
        body: &[u8],
    ) -> Result<(String, Verified), VerifyError> {
        let claim = verifier.read_raw(request, now)?;
        let body = if self.unchecked_body { Body::Unchecked } else { Body::Bytes(body) };
        let verified = claim.verify(&self.find_key(&claim), body)?;
        Ok((claim.scope().to_string(), verified))
    }

    fn find_key(&self, claim: &Claim<'_>) -> AccessKey {
        let mut credentials = Credentials::new(&self.access_key_id, &self.secret_access_key);
        if let Some(token) = &self.session_token {
            credentials = credentials.with_session_token(token);
        }
        let is_known = claim.access_key_id() == self.access_key_id;
        AccessKey::known_or_unknown(is_known.then_some(&credentials), claim.scope())
    }

    fn verifier(&self) -> Verifier {
        let mut rules = match self.style {
            Style::S3 => Rules::S3,
            Style::Default if self.normalize_path => Rules::DEFAULT,
            Style::Default => Rules::DEFAULT.with_path_normalization(PathNormalization::Kept),
        };
        if self.omit_session_token {
            rules = rules.with_session_token(SessionToken::Unsigned);
        }
        if let PlusIs::Literal = self.plus {
            rules = rules.with_plus(Plus::Literal);
        }
        let skew = Duration::from_secs(60 * self.skew_minutes);
        let mut verifier = Verifier::new(&self.region, &self.service, skew).with_rules(rules);
        if self.allow_unsigned_payload {
            verifier = verifier.with_unsigned_payload(UnsignedPayload::Allowed);
        }
        if self.unchecked_body {
            verifier = verifier.with_unchecked_body(UncheckedBody::Allowed);
        }
        verifier
    }

    fn body(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        match (&self.body_b64, &self.body) {
            (Some(body), _) => Ok(BASE64_STANDARD.decode(body)?),
            (None, body) => Ok(body.clone().unwrap_or_default().into_bytes()),
        }
    }
}
