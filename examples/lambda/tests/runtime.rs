//! The function as Lambda runs it: a process, between stand-ins for Lambda's runtime API and for a cluster that verifies what
//! it is sent.

#[path = "runtime/lambda.rs"]
mod lambda;
#[path = "runtime/neptune.rs"]
mod neptune;

use std::time::Duration;

use countersign::Credentials;
use serde_json::{Value, json};

use self::lambda::{Failure, Lambda};
use self::neptune::{Certificate, Neptune};

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLE";
const SIGNS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET)];
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn credentials() -> Credentials {
    Credentials::new(KEY_ID, SECRET)
}

fn event(port: u16, method: &str, query_type: &str, query: &str) -> Value {
    json!({"host": "127.0.0.1", "port": port, "method": method, "query_type": query_type, "query": query})
}

/// What the stand-in says that it was asked.
fn asked(request: &str, content_type: &str, body: &str) -> Value {
    json!({"request": request, "content_type": content_type, "body": body})
}

#[tokio::test]
async fn each_query_type_gets_its_result() {
    let port = Neptune::start(credentials()).await.port;
    let mut lambda = Lambda::start(&SIGNS);
    for (method, query_type, query, expected) in [
        (
            "GET",
            "gremlin",
            "g.V().has('a', 'b+c').count()",
            asked(
                "GET /gremlin?gremlin=g.V%28%29.has%28%27a%27%2C%20%27b%2Bc%27%29.count%28%29",
                "",
                "",
            ),
        ),
        ("POST", "gremlin", "g.V()", asked("POST /gremlin", JSON, r#"{"gremlin":"g.V()"}"#)),
        ("GET", "sparql", "ASK { }", asked("GET /sparql?query=ASK%20%7B%20%7D", "", "")),
        ("POST", "sparql", "ASK { }", asked("POST /sparql", FORM, "query=ASK%20%7B%20%7D")),
        ("POST", "sparqlupdate", "CLEAR ALL", asked("POST /sparql", FORM, "update=CLEAR%20ALL")),
        (
            "GET",
            "opencypher",
            "RETURN 'é'",
            asked("GET /opencypher?query=RETURN%20%27%C3%A9%27", "", ""),
        ),
        (
            "POST",
            "opencypher",
            "RETURN 1",
            asked("POST /opencypher", JSON, r#"{"query":"RETURN 1"}"#),
        ),
        ("GET", "loader", "", asked("GET /loader", "", "")),
        // Sorted, when they are signed: the script that this replaces did not, and was refused.
        (
            "GET",
            "loader",
            r#"{"loadId": "a b", "page": 2, "details": true, "errors": "false"}"#,
            asked("GET /loader/a%20b?details=true&errors=false&page=2", "", ""),
        ),
        (
            "POST",
            "loader",
            r#"{"source": "s3://examplebucket/"}"#,
            asked("POST /loader", JSON, r#"{"source":"s3://examplebucket/"}"#),
        ),
    ] {
        let result = lambda.invoke(&event(port, method, query_type, query)).await;
        let result: Value = serde_json::from_str(&result.unwrap()).unwrap();
        assert_eq!(result, expected, "{method} {query_type} {query}");
    }
}

#[tokio::test]
async fn json_is_returned_as_it_came_and_anything_else_as_a_text() {
    let port = Neptune::start(credentials()).await.port;
    let mut lambda = Lambda::start(&SIGNS);
    // As in the event of the script that this replaces: no member that is not needed, the port behind the host.
    let status =
        json!({"host": format!("127.0.0.1:{port}"), "method": "GET", "query_type": "status"});
    assert_eq!(lambda.invoke(&status).await.unwrap(), neptune::STATUS);

    let construct = event(port, "POST", "sparql", "CONSTRUCT { } WHERE { }");
    let text: String = serde_json::from_str(&lambda.invoke(&construct).await.unwrap()).unwrap();
    assert_eq!(text, neptune::TURTLE);
}

#[tokio::test]
async fn temporary_credentials() {
    let port = Neptune::start(credentials().with_session_token(TOKEN)).await.port;
    let status = event(port, "GET", "status", "");
    let [id, secret] = SIGNS;
    let mut with_token = Lambda::start(&[id, secret, ("AWS_SESSION_TOKEN", TOKEN)]);
    assert_eq!(with_token.invoke(&status).await.unwrap(), neptune::STATUS);

    let mut other = Lambda::start(&[id, secret, ("AWS_SESSION_TOKEN", "AnotherTokenEXAMPLE")]);
    let refused = other.invoke(&status).await.unwrap_err();
    assert_eq!(refused.error_type, "NeptuneRefused");
    let log = other.stop().await;
    assert!(log.contains("request-1 NeptuneRefused: the server said: 403 "), "{log}");
    for text in [&refused.error_message, &log] {
        assert!(!text.contains("AnotherTokenEXAMPLE") && !text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_explained() {
    let port = Neptune::start(credentials()).await.port;
    let wrong = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";
    let mut lambda = Lambda::start(&[SIGNS[0], ("AWS_SECRET_ACCESS_KEY", wrong)]);
    let refused = lambda.invoke(&event(port, "GET", "gremlin", "g.V()")).await.unwrap_err();
    assert_eq!(refused.error_type, "NeptuneRefused");
    let message = &refused.error_message;
    for part in [
        "the server said: 403 AccessDeniedException: The request signature we calculated does not match",
        "check 1: the secret: that of this access key id, and whole",
        "canonical request:\nGET\n/gremlin\ngremlin=g.V%28%29\n",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let log = lambda.stop().await;
    assert!(
        log.starts_with("request-1 NeptuneRefused: the server said: 403 AccessDeniedException: "),
        "{log}"
    );
    for text in [message, &log] {
        assert!(!text.contains(wrong), "{text}");
    }
    assert!(!log.contains("g.V"), "{log}");
}

#[tokio::test]
async fn what_is_missing_in_the_environment_is_named() {
    let mut lambda = Lambda::start(&SIGNS[..1]);
    let error = lambda.invoke(&event(1, "GET", "status", "")).await.unwrap_err();
    assert_eq!(
        error,
        Failure::new(
            "EnvironmentInvalid",
            "the environment variable AWS_SECRET_ACCESS_KEY is missing or empty"
        )
    );
}

#[tokio::test]
async fn a_malformed_event_names_the_mistake() {
    let mut lambda = Lambda::start(&SIGNS);
    let with = |name: &str, value: Value| {
        let mut event = event(8182, "POST", "gremlin", "g.V()");
        event[name] = value;
        event
    };
    let by = |method: &str, query_type: &str, query: &str| event(8182, method, query_type, query);
    for (event, expected) in [
        (
            json!({"host": "db.example", "query_type": "status"}),
            "the event: missing field `method`",
        ),
        (json!([]), "the event: invalid length 0, expected struct Event with 6 elements"),
        (
            with("hots", json!("db.example")),
            "the event: unknown field `hots`, expected one of `host`, `port`, `signed_host`, `method`, `query_type`, `query`",
        ),
        (
            with("method", json!("PUT")),
            "the event: unknown variant `PUT`, expected `GET` or `POST`",
        ),
        (
            with("query_type", json!("sql")),
            "the event: unknown variant `sql`, expected one of `gremlin`, `loader`, `opencypher`, `sparql`, `sparqlupdate`, `status`",
        ),
        (with("query", json!(1)), "the event: invalid type: integer `1`, expected a string"),
        (with("port", json!(0)), "the event: invalid value: integer `0`, expected a nonzero u16"),
        (with("host", json!("db.example:8182")), "the port stands in port and in host"),
        (with("host", json!("db.example:65536")), "the port in host is no number from 1 to 65535"),
        (with("host", json!("[::1]:0")), "the port in host is no number from 1 to 65535"),
        (
            with("host", json!("https://db.example:8182")),
            "the host holds a scheme: give the name alone",
        ),
        (
            with("host", json!("a:b@db.example")),
            "the host holds a user: Neptune takes signatures only",
        ),
        (with("host", json!("")), "the host is empty"),
        (
            with("signed_host", json!("db.example/")),
            "the host holds a path, a query or a fragment: give the name alone",
        ),
        (with("query", json!(" ")), "the query is empty"),
        (by("POST", "status", ""), "the status is asked for by GET"),
        (by("GET", "sparqlupdate", "CLEAR ALL"), "an update is sent by POST"),
        (
            by("GET", "sparql", "CLEAR ALL"),
            "the SPARQL query is an update: it is sent by POST, with sparql_update",
        ),
        (by("POST", "loader", "{"), "the loader's body is not JSON: line 1, column 1"),
        (
            by("GET", "loader", "[]"),
            "the query is no JSON object of parameters: invalid type: sequence, expected a map at line 1 column 0",
        ),
        (
            by("GET", "loader", r#"{"page": [2]}"#),
            "the parameter page is no text, number or boolean",
        ),
    ] {
        let error = lambda.invoke(&event).await.unwrap_err();
        assert_eq!(error, Failure::new("EventInvalid", expected), "{event}");
    }
    let log = lambda.stop().await;
    assert!(
        log.starts_with("request-1 EventInvalid: the event: missing field `method`\n"),
        "{log}"
    );
}

#[tokio::test]
async fn an_answer_that_is_no_result() {
    let port = Neptune::start(credentials()).await.port;
    let mut lambda = Lambda::start(&SIGNS);
    for (query, expected) in [
        ("MALFORMED", "Neptune answers 400 MalformedQueryException: there is no such thing"),
        ("UNKNOWN", "Neptune answers 502: no reason given"),
        ("LARGE", "the answer is larger than 6 MB, the most that Lambda returns"),
    ] {
        let error = lambda.invoke(&event(port, "POST", "opencypher", query)).await.unwrap_err();
        assert_eq!(error, Failure::new("NeptuneFailed", expected));
    }
}

#[tokio::test]
async fn no_answer_is_said_before_the_function_is_ended() {
    let port = Neptune::start(credentials()).await.port;
    let mut lambda = Lambda::start(&SIGNS);
    let status = event(port, "GET", "status", "");
    assert_eq!(lambda.invoke(&status).await.unwrap(), neptune::STATUS);
    let slow = event(port, "POST", "gremlin", "SLEEP");
    let error = lambda.invoke_for(Duration::from_millis(1500), &slow).await.unwrap_err();
    let expected = "no answer before the function's time was over";
    assert_eq!(error, Failure::new("NeptuneUnreachable", expected));
    // The process is there for the next event.
    assert_eq!(lambda.invoke(&status).await.unwrap(), neptune::STATUS);
}

#[tokio::test]
async fn no_connection_is_kept_for_the_next_event() {
    let neptune = Neptune::start(credentials()).await;
    let mut lambda = Lambda::start(&SIGNS);
    for connections in 1..=2 {
        lambda.invoke(&event(neptune.port, "GET", "status", "")).await.unwrap();
        assert_eq!(neptune.connections(), connections);
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut lambda = Lambda::start(&SIGNS);
    let error = lambda.invoke(&event(port, "GET", "status", "")).await.unwrap_err();
    assert_eq!(error.error_type, "NeptuneUnreachable");
    let refused = "client error (Connect): tcp connect error: Connection refused";
    assert!(error.error_message.starts_with(refused), "{error:?}");
}

#[tokio::test]
async fn behind_a_tunnel_the_host_of_the_cluster_is_signed() {
    let neptune = Neptune::start(credentials()).await;
    let mut lambda = Lambda::start(&SIGNS);
    let mut event = event(neptune.port, "GET", "status", "");
    event["signed_host"] = json!("db.example:8182");
    assert_eq!(lambda.invoke(&event).await.unwrap(), neptune::STATUS);
    assert_eq!(neptune.host().as_deref(), Some("db.example:8182"));
}

#[tokio::test]
async fn certificates_are_verified() {
    let own = Certificate::of("localhost");
    let port = Neptune::start_with_tls(credentials(), &own).await.port;
    let mut event = event(port, "GET", "status", "");
    event["host"] = json!("localhost");
    let start = |trusted: &Certificate| {
        let [id, secret] = SIGNS;
        Lambda::start(&[id, secret, ("SSL_CERT_FILE", trusted.file())])
    };
    assert_eq!(start(&own).invoke(&event).await.unwrap(), neptune::STATUS);

    let error = start(&Certificate::of("localhost")).invoke(&event).await.unwrap_err();
    let untrusted = "client error (Connect): invalid peer certificate: BadSignature";
    assert_eq!(error, Failure::new("NeptuneUnreachable", untrusted));

    let of_other = Certificate::of("db.example");
    let port = Neptune::start_with_tls(credentials(), &of_other).await.port;
    event["port"] = json!(port);
    let error = start(&of_other).invoke(&event).await.unwrap_err();
    let other_name = "invalid peer certificate: certificate not valid for name \"localhost\"";
    assert!(error.error_message.contains(other_name), "{error:?}");
}
