//! The host, as clients send it.

/// The authority of a URI, and the scheme that says which port goes without saying.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Authority<'a> {
    pub(crate) scheme: &'a [u8],
    /// As written: `user@Example.com:443`.
    pub(crate) text: &'a [u8],
}

impl<'a> Authority<'a> {
    /// Host and port as a client sends them: no userinfo, no port that the scheme implies. Still to be written in
    /// lower case. A port without a name is no host.
    pub(crate) fn host(&self) -> &'a [u8] {
        let host_and_port = match self.text.iter().rposition(|byte| *byte == b'@') {
            Some(at) => self.text.get(at + 1..).unwrap_or_default(),
            None => self.text,
        };
        // The colons of an IPv6 address stand before its bracket.
        let port_at = host_and_port
            .iter()
            .rposition(|byte| matches!(byte, b':' | b']'))
            .filter(|at| host_and_port.get(*at) == Some(&b':'));
        let (host, port) = match port_at {
            Some(at) => host_and_port.split_at(at),
            None => (host_and_port, b"".as_slice()),
        };
        if host.is_empty() || self.is_implied(port) { host } else { host_and_port }
    }

    /// Whether a port, with its colon, goes without saying.
    fn is_implied(&self, port: &[u8]) -> bool {
        let Some((_, digits)) = port.split_first() else { return true };
        let number = digits.iter().try_fold(0_u16, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| u16::from(digit - b'0'))?;
            number.checked_mul(10)?.checked_add(digit)
        });
        let scheme_is = |name: &[u8]| self.scheme.eq_ignore_ascii_case(name);
        digits.is_empty()
            || (number == Some(80) && (scheme_is(b"http") || scheme_is(b"ws")))
            || (number == Some(443) && (scheme_is(b"https") || scheme_is(b"wss")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use alloc::string::String;

    fn host(scheme: &str, authority: &str) -> String {
        let authority = Authority { scheme: scheme.as_bytes(), text: authority.as_bytes() };
        str::from_utf8(authority.host()).unwrap().to_owned()
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
    fn an_ipv6_address_keeps_its_colons() {
        assert_eq!(host("https", "[::1]"), "[::1]");
        assert_eq!(host("https", "[::1]:443"), "[::1]");
        assert_eq!(host("http", "[::80]:8080"), "[::80]:8080");
    }

    #[test]
    fn a_host_must_have_a_name() {
        for authority in ["", ":443", ":8182", "user@", "user@:80"] {
            assert_eq!(host("https", authority), "", "{authority}");
        }
    }
}
