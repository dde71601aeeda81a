//! What requests and responses have in common: a start line, header fields, a body.

use crate::error::ParseError;

/// The header fields of a message, in order. Names are as they were written; values have no
/// whitespace around them.
pub(crate) type Fields = Vec<(String, Vec<u8>)>;

/// A message, its start line not yet interpreted.
pub(crate) struct Message<'a> {
    pub(crate) start_line: &'a [u8],
    /// The number of the start line, from 1.
    pub(crate) line: usize,
    pub(crate) fields: Fields,
    /// What follows the blank line.
    pub(crate) body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Splits a message. Lines may end with CRLF or, as in files that were edited, with LF.
    ///
    /// `first_line` is the number that the first line has in the text that it was taken from.
    pub(crate) fn split(text: &'a [u8], first_line: usize) -> Result<Self, ParseError> {
        let (mut rest, mut line) = (text, first_line);
        let mut start_line: &[u8] = b"";
        // RFC 9112, 2.2: a robust parser ignores empty lines before the start line.
        while start_line.is_empty() {
            if rest.is_empty() {
                return Err(ParseError::Empty);
            }
            (start_line, rest) = split_line(rest);
            line += 1;
        }
        let mut message = Self { start_line, line: line - 1, fields: Fields::new(), body: rest };
        loop {
            let (field, rest) = split_line(message.body);
            message.body = rest;
            if field.is_empty() {
                return Ok(message);
            }
            message.add_field(field, line)?;
            line += 1;
        }
    }

    fn add_field(&mut self, field: &[u8], line: usize) -> Result<(), ParseError> {
        if field.starts_with(b" ") || field.starts_with(b"\t") {
            // RFC 9112, 5.2: a line that continues a value (obs-fold) is read as a space.
            let (_, value) = self.fields.last_mut().ok_or(ParseError::InvalidHeader { line })?;
            value.push(b' ');
            value.extend_from_slice(field.trim_ascii());
            return Ok(());
        }
        let colon = field.iter().position(|byte| *byte == b':');
        let (name, value) = colon
            .and_then(|colon| field.split_at_checked(colon))
            .ok_or(ParseError::InvalidHeader { line })?;
        let name = str::from_utf8(name).map_err(|_| ParseError::InvalidHeader { line })?;
        if name.is_empty() || name.contains(|byte: char| byte.is_ascii_whitespace()) {
            return Err(ParseError::InvalidHeader { line });
        }
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        self.fields.push((name.into(), value.into()));
        Ok(())
    }

    /// Whether the body is in the chunked coding, according to its header.
    pub(crate) fn is_chunked(&self) -> bool {
        value_of(&self.fields, "transfer-encoding")
            .is_some_and(|value| value.to_ascii_lowercase().ends_with(b"chunked"))
    }

    /// The value of `Content-Length`.
    pub(crate) fn content_length(&self) -> Result<Option<usize>, ParseError> {
        let Some(value) = value_of(&self.fields, "content-length") else { return Ok(None) };
        let number = str::from_utf8(value).ok().and_then(|value| value.parse().ok());
        number.map(Some).ok_or(ParseError::InvalidContentLength)
    }
}

/// The value of the first field of that name, in any case.
pub(crate) fn value_of<'a>(fields: &'a Fields, name: &str) -> Option<&'a [u8]> {
    fields.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
}

/// Splits off the first line, without its line break.
pub(crate) fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    (line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..).unwrap_or_default())
}

/// Decodes a body in the chunked coding, or returns `None` if it is not in it.
///
/// Extensions and trailers are dropped. See
/// [RFC 9112, 7.1](https://www.rfc-editor.org/rfc/rfc9112#section-7.1).
pub(crate) fn decode_chunked(mut text: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let (line, rest) = split_line(text);
        let size = line.split(|byte| *byte == b';').next()?.trim_ascii();
        let size = usize::from_str_radix(str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let (chunk, rest) = rest.split_at_checked(size)?;
        body.extend_from_slice(chunk);
        text = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
    }
}
