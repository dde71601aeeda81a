//! The slowest signings of a day, and of the midnight at which the key changes.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use countersign::Signer;
use countersign::protocol::{Scope, SigningKey, Timestamp};
use http::Request;

use crate::jobs::{REGION, SECRET, credentials};
use crate::targets::{Targets, Wanted};

/// Signings of a run, of all threads together. So few that at 99.9 % stands the slowest of each run: with a midnight in it,
/// one that derived the key.
const SIGNINGS: usize = 500;

const DAY: i64 = 24 * 60 * 60;

pub(crate) fn run(rounds: usize, targets: &mut Targets) {
    let runs = rounds.div_ceil(2);
    let midnight = Timestamp::now().unwrap().unix_timestamp() / DAY * DAY;
    let before = Timestamp::from_unix_timestamp(midnight - 1).unwrap();
    let after = Timestamp::from_unix_timestamp(midnight).unwrap();
    let derivation = derivation(after);
    for threads in [2, 16] {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            for is_midnight in if fastrand::bool() { [true, false] } else { [false, true] } {
                let (times, then) =
                    if is_midnight { (&mut with, after) } else { (&mut without, before) };
                times.extend(signings(threads, before, then));
            }
        }
        let ratio = late(with) / (late(without) + derivation);
        let name = format!(
            "rollover, {threads} threads: p99.9 / p99.9 without + {:.2} us",
            derivation * 1e6,
        );
        targets.add(name, Wanted::AtMost(1.5), ratio);
    }
}

/// How long each signing takes; the clock changes after half of them.
fn signings(threads: usize, before: Timestamp, then: Timestamp) -> Vec<Duration> {
    let signer = Signer::new(credentials(), REGION, "service");
    let (number, start) = (AtomicUsize::new(0), Barrier::new(threads));
    let sign = || {
        sign(&signer, before);
        start.wait();
        let mut times = Vec::with_capacity(SIGNINGS);
        loop {
            let number = number.fetch_add(1, Ordering::Relaxed);
            if number >= SIGNINGS {
                return times;
            }
            times.push(sign(&signer, if number < SIGNINGS / 2 { before } else { then }));
            thread::yield_now(); // So that more threads than cores take turns.
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(sign)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn sign(signer: &Signer, timestamp: Timestamp) -> Duration {
    let mut request = Request::get("https://example.amazonaws.com/").body("").unwrap();
    let start = Instant::now();
    signer.sign_at(&mut request, timestamp).unwrap();
    start.elapsed()
}

/// In seconds.
fn derivation(timestamp: Timestamp) -> f64 {
    let scope = Scope::new(timestamp.date(), REGION, "service").unwrap();
    let mut times = Vec::new();
    for _ in 0..2000 {
        let start = Instant::now();
        let key = SigningKey::derive(SECRET.as_bytes(), scope).unwrap();
        times.push(start.elapsed());
        drop(key);
    }
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

/// The time that one of a thousand exceeds, in seconds.
fn late(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() - 1 - times.len() / 1000].as_secs_f64()
}
