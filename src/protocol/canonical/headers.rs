//! The canonical headers: which take part, their lines, and the list of their names.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::host::Host;
use super::line::{Added, Line, numbered};
use super::names::{SignedNames, compare, is_named};
use super::never_signed::{NEVER_PRESIGNED, begins_with, is_never_signed};
use super::value::LowerCase;
use crate::protocol::names::{AUTHORITY, CONTENT_SHA256, DATE, HOST};
use crate::protocol::payload::PayloadHash;
use crate::protocol::rules::{PayloadHeader, Rules, SessionTokenName, SignedHeaders};
use crate::protocol::scratch::Scratch;
use crate::protocol::sink::{Sink, Text};
use crate::protocol::timestamp::Timestamp;

/// The headers of a request that are signed, sorted by name.
#[derive(Clone)]
pub struct Headers<'a> {
    sent: &'a [(&'a str, &'a [u8])],
    /// Those of 32 headers of the caller's, and the four that signing adds.
    lines: Scratch<Line, 36>,
    /// Whether any of the names may have to be put into lower case.
    hold_capitals: bool,
    added: Added<'a>,
}

impl<'a> Headers<'a> {
    /// No header yet.
    #[inline]
    pub(super) fn new(
        sent: &'a [(&'a str, &'a [u8])],
        hold_capitals: bool,
        host: Host<'a>,
    ) -> Self {
        let added = Added { host, authority: b"", date: [0; 16], token_name: "", token: "" };
        Self { sent, lines: Scratch::new(), hold_capitals, added }
    }

    /// Adds the headers of a request that is signed in a header. `token` is given only if it is signed.
    pub(super) fn add_for_header(
        &mut self,
        rules: &Rules,
        timestamp: Timestamp,
        token: Option<&'a str>,
    ) {
        let replaced = replaced_headers(rules);
        let is_replaced = |name: &str| replaced.iter().any(|other| is_named(name, other));
        self.add(rules, rules.payload_header, is_replaced);
        self.added.date = *timestamp.basic();
        self.lines.push(Line::DATE);
        if let Some(token) = token {
            self.added.token_name = rules.session_token_name.header();
            self.added.token = token;
            self.lines.push(Line::TOKEN);
        }
        self.sort();
    }

    /// Adds the headers of a request that is presigned.
    pub(super) fn add_for_query(&mut self, rules: &Rules) {
        self.add(rules, PayloadHeader::Omitted, |name| {
            NEVER_PRESIGNED.iter().any(|never| name.eq_ignore_ascii_case(never))
        });
        self.sort();
    }

    /// Adds the headers that a client says it signed, as far as they arrived. Hands back the first of the others that must
    /// be signed.
    pub(crate) fn add_arrived(
        &mut self,
        authority: Option<&'a [u8]>,
        names: &SignedNames<'_>,
        must_be_signed: impl Fn(&str) -> bool,
    ) -> Option<&'a str> {
        if let Some(authority) = authority.filter(|_| names.contains(AUTHORITY)) {
            self.added.authority = authority;
            self.lines.push(Line::AUTHORITY);
        }
        if names.contains(HOST) {
            self.lines.push(Line::HOST);
        }
        let mut unsigned = None;
        for (index, (name, _)) in numbered(self.sent) {
            if names.contains(name) {
                // The host stands there already.
                if !is_named(name, HOST) {
                    self.lines.push(Line(index));
                }
            } else if unsigned.is_none() && must_be_signed(name) {
                unsigned = Some(*name);
            }
        }
        self.sort();
        unsigned
    }

    /// The first of the names that no header bears. Each header bears one of the names.
    pub(crate) fn first_missing<'n>(&self, names: &SignedNames<'n>) -> Option<&'n [u8]> {
        if self.names().count() == names.as_slice().len() {
            return None;
        }
        // Both are sorted.
        let mut arrived = self.names().map(str::as_bytes);
        let mut names = names.as_slice().iter().copied();
        names.find(|name| !arrived.next().is_some_and(|arrived| arrived.eq_ignore_ascii_case(name)))
    }

    fn add(
        &mut self,
        rules: &Rules,
        mut payload_header: PayloadHeader,
        is_left_out: impl Fn(&str) -> bool,
    ) {
        self.lines.push(Line::HOST);
        for (index, (name, _)) in numbered(self.sent) {
            if is_named(name, HOST) {
                // It stands there already.
            } else if is_named(name, CONTENT_SHA256) {
                payload_header = PayloadHeader::Sent;
            } else if !is_left_out(name) && takes_part(name, rules) {
                self.lines.push(Line(index));
            }
        }
        if payload_header == PayloadHeader::Sent {
            self.lines.push(Line::PAYLOAD_HASH);
        }
    }

    /// By name. The sort is stable: values of one name stay in the order they came.
    fn sort(&mut self) {
        let Self { sent, lines, added, .. } = self;
        let name = |line: &Line| line.name(sent, added).as_bytes();
        let lines = lines.as_mut_slice();
        let is_lower_case = |line: &Line| !name(line).iter().any(u8::is_ascii_uppercase);
        debug_assert!(self.hold_capitals || lines.iter().all(is_lower_case));
        if self.hold_capitals {
            lines.sort_by(|a, b| compare(name(a), name(b)));
        } else {
            // Most names differ in the first byte.
            lines.sort_by_key(|line| (name(line).first(), name(line)));
        }
    }

    /// The Host to set, if clients would send another than the one that is signed: they send a URI's authority as it is
    /// written, and it was signed in lower case, without userinfo and without a port that goes without saying.
    #[must_use]
    pub fn host_to_send(&self) -> Option<Vec<u8>> {
        match self.added.host {
            Host::OfAuthority { value, is_sent: false } => Some(value.to_ascii_lowercase()),
            _ => None,
        }
    }

    /// Whether `x-amz-content-sha256` takes part, and so is to be sent.
    #[must_use]
    pub fn holds_payload_hash(&self) -> bool {
        self.lines.as_slice().contains(&Line::PAYLOAD_HASH)
    }

    /// Each name in lower case with its value as it is signed.
    pub(super) fn to_pairs(&self, payload_hash: &PayloadHash<'_>) -> Vec<(String, Vec<u8>)> {
        let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
        for line in self.lines.as_slice() {
            let name = line.name(self.sent, &self.added);
            let write = |value| line.write_value(self.sent, &self.added, payload_hash, value);
            match pairs.last_mut() {
                Some((last, value)) if last.eq_ignore_ascii_case(name) => {
                    value.put(b",");
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
    pub(crate) fn write_lines(&self, payload_hash: &PayloadHash<'_>, sink: &mut impl Sink) {
        let mut last = None;
        for line in self.lines.as_slice() {
            let name = line.name(self.sent, &self.added);
            if is_same(last, name) {
                sink.put(b",");
            } else {
                if last.is_some() {
                    sink.put(b"\n");
                }
                self.write_name(name, sink);
                sink.put(b":");
            }
            line.write_value(self.sent, &self.added, payload_hash, sink);
            last = Some(name);
        }
        if last.is_some() {
            sink.put(b"\n");
        }
    }

    /// Writes the names, `host;x-amz-date`.
    pub fn write_names(&self, sink: &mut impl Sink) {
        let mut last = None;
        for line in self.lines.as_slice() {
            let name = line.name(self.sent, &self.added);
            if !is_same(last, name) {
                if last.is_some() {
                    sink.put(b";");
                }
                self.write_name(name, sink);
            }
            last = Some(name);
        }
    }

    fn write_name(&self, name: &str, sink: &mut impl Sink) {
        if self.hold_capitals {
            LowerCase(sink).put(name.as_bytes());
        } else {
            sink.put(name.as_bytes());
        }
    }

    /// Each name once, in any case.
    fn names(&self) -> impl Iterator<Item = &'a str> {
        let mut last = None;
        let names = self.lines.as_slice().iter().map(|line| line.name(self.sent, &self.added));
        names.filter(move |name| !is_same(last.replace(*name), name))
    }
}

/// Whether a name is the last one again.
fn is_same(last: Option<&str>, name: &str) -> bool {
    last.is_some_and(|last| last.eq_ignore_ascii_case(name))
}

/// Shows the names, `host;x-amz-date`.
impl fmt::Display for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write_names(text))
    }
}

/// Shows the names only: values may be secret.
impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Headers({self})")
    }
}

fn takes_part(name: &str, rules: &Rules) -> bool {
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    let is_chosen = match rules.signed_headers {
        SignedHeaders::All => true,
        SignedHeaders::Minimal => is(&"content-type") || begins_with(name, "x-amz-"),
    };
    is_chosen && !is_never_signed(name) && !rules.excluded_headers.iter().any(is)
}

/// The headers that signing in a header replaces, or removes where there is nothing to put there.
pub(crate) fn replaced_headers(rules: &Rules) -> [&'static str; 3] {
    [DATE, SessionTokenName::Security.header(), rules.session_token_name.header()]
}

#[cfg(test)]
mod tests {
    use super::super::never_signed::NEVER_SIGNED;
    use super::*;
    use alloc::string::ToString;

    fn lines(headers: &[(&str, &str)], rules: Rules) -> String {
        let sent: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let timestamp = "20150830T123600Z".parse().unwrap();
        let host = Host::find(sent.as_slice(), None).unwrap();
        let mut headers = Headers::new(&sent, true, host);
        headers.add_for_header(&rules, timestamp, None);
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
    fn names_are_in_lower_case_and_sorted() {
        assert_eq!(
            lines(&[("B-a", "1"), ("b_a", "2"), ("HOST", "h"), ("B", "3")], Rules::DEFAULT),
            "b:3\nb-a:1\nb_a:2\nhost:h\nx-amz-date:20150830T123600Z\nb;b-a;b_a;host;x-amz-date"
        );
    }

    #[test]
    fn values_of_one_name_are_joined_in_the_order_they_came() {
        let headers = [("A", "z"), ("Host", "h"), ("a", ""), ("A", " y ")];
        assert!(lines(&headers, Rules::DEFAULT).starts_with("a:z,,y\nhost:h\n"));
    }

    #[test]
    fn blanks_are_trimmed_and_folded_and_quotes_protect_nothing() {
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
    fn however_many_there_are_values_keep_their_order() {
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
    fn a_host_is_signed_as_it_stands_but_for_its_ends() {
        let lines = lines(&[("Host", " DB.Example:443 ")], Rules::DEFAULT);
        assert!(lines.starts_with("host:DB.Example:443\n"), "{lines}");
    }

    #[test]
    fn headers_that_change_on_the_way_are_never_signed() {
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
    fn what_signing_adds_replaces_what_was_sent() {
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
    fn a_presigned_url_leaves_out_two_more() {
        let names = |headers: &[(&str, &[u8])]| {
            let mut presigned = Headers::new(headers, true, Host::Sent(b"h"));
            presigned.add_for_query(&Rules::DEFAULT);
            presigned.to_string()
        };
        let headers: [(&str, &[u8]); 3] =
            [("X-Amz-User-Agent", b"a"), ("x-amz-checksum-mode", b"b"), ("x-amz-date", b"c")];
        assert_eq!(names(&headers), "host;x-amz-date");
    }
}
