//! The canonical request of what arrived, as far as it is said to be signed.

use super::error::VerifyError;
use super::fault::SignaturePlace;
use super::policy::Policy;
use super::presented::lossy;
use crate::error::CanonicalError;
use crate::protocol::CanonicalRequest;
use crate::protocol::canonical::{AUTHORITY, HOST, Host, Parts, Path, SignedNames};

/// Does something with the canonical request that has the headers that are said to be signed, if they are those that must
/// be. Its payload hash is still to come.
pub(super) fn with_canonical<'p, T>(
    policy: &Policy,
    parts: &Parts<'p>,
    path: Path<'p>,
    headers: &'p [(&'p str, &'p [u8])],
    signed_headers: &[u8],
    place: SignaturePlace,
    work: impl FnOnce(&CanonicalRequest<'p>) -> T,
) -> Result<T, VerifyError> {
    let mut names = SignedNames::new();
    if !names.read(signed_headers) {
        return Err(VerifyError::SignedHeadersForm);
    }
    let host = find_host(parts, headers, &names)?;
    let query = policy.signed_query(parts.query, place);
    let mut canonical = CanonicalRequest::of_arrived(parts, path, query, headers, host);
    let authority = parts.authority.map(|authority| authority.text);
    let must_be_signed = |name: &str| policy.must_be_signed(name);
    let lines = canonical.headers_mut();
    if let Some(name) = lines.add_arrived(authority, &names, must_be_signed) {
        return Err(VerifyError::HeaderUnsigned { name: name.into() });
    }
    match lines.first_missing(&names) {
        Some(name) => Err(VerifyError::SignedHeaderMissing { name: lossy(name) }),
        None => Ok(work(&canonical)),
    }
}

fn find_host<'a>(
    parts: &Parts<'a>,
    headers: &[(&'a str, &'a [u8])],
    names: &SignedNames<'_>,
) -> Result<Host<'a>, VerifyError> {
    if !names.contain_host() {
        return Err(VerifyError::HostUnsigned);
    }
    Host::find(headers, parts.authority).map_err(|error| match error {
        CanonicalError::HostMissing => {
            let name = if names.contains(HOST) { HOST } else { AUTHORITY };
            VerifyError::SignedHeaderMissing { name: name.into() }
        }
        _ => VerifyError::HostForm,
    })
}
