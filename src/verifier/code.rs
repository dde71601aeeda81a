//! The codes and HTTP statuses that go with AWS's texts.

use core::fmt;

use super::error::VerifyError;

/// A code that AWS's services answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The request has expired.
    AccessDenied,
    /// A parameter of a presigned URL is out of range.
    AuthorizationQueryParametersError,
    /// The session token has expired.
    ExpiredToken,
    /// The signature cannot be read.
    IncompleteSignature,
    /// The fault is the server's.
    InternalFailure,
    /// The access key or the session token is not known.
    InvalidClientTokenId,
    /// The request is malformed.
    InvalidRequest,
    /// The query is malformed.
    MalformedQueryString,
    /// There is no signature.
    MissingAuthenticationToken,
    /// The request is over a limit.
    RequestTooLarge,
    /// The signature is not good for this request.
    SignatureDoesNotMatch,
    /// The payload is not what its hash says.
    XAmzContentSHA256Mismatch,
}

impl ErrorCode {
    /// The code as it is sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDenied",
            Self::AuthorizationQueryParametersError => "AuthorizationQueryParametersError",
            Self::ExpiredToken => "ExpiredToken",
            Self::IncompleteSignature => "IncompleteSignature",
            Self::InternalFailure => "InternalFailure",
            Self::InvalidClientTokenId => "InvalidClientTokenId",
            Self::InvalidRequest => "InvalidRequest",
            Self::MalformedQueryString => "MalformedQueryString",
            Self::MissingAuthenticationToken => "MissingAuthenticationToken",
            Self::RequestTooLarge => "RequestTooLarge",
            Self::SignatureDoesNotMatch => "SignatureDoesNotMatch",
            Self::XAmzContentSHA256Mismatch => "XAmzContentSHA256Mismatch",
        }
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::AccessDenied
            | Self::ExpiredToken
            | Self::InvalidClientTokenId
            | Self::MissingAuthenticationToken
            | Self::SignatureDoesNotMatch => 403,
            Self::MalformedQueryString => 404,
            Self::InternalFailure => 500,
            _ => 400,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl VerifyError {
    /// The code that goes with the text, in the dialect of IAM and STS. See [`response`](Self::response) for others.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::AuthenticationMissing => ErrorCode::MissingAuthenticationToken,
            Self::AlgorithmUnsupported { .. }
            | Self::AuthorizationForm
            | Self::CredentialForm { .. }
            | Self::DateForm { .. }
            | Self::PartRepeated { .. }
            | Self::PartsMissing { .. } => ErrorCode::IncompleteSignature,
            Self::BodyMismatch { .. } | Self::PayloadForm | Self::PayloadUnsigned => {
                ErrorCode::XAmzContentSHA256Mismatch
            }
            Self::BodyUnchecked | Self::KeyScope { .. } => ErrorCode::InternalFailure,
            Self::ContentSha256Missing | Self::Request(_) | Self::TargetAmbiguous { .. } => {
                ErrorCode::InvalidRequest
            }
            Self::Expired { .. } => ErrorCode::AccessDenied,
            Self::ExpiresRange { .. } => ErrorCode::AuthorizationQueryParametersError,
            Self::QueryEscape { .. } => ErrorCode::MalformedQueryString,
            Self::RequestTooLarge(_) => ErrorCode::RequestTooLarge,
            Self::TokenExpired => ErrorCode::ExpiredToken,
            Self::TokenInvalid => ErrorCode::InvalidClientTokenId,
            Self::AuthenticationTwice
            | Self::AuthorizationRepeated
            | Self::CredentialScope { .. }
            | Self::HeaderUnsigned { .. }
            | Self::HostDiffers
            | Self::HostForm
            | Self::HostUnsigned
            | Self::SignatureExpired { .. }
            | Self::SignatureMismatch
            | Self::SignatureNotYetCurrent { .. }
            | Self::SignedHeaderMissing { .. }
            | Self::SignedHeadersForm => ErrorCode::SignatureDoesNotMatch,
        }
    }

    /// The HTTP status that goes with the code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code().status()
    }
}
