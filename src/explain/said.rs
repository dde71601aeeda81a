//! What a server says in words. The sentences are AWS's; other servers that speak SigV4 use them too.

mod headers;
mod scope;
mod time;
mod who;

use alloc::vec::Vec;

use super::answer::Answer;
use super::cause::Cause;
use super::local;
use super::ours::Ours;
use super::report::Finding;
use crate::protocol::is_unreserved;
use crate::protocol::{DATE, HOST};

/// What the answer names by itself.
pub(super) fn findings(answer: &Answer, ours: &Ours<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(time::findings(answer, ours));
    found.extend(scope::findings(answer, ours));
    found.extend(headers::findings(answer, ours));
    found.extend(who::findings(answer, ours));
    found
}

/// Where neither the answer's words nor its texts show a cause.
pub(super) fn in_general(answer: &Answer, ours: &Ours<'_>) -> Finding {
    let says = Words(answer);
    if says.any(&["does not match the signature", "signature you provided"])
        || says.code(&["SignatureDoesNotMatch", "InvalidSignature"])
    {
        return undetermined(ours);
    }
    let malformed = [
        "AuthorizationHeaderMalformed",
        "AuthorizationQueryParametersError",
        "IncompleteSignature",
    ];
    if says.code(&malformed) {
        return who::incomplete(answer);
    }
    let denied = ["not authorized", "forbidden", "access denied", "explicit deny", "unauthorized"];
    if says.any(&denied)
        || says.code(&["AccessDenied", "Forbidden", "Unauthorized", "UnauthorizedOperation"])
    {
        return not_the_signature(ours);
    }
    Finding::new(
        Cause::Unrecognized,
        "nothing in the answer speaks of the signature in words that are known here",
        "see whether the answer is of the service itself: a proxy or a load balancer has errors of its own; give the \
         whole answer, with its headers",
    )
}

fn not_the_signature(ours: &Ours<'_>) -> Finding {
    let finding = Finding::new(
        Cause::NotTheSignature,
        "the signature is not what the answer complains of: whoever signed may not do this",
        match ours.signer.service() {
            "neptune-db" => {
                "see the IAM policy: it must allow the action itself on this cluster, such as \
                 neptune-db:ReadDataViaQuery; neptune-db:connect is deprecated since engine 1.2, and \
                 403 for a policy that has nothing else"
            }
            "execute-api" => {
                "see execute-api:Invoke in the IAM policy, the API's resource policy, whether the API wants a key \
                 (x-api-key), and whether stage and host are right"
            }
            "aoss" => {
                "see the collection's data access policy and network policy, and aoss:APIAccessAll in the IAM policy; \
                 aoss says the same where x-amz-content-sha256 is not sent and signed (PayloadHeader::Sent)"
            }
            "s3" => {
                "see the IAM policy, the bucket's policy, and those of the organization, the session and the endpoint; \
                 S3 says the same where no signature arrived at all, and of objects that are not there"
            }
            _ => {
                "see the IAM policy, the resource's own policy, and those of the organization, the session and the endpoint"
            }
        },
    );
    finding.with_evidence("a wrong signature has an error of its own, which comes first")
}

/// Neptune and others say no more than that it does not match.
fn undetermined(ours: &Ours<'_>) -> Finding {
    let mut checks = local::faults_of_secret(ours);
    if checks.is_empty() {
        checks.push("the secret: that of this access key id, and whole".into());
    }
    if ours.signer.identity().session_token().is_some() {
        checks.push("the session token: of one snapshot with key and secret".into());
    }
    if ours.query.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        checks.push("the query: %20 for a space, %2B for a plus, and sent as it is signed".into());
    }
    if !ours.path.iter().all(|byte| is_unreserved(*byte) || *byte == b'/')
        || ours.path.windows(2).any(|pair| matches!(pair, b"//" | b"/."))
    {
        checks.push(
            "the path: encoded once or twice, resolved or not, as the service wants it".into(),
        );
    }
    let host =
        ours.canonical.split('\n').find(|line| line.starts_with("host:")).unwrap_or_default();
    checks.push(format!(
        "the host: '{}' must arrive, with its port; a proxy or a tunnel may change it",
        ours.mask.line(host)
    ));
    let others: Vec<&str> =
        ours.signed_headers.split(';').filter(|name| ![HOST, DATE].contains(name)).collect();
    if !others.is_empty() {
        let names = ours.mask.line(&others.join(", "));
        checks
            .push(format!("the headers that no client or proxy may change after signing: {names}"));
    }
    if ours.has_body {
        checks.push("the body: the very bytes that are sent".into());
    }
    let finding = Finding::new(
        Cause::Undetermined,
        "the signature does not match, and the answer does not show the whole canonical request of the server",
        "check these one after the other; a service that shows its canonical request (nearly all but Neptune do, with \
         the same credentials) tells a wrong secret from a changed request",
    );
    let ruled_out = "ruled out, as far as the order of a server's checks is known: an unknown access key id, a clock \
                     that is wrong, another region or service, a permission that is missing";
    let checks =
        checks.iter().enumerate().map(|(index, check)| format!("check {}: {check}", index + 1));
    checks.fold(finding.with_evidence(ruled_out), Finding::with_evidence)
}

/// The words of an answer, to be looked for.
struct Words<'a>(&'a Answer);

impl<'a> Words<'a> {
    /// Whether it says any of these, in any case.
    fn any(&self, texts: &[&str]) -> bool {
        let sentence = self.0.sentence().to_ascii_lowercase();
        texts.iter().any(|text| sentence.contains(&text.to_ascii_lowercase()))
    }

    /// Whether its code is one of these, with `Exception` at its end or without.
    fn code(&self, codes: &[&str]) -> bool {
        let code = self.0.code().unwrap_or_default();
        codes.contains(&code.strip_suffix("Exception").unwrap_or(code))
    }

    /// What stands in quotes behind a text.
    fn quoted(&self, before: &str) -> Option<&'a str> {
        let (_, rest) = self.0.sentence().split_once(before)?;
        rest.split_once('\'')?.1.split('\'').next()
    }
}
