//! AWS's public example keys, which its documentation uses.
//!
//! They are known to everyone, so they suit tests and demonstrations on the loopback interface, and nothing else. No
//! server knows them until they are added:
//!
//! ```
//! use countersign_testkit::{example_keys, neptune};
//!
//! # fn main() -> std::io::Result<()> {
//! let server = neptune::Server::start()?;
//! for credentials in example_keys::all() {
//!     server.add_key(credentials);
//! }
//! # Ok(())
//! # }
//! ```

use countersign::Credentials;

/// The id of a long-term access key.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";

/// The id of a temporary access key, which needs [`SESSION_TOKEN`].
pub const TEMPORARY_ACCESS_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";

/// The secret access key of both.
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// The session token of the temporary access key.
pub const SESSION_TOKEN: &str = "AQoDYXdzEJrtokenEXAMPLE/+=";

/// Returns the credentials of the long-term access key.
#[must_use]
pub fn long_term() -> Credentials {
    Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
}

/// Returns the credentials of the temporary access key.
#[must_use]
pub fn temporary() -> Credentials {
    Credentials::new(TEMPORARY_ACCESS_KEY_ID, SECRET_ACCESS_KEY).with_session_token(SESSION_TOKEN)
}

/// Returns both.
#[must_use]
pub fn all() -> [Credentials; 2] {
    [long_term(), temporary()]
}
