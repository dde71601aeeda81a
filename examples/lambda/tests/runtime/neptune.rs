//! A stand-in for a cluster: it verifies each request, and says what it was asked.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::{fs, io, process};

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::response::{IntoResponse, Response};
use axum::serve::{Listener, ListenerExt};
use axum::{Json, Router};
use countersign::Credentials;
use countersign::neptune::SERVICE;
use countersign::protocol::Timestamp;
use countersign::verifier::{AccessKey, Body, ErrorFormat, SKEW, Verifier};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

pub(crate) const REGION: &str = "us-east-1";

/// Blanks and digits that a parser would lose.
pub(crate) const STATUS: &str = r#"{"status": "healthy", "number": 12345678901234567890.10}"#;

pub(crate) const TURTLE: &str = "<urn:a> <urn:b> \"c\" .\n";

pub(crate) struct Neptune {
    pub(crate) port: u16,
    seen: Arc<Seen>,
}

struct Seen {
    credentials: Credentials,
    host: Mutex<Option<String>>,
    connections: AtomicU32,
}

impl Neptune {
    /// Without TLS, on 127.0.0.1.
    pub(crate) async fn start(credentials: Credentials) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        Self::serve(listener.local_addr().unwrap(), listener, credentials)
    }

    pub(crate) async fn start_with_tls(credentials: Credentials, own: &Certificate) -> Self {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (certificate, key) = (own.key.cert.der().clone(), own.key.signing_key.serialize_der());
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate], key.try_into().unwrap()).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::serve(tcp.local_addr().unwrap(), Tls { tcp, acceptor }, credentials)
    }

    fn serve(
        address: SocketAddr,
        listener: impl Listener<Addr = SocketAddr>,
        credentials: Credentials,
    ) -> Self {
        let seen =
            Arc::new(Seen { credentials, host: Mutex::default(), connections: AtomicU32::new(0) });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&seen));
        let counted = Arc::clone(&seen);
        let listener = listener.tap_io(move |_| {
            counted.connections.fetch_add(1, Ordering::Relaxed);
        });
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { port: address.port(), seen }
    }

    /// How many there were.
    pub(crate) fn connections(&self) -> u32 {
        self.seen.connections.load(Ordering::Relaxed)
    }

    /// Of the last request that verified.
    pub(crate) fn host(&self) -> Option<String> {
        self.seen.host.lock().unwrap().clone()
    }
}

async fn answer(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let verifier = Verifier::new(REGION, SERVICE, SKEW);
    let verified = verifier.read(&parts, Timestamp::now().unwrap()).and_then(|claim| {
        let credentials = Some(&seen.credentials);
        let known = credentials.filter(|known| known.access_key_id() == claim.access_key_id());
        claim.verify(&AccessKey::from_lookup(known, claim.scope()), Body::Bytes(&body))
    });
    if let Err(error) = verified {
        return error.response(ErrorFormat::Neptune, "request-id").into();
    }
    let header = |name| parts.headers.get(name).map_or("", |value| value.to_str().unwrap());
    *seen.host.lock().unwrap() = Some(header(HOST).into());
    let body = String::from_utf8(body.into()).unwrap();
    if parts.uri.path() == "/status" {
        STATUS.into_response()
    } else if body.contains("CONSTRUCT") {
        TURTLE.into_response()
    } else if body.contains("SLEEP") {
        pending().await
    } else if body.contains("MALFORMED") {
        let message = "there is no such thing";
        let error = json!({"requestId": "request-id", "code": "MalformedQueryException", "detailedMessage": message});
        (StatusCode::BAD_REQUEST, Json(error)).into_response()
    } else if body.contains("UNKNOWN") {
        StatusCode::BAD_GATEWAY.into_response()
    } else if body.contains("LARGE") {
        vec![b' '; (6 << 20) + 1].into_response()
    } else {
        let request = format!("{} {}", parts.method, parts.uri);
        let content_type = header(CONTENT_TYPE);
        Json(json!({"request": request, "content_type": content_type, "body": body}))
            .into_response()
    }
}

/// A certificate that signs itself, and a file with it.
pub(crate) struct Certificate {
    key: CertifiedKey<KeyPair>,
    file: PathBuf,
}

impl Certificate {
    pub(crate) fn of(host: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("certificate-{}-{number}.pem", process::id());
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let key = generate_simple_self_signed([host.to_owned()]).unwrap();
        fs::write(&file, key.cert.pem()).unwrap();
        Self { key, file }
    }

    pub(crate) fn file(&self) -> &str {
        self.file.to_str().unwrap()
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.tcp).await;
            // A client that does not trust the certificate hangs up.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}
