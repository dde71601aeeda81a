//! S3's own codes, texts and details.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::answer::Answer;
use super::error::{VerifyError, seconds};
use super::fault::{ScopeFault, SignaturePlace};
use crate::protocol::Timestamp;

/// The same refusal as S3 tells it.
pub(super) fn answer(error: &VerifyError, answer: Answer) -> Answer {
    let with = |status, code, message: &str| Answer {
        status,
        code,
        message: message.into(),
        details: Vec::new(),
    };
    match error {
        VerifyError::AuthenticationMissing => with(403, "AccessDenied", "Access Denied"),
        VerifyError::SignatureMismatch => with(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        ),
        VerifyError::SignatureExpired { signed_at, now, skew }
        | VerifyError::SignatureNotYetCurrent { signed_at, now, skew } => Answer {
            details: Vec::from([
                ("RequestTime", signed_at.to_string()),
                ("ServerTime", extended(*now)),
                ("MaxAllowedSkewMilliseconds", format!("{}000", seconds(*skew))),
            ]),
            ..with(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            )
        },
        VerifyError::Expired { signed_at, expires, now } => Answer {
            details: Vec::from([
                ("X-Amz-Expires", expires.to_string()),
                ("Expires", extended(end(*signed_at, *expires))),
                ("ServerTime", extended(*now)),
            ]),
            ..answer
        },
        VerifyError::HeaderUnsigned { name } => Answer {
            code: "AccessDenied",
            details: Vec::from([("HeadersNotSigned", name.clone())]),
            ..answer
        },
        VerifyError::BodyMismatch { client, server } => Answer {
            details: Vec::from([
                ("ClientComputedContentSHA256", client.clone()),
                ("S3ComputedContentSHA256", server.clone()),
            ]),
            ..answer
        },
        VerifyError::CredentialScope { faults, place } => scope_for_s3(faults, *place, answer),
        VerifyError::PartsMissing { place: SignaturePlace::Query, .. } => with(
            400,
            "AuthorizationQueryParametersError",
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
             X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ),
        VerifyError::AlgorithmUnsupported { place: SignaturePlace::Query, .. } => {
            Answer { code: "AuthorizationQueryParametersError", ..answer }
        }
        VerifyError::CredentialForm { place, .. }
        | VerifyError::PartsMissing { place, .. }
        | VerifyError::AlgorithmUnsupported { place, .. } => {
            malformed_for_s3(*place, &answer.message)
        }
        VerifyError::AuthorizationForm => malformed_for_s3(SignaturePlace::Header, &answer.message),
        VerifyError::TokenInvalid => with(
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        VerifyError::TokenExpired => with(400, "ExpiredToken", "The provided token has expired."),
        VerifyError::QueryEscape { .. } => {
            with(400, "InvalidURI", "Couldn't parse the specified URI.")
        }
        _ => Answer {
            code: if answer.status == 500 { "InternalError" } else { answer.code },
            ..answer
        },
    }
}

/// S3 names the region that it expects, so that clients can try again.
fn scope_for_s3(faults: &[ScopeFault], place: SignaturePlace, answer: Answer) -> Answer {
    let region = faults.iter().find_map(|fault| match fault {
        ScopeFault::Region { given, expected } => Some((given, expected)),
        _ => None,
    });
    match region {
        Some((given, expected)) => Answer {
            details: Vec::from([("Region", expected.clone())]),
            ..malformed_for_s3(
                place,
                &format!("the region '{given}' is wrong; expecting '{expected}'"),
            )
        },
        None => malformed_for_s3(place, &answer.message),
    }
}

fn malformed_for_s3(place: SignaturePlace, fault: &str) -> Answer {
    let (code, message) = match place {
        SignaturePlace::Header => (
            "AuthorizationHeaderMalformed",
            format!("The authorization header is malformed; {fault}"),
        ),
        SignaturePlace::Query => (
            "AuthorizationQueryParametersError",
            format!("Error parsing the X-Amz-Credential parameter; {fault}"),
        ),
    };
    Answer { status: 400, code, message, details: Vec::new() }
}

/// When a presigned URL ends. It has ended, so it is a time that exists.
fn end(signed_at: Timestamp, expires: u32) -> Timestamp {
    signed_at.checked_add(time::Duration::seconds(expires.into())).unwrap_or(signed_at)
}

/// `2015-08-30T12:36:00Z`.
fn extended(timestamp: Timestamp) -> String {
    let mut text = Vec::new();
    timestamp.write_extended(&mut text);
    let seconds = text.split(|byte| *byte == b'.').next().unwrap_or_default();
    format!("{}Z", String::from_utf8_lossy(seconds))
}
