//! The requests that are signed.

use bytes::Bytes;
use countersign::protocol::{Payload, RawRequest, Timestamp};
use countersign::{Credentials, Signer};
use http::Request;

pub(crate) const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const REGION: &str = "us-east-1";

/// 2015-08-30, 12:36:00 UTC.
pub(crate) const TIME: i64 = 1_440_938_160;

pub(crate) fn timestamp() -> Timestamp {
    Timestamp::from_unix_timestamp(TIME).unwrap()
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY_ID, SECRET)
}

/// A request that is signed in a header, and for whom.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    pub(crate) service: &'static str,
    pub(crate) token: Option<String>,
    pub(crate) request: Request<Bytes>,
    /// The request's, as text: those peers that want it so hold it so.
    pub(crate) url: String,
}

impl Job {
    fn new(name: &'static str, service: &'static str, request: Request<Bytes>) -> Self {
        let url = request.uri().to_string();
        Self { name, service, token: None, request, url }
    }

    pub(crate) fn credentials(&self) -> Credentials {
        match &self.token {
            Some(token) => credentials().with_session_token(token.as_str()),
            None => credentials(),
        }
    }

    pub(crate) fn signer(&self) -> Signer {
        Signer::new(self.credentials(), REGION, self.service)
    }

    pub(crate) fn headers(&self) -> Vec<(&str, &[u8])> {
        let headers = self.request.headers().iter();
        headers.map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    pub(crate) fn raw<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> RawRequest<'a> {
        let method = self.request.method().as_str();
        RawRequest { method, target: self.url.as_bytes(), headers }
    }

    /// How often it is done at a time.
    pub(crate) fn batch(&self) -> usize {
        if self.request.body().len() > 1 << 16 { 1 } else { 32 }
    }

    pub(crate) fn payload(&self) -> Payload<'_> {
        Payload::Bytes(self.request.body())
    }
}

/// AWS's `get-vanilla`; a Neptune query with a token of 1 KiB; a POST of 4 KiB with six more headers.
pub(crate) fn jobs() -> [Job; 3] {
    let vanilla = Request::get("https://example.amazonaws.com/").body(Bytes::new()).unwrap();
    let neptune = Request::get("https://db.example:8182/openCypher?query=MATCH%20(n)%20RETURN%20n")
        .body(Bytes::new())
        .unwrap();
    let post = Request::post("https://dynamodb.us-east-1.amazonaws.com/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.PutItem")
        .header("accept", "application/json")
        .header("accept-encoding", "identity")
        .header("content-length", "4096")
        .header("x-amz-api-version", "2012-08-10")
        .body(vec![b'x'; 4096].into())
        .unwrap();
    let mut neptune = Job::new("neptune-token", "neptune-db", neptune);
    neptune.token = Some("t".repeat(1024));
    [Job::new("get-vanilla", "service", vanilla), neptune, Job::new("post-4k", "dynamodb", post)]
}

/// A body of 1 MiB.
pub(crate) fn large() -> Job {
    let body = Bytes::from(vec![b'x'; 1 << 20]);
    Job::new("put-1m", "service", Request::put("https://db.example/").body(body).unwrap())
}
