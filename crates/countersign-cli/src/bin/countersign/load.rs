//! The request that is to be signed or verified.

use std::io::{self, Read};
use std::path::Path;
use std::{env, fs};

use countersign_cli::{CurlCommand, Input, Inputs, Request, UrlParts};

use crate::args::RequestArgs;
use crate::report::{Failure, Notes};

pub(crate) const BODY_UNKNOWN: &str =
    "the output of curl -v does not show the body: give it with --data-file FILE";

const CREDENTIAL_VARIABLES: [&str; 3] =
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// A request, and what the user said about it.
pub(crate) struct Loaded {
    pub(crate) request: Request,
    /// Where it is sent to, if the request names a host.
    pub(crate) url: Option<String>,
    /// What a `curl` command says about its signature.
    pub(crate) curl: Option<CurlCommand>,
    /// Whether the body is known. The output of `curl -v` does not show it.
    pub(crate) is_body_known: bool,
}

/// Reads the request from the options, or from the file that they name.
pub(crate) fn load(args: &RequestArgs, notes: &mut Notes) -> Result<Loaded, Failure> {
    let is_input = |path: &Option<_>| path.as_deref() == Some(Path::new("-"));
    if is_input(&args.request) && is_input(&args.data_file) {
        return Err(Failure::usage("standard input is the request or its body, not both"));
    }
    let body = args.data_file.as_deref().map(read).transpose()?;
    let mut loaded = match &args.request {
        Some(path) => from_text(&read(path)?, body.as_deref(), notes)?,
        None => from_words(args, body)?,
    };
    if UrlParts::split(&loaded.request.target).is_absolute() {
        remove_fragment(&mut loaded.request, notes);
        check_url(&loaded.request.target)?;
    }
    loaded.url = loaded.request.url(&args.scheme);
    Ok(loaded)
}

fn from_words(args: &RequestArgs, body: Option<Vec<u8>>) -> Result<Loaded, Failure> {
    let has_body = body.is_some() || args.data.is_some();
    let implied = if has_body { "POST" } else { "GET" };
    let (method, url) = match &*args.words {
        [url] => (implied, url),
        [method, url] => (&**method, url),
        _ => return Err(Failure::usage("the URL is missing")),
    };
    if !UrlParts::split(url).is_absolute() {
        return Err(Failure::usage("the URL has no scheme: expected https://HOST/PATH"));
    }
    let data = args.data.as_deref().unwrap_or_default();
    if data.starts_with('@') {
        return Err(Failure::usage("--data is the body itself: give a file with --data-file FILE"));
    }
    let mut request = Request::new(method, url);
    let headers = args.headers.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    request.headers = headers.collect();
    request.body = body.unwrap_or_else(|| data.into());
    Ok(Loaded { request, url: None, curl: None, is_body_known: true })
}

fn from_text(text: &[u8], body: Option<&[u8]>, notes: &mut Notes) -> Result<Loaded, Failure> {
    let mut inputs = Inputs::default();
    inputs.variables = &|name| {
        // For a shell they are empty if they are not set; the credentials then come from elsewhere.
        let is_optional = CREDENTIAL_VARIABLES.contains(&name);
        env::var(name).ok().or_else(|| is_optional.then(String::new))
    };
    inputs.body_file = body;
    let (request, curl, is_body_known) = match Input::parse(text, &inputs)? {
        Input::Curl(command) => {
            note_what_curl_does(&command, notes);
            (command.request.clone(), Some(command), true)
        }
        Input::Exchange(exchange) => (exchange.request, None, !exchange.had_body),
        Input::Request(request) => (request, None, true),
        _ => return Err(Failure::usage("this is a response: expected a request")),
    };
    Ok(Loaded { request, url: None, curl, is_body_known })
}

fn note_what_curl_does(command: &CurlCommand, notes: &mut Notes) {
    for option in &command.ignored {
        notes.warning(format!(
            "curl's {option} is ignored: the signature may not fit what it sends"
        ));
    }
    if let Some(position) = command.rest {
        notes.note(format!("the text from {position} on is not a part of the curl command"));
    }
    if !command.path_as_is && UrlParts::split(&command.request.target).has_dot_segments() {
        notes.hint(
            "curl resolves \".\" and \"..\" in the path: add --path-as-is to send what is signed",
        );
    }
}

/// A fragment is never sent.
fn remove_fragment(request: &mut Request, notes: &mut Notes) {
    let Some((sent, fragment)) = request.target.split_once('#') else { return };
    if !fragment.is_empty() {
        notes.hint(format!(
            "\"#{fragment}\" is a fragment: it is neither sent nor signed. \
             Write %23 for a # that is part of the path or of an object's key"
        ));
    }
    request.target = sent.into();
}

fn check_url(url: &str) -> Result<(), Failure> {
    if let Some(at) = url.bytes().position(|byte| !byte.is_ascii_graphic()) {
        return Err(Failure::usage(format!(
            "the URL has a character at byte {at} that must be percent-encoded"
        )));
    }
    let parts = UrlParts::split(url);
    let scheme = parts.scheme().unwrap_or_default().to_ascii_lowercase();
    if !["http", "https", "ws", "wss"].contains(&&*scheme) {
        return Err(Failure::usage("the URL must start with https://, http://, wss:// or ws://"));
    }
    // Clients send it as another Authorization.
    if parts.authority().contains('@') {
        return Err(Failure::usage("the URL names a user: remove what comes before the @"));
    }
    Ok(())
}

/// Reads a file, or standard input.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = match path.to_str() {
        Some("-") => io::stdin().read_to_end(&mut bytes).map(|_| bytes),
        _ => fs::read(path),
    };
    read.map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
}
