//! How far each job is from the hashing that it cannot avoid. One group a job: `floor` is the SHA-256 of the canonical
//! request's bytes, the HMAC of the string to sign from a key that is hashed in already, and the body's hash, all over
//! prebuilt buffers (for an `http::Request` it sets prepared headers as well); `countersign` is the job itself.
//!
//! ```sh
//! cargo bench --bench sign -- --save-baseline before   # then change something
//! cargo bench --bench sign -- --baseline before        # says of each job how much faster or slower it is, and how surely
//! cargo bench --bench sign -- --baseline before http/  # only the jobs whose name holds it
//! ```
//!
//! A baseline is good only on the machine that it was taken on, and while nothing else runs there. It stands in
//! `target/criterion`. Beside other signers: `benches/peers`, which counts instructions, too.

use core::hint::black_box;
use core::time::Duration;

use countersign::keyspaces::{Challenge, KeyspacesSigner};
use countersign::protocol::{
    CanonicalRequest, Payload, PayloadHash, RawRequest, Rules, Scope, SigningKey, StringToSign,
    Timestamp,
};
use countersign::{Credentials, Signer, Stages};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Request, Uri};
use sha2::{Digest, Sha256};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn timestamp() -> Timestamp {
    "20150830T123600Z".parse().unwrap()
}

/// A signing's hashing and nothing else.
struct Floor {
    canonical_request: Vec<u8>,
    string_to_sign: Vec<u8>,
    body: Vec<u8>,
    key: Hmac<Sha256>,
}

impl Floor {
    fn of(stages: Stages<'_>, body: &[u8]) -> Self {
        let canonical_request = stages.canonical_request().to_string();
        Self::new(&canonical_request, &stages.string_to_sign().to_string(), body)
    }

    fn new(canonical_request: &str, string_to_sign: &str, body: &[u8]) -> Self {
        Self {
            canonical_request: canonical_request.into(),
            string_to_sign: string_to_sign.into(),
            body: body.into(),
            key: Hmac::new_from_slice(&[7; 32]).unwrap(),
        }
    }

    fn hash(&self) {
        if !self.body.is_empty() {
            black_box(Sha256::digest(black_box(&self.body)));
        }
        black_box(Sha256::digest(black_box(&self.canonical_request)));
        let mut hmac = self.key.clone();
        hmac.update(black_box(&self.string_to_sign));
        black_box(hmac.finalize().into_bytes());
    }
}

/// A request, in whatever form a job wants it.
struct Job {
    name: &'static str,
    signer: Signer,
    request: Request<Vec<u8>>,
}

impl Job {
    fn new(name: &'static str, signer: Signer, request: Request<Vec<u8>>) -> Self {
        Self { name, signer, request }
    }

    fn target(&self) -> String {
        self.request.uri().to_string()
    }

    fn headers(&self) -> Vec<(&str, &[u8])> {
        let headers = self.request.headers().iter();
        headers.map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    fn payload(&self) -> Payload<'_> {
        Payload::Bytes(self.request.body())
    }
}

fn jobs() -> [Job; 3] {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let temporary = credentials.clone().with_session_token("t".repeat(1024));
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
    [
        Job::new("get-vanilla", Signer::new(credentials.clone(), "us-east-1", "service"), vanilla),
        Job::new("neptune-token", Signer::new(temporary, "us-east-1", "neptune-db"), neptune),
        Job::new("post-4k", Signer::new(credentials, "us-east-1", "dynamodb"), post),
    ]
}

/// From raw parts to the signature, with the key at hand.
fn core(c: &mut Criterion) {
    let timestamp = timestamp();
    for job in jobs() {
        let (target, headers) = (job.target(), job.headers());
        let method = job.request.method().as_str();
        let request = RawRequest { method, target: target.as_bytes(), headers: &headers };
        let signed = job.signer.sign_raw_at(&request, job.payload(), timestamp).unwrap();
        let floor = Floor::of(signed.stages(), job.request.body());

        let mut group = c.benchmark_group(format!("core/{}", job.name));
        group.bench_function("floor", |b| b.iter(|| floor.hash()));
        group.bench_function("countersign", |b| {
            b.iter(|| {
                job.signer.sign_raw_at(black_box(&request), job.payload(), timestamp).unwrap()
            });
        });
        group.finish();
    }
}

/// The steps one by one, on AWS's plain GET.
fn stages(c: &mut Criterion) {
    let headers: &[(&str, &[u8])] = &[("host", b"example.amazonaws.com")];
    let request = RawRequest { method: "GET", target: b"/", headers };
    let timestamp = timestamp();
    let scope = Scope::new(timestamp.date(), "us-east-1", "service").unwrap();
    let key = SigningKey::derive(SECRET.as_bytes(), scope).unwrap();
    let canonical = || {
        let rules = black_box(&Rules::DEFAULT);
        CanonicalRequest::for_header(&request, PayloadHash::EMPTY, timestamp, None, rules).unwrap()
    };
    let built = canonical();
    let string_to_sign = StringToSign::new(&built, timestamp, scope);

    let mut group = c.benchmark_group("stages/get-vanilla");
    group.bench_function("canonical request", |b| b.iter(canonical));
    group.bench_function("its hash", |b| b.iter(|| black_box(&built).hash()));
    group.bench_function("signature", |b| b.iter(|| black_box(&string_to_sign).sign(&key)));
    group.finish();
}

/// From an `http::Request` to a signed one.
fn http(c: &mut Criterion) {
    let timestamp = timestamp();
    for job in jobs() {
        let (target, headers) = (job.target(), job.headers());
        let method = job.request.method().as_str();
        let raw = RawRequest { method, target: target.as_bytes(), headers: &headers };
        let signed = job.signer.sign_raw_at(&raw, job.payload(), timestamp).unwrap();
        let floor = Floor::of(signed.stages(), job.request.body());
        let headers = signed.into_headers();
        let prepared: Vec<_> = headers
            .iter()
            .map(|header| {
                let value = HeaderValue::from_bytes(header.value).unwrap();
                (HeaderName::from_static(header.name), value)
            })
            .collect();

        let mut group = c.benchmark_group(format!("http/{}", job.name));
        let request = || job.request.clone();
        group.bench_function("floor", |b| {
            b.iter_batched_ref(
                || (request(), prepared.clone()),
                |(request, prepared)| {
                    floor.hash();
                    set(request.headers_mut(), prepared);
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function("countersign", |b| {
            b.iter_batched_ref(
                request,
                |request| job.signer.sign_at(request, timestamp).unwrap(),
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

fn set(headers: &mut HeaderMap, prepared: &mut Vec<(HeaderName, HeaderValue)>) {
    for (name, value) in prepared.drain(..) {
        headers.insert(name, value);
    }
}

fn presign(c: &mut Criterion) {
    let timestamp = timestamp();
    let signer = Signer::s3(Credentials::new("AKIDEXAMPLE", SECRET), "us-east-1");
    let target = "https://examplebucket.s3.amazonaws.com/test.txt";
    let raw = RawRequest { method: "GET", target: target.as_bytes(), headers: &[] };
    let (request, expires) = (Request::get(target).body(()).unwrap(), Duration::from_secs(900));
    let signed = signer.presign_raw_at(&raw, Payload::Unsigned, expires, timestamp).unwrap();
    let floor = Floor::of(signed.stages(), b"");
    let prepared: Uri = format!("{target}?{signed}").parse().unwrap();

    let mut group = c.benchmark_group("presign/s3");
    group.bench_function("floor", |b| {
        b.iter_batched_ref(
            || Request::get(target).body(()).unwrap(),
            |request| {
                floor.hash();
                *request.uri_mut() = prepared.clone();
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("countersign", |b| {
        b.iter(|| signer.presign_at(black_box(&request), expires, timestamp).unwrap());
    });
    group.finish();
}

fn keyspaces(c: &mut Criterion) {
    let timestamp = timestamp();
    let signer = KeyspacesSigner::new(Credentials::new("AKIDEXAMPLE", SECRET), "us-east-2");
    let nonce = b"nonce=91703fdc2ef562e19fbdab0f58e42fe5";
    let challenge = Challenge::parse(nonce).unwrap();
    let reply = signer.sign_challenge_at(&challenge, timestamp).unwrap();
    let floor =
        Floor::new(&reply.canonical_request().to_string(), &reply.string_to_sign(), &nonce[6..]);

    let mut group = c.benchmark_group("keyspaces/reply");
    group.bench_function("floor", |b| b.iter(|| floor.hash()));
    let mut buffer = Vec::with_capacity(1024);
    group.bench_function("countersign", |b| {
        b.iter(|| {
            buffer.clear();
            let challenge = Challenge::parse(black_box(nonce)).unwrap();
            signer.sign_challenge_at(&challenge, timestamp).unwrap().write(&mut buffer);
        });
    });
    group.finish();
}

fn body(c: &mut Criterion) {
    let timestamp = timestamp();
    let signer = Signer::new(Credentials::new("AKIDEXAMPLE", SECRET), "us-east-1", "service");
    let raw = RawRequest { method: "PUT", target: b"https://db.example/", headers: &[] };
    let body = vec![b'x'; 1 << 20];
    let signed = signer.sign_raw_at(&raw, Payload::Bytes(&body), timestamp).unwrap();
    let floor = Floor::of(signed.stages(), &body);

    let mut group = c.benchmark_group("core/body-1m");
    group.throughput(Throughput::Bytes(1 << 20));
    group.bench_function("floor", |b| b.iter(|| floor.hash()));
    group.bench_function("countersign", |b| {
        b.iter(|| signer.sign_raw_at(&raw, Payload::Bytes(black_box(&body)), timestamp).unwrap());
    });
    group.finish();
}

/// The day's key. The floor is four HMACs, each with a fresh key.
fn key(c: &mut Criterion) {
    let timestamp = timestamp();
    let scope = Scope::new(timestamp.date(), "us-east-1", "service").unwrap();
    let date = timestamp.date();
    let texts = [&date.as_bytes()[..], b"us-east-1", b"service", b"aws4_request"];
    let secret = [b"AWS4", SECRET.as_bytes()].concat();
    let hmac = |key: &[u8], text: &[u8]| {
        let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        hmac.update(text);
        hmac.finalize().into_bytes()
    };
    let four_hmacs = || {
        let [day, region, service, terminator] = black_box(texts);
        let key = hmac(black_box(&secret), day);
        hmac(&hmac(&hmac(&key, region), service), terminator)
    };
    let bytes = || SigningKey::derive_bytes(black_box(SECRET.as_bytes()), scope).unwrap();
    assert_eq!(four_hmacs()[..], bytes()[..]);

    let mut group = c.benchmark_group("key");
    group.bench_function("floor", |b| b.iter(four_hmacs));
    group.bench_function("countersign, 32 bytes", |b| b.iter(bytes));
    group.bench_function("countersign", |b| {
        b.iter(|| SigningKey::derive(black_box(SECRET.as_bytes()), scope).unwrap());
    });
    group.finish();
}

criterion_group!(benches, core, stages, http, presign, keyspaces, body, key);
criterion_main!(benches);
