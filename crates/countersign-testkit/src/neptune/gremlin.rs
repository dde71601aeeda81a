//! `/gremlin`, over HTTP and WebSocket, for queries whose result is known without an engine.
//!
//! The frames are those of TinkerPop's drivers in GraphSON 2 and 3
//! (<https://tinkerpop.apache.org/docs/current/dev/provider/#_graph_driver_provider_requirements>).

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::connection::Open;
use super::form;
use super::limits::Limits;
use super::rejection::{Rejection, json_response, next_request_id};
use super::traversal::{evaluate_bytecode, evaluate_text};

/// Opens a WebSocket if the request asks for one. The signature of the request was verified before.
pub(crate) async fn by_get(
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    Extension(limits): Extension<Arc<Limits>>,
    Extension(open): Extension<Open>,
    RawQuery(query): RawQuery,
) -> Result<Response, Rejection> {
    if let Ok(upgrade) = upgrade {
        let most = limits.message_bytes;
        let upgrade = upgrade.max_message_size(most).max_frame_size(most);
        return Ok(upgrade.on_upgrade(move |socket| serve(socket, limits, open)));
    }
    let parameters = form::parameters(&query.unwrap_or_default())?;
    let query = parameters.iter().find(|(name, _)| name == "gremlin");
    let (_, query) = query.ok_or_else(missing)?;
    over_http(query, &limits)
}

pub(crate) async fn by_post(
    Extension(limits): Extension<Arc<Limits>>,
    body: Bytes,
) -> Result<Response, Rejection> {
    // A value takes many times its text's size.
    if body.len() > limits.message_bytes {
        return Err(too_large(&limits));
    }
    let body: Value = serde_json::from_slice(&body)
        .map_err(|error| Rejection::bad_request(format!("The body is not JSON: {error}")))?;
    over_http(body.get("gremlin").and_then(Value::as_str).ok_or_else(missing)?, &limits)
}

/// A query whose result is not known gets an empty object, as do all operations that are not computed here.
fn over_http(query: &str, limits: &Limits) -> Result<Response, Rejection> {
    if query.len() > limits.message_bytes {
        return Err(too_large(limits));
    }
    Ok(json_response(&match evaluate_text(query) {
        Some(results) => Version::Three.results(&next_request_id().into(), results),
        None => json!({}),
    }))
}

fn missing() -> Rejection {
    Rejection::missing_parameter("There is no gremlin")
}

fn too_large(limits: &Limits) -> Rejection {
    let most = limits.message_bytes;
    Rejection::query_too_large(format!("The test server takes Gremlin of {most} bytes"))
}

/// Answers one request after another until the client goes. The connection is open as long as `_open` exists.
async fn serve(mut socket: WebSocket, limits: Arc<Limits>, _open: Open) {
    while let Ok(Some(Ok(message))) = timeout(limits.socket_idle_time, socket.recv()).await {
        let answer = match &message {
            Message::Binary(frame) => answer(frame),
            Message::Close(_) => return,
            // The library answers pings.
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Text(_) => None,
        };
        let answer = answer.map_or_else(
            || {
                Message::Close(Some(CloseFrame {
                    code: close_code::UNSUPPORTED,
                    reason: UNSUPPORTED.into(),
                }))
            },
            |answer| Message::Text(answer.to_string().into()),
        );
        let is_last = matches!(answer, Message::Close(_));
        if socket.send(answer).await.is_err() || is_last {
            return;
        }
    }
}

const UNSUPPORTED: &str = "the test server speaks GraphSON 2 and 3 only";

/// Returns the answer to a frame, which is the length of a MIME type in one byte, the MIME type, and a request. Returns
/// nothing if it is no such frame.
fn answer(frame: &[u8]) -> Option<Value> {
    let (length, rest) = frame.split_first()?;
    let (mime_type, request) = rest.split_at_checked((*length).into())?;
    let version = match mime_type {
        b"application/vnd.gremlin-v2.0+json" => Version::Two,
        b"application/vnd.gremlin-v3.0+json" | b"application/json" => Version::Three,
        _ => return None,
    };
    let request: Value = serde_json::from_slice(request).ok()?;
    let id = member(&request, "requestId")?;
    let id = id.get("@value").unwrap_or(id);
    let gremlin = member(&request, "args").and_then(|arguments| member(arguments, "gremlin"));
    let results = match (member(&request, "op")?.as_str()?, gremlin) {
        ("close", _) => Some(Vec::new()),
        ("eval", Some(Value::String(query))) => evaluate_text(query),
        ("bytecode", Some(bytecode)) => {
            evaluate_bytecode(bytecode).map(|it| it.into_iter().map(traverser).collect())
        }
        _ => None,
    };
    Some(match results {
        Some(results) => version.results(id, results),
        None => {
            let rejection = Rejection::unsupported(
                "The test server computes constants and counts of the empty graph only",
            );
            version.response(id, 500, &rejection.body(), Vec::new())
        }
    })
}

/// Returns a member of an object, or of a map of GraphSON, which is a list of names and values in turn.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    if value.get("@type").and_then(Value::as_str) != Some("g:Map") {
        return value.get(name);
    }
    let (pairs, _) = value.get("@value")?.as_array()?.as_chunks();
    pairs.iter().find_map(|[key, value]| (key == name).then_some(value))
}

fn traverser(value: Value) -> Value {
    json!({"@type": "g:Traverser", "@value": {"bulk": {"@type": "g:Int64", "@value": 1}, "value": value}})
}

/// A version of GraphSON.
#[derive(Clone, Copy)]
enum Version {
    Two,
    Three,
}

impl Version {
    fn results(self, request_id: &Value, results: Vec<Value>) -> Value {
        // 204 means that there are none.
        let code = if results.is_empty() { 204 } else { 200 };
        self.response(request_id, code, "", results)
    }

    fn response(self, request_id: &Value, code: u16, message: &str, results: Vec<Value>) -> Value {
        let (data, empty) = match self {
            Self::Two => (Value::Array(results), json!({})),
            Self::Three => (
                json!({"@type": "g:List", "@value": results}),
                json!({"@type": "g:Map", "@value": []}),
            ),
        };
        json!({
            "requestId": request_id,
            "status": {"message": message, "code": code, "attributes": empty},
            "result": {"data": data, "meta": empty},
        })
    }
}
