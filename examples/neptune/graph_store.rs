//! `/sparql/gsp/` of the stand-in: whole graphs read and written
//! (<https://www.w3.org/TR/sparql11-http-rdf-update/>).

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{GraphName, NamedNode};
use oxigraph::store::Store;

use super::refusal::Refusal;
use super::sparql::{apart, failed, form, malformed, rdf_format};

pub(crate) async fn read(
    State(store): State<Store>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let graph = graph(query)?;
    let format = rdf_format(text(&headers, &ACCEPT));
    let body = apart(move || {
        store.dump_graph_to_writer(graph.as_ref(), format, Vec::new()).map_err(failed)
    });
    Ok(([(CONTENT_TYPE, format.media_type())], body.await?).into_response())
}

/// PUT replaces, POST adds.
pub(crate) async fn write(
    State(store): State<Store>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let graph = graph(query)?;
    let format = RdfFormat::from_media_type(text(&headers, &CONTENT_TYPE));
    let format = format.ok_or_else(|| {
        Refusal::bad_request("The content type is none of RDF, such as text/turtle")
    })?;
    apart(move || {
        let mut transaction = store.start_transaction().map_err(failed)?;
        if method == Method::PUT {
            transaction.clear_graph(graph.as_ref()).map_err(failed)?;
        }
        let parser = RdfParser::from_format(format).without_named_graphs();
        let parser = parser.with_default_graph(graph);
        transaction.load_from_slice(parser, &body).map_err(malformed)?;
        transaction.commit().map_err(failed)
    })
    .await?;
    Ok(StatusCode::OK)
}

pub(crate) async fn clear(
    State(store): State<Store>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, Refusal> {
    let graph = graph(query)?;
    apart(move || store.clear_graph(graph.as_ref()).map_err(failed)).await?;
    Ok(StatusCode::OK)
}

/// The graph of `?default` or `?graph=`.
fn graph(query: Option<String>) -> Result<GraphName, Refusal> {
    let form = form(&query.unwrap_or_default())?;
    match &*form {
        [(name, value)] if name == "default" && value.is_empty() => Ok(GraphName::DefaultGraph),
        [(name, value)] if name == "graph" => {
            NamedNode::new(value).map(GraphName::from).map_err(malformed)
        }
        _ => Err(Refusal::bad_request("The query must be default or graph=")),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
