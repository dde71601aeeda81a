//! Real drivers log in with this crate's adapters: to the test server, and to servers that break the protocol.

use core::error::Error;
use core::future::Future;
use core::net::{Ipv4Addr, SocketAddr};
use core::pin::Pin;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use cdrs_tokio::authenticators::SaslAuthenticatorProvider;
use cdrs_tokio::cluster::session::{RustlsSessionBuilder, SessionBuilder as _, TcpSessionBuilder};
use cdrs_tokio::cluster::{
    ConnectionManager, KeyspaceHolder, NodeRustlsConfigBuilder, NodeTcpConfigBuilder,
    TcpConnectionManager,
};
use cdrs_tokio::compression::Compression;
use cdrs_tokio::frame::Version;
use cdrs_tokio::frame_encoding::ProtocolFrameEncodingFactory;
use cdrs_tokio::load_balancing::RoundRobinLoadBalancingStrategy;
use cdrs_tokio::types::ByName;
use countersign::keyspaces::{AUTHENTICATOR_CLASS, KeyspacesSigner};
use countersign::{Credentials, ProvideCredentials, ProvideError, RefreshingSigner};
use countersign_testkit::Verdict;
use countersign_testkit::example_keys::{self, ACCESS_KEY_ID, TEMPORARY_ACCESS_KEY_ID};
use countersign_testkit::keyspaces::{Limits, Options, SERVER_NAME, Server};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use scylla::authentication::AuthenticatorProvider;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::errors::NewSessionError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// How long a login may take on a machine that is busy with others.
const LONG: Duration = Duration::from_secs(60);

/// What a server that is silent is given.
const PATIENCE: Duration = Duration::from_secs(1);

/// Starts a server that knows the example keys and a user.
fn start() -> Server {
    let mut limits = Limits::default();
    limits.connections = 1_000;
    let options = Options::new().with_plain_text_port(0).with_limits(limits);
    let server = Server::start_with(options).unwrap();
    example_keys::all().into_iter().for_each(|key| server.add_key(key));
    server.add_user(USER, PASSWORD);
    server
}

fn plain_text(server: &Server) -> SocketAddr {
    server.plain_text_address().unwrap()
}

fn roots(server: &Server) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(server.authority_der()).into_owned()).unwrap();
    roots
}

fn lines(server: &Server) -> BTreeSet<String> {
    server.logins().iter().map(ToString::to_string).collect()
}

/// Returns whether there were logins, all of them by one client.
fn are_all_verified(server: &Server, who: &str) -> bool {
    let (logins, verified) = (server.logins(), Verdict::Verified(who.to_owned()));
    !logins.is_empty() && logins.iter().all(|login| login.verdict == verified)
}

const USER: &str = "alice";
const PASSWORD: &str = "secret";

async fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

fn signer(credentials: Credentials) -> KeyspacesSigner {
    KeyspacesSigner::new(credentials, "us-east-2")
}

fn known() -> KeyspacesSigner {
    signer(example_keys::long_term())
}

fn known_with_token() -> KeyspacesSigner {
    signer(example_keys::temporary())
}

/// An error, and all its causes.
fn with_causes(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

mod with_scylla {
    use super::*;
    use countersign::scylla::{PasswordAuthenticator, SigV4Authenticator, tls_config};

    fn ring() -> Arc<rustls::crypto::CryptoProvider> {
        Arc::new(rustls::crypto::ring::default_provider())
    }

    async fn connect(
        address: SocketAddr,
        tls: Option<Arc<ClientConfig>>,
        provider: Arc<dyn AuthenticatorProvider>,
    ) -> Result<Session, NewSessionError> {
        connect_with(LONG, address, tls, provider).await
    }

    async fn connect_with(
        patience: Duration,
        address: SocketAddr,
        tls: Option<Arc<ClientConfig>>,
        provider: Arc<dyn AuthenticatorProvider>,
    ) -> Result<Session, NewSessionError> {
        let builder = SessionBuilder::new()
            .known_node_addr(address)
            // Which is how it notices that a server is silent, while it logs in too.
            .keepalive_interval(patience)
            .keepalive_timeout(patience)
            .authenticator_provider(provider)
            .tls_context(tls);
        timeout(LONG, builder.build()).await.expect("the driver hangs")
    }

    async fn keyspaces(session: &Session) -> BTreeSet<String> {
        let rows = session.query_unpaged("SELECT keyspace_name FROM system_schema.keyspaces", ());
        let rows = rows.await.unwrap().into_rows_result().unwrap();
        rows.rows::<(String,)>().unwrap().map(|row| row.unwrap().0).collect()
    }

    #[tokio::test]
    async fn logs_in_and_queries_over_tls_and_in_plain_text() {
        let password = PasswordAuthenticator::new(USER, PASSWORD).unwrap();
        let providers: [(Arc<dyn AuthenticatorProvider>, _); 3] = [
            (Arc::new(SigV4Authenticator::new(known())), ACCESS_KEY_ID),
            (Arc::new(SigV4Authenticator::new(known_with_token())), TEMPORARY_ACCESS_KEY_ID),
            (Arc::new(password), USER),
        ];
        for (provider, who) in providers {
            for is_tls in [false, true] {
                let served = start();
                let tls = tls_config(SERVER_NAME, roots(&served), ring()).unwrap();
                let (address, tls) = match is_tls {
                    true => (served.address(), Some(tls)),
                    false => (plain_text(&served), None),
                };
                let session = connect(address, tls, Arc::clone(&provider)).await.unwrap();
                assert!(keyspaces(&session).await.contains("system_schema"));
                assert!(are_all_verified(&served, who), "{:?}", served.logins());
            }
        }
    }

    #[tokio::test]
    async fn a_certificate_that_is_not_to_be_believed_is_refused() {
        let served = start();
        let other = start();
        for (name, server, expected) in [
            ("cassandra.us-east-2.amazonaws.com", &served, "not valid for name"),
            (SERVER_NAME, &other, "invalid peer certificate"),
        ] {
            let tls = tls_config(name, roots(server), ring()).unwrap();
            let provider = Arc::new(SigV4Authenticator::new(known()));
            let error = connect(served.address(), Some(tls), provider).await.unwrap_err();
            let error = with_causes(&error);
            assert!(error.contains(expected), "{error}");
        }
        assert!(lines(&served).is_empty());
    }

    #[tokio::test]
    async fn what_is_refused_says_why() {
        let served = start();
        let ended = example_keys::long_term().with_expiry(time::OffsetDateTime::UNIX_EPOCH);
        let providers: [(Arc<dyn AuthenticatorProvider>, _); 3] = [
            (
                Arc::new(SigV4Authenticator::new(signer(Credentials::new(
                    ACCESS_KEY_ID,
                    "another secret",
                )))),
                "the signature we calculated does not match",
            ),
            (
                Arc::new(PasswordAuthenticator::new(USER, "another secret").unwrap()),
                "the user name or the password is wrong",
            ),
            (Arc::new(SigV4Authenticator::new(signer(ended))), "credentials expired at 1970-01-01"),
        ];
        for (provider, expected) in providers {
            let error = connect(plain_text(&served), None, provider).await.unwrap_err();
            let error = with_causes(&error);
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("another secret"), "{error}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_hundred_logins_while_credentials_rotate() {
        let served = Arc::new(start());
        let vault = Arc::new(Vault::new(&served));
        let (signers, rotation) = rotating(&vault).await;
        let provider: Arc<dyn AuthenticatorProvider> = Arc::new(SigV4Authenticator::new(signers));
        let logins: Vec<_> = (0..200)
            .map(|_| tokio::spawn(connect(plain_text(&served), None, Arc::clone(&provider))))
            .collect();
        for login in logins {
            login.await.unwrap().unwrap();
        }
        rotation.abort();
        let lines = lines(&served);
        assert!(lines.len() > 5, "{lines:?}");
        assert!(lines.iter().all(|line| line.contains("verified, AKID")), "{lines:?}");
    }

    #[tokio::test]
    async fn servers_that_do_as_they_please() {
        for conduct in CONDUCTS {
            let address = misbehave(conduct.does).await;
            let begun = Instant::now();
            let provider = Arc::new(SigV4Authenticator::new(known()));
            let error = connect_with(PATIENCE, address, None, provider).await.unwrap_err();
            let error = with_causes(&error);
            assert!(error.contains(conduct.scylla_says), "{error}");
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?} {error}", begun.elapsed());
        }
    }
}

mod with_cdrs_tokio {
    use super::*;
    use countersign::cdrs_tokio::{PasswordAuthenticator, SigV4Authenticator};

    type Provider = Arc<dyn SaslAuthenticatorProvider + Send + Sync>;

    /// One connection. A session would try again and again, and tell no error.
    async fn connect(address: SocketAddr, provider: Provider) -> Result<(), String> {
        let (sender, _receiver) = tokio::sync::watch::channel(None);
        let manager = TcpConnectionManager::new(
            provider,
            Arc::new(KeyspaceHolder::new(sender)),
            Box::new(ProtocolFrameEncodingFactory),
            Compression::None,
            1024,
            true,
            Version::V4,
        );
        let connected = timeout(LONG, manager.connection(None, None, address)).await;
        let connected = connected.expect("the driver hangs");
        connected.map(drop).map_err(|error| with_causes(&error))
    }

    fn providers() -> [(Provider, &'static str); 3] {
        let password = PasswordAuthenticator::new(USER, PASSWORD).unwrap();
        [
            (Arc::new(SigV4Authenticator::new(known())), ACCESS_KEY_ID),
            (Arc::new(SigV4Authenticator::new(known_with_token())), TEMPORARY_ACCESS_KEY_ID),
            (Arc::new(password), USER),
        ]
    }

    fn names(envelope: &cdrs_tokio::frame::Envelope) -> BTreeSet<String> {
        let rows = envelope.response_body().unwrap().into_rows().unwrap();
        rows.iter().map(|row| row.r_by_name("keyspace_name").unwrap()).collect()
    }

    const SELECT: &str = "SELECT keyspace_name FROM system_schema.keyspaces";

    #[tokio::test]
    async fn logs_in_and_queries_over_tls_and_in_plain_text() {
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        for (provider, who) in providers() {
            let served = start();
            let tls = ClientConfig::builder_with_provider(Arc::clone(&ring))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots(&served))
                .with_no_client_auth();
            let tls = Arc::new(tls);
            let node = NodeTcpConfigBuilder::new()
                .with_contact_point(plain_text(&served).into())
                .with_authenticator_provider(Arc::clone(&provider))
                .build()
                .await
                .unwrap();
            let builder = TcpSessionBuilder::new(RoundRobinLoadBalancingStrategy::new(), node);
            let session = timeout(LONG, builder.build()).await.unwrap().unwrap();
            assert!(names(&session.query(SELECT).await.unwrap()).contains("system_schema"));

            let name = rustls::pki_types::ServerName::try_from(SERVER_NAME).unwrap();
            let node = NodeRustlsConfigBuilder::new(name, Arc::clone(&tls))
                .with_contact_point(served.address().into())
                .with_authenticator_provider(Arc::clone(&provider))
                .build()
                .await
                .unwrap();
            let builder = RustlsSessionBuilder::new(RoundRobinLoadBalancingStrategy::new(), node);
            let session = timeout(LONG, builder.build()).await.unwrap().unwrap();
            assert!(names(&session.query(SELECT).await.unwrap()).contains("system_schema"));
            assert!(are_all_verified(&served, who), "{:?}", served.logins());
        }
    }

    #[tokio::test]
    async fn what_is_refused_says_why() {
        let served = start();
        let ended = example_keys::long_term().with_expiry(time::OffsetDateTime::UNIX_EPOCH);
        let providers: [(Provider, _); 3] = [
            (
                Arc::new(SigV4Authenticator::new(signer(Credentials::new(
                    ACCESS_KEY_ID,
                    "another secret",
                )))),
                "the signature we calculated does not match",
            ),
            (
                Arc::new(PasswordAuthenticator::new(USER, "another secret").unwrap()),
                "the user name or the password is wrong",
            ),
            (Arc::new(SigV4Authenticator::new(signer(ended))), "credentials expired at 1970-01-01"),
        ];
        for (provider, expected) in providers {
            let error = connect(plain_text(&served), provider).await.unwrap_err();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("another secret"), "{error}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_hundred_logins_while_credentials_rotate() {
        let served = Arc::new(start());
        let vault = Arc::new(Vault::new(&served));
        let (signers, rotation) = rotating(&vault).await;
        let provider: Provider = Arc::new(SigV4Authenticator::new(signers));
        let logins: Vec<_> = (0..200)
            .map(|n| {
                let login = connect(plain_text(&served), Arc::clone(&provider));
                tokio::spawn(async move {
                    // Not all within one of the credentials' lives.
                    sleep(Duration::from_millis(n)).await;
                    login.await
                })
            })
            .collect();
        for login in logins {
            login.await.unwrap().unwrap();
        }
        rotation.abort();
        let lines = lines(&served);
        assert!(lines.len() > 5, "{lines:?}");
        assert!(lines.iter().all(|line| line.contains("verified, AKID")), "{lines:?}");
    }

    #[tokio::test]
    async fn servers_that_do_as_they_please() {
        for conduct in CONDUCTS {
            let address = misbehave(conduct.does).await;
            let provider = Arc::new(SigV4Authenticator::new(known()));
            let connecting = connect(address, provider);
            match conduct.cdrs_tokio_says {
                Some(expected) => {
                    let error = connecting.await.unwrap_err();
                    assert!(error.contains(expected), "{error}");
                }
                // The time that its user sets.
                None => assert!(timeout(PATIENCE, connecting).await.is_err()),
            }
        }
    }
}

/// Issues other credentials at each lookup, and has a server know them.
struct Vault {
    lookups: AtomicU32,
    server: Arc<Server>,
}

impl Vault {
    fn new(server: &Arc<Server>) -> Self {
        Self { lookups: AtomicU32::new(0), server: Arc::clone(server) }
    }
}

impl ProvideCredentials for Vault {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        let n = self.lookups.fetch_add(1, Ordering::Relaxed);
        let credentials = Credentials::new(format!("AKID{n}"), format!("secret-{n}"))
            .with_session_token(format!("token-{n}"));
        self.server.add_key(credentials.clone());
        Box::pin(async move { Ok(credentials) })
    }
}

/// Signers whose credentials are others every few milliseconds, and the task that sees to it.
async fn rotating(
    vault: &Arc<Vault>,
) -> (RefreshingSigner<KeyspacesSigner>, tokio::task::JoinHandle<()>) {
    let to_signer = |found| KeyspacesSigner::new(found, "us-east-2");
    let signers = RefreshingSigner::start(Arc::clone(vault), to_signer).await.unwrap();
    let rotated = signers.clone();
    let rotation = tokio::spawn(async move {
        loop {
            sleep(Duration::from_millis(3)).await;
            rotated.refresh().await.unwrap();
        }
    });
    (signers, rotation)
}

/// How a server behaves, and what comes of it.
struct Conduct {
    does: Does,
    scylla_says: &'static str,
    /// None where it would wait for ever.
    cdrs_tokio_says: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Does {
    /// Takes the connection, and says nothing.
    NeverAnswer,
    /// Says nothing once it has been asked for a challenge.
    NeverChallenge,
    /// Ends in the middle of its challenge.
    CloseMidChallenge,
    /// Sends bytes that are no message.
    Rubbish,
    /// Names another login.
    Name(&'static str),
    /// Sends this challenge, again and again.
    Challenge(&'static [u8]),
}

const CONDUCTS: &[Conduct] = &[
    Conduct {
        does: Does::NeverAnswer,
        scylla_says: "Timed out while waiting",
        cdrs_tokio_says: None,
    },
    Conduct {
        does: Does::NeverChallenge,
        scylla_says: "Timed out while waiting",
        cdrs_tokio_says: None,
    },
    Conduct {
        does: Does::CloseMidChallenge,
        scylla_says: "closed before body was read",
        cdrs_tokio_says: Some("EOF"),
    },
    Conduct {
        does: Does::Rubbish,
        scylla_says: "Failed to deserialize frame",
        cdrs_tokio_says: Some("Unknown cassandra version: 85"),
    },
    Conduct {
        does: Does::Name("org.apache.cassandra.auth.PasswordAuthenticator"),
        scylla_says: "the server wants a login by \"org.apache.cassandra.auth.PasswordAuthenticator\"",
        cdrs_tokio_says: Some("\"org.apache.cassandra.auth.PasswordAuthenticator\" got"),
    },
    Conduct {
        does: Does::Challenge(b"rubbish"),
        scylla_says: "the challenge of 7 bytes holds no 'nonce='",
        cdrs_tokio_says: Some("the challenge of 7 bytes holds no 'nonce='"),
    },
    Conduct {
        does: Does::Challenge(b"nonce=91703fdc2ef562e19fbdab0f58e42fe5"),
        scylla_says: "the server sent a challenge where none was due",
        cdrs_tokio_says: Some("the server sent a challenge where none was due"),
    },
];

async fn misbehave(does: Does) -> SocketAddr {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // An error is that of a client that went away.
            tokio::spawn(converse(stream, does));
        }
    });
    address
}

async fn converse(mut client: TcpStream, does: Does) -> std::io::Result<()> {
    loop {
        let mut head = [0; 9];
        client.read_exact(&mut head).await?;
        let [_, _, stream @ .., opcode, l1, l2, l3, l4] = head;
        let length = u32::from_be_bytes([l1, l2, l3, l4]).into();
        tokio::io::copy(&mut (&mut client).take(length), &mut tokio::io::sink()).await?;
        let answer = |opcode: u8, body: &[u8]| {
            let length = u32::try_from(body.len()).unwrap().to_be_bytes();
            [&[0x84, 0], &stream[..], &[opcode], &length, body].concat()
        };
        let name = match does {
            Does::Name(name) => name,
            _ => AUTHENTICATOR_CLASS,
        };
        let name = [&u16::try_from(name.len()).unwrap().to_be_bytes(), name.as_bytes()].concat();
        let challenge = |text: &[u8]| {
            let length = u32::try_from(text.len()).unwrap().to_be_bytes();
            answer(0x0e, &[&length, text].concat())
        };
        let answer = match (opcode, does) {
            (_, Does::NeverAnswer) => core::future::pending().await,
            (_, Does::Rubbish) => vec![0x55; 4096],
            // SUPPORTED, with no option.
            (0x05, _) => answer(0x06, &[0, 0]),
            (0x01, _) => answer(0x03, &name),
            (_, Does::Challenge(text)) => challenge(text),
            (_, Does::CloseMidChallenge) => {
                let whole = challenge(b"nonce=91703fdc2ef562e19fbdab0f58e42fe5");
                client.write_all(&whole[..20]).await?;
                return client.shutdown().await;
            }
            (_, Does::NeverChallenge | Does::Name(_)) => core::future::pending().await,
        };
        client.write_all(&answer).await?;
    }
}
