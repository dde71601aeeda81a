//! What verifying costs beside signing the same request, each with its key at hand: from an `http::Request` to a signed one,
//! and from its parts to a verdict; the same in raw parts, where signing ends with the headers to set. And what refusals cost:
//! of an unknown key, of a forgery, of what cannot be read.
//!
//! ```sh
//! cargo bench --bench verify                           # with baselines as in `sign.rs`
//! ```

use core::hint::black_box;
use core::time::Duration;

use countersign::protocol::{Payload, RawRequest, Timestamp};
use countersign::verifier::{AccessKey, Body, SKEW, Verifier};
use countersign::{Credentials, Signer};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::Request;
use http::header::{AUTHORIZATION, HeaderValue};
use http::request::Parts;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SERVICE: &str = "service";
const REGION: &str = "us-east-1";

fn timestamp() -> Timestamp {
    "20150830T123600Z".parse().unwrap()
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET)
}

struct Job {
    name: &'static str,
    credentials: Credentials,
    request: Request<Vec<u8>>,
}

fn jobs() -> [Job; 4] {
    let temporary = credentials().with_session_token("t".repeat(1024));
    let vanilla = Request::get("https://example.amazonaws.com/").body(Vec::new()).unwrap();
    let neptune = Request::get("https://db.example:8182/openCypher?query=MATCH%20(n)%20RETURN%20n")
        .body(Vec::new())
        .unwrap();
    let post = Request::post("https://dynamodb.us-east-1.amazonaws.com/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.PutItem")
        .header("accept", "application/json")
        .header("accept-encoding", "identity")
        .header("content-length", "4096")
        .header("x-amz-api-version", "2012-08-10")
        .body(vec![b'x'; 4096])
        .unwrap();
    let query: Vec<_> = (0..30).map(|n| format!("p{}=1", n * 7 % 30)).collect();
    let mut many = Request::get(format!("https://example.amazonaws.com/?{}", query.join("&")));
    for n in 0..29 {
        many = many.header(format!("x-amz-meta-{}", n * 7 % 29), "value");
    }
    [
        Job { name: "get-vanilla", credentials: credentials(), request: vanilla },
        Job { name: "neptune-token", credentials: temporary, request: neptune },
        Job { name: "post-4k", credentials: credentials(), request: post },
        Job {
            name: "30-headers-30-parameters",
            credentials: credentials(),
            request: many.body(Vec::new()).unwrap(),
        },
    ]
}

fn raw_headers(request: &Request<Vec<u8>>) -> Vec<(&str, &[u8])> {
    request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
}

/// From an `http::Request` to a signed one, and from its parts to a verdict.
fn http(c: &mut Criterion) {
    let (verifier, timestamp) = (Verifier::new(REGION, SERVICE, SKEW), timestamp());
    for Job { name, credentials, request } in jobs() {
        let signer = Signer::new(credentials.clone(), REGION, SERVICE);
        let mut arrived = request.clone();
        signer.sign_at(&mut arrived, timestamp).unwrap();
        let (parts, body) = arrived.into_parts();
        let body = Body::Bytes(&body);
        let scope = verifier.read(&parts, timestamp).unwrap().scope();
        let known = AccessKey::from_credentials(&credentials, scope).unwrap();
        let unknown = AccessKey::unknown(scope);
        let forged = changed(&parts, |authorization| {
            let last = if authorization.ends_with('0') { "1" } else { "0" };
            format!("{}{last}", &authorization[..authorization.len() - 1])
        });
        let malformed = changed(&parts, |authorization| authorization.replace("Signature=", ""));

        let mut group = c.benchmark_group(format!("http/{name}"));
        group.bench_function("sign", |b| {
            b.iter_batched_ref(
                || request.clone(),
                |request| signer.sign_at(request, timestamp).unwrap(),
                BatchSize::SmallInput,
            );
        });
        group.bench_function("verify", |b| {
            b.iter(|| {
                let claim = verifier.read(black_box(&parts), timestamp).unwrap();
                claim.verify(&known, body).unwrap()
            });
        });
        group.bench_function("verify, key unknown", |b| {
            b.iter(|| {
                let claim = verifier.read(black_box(&parts), timestamp).unwrap();
                claim.verify(&unknown, body).unwrap_err()
            });
        });
        group.bench_function("verify, forged", |b| {
            b.iter(|| {
                let claim = verifier.read(black_box(&forged), timestamp).unwrap();
                claim.verify(&known, body).unwrap_err()
            });
        });
        group.bench_function("verify, malformed", |b| {
            b.iter(|| verifier.read(black_box(&malformed), timestamp).unwrap_err());
        });
        group.finish();
    }
}

/// The parts with another Authorization header.
fn changed(parts: &Parts, change: impl FnOnce(&str) -> String) -> Parts {
    let mut parts = parts.clone();
    let authorization = change(parts.headers[AUTHORIZATION].to_str().unwrap());
    parts.headers.insert(AUTHORIZATION, HeaderValue::try_from(authorization).unwrap());
    parts
}

/// From raw parts to the headers to set, and from raw parts to a verdict.
fn raw(c: &mut Criterion) {
    let (verifier, timestamp) = (Verifier::new(REGION, SERVICE, SKEW), timestamp());
    for Job { name, credentials, request } in jobs() {
        let signer = Signer::new(credentials.clone(), REGION, SERVICE);
        let mut arrived = request.clone();
        signer.sign_at(&mut arrived, timestamp).unwrap();
        let (target, headers, method) =
            (request.uri().to_string(), raw_headers(&request), request.method().as_str());
        let unsigned = RawRequest { method, target: target.as_bytes(), headers: &headers };
        let headers = raw_headers(&arrived);
        let signed = RawRequest { headers: &headers, ..unsigned };
        let (payload, body) = (Payload::Bytes(request.body()), Body::Bytes(request.body()));
        let scope = verifier.read_raw(&signed, timestamp).unwrap().scope();
        let key = AccessKey::from_credentials(&credentials, scope).unwrap();

        let mut group = c.benchmark_group(format!("raw/{name}"));
        group.bench_function("sign", |b| {
            b.iter(|| {
                let signed = signer.sign_raw_at(black_box(&unsigned), payload, timestamp).unwrap();
                black_box(signed.into_headers());
            });
        });
        group.bench_function("verify", |b| {
            b.iter(|| {
                let claim = verifier.read_raw(black_box(&signed), timestamp).unwrap();
                claim.verify(&key, body).unwrap()
            });
        });
        group.finish();
    }
}

fn presigned(c: &mut Criterion) {
    let (verifier, timestamp) = (Verifier::new(REGION, SERVICE, SKEW), timestamp());
    let credentials = credentials().with_session_token("t/".repeat(512));
    let signer = Signer::new(credentials.clone(), REGION, SERVICE);
    let request = Request::get("https://example.amazonaws.com/test.txt").body("").unwrap();
    let expires = Duration::from_secs(900);
    let presigned = signer.presign_at(&request, expires, timestamp).unwrap();
    let arrived = Request::get(presigned.uri()).body("").unwrap();
    let (parts, body) = arrived.into_parts();
    let scope = verifier.read(&parts, timestamp).unwrap().scope();
    let key = AccessKey::from_credentials(&credentials, scope).unwrap();

    let mut group = c.benchmark_group("http/presigned");
    group.bench_function("sign", |b| {
        b.iter(|| signer.presign_at(black_box(&request), expires, timestamp).unwrap());
    });
    group.bench_function("verify", |b| {
        b.iter(|| {
            let claim = verifier.read(black_box(&parts), timestamp).unwrap();
            claim.verify(&key, Body::Bytes(body.as_bytes())).unwrap()
        });
    });
    group.finish();
}

/// A request that is far too large costs next to nothing.
fn limits(c: &mut Criterion) {
    let (verifier, timestamp) = (Verifier::new(REGION, SERVICE, SKEW), timestamp());
    let target = format!("/?{}", "a=b&".repeat(100_000));
    let within = RawRequest { method: "GET", target: &target.as_bytes()[..60_000], headers: &[] };
    let beyond = RawRequest { target: target.as_bytes(), ..within };

    let mut group = c.benchmark_group("limits");
    for (name, request) in [("100,000 parameters", beyond), ("15,000 in 60,000 bytes", within)] {
        group.bench_function(name, |b| {
            b.iter(|| verifier.read_raw(black_box(&request), timestamp).unwrap_err());
        });
    }
    group.finish();
}

criterion_group!(benches, http, raw, presigned, limits);
criterion_main!(benches);
