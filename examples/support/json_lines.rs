//! What programs have in common that take a request a line: JSON Lines in on standard input, JSON Lines out, one for each line
//! in.

use core::error::Error;
use std::io::{self, BufRead, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use countersign::protocol::{PathNormalization, Rules, SessionToken, SignedHeaders};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) fn run(answer: impl Fn(&[u8]) -> Value) -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().split(b'\n') {
        writeln!(output, "{}", answer(&line?))?;
    }
    Ok(())
}

/// The answer to one line, with its name.
pub(crate) fn answer<J: DeserializeOwned>(
    line: &[u8],
    work: impl FnOnce(J) -> Result<Value, Box<dyn Error>>,
) -> Value {
    let job: Value = match serde_json::from_slice(line) {
        Ok(job) => job,
        Err(error) => return json!({ "error": format!("not JSON: {error}") }),
    };
    let name = job.get("name").cloned();
    let mut answer = serde_json::from_value(job)
        .map_err(Box::<dyn Error>::from)
        .and_then(work)
        .unwrap_or_else(|error| json!({ "error": error.to_string() }));
    if let Some(name) = name {
        answer["name"] = name;
    }
    answer
}

/// A request, as both programs read it. Unknown fields are ignored.
#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(default)]
    pub(crate) method: String,
    pub(crate) url: Option<String>,
    pub(crate) target: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_b64: Option<String>,
}

impl Sent {
    pub(crate) fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    pub(crate) fn body(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        match (&self.body_b64, &self.body) {
            (Some(body), _) => Ok(BASE64_STANDARD.decode(body)?),
            (None, body) => Ok(body.clone().unwrap_or_default().into_bytes()),
        }
    }
}

/// How it is signed.
#[derive(Deserialize)]
pub(crate) struct Service {
    pub(crate) region: String,
    #[serde(default)]
    pub(crate) service: String,
    #[serde(default)]
    style: Style,
    #[serde(default = "yes")]
    normalize_path: bool,
    #[serde(default)]
    omit_session_token: bool,
    /// `host`, `content-type` and `x-amz-*`.
    #[serde(default)]
    only_minimal_headers: bool,
    /// Those of [`EXCLUDED`].
    #[serde(default)]
    exclude_headers: bool,
}

/// What a policy may exclude.
const EXCLUDED: [&str; 2] = ["Content-Length", "x-amz-meta-a"];

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Style {
    #[default]
    Default,
    S3,
}

impl Service {
    pub(crate) fn rules(&self) -> Rules {
        let mut rules = match self.style {
            Style::S3 => Rules::S3,
            Style::Default if self.normalize_path => Rules::DEFAULT,
            Style::Default => Rules::DEFAULT.with_path_normalization(PathNormalization::Kept),
        };
        if self.omit_session_token {
            rules = rules.with_session_token(SessionToken::Unsigned);
        }
        if self.only_minimal_headers {
            rules = rules.with_signed_headers(SignedHeaders::Minimal);
        }
        if self.exclude_headers {
            rules = rules.with_excluded_headers(&EXCLUDED);
        }
        rules
    }
}

/// An access key, and the token that goes with it.
#[derive(Deserialize)]
pub(crate) struct Key {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

impl Key {
    pub(crate) fn credentials(&self) -> countersign::Credentials {
        countersign::Credentials::new(&self.access_key_id, &self.secret_access_key)
            .with_session_token(self.session_token.clone().unwrap_or_default())
    }
}

fn yes() -> bool {
    true
}
