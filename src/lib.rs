#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    warn(
        clippy::alloc_instead_of_core,
        clippy::dbg_macro,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::std_instead_of_alloc,
        clippy::std_instead_of_core,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used,
    )
)]

#[cfg(not(feature = "rustcrypto"))]
compile_error!("countersign needs a hash backend: enable its feature `rustcrypto`");

#[macro_use]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(any(feature = "aws-config", feature = "cdrs-tokio", feature = "scylla"))]
mod adapters;
#[cfg(feature = "arbitrary")]
pub mod arbitrary;
#[cfg(feature = "std")]
mod clock;
mod credentials;
mod error;
#[cfg(feature = "explain")]
pub mod explain;
#[cfg(feature = "http")]
mod http;
pub mod keyspaces;
#[cfg(feature = "neptune")]
pub mod neptune;
pub mod protocol;
#[cfg(feature = "std")]
mod provider;
#[cfg(feature = "tokio")]
mod refreshing_signer;
#[cfg(feature = "std")]
mod signer;
pub mod verifier;

#[cfg(feature = "aws-config")]
pub use self::adapters::aws_config;
#[cfg(feature = "cdrs-tokio")]
pub use self::adapters::cdrs_tokio;
#[cfg(feature = "scylla")]
pub use self::adapters::scylla;
#[cfg(feature = "std")]
pub use self::clock::clock_offset;
pub use self::credentials::Credentials;
pub use self::error::{
    CanonicalError, ChallengeError, CredentialPart, CredentialsError, EndpointError, SignError,
    TimestampError,
};
#[cfg(feature = "http")]
pub use self::http::{AsPayload, PresignedUrl};
pub use self::protocol::Stages;
#[cfg(feature = "std")]
pub use self::provider::{EnvCredentials, ProvideCredentials, ProvideError};
#[cfg(feature = "tokio")]
pub use self::refreshing_signer::{Refreshable, RefreshingSigner};
#[cfg(feature = "std")]
pub use self::signer::{PresignedQuery, SignatureHeader, SignatureHeaders, SignedRequest, Signer};
pub use self::verifier::{Verifier, VerifyError};

/// The times of [`Credentials::with_expiry`] and of `Signer::with_clock_offset` are of this crate.
pub use time;
