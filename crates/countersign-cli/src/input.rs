//! A request in any of the forms that people have it in.

use crate::curl::{CurlCommand, Inputs};
use crate::error::ParseError;
use crate::message::Message;
use crate::request::Request;
use crate::response::Response;
use crate::verbose::{Exchange, is_verbose_output};

/// A text, parsed as what it looks like.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Input {
    /// A `curl` command.
    Curl(CurlCommand),
    /// The output of `curl -v`.
    Exchange(Exchange),
    /// An HTTP/1.1 request.
    Request(Request),
    /// An HTTP response.
    Response(Response),
}

impl Input {
    /// Parses a text as what it looks like.
    ///
    /// - The first word `curl`, perhaps after a prompt, makes it a `curl` command.
    /// - A line `> METHOD TARGET HTTP/…` makes it the output of `curl -v`, if the first line is not
    ///   the start of a request or a response.
    /// - A first line that starts with `HTTP/` makes it a response.
    /// - Everything else is an HTTP/1.1 request.
    ///
    /// A body that `inputs` gives takes the place of the one in the text.
    ///
    /// # Errors
    ///
    /// Returns the error of the parser that was chosen.
    pub fn parse(text: &[u8], inputs: &Inputs<'_>) -> Result<Self, ParseError> {
        let start = text.trim_ascii_start();
        let mut words = start.split(u8::is_ascii_whitespace);
        let mut first = words.next().unwrap_or_default();
        if first == b"$" || first == b"%" {
            first = words.next().unwrap_or_default();
        }
        if first == b"curl" || first.ends_with(b"/curl") || first == b"curl.exe" {
            let text = str::from_utf8(text).map_err(|_| ParseError::NotUtf8 { part: "command" })?;
            return CurlCommand::parse(text, inputs).map(Self::Curl);
        }
        if start.starts_with(b"HTTP/") {
            return Response::parse(text).map(Self::Response);
        }
        let body = inputs.body_file;
        if is_verbose_output(start) {
            let mut exchange = Exchange::parse(text)?;
            exchange.had_body &= body.is_none();
            exchange.request.body = body.unwrap_or_default().into();
            return Ok(Self::Exchange(exchange));
        }
        let Some(body) = body else { return Request::parse(text).map(Self::Request) };
        let mut request = Request::from_head(Message::split(text, 1)?)?;
        request.body = body.into();
        Ok(Self::Request(request))
    }
}
