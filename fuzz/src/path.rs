//! A path, by each of its rules.

use arbitrary::Arbitrary;
use countersign::protocol::canonical::CanonicalUri;

use super::both::rules;
use super::reference::{Policy, canonical_path};

#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    is_resolved: bool,
    is_encoded_twice: bool,
    path: &'a [u8],
}

impl Input<'_> {
    pub fn check(&self) {
        let policy = Policy {
            resolve_path: self.is_resolved,
            encode_path_twice: self.is_encoded_twice,
            ..Policy::default_service()
        };
        let ours = ours(self.path, &policy);
        assert_eq!(ours, canonical_path(self.path, &policy).map(text));
        let is_own = !self.is_resolved && !self.is_encoded_twice;
        if let Some(canonical) = ours.filter(|_| is_own) {
            assert_eq!(self::ours(canonical.as_bytes(), &policy), Some(canonical));
        }
    }
}

/// What is written and what is shown are one.
fn ours(path: &[u8], policy: &Policy) -> Option<String> {
    let path = CanonicalUri::new(path, &rules(policy)).ok()?;
    let mut written = Vec::new();
    path.write(&mut written);
    let written = text(written);
    assert_eq!(written, path.to_string());
    Some(written)
}

fn text(canonical: Vec<u8>) -> String {
    String::from_utf8(canonical).expect("every byte beyond ASCII is encoded")
}
