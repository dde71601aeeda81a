//! `examples/neptune/`: what it prints, and that it trusts no server without a certificate.

#[path = "../examples/neptune/main.rs"]
#[allow(dead_code, reason = "its main is for the command line")]
mod neptune;

use core::time::Duration;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use countersign_testkit::example_keys::{
    self, ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN, TEMPORARY_ACCESS_KEY_ID,
};
use countersign_testkit::neptune::Server;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use self::neptune::World;
use self::neptune::call::report;
use self::neptune::client::{Answer, web_roots};

type Env = Vec<(&'static str, &'static str)>;

struct Ran {
    code: u8,
    out: String,
    err: String,
}

/// Runs the example, whose output never contains a secret.
async fn run(env: &Env, args: &[&str]) -> Ran {
    run_trusting(RootCertStore::empty(), env, args).await
}

async fn run_trusting(roots: RootCertStore, env: &Env, args: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let lookup = |name: &str| {
        let found = env.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let world = World { env: &lookup, roots, out: &mut out, err: &mut err };
    let args = ["neptune"].iter().chain(args).map(OsString::from).collect();
    let code = timeout(LONG, neptune::run(args, world)).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran { code, out: text(out), err: text(err) };
    for secret in [SECRET_ACCESS_KEY, SESSION_TOKEN, WRONG_SECRET] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{}{}", ran.out, ran.err);
    }
    ran
}

/// Starts a server that knows the example keys.
fn start() -> Server {
    let server = Server::start().unwrap();
    example_keys::all().into_iter().for_each(|key| server.add_key(key));
    server
}

/// Runs the example against a server.
async fn call(server: &Server, env: &Env, args: &[&str]) -> Ran {
    let port = server.address().port().to_string();
    run(env, &[&["--host", "127.0.0.1", "--plain-http", "--port", &port], args].concat()).await
}

fn last_line(server: &Server) -> String {
    server.requests().last().unwrap().to_string()
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn long_lived() -> Env {
    vec![
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("SERVICE_REGION", "us-east-1"),
    ]
}

fn temporary() -> Env {
    vec![
        ("AWS_ACCESS_KEY_ID", TEMPORARY_ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ]
}

fn with(mut env: Env, name: &'static str, value: &'static str) -> Env {
    env.retain(|(known, _)| *known != name);
    env.push((name, value));
    env
}

const WRONG_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYANOTHERKEY";
/// Far longer than any answer takes.
const LONG: Duration = Duration::from_secs(60);

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

/// Each line of the original program's usage, and more.
#[tokio::test]
async fn every_kind_of_call_is_believed() {
    let loader = r#"{"source":"s3://bucket/key","format":"csv","iamRoleArn":"arn:aws:iam::123456789012:role/a",
                     "region":"us-east-1","failOnError":"FALSE"}"#;
    let count = r#""data":{"@type":"g:List","@value":[{"@type":"g:Int64","@value":0}]}"#;
    for (env, who) in [(long_lived(), ACCESS_KEY_ID), (temporary(), TEMPORARY_ACCESS_KEY_ID)] {
        let server = start();
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
            let ran = call(&server, &env, &args).await;
            assert_eq!((ran.code, &*ran.err), (0, ""), "{args:?}");
            assert!(ran.out.contains(expected) && ran.out.ends_with('\n'), "{args:?}: {}", ran.out);
            assert_eq!(last_line(&server), format!("{method} {path}: verified, {who}: 200"));
        }
    }
}

#[tokio::test]
async fn an_update_goes_by_post_and_all_else_by_get() {
    let server = start();
    for (args, method) in [
        (["--query-type", "sparqlupdate", "--data", UPDATE], "POST"),
        (["--query-type", "sparql", "--data", QUERY], "GET"),
    ] {
        assert_eq!(call(&server, &temporary(), &args).await.code, 0);
        assert!(last_line(&server).starts_with(method), "{}", last_line(&server));
    }
}

/// As through a tunnel: the port differs.
#[tokio::test]
async fn a_signed_host_is_sent_as_it_is_signed() {
    let server = start();
    let args = ["--query-type", "status", "--signed-host", "db.example:8182"];
    let ran = call(&server, &long_lived(), &args).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[tokio::test]
async fn a_refusal_is_explained() {
    let server = start();
    for (env, said, explained) in [
        (
            with(long_lived(), "AWS_SECRET_ACCESS_KEY", WRONG_SECRET),
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
        let ran = call(&server, &env, &["--query-type", "status"]).await;
        assert_eq!(ran.code, 1);
        assert!(ran.out.contains(said), "{}", ran.out);
        assert!(
            ran.err.starts_with("refused with status 403\n\nthe server said: 403 "),
            "{}",
            ran.err
        );
        assert!(ran.err.contains(explained), "{}", ran.err);
        assert!(last_line(&server).contains(said), "{}", last_line(&server));
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
async fn invalid_calls_are_rejected_before_they_are_sent() {
    let to = |host, args: &[&'static str]| [&["--host", host, "--query-type"], args].concat();
    let example = |args: &[&'static str]| to("db.example", args);
    let local = "localhost and its addresses only";
    for (args, reason) in [
        (vec!["--host", "db.example"], "--query-type <QUERY_TYPE>"),
        (vec!["--query-type", "status"], "--host <HOST>"),
        (to("https://db.example", &["status"]), "the host holds a scheme"),
        (to("db.example:8182", &["status"]), "the host holds a port"),
        (example(&["status", "--port", "0"]), "invalid value '0'"),
        (example(&["status", "--plain-http"]), local),
        (to("localhost.db.example", &["status", "--plain-http"]), local),
        (to("[2001:db8::1]", &["status", "--plain-http"]), local),
        (example(&["status", "--action", "POST"]), "the status is read by GET"),
        (example(&["status", "--action", "PUT"]), "invalid value 'PUT'"),
        (
            example(&["sparqlupdate", "--action", "GET", "--data", UPDATE]),
            "a SPARQL update is sent by POST",
        ),
        (example(&["sparql"]), "the query is empty"),
        (example(&["loader", "--action", "POST", "--data", "a"]), "not JSON"),
        (example(&["loader", "--data", "[1]"]), "it is no JSON object"),
        (example(&["loader", "--data", r#"{"a":[]}"#]), "a parameter of the loader"),
        (example(&["status", "--parameters", "{}"]), "only an openCypher query"),
        (example(&["opencypher", "--data", "a", "--parameters", "1"]), "it is no JSON object"),
        (vec!["serve", "--host", "db.example"], "unexpected argument '--host'"),
    ] {
        let ran = run(&long_lived(), &args).await;
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

#[tokio::test]
async fn a_trusted_server_is_asked() {
    let server = start();
    let (port, certificate) = behind_tls(server.address()).await;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let args = ["--host", "localhost", "--port", &port, "--query-type", "status"];
    let ran = run_trusting(roots, &long_lived(), &args).await;
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(ran.out.contains(r#""status":"healthy""#), "{}", ran.out);
}

#[tokio::test]
async fn no_other_server_is() {
    let server = start();
    let (port, certificate) = behind_tls(server.address()).await;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    for (roots, host, reason) in [
        (web_roots(), "localhost", "invalid peer certificate: "),
        // The certificate is not for this name.
        (roots, "127.0.0.1", "invalid peer certificate: certificate not valid for name"),
    ] {
        let args = ["--host", host, "--port", &port, "--query-type", "status"];
        let ran = run_trusting(roots, &long_lived(), &args).await;
        assert_eq!((ran.code, &*ran.out), (1, ""));
        assert!(ran.err.contains(reason), "{}", ran.err);
    }
}

/// Puts a server behind TLS. Returns the port, and a self-signed certificate for `localhost`.
async fn behind_tls(server: SocketAddr) -> (String, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            // A client that does not trust the certificate goes away.
            let Ok(mut client) = acceptor.accept(client).await else { continue };
            let mut server = TcpStream::connect(server).await.unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (address.port().to_string(), certificate)
}
