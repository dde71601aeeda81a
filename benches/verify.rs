//! What verifying costs beside signing the same request, each with its key at hand; and what an unknown key costs beside a
//! known one.
//!
//! ```sh
//! cargo bench --bench verify
//! ```

use core::hint::black_box;
use core::time::Duration;

use countersign::protocol::{Payload, RawRequest, SigningKey, Timestamp};
use countersign::verifier::{AccessKey, Body, SKEW, Verifier};
use countersign::{Credentials, Signer};
use criterion::{Criterion, criterion_group, criterion_main};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SERVICE: &str = "service";
const REGION: &str = "us-east-1";

const META: [&str; 29] = [
    "x-amz-meta-9",
    "x-amz-meta-8",
    "x-amz-meta-7",
    "x-amz-meta-6",
    "x-amz-meta-5",
    "x-amz-meta-4",
    "x-amz-meta-3",
    "x-amz-meta-2",
    "x-amz-meta-1",
    "x-amz-meta-0",
    "x-amz-meta-19",
    "x-amz-meta-18",
    "x-amz-meta-17",
    "x-amz-meta-16",
    "x-amz-meta-15",
    "x-amz-meta-14",
    "x-amz-meta-13",
    "x-amz-meta-12",
    "x-amz-meta-11",
    "x-amz-meta-10",
    "x-amz-meta-29",
    "x-amz-meta-28",
    "x-amz-meta-27",
    "x-amz-meta-26",
    "x-amz-meta-25",
    "x-amz-meta-24",
    "x-amz-meta-23",
    "x-amz-meta-22",
    "x-amz-meta-21",
];

struct Job {
    name: &'static str,
    credentials: Credentials,
    method: &'static str,
    target: &'static str,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

fn jobs() -> [Job; 4] {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let host: Vec<(&'static str, Vec<u8>)> = vec![("host", b"example.amazonaws.com".to_vec())];
    let vanilla = Job {
        name: "get-vanilla",
        credentials: credentials.clone(),
        method: "GET",
        target: "/",
        headers: host.clone(),
        body: Vec::new(),
    };
    let neptune = Job {
        name: "neptune-token",
        credentials: credentials.clone().with_session_token("t".repeat(1024)),
        target: "/openCypher?query=MATCH%20(n)%20RETURN%20n",
        headers: vec![("host", b"db.example:8182".to_vec())],
        body: Vec::new(),
        ..vanilla
    };
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "DynamoDB_20120810.PutItem"),
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("content-length", "4096"),
        ("x-amz-api-version", "2012-08-10"),
    ];
    let headers = headers.map(|(name, value)| (name, value.into()));
    let post = Job {
        name: "post-4k",
        credentials: credentials.clone(),
        method: "POST",
        target: "/",
        headers: host.iter().cloned().chain(headers).collect(),
        body: vec![b'x'; 4096],
    };
    let many = Job {
        name: "30-headers-30-parameters",
        credentials: credentials.clone(),
        target: "/?p09=1&p08=1&p07=1&p06=1&p05=1&p04=1&p03=1&p02=1&p01=1&p00=1&p19=1&p18=1&p17=1&p16=1&p15=1\
                 &p14=1&p13=1&p12=1&p11=1&p10=1&p29=1&p28=1&p27=1&p26=1&p25=1&p24=1&p23=1&p22=1&p21=1&p20=1",
        headers: host.into_iter().chain(META.map(|name| (name, b"value".to_vec()))).collect(),
        body: Vec::new(),
        method: "GET",
    };
    [vanilla, neptune, post, many]
}

fn borrowed<'a>(headers: &'a [(&'a str, Vec<u8>)]) -> Vec<(&'a str, &'a [u8])> {
    headers.iter().map(|(name, value)| (*name, value.as_slice())).collect()
}

fn verify(c: &mut Criterion) {
    let timestamp: Timestamp = "20150830T123600Z".parse().unwrap();
    let verifier = Verifier::new(REGION, SERVICE, SKEW);
    for job in jobs() {
        let headers = borrowed(&job.headers);
        let target = job.target.as_bytes();
        let request = RawRequest { method: job.method, target, headers: &headers };
        let signer = Signer::new(job.credentials.clone(), REGION, SERVICE);
        let payload = Payload::Bytes(&job.body);
        let signed = signer.sign_raw(&request, payload, timestamp).unwrap();
        let set = signed.headers().map(|header| (header.name, header.value));
        let arrived: Vec<(&'static str, Vec<u8>)> =
            job.headers.iter().cloned().chain(set).collect();
        let arrived = borrowed(&arrived);
        let arrived = RawRequest { headers: &arrived, ..request };
        let body = Body::Bytes(&job.body);
        let claim = verifier.read_raw(&arrived, timestamp).unwrap();
        let known = AccessKey::of_credentials(&job.credentials, claim.scope()).unwrap();
        let unknown = AccessKey::unknown(claim.scope());
        claim.verify(&known, body).unwrap();

        let mut group = c.benchmark_group(format!("verify/{}", job.name));
        group.bench_function("sign", |b| {
            b.iter(|| signer.sign_raw(black_box(&request), payload, timestamp).unwrap());
        });
        group.bench_function("verify", |b| {
            b.iter(|| {
                let claim = verifier.read_raw(black_box(&arrived), timestamp).unwrap();
                claim.verify(&known, body).unwrap()
            });
        });
        group.bench_function("verify, key unknown", |b| {
            b.iter(|| {
                let claim = verifier.read_raw(black_box(&arrived), timestamp).unwrap();
                claim.verify(&unknown, body).unwrap_err()
            });
        });
        group.finish();
    }
}

fn presigned(c: &mut Criterion) {
    let timestamp: Timestamp = "20150830T123600Z".parse().unwrap();
    let (verifier, expires) = (Verifier::new(REGION, SERVICE, SKEW), Duration::from_secs(900));
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET).with_session_token("t/".repeat(512));
    let signer = Signer::new(credentials.clone(), REGION, SERVICE);
    let headers: [(&str, &[u8]); 1] = [("host", b"example.amazonaws.com")];
    let request = RawRequest { method: "GET", target: b"/test.txt", headers: &headers };
    let payload = Payload::Bytes(b"");
    let query = signer.presign_raw(&request, payload, expires, timestamp).unwrap();
    let target = format!("/test.txt?{query}");
    let arrived = RawRequest { target: target.as_bytes(), ..request };
    let claim = verifier.read_raw(&arrived, timestamp).unwrap();
    let key = SigningKey::derive(SECRET.as_bytes(), claim.scope()).unwrap();
    let key = AccessKey::new(key).with_session_token("t/".repeat(512));

    let mut group = c.benchmark_group("verify/presigned");
    group.bench_function("sign", |b| {
        b.iter(|| {
            let query = signer.presign_raw(black_box(&request), payload, expires, timestamp);
            query.unwrap().to_string()
        });
    });
    group.bench_function("verify", |b| {
        b.iter(|| {
            let claim = verifier.read_raw(black_box(&arrived), timestamp).unwrap();
            claim.verify(&key, Body::Bytes(b"")).unwrap()
        });
    });
    group.finish();
}

/// A request that is far too large costs next to nothing.
fn limits(c: &mut Criterion) {
    let timestamp: Timestamp = "20150830T123600Z".parse().unwrap();
    let verifier = Verifier::new(REGION, SERVICE, SKEW);
    let target = format!("/?{}", "a=b&".repeat(100_000));
    let within = RawRequest { method: "GET", target: &target.as_bytes()[..60_000], headers: &[] };
    let beyond = RawRequest { target: target.as_bytes(), ..within };

    let mut group = c.benchmark_group("verify/limits");
    for (name, request) in [("100,000 parameters", beyond), ("15,000 in 60,000 bytes", within)] {
        group.bench_function(name, |b| {
            b.iter(|| verifier.read_raw(black_box(&request), timestamp).unwrap_err());
        });
    }
    group.finish();
}

criterion_group!(benches, verify, presigned, limits);
criterion_main!(benches);
