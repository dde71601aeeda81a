//! The string to sign, and the signature under it.

use alloc::string::String;
use alloc::vec::Vec;

use super::answer::Answer;
use super::cause::Cause;
use super::local;
use super::ours::Ours;
use super::report::Finding;
use crate::clock;

/// Another access key id than ours.
pub(super) fn access_key(answer: &Answer, ours: &Ours<'_>) -> Option<Finding> {
    let server = answer.field("AWSAccessKeyId").filter(|id| !id.is_empty());
    server.and_then(|server| other_access_key(server, ours))
}

fn other_access_key(server: &str, ours: &Ours<'_>) -> Option<Finding> {
    let here = ours.signer.access_key_id();
    (server.trim() != here).then(|| {
        Finding::new(
            Cause::AccessKeyOther,
            "the request that failed was signed with another access key",
            "see where its program gets its credentials from: environment, profile, role; and explain it with those",
        )
        .with_evidence(format!("here:   {}\nserver: {}", ours.mask.line(here), ours.mask.line(server)))
    })
}

/// Whether the hash of the server's canonical request is that of ours.
pub(super) fn has_our_hash(answer: &Answer, ours: &Ours<'_>) -> bool {
    let hash = |text: &str| text.split_whitespace().nth(3).map(String::from);
    let server = answer.came_string_to_sign().and_then(hash);
    server.is_some() && server == hash(&ours.string_to_sign)
}

/// What is known of the server's canonical request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CanonicalRequests {
    Different,
    Equal,
    /// It is not shown, or cut off where it was equal so far.
    Unknown,
}

/// What follows from the string to sign and the signature.
pub(super) fn findings(
    answer: &Answer,
    ours: &Ours<'_>,
    canonical: CanonicalRequests,
) -> Vec<Finding> {
    let server = answer.came_string_to_sign();
    let mut found = server.map_or_else(Vec::new, |server| string_to_sign(server, ours));
    let is_equal = canonical == CanonicalRequests::Equal
        && found.is_empty()
        && (server.is_none() || has_our_hash(answer, ours));
    let provided = answer.field("SignatureProvided").map(str::trim);
    let is_other_time =
        answer.signed_at().is_some_and(|time| time.as_basic() != ours.timestamp.as_basic());
    let is_ours = provided.is_none_or(|provided| provided == ours.signature);
    if is_equal {
        found.push(if is_ours { secret(ours, provided) } else { other_signature(ours) });
    } else if !is_ours && !is_other_time {
        found.push(Finding::new(
            Cause::SignatureOther,
            "the signature that arrived is not the one that is made here: the request that failed was not \
             signed as this one",
            "give here the request as its program signs it, with the same credentials; then explain again",
        ));
    }
    found
}

/// Time and scope. Hashes are compared by what they are of.
fn string_to_sign(server: &str, ours: &Ours<'_>) -> Vec<Finding> {
    let mut here = ours.string_to_sign.split('\n').skip(1);
    let mut server = server.split_whitespace().skip(1);
    let mut line = || (here.next().unwrap_or_default(), server.next().unwrap_or_default());
    let ((here_time, time), (here_scope, scope)) = (line(), line());
    let is_other_time = here_time != time;
    let mut found = self::scope(here_scope, scope, ours, is_other_time);
    if is_other_time {
        found.push(self::time(time, ours));
    }
    found
}

/// Compares `X-Amz-Credential` of a query.
pub(super) fn credential(here: &str, server: &str, ours: &Ours<'_>) -> Vec<Finding> {
    let (here, server) = (here.replace("%2F", "/"), server.replace("%2F", "/"));
    let mut found = Vec::new();
    if let (Some((_, here)), Some((id, server))) = (here.split_once('/'), server.split_once('/')) {
        found.extend(other_access_key(id, ours));
        let of_other_day = here.split('/').next() != server.split('/').next();
        found.extend(scope(here, server, ours, of_other_day));
    }
    found
}

/// What differs of `YYYYMMDD/region/service/aws4_request`. The day says nothing where the time differs too.
fn scope(here: &str, server: &str, ours: &Ours<'_>, is_other_time: bool) -> Vec<Finding> {
    let parts = [
        (Cause::ScopeDay, "day", "sign with the day of x-amz-date, in UTC"),
        (Cause::ScopeRegion, "region", "name the region of the endpoint"),
        (
            Cause::ScopeService,
            "service",
            "name the service by its signing name, such as execute-api, neptune-db, es, s3",
        ),
        (Cause::ScopeTerminator, "terminator", "end the scope with aws4_request"),
    ];
    let pairs = parts.into_iter().zip(here.split('/').zip(server.split('/')));
    let mut found = Vec::new();
    for ((cause, name, remedy), (here_part, server_part)) in pairs {
        if here_part != server_part && !(is_other_time && cause == Cause::ScopeDay) {
            let (here, server) = (ours.mask.line(here_part), ours.mask.line(server_part));
            let problem = format!(
                "the scope of the request that failed has the {name} '{server}', here it is '{here}'"
            );
            found.push(Finding::new(cause, problem, remedy));
        }
    }
    found
}

/// The request that failed was signed at another time.
pub(super) fn time(server: &str, ours: &Ours<'_>) -> Finding {
    let finding = Finding::new(
        Cause::SigningTime,
        format!(
            "the request that failed was signed at {}, this one at {}",
            ours.mask.line(server),
            ours.timestamp
        ),
        "explain it at that time: Answer::signed_at (without --timestamp, the example takes it)",
    );
    let day = |text: &str| text.get(..8).map(String::from);
    match clock::parse_time(server) {
        Some(parsed) if day(&format!("{parsed}")) != day(&format!("{}", ours.timestamp)) => finding
            .with_evidence("they are of different days, so the scopes and the keys differ as well"),
        _ => finding,
    }
}

/// All is equal that the server shows.
fn secret(ours: &Ours<'_>, provided: Option<&str>) -> Finding {
    let key = match ours.signer.identity().credentials() {
        Some(_) => "secret access key",
        None => "signing key",
    };
    let finding = Finding::new(
        Cause::Secret,
        format!("all is equal up to the signature: the {key} is not that of the access key id"),
        format!("take id and secret anew, from one place: {}", local::DAMAGE),
    );
    let evidence = provided.map(|_| "the signature that arrived is the one that is made here");
    let finding = finding.with_evidence(evidence.unwrap_or_default());
    local::faults_of_secret(ours).into_iter().fold(finding, Finding::with_evidence)
}

fn other_signature(ours: &Ours<'_>) -> Finding {
    let finding = Finding::new(
        Cause::SignatureOther,
        "all is equal up to the signature, and the one that arrived is not the one that is made here: the request that \
         failed was signed with another secret",
        format!(
            "compare the secret that its program has with the one given here: one of them is wrong, or damaged: {}",
            local::DAMAGE
        ),
    );
    local::faults_of_secret(ours).into_iter().fold(finding, Finding::with_evidence)
}
