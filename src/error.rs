//! One error per job. None holds a secret: they name the field, the header or the limit, never a value of it.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use time::OffsetDateTime;

/// Why a request has no canonical form.
///
/// What it names was refused before anything was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// The name of a header is not an HTTP token ([RFC 9110, 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#name-tokens)).
    #[error("the header name {name:?} is not an HTTP token")]
    HeaderName {
        /// The name as it was given.
        name: String,
    },
    /// A header value holds a byte that would forge a line: NUL, or a CR or LF that is not an obsolete line fold.
    #[error("the value of header {name:?} holds a CR, LF or NUL at byte {at}")]
    HeaderValue {
        /// The header's name as it was given.
        name: String,
        /// The offset in the value, from 0.
        at: usize,
    },
    /// The Host header or the authority of the URI is there, but empty.
    #[error("the host is empty")]
    HostEmpty,
    /// There is neither a Host header nor an authority in the URI.
    #[error("the request has no host: neither a Host header nor an authority in its URI")]
    HostMissing,
    /// There is more than one Host header.
    #[error("the request has more than one Host header")]
    HostRepeated,
    /// The method is not an HTTP token.
    #[error("the method {method:?} is not an HTTP token")]
    Method {
        /// The method as it was given.
        method: String,
    },
    /// The path does not begin with `/`, as that of `OPTIONS *`.
    #[error("the path does not begin with '/'")]
    PathNotAbsolute,
    /// The payload hash is not visible ASCII.
    #[error("the payload hash is empty or not visible ASCII")]
    PayloadHash,
    /// The query already holds a parameter that signing would add.
    #[error("the query already holds the parameter {name}: the request is signed already")]
    SignedAlready {
        /// The parameter's name.
        name: &'static str,
    },
    /// The target holds a byte that would forge a line: CR, LF or NUL.
    #[error("the request target holds a CR, LF or NUL at byte {at}")]
    Target {
        /// The offset in the target, from 0.
        at: usize,
    },
    /// A presigned request must not carry a session token in a header as well as in its query.
    #[error(
        "the request holds a session token in the header {name}, and the query would hold another"
    )]
    TokenRepeated {
        /// The header's name.
        name: &'static str,
    },
    /// A presigned request must not carry an Authorization header.
    #[error("the request holds an Authorization header: it cannot be presigned as well")]
    TwoAuthorizations,
}

/// Why a request was not signed. The request is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The request has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The credentials ended before the presigned URL begins.
    #[error("the credentials expired at {expired_at}")]
    CredentialsExpired {
        /// When they ended.
        expired_at: OffsetDateTime,
    },
    /// A presigned URL lives 1 second to 7 days, in whole seconds.
    #[error("a presigned URL expires in 1 to 604800 whole seconds, not in {expires:?}")]
    Expires {
        /// What was asked for.
        expires: Duration,
    },
    /// The [`HeaderMap`](https://docs.rs/http/1/http/header/struct.HeaderMap.html) cannot take the headers of a signature: it ends at 24,576 entries.
    #[error("the header map has no room for the headers of a signature")]
    HeaderMapFull,
    /// A signing key is good for one day only.
    #[error("the signing key is of {key_date}, the request of {request_date}")]
    KeyDate {
        /// The key's day, `YYYYMMDD`.
        key_date: String,
        /// The request's day, `YYYYMMDD`.
        request_date: String,
    },
    /// A signing key is good for one service only.
    #[error("the signing key is for the service {key_service}, what it is to sign for {service}")]
    KeyService {
        /// The key's service.
        key_service: String,
        /// The service that it has to be for.
        service: &'static str,
    },
    /// A part of the credential is empty.
    #[error("the {part} is empty")]
    PartEmpty {
        /// Which part.
        part: CredentialPart,
    },
    /// A part of the credential holds a byte that it must not.
    #[error("the {part} holds a byte at offset {at} that {part_rule}", part_rule = part.rule())]
    PartInvalid {
        /// Which part.
        part: CredentialPart,
        /// The offset of the first such byte, from 0.
        at: usize,
    },
    /// A part of the credential starts or ends with whitespace. It is usually the line break of the file or variable that the
    /// part was read from.
    #[error("the {part} starts or ends with whitespace: remove it")]
    SurroundingWhitespace {
        /// Which part.
        part: CredentialPart,
    },
    /// A time is outside the years 1 to 9999: the machine's clock with its offset, the end of the credentials or that
    /// of a presigned URL.
    #[error(transparent)]
    Time(#[from] TimestampError),
    /// A request can be presigned only if its URI has a scheme and a host.
    #[error("the URI has no scheme and host: a presigned URL must be absolute")]
    UriNotAbsolute,
    /// The presigned URL is longer than a [`Uri`](https://docs.rs/http/1/http/uri/struct.Uri.html) can be.
    #[error("the presigned URL has {length} bytes: a URI has at most 65534")]
    UriTooLong {
        /// The length in bytes.
        length: usize,
    },
}

/// A part of what a signature is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialPart {
    /// The access key id.
    AccessKeyId,
    /// The region.
    Region,
    /// The secret access key.
    SecretAccessKey,
    /// The service's signing name.
    Service,
    /// The session token.
    SessionToken,
}

impl CredentialPart {
    fn rule(self) -> &'static str {
        match self {
            Self::SessionToken => "cannot be sent",
            _ => "is not visible ASCII, or is '/' or ','",
        }
    }
}

impl fmt::Display for CredentialPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKeyId => "access key id",
            Self::Region => "region",
            Self::SecretAccessKey => "secret access key",
            Self::Service => "service",
            Self::SessionToken => "session token",
        })
    }
}

/// Why there are no credentials, or no region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// None of the variables that may name the region is set, or all are empty.
    #[error("no region: the environment variables {} are missing or empty", listed(variables))]
    RegionMissing {
        /// The names of the variables.
        variables: &'static [&'static str],
    },
    /// A variable is not set, or empty.
    #[error("the environment variable {name} is missing or empty")]
    VariableMissing {
        /// The variable's name.
        name: &'static str,
    },
    /// A variable is not UTF-8.
    #[error("the environment variable {name} is not UTF-8")]
    VariableNotUnicode {
        /// The variable's name.
        name: &'static str,
    },
}

/// `A, B and C`.
fn listed(names: &[&str]) -> String {
    match names {
        [names @ .., last] if !names.is_empty() => names.join(", ") + " and " + last,
        names => names.concat(),
    }
}

/// Why a challenge cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChallengeError {
    /// The nonce has not 32 bytes.
    #[error("the nonce has {length} bytes, not 32")]
    NonceLength {
        /// How many bytes came.
        length: usize,
    },
    /// There is no `nonce=` in the challenge.
    #[error("the challenge of {length} bytes holds no 'nonce='")]
    NonceMissing {
        /// The challenge's length in bytes.
        length: usize,
    },
}

/// Why there is no endpoint of Amazon Keyspaces.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The region has no endpoint whose cryptography is validated under FIPS 140.
    #[error("Amazon Keyspaces has no FIPS endpoint in the region {region:?}")]
    FipsMissing {
        /// The region.
        region: String,
    },
    /// It is not the name of a region.
    #[error("{region:?} is no region: a name of a-z, 0-9 and '-'")]
    Region {
        /// What was given.
        region: String,
    },
}

/// Why something is not a [`Timestamp`](crate::protocol::Timestamp).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The text is not of the form `YYYYMMDDTHHMMSSZ` or `YYYY-MM-DDTHH:MM:SS[.fff]Z`; for a date, `YYYYMMDD`.
    #[error("the time is not of the form YYYYMMDDTHHMMSSZ or YYYY-MM-DDTHH:MM:SSZ")]
    InvalidFormat,
    /// The time does not exist, for example on 30 February or in a leap second, or its year is not in 1 to 9999.
    #[error("the time is out of range: it does not exist, or is outside the years 1 to 9999")]
    OutOfRange,
}
