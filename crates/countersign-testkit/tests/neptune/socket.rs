//! Gremlin over WebSocket.

use futures_util::{SinkExt, StreamExt};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{LONG, Server, last_line, signer, start};
use countersign_testkit::example_keys;

#[tokio::test]
async fn a_signed_upgrade_is_answered() {
    let server = start();
    for credentials in example_keys::all() {
        let who = credentials.access_key_id().to_owned();
        let mut request = upgrade(&server);
        signer(credentials).sign(&mut request).unwrap();
        let (mut socket, response) = connect_async(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        assert_eq!(last_line(&server), format!("GET /gremlin: verified, {who}: 101"));
        let two = json!({"@type": "g:Int32", "@value": 2});
        assert_eq!(ask(&mut socket, V3, &eval("1+1")).await, (200, json!([two])));
        assert_eq!(ask(&mut socket, V3, &eval("g.V()")).await, (204, json!([])));
    }
}

#[tokio::test]
async fn an_unsigned_upgrade_is_rejected() {
    let server = start();
    let mut changed = upgrade(&server);
    signer(example_keys::temporary()).sign(&mut changed).unwrap();
    changed.headers_mut().insert("x-amz-security-token", "another".parse().unwrap());
    for request in [upgrade(&server), changed] {
        let Err(Error::Http(response)) = connect_async(request).await else { panic!("let in") };
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
        assert_eq!(body["code"], "AccessDeniedException");
    }
}

#[tokio::test]
async fn constants_are_computed_and_all_else_is_rejected() {
    let int = |value: i32| json!({"@type": "g:Int32", "@value": value});
    let long = |value: i32| json!({"@type": "g:Int64", "@value": value});
    let server = start();
    let mut socket = connected(&server).await;
    for (query, expected) in [
        ("1+1", json!([int(2)])),
        (" 40 + 1 + 1; ", json!([int(42)])),
        ("g.V().count()", json!([long(0)])),
        ("g.E().limit(1).count().next()", json!([long(0)])),
        ("g.V('a').toList()", json!([])),
        ("g.inject(1, 'a', \"b\").limit(2)", json!([int(1), "a"])),
        ("g.inject(1, 2).count()", json!([long(2)])),
    ] {
        for mime_type in [V2, V3] {
            let (code, data) = ask(&mut socket, mime_type, &eval(query)).await;
            let is_empty = expected == json!([]);
            assert_eq!((code, &data), (if is_empty { 204 } else { 200 }, &expected), "{query}");
        }
    }
    for query in
        ["", "g", "g.", "g.addV('a')", "2147483647+1", "g.V().out(')')", "1+", "g.V().limit(-1)"]
    {
        assert_eq!(ask(&mut socket, V3, &eval(query)).await, (500, json!([])), "{query}");
    }
}

/// As gremlinpython writes it: the arguments plain or as a map of GraphSON.
#[tokio::test]
async fn bytecode_is_computed() {
    let server = start();
    let mut socket = connected(&server).await;
    let steps = json!([["V"], ["limit", {"@type": "g:Int64", "@value": 1}], ["count"]]);
    let bytecode = json!({"@type": "g:Bytecode", "@value": {"step": steps}});
    let aliases = json!({"g": "g"});
    let traverser = json!({"@type": "g:Traverser", "@value": {
        "bulk": {"@type": "g:Int64", "@value": 1},
        "value": {"@type": "g:Int64", "@value": 0},
    }});
    for args in [
        json!({"gremlin": bytecode, "aliases": aliases}),
        json!({"@type": "g:Map", "@value": ["aliases", aliases, "gremlin", bytecode]}),
    ] {
        let request = request("bytecode", "traversal", &args);
        assert_eq!(ask(&mut socket, V3, &request).await, (200, json!([traverser])));
    }
}

#[tokio::test]
async fn another_protocol_closes_the_connection() {
    let graph_binary = frame("application/vnd.graphbinary-v1.0", &eval("1+1"));
    let server = start();
    for message in [
        Message::Binary(graph_binary.into()),
        Message::Binary(vec![255, 0].into()),
        Message::Binary(Vec::new().into()),
        Message::Text("1+1".into()),
    ] {
        let mut socket = connected(&server).await;
        socket.send(message).await.unwrap();
        let Some(Ok(Message::Close(Some(close)))) = socket.next().await else { panic!("kept") };
        assert_eq!(u16::from(close.code), 1003);
    }
}

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn upgrade(server: &Server) -> Request {
    format!("ws://{}/gremlin", server.address()).into_client_request().unwrap()
}

/// Returns a socket to a server.
pub(super) async fn connected(server: &Server) -> Socket {
    let mut request = upgrade(server);
    signer(example_keys::temporary()).sign(&mut request).unwrap();
    connect_async(request).await.unwrap().0
}

/// The code and the data of the answer.
async fn ask(socket: &mut Socket, mime_type: &str, request: &Value) -> (u64, Value) {
    socket.send(Message::Binary(frame(mime_type, request).into())).await.unwrap();
    let answer = timeout(LONG, socket.next()).await.unwrap().unwrap().unwrap();
    let answer: Value = serde_json::from_str(answer.to_text().unwrap()).unwrap();
    assert_eq!(answer["requestId"], ID);
    let status = &answer["status"];
    if status["code"] == 500 {
        let body: Value = serde_json::from_str(status["message"].as_str().unwrap()).unwrap();
        assert_eq!(body["code"], "UnsupportedOperationException");
    }
    let data = &answer["result"]["data"];
    let data = if mime_type == V3 { &data["@value"] } else { data };
    (status["code"].as_u64().unwrap(), data.clone())
}

fn frame(mime_type: &str, request: &Value) -> Vec<u8> {
    let length = u8::try_from(mime_type.len()).unwrap();
    [&[length], mime_type.as_bytes(), request.to_string().as_bytes()].concat()
}

fn eval(query: &str) -> Value {
    request("eval", "", &json!({"gremlin": query, "language": "gremlin-groovy"}))
}

fn request(op: &str, processor: &str, args: &Value) -> Value {
    let id = json!({"@type": "g:UUID", "@value": ID});
    json!({"requestId": id, "op": op, "processor": processor, "args": args})
}

const ID: &str = "41d2e28a-20a4-4ab0-b379-d810dede3786";
const V2: &str = "application/vnd.gremlin-v2.0+json";
const V3: &str = "application/vnd.gremlin-v3.0+json";
