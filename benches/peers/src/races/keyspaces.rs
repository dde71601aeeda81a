//! The reply to Keyspaces' challenge, written into a buffer. The official plugins are for other languages.

use std::hint::black_box;

use countersign::Credentials;
use countersign::keyspaces::{Challenge, KeyspacesSigner};

use crate::floor::Floor;
use crate::jobs::{ACCESS_KEY_ID, SECRET, timestamp};
use crate::options::Options;
use crate::race::{FLOOR, OURS, Race};

const NONCE: &[u8] = b"nonce=91703fdc2ef562e19fbdab0f58e42fe5";

pub(crate) fn races(options: &Options, run: &mut dyn FnMut(Race<'_>)) {
    const NAME: &str = "keyspaces/reply";
    if !options.wants(NAME) {
        return;
    }
    let at = timestamp();
    let signer = KeyspacesSigner::new(Credentials::new(ACCESS_KEY_ID, SECRET), "us-east-2");
    let challenge = Challenge::parse(NONCE).unwrap();
    let response = signer.sign_challenge_at(&challenge, at).unwrap();
    let floor = Floor::from_texts(
        &response.canonical_request().to_string(),
        &response.string_to_sign(),
        &NONCE[6..],
    );
    let mut buffer = Vec::with_capacity(1024);

    let mut race = Race::new(NAME.into());
    race.enter(FLOOR, || (), |()| floor.hash());
    race.enter(
        OURS,
        || (),
        |()| {
            buffer.clear();
            let challenge = Challenge::parse(black_box(NONCE)).unwrap();
            signer.sign_challenge_at(&challenge, at).unwrap().write(&mut buffer);
        },
    );
    run(race);
}
