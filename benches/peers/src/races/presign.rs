//! A URL of S3 that is good for 15 minutes.

use std::time::Duration;

use countersign::Signer;
use countersign::protocol::{Payload, RawRequest, Timestamp};
use countersign::verifier::{AccessKey, Body, Verifier};
use http::{Request, Uri};

use crate::floor::Floor;
use crate::jobs::{REGION, credentials, timestamp};
use crate::options::Options;
use crate::peers::{aws_sigv4, reqsign, rusty_s3};
use crate::race::{FLOOR, OURS, Race, SDK};

const EXPIRES: Duration = Duration::from_secs(900);
const BUCKET: &str = "examplebucket";
const OBJECT: &str = "test.txt";

pub(crate) fn races(options: &Options, run: &mut dyn FnMut(Race<'_>)) {
    const NAME: &str = "presign/s3";
    if !options.wants(NAME) {
        return;
    }
    let url = format!("https://{BUCKET}.s3.amazonaws.com/{OBJECT}");
    let request = || Request::get(url.as_str()).body(()).unwrap();
    let parts = || request().into_parts().0;
    let at = timestamp();
    let signer = Signer::s3(credentials(), REGION);
    let sdk = aws_sigv4::Signer::presigning(EXPIRES);
    let (reqsign, rusty) = (reqsign::Signer::presigning(), rusty_s3::Signer::new(BUCKET));

    let ours = signer.presign_at(&request(), EXPIRES, at).unwrap();
    let ours = signature(&ours.uri().to_string()).to_owned();
    let mut theirs = request();
    sdk.presign(&mut theirs, &url);
    assert_eq!(ours, signature(&theirs.uri().to_string()), "aws-sigv4");
    assert_eq!(ours, signature(rusty.presign(OBJECT, EXPIRES).as_ref()), "rusty-s3");
    let mut signed = parts();
    reqsign.presign(&mut signed, EXPIRES);
    verify(&Request::from_parts(signed, ()));

    let raw = RawRequest { method: "GET", target: url.as_bytes(), headers: &[] };
    let signed = signer.presign_raw_at(&raw, Payload::Unsigned, EXPIRES, at).unwrap();
    let floor = Floor::new(signed.stages(), b"");
    let prepared: Uri = format!("{url}?{signed}").parse().unwrap();
    let set = |request: &mut Request<()>| {
        floor.hash();
        *request.uri_mut() = prepared.clone();
    };

    let mut race = Race::new(NAME.into());
    race.enter(FLOOR, request, set);
    race.enter(OURS, request, |request| signer.presign_at(request, EXPIRES, at).unwrap());
    race.enter(SDK, request, |request| sdk.presign(request, &url));
    race.enter("reqsign-aws-v4", parts, |parts| reqsign.presign(parts, EXPIRES));
    race.enter("rusty-s3", || (), |()| rusty.presign(OBJECT, EXPIRES));
    run(race);
}

fn signature(url: &str) -> &str {
    url.rsplit_once("X-Amz-Signature=").unwrap().1
}

/// What is signed at a time that cannot be chosen.
fn verify(request: &Request<()>) {
    let verifier = Verifier::s3(REGION);
    let (parts, ()) = request.clone().into_parts();
    let claim = verifier.read(&parts, Timestamp::now().unwrap()).unwrap();
    let key = AccessKey::from_credentials(&credentials(), claim.scope()).unwrap();
    claim.verify(&key, Body::Bytes(b"")).unwrap();
}
