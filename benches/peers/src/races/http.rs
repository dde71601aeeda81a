//! From an `http::Request` to a signed one.

use bytes::Bytes;
use countersign::Signer;
use countersign::protocol::Timestamp;
use countersign::verifier::{AccessKey, Body, SKEW, Verifier};
use http::Request;
use http::header::{HeaderName, HeaderValue};
use http::request::Parts;

use crate::floor::Floor;
use crate::jobs::{Job, REGION, jobs, large, timestamp};
use crate::options::Options;
use crate::peers::{aws_sign_v4, aws_sigv4, reqsign};
use crate::race::{FLOOR, OURS, Race, SDK};

pub(crate) fn races(options: &Options, run: &mut dyn FnMut(Race<'_>)) {
    for job in jobs().into_iter().chain([large()]) {
        let name = format!("http/{}", job.name);
        if !options.wants(&name) {
            continue;
        }
        let signer = job.signer();
        let (sdk, reqsign) = (aws_sigv4::Signer::new(&job), reqsign::Signer::new(&job));
        let aws_sign_v4_agrees = check(&job, &signer, &sdk, &reqsign);
        let floor = Floors::new(&job, &signer);
        let request = || job.request.clone();
        let parts = || request().into_parts();

        let mut race = Race::new(name).with_batch(job.batch());
        race.enter(FLOOR, || (request(), floor.headers.clone()), |input| floor.run(input));
        let at = timestamp();
        race.enter(OURS, request, |request| signer.sign_at(request, at).unwrap());
        race.enter(SDK, request, |request| sdk.sign(request, &job.url));
        race.enter("reqsign-aws-v4", parts, |(parts, body)| reqsign.sign(parts, body));
        let name = if aws_sign_v4_agrees { "aws-sign-v4" } else { "aws-sign-v4, wrong" };
        race.enter(name, request, |request| aws_sign_v4::sign(request, &job));
        run(race);
    }
}

/// The hashing, and setting prepared headers.
struct Floors {
    hashing: Floor,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Floors {
    fn new(job: &Job, signer: &Signer) -> Self {
        let headers = job.headers();
        let raw = job.raw(&headers);
        let signed = signer.sign_raw_at(&raw, job.payload(), timestamp()).unwrap();
        let hashing = Floor::new(signed.stages(), job.request.body());
        let headers = signed.into_headers();
        let prepared = headers.iter().map(|header| {
            let value = HeaderValue::from_bytes(header.value).unwrap();
            (HeaderName::from_static(header.name), value)
        });
        Self { hashing, headers: prepared.collect() }
    }

    fn run(&self, (request, headers): &mut (Request<Bytes>, Vec<(HeaderName, HeaderValue)>)) {
        self.hashing.hash();
        for (name, value) in headers.drain(..) {
            request.headers_mut().insert(name, value);
        }
    }
}

/// The SDK comes to the same signature. What `reqsign-aws-v4` signs at its own time the verifier takes. `aws-sign-v4` need not
/// agree: where one header's name begins with all of another's, it sorts them the wrong way round.
fn check(job: &Job, signer: &Signer, sdk: &aws_sigv4::Signer, reqsign: &reqsign::Signer) -> bool {
    let request = || job.request.clone();
    let (mut ours, mut theirs, mut third) = (request(), request(), request());
    signer.sign_at(&mut ours, timestamp()).unwrap();
    sdk.sign(&mut theirs, &job.url);
    aws_sign_v4::sign(&mut third, job);
    assert_eq!(signature(&ours), signature(&theirs), "{}: aws-sigv4", job.name);

    let (mut parts, body) = request().into_parts();
    reqsign.sign(&mut parts, &body);
    verify(&parts, &body, job);
    signature(&ours) == signature(&third)
}

/// What stands last in the Authorization header.
fn signature(request: &Request<Bytes>) -> &str {
    let authorization = request.headers()["authorization"].to_str().unwrap();
    authorization.rsplit_once("Signature=").unwrap().1
}

fn verify(parts: &Parts, body: &[u8], job: &Job) {
    let verifier = Verifier::new(REGION, job.service, SKEW);
    let claim = verifier.read(parts, Timestamp::now().unwrap()).unwrap();
    let key = AccessKey::from_credentials(&job.credentials(), claim.scope()).unwrap();
    claim.verify(&key, Body::Bytes(body)).unwrap();
}
