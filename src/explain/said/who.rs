//! Access keys, tokens, and signatures that did not arrive.

use alloc::vec::Vec;

use super::Words;
use crate::explain::answer::Answer;
use crate::explain::cause::Cause;
use crate::explain::ours::Ours;
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
        || says.code(&["InvalidClientTokenId", "UnrecognizedClient"])
        || says.any(&["security token included in the request is invalid"])
    {
        found.extend(unknown_key(unknown_id, ours));
    }
    if says.code(&["InvalidToken"]) {
        found.push(match ours.signer.token() {
            Some(_) => token::other(),
            None => token::unexpected(),
        });
    }
    if says.any(&[
        "Authorization header requires",
        "query-string parameters must include",
        "valid key=value pair",
    ]) {
        found.push(incomplete());
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
    let finding = Finding::new(
        Cause::AccessKeyUnknown,
        format!("the server does not know the access key {id}"),
        "see that the key is whole, not deleted or switched off, of this partition (aws, aws-cn, aws-us-gov) and of this \
         service: a store that speaks as S3 has keys of its own",
    );
    let mut found = Vec::from([finding]);
    match ours.signer.token() {
        Some(_) => found.push(token::other()),
        None if id.starts_with("ASIA") => found.insert(0, token::missing()),
        None if is_about_id => {}
        None => {
            let with_hint = found.pop().map(|finding| {
                finding
                    .with_evidence("or a session token arrived, or is missing: here there is none")
            });
            found.extend(with_hint);
        }
    }
    found
}

pub(super) fn incomplete() -> Finding {
    Finding::new(
        Cause::AuthorizationIncomplete,
        "what arrived as a signature lacks a part, or is of another kind",
        "send one Authorization header as it was signed, in one line: see whether a client adds its own (Basic, Bearer), a \
         proxy or a shell cuts it at a comma or a blank, or only half of the X-Amz- parameters are in the URL; x-amz-date must arrive as well",
    )
}

fn missing(ours: &Ours<'_>) -> Finding {
    let finding = Finding::new(
        Cause::AuthorizationMissing,
        "no signature arrived",
        "send the Authorization header that was signed: proxies drop it, and clients do when a redirect leads to another host",
    );
    match ours.signer.service() {
        "execute-api" => finding.with_evidence(
            "API Gateway says the same of a path or a method that it does not have: see URL, stage and method first",
        ),
        _ => finding,
    }
}
