//! A test server for clients of Amazon Keyspaces: a CQL server that demands a login by AWS Signature Version 4, or with a
//! user name and a password.
//!
//! [`Server::start`] starts one. It speaks version 4 of CQL's binary protocol over TLS, challenges clients as Keyspaces does,
//! verifies their responses with countersign, and records every login.
//!
//! It is not a database: a client that has logged in can read the tables `system.*` and `system_schema.*`, which drivers
//! read, with `SELECT … FROM keyspace.table WHERE name = 'text'`. The keyspaces in them are the system's own and `example`,
//! which is empty.
//!
//! # TLS
//!
//! When it starts, the server makes a certificate for the name [`SERVER_NAME`], and an authority that signs it. Clients
//! trust the authority by [`Server::authority_pem`], [`Server::authority_der`] or [`Server::authority_file`]. They connect to
//! [`Server::address`], which is not a name in the certificate, so drivers must be told the name, as for Keyspaces itself.
//!
//! # Left running
//!
//! A server can be left running whatever clients send: [`Limits`] bound the time, the number and the size of what they send
//! and get.

mod certificate;
mod connection;
mod frame;
mod limits;
mod login;
mod rows;
mod select;
mod tables;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use countersign::Credentials;

pub use self::limits::Limits;
pub use self::login::{Mechanism, ReceivedLogin};

use self::certificate::{AuthorityFile, Certificate};
use self::login::Accounts;
use self::tables::{Table, tables};
use crate::journal::{Journal, Log};
use crate::server_thread::{Listener, ServerThread};

/// The name in the certificate.
pub const SERVER_NAME: &str = "localhost";

/// A running server. Dropping it stops the server.
///
/// The server has a thread of its own, so it answers clients that block, too.
///
/// # Example
///
/// This example shows what a client needs, here for a driver that reads the authority from a file:
///
/// ```
/// use countersign_testkit::{example_keys, keyspaces};
///
/// # fn main() -> std::io::Result<()> {
/// let server = keyspaces::Server::start()?;
/// server.add_key(example_keys::long_term());
/// server.add_user("alice", "password");
///
/// let (node, name) = (server.address(), keyspaces::SERVER_NAME);
/// println!("connect to {node}, trusting {} for {name}", server.authority_file().display());
///
/// // After the client has logged in:
/// for login in server.logins() {
///     assert!(login.verdict.is_verified(), "{login}");
/// }
/// # Ok(())
/// # }
/// ```
pub struct Server {
    // The thread is dropped first: nobody needs the authority any more.
    _thread: ServerThread,
    address: SocketAddr,
    plain_text_address: Option<SocketAddr>,
    authority_der: Vec<u8>,
    authority_pem: String,
    authority_file: AuthorityFile,
    shared: Arc<Shared>,
}

/// What all connections share.
struct Shared {
    accounts: Accounts,
    journal: Journal<ReceivedLogin>,
    limits: Limits,
    tables: Vec<Table>,
}

impl Server {
    /// Starts a server on a free port of the loopback interface, in the region us-east-2. It knows no access key and no user
    /// yet.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system has no socket, thread or temporary folder for it.
    pub fn start() -> io::Result<Self> {
        Self::start_with(Options::new())
    }

    /// Starts a server with options.
    ///
    /// # Errors
    ///
    /// Returns an error if a port is taken, or if the operating system has no socket, thread or temporary folder for the
    /// server.
    pub fn start_with(options: Options) -> io::Result<Self> {
        let Options { port, plain_text_port, region, limits, log } = options;
        let certificate = Certificate::make()?;
        let authority_file = AuthorityFile::create(&certificate.authority_pem)?;
        let listener = Listener::bind(port)?;
        let plain_text = plain_text_port.map(Listener::bind).transpose()?;
        let (address, plain_text_address) =
            (listener.address, plain_text.as_ref().map(|it| it.address));
        let shared = Arc::new(Shared {
            tables: tables(&region),
            accounts: Accounts::new(region),
            journal: Journal::new(limits.recorded_logins, log),
            limits,
        });
        let (serving, acceptor) = (Arc::clone(&shared), certificate.acceptor);
        let thread = ServerThread::start("testkit-keyspaces", move || async move {
            let over_tls = serve(listener, Some(acceptor), &serving);
            match plain_text {
                Some(plain_text) => {
                    tokio::join!(over_tls, serve(plain_text, None, &serving));
                }
                None => over_tls.await,
            }
        })?;
        let Certificate { authority_der, authority_pem, .. } = certificate;
        Ok(Self {
            _thread: thread,
            address,
            plain_text_address,
            authority_der,
            authority_pem,
            authority_file,
            shared,
        })
    }

    /// Returns the address on which the server listens for TLS.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address for clients without TLS, if [`Options::with_plain_text_port`] asked for one.
    #[must_use]
    pub fn plain_text_address(&self) -> Option<SocketAddr> {
        self.plain_text_address
    }

    /// Returns the region that logins are signed for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.shared.accounts.region
    }

    /// Returns the certificate of the authority that clients must trust, in DER.
    #[must_use]
    pub fn authority_der(&self) -> &[u8] {
        &self.authority_der
    }

    /// Returns the certificate of the authority that clients must trust, in PEM.
    #[must_use]
    pub fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// Returns a file with [`authority_pem`](Self::authority_pem), which only the current user can read. It is removed when
    /// the server is dropped.
    #[must_use]
    pub fn authority_file(&self) -> &Path {
        self.authority_file.path()
    }

    /// Adds an access key, or replaces the one with the same id. If the credentials have a session token, logins must send
    /// it.
    pub fn add_key(&self, credentials: Credentials) {
        self.shared.accounts.keys.add(credentials);
    }

    /// Removes an access key.
    pub fn remove_key(&self, access_key_id: &str) {
        self.shared.accounts.keys.remove(access_key_id);
    }

    /// Adds a user, or replaces the password of the one with the same name.
    pub fn add_user(&self, name: impl Into<String>, password: impl Into<String>) {
        self.shared.accounts.add_user(name.into(), password.into());
    }

    /// Returns the logins that the server has answered, in their order. The number of them is bounded by
    /// [`Limits::recorded_logins`].
    #[must_use]
    pub fn logins(&self) -> Vec<ReceivedLogin> {
        self.shared.journal.entries()
    }
}

async fn serve(listener: Listener, tls: Option<tokio_rustls::TlsAcceptor>, shared: &Arc<Shared>) {
    let most = shared.limits.connections;
    let serve = |stream| {
        let connection = connection::serve(stream, tls.clone(), Arc::clone(shared));
        async {
            // An error is that of a client, which learns of it when its connection is closed.
            let _ = connection.await;
        }
    };
    listener.serve(most, serve).await;
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// How to start a [`Server`].
#[derive(Clone)]
#[must_use]
pub struct Options {
    port: u16,
    plain_text_port: Option<u16>,
    region: String,
    limits: Limits,
    log: Option<Log<ReceivedLogin>>,
}

impl Options {
    /// Options as [`Server::start`] has them.
    pub fn new() -> Self {
        let (region, limits) = ("us-east-2".to_owned(), Limits::default());
        Self { port: 0, plain_text_port: None, region, limits, log: None }
    }

    /// Listens for TLS on this port, instead of any that is free.
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Listens for clients without TLS, too, on this port; 0 is any that is free.
    pub fn with_plain_text_port(mut self, port: u16) -> Self {
        self.plain_text_port = Some(port);
        self
    }

    /// Verifies logins that are signed for this region.
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Takes this much.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Calls a function with each login, before it is answered.
    pub fn with_log(mut self, log: impl Fn(&ReceivedLogin) + Send + Sync + 'static) -> Self {
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
        let Self { port, plain_text_port, region, limits, .. } = self;
        f.debug_struct("Options")
            .field("port", port)
            .field("plain_text_port", plain_text_port)
            .field("region", region)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}
