//! How large a request may be: what is beyond is refused before anything else is looked at.

use core::fmt;

use crate::protocol::canonical::{AUTHORIZATION, is_named};
use crate::protocol::pieces;

/// What a request may hold. Counting stops at the first too many.
///
/// ```
/// use countersign::verifier::Limits;
///
/// const LARGE_FORMS: Limits = Limits::DEFAULT.with_parameters(5_000).with_target_bytes(1 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    authorization_bytes: usize,
    header_bytes: usize,
    headers: usize,
    parameters: usize,
    target_bytes: usize,
}

/// The longest Authorization header, in bytes.
pub const MAX_AUTHORIZATION_BYTES: usize = 8 << 10;
/// The most bytes that the names and values of all headers may have.
pub const MAX_HEADER_BYTES: usize = 64 << 10;
/// The most headers.
pub const MAX_HEADERS: usize = 256;
/// The most parameters in a query.
pub const MAX_PARAMETERS: usize = 1_000;
/// The longest target, in bytes.
pub const MAX_TARGET_BYTES: usize = 64 << 10;

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
    /// Parameters in its query.
    Parameters,
    /// Bytes in its target.
    TargetBytes,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorizationBytes => "bytes in its Authorization header",
            Self::HeaderBytes => "bytes in its headers",
            Self::Headers => "headers",
            Self::Parameters => "parameters in its query",
            Self::TargetBytes => "bytes in its target",
        })
    }
}

/// A limit that a request is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The request has more than {allowed} {limit}")]
#[non_exhaustive]
pub struct TooLarge {
    /// Which limit.
    pub limit: Limit,
    /// What it allows.
    pub allowed: usize,
}

impl Limits {
    /// The limits that a verifier has from the start: ours.
    pub const DEFAULT: Self = Self {
        authorization_bytes: MAX_AUTHORIZATION_BYTES,
        header_bytes: MAX_HEADER_BYTES,
        headers: MAX_HEADERS,
        parameters: MAX_PARAMETERS,
        target_bytes: MAX_TARGET_BYTES,
    };

    /// The longest Authorization header, in bytes.
    #[must_use]
    pub const fn with_authorization_bytes(mut self, most: usize) -> Self {
        self.authorization_bytes = most;
        self
    }

    /// The most bytes that the names and values of all headers may have.
    #[must_use]
    pub const fn with_header_bytes(mut self, most: usize) -> Self {
        self.header_bytes = most;
        self
    }

    /// The most headers.
    #[must_use]
    pub const fn with_headers(mut self, most: usize) -> Self {
        self.headers = most;
        self
    }

    /// The most parameters in a query.
    #[must_use]
    pub const fn with_parameters(mut self, most: usize) -> Self {
        self.parameters = most;
        self
    }

    /// The longest target, in bytes.
    #[must_use]
    pub const fn with_target_bytes(mut self, most: usize) -> Self {
        self.target_bytes = most;
        self
    }

    /// Checks all that can be told without parting anything.
    pub(super) fn check_sizes<'a>(
        &self,
        target_bytes: usize,
        headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), TooLarge> {
        at_most(self.target_bytes, target_bytes, Limit::TargetBytes)?;
        let (mut count, mut bytes) = (0, 0);
        for (name, value) in headers {
            count += 1;
            at_most(self.headers, count, Limit::Headers)?;
            bytes += name.len() + value.len();
            at_most(self.header_bytes, bytes, Limit::HeaderBytes)?;
            if is_named(name, AUTHORIZATION) {
                at_most(self.authorization_bytes, value.len(), Limit::AuthorizationBytes)?;
            }
        }
        Ok(())
    }

    pub(super) fn check_parameters(&self, query: &[u8]) -> Result<(), TooLarge> {
        let count = pieces(query).take(self.parameters.saturating_add(1)).count();
        at_most(self.parameters, count, Limit::Parameters)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

fn at_most(allowed: usize, count: usize, limit: Limit) -> Result<(), TooLarge> {
    if count > allowed { Err(TooLarge { limit, allowed }) } else { Ok(()) }
}
