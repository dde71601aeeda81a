//! Headers that are not signed, since they change on the way.

/// Headers that never take part: some proxy or client changes or removes each of them on the way.
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

/// Headers whose names begin with one of these never take part either.
pub const NEVER_SIGNED_PREFIXES: [&str; 2] = ["sec-websocket-", "x-forwarded-"];

/// Headers that a presigned URL leaves out as well.
pub const NEVER_PRESIGNED: [&str; 2] = ["x-amz-checksum-mode", "x-amz-user-agent"];

/// Whether a header, its name in any case, never takes part.
pub(crate) fn is_never_signed(name: &str) -> bool {
    NEVER_SIGNED.iter().any(|other| name.eq_ignore_ascii_case(other))
        || NEVER_SIGNED_PREFIXES.iter().any(|prefix| begins_with(name, prefix))
}

/// In any case.
pub(super) fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
