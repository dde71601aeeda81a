//! What a server said.

mod head;
mod json;
mod text;
mod xml;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::canonical::Canonical;
use super::mask::Mask;
use crate::clock;
use crate::protocol::Timestamp;

/// How much of an answer is read: services say less.
const MAX_BYTES: usize = 256 * 1024;

/// What a server said when it refused a request: XML, JSON, or text out of a log.
///
/// Nothing that is read is an error: what is not understood is left out. What the methods hand back holds no session
/// token that stands under its name, and nothing that a terminal would obey; `Debug` shows no texts.
///
/// ```
/// use countersign::explain::Answer;
///
/// let answer = Answer::parse(
///     b"HTTP/1.1 403 Forbidden\r\nx-amzn-ErrorType: InvalidSignatureException\r\n\r\n\
///       {\"message\":\"Signature expired: 20241008T195522Z is now earlier than 20241008T195940Z \
///       (20241008T200440Z - 5 min.)\"}",
/// );
/// assert_eq!(answer.status(), Some(403));
/// assert_eq!(answer.code(), Some("InvalidSignatureException"));
/// assert_eq!(answer.signed_at(), "20241008T195522Z".parse().ok());
/// assert_eq!(answer.clock_offset(), Some(time::Duration::seconds(558)));
/// ```
#[derive(Clone)]
pub struct Answer {
    status: Option<u16>,
    code: Option<String>,
    message: Option<Said>,
    canonical_request: Option<Said>,
    string_to_sign: Option<Said>,
    /// The message in one line.
    sentence: String,
    fields: Fields,
}

/// A text as it came, and as it is shown.
#[derive(Clone)]
struct Said {
    came: String,
    shown: String,
}

impl Answer {
    /// An answer as an HTTP library hands it over. At most 256 KiB of the body are read.
    #[must_use]
    pub fn new(status: Option<u16>, headers: &[(&str, &[u8])], body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body.get(..MAX_BYTES).unwrap_or(body));
        let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-errortype"));
        Self::read(
            status,
            header.map(|(_, value)| String::from_utf8_lossy(value)).as_deref(),
            &body,
        )
    }

    /// An answer as a person has it in a file: a body; status line, headers and body as `curl -i` prints them, other
    /// answers before it too; or any text that an error body was pasted into, its line feeds turned into blanks or not.
    /// At most 256 KiB are read.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes.get(..MAX_BYTES).unwrap_or(bytes));
        let head::Parted { status, error_type, body } = head::part(&text);
        Self::read(status, error_type, body)
    }

    fn read(status: Option<u16>, error_type: Option<&str>, body: &str) -> Self {
        let body = body.trim_start_matches('\u{feff}').trim();
        let mut fields = Fields::default();
        if !body.starts_with('{') {
            xml::read(body, &mut fields);
        }
        if fields.is_empty() {
            json::read(body, &mut fields);
        }
        let message = fields.first(&MESSAGE_NAMES).unwrap_or(body).trim();
        let code = error_type.or_else(|| fields.first(&CODE_NAMES)).map(bare_code);
        let code = code
            .filter(|code| !code.is_empty())
            .or_else(|| text::code(message))
            .or_else(|| text::code(body));
        let exact = |name: &str| fields.get(name).and_then(from_hex_pairs);
        let plain = |name: &str| fields.get(name).map(text::with_line_feeds);
        let canonical_request = exact("canonicalrequestbytes")
            .or_else(|| plain("canonicalrequest"))
            .or_else(|| text::canonical_request(message))
            .or_else(|| text::canonical_request(body));
        let string_to_sign = exact("stringtosignbytes")
            .or_else(|| plain("stringtosign"))
            .or_else(|| text::string_to_sign(message))
            .or_else(|| text::string_to_sign(body));
        Self {
            status,
            code: code.map(|code| Mask::NAMES.line(code)),
            message: Some(message.to_owned()).filter(|text| !text.is_empty()).map(Said::new),
            canonical_request: canonical_request.map(Said::new),
            string_to_sign: string_to_sign.map(Said::new),
            sentence: text::in_one_line(message),
            fields,
        }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The name of the error, such as `SignatureDoesNotMatch`, without what services put around it.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The error's text; all of the body, where it is neither XML nor JSON.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(|said| &*said.shown)
    }

    /// The canonical request that the server made of what arrived.
    #[must_use]
    pub fn canonical_request(&self) -> Option<&str> {
        self.canonical_request.as_ref().map(|said| &*said.shown)
    }

    /// The string to sign that the server made of what arrived.
    #[must_use]
    pub fn string_to_sign(&self) -> Option<&str> {
        self.string_to_sign.as_ref().map(|said| &*said.shown)
    }

    /// The time that the request was signed at, as the server understood it.
    #[must_use]
    pub fn signed_at(&self) -> Option<Timestamp> {
        let of_string = || clock::parse_time(self.came_string_to_sign()?.split('\n').nth(1)?);
        let of_canonical =
            || clock::parse_time(Canonical::parse(self.came_canonical_request()?).date()?);
        let of_field = || clock::parse_time(self.field("RequestTime")?);
        let of_clock = || Some(self.clock()?.0);
        of_string().or_else(of_canonical).or_else(of_field).or_else(of_clock)
    }

    /// How far the server's clock is ahead of the one that signed, where the answer says so: S3's
    /// `RequestTimeTooSkewed`, `Signature expired` and `Signature not yet current`. None beyond 24 hours either way.
    ///
    /// It is a value for [`Signer::with_clock_offset`](crate::Signer::with_clock_offset), to be added to the offset in
    /// place. See [`clock_offset`](crate::clock_offset) for when to believe it.
    #[must_use]
    pub fn clock_offset(&self) -> Option<time::Duration> {
        self.clock()
            .and_then(|(signed_at, server)| clock::offset_between(signed_at.into(), server.into()))
    }

    /// When the request was signed, and when the server got it, where it complains of that.
    pub(super) fn clock(&self) -> Option<(Timestamp, Timestamp)> {
        if self.code() == Some("RequestTimeTooSkewed") {
            let time = |name| self.field(name).and_then(clock::parse_time);
            return time("RequestTime").zip(time("ServerTime"));
        }
        let starts = ["Signature expired: ", "Signature not yet current: "];
        let text = starts.iter().find_map(|start| Some(self.sentence.split_once(start)?.1))?;
        let (signed_at, rest) = text.split_once(' ')?;
        let server = rest.split_once('(')?.1.split(' ').next()?;
        clock::parse_time(signed_at).zip(clock::parse_time(server))
    }

    /// The error's text in one line, with single blanks.
    pub(super) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// A member of the error, whatever the case of its name.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(&name.to_ascii_lowercase())
    }

    /// As it came: it may hold a token.
    pub(super) fn came_canonical_request(&self) -> Option<&str> {
        self.canonical_request.as_ref().map(|said| &*said.came)
    }

    /// As it came.
    pub(super) fn came_string_to_sign(&self) -> Option<&str> {
        self.string_to_sign.as_ref().map(|said| &*said.came)
    }
}

/// Shows what is there, no texts.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |said: &Option<Said>| said.as_ref().map(|said| said.came.len());
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("message_bytes", &length(&self.message))
            .field("canonical_request_bytes", &length(&self.canonical_request))
            .field("string_to_sign_bytes", &length(&self.string_to_sign))
            .finish_non_exhaustive()
    }
}

impl Said {
    fn new(came: String) -> Self {
        let shown = Mask::NAMES.text(&came);
        Self { came, shown }
    }
}

/// The members of an error: names in lower case, and texts.
#[derive(Clone, Default)]
struct Fields(Vec<(String, String)>);

impl Fields {
    /// More than any service sends.
    const MAX: usize = 64;

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn put(&mut self, name: &str, text: String) {
        if self.0.len() < Self::MAX {
            self.0.push((name.to_ascii_lowercase(), text));
        }
    }

    /// The first of a name.
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, text)| &**text)
    }

    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }
}

/// A code without a namespace before it, or a URL after it: `com.amazon.coral.service#ExpiredTokenException`,
/// `UnrecognizedClientException:http://…`.
fn bare_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or_default();
    code.split(':').next().unwrap_or_default().trim()
}

/// `47 45 54 0a`: the bytes of a text, as S3 writes them.
fn from_hex_pairs(text: &str) -> Option<String> {
    let digits: String = text.split_ascii_whitespace().collect();
    let mut bytes = vec![0; digits.len() / 2];
    hex::decode_to_slice(digits, &mut bytes).ok().filter(|()| !bytes.is_empty())?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

const CODE_NAMES: [&str; 2] = ["__type", "code"];
const MESSAGE_NAMES: [&str; 3] = ["message", "detailedmessage", "errormessage"];
