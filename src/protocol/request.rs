//! A request in raw parts.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::canonical::host::Authority;
use super::canonical::parts::Parts;
use super::canonical::value::{begins_forgery, find_forgery};
use crate::error::CanonicalError;
use crate::protocol::encoding::{Alphabet, find, holds, is_one_of};

/// A request as it goes over the wire, without its body. Needs no HTTP library.
///
/// ```
/// use countersign::protocol::RawRequest;
///
/// let request = RawRequest {
///     method: "GET",
///     target: b"/status?verbose",
///     headers: &[("Host", b"db.example:8182"), ("Accept", b"application/json")],
/// };
/// ```
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers build it; a request has no other parts")]
pub struct RawRequest<'a> {
    /// The method, in the case in which it is sent.
    pub method: &'a str,
    /// Path and query as they are sent (`/path?query`), or the whole URL (`https://host/path?query`; a fragment is not
    /// sent, and so ignored). The host of a URL counts where there is no Host header.
    pub target: &'a [u8],
    /// Names in any case, values as they are sent, in order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> RawRequest<'a> {
    /// Checks all that could forge a line of the canonical request, and parts the target.
    pub(crate) fn parts(&self) -> Result<Parts<'a>, CanonicalError> {
        if !is_token(self.method) {
            return Err(CanonicalError::Method { method: self.method.to_owned() });
        }
        if let Some(at) = find(self.target, begins_forgery) {
            return Err(CanonicalError::Target { at });
        }
        let mut hold_capitals = false;
        for (name, value) in self.headers {
            if !is_plain_token(name) {
                hold_capitals |= name.bytes().any(|byte| byte.is_ascii_uppercase());
                if !is_token(name) {
                    return Err(CanonicalError::HeaderName { name: (*name).to_owned() });
                }
            }
            if let Some(at) = find_forgery(value) {
                return Err(CanonicalError::HeaderValue { name: (*name).to_owned(), at });
            }
        }
        let (authority, origin) = match split_absolute(self.target) {
            Some((authority, origin)) => (Some(authority), origin),
            None => (None, self.target),
        };
        let question_mark = find(origin, |byte| byte == b'?').unwrap_or(origin.len());
        let (path, query) = origin.split_at(question_mark);
        Ok(Parts {
            method: self.method,
            authority,
            path,
            query: query.get(1..).unwrap_or_default(),
            hold_capitals,
        })
    }
}

/// Shows no authority, no query and no values of headers: they may be secret.
impl fmt::Debug for RawRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = split_absolute(self.target).map_or(self.target, |(_, origin)| origin);
        let path = origin.split(|byte| *byte == b'?').next().unwrap_or_default();
        let names = self.headers.iter().map(|(name, _)| name);
        f.debug_struct("RawRequest")
            .field("method", &self.method)
            .field("path", &String::from_utf8_lossy(path))
            .field("headers", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A URL's authority, and its path with the query ([RFC 9112, 3.2.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2)).
fn split_absolute(target: &[u8]) -> Option<(Authority<'_>, &[u8])> {
    let begins_with_letter = target.first().is_some_and(u8::is_ascii_alphabetic);
    let colon = target.iter().position(|byte| !is_scheme(*byte)).filter(|_| begins_with_letter)?;
    let (scheme, rest) = target.split_at(colon);
    let rest = rest.strip_prefix(b"://")?;
    let (text, rest) =
        rest.split_at(find(rest, |byte| is_one_of(*b"/?#", byte)).unwrap_or(rest.len()));
    let (origin, _fragment) = rest.split_at(find(rest, |byte| byte == b'#').unwrap_or(rest.len()));
    Some((Authority { scheme, text }, origin))
}

fn is_scheme(byte: u8) -> bool {
    static SCHEME: Alphabet = Alphabet::new(b"+-.");
    SCHEME.holds(byte)
}

/// [RFC 9110, 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#name-tokens).
fn is_token(text: &str) -> bool {
    static TOKEN: Alphabet = Alphabet::new(b"!#$%&'*+-.^_`|~");
    !text.is_empty() && text.bytes().all(|byte| TOKEN.holds(byte))
}

/// Whether a text is one that holds what most names do and nothing else.
fn is_plain_token(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() | byte.is_ascii_digit() | (byte == b'-');
    !text.is_empty() && !holds(text.as_bytes(), |byte| !is_plain(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(target: &str) -> (Option<(&str, &str)>, &str, &str) {
        let request = RawRequest { method: "GET", target: target.as_bytes(), headers: &[] };
        let parts = request.parts().unwrap();
        let text = |bytes| str::from_utf8(bytes).unwrap();
        let authority = parts.authority.map(|a| (text(a.scheme), text(a.text)));
        (authority, text(parts.path), text(parts.query))
    }

    #[test]
    fn a_target_is_split_by_hand() {
        for (target, authority, path, query) in [
            ("/a?b?c#d", None, "/a", "b?c#d"),
            ("", None, "", ""),
            ("?a", None, "", "a"),
            ("*", None, "*", ""),
            ("//a://b", None, "//a://b", ""),
            ("/https://a/b", None, "/https://a/b", ""),
            ("https://a", Some(("https", "a")), "", ""),
            ("https://a?b=/", Some(("https", "a")), "", "b=/"),
            ("https://a#b?c/d", Some(("https", "a")), "", ""),
            ("wss://u:p@A:1/b c?d#e", Some(("wss", "u:p@A:1")), "/b c", "d"),
            ("1a://b/c", None, "1a://b/c", ""),
            ("://b/c", None, "://b/c", ""),
        ] {
            assert_eq!(split(target), (authority, path, query), "{target}");
        }
    }

    #[test]
    fn a_token_is_what_http_says() {
        for byte in 0..=255_u8 {
            let may = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            let text = [b'a', byte];
            let text = String::from_utf8_lossy(&text);
            assert_eq!(is_token(&text), may, "{text:?}");
            assert!(may || !is_plain_token(&text), "{text:?}");
        }
        assert!(!is_token("") && !is_plain_token(""));
        assert!(is_plain_token("x-amz-2") && !is_plain_token("X-amz-2"));
    }

    #[test]
    fn one_name_in_capitals_is_enough() {
        let headers: [(&str, &[u8]); 3] = [("X-A", b"1"), ("host", b"h"), ("x-b", b"2")];
        for rotated in 0..headers.len() {
            let mut headers = headers;
            headers.rotate_left(rotated);
            let request = RawRequest { method: "GET", target: b"/", headers: &headers };
            assert!(request.parts().unwrap().hold_capitals, "{rotated}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let request = RawRequest {
            method: "GET",
            target: b"https://user:password@db.example/path?token=secret",
            headers: &[("Cookie", b"session")],
        };
        let shown = alloc::format!("{request:?}");
        assert_eq!(
            shown,
            r#"RawRequest { method: "GET", path: "/path", headers: ["Cookie"], .. }"#
        );
    }
}
