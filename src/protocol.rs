//! The steps of Signature Version 4, pure: no clock, no I/O, no service, no HTTP library.
//!
//! | step | file | type |
//! |---|---|---|
//! | canonical request | `canonical.rs` | [`CanonicalRequest`] |
//! | string to sign | `string_to_sign.rs` | [`StringToSign`] |
//! | signing key and signature | `signing_key.rs` | [`SigningKey`], [`Signature`] |
//! | Authorization header, or query string | `authorization.rs`, `presign.rs` | [`Authorization`], [`QueryAuthorization`] |
//!
//! Each text is written by one function into a [`Sink`]: a hash, a buffer or a formatter. What is hashed and what is shown
//! cannot differ.
//!
//! This example signs a request step by step:
//!
//! ```
//! use countersign::protocol::*;
//!
//! let request = RawRequest { method: "GET", target: b"/", headers: &[("Host", b"example.amazonaws.com")] };
//! let timestamp: Timestamp = "20150830T123600Z".parse()?;
//! let scope = Scope::new(timestamp.date(), "us-east-1", "service")?;
//! let key = SigningKey::derive(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope)?;
//!
//! let canonical =
//!     CanonicalRequest::for_header(&request, PayloadHash::EMPTY, timestamp, None, &Rules::DEFAULT)?;
//! let signature = StringToSign::new(&canonical, timestamp, scope).sign(&key);
//! let credential = Credential::new("AKIDEXAMPLE", scope)?;
//! assert_eq!(
//!     Authorization::new(credential, canonical.headers(), &signature).to_string(),
//!     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
//!      SignedHeaders=host;x-amz-date, \
//!      Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod canonical;

mod authorization;
mod digest;
mod encoding;
mod names;
mod payload;
mod presign;
mod request;
mod rules;
mod scope;
mod signing_key;
mod sink;
mod stages;
mod string_to_sign;
mod timestamp;

pub use self::authorization::Authorization;
pub use self::canonical::CanonicalRequest;
pub(crate) use self::digest::{Midstate, Sha256, ct_eq};
#[cfg(feature = "explain")]
pub(crate) use self::encoding::is_unreserved;
pub(crate) use self::encoding::{PercentDecode, PercentEncoder, find_invalid_percent_encoding};
pub(crate) use self::names::{AUTHORITY, AUTHORIZATION, CONTENT_SHA256, DATE, HOST, Parameter};
pub use self::payload::{Payload, PayloadHash, PayloadHasher};
pub use self::presign::{MAX_EXPIRES, QueryAuthorization};
#[cfg(feature = "http")]
pub(crate) use self::request::Authority;
pub use self::request::RawRequest;
pub(crate) use self::request::{Request, is_ows_or_fold, split_once, trim_ows};
pub use self::rules::{
    PathEncoding, PathNormalization, PayloadHeader, Plus, PresignedPayload, Rules, SessionToken,
    SessionTokenName, SignedHeaders,
};
pub(crate) use self::scope::{ALGORITHM, TERMINATOR, check_token};
pub use self::scope::{Credential, Scope};
pub use self::signing_key::{Signature, SigningKey};
pub use self::sink::Sink;
pub(crate) use self::sink::Text;
pub use self::stages::Stages;
pub use self::string_to_sign::StringToSign;
pub(crate) use self::string_to_sign::write_string_to_sign;
pub use self::timestamp::{Date, Timestamp};
