//! AWS's signing suite: 38 requests, each signed in a header and in a query, each stage compared on its own.

#[path = "support/vectors.rs"]
mod vectors;

#[path = "../examples/stages.rs"]
#[allow(dead_code, unreachable_pub, reason = "its main is for the command line")]
mod stages;

use core::time::Duration;

use countersign::protocol::{Payload, RawRequest, Timestamp};
use countersign::verifier::{AccessKey, Body, SKEW, Verifier};
use http::Request;
use serde_json::json;

use self::vectors::{Case, Context, Expected, Suite};

#[test]
fn every_request_of_the_suite_is_here() {
    assert_eq!(Suite::load().cases.len(), 38);
}

#[test]
fn in_a_header() {
    let Suite { context, cases } = Suite::load();
    let timestamp: Timestamp = context.timestamp.parse().unwrap();
    for case in &cases {
        let (signer, headers) = (case.signer(&context), case.headers());
        let body = Payload::Bytes(case.body.as_bytes());
        let signed = signer.sign_raw_at(&case.request(&headers), body, timestamp).unwrap();
        case.header.compare(&case.name, signed.stages());
    }
}

#[test]
fn in_a_query() {
    let Suite { context, cases } = Suite::load();
    let timestamp: Timestamp = context.timestamp.parse().unwrap();
    let expires = Duration::from_secs(context.expires_in);
    for case in &cases {
        let (signer, headers) = (case.signer(&context), case.headers());
        let (request, body) = (case.request(&headers), Payload::Bytes(case.body.as_bytes()));
        let presigned = signer.presign_raw_at(&request, body, expires, timestamp).unwrap();
        case.query.compare(&case.name, presigned.stages());
        let query = presigned.to_string();
        let (rest, signature) = query.rsplit_once("&X-Amz-Signature=").unwrap();
        assert_eq!(signature, case.query.signature, "{}", case.name);
        let signed_query = case.query.canonical_request[2].as_str();
        let unsigned_token = rest.strip_prefix(signed_query).unwrap();
        assert_eq!(!unsigned_token.is_empty(), case.omit_session_token, "{}", case.name);
    }
}

/// Those that an `http::Request` can carry: it holds no raw space and no folded line.
#[test]
fn as_http_requests() {
    let Suite { context, cases } = Suite::load();
    let timestamp: Timestamp = context.timestamp.parse().unwrap();
    let expires = Duration::from_secs(context.expires_in);
    let mut carried = 0;
    for case in &cases {
        let Some(mut request) = http_request(case) else { continue };
        carried += 1;
        let signer = case.signer(&context);
        let presigned = signer.presign_at(&request, expires, timestamp).unwrap();
        let query = presigned.uri().query().unwrap();
        assert!(query.ends_with(&case.query.signature), "{}", case.name);

        signer.sign_at(&mut request, timestamp).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let signed_headers = case.header.signed_headers();
        assert_eq!(
            authorization,
            format!(
                "AWS4-HMAC-SHA256 Credential={}/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders={signed_headers}, Signature={}",
                context.access_key_id, case.header.signature
            ),
            "{}",
            case.name
        );
    }
    assert_eq!(carried, 35);
}

fn http_request(case: &Case) -> Option<Request<String>> {
    let uri = format!("https://example.amazonaws.com{}", case.target);
    let mut request = Request::builder().method(case.method.as_str()).uri(uri);
    for (name, value) in &case.headers {
        request = request.header(name, value);
    }
    request.body(case.body.clone()).ok()
}

/// The published signatures, as requests that arrive.
#[test]
fn each_is_verified() {
    let Suite { context, cases } = Suite::load();
    let date = context.timestamp.parse::<Timestamp>().unwrap().to_string();
    let scope = format!("20150830/{}/{}/aws4_request", context.region, context.service);
    for case in &cases {
        let token = case.session_token.as_deref().unwrap_or_default();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={}, Signature={}",
            context.access_key_id,
            case.header.signed_headers(),
            case.header.signature
        );
        let mut headers = case.headers();
        headers.push(("X-Amz-Date", date.as_bytes()));
        headers.push(("Authorization", authorization.as_bytes()));
        if !token.is_empty() {
            headers.push(("X-Amz-Security-Token", token.as_bytes()));
        }
        if case.signed_body_header {
            headers.push(("X-Amz-Content-Sha256", case.header.payload_hash().as_bytes()));
        }
        assert_verified(&context, case, &case.header, case.request(&headers));

        let path = case.target.split('?').next().unwrap();
        let mut query = case.query.canonical_request[2].clone();
        if case.omit_session_token {
            query += "&X-Amz-Security-Token=";
            query.extend(token.bytes().map(|byte| format!("%{byte:02X}")));
        }
        let target = format!("{path}?{query}&X-Amz-Signature={}", case.query.signature);
        let headers = case.headers();
        let request = RawRequest { target: target.as_bytes(), ..case.request(&headers) };
        assert_verified(&context, case, &case.query, request);
    }
}

fn assert_verified(context: &Context, case: &Case, expected: &Expected, request: RawRequest<'_>) {
    let verifier = Verifier::new(&context.region, &context.service, SKEW).with_rules(case.rules());
    let claim = verifier.read_raw(&request, context.timestamp.parse().unwrap());
    let claim = claim.unwrap_or_else(|error| panic!("{} is refused: {error}", case.name));
    let key = AccessKey::from_credentials(&case.credentials(context), claim.scope()).unwrap();
    let body = Body::Bytes(case.body.as_bytes());
    let verified = claim.verify(&key, body);
    let verified = verified.unwrap_or_else(|error| panic!("{} is refused: {error}", case.name));
    assert_eq!(verified.signature().as_str(), expected.signature, "{}", case.name);
    assert!(verified.signed_headers().eq(expected.signed_headers().split(';')), "{}", case.name);
}

/// The same through `examples/stages.rs`.
#[test]
fn through_stages() {
    let Suite { context, cases } = Suite::load();
    for case in &cases {
        for (mode, expected) in [("header", &case.header), ("query", &case.query)] {
            let line = line(&context, case, mode);
            let answer = stages::answer(line.to_string().as_bytes());
            let name = format!("{} in a {mode}: {answer}", case.name);
            assert_eq!(answer["name"], case.name, "{name}");
            assert_eq!(
                answer["canonical_request"],
                expected.canonical_request.join("\n"),
                "{name}"
            );
            assert_eq!(answer["string_to_sign"], expected.string_to_sign.join("\n"), "{name}");
            assert_eq!(answer["signature"], expected.signature, "{name}");
            let sent = answer["authorization"].as_str().or_else(|| answer["url"].as_str()).unwrap();
            assert!(sent.ends_with(&expected.signature), "{name}");
        }
    }
}

fn line(context: &Context, case: &Case, mode: &str) -> serde_json::Value {
    json!({
        "name": case.name,
        "mode": mode,
        "method": case.method,
        "target": case.target,
        "headers": case.headers,
        "body": case.body,
        "access_key_id": context.access_key_id,
        "secret_access_key": context.secret_access_key,
        "session_token": case.session_token,
        "region": context.region,
        "service": context.service,
        "timestamp": context.timestamp,
        "expires_in": context.expires_in,
        "normalize_path": case.normalize_path,
        "signed_body_header": case.signed_body_header,
        "omit_session_token": case.omit_session_token,
    })
}

#[test]
fn stages_answers_each_line() {
    assert!(stages::answer(b"no json")["error"].is_string());
    let answer = stages::answer(br#"{"name": "a", "mode": "header"}"#);
    assert_eq!(answer["name"], "a");
    assert!(answer["error"].as_str().unwrap().contains("missing field"), "{answer}");

    let login = json!({
        "name": "login", "mode": "keyspaces", "access_key_id": "UserID-1",
        "secret_access_key": "UserSecretKey-1", "session_token": "sess-token-1", "region": "us-west-2",
        "timestamp": "2020-06-09T22:41:51.000Z", "nonce": "nonce=91703fdc2ef562e19fbdab0f58e42fe5",
        "unknown": [],
    });
    assert_eq!(
        stages::answer(login.to_string().as_bytes())["reply"],
        "signature=7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87,\
         access_key=UserID-1,amzdate=2020-06-09T22:41:51.000Z,session_token=sess-token-1"
    );
}
