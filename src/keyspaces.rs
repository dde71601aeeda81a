//! The login of Amazon Keyspaces: a nonce comes, a signature goes back.
//!
//! The server's challenge is signed as if it were the body of a presigned `PUT`
//! ([Amazon Keyspaces: SigV4 authentication](https://docs.aws.amazon.com/keyspaces/latest/devguide/programmatic.credentials.html)).
//!
//! ```
//! use countersign::keyspaces::{Challenge, SERVICE};
//! use countersign::protocol::{Scope, SigningKey, Timestamp};
//!
//! let timestamp: Timestamp = "2020-06-09T22:41:51.000Z".parse()?;
//! let scope = Scope::new(timestamp.day(), "us-west-2", SERVICE)?;
//! let key = SigningKey::derive(b"UserSecretKey-1", scope)?;
//!
//! let challenge = Challenge::parse(b"nonce=91703fdc2ef562e19fbdab0f58e42fe5")?;
//! let reply = challenge.sign("UserID-1", None, &key, timestamp)?;
//! let mut response = Vec::new();
//! reply.write(&mut response);
//! assert!(response.starts_with(b"signature=7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod challenge;
mod claim;
mod endpoint;
mod error;
#[cfg(any(feature = "cdrs-tokio", feature = "scylla"))]
mod login;
#[cfg(feature = "std")]
mod signer;

pub use self::challenge::{Challenge, Reply};
pub use self::claim::Claim;
pub use self::endpoint::{PORT, dual_stack_endpoint, endpoint, fips_endpoint};
pub use self::error::LoginError;
#[cfg(any(feature = "cdrs-tokio", feature = "scylla"))]
pub use self::login::PasswordError;
#[cfg(feature = "scylla")]
pub(crate) use self::login::check_authenticator;
#[cfg(any(feature = "cdrs-tokio", feature = "scylla"))]
pub(crate) use self::login::{LoginFault, Password, answer};

/// The signing name of Amazon Keyspaces.
pub const SERVICE: &str = "cassandra";

/// How the server names its login, for both signatures and passwords.
pub const AUTHENTICATOR: &str = "com.amazon.helenus.auth.HelenusAuthenticator";

/// What the client sends first: it asks for a challenge.
#[must_use]
pub const fn initial_response() -> &'static [u8] {
    b"SigV4\0\0"
}
