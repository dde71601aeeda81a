//! Whatever the request, crate and reference agree: on every stage, or that it cannot be signed.

use arbitrary::Arbitrary;
use countersign::arbitrary::ArbitraryRequest;

use super::how::How;

#[derive(Arbitrary, Debug)]
pub struct Input {
    how: How,
    is_hostile: bool,
    request: ArbitraryRequest,
}

impl Input {
    pub fn check(self) {
        let Self { how, is_hostile, request } = self;
        let request = if is_hostile { request } else { request.into_well_formed() };
        let case = how.case(request);
        match (case.ours(), case.reference()) {
            (Ok(ours), Ok(reference)) => assert_eq!(ours, reference),
            (Err(error), Err(_)) => assert!(is_hostile || !how.is_sound(), "{error}"),
            (ours, reference) => panic!("ours: {ours:?}\nreference: {reference:?}"),
        }
    }
}
