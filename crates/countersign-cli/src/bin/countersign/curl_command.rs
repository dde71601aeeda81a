//! A `curl` command that sends a signed request.

use std::path::Path;

use countersign_cli::UrlParts;
use countersign_cli::shell::quote;

use crate::load::Loaded;
use crate::report::Failure;
use crate::signing::SignedHeaders;

/// The length that a shell's argument can have: `MAX_ARG_STRLEN` of execve(2), less the NUL.
const MAX_ARGUMENT_BYTES: usize = 131_071;

/// Writes the command. It sends exactly what is signed, beside what `curl` always adds.
pub(crate) fn curl_command(
    loaded: &Loaded,
    signed: &SignedHeaders,
    data_file: Option<&Path>,
) -> Result<String, Failure> {
    let request = &loaded.request;
    let url = loaded.url.as_deref().ok_or_else(|| Failure::refused("the request names no host"))?;
    let parts = UrlParts::split(url);
    let has_body = !request.body.is_empty();
    let mut command = "curl".to_owned();
    if parts.has_dot_segments() {
        command += " --path-as-is";
    }
    if url.contains(['{', '}', '[', ']']) {
        command += " --globoff";
    }
    match (&*request.method, has_body) {
        ("GET", false) | ("POST", true) => {}
        // With --request, curl would wait for a body that never comes.
        ("HEAD", false) => command += " --head",
        (method, _) => command = format!("{command} --request {}", quote(method)),
    }
    command = format!("{command} {}", quote(url));
    let mut add = |option: &str, value: &str| {
        command = format!("{command} \\\n  {option} {}", quote(value));
    };
    for (name, value) in headers(loaded, signed) {
        let value = String::from_utf8(value).map_err(|_| {
            Failure::refused(format!("header {name} is not UTF-8: no command can have it"))
        })?;
        // "Name:" would remove the header.
        let separator = if value.is_empty() { ";" } else { ": " };
        add("--header", &[&name, separator, &value].concat());
    }
    let is_argument = |body: &&str| !body.contains('\0') && body.len() <= MAX_ARGUMENT_BYTES;
    let file = data_file.and_then(Path::to_str).filter(|file| *file != "-");
    if has_body && request.header("content-type").is_none() {
        // Otherwise curl would call the body a form.
        add("--header", "content-type:");
    }
    match (str::from_utf8(&request.body).ok().filter(is_argument), file) {
        _ if !has_body => {}
        (_, Some(file)) => add("--data-binary", &format!("@{file}")),
        (Some(body), None) => add("--data-raw", body),
        (None, None) => {
            return Err(Failure::refused(
                "the body does not fit into a command: give it with --data-file FILE",
            ));
        }
    }
    Ok(command)
}

/// The headers of the request that the signature leaves alone, and those that it sets.
fn headers(loaded: &Loaded, signed: &SignedHeaders) -> Vec<(String, Vec<u8>)> {
    let url = loaded.url.as_deref().unwrap_or_default();
    let mut headers = Vec::new();
    if !is_sent_by_curl(&signed.host, UrlParts::split(url).authority()) {
        headers.push(("host".to_owned(), signed.host.clone()));
    }
    let is_replaced = |name: &str| {
        // The body is sent in one piece.
        let mut replaced = ["host", "transfer-encoding"].into_iter();
        replaced.any(|other| name.eq_ignore_ascii_case(other))
            || signed.set.iter().any(|(other, _)| name.eq_ignore_ascii_case(other))
            || signed.removed.iter().any(|other| name.eq_ignore_ascii_case(other))
    };
    headers.extend(loaded.request.headers.iter().filter(|(name, _)| !is_replaced(name)).cloned());
    headers.extend(signed.set.iter().filter(|(name, _)| name != "host").cloned());
    headers
}

/// Whether `curl` sends this `Host` for a URL with this authority. It writes numeric addresses in
/// another way (127.0.0.1 for 0x7f.1), so only names count.
fn is_sent_by_curl(host: &[u8], authority: &str) -> bool {
    let is_name = |name: &str| {
        let last_label = name.rsplit('.').next().unwrap_or_default();
        last_label.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte)
            })
    };
    host == authority.as_bytes() && is_name(authority.split(':').next().unwrap_or_default())
}
