//! How the time grows with what is signed: in proportion, but for sorting.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use countersign::Signer;
use countersign::protocol::{Payload, PayloadHasher, RawRequest};
use http::Request;

use crate::jobs::{REGION, credentials, timestamp};
use crate::report::Report;

/// How many times as long as in proportion the next size may take. Sorting alone can make it 1.5 (from 100 to 1,000) or 2
/// (from 10 to 100); were it quadratic, it would be 10 or 16.
const MOST: f64 = 2.0;

/// Of headers and of parameters: an `http::Request` takes the first four.
const COUNTS: [usize; 5] = [1, 10, 100, 1000, 10_000];
/// Bytes of a path, and of a body.
const TARGETS: [usize; 4] = [16, 256, 4 << 10, 64 << 10];
const BODIES: [usize; 5] = [1 << 10, 16 << 10, 256 << 10, 4 << 20, 64 << 20];

/// What a body is fed in.
const PIECE: usize = 8 << 10;

pub(crate) fn run(report: Report) {
    report.header(&["what grows", "how many", "us", "ns each", "/ proportion", "quadratic"]);
    let signer = Signer::new(credentials(), REGION, "service");
    grow(&report, "headers, raw", &COUNTS, |count| {
        let headers = headers(count);
        let headers: Vec<_> = headers.iter().map(|name| (name.as_str(), &b"a value"[..])).collect();
        sign_raw(&signer, "https://db.example/", &headers, b"")
    });
    grow(&report, "headers, http::Request", &COUNTS[..4], |count| {
        let mut request = Request::get("https://db.example/");
        for name in headers(count) {
            request = request.header(name, "a value");
        }
        sign(&signer, request.body(Bytes::new()).unwrap())
    });
    grow(&report, "parameters, raw", &COUNTS, |count| {
        sign_raw(&signer, &format!("https://db.example/?{}", query(count)), &[], b"")
    });
    grow(&report, "parameters, http::Request", &COUNTS[..4], |count| {
        let request = Request::get(format!("https://db.example/?{}", query(count)));
        sign(&signer, request.body(Bytes::new()).unwrap())
    });
    for (name, segment) in [
        ("path, one segment, raw", "a"),
        ("path, short segments, raw", "a/"),
        ("path, resolved, raw", "a/../"),
    ] {
        grow(&report, name, &TARGETS, |length| {
            let path = segment.repeat(length / segment.len());
            sign_raw(&signer, &format!("https://db.example/{path}"), &[], b"")
        });
    }
    let body = vec![b'x'; BODIES[4]];
    grow(&report, "body, raw", &BODIES, |length| {
        sign_raw(&signer, "https://db.example/", &[], &body[..length])
    });
    grow(&report, "body, in pieces", &BODIES, |length| {
        time(|| {
            let mut hasher = PayloadHasher::new();
            for piece in body[..length].chunks(PIECE) {
                hasher.update(black_box(piece));
            }
            let request =
                RawRequest { method: "PUT", target: b"https://db.example/", headers: &[] };
            signer.sign_raw_at(&request, Payload::Hash(hasher.finish()), timestamp()).unwrap()
        })
    });
}

fn grow(report: &Report, name: &str, sizes: &[usize], measure: impl Fn(usize) -> Duration) {
    let mut last: Option<(usize, f64)> = None;
    for &size in sizes {
        let time = measure(size).as_nanos() as f64;
        let slope = last.map(|(less, shorter)| time / shorter * less as f64 / size as f64);
        report.line(&[
            name.into(),
            size.to_string(),
            format!("{:.1}", time / 1000.0),
            format!("{:.2}", time / size as f64),
            slope.map_or(String::new(), |slope| format!("{slope:.2}")),
            slope.map_or("", |slope| if slope > MOST { "YES" } else { "no" }).into(),
        ]);
        last = Some((size, time));
    }
}

/// Names in no order.
fn headers(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("x-amz-meta-{}", n * 7919 % count)).collect()
}

fn query(count: usize) -> String {
    let parameters: Vec<_> = (0..count).map(|n| format!("p{}=1", n * 7919 % count)).collect();
    parameters.join("&")
}

fn sign_raw(signer: &Signer, target: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Duration {
    let request = RawRequest { method: "PUT", target: target.as_bytes(), headers };
    time(|| {
        signer.sign_raw_at(black_box(&request), Payload::Bytes(body), timestamp()).unwrap();
    })
}

/// A signed request is signed again: what the signature set is replaced.
fn sign(signer: &Signer, mut request: Request<Bytes>) -> Duration {
    time(|| signer.sign_at(black_box(&mut request), timestamp()).unwrap())
}

/// The shortest of many times.
fn time<T>(mut work: impl FnMut() -> T) -> Duration {
    work();
    let (begin, mut shortest) = (Instant::now(), Duration::MAX);
    while begin.elapsed() < Duration::from_millis(200) {
        let start = Instant::now();
        black_box(work());
        shortest = shortest.min(start.elapsed());
    }
    shortest
}
