//! No secret in any text: the one function that every text passes before it is shown.

use alloc::string::String;
use alloc::vec::Vec;
use core::iter;
use core::ops::Range;

use zeroize::Zeroizing;

use super::excerpt;
use crate::protocol::SessionTokenName;

/// What stands in a secret's place.
pub(super) const MASKED: &str = "[masked: signed in full]";

/// Hides secrets wherever they stand, whole or in pieces, and every value under a session token's name.
pub(super) struct Mask {
    secrets: Vec<Secret>,
}

impl Mask {
    /// Where no secret is known: by name only.
    pub(super) const NAMES: Self = Self { secrets: Vec::new() };

    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self { secrets: secrets.into_iter().filter_map(Secret::new).collect() }
    }

    /// A text of any number of lines, fit to be shown.
    pub(super) fn text(&self, text: &str) -> String {
        excerpt::escape(&self.hide(text))
    }

    /// The first line of a text, fit to be shown, and not too long.
    pub(super) fn line(&self, text: &str) -> String {
        let hidden = self.hide(text);
        excerpt::cut(hidden.trim().lines().next().unwrap_or_default())
    }

    /// The text without secrets. Nothing else is changed: see [`text`](Self::text).
    pub(super) fn hide(&self, text: &str) -> String {
        let text = hide_spans(text, named(text));
        let text = hide_spans(&text, hex_pairs(&text));
        if self.secrets.is_empty() {
            return text;
        }
        let (letters, places): (Vec<u8>, Vec<Range<usize>>) = letters(&text).unzip();
        let mut spans: Vec<_> =
            self.secrets.iter().flat_map(|secret| secret.spans(&letters, &places)).collect();
        spans.sort_unstable_by_key(|span| span.start);
        hide_spans(&text, spans)
    }
}

/// A secret, to be found in any encoding.
struct Secret {
    letters: Zeroizing<Vec<u8>>,
    /// How long a piece is that is hidden.
    piece: usize,
    /// Where its pieces begin, sorted by what they hold.
    sorted: Vec<usize>,
}

impl Secret {
    /// No text holds so much of a secret by chance, and what is shorter helps nobody to guess the rest.
    const PIECE: usize = 12;

    fn new(secret: &str) -> Option<Self> {
        // All at once, so that no copy is left behind where it grew.
        let mut own = Zeroizing::new(Vec::with_capacity(secret.len()));
        own.extend(letters(secret).map(|(letter, _)| letter));
        let piece = own.len().min(Self::PIECE);
        let mut sorted: Vec<usize> = (0..=own.len() - piece).collect();
        sorted.sort_unstable_by_key(|at| own.get(*at..at + piece));
        (piece > 0).then_some(Self { letters: own, piece, sorted })
    }

    /// Where its pieces stand among the letters of a text: sorted, and most overlap.
    fn spans(&self, letters: &[u8], places: &[Range<usize>]) -> Vec<Range<usize>> {
        let firsts = places.iter().map(|place| place.start);
        let lasts = places.iter().skip(self.piece - 1).map(|place| place.end);
        let pieces = letters.windows(self.piece).zip(firsts.zip(lasts));
        let held = pieces.filter(|(piece, _)| self.holds(piece));
        held.map(|(_, (start, end))| start..end).collect()
    }

    fn holds(&self, piece: &[u8]) -> bool {
        let own = |at: &usize| self.letters.get(*at..at + self.piece);
        self.sorted.binary_search_by_key(&Some(piece), own).is_ok()
    }
}

/// The characters of a text in no encoding, and where each stands: without those that are written in many ways, or lost
/// (`+`, blanks, line feeds where a text was wrapped, backslashes, all beyond ASCII).
fn letters(text: &str) -> impl Iterator<Item = (u8, Range<usize>)> {
    let mut rest = text.as_bytes();
    let bytes = iter::from_fn(move || {
        let start = text.len() - rest.len();
        let (first, after) = rest.split_first()?;
        let (byte, after) = unescaped(rest).unwrap_or((*first, after));
        rest = after;
        Some((byte, start..text.len() - after.len()))
    });
    bytes.filter(|(byte, _)| byte.is_ascii_graphic() && !matches!(byte, b'+' | b'\\'))
}

/// What an escape at the beginning of a text stands for, of a URL, of XML or of JSON, escaped however often; and what
/// follows it.
fn unescaped(text: &[u8]) -> Option<(u8, &[u8])> {
    match text.split_first()? {
        (b'%', mut rest) => {
            while let Some(deeper) = rest.strip_prefix(b"25")
                && hex_number(deeper, 2).is_some()
            {
                rest = deeper;
            }
            hex_number(rest, 2)
        }
        (b'&', mut rest) => {
            while let Some(deeper) = rest.strip_prefix(b"amp;") {
                rest = deeper;
            }
            entity(rest).or(Some((b'&', rest)))
        }
        (b'\\', rest) => {
            let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
            let (_, rest) = rest.split_at_checked(slashes)?;
            let escape = match rest.split_first() {
                Some((b'u', digits)) => hex_number(digits, 4),
                Some((b'x', digits)) => hex_number(digits, 2),
                Some((b'b' | b'f' | b'n' | b'r' | b't', after)) => Some((b'\n', after)),
                _ => None,
            };
            escape.or(Some((b'\\', rest)))
        }
        _ => None,
    }
}

/// An entity behind its `&`.
fn entity(text: &[u8]) -> Option<(u8, &[u8])> {
    let end = text.iter().take(8).position(|byte| *byte == b';')?;
    let (name, after) = text.split_at_checked(end)?;
    let byte = match core::str::from_utf8(name).ok()? {
        "apos" => b'\'',
        "gt" => b'>',
        "lt" => b'<',
        "quot" => b'"',
        name => match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
            Some(hex) => u8::from_str_radix(hex, 16).ok()?,
            None => name.strip_prefix('#')?.parse().ok()?,
        },
    };
    Some((byte, after.strip_prefix(b";")?))
}

/// So many digits. Zero where they stand for no byte.
fn hex_number(text: &[u8], digits: usize) -> Option<(u8, &[u8])> {
    let (digits, after) = text.split_at_checked(digits)?;
    let mut digits = digits.iter().map(|digit| char::from(*digit).to_digit(16));
    let number = digits.try_fold(0, |number, digit| Some(number * 16 + digit?))?;
    Some((u8::try_from(number).unwrap_or(0), after))
}

/// The text with spans of it masked, those that touch as one. They are sorted by where they begin.
fn hide_spans(text: &str, spans: Vec<Range<usize>>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for span in spans {
        if span.start > done || shown.is_empty() {
            shown += text.get(done..span.start).unwrap_or_default();
            shown += MASKED;
        }
        done = done.max(span.end);
    }
    shown + text.get(done..).unwrap_or_default()
}

/// What stands behind the name of a session token: in a header's line, in a query, in JSON and XML.
fn named(text: &str) -> Vec<Range<usize>> {
    // Of the same length, byte for byte.
    let lower = text.to_ascii_lowercase();
    let names = [SessionTokenName::Security.header(), SessionTokenName::S3Session.header()];
    let has_lines = text.contains('\n');
    let mut spans = Vec::new();
    let mut done = 0;
    for (at, _) in lower.match_indices(NAME_START) {
        let Some(rest) = lower.get(at..).filter(|_| at >= done) else { continue };
        let after_name = names.iter().find_map(|name| rest.strip_prefix(name));
        let Some((separator, value)) = after_name.and_then(value) else { continue };
        let start = text.len() - value.len();
        let length = value_length(value, separator, has_lines);
        if length > 0 {
            spans.push(start..start + length);
        }
        done = start + length;
    }
    spans
}

/// What follows a name: the separator and the value. A name in a list of names has none.
fn value(after_name: &str) -> Option<(&str, &str)> {
    let rest = after_name.trim_start_matches(['"', '\'', '\\', ' ', '\t']);
    let texts = [(rest, &SEPARATORS[..]), (after_name, &OF_PAIRS[..])];
    let (separator, rest) = texts.into_iter().find_map(|(text, separators)| {
        separators.iter().find_map(|one| Some((*one, text.strip_prefix(one)?)))
    })?;
    Some((separator, rest.trim_start_matches(['"', ' ', '\t'])))
}

/// Where the value ends: rather late than early.
fn value_length(value: &str, separator: &str, has_lines: bool) -> usize {
    if value.starts_with(MASKED) {
        return 0;
    }
    let is_end = |c: char| match separator {
        "=" => c == '&' || c.is_whitespace(),
        ">" => c == '<',
        "%3d" | "%253d" => c.is_whitespace(),
        // A header's line, unless all lines have become one.
        _ if has_lines => c == '\n',
        _ => c == ' ',
    };
    let value = value.split(is_end).next().unwrap_or_default();
    let and = match separator {
        "%3d" => value.find("%26"),
        "%253d" => value.find("%2526"),
        _ => None,
    };
    and.unwrap_or(value.len())
}

/// Bytes as S3 writes them, `47 45 54 0a`: what they are the bytes of may hold a token.
fn hex_pairs(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((_, after)) = rest.split_first() {
        let mut end = rest;
        let mut pairs = 0;
        while let Some((_, [b' ', after @ ..])) = hex_number(end, 2) {
            (pairs, end) = (pairs + 1, after);
        }
        if pairs < Secret::PIECE {
            rest = if pairs == 0 { after } else { end };
            continue;
        }
        let (_, after) = hex_number(end, 2).unwrap_or((0, end));
        spans.push(text.len() - rest.len()..text.len() - after.len());
        rest = after;
    }
    spans
}

const NAME_START: &str = "x-amz-s";
const SEPARATORS: [&str; 6] = [":", "=", "%3d", "%253d", "%3a", ">"];
/// Behind a name in quotes, in a list of names and values.
const OF_PAIRS: [&str; 3] = ["\",", "',", "\\\","];

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const TOKEN: &str = "AQoDYXdz//&<'é+/==";

    #[test]
    fn a_secret_is_hidden_in_any_form() {
        let mask = Mask::new([SECRET, TOKEN]);
        for text in [
            SECRET,
            "wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY",
            "wJalrXUtnFEMI%2fK7MDENG+bPxRfiCYEXAMPLEKEY",
            "wJalrXUtnFEMI%252FK7MDENG%25252BbPxRfiCYEXAMPLEKEY",
            r"wJalrXUtnFEMI\/K7MDENG\u002BbPxRfiCYEXAMPLEKEY",
            "wJalrXUtnFEMI&#47;K7MDENG&#x2b;bPxRfiCYEXAMPLEKEY",
            TOKEN,
            "AQoDYXdz%2F%2F%26%3C%27%C3%A9%2B%2F%3D%3D",
            "AQoDYXdz%252F%252F%2526%253C%2527%25C3%25A9%252B%252F%253D%253D",
            "AQoDYXdz//&amp;&lt;&apos;é+/==",
            "AQoDYXdz//&amp;amp;&amp;lt;&amp;#39;&#233;+/==",
            r"AQoDYXdz\/\/\u0026\u003c'\u00e9+\/==",
            r"AQoDYXdz\\/\\u002f&<\'\xc3\xa9+/==",
            "AQoDYXdz//&<'\u{fffd} /==",
            "wJalrXUtnFEMI/K7MDENG bPxRf\r\niCYEXAMPLEKEY",
            r"wJalrXUtnFEMI/K7M\nDENG\+bPxRfiCYEXAMPLEKEY",
        ] {
            assert_eq!(mask.hide(&format!("a {text} b")), format!("a {MASKED} b"), "{text}");
        }
        let percent = Mask::new(["a%25b "]);
        assert_eq!(percent.hide("xa%25by"), format!("x{MASKED}y"));
        assert_eq!(Mask::NAMES.hide("a é\n"), "a é\n");
        for (secret, text, shown) in [
            ("s", "a s%73", "a *"),
            ("ab", "abba ab", "*ba *"),
            ("ab", "aabb", "a*b"),
            ("+", "a+b", "a+b"),
        ] {
            assert_eq!(
                Mask::new([secret]).hide(text).replace(MASKED, "*"),
                shown,
                "{secret} in {text}"
            );
        }
    }

    #[test]
    fn a_secret_may_stand_within_another() {
        let mask = Mask::new(["abcdefghijkl", "cd"]);
        assert_eq!(mask.hide("abcdefghijklm"), format!("{MASKED}m"));
    }

    #[test]
    fn a_piece_of_a_secret_is_hidden() {
        let mask = Mask::new([SECRET]);
        for (start, _) in SECRET.char_indices() {
            for end in start + 13..=SECRET.len() {
                let shown = mask.hide(&format!("{}…", &SECRET[start..end]));
                // A `+` at an end is all that may be left.
                assert!(shown.replacen(MASKED, "", 1).len() < 5, "{shown}");
            }
        }
        assert_eq!(mask.hide(&SECRET[..11]), SECRET[..11]);
    }

    #[test]
    fn bytes_in_hex_are_hidden() {
        let pairs = "47 45 54 0a ".repeat(3);
        for (text, shown) in [
            (format!("<a>{pairs}2F</a>"), "<a>*</a>"),
            (format!("<a>{pairs}é"), "<a>*é"),
            (format!("a1 {pairs}a {pairs}"), "*a *"),
            ("47 45 54 0a".into(), "47 45 54 0a"),
        ] {
            assert_eq!(Mask::NAMES.hide(&text).replace(MASKED, "*"), shown, "{text}");
        }
    }

    /// Each of them took minutes, or would where a text is read again for each of its places.
    #[test]
    fn no_text_is_read_more_than_a_few_times() {
        let overlapping = Mask::new([&*"A".repeat(2000), &*"%2".repeat(2000)]);
        let of = |text: &str| overlapping.hide(&text.repeat(64 * 1024 / text.len()));
        assert_eq!(overlapping.hide(&"A".repeat(256 * 1024)), MASKED);
        assert_eq!(of("%41"), MASKED);
        for text in
            ["AAAAAAAAAAAB", "%25", "&amp;", "&#6", "\\", "4", "47 ", "x-amz-security-token"]
        {
            assert!(!of(text).contains("AAAAAAAAAAAA"), "{text}");
        }
        assert!(!of("x-amz-security-token%3dB").contains('B'));
        assert!(!of("x-amz-security-token%3dB ").contains('B'));
        assert!(!of("x-amz-security-token:B ").contains('B'));
    }

    #[test]
    fn what_a_token_s_name_announces_is_hidden() {
        for (text, shown) in [
            ("X-Amz-Security-Token: a b&c\nhost:d", "X-Amz-Security-Token: *\nhost:d"),
            ("x-amz-s3session-token:a host:b", "x-amz-s3session-token:* host:b"),
            ("?X-Amz-Security-Token=a%26'b&c=d", "?X-Amz-Security-Token=*&c=d"),
            ("?u=/%3FX-Amz-Security-Token%3Da%26b", "?u=/%3FX-Amz-Security-Token%3D*%26b"),
            (r#"{"x-amz-security-token": "a"}"#, r#"{"x-amz-security-token": "*"#),
            ("<X-Amz-Security-Token>a b</", "<X-Amz-Security-Token>*</"),
            (
                r#"{"name":"X-Amz-Security-Token","value":"a"}"#,
                r#"{"name":"X-Amz-Security-Token","*"#,
            ),
            ("('x-amz-security-token', 'a')", "('x-amz-security-token', *"),
            ("host;x-amz-security-token;x-amz-s", "host;x-amz-security-token;x-amz-s"),
            ("'x-amz-security-token' is named", "'x-amz-security-token' is named"),
            ("x-amz-security-token:\nhost:a", "x-amz-security-token:\nhost:a"),
            ("x-amz-security-token:a", "x-amz-security-token:*"),
        ] {
            let hidden = Mask::NAMES.hide(text);
            assert_eq!(hidden.replace(MASKED, "*"), shown);
            assert_eq!(Mask::NAMES.hide(&hidden), hidden);
        }
    }
}
