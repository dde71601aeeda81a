//! The server for clients of Neptune, against clients of others.

mod clients;
mod limits;
mod server;
mod socket;

use std::time::Duration;

use bytes::Bytes;
use countersign::Signer;
use countersign::neptune::Cluster;
use countersign_testkit::neptune::{Options, Server};
use countersign_testkit::{Credentials, example_keys};
use http::{Method, Request};
use serde_json::Value;
use tokio::time::timeout;

/// Far longer than any answer takes.
const LONG: Duration = Duration::from_secs(60);

/// Starts a server that knows the example keys.
fn start() -> Server {
    start_with(Options::new())
}

fn start_with(options: Options) -> Server {
    let server = Server::start_with(options).unwrap();
    example_keys::all().into_iter().for_each(|key| server.add_key(key));
    server
}

fn cluster(server: &Server) -> Cluster {
    Cluster::new("127.0.0.1").unwrap().with_port(server.address().port()).with_plain_http()
}

fn signer(credentials: Credentials) -> Signer {
    Signer::neptune(credentials, "us-east-1")
}

fn request(server: &Server, method: Method, path: &str) -> Request<Bytes> {
    let uri = format!("{}{path}", server.url());
    Request::builder().method(method).uri(uri).body(Bytes::new()).unwrap()
}

/// Signs a request and sends it. Returns the status and the body of the answer.
async fn signed(mut request: Request<Bytes>) -> (u16, String) {
    signer(example_keys::temporary()).sign(&mut request).unwrap();
    sent(request).await
}

async fn sent(request: Request<Bytes>) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = reqwest::Request::try_from(request).unwrap();
    let response = timeout(LONG, client.execute(request)).await.unwrap().unwrap();
    (response.status().as_u16(), timeout(LONG, response.text()).await.unwrap().unwrap())
}

/// Returns the code and the message of an error, which must have Neptune's form.
fn error(body: &str) -> (String, String) {
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{body}"));
    assert_eq!(body["requestId"].as_str().unwrap().len(), 36);
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("code"), text("detailedMessage"))
}

fn last_line(server: &Server) -> String {
    server.requests().last().unwrap().to_string()
}
