//! The host, as clients send it.

use crate::error::CanonicalError;
use crate::protocol::encoding::any_byte;
use crate::protocol::names::HOST;
use crate::protocol::request::{Authority, trim_ows};

/// The host that is signed.
#[derive(Clone, Copy)]
pub(crate) enum Host<'a> {
    /// A Host header, signed as it is.
    Header(&'a [u8]),
    /// The host and port of the URI's authority, signed in lowercase.
    Authority {
        value: &'a [u8],
        /// Whether clients are sure to send exactly this without being told.
        is_sent_as_signed: bool,
    },
}

impl<'a> Host<'a> {
    /// Returns the Host header, or else the host of the authority.
    pub(crate) fn find(
        headers: &[(&'a str, &'a [u8])],
        authority: Option<Authority<'a>>,
    ) -> Result<Self, CanonicalError> {
        let mut hosts = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(HOST));
        let (value, host) = match (hosts.next(), authority) {
            (Some((_, value)), _) => (*value, Self::Header(value)),
            (None, Some(authority)) => {
                let (value, is_sent_as_signed) = authority.host();
                (value, Self::Authority { value, is_sent_as_signed })
            }
            (None, None) => return Err(CanonicalError::HostMissing),
        };
        if hosts.next().is_some() {
            return Err(CanonicalError::HostRepeated);
        }
        if trim_ows(value).is_empty() {
            return Err(CanonicalError::HostEmpty);
        }
        Ok(host)
    }
}

impl<'a> Authority<'a> {
    /// Whether a Host header names the same host and port, apart from case and the default port. It must not contain
    /// userinfo.
    pub(crate) fn agrees_with(&self, host: &'a [u8]) -> bool {
        let header = Self { text: trim_ows(host), ..*self };
        !host.contains(&b'@') && header.host().0.eq_ignore_ascii_case(self.host().0)
    }

    /// Returns the host and port as clients send them: without userinfo and without the scheme's default port. The case is
    /// unchanged. Also returns whether clients are sure to send exactly this. A port without a name is no host.
    fn host(&self) -> (&'a [u8], bool) {
        // Most authorities are a lowercase name without userinfo and port.
        if !any_byte(self.text, |byte| (byte == b'@') | (byte == b':') | byte.is_ascii_uppercase())
        {
            return (self.text, true);
        }
        let userinfo = self.text.iter().rposition(|byte| *byte == b'@').map_or(0, |at| at + 1);
        let (_, host_and_port) = self.text.split_at(userinfo);
        let (name, port) = split_port(host_and_port);
        let number = parse_port(port);
        let scheme_is = |name: &[u8]| self.scheme.eq_ignore_ascii_case(name);
        let is_default = match number {
            _ if port.len() <= 1 => true,
            Some(80) => scheme_is(b"http") || scheme_is(b"ws"),
            Some(443) => scheme_is(b"https") || scheme_is(b"wss"),
            _ => false,
        };
        let host = if name.is_empty() || is_default { name } else { host_and_port };
        // Clients send the authority as it is written. Some rewrite the port as a number, or drop the default port of
        // another scheme.
        let port_is_kept =
            port.is_empty() || !port.starts_with(b":0") && !matches!(number, None | Some(80 | 443));
        let is_sent_as_signed = host.len() == self.text.len()
            && port_is_kept
            && !host.iter().any(u8::is_ascii_uppercase);
        (host, is_sent_as_signed)
    }
}

/// Splits a host from its port, which keeps its colon. The colons of an IPv6 address are inside its brackets.
fn split_port(host: &[u8]) -> (&[u8], &[u8]) {
    let last = host.iter().rposition(|byte| matches!(byte, b':' | b']'));
    let colon = last.filter(|at| host.get(*at) == Some(&b':'));
    host.split_at(colon.unwrap_or(host.len()))
}

fn parse_port(port: &[u8]) -> Option<u16> {
    let digits = port.strip_prefix(b":")?;
    digits.iter().try_fold(0_u16, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u16::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use alloc::string::String;

    fn host(scheme: &str, authority: &str) -> String {
        let authority = Authority { scheme: scheme.as_bytes(), text: authority.as_bytes() };
        str::from_utf8(authority.host().0).unwrap().to_owned()
    }

    #[test]
    fn userinfo_is_dropped() {
        assert_eq!(host("https", "user:p%40ss@db.example:8182"), "db.example:8182");
        assert_eq!(host("https", "a@b@db.example"), "db.example");
    }

    #[test]
    fn only_the_port_of_the_scheme_is_dropped() {
        for (scheme, authority, expected) in [
            ("https", "db.example:443", "db.example"),
            ("WSS", "db.example:443", "db.example"),
            ("http", "db.example:80", "db.example"),
            ("ws", "db.example:080", "db.example"),
            ("http", "db.example:443", "db.example:443"),
            ("https", "db.example:80", "db.example:80"),
            ("https", "db.example:8182", "db.example:8182"),
            ("https", "db.example:", "db.example"),
            ("https", "db.example:65979", "db.example:65979"),
            ("ftp", "db.example:80", "db.example:80"),
        ] {
            assert_eq!(host(scheme, authority), expected, "{scheme}://{authority}");
        }
    }

    #[test]
    fn clients_may_rewrite_a_port() {
        let is_sent = |scheme: &str, text: &str| {
            let (scheme, text) = (scheme.as_bytes(), text.as_bytes());
            Authority { scheme, text }.host().1
        };
        for text in ["db.example", "db.example:8182", "db.example:1", "[::1]", "[::1]:65535"] {
            assert!(is_sent("https", text), "{text}");
        }
        for text in [
            "DB.example",
            "user@db.example",
            "db.example:443",
            "db.example:",
            "db.example:08182",
            "db.example:80",
            "db.example:0",
            "db.example:65979",
            "db.example:+80",
        ] {
            assert!(!is_sent("https", text), "{text}");
        }
        assert!(!is_sent("foo", "db.example:80"));
    }

    #[test]
    fn an_ipv6_address_keeps_its_colons() {
        assert_eq!(host("https", "[::1]"), "[::1]");
        assert_eq!(host("https", "[::1]:443"), "[::1]");
        assert_eq!(host("http", "[::80]:8080"), "[::80]:8080");
    }

    #[test]
    fn a_host_header_agrees_with_its_authority() {
        let agrees = |scheme: &str, authority: &str, host: &str| {
            let (scheme, text) = (scheme.as_bytes(), authority.as_bytes());
            Authority { scheme, text }.agrees_with(host.as_bytes())
        };
        for (authority, host) in [
            ("db.example", "db.example"),
            ("db.example", " DB.Example:443\t"),
            ("user@DB.example:443", "db.example"),
            ("db.example:8182", "db.example:8182"),
        ] {
            assert!(agrees("https", authority, host), "{authority} {host}");
        }
        for (authority, host) in [
            ("db.example", "db.example:80"),
            ("db.example", "other.example"),
            ("db.example:8182", "db.example"),
            ("db.example", ""),
            ("db.example", "other.example/@db.example"),
        ] {
            assert!(!agrees("https", authority, host), "{authority} {host}");
        }
    }

    #[test]
    fn a_port_without_a_name_is_no_host() {
        for authority in ["", ":443", ":8182", "user@", "user@:80"] {
            assert_eq!(host("https", authority), "", "{authority}");
        }
    }
}
