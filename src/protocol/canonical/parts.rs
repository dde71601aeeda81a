//! What a canonical request is made of, wherever it comes from, and all that can be wrong with it.

use super::host::{Authority, Host};
use super::names::is_named;
use super::uri::Path;
use crate::error::CanonicalError;
use crate::protocol::names::AUTHORIZATION;
use crate::protocol::presign::check_unsigned;
use crate::protocol::rules::Rules;

/// A request as it came but for its headers, borrowed. Whoever makes one vouches that no part of it forges a line, and says
/// whether names hold capitals: raw parts are looked through for it; the types of crate `http` can do neither.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) method: &'a str,
    pub(crate) authority: Option<Authority<'a>>,
    pub(crate) path: &'a [u8],
    /// Without its `?`.
    pub(crate) query: &'a [u8],
    /// Whether any of the headers' names may have to be put into lower case.
    pub(crate) hold_capitals: bool,
}

/// A request in which nothing is wrong.
pub(crate) struct Checked<'a> {
    pub(super) method: &'a str,
    pub(super) path: Path<'a>,
    pub(super) query: &'a [u8],
    /// In the order in which they came: names in any case, values of any bytes.
    pub(super) headers: &'a [(&'a str, &'a [u8])],
    pub(super) hold_capitals: bool,
    pub(super) host: Host<'a>,
}

impl Checked<'static> {
    /// A request that is known to be sound, without a query and with no header but its host.
    pub(crate) fn known(method: &'static str, path: &'static [u8], host: &'static [u8]) -> Self {
        let (path, host) = (Path::known(path), Host::Sent(host));
        Self { method, path, query: b"", headers: &[], hold_capitals: false, host }
    }
}

impl<'a> Parts<'a> {
    /// Checks a request that is to be signed in a header.
    pub(crate) fn check(
        self,
        headers: &'a [(&'a str, &'a [u8])],
        rules: &Rules,
    ) -> Result<Checked<'a>, CanonicalError> {
        check_unsigned(self.query, rules)?;
        Ok(Checked {
            method: self.method,
            path: Path::new(self.path, rules)?,
            query: self.query,
            headers,
            hold_capitals: self.hold_capitals,
            host: Host::find(headers, self.authority)?,
        })
    }

    /// Checks a request that is to be presigned, with a token in the query or without.
    pub(crate) fn check_presignable(
        self,
        headers: &'a [(&'a str, &'a [u8])],
        rules: &Rules,
        token_header: Option<&'static str>,
    ) -> Result<Checked<'a>, CanonicalError> {
        for (name, _) in headers {
            if is_named(name, AUTHORIZATION) {
                return Err(CanonicalError::TwoAuthorizations);
            }
            if let Some(name) = token_header.filter(|token| is_named(name, token)) {
                return Err(CanonicalError::TokenRepeated { name });
            }
        }
        self.check(headers, rules)
    }
}
