//! The operations of the data plane that the stand-in knows by name only.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, on};

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const DELETE: MethodFilter = MethodFilter::DELETE;

/// Paths and methods of AWS's model (`neptunedata`, 2023-08-01) and of the user guide, but for those that are answered in
/// earnest.
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

/// Answers each with an empty JSON object.
pub(crate) fn with_operations<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    OPERATIONS.iter().fold(router, |router, (path, methods)| {
        with_and_without_slash(router, path, on(*methods, nothing))
    })
}

/// Older clients end paths with a slash.
pub(crate) fn with_and_without_slash<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    path: &str,
    methods: MethodRouter<S>,
) -> Router<S> {
    router.route(path, methods.clone()).route(&format!("{path}/"), methods)
}

async fn nothing() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], "{}")
}
