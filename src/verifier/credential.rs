//! The credential of a request, held against what the verifier serves.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::error::VerifyError;
use super::fault::{ScopeFault, SignaturePlace};
use super::policy::Policy;
use super::presented::lossy;
use crate::protocol::{Scope, Sink, TERMINATOR, Timestamp, holds};

/// Checks the scope of the credential, and hands back the access key id.
pub(super) fn check<'a>(
    policy: &Policy,
    credential: Cow<'a, [u8]>,
    place: SignaturePlace,
    signed_at: Timestamp,
) -> Result<Cow<'a, str>, VerifyError> {
    let length = credential.iter().position(|byte| *byte == b'/').unwrap_or(credential.len());
    let (id, scope) = credential.split_at(length);
    let mut comparison = Comparison { rest: scope, differs: false };
    comparison.put(b"/");
    Scope::of_checked(signed_at.day(), &policy.region, &policy.service).write(&mut comparison);
    // What holds a slash would be two parts.
    let is_one_part = |text: &str| !holds(text.as_bytes(), |byte| byte == b'/');
    let are_parts = is_one_part(&policy.region) && is_one_part(&policy.service);
    if comparison.differs || !comparison.rest.is_empty() || !are_parts {
        return Err(scope_error(policy, &credential, place, signed_at));
    }
    Ok(match credential {
        Cow::Borrowed(text) => {
            let id = text.get(..length).unwrap_or_default();
            str::from_utf8(id).map_or_else(|_| lossy(id).into(), Cow::Borrowed)
        }
        Cow::Owned(_) => lossy(id).into(),
    })
}

/// Compares a text with what is written.
struct Comparison<'t> {
    rest: &'t [u8],
    differs: bool,
}

impl Sink for Comparison<'_> {
    fn put(&mut self, bytes: &[u8]) {
        match self.rest.strip_prefix(bytes) {
            Some(rest) => self.rest = rest,
            None => self.differs = true,
        }
    }
}

/// What is wrong with a credential whose scope is not the verifier's.
fn scope_error(
    policy: &Policy,
    credential: &[u8],
    place: SignaturePlace,
    signed_at: Timestamp,
) -> VerifyError {
    let mut parts = credential.split(|byte| *byte == b'/');
    let mut next = || parts.next();
    let six = [next(), next(), next(), next(), next(), next()];
    let [Some(_), Some(day), Some(region), Some(service), Some(end), None] = six else {
        return VerifyError::CredentialForm { credential: lossy(credential), place };
    };
    let mut faults = Vec::new();
    if region != policy.region.as_bytes() {
        let (given, expected) = (lossy(region), policy.region.clone());
        faults.push(ScopeFault::Region { given, expected });
    }
    if service != policy.service.as_bytes() {
        faults.push(ScopeFault::Service { expected: policy.service.clone() });
    }
    if end != TERMINATOR {
        faults.push(ScopeFault::Terminator { given: lossy(end) });
    }
    if day != signed_at.day() {
        faults.push(ScopeFault::Day { given: lossy(day), signed_at });
    }
    VerifyError::CredentialScope { faults, place }
}
