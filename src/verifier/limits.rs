//! How large a request may be.

use core::fmt;

use crate::protocol::AUTHORIZATION;
use crate::protocol::canonical::parameters;

/// How large a request may be. They are limits of this crate, and are enforced before anything is allocated or parsed.
///
/// This example raises two limits for large forms:
///
/// ```
/// use countersign::verifier::Limits;
///
/// const LARGE_FORMS: Limits =
///     Limits::DEFAULT.with_max_parameters(5_000).with_max_target_bytes(1 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    authorization_bytes: usize,
    header_bytes: usize,
    headers: usize,
    parameters: usize,
    target_bytes: usize,
}

/// What a request has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes in its Authorization header.
    AuthorizationBytes,
    /// Bytes in the names and values of its headers.
    HeaderBytes,
    /// Headers.
    Headers,
    /// Parameters in its query string.
    Parameters,
    /// Bytes in its request target.
    TargetBytes,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorizationBytes => "bytes in the Authorization header",
            Self::HeaderBytes => "bytes in the headers",
            Self::Headers => "headers",
            Self::Parameters => "parameters in the query string",
            Self::TargetBytes => "bytes in the request target",
        })
    }
}

/// A limit that a request exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("request exceeds the limit of {allowed} {limit}")]
#[non_exhaustive]
pub struct LimitExceeded {
    /// Which limit.
    pub limit: Limit,
    /// What it allows.
    pub allowed: usize,
}

impl Limits {
    /// The default limits: 8 KiB of Authorization header, 64 KiB of headers, 256 headers, 1,000 parameters, 64 KiB of request
    /// target.
    pub const DEFAULT: Self = Self {
        authorization_bytes: 8 << 10,
        header_bytes: 64 << 10,
        headers: 256,
        parameters: 1_000,
        target_bytes: 64 << 10,
    };

    /// Sets the maximum length of the Authorization header, in bytes.
    #[must_use]
    pub const fn with_max_authorization_bytes(mut self, max: usize) -> Self {
        self.authorization_bytes = max;
        self
    }

    /// Sets the maximum length of the names and values of all headers together, in bytes.
    #[must_use]
    pub const fn with_max_header_bytes(mut self, max: usize) -> Self {
        self.header_bytes = max;
        self
    }

    /// Sets the maximum number of headers.
    #[must_use]
    pub const fn with_max_headers(mut self, max: usize) -> Self {
        self.headers = max;
        self
    }

    /// Sets the maximum number of parameters in the query string.
    #[must_use]
    pub const fn with_max_parameters(mut self, max: usize) -> Self {
        self.parameters = max;
        self
    }

    /// Sets the maximum length of the request target, in bytes.
    #[must_use]
    pub const fn with_max_target_bytes(mut self, max: usize) -> Self {
        self.target_bytes = max;
        self
    }

    /// Checks the limits that need no parsing. Counting stops at the first item too many.
    pub(super) fn check_sizes<'a>(
        &self,
        target_bytes: usize,
        headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), LimitExceeded> {
        check(self.target_bytes, target_bytes, Limit::TargetBytes)?;
        let (mut count, mut bytes) = (0, 0);
        for (name, value) in headers {
            count += 1;
            check(self.headers, count, Limit::Headers)?;
            bytes += name.len() + value.len();
            check(self.header_bytes, bytes, Limit::HeaderBytes)?;
            if name.eq_ignore_ascii_case(AUTHORIZATION) {
                check(self.authorization_bytes, value.len(), Limit::AuthorizationBytes)?;
            }
        }
        Ok(())
    }

    pub(super) fn check_parameters(&self, query: &[u8]) -> Result<(), LimitExceeded> {
        let count = parameters(query).take(self.parameters.saturating_add(1)).count();
        check(self.parameters, count, Limit::Parameters)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

fn check(allowed: usize, count: usize, limit: Limit) -> Result<(), LimitExceeded> {
    if count > allowed { Err(LimitExceeded { limit, allowed }) } else { Ok(()) }
}
