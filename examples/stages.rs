//! One signing per line, all stages out: JSON Lines in on standard input, JSON Lines out, one for each line in. For
//! comparing this crate with another implementation.
//!
//! ```sh
//! echo '{"name":"a","mode":"header","method":"GET","url":"https://example.com/","access_key_id":"AKIDEXAMPLE",
//! "secret_access_key":"secret","region":"us-east-1","service":"service","timestamp":"20150830T123600Z"}' | tr -d '\n' |
//!   cargo run --example stages
//! ```

#[path = "support/json_lines.rs"]
mod json_lines;

use core::error::Error;
use core::time::Duration;
use std::io;

use countersign::keyspaces::{self, Challenge};
use countersign::protocol::{Payload, PayloadHeader, RawRequest, Scope, SigningKey, Timestamp};
use countersign::{CanonicalError, Signer};
use serde::Deserialize;
use serde_json::{Value, json};

use self::json_lines::{Key, Sent, Service};

fn main() -> io::Result<()> {
    json_lines::run(answer)
}

/// What one line asks for.
#[derive(Deserialize)]
struct Job {
    mode: Mode,
    #[serde(flatten)]
    sent: Sent,
    #[serde(flatten)]
    key: Key,
    #[serde(flatten)]
    service: Service,
    timestamp: String,
    #[serde(default)]
    signed_body_header: bool,
    expires_in: Option<u64>,
    nonce: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Header,
    Query,
    Keyspaces,
}

/// The answer to one line.
pub(crate) fn answer(line: &[u8]) -> Value {
    json_lines::answer(line, |job: Job| match job.mode {
        Mode::Header => job.sign(),
        Mode::Query => job.presign(),
        Mode::Keyspaces => job.log_in(),
    })
}

impl Job {
    fn sign(&self) -> Result<Value, Box<dyn Error>> {
        let (signer, body, headers) = (self.signer(), self.sent.body()?, self.sent.headers());
        let request = self.request(&headers)?;
        let signed = signer.sign_raw_at(&request, Payload::Bytes(&body), self.timestamp()?)?;
        Ok(json!({
            "canonical_request": signed.stages().canonical_request().to_string(),
            "string_to_sign": signed.stages().string_to_sign().to_string(),
            "signature": signed.stages().signature().to_string(),
            "signed_headers": signed.stages().canonical_request().headers().to_string(),
            "authorization": signed.authorization().to_string(),
        }))
    }

    fn presign(&self) -> Result<Value, Box<dyn Error>> {
        let (signer, body, headers) = (self.signer(), self.sent.body()?, self.sent.headers());
        let request = self.request(&headers)?;
        let expires = Duration::from_secs(self.expires_in.ok_or("expires_in is missing")?);
        let payload = Payload::Bytes(&body);
        let presigned = signer.presign_raw_at(&request, payload, expires, self.timestamp()?)?;
        // A target is cut at its query, a URL at its fragment, too.
        let (text, ends) = match &self.sent.url {
            Some(url) => (url, ['?', '#']),
            None => (self.sent.target.as_ref().ok_or("target is missing")?, ['?', '?']),
        };
        let before_query = text.split(ends).next().unwrap_or_default();
        Ok(json!({
            "canonical_request": presigned.stages().canonical_request().to_string(),
            "string_to_sign": presigned.stages().string_to_sign().to_string(),
            "signature": presigned.stages().signature().to_string(),
            "signed_headers": presigned.stages().canonical_request().headers().to_string(),
            "url": format!("{before_query}?{presigned}"),
        }))
    }

    fn log_in(&self) -> Result<Value, Box<dyn Error>> {
        let timestamp = self.timestamp()?;
        let challenge = Challenge::parse(self.nonce.as_deref().unwrap_or_default().as_bytes())?;
        let scope = Scope::new(timestamp.date(), &self.service.region, keyspaces::SERVICE)?;
        let key = SigningKey::derive(self.key.secret_access_key.as_bytes(), scope)?;
        let token = self.key.session_token.as_deref().filter(|token| !token.is_empty());
        let reply = challenge.sign(&self.key.access_key_id, token, &key, timestamp)?;
        Ok(json!({
            "canonical_request": reply.canonical_request().to_string(),
            "string_to_sign": reply.string_to_sign(),
            "signature": reply.signature().to_string(),
            "signed_headers": "host",
            "reply": reply.to_string(),
        }))
    }

    fn signer(&self) -> Signer {
        let mut rules = self.service.rules();
        if self.signed_body_header {
            rules = rules.with_payload_header(PayloadHeader::Sent);
        }
        let Service { region, service, .. } = &self.service;
        Signer::new(self.key.credentials(), region, service).with_rules(rules)
    }

    fn request<'a>(
        &'a self,
        headers: &'a [(&'a str, &'a [u8])],
    ) -> Result<RawRequest<'a>, Box<dyn Error>> {
        let target = match (&self.sent.url, &self.sent.target) {
            (Some(url), _) => url,
            // A target has no scheme and host.
            (None, Some(target)) if !target.is_empty() && !target.starts_with(['/', '?']) => {
                return Err(CanonicalError::PathNotAbsolute.into());
            }
            (None, Some(target)) => target,
            (None, None) => return Err("url or target is missing".into()),
        };
        Ok(RawRequest { method: &self.sent.method, target: target.as_bytes(), headers })
    }

    fn timestamp(&self) -> Result<Timestamp, Box<dyn Error>> {
        Ok(self.timestamp.parse()?)
    }
}
