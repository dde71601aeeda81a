//! The login of Amazon Keyspaces: the server sends a nonce, and the client responds with a signature.
//!
//! The nonce is signed as the body of a presigned `PUT`
//! ([Amazon Keyspaces: SigV4 authentication](https://docs.aws.amazon.com/keyspaces/latest/devguide/programmatic.credentials.html)).
//! `KeyspacesSigner` signs the challenges of a server for one set of credentials.
//!
//! This example signs a challenge step by step:
//!
//! ```
//! use countersign::keyspaces::{Challenge, SERVICE};
//! use countersign::protocol::{Scope, SigningKey, Timestamp};
//!
//! let timestamp: Timestamp = "2020-06-09T22:41:51.000Z".parse()?;
//! let scope = Scope::new(timestamp.date(), "us-west-2", SERVICE)?;
//! let key = SigningKey::derive(b"UserSecretKey-1", scope)?;
//!
//! let challenge = Challenge::parse(b"nonce=91703fdc2ef562e19fbdab0f58e42fe5")?;
//! let response = challenge.sign("UserID-1", None, &key, timestamp)?;
//! let mut message = Vec::new();
//! response.write(&mut message);
//! assert!(message.starts_with(b"signature=7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod challenge;
mod endpoint;
mod error;
#[cfg(any(feature = "cdrs-tokio", feature = "scylla"))]
mod login;
mod login_response;
#[cfg(feature = "std")]
mod signer;

pub use self::challenge::{CanonicalLogin, Challenge, ChallengeResponse};
pub use self::endpoint::{PORT, dual_stack_endpoint, endpoint, fips_endpoint};
pub use self::error::LoginError;
#[cfg(any(feature = "cdrs-tokio", feature = "scylla"))]
pub use self::login::PasswordError;
#[cfg(feature = "scylla")]
pub(crate) use self::login::check_authenticator;
#[cfg(any(feature = "cdrs-tokio", feature = "scylla"))]
pub(crate) use self::login::{LoginFault, Password, respond};
pub use self::login_response::LoginResponse;
#[cfg(feature = "std")]
pub use self::signer::KeyspacesSigner;

/// The signing name of Amazon Keyspaces.
pub const SERVICE: &str = "cassandra";

/// The name of the authenticator that the server requests, for signatures and for passwords.
pub const AUTHENTICATOR_CLASS: &str = "com.amazon.helenus.auth.HelenusAuthenticator";

/// The client's first message, which requests a challenge.
pub const INITIAL_RESPONSE: &[u8] = b"SigV4\0\0";
