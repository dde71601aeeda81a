//! The canonical request made here, line by line against the server's.

mod headers;
mod path;
mod query;

use alloc::string::String;
use alloc::vec::Vec;

use super::answer::Answer;
use super::canonical::Canonical;
use super::cause::Cause;
use super::excerpt;
use super::mask::Mask;
use super::ours::Ours;
use super::report::Finding;
use super::signature::{self, CanonicalRequests};
use super::token;
use crate::protocol::PayloadHash;

/// What differs, in the order of the lines; a time that differs comes last, since a request can be signed again.
pub(super) fn findings(answer: &Answer, ours: &Ours<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let canonical = match answer.came_canonical_request() {
        // Whatever became of the text.
        _ if signature::has_our_hash(answer, ours) => CanonicalRequests::Equal,
        None => CanonicalRequests::Unknown,
        Some(text) => {
            let comparison = Comparison::new(ours, text);
            let differences = comparison.findings();
            let is_whole = comparison.payload_hashes().is_some();
            let known = match differences.is_empty() {
                false => CanonicalRequests::Different,
                true if is_whole => CanonicalRequests::Equal,
                true => CanonicalRequests::Unknown,
            };
            found.extend(differences);
            known
        }
    };
    found.extend(signature::findings(answer, ours, canonical));
    found.sort_by_key(|finding| finding.cause() == Cause::SigningTime);
    found
}

/// Both canonical requests, in parts.
struct Comparison<'c> {
    ours: &'c Ours<'c>,
    here: Canonical<'c>,
    server: Canonical<'c>,
}

/// A line of the canonical request.
struct Line<'c> {
    number: usize,
    name: &'c str,
    here: &'c str,
    server: &'c str,
}

impl<'c> Comparison<'c> {
    fn new(ours: &'c Ours<'c>, text: &'c str) -> Self {
        let mut server = Canonical::parse(text);
        if server.signed_headers.is_none() {
            // Where the text ends, nobody knows what is missing of it.
            server.headers.pop();
        }
        Self { ours, here: Canonical::parse(&ours.canonical), server }
    }

    /// None of a text that is no canonical request, or ends before the path.
    fn findings(&self) -> Vec<Finding> {
        if !self.server.path.starts_with('/') {
            return Vec::new();
        }
        let mut found: Vec<Finding> = self.method().into_iter().collect();
        found.extend(self.path());
        found.extend(self.query());
        found.extend(self.headers());
        found.extend(self.payload());
        found
    }

    fn method(&self) -> Option<Finding> {
        let (here, server) = (self.here.method, self.server.method);
        if here == server {
            return None;
        }
        let line = Line { number: 1, name: "the method", here, server };
        let finding = if here.eq_ignore_ascii_case(server) {
            Finding::new(
                Cause::MethodCase,
                format!(
                    "the method is signed as {}, and the server signs it as {}",
                    self.ours.mask.line(here),
                    self.ours.mask.line(server)
                ),
                "send and sign the method in capitals: methods are case-sensitive, and many clients write GET and POST \
                 anew, but not PATCH",
            )
        } else {
            Finding::new(
                Cause::MethodChanged,
                "another method arrived than the one that is signed",
                "sign the method that is sent: a presigned URL is good for one method, and HEAD is not GET; after a \
                 redirect clients make GET of POST: send to the last address, and follow no redirects",
            )
        };
        Some(finding.with_evidence(line.difference(&self.ours.mask)))
    }

    /// The last line.
    fn payload(&self) -> Option<Finding> {
        let (here, server) = self.payload_hashes()?;
        if here == server {
            return None;
        }
        let number = self.here.headers.len() + 6;
        let line = Line { number, name: "the payload hash", here, server };
        let finding = body(here, server, self.ours);
        Some(finding.with_evidence(line.difference(&self.ours.mask)))
    }

    /// The server signs a session token, and here none is signed.
    fn token_of_server_only(&self) -> Finding {
        match self.ours.signer.identity().session_token() {
            None => token::unexpected(),
            Some(_) if self.ours.is_token_unsigned() => token::unsigned(),
            Some(_) => token::other(),
        }
    }

    /// None where the server's is cut off.
    fn payload_hashes(&self) -> Option<(&str, &str)> {
        let (here, server) = (self.here.payload_hash?, self.server.payload_hash?);
        let is_cut_off = server.len() < here.len() && here.starts_with(server);
        (!is_cut_off).then_some((here, server))
    }
}

impl Line<'_> {
    /// Where the two differ, and what stands around it.
    fn difference(&self, mask: &Mask) -> String {
        let at = excerpt::first_difference(self.here, self.server);
        let (here, server) = (mask.hide(self.here), mask.hide(self.server));
        let shown = match here == server {
            true => "what differs is masked".into(),
            false => excerpt::compared(&here, &server),
        };
        format!("line {}, {}, differs from byte {at}:\n{shown}", self.number, self.name)
    }
}

/// Another body arrived than the one whose hash is signed.
pub(super) fn body(here: &str, server: &str, ours: &Ours<'_>) -> Finding {
    let is = |text: &str, hash: &PayloadHash<'_>| *text == *format!("{hash}");
    let (problem, remedy) = if is(server, &PayloadHash::EMPTY) {
        (
            "the server saw an empty body",
            "send the body that is signed: it is lost in a redirect, or where a client has read it before it is sent; \
             if there is none, sign none",
        )
    } else if is(server, &PayloadHash::UNSIGNED) {
        (
            "the request that failed was signed with UNSIGNED-PAYLOAD in place of the body's hash",
            "sign with Payload::Unsigned (--unsigned-payload; an S3 URL that is presigned does so), or send the body's \
             hash in x-amz-content-sha256",
        )
    } else if server.starts_with("STREAMING-") {
        (
            "the request that failed was signed as an upload in signed chunks (aws-chunked)",
            "send the body whole, with its hash or with UNSIGNED-PAYLOAD: this crate signs no chunks; see which client \
             or SDK has signed the request",
        )
    } else if is(here, &PayloadHash::UNSIGNED) {
        (
            "the server hashed the body, and UNSIGNED-PAYLOAD is signed",
            "sign the body: this service takes no unsigned payload, or did not get x-amz-content-sha256",
        )
    } else if is(here, &PayloadHash::EMPTY) {
        ("a body arrived, and none is signed", "sign the body's bytes as they are sent")
    } else {
        (
            "another body arrived than the one that is signed",
            "sign last, and send the very bytes that are signed: JSON that is written anew, a form that is encoded by \
             the client, another charset, line ends or compression change them",
        )
    };
    let evidence = if ours.has_body { "" } else { "no body is given here" };
    Finding::new(Cause::BodyChanged, problem, remedy).with_evidence(evidence)
}
