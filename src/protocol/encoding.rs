//! Percent-encoding ([RFC 3986, section 2](https://www.rfc-editor.org/rfc/rfc3986#section-2)) and hexadecimal digits.
//!
//! The canonical request and the URL that is sent use the same encoder, so they cannot differ.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::rules::Plus;
use super::sink::Sink;

/// Every byte but the unreserved characters
/// ([RFC 3986, section 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)).
pub(crate) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Every byte but the unreserved characters and `/`.
pub(crate) const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Writes the text with each byte of the set as `%XX`.
pub(crate) fn encode(sink: &mut impl Sink, text: &[u8], set: &'static AsciiSet) {
    percent_encode(text, set).for_each(|piece| sink.write(piece.as_bytes()));
}

/// Decodes the text and writes it percent-encoded once: `%7e` becomes `~`, `%2f` becomes `%2F`.
pub(crate) fn reencode(sink: &mut impl Sink, text: &[u8], plus: Plus) {
    let mut rest = text;
    loop {
        let special = rest.iter().position(|byte| matches!(byte, b'%' | b'+'));
        let (run, after) = rest.split_at(special.unwrap_or(rest.len()));
        encode(sink, run, RESERVED);
        let Some((byte, after)) = decode_first(after, plus) else { return };
        encode(sink, &[byte], RESERVED);
        rest = after;
    }
}

/// An iterator over the bytes of a percent-encoded text. Invalid percent-encoding is kept literally.
///
/// The decoder of crate percent-encoding has no setting for `+`, and cannot report invalid percent-encoding.
#[derive(Clone)]
pub(crate) struct PercentDecode<'a> {
    rest: &'a [u8],
    plus: Plus,
}

impl<'a> PercentDecode<'a> {
    pub(crate) fn new(text: &'a [u8], plus: Plus) -> Self {
        Self { rest: text, plus }
    }
}

impl Iterator for PercentDecode<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = decode_first(self.rest, self.plus)?;
        self.rest = rest;
        Some(byte)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len() / 3, Some(self.rest.len()))
    }
}

/// Decodes the first byte of a text, and returns it with what follows.
fn decode_first(text: &[u8], plus: Plus) -> Option<(u8, &[u8])> {
    let (first, rest) = text.split_first()?;
    Some(match (first, plus) {
        (b'%', _) => decode_hex_pair(rest).unwrap_or((b'%', rest)),
        (b'+', Plus::Space) => (b' ', rest),
        _ => (*first, rest),
    })
}

/// Decodes the two hexadecimal digits at the start of a text, and returns the byte with what follows.
fn decode_hex_pair(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = text.split_at_checked(2)?;
    let mut byte = 0;
    hex::decode_to_slice(digits, core::slice::from_mut(&mut byte)).ok()?;
    Some((byte, rest))
}

/// Returns what follows the `%` of the first invalid percent-encoding: two bytes that are not both hexadecimal digits, or
/// fewer than two.
pub(crate) fn find_invalid_percent_encoding(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    loop {
        let percent = rest.iter().position(|byte| *byte == b'%')?;
        let (_, after) = rest.split_at(percent + 1);
        let Some((_, next)) = decode_hex_pair(after) else { return after.get(..2).or(Some(after)) };
        rest = next;
    }
}

/// The rank of a byte among percent-encoded bytes. Comparing ranks gives the order of the encoded texts: `%` sorts before
/// every unreserved character, and uppercase hexadecimal digits sort as the bytes do.
pub(crate) fn encoded_sort_key(byte: u8) -> u16 {
    if is_unreserved(byte) { 0x100 + u16::from(byte) } else { byte.into() }
}

/// A sink that percent-encodes what is written into it.
pub(crate) struct PercentEncoder<'s, S>(pub(crate) &'s mut S);

impl<S: Sink> Sink for PercentEncoder<'_, S> {
    fn write(&mut self, bytes: &[u8]) {
        encode(self.0, bytes, RESERVED);
    }
}

/// Encodes 32 bytes as lowercase hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8; 32]) -> [u8; 64] {
    let mut digits = [0; 64];
    let encoded = hex::encode_to_slice(bytes, &mut digits);
    debug_assert!(encoded.is_ok(), "32 bytes are 64 digits");
    digits
}

/// Whether any byte of a text fulfils a condition.
///
/// Each chunk is examined without an early exit, so that the loop is vectorized: signing with a session token of 1 KiB
/// takes 1.31 times as long with `iter().any(…)` in its place.
pub(crate) fn any_byte(text: &[u8], condition: impl Fn(u8) -> bool) -> bool {
    let (chunks, rest) = text.as_chunks::<16>();
    chunks.iter().any(|chunk| chunk.iter().fold(false, |found, byte| found | condition(*byte)))
        || rest.iter().any(|byte| condition(*byte))
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
    fn all_but_unreserved_bytes_are_encoded_in_uppercase() {
        let all: Vec<u8> = (0..=255).collect();
        let mut out = Vec::new();
        PercentEncoder(&mut out).write(&all);
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
    fn any_byte_examines_every_position() {
        for length in 0..70 {
            let mut text = vec![b'.'; length];
            assert!(!any_byte(&text, |byte| byte == b'x'), "{length}");
            for at in 0..length {
                text[at] = b'x';
                assert!(any_byte(&text, |byte| byte == b'x'), "{at} of {length}");
                text[at] = b'.';
            }
        }
    }

    #[test]
    fn reencoding_decodes_and_encodes_once() {
        assert_eq!(reencoded(b"%7e%2f%FF a", Plus::Literal), b"~%2F%FF%20a");
    }

    #[test]
    fn invalid_percent_encoding_is_a_literal_percent() {
        assert_eq!(reencoded(b"%", Plus::Literal), b"%25");
        assert_eq!(reencoded(b"%4", Plus::Literal), b"%254");
        assert_eq!(reencoded(b"%zz%4%41", Plus::Literal), b"%25zz%254A");
        assert_eq!(reencoded(b"%+1", Plus::Space), b"%25%201");
    }

    #[test]
    fn the_first_invalid_percent_encoding_is_found() {
        for text in ["", "a", "%41", "%25zz", "a=%ff&b=%C3%28"] {
            assert_eq!(find_invalid_percent_encoding(text.as_bytes()), None, "{text}");
        }
        for (text, after) in [
            ("%", ""),
            ("a%4", "4"),
            ("%41%zz%4", "zz"),
            ("%4g", "4g"),
            ("%%41", "%4"),
            ("%+1", "+1"),
        ] {
            assert_eq!(
                find_invalid_percent_encoding(text.as_bytes()),
                Some(after.as_bytes()),
                "{text}"
            );
        }
    }

    #[test]
    fn plus_follows_the_rules() {
        assert_eq!(reencoded(b"a+%2B", Plus::Space), b"a%20%2B");
        assert_eq!(reencoded(b"a+%2B", Plus::Literal), b"a%2B%2B");
    }

    #[test]
    fn sort_keys_order_bytes_as_their_encoded_forms() {
        let encoded = |byte: u8| {
            let mut out = Vec::new();
            PercentEncoder(&mut out).write(&[byte]);
            out
        };
        for a in 0..=255 {
            for b in 0..=255 {
                assert_eq!(
                    encoded_sort_key(a).cmp(&encoded_sort_key(b)),
                    encoded(a).cmp(&encoded(b)),
                    "{a} {b}"
                );
            }
        }
    }
}
