//! Requests that a fuzzer makes up, for whoever fuzzes code of their own on top of this crate.
//!
//! Any bytes are a request. What looks like HTTP/1.1 is the request that it looks like, so a corpus can be grown from
//! requests as they are sent, and a dictionary is a list of words that stand in them.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use countersign::arbitrary::ArbitraryRequest;
//! use countersign::protocol::Payload;
//! use countersign::{Credentials, Signer};
//!
//! /// All that a fuzz target needs: `fuzz_target!(|input: Input| check(input));`
//! #[derive(Arbitrary, Debug)]
//! struct Input {
//!     is_hostile: bool,
//!     request: ArbitraryRequest,
//! }
//!
//! fn check(input: Input) {
//!     let Input { is_hostile, request } = input;
//!     let request = if is_hostile { request } else { request.into_well_formed() };
//!     let headers = request.pairs();
//!     let signer = Signer::new(Credentials::new("AKIDEXAMPLE", "secret"), "us-east-1", "service");
//!     let timestamp = "20150830T123600Z".parse().unwrap();
//!     let signed = signer.sign_raw_at(&request.as_raw(&headers), Payload::Bytes(&request.body), timestamp);
//!     assert!(is_hostile || signed.is_ok());
//! }
//!
//! for text in ["\0GET /a?b HTTP/1.1\r\nHost: db.example\r\n\r\nbody", "\x01GET\r\nHost: a\nb", ""] {
//!     check(Input::arbitrary_take_rest(Unstructured::new(text.as_bytes()))?);
//! }
//! # Ok::<(), arbitrary::Error>(())
//! ```

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use ::arbitrary::{Arbitrary, Result, Unstructured};

use crate::protocol::canonical::{decoded_parameters, parameters};
use crate::protocol::{
    AUTHORIZATION, HOST, Parameter, Plus, RawRequest, SessionTokenName, trim_ows,
};

/// A request of any parts, among them such as cannot be signed.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArbitraryRequest {
    /// The method.
    pub method: String,
    /// Path and query, or a URL.
    pub target: Vec<u8>,
    /// Names in any case, values of any bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl ArbitraryRequest {
    /// Reads `GET /path?query HTTP/1.1`, a line `name: value` for each header, an empty line, the body; what is missing is
    /// empty. Only CR LF ends a line, and not before a blank, so that a CR, LF or NUL can stand in any part.
    #[must_use]
    pub fn from_text(text: &[u8]) -> Self {
        let (head, body) = cut(text, b"\r\n\r\n");
        let (first, mut rest) = cut(head, b"\r\n");
        let first = first.strip_suffix(b" HTTP/1.1").unwrap_or(first);
        let (method, target) = cut(first, b" ");
        let mut headers = Vec::new();
        while !rest.is_empty() {
            let (mut line, mut after) = cut(rest, b"\r\n");
            while after.starts_with(b" ") || after.starts_with(b"\t") {
                let (folded, after_it) = cut(after, b"\r\n");
                line = rest.get(..line.len() + b"\r\n".len() + folded.len()).unwrap_or_default();
                after = after_it;
            }
            let (name, value) = cut(line, b":");
            headers.push((lossy(name), value.strip_prefix(b" ").unwrap_or(value).to_owned()));
            rest = after;
        }
        Self { method: lossy(method), target: target.to_owned(), headers, body: body.to_owned() }
    }

    /// The same request with all mended that keeps it from being signed, by whatever rules, in a header or in the query.
    ///
    /// What forges a line is taken out, and so is what an earlier signing left; one Host header stays.
    #[must_use]
    pub fn into_well_formed(mut self) -> Self {
        self.method.retain(is_of_token);
        if self.method.is_empty() {
            self.method = "GET".to_owned();
        }
        // A `#` would end the query.
        self.target.retain(|byte| !b"\r\n\0#".contains(byte));
        self.target = unsigned(&self.target);
        let is_url = self.target.starts_with(b"http://") || self.target.starts_with(b"https://");
        if !is_url && !self.target.starts_with(b"/") {
            self.target.insert(0, b'/');
        }
        for (name, value) in &mut self.headers {
            name.retain(is_of_token);
            value.retain(|byte| !b"\r\n\0".contains(byte));
        }
        let mut hosts = 0;
        self.headers.retain(|(name, value)| {
            let is = |other: &&str| name.eq_ignore_ascii_case(other);
            if is(&HOST) && !trim_ows(value).is_empty() {
                hosts += 1;
            }
            let is_left_over = SIGNED.iter().any(is);
            !name.is_empty()
                && !is_left_over
                && (!is(&HOST) || (hosts == 1 && !trim_ows(value).is_empty()))
        });
        if hosts == 0 {
            self.headers.push((HOST.to_owned(), b"db.example".to_vec()));
        }
        self
    }

    /// The headers, as [`as_raw`](Self::as_raw) takes them.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
    }

    /// The request, borrowed, with headers of [`pairs`](Self::pairs).
    #[must_use]
    pub fn as_raw<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> RawRequest<'a> {
        RawRequest { method: &self.method, target: &self.target, headers }
    }
}

/// The bytes are [text](ArbitraryRequest::from_text).
impl<'a> Arbitrary<'a> for ArbitraryRequest {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.arbitrary().map(Self::from_text)
    }

    fn arbitrary_take_rest(u: Unstructured<'a>) -> Result<Self> {
        Ok(Self::from_text(u.take_rest()))
    }

    fn size_hint(depth: usize) -> (usize, Option<usize>) {
        <&[u8]>::size_hint(depth)
    }
}

/// Shows all of it, since nothing is secret: bytes as they stand in Rust's literals.
impl fmt::Debug for ArbitraryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let literal = |bytes: &[u8]| format!("b\"{}\"", bytes.escape_ascii());
        let headers =
            self.headers.iter().map(|(name, value)| format!("{name:?}: {}", literal(value)));
        write!(
            f,
            "{:?} {} {{{}}} ",
            self.method,
            literal(&self.target),
            headers.collect::<Vec<_>>().join(", ")
        )?;
        f.write_str(&literal(&self.body))
    }
}

/// The headers of an earlier signing that keep a request from being presigned.
const SIGNED: [&str; 3] =
    [AUTHORIZATION, SessionTokenName::S3Session.header(), SessionTokenName::Security.header()];

/// The target without what signing would add to its query.
fn unsigned(target: &[u8]) -> Vec<u8> {
    let (before, query) = cut(target, b"?");
    let tokens = [SessionTokenName::S3Session, SessionTokenName::Security];
    let names = tokens.map(|token| Parameter::ALL.map(|parameter| parameter.name(token)));
    let is_free = |piece: &&[u8]| {
        let mut sent = decoded_parameters(piece, Plus::Space);
        sent.all(|(sent, _)| names.iter().flatten().all(|name| !sent.clone().eq(name.bytes())))
    };
    let kept: Vec<&[u8]> = parameters(query).filter(is_free).collect();
    if kept.is_empty() { before.to_owned() } else { [before, &kept.join(&b'&')].join(&b'?') }
}

/// What stands before and after the first mark.
fn cut<'a>(text: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    let at = text.windows(mark.len()).position(|window| window == mark);
    let parted = at.and_then(|at| Some((text.get(..at)?, text.get(at + mark.len()..)?)));
    parted.unwrap_or((text, b""))
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// [RFC 9110, 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#name-tokens).
fn is_of_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{CanonicalRequest, PayloadHash, Rules};

    #[test]
    fn what_looks_like_a_request_is_that_request() {
        let text = b"POST /a b?c=\xff HTTP/1.1\r\nHost: db.example\r\nA:  b\r\n\tc\r\nd\r\n\r\nbody\r\n\r\n";
        let request = ArbitraryRequest::from_text(text);
        assert_eq!(request.method, "POST");
        assert_eq!(request.target, b"/a b?c=\xff");
        let pairs: [(&str, &[u8]); 3] = [("Host", b"db.example"), ("A", b" b\r\n\tc"), ("d", b"")];
        assert_eq!(request.pairs(), pairs);
        assert_eq!(request.body, b"body\r\n\r\n");
        assert_eq!(
            format!("{request:?}"),
            r#""POST" b"/a b?c=\xff" {"Host": b"db.example", "A": b" b\r\n\tc", "d": b""} b"body\r\n\r\n""#
        );
    }

    #[test]
    fn anything_else_is_one_as_well() {
        for (text, method, target) in
            [("", "", ""), ("GET", "GET", ""), (" \n", "", "\n"), ("\r\n\r\n", "", "")]
        {
            let request = ArbitraryRequest::from_text(text.as_bytes());
            assert_eq!(
                (request.method.as_str(), request.target.as_slice()),
                (method, target.as_bytes())
            );
            assert!(request.headers.is_empty() && request.body.is_empty());
        }
    }

    #[test]
    fn a_well_formed_one_can_be_signed() {
        let sound =
            "PUT http://db.example/a?b&c HTTP/1.1\r\nHost: other.example\r\na: b\r\n\r\nbody";
        let whole = ArbitraryRequest::from_text(sound.as_bytes());
        assert_eq!(whole.clone().into_well_formed(), whole);
        for text in [
            "",
            "\r\n \r\nhost:  \r\nHOST: a\r\nHost: b\r\n: c\r\nx: a\nb\0\r\nAuthorization: a\r\n",
            "G T *?X-Amz-Date=1&a&%58-Amz-Signature\r\nx-amz-s3session-token: a",
            "GET a\rb?X-Amz-S3session-Token\r\nX-Amz-Security-Token: a\r\n\tb",
        ] {
            let request = ArbitraryRequest::from_text(text.as_bytes()).into_well_formed();
            let (pairs, time) = (request.pairs(), "20150830T123600Z".parse().unwrap());
            let raw = request.as_raw(&pairs);
            for rules in [Rules::DEFAULT, Rules::S3] {
                CanonicalRequest::for_header(&raw, PayloadHash::EMPTY, time, None, &rules).unwrap();
            }
            assert_eq!(request.clone().into_well_formed(), request);
        }
    }
}
