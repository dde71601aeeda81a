//! What looks wrong without an answer.

use alloc::string::String;
use alloc::vec::Vec;

use super::cause::Cause;
use super::ours::{LONG_LIVED, Ours, TEMPORARY, is_access_key_id};
use super::report::Finding;
use crate::protocol::{PathEncoding, PayloadHeader};

/// How long the secrets are that AWS hands out.
const SECRET_LENGTH: usize = 40;
/// How secrets get damaged.
pub(super) const DAMAGE: &str = "secrets lose a `/`, `+` or `%` in a shell, a URL or a configuration file, and gain a \
                                 blank or a line feed at an end";

pub(super) fn findings(ours: &Ours<'_>) -> Vec<Finding> {
    let all =
        [credentials_end(ours), method(ours), secret(ours), token(ours), rules(ours), plus(ours)];
    all.into_iter().flatten().collect()
}

fn method(ours: &Ours<'_>) -> Option<Finding> {
    ours.method.bytes().any(|byte| byte.is_ascii_lowercase()).then(|| {
        Finding::new(
            Cause::MethodCase,
            format!("the method {} is not in capitals", ours.mask.line(ours.method)),
            "send and sign the method in capitals: it is signed as it is written",
        )
    })
}

/// All else follows from it.
pub(super) fn swapped(ours: &Ours<'_>) -> Option<Finding> {
    is_access_key_id(ours.signer.identity().credentials()?.secret_access_key()).then(|| {
        Finding::new(
            Cause::Secret,
            "what is given as the secret looks like an access key id",
            "give the id first, then the secret: the two are swapped",
        )
    })
}

fn secret(ours: &Ours<'_>) -> Option<Finding> {
    let faults = faults_of_secret(ours);
    (!faults.is_empty()).then(|| {
        let finding = Finding::new(
            Cause::Secret,
            "the secret access key looks damaged, unless it is of another service than AWS",
            format!("take it anew: {DAMAGE}"),
        );
        faults.into_iter().fold(finding, Finding::with_evidence)
    })
}

/// No more than its length is ever said of a secret.
pub(super) fn faults_of_secret(ours: &Ours<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(credentials) = ours.signer.identity().credentials() else { return faults };
    let secret = credentials.secret_access_key();
    if has_blank_at_end(secret) {
        faults.push("the secret begins or ends with a blank or a line feed".into());
    }
    let length = secret.chars().count();
    if length != SECRET_LENGTH {
        faults
            .push(format!("the secret has {length} characters; those of AWS have {SECRET_LENGTH}"));
    }
    faults
}

fn token(ours: &Ours<'_>) -> Option<Finding> {
    let id = ours.signer.access_key_id();
    match ours.signer.identity().session_token() {
        Some(token) if has_blank_at_end(token) => Some(Finding::new(
            Cause::TokenOther,
            "the session token begins or ends with a blank or a line feed",
            "take it anew, without the blank",
        )),
        Some(_) if id.starts_with(LONG_LIVED) => Some(Finding::new(
            Cause::TokenUnexpected,
            "there is a session token, and the access key id is of long-lived credentials (AKIA…), which have none",
            "unset the token: AWS_SESSION_TOKEN is left from other credentials",
        )),
        None if id.starts_with(TEMPORARY) => Some(Finding::new(
            Cause::TokenMissing,
            "the access key id is of temporary credentials (ASIA…), and there is no session token",
            "give the token as well: AWS_SESSION_TOKEN, or Credentials::with_session_token",
        )),
        _ => None,
    }
}

fn credentials_end(ours: &Ours<'_>) -> Option<Finding> {
    let expired_at = ours.signer.identity().credentials()?.expires_at()?;
    let signed_at = time::OffsetDateTime::from(ours.timestamp);
    (expired_at <= signed_at).then(|| {
        Finding::new(
            Cause::CredentialsExpired,
            format!("the credentials ended at {expired_at}, before the request is signed"),
            "fetch new credentials",
        )
    })
}

fn rules(ours: &Ours<'_>) -> Option<Finding> {
    let (service, rules) = (ours.signer.service(), ours.signer.rules());
    let (problem, remedy) = match (service, rules.path_encoding, rules.payload_header) {
        ("s3" | "s3express" | "s3-object-lambda" | "s3-outposts", PathEncoding::Double, _) => (
            "the service is S3, and the rules are not those of S3",
            "sign by Rules::S3: Signer::s3, or --s3",
        ),
        ("s3", _, PayloadHeader::Omitted) => (
            "the service is s3, and x-amz-content-sha256 is not sent",
            "sign by Rules::S3: Signer::s3, or --s3",
        ),
        ("aoss", _, PayloadHeader::Omitted) => (
            "the service is aoss (OpenSearch Serverless), and x-amz-content-sha256 is not sent",
            "sign with PayloadHeader::Sent, and content-length excluded",
        ),
        (service, PathEncoding::Single, _) if !service.starts_with("s3") => (
            "the rules are those of S3, and the service is another",
            "sign by Rules::DEFAULT: Signer::new, without --s3; S3's own services and stores that speak as S3 are the \
             exceptions",
        ),
        _ => return None,
    };
    Some(Finding::new(Cause::RulesOfService, problem, remedy))
}

fn plus(ours: &Ours<'_>) -> Option<Finding> {
    ours.query.contains(&b'+').then(|| {
        Finding::new(
            Cause::QueryPlus,
            "the query holds a raw `+`, which is a space for some servers and a plus for others",
            "write %20 for a space and %2B for a plus",
        )
    })
}

pub(super) fn has_blank_at_end(text: &str) -> bool {
    text.trim() != text
}
