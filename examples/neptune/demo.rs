//! What is shown without arguments: a graph written and read by signed requests, and a forged request refused.

use std::error::Error;
use std::io::Write;

use countersign::Signer;
use countersign::neptune::Cluster;
use countersign_testkit::example_keys;
use countersign_testkit::neptune::Server;
use rustls::RootCertStore;
use serde_json::Value;

use super::call::{explain, send};
use super::client::{Answer, Client};

/// Returns the exit code: 0 if all went as it should.
pub(crate) async fn run(out: &mut dyn Write) -> Result<u8, Box<dyn Error>> {
    let server = Server::start()?;
    server.add_key(example_keys::long_term());
    writeln!(
        out,
        "# a test server for Neptune's clients on {}: Oxigraph, in memory, behind countersign's Verifier",
        server.url()
    )?;
    writeln!(out, "# for your own cluster: cargo run --example neptune -- --help\n")?;

    let cluster = Cluster::new("127.0.0.1")?.with_port(server.address().port()).with_plain_http();
    let signer = Signer::neptune(example_keys::long_term(), server.region());
    // Nothing is sent over TLS, so there is nobody to trust.
    let client = Client::new(RootCertStore::empty())?;

    writeln!(out, "1. a signed update\n{}", indented(UPDATE))?;
    let (answer, _) = send(&client, &signer, &cluster.sparql_update(UPDATE)?).await?;
    good(&answer)?;
    writeln!(out, "{}", last_request(&server)?)?;

    writeln!(out, "2. a signed query\n{}", indented(QUERY))?;
    let query = cluster.sparql(QUERY)?;
    let (answer, _) = send(&client, &signer, &query).await?;
    good(&answer)?;
    writeln!(out, "{}\n{}", last_request(&server)?, indented(&rows(&answer)?))?;

    writeln!(out, "3. the same query, but route becomes fares in transit")?;
    let signed_at = signer.now()?;
    let mut forged = query.clone();
    signer.sign_at(&mut forged, signed_at)?;
    *forged.body_mut() = str::from_utf8(forged.body())?.replace("route", "fares").into();
    let answer = client.send(forged).await?;
    write!(out, "{}", last_request(&server)?)?;
    writeln!(out, "   {} {}\n", answer.status, String::from_utf8_lossy(&answer.body))?;
    write!(out, "{}", indented(&explain(&signer, &query, signed_at, &answer)?))?;
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

/// Returns what the server says of the last request.
fn last_request(server: &Server) -> Result<String, Box<dyn Error>> {
    let requests = server.requests();
    let last = requests.last().ok_or("the server has received nothing")?;
    Ok(format!("   server: {last}\n"))
}

const UPDATE: &str = r#"PREFIX : <https://db.example/>
INSERT DATA {
  :jfk :code "JFK" ; :route :sfo .
  :lhr :code "LHR" ; :route :jfk .
  :sfo :code "SFO" .
}"#;

const QUERY: &str = "PREFIX : <https://db.example/>
SELECT ?from ?to { ?a :code ?from ; :route [ :code ?to ] } ORDER BY ?from";
