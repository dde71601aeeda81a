//! The headers, and the list of their names.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Comparison, Line, body};
use crate::explain::cause::Cause;
use crate::explain::report::Finding;
use crate::explain::signature;
use crate::explain::token;
use crate::protocol::canonical::is_never_signed;
use crate::protocol::{CONTENT_SHA256, DATE, HOST};

impl Comparison<'_> {
    pub(super) fn headers(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let at_server: BTreeMap<&str, &str> = self.server.headers.iter().copied().collect();
        for (index, (name, here)) in self.here.headers.iter().enumerate() {
            match at_server.get(name) {
                Some(server) if server == here => {}
                Some(server) => found.push(self.differs(index, name, here, server)),
                None if self.server.signed_headers.is_some() => {
                    found.push(self.not_signed_there(index, name, here));
                }
                None => {}
            }
        }
        let here: BTreeMap<&str, &str> = self.here.headers.iter().copied().collect();
        for (index, (name, server)) in self.server.headers.iter().enumerate() {
            if !here.contains_key(name) {
                found.push(self.signed_there(index, name, server));
            }
        }
        if found.is_empty() {
            found.extend(self.names());
        }
        found
    }

    /// A header that both have signed.
    fn differs(&self, index: usize, name: &str, here: &str, server: &str) -> Finding {
        let finding = match name {
            _ if token::is_name(name) && server.is_empty() => token::missing(),
            // No value of it is shown.
            _ if token::is_name(name) => return token::other(),
            HOST => host(here, server),
            DATE => signature::time(server, self.ours),
            CONTENT_SHA256 => body(here, server, self.ours),
            _ if server.is_empty() => Finding::new(
                Cause::HeaderRemoved,
                format!("the header {name} is signed, and did not arrive, or arrived empty"),
                exclude(name, "a proxy or the client drops it"),
            ),
            _ => header(name, here, server),
        };
        let (here, server) = (format!("{name}:{here}"), format!("{name}:{server}"));
        let label = format!("the header {name}");
        let line = Line { number: index + 4, name: &label, here: &here, server: &server };
        finding.with_evidence(line.difference(&self.ours.mask))
    }

    /// A header that is signed here, and was not in the request that failed.
    fn not_signed_there(&self, index: usize, name: &str, value: &str) -> Finding {
        if token::is_name(name) {
            return token::missing();
        }
        Finding::new(
            Cause::HeaderRemoved,
            format!("the request that failed was signed without the header {name}"),
            "give here the request as it was sent, or sign the header there as well",
        )
        .with_evidence(self.only("here", index, name, value))
    }

    /// A header that was signed in the request that failed, and is not here.
    fn signed_there(&self, index: usize, name: &str, value: &str) -> Finding {
        if token::is_name(name) {
            return self.token_of_server_only();
        }
        let shown = self.ours.mask.line(name);
        if is_never_signed(name) {
            return Finding::new(
                Cause::HeaderUnstable,
                format!(
                    "the request that failed was signed with the header {shown}, which clients and proxies change"
                ),
                format!("sign without {shown}: this crate never signs it"),
            )
            .with_evidence(self.only("of the server's", index, name, value));
        }
        let hint = match name {
            CONTENT_SHA256 => "sign with PayloadHeader::Sent, as Rules::S3 does (--s3); or ",
            _ => "",
        };
        Finding::new(
            Cause::HeaderAdded,
            format!(
                "the request that failed was signed with the header {shown}, which is not signed here"
            ),
            format!(
                "{hint}give here the request as it was signed; if it came from another signer, sign without it"
            ),
        )
        .with_evidence(self.only("of the server's", index, name, value))
    }

    /// A line that only one side has.
    fn only(&self, whose: &str, index: usize, name: &str, value: &str) -> String {
        let line = self.ours.mask.line(&format!("{name}:{value}"));
        format!("line {} {whose}: {line}", index + 4)
    }

    /// The list, where all the lines are equal.
    fn names(&self) -> Option<Finding> {
        // Without the line that follows it may be cut off.
        let _whole = self.server.payload_hash?;
        let (here, server) = (self.here.signed_headers?, self.server.signed_headers?);
        if here == server {
            return None;
        }
        let number = self.here.headers.len() + 5;
        let line = Line { number, name: "the signed headers", here, server };
        let finding = Finding::new(
            Cause::HeaderAdded,
            "the list of the signed headers differs",
            "name each signed header once, in lower case, sorted, with `;` in between",
        );
        Some(finding.with_evidence(line.difference(&self.ours.mask)))
    }
}

fn host(here: &str, server: &str) -> Finding {
    let (name, port) = split_port(here);
    let (server_name, server_port) = split_port(server);
    if !name.eq_ignore_ascii_case(server_name) {
        return Finding::new(
            Cause::HostChanged,
            "another Host arrived than the one that is signed: a proxy or a tunnel has rewritten it",
            "let the proxy keep Host (proxy_set_header Host, preserve-host, --host-header …), or sign the Host that \
             arrives: give it as a Host header",
        );
    }
    if port == server_port {
        return Finding::new(
            Cause::HostChanged,
            "Host arrived in other letters than it is signed in",
            "write the host in lower case, in the URL and in a Host header",
        );
    }
    let problem = match (port, server_port) {
        (_, "") => "Host is signed with a port, and the server signs it without",
        ("", _) => "Host is signed without a port, and the server signs it with one",
        _ => "Host arrived with another port than the one that is signed",
    };
    Finding::new(
        Cause::HostPort,
        problem,
        "sign Host as it is sent: a port that the scheme implies (443 for https) is left out by most clients, any \
         other is sent; where a proxy or a tunnel changes it, give the Host that arrives as a Host header",
    )
}

/// A name, and its port with the colon.
fn split_port(host: &str) -> (&str, &str) {
    let name = host.trim_end_matches(|c: char| c.is_ascii_digit());
    host.split_at(name.strip_suffix(':').map_or(host.len(), str::len))
}

fn header(name: &str, here: &str, server: &str) -> Finding {
    let is_with_parameter = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.trim_start().starts_with(';'))
    };
    let why = if is_with_parameter(server, here) {
        "a client adds a parameter, such as a charset or a boundary, after signing"
    } else if is_with_parameter(here, server) {
        "a parameter, such as a charset or a boundary, is taken away after signing"
    } else {
        "a client or a proxy changes it after signing"
    };
    Finding::new(
        Cause::HeaderChanged,
        format!("the header {name} arrived with another value than the one that is signed"),
        exclude(name, why),
    )
}

fn exclude(name: &str, why: &str) -> String {
    format!(
        "{why}: set the value that arrives before signing, or do not sign {name} (Rules::with_excluded_headers)"
    )
}
