//! A test server for clients of Amazon Neptune: a SPARQL database that demands AWS Signature Version 4.
//!
//! [`Server::start`] starts one. It verifies every request with countersign's [`Verifier`], answers with the status, the codes
//! and the error bodies of Neptune, and records what it has received.
//!
//! | path | what it does |
//! |---|---|
//! | `/sparql` | queries and updates, computed by [Oxigraph](https://docs.rs/oxigraph) in memory |
//! | `/sparql/gsp/` | graphs, read and written as Turtle, N-Triples or N-Quads |
//! | `/status` | the status of a healthy instance |
//! | `/gremlin` | over HTTP and WebSocket (GraphSON 2 and 3): constants such as `1+1`, and traversals of an empty graph |
//! | `/openCypher`, `/loader` and the rest of the data plane | an empty JSON object |
//!
//! It is not a Neptune cluster: there are no policies, so every key may do everything; there is no property graph; it
//! speaks plain HTTP, on the loopback interface only; and it does not read RDF/XML.
//!
//! # Left running
//!
//! A server can be left running whatever clients send: [`Limits`] bound the time, the memory and the number of what they
//! can make it do. These bounds are not exact:
//!
//! - Memory is an estimate of what a query produces in all its steps. A query may take twice the estimate.
//! - A query is interrupted between two rows, or when it reads the store. Parsing it, planning it and sorting its rows
//!   cannot be interrupted. Queries that take long to parse or to plan are rejected; what remains takes up to a few seconds
//!   in a debug build. In these seconds a query counts as running, although its client has been answered.
//! - A head that the HTTP library does not take is answered by it, without a body.

mod answer;
mod budget;
mod connection;
mod database;
mod form;
mod graph_store;
mod graphs;
mod gremlin;
mod limits;
mod meter;
mod query_text;
mod rejection;
mod routes;
mod sparql;
mod status;
mod traversal;
mod turtle;
mod verification;
mod workers;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use countersign::Credentials;
use countersign::verifier::{self, SKEW, Verifier};

pub use self::limits::Limits;

use self::database::Database;
use self::routes::router;
use self::verification::Guard;
use self::workers::Workers;
use crate::access_keys::AccessKeys;
use crate::journal::{Journal, Log, Verdict};
use crate::server_thread::{Listener, ServerThread};

/// The signing name of Neptune.
const SERVICE: &str = "neptune-db";

/// A running server. Dropping it stops the server.
///
/// The server has a thread of its own, so it answers clients that block, too.
///
/// # Example
///
/// This example sends a signed query, and one that nobody signed:
///
/// ```
/// use countersign::Signer;
/// use countersign_testkit::{example_keys, neptune};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = neptune::Server::start()?;
/// server.add_key(example_keys::long_term());
///
/// let mut request = http::Request::get(format!("{}/sparql?query=ASK%20%7B%7D", server.url())).body("")?;
/// let client = reqwest::Client::new();
/// let unsigned = client.execute(request.clone().try_into()?).await?;
/// assert_eq!(unsigned.status(), 403);
///
/// Signer::neptune(example_keys::long_term(), server.region()).sign(&mut request)?;
/// let signed = client.execute(request.try_into()?).await?;
/// assert_eq!(signed.text().await?, r#"{"head":{},"boolean":true}"#);
///
/// let received = server.requests();
/// assert!(!received[0].verdict.is_verified());
/// assert_eq!(received[1].to_string(), "GET /sparql: verified, AKIAIOSFODNN7EXAMPLE: 200");
/// # Ok(())
/// # }
/// ```
pub struct Server {
    // The fields are dropped in their order: the workers wait for threads whose queries end with the server's.
    _thread: ServerThread,
    _workers: Arc<Workers>,
    address: SocketAddr,
    url: String,
    region: String,
    keys: AccessKeys,
    journal: Arc<Journal<ReceivedRequest>>,
}

impl Server {
    /// Starts a server on a free port of the loopback interface, in the region us-east-1. It knows no access key yet.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system has no socket or thread for it.
    pub fn start() -> io::Result<Self> {
        Self::start_with(Options::new())
    }

    /// Starts a server with options.
    ///
    /// # Errors
    ///
    /// Returns an error if the port is taken, or if the operating system has no socket or thread for the server.
    pub fn start_with(options: Options) -> io::Result<Self> {
        let Options { port, region, limits, log } = options;
        let limits = Arc::new(limits);
        let journal = Arc::new(Journal::new(limits.recorded_requests, log));
        let keys = AccessKeys::default();
        let guard = Guard {
            verifier: Verifier::new(&*region, SERVICE, SKEW).with_limits(VERIFIER_LIMITS),
            keys: keys.clone(),
            journal: Arc::clone(&journal),
            limits: Arc::clone(&limits),
        };
        let database = Database::new(Arc::clone(&limits)).map_err(io::Error::other)?;
        let workers = database.workers();
        let router = router(database, guard)?;
        let listener = Listener::bind(port)?;
        let address = listener.address;
        let thread = ServerThread::start("testkit-neptune", move || {
            let most = limits.connections;
            listener.serve(most, move |stream| {
                connection::serve(stream, router.clone(), Arc::clone(&limits))
            })
        })?;
        let url = format!("http://{address}");
        Ok(Self { _thread: thread, _workers: workers, address, url, region, keys, journal })
    }

    /// Returns the URL without a path, such as `http://127.0.0.1:43210`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address on which the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the region that requests are signed for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Adds an access key, or replaces the one with the same id. If the credentials have a session token, requests must
    /// send it.
    pub fn add_key(&self, credentials: Credentials) {
        self.keys.add(credentials);
    }

    /// Removes an access key.
    pub fn remove_key(&self, access_key_id: &str) {
        self.keys.remove(access_key_id);
    }

    /// Returns the requests that the server has answered, in their order. The number of them is bounded by
    /// [`Limits::recorded_requests`].
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.journal.entries()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A request that the server has answered.
///
/// [`Display`](fmt::Display) writes it in a line, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// The method.
    pub method: String,
    /// The path, without the query. Only the first 1,024 characters are kept.
    pub path: String,
    /// Who signed the request, or why nobody did.
    pub verdict: Verdict,
    /// The status code of the answer.
    pub status: u16,
    /// The code and the message of the answer, if it is an error.
    pub error: Option<String>,
}

impl fmt::Display for ReceivedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.path)?;
        match &self.verdict {
            Verdict::Verified(access_key_id) => write!(f, "verified, {access_key_id}: ")?,
            Verdict::Rejected(_) => f.write_str("refused: ")?,
        }
        match &self.error {
            Some(error) => write!(f, "{} {error}", self.status),
            None => write!(f, "{}", self.status),
        }
    }
}

/// How to start a [`Server`].
#[derive(Clone)]
#[must_use]
pub struct Options {
    port: u16,
    region: String,
    limits: Limits,
    log: Option<Log<ReceivedRequest>>,
}

impl Options {
    /// Options as [`Server::start`] has them.
    pub fn new() -> Self {
        Self { port: 0, region: "us-east-1".to_owned(), limits: Limits::default(), log: None }
    }

    /// Listens on this port, instead of any that is free.
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Verifies requests that are signed for this region.
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Takes this much.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Calls a function with each request, before it is answered.
    pub fn with_log(mut self, log: impl Fn(&ReceivedRequest) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, region, limits, .. } = self;
        f.debug_struct("Options")
            .field("port", port)
            .field("region", region)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}

/// The server's own limit of a head comes first, so these are as large as the HTTP library allows.
const VERIFIER_LIMITS: verifier::Limits =
    verifier::Limits::DEFAULT.with_max_authorization_bytes(64 << 10).with_max_parameters(20_000);
