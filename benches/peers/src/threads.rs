//! Two threads with one signer between them, and two threads with a signer each.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use countersign::Signer;
use countersign::protocol::{Payload, RawRequest};

use crate::jobs::{REGION, credentials, timestamp};
use crate::targets::{Targets, Wanted};

/// Signings of each thread in a round.
const SIGNINGS: usize = 5000;

pub(crate) fn run(rounds: usize, targets: &mut Targets) {
    let (mut shared, mut own) = (Vec::new(), Vec::new());
    for _ in 0..rounds.div_ceil(5) {
        let (one, other) = (signer(), signer());
        for is_shared in if fastrand::bool() { [true, false] } else { [false, true] } {
            let times = if is_shared { &mut shared } else { &mut own };
            times.push(both([&one, if is_shared { &one } else { &other }]));
        }
    }
    let ratio = median(own) / median(shared);
    targets.add("threads: throughput of one Signer / a Signer each".into(), WANTED, ratio);
}

const WANTED: Wanted = Wanted::AtLeast(0.97);

fn signer() -> Signer {
    Signer::new(credentials(), REGION, "service")
}

/// How long two threads take together, a signer for each.
fn both(signers: [&Signer; 2]) -> Duration {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let threads = signers.map(|signer| {
            let start = &start;
            scope.spawn(move || {
                sign(signer); // Derives the key.
                start.wait();
                let start = Instant::now();
                for _ in 0..SIGNINGS {
                    sign(signer);
                }
                start.elapsed()
            })
        });
        threads.map(|thread| thread.join().unwrap()).into_iter().max().unwrap()
    })
}

fn sign(signer: &Signer) {
    let headers: &[(&str, &[u8])] = &[("host", b"example.amazonaws.com")];
    let request = RawRequest { method: "GET", target: b"/", headers };
    black_box(signer.sign_raw_at(black_box(&request), Payload::Bytes(b""), timestamp()).unwrap());
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}
