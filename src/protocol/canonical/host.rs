//! The host, as clients send it.

use super::names::is_named;
use super::value::trim;
use crate::error::CanonicalError;
use crate::protocol::encoding::{holds, is_one_of};
use crate::protocol::names::HOST;

/// The host that is signed.
#[derive(Clone, Copy)]
pub(crate) enum Host<'a> {
    /// A Host header, signed as it stands.
    Sent(&'a [u8]),
    /// Of the URI's authority, signed in lower case.
    OfAuthority {
        value: &'a [u8],
        /// Whether clients are sure to send just this of themselves.
        is_sent: bool,
    },
}

impl<'a> Host<'a> {
    /// The Host header, or else the authority's host.
    pub(crate) fn find(
        sent: &[(&'a str, &'a [u8])],
        authority: Option<Authority<'a>>,
    ) -> Result<Self, CanonicalError> {
        let mut hosts = sent.iter().filter(|(name, _)| is_named(name, HOST));
        let (value, host) = match (hosts.next(), authority) {
            (Some((_, value)), _) => (*value, Self::Sent(value)),
            (None, Some(authority)) => {
                let (value, is_sent) = authority.host();
                (value, Self::OfAuthority { value, is_sent })
            }
            (None, None) => return Err(CanonicalError::HostMissing),
        };
        if hosts.next().is_some() {
            return Err(CanonicalError::HostRepeated);
        }
        if trim(value).is_empty() {
            return Err(CanonicalError::HostEmpty);
        }
        Ok(host)
    }
}

/// The authority of a URI, and the scheme that says which port goes without saying.
#[derive(Clone, Copy)]
pub(crate) struct Authority<'a> {
    pub(crate) scheme: &'a [u8],
    /// As written: `user@Example.com:443`.
    pub(crate) text: &'a [u8],
}

impl<'a> Authority<'a> {
    /// Whether a Host header, which names no user, names the same host and port, but for what goes without saying.
    pub(crate) fn agrees_with(&self, host: &'a [u8]) -> bool {
        let sent = Self { text: trim(host), ..*self };
        !host.contains(&b'@') && sent.host().0.eq_ignore_ascii_case(self.host().0)
    }

    /// Host and port as a client sends them: no userinfo, no port that the scheme implies; still to be written in lower
    /// case. And whether clients are sure to send just that. A port without a name is no host.
    fn host(&self) -> (&'a [u8], bool) {
        // Most authorities are but a name.
        if !holds(self.text, |byte| is_one_of(*b"@:", byte) | byte.is_ascii_uppercase()) {
            return (self.text, true);
        }
        let host_and_port = self.text.rsplit(|byte| *byte == b'@').next().unwrap_or_default();
        let (name, port) = split_port(host_and_port);
        let number = number(port.get(1..).unwrap_or_default());
        let scheme_is = |name: &[u8]| self.scheme.eq_ignore_ascii_case(name);
        let is_implied = match number {
            _ if port.len() <= 1 => true,
            Some(80) => scheme_is(b"http") || scheme_is(b"ws"),
            Some(443) => scheme_is(b"https") || scheme_is(b"wss"),
            _ => false,
        };
        let host = if name.is_empty() || is_implied { name } else { host_and_port };
        // Clients send the authority as it is written, but some write the port anew, as a number, or leave out that of
        // another scheme.
        let port_is_plain =
            port.is_empty() || !port.starts_with(b":0") && !matches!(number, None | Some(80 | 443));
        let is_sent = host.len() == self.text.len()
            && port_is_plain
            && !holds(host, |byte| byte.is_ascii_uppercase());
        (host, is_sent)
    }
}

/// A host, and its port with the colon. The colons of an IPv6 address stand before its bracket.
fn split_port(host: &[u8]) -> (&[u8], &[u8]) {
    let last = host.iter().rposition(|byte| matches!(byte, b':' | b']'));
    let colon = last.filter(|at| host.get(*at) == Some(&b':'));
    host.split_at(colon.unwrap_or(host.len()))
}

fn number(digits: &[u8]) -> Option<u16> {
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
    fn clients_may_write_a_port_anew() {
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
    fn a_host_must_have_a_name() {
        for authority in ["", ":443", ":8182", "user@", "user@:80"] {
            assert_eq!(host("https", authority), "", "{authority}");
        }
    }
}
