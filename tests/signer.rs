//! What a signing sets, keeps, replaces and hands back.

use core::time::Duration;
use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use countersign::protocol::{
    Payload, PayloadHeader, RawRequest, Rules, Scope, SessionToken, SessionTokenName,
    SignedHeaders, SigningKey, Timestamp,
};
use countersign::verifier::{AccessKey, Body, BodyVerification, SKEW, Verifier};
use countersign::{AsPayload, Credentials, PresignedUrl, SignedRequest, Signer};
use http::Request;
use time::OffsetDateTime;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET)
}

fn signer() -> Signer {
    Signer::new(credentials(), "us-east-1", "service")
}

fn timestamp() -> Timestamp {
    "20150830T123600Z".parse().unwrap()
}

fn get(uri: &str) -> Request<()> {
    Request::get(uri).body(()).unwrap()
}

#[track_caller]
fn header<'a>(request: &'a Request<impl Sized>, name: &str) -> &'a str {
    let mut values = request.headers().get_all(name).iter();
    let value = values.next().unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(values.next(), None, "two {name}");
    value.to_str().unwrap()
}

fn signed_headers(request: &Request<impl Sized>) -> &str {
    let authorization = header(request, "authorization");
    let (_, rest) = authorization.split_once("SignedHeaders=").unwrap();
    rest.split_once(',').unwrap().0
}

#[test]
fn get_vanilla() {
    let mut request = get("https://example.amazonaws.com/");
    signer().sign_at(&mut request, timestamp()).unwrap();
    assert_eq!(
        header(&request, "authorization"),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date, \
         Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    );
    assert_eq!(header(&request, "x-amz-date"), "20150830T123600Z");
    assert_eq!(request.headers().len(), 2);
}

#[test]
fn a_retry_replaces_what_the_first_signing_set() {
    let temporary = Signer::s3(credentials().with_session_token("token"), "us-east-1");
    let mut request = Request::put("https://db.example/a").header("a", "b").body("body").unwrap();
    temporary.sign_at(&mut request, "20150829T000000Z".parse().unwrap()).unwrap();
    let mut once = Request::put("https://db.example/a").header("a", "b").body("body").unwrap();
    for request in [&mut request, &mut once] {
        temporary.sign_at(request, timestamp()).unwrap();
    }
    assert_eq!(request.headers(), once.headers());
    assert_eq!(request.headers().len(), 5);
}

#[test]
fn a_token_is_removed_where_the_credentials_hold_none() {
    let mut request = get("https://db.example/");
    let temporary = credentials().with_session_token("token");
    Signer::new(temporary, "us-east-1", "service").sign_at(&mut request, timestamp()).unwrap();
    assert_eq!(header(&request, "x-amz-security-token"), "token");
    signer().sign_at(&mut request, timestamp()).unwrap();
    assert_eq!(request.headers().get("x-amz-security-token"), None);
    assert_eq!(signed_headers(&request), "host;x-amz-date");
}

#[test]
fn authorization_and_token_are_sensitive() {
    let mut request = get("https://db.example/");
    let temporary = credentials().with_session_token("token");
    Signer::new(temporary, "us-east-1", "service").sign_at(&mut request, timestamp()).unwrap();
    for (name, value) in request.headers() {
        let is_secret = ["authorization", "x-amz-security-token"].contains(&name.as_str());
        assert_eq!(value.is_sensitive(), is_secret, "{name}");
    }
}

#[test]
fn the_token_has_the_place_and_the_name_that_the_rules_say() {
    let signer = |rules| {
        let credentials = credentials().with_session_token("a/token");
        Signer::new(credentials, "us-east-1", "service").with_rules(rules)
    };
    let unsigned = Rules::DEFAULT.with_session_token(SessionToken::Unsigned);
    let mut request = get("https://db.example/");
    signer(unsigned).sign_at(&mut request, timestamp()).unwrap();
    assert_eq!(header(&request, "x-amz-security-token"), "a/token");
    assert_eq!(signed_headers(&request), "host;x-amz-date");
    let presigned = presign(&signer(unsigned), &get("https://db.example/"), 900);
    let query = presigned.uri().query().unwrap();
    let (_, after) = query.split_once("&X-Amz-SignedHeaders=host").unwrap();
    assert!(after.starts_with("&X-Amz-Security-Token=a%2Ftoken&X-Amz-Signature="), "{query}");

    let s3_express = Rules::S3.with_session_token_name(SessionTokenName::S3Session);
    // A token of an earlier signing by other rules does not stay.
    signer(s3_express).sign_at(&mut request, timestamp()).unwrap();
    assert_eq!(header(&request, "x-amz-s3session-token"), "a/token");
    assert_eq!(request.headers().get("x-amz-security-token"), None);
    assert_eq!(
        signed_headers(&request),
        "host;x-amz-content-sha256;x-amz-date;x-amz-s3session-token"
    );
    let presigned = presign(&signer(s3_express), &get("https://db.example/?X-Amz-Z&X-Amz"), 900);
    let query = presigned.uri().query().unwrap();
    let names: Vec<_> = query.split('&').map(|piece| piece.split('=').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "X-Amz",
            "X-Amz-Algorithm",
            "X-Amz-Credential",
            "X-Amz-Date",
            "X-Amz-Expires",
            "X-Amz-S3session-Token",
            "X-Amz-SignedHeaders",
            "X-Amz-Z",
            "X-Amz-Signature",
        ]
    );
}

#[test]
fn host_is_set_where_clients_would_send_another() {
    for (uri, sent) in [
        ("https://db.example/", None),
        ("https://db.example:8182/", None),
        ("https://DB.Example:8182/", Some("db.example:8182")),
        ("https://db.example:443/", Some("db.example")),
        ("http://db.example:80/", Some("db.example")),
        ("http://db.example:443/", Some("db.example:443")),
        ("https://db.example:08182/", Some("db.example:08182")),
        ("https://user:pass@db.example/", Some("db.example")),
    ] {
        let mut request = get(uri);
        signer().sign_at(&mut request, timestamp()).unwrap();
        let host = request.headers().get("host").map(|host| host.to_str().unwrap());
        assert_eq!(host, sent, "{uri}");
        assert_eq!(request.uri(), uri);
    }
    let mut explicit = get("https://tunnel.example/");
    explicit.headers_mut().insert("host", "DB.example:443".parse().unwrap());
    signer().sign_at(&mut explicit, timestamp()).unwrap();
    assert_eq!(header(&explicit, "host"), "DB.example:443");
}

#[test]
fn the_payload_header_is_what_was_signed() {
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let mut request = Request::post("https://db.example/").body("hello").unwrap();
    request.headers_mut().insert("x-amz-content-sha256", "UNSIGNED-PAYLOAD".parse().unwrap());
    signer().sign_at(&mut request, timestamp()).unwrap();
    assert_eq!(header(&request, "x-amz-content-sha256"), hello);
    assert_eq!(signed_headers(&request), "host;x-amz-content-sha256;x-amz-date");

    let (mut parts, _) = request.into_parts();
    signer().sign_parts_at(&mut parts, Payload::Unsigned, timestamp()).unwrap();
    assert_eq!(parts.headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
}

#[test]
fn a_body_signs_alike_in_every_form() {
    fn signature<B: AsPayload>(body: B) -> String {
        let mut request = Request::post("https://db.example/").body(body).unwrap();
        signer().sign_at(&mut request, timestamp()).unwrap();
        header(&request, "authorization").to_owned()
    }
    let body = "body";
    let expected = signature(body);
    let (mut parts, ()) = Request::post("https://db.example/").body(()).unwrap().into_parts();
    let hash = <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(body));
    signer().sign_parts_at(&mut parts, Payload::Hash(hash), timestamp()).unwrap();
    assert_eq!(parts.headers["authorization"], expected);
    for other in [
        signature(body.to_owned()),
        signature(body.as_bytes()),
        signature(body.as_bytes().to_vec()),
        signature(*b"body"),
        signature(b"body"),
        signature(Bytes::from_static(b"body")),
        signature(Box::<[u8]>::from(body.as_bytes())),
        signature(Arc::<str>::from(body)),
        signature(Cow::Borrowed(body)),
        signature(Some(body)),
    ] {
        assert_eq!(other, expected);
    }
    assert_eq!(signature(()), signature(""));
    assert_eq!(signature(None::<String>), signature(""));
}

#[test]
fn rules_choose_the_headers() {
    let sign = |rules| {
        let mut request = Request::post("https://db.example/")
            .header("Content-Type", "text/plain")
            .header("Content-Length", "4")
            .header("X-Amz-Target", "a")
            .header("Accept", "b")
            .header("User-Agent", "c")
            .body("body")
            .unwrap();
        signer().with_rules(rules).sign_at(&mut request, timestamp()).unwrap();
        signed_headers(&request).to_owned()
    };
    assert_eq!(
        sign(Rules::DEFAULT),
        "accept;content-length;content-type;host;x-amz-date;x-amz-target"
    );
    assert_eq!(
        sign(Rules::DEFAULT.with_signed_headers(SignedHeaders::Minimal)),
        "content-type;host;x-amz-date;x-amz-target"
    );
    const OPENSEARCH_SERVERLESS: Rules = Rules::DEFAULT
        .with_payload_header(PayloadHeader::Sent)
        .with_excluded_headers(&["Content-Length", "HOST", "x-amz-date"]);
    assert_eq!(
        sign(OPENSEARCH_SERVERLESS),
        "accept;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target"
    );
}

#[test]
fn a_derived_key_signs_as_its_secret_does() {
    let scope = Scope::new(timestamp().date(), "us-east-1", "service").unwrap();
    let key = SigningKey::derive(SECRET.as_bytes(), scope).unwrap();
    let with_key = Signer::from_signing_key("AKIDEXAMPLE", key, Some("token".to_owned()));
    let temporary = credentials().with_session_token("token");
    let with_secret = Signer::new(temporary, "us-east-1", "service");
    let (mut one, mut other) = (get("https://db.example/"), get("https://db.example/"));
    with_key.sign_at(&mut one, timestamp()).unwrap();
    with_secret.sign_at(&mut other, timestamp()).unwrap();
    assert_eq!(one.headers(), other.headers());
}

#[test]
fn the_clock_and_its_offset() {
    let offset = time::Duration::hours(-5);
    let before = Timestamp::now().unwrap().checked_add(offset).unwrap();
    let mut request = get("https://db.example/");
    signer().with_clock_offset(offset).sign(&mut request).unwrap();
    let after = Timestamp::now().unwrap().checked_add(offset).unwrap();
    let signed: Timestamp = header(&request, "x-amz-date").parse().unwrap();
    assert!((before.unix_timestamp()..=after.unix_timestamp()).contains(&signed.unix_timestamp()));
}

fn presign(signer: &Signer, request: &Request<()>, seconds: u64) -> PresignedUrl {
    signer.presign_at(request, Duration::from_secs(seconds), timestamp()).unwrap()
}

#[test]
fn a_presigned_url_comes_with_what_its_user_must_know() {
    let mut request = get("https://user@DB.Example:443/a%20b/./c?z=+&a=%7e#part");
    request.headers_mut().append("x-amz-meta", " a  b ".parse().unwrap());
    request.headers_mut().append("x-amz-meta", "c".parse().unwrap());
    request.headers_mut().append("user-agent", "d".parse().unwrap());
    request.headers_mut().append("x-amz-user-agent", "e".parse().unwrap());
    let presigned = presign(&signer(), &request, 900);
    let uri = presigned.uri().to_string();
    assert!(uri.starts_with("https://user@DB.Example:443/a%20b/./c?X-Amz-Algorithm="), "{uri}");
    assert!(uri.contains("&X-Amz-SignedHeaders=host%3Bx-amz-meta&a=~&z=%20&X-Amz-Signature="));
    let headers: Vec<_> = presigned.signed_headers().iter().collect();
    assert_eq!(headers[0], (&"host".parse().unwrap(), &"db.example".parse().unwrap()));
    assert_eq!(headers[1], (&"x-amz-meta".parse().unwrap(), &"a b,c".parse().unwrap()));
    assert_eq!(headers.len(), 2);
    assert_eq!(presigned.expires_at().to_string(), "20150830T125100Z");
    assert!(!presigned.expires_with_credentials());
    assert_eq!(request.headers().len(), 4);
}

#[test]
fn a_presigned_url_begins_in_a_whole_second() {
    let end = "2015-08-30T12:36:10.500Z".parse::<Timestamp>().unwrap();
    let signer = Signer::s3(credentials().with_expiry(end.into()), "us-east-1");
    let timestamp = "2015-08-30T12:36:00.900Z".parse().unwrap();
    let request = get("https://db.example/");
    let presigned = signer.presign_at(&request, Duration::from_secs(10), timestamp).unwrap();
    assert_eq!(presigned.expires_at(), "20150830T123610Z".parse().unwrap());
    assert!(!presigned.expires_with_credentials());
}

#[test]
fn a_presigned_url_is_as_long_as_a_uri_can_be() {
    const LONGEST: usize = 65_534;
    let presign = |path_length| {
        let request = get(&format!("https://db.example/{}", "a".repeat(path_length)));
        signer().presign_at(&request, Duration::from_secs(900), timestamp())
    };
    let room = LONGEST - presign(0).unwrap().uri().to_string().len();
    let longest = presign(room).unwrap().into_uri().to_string();
    assert_eq!(longest.len(), LONGEST);
    assert!(longest.parse::<http::Uri>().is_ok());
    for more in [1, 100] {
        assert_eq!(
            presign(room + more).unwrap_err().to_string(),
            format!("the presigned URL has {} bytes: a URI has at most 65534", LONGEST + more)
        );
    }
}

#[test]
fn a_body_that_is_elsewhere_can_be_presigned() {
    let hash = <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest("body"));
    let (parts, body) = Request::put("https://db.example/").body("body").unwrap().into_parts();
    let expires = Duration::from_secs(900);
    let presign = |signer: &Signer, payload| {
        let presigned = signer.presign_parts_at(&parts, payload, expires, timestamp()).unwrap();
        presigned.into_uri()
    };
    let request = Request::from_parts(parts.clone(), body);
    let expected = signer().presign_at(&request, expires, timestamp()).unwrap().into_uri();
    assert_eq!(presign(&signer(), Payload::Hash(hash)), expected);
    assert_ne!(presign(&signer(), Payload::Unsigned), expected);
    let s3 = Signer::s3(credentials(), "us-east-1");
    assert_eq!(presign(&s3, Payload::Hash(hash)), presign(&s3, Payload::Unsigned));
}

#[test]
fn what_is_marked_sensitive_stays_so_in_a_presigned_url() {
    let mut request = get("https://db.example/");
    let mut key = http::HeaderValue::from_static("ssec-bytes");
    key.set_sensitive(true);
    request.headers_mut().insert("x-amz-server-side-encryption-customer-key", key);
    request.headers_mut().insert("x-amz-security-token", "a-token".parse().unwrap());
    request.headers_mut().insert("x-amz-acl", "private".parse().unwrap());
    let presigned = presign(&signer(), &request, 900);
    for (name, value) in presigned.signed_headers() {
        let is_secret = !["host", "x-amz-acl"].contains(&name.as_str());
        assert_eq!(value.is_sensitive(), is_secret, "{name}");
    }
    let shown = format!("{presigned:?} {:?}", presigned.signed_headers());
    assert!(!shown.contains("ssec-bytes") && !shown.contains("a-token"), "{shown}");
}

#[test]
fn a_presigned_url_ends_with_its_credentials() {
    let end = OffsetDateTime::from(timestamp()) + time::Duration::minutes(10);
    let signer = Signer::s3(credentials().with_expiry(end), "us-east-1");
    for (seconds, expires_at, expires_with_credentials) in [
        (599, "20150830T124559Z", false),
        (600, "20150830T124600Z", false),
        (601, "20150830T124600Z", true),
    ] {
        let presigned = presign(&signer, &get("https://db.example/"), seconds);
        assert_eq!(presigned.expires_at().to_string(), expires_at);
        assert_eq!(presigned.expires_with_credentials(), expires_with_credentials);
    }
    let longest = presign(&signer, &get("https://db.example/"), 604_800);
    assert!(longest.uri().query().unwrap().contains("&X-Amz-Expires=604800&"));
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let credentials = credentials().with_session_token("bearer-token");
    let signer = Signer::new(credentials.clone(), "us-east-1", "service");
    let mut request = get("https://db.example/?a=b");
    let presigned = presign(&signer, &request, 900);
    let signature = presigned.uri().query().unwrap().rsplit_once('=').unwrap().1.to_owned();
    let raw = RawRequest { method: "GET", target: b"https://db.example/", headers: &[] };
    let signed: SignedRequest<'_> =
        signer.sign_raw_at(&raw, Payload::Unsigned, timestamp()).unwrap();
    let other_signature = signed.stages().signature().to_string();
    let shown = format!(
        "{credentials:?} {signer:?} {presigned:?} {signed:?} {:?} {:?} {:?}",
        signed.authorization(),
        signed.clone().into_headers(),
        signer.presign_raw_at(&raw, Payload::Unsigned, Duration::from_secs(1), timestamp()),
    );
    signer.sign_at(&mut request, timestamp()).unwrap();
    let shown = format!("{shown} {request:?}");
    for secret in [SECRET, "bearer-token", &signature, &other_signature] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("AKIDEXAMPLE"));
}

#[test]
fn a_signer_is_shared_between_threads() {
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let signer = signer();
    is_shared(&signer);
    let sign = |signer: &Signer| {
        let mut request = get("https://db.example/");
        signer.sign_at(&mut request, timestamp()).unwrap();
        request.headers()["authorization"].clone()
    };
    let expected = sign(&self::signer());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| sign(&signer))).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    });
}

#[test]
fn an_unsigned_payload_always_sends_its_header() {
    let verifier = Verifier::new("us-east-1", "service", SKEW).allow_unsigned_payload();
    for rules in [Rules::DEFAULT, Rules::S3] {
        let signer = Signer::new(credentials(), "us-east-1", "service").with_rules(rules);
        let (mut parts, ()) = get("https://db.example/").into_parts();
        signer.sign_parts_at(&mut parts, Payload::Unsigned, timestamp()).unwrap();
        assert_eq!(parts.headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
        let verifier = verifier.clone().with_rules(rules);
        let claim = verifier.read(&parts, timestamp()).unwrap();
        let key = AccessKey::from_credentials(&credentials(), claim.scope()).unwrap();
        let verified = claim.verify(&key, Body::Bytes(b"any body")).unwrap();
        assert_eq!(verified.body(), BodyVerification::Unsigned);
    }
}

#[test]
fn plain_forms_use_the_signer_s_clock() {
    let signer = signer().with_clock_offset(time::Duration::days(-400));
    let expected = signer.now().unwrap();
    let is_near = |text: &str| {
        let signed_at: Timestamp = text.parse().unwrap();
        (0..60).contains(&(signed_at.unix_timestamp() - expected.unix_timestamp()))
    };
    let (mut parts, ()) = get("https://db.example/").into_parts();
    let presigned =
        signer.presign_parts(&parts, Payload::Unsigned, Duration::from_secs(9)).unwrap();
    let query = presigned.uri().query().unwrap();
    let date = query.split('&').find_map(|it| it.strip_prefix("X-Amz-Date=")).unwrap();
    assert!(is_near(date), "{date}");
    signer.sign_parts(&mut parts, Payload::Bytes(b"")).unwrap();
    assert!(is_near(parts.headers["x-amz-date"].to_str().unwrap()));
    let raw = RawRequest { method: "GET", target: b"https://db.example/", headers: &[] };
    let headers = signer.sign_raw(&raw, Payload::Bytes(b"")).unwrap().into_headers();
    let date = headers.iter().find(|header| header.name == "x-amz-date").unwrap();
    assert!(is_near(str::from_utf8(date.value).unwrap()));
    let query = signer.presign_raw(&raw, Payload::Bytes(b""), Duration::from_secs(9)).unwrap();
    assert!(query.to_string().contains(&format!("X-Amz-Date={}", &expected.to_string()[..8])));
}

#[test]
fn applied_headers_replace_and_remove() {
    let headers: [(&str, &[u8]); 2] = [("X-Amz-Security-Token", b"old"), ("x-amz-date", b"old")];
    let raw = RawRequest { method: "GET", target: b"https://DB.example:443/", headers: &headers };
    let signer = signer();
    let signature = signer.sign_raw_at(&raw, Payload::Unsigned, timestamp()).unwrap();
    let authorization = signature.authorization().to_string();
    let signature = signature.into_headers();
    assert_eq!(signature.removed().collect::<Vec<_>>(), ["x-amz-security-token"]);
    let mut map = http::HeaderMap::new();
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        map.append(name.clone(), http::HeaderValue::from_bytes(value).unwrap());
        map.append(name, http::HeaderValue::from_bytes(value).unwrap());
    }
    signature.apply(&mut map).unwrap();
    let expected = [
        ("authorization", authorization.as_str()),
        ("host", "db.example"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-date", "20150830T123600Z"),
    ];
    let mut applied: Vec<_> =
        map.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    applied.sort_unstable();
    assert_eq!(applied, expected);
}

#[test]
fn a_full_header_map_is_left_unchanged() {
    let raw = RawRequest { method: "GET", target: b"https://db.example/", headers: &[] };
    let signer = signer();
    let signature = signer.sign_raw_at(&raw, Payload::Bytes(b""), timestamp()).unwrap();
    let mut map = http::HeaderMap::new();
    for n in 0..24_575 {
        let name: http::HeaderName = format!("x-{n}").parse().unwrap();
        map.insert(name, http::HeaderValue::from_static("a"));
    }
    let before = map.clone();
    let error = signature.into_headers().apply(&mut map).unwrap_err();
    assert_eq!(error, countersign::SignError::HeaderMapFull);
    assert_eq!(map, before);
}
