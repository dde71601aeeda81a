//! Access keys, tokens, and signatures that did not arrive.

use alloc::vec::Vec;

use super::Words;
use crate::explain::answer::Answer;
use crate::explain::cause::Cause;
use crate::explain::ours::{Ours, TEMPORARY};
use crate::explain::report::Finding;
use crate::explain::token;

pub(super) fn findings(answer: &Answer, ours: &Ours<'_>) -> Vec<Finding> {
    let says = Words(answer);
    let mut found = Vec::new();
    if says.any(&["token included in the request is expired", "token has expired"])
        || says.code(&["ExpiredToken", "TokenRefreshRequired"])
    {
        found.push(Finding::new(
            Cause::CredentialsExpired,
            "the credentials have ended: their session token is expired",
            "fetch new credentials before the old ones end, and sign anew; a presigned URL ends with them, too",
        ));
    }
    let unknown_id = says.code(&["InvalidAccessKeyId"])
        || says.any(&["Access Key Id you provided does not exist"]);
    if unknown_id
        || says.code(&["AuthFailure", "InvalidClientTokenId", "UnrecognizedClient"])
        || says.any(&["security token included in the request is invalid"])
    {
        found.extend(unknown_key(unknown_id, ours));
    }
    if says.code(&["InvalidToken"]) {
        found.push(match ours.signer.identity().session_token() {
            Some(_) => token::invalid(),
            None => token::unexpected(),
        });
    }
    if says.any(&[
        "Found both 'X-Amz-Algorithm'",
        "Only one auth mechanism",
        "more than one 'Authorization'",
    ]) {
        found.push(Finding::new(
            Cause::AuthorizationTwice,
            "two signatures arrived, or a signature and another Authorization",
            "send one of them: a presigned URL goes without an Authorization header, which clients also add by \
             themselves (a user in the URL, a redirect that keeps headers)",
        ));
    }
    if says.any(&INCOMPLETE) {
        found.push(incomplete(answer));
    }
    if says.any(&["Missing Authentication Token", "anonymous is not authorized"])
        || says.code(&["MissingAuthenticationToken", "MissingSecurityHeader"])
    {
        found.push(missing(ours));
    }
    found
}

/// A token that is not the key's is answered as an unknown key is.
fn unknown_key(is_about_id: bool, ours: &Ours<'_>) -> Vec<Finding> {
    let id = ours.mask.line(ours.signer.access_key_id());
    let unknown = Finding::new(
        Cause::AccessKeyUnknown,
        format!("the server does not know the access key {id}"),
        "see that the key is whole, not deleted or switched off, of this partition (aws, aws-cn, aws-us-gov) and of \
         this service: a store that speaks as S3 has keys of its own",
    );
    match ours.signer.identity().session_token() {
        Some(_) if is_about_id => Vec::from([unknown, token::invalid()]),
        Some(_) => Vec::from([token::invalid(), unknown]),
        None if id.starts_with(TEMPORARY) => Vec::from([token::missing(), unknown]),
        None if is_about_id => Vec::from([unknown]),
        None => Vec::from([unknown.with_evidence(
            "the same is said where the key is temporary and its session token is missing: none is given here",
        )]),
    }
}

pub(super) fn incomplete(answer: &Answer) -> Finding {
    let says = Words(answer);
    let is_presigned = says.any(&["query-string", "X-Amz-Credential parameter"])
        || says.code(&["AuthorizationQueryParametersError", "AuthorizationQueryParameters"]);
    let remedy = match is_presigned {
        true => {
            "use the presigned URL whole, and as it is: a shell cuts it at its first `&` unless it stands in quotes, \
             and a client that encodes it again makes %252F of %2F"
        }
        false => {
            "send the Authorization header as it was signed, in one line: see whether a client adds one of its own \
             (Basic, Bearer), or a proxy or a shell cuts it at a comma or a blank; x-amz-date must arrive as well"
        }
    };
    Finding::new(
        Cause::AuthorizationIncomplete,
        "what arrived as a signature lacks a part, or is of another kind",
        remedy,
    )
}

fn missing(ours: &Ours<'_>) -> Finding {
    let finding = Finding::new(
        Cause::AuthorizationMissing,
        "no signature arrived",
        "send the Authorization header that was signed: proxies drop it, and clients do when a redirect leads to \
         another host",
    );
    match ours.signer.service() {
        "execute-api" => finding.with_evidence(
            "API Gateway says the same of a path or a method that it does not have: see URL, stage and method first",
        ),
        _ => finding,
    }
}

const INCOMPLETE: [&str; 9] = [
    "Authorization header requires",
    "Authorization mechanism you have provided is not supported",
    "Credential must have exactly 5",
    "Date must be in ISO-8601",
    "Query-string authentication version 4 requires",
    "query-string parameters must include",
    "requires a valid Date",
    "Unsupported AWS 'algorithm'",
    "valid key=value pair",
];
