//! Every error, its exact text, and the request as it was.

use core::time::Duration;

use countersign::protocol::{Payload, PayloadHash, RawRequest, Scope, SigningKey, Timestamp};
use countersign::{CanonicalError, Credentials, CredentialsError, SignError, Signer};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Request, Uri};
use time::OffsetDateTime;

const TARGET: &str = "https://db.example/status";

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
}

fn signer() -> Signer {
    Signer::new(credentials(), "us-east-1", "service")
}

fn timestamp() -> Timestamp {
    "20150830T123600Z".parse().unwrap()
}

/// Signs raw parts and hands back the error's text.
fn raw(method: &str, target: &str, headers: &[(&str, &[u8])]) -> String {
    let request = RawRequest { method, target: target.as_bytes(), headers };
    let error = signer().sign_raw_at(&request, Payload::Bytes(b""), timestamp()).unwrap_err();
    error.to_string()
}

/// Signs a request in place, which must fail, and must leave the request as it was.
#[track_caller]
fn refused(signer: &Signer, mut request: Request<&str>) -> SignError {
    let before = request.clone();
    let error = signer.sign_at(&mut request, timestamp()).unwrap_err();
    assert_eq!(request.method(), before.method());
    assert_eq!(request.uri(), before.uri());
    assert_eq!(request.version(), before.version());
    assert_eq!(request.body(), before.body());
    // In order, and with the marks of sensitive values.
    assert_eq!(format!("{:?}", request.headers()), format!("{:?}", before.headers()));
    error
}

fn request() -> Request<&'static str> {
    let request = Request::post(TARGET).header("x-amz-date", "earlier").header("a", "b");
    request.header("x-amz-security-token", "earlier").body("body").unwrap()
}

#[test]
fn no_host() {
    let text = "the request has no host: neither a Host header nor an authority in its URI";
    assert_eq!(raw("GET", "/", &[]), text);
    let request = Request::get("/path").header("a", "b").body("").unwrap();
    assert_eq!(refused(&signer(), request).to_string(), text);
}

#[test]
fn an_empty_host() {
    for target in ["https:///path", "https://:443/", "https://user@/", "https:// \t/", "/"] {
        let headers: &[(&str, &[u8])] = if target == "/" { &[("Host", b" \t")] } else { &[] };
        assert_eq!(raw("GET", target, headers), "the host is empty", "{target}");
    }
}

#[test]
fn two_hosts() {
    let text = "the request has more than one Host header";
    assert_eq!(raw("GET", "/", &[("Host", b"a"), ("HOST", b"a")]), text);
    let request = Request::get(TARGET).header("host", "a").header("host", "a").body("").unwrap();
    assert_eq!(refused(&signer(), request).to_string(), text);
}

#[test]
fn a_path_that_is_none() {
    let text = "the path does not begin with '/'";
    for target in ["*", "path", "db.example:443"] {
        assert_eq!(raw("GET", target, &[("Host", b"a")]), text);
    }
    let request = Request::options("*").header("host", "a").body("").unwrap();
    assert_eq!(refused(&signer(), request).to_string(), text);
    let request = Request::connect("db.example:443").header("host", "a").body("").unwrap();
    assert_eq!(refused(&signer(), request).to_string(), text);
}

#[test]
fn raw_parts_that_would_forge_a_line() {
    assert_eq!(raw("GE T", "/", &[]), r#"the method "GE T" is not an HTTP token"#);
    assert_eq!(raw("", "/", &[]), r#"the method "" is not an HTTP token"#);
    for byte in ["\r", "\n", "\0"] {
        let text = "the request target holds a CR, LF or NUL at byte 2";
        assert_eq!(raw("GET", &format!("/a{byte}"), &[]), text);
        assert_eq!(raw("GET", &format!("/?{byte}"), &[]), text);
    }
    let text = r#"the header name "a\nb" is not an HTTP token"#;
    assert_eq!(raw("GET", TARGET, &[("a\nb", b"")]), text);
    for name in ["", " ", "a name", "a-name-that-is-longer-than-a-vector:"] {
        let text = format!("the header name {name:?} is not an HTTP token");
        assert_eq!(raw("GET", TARGET, &[("a", b""), (name, b"")]), text);
    }
    for value in [&b"a\nb"[..], b"a\r b", b"a\0", b"a\r\n", b"a\n\n b"] {
        let text = r#"the value of header "b" holds a CR, LF or NUL at byte 1"#;
        assert_eq!(raw("GET", TARGET, &[("a", b"a\n b\r\n\tc"), ("b", value)]), text);
    }
}

#[test]
fn a_query_that_is_signed_already() {
    let text =
        "the query already holds the parameter X-Amz-Signature: the request is signed already";
    let uri = format!("{TARGET}?a=b&X-Amz-%53ignature=1");
    assert_eq!(raw("GET", &uri, &[]), text);
    let request = Request::get(uri.as_str()).body("").unwrap();
    assert_eq!(refused(&signer(), request.clone()).to_string(), text);
    let error = signer().presign_at(&request, Duration::from_secs(1), timestamp()).unwrap_err();
    assert_eq!(error.to_string(), text);
}

#[test]
fn parts_of_the_credential() {
    let error = |credentials, region: &str, service: &str| {
        refused(&Signer::new(credentials, region, service), request()).to_string()
    };
    assert_eq!(error(credentials(), "", "service"), "the region is empty");
    assert_eq!(error(credentials(), "us-east-1", ""), "the service is empty");
    assert_eq!(error(Credentials::new("", "x"), "r", "s"), "the access key id is empty");
    assert_eq!(error(Credentials::new("x", ""), "r", "s"), "the secret access key is empty");
    let rule = "that is not visible ASCII, or is '/' or ','";
    for (region, at) in [("us/east", 2), ("us-\neast", 3), ("ü", 0), ("a,b", 1)] {
        let text = format!("the region holds a byte at offset {at} {rule}");
        assert_eq!(error(credentials(), region, "service"), text);
    }
    let text = format!("the service holds a byte at offset 0 {rule}");
    assert_eq!(error(credentials(), "us-east-1", "/"), text);
    let text = format!("the access key id holds a byte at offset 4 {rule}");
    assert_eq!(error(Credentials::new("AKID\nX", "x"), "r", "s"), text);
    for (credentials, part) in [
        (Credentials::new("AKIDEXAMPLE\n", "x"), "access key id"),
        (Credentials::new("AKIDEXAMPLE", "x\n"), "secret access key"),
    ] {
        let text = format!("the {part} starts or ends with whitespace: remove it");
        assert_eq!(error(credentials, "r", "s"), text);
    }
    for byte in ["\n", "\0", "\x7f"] {
        for at in [0, 5, 15, 16, 40] {
            let token = format!("{}{byte}\t{byte}", "\t".repeat(at));
            let text = format!("the session token holds a byte at offset {at} that cannot be sent");
            let credentials = credentials().with_session_token(token);
            assert_eq!(error(credentials, "us-east-1", "service"), text);
        }
    }
}

#[test]
fn a_key_of_another_day() {
    let scope = Scope::new("20150829".parse().unwrap(), "us-east-1", "service").unwrap();
    let key = SigningKey::derive(b"secret", scope).unwrap();
    let error = refused(&Signer::from_signing_key("AKIDEXAMPLE", key, None), request());
    assert_eq!(error.to_string(), "the signing key is of 20150829, the request of 20150830");
}

#[test]
fn a_full_header_map() {
    let mut full = HeaderMap::new();
    while full.len() < 24_576 {
        let name = HeaderName::try_from(format!("a{}", full.len())).unwrap();
        full.insert(name, HeaderValue::from_static("value"));
    }
    let signer = Signer::new(credentials(), "us-east-1", "service");
    for spare in 0..4 {
        let mut request = Request::get(TARGET).body("").unwrap();
        *request.headers_mut() = full.clone();
        for n in 0..spare {
            request.headers_mut().remove(format!("a{n}"));
        }
        if spare < 2 {
            let error = refused(&signer, request);
            let text = "the header map has no room for the headers of a signature";
            assert_eq!(error.to_string(), text);
        } else {
            signer.sign_at(&mut request, timestamp()).unwrap();
            assert!(request.headers().contains_key("authorization"));
        }
    }
}

#[test]
fn presigning() {
    let error = |signer: &Signer, request: &Request<&str>, expires| {
        signer.presign_at(request, expires, timestamp()).unwrap_err().to_string()
    };
    let plain = Request::get(TARGET).body("").unwrap();
    for (expires, shown) in [
        (Duration::ZERO, "0ns"),
        (Duration::from_millis(1_900), "1.9s"),
        (Duration::from_secs(604_801), "604801s"),
        (Duration::from_secs(u64::MAX), "18446744073709551615s"),
    ] {
        let text = format!("a presigned URL expires in 1 to 604800 whole seconds, not in {shown}");
        assert_eq!(error(&signer(), &plain, expires), text);
    }
    let quarter = Duration::from_secs(900);
    let relative = Request::get("/status").header("host", "db.example").body("").unwrap();
    let text = "the URI has no scheme and host: a presigned URL must be absolute";
    assert_eq!(error(&signer(), &relative, quarter), text);
    let signed = Request::get(TARGET).header("Authorization", "Basic").body("").unwrap();
    let text = "the request holds an Authorization header: it cannot be presigned as well";
    assert_eq!(error(&signer(), &signed, quarter), text);
    let token = Request::get(TARGET).header("x-amz-security-token", "t").body("").unwrap();
    let temporary = credentials().with_session_token("token");
    let text = "the request holds a session token in the header x-amz-security-token, \
                and the query would hold another";
    assert_eq!(error(&Signer::new(temporary, "us-east-1", "service"), &token, quarter), text);
    let expired_at = OffsetDateTime::from(timestamp());
    let expired = Signer::s3(credentials().with_expiry(expired_at), "us-east-1");
    let text = "the credentials expired at 2015-08-30 12:36:00.0 +00:00:00";
    assert_eq!(error(&expired, &plain, quarter), text);
    let long: Uri = format!("{TARGET}?{}", "a".repeat(65_400)).parse().unwrap();
    let long = Request::get(long).body("").unwrap();
    let text = error(&signer(), &long, quarter);
    let length = text.strip_prefix("the presigned URL has ").unwrap();
    let length = length.strip_suffix(" bytes: a URI has at most 65534").unwrap();
    assert!(length.parse::<usize>().unwrap() > 65_534, "{text}");
}

#[test]
fn a_clock_beyond_all_years() {
    let signer = signer().with_clock_offset(time::Duration::MAX);
    let mut request = request();
    let error = signer.sign(&mut request).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the time is out of range: it does not exist, or is outside the years 1 to 9999"
    );
    assert_eq!(request.headers()["x-amz-date"], "earlier");
}

#[test]
fn a_payload_hash_that_is_none() {
    let error = PayloadHash::from_literal("a b").unwrap_err();
    assert_eq!(error, CanonicalError::PayloadHash);
    assert_eq!(error.to_string(), "the payload hash is empty or not visible ASCII");
}

#[test]
fn a_missing_variable_is_named() {
    let error = |id: &str, secret: &str| {
        let look_up = |name| match name {
            "AWS_ACCESS_KEY_ID" => Some(id.to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(secret.to_owned()),
            _ => None,
        };
        Credentials::from_vars(look_up).unwrap_err().to_string()
    };
    let text = |name| format!("the environment variable {name} is missing or empty");
    assert_eq!(error("", "x"), text("AWS_ACCESS_KEY_ID"));
    assert_eq!(error("x", ""), text("AWS_SECRET_ACCESS_KEY"));
    let not_unicode = CredentialsError::VariableNotUnicode { name: "AWS_SESSION_TOKEN" };
    let text = "the environment variable AWS_SESSION_TOKEN is not UTF-8";
    assert_eq!(not_unicode.to_string(), text);
    let empty_token = Credentials::from_vars(|name| {
        Some(if name == "AWS_SESSION_TOKEN" { String::new() } else { "x".to_owned() })
    });
    assert_eq!(empty_token.unwrap().session_token(), None);
}
