//! Signs with `aws-sigv4`, the signer of AWS's SDK: JSON Lines in, in the form that `examples/stages.rs` reads, and
//! JSON Lines out, one for each line in: `{"name", "authorization", "headers"}` with every header that signing adds,
//! `{"name", "url"}` or `{"name", "error"}`. Its panics are errors, too.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest,
    SignatureLocation, SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    panic::set_hook(Box::new(|_| {})); // An answer tells of it.
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
    service: String,
    timestamp: String,
    #[serde(default)]
    style: Style,
    normalize_path: Option<bool>,
    #[serde(default)]
    signed_body_header: bool,
    /// Not a field of `examples/stages.rs`.
    #[serde(default)]
    unsigned_payload: bool,
    #[serde(default)]
    omit_session_token: bool,
    expires_in: Option<u64>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Header,
    Query,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Style {
    #[default]
    Default,
    S3,
}

fn answer(line: &[u8]) -> Value {
    let job: Value = match serde_json::from_slice(line) {
        Ok(job) => job,
        Err(error) => return json!({ "error": format!("not JSON: {error}") }),
    };
    let name = job.get("name").cloned();
    let mut answer = panic::catch_unwind(AssertUnwindSafe(|| Job::deserialize(job)?.sign()))
        .unwrap_or_else(|panic| Err(format!("panic: {}", message(&*panic)).into()))
        .unwrap_or_else(|error| json!({ "error": causes(&*error) }));
    if let Some(name) = name {
        answer["name"] = name;
    }
    answer
}

/// What a panic said.
fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref().map(String::as_str)).unwrap_or("of another type")
}

/// An error and what caused it: the outermost says only that signing failed.
fn causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", causes(source)),
        None => error.to_string(),
    }
}

impl Job {
    fn sign(&self) -> Result<Value, Box<dyn Error>> {
        let body = match (&self.body_b64, &self.body) {
            (Some(body), _) => BASE64_STANDARD.decode(body)?,
            (None, body) => body.clone().unwrap_or_default().into_bytes(),
        };
        let is_unsigned =
            self.unsigned_payload || self.mode == Mode::Query && self.style == Style::S3;
        let body =
            if is_unsigned { SignableBody::UnsignedPayload } else { SignableBody::Bytes(&body) };
        let uri = self.url.as_ref().or(self.target.as_ref()).ok_or("url or target is missing")?;
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request = SignableRequest::new(&self.method, uri, headers, body)?;

        let token = self.session_token.clone().filter(|token| !token.is_empty());
        let credentials =
            Credentials::new(&self.access_key_id, &self.secret_access_key, token, None, "interop");
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(self.time()?)
            .settings(self.settings())
            .build()?
            .into();
        let (instructions, _) = sign(request, &params)?.into_parts();
        match self.mode {
            Mode::Header => Ok(added(&instructions)),
            Mode::Query => {
                let mut request = http::Request::builder().uri(uri).body(())?;
                instructions.apply_to_request_http1x(&mut request);
                Ok(json!({ "url": request.uri().to_string() }))
            }
        }
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.style == Style::S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
        }
        settings.uri_path_normalization_mode = UriPathNormalizationMode::from(
            self.style == Style::Default && self.normalize_path != Some(false),
        );
        if self.style == Style::S3 || self.signed_body_header {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if self.omit_session_token {
            settings.session_token_mode = SessionTokenMode::Exclude;
        }
        if self.mode == Mode::Query {
            settings.signature_location = SignatureLocation::QueryParams;
        }
        settings.expires_in = self.expires_in.map(Duration::from_secs);
        settings
    }

    /// The time of signing: `20150830T123600Z`.
    fn time(&self) -> Result<SystemTime, Box<dyn Error>> {
        let [year, month, day, hour, minute, second] = [0..4, 4..6, 6..8, 9..11, 11..13, 13..15]
            .map(|part| self.timestamp.get(part).unwrap_or_default());
        let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
        Ok(DateTime::from_str(&text, Format::DateTime)?.try_into()?)
    }
}

fn added(instructions: &SigningInstructions) -> Value {
    let headers: Vec<_> = instructions.headers().collect();
    let authorization = headers.iter().find(|(name, _)| *name == "authorization");
    json!({ "authorization": authorization.map(|(_, value)| value), "headers": headers })
}
