//! Why a request was rejected: AWS's texts for the client, with their codes and statuses, and reasons for the operator.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::limits::LimitExceeded;
use crate::error::CanonicalError;
use crate::protocol::Timestamp;

/// Why a request was rejected.
///
/// `Display` is the text that AWS sends to the client, unless the variant says that the text is ours. [`reason`](Self::reason) is
/// a text for the operator, which names the header, the literal or the part concerned: log it. Neither contains a secret, a
/// session token, a signature or a canonical request. Texts that are quoted from the request may have any length and any
/// characters that a request may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The request target is a URL that contains `#` or `\`, after which some parsers see another host or path. Text ours.
    #[error(
        "The request is malformed: its target is a URL that contains a '#' or '\\' at byte {at}"
    )]
    AmbiguousTarget {
        /// The offset in the request target, from 0.
        at: usize,
    },
    /// The request has neither an Authorization header nor `X-Amz-Algorithm`.
    #[error("Request is missing Authentication Token")]
    AuthenticationMissing,
    /// The hash of the body is not the one in `x-amz-content-sha256`.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    BodyMismatch {
        /// The hash that the client sent, in hexadecimal digits.
        client: String,
        /// The hash of the received body, in hexadecimal digits.
        server: String,
    },
    /// The caller did not pass the body, and the verifier does not allow that. Text ours.
    #[error("The body was left unchecked, which the verifier does not allow")]
    BodyUnchecked,
    /// There is no `x-amz-content-sha256`, but the service requires it, or the caller did not pass the body.
    #[error("Missing required header for this request: x-amz-content-sha256")]
    ContentSha256Missing,
    /// The credential is for another region, service or date.
    #[error("{}", join(mismatches))]
    CredentialScope {
        /// All mismatches, at least one.
        mismatches: Vec<ScopeMismatch>,
        /// Where the credential is.
        location: SignatureLocation,
    },
    /// A part of the signature is repeated, or a session token is both in a header and in the query string. Text ours.
    #[error("The request contains '{name}' more than once.")]
    DuplicateParameter {
        /// Its name.
        name: &'static str,
    },
    /// A presigned URL has expired.
    #[error("Request has expired")]
    Expired {
        /// The time of the signature.
        signed_at: Timestamp,
        /// How long the URL was valid.
        expires: Duration,
        /// The server's time.
        now: Timestamp,
    },
    /// A presigned URL is valid for longer than the verifier allows. Text ours.
    #[error("X-Amz-Expires must be at most {} seconds", max.as_secs())]
    ExpiresTooLong {
        /// How long the URL is valid.
        expires: Duration,
        /// What the verifier allows.
        max: Duration,
    },
    /// A header is not signed that must be: any `x-amz-*`, and those that the verifier requires.
    #[error("There were headers present in the request which were not signed")]
    HeaderUnsigned {
        /// The header's name.
        name: String,
    },
    /// The Host header and the authority of the request target name different hosts. Text ours.
    #[error("The 'Host' header differs from the authority of the request's target")]
    HostMismatch,
    /// Neither `host` nor `:authority` is signed.
    #[error("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    HostUnsigned,
    /// `X-Amz-Expires` is not a number of seconds from 1 to 604800. The text for 0 is ours.
    #[error("X-Amz-Expires {}", expires_rule(given))]
    InvalidExpires {
        /// The value of the parameter.
        given: String,
    },
    /// There is more than one Host header, or an empty one. Text ours.
    #[error("There must be one 'Host' header in the HTTP request, and not an empty one")]
    InvalidHost,
    /// The query string contains invalid percent-encoding.
    #[error("{}", percent_encoding_text(pattern))]
    InvalidPercentEncoding {
        /// What follows the `%`: two characters that are not hexadecimal digits, or fewer than two.
        pattern: String,
    },
    /// The caller passed a key with another date, region or service than the claim's. Text ours.
    #[error("signing key scope {key_scope} does not match {scope}")]
    KeyScope {
        /// The scope of the key.
        key_scope: String,
        /// The scope that it must have.
        scope: String,
    },
    /// A part of the Authorization header is not `name=value`. Text ours: AWS quotes the header.
    #[error("Invalid key=value pair (missing equal-sign) in Authorization header.")]
    MalformedAuthorization,
    /// The credential does not have five parts.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
    )]
    MalformedCredential {
        /// The credential.
        credential: String,
        /// Where it is.
        location: SignatureLocation,
    },
    /// The date is not of the form `YYYYMMDDTHHMMSSZ`.
    #[error("Date must be in ISO-8601 'basic format'. Got '{given}'.")]
    MalformedDate {
        /// The date.
        given: String,
    },
    /// The request cannot be one: raw parts that HTTP does not allow, or a path that does not start with `/`. Text ours.
    #[error("The request is malformed: {0}")]
    MalformedRequest(#[from] CanonicalError),
    /// The list of signed headers is not lowercase, sorted and without duplicates, as every signer writes it. Text ours.
    #[error("'SignedHeaders' must be in lower case, sorted, and name each header once.")]
    MalformedSignedHeaders,
    /// There is no `x-amz-date`. A `Date` header is not accepted in its place.
    #[error("Date must be in ISO-8601 'basic format'. Got ''.")]
    MissingDate,
    /// Parts of the signature are missing.
    #[error("{}", missing_text(*location, names))]
    MissingParameters {
        /// Where they should be.
        location: SignatureLocation,
        /// Their names: all of them, in AWS's order.
        names: Vec<&'static str>,
    },
    /// The request has both an Authorization header and `X-Amz-Algorithm`.
    #[error(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    )]
    MultipleAuthMechanisms,
    /// There is more than one Authorization header. Text ours.
    #[error("There is more than one 'Authorization' header in the HTTP request")]
    MultipleAuthorizationHeaders,
    /// The caller asked for the stages of another request than the one that was read. Text ours.
    #[error("The request is not the one that was read")]
    OtherRequest,
    /// The payload is not signed, and the verifier does not allow that.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    PayloadUnsigned,
    /// The request exceeds a limit. Text ours.
    #[error(transparent)]
    RequestTooLarge(#[from] LimitExceeded),
    /// The signature is too old.
    #[error(
        "Signature expired: {signed_at} is now earlier than {} ({now} - {})",
        shifted(*now, -seconds(*skew)),
        minutes(*skew)
    )]
    SignatureExpired {
        /// The time of the signature, as the client says.
        signed_at: Timestamp,
        /// The server's time.
        now: Timestamp,
        /// How much they may differ.
        skew: Duration,
    },
    /// The signature is not that of the request. The cause is not reported: see
    /// [`Claim::diagnose_raw`](super::Claim::diagnose_raw).
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    SignatureMismatch,
    /// The signature is from the future.
    #[error(
        "Signature not yet current: {signed_at} is still later than {} ({now} + {})",
        shifted(*now, seconds(*skew)),
        minutes(*skew)
    )]
    SignatureNotYetCurrent {
        /// The time of the signature, as the client says.
        signed_at: Timestamp,
        /// The server's time.
        now: Timestamp,
        /// How much they may differ.
        skew: Duration,
    },
    /// A header is named as signed, but was not received.
    #[error("'{name}' is named as a SignedHeader, but it does not exist in the HTTP request")]
    SignedHeaderMissing {
        /// The header's name.
        name: String,
    },
    /// The body is signed chunk by chunk, which the verifier does not support.
    #[error("A header you provided implies functionality that is not implemented.")]
    StreamingPayload {
        /// The literal in `x-amz-content-sha256`.
        literal: String,
    },
    /// The session token has expired.
    #[error("The security token included in the request is expired")]
    TokenExpired,
    /// The access key is unknown, or the session token is not the one that belongs to it. The client is not told which.
    #[error("The security token included in the request is invalid.")]
    TokenInvalid {
        /// Whether the access key is known.
        key_is_known: bool,
    },
    /// The algorithm is not `AWS4-HMAC-SHA256`.
    #[error("Unsupported AWS 'algorithm': '{algorithm}'.")]
    UnsupportedAlgorithm {
        /// Its name. It is empty for a header of a single word, which may be a secret.
        algorithm: String,
        /// Where it is.
        location: SignatureLocation,
    },
    /// `x-amz-content-sha256` is neither a hash nor a literal that is known.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    UnsupportedContentSha256 {
        /// The value of the header.
        literal: String,
    },
}

impl VerifyError {
    /// Returns the reason for the operator's log. The client must not see it: it may say whether a key is known.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::BodyMismatch { client, server } => {
                format!("x-amz-content-sha256 is {client}, but the body has the hash {server}")
            }
            Self::HeaderUnsigned { name } => format!("header {name:?} is not signed"),
            Self::MalformedDate { given } => {
                format!("the date {given:?} is not of the form YYYYMMDDTHHMMSSZ")
            }
            Self::MissingDate => {
                "header x-amz-date is missing; a Date header is not accepted in its place".into()
            }
            Self::PayloadUnsigned => {
                "the payload is UNSIGNED-PAYLOAD, which the verifier does not allow".into()
            }
            Self::StreamingPayload { literal } => {
                format!("x-amz-content-sha256 is {literal:?}: chunked payloads are not supported")
            }
            Self::TokenInvalid { key_is_known: false } => "the access key is unknown".into(),
            Self::TokenInvalid { key_is_known: true } => {
                "the session token is not the one that belongs to the access key".into()
            }
            Self::UnsupportedContentSha256 { literal } => {
                format!("x-amz-content-sha256 is {literal:?}: neither a hash nor a known literal")
            }
            _ => self.to_string(),
        }
    }

    /// Returns the code of the error, as IAM and STS send it. [`response`](Self::response) has those of other services.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code_and_status().0
    }

    /// Returns the HTTP status of the error.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code_and_status().1
    }

    fn code_and_status(&self) -> (&'static str, u16) {
        match self {
            Self::AmbiguousTarget { .. }
            | Self::ContentSha256Missing
            | Self::MalformedRequest(_) => ("InvalidRequest", 400),
            Self::AuthenticationMissing => ("MissingAuthenticationToken", 403),
            Self::BodyMismatch { .. }
            | Self::PayloadUnsigned
            | Self::UnsupportedContentSha256 { .. } => ("XAmzContentSHA256Mismatch", 400),
            Self::BodyUnchecked | Self::KeyScope { .. } | Self::OtherRequest => {
                ("InternalFailure", 500)
            }
            Self::DuplicateParameter { .. }
            | Self::MalformedAuthorization
            | Self::MalformedCredential { .. }
            | Self::MalformedDate { .. }
            | Self::MissingDate
            | Self::MissingParameters { .. }
            | Self::UnsupportedAlgorithm { .. } => ("IncompleteSignature", 400),
            Self::Expired { .. } => ("AccessDenied", 403),
            Self::ExpiresTooLong { .. } | Self::InvalidExpires { .. } => {
                ("AuthorizationQueryParametersError", 400)
            }
            Self::InvalidPercentEncoding { .. } => ("MalformedQueryString", 404),
            Self::RequestTooLarge(_) => ("RequestTooLarge", 400),
            Self::StreamingPayload { .. } => ("NotImplemented", 501),
            Self::TokenExpired => ("ExpiredToken", 403),
            Self::TokenInvalid { .. } => ("InvalidClientTokenId", 403),
            Self::CredentialScope { .. }
            | Self::HeaderUnsigned { .. }
            | Self::HostMismatch
            | Self::HostUnsigned
            | Self::InvalidHost
            | Self::MalformedSignedHeaders
            | Self::MultipleAuthMechanisms
            | Self::MultipleAuthorizationHeaders
            | Self::SignatureExpired { .. }
            | Self::SignatureMismatch
            | Self::SignatureNotYetCurrent { .. }
            | Self::SignedHeaderMissing { .. } => ("SignatureDoesNotMatch", 403),
        }
    }
}

/// Where a request carries its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureLocation {
    /// In its Authorization header.
    Header,
    /// In its query string: it is presigned.
    Query,
}

/// A part of a credential scope that is not the expected one. `Display` is AWS's sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeMismatch {
    /// The date is not that of the signature's time.
    #[error(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{given}' != '{}', from '{signed_at}'.",
        signed_at.date()
    )]
    Date {
        /// The date in the credential.
        given: String,
        /// The time of the signature.
        signed_at: Timestamp,
    },
    /// Another region.
    #[error("Credential should be scoped to a valid region, not '{given}'.")]
    Region {
        /// The region in the credential.
        given: String,
        /// The verifier's region.
        expected: String,
    },
    /// Another service.
    #[error("Credential should be scoped to correct service: '{expected}'.")]
    Service {
        /// The verifier's service.
        expected: String,
    },
    /// Another terminator than `aws4_request`.
    #[error("Credential should be scoped with a valid terminator: 'aws4_request', not '{given}'.")]
    Terminator {
        /// The terminator in the credential.
        given: String,
    },
}

fn join(sentences: &[impl fmt::Display]) -> String {
    sentences.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn missing_text(location: SignatureLocation, names: &[&str]) -> String {
    let sentences = |before: &str, after: &str| {
        join(&names.iter().map(|name| format!("{before} '{name}'{after}.")).collect::<Vec<_>>())
    };
    match location {
        SignatureLocation::Header => sentences("Authorization header requires", " parameter"),
        SignatureLocation::Query => {
            sentences("AWS query-string parameters must include", "")
                + " Re-examine the query-string parameters."
        }
    }
}

fn percent_encoding_text(pattern: &str) -> String {
    if pattern.chars().count() < 2 {
        return "Incomplete trailing escape % sequence".into();
    }
    format!("Illegal hex character in escape % pattern: %{pattern}")
}

fn expires_rule(given: &str) -> &'static str {
    let digits = given.strip_prefix('-').unwrap_or(given);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        "should be a number"
    } else if digits.len() < given.len() {
        "must be non-negative"
    } else if digits.bytes().all(|byte| byte == b'0') {
        "must be at least 1 second"
    } else {
        "must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
    }
}

/// A time between the server's and that of the signature, which are both timestamps.
fn shifted(now: Timestamp, seconds: i64) -> Timestamp {
    let shifted = Timestamp::from_unix_timestamp(now.unix_timestamp().saturating_add(seconds));
    debug_assert!(shifted.is_ok(), "it is between two timestamps");
    shifted.unwrap_or(now)
}

/// The whole seconds of a duration.
pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// Formats a skew in minutes, as AWS does, or else in seconds.
fn minutes(skew: Duration) -> String {
    match skew.as_secs() {
        seconds if seconds % 60 == 0 => format!("{} min.", seconds / 60),
        seconds => format!("{seconds} sec."),
    }
}
