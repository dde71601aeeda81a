//! What is shown without arguments: a graph written and read by signed requests, and a forged request refused.

use std::error::Error;
use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use countersign::neptune::Cluster;
use countersign::{Credentials, Signer};
use rustls::RootCertStore;
use serde_json::Value;
use tokio::net::TcpListener;

use super::call::{explain, send};
use super::client::{Answer, Client};
use super::stand_in::{self, KEY_ID, REGION, SECRET};

/// Returns the exit code: 0 if all went as it should.
pub(crate) async fn run(out: &mut dyn Write) -> Result<u8, Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let log = Log::default();
    let app = stand_in::app(log.writer())?;
    let server = tokio::spawn(async { axum::serve(listener, app).await });
    writeln!(
        out,
        "# a stand-in for Neptune on http://{address}: Oxigraph, in memory, behind countersign's Verifier"
    )?;
    writeln!(out, "# for your own cluster: cargo run --example neptune -- --help\n")?;

    let cluster = Cluster::new("127.0.0.1")?.with_port(address.port()).with_plain_http();
    let signer = Signer::neptune(Credentials::new(KEY_ID, SECRET), REGION);
    // Nothing is sent over TLS, so there is nobody to trust.
    let client = Client::new(RootCertStore::empty())?;

    writeln!(out, "1. a signed update\n{}", indented(UPDATE))?;
    let (answer, _) = send(&client, &signer, &cluster.sparql_update(UPDATE)?).await?;
    good(&answer)?;
    writeln!(out, "{}", log.take())?;

    writeln!(out, "2. a signed query\n{}", indented(QUERY))?;
    let query = cluster.sparql(QUERY)?;
    let (answer, _) = send(&client, &signer, &query).await?;
    good(&answer)?;
    writeln!(out, "{}\n{}", log.take(), indented(&rows(&answer)?))?;

    writeln!(out, "3. the same query, but route becomes fares on the way")?;
    let signed_at = signer.now()?;
    let mut forged = query.clone();
    signer.sign_at(&mut forged, signed_at)?;
    *forged.body_mut() = str::from_utf8(forged.body())?.replace("route", "fares").into();
    let answer = client.send(forged).await?;
    write!(out, "{}", log.take())?;
    writeln!(out, "   {} {}\n", answer.status, String::from_utf8_lossy(&answer.body))?;
    write!(out, "{}", indented(&explain(&signer, &query, signed_at, &answer)?))?;
    server.abort();
    Ok(if answer.status == 403 { 0 } else { 1 })
}

fn good(answer: &Answer) -> Result<(), String> {
    match answer.status {
        200 => Ok(()),
        status => Err(format!("{status} {}", String::from_utf8_lossy(&answer.body))),
    }
}

/// The results of a SELECT as a table.
fn rows(answer: &Answer) -> Result<String, Box<dyn Error>> {
    let results: Value = serde_json::from_slice(&answer.body)?;
    let names = results["head"]["vars"].as_array().ok_or("there are no variables")?;
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    let rows = results["results"]["bindings"].as_array().ok_or("there are no rows")?;
    let cells = |row: &Value| -> Vec<String> {
        let value = |name: &&str| row[name]["value"].as_str().unwrap_or_default().to_owned();
        names.iter().map(value).collect()
    };
    let mut table = vec![names.iter().map(|&name| name.to_owned()).collect()];
    table.extend(rows.iter().map(cells));
    let lines = table.iter().map(|row| {
        let cells: Vec<String> = row.iter().map(|cell| format!("{cell:<10}")).collect();
        cells.concat().trim_end().to_owned() + "\n"
    });
    Ok(lines.collect())
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".into() } else { format!("   {line}\n") };
    text.lines().map(line).collect()
}

/// What the stand-in says of each request, in its order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn writer(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let log = self.clone();
        move |line| {
            let mut text = log.0.lock().unwrap_or_else(PoisonError::into_inner);
            *text += &format!("   stand-in: {line}\n");
        }
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

const UPDATE: &str = r#"PREFIX : <https://db.example/>
INSERT DATA {
  :jfk :code "JFK" ; :route :sfo .
  :lhr :code "LHR" ; :route :jfk .
  :sfo :code "SFO" .
}"#;

const QUERY: &str = "PREFIX : <https://db.example/>
SELECT ?from ?to { ?a :code ?from ; :route [ :code ?to ] } ORDER BY ?from";
