//! `/sparql`: queries and updates.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::database::Database;
use super::form;
use super::graphs::Graphs;
use super::rejection::{Rejection, json_response};
use super::workers::Access;

pub(crate) async fn by_get(
    State(database): State<Database>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Rejection> {
    let job = Job::from_form(&query.unwrap_or_default())?;
    match job.text {
        Text::Query(query) => run_query(&database, query, job.time, &headers).await,
        Text::Update(_) => Err(Rejection::bad_request("An update is sent by POST")),
    }
}

pub(crate) async fn by_post(
    State(database): State<Database>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Rejection> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|it| it.starts_with("application/x-www-form-urlencoded")) {
        return Err(Rejection::bad_request(
            "The content type is not application/x-www-form-urlencoded",
        ));
    }
    let body =
        str::from_utf8(&body).map_err(|_| Rejection::bad_request("The form is not UTF-8"))?;
    let job = Job::from_form(body)?;
    match job.text {
        Text::Query(query) => run_query(&database, query, job.time, &headers).await,
        Text::Update(update) => run_update(&database, update, job.time).await,
    }
}

struct Job {
    text: Text,
    /// How long it may take, if the client says so.
    time: Option<Duration>,
}

enum Text {
    Query(String),
    Update(String),
}

impl Job {
    fn from_form(form: &str) -> Result<Self, Rejection> {
        let (mut texts, mut time) = (Vec::new(), None);
        for (name, value) in form::parameters(form)? {
            match &*name {
                "query" => texts.push(Text::Query(value)),
                "update" => texts.push(Text::Update(value)),
                "timeout" => time = value.parse().ok().map(Duration::from_millis),
                "queryId" => {}
                // An unknown parameter may change the result, so it must not be ignored.
                _ => {
                    let message = format!("The test server does not know the parameter {name}");
                    return Err(Rejection::unsupported(message));
                }
            }
        }
        match (texts.pop(), texts.is_empty()) {
            (Some(text), true) => Ok(Self { text, time }),
            _ => Err(Rejection::missing_parameter("There must be one query or one update")),
        }
    }
}

async fn run_query(
    database: &Database,
    query: String,
    time: Option<Duration>,
    headers: &HeaderMap,
) -> Result<Response, Rejection> {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accept = accept.to_owned();
    let job = move |graphs: &Graphs, budget: &_| graphs.query(&query, &accept, budget);
    let (content_type, body) = database.run(Access::Read, time, job).await?;
    Ok(([(CONTENT_TYPE, content_type)], body).into_response())
}

async fn run_update(
    database: &Database,
    update: String,
    time: Option<Duration>,
) -> Result<Response, Rejection> {
    let start = Instant::now();
    let job = move |graphs: &Graphs, budget: &_| graphs.update(&update, budget);
    database.run(Access::Write, time, job).await?;
    let elapsed = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(json_response(&json!([
        {"type": "UpdateEvent", "totalElapsedMillis": elapsed, "elapsedMillis": elapsed},
        {"type": "Commit", "totalElapsedMillis": elapsed},
    ])))
}
