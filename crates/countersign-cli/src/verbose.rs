//! The output of `curl -v`.

use crate::error::ParseError;
use crate::message::{Message, split_line};
use crate::request::Request;
use crate::response::Response;

/// What `curl` puts behind a body that does not end with a line break.
const REMARKS: [&[u8]; 4] =
    [b"* Connection #", b"* Closing connection", b"* shutting down", b"* Curl_http_done"];

/// A request and its response, as `curl -v` shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The request that was sent last. Its body is empty, because `curl -v` does not show it.
    pub request: Request,
    /// Whether the request was sent with a body, according to its headers, and that body is unknown.
    pub had_body: bool,
    /// The response, if one was received.
    pub response: Option<Response>,
}

impl Exchange {
    /// Reads the output of `curl -v`: the lines that start with `>` and `<`, and the body of the
    /// response among them, if it was printed to the same place.
    ///
    /// Of several requests (a proxy, redirects, a second attempt), the last one counts.
    ///
    /// # Example
    ///
    /// ```
    /// use countersign_cli::Exchange;
    ///
    /// let output = b"* Connected to db.example port 8182\n> GET /status HTTP/1.1\n> Host: db.example:8182\n>\n\
    ///     < HTTP/1.1 403 Forbidden\n<\nno* Connection #0 to host db.example left intact\n";
    /// let exchange = Exchange::parse(output)?;
    /// assert_eq!(exchange.request.target, "/status");
    /// let response = exchange.response.unwrap();
    /// assert_eq!((response.status, &*response.body), (403, &b"no"[..]));
    /// # Ok::<(), countersign_cli::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if there is no request line, or if a line of a head is not a header.
    pub fn parse(output: &[u8]) -> Result<Self, ParseError> {
        let (mut request, mut response) = (Head::default(), Head::default());
        let mut body = Vec::new();
        let (mut rest, mut line) = (output, 0);
        while !rest.is_empty() {
            let whole = rest;
            let text;
            (text, rest) = split_line(rest);
            line += 1;
            if let Some(text) = marked(text, b'>') {
                if is_request_line(text) {
                    (request, response) = (Head::starting(line), Head::default());
                    body.clear();
                }
                request.push(text);
            } else if let Some(text) = marked(text, b'<') {
                if text.starts_with(b"HTTP/") {
                    response = Head::starting(line);
                    body.clear();
                }
                response.push(text);
            } else if response.is_complete && !is_remark(text) {
                let length = whole.len() - rest.len();
                body.extend_from_slice(whole.get(..length).unwrap_or_default());
            }
        }
        if request.text.is_empty() {
            return Err(ParseError::MissingRequest);
        }
        let sent = Message::split(&request.text, request.line)?;
        let had_body = sent.is_chunked() || sent.content_length()?.is_some_and(|length| length > 0);
        let request = Request::from_head(sent)?;
        let response = if response.text.is_empty() {
            None
        } else {
            response.text.extend_from_slice(without_remark(&body));
            Some(Response::from_message(Message::split(&response.text, response.line)?)?)
        };
        Ok(Self { request, had_body, response })
    }
}

/// Whether a text is the output of `curl -v` rather than a request.
pub(crate) fn is_verbose_output(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let starts_a_request = lines.clone().next().is_some_and(is_request_line);
    !starts_a_request && lines.any(|line| marked(line, b'>').is_some_and(is_request_line))
}

/// The lines of a head that have been read.
#[derive(Default)]
struct Head {
    text: Vec<u8>,
    line: usize,
    /// Whether its blank line has been read.
    is_complete: bool,
}

impl Head {
    fn starting(line: usize) -> Self {
        Self { line, ..Self::default() }
    }

    fn push(&mut self, text: &[u8]) {
        // A line that is no part of a head, such as one of the body's that starts with "> ".
        if self.is_complete || self.line == 0 {
            return;
        }
        self.text.extend_from_slice(text);
        self.text.push(b'\n');
        self.is_complete = text.is_empty();
    }
}

/// The text of a line that starts with a mark and, unless it is empty, a space.
fn marked(line: &[u8], mark: u8) -> Option<&[u8]> {
    let text = line.strip_prefix(&[mark])?;
    if text.is_empty() { Some(text) } else { text.strip_prefix(b" ") }
}

fn is_request_line(text: &[u8]) -> bool {
    let mut words = text.split(|byte| *byte == b' ');
    let is_method = words.next().is_some_and(|word| word.iter().all(u8::is_ascii_uppercase));
    is_method && words.next_back().is_some_and(|version| version.starts_with(b"HTTP/"))
}

/// What `curl` says about the connection and, if its output goes to a file, about its progress.
fn is_remark(line: &[u8]) -> bool {
    let is_data = line.starts_with(b"{ [") || line.starts_with(b"} [");
    is_data && line.ends_with(b" data]") || line.starts_with(b"* ") || is_progress(line)
}

/// A line of the progress meter: a table of twelve columns, its times with two colons.
fn is_progress(line: &[u8]) -> bool {
    let line = line.rsplit(|byte| *byte == b'\r').next().unwrap_or(line);
    let line = line.trim_ascii_start();
    let is_row = line.first().is_some_and(u8::is_ascii_digit)
        && line.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count() == 12
        && line.iter().filter(|byte| **byte == b':').count() == 6;
    is_row || line.starts_with(b"% Total ") || line.starts_with(b"Dload  Upload ")
}

/// A body without the remark that `curl` has printed right behind it.
fn without_remark(body: &[u8]) -> &[u8] {
    let start = (0..body.len()).rev().find(|at| {
        let rest = body.get(*at..).unwrap_or_default();
        REMARKS.iter().any(|remark| rest.starts_with(remark))
    });
    let start = start.filter(|at| {
        let rest = body.get(*at..).unwrap_or_default().trim_ascii_end();
        !rest.contains(&b'\n')
    });
    start.and_then(|start| body.get(..start)).unwrap_or(body)
}
