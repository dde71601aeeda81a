//! From raw parts to a signature: by a `Signer`, which looks up the day's key, and by the protocol alone with a key at hand.

use std::hint::black_box;

use countersign::protocol::{
    CanonicalRequest, PayloadHash, Rules, Scope, SigningKey, StringToSign,
};

use crate::floor::Floor;
use crate::jobs::{REGION, SECRET, jobs, large, timestamp};
use crate::options::Options;
use crate::race::{FLOOR, KEY_AT_HAND, OURS, Race};

pub(crate) fn races(options: &Options, run: &mut dyn FnMut(Race<'_>)) {
    for job in jobs().into_iter().chain([large()]) {
        let name = format!("core/{}", job.name);
        if !options.wants(&name) {
            continue;
        }
        let (signer, headers, timestamp) = (job.signer(), job.headers(), timestamp());
        let raw = job.raw(&headers);
        let signed = signer.sign_raw_at(&raw, job.payload(), timestamp).unwrap();
        let floor = Floor::new(signed.stages(), job.request.body());
        let scope = Scope::new(timestamp.date(), REGION, job.service).unwrap();
        let key = SigningKey::derive(SECRET.as_bytes(), scope).unwrap();
        let token = job.token.as_deref();
        let by_key = || {
            let hash = PayloadHash::from(job.payload());
            let raw = black_box(&raw);
            let canonical =
                CanonicalRequest::for_header(raw, hash, timestamp, token, &Rules::DEFAULT).unwrap();
            StringToSign::new(&canonical, timestamp, scope).sign(&key)
        };
        assert_eq!(by_key().as_str(), signed.stages().signature().as_str());

        let mut race = Race::new(name).with_batch(job.batch());
        race.enter(FLOOR, || (), |()| floor.hash());
        race.enter(
            OURS,
            || (),
            |()| {
                let signed = signer.sign_raw_at(black_box(&raw), job.payload(), timestamp).unwrap();
                *signed.stages().signature()
            },
        );
        race.enter(KEY_AT_HAND, || (), |()| by_key());
        run(race);
    }
}
