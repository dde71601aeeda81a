//! `examples/neptune/`: what it prints, what its stand-in believes, and that it trusts no server without a certificate.

#[path = "../examples/neptune/main.rs"]
#[allow(dead_code, reason = "its main is for the command line")]
mod neptune;

#[path = "neptune_example/calls.rs"]
mod calls;
#[path = "neptune_example/clients.rs"]
mod clients;
#[path = "neptune_example/socket.rs"]
mod socket;
#[path = "neptune_example/stand_in.rs"]
mod stand_in;
#[path = "neptune_example/tls.rs"]
mod tls;

use core::time::Duration;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use countersign::Signer;
use rustls::RootCertStore;
use tokio::net::TcpListener;
use tokio::time::timeout;

use self::neptune::World;
use self::neptune::stand_in::{KEY_ID, REGION, SECRET, TEMPORARY_KEY_ID, TOKEN, app};

type Env = Vec<(&'static str, &'static str)>;

struct Ran {
    code: u8,
    out: String,
    err: String,
}

/// Runs the example. Whatever it prints holds no secret.
async fn run(env: &Env, args: &[&str]) -> Ran {
    run_trusting(RootCertStore::empty(), env, args).await
}

async fn run_trusting(roots: RootCertStore, env: &Env, args: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let look_up = |name: &str| {
        let found = env.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let world = World { env: &look_up, roots, out: &mut out, err: &mut err };
    let args = ["neptune"].iter().chain(args).map(OsString::from).collect();
    let code = timeout(PATIENCE, neptune::run(args, world)).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran { code, out: text(out), err: text(err) };
    for secret in [SECRET, TOKEN, WRONG_SECRET] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{}{}", ran.out, ran.err);
    }
    ran
}

/// A stand-in that runs until the test's runtime ends, and the lines of its log.
struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start() -> Self {
        let log = Arc::<Mutex<Vec<String>>>::default();
        let lines = Arc::clone(&log);
        let app = app(move |line| lines.lock().unwrap().push(line.to_owned())).unwrap();
        let (listener, address) = listen().await;
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { address, log }
    }

    /// Runs the example against it.
    async fn run(&self, env: &Env, args: &[&str]) -> Ran {
        let port = self.address.port().to_string();
        run(env, &[&["--host", "127.0.0.1", "--plain-http", "--port", &port], args].concat()).await
    }

    fn last_line(&self) -> String {
        self.log.lock().unwrap().last().unwrap().clone()
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn long_lived() -> Env {
    vec![
        ("AWS_ACCESS_KEY_ID", KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("SERVICE_REGION", REGION),
    ]
}

fn temporary() -> Env {
    vec![
        ("AWS_ACCESS_KEY_ID", TEMPORARY_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", TOKEN),
        ("AWS_DEFAULT_REGION", REGION),
    ]
}

fn with(mut env: Env, name: &'static str, value: &'static str) -> Env {
    env.retain(|(known, _)| *known != name);
    env.push((name, value));
    env
}

fn signer(env: &Env) -> Signer {
    let look_up = |name| Some(env.iter().find(|(known, _)| *known == name)?.1.to_owned());
    Signer::neptune_from_vars(look_up).unwrap()
}

const WRONG_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYANOTHERKEY";
const PATIENCE: Duration = Duration::from_secs(20);
