//! Signature Version 4 a second time: slow, in plain steps, sharing nothing with the crate, which
//! tests compare with it. It reads top-down: what goes in and out, `sign`, then each part.

#![allow(dead_code, unreachable_pub, reason = "each test includes this file and uses a part of it")]

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The target is `/path?query` or `scheme://authority/path?query#fragment`, of any bytes.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: Vec<u8>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub resolve_path: bool,
    pub encode_path_twice: bool,
    pub plus_is_space: bool,
    pub minimal_headers: bool,
    pub excluded: Vec<String>,
    pub send_payload_header: bool,
    pub sign_token: bool,
    pub presign_unsigned_payload: bool,
}

/// An empty token counts as none; the timestamp is `20150830T123600Z`.
#[derive(Clone, Debug)]
pub struct Signing {
    pub access_key_id: String,
    pub secret: String,
    pub token: Option<String>,
    pub region: String,
    pub service: String,
    pub timestamp: String,
}

#[derive(Clone, Copy, Debug)]
pub enum Mode {
    Header,
    Query { expires: u64 },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub canonical_request: Vec<u8>,
    pub string_to_sign: String,
    pub signature: String,
    pub signed_headers: String,
    /// With `Mode::Query`: what follows the `?` in the presigned URL, signature included.
    pub query: Option<Vec<u8>>,
}

impl Policy {
    pub fn default_service() -> Self {
        Self {
            resolve_path: true,
            encode_path_twice: true,
            plus_is_space: true,
            sign_token: true,
            ..Self::default()
        }
    }

    pub fn s3() -> Self {
        Self {
            plus_is_space: true,
            send_payload_header: true,
            sign_token: true,
            presign_unsigned_payload: true,
            ..Self::default()
        }
    }
}

impl Signing {
    fn token(&self) -> Option<&str> {
        self.token.as_deref().filter(|token| !token.is_empty())
    }
}

/// # Errors
/// A sentence, for a request or a signing that the rules refuse.
pub fn sign(
    request: &Request,
    policy: &Policy,
    signing: &Signing,
    mode: &Mode,
) -> Result<Reference, String> {
    check(request, signing)?;
    let presigning = matches!(mode, Mode::Query { .. });
    let date = &signing.timestamp[..8];
    let scope = format!("{date}/{}/{}/aws4_request", signing.region, signing.service);
    let payload_hash = if presigning && policy.presign_unsigned_payload {
        "UNSIGNED-PAYLOAD".to_owned()
    } else {
        hex(&Sha256::digest(&request.body))
    };

    let target = split_target(&request.target);
    let path = canonical_path(target.path, policy).ok_or("the path does not begin with '/'")?;
    let headers = headers_to_sign(request, &target, policy, signing, presigning, &payload_hash)?;
    let (signed_headers, header_lines) = canonical_headers(headers);

    let mut parameters = parse_query(target.query, policy.plus_is_space);
    let reserved = |key: &[u8]| AUTH_PARAMETERS.split(' ').any(|it| it.as_bytes() == key);
    let signed_already = parameters.iter().any(|(key, _)| reserved(key));
    require(!signed_already, "an X-Amz authentication parameter is there")?;
    if let Mode::Query { expires } = mode {
        require((1..=604_800).contains(expires), "expires outside 1 to 604800")?;
        let credential = format!("{}/{scope}", signing.access_key_id);
        let mut add = |key: &str, value: &str| parameters.push((key.into(), value.into()));
        add("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
        add("X-Amz-Credential", &credential);
        add("X-Amz-Date", &signing.timestamp);
        add("X-Amz-Expires", &expires.to_string());
        add("X-Amz-SignedHeaders", &signed_headers);
        if let Some(token) = signing.token().filter(|_| policy.sign_token) {
            add("X-Amz-Security-Token", token);
        }
    }
    let mut query = write_query(&parameters);

    let canonical_request = [
        request.method.as_bytes(),
        &path,
        &query,
        &header_lines, // each ends in a newline, so an empty line follows them
        signed_headers.as_bytes(),
        payload_hash.as_bytes(),
    ]
    .join(&b'\n');
    let hash = hex(&Sha256::digest(&canonical_request));
    let string_to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{hash}", signing.timestamp);

    let date_key = hmac(format!("AWS4{}", signing.secret).as_bytes(), date);
    let region_key = hmac(&date_key, &signing.region);
    let service_key = hmac(&region_key, &signing.service);
    let signing_key = hmac(&service_key, "aws4_request");
    let signature = hex(&hmac(&signing_key, &string_to_sign));

    if let Some(token) = signing.token().filter(|_| !policy.sign_token) {
        query.extend(b"&X-Amz-Security-Token=");
        query.extend(encode(token.as_bytes()));
    }
    query.extend(format!("&X-Amz-Signature={signature}").into_bytes());
    let query = presigning.then_some(query);
    Ok(Reference { canonical_request, string_to_sign, signature, signed_headers, query })
}

/// What the server's canonical request is of a request that arrived with its signature, or `None`, if there is none. The
/// client says which headers it signed.
pub fn arrived(
    request: &Request,
    policy: &Policy,
    signed_headers: &str,
    presigned: bool,
) -> Option<Vec<u8>> {
    let breaks = request.target.iter().any(|byte| b"\r\n\0".contains(byte));
    if breaks || !is_token(&request.method) {
        return None;
    }
    let (path, query) = cut(&request.target, b'?');
    let mut parameters = parse_query(query, policy.plus_is_space);
    if presigned {
        let token_is_left_out = |key: &[u8]| key == b"X-Amz-Security-Token" && !policy.sign_token;
        parameters.retain(|(key, _)| key != b"X-Amz-Signature" && !token_is_left_out(key));
    }
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        let (name, value) = (name.to_ascii_lowercase(), canonical_value(value)?);
        if !is_token(&name) {
            return None;
        }
        if signed_headers.split(';').any(|signed| signed == name) {
            headers.push((name, value));
        }
    }
    let sent_hash = headers.iter().find(|(name, _)| name == "x-amz-content-sha256");
    let payload_hash = match sent_hash {
        Some((_, sent)) => sent.clone(),
        None if presigned && policy.presign_unsigned_payload => b"UNSIGNED-PAYLOAD".to_vec(),
        None => hex(&Sha256::digest(&request.body)).into(),
    };
    let (names, lines) = canonical_headers(headers);
    let canonical = [
        request.method.as_bytes(),
        &canonical_path(path, policy)?,
        &write_query(&parameters),
        &lines,
        names.as_bytes(),
        &payload_hash,
    ];
    (names == signed_headers).then(|| canonical.join(&b'\n'))
}

/// `None`: the path neither begins with `/` nor is empty.
pub fn canonical_path(path: &[u8], policy: &Policy) -> Option<Vec<u8>> {
    if path.is_empty() {
        return Some(b"/".to_vec());
    }
    let after_root = path.strip_prefix(b"/")?;
    let mut segments: Vec<&[u8]> = after_root.split(|&byte| byte == b'/').collect();
    if policy.resolve_path {
        let mut kept: Vec<&[u8]> = Vec::new();
        for segment in segments {
            match segment {
                b"" | b"." => {}
                b".." => drop(kept.pop()),
                _ => kept.push(segment),
            }
        }
        if kept.is_empty() || path.ends_with(b"/") {
            kept.push(b""); // the slash at the end
        }
        segments = kept;
    }
    let mut canonical = Vec::new();
    for segment in segments {
        canonical.push(b'/');
        let plain = if policy.encode_path_twice { segment.to_vec() } else { decode(segment) };
        canonical.extend(encode(&plain));
    }
    Some(canonical)
}

pub fn canonical_query(query: &[u8], plus_is_space: bool) -> Vec<u8> {
    write_query(&parse_query(query, plus_is_space))
}

/// `None`: the value holds NUL, or a CR or LF that is not part of a folded line.
pub fn canonical_value(value: &[u8]) -> Option<Vec<u8>> {
    let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let mut lines: Vec<&[u8]> = value.split(|&byte| byte == b'\n').collect();
    let last = lines.len() - 1;
    for line in &mut lines[..last] {
        *line = line.strip_suffix(b"\r").unwrap_or(line);
    }
    let folded = |line: &&[u8]| line.first().is_some_and(blank);
    let text = lines.concat();
    if !lines[1..].iter().all(folded) || text.contains(&b'\r') || text.contains(&b'\0') {
        return None;
    }
    let mut words: Vec<&[u8]> = text.split(blank).collect();
    words.retain(|word| !word.is_empty());
    Some(words.join(&b' '))
}

fn check(request: &Request, signing: &Signing) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b',';
    for name in [&signing.access_key_id, &signing.region, &signing.service] {
        let fits = !name.is_empty() && name.bytes().all(fits);
        require(fits, "bad access key id, region or service")?;
    }
    require(!signing.secret.is_empty(), "empty secret")?;
    let trimmed = signing.secret.trim_ascii() == signing.secret;
    require(trimmed, "whitespace around the secret")?;
    let mut token = signing.token().unwrap_or_default().bytes();
    let control = token.any(|byte| byte.is_ascii_control() && byte != b'\t');
    require(!control, "no header can carry the token")?;
    let shape = signing.timestamp.replace(|it: char| it.is_ascii_digit(), "0");
    require(shape == "00000000T000000Z", "bad timestamp")?;
    require(is_token(&request.method), "the method is no token")?;
    let breaks = request.target.iter().any(|byte| b"\r\n\0".contains(byte));
    require(!breaks, "CR, LF or NUL in the target")
}

#[derive(Default)]
struct Target<'a> {
    /// Empty, as the authority, in a target that is only path and query.
    scheme: &'a [u8],
    authority: &'a [u8],
    path: &'a [u8],
    query: &'a [u8],
}

fn split_target(target: &[u8]) -> Target<'_> {
    let mut parts = Target::default();
    let mut rest = target;
    if let Some(colon) = target.windows(3).position(|bytes| bytes == b"://")
        && target[0].is_ascii_alphabetic()
        && only_alphanumeric_or(b"+-.", &target[..colon])
    {
        parts.scheme = &target[..colon];
        let (sent, _fragment) = cut(&target[colon + 3..], b'#');
        let end = sent.iter().position(|byte| b"/?".contains(byte));
        (parts.authority, rest) = sent.split_at(end.unwrap_or(sent.len()));
    }
    (parts.path, parts.query) = cut(rest, b'?');
    parts
}

/// What stands before and after the first `mark`.
fn cut(text: &[u8], mark: u8) -> (&[u8], &[u8]) {
    match text.iter().position(|&byte| byte == mark) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, b""),
    }
}

/// The host as the URI names it, or nothing: no userinfo, lower-case, no default port.
fn host_of(target: &Target<'_>) -> Vec<u8> {
    let mut host = target.authority.to_ascii_lowercase();
    if let Some(at) = host.iter().rposition(|&byte| byte == b'@') {
        host.drain(..=at);
    }
    let default_port: Option<&[u8]> = match &target.scheme.to_ascii_lowercase()[..] {
        b"http" | b"ws" => Some(b"80"),
        b"https" | b"wss" => Some(b"443"),
        _ => None,
    };
    // A colon before a `]` belongs to an IPv6 address.
    let mark = host.iter().rposition(|byte| b":]".contains(byte));
    if let Some(colon) = mark.filter(|&at| host[at] == b':') {
        let port = &host[colon + 1..];
        let zeros = port.iter().take_while(|&&byte| byte == b'0').count();
        if colon == 0 || port.is_empty() || Some(&port[zeros..]) == default_port {
            host.truncate(colon);
        }
    }
    host
}

/// Lower-case names and canonical values; those of one name in the order they came.
fn headers_to_sign(
    request: &Request,
    target: &Target<'_>,
    policy: &Policy,
    signing: &Signing,
    presigning: bool,
    payload_hash: &str,
) -> Result<Vec<(String, Vec<u8>)>, String> {
    let canonical = |value: &[u8]| canonical_value(value).ok_or("CR, LF or NUL in a value");
    let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, value) in &request.headers {
        require(is_token(name), "a header name is no token")?;
        headers.push((name.to_ascii_lowercase(), canonical(value)?));
    }
    let given: Vec<String> = headers.iter().map(|(name, _)| name.clone()).collect();
    let count = |wanted: &str| given.iter().filter(|name| *name == wanted).count();
    if presigning {
        require(count("authorization") == 0, "an Authorization header")?;
        let once = signing.token().is_none() || count("x-amz-security-token") == 0;
        require(once, "a token in a header and in the query")?;
    }

    require(count("host") < 2, "two Host headers")?;
    if count("host") == 0 {
        headers.push(("host".into(), canonical(&host_of(target))?));
    }
    let no_host = headers.contains(&("host".into(), Vec::new()));
    require(!no_host, "no host")?;

    headers.retain(|(name, _)| takes_part(name, policy, presigning));
    if count("x-amz-content-sha256") > 0 || (policy.send_payload_header && !presigning) {
        headers.push(("x-amz-content-sha256".into(), payload_hash.into()));
    }
    if !presigning {
        headers.push(("x-amz-date".into(), signing.timestamp.clone().into()));
        if let Some(token) = signing.token().filter(|_| policy.sign_token) {
            let value = canonical(token.as_bytes())?;
            headers.push(("x-amz-security-token".into(), value));
        }
    }
    Ok(headers)
}

/// Whether a header that was given is signed, and as it was given.
fn takes_part(name: &str, policy: &Policy, presigning: bool) -> bool {
    let set_anew = name == "x-amz-content-sha256"
        || (!presigning && ["x-amz-date", "x-amz-security-token"].contains(&name));
    let never = NEVER_SIGNED.split(' ').any(|it| it == name)
        || name.starts_with("sec-websocket-")
        || name.starts_with("x-forwarded-")
        || (presigning && ["x-amz-user-agent", "x-amz-checksum-mode"].contains(&name));
    let excluded = policy.excluded.iter().any(|it| it.eq_ignore_ascii_case(name));
    let chosen = !policy.minimal_headers || name == "content-type" || name.starts_with("x-amz-");
    name == "host" || (chosen && !excluded && !never && !set_anew)
}

/// The names joined by `;`, and a line `name:value,value` for each.
fn canonical_headers(mut headers: Vec<(String, Vec<u8>)>) -> (String, Vec<u8>) {
    headers.sort_by(|(a, _), (b, _)| a.cmp(b)); // a stable sort: values keep their order
    let mut names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    let mut lines = Vec::new();
    for name in &names {
        let same_name = headers.iter().filter(|(other, _)| other == name);
        let values: Vec<&[u8]> = same_name.map(|(_, value)| &value[..]).collect();
        lines.extend([name.as_bytes(), b":", &values.join(&b','), b"\n"].concat());
    }
    (names.join(";"), lines)
}

/// Decoded keys and values, in the order they came.
pub fn parse_query(query: &[u8], plus_is_space: bool) -> Vec<(Vec<u8>, Vec<u8>)> {
    let plus = if plus_is_space { b' ' } else { b'+' };
    let read = |&byte: &u8| if byte == b'+' { plus } else { byte };
    let query: Vec<u8> = query.iter().map(read).collect();
    let mut parameters = Vec::new();
    for piece in query.split(|&byte| byte == b'&') {
        let (key, value) = cut(piece, b'=');
        if !piece.is_empty() {
            parameters.push((decode(key), decode(value)));
        }
    }
    parameters
}

/// Encoded, then sorted by key, then by value.
fn write_query(parameters: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut pairs: Vec<_> = parameters.iter().map(|(key, it)| [encode(key), encode(it)]).collect();
    pairs.sort();
    let pieces: Vec<Vec<u8>> = pairs.iter().map(|pair| pair.join(&b'=')).collect();
    pieces.join(&b'&')
}

/// `%XX` for every byte that is not unreserved.
fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for &byte in bytes {
        if only_alphanumeric_or(b"-._~", &[byte]) {
            encoded.push(byte);
        } else {
            encoded.extend(format!("%{byte:02X}").into_bytes());
        }
    }
    encoded
}

/// Reads `%XX`; a broken escape stays as it is.
fn decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        decoded.push(escaped.map_or(*first, |(high, low)| high * 16 + low));
        rest = if escaped.is_some() { &rest[3..] } else { after };
    }
    decoded
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16)?.try_into().ok()
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && only_alphanumeric_or(b"!#$%&'*+-.^_`|~", text.as_bytes())
}

fn only_alphanumeric_or(marks: &[u8], text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(byte))
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length fits");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn require(holds: bool, fault: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault.to_owned()) }
}

const AUTH_PARAMETERS: &str = "X-Amz-Algorithm X-Amz-Credential X-Amz-Date X-Amz-Expires \
    X-Amz-Security-Token X-Amz-Signature X-Amz-SignedHeaders";

/// And sec-websocket-*, x-forwarded-*.
const NEVER_SIGNED: &str = "authorization baggage connection expect forwarded keep-alive \
    max-forwards proxy-authenticate proxy-authorization te traceparent tracestate trailer \
    transfer-encoding upgrade user-agent via x-amzn-trace-id";
