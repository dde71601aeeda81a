//! What is shown without arguments: rows that come back after a login, and two logins that are refused.

use std::error::Error;
use std::io::Write;

use countersign::Credentials;
use countersign::keyspaces::KeyspacesSigner;
use countersign::scylla::SigV4Authenticator;
use countersign_testkit::example_keys::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use countersign_testkit::keyspaces::{SERVER_NAME, Server};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use time::Duration;

use super::client::{Login, Node, connect, print};

const QUERY: &str = "select * from system_schema.keyspaces";

/// Of the length of the real one.
const WRONG_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYANOTHERKEY";

/// Keyspaces takes what was signed within 15 minutes.
const LATE: Duration = Duration::minutes(20);

/// Returns the exit code: 0 if all went as it should.
pub(crate) async fn run(out: &mut dyn Write) -> Result<u8, Box<dyn Error>> {
    let server = Server::start()?;
    server.add_key(Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    let address = server.address().to_string();
    writeln!(
        out,
        "# a test server for clients of Amazon Keyspaces on {address}, over TLS, with a certificate for {SERVER_NAME}"
    )?;
    writeln!(
        out,
        "# for your own: cargo run --example keyspaces --features scylla,aws-config -- --region us-east-2\n"
    )?;

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(server.authority_der()).into_owned())?;
    let log_in = async |signer: KeyspacesSigner| {
        let (address, roots) = (address.clone(), roots.clone());
        let node = Node { address, name: SERVER_NAME.into(), roots };
        connect(node, Login::SigV4(SigV4Authenticator::new(signer))).await
    };
    let signer =
        |secret| KeyspacesSigner::new(Credentials::new(ACCESS_KEY_ID, secret), server.region());

    writeln!(out, "1. a signed login, then {QUERY}")?;
    let session = log_in(signer(SECRET_ACCESS_KEY)).await?;
    writeln!(out, "{}\n", first(&server, "verified, ")?)?;
    let mut rows = Vec::new();
    print(&session, QUERY, &mut rows).await?;
    writeln!(out, "{}", indented(&String::from_utf8(rows)?))?;
    drop(session);

    let late = signer(SECRET_ACCESS_KEY).with_clock_offset(-LATE);
    for (title, signer, verdict) in [
        ("2. the same login with a wrong secret", signer(WRONG_SECRET), "refused: the signature "),
        ("3. the same login, signed 20 minutes ago", late, "refused: login timestamp "),
    ] {
        writeln!(out, "{title}")?;
        let Err(error) = log_in(signer).await else { return Ok(1) };
        writeln!(out, "{}", first(&server, verdict)?)?;
        writeln!(out, "{}", indented(&error.to_string()))?;
    }
    Ok(0)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("   {line}\n")).collect()
}

/// Returns what the server says of the first login with a verdict. A driver logs in more than once: it has a connection for
/// itself, and others for queries.
fn first(server: &Server, verdict: &str) -> Result<String, Box<dyn Error>> {
    let lines = server.logins().into_iter().map(|login| format!("   server: {login}"));
    let first = lines.into_iter().find(|line| line.contains(verdict));
    Ok(first.ok_or_else(|| format!("the server has not said '{verdict}'"))?)
}
