//! Headers and parameters that are missing or unsigned, and the body's hash.

use alloc::vec::Vec;

use super::Words;
use crate::explain::answer::Answer;
use crate::explain::cause::Cause;
use crate::explain::compare;
use crate::explain::ours::Ours;
use crate::explain::report::Finding;
use crate::protocol::SessionTokenName;

pub(super) fn findings(answer: &Answer, ours: &Ours<'_>) -> Vec<Finding> {
    let says = Words(answer);
    let mut found = Vec::new();
    if says.any(&["must be a 'SignedHeader'"]) {
        found.push(Finding::new(
            Cause::HeaderUnsigned,
            "the request that failed was signed without Host",
            "sign Host: this crate always does, so see what has signed the request, and what has changed it on the way",
        ));
    }
    if says.any(&["headers present in the request which were not signed"]) {
        let finding = Finding::new(
            Cause::HeaderUnsigned,
            "headers arrived that must be signed, and were not",
            "set every x-amz-* header before signing, let no client add one afterwards, and exclude none of them",
        );
        let names = answer.field("HeadersNotSigned").filter(|names| !names.is_empty());
        let evidence = names.map(|names| format!("not signed: {}", ours.mask.line(names)));
        found.push(evidence.into_iter().fold(finding, Finding::with_evidence));
    }
    if says.any(&["is named as a SignedHeader"]) {
        found.push(not_arrived(answer, ours));
    }
    if says.code(&["XAmzContentSHA256Mismatch"])
        || says.any(&["'x-amz-content-sha256' header does not match"])
    {
        found.push(body(answer, ours));
    }
    found
}

/// `'name' is named as a SignedHeader, but it does not exist in the HTTP request`.
fn not_arrived(answer: &Answer, ours: &Ours<'_>) -> Finding {
    let before = answer.sentence().split("is named as a SignedHeader").next().unwrap_or_default();
    let name = before.trim_end().trim_end_matches('\'').rsplit('\'').next().unwrap_or_default();
    let tokens = [SessionTokenName::Security, SessionTokenName::S3Session];
    let name = ours.mask.line(name);
    let (cause, remedy) = match tokens.iter().any(|token| name.eq_ignore_ascii_case(token.header()))
    {
        true => (
            Cause::TokenMissing,
            "send the session token with the request, as it was signed; see that no proxy or redirect drops it",
        ),
        false => (
            Cause::HeaderRemoved,
            "send the header as it was signed; if a proxy or a client drops it, do not sign it (Rules::with_excluded_headers)",
        ),
    };
    Finding::new(cause, format!("the header {name} is signed, and did not arrive"), remedy)
}

fn body(answer: &Answer, ours: &Ours<'_>) -> Finding {
    let field = |name| answer.field(name).unwrap_or_default().trim();
    let (client, server) = (field("ClientComputedContentSHA256"), field("S3ComputedContentSHA256"));
    let finding = compare::body(client, server, ours);
    if client.is_empty() {
        return finding;
    }
    let is_ours = ours.canonical.ends_with(client);
    let finding = finding.with_evidence(format!(
        "signed: {}\nserver: {}",
        ours.mask.line(client),
        ours.mask.line(server)
    ));
    match is_ours {
        true => finding,
        false => finding.with_evidence("the body that is given here has another hash than both"),
    }
}
