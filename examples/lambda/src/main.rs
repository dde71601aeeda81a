//! A Lambda function: sends one request to a cluster of Amazon Neptune, signed, and returns what the cluster answers.
//!
//! ```json
//! {"host": "db.example", "method": "POST", "query_type": "opencypher", "query": "MATCH (n) RETURN n LIMIT 1"}
//! ```
//!
//! | `query_type` | `method` | `query` |
//! |---|---|---|
//! | `status` | GET | none |
//! | `gremlin`, `sparql`, `opencypher` | GET or POST | the query |
//! | `sparqlupdate` | POST | the update |
//! | `loader` | GET | none, or parameters as JSON: `{"loadId": "…", "details": true}` |
//! | `loader` | POST | the load, as JSON |
//!
//! The port is 8182, unless it is given as `port` or in `host`. Behind a tunnel, `signed_host` is the cluster's own host and
//! port. The region is the function's, or that of the variable SERVICE_REGION; the credentials are those of its role. It
//! speaks TLS, but to a loopback address, as tests have it, plain HTTP. Whoever may invoke it can do all that its role may do.
//!
//! ```sh
//! cargo build --release    # here, on the system that it is to run on: the runtime provided.al2023
//! zip -j function.zip target/release/bootstrap    # the name of the handler does not matter
//! ```

mod event;

use std::error::Error;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::Signer;
use countersign::explain::Answer;
use countersign::protocol::{Payload, RawRequest, Timestamp};
use http::Request;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::timeout;

/// The most that Lambda returns, in bytes.
const MAX_ANSWER: usize = 6 << 20;

/// So long before Lambda ends the function, it says itself that there is no answer.
const MARGIN: Duration = Duration::from_millis(500);

type Http = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let tls = HttpsConnectorBuilder::new().with_native_roots()?;
    // Between two events the process is frozen, and a connection that was kept dies unnoticed.
    let http = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(tls.https_or_http().enable_http1().build());
    run(service_fn(|event| handle(&http, event))).await
}

async fn handle(http: &Http, event: LambdaEvent<Value>) -> Result<Box<RawValue>, Diagnostic> {
    let (event, context) = event.into_parts();
    let left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let answer = timeout(left.saturating_sub(MARGIN), answer(http, &event)).await;
    let no_answer = |_| Err(fault(UNREACHABLE, "no answer before the function's time was over"));
    answer.unwrap_or_else(no_answer).inspect_err(|error| {
        // What failed; how and why, with the text of a query by GET, is for the caller.
        let line = error.error_message.lines().next().unwrap_or_default();
        eprintln!("{} {}: {}", context.request_id, error.error_type, line.escape_debug());
    })
}

async fn answer(http: &Http, event: &Value) -> Result<Box<RawValue>, Diagnostic> {
    let unsigned = event::request(event).map_err(|error| fault("EventInvalid", error))?;
    // For each event anew: whoever sends it is told what is missing.
    let environment = |error: &dyn Error| fault("EnvironmentInvalid", error);
    let signer = Signer::neptune_from_env().map_err(|error| environment(&error))?;
    let now = signer.now().map_err(|error| environment(&error))?;
    let mut signed = unsigned.clone();
    signer.sign_at(&mut signed, now).map_err(|error| environment(&error))?;

    let answer = http.request(signed.map(Full::new)).await;
    let (head, body) = answer.map_err(|error| unreachable(&error))?.into_parts();
    let body = Limited::new(body, MAX_ANSWER).collect().await;
    let body = body.map_err(|error| {
        let is_large = error.is::<LengthLimitError>();
        if is_large { fault(FAILED, TOO_LARGE) } else { unreachable(&*error) }
    });
    let body = body?.to_bytes();
    let status = head.status.as_u16();
    if head.status.is_success() {
        // JSON goes on as it came: no digit is lost, no member moved.
        let text = |_| to_raw_value(&String::from_utf8_lossy(&body));
        return serde_json::from_slice(&body).or_else(text).map_err(|error| fault(FAILED, error));
    }
    let headers: Vec<_> = head.headers.iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
    let answer = Answer::new(Some(status), &headers, &body);
    if status == 403 {
        return Err(fault("NeptuneRefused", explanation(&signer, &unsigned, now, &answer)));
    }
    let code = answer.code().map_or_else(String::new, |code| format!(" {code}"));
    let message = answer.message().unwrap_or("no reason given");
    Err(fault(FAILED, format!("Neptune answers {status}{code}: {message}")))
}

/// Why Neptune refuses. It holds neither the secret nor the token.
fn explanation(
    signer: &Signer,
    request: &Request<Bytes>,
    signed_at: Timestamp,
    answer: &Answer,
) -> String {
    let uri = request.uri().to_string();
    let headers: Vec<_> =
        request.headers().iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
    let raw =
        RawRequest { method: request.method().as_str(), target: uri.as_bytes(), headers: &headers };
    let payload = Payload::Bytes(request.body());
    match signer.explain_raw(&raw, payload, signed_at, Some(answer)) {
        Ok(explanation) => explanation.to_string(),
        // Cannot happen: it was signed before.
        Err(error) => error.to_string(),
    }
}

/// No connection, no trust in the certificate, no whole answer.
fn unreachable(error: &(dyn Error + 'static)) -> Diagnostic {
    // "client error (Connect)" alone says nothing.
    let chain = std::iter::successors(Some(error), |&error| error.source());
    fault(UNREACHABLE, chain.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

fn fault(error_type: &str, message: impl ToString) -> Diagnostic {
    Diagnostic { error_type: error_type.into(), error_message: message.to_string() }
}

const FAILED: &str = "NeptuneFailed";
const TOO_LARGE: &str = "the answer is larger than 6 MB, the most that Lambda returns";
const UNREACHABLE: &str = "NeptuneUnreachable";
