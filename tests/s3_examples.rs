//! The examples of the S3 documentation, each stage compared on its own.

#[path = "support/vectors.rs"]
mod vectors;

use core::time::Duration;

use countersign::Signer;
use countersign::protocol::{Payload, RawRequest, Timestamp};
use http::Request;
use serde::Deserialize;

use self::vectors::{Context, Expected};

#[derive(Deserialize)]
struct Examples {
    context: Context,
    header: Vec<Example>,
    query: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    name: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    expected: Expected,
    #[serde(default)]
    expires_in: u64,
}

fn load() -> (Signer, Timestamp, Examples) {
    let examples: Examples =
        serde_json::from_str(include_str!("vectors/s3-examples.json")).unwrap();
    let context = &examples.context;
    let signer = Signer::s3(context.credentials(), &context.region);
    (signer, context.timestamp.parse().unwrap(), examples)
}

impl Example {
    fn http_request(&self) -> Request<String> {
        let mut request = Request::builder().method(self.method.as_str()).uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(self.body.clone()).unwrap()
    }

    fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    fn raw_request<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> RawRequest<'a> {
        RawRequest { method: &self.method, target: self.target.as_bytes(), headers }
    }
}

#[test]
fn in_a_header() {
    let (signer, timestamp, examples) = load();
    assert_eq!(examples.header.len(), 4);
    for example in &examples.header {
        let (headers, payload) = (example.headers(), Payload::Bytes(example.body.as_bytes()));
        let signed =
            signer.sign_raw_at(&example.raw_request(&headers), payload, timestamp).unwrap();
        example.expected.compare(&example.name, signed.stages());

        let mut request = example.http_request();
        signer.sign_at(&mut request, timestamp).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(authorization.ends_with(&example.expected.signature), "{authorization}");
        let payload_hash = example.expected.canonical_request.last().unwrap();
        assert_eq!(request.headers()["x-amz-content-sha256"], payload_hash.as_str());
    }
}

#[test]
fn in_a_query() {
    let (signer, timestamp, examples) = load();
    assert_eq!(examples.query.len(), 1);
    for example in &examples.query {
        let (headers, expires) = (example.headers(), Duration::from_secs(example.expires_in));
        let request = example.raw_request(&headers);
        let payload = Payload::Bytes(b"any body");
        let presigned = signer.presign_raw_at(&request, payload, expires, timestamp).unwrap();
        example.expected.compare(&example.name, presigned.stages());

        let presigned = signer.presign_at(&example.http_request(), expires, timestamp).unwrap();
        let Expected { canonical_request, signature, .. } = &example.expected;
        assert_eq!(
            presigned.uri().to_string(),
            format!("{}?{}&X-Amz-Signature={signature}", example.target, canonical_request[2])
        );
    }
}
