//! The value of a header, as it is signed.

use crate::protocol::encoding::{holds, is_one_of, put_runs};
use crate::protocol::sink::Sink;

/// Writes a header value: trimmed, each run of blanks one space. Quotes protect nothing.
pub(super) fn write_folded(value: &[u8], sink: &mut impl Sink) {
    // Most values hold no blank. One comparison finds all four, and control characters, which are left as they are below.
    if !holds(value, |byte| byte <= b' ') {
        return sink.put(value);
    }
    let words = value.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            sink.put(b" ");
        }
        sink.put(word);
    }
}

/// A value without the blanks at its ends.
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    let Some(first) = value.iter().position(|byte| !is_blank(*byte)) else { return &[] };
    let last = value.iter().rposition(|byte| !is_blank(*byte)).unwrap_or(first);
    value.get(first..=last).unwrap_or_default()
}

/// Line breaks are here only as parts of folds: any other was refused with the request.
pub(crate) fn is_blank(byte: u8) -> bool {
    is_one_of(*b" \t\r\n", byte)
}

/// The first byte of a header value that would begin another line: NUL, CR or LF. A line break before a blank is an
/// obsolete fold, and no more than a blank itself ([RFC 9112, 5.2](https://www.rfc-editor.org/rfc/rfc9112#section-5.2)).
pub(crate) fn find_forgery(value: &[u8]) -> Option<usize> {
    // Most values hold none, nor what one comparison takes for one.
    if !holds(value, |byte| byte <= b'\r') {
        return None;
    }
    (0..value.len()).find(|at| match value.get(*at..).unwrap_or_default() {
        [b'\r', b'\n', b' ' | b'\t', ..] | [b'\n', b' ' | b'\t', ..] => false,
        [first, ..] => begins_forgery(*first),
        [] => false,
    })
}

/// NUL, CR or LF: in a target none of them may stand, whatever follows.
pub(crate) fn begins_forgery(byte: u8) -> bool {
    is_one_of(*b"\r\n\0", byte)
}

/// A sink that writes what it is given in lower case.
pub(super) struct LowerCase<'s, S>(pub(super) &'s mut S);

impl<S: Sink> Sink for LowerCase<'_, S> {
    fn put(&mut self, bytes: &[u8]) {
        if !holds(bytes, |byte| byte.is_ascii_uppercase()) {
            return self.0.put(bytes);
        }
        put_runs(
            self.0,
            bytes,
            |byte| !byte.is_ascii_uppercase(),
            |sink, upper, after| {
                sink.put(&[upper.to_ascii_lowercase()]);
                after
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_at_the_ends_are_trimmed() {
        for (value, trimmed) in [("", ""), (" ", ""), ("a", "a"), ("\t a b\r\n ", "a b")] {
            assert_eq!(trim(value.as_bytes()), trimmed.as_bytes(), "{value:?}");
        }
    }

    #[test]
    fn a_line_break_is_a_fold_only_before_a_blank() {
        for value in ["", "a", "a\n b", "a\r\n\tb", "\n ", "\r\n \n\t"] {
            assert_eq!(find_forgery(value.as_bytes()), None, "{value:?}");
        }
        for (value, at) in [
            ("\0", 0),
            ("a\n", 1),
            ("a\nb", 1),
            ("a\r b", 1),
            ("a\r\nb", 1),
            ("\n\n ", 0),
            (" \r\r\n ", 1),
        ] {
            assert_eq!(find_forgery(value.as_bytes()), Some(at), "{value:?}");
        }
    }
}
