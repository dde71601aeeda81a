//! No secret in any text: the one function that every text passes before it is shown.

use alloc::string::String;

use super::excerpt;
use crate::protocol::SessionTokenName;

/// What stands in a secret's place.
pub(super) const MASKED: &str = "[masked: signed in full]";

/// Hides a secret and a token wherever they stand, and every value under a session token's name.
pub(super) struct Mask<'a> {
    /// Without the blanks at their ends, which canonical texts do not hold. Empty where there is none.
    secrets: [&'a str; 2],
}

impl<'a> Mask<'a> {
    /// Where no secret is known: by name only.
    pub(super) const NAMES: Mask<'static> = Mask { secrets: [""; 2] };

    pub(super) fn new(secret: Option<&'a str>, token: Option<&'a str>) -> Self {
        Self { secrets: [secret, token].map(|secret| secret.unwrap_or_default().trim()) }
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
        self.hide_values(&hide_named(text))
    }

    fn hide_values(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let hidden = self.secrets.iter().find_map(|secret| form_length(rest, secret));
            let length = match hidden {
                Some(length) => {
                    shown.push_str(MASKED);
                    length
                }
                None => {
                    shown.push(first);
                    first.len_utf8()
                }
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        shown
    }
}

/// How long a secret is at the beginning of a text, in whatever form each of its bytes stands there.
fn form_length(text: &str, secret: &str) -> Option<usize> {
    if secret.is_empty() {
        return None;
    }
    // A `%` of the secret's own is none that escapes.
    [after_escape_or_byte, after_byte_or_escape].into_iter().find_map(|after| {
        let rest = secret.bytes().try_fold(text.as_bytes(), after)?;
        Some(text.len() - rest.len())
    })
}

fn after_escape_or_byte(text: &[u8], byte: u8) -> Option<&[u8]> {
    after_escape(text, byte).or_else(|| text.strip_prefix(&[byte]))
}

fn after_byte_or_escape(text: &[u8], byte: u8) -> Option<&[u8]> {
    text.strip_prefix(&[byte]).or_else(|| after_escape(text, byte))
}

/// What follows a byte that is percent-encoded, however often, or escaped for XML or JSON.
fn after_escape(text: &[u8], byte: u8) -> Option<&[u8]> {
    let (mark, rest) = text.split_first()?;
    match mark {
        b'%' => {
            let mut rest = rest;
            loop {
                let (digits, after) = rest.split_at_checked(2)?;
                if is_hex_of(digits, byte) {
                    return Some(after);
                }
                rest = rest.strip_prefix(b"25")?;
            }
        }
        b'&' => {
            let end = rest.iter().take(8).position(|byte| *byte == b';')?;
            let (name, after) = rest.split_at_checked(end)?;
            let stands_for = match core::str::from_utf8(name).ok()? {
                "amp" => b'&',
                "apos" => b'\'',
                "gt" => b'>',
                "lt" => b'<',
                "quot" => b'"',
                name => match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
                    Some(hex) => u8::from_str_radix(hex, 16).ok()?,
                    None => name.strip_prefix('#')?.parse().ok()?,
                },
            };
            after.strip_prefix(b";").filter(|_| stands_for == byte)
        }
        b'\\' => match rest.strip_prefix(b"u00") {
            Some(rest) => {
                let (digits, after) = rest.split_at_checked(2)?;
                is_hex_of(digits, byte).then_some(after)
            }
            None => rest.strip_prefix(&[byte]),
        },
        _ => None,
    }
}

fn is_hex_of(digits: &[u8], byte: u8) -> bool {
    let mut decoded = [0];
    hex::decode_to_slice(digits, &mut decoded).is_ok_and(|()| decoded == [byte])
}

/// Hides what stands behind the name of a session token: in a header's line, in a query, in JSON and XML.
fn hide_named(text: &str) -> String {
    // Of the same length, byte for byte.
    let lower = text.to_ascii_lowercase();
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(found) = lower.get(done..).and_then(|rest| rest.find(NAME_START)) {
        let at = done + found;
        let rest = lower.get(at..).unwrap_or_default();
        let names = [SessionTokenName::Security.header(), SessionTokenName::S3Session.header()];
        let after_name = names.iter().find_map(|name| rest.strip_prefix(name));
        let value = after_name.and_then(value);
        let behind = value.or(after_name).or_else(|| rest.strip_prefix(NAME_START));
        let start = lower.len() - behind.unwrap_or_default().len();
        shown.push_str(text.get(done..start).unwrap_or_default());
        done = start;
        if let Some(value) = value {
            let length = value_length(value, lower.get(at..start).unwrap_or_default());
            shown.push_str(if length > 0 { MASKED } else { "" });
            done += length;
        }
    }
    shown + text.get(done..).unwrap_or_default()
}

/// What follows a name and its separator. A name in a list has none.
fn value(after_name: &str) -> Option<&str> {
    let rest = after_name.trim_start_matches(['"', '\'', '\\', ' ', '\t']);
    let rest = SEPARATORS.iter().find_map(|separator| rest.strip_prefix(separator))?;
    Some(rest.trim_start_matches(['"', ' ', '\t']))
}

/// Where the value ends: rather late than early.
fn value_length(value: &str, name_and_separator: &str) -> usize {
    let end = if value.starts_with(MASKED) {
        Some(0)
    } else if name_and_separator.contains('=') {
        value.find(|c: char| c == '&' || c.is_whitespace())
    } else if name_and_separator.contains("%3d") {
        value.find("%26").into_iter().chain(value.find(char::is_whitespace)).min()
    } else if name_and_separator.contains("%253d") {
        value.find("%2526").into_iter().chain(value.find(char::is_whitespace)).min()
    } else if name_and_separator.contains('>') {
        value.find('<')
    } else {
        // A header's line, unless all lines have become one.
        value.find('\n').or_else(|| value.find(' '))
    };
    end.unwrap_or(value.len())
}

const NAME_START: &str = "x-amz-s";
const SEPARATORS: [&str; 6] = [":", "=", "%3d", "%253d", "%3a", ">"];

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const TOKEN: &str = "AQoDYXdz//&<'é+/==";

    #[test]
    fn a_secret_is_hidden_in_any_form() {
        let mask = Mask::new(Some(SECRET), Some(TOKEN));
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
        ] {
            assert_eq!(mask.hide(&format!("a {text} b")), format!("a {MASKED} b"), "{text}");
        }
        let percent = Mask::new(Some("a%25b "), None);
        assert_eq!(percent.hide("xa%25by"), format!("x{MASKED}y"));
        assert_eq!(Mask::NAMES.hide("a é\n"), "a é\n");
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
