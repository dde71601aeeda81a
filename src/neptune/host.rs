//! The name of a host.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use core::fmt;
use core::net::Ipv6Addr;

use super::error::NeptuneError;

/// A DNS name or an IP address, as it stands in a URI: in lower case, IPv6 in brackets.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Host(String);

impl Host {
    /// Parts a host and a port.
    pub(super) fn parse(text: &str) -> Result<(Self, Option<u16>), NeptuneError> {
        if text.is_empty() {
            return Err(NeptuneError::HostEmpty);
        }
        if text.contains("://") {
            return Err(NeptuneError::HostWithScheme);
        }
        if text.contains('@') {
            return Err(NeptuneError::HostWithUser);
        }
        if text.contains(['/', '?', '#']) {
            return Err(NeptuneError::HostWithPath);
        }
        if let Ok(address) = text.parse() {
            return Ok((Self::of_ipv6(address), None));
        }
        let (host, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
            Some(Some((address, rest))) => {
                let address = address.parse().map_err(|_| NeptuneError::HostInvalid { at: 1 })?;
                let port = rest.strip_prefix(':');
                if port.is_none() && !rest.is_empty() {
                    return Err(NeptuneError::HostInvalid { at: text.len() - rest.len() });
                }
                (Self::of_ipv6(address), port)
            }
            Some(None) => return Err(NeptuneError::HostInvalid { at: 0 }),
            None => match text.split_once(':') {
                Some((name, port)) => (Self::of_name(name)?, Some(port)),
                None => (Self::of_name(text)?, None),
            },
        };
        Ok((host, port.map(parse_port).transpose()?))
    }

    fn of_ipv6(address: Ipv6Addr) -> Self {
        Self(format!("[{address}]"))
    }

    fn of_name(name: &str) -> Result<Self, NeptuneError> {
        if name.is_empty() {
            return Err(NeptuneError::HostEmpty);
        }
        let may_be = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        match name.bytes().position(|byte| !may_be(byte)) {
            Some(at) => Err(NeptuneError::HostInvalid { at }),
            None => Ok(Self(name.to_ascii_lowercase())),
        }
    }

    pub(super) fn with_port(&self, port: Option<u16>) -> String {
        port.map_or_else(|| self.0.to_owned(), |port| format!("{}:{port}", self.0))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn parse_port(text: &str) -> Result<u16, NeptuneError> {
    // `parse` alone would take a sign.
    let port = text.parse().ok().filter(|port: &u16| *port > 0 && port.to_string() == text);
    port.ok_or(NeptuneError::PortInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_ports() {
        for (text, expected, port) in [
            ("DB.Example", "db.example", None),
            ("db_1.example:8182", "db_1.example", Some(8182)),
            ("127.0.0.1:1", "127.0.0.1", Some(1)),
            ("::1", "[::1]", None),
            ("[::1]", "[::1]", None),
            ("[2001:DB8::1]:65535", "[2001:db8::1]", Some(65_535)),
        ] {
            assert_eq!(Host::parse(text), Ok((Host(expected.into()), port)), "{text}");
        }
    }

    #[test]
    fn every_mistake_is_named_and_nothing_is_echoed() {
        let with_path = "the host holds a path, a query or a fragment: give the name alone";
        let port = "the port of the signed host is not a number from 1 to 65535";
        let at =
            |at| format!("the host is neither a DNS name nor an IP address: look at byte {at}");
        for (text, expected) in [
            ("", "the host is empty".into()),
            (":8182", "the host is empty".into()),
            ("https://db.example", "the host holds a scheme: give the name alone".into()),
            ("me:secret@db.example", "the host holds a user: Neptune takes signatures only".into()),
            ("db.example/", with_path.into()),
            ("db.example?a", with_path.into()),
            ("db.example#a", with_path.into()),
            ("db example", at(2)),
            ("db\n", at(2)),
            ("dé", at(1)),
            ("[::1", at(0)),
            ("[db.example]", at(1)),
            ("[::1]x", at(5)),
            ("db.example:", port.into()),
            ("db.example:0", port.into()),
            ("db.example:+1", port.into()),
            ("db.example:65536", port.into()),
            ("a:b:c", port.into()),
        ] {
            assert_eq!(Host::parse(text).unwrap_err().to_string(), expected, "{text}");
        }
    }
}
