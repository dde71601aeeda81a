//! A stand-in for a Neptune cluster: Oxigraph, a SPARQL database, in memory, behind this crate's [`Verifier`].
//!
//! It answers `/sparql`, `/sparql/gsp/`, `/status` and what it can compute of Gremlin; of the other operations it checks the
//! signature. It is not a cluster: there are no policies (whoever signs may do all), no graph but the RDF one, no TLS.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, CONNECTION, CONTENT_TYPE, HeaderName, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Extension, Router};
use countersign::Credentials;
use countersign::neptune::SERVICE;
use countersign::protocol::{Scope, Timestamp};
use countersign::verifier::{self, AccessKey, SKEW, Verifier};
use oxigraph::store::{StorageError, Store};
use serde_json::json;
use time::OffsetDateTime;

use super::operations::{with_and_without_slash, with_operations};
use super::refusal::Refusal;
use super::{graph_store, gremlin, sparql};

/// The region of the stand-in.
pub(crate) const REGION: &str = "us-east-1";
/// AWS's public example of a long-lived access key.
pub(crate) const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// The same of a temporary one.
pub(crate) const TEMPORARY_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
/// The secret of both.
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// The session token of the temporary one.
pub(crate) const TOKEN: &str = "AQoDYXdzEJrtokenEXAMPLE/+=";

/// The largest body, in bytes. It is in memory as a whole: nobody may believe a part of it before all is verified.
pub(crate) const MAX_BODY: usize = 16 << 20;

/// What handlers read though many clients do not sign it. Other headers that are not signed never reach them.
const FROM_ANYONE: [HeaderName; 8] = [
    ACCEPT,
    CONNECTION,
    CONTENT_TYPE,
    SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION,
    UPGRADE,
];

/// When it started, for `/status`.
#[derive(Clone, Copy)]
struct Started(Timestamp);

struct Guard {
    verifier: Verifier,
    keys: [Credentials; 2],
    log: Box<dyn Fn(&str) + Send + Sync>,
}

/// All of it, with an empty graph. `log` gets a line for each request: its method and path, who signed it or why it is
/// refused, and the answer's status.
pub(crate) fn app(log: impl Fn(&str) + Send + Sync + 'static) -> Result<Router, StorageError> {
    let guard = Guard {
        verifier: Verifier::new(REGION, SERVICE, SKEW),
        keys: [
            Credentials::new(KEY_ID, SECRET),
            Credentials::new(TEMPORARY_KEY_ID, SECRET).with_session_token(TOKEN),
        ],
        log: Box::new(log),
    };
    let router = with_operations(Router::new());
    let sparql = get(sparql::by_get).post(sparql::by_post);
    let router = with_and_without_slash(router, "/sparql", sparql);
    let graphs = get(graph_store::read).put(graph_store::write).post(graph_store::write);
    let graphs = graphs.merge(delete(graph_store::clear));
    let router = with_and_without_slash(router, "/sparql/gsp", graphs);
    let gremlin = get(gremlin::by_get).post(gremlin::by_post);
    let router = with_and_without_slash(router, "/gremlin", gremlin);
    let router = with_and_without_slash(router, "/status", get(status));
    let router = router.fallback(unknown_path).method_not_allowed_fallback(wrong_method);
    let started = Started(now());
    Ok(router
        .with_state(Store::new()?)
        .layer(Extension(started))
        .layer(from_fn_with_state(Arc::new(guard), verify)))
}

/// The outermost layer: whatever changes a request before it changes what was signed.
///
/// Nothing guards against replays: clients may sign the same request twice within a second.
async fn verify(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let line = format!("{} {}", request.method(), request.uri().path());
    let (who, response) = match guard.admit(request).await {
        Ok((who, request)) => (format!("verified, {who}"), next.run(request).await),
        Err(refusal) => ("refused".to_owned(), refusal.into_response()),
    };
    let answer = match response.extensions().get::<Refusal>() {
        Some(refusal) => refusal.in_a_line(),
        None => response.status().as_u16().to_string(),
    };
    (guard.log)(&in_a_line(&format!("{line}: {who}: {answer}")));
    response
}

/// Without what a terminal would obey: paths and queries are anyone's.
fn in_a_line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

impl Guard {
    /// Who signed it, and the request with what may be believed of it.
    async fn admit(&self, request: Request) -> Result<(String, Request), Refusal> {
        let (mut parts, body) = request.into_parts();
        // Before the body is read: whoever is refused here sends none.
        let claim = self.verifier.read(&parts, now())?;
        let key = self.find_key(claim.access_key_id(), claim.scope());
        let body = to_bytes(body, MAX_BODY).await.map_err(|error| {
            if error.into_inner().is::<http_body_util::LengthLimitError>() {
                return Refusal::new(413, "QueryTooLargeException", "The body is too large");
            }
            // The client went away, or broke HTTP.
            Refusal::bad_request("The body could not be read")
        })?;
        let verified = claim.verify(&key, verifier::Body::Bytes(&body))?;
        verified.remove_unsigned(&mut parts.headers, &FROM_ANYONE);
        let who = verified.access_key_id().to_owned();
        Ok((who, Request::from_parts(parts, Body::from(body))))
    }

    fn find_key(&self, access_key_id: &str, scope: Scope<'_>) -> AccessKey {
        let known = self.keys.iter().find(|known| known.access_key_id() == access_key_id);
        AccessKey::from_lookup(known, scope)
    }
}

fn now() -> Timestamp {
    Timestamp::now().expect("the year is one of 1 to 9999")
}

/// In the shape of Neptune's
/// (<https://docs.aws.amazon.com/neptune/latest/userguide/access-graph-status.html>).
async fn status(Extension(Started(started)): Extension<Started>) -> Response {
    json_response(&json!({
        "status": "healthy",
        "startTime": start_time(started),
        "dbEngineVersion": "stand-in",
        "role": "writer",
        "gremlin": {"version": "constants"},
        "sparql": {"version": "sparql-1.1"},
        "labMode": {},
        "features": {"IAMAuthentication": "enabled"},
        "settings": {},
    }))
}

/// As Java writes a date: `Thu Aug 24 21:47:12 UTC 2017`.
pub(crate) fn start_time(started: Timestamp) -> String {
    let it = OffsetDateTime::from(started);
    let (weekday, month) = (it.weekday().to_string(), it.month().to_string());
    let (hour, minute, second) = it.to_hms();
    let (day, year) = (it.day(), it.year());
    format!("{weekday:.3} {month:.3} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year}")
}

async fn unknown_path(uri: Uri) -> Refusal {
    Refusal::new(404, "BadRequestException", format!("Bad route: {}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> Refusal {
    let message = format!("{method} is not supported for {}", uri.path());
    Refusal::new(405, "MethodNotAllowedException", message)
}

pub(crate) fn json_response(value: &serde_json::Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
