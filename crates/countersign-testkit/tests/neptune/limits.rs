//! What clients cannot make the server do.

use std::net::TcpStream as StdTcpStream;

use countersign_testkit::neptune::Limits;
use http::header::CONTENT_TYPE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// Starts a server with changed limits.
fn limited(change: impl FnOnce(&mut Limits)) -> Server {
    let mut limits = Limits::default();
    change(&mut limits);
    start_with(Options::new().with_limits(limits))
}

async fn query(server: &Server, text: &str) -> (u16, String) {
    signed(cluster(server).sparql(text).unwrap()).await
}

async fn update(server: &Server, text: &str) -> (u16, String) {
    signed(cluster(server).sparql_update(text).unwrap()).await
}

fn document(server: &Server, content_type: &'static str, body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = request(server, Method::PUT, "/sparql/gsp/?default");
    request.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
    *request.body_mut() = body.into();
    request
}

const TIME: &str = "TimeLimitExceededException";
const MEMORY: &str = "MemoryLimitExceededException";
const LARGE: &str = "QueryTooLargeException";

fn repeat(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

/// Each would run for years or fill any memory, and reads nothing from the store.
#[tokio::test]
async fn endless_queries_are_interrupted_and_do_not_hold_up_others() {
    let server = limited(|limits| {
        limits.query_time = Duration::from_millis(500);
        limits.query_memory = 32 << 20;
    });
    let values = repeat(100, |n| format!("{n} "));
    let product = repeat(8, |n| format!("VALUES ?v{n} {{ {values} }} "));
    let doubled = repeat(60, |n| format!("BIND(CONCAT(?v{n}, ?v{n}) AS ?v{}) ", n + 1));
    let long = "a".repeat(8_000);
    let unions = "{} UNION {} ".repeat(36);
    let nested = repeat(8, |_| "REPLACE(".to_owned())
        + "'a'"
        + &", 'a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')".repeat(8);
    for text in [
        format!("SELECT (COUNT(*) AS ?n) {{ {product} }}"),
        format!("SELECT * {{ {product} }} ORDER BY ?v1"),
        format!("SELECT DISTINCT ?v0 {{ {product} }}"),
        format!("SELECT (GROUP_CONCAT(?v0) AS ?n) {{ {product} }}"),
        format!("ASK {{ {product} FILTER(?v0 + ?v7 = -1) }}"),
        format!("ASK {{ FILTER NOT EXISTS {{ {product} FILTER(?v0 + ?v7 = -1) }} }}"),
        format!("ASK {{ OPTIONAL {{ {product} }} FILTER(?v0 + ?v7 = -1) }}"),
        format!(
            "ASK {{ {{ SELECT * {{ {product} }} }} MINUS {{ {product} }} FILTER(?v0 + ?v7 = -1) }}"
        ),
        format!("SELECT (COUNT(*) AS ?n) {{ {unions} }}"),
        format!("SELECT (COUNT(*) AS ?n) {{ {unions} VALUES ?a {{ 1 2 }} }}"),
        format!("SELECT (STRLEN(?v60) AS ?n) {{ BIND('aa' AS ?v0) {doubled} }}"),
        format!("SELECT (STRLEN({nested}) AS ?n) {{}}"),
        format!("ASK {{ BIND('{long}' AS ?v) FILTER REGEX(CONCAT(?v, ?v, ?v), 'b') }}"),
    ] {
        // More of them than may run at once.
        let endless = futures_util::future::join_all((0..6).map(|_| query(&server, &text)));
        let (answers, other) = tokio::join!(endless, async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            // On a busy machine, this query can run out of time as well.
            for _ in 0..1_000 {
                let answer = query(&server, "ASK {}").await;
                if answer.0 == 200 {
                    return answer;
                }
            }
            query(&server, "ASK {}").await
        });
        for (status, body) in answers {
            assert!(status == 500 || status == 429, "{status} {body} {text}");
            let code = error(&body).0;
            assert!(status == 429 || code == TIME || code == MEMORY, "{body} {text}");
        }
        assert_eq!(other.0, 200, "{text}: {}", other.1);
    }
    for change in
        ["INSERT { <u:a> <u:b> ?v0 }", "INSERT { [] <u:b> ?v0 }", "DELETE { ?v0 ?v0 ?v0 }"]
    {
        let (status, body) = update(&server, &format!("{change} WHERE {{ {product} }}")).await;
        assert_eq!(status, 500, "{body}");
        assert!([TIME, MEMORY].contains(&&*error(&body).0), "{body}");
    }
    let nothing = r#"{"head":{},"boolean":false}"#;
    assert_eq!(query(&server, "ASK { ?s ?p ?o }").await, (200, nothing.into()));
}

/// Oxigraph's planner would take hours for most of them.
#[tokio::test]
async fn queries_that_are_expensive_to_plan_are_rejected() {
    let server = start();
    for (text, expected) in [
        (format!("ASK {{ {} }}", "?s ?p ?o .".repeat(75)), 200),
        (format!("ASK {{ {} }}", "?s ?p ?o .".repeat(76)), 400),
        (format!("ASK {{ {} }}", repeat(600, |n| format!("?a{n} ?b{n} ?c{n} ."))), 400),
        (format!("ASK {{ {} }}", "GRAPH ?g { ?s ?p ?o } ".repeat(300)), 400),
        (format!("ASK {{ {} }}", "VALUES ?a { 1 } ".repeat(500)), 400),
        (format!("ASK {{ ?s {} ?o }}", vec!["<u:b>"; 500].join("/")), 400),
        (format!("ASK {{ ?s {} ?o }}", vec!["<u:b>"; 2_000].join("|")), 200),
        (format!("ASK {{ FILTER({}) }}", vec!["1"; 500].join("+")), 200),
        (format!("ASK {{ FILTER({}) }}", vec!["1"; 8_000].join("+")), 400),
        (format!("ASK {{ FILTER({} true) }}", repeat(1_000, |n| format!("?v{n} && "))), 400),
    ] {
        let (status, body) = query(&server, &text).await;
        assert_eq!(status, expected, "{}: {body}", &text[..40]);
        assert!(expected == 200 || error(&body).0 == LARGE, "{body}");
    }
}

/// Oxigraph's parser would exhaust the stack, or take months.
#[tokio::test]
async fn queries_that_are_expensive_to_parse_are_rejected() {
    let server = start();
    let nested = |open: &str, count: usize| {
        format!("ASK {{ FILTER({}true{}) }}", open.repeat(count), ")".repeat(count))
    };
    for (text, expected) in [
        (nested("(", 48), 200),
        (nested("(", 49), 400),
        (nested("(", 8_000), 400),
        (format!("ASK {{ FILTER({}) }}", vec!["1"; 15_000].join("+")), 400),
        (nested("!(", 8), 200),
        (nested("!(", 30), 400),
        (nested("! # \n(", 30), 400),
        (nested("!BOUND(", 30), 400),
        (nested("GROUP_CONCAT(DISTINCT ", 30), 400),
        (nested("Regex\n(", 30), 400),
        ("ASK { FILTER(1 != (2) && 1 != (2) && 1 != (2) && 1 != (2) && 1 != (2)) }".into(), 200),
    ] {
        let (status, body) = query(&server, &text).await;
        assert_eq!(status, expected, "{}: {body}", &text[..30]);
        assert!(expected == 200 || error(&body).0 == LARGE, "{body}");
    }
}

#[tokio::test]
async fn documents_that_expand_are_rejected() {
    let server = limited(|limits| limits.query_memory = 16 << 20);
    let entities = repeat(20, |n| format!("<!ENTITY e{} \"&e{n};&e{n};&e{n};&e{n};\">", n + 1));
    let xml = format!("<!DOCTYPE rdf:RDF [<!ENTITY e0 \"a\">{entities}]><rdf:RDF>&e20;</rdf:RDF>");
    let (status, body) = signed(document(&server, "application/rdf+xml", xml)).await;
    assert_eq!((status, &*error(&body).0), (400, "BadRequestException"));
    let prefix = format!("@prefix a: <u:{}> .", "a".repeat(1 << 20));
    let nested = format!("{prefix} [] {}", "a:b [".repeat(100_000));
    let (status, body) = signed(document(&server, "text/turtle", nested)).await;
    assert_eq!((status, &*error(&body).0), (400, "BadRequestException"), "{body}");
    let many = format!("{prefix} {}", repeat(100_000, |n| format!("a:{n} a:b a:c .")));
    let (status, body) = signed(document(&server, "text/turtle", many)).await;
    assert_eq!((status, &*error(&body).0), (500, MEMORY), "{body}");
}

#[tokio::test]
async fn bodies_and_heads_have_the_limits_that_are_documented() {
    let server = start();
    for (bytes, expected) in [(4 << 20, 200), ((4 << 20) + 1, 413)] {
        let (status, body) = signed(document(&server, "text/turtle", vec![b' '; bytes])).await;
        assert_eq!(status, expected, "{body}");
        assert!(expected == 200 || error(&body).0 == LARGE, "{body}");
    }
    for (bytes, expected) in [(31 << 10, 200), (32 << 10, 431), (60 << 10, 431)] {
        let mut long = request(&server, Method::GET, "/status");
        long.headers_mut().insert("x-long", "a".repeat(bytes).parse().unwrap());
        let (status, body) = signed(long).await;
        assert_eq!(status, expected, "{body}");
        let long = request(&server, Method::GET, &format!("/status?a={}", "a".repeat(bytes)));
        let (status, body) = signed(long).await;
        assert_eq!(status, expected, "{body}");
        assert!(expected == 200 || error(&body).0 == "BadRequestException", "{body}");
    }
}

#[tokio::test]
async fn answers_are_bounded() {
    let server = limited(|limits| {
        limits.answer_rows = 10;
        limits.answer_bytes = 1_000;
    });
    let rows = |count| format!("VALUES ?a {{ {} }}", "1 ".repeat(count));
    for (text, expected) in [
        (format!("SELECT * {{ {} }}", rows(10)), 200),
        (format!("SELECT * {{ {} }}", rows(11)), 500),
        (format!("CONSTRUCT {{ [] <u:a> ?a }} {{ {} }}", rows(11)), 500),
        (format!("SELECT ('{}' AS ?a) {{}}", "a".repeat(800)), 200),
        (format!("SELECT ('{}' AS ?a) {{}}", "a".repeat(1_000)), 500),
    ] {
        let (status, body) = query(&server, &text).await;
        assert_eq!(status, expected, "{text}: {body}");
        assert!(expected == 200 || error(&body).0 == MEMORY, "{body}");
    }
}

#[tokio::test]
async fn graphs_grow_up_to_a_limit() {
    let server = limited(|limits| limits.stored_bytes = 20_000);
    let insert = async |n: usize| {
        let text = format!("INSERT DATA {{ <u:{n}> <u:a> '{}' }}", "a".repeat(1_000));
        update(&server, &text).await
    };
    // The same triple does not make them larger.
    for _ in 0..30 {
        assert_eq!(insert(0).await.0, 200);
    }
    let mut inserted = 0;
    while insert(inserted).await.0 == 200 {
        inserted += 1;
        assert!(inserted < 20);
    }
    assert!(inserted > 10, "{inserted}");
    assert_eq!(error(&insert(inserted).await.1).0, MEMORY);
    assert_eq!(update(&server, "DROP ALL").await.0, 200);
    assert_eq!(insert(0).await.0, 200);
}

#[tokio::test]
async fn clients_that_are_too_slow_are_disconnected() {
    let server = limited(|limits| {
        limits.head_time = Duration::from_millis(200);
        limits.body_time = Duration::from_millis(200);
        limits.socket_idle_time = Duration::from_millis(200);
    });
    let mut post = cluster(&server).sparql("ASK {}").unwrap();
    signer(example_keys::long_term()).sign(&mut post).unwrap();
    let fields = post.headers().iter();
    let fields = fields.map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()));
    let fields: String = fields.collect();
    let host = server.address();
    let half_a_body =
        format!("POST /sparql HTTP/1.1\r\nhost: {host}\r\n{fields}content-length: 9\r\n\r\nquer");
    for (text, expected) in [("", ""), ("GET /status HT", ""), (&*half_a_body, "HTTP/1.1 408 ")] {
        let mut client = TcpStream::connect(server.address()).await.unwrap();
        client.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(LONG, client.read_to_end(&mut answer)).await.unwrap().unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(expected), "{text}: {answer}");
    }
    // Nor is a socket kept on which nothing happens.
    let mut socket = socket::connected(&server).await;
    assert!(timeout(LONG, futures_util::StreamExt::next(&mut socket)).await.is_ok());
}

#[tokio::test]
async fn no_more_clients_are_served_than_may_be() {
    let server = limited(|limits| limits.connections = 2);
    let socket = socket::connected(&server).await;
    let _idle = TcpStream::connect(server.address()).await.unwrap();
    let mut third = std::pin::pin!(query(&server, "ASK {}"));
    assert!(timeout(Duration::from_millis(200), &mut third).await.is_err());
    drop(socket);
    assert_eq!(third.await.0, 200);
}

#[tokio::test]
async fn the_requests_that_are_kept_are_the_last_ones() {
    let server = limited(|limits| limits.recorded_requests = 2);
    for path in ["/status", "/loader", "/system/"] {
        sent(request(&server, Method::GET, path)).await;
    }
    let paths: Vec<String> = server.requests().into_iter().map(|it| it.path).collect();
    assert_eq!(paths, ["/loader", "/system/"]);
}

#[tokio::test]
async fn dropping_a_server_ends_its_queries_and_frees_its_port() {
    let server = start();
    let address = server.address();
    let mut socket = socket::connected(&server).await;
    let values = repeat(8, |n| format!("VALUES ?v{n} {{ {} }} ", "1 ".repeat(100)));
    let mut endless =
        cluster(&server).sparql(&format!("ASK {{ {values} FILTER(?v0 + ?v7 = -1) }}")).unwrap();
    signer(example_keys::temporary()).sign(&mut endless).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let endless = tokio::spawn(client.execute(reqwest::Request::try_from(endless).unwrap()));
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(server);
    assert!(timeout(LONG, endless).await.unwrap().unwrap().is_err());
    assert!(!matches!(futures_util::StreamExt::next(&mut socket).await, Some(Ok(_))));
    assert!(StdTcpStream::connect(address).is_err());
}
