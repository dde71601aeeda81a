//! The request that is signed or verified, borrowed from the caller.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::encoding::any_byte;
use crate::error::CanonicalError;

/// A request as it goes over the wire, without its body. It needs no HTTP library.
///
/// This example describes a request with two header fields:
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
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers build it; a request has no other parts")]
pub struct RawRequest<'a> {
    /// The method, in the case in which it is sent.
    pub method: &'a str,
    /// The request target as it is sent: path and query (`/path?query`), or the whole URL (`https://host/path?query`).
    ///
    /// A fragment is not sent, so it is ignored. The host of a URL is used where there is no Host header.
    pub target: &'a [u8],
    /// The header fields in order: names in any case, values as they are sent.
    pub headers: &'a [(&'a str, &'a [u8])],
}

/// A request whose parts cannot inject lines into a canonical request, and are otherwise as they were given.
///
/// [`RawRequest::check`] makes one of raw parts. The types of crate http cannot hold a line break, so its adapter makes one
/// without further checks.
#[derive(Clone, Copy)]
pub(crate) struct Request<'h, 'a> {
    pub(crate) method: &'a str,
    pub(crate) authority: Option<Authority<'a>>,
    pub(crate) path: &'a [u8],
    /// Without its `?`.
    pub(crate) query: &'a [u8],
    /// In order: names in any case, values of any bytes but line breaks that are not part of an obs-fold.
    pub(crate) headers: &'h [(&'a str, &'a [u8])],
    /// Whether any header name may contain uppercase letters. The names of crate http do not; not having to look for them, and to
    /// convert them, saves a fifth of the time to sign a request with 20 headers.
    pub(crate) names_may_be_uppercase: bool,
}

/// The authority of an absolute URL, with its scheme, which decides which port is the default.
#[derive(Clone, Copy)]
pub(crate) struct Authority<'a> {
    pub(crate) scheme: &'a [u8],
    /// As written: `user@Example.com:443`.
    pub(crate) text: &'a [u8],
}

impl<'a> RawRequest<'a> {
    /// Rejects bytes that would allow line injection, and splits the request target.
    pub(crate) fn check(&self) -> Result<Request<'a, 'a>, CanonicalError> {
        if !is_token(self.method) {
            return Err(CanonicalError::Method { method: self.method.to_owned() });
        }
        if any_byte(self.target, is_line_break)
            && let Some(at) = self.target.iter().position(|byte| is_line_break(*byte))
        {
            return Err(CanonicalError::Target { at });
        }
        let mut names_may_be_uppercase = false;
        for (name, value) in self.headers {
            names_may_be_uppercase |= name.bytes().any(|byte| byte.is_ascii_uppercase());
            if !is_token(name) {
                return Err(CanonicalError::HeaderName { name: (*name).to_owned() });
            }
            if let Some(at) = find_line_break(value) {
                return Err(CanonicalError::HeaderValue { name: (*name).to_owned(), at });
            }
        }
        let (authority, origin) = split_authority(self.target);
        let (path, query) = split_once(origin, |byte| byte == b'?');
        let Self { method, headers, .. } = *self;
        Ok(Request { method, authority, path, query, headers, names_may_be_uppercase })
    }
}

/// Formats no authority, no query and no header values: they may be secret.
impl fmt::Debug for RawRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, origin) = split_authority(self.target);
        let (path, _) = split_once(origin, |byte| byte == b'?');
        let names = self.headers.iter().map(|(name, _)| name);
        f.debug_struct("RawRequest")
            .field("method", &self.method)
            .field("path", &String::from_utf8_lossy(path))
            .field("headers", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Splits a URL into its authority and the path with the query
/// ([RFC 9112, section 3.2.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2)). Any other target has no authority.
fn split_authority(target: &[u8]) -> (Option<Authority<'_>>, &[u8]) {
    let is_in_scheme =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let scheme_length = target.iter().take_while(|byte| is_in_scheme(byte)).count();
    let (scheme, rest) = target.split_at(scheme_length);
    match rest.strip_prefix(b"://") {
        Some(rest) if scheme.first().is_some_and(u8::is_ascii_alphabetic) => {
            let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
            let (text, origin) = rest.split_at(end.unwrap_or(rest.len()));
            let (origin, _fragment) = split_once(origin, |byte| byte == b'#');
            (Some(Authority { scheme, text }), origin)
        }
        _ => (None, target),
    }
}

/// Splits a text at the first separator. Without one, all of it is the first part.
pub(crate) fn split_once(text: &[u8], is_separator: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| is_separator(*byte)) {
        Some(at) => {
            let (before, after) = text.split_at(at);
            (before, after.split_at(1).1)
        }
        None => (text, &[]),
    }
}

/// Whether a text is an HTTP token ([RFC 9110, section 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#name-tokens)).
fn is_token(text: &str) -> bool {
    let is_in_token = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            )
    };
    !text.is_empty() && text.bytes().all(is_in_token)
}

/// Whether a byte breaks a line. In a request target, no such byte is allowed.
fn is_line_break(byte: u8) -> bool {
    (byte == b'\r') | (byte == b'\n') | (byte == b'\0')
}

/// Returns the offset of the first CR, LF or NUL of a header value that is not part of an obs-fold
/// ([RFC 9112, section 5.2](https://www.rfc-editor.org/rfc/rfc9112#section-5.2)).
fn find_line_break(value: &[u8]) -> Option<usize> {
    if !any_byte(value, is_line_break) {
        return None;
    }
    (0..value.len()).find(|at| match value.split_at(*at).1 {
        [b'\r', b'\n', b' ' | b'\t', ..] | [b'\n', b' ' | b'\t', ..] => false,
        [first, ..] => is_line_break(*first),
        [] => false,
    })
}

/// Whether a byte of a header value is optional whitespace (OWS) or part of an obs-fold. Other line breaks have been rejected
/// with the request.
pub(crate) fn is_ows_or_fold(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Removes whitespace from both ends of a header value.
pub(crate) fn trim_ows(mut value: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = value
        && is_ows_or_fold(*first)
    {
        value = rest;
    }
    while let [rest @ .., last] = value
        && is_ows_or_fold(*last)
    {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(target: &str) -> (Option<(&str, &str)>, &str, &str) {
        let request = RawRequest { method: "GET", target: target.as_bytes(), headers: &[] };
        let request = request.check().unwrap();
        let text = |bytes| str::from_utf8(bytes).unwrap();
        let authority = request.authority.map(|a| (text(a.scheme), text(a.text)));
        (authority, text(request.path), text(request.query))
    }

    #[test]
    fn a_target_is_split_into_authority_path_and_query() {
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
    fn a_token_contains_what_rfc_9110_allows() {
        for byte in 0..=255_u8 {
            let allowed = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            let text = [b'a', byte];
            let text = String::from_utf8_lossy(&text);
            assert_eq!(is_token(&text), allowed, "{text:?}");
        }
        assert!(!is_token(""));
    }

    #[test]
    fn a_line_break_is_allowed_only_in_an_obs_fold() {
        for value in ["", "a", "a\n b", "a\r\n\tb", "\n ", "\r\n \n\t"] {
            assert_eq!(find_line_break(value.as_bytes()), None, "{value:?}");
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
            assert_eq!(find_line_break(value.as_bytes()), Some(at), "{value:?}");
        }
    }

    #[test]
    fn whitespace_at_both_ends_is_trimmed() {
        for (value, trimmed) in
            [("", ""), (" ", ""), ("a", "a"), ("\t a b\r\n ", "a b"), (" \x0ba\x0c ", "\x0ba\x0c")]
        {
            assert_eq!(trim_ows(value.as_bytes()), trimmed.as_bytes(), "{value:?}");
        }
    }

    #[test]
    fn debug_contains_no_secret() {
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
