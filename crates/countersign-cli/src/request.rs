//! HTTP requests.

use core::fmt;

use crate::error::ParseError;
use crate::message::{Fields, Message, decode_chunked, value_of};
use crate::url::UrlParts;

/// An HTTP request: its method, target, header fields and body.
///
/// `Debug` shows the path and the names of the headers only, because the rest can be secret.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// The request target as it was written: a path with its query (`/path?query`) in a message that
    /// was sent, or a URL.
    pub target: String,
    /// The header fields in order: names as they were written, values without surrounding whitespace.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, without a transfer coding.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: impl Into<String>, target: impl Into<String>) -> Self {
        Self { method: method.into(), target: target.into(), ..Self::default() }
    }

    /// Reads an HTTP/1.1 request as it is sent, or as it is written in a file.
    ///
    /// Lines may end with LF alone. The body has the length that `Content-Length` says; a line break
    /// that an editor has put behind it is left out. Without `Content-Length`, it is all that follows
    /// the blank line. A body in the chunked coding is decoded. Spaces in the target are kept, as
    /// AWS's test suite has them.
    ///
    /// # Example
    ///
    /// ```
    /// use countersign_cli::Request;
    ///
    /// let request = Request::parse(b"GET /status HTTP/1.1\nHost: db.example:8182\n\n")?;
    /// assert_eq!(request.method, "GET");
    /// assert_eq!(request.target, "/status");
    /// assert_eq!(request.header("host"), Some(&b"db.example:8182"[..]));
    /// # Ok::<(), countersign_cli::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the first line is not a request line, if a line of the head is not a
    /// header, or if the body is not what `Content-Length` or `Transfer-Encoding` say.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        Self::from_message(Message::split(text, 1)?)
    }

    pub(crate) fn from_message(message: Message<'_>) -> Result<Self, ParseError> {
        let body = body(&message)?;
        let mut request = Self::from_head(message)?;
        request.body = body;
        Ok(request)
    }

    /// A request whose body is unknown.
    pub(crate) fn from_head(message: Message<'_>) -> Result<Self, ParseError> {
        let invalid = ParseError::InvalidRequestLine { line: message.line };
        let line = str::from_utf8(message.start_line)
            .map_err(|_| ParseError::NotUtf8 { part: "request line" })?;
        let (method, rest) = line.split_once(' ').ok_or_else(|| invalid.clone())?;
        let (target, version) = rest.rsplit_once(' ').ok_or_else(|| invalid.clone())?;
        let is_method = method.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
        if !is_method || method.is_empty() || target.is_empty() || !version.starts_with("HTTP/") {
            return Err(invalid);
        }
        let headers = message.fields;
        Ok(Self { method: method.into(), target: target.into(), headers, body: Vec::new() })
    }

    /// The value of the first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        value_of(&self.headers, name)
    }

    /// Removes all headers of that name, in any case. Returns whether there were any.
    pub fn remove_header(&mut self, name: &str) -> bool {
        let before = self.headers.len();
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.len() < before
    }

    /// The URL that the request was sent to: the target itself if it is a URL, or else the scheme that
    /// is given, the `Host` header and the target.
    ///
    /// Returns `None` if the target is not a URL and there is no `Host` header.
    #[must_use]
    pub fn url(&self, scheme: &str) -> Option<String> {
        if UrlParts::split(&self.target).is_absolute() {
            return Some(self.target.clone());
        }
        let host = str::from_utf8(self.header("host")?).ok()?;
        Some(format!("{scheme}://{host}{}", self.target))
    }
}

fn body(message: &Message<'_>) -> Result<Vec<u8>, ParseError> {
    if message.is_chunked() {
        return decode_chunked(message.body).ok_or(ParseError::BodyNotChunked);
    }
    let found = message.body.len();
    let Some(expected) = message.content_length()? else { return Ok(message.body.into()) };
    let too_short = ParseError::BodyTooShort { expected, found };
    let (body, rest) = message.body.split_at_checked(expected).ok_or(too_short)?;
    // More than a line break is more than an editor adds: keep it, so that the body is seen to differ.
    let is_blank = rest.iter().all(|byte| b"\r\n".contains(byte));
    Ok(if is_blank { body } else { message.body }.into())
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &UrlParts::split(&self.target).path)
            .field("headers", &names(&self.headers))
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

pub(crate) fn names(headers: &Fields) -> Vec<&str> {
    headers.iter().map(|(name, _)| &**name).collect()
}
