//! The bytes that a signer and a key hold, with all that they keep on the heap.

use countersign::Signer;
use countersign::protocol::{Payload, RawRequest, Scope, SigningKey};

use crate::allocations::held;
use crate::jobs::{REGION, SECRET, credentials, timestamp};
use crate::targets::{Targets, Wanted};

pub(crate) fn run(targets: &mut Targets) {
    // What a thread keeps for itself, whatever the number of signers.
    drop(used_signer());

    let signer = bytes::<Signer>(held(used_signer)) - held(credentials);
    let name = "memory: Signer and key, bytes but the credentials'";
    targets.add(name.into(), Wanted::AtMost(1024.0), signer as f64);

    let scope = Scope::new(timestamp().date(), REGION, "service").unwrap();
    let key = held(|| SigningKey::derive(SECRET.as_bytes(), scope).unwrap());
    let key = bytes::<SigningKey>(key);
    targets.add("memory: SigningKey, bytes".into(), Wanted::AtMost(256.0), key as f64);
}

/// On the stack and on the heap.
fn bytes<T>(heap: isize) -> isize {
    heap + size_of::<T>() as isize
}

/// A signer that holds the day's key.
fn used_signer() -> Signer {
    let signer = Signer::new(credentials(), REGION, "service");
    let request = RawRequest { method: "GET", target: b"https://db.example/", headers: &[] };
    signer.sign_raw_at(&request, Payload::Bytes(b""), timestamp()).unwrap();
    signer
}
