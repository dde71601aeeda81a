//! Each rule of signing and verifying by itself, in small random cases: what must make no difference, and what must. The
//! other properties compare all of them at once with a reference.

#[path = "support/both.rs"]
mod both;
#[path = "support/reference.rs"]
mod reference;
#[path = "support/strategies.rs"]
mod strategies;

#[path = "rules/headers.rs"]
mod headers;
#[path = "rules/path.rs"]
mod path;
#[path = "rules/presigned.rs"]
mod presigned;
#[path = "rules/query.rs"]
mod query;
#[path = "rules/server.rs"]
mod server;
#[path = "rules/steps.rs"]
mod steps;

use countersign::protocol::{Payload, RawRequest, Rules, Timestamp};
use countersign::{Credentials, SignError, Signer};
use proptest::prelude::ProptestConfig;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn config() -> ProptestConfig {
    strategies::config(256)
}

fn signer(rules: Rules) -> Signer {
    Signer::new(Credentials::new("AKIDEXAMPLE", SECRET), "us-east-1", "service").with_rules(rules)
}

fn timestamp() -> Timestamp {
    "20150830T123600Z".parse().unwrap()
}

/// The signature of a GET without a body.
fn signature(rules: Rules, target: &[u8], headers: &[(&str, &[u8])]) -> Result<String, SignError> {
    let request = RawRequest { method: "GET", target, headers };
    let signer = signer(rules);
    let signed = signer.sign_raw_at(&request, Payload::Bytes(b""), timestamp())?;
    Ok(signed.stages().signature().to_string())
}

/// Whether all bytes stand for themselves or are escapes in capitals.
fn is_canonical(text: &str, also: &str) -> bool {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first == '%' { 3 } else { 1 };
        let Some((piece, after)) = rest.split_at_checked(length) else { return false };
        let is_hex = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
        let is_plain = first.is_ascii_alphanumeric() || "-._~".contains(first);
        let is_escape = || first == '%' && piece[1..].chars().all(is_hex);
        if !is_plain && !also.contains(first) && !is_escape() {
            return false;
        }
        rest = after;
    }
    true
}
