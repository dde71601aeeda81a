//! `/sparql` of the stand-in.

use std::thread;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use oxigraph::io::{RdfFormat, RdfSerializer};
use oxigraph::sparql::results::{QueryResultsFormat, QueryResultsSerializer};
use oxigraph::sparql::{QueryResults, SparqlEvaluator};
use oxigraph::store::Store;
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::sync::oneshot;

use super::refusal::Refusal;
use super::stand_in::json_response;

pub(crate) async fn by_get(
    State(store): State<Store>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    match one_of(&form(&query.unwrap_or_default())?)? {
        Job::Query(query) => run_query(store, query, &headers).await,
        Job::Update(_) => Err(Refusal::bad_request("An update is sent by POST")),
    }
}

pub(crate) async fn by_post(
    State(store): State<Store>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|it| it.starts_with("application/x-www-form-urlencoded")) {
        return Err(Refusal::bad_request(
            "The content type is not application/x-www-form-urlencoded",
        ));
    }
    let body = str::from_utf8(&body).map_err(|_| Refusal::bad_request("The form is not UTF-8"))?;
    match one_of(&form(body)?)? {
        Job::Query(query) => run_query(store, query, &headers).await,
        Job::Update(update) => run_update(store, update).await,
    }
}

enum Job {
    Query(String),
    Update(String),
}

fn one_of(form: &[(String, String)]) -> Result<Job, Refusal> {
    let mut jobs = form.iter().filter_map(|(name, value)| match &**name {
        "query" => Some(Job::Query(value.clone())),
        "update" => Some(Job::Update(value.clone())),
        _ => None,
    });
    // What would change the result must not be passed over.
    if let Some((name, _)) = form.iter().find(|(name, _)| !KNOWN.contains(&&**name)) {
        let message = format!("The stand-in does not know the parameter {name}");
        return Err(Refusal::new(400, "UnsupportedOperationException", message));
    }
    let (Some(job), None) = (jobs.next(), jobs.next()) else {
        let message = "There must be one query or one update";
        return Err(Refusal::new(400, "MissingParameterException", message));
    };
    let (Job::Query(text) | Job::Update(text)) = &job;
    if text.len() > MAX_LENGTH || depth(text) > MAX_DEPTH {
        let message =
            "The stand-in takes 16 KiB, and brackets 50 deep: larger graphs go to /sparql/gsp/";
        return Err(Refusal::new(400, "QueryTooLargeException", message));
    }
    Ok(job)
}

/// How deep brackets nest, those in texts too.
fn depth(text: &str) -> usize {
    let mut open: usize = 0;
    let depths = text.bytes().map(|byte| {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open
    });
    depths.max().unwrap_or_default()
}

/// Oxigraph calls itself for each bracket and each operator, and takes about 40 KB of [`STACK`] for each `1+` in a debug
/// build: 8,192 of them fit.
const MAX_DEPTH: usize = 50;
const MAX_LENGTH: usize = 16 << 10;

const KNOWN: [&str; 4] = ["query", "queryId", "timeout", "update"];

async fn run_query(store: Store, query: String, headers: &HeaderMap) -> Result<Response, Refusal> {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accept = accept.to_owned();
    let (content_type, body) = apart(move || answer(&store, &query, &accept)).await?;
    Ok(([(CONTENT_TYPE, content_type)], body).into_response())
}

async fn run_update(store: Store, update: String) -> Result<Response, Refusal> {
    let start = Instant::now();
    apart(move || {
        let update = SparqlEvaluator::new().parse_update(&update).map_err(malformed)?;
        update.on_store(&store).execute().map_err(failed)
    })
    .await?;
    let elapsed = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(json_response(&json!([
        {"type": "UpdateEvent", "totalElapsedMillis": elapsed, "elapsedMillis": elapsed},
        {"type": "Commit", "totalElapsedMillis": elapsed},
    ])))
}

/// The results, in the first format of `accept` that there is: JSON, or N-Triples for graphs, where there is none.
fn answer(store: &Store, query: &str, accept: &str) -> Result<(&'static str, Vec<u8>), Refusal> {
    let mut query = SparqlEvaluator::new().parse_query(query).map_err(malformed)?;
    // Neptune's default graph is all graphs together.
    if query.dataset().is_default_dataset() {
        query.dataset_mut().set_default_graph_as_union();
    }
    let mut wanted = accept.split(',').map(str::trim);
    let json = QueryResultsFormat::Json;
    let mut format = || wanted.find_map(QueryResultsFormat::from_media_type).unwrap_or(json);
    let written = match query.on_store(store).execute().map_err(failed)? {
        QueryResults::Boolean(value) => {
            let format = format();
            let serializer = QueryResultsSerializer::from_format(format);
            let body = serializer.serialize_boolean_to_writer(Vec::new(), value);
            (format.media_type(), body.map_err(failed)?)
        }
        QueryResults::Solutions(solutions) => {
            let format = format();
            let mut serializer = QueryResultsSerializer::from_format(format)
                .serialize_solutions_to_writer(Vec::new(), solutions.variables().to_vec())
                .map_err(failed)?;
            for solution in solutions {
                serializer.serialize(&solution.map_err(failed)?).map_err(failed)?;
            }
            (format.media_type(), serializer.finish().map_err(failed)?)
        }
        QueryResults::Graph(triples) => {
            let format = rdf_format(accept);
            let mut serializer = RdfSerializer::from_format(format).for_writer(Vec::new());
            for triple in triples {
                serializer.serialize_triple(&triple.map_err(failed)?).map_err(failed)?;
            }
            (format.media_type(), serializer.finish().map_err(failed)?)
        }
    };
    Ok(written)
}

/// The first format of an Accept header, or N-Triples.
pub(crate) fn rdf_format(accept: &str) -> RdfFormat {
    let mut wanted = accept.split(',').map(str::trim);
    wanted.find_map(RdfFormat::from_media_type).unwrap_or(RdfFormat::NTriples)
}

/// A query or a form, decoded.
pub(crate) fn form(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let decoded = |text: &str| {
        String::from_utf8(percent_decode_str(&text.replace('+', " ")).collect())
            .map_err(|_| Refusal::bad_request("A parameter is not UTF-8"))
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// On a thread of its own: a query may take long (nothing stops it), and nest deep.
pub(crate) async fn apart<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let (done, result) = oneshot::channel();
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || done.send(job()).is_ok());
    thread.map_err(failed)?;
    result.await.unwrap_or_else(|_| Err(Refusal::internal("The query did not end")))
}

/// In bytes of address space; memory is used as far as it is needed.
const STACK: usize = 512 << 20;

pub(crate) fn malformed(error: impl ToString) -> Refusal {
    Refusal::new(400, "MalformedQueryException", error.to_string())
}

pub(crate) fn failed(error: impl ToString) -> Refusal {
    Refusal::internal(error.to_string())
}
