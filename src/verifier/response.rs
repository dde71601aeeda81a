//! A refusal in the words of the service that is played.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;

use super::claim::Diagnosis;
use super::code::ErrorCode;
use super::error::{VerifyError, seconds};
use super::escape::{Json, Xml};
use super::fault::{ScopeFault, SignaturePlace};
use super::presented::lossy;
use crate::protocol::Timestamp;

/// How a service writes its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// JSON with `__type` and `message`, as API Gateway, OpenSearch and most newer services answer. DynamoDB does so, too,
    /// but always with status 400.
    Json,
    /// JSON with `requestId`, `code` and `detailedMessage`: Neptune. Its codes other than `AccessDeniedException` are
    /// ours.
    Neptune,
    /// XML in an `ErrorResponse`: IAM, STS and other services of the query protocol.
    Query,
    /// XML in an `Error`, with codes and texts of its own: S3. The code for a wrong token is ours: it does not tell whether
    /// the key is known.
    S3,
}

/// What to answer. A `HEAD` request gets no body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The code, as the dialect writes it.
    pub code: &'static str,
    /// Names, in lower case, and values: the body's type, the request's id, and in JSON the code once more.
    pub headers: Vec<(&'static str, String)>,
    /// The body, in UTF-8.
    pub body: Vec<u8>,
}

impl ErrorResponse {
    /// A refusal of the server's own in the same dialect: a body over its limit, a replay, too many requests.
    ///
    /// ```
    /// use countersign::verifier::{Dialect, ErrorResponse};
    ///
    /// let refusal = ErrorResponse::new(Dialect::S3, 400, "EntityTooLarge", "The body is too large", "0a1b2c");
    /// assert!(refusal.body.ends_with(b"<RequestId>0a1b2c</RequestId></Error>"));
    /// ```
    #[must_use]
    pub fn new(
        dialect: Dialect,
        status: u16,
        code: &'static str,
        message: &str,
        request_id: &str,
    ) -> Self {
        let message = message.into();
        Answer { status, code, message, details: Vec::new() }.write(dialect, request_id)
    }
}

/// What a dialect makes of an error, still to be written down.
struct Answer {
    status: u16,
    code: &'static str,
    message: String,
    /// Elements that S3 adds.
    details: Vec<(&'static str, String)>,
}

const INTERNAL_FAILURE: &str =
    "The request processing has failed because of an unknown error, exception or failure.";

impl VerifyError {
    /// The error as the service answers it. `request_id` is the caller's, for its logs: visible ASCII.
    ///
    /// ```
    /// use countersign::verifier::{Dialect, VerifyError};
    ///
    /// let response = VerifyError::AuthenticationMissing.response(Dialect::Neptune, "0a1b2c");
    /// assert_eq!(response.status, 403);
    /// assert_eq!(
    ///     response.body,
    ///     br#"{"requestId":"0a1b2c","code":"AccessDeniedException","detailedMessage":"Missing Authentication Token"}"#
    /// );
    /// ```
    #[must_use]
    pub fn response(&self, dialect: Dialect, request_id: &str) -> ErrorResponse {
        self.answer(dialect).write(dialect, request_id)
    }

    fn answer(&self, dialect: Dialect) -> Answer {
        let code = self.code();
        let message = match code {
            // What is wrong is the server's own affair.
            ErrorCode::InternalFailure => INTERNAL_FAILURE.into(),
            _ => self.to_string(),
        };
        let answer =
            Answer { status: code.status(), code: code.as_str(), message, details: Vec::new() };
        match dialect {
            Dialect::Query => answer,
            Dialect::Json => Answer { code: json_code(code), ..answer },
            Dialect::Neptune => self.for_neptune(answer),
            Dialect::S3 => self.for_s3(answer),
        }
    }

    fn for_neptune(&self, answer: Answer) -> Answer {
        let (status, code) = match answer.status {
            403 => (403, "AccessDeniedException"),
            500 => (500, "InternalFailureException"),
            _ => (400, "BadRequestException"),
        };
        let message = match self {
            Self::AuthenticationMissing => "Missing Authentication Token".into(),
            _ => answer.message,
        };
        Answer { status, code, message, ..answer }
    }

    fn for_s3(&self, answer: Answer) -> Answer {
        let with = |status, code, message: &str| Answer {
            status,
            code,
            message: message.into(),
            details: Vec::new(),
        };
        match self {
            Self::AuthenticationMissing => with(403, "AccessDenied", "Access Denied"),
            Self::SignatureMismatch => with(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
            ),
            Self::SignatureExpired { signed_at, now, skew }
            | Self::SignatureNotYetCurrent { signed_at, now, skew } => Answer {
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
            Self::Expired { signed_at, expires, now } => Answer {
                details: Vec::from([
                    ("X-Amz-Expires", expires.to_string()),
                    ("Expires", extended(end(*signed_at, *expires))),
                    ("ServerTime", extended(*now)),
                ]),
                ..answer
            },
            Self::HeaderUnsigned { name } => Answer {
                code: "AccessDenied",
                details: Vec::from([("HeadersNotSigned", name.clone())]),
                ..answer
            },
            Self::BodyMismatch { client, server } => Answer {
                details: Vec::from([
                    ("ClientComputedContentSHA256", client.clone()),
                    ("S3ComputedContentSHA256", server.clone()),
                ]),
                ..answer
            },
            Self::CredentialScope { faults, place } => scope_for_s3(faults, *place, answer),
            Self::PartsMissing { place: SignaturePlace::Query, .. } => with(
                400,
                "AuthorizationQueryParametersError",
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
                 X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            ),
            Self::AlgorithmUnsupported { place: SignaturePlace::Query, .. } => {
                Answer { code: "AuthorizationQueryParametersError", ..answer }
            }
            Self::CredentialForm { place, .. }
            | Self::PartsMissing { place, .. }
            | Self::AlgorithmUnsupported { place, .. } => malformed_for_s3(*place, &answer.message),
            Self::AuthorizationForm => malformed_for_s3(SignaturePlace::Header, &answer.message),
            Self::TokenInvalid => with(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            Self::TokenExpired => with(400, "ExpiredToken", "The provided token has expired."),
            Self::QueryEscape { .. } => {
                with(400, "InvalidURI", "Couldn't parse the specified URI.")
            }
            _ => Answer {
                code: if answer.status == 500 { "InternalError" } else { answer.code },
                ..answer
            },
        }
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

/// The names of the query dialect's codes in JSON. Those that nobody has seen there are ours.
fn json_code(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::AccessDenied => "AccessDeniedException",
        ErrorCode::AuthorizationQueryParametersError => "AuthorizationQueryParametersException",
        ErrorCode::ExpiredToken => "ExpiredTokenException",
        ErrorCode::IncompleteSignature => "IncompleteSignatureException",
        ErrorCode::InternalFailure => "InternalFailure",
        ErrorCode::InvalidClientTokenId => "UnrecognizedClientException",
        ErrorCode::InvalidRequest => "InvalidRequestException",
        ErrorCode::MalformedQueryString => "MalformedQueryStringException",
        ErrorCode::MissingAuthenticationToken => "MissingAuthenticationTokenException",
        ErrorCode::RequestTooLarge => "RequestTooLargeException",
        ErrorCode::SignatureDoesNotMatch => "InvalidSignatureException",
        ErrorCode::XAmzContentSHA256Mismatch => "XAmzContentSHA256MismatchException",
    }
}

impl Diagnosis<'_> {
    /// A mismatch as the service answers it, with canonical request and string to sign, as S3 and most JSON services do.
    /// For a test server only: the canonical request holds the session token, where that is signed.
    #[must_use]
    pub fn response(&self, dialect: Dialect, request_id: &str) -> ErrorResponse {
        let mut answer = VerifyError::SignatureMismatch.answer(dialect);
        let canonical_request = self.stages().canonical_request().to_string();
        let string_to_sign = self.stages().string_to_sign().to_string();
        match dialect {
            Dialect::S3 => {
                let bytes = |text: &str| {
                    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
                };
                answer.details = Vec::from([
                    ("AWSAccessKeyId", self.claim.access_key_id().into()),
                    ("StringToSign", string_to_sign.clone()),
                    ("SignatureProvided", lossy(&self.claim.signature)),
                    ("StringToSignBytes", bytes(&string_to_sign)),
                    ("CanonicalRequest", canonical_request.clone()),
                    ("CanonicalRequestBytes", bytes(&canonical_request)),
                ]);
            }
            Dialect::Json | Dialect::Query => {
                answer.message += &format!(
                    "\n\nThe Canonical String for this request should have been\n'{canonical_request}'\n\n\
                     The String-to-Sign should have been\n'{string_to_sign}'\n"
                );
            }
            Dialect::Neptune => {}
        }
        answer.write(dialect, request_id)
    }
}

impl Answer {
    fn write(&self, dialect: Dialect, request_id: &str) -> ErrorResponse {
        let Self { status, code, message, details } = self;
        let (status, code) = (*status, *code);
        let (content_type, id_header, body) = match dialect {
            Dialect::Json => {
                let body = format!(r#"{{"__type":"{code}","message":{}}}"#, Json(message));
                ("application/x-amz-json-1.0", "x-amzn-requestid", body)
            }
            Dialect::Neptune => {
                let (id, message) = (Json(request_id), Json(message));
                let body =
                    format!(r#"{{"requestId":{id},"code":"{code}","detailedMessage":{message}}}"#);
                ("application/json", "x-amzn-requestid", body)
            }
            Dialect::Query => {
                let kind = if status < 500 { "Sender" } else { "Receiver" };
                let (id, message) = (Xml(request_id), Xml(message));
                let body = format!(
                    "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>{id}</RequestId></ErrorResponse>"
                );
                ("text/xml", "x-amzn-requestid", body)
            }
            Dialect::S3 => {
                let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
                let own = [("Code", code), ("Message", message)].into_iter();
                let details = details.iter().map(|(name, text)| (*name, text.as_str()));
                for (name, text) in own.chain(details).chain([("RequestId", request_id)]) {
                    // Writing to a string does not fail.
                    let _ = write!(body, "<{name}>{}</{name}>", Xml(text));
                }
                ("application/xml", "x-amz-request-id", body + "</Error>")
            }
        };
        let mut headers =
            Vec::from([("content-type", content_type.into()), (id_header, request_id.into())]);
        if dialect == Dialect::Json {
            headers.push(("x-amzn-errortype", code.into()));
        }
        ErrorResponse { status, code, headers, body: body.into_bytes() }
    }
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
