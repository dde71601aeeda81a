//! The four steps of Signature Version 4, pure: no clock, no I/O, no service, no HTTP library.
//!
//! | step | file | type |
//! |---|---|---|
//! | canonical request | `canonical.rs` | [`CanonicalRequest`] |
//! | string to sign | `string_to_sign.rs` | [`StringToSign`] |
//! | signing key and signature | `signing_key.rs` | [`SigningKey`], [`Signature`] |
//! | Authorization header, or query | `authorization.rs`, `presign.rs` | [`Authorization`] |
//!
//! Each text is written by one function into a [`Sink`]: into a hash, a buffer or a formatter. What is hashed and what
//! is shown cannot differ.
//!
//! ```
//! use countersign::protocol::*;
//!
//! let request = RawRequest { method: "GET", target: b"/", headers: &[("Host", b"example.amazonaws.com")] };
//! let timestamp: Timestamp = "20150830T123600Z".parse()?;
//! let scope = Scope::new(timestamp.day(), "us-east-1", "service")?;
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
mod names;
mod request;

mod authorization;
mod digest;
mod encoding;
mod payload;
mod presign;
mod rules;
mod scope;
mod scratch;
mod signing_key;
mod sink;
mod stages;
mod string_to_sign;
mod timestamp;

pub use self::authorization::Authorization;
pub(crate) use self::canonical::query::{decoded, pieces};
pub use self::canonical::{CanonicalRequest, RawRequest};
pub(crate) use self::digest::{Begun, Sha256, equal_in_constant_time};
#[cfg(feature = "neptune")]
pub(crate) use self::encoding::Encoding;
#[cfg(feature = "explain")]
pub(crate) use self::encoding::is_unreserved;
pub(crate) use self::encoding::{Decoded, find, find_broken_escape, holds, is_one_of, split};
pub use self::payload::{Payload, PayloadHash, PayloadHasher};
pub(crate) use self::presign::Parameter;
pub use self::presign::{MAX_EXPIRES, QueryAuthorization};
pub use self::rules::{
    PathEncoding, PathNormalization, PayloadHeader, Plus, PresignedPayload, Rules, SessionToken,
    SessionTokenName, SignedHeaders,
};
pub(crate) use self::scope::{ALGORITHM, TERMINATOR, check_token};
pub use self::scope::{Credential, Scope};
pub(crate) use self::scratch::Scratch;
pub use self::signing_key::{Signature, SigningKey};
pub use self::sink::Sink;
pub(crate) use self::sink::Text;
pub use self::stages::Stages;
pub use self::string_to_sign::StringToSign;
#[cfg(feature = "std")]
pub(crate) use self::timestamp::TimeForm;
pub use self::timestamp::Timestamp;
