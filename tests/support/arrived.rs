//! A request as it arrives at a server, whole and signed, to be damaged by tests.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use core::time::Duration;

use countersign::protocol::{Payload, RawRequest, Rules, Timestamp};
use countersign::verifier::{AccessKey, Body, S3_SKEW, Verified, Verifier, VerifyError};
use countersign::{Credentials, Signer};

pub const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub const REGION: &str = "us-east-1";
pub const SERVICE: &str = "service";
pub const SIGNED_AT: &str = "20150830T123600Z";

pub fn timestamp(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A request, and what its server knows.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    pub now: Timestamp,
    pub verifier: Verifier,
    pub known: Option<Credentials>,
}

impl Arrived {
    /// A request that was signed in a header.
    pub fn signed(credentials: &Credentials, rules: Rules) -> Self {
        let headers: [(&str, &[u8]); 3] =
            [("host", b"db.example"), ("content-type", b"text/plain"), ("user-agent", b"a/1")];
        let request = RawRequest { method: "POST", target: b"/path?a=b", headers: &headers };
        let signer = Signer::new(credentials.clone(), REGION, SERVICE).with_rules(rules);
        let payload = Payload::Bytes(b"body");
        let signed = signer.sign_raw_at(&request, payload, timestamp(SIGNED_AT)).unwrap();
        let set = signed.into_headers();
        let set = set.iter().map(|header| (header.name.to_owned(), header.value.to_vec()));
        let headers = owned(&headers).into_iter().chain(set).collect();
        Self::new("/path?a=b".to_owned(), headers, credentials, rules)
    }

    /// A request with a presigned URL that is good for a day.
    pub fn presigned(credentials: &Credentials, rules: Rules) -> Self {
        let headers: [(&str, &[u8]); 2] =
            [("host", b"db.example"), ("content-type", b"text/plain")];
        Self::presigned_with(credentials, rules, &headers)
    }

    pub fn presigned_with(
        credentials: &Credentials,
        rules: Rules,
        headers: &[(&str, &[u8])],
    ) -> Self {
        let request = RawRequest { method: "POST", target: b"/path?a=b", headers };
        let signer = Signer::new(credentials.clone(), REGION, SERVICE).with_rules(rules);
        let (payload, day) = (Payload::Bytes(b"body"), Duration::from_secs(24 * 60 * 60));
        let query = signer.presign_raw_at(&request, payload, day, timestamp(SIGNED_AT)).unwrap();
        Self::new(format!("/path?{query}"), owned(headers), credentials, rules)
    }

    fn new(
        target: String,
        headers: Vec<(String, Vec<u8>)>,
        credentials: &Credentials,
        rules: Rules,
    ) -> Self {
        Self {
            method: "POST".to_owned(),
            target,
            headers,
            body: b"body".to_vec(),
            now: timestamp(SIGNED_AT),
            verifier: Verifier::new(REGION, SERVICE, S3_SKEW).with_rules(rules),
            known: Some(credentials.clone()),
        }
    }

    pub fn verify(&self) -> Result<Verified, VerifyError> {
        self.verify_body(Body::Bytes(&self.body))
    }

    pub fn verify_body(&self, body: Body<'_>) -> Result<Verified, VerifyError> {
        let headers = self.borrowed();
        let claim = self.verifier.read_raw(&self.request(&headers), self.now)?;
        let known = self.known.as_ref();
        let known = known.filter(|known| known.access_key_id() == claim.access_key_id());
        let key = AccessKey::from_lookup(known, claim.scope());
        claim.verify(&key, body)
    }

    pub fn request<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> RawRequest<'a> {
        RawRequest { method: &self.method, target: self.target.as_bytes(), headers }
    }

    pub fn borrowed(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
    }

    pub fn header(&mut self, name: &str) -> &mut Vec<u8> {
        let header = self.headers.iter_mut().find(|(sent, _)| sent.eq_ignore_ascii_case(name));
        &mut header.expect("the header is there").1
    }

    pub fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.into()));
    }

    pub fn remove(&mut self, name: &str) {
        let before = self.headers.len();
        self.headers.retain(|(sent, _)| !sent.eq_ignore_ascii_case(name));
        assert!(self.headers.len() < before, "{name} was there");
    }

    /// Replaces a part of the header of this name.
    pub fn replace(&mut self, name: &str, from: &str, to: &str) {
        let value = self.header(name);
        let text = String::from_utf8(value.clone()).unwrap();
        assert!(text.contains(from), "{text} holds {from}");
        *value = text.replacen(from, to, 1).into();
    }

    /// Replaces a part of the target.
    pub fn replace_in_target(&mut self, from: &str, to: &str) {
        assert!(self.target.contains(from), "{} holds {from}", self.target);
        self.target = self.target.replacen(from, to, 1);
    }

    pub fn allow_unsigned_payload(&mut self) {
        self.verifier = self.verifier.clone().allow_unsigned_payload();
    }
}

pub fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY_ID, SECRET)
}

fn owned(headers: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect()
}
