//! Requests for Neptune: what they say, and that they verify when they are signed.

#[path = "neptune/bolt.rs"]
mod bolt;
#[path = "neptune/errors.rs"]
mod errors;
#[path = "neptune/model.rs"]
mod model;
#[path = "neptune/sent.rs"]
mod sent;
#[path = "neptune/socket.rs"]
mod socket;

use bytes::Bytes;
use countersign::neptune::{Cluster, NeptuneError, SERVICE};
use countersign::protocol::Timestamp;
use countersign::verifier::{AccessKey, Body, SKEW, Verified, Verifier};
use countersign::{Credentials, Signer};
use http::Request;

const REGION: &str = "us-east-1";
const SIGNED_AT: &str = "20150830T123600Z";
const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLE";

type Made = Result<Request<Bytes>, NeptuneError>;

fn cluster() -> Cluster {
    Cluster::new("db.example").unwrap()
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
}

fn timestamp() -> Timestamp {
    SIGNED_AT.parse().unwrap()
}

/// Signs a request and checks it as the service would, on arrival: with a path for a target.
fn verified(mut request: Request<Bytes>) -> Verified {
    let credentials = credentials().with_session_token(TOKEN);
    Signer::neptune(credentials.clone(), REGION).sign_at(&mut request, timestamp()).unwrap();
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().unwrap().as_str().to_owned();
    parts.headers.entry("host").or_insert(authority.parse().unwrap());
    parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
    let verifier = Verifier::new(REGION, SERVICE, SKEW);
    let claim = verifier.read(&parts, timestamp()).unwrap();
    let key = AccessKey::from_credentials(&credentials, claim.scope()).unwrap();
    claim.verify(&key, Body::Bytes(&body)).unwrap()
}
