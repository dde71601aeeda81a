//! From the parts of an `http::Request` to a verdict, beside signing the same request. No peer verifies.

use countersign::verifier::{AccessKey, Body, SKEW, Verifier};
use http::header::{AUTHORIZATION, HeaderValue};
use http::request::Parts;

use crate::jobs::{REGION, jobs, timestamp};
use crate::options::Options;
use crate::race::Race;

pub(crate) fn races(options: &Options, run: &mut dyn FnMut(Race<'_>)) {
    for job in jobs() {
        let name = format!("verify/{}", job.name);
        if !options.wants(&name) {
            continue;
        }
        let (signer, at) = (job.signer(), timestamp());
        let mut arrived = job.request.clone();
        signer.sign_at(&mut arrived, at).unwrap();
        let (valid, body) = arrived.into_parts();
        let body = Body::Bytes(&body);
        let verifier = Verifier::new(REGION, job.service, SKEW);
        let scope = verifier.read(&valid, at).unwrap().scope();
        let known = AccessKey::from_credentials(&job.credentials(), scope).unwrap();
        let unknown = AccessKey::unknown(scope);
        let forged = changed(&valid, |authorization| {
            let last = if authorization.ends_with('0') { "1" } else { "0" };
            format!("{}{last}", &authorization[..authorization.len() - 1])
        });
        let malformed = changed(&valid, |authorization| authorization.replace("Signature=", ""));
        let verdict = |parts, key| {
            let claim = verifier.read(parts, at)?;
            claim.verify(key, body)
        };

        let mut race = Race::new(name);
        race.enter("sign", || job.request.clone(), |request| signer.sign_at(request, at).unwrap());
        race.enter("valid", || (), |()| verdict(&valid, &known).unwrap());
        race.enter("forged", || (), |()| verdict(&forged, &known).unwrap_err());
        race.enter("unknown key", || (), |()| verdict(&valid, &unknown).unwrap_err());
        race.enter("malformed", || (), |()| verdict(&malformed, &known).unwrap_err());
        run(race);
    }
}

/// The parts with another Authorization header.
fn changed(parts: &Parts, change: impl FnOnce(&str) -> String) -> Parts {
    let mut parts = parts.clone();
    let authorization = change(parts.headers[AUTHORIZATION].to_str().unwrap());
    parts.headers.insert(AUTHORIZATION, HeaderValue::try_from(authorization).unwrap());
    parts
}
