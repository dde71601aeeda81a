//! What refusals are made of: where a signature stood, and what is wrong with its scope.

use alloc::string::String;
use core::fmt;

use crate::protocol::Timestamp;

/// Where a request carries its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignaturePlace {
    /// In its Authorization header.
    Header,
    /// In its query: it is presigned.
    Query,
}

/// What is wrong with the scope of a credential. `Display` is AWS's sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeFault {
    /// The day is not that of the signature's date.
    Day {
        /// The day that the credential names.
        given: String,
        /// The signature's date.
        signed_at: Timestamp,
    },
    /// Another region.
    Region {
        /// The region that the credential names.
        given: String,
        /// The verifier's.
        expected: String,
    },
    /// Another service.
    Service {
        /// The verifier's.
        expected: String,
    },
    /// Another end than `aws4_request`.
    Terminator {
        /// The end that the credential names.
        given: String,
    },
}

impl fmt::Display for ScopeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day { given, signed_at } => {
                let day = signed_at.day();
                let day = String::from_utf8_lossy(&day);
                write!(
                    f,
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                     '{given}' != '{day}', from '{signed_at}'."
                )
            }
            Self::Region { given, .. } => {
                write!(f, "Credential should be scoped to a valid region, not '{given}'.")
            }
            Self::Service { expected } => {
                write!(f, "Credential should be scoped to correct service: '{expected}'.")
            }
            Self::Terminator { given } => write!(
                f,
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{given}'."
            ),
        }
    }
}
