//! One request per line as it arrives, a verdict out: JSON Lines in on standard input, JSON Lines out, one for each line in.
//! For comparing this crate's verification with the signatures of another implementation.
//!
//! In: `name`, echoed; `method`; `url` (absolute) or `target` (path and query); `headers`, [[name, value], …] with those of
//! the signature; `body` or `body_b64`, or `unchecked_body: true`. Then what the server knows: `region`, `service`, `now`,
//! `skew_minutes` (15), `style` (`default` or `s3`), `normalize_path` (true), `omit_session_token` (false: the token is
//! signed), `exclude_headers` (false: clients sign `content-length` and `x-amz-meta-a`), `plus` (`space` or `literal`),
//! `allow_unsigned_payload` (false), and one access key: `access_key_id`, `secret_access_key`, `session_token`.
//!
//! Out: `name`, `access_key_id`, `scope`, `signed_headers`, `body`; or `name`, `code`, `status`, `message`.

#[path = "support/json_lines.rs"]
mod json_lines;

use core::error::Error;
use core::time::Duration;
use std::io;

use countersign::protocol::{Plus, RawRequest, Timestamp};
use countersign::verifier::{AccessKey, Body, BodyVerification, Verified, Verifier, VerifyError};
use serde::Deserialize;
use serde_json::{Value, json};

use self::json_lines::{Key, Sent, Service};

fn main() -> io::Result<()> {
    json_lines::run(|line| json_lines::answer(line, |job: Job| job.verdict()))
}

/// What one line asks for.
#[derive(Deserialize)]
struct Job {
    #[serde(flatten)]
    sent: Sent,
    #[serde(default)]
    unchecked_body: bool,
    #[serde(flatten)]
    service: Service,
    now: String,
    #[serde(default = "fifteen")]
    skew_minutes: u64,
    #[serde(default)]
    plus: PlusIs,
    #[serde(default)]
    allow_unsigned_payload: bool,
    #[serde(flatten)]
    key: Key,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PlusIs {
    #[default]
    Space,
    Literal,
}

fn fifteen() -> u64 {
    15
}

impl Job {
    fn verdict(&self) -> Result<Value, Box<dyn Error>> {
        let Sent { method, url, target, .. } = &self.sent;
        let target = url.as_ref().or(target.as_ref()).ok_or("url or target is missing")?;
        let headers = self.sent.headers();
        let request = RawRequest { method, target: target.as_bytes(), headers: &headers };
        let (verifier, now, body) = (self.verifier(), self.now.parse()?, self.sent.body()?);
        Ok(match self.verify(&verifier, &request, now, &body) {
            Ok((scope, verified)) => json!({
                "access_key_id": verified.access_key_id(),
                "scope": scope,
                "signed_headers": verified.signed_headers().collect::<Vec<_>>().join(";"),
                "body": match verified.body() {
                    BodyVerification::Verified => "verified",
                    BodyVerification::Unsigned => "unsigned",
                    BodyVerification::Unchecked => "not checked",
                },
            }),
            Err(error) => json!({
                "code": error.code(),
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
        let known = Some(self.key.credentials());
        let known = known.filter(|known| known.access_key_id() == claim.access_key_id());
        let key = AccessKey::from_lookup(known.as_ref(), claim.scope());
        let verified = claim.verify(&key, body)?;
        Ok((claim.scope().to_string(), verified))
    }

    fn verifier(&self) -> Verifier {
        let mut rules = self.service.rules();
        if let PlusIs::Literal = self.plus {
            rules = rules.with_plus(Plus::Literal);
        }
        let Service { region, service, .. } = &self.service;
        let skew = Duration::from_secs(60 * self.skew_minutes);
        let mut verifier = Verifier::new(region, service, skew).with_rules(rules);
        if self.allow_unsigned_payload {
            verifier = verifier.allow_unsigned_payload();
        }
        if self.unchecked_body {
            verifier = verifier.allow_unchecked_body();
        }
        verifier
    }
}
