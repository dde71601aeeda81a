//! The credential of a request, held against what the verifier serves.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::error::VerifyError;
use super::fault::{ScopeFault, SignaturePlace};
use super::policy::Policy;
use super::presented::lossy;
use crate::protocol::{TERMINATOR, Timestamp};

/// Checks the scope of the credential, and hands back the access key id.
pub(super) fn check<'a>(
    policy: &Policy,
    credential: Cow<'a, [u8]>,
    place: SignaturePlace,
    signed_at: Timestamp,
) -> Result<Cow<'a, str>, VerifyError> {
    let six = {
        let mut parts = credential.split(|byte| *byte == b'/');
        let mut next = || parts.next();
        [next(), next(), next(), next(), next(), next()]
    };
    let [Some(id), Some(day), Some(region), Some(service), Some(end), None] = six else {
        return Err(VerifyError::CredentialForm { credential: lossy(&credential), place });
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
    if !faults.is_empty() {
        return Err(VerifyError::CredentialScope { faults, place });
    }
    let length = id.len();
    Ok(match credential {
        Cow::Borrowed(text) => {
            let id = text.get(..length).unwrap_or_default();
            str::from_utf8(id).map_or_else(|_| lossy(id).into(), Cow::Borrowed)
        }
        Cow::Owned(text) => lossy(text.get(..length).unwrap_or_default()).into(),
    })
}
