//! Percent-encoding: one encoder for the text that is signed and for the URL that is sent
//! ([RFC 3986, 2](https://www.rfc-editor.org/rfc/rfc3986#section-2)).

use core::iter;

use percent_encoding::percent_encode_byte;

use super::rules::Plus;
use super::sink::Sink;

/// What is never escaped ([RFC 3986, 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)).
pub(crate) fn is_unreserved(byte: u8) -> bool {
    static UNRESERVED: Alphabet = Alphabet::new(b"-._~");
    UNRESERVED.holds(byte)
}

/// Letters, digits and some marks. A table: most texts that are held against one are shorter than a vector.
pub(crate) struct Alphabet([bool; 256]);

impl Alphabet {
    pub(crate) const fn new(marks: &[u8]) -> Self {
        let mut table = [false; 256];
        let mut rest: &mut [bool] = &mut table;
        let mut byte = 0_u8;
        while let Some((entry, after)) = rest.split_first_mut() {
            *entry = byte.is_ascii_alphanumeric();
            let mut marks = marks;
            while let Some((mark, after)) = marks.split_first() {
                *entry |= *mark == byte;
                marks = after;
            }
            byte = byte.wrapping_add(1);
            rest = after;
        }
        Self(table)
    }

    pub(crate) fn holds(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).is_some_and(|is| *is)
    }
}

/// Whether a text holds such a byte. Looks at many bytes at a time, in vectors.
pub(crate) fn holds(text: &[u8], is: impl Fn(u8) -> bool) -> bool {
    let (wide, text) = text.as_chunks::<32>();
    wide.iter().any(|chunk| is_among(chunk, &is))
        || is_at_an_end::<16>(text, &is)
            .or_else(|| is_at_an_end::<8>(text, &is))
            .or_else(|| is_at_an_end::<4>(text, &is))
            .unwrap_or_else(|| text.iter().any(|byte| is(*byte)))
}

/// Whether the first or the last `N` bytes hold such a byte, if there are so many. Of a text of less than two times `N` bytes
/// they are the whole, and may overlap.
#[inline(always)]
fn is_at_an_end<const N: usize>(text: &[u8], is: impl Fn(u8) -> bool) -> Option<bool> {
    let (first, last) = text.first_chunk::<N>().zip(text.last_chunk::<N>())?;
    Some(is_among(first, &is) | is_among(last, &is))
}

/// Where the first such byte stands. Looks at sixteen bytes at a time, in one vector.
pub(crate) fn find(text: &[u8], is: impl Fn(u8) -> bool) -> Option<usize> {
    let (chunks, rest) = text.as_chunks::<16>();
    for (skipped, chunk) in (0..).step_by(16).zip(chunks) {
        if is_among(chunk, &is) {
            return chunk.iter().position(|byte| is(*byte)).map(|at| skipped + at);
        }
    }
    if text.last_chunk::<16>().is_some_and(|last| !is_among(last, &is)) {
        return None;
    }
    let at = rest.iter().position(|byte| is(*byte))?;
    Some(text.len() - rest.len() + at)
}

/// Whether a byte is one of a few. A `match` would become a table, which no vector can look at.
#[inline]
pub(crate) fn is_one_of<const N: usize>(few: [u8; N], byte: u8) -> bool {
    few.iter().fold(false, |found, one| found | (byte == *one))
}

/// Without an early end the loop becomes vector instructions.
#[inline(always)]
fn is_among<const N: usize>(bytes: &[u8; N], is: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, byte| found | is(*byte))
}

/// What stands between separators: of an empty text, one empty piece.
pub(crate) fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let end = find(text, |byte| byte == separator);
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

/// Writes a text: runs of bytes that `stay` as they are, and in place of each other byte what `change` writes of it. That is
/// given the byte and what follows it, and hands back what is left to write.
pub(crate) fn put_runs<'t, S: Sink>(
    sink: &mut S,
    text: &'t [u8],
    stays: impl Fn(u8) -> bool,
    change: impl Fn(&mut S, u8, &'t [u8]) -> &'t [u8],
) {
    let mut rest = text;
    loop {
        let run = rest.iter().position(|byte| !stays(*byte)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(run);
        if !run.is_empty() {
            sink.put(run);
        }
        let Some((byte, after)) = after.split_first() else { return };
        rest = change(sink, *byte, after);
    }
}

/// Writes every byte but those that `keep` keeps as `%XX`, a `%` too.
pub(crate) fn encode(sink: &mut impl Sink, text: &[u8], keep: impl Fn(u8) -> bool) {
    put_runs(sink, text, keep, |sink, byte, after| {
        sink.put(percent_encode_byte(byte).as_bytes());
        after
    });
}

/// Writes the bytes that `text` stands for, each encoded once: `%7e` becomes `~`, `%2f` becomes `%2F`.
pub(crate) fn reencode(sink: &mut impl Sink, text: &[u8], plus: Plus) {
    let mut rest = text;
    loop {
        let (run, after) = rest.split_at(encoded_run(rest));
        if !run.is_empty() {
            sink.put(run);
        }
        let Some((byte, after)) = after.split_first() else { return };
        let (byte, after) = decode(*byte, after, plus);
        encode(sink, &[byte], is_unreserved);
        rest = after;
    }
}

/// How long the beginning of a text is that is encoded already as it would be written.
fn encoded_run(text: &[u8]) -> usize {
    let mut rest = text;
    loop {
        let plain = rest.iter().position(|byte| !is_unreserved(*byte)).unwrap_or(rest.len());
        rest = match rest.split_at(plain).1 {
            [b'%', high, low, after @ ..] if is_needed_escape(*high, *low) => after,
            end => return text.len() - end.len(),
        };
    }
}

/// Whether two hex digits are in capitals, and stand for a byte that has to be escaped.
fn is_needed_escape(high: u8, low: u8) -> bool {
    let is_capital = |digit: u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
    let byte = hex_digit(high).zip(hex_digit(low)).map(|(high, low)| high << 4 | low);
    is_capital(high) && is_capital(low) && byte.is_some_and(|byte| !is_unreserved(byte))
}

/// The bytes that a text stands for. A broken escape stands for itself.
#[derive(Clone)]
pub(crate) struct Decoded<'a> {
    rest: &'a [u8],
    plus: Plus,
}

impl<'a> Decoded<'a> {
    pub(crate) fn new(text: &'a [u8], plus: Plus) -> Self {
        Self { rest: text, plus }
    }
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        let (byte, rest) = decode(*first, rest, self.plus);
        self.rest = rest;
        Some(byte)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len() / 3, Some(self.rest.len()))
    }
}

/// What a byte stands for, with what follows it; and what is left.
fn decode(first: u8, rest: &[u8], plus: Plus) -> (u8, &[u8]) {
    match (first, plus) {
        (b'%', _) => escape(rest).unwrap_or((b'%', rest)),
        (b'+', Plus::Space) => (b' ', rest),
        _ => (first, rest),
    }
}

/// What follows the `%` of the first broken escape: fewer than two bytes, or two that are not both hex digits.
pub(crate) fn find_broken_escape(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    loop {
        let percent = rest.iter().position(|byte| *byte == b'%')?;
        let after = rest.get(percent + 1..).unwrap_or_default();
        let Some((_, next)) = escape(after) else { return after.get(..2).or(Some(after)) };
        rest = next;
    }
}

/// The byte of the two hex digits that follow a `%`, and what follows them.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let ([high, low], rest) = text.split_first_chunk()?;
    Some((hex_digit(*high)? << 4 | hex_digit(*low)?, rest))
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// Where a byte's encoded form sorts: `%` comes before everything that is unreserved, and upper-case hex sorts as the
/// byte does. Comparing ranks is comparing encoded texts.
pub(crate) fn rank(byte: u8) -> u16 {
    if is_unreserved(byte) { 0x100 + u16::from(byte) } else { byte.into() }
}

/// A sink that encodes what it is given, for texts that stand in a query.
pub(crate) struct Encoding<'s, S>(pub(crate) &'s mut S);

impl<S: Sink> Sink for Encoding<'_, S> {
    fn put(&mut self, bytes: &[u8]) {
        encode(self.0, bytes, is_unreserved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn reencoded(text: &[u8], plus: Plus) -> Vec<u8> {
        let mut out = Vec::new();
        reencode(&mut out, text, plus);
        out
    }

    #[test]
    fn every_byte_but_the_unreserved_is_escaped_in_capitals() {
        let all: Vec<u8> = (0..=255).collect();
        let mut out = Vec::new();
        Encoding(&mut out).put(&all);
        let expected: Vec<u8> = all
            .iter()
            .flat_map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => vec![*byte],
                _ => format!("%{byte:02X}").into_bytes(),
            })
            .collect();
        assert_eq!(out, expected);
    }

    #[test]
    fn a_text_is_split_as_slices_are() {
        for text in ["", "/", "a", "a/b", "/a//b/", "a-long-text-before/and-a-long-text-after/"] {
            let expected: Vec<_> = text.as_bytes().split(|byte| *byte == b'/').collect();
            assert_eq!(split(text.as_bytes(), b'/').collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn the_first_byte_is_found_wherever_it_stands() {
        for length in 0..70 {
            let mut text = vec![b'.'; length];
            assert_eq!(find(&text, |byte| byte == b'x'), None);
            for at in (0..length).rev() {
                text[at] = b'x';
                assert_eq!(find(&text, |byte| byte == b'x'), Some(at));
            }
        }
    }

    #[test]
    fn a_byte_is_seen_wherever_it_stands() {
        for length in 0..70 {
            let mut text = vec![b'.'; length];
            assert!(!holds(&text, |byte| byte == b'x'), "{length}");
            for at in 0..length {
                text[at] = b'x';
                assert!(holds(&text, |byte| byte == b'x'), "{at} of {length}");
                text[at] = b'.';
            }
        }
    }

    #[test]
    fn escapes_are_decoded_and_encoded_once() {
        assert_eq!(reencoded(b"%7e%2f%FF a", Plus::Literal), b"~%2F%FF%20a");
    }

    #[test]
    fn a_broken_escape_is_a_literal_percent() {
        assert_eq!(reencoded(b"%", Plus::Literal), b"%25");
        assert_eq!(reencoded(b"%4", Plus::Literal), b"%254");
        assert_eq!(reencoded(b"%zz%4%41", Plus::Literal), b"%25zz%254A");
        assert_eq!(reencoded(b"%+1", Plus::Space), b"%25%201");
    }

    #[test]
    fn the_first_broken_escape_is_found() {
        for text in ["", "a", "%41", "%25zz", "a=%ff&b=%C3%28"] {
            assert_eq!(find_broken_escape(text.as_bytes()), None, "{text}");
        }
        for (text, after) in [
            ("%", ""),
            ("a%4", "4"),
            ("%41%zz%4", "zz"),
            ("%4g", "4g"),
            ("%%41", "%4"),
            ("%+1", "+1"),
        ] {
            assert_eq!(find_broken_escape(text.as_bytes()), Some(after.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_plus_is_what_the_rules_say() {
        assert_eq!(reencoded(b"a+%2B", Plus::Space), b"a%20%2B");
        assert_eq!(reencoded(b"a+%2B", Plus::Literal), b"a%2B%2B");
    }

    #[test]
    fn ranks_sort_as_encoded_texts_do() {
        let encoded = |byte: u8| {
            let mut out = Vec::new();
            Encoding(&mut out).put(&[byte]);
            out
        };
        for a in 0..=255 {
            for b in 0..=255 {
                assert_eq!(rank(a).cmp(&rank(b)), encoded(a).cmp(&encoded(b)), "{a} {b}");
            }
        }
    }
}
