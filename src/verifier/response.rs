//! Error responses in the formats of AWS's services.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::time::Duration;

use super::claim::Diagnosis;
use super::error::{ScopeMismatch, SignatureLocation, VerifyError, seconds};
use crate::protocol::Timestamp;

/// How a service formats its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorFormat {
    /// JSON with `__type` and `message`, as API Gateway, OpenSearch and most newer services answer. DynamoDB does so too, but
    /// always with status 400.
    Json,
    /// JSON with `requestId`, `code` and `detailedMessage`: Neptune. Its codes other than `AccessDeniedException` are ours.
    Neptune,
    /// XML in an `ErrorResponse`: IAM, STS and other services of the query protocol.
    Query,
    /// XML in an `Error`, with codes and texts of its own: S3. The code for a wrong session token is ours: it does not reveal
    /// whether the key is known.
    S3,
}

/// An error response. The response to a `HEAD` request has no body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The code, as the format writes it.
    pub code: &'static str,
    /// Names, in lowercase, and values: the type of the body, the request id, and in JSON the code.
    pub headers: Vec<(&'static str, String)>,
    /// The body, in UTF-8.
    pub body: Vec<u8>,
}

impl ErrorResponse {
    /// Creates a response for another error of the server in the same format: a body over its limit, a replay, too many requests.
    ///
    /// This example rejects a body that is too large:
    ///
    /// ```
    /// use countersign::verifier::{ErrorFormat, ErrorResponse};
    ///
    /// let response =
    ///     ErrorResponse::new(ErrorFormat::S3, 400, "EntityTooLarge", "The body is too large", "0a1b2c");
    /// assert!(response.body.ends_with(b"<RequestId>0a1b2c</RequestId></Error>"));
    /// ```
    #[must_use]
    pub fn new(
        format: ErrorFormat,
        status: u16,
        code: &'static str,
        message: &str,
        request_id: &str,
    ) -> Self {
        Content::new(status, code, message).write(format, request_id)
    }
}

impl VerifyError {
    /// Returns the error as the service would send it. `request_id` is for the server's logs: visible ASCII.
    ///
    /// This example shows the response to a request without a signature:
    ///
    /// ```
    /// use countersign::verifier::{ErrorFormat, VerifyError};
    ///
    /// let response = VerifyError::AuthenticationMissing.response(ErrorFormat::Neptune, "0a1b2c");
    /// assert_eq!(response.status, 403);
    /// assert_eq!(
    ///     response.body,
    ///     br#"{"requestId":"0a1b2c","code":"AccessDeniedException","detailedMessage":"Missing Authentication Token"}"#
    /// );
    /// ```
    #[must_use]
    pub fn response(&self, format: ErrorFormat, request_id: &str) -> ErrorResponse {
        Content::of_error(self, format).write(format, request_id)
    }
}

impl Diagnosis<'_> {
    /// Returns a mismatch as the service would send it, with canonical request and string to sign, as S3 and most JSON services
    /// do. It is for test servers only: the canonical request contains the session token, if that is signed.
    #[must_use]
    pub fn response(&self, format: ErrorFormat, request_id: &str) -> ErrorResponse {
        let mut content = Content::of_error(&VerifyError::SignatureMismatch, format);
        let canonical_request = self.canonical_request().to_string();
        let string_to_sign = self.string_to_sign().to_string();
        match format {
            ErrorFormat::S3 => {
                let bytes = |text: &str| {
                    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
                };
                content.details = Vec::from([
                    ("AWSAccessKeyId", self.claim.access_key_id().into()),
                    ("StringToSign", string_to_sign.clone()),
                    ("SignatureProvided", self.claim.signature_provided()),
                    ("StringToSignBytes", bytes(&string_to_sign)),
                    ("CanonicalRequest", canonical_request.clone()),
                    ("CanonicalRequestBytes", bytes(&canonical_request)),
                ]);
            }
            ErrorFormat::Json | ErrorFormat::Query => {
                content.message += &format!(
                    "\n\nThe Canonical String for this request should have been\n'{canonical_request}'\n\n\
                     The String-to-Sign should have been\n'{string_to_sign}'\n"
                );
            }
            ErrorFormat::Neptune => {}
        }
        content.write(format, request_id)
    }
}

/// The content of an error response.
struct Content {
    status: u16,
    code: &'static str,
    message: String,
    /// Elements that S3 adds.
    details: Vec<(&'static str, String)>,
}

impl Content {
    fn new(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.into(), details: Vec::new() }
    }

    fn of_error(error: &VerifyError, format: ErrorFormat) -> Self {
        let (status, code) = (error.status(), error.code());
        let content = match status {
            // An error of the server is not the client's business.
            500 => Self::new(
                status,
                code,
                "The request processing has failed because of an unknown error, exception or failure.",
            ),
            _ => Self::new(status, code, &error.to_string()),
        };
        match format {
            ErrorFormat::Query => content,
            ErrorFormat::Json => Self { code: json_code(code), ..content },
            ErrorFormat::Neptune => content.for_neptune(error),
            ErrorFormat::S3 => content.for_s3(error),
        }
    }

    fn for_neptune(mut self, error: &VerifyError) -> Self {
        (self.status, self.code) = match self.status {
            403 => (403, "AccessDeniedException"),
            500 => (500, "InternalFailureException"),
            _ => (400, "BadRequestException"),
        };
        if *error == VerifyError::AuthenticationMissing {
            self.message = "Missing Authentication Token".into();
        }
        self
    }

    fn for_s3(self, error: &VerifyError) -> Self {
        match error {
            VerifyError::AuthenticationMissing => Self::new(403, "AccessDenied", "Access Denied"),
            VerifyError::SignatureMismatch => Self::new(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
            ),
            VerifyError::SignatureExpired { signed_at, now, skew }
            | VerifyError::SignatureNotYetCurrent { signed_at, now, skew } => Self::new(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            )
            .with_details([
                ("RequestTime", signed_at.to_string()),
                ("ServerTime", extended(*now)),
                ("MaxAllowedSkewMilliseconds", format!("{}000", seconds(*skew))),
            ]),
            VerifyError::Expired { signed_at, expires, now } => self.with_details([
                ("X-Amz-Expires", expires.as_secs().to_string()),
                ("Expires", extended(expiry(*signed_at, *expires))),
                ("ServerTime", extended(*now)),
            ]),
            VerifyError::HeaderUnsigned { name } => Self { code: "AccessDenied", ..self }
                .with_details([("HeadersNotSigned", name.clone())]),
            VerifyError::BodyMismatch { client, server } => self.with_details([
                ("ClientComputedContentSHA256", client.clone()),
                ("S3ComputedContentSHA256", server.clone()),
            ]),
            VerifyError::CredentialScope { mismatches, location } => {
                // S3 names the region that it expects, so that clients can retry.
                let region = mismatches.iter().find_map(|mismatch| match mismatch {
                    ScopeMismatch::Region { given, expected } => Some((given, expected)),
                    _ => None,
                });
                let Some((given, expected)) = region else {
                    return Self::malformed(*location, &self.message);
                };
                Self::malformed(
                    *location,
                    &format!("the region '{given}' is wrong; expecting '{expected}'"),
                )
                .with_details([("Region", expected.clone())])
            }
            VerifyError::MissingParameters { location: SignatureLocation::Query, .. } => Self::new(
                400,
                "AuthorizationQueryParametersError",
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
                 X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            ),
            VerifyError::UnsupportedAlgorithm { location: SignatureLocation::Query, .. } => {
                Self { code: "AuthorizationQueryParametersError", ..self }
            }
            VerifyError::MalformedCredential { location, .. }
            | VerifyError::MissingParameters { location, .. }
            | VerifyError::UnsupportedAlgorithm { location, .. } => {
                Self::malformed(*location, &self.message)
            }
            VerifyError::MalformedAuthorization => {
                Self::malformed(SignatureLocation::Header, &self.message)
            }
            VerifyError::TokenInvalid { .. } => Self::new(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            VerifyError::TokenExpired => {
                Self::new(400, "ExpiredToken", "The provided token has expired.")
            }
            VerifyError::InvalidPercentEncoding { .. } => {
                Self::new(400, "InvalidURI", "Couldn't parse the specified URI.")
            }
            _ if self.status == 500 => Self { code: "InternalError", ..self },
            _ => self,
        }
    }

    fn malformed(location: SignatureLocation, cause: &str) -> Self {
        match location {
            SignatureLocation::Header => Self::new(
                400,
                "AuthorizationHeaderMalformed",
                &format!("The authorization header is malformed; {cause}"),
            ),
            SignatureLocation::Query => Self::new(
                400,
                "AuthorizationQueryParametersError",
                &format!("Error parsing the X-Amz-Credential parameter; {cause}"),
            ),
        }
    }

    fn with_details<const N: usize>(self, details: [(&'static str, String); N]) -> Self {
        Self { details: Vec::from(details), ..self }
    }

    fn write(&self, format: ErrorFormat, request_id: &str) -> ErrorResponse {
        let Self { status, code, message, details } = self;
        let (status, code) = (*status, *code);
        let (content_type, id_header, body) = match format {
            ErrorFormat::Json => {
                let body = format!(r#"{{"__type":"{code}","message":{}}}"#, Json(message));
                ("application/x-amz-json-1.0", "x-amzn-requestid", body)
            }
            ErrorFormat::Neptune => {
                let (id, message) = (Json(request_id), Json(message));
                let body =
                    format!(r#"{{"requestId":{id},"code":"{code}","detailedMessage":{message}}}"#);
                ("application/json", "x-amzn-requestid", body)
            }
            ErrorFormat::Query => {
                let kind = if status < 500 { "Sender" } else { "Receiver" };
                let (id, message) = (Xml(request_id), Xml(message));
                let body = format!(
                    "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>{id}</RequestId></ErrorResponse>"
                );
                ("text/xml", "x-amzn-requestid", body)
            }
            ErrorFormat::S3 => {
                let details = details.iter().map(|(name, text)| (*name, text.as_str()));
                let elements = [("Code", code), ("Message", message)].into_iter().chain(details);
                let elements: String = elements
                    .chain([("RequestId", request_id)])
                    .map(|(name, text)| format!("<{name}>{}</{name}>", Xml(text)))
                    .collect();
                let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
                let body = format!("{declaration}\n<Error>{elements}</Error>");
                ("application/xml", "x-amz-request-id", body)
            }
        };
        let mut headers =
            Vec::from([("content-type", content_type.into()), (id_header, request_id.into())]);
        if format == ErrorFormat::Json {
            headers.push(("x-amzn-errortype", code.into()));
        }
        ErrorResponse { status, code, headers, body: body.into_bytes() }
    }
}

/// The codes of the query protocol as JSON services name them. Names that nobody has seen there are ours.
fn json_code(code: &'static str) -> &'static str {
    match code {
        "AccessDenied" => "AccessDeniedException",
        "AuthorizationQueryParametersError" => "AuthorizationQueryParametersException",
        "ExpiredToken" => "ExpiredTokenException",
        "IncompleteSignature" => "IncompleteSignatureException",
        "InvalidClientTokenId" => "UnrecognizedClientException",
        "InvalidRequest" => "InvalidRequestException",
        "MalformedQueryString" => "MalformedQueryStringException",
        "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
        "NotImplemented" => "NotImplementedException",
        "RequestTooLarge" => "RequestTooLargeException",
        "SignatureDoesNotMatch" => "InvalidSignatureException",
        "XAmzContentSHA256Mismatch" => "XAmzContentSHA256MismatchException",
        other => other,
    }
}

/// The time at which a presigned URL expired, which is before now and so a timestamp.
fn expiry(signed_at: Timestamp, expires: Duration) -> Timestamp {
    let expiry = Timestamp::from_unix_timestamp(signed_at.unix_timestamp() + seconds(expires));
    debug_assert!(expiry.is_ok(), "it is before a timestamp");
    expiry.unwrap_or(signed_at)
}

/// Formats `2015-08-30T12:36:00Z`.
fn extended(timestamp: Timestamp) -> String {
    let text = format!("{timestamp:?}");
    text.split_once('.').map_or_else(|| text.clone(), |(seconds, _)| format!("{seconds}Z"))
}

/// Formats untrusted text as a JSON string ([RFC 8259, section 7](https://www.rfc-editor.org/rfc/rfc8259#section-7)).
struct Json<'a>(&'a str);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('"')
    }
}

/// Formats untrusted text as the content of an XML element
/// ([XML 1.0, sections 2.2 and 2.4](https://www.w3.org/TR/xml/#charsets)).
struct Xml<'a>(&'a str);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '\r' => f.write_str("&#13;")?,
                '\t' | '\n' => f.write_char(character)?,
                '\u{FFFE}' | '\u{FFFF}' | ..' ' => f.write_char(char::REPLACEMENT_CHARACTER)?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}
