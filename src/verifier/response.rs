//! A refusal in the words of the service that is played.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::answer::{Answer, Dialect, ErrorResponse};
use super::claim::Diagnosis;
use super::code::ErrorCode;
use super::error::VerifyError;
use super::presented::lossy;
use super::s3;

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
            Dialect::S3 => s3::answer(self, answer),
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
        let canonical_request = self.canonical_request().to_string();
        let string_to_sign = self.string_to_sign().to_string();
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
