//! The canonical headers: which are signed, their lines, and the list of their names.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

use smallvec::SmallVec;

use super::host::Host;
use crate::protocol::encoding::any_byte;
use crate::protocol::names::{
    AUTHORITY, CONTENT_SHA256, DATE, HOST, NEVER_PRESIGNED, is_never_signed,
    starts_with_ignore_case,
};
use crate::protocol::payload::PayloadHash;
use crate::protocol::request::{Request, is_ows_or_fold};
use crate::protocol::rules::{PayloadHeader, Rules, SessionTokenName, SignedHeaders};
use crate::protocol::sink::{Sink, Text};
use crate::protocol::timestamp::Timestamp;

/// The headers that signing in a header replaces, or removes where it has no value for them.
pub(crate) fn replaced_headers(token: SessionTokenName) -> [&'static str; 3] {
    [DATE, SessionTokenName::Security.header(), token.header()]
}

/// The headers of a request that are signed, sorted by name.
///
/// `Display` formats the list of their names, such as `host;x-amz-date`.
#[derive(Clone)]
pub struct CanonicalHeaders<'a> {
    received: &'a [(&'a str, &'a [u8])],
    // Inline for 32 headers of the request, and the four that signing adds.
    fields: SmallVec<[Field; 36]>,
    names_may_be_uppercase: bool,
    host: Host<'a>,
    authority: &'a [u8],
    date: [u8; 16],
    session_token: Option<(SessionTokenName, &'a str)>,
}

/// A header that is signed: one of the request's, by its index, or one whose value is kept apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Authority,
    Date,
    Host,
    PayloadHash,
    Received(u32),
    SessionToken,
}

impl Field {
    /// The name of the header, in any case.
    fn name<'a>(
        self,
        received: &[(&'a str, &'a [u8])],
        session_token: Option<(SessionTokenName, &str)>,
    ) -> &'a str {
        match self {
            Self::Authority => AUTHORITY,
            Self::Date => DATE,
            Self::Host => HOST,
            Self::PayloadHash => CONTENT_SHA256,
            Self::Received(index) => get(received, index).0,
            Self::SessionToken => session_token.map_or("", |(name, _)| name.header()),
        }
    }
}

fn get<'a>(received: &[(&'a str, &'a [u8])], index: u32) -> (&'a str, &'a [u8]) {
    let header = usize::try_from(index).ok().and_then(|index| received.get(index));
    debug_assert!(header.is_some(), "the index was counted in the same slice");
    header.copied().unwrap_or(("", b""))
}

impl<'a> CanonicalHeaders<'a> {
    fn new(request: &Request<'a, 'a>, host: Host<'a>) -> Self {
        Self {
            received: request.headers,
            fields: SmallVec::new(),
            names_may_be_uppercase: request.names_may_be_uppercase,
            host,
            authority: b"",
            date: [0; 16],
            session_token: None,
        }
    }

    /// Selects the headers of a request that carries its signature in a header. `session_token` is given only if it is signed.
    #[inline]
    pub(super) fn for_header(
        request: &Request<'a, 'a>,
        host: Host<'a>,
        rules: &Rules,
        payload_header: PayloadHeader,
        timestamp: Timestamp,
        session_token: Option<&'a str>,
    ) -> Self {
        let mut headers = Self::new(request, host);
        let replaced = replaced_headers(rules.session_token_name);
        headers.select(rules, payload_header, |name| {
            replaced.iter().any(|other| name.eq_ignore_ascii_case(other))
        });
        headers.date = *timestamp.as_basic();
        headers.fields.push(Field::Date);
        if let Some(token) = session_token {
            headers.session_token = Some((rules.session_token_name, token));
            headers.fields.push(Field::SessionToken);
        }
        headers.sort();
        headers
    }

    /// Selects the headers of a presigned request.
    pub(super) fn for_query(request: &Request<'a, 'a>, host: Host<'a>, rules: &Rules) -> Self {
        let mut headers = Self::new(request, host);
        headers.select(rules, PayloadHeader::Omitted, |name| {
            NEVER_PRESIGNED.iter().any(|other| name.eq_ignore_ascii_case(other))
        });
        headers.sort();
        headers
    }

    /// Selects the headers of a received request that the client signed.
    pub(super) fn for_received(
        request: &Request<'a, 'a>,
        host: Host<'a>,
        signed: &SignedHeaderNames<'_>,
    ) -> Self {
        let mut headers = Self::new(request, host);
        if let Some(authority) = request.authority.filter(|_| signed.contains(AUTHORITY)) {
            headers.authority = authority.text;
            headers.fields.push(Field::Authority);
        }
        if signed.contains(HOST) {
            headers.fields.push(Field::Host);
        }
        for (index, (name, _)) in (0..).zip(request.headers) {
            if !name.eq_ignore_ascii_case(HOST) && signed.contains(name) {
                headers.fields.push(Field::Received(index));
            }
        }
        headers.sort();
        headers
    }

    fn select(
        &mut self,
        rules: &Rules,
        mut payload_header: PayloadHeader,
        is_excluded: impl Fn(&str) -> bool,
    ) {
        self.fields.push(Field::Host);
        for (index, (name, _)) in (0..).zip(self.received) {
            if name.eq_ignore_ascii_case(HOST) {
                // The field above stands for it.
            } else if name.eq_ignore_ascii_case(CONTENT_SHA256) {
                payload_header = PayloadHeader::Sent;
            } else if !is_excluded(name) && is_signed_header(name, rules) {
                self.fields.push(Field::Received(index));
            }
        }
        if payload_header == PayloadHeader::Sent {
            self.fields.push(Field::PayloadHash);
        }
    }

    /// Sorts by name. The sort is stable: the values of one name keep their order.
    fn sort(&mut self) {
        let Self { received, fields, session_token, names_may_be_uppercase, .. } = self;
        let name = |field: &Field| field.name(received, *session_token);
        if *names_may_be_uppercase {
            fields.sort_by(|a, b| compare_ignore_case(name(a).as_bytes(), name(b).as_bytes()));
        } else {
            // Most names differ in their first byte.
            fields.sort_by_key(|field| (name(field).bytes().next(), name(field)));
        }
    }

    fn name(&self, field: Field) -> &'a str {
        field.name(self.received, self.session_token)
    }

    fn write_value(&self, field: Field, payload_hash: &PayloadHash<'_>, sink: &mut impl Sink) {
        match field {
            Field::Authority => write_trimmed(self.authority, sink),
            Field::Date => sink.write(&self.date),
            Field::Host => match self.host {
                Host::Authority { value, is_sent_as_signed: false } => {
                    write_trimmed(value, &mut Lowercase(sink));
                }
                Host::Header(value) | Host::Authority { value, .. } => write_trimmed(value, sink),
            },
            Field::PayloadHash => payload_hash.write(sink),
            Field::Received(index) => write_trimmed(get(self.received, index).1, sink),
            Field::SessionToken => {
                let token = self.session_token.iter();
                token.for_each(|(_, token)| write_trimmed(token.as_bytes(), sink));
            }
        }
    }

    /// Returns the Host to set, if clients would send another one than the one that is signed. They send a URI's authority as it
    /// is written; it is signed in lowercase, without userinfo and without the scheme's default port.
    #[must_use]
    pub fn host_override(&self) -> Option<Vec<u8>> {
        match self.host {
            Host::Authority { value, is_sent_as_signed: false } => Some(value.to_ascii_lowercase()),
            _ => None,
        }
    }

    /// Whether `x-amz-content-sha256` is signed, and so has to be sent.
    #[must_use]
    pub fn includes_content_sha256(&self) -> bool {
        self.fields.contains(&Field::PayloadHash)
    }

    /// Whether the request has a header, signed or not.
    #[cfg(feature = "std")]
    pub(crate) fn were_received(&self, name: &str) -> bool {
        self.received.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    /// Returns each name in lowercase with its value as it is signed.
    pub(super) fn to_pairs(&self, payload_hash: &PayloadHash<'_>) -> Vec<(String, Vec<u8>)> {
        let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
        for field in &self.fields {
            let name = self.name(*field);
            let write = |value| self.write_value(*field, payload_hash, value);
            match pairs.last_mut() {
                Some((last, value)) if last.eq_ignore_ascii_case(name) => {
                    value.write(b",");
                    write(value);
                }
                _ => {
                    let mut value = Vec::new();
                    write(&mut value);
                    pairs.push((name.to_ascii_lowercase(), value));
                }
            }
        }
        pairs
    }

    /// Writes one line `name:value` for each name, each with its line feed.
    pub(super) fn write_lines(&self, payload_hash: &PayloadHash<'_>, sink: &mut impl Sink) {
        let mut last: Option<&str> = None;
        for field in &self.fields {
            let name = self.name(*field);
            if last.is_some_and(|last| last.eq_ignore_ascii_case(name)) {
                sink.write(b",");
            } else {
                if last.is_some() {
                    sink.write(b"\n");
                }
                self.write_name(name, sink);
                sink.write(b":");
            }
            self.write_value(*field, payload_hash, sink);
            last = Some(name);
        }
        if last.is_some() {
            sink.write(b"\n");
        }
    }

    /// Writes the list of signed headers, `host;x-amz-date`.
    pub fn write_names(&self, sink: &mut impl Sink) {
        let mut last: Option<&str> = None;
        for name in self.names() {
            if last.is_some() {
                sink.write(b";");
            }
            self.write_name(name, sink);
            last = Some(name);
        }
    }

    fn write_name(&self, name: &str, sink: &mut impl Sink) {
        if self.names_may_be_uppercase {
            Lowercase(sink).write(name.as_bytes());
        } else {
            sink.write(name.as_bytes());
        }
    }

    /// Each name once, in any case.
    fn names(&self) -> impl Iterator<Item = &'a str> {
        let mut last: Option<&str> = None;
        let names = self.fields.iter().map(|field| self.name(*field));
        names.filter(move |name| {
            !last.replace(name).is_some_and(|last| last.eq_ignore_ascii_case(name))
        })
    }

    /// Returns the first of the signed names that the request has no header for. Each selected header has one of the names.
    pub(crate) fn first_missing<'n>(&self, signed: &SignedHeaderNames<'n>) -> Option<&'n [u8]> {
        if self.names().count() == signed.0.len() {
            return None;
        }
        // Both lists are sorted.
        let mut names = self.names().map(str::as_bytes);
        let mut signed = signed.0.iter().copied();
        signed.find(|name| !names.next().is_some_and(|other| other.eq_ignore_ascii_case(name)))
    }
}

impl fmt::Display for CanonicalHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write_names(text))
    }
}

/// Formats only the names: values may be secret.
impl fmt::Debug for CanonicalHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalHeaders({self})")
    }
}

/// The list of signed headers that a client sends: lowercase, sorted, without duplicates.
pub(crate) struct SignedHeaderNames<'a>(SmallVec<[&'a [u8]; 36]>);

impl<'a> SignedHeaderNames<'a> {
    /// Parses a list such as `host;x-amz-date`. Returns nothing if it is not sorted and in lowercase: every signer writes it
    /// like that, so another list is not the one that was signed.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let mut names = SmallVec::new();
        if text.is_empty() {
            return Some(Self(names));
        }
        let mut last = &b""[..];
        for name in text.split(|byte| *byte == b';') {
            if name <= last {
                return None;
            }
            names.push(name);
            last = name;
        }
        (!any_byte(text, |byte| byte.is_ascii_uppercase())).then_some(Self(names))
    }

    /// Whether a name, in any case, is in the list.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.binary_search_by(|listed| compare_ignore_case(listed, name.as_bytes())).is_ok()
    }
}

fn compare_ignore_case(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
}

/// Whether the rules sign a header of the request, apart from those that are always or never signed.
fn is_signed_header(name: &str, rules: &Rules) -> bool {
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    let is_chosen = match rules.signed_headers {
        SignedHeaders::All => true,
        SignedHeaders::Minimal => is(&"content-type") || starts_with_ignore_case(name, "x-amz-"),
    };
    is_chosen && !is_never_signed(name) && !rules.excluded_headers.iter().any(is)
}

/// Writes a header value without whitespace at its ends, and each run of whitespace as one space. Whitespace inside quotes is
/// collapsed too.
fn write_trimmed(value: &[u8], sink: &mut impl Sink) {
    // Most values contain no whitespace. The comparison also finds other control characters, which are kept below.
    if !any_byte(value, |byte| byte <= b' ') {
        return sink.write(value);
    }
    let words = value.split(|byte| is_ows_or_fold(*byte)).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            sink.write(b" ");
        }
        sink.write(word);
    }
}

/// A sink that converts what is written into it to lowercase.
struct Lowercase<'s, S>(&'s mut S);

impl<S: Sink> Sink for Lowercase<'_, S> {
    fn write(&mut self, bytes: &[u8]) {
        for run in bytes.chunk_by(|a, b| a.is_ascii_uppercase() == b.is_ascii_uppercase()) {
            match run {
                [first, ..] if first.is_ascii_uppercase() => {
                    run.iter().for_each(|byte| self.0.write(&[byte.to_ascii_lowercase()]));
                }
                _ => self.0.write(run),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::names::NEVER_SIGNED;
    use alloc::string::ToString;

    fn request<'a>(headers: &'a [(&'a str, &'a [u8])]) -> Request<'a, 'a> {
        Request {
            method: "GET",
            authority: None,
            path: b"/",
            query: b"",
            headers,
            names_may_be_uppercase: true,
        }
    }

    fn lines(headers: &[(&str, &str)], rules: Rules) -> String {
        let sent: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let host = Host::find(&sent, None).unwrap();
        let request = request(&sent);
        let (payload_header, time) = (rules.payload_header, "20150830T123600Z".parse().unwrap());
        let headers =
            CanonicalHeaders::for_header(&request, host, &rules, payload_header, time, None);
        let mut text = Vec::new();
        headers.write_lines(&PayloadHash::UNSIGNED, &mut text);
        headers.write_names(&mut text);
        String::from_utf8(text).unwrap()
    }

    /// The line of one header.
    fn line(name: &str, value: &str) -> String {
        let lines = lines(&[("Host", "h"), (name, value)], Rules::DEFAULT);
        lines.lines().find(|line| line.starts_with(&name.to_ascii_lowercase())).unwrap().into()
    }

    #[test]
    fn names_are_lowercase_and_sorted() {
        assert_eq!(
            lines(&[("B-a", "1"), ("b_a", "2"), ("HOST", "h"), ("B", "3")], Rules::DEFAULT),
            "b:3\nb-a:1\nb_a:2\nhost:h\nx-amz-date:20150830T123600Z\nb;b-a;b_a;host;x-amz-date"
        );
    }

    #[test]
    fn values_of_one_name_are_joined_in_order() {
        let headers = [("A", "z"), ("Host", "h"), ("a", ""), ("A", " y ")];
        assert!(lines(&headers, Rules::DEFAULT).starts_with("a:z,,y\nhost:h\n"));
    }

    #[test]
    fn whitespace_is_trimmed_and_collapsed_inside_quotes_too() {
        for (value, signed) in [
            ("", "a:"),
            (" \t ", "a:"),
            (" b ", "a:b"),
            ("b \t\t c", "a:b c"),
            ("\"a   b   c\"", "a:\"a b c\""),
            ("b\n c", "a:b c"),
            ("b \r\n\t c\n ", "a:b c"),
            ("ሴ\u{a0}", "a:ሴ\u{a0}"),
        ] {
            assert_eq!(line("a", value), signed, "{value:?}");
        }
    }

    #[test]
    fn repeated_headers_keep_their_order() {
        let names = ["x-0", "X-1", "x-2", "x-3", "X-4", "x-5", "x-6"];
        let values: Vec<String> = (0..60).map(|n| n.to_string()).collect();
        let mut headers = vec![("Host", "h")];
        headers.extend((0..60).map(|n| (names[n * 3 % 7], values[n].as_str())));
        for (index, name) in names.iter().enumerate() {
            let own = (0..60).filter(|n| n * 3 % 7 == index).map(|n| values[n].as_str());
            let line =
                format!("{}:{}\n", name.to_ascii_lowercase(), own.collect::<Vec<_>>().join(","));
            assert!(lines(&headers, Rules::DEFAULT).contains(&line), "{line}");
        }
    }

    #[test]
    fn host_header_is_trimmed_and_otherwise_verbatim() {
        let lines = lines(&[("Host", " DB.Example:443 ")], Rules::DEFAULT);
        assert!(lines.starts_with("host:DB.Example:443\n"), "{lines}");
    }

    #[test]
    fn headers_that_change_in_transit_are_never_signed() {
        let listed = NEVER_SIGNED.into_iter();
        let prefixed = ["Sec-WebSocket-Key", "X-Forwarded-For", "x-forwarded-"];
        for name in listed.chain(prefixed) {
            for name in [name.to_ascii_uppercase(), name.to_ascii_lowercase()] {
                let names = lines(&[("Host", "h"), (&name, "v")], Rules::DEFAULT);
                assert!(names.ends_with("\nhost;x-amz-date"), "{names}");
            }
        }
        assert_eq!(line("X-Forwarded", "v"), "x-forwarded:v");
        assert_eq!(line("Via-", "v"), "via-:v");
    }

    #[test]
    fn headers_of_an_earlier_signature_are_replaced() {
        let headers = [
            ("Host", "h"),
            ("X-Amz-Date", "early"),
            ("X-AMZ-Security-Token", "old"),
            ("x-amz-content-sha256", "other"),
            ("x-amz-s3session-token", "stays"),
        ];
        assert_eq!(
            lines(&headers, Rules::DEFAULT),
            "host:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:20150830T123600Z\n\
             x-amz-s3session-token:stays\n\
             host;x-amz-content-sha256;x-amz-date;x-amz-s3session-token"
        );
    }

    #[test]
    fn presigned_urls_exclude_two_more_headers() {
        let names = |headers: &[(&str, &[u8])]| {
            let host = Host::Header(b"h");
            CanonicalHeaders::for_query(&request(headers), host, &Rules::DEFAULT).to_string()
        };
        let headers: [(&str, &[u8]); 3] =
            [("X-Amz-User-Agent", b"a"), ("x-amz-checksum-mode", b"b"), ("x-amz-date", b"c")];
        assert_eq!(names(&headers), "host;x-amz-date");
    }

    #[test]
    fn a_list_of_signed_headers_is_lowercase_sorted_and_without_duplicates() {
        for text in ["", "host", ":authority;host", "a;b;b-c;bc", "host;x-amz-date"] {
            let names = SignedHeaderNames::parse(text.as_bytes()).unwrap();
            assert_eq!(names.0.join(&b';'), text.as_bytes());
        }
        for text in ["Host", "b;a", "a;a", ";", ";a", "a;", "a;;b", "a;B"] {
            assert!(SignedHeaderNames::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_signed_header_is_found_in_any_case() {
        for end in [12, 99] {
            let text: Vec<_> = (10..end).map(|n| format!("x-{n}")).collect();
            let text = text.join(";");
            let names = SignedHeaderNames::parse(text.as_bytes()).unwrap();
            for n in 10..end {
                assert!(names.contains(&format!("X-{n}")) && names.contains(&format!("x-{n}")));
            }
            let others = ["", "x-", "x-9", "X-9", "x-100", "X-100", "y", "Y", "w"];
            assert!(!others.iter().any(|name| names.contains(name)));
        }
    }
}
