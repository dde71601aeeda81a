//! The command line.

use core::time::Duration;
use std::ffi::OsString;

use rustls::RootCertStore;
use tokio::time::timeout;

use super::neptune::call::report;
use super::neptune::client::Answer;
use super::neptune::stand_in::{KEY_ID, TEMPORARY_KEY_ID};
use super::neptune::{self, World};
use super::{Env, Server, WRONG_SECRET, listen, long_lived, run, temporary, with};

#[tokio::test]
async fn without_arguments_data_comes_back_and_a_forgery_is_refused() {
    let ran = run(&Env::new(), &[]).await;
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let steps = [
        "1. a signed update\n",
        "POST /sparql: verified, AKIAIOSFODNN7EXAMPLE: 200\n",
        "2. a signed query\n",
        "POST /sparql: verified, AKIAIOSFODNN7EXAMPLE: 200\n",
        "   from      to\n   JFK       SFO\n   LHR       JFK\n",
        "3. the same query, but ",
        "POST /sparql: refused: 403 AccessDeniedException: The request signature we calculated does not match ",
        r#"403 {"requestId":"#,
        "the server said: 403 AccessDeniedException: ",
        "check 4: the body: the very bytes that are sent\n",
    ];
    let mut rest = &*ran.out;
    for step in steps {
        let found = rest.split_once(step);
        rest = found.unwrap_or_else(|| panic!("{step:?} is not in {rest}")).1;
    }
}

/// Each line of the seed's usage; then what it lacked.
#[tokio::test]
async fn every_kind_of_call_is_believed() {
    let loader = r#"{"source":"s3://bucket/key","format":"csv","iamRoleArn":"arn:aws:iam::123456789012:role/a",
                     "region":"us-east-1","failOnError":"FALSE"}"#;
    let count = r#""data":{"@type":"g:List","@value":[{"@type":"g:Int64","@value":0}]}"#;
    for (env, who) in [(long_lived(), KEY_ID), (temporary(), TEMPORARY_KEY_ID)] {
        let server = Server::start().await;
        for (method, path, args, expected) in [
            ("GET", "/status", &["--query-type", "status"][..], r#""status":"healthy""#),
            ("GET", "/gremlin", &["--query-type", "gremlin", "--data", "g.V().count()"], count),
            ("POST", "/sparql", &["--query-type", "sparqlupdate", "--data", UPDATE], "UpdateEvent"),
            ("GET", "/sparql", &["--query-type", "sparql", "--data", QUERY], "b +&%é"),
            ("POST", "/sparql", &["--query-type", "sparql", "--data", QUERY], "b +&%é"),
            ("POST", "/loader", &["--query-type", "loader", "--data", loader], "{}\n"),
            ("GET", "/loader", &["--query-type", "loader", "--data", "{}"], "{}\n"),
            (
                "GET",
                "/loader",
                &["--query-type", "loader", "--data", r#"{"limit":3,"includeQueuedLoads":false}"#],
                "{}\n",
            ),
            (
                "GET",
                "/loader/a-b",
                &[
                    "--query_type",
                    "loader",
                    "--data",
                    r#"{"loadId":"a-b","errors":"TRUE","details":true,"page":1}"#,
                ],
                "{}\n",
            ),
            ("POST", "/gremlin", &["--query-type", "gremlin", "--data", "g.V().count()"], count),
            ("GET", "/opencypher", &["--query-type", "opencypher", "--data", "RETURN 1"], "{}\n"),
            (
                "POST",
                "/opencypher",
                &[
                    "--query-type",
                    "opencypher",
                    "--data",
                    "RETURN $a",
                    "--parameters",
                    r#"{"a":"b"}"#,
                ],
                "{}\n",
            ),
        ] {
            let args = [&["--action", method], args].concat();
            let ran = server.run(&env, &args).await;
            assert_eq!((ran.code, &*ran.err), (0, ""), "{args:?}");
            assert!(ran.out.contains(expected) && ran.out.ends_with('\n'), "{args:?}: {}", ran.out);
            assert_eq!(server.last_line(), format!("{method} {path}: verified, {who}: 200"));
        }
    }
}

#[tokio::test]
async fn an_update_goes_by_post_and_all_else_by_get() {
    let server = Server::start().await;
    for (args, method) in [
        (["--query-type", "sparqlupdate", "--data", UPDATE], "POST"),
        (["--query-type", "sparql", "--data", QUERY], "GET"),
    ] {
        assert_eq!(server.run(&temporary(), &args).await.code, 0);
        assert!(server.last_line().starts_with(method), "{}", server.last_line());
    }
}

/// As through a tunnel: the port differs.
#[tokio::test]
async fn a_signed_host_is_sent_as_it_is_signed() {
    let server = Server::start().await;
    let args = ["--query-type", "status", "--signed-host", "db.example:8182"];
    let ran = server.run(&long_lived(), &args).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[tokio::test]
async fn a_refusal_is_explained() {
    let server = Server::start().await;
    for (env, said, explained) in [
        (
            with(long_lived(), "AWS_SECRET_ACCESS_KEY", WRONG_SECRET),
            "The request signature we calculated does not match",
            "check 1: the secret: that of this access key id, and whole\n",
        ),
        (
            with(temporary(), "AWS_SECRET_ACCESS_KEY", WRONG_SECRET),
            "The request signature we calculated does not match",
            "check 1: the secret: that of this access key id, and whole\n",
        ),
        (
            with(temporary(), "AWS_SESSION_TOKEN", "another token"),
            "The security token included in the request is invalid.",
            "1. the session token is not the access key's: an old one, that of another key, or damaged\n",
        ),
        (
            with(long_lived(), "SERVICE_REGION", "eu-west-1"),
            "Credential should be scoped to a valid region",
            "1. the server takes no signature for the region 'eu-west-1'\n",
        ),
    ] {
        let ran = server.run(&env, &["--query-type", "status"]).await;
        assert_eq!(ran.code, 1);
        assert!(ran.out.contains(said), "{}", ran.out);
        assert!(
            ran.err.starts_with("refused with status 403\n\nthe server said: 403 "),
            "{}",
            ran.err
        );
        assert!(ran.err.contains(explained), "{}", ran.err);
        assert!(server.last_line().contains(said), "{}", server.last_line());
    }
}

#[test]
fn a_refusal_that_quotes_the_token_is_shown_without_it() {
    let body = r#"{"code":"AccessDeniedException","detailedMessage":"token AQo/+= or AQo\/+="}"#;
    let answer = Answer { status: 403, body: body.into() };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let secrets = ["AQo/+=".to_owned(), String::new()];
    let explained = |_: &_| Ok("explained".into());
    assert!(!report(&answer, explained, &secrets, (&mut out, &mut err)).unwrap());
    let out = String::from_utf8(out).unwrap();
    assert!(out.ends_with("\"token *** or ***\"}\n"), "{out}");
    assert_eq!(err, b"refused with status 403\n\nexplained");
}

#[tokio::test]
async fn other_refusals_are_shown_as_they_are() {
    let server = Server::start().await;
    let ran = server.run(&long_lived(), &["--query-type", "sparql", "--data", "SELECT"]).await;
    assert_eq!((ran.code, &*ran.err), (1, "refused with status 400\n"));
    assert!(ran.out.contains(r#""code":"MalformedQueryException""#), "{}", ran.out);
}

#[tokio::test]
async fn what_the_environment_lacks_is_named() {
    let args = ["--host", "db.example", "--query-type", "status"];
    for (missing, named) in [
        ("AWS_ACCESS_KEY_ID", "the environment variable AWS_ACCESS_KEY_ID is missing or empty"),
        (
            "AWS_SECRET_ACCESS_KEY",
            "the environment variable AWS_SECRET_ACCESS_KEY is missing or empty",
        ),
        (
            "SERVICE_REGION",
            "no region: the environment variables SERVICE_REGION, AWS_REGION and AWS_DEFAULT_REGION are missing or empty",
        ),
    ] {
        let ran = run(&with(long_lived(), missing, ""), &args).await;
        assert_eq!((ran.code, &*ran.out), (2, ""));
        assert!(ran.err.starts_with(&format!("error: {named}\n\nUsage: neptune ")), "{}", ran.err);
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_it_is_sent() {
    for (args, reason) in [
        (&["--host", "db.example"][..], "--query-type <QUERY_TYPE>"),
        (&["--query-type", "status"], "--host <HOST>"),
        (&["--host", "https://db.example", "--query-type", "status"], "the host holds a scheme"),
        (&["--host", "db.example:8182", "--query-type", "status"], "the host holds a port"),
        (&["--host", "db.example/a", "--query-type", "status"], "the host holds a path"),
        (&["--host", "db.example", "--port", "0", "--query-type", "status"], "invalid value '0'"),
        (
            &["--host", "db.example", "--query-type", "status", "--plain-http"],
            "localhost and its addresses only",
        ),
        (
            &["--host", "localhost.db.example", "--query-type", "status", "--plain-http"],
            "localhost and its addresses only",
        ),
        (
            &["--host", "[2001:db8::1]", "--query-type", "status", "--plain-http"],
            "localhost and its addresses only",
        ),
        (
            &["--host", "db.example", "--query-type", "status", "--action", "POST"],
            "the status is read by GET",
        ),
        (
            &["--host", "db.example", "--query-type", "status", "--action", "PUT"],
            "invalid value 'PUT'",
        ),
        (
            &[
                "--host",
                "db.example",
                "--query-type",
                "sparqlupdate",
                "--action",
                "GET",
                "--data",
                UPDATE,
            ],
            "a SPARQL update is sent by POST",
        ),
        (
            &["--host", "db.example", "--query-type", "sparql", "--data", UPDATE],
            "the SPARQL query is an update",
        ),
        (&["--host", "db.example", "--query-type", "sparql"], "the query is empty"),
        (&["--host", "db.example", "--query-type", "gremlin", "--data", " "], "the query is empty"),
        (
            &["--host", "db.example", "--query-type", "loader", "--action", "POST", "--data", "a"],
            "not JSON",
        ),
        (
            &["--host", "db.example", "--query-type", "loader", "--data", "[1]"],
            "it is no JSON object",
        ),
        (
            &["--host", "db.example", "--query-type", "loader", "--data", r#"{"a":[]}"#],
            "a parameter of the loader",
        ),
        (
            &["--host", "db.example", "--query-type", "loader", "--data", r#"{"loadId":".."}"#],
            "'.' or '..'",
        ),
        (
            &["--host", "db.example", "--query-type", "status", "--parameters", "{}"],
            "only an openCypher query",
        ),
        (
            &[
                "--host",
                "db.example",
                "--query-type",
                "opencypher",
                "--data",
                "a",
                "--parameters",
                "1",
            ],
            "it is no JSON object",
        ),
        (&["serve", "--host", "db.example"], "unexpected argument '--host'"),
    ] {
        let ran = run(&long_lived(), args).await;
        assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}");
        assert!(ran.err.contains(reason), "{args:?}: {}", ran.err);
    }
}

#[tokio::test]
async fn serving_goes_on_until_it_is_ended() {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let world =
        World { env: &|_| None, roots: RootCertStore::empty(), out: &mut out, err: &mut err };
    let args = ["neptune", "serve", "--port", "0"].map(OsString::from).into();
    let ended = timeout(Duration::from_millis(100), neptune::run(args, world)).await;
    assert!(ended.is_err());
    let out = String::from_utf8(out).unwrap();
    assert!(out.starts_with("http://127.0.0.1:") && out.lines().count() == 1, "{out}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (_listener, address) = listen().await;
    let port = address.port().to_string();
    let ran = run(&Env::new(), &["serve", "--port", &port]).await;
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.starts_with(&format!("error: cannot listen on port {port}: ")), "{}", ran.err);
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_named() {
    let (listener, address) = listen().await;
    drop(listener);
    let args =
        ["--host", "127.0.0.1", "--port", &address.port().to_string(), "--query-type", "status"];
    let ran = run(&long_lived(), &args).await;
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.starts_with(&format!("error: no answer of {address}: ")), "{}", ran.err);
}

#[tokio::test]
async fn help() {
    let ran = run(&Env::new(), &["--help"]).await;
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(ran.out.ends_with("  neptune serve --port 8182\n"), "{}", ran.out);
}

const UPDATE: &str = r#"INSERT DATA { <urn:a> <urn:b> "b +&%é" }"#;
const QUERY: &str = "SELECT ?o { <urn:a> <urn:b> ?o FILTER(?o != 'a+b%20&c=d') }";
