//! The parts of the scope.

use alloc::string::String;
use alloc::vec::Vec;

use super::Words;
use crate::explain::answer::Answer;
use crate::explain::cause::Cause;
use crate::explain::ours::Ours;
use crate::explain::report::Finding;

/// Several may be wrong at once.
pub(super) fn findings(answer: &Answer, ours: &Ours<'_>) -> Vec<Finding> {
    let says = Words(answer);
    let (region, service) =
        (ours.mask.line(ours.signer.region()), ours.mask.line(ours.signer.service()));
    let mut found = Vec::new();
    let is_malformed = says.code(&["AuthorizationHeaderMalformed"]);
    let of_field = || answer.field("Region").filter(|_| is_malformed);
    if let Some(expected) = says.quoted("is wrong; expecting").or_else(of_field) {
        let expected = ours.mask.line(expected);
        found.push(Finding::new(
            Cause::ScopeRegion,
            format!("the bucket is in the region {expected}, and '{region}' is signed here"),
            format!("sign for {expected}, and send to that region's endpoint"),
        ));
    } else if says.any(&["scoped to a valid region"]) {
        let named = says.quoted("scoped to a valid region, not").map(|name| ours.mask.line(name));
        let finding = Finding::new(
            Cause::ScopeRegion,
            format!(
                "the server takes no signature for the region '{}'",
                named.as_ref().unwrap_or(&region)
            ),
            "sign for the region of the endpoint, which its host's name holds; global services are in us-east-1",
        );
        let is_ours = named.is_none_or(|named| named == region);
        let evidence = if is_ours { String::new() } else { format!("here it is '{region}'") };
        found.push(finding.with_evidence(evidence));
    }
    if says.code(&["PermanentRedirect", "TemporaryRedirect"]) {
        let endpoint = answer.field("Endpoint").map(|name| ours.mask.line(name));
        found.push(Finding::new(
            Cause::ScopeRegion,
            format!(
                "the bucket is at another endpoint: {}",
                endpoint.as_deref().unwrap_or("see the answer")
            ),
            "send to that endpoint, and sign for its host and its region",
        ));
    }
    if says.any(&["scoped to correct service"]) {
        let expected = says.quoted("scoped to correct service:").map(|name| ours.mask.line(name));
        let expected = expected.map_or_else(|| "another one".into(), |name| format!("'{name}'"));
        found.push(Finding::new(
            Cause::ScopeService,
            format!("the server is the service {expected}, and '{service}' is signed here"),
            format!("sign for the service {expected}"),
        ));
    } else if says.any(&["incorrect service"]) {
        found.push(Finding::new(
            Cause::ScopeService,
            format!("the server is another service than '{service}', which is signed here"),
            "name the service by its signing name, such as s3, execute-api, neptune-db",
        ));
    }
    if says.any(&["valid terminator"]) {
        found.push(Finding::new(
            Cause::ScopeTerminator,
            "the scope that arrived does not end with aws4_request",
            "end the scope with aws4_request, as this crate does: see what has changed it",
        ));
    }
    if says.any(&["Date in Credential scope does not match"]) {
        found.push(Finding::new(
            Cause::ScopeDay,
            "the scope that arrived is of another day than x-amz-date",
            "take both from one time in UTC; a key that was derived yesterday is of no use today, and a x-amz-date \
             that is set after signing is wrong",
        ));
    }
    found
}
