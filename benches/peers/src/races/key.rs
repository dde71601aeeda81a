//! The day's signing key. This crate's holds its state for the HMACs to come as well, which costs two compressions more
//! than its 32 bytes.

use std::hint::black_box;

use countersign::protocol::{Scope, SigningKey};

use crate::floor::four_hmacs;
use crate::jobs::{REGION, SECRET, timestamp};
use crate::options::Options;
use crate::peers::{aws_sign_v4, aws_sigv4};
use crate::race::{FLOOR, OURS, Race, SDK};

const SERVICE: &str = "service";

pub(crate) fn races(options: &Options, run: &mut dyn FnMut(Race<'_>)) {
    const NAME: &str = "key";
    if !options.wants(NAME) {
        return;
    }
    let scope = Scope::new(timestamp().date(), REGION, SERVICE).unwrap();
    let date = scope.date();
    let secret = || black_box(SECRET.as_bytes());
    let prefixed = [b"AWS4", SECRET.as_bytes()].concat();
    let texts = || {
        black_box([&date.as_bytes()[..], REGION.as_bytes(), SERVICE.as_bytes(), b"aws4_request"])
    };

    let four_hmacs = || four_hmacs(black_box(&prefixed), texts());
    let floor = four_hmacs();
    assert_eq!(*SigningKey::derive_bytes(secret(), scope).unwrap(), floor);
    assert_eq!(aws_sigv4::key(SERVICE).as_ref(), floor);
    assert_eq!(aws_sign_v4::key(SERVICE), floor);

    let mut race = Race::new(NAME.into());
    race.enter(FLOOR, || (), |()| four_hmacs());
    race.enter(OURS, || (), |()| SigningKey::derive(secret(), scope).unwrap());
    race.enter(
        "countersign, 32 bytes",
        || (),
        |()| SigningKey::derive_bytes(secret(), scope).unwrap(),
    );
    race.enter(SDK, || (), |()| aws_sigv4::key(black_box(SERVICE)));
    race.enter("aws-sign-v4", || (), |()| aws_sign_v4::key(black_box(SERVICE)));
    run(race);
}
