//! `reqsign-aws-v4`. It signs at the machine's time and takes no other.

use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use reqsign_aws_v4::{Credential, RequestSigner};
use reqsign_core::{Context, SignRequest};
use sha2::{Digest, Sha256};

use crate::jobs::{ACCESS_KEY_ID, Job, REGION, SECRET};

/// Of an empty body.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub(crate) struct Signer {
    signer: RequestSigner,
    credential: Credential,
    context: Context,
}

impl Signer {
    pub(crate) fn new(job: &Job) -> Self {
        Self::with(job.token.clone(), job.service)
    }

    pub(crate) fn presigning() -> Self {
        Self::with(None, "s3")
    }

    fn with(session_token: Option<String>, service: &str) -> Self {
        let credential = Credential {
            access_key_id: ACCESS_KEY_ID.into(),
            secret_access_key: SECRET.into(),
            session_token,
            expires_in: None,
        };
        let signer = RequestSigner::new(service, REGION);
        Self { signer, credential, context: Context::new() }
    }

    /// Its caller hashes the body: it would leave it unsigned otherwise.
    pub(crate) fn sign(&self, parts: &mut Parts, body: &[u8]) {
        let hash = if body.is_empty() {
            HeaderValue::from_static(EMPTY)
        } else {
            HeaderValue::try_from(hex::encode(Sha256::digest(body))).unwrap()
        };
        parts.headers.insert(HeaderName::from_static("x-amz-content-sha256"), hash);
        self.run(parts, None);
    }

    pub(crate) fn presign(&self, parts: &mut Parts, expires: Duration) {
        self.run(parts, Some(expires));
    }

    fn run(&self, parts: &mut Parts, expires: Option<Duration>) {
        let credential = Some(&self.credential);
        let signing = self.signer.sign_request(&self.context, parts, credential, expires);
        // It waits for nothing.
        let Poll::Ready(signed) = pin!(signing).poll(&mut Task::from_waker(Waker::noop())) else {
            unreachable!("there is nothing to wait for");
        };
        signed.unwrap();
    }
}
