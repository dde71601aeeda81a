//! The names of the header fields and query parameters that Signature Version 4 uses.

use super::rules::SessionTokenName;

pub(crate) const AUTHORIZATION: &str = "authorization";
/// The pseudo-header in which HTTP/2 sends the host.
pub(crate) const AUTHORITY: &str = ":authority";
pub(crate) const CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(crate) const DATE: &str = "x-amz-date";
pub(crate) const HOST: &str = "host";

/// Headers that are never signed, because proxies or clients change or remove them in transit.
pub const NEVER_SIGNED: [&str; 18] = [
    "authorization",
    "baggage",
    "connection",
    "expect",
    "forwarded",
    "keep-alive",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-amzn-trace-id",
];

/// The prefixes of further header names that are never signed.
pub const NEVER_SIGNED_PREFIXES: [&str; 2] = ["sec-websocket-", "x-forwarded-"];

/// Headers that presigned URLs do not sign either.
pub const NEVER_PRESIGNED: [&str; 2] = ["x-amz-checksum-mode", "x-amz-user-agent"];

/// Whether a header is never signed. The name may be in any case.
pub(crate) fn is_never_signed(name: &str) -> bool {
    NEVER_SIGNED.iter().any(|other| name.eq_ignore_ascii_case(other))
        || NEVER_SIGNED_PREFIXES.iter().any(|prefix| starts_with_ignore_case(name, prefix))
}

pub(super) fn starts_with_ignore_case(name: &str, prefix: &str) -> bool {
    let start = name.as_bytes().get(..prefix.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// A query parameter of a presigned URL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    Algorithm,
    Credential,
    Date,
    Expires,
    SessionToken,
    Signature,
    SignedHeaders,
}

impl Parameter {
    /// All parameters in the order of their names.
    pub(crate) const ALL: [Self; 7] = [
        Self::Algorithm,
        Self::Credential,
        Self::Date,
        Self::Expires,
        Self::SessionToken,
        Self::Signature,
        Self::SignedHeaders,
    ];

    pub(crate) fn name(self, token: SessionTokenName) -> &'static str {
        match self {
            Self::Algorithm => "X-Amz-Algorithm",
            Self::Credential => "X-Amz-Credential",
            Self::Date => "X-Amz-Date",
            Self::Expires => "X-Amz-Expires",
            Self::SessionToken => token.parameter(),
            Self::Signature => "X-Amz-Signature",
            Self::SignedHeaders => "X-Amz-SignedHeaders",
        }
    }
}
