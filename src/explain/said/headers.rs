//! Headers and parameters that are missing or unsigned, and the body's hash.

use alloc::vec::Vec;

use super::Words;
use crate::explain::answer::Answer;
use crate::explain::cause::Cause;
use crate::explain::compare;
use crate::explain::ours::Ours;
use crate::explain::report::Finding;
use crate::explain::token;
use crate::protocol::HOST;

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
        if ours.is_token_unsigned() {
            found.push(token::unsigned());
        }
        let finding = Finding::new(
            Cause::HeaderUnsigned,
            "headers arrived that must be signed, and were not",
            "set every x-amz-* header before signing, let no client add one afterwards, and exclude none of them",
        );
        let names = answer.field("HeadersNotSigned");
        let evidence = names.map(|names| format!("not signed: {}", ours.mask.line(names)));
        found.push(finding.with_evidence(evidence.unwrap_or_default()));
    }
    if says.any(&["escape % ", "parse the specified URI"])
        || says.code(&["InvalidURI", "MalformedQueryString"])
    {
        found.push(Finding::new(
            Cause::EscapeBroken,
            "a `%` in the URL that arrived is not followed by two hex digits",
            "write %25 for a percent sign, and cut no URL within an escape",
        ));
    }
    if says.any(&["is named as a SignedHeader"]) {
        found.push(not_arrived(answer, ours));
    }
    if says.code(&["XAmzContentSHA256Mismatch"])
        || says.any(&["'x-amz-content-sha256' header does not match"])
    {
        found.push(body(answer, ours));
    } else if says.any(&[
        "required header for this request: x-amz-content-sha256",
        "x-amz-content-sha256 must be",
    ]) {
        found.push(Finding::new(
            Cause::RulesOfService,
            "the server wants the payload's hash in x-amz-content-sha256",
            "sign with PayloadHeader::Sent, as Rules::S3 does (--s3)",
        ));
    }
    found
}

/// `'name' is named as a SignedHeader, but it does not exist in the HTTP request`.
fn not_arrived(answer: &Answer, ours: &Ours<'_>) -> Finding {
    let before = answer.sentence().split("is named as a SignedHeader").next().unwrap_or_default();
    let name = before.trim_end().trim_end_matches('\'').rsplit('\'').next().unwrap_or_default();
    let name = ours.mask.line(name).to_ascii_lowercase();
    let cause = match token::is_name(&name) {
        true => Cause::TokenMissing,
        false => Cause::HeaderRemoved,
    };
    let remedy = match name == HOST || name.starts_with("x-amz-") {
        true => "send it as it was signed, and see what drops it: a client, a proxy, a redirect",
        false => {
            "send the header as it was signed; if a proxy or a client drops it, do not sign it \
             (Rules::with_excluded_headers)"
        }
    };
    Finding::new(cause, format!("the header {name} is signed, and did not arrive"), remedy)
}

fn body(answer: &Answer, ours: &Ours<'_>) -> Finding {
    let own = ours.canonical.rsplit('\n').next().unwrap_or_default();
    let field = |name| answer.field(name).map(str::trim).filter(|hash| !hash.is_empty());
    let Some(client) = field("ClientComputedContentSHA256") else {
        return compare::body(own, "", ours);
    };
    let server = field("S3ComputedContentSHA256").unwrap_or_default();
    let finding = compare::body(client, server, ours).with_evidence(format!(
        "signed: {}\nserver: {}",
        ours.mask.line(client),
        ours.mask.line(server)
    ));
    match own == client {
        true => finding,
        false => finding.with_evidence("the body that is given here has another hash than both"),
    }
}
