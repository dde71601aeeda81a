//! From a request to its signature nothing is allocated. Counts do not depend on the machine.

#![allow(unsafe_code, reason = "an allocator that counts can only be written with it")]

use core::cell::Cell;
use core::time::Duration;
use std::alloc::{GlobalAlloc, Layout, System};

use countersign::keyspaces::KeyspacesSigner;
use countersign::keyspaces::{Challenge, SERVICE};
use countersign::protocol::{
    Payload, PayloadHeader, RawRequest, Rules, Scope, SigningKey, Sink, Timestamp,
};
use countersign::verifier::{AccessKey, Body, SKEW, Verified, Verifier, VerifyError};
use countersign::{Credentials, Signer};
use http::header::{HeaderMap, HeaderValue};
use http::{HeaderName, Request};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    /// Bytes: negative on a thread that frees what another allocated.
    static HELD: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        HELD.set(HELD.get() + layout.size().cast_signed());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size().cast_signed());
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        HELD.set(HELD.get() + size.cast_signed() - layout.size().cast_signed());
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often `work` allocates on this thread.
fn allocations<T>(work: impl FnOnce() -> T) -> usize {
    let before = ALLOCATIONS.get();
    let result = work();
    let count = ALLOCATIONS.get() - before;
    drop(result);
    count
}

/// How many bytes of the heap are held by what `work` makes, and those of its own size.
fn held<T>(work: impl FnOnce() -> T) -> isize {
    let before = HELD.get();
    let result = work();
    let held = HELD.get() - before + size_of::<T>().cast_signed();
    drop(result);
    held
}

fn signer(rules: Rules) -> Signer {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret").with_session_token("a/token");
    Signer::new(credentials, "us-east-1", "service").with_rules(rules)
}

fn timestamp() -> Timestamp {
    "20150830T123600Z".parse().unwrap()
}

/// A request with as many headers and as many parameters, none of them in order.
fn parts(count: usize) -> (String, Vec<(String, Vec<u8>)>) {
    let order = (0..count).map(|n| n * 7 % count);
    let query: Vec<_> = order.clone().map(|n| format!("P{n}=%7E+%2f")).collect();
    let headers = order.map(|n| (format!("X-Amz-{n}"), b" a  b\t".to_vec()));
    (format!("https://user@DB.Example:443/a/./b%20c?{}", query.join("&")), headers.collect())
}

/// Allocations of a signing in a header, and of one in a query.
fn of_signing(count: usize, rules: Rules) -> (usize, usize) {
    let (target, headers) = parts(count);
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    let request = RawRequest { method: "GET", target: target.as_bytes(), headers: &headers };
    let (signer, payload, expires) =
        (signer(rules), Payload::Bytes(b"body"), Duration::from_secs(9));
    signer.sign_raw_at(&request, payload, timestamp()).unwrap();
    (
        allocations(|| signer.sign_raw_at(&request, payload, timestamp())),
        allocations(|| signer.presign_raw_at(&request, payload, expires, timestamp())),
    )
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| Vec::<u8>::with_capacity(1)), 1);
    assert_eq!(allocations(Vec::<u8>::new), 0);
    assert_eq!(held(|| Box::new([0_u8; 100])), 108);
}

#[test]
fn none_from_a_request_to_its_signature() {
    for count in [1, 2, 10, 32] {
        assert_eq!(of_signing(count, Rules::DEFAULT), (0, 0), "{count}");
        assert_eq!(of_signing(count, Rules::S3), (0, 0), "{count}");
    }
}

/// A path that has to be resolved is kept segment by segment.
#[test]
fn none_for_a_path_of_32_segments() {
    let target = format!("https://db.example{}//", "/a".repeat(32));
    let request = RawRequest { method: "GET", target: target.as_bytes(), headers: &[] };
    let signer = signer(Rules::DEFAULT);
    signer.sign_raw_at(&request, Payload::Bytes(b""), timestamp()).unwrap();
    let count = allocations(|| signer.sign_raw_at(&request, Payload::Bytes(b""), timestamp()));
    assert_eq!(count, 0);
}

#[test]
fn what_does_not_fit_the_stack_spills_in_few_steps() {
    for count in [40, 1000] {
        let (header, query) = of_signing(count, Rules::DEFAULT);
        assert!((1..=20).contains(&header), "{count}: {header}");
        assert!((1..=20).contains(&query), "{count}: {query}");
    }
}

#[test]
fn sign_makes_at_most_three_more_than_setting_its_headers() {
    for (rules, more) in
        [(Rules::DEFAULT, 2), (Rules::DEFAULT.with_payload_header(PayloadHeader::Sent), 2)]
    {
        let signer = signer(rules);
        let mut request = Request::get("https://db.example/").body("").unwrap();
        signer.sign_at(&mut request, timestamp()).unwrap();
        let prepared: Vec<(HeaderName, HeaderValue)> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap()))
            .collect();
        let mut request = Request::get("https://db.example/").body("").unwrap();
        let mut headers = HeaderMap::new();
        let setting = allocations(|| {
            for (name, value) in prepared {
                headers.insert(name, value);
            }
        });
        let signing = allocations(|| signer.sign_at(&mut request, timestamp()).unwrap());
        assert_eq!(request.headers(), &headers);
        // The buffer of all values, and what its slices share.
        assert_eq!(signing - setting, more);
    }
}

/// A request with as many headers and parameters, as it arrives when it is signed, and the verifier's answer.
fn of_verifying(
    count: usize,
    key: &AccessKey,
    change: impl Fn(&mut Vec<u8>),
    expected: impl Fn(Result<Verified, VerifyError>) -> bool,
) -> usize {
    let (target, headers) = parts(count);
    let sent: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    let request = RawRequest { method: "GET", target: target.as_bytes(), headers: &sent };
    let signer = signer(Rules::DEFAULT);
    let signed = signer.sign_raw_at(&request, Payload::Bytes(b"body"), timestamp()).unwrap();
    let set = signed.into_headers();
    let mut set: Vec<_> = set.iter().map(|header| (header.name, header.value.to_vec())).collect();
    let authorization = set.iter_mut().find(|(name, _)| *name == "authorization");
    change(&mut authorization.unwrap().1);
    let set = set.iter().map(|(name, value)| (*name, value.as_slice()));
    let arrived: Vec<_> = sent.iter().copied().chain(set).collect();
    let request = RawRequest { headers: &arrived, ..request };

    let verifier = Verifier::new("us-east-1", "service", SKEW);
    allocations(|| {
        let claim = verifier.read_raw(&request, timestamp());
        assert!(expected(claim.and_then(|claim| claim.verify(key, Body::Bytes(b"body")))));
    })
}

fn access_key() -> AccessKey {
    let scope = Scope::new(timestamp().date(), "us-east-1", "service").unwrap();
    AccessKey::new(SigningKey::derive(b"secret", scope).unwrap()).with_session_token("a/token")
}

/// A valid request costs what `Verified` owns: the access key id, and the names of the signed headers.
#[test]
fn a_verification_allocates_its_result_only() {
    for count in [1, 2, 10, 32] {
        let allocated = of_verifying(count, &access_key(), |_| (), |verdict| verdict.is_ok());
        assert_eq!(allocated, 2, "{count}");
    }
}

#[test]
fn none_in_a_refusal() {
    let scope = Scope::new(timestamp().date(), "us-east-1", "service").unwrap();
    let is_mismatch = |verdict| matches!(verdict, Err(VerifyError::SignatureMismatch));
    for count in [1, 2, 10, 32] {
        let forge = |authorization: &mut Vec<u8>| {
            let last = authorization.last_mut().unwrap();
            *last = if *last == b'0' { b'1' } else { b'0' };
        };
        let forged = of_verifying(count, &access_key(), forge, is_mismatch);
        assert_eq!(forged, 0, "{count}");
        let unknown = AccessKey::unknown(scope);
        let unknown = of_verifying(count, &unknown, |_| (), |verdict| verdict.is_err());
        assert_eq!(unknown, 0, "{count}");
        let truncate = |authorization: &mut Vec<u8>| authorization.truncate(20);
        let malformed = of_verifying(count, &access_key(), truncate, |verdict| verdict.is_err());
        assert_eq!(malformed, 0, "{count}");
    }
}

#[test]
fn none_before_a_limit_is_found() {
    let parameters = format!("/?{}", "a&".repeat(100_000));
    let many: Vec<(&str, &[u8])> = vec![("x-amz-a", b""); 100_000];
    let long = vec![b'a'; 1 << 20];
    for (target, headers) in [
        (parameters.as_bytes(), &[][..]),
        (&parameters.as_bytes()[..60_000], &[]),
        (b"/", &many),
        (b"/", &[("a", long.as_slice())]),
        (b"/", &[("authorization", &long[..9_000])]),
    ] {
        let request = RawRequest { method: "GET", target, headers };
        let verifier = Verifier::new("us-east-1", "service", SKEW);
        let count = allocations(|| {
            let error = verifier.read_raw(&request, timestamp()).unwrap_err();
            assert!(matches!(error, VerifyError::RequestTooLarge(_)));
        });
        assert_eq!(count, 0);
    }
}

#[test]
fn none_in_a_login_to_keyspaces() {
    struct Buffer([u8; 1024], usize);

    impl Sink for Buffer {
        fn write(&mut self, bytes: &[u8]) {
            self.0[self.1..][..bytes.len()].copy_from_slice(bytes);
            self.1 += bytes.len();
        }
    }

    let scope = Scope::new(timestamp().date(), "us-east-2", SERVICE).unwrap();
    let key = SigningKey::derive(b"secret", scope).unwrap();
    let mut buffer = Buffer([0; 1024], 0);
    let count = allocations(|| {
        let challenge = Challenge::parse(b"nonce=00000000000000000000000000000000").unwrap();
        let reply = challenge.sign("AKIDEXAMPLE", Some("token"), &key, timestamp()).unwrap();
        reply.write(&mut buffer);
    });
    assert_eq!(count, 0);
    assert!(buffer.0.starts_with(b"signature="));

    let credentials = Credentials::new("AKIDEXAMPLE", "secret").with_session_token("token");
    let signer = KeyspacesSigner::new(credentials, "us-east-2");
    let challenge = Challenge::parse(b"nonce=00000000000000000000000000000000").unwrap();
    let first = signer.sign_challenge_at(&challenge, timestamp()).unwrap().to_string();
    let mut again = Buffer([0; 1024], 0);
    let count = allocations(|| {
        signer.sign_challenge_at(&challenge, timestamp()).unwrap().write(&mut again);
    });
    assert_eq!(count, 0);
    assert_eq!(&again.0[..again.1], first.as_bytes());
    assert_eq!(again.0, buffer.0);
}

/// With all that they keep on the heap, and the day's key.
#[test]
fn a_signer_holds_at_most_1_kib_and_its_credentials_and_a_key_256_bytes() {
    let used = || {
        let signer = signer(Rules::DEFAULT);
        let request = RawRequest { method: "GET", target: b"https://db.example/", headers: &[] };
        signer.sign_raw_at(&request, Payload::Bytes(b""), timestamp()).unwrap();
        signer
    };
    drop(used()); // What a thread keeps for itself, whatever the number of signers.
    let credentials =
        held(|| Credentials::new("AKIDEXAMPLE", "secret").with_session_token("a/token"));
    let signer = held(used);
    assert!(signer <= 1024 + credentials, "{signer}");

    let scope = Scope::new(timestamp().date(), "us-east-1", "service").unwrap();
    let key = held(|| SigningKey::derive(b"secret", scope).unwrap());
    assert!(key <= 256, "{key}");
}
