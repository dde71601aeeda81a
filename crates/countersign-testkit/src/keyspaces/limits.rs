//! What the server takes.

use std::time::Duration;

/// How much the server takes, so that it can be left running whatever clients send.
///
/// # Example
///
/// This example starts a server that closes connections which do not log in soon:
///
/// ```
/// use std::time::Duration;
///
/// use countersign_testkit::keyspaces::{Limits, Options, Server};
///
/// # fn main() -> std::io::Result<()> {
/// let mut limits = Limits::default();
/// limits.login_time = Duration::from_secs(1);
/// let server = Server::start_with(Options::new().with_limits(limits))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The connections that are served at once on each port. Others wait until one is free. Default: 256.
    pub connections: usize,
    /// How long a client may take for TLS, and then to log in. Default: 10 seconds.
    pub login_time: Duration,
    /// How long a connection without requests is kept, and how long a client may take to send a request and to take the
    /// answer. Default: 20 minutes.
    pub idle_time: Duration,
    /// The size of a request's body, in bytes. Default: 256 KiB.
    pub body_bytes: usize,
    /// The size of an answer's body, in bytes. Default: 1 MiB.
    pub answer_bytes: usize,
    /// The logins that [`Server::logins`](super::Server::logins) returns. Older ones are forgotten. Default: 1,000.
    pub recorded_logins: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            login_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(20 * 60),
            body_bytes: 256 << 10,
            answer_bytes: 1 << 20,
            recorded_logins: 1_000,
        }
    }
}
