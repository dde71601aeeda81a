//! `/gremlin` of the stand-in, over HTTP and WebSocket, for queries whose result is known without an engine.
//!
//! The frames are those of TinkerPop's drivers in GraphSON 2 and 3
//! (<https://tinkerpop.apache.org/docs/current/dev/provider/#_graph_driver_provider_requirements>).

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use serde_json::{Value, json};

use super::refusal::{Refusal, next_request_id};
use super::sparql::form;
use super::stand_in::{MAX_BODY, json_response};
use super::traversal::{evaluate_bytecode, evaluate_text};

/// Opens a WebSocket if that is asked for; its signature was verified with the request's.
pub(crate) async fn by_get(
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    if let Ok(upgrade) = upgrade {
        let upgrade = upgrade.max_message_size(MAX_BODY).max_frame_size(MAX_BODY);
        return Ok(upgrade.on_upgrade(serve));
    }
    let form = form(&query.unwrap_or_default())?;
    let query = form.iter().find(|(name, _)| name == "gremlin");
    let (_, query) = query.ok_or_else(missing)?;
    Ok(over_http(query))
}

pub(crate) async fn by_post(body: Bytes) -> Result<Response, Refusal> {
    let body: Value = serde_json::from_slice(&body)
        .map_err(|error| Refusal::bad_request(format!("The body is not JSON: {error}")))?;
    Ok(over_http(body.get("gremlin").and_then(Value::as_str).ok_or_else(missing)?))
}

/// As all operations that are not computed here, a query whose result is not known gets an empty object.
fn over_http(query: &str) -> Response {
    json_response(&match evaluate_text(query) {
        Some(results) => Version::Three.results(&next_request_id().into(), results),
        None => json!({}),
    })
}

fn missing() -> Refusal {
    Refusal::new(400, "MissingParameterException", "There is no gremlin")
}

/// Answers request after request until the client goes.
async fn serve(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let answer = match &message {
            Message::Binary(frame) => answer(frame),
            Message::Close(_) => return,
            // Pings are answered already.
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Text(_) => None,
        };
        let answer = answer.map_or_else(
            || {
                Message::Close(Some(CloseFrame {
                    code: close_code::UNSUPPORTED,
                    reason: SPEAK.into(),
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

const SPEAK: &str = "the stand-in speaks GraphSON 2 and 3 only";

/// The answer to a frame: a length in a byte, a MIME type of that length, a request. Nothing, where it is no such frame.
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
            let refusal = Refusal::new(
                500,
                "UnsupportedOperationException",
                "The stand-in computes constants, and counts of the empty graph, only",
            );
            version.response(id, 500, &refusal.body(), Vec::new())
        }
    })
}

/// A member of an object, or of GraphSON's map: a list of names and values by turns.
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

/// Of GraphSON.
#[derive(Clone, Copy)]
enum Version {
    Two,
    Three,
}

impl Version {
    fn results(self, request_id: &Value, results: Vec<Value>) -> Value {
        // 204 says that there are none.
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
