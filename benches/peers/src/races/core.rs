//! From raw parts to a signature, with the key at hand.

use std::hint::black_box;

use crate::floor::Floor;
use crate::jobs::{jobs, large, timestamp};
use crate::options::Options;
use crate::race::{FLOOR, OURS, Race};

pub(crate) fn races(options: &Options, run: &mut dyn FnMut(Race<'_>)) {
    for job in jobs().into_iter().chain([large()]) {
        let name = format!("core/{}", job.name);
        if !options.wants(&name) {
            continue;
        }
        let (signer, headers, timestamp) = (job.signer(), job.headers(), timestamp());
        let raw = job.raw(&headers);
        let signed = signer.sign_raw(&raw, job.payload(), timestamp).unwrap();
        let floor = Floor::new(signed.stages(), job.request.body());

        let mut race = Race::new(name).with_batch(job.batch());
        race.enter(FLOOR, || (), |()| floor.hash());
        race.enter(
            OURS,
            || (),
            |()| {
                let signed = signer.sign_raw(black_box(&raw), job.payload(), timestamp).unwrap();
                *signed.stages().signature()
            },
        );
        run(race);
    }
}
