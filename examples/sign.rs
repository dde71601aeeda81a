//! Signs one request and prints it: as a `curl` command that runs as it is, as an HTTP/1.1 message, or as a presigned
//! URL; or explains how it was signed, and why a server refuses it. Credentials come from the environment. Nothing is sent.
//!
//! ```sh
//! cargo run --example sign    # AWS's public test request, with its public credentials
//! cargo run --example sign -- --service neptune-db --region us-east-1 https://db.example:8182/openCypher \
//!     -H 'content-type: application/json' -d '{"query":"MATCH (n) RETURN n LIMIT 1"}' | sh
//! cargo run --example sign -- --s3 --presign 900 https://examplebucket.s3.amazonaws.com/test.txt
//! cargo run --example sign -- --s3 https://examplebucket.s3.amazonaws.com/test.txt --explain --error-body error.xml
//! ```

use std::error::Error;
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, io};

use clap::builder::ArgPredicate::IsPresent;
use clap::error::{ContextKind::Usage, ContextValue::StyledStr, ErrorKind};
use clap::{CommandFactory, Parser, ValueEnum, value_parser};
use countersign::explain::Answer;
use countersign::protocol::{
    MAX_EXPIRES, Payload, PayloadHash, PayloadHeader, RawRequest, Rules, Timestamp,
};
use countersign::{Credentials, CredentialsError, PresignedQuery, SignedRequest, Signer};

fn main() -> ExitCode {
    let (credentials, env) = (&Credentials::from_env, &|name: &str| env::var(name).ok());
    let (input, out, err) = (&mut io::stdin(), &mut io::stdout(), &mut io::stderr());
    run(env::args_os().collect(), World { credentials, env, input, out, err }).into()
}

/// What surrounds the program.
pub(crate) struct World<'a> {
    pub(crate) credentials: &'a dyn Fn() -> Result<Credentials, CredentialsError>,
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
    pub(crate) input: &'a mut dyn Read,
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
}

/// Returns the exit code: 1 if the request was not signed, 2 for wrong arguments.
pub(crate) fn run(mut args: Vec<OsString>, mut world: World<'_>) -> u8 {
    if args.len() < 2 {
        let _ = writeln!(world.err, "{EXAMPLE_NOTE}");
        args = EXAMPLE.split(' ').map(OsString::from).collect();
        world.credentials = &|| Ok(Credentials::new("AKIDEXAMPLE", EXAMPLE_SECRET));
        world.env = &|_| None;
    }
    let args = Args::try_parse_from(args).map_err(Box::from);
    let Err(error) = args.and_then(|args| args.run(&mut world)) else { return 0 };
    let (code, stream, text) = match error.downcast::<clap::Error>() {
        Ok(help) if !help.use_stderr() => (0, world.out, help.render().to_string()),
        Ok(mut wrong) => {
            wrong.insert(Usage, StyledStr(Args::command().render_usage()));
            (2, world.err, wrong.render().to_string())
        }
        Err(error) => (1, world.err, format!("error: {error}\n")),
    };
    // Where not even this can be written, the exit code must do.
    let _ = stream.write_all(text.as_bytes());
    code
}

/// Signs one request and prints it. Credentials come from the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
/// and, for temporary ones, AWS_SESSION_TOKEN and AWS_CREDENTIAL_EXPIRATION.
#[derive(Parser)]
#[command(name = "sign", override_usage = "sign (--service <SERVICE> | --s3) [OPTIONS] <URL>")]
struct Args {
    #[arg(value_parser = parse_url, help = "http or https, percent-encoded, as it is to be sent")]
    url: String,
    #[arg(long, required_unless_present = "s3", help = "Its signing name, such as neptune-db")]
    service: Option<String>,
    #[arg(
        long,
        help = "Sign by the rules of S3, as --service s3 does; another --service may stand beside it"
    )]
    s3: bool,
    #[arg(long, help = "The region; otherwise AWS_REGION's, or AWS_DEFAULT_REGION's")]
    region: Option<String>,
    #[arg(short = 'X', long = "request", default_value = "GET", help = "The method")]
    #[arg(default_value_if("data", IsPresent, "POST"))]
    method: String,
    #[arg(short = 'H', long = "header", value_parser = parse_header, allow_hyphen_values = true)]
    #[arg(help = "'Name: value', any number of times; 'Name;' for an empty value")]
    headers: Vec<(String, Vec<u8>)>,
    #[arg(short, long, allow_hyphen_values = true)]
    #[arg(help = "The body: a text, @FILE with every byte of it, or @- for standard input")]
    data: Option<String>,
    #[arg(long, help = "Send and sign UNSIGNED-PAYLOAD in place of the body's hash")]
    unsigned_payload: bool,
    #[arg(long, help = "The time to sign at, such as 20150830T123600Z; otherwise now")]
    timestamp: Option<Timestamp>,
    #[arg(long, value_name = "SECONDS", help = "Print a URL that is good for so long")]
    #[arg(value_parser = value_parser!(u32).range(1..=MAX_EXPIRES.as_secs() as i64))]
    presign: Option<u32>,
    #[arg(long, help = "Print each stage of the signing, and what looks wrong, not the request")]
    explain: bool,
    #[arg(long, value_name = "FILE", requires = "explain")]
    #[arg(
        help = "What the server said to the request, as 'curl -i' prints it or out of a log, or - for standard input: \
                  --explain names the cause. Without --timestamp, signs at the time that it names"
    )]
    error_body: Option<String>,
    #[arg(long, default_value = "curl", help = "Print a command, or an HTTP/1.1 message")]
    #[arg(conflicts_with_all = ["explain", "presign"])]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Curl,
    Http,
}

impl Args {
    fn run(&self, world: &mut World<'_>) -> Result<(), Box<dyn Error>> {
        let signer = self.signer(world)?;
        let body = self.body(world.input)?;
        let headers: Vec<(&str, &[u8])> = self.headers.iter().map(|(n, v)| (&**n, &**v)).collect();
        // The URL as it was typed: that is what curl sends.
        let target = self.url.as_bytes();
        let request = RawRequest { method: &self.method, target, headers: &headers };
        let payload = if self.unsigned_payload { Payload::Unsigned } else { Payload::Bytes(&body) };
        let answer = self.answer(world.input)?;
        let named = answer.as_ref().and_then(Answer::signed_at);
        let timestamp = self.timestamp.or(named).map_or_else(Timestamp::now, Ok)?;
        let expires = self.presign.map(|seconds| Duration::from_secs(seconds.into()));
        let printed = if self.explain {
            let answer = answer.as_ref();
            let explanation = match expires {
                Some(expires) => {
                    signer.explain_presigned_raw(&request, payload, expires, timestamp, answer)
                }
                None => signer.explain_raw(&request, payload, timestamp, answer),
            }?;
            let which = match named {
                _ if self.timestamp.is_some() || answer.is_none() => String::new(),
                Some(time) => format!("signed at {time}, the time that the answer names\n"),
                None => format!("signed at {timestamp}, now: the answer names no time\n"),
            };
            format!("{which}{explanation}").into()
        } else if let Some(expires) = expires {
            let presigned = signer.presign_raw_at(&request, payload, expires, timestamp)?;
            self.url(&presigned, world.err)?
        } else {
            let signed = signer.sign_raw_at(&request, payload, timestamp)?;
            match self.format {
                Format::Curl => self.curl(&signed, &body)?,
                Format::Http => self.http(&signed, &body),
            }
        };
        world.out.write_all(&printed)?;
        Ok(world.out.flush()?)
    }

    fn signer(&self, world: &World<'_>) -> Result<Signer, Box<dyn Error>> {
        let set = |name| (world.env)(name).filter(|value| !value.is_empty());
        let mut credentials = (world.credentials)()?;
        if let Some(end) = set(EXPIRATION) {
            let end: Result<Timestamp, _> = end.replace("+00:00", "Z").parse();
            let end = end.map_err(|e| format!("the environment variable {EXPIRATION}: {e}"))?;
            credentials = credentials.with_expiry(end.into());
        }
        let region = self.region.clone().or_else(|| set("AWS_REGION"));
        let region = region.or_else(|| set("AWS_DEFAULT_REGION")).ok_or(NO_REGION)?;
        let service = self.service.as_deref().unwrap_or("s3");
        let mut rules = if self.s3 || service == "s3" { Rules::S3 } else { Rules::DEFAULT };
        if self.unsigned_payload {
            // Without the header, a service would hash the body.
            rules = rules.with_payload_header(PayloadHeader::Sent);
        }
        Ok(Signer::new(credentials, region, service).with_rules(rules))
    }

    fn body(&self, input: &mut dyn Read) -> Result<Vec<u8>, String> {
        let data = self.data.as_deref().unwrap_or_default();
        data.strip_prefix('@').map_or_else(|| Ok(data.into()), |file| read(file, input))
    }

    fn answer(&self, input: &mut dyn Read) -> Result<Option<Answer>, Box<dyn Error>> {
        let Some(file) = &self.error_body else { return Ok(None) };
        if file == "-" && self.data.as_deref() == Some("@-") {
            return Err(wrong("standard input holds the body or the answer, not both"));
        }
        Ok(Some(Answer::parse(&read(file, input)?)))
    }

    /// What signing sets, Host always (curl makes 127.0.0.1 of 0x7f.1), and the caller's headers that it does not
    /// replace; nothing of a Transfer-Encoding, since the body is printed in one piece.
    fn headers(&self, signed: &SignedRequest<'_>) -> Vec<(String, Vec<u8>)> {
        let stages = signed.stages();
        let canonical = stages.canonical_request();
        let mut headers = canonical.signed_headers();
        headers.retain(|(name, _)| name == "host");
        let signature = signed.clone().into_headers();
        let set = signature.iter().filter(|set| set.name != "host");
        headers.extend(set.map(|set| (set.name.into(), set.value.to_vec())));
        let removed = signature.removed().chain(signature.iter().map(|set| set.name));
        let removed: Vec<&str> = removed.chain(["host", "transfer-encoding"]).collect();
        let is_kept = |name: &str| !removed.iter().any(|other| name.eq_ignore_ascii_case(other));
        headers.extend(self.headers.iter().filter(|(name, _)| is_kept(name)).cloned());
        headers
    }

    fn curl(&self, signed: &SignedRequest<'_>, body: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
        // Without --head, curl would wait for a body that never comes.
        let head = if self.method == "HEAD" { " --head" } else { "" };
        let mut command = format!("curl --path-as-is --globoff{head}");
        let mut add = |option: &str, value: &str| {
            // Single quotes hold everything but themselves.
            command.extend([" \\\n  ", option, " '", &value.replace('\'', r"'\''"), "'"]);
        };
        add("--request", &self.method);
        add("--url", &self.url);
        for (name, value) in self.headers(signed) {
            // By "Name:" curl understands that it is to send none.
            let separator = if value.is_empty() { ";" } else { ": " };
            add("--header", &[&name, separator, &String::from_utf8_lossy(&value)].concat());
        }
        if let Some(data) = &self.data {
            let is_argument = |text: &&str| !text.contains('\0') && text.len() < ARGUMENT_LIMIT;
            match str::from_utf8(body).ok().filter(is_argument) {
                // --data-binary would read the file of that name.
                Some(text) if text.starts_with('@') => add("--data-raw", text),
                Some(text) => add("--data-binary", text),
                None if data != "@-" => add("--data-binary", data),
                None => return Err(wrong("such a body fits no command: give -d @FILE")),
            }
        }
        Ok((command + "\n").into())
    }

    fn http(&self, signed: &SignedRequest<'_>, body: &[u8]) -> Vec<u8> {
        let (_, origin) = parts(&self.url);
        let slash = if origin.starts_with('/') { "" } else { "/" };
        let mut headers = self.headers(signed);
        let is_length = |(name, _): &(String, _)| name.eq_ignore_ascii_case("content-length");
        if self.data.is_some() && !headers.iter().any(is_length) {
            headers.push(("content-length".into(), body.len().to_string().into()));
        }
        let mut message = format!("{} {slash}{origin} HTTP/1.1\r\n", self.method).into_bytes();
        for (name, value) in &headers {
            message.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        [&message, b"\r\n".as_slice(), body].concat()
    }

    /// The URL; and to `err` goes what its user must know.
    fn url(&self, query: &PresignedQuery<'_>, err: &mut dyn Write) -> io::Result<Vec<u8>> {
        let why = if query.expires_with_credentials() { ", when the credentials end" } else { "" };
        writeln!(err, "# good for {} until {}{why}", self.method, query.expires_at())?;
        for (name, value) in query.signed_headers() {
            if name != "host" || value != parts(&self.url).0.as_bytes() {
                writeln!(err, "# send {name}: {}", String::from_utf8_lossy(&value))?;
            }
        }
        if *query.stages().canonical_request().payload_hash() != PayloadHash::UNSIGNED {
            let body = if self.data.is_some() { "the body that was given" } else { "no body" };
            writeln!(err, "# send {body}")?;
        }
        let before_query = self.url.split(['?', '#']).next().unwrap_or_default();
        Ok(format!("{before_query}?{query}\n").into())
    }
}

fn read(file: &str, input: &mut dyn Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = match file {
        "-" => input.read_to_end(&mut bytes),
        _ => File::open(file).and_then(|mut file| file.read_to_end(&mut bytes)),
    };
    read.map(|_| bytes).map_err(|error| format!("cannot read {file}: {error}"))
}

/// A URL's authority, and what is sent behind it.
fn parts(url: &str) -> (&str, &str) {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let sent = rest.split('#').next().unwrap_or_default();
    sent.split_at(sent.find(['/', '?']).unwrap_or(sent.len()))
}

fn parse_url(text: &str) -> Result<String, &'static str> {
    let scheme = text.split("://").next().unwrap_or_default().to_ascii_lowercase();
    // A user name would be sent as another Authorization.
    let is_sound = text.bytes().all(|byte| byte.is_ascii_graphic()) && !parts(text).0.contains('@');
    (is_sound && (scheme == "http" || scheme == "https")).then(|| text.into()).ok_or(URL_RULE)
}

fn parse_header(line: &str) -> Result<(String, Vec<u8>), &'static str> {
    let empty = line.strip_suffix(';').map(|name| (name, ""));
    let (name, value) = line.split_once(':').or(empty).ok_or("it is no 'Name: value'")?;
    Ok((name.into(), value.trim_ascii().into()))
}

fn wrong(reason: &str) -> Box<dyn Error> {
    Args::command().error(ErrorKind::ValueValidation, reason).into()
}

const EXAMPLE: &str = "sign --service service --region us-east-1 --timestamp 20150830T123600Z https://example.amazonaws.com/";
const EXAMPLE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const EXAMPLE_NOTE: &str = "# get-vanilla of AWS's test suite, signed with AWS's public example credentials; for your own: --help";
const NO_REGION: &str = "no region: give --region, or set AWS_REGION or AWS_DEFAULT_REGION";
const URL_RULE: &str = "it must begin with http:// or https://, name no user, and be percent-encoded: visible ASCII, no spaces";
/// Set by `aws configure export-credentials --format env`: `2015-08-30T13:36:00+00:00`.
const EXPIRATION: &str = "AWS_CREDENTIAL_EXPIRATION";
const ARGUMENT_LIMIT: usize = 131_072; // MAX_ARG_STRLEN of execve(2)
