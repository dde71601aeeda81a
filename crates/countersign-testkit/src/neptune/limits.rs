//! What the server takes.

use std::time::Duration;

/// How much the server takes, so that it can be left running whatever clients send.
///
/// The bounds of time and memory hold for each query, and [`queries`](Self::queries) of them run at once. See
/// [the module](super) for what cannot be bounded.
///
/// # Example
///
/// This example starts a server on which queries end soon:
///
/// ```
/// use std::time::Duration;
///
/// use countersign_testkit::neptune::{Limits, Options, Server};
///
/// # fn main() -> std::io::Result<()> {
/// let mut limits = Limits::default();
/// limits.query_time = Duration::from_millis(200);
/// let server = Server::start_with(Options::new().with_limits(limits))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The connections that are served at once. Others wait until one is free. Default: 64.
    pub connections: usize,
    /// How long a client may take to send the head of a request, and how long a connection without a request is kept.
    /// Default: 30 seconds.
    pub head_time: Duration,
    /// The size of a request line and header fields together, in bytes. A larger head is answered with status 431.
    /// Default: 32 KiB; what is larger than 60 KiB or has more than 256 fields is answered by the HTTP library itself,
    /// without a body.
    pub head_bytes: usize,
    /// How long a client may take to send a body, and to take an answer. Default: 30 seconds.
    pub body_time: Duration,
    /// The size of a body, in bytes. A larger one is answered with status 413. Default: 4 MiB.
    pub body_bytes: usize,
    /// How long a WebSocket without messages is kept. Default: 20 minutes, as Neptune has it.
    pub socket_idle_time: Duration,
    /// The size of a message on a WebSocket, in bytes. Default: 64 KiB.
    pub message_bytes: usize,
    /// The queries and updates that run at once. Others wait, as long as a query may run. Default: 4.
    pub queries: usize,
    /// How long a query may run. Clients can ask for less with the parameter `timeout`. Default: 10 seconds.
    pub query_time: Duration,
    /// The size of a query or an update, in bytes. Larger graphs go to `/sparql/gsp/`. Default, and the most there is:
    /// 16 KiB.
    pub query_bytes: usize,
    /// How many bytes of intermediate results a query may produce, as far as that can be estimated. Default: 256 MiB.
    pub query_memory: usize,
    /// The rows or triples in an answer. Default: 100,000.
    pub answer_rows: usize,
    /// The size of an answer, in bytes. Default: 16 MiB.
    pub answer_bytes: usize,
    /// The size of all graphs together, in bytes, as far as that can be estimated. Default: 256 MiB.
    pub stored_bytes: usize,
    /// The requests that [`Server::requests`](super::Server::requests) returns. Older ones are forgotten. Default: 1,000.
    pub recorded_requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            head_time: Duration::from_secs(30),
            head_bytes: 32 << 10,
            body_time: Duration::from_secs(30),
            body_bytes: 4 << 20,
            socket_idle_time: Duration::from_secs(20 * 60),
            message_bytes: 64 << 10,
            queries: 4,
            query_time: Duration::from_secs(10),
            query_bytes: MAX_QUERY_BYTES,
            query_memory: 256 << 20,
            answer_rows: 100_000,
            answer_bytes: 16 << 20,
            stored_bytes: 256 << 20,
            recorded_requests: 1_000,
        }
    }
}

/// Oxigraph calls itself for each operator. In a debug build each `1+` takes about 40 KB of a query's stack, which
/// holds 16 KiB of them.
pub(crate) const MAX_QUERY_BYTES: usize = 16 << 10;
