//! The data of a `curl` command: its body, or with `--get` parameters of its query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::error::ParseError;

/// What `--data-urlencode` encodes: all but the unreserved characters of
/// [RFC 3986, 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An option that adds data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataKind {
    /// `--data`: a file loses its line breaks and NULs.
    Ascii,
    /// `--data-binary`
    Binary,
    /// `--json`
    Json,
    /// `--data-raw`: `@` means nothing.
    Raw,
    /// `--data-urlencode`
    UrlEncoded,
}

/// The data that the options of a command have added so far.
#[derive(Default)]
pub(super) struct Data {
    pub(super) body: Option<Vec<u8>>,
    pub(super) content_type: Option<&'static str>,
    pub(super) is_json: bool,
    /// The parameters of `--url-query`.
    pub(super) query: Vec<Vec<u8>>,
}

impl Data {
    pub(super) fn add(
        &mut self,
        kind: DataKind,
        option: String,
        value: &[u8],
        file: &mut Option<&[u8]>,
    ) -> Result<(), ParseError> {
        let in_file = || file.take().ok_or(ParseError::BodyInFile { option });
        let data = match (kind, value) {
            (DataKind::Ascii, [b'@', ..]) => {
                let is_kept = |byte: &u8| !b"\r\n\0".contains(byte);
                in_file()?.iter().copied().filter(is_kept).collect()
            }
            (DataKind::Binary | DataKind::Json, [b'@', ..]) => in_file()?.into(),
            (DataKind::UrlEncoded, _) => url_encoded(value, in_file)?,
            _ => value.into(),
        };
        self.is_json |= kind == DataKind::Json;
        let json_or_form =
            if self.is_json { "application/json" } else { "application/x-www-form-urlencoded" };
        self.content_type = Some(json_or_form);
        match &mut self.body {
            None => self.body = Some(data),
            Some(body) => {
                if kind != DataKind::Json {
                    body.push(b'&');
                }
                body.extend(data);
            }
        }
        Ok(())
    }

    /// Adds a parameter of `--url-query`: encoded as by `--data-urlencode`, or as it is after a `+`.
    pub(super) fn add_to_query(&mut self, option: String, value: &[u8]) -> Result<(), ParseError> {
        self.query.push(match value {
            [b'+', raw @ ..] => raw.into(),
            value => url_encoded(value, || Err(ParseError::FileNotRead { option }))?,
        });
        Ok(())
    }
}

/// Encodes `content`, `=content`, `name=content`, `@file` or `name@file`.
fn url_encoded<'a>(
    value: &[u8],
    in_file: impl FnOnce() -> Result<&'a [u8], ParseError>,
) -> Result<Vec<u8>, ParseError> {
    let mark = value.iter().position(|byte| matches!(byte, b'=' | b'@'));
    let (name, content) = match mark.and_then(|mark| value.split_at_checked(mark)) {
        None => (&b""[..], value),
        Some((name, [b'@', ..])) => (name, in_file()?),
        Some((name, content)) => (name, content.get(1..).unwrap_or_default()),
    };
    // As forms write it, a space is a plus.
    let encoded = percent_encode(content, FORM).to_string().replace("%20", "+");
    let equals = if name.is_empty() { "" } else { "=" };
    Ok([name, equals.as_bytes(), encoded.as_bytes()].concat())
}
