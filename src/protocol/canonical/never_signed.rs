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
    may_be_never_signed(name) && NEVER_SIGNED.iter().any(|other| name.eq_ignore_ascii_case(other))
        || NEVER_SIGNED_PREFIXES.iter().any(|prefix| begins_with(name, prefix))
}

/// Whether one of the names that are never signed begins with the same letter and is as long: most names need no further
/// look.
fn may_be_never_signed(name: &str) -> bool {
    static LENGTHS: [u32; 32] = lengths_by_letter();

    let letter = name.bytes().next().map(in_either_case).unwrap_or_default();
    let lengths = LENGTHS.get(usize::from(letter)).copied().unwrap_or_default();
    name.len() < 32 && lengths & 1 << name.len() != 0
}

/// For each first letter a bit for each length.
const fn lengths_by_letter() -> [u32; 32] {
    let mut table = [0; 32];
    let mut rest: &mut [u32] = &mut table;
    let mut letter = 0;
    while let Some((lengths, after)) = rest.split_first_mut() {
        let mut names = NEVER_SIGNED.as_slice();
        while let Some((name, others)) = names.split_first() {
            if let Some(first) = name.as_bytes().first()
                && in_either_case(*first) == letter
            {
                *lengths |= 1 << name.len();
            }
            names = others;
        }
        letter += 1;
        rest = after;
    }
    table
}

/// What a letter's two cases have in common.
const fn in_either_case(letter: u8) -> u8 {
    letter & 0x1f
}

/// In any case.
pub(super) fn begins_with(name: &str, prefix: &str) -> bool {
    let start = name.as_bytes().get(..prefix.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}
