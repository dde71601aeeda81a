//! One signing per line, all stages out: JSON Lines in on standard input, JSON Lines out, one for each line in. For
//! comparing this crate with another implementation.
//!
//! ```sh
//! echo '{"name":"a","mode":"header","method":"GET","url":"https://example.com/","access_key_id":"AKIDEXAMPLE",
//! "secret_access_key":"secret","region":"us-east-1","service":"service","timestamp":"20150830T123600Z"}' | tr -d '\n' |
//!   cargo run --example stages
//! ```

use core::error::Error;
use core::time::Duration;
use std::io::{self, BufRead, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use countersign::keyspaces::{self, Challenge};
use countersign::protocol::{
    PathNormalization, Payload, PayloadHeader, RawRequest, Rules, Scope, SessionToken, SigningKey,
    Timestamp,
};
use countersign::{CanonicalError, Credentials, Signer};
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
    mode: Mode,
    #[serde(default)]
    method: String,
    url: Option<String>,
    target: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_b64: Option<String>,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    region: String,
    #[serde(default)]
    service: String,
    timestamp: String,
    #[serde(default)]
    style: Style,
    #[serde(default = "yes")]
    normalize_path: bool,
    #[serde(default)]
    signed_body_header: bool,
    #[serde(default)]
    omit_session_token: bool,
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

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Style {
    #[default]
    Default,
    S3,
}

fn yes() -> bool {
    true
}

/// The answer to one line.
pub fn answer(line: &[u8]) -> Value {
    let job: Value = match serde_json::from_slice(line) {
        Ok(job) => job,
        Err(error) => return json!({ "error": format!("not JSON: {error}") }),
    };
    let name = job.get("name").cloned();
    let mut answer = serde_json::from_value(job)
        .map_err(Box::<dyn Error>::from)
        .and_then(|job: Job| match job.mode {
            Mode::Header => job.sign(),
            Mode::Query => job.presign(),
            Mode::Keyspaces => job.log_in(),
        })
        .unwrap_or_else(|error| json!({ "error": error.to_string() }));
    if let Some(name) = name {
        answer["name"] = name;
    }
    answer
}

impl Job {
    fn sign(&self) -> Result<Value, Box<dyn Error>> {
        let (signer, body, headers) = (self.signer(), self.body()?, self.headers());
        let request = self.request(&headers)?;
        let signed = signer.sign_raw(&request, Payload::Bytes(&body), self.timestamp()?)?;
        Ok(json!({
            "canonical_request": signed.stages().canonical_request().to_string(),
            "string_to_sign": signed.stages().string_to_sign().to_string(),
            "signature": signed.stages().signature().to_string(),
            "signed_headers": signed.stages().canonical_request().headers().to_string(),
            "authorization": signed.authorization().to_string(),
        }))
    }

    fn presign(&self) -> Result<Value, Box<dyn Error>> {
        let (signer, body, headers) = (self.signer(), self.body()?, self.headers());
        let request = self.request(&headers)?;
        let expires = Duration::from_secs(self.expires_in.ok_or("expires_in is missing")?);
        let payload = Payload::Bytes(&body);
        let presigned = signer.presign_raw(&request, payload, expires, self.timestamp()?)?;
        // A target is cut at its query, a URL at its fragment, too.
        let (text, ends) = match &self.url {
            Some(url) => (url, ['?', '#']),
            None => (self.target.as_ref().ok_or("target is missing")?, ['?', '?']),
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
        let scope = Scope::new(timestamp.day(), &self.region, keyspaces::SERVICE)?;
        let key = SigningKey::derive(self.secret_access_key.as_bytes(), scope)?;
        let token = self.session_token.as_deref().filter(|token| !token.is_empty());
        let reply = challenge.sign(&self.access_key_id, token, &key, timestamp)?;
        Ok(json!({
            "canonical_request": reply.stages().canonical_request().to_string(),
            "string_to_sign": reply.stages().string_to_sign().to_string(),
            "signature": reply.stages().signature().to_string(),
            "signed_headers": reply.stages().canonical_request().headers().to_string(),
            "reply": reply.to_string(),
        }))
    }

    fn signer(&self) -> Signer {
        let mut credentials = Credentials::new(&self.access_key_id, &self.secret_access_key);
        if let Some(token) = &self.session_token {
            credentials = credentials.with_session_token(token);
        }
        let mut rules = match self.style {
            Style::S3 => Rules::S3,
            Style::Default if self.normalize_path => Rules::DEFAULT,
            Style::Default => Rules::DEFAULT.with_path_normalization(PathNormalization::Kept),
        };
        if self.signed_body_header {
            rules = rules.with_payload_header(PayloadHeader::Sent);
        }
        if self.omit_session_token {
            rules = rules.with_session_token(SessionToken::Unsigned);
        }
        Signer::new(credentials, &self.region, &self.service).with_rules(rules)
    }

    fn request<'a>(
        &'a self,
        headers: &'a [(&'a str, &'a [u8])],
    ) -> Result<RawRequest<'a>, Box<dyn Error>> {
        let target = match (&self.url, &self.target) {
            (Some(url), _) => url,
            // A target has no scheme and host.
            (None, Some(target)) if !target.is_empty() && !target.starts_with(['/', '?']) => {
                return Err(CanonicalError::PathNotAbsolute.into());
            }
            (None, Some(target)) => target,
            (None, None) => return Err("url or target is missing".into()),
        };
        Ok(RawRequest { method: &self.method, target: target.as_bytes(), headers })
    }

    fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    fn body(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        match (&self.body_b64, &self.body) {
            (Some(body), _) => Ok(BASE64_STANDARD.decode(body)?),
            (None, body) => Ok(body.clone().unwrap_or_default().into_bytes()),
        }
    }

    fn timestamp(&self) -> Result<Timestamp, Box<dyn Error>> {
        Ok(self.timestamp.parse()?)
    }
}
