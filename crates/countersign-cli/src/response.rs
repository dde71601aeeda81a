//! HTTP responses.

use core::fmt;

use crate::error::ParseError;
use crate::message::{Message, decode_chunked, value_of};
use crate::request::names;

/// An HTTP response: its status, header fields and body.
///
/// `Debug` shows the names of the headers only: a refusal can quote the request.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status code, such as 403.
    pub status: u16,
    /// The header fields in order: names as they were written, values without surrounding whitespace.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, without a transfer coding.
    pub body: Vec<u8>,
}

impl Response {
    /// Reads an HTTP response as it is sent, or as `curl -i` prints it.
    ///
    /// Of several responses, the last one counts: `curl -i` prints `100 Continue`, a proxy's answer
    /// and redirects before it. `curl -i` decodes the chunked coding and leaves its header, so a body
    /// that is not in that coding is taken as it is.
    ///
    /// # Example
    ///
    /// ```
    /// use countersign_cli::Response;
    ///
    /// let response = Response::parse(b"HTTP/2 403\ndate: Sun, 30 Aug 2015 12:36:00 GMT\n\nno")?;
    /// assert_eq!(response.status, 403);
    /// assert_eq!(response.body, b"no");
    /// # Ok::<(), countersign_cli::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the first line is not a status line, or if a line of the head is not a
    /// header.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        Self::from_message(Message::split(text, 1)?)
    }

    pub(crate) fn from_message(mut message: Message<'_>) -> Result<Self, ParseError> {
        let mut status = status(&message)?;
        while message.body.starts_with(b"HTTP/") {
            // The body itself can start like this, so what is no response is the body.
            let Ok(next) = Message::split(message.body, message.line) else { break };
            let Ok(next_status) = self::status(&next) else { break };
            (message, status) = (next, next_status);
        }
        let decoded = if message.is_chunked() { decode_chunked(message.body) } else { None };
        let body = decoded.unwrap_or_else(|| message.body.into());
        Ok(Self { status, headers: message.fields, body })
    }

    /// The value of the first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        value_of(&self.headers, name)
    }
}

/// The status code of a line such as `HTTP/1.1 403 Forbidden`.
fn status(message: &Message<'_>) -> Result<u16, ParseError> {
    let invalid = ParseError::InvalidStatusLine { line: message.line };
    let line = String::from_utf8_lossy(message.start_line);
    let (version, rest) = line.split_once(' ').ok_or_else(|| invalid.clone())?;
    let code = rest.trim_start().split(' ').next().unwrap_or_default();
    let is_status = version.starts_with("HTTP/") && code.len() == 3;
    code.parse().ok().filter(|_| is_status).ok_or(invalid)
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &names(&self.headers))
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
