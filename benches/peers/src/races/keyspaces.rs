//! The reply to Keyspaces' challenge, written into a buffer. The official plugins are for other languages.

use std::hint::black_box;

use countersign::keyspaces::Challenge;
use countersign::{Credentials, Signer};

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
    let signer = Signer::keyspaces(Credentials::new(ACCESS_KEY_ID, SECRET), "us-east-2");
    let challenge = Challenge::parse(NONCE).unwrap();
    let reply = signer.answer(&challenge, at).unwrap();
    let floor = Floor::new(reply.stages(), &NONCE[6..]);
    let mut buffer = Vec::with_capacity(1024);

    let mut race = Race::new(NAME.into());
    race.enter(FLOOR, || (), |()| floor.hash());
    race.enter(
        OURS,
        || (),
        |()| {
            buffer.clear();
            let challenge = Challenge::parse(black_box(NONCE)).unwrap();
            signer.answer(&challenge, at).unwrap().write(&mut buffer);
        },
    );
    run(race);
}
