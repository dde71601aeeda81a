//! `/sparql/gsp/`: whole graphs, read and written
//! (<https://www.w3.org/TR/sparql11-http-rdf-update/>).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use oxigraph::io::RdfFormat;
use oxigraph::model::{GraphName, NamedNode};

use super::answer::rdf_format;
use super::budget::Budget;
use super::database::Database;
use super::form;
use super::graphs::Graphs;
use super::rejection::Rejection;
use super::turtle::depth;
use super::workers::Access;

/// How deep brackets may nest.
const MAX_DEPTH: usize = 50;

pub(crate) async fn read(
    State(database): State<Database>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Rejection> {
    let format = rdf_format(text(&headers, &ACCEPT));
    let graph = graph(query)?;
    let job = move |graphs: &Graphs, budget: &Arc<Budget>| graphs.read(&graph, format, budget);
    let body = database.run(Access::Read, None, job).await?;
    Ok(([(CONTENT_TYPE, format.media_type())], body).into_response())
}

/// PUT replaces a graph, POST adds to it.
pub(crate) async fn write(
    State(database): State<Database>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<StatusCode, Rejection> {
    let graph = graph(query)?;
    // Neptune reads RDF/XML, too. Oxigraph expands the entities of a document type within each other without a limit, and
    // keeps all attributes of an element before it returns the first, so a short document can fill the memory.
    let format = match RdfFormat::from_media_type(text(&headers, &CONTENT_TYPE)) {
        Some(format @ (RdfFormat::NQuads | RdfFormat::NTriples | RdfFormat::Turtle)) => Ok(format),
        _ => Err(Rejection::bad_request(
            "The test server reads text/turtle, application/n-triples and application/n-quads",
        )),
    }?;
    if depth(&body) > MAX_DEPTH {
        let message = format!("The test server takes brackets that nest {MAX_DEPTH} deep");
        return Err(Rejection::bad_request(message));
    }
    let replace = method == Method::PUT;
    let job = move |graphs: &Graphs, budget: &Arc<Budget>| {
        graphs.write(graph, format, &body, replace, budget)
    };
    database.run(Access::Write, None, job).await?;
    Ok(StatusCode::OK)
}

pub(crate) async fn clear(
    State(database): State<Database>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, Rejection> {
    let graph = graph(query)?;
    database.run(Access::Write, None, move |graphs, _| graphs.clear(&graph)).await?;
    Ok(StatusCode::OK)
}

/// Returns the graph of `?default` or `?graph=`.
fn graph(query: Option<String>) -> Result<GraphName, Rejection> {
    match &*form::parameters(&query.unwrap_or_default())? {
        [(name, value)] if name == "default" && value.is_empty() => Ok(GraphName::DefaultGraph),
        [(name, value)] if name == "graph" => {
            NamedNode::new(value).map(GraphName::from).map_err(Rejection::malformed)
        }
        _ => Err(Rejection::bad_request("The query must be default or graph=")),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
