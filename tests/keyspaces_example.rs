//! `examples/keyspaces/`: what it prints, whom it trusts, and what its stand-in believes.

#[path = "../examples/keyspaces/main.rs"]
#[allow(dead_code, reason = "its main is for the command line")]
mod keyspaces;

#[path = "keyspaces_example/command_line.rs"]
mod command_line;
#[path = "keyspaces_example/stand_in.rs"]
mod stand_in;
#[path = "keyspaces_example/wire.rs"]
mod wire;

use core::time::Duration;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::{env, fs, process};

use rustls::RootCertStore;
use tokio::net::TcpListener;
use tokio::time::timeout;

use self::keyspaces::World;
use self::keyspaces::certificate::{Certificate, NAME};
use self::keyspaces::stand_in::{KEY_ID, REGION, SECRET, StandIn, TOKEN};

type Env = Vec<(&'static str, &'static str)>;

struct Ran {
    code: u8,
    out: String,
    err: String,
}

/// Runs the example, which trusts nobody by itself. Whatever it prints holds no secret.
async fn run(env: &Env, args: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let look_up = |name: &str| {
        let found = env.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let roots = RootCertStore::empty();
    let world = World { env: &look_up, roots, out: &mut out, err: &mut err };
    let args = ["keyspaces"].iter().chain(args).map(OsString::from).collect();
    let code = timeout(PATIENCE, keyspaces::run(args, world)).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran { code, out: text(out), err: text(err) };
    for secret in [SECRET, TOKEN, WRONG_SECRET, WRONG_PASSWORD] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{}{}", ran.out, ran.err);
    }
    ran
}

/// A stand-in over TLS that runs until the test's runtime ends, its authority in a file, and the lines of its log.
struct Server {
    address: SocketAddr,
    ca_file: PathBuf,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start() -> Self {
        let certificate = Certificate::make().unwrap();
        let (listener, address) = listen().await;
        let ca_file = format!("keyspaces-example-{}-{}.pem", process::id(), address.port());
        let ca_file = env::temp_dir().join(ca_file);
        fs::write(&ca_file, certificate.authority_pem).unwrap();
        let log = Arc::<Mutex<Vec<String>>>::default();
        let lines = Arc::clone(&log);
        let stand_in = StandIn::new(move |line| lines.lock().unwrap().push(line.to_owned()));
        tokio::spawn(stand_in.serve(listener, Some(certificate.acceptor)));
        Self { address, ca_file, log }
    }

    /// Runs the example against it.
    async fn run(&self, env: &Env, args: &[&str]) -> Ran {
        let (port, ca_file) = (self.address.port().to_string(), self.ca_file.to_str().unwrap());
        let to = ["--endpoint", "127.0.0.1", "--port", &port, "--server-name", NAME];
        run(env, &[&to[..], &["--ca-file", ca_file], args].concat()).await
    }

    /// What it says of a login, which is the same for each of a driver's connections.
    fn verdict(&self) -> String {
        let mut lines = std::mem::take(&mut *self.log.lock().unwrap());
        lines.dedup();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.remove(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        fs::remove_file(&self.ca_file).unwrap();
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
        ("AWS_DEFAULT_REGION", REGION),
    ]
}

const WRONG_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYANOTHERKEY";
const WRONG_PASSWORD: &str = "not her password";
const PATIENCE: Duration = Duration::from_secs(30);
