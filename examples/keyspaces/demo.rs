//! What is shown without arguments: rows that come back after a login, and two logins that are refused.

use std::error::Error;
use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign::Credentials;
use countersign::keyspaces::KeyspacesSigner;
use countersign::scylla::SigV4Authenticator;
use rustls::RootCertStore;
use time::Duration;
use tokio::net::TcpListener;

use super::certificate::{Certificate, NAME};
use super::client::{Login, Node, connect, print};
use super::stand_in::{KEY_ID, REGION, SECRET, StandIn};

const QUERY: &str = "select * from system_schema.keyspaces";

/// Of the length of the real one.
const WRONG_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYANOTHERKEY";

/// Keyspaces takes what was signed within 15 minutes.
const LATE: Duration = Duration::minutes(20);

/// Returns the exit code: 0 if all went as it should.
pub(crate) async fn run(out: &mut dyn Write) -> Result<u8, Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?.to_string();
    let certificate = Certificate::make()?;
    let log = Log::default();
    let stand_in = StandIn::new(log.writer()).serve(listener, Some(certificate.acceptor));
    let server = tokio::spawn(stand_in);
    writeln!(
        out,
        "# a stand-in for Amazon Keyspaces on {address}, over TLS, with a certificate for {NAME}"
    )?;
    writeln!(
        out,
        "# for your own: cargo run --example keyspaces --features scylla,aws-config -- --region us-east-2\n"
    )?;

    let mut roots = RootCertStore::empty();
    roots.add(certificate.authority)?;
    let log_in = async |signer: KeyspacesSigner| {
        let (address, roots) = (address.clone(), roots.clone());
        let node = Node { address, name: NAME.into(), roots };
        connect(node, Login::SigV4(SigV4Authenticator::new(signer))).await
    };
    let signer = |secret| KeyspacesSigner::new(Credentials::new(KEY_ID, secret), REGION);

    writeln!(out, "1. a signed login, then {QUERY}")?;
    let session = log_in(signer(SECRET)).await?;
    writeln!(out, "{}\n", log.first("verified, ")?)?;
    let mut rows = Vec::new();
    print(&session, QUERY, &mut rows).await?;
    writeln!(out, "{}", indented(&String::from_utf8(rows)?))?;
    drop(session);

    let late = signer(SECRET).with_clock_offset(-LATE);
    for (title, signer, verdict) in [
        ("2. the same login with a wrong secret", signer(WRONG_SECRET), "refused: the signature "),
        ("3. the same login, signed 20 minutes ago", late, "refused: login timestamp "),
    ] {
        writeln!(out, "{title}")?;
        let Err(error) = log_in(signer).await else { return Ok(1) };
        writeln!(out, "{}", log.first(verdict)?)?;
        writeln!(out, "{}", indented(&error.to_string()))?;
    }
    server.abort();
    Ok(0)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("   {line}\n")).collect()
}

/// What the stand-in says of each login. A driver logs in more than once: it has a connection for itself, and others for
/// queries.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn writer(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let log = self.clone();
        move |line| log.lines().push(format!("   stand-in: {line}"))
    }

    /// The first line of that verdict.
    fn first(&self, verdict: &str) -> Result<String, Box<dyn Error>> {
        let lines = self.lines();
        let first = lines.iter().find(|line| line.contains(verdict));
        Ok(first.cloned().ok_or_else(|| format!("the stand-in has not said '{verdict}'"))?)
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
