//! Which handler answers which path.

use std::io;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, delete, get, on};
use axum::{Extension, Router};
use countersign::protocol::Timestamp;

use super::database::Database;
use super::rejection::Rejection;
use super::status::{Started, status};
use super::verification::{Guard, verify};
use super::{graph_store, gremlin, sparql};

/// Returns a router that verifies every request first.
pub(crate) fn router(database: Database, guard: Guard) -> io::Result<Router> {
    let started = Started(Timestamp::now().map_err(io::Error::other)?);
    let limits = Arc::clone(&guard.limits);
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
    Ok(router
        .with_state(database)
        .layer(Extension(started))
        .layer(Extension(limits))
        // The body is in memory already, and not larger than it may be.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::new(guard), verify)))
}

async fn unknown_path(uri: Uri) -> Rejection {
    Rejection::new(404, "BadRequestException", format!("Bad route: {}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> Rejection {
    let message = format!("{method} is not supported for {}", uri.path());
    Rejection::new(405, "MethodNotAllowedException", message)
}

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const DELETE: MethodFilter = MethodFilter::DELETE;

/// The operations that the server knows by name only: paths and methods of AWS's model (`neptunedata`, 2023-08-01) and of the
/// user guide.
const OPERATIONS: [(&str, MethodFilter); 35] = [
    ("/gremlin/explain", POST),
    ("/gremlin/profile", POST),
    ("/gremlin/status", GET.or(POST)),
    ("/gremlin/status/{id}", GET.or(DELETE)),
    ("/sparql/status", GET.or(POST)),
    ("/openCypher", GET.or(POST)),
    ("/openCypher/explain", GET.or(POST)),
    ("/openCypher/status", GET.or(POST)),
    ("/openCypher/status/{id}", GET.or(DELETE)),
    ("/opencypher", GET.or(POST)),
    ("/opencypher/explain", GET.or(POST)),
    ("/opencypher/status", GET.or(POST)),
    ("/opencypher/status/{id}", GET.or(DELETE)),
    ("/loader", GET.or(POST)),
    ("/loader/{id}", GET.or(DELETE)),
    ("/system", POST),
    ("/propertygraph/statistics", GET.or(POST).or(DELETE)),
    ("/propertygraph/statistics/summary", GET),
    ("/propertygraph/stream", GET),
    ("/rdf/statistics", GET.or(POST).or(DELETE)),
    ("/rdf/statistics/summary", GET),
    ("/sparql/statistics", GET.or(POST).or(DELETE)),
    ("/sparql/stream", GET),
    ("/ml/dataprocessing", GET.or(POST)),
    ("/ml/dataprocessing/{id}", GET.or(DELETE)),
    ("/ml/endpoints", GET.or(POST)),
    ("/ml/endpoints/{id}", GET.or(DELETE)),
    ("/ml/modeltraining", GET.or(POST)),
    ("/ml/modeltraining/{id}", GET.or(DELETE)),
    ("/ml/modeltransform", GET.or(POST)),
    ("/ml/modeltransform/{id}", GET.or(DELETE)),
    ("/storage/indexes/rebuilds", GET.or(POST)),
    ("/storage/indexes/rebuilds/{id}", GET),
    ("/storage/indexes/rebuilds/{id}/cancel", POST),
    ("/storage/info", GET),
];

/// Adds routes that answer each operation with an empty JSON object.
fn with_operations<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    OPERATIONS.iter().fold(router, |router, (path, methods)| {
        with_and_without_slash(router, path, on(*methods, nothing))
    })
}

/// Adds a route twice: older clients end paths with a slash.
fn with_and_without_slash<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    path: &str,
    methods: MethodRouter<S>,
) -> Router<S> {
    router.route(path, methods.clone()).route(&format!("{path}/"), methods)
}

async fn nothing() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], "{}")
}
