//! `examples/keyspaces/`: what it prints, and whom it trusts.

#[path = "../examples/keyspaces/main.rs"]
#[allow(dead_code, reason = "its main is for the command line")]
mod keyspaces;

use core::time::Duration;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::{env, fs, process};

use countersign_testkit::example_keys::{
    self, ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN, TEMPORARY_ACCESS_KEY_ID,
};
use countersign_testkit::keyspaces::{SERVER_NAME, Server};
use rustls::RootCertStore;
use tokio::net::TcpListener;
use tokio::time::timeout;

use self::keyspaces::World;
use self::keyspaces::client::roots_of;

type Env = Vec<(&'static str, &'static str)>;

struct Ran {
    code: u8,
    out: String,
    err: String,
}

/// Runs the example, which trusts nobody by itself. Its output never contains a secret.
async fn run(env: &Env, args: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let lookup = |name: &str| {
        let found = env.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let roots = RootCertStore::empty();
    let world = World { env: &lookup, roots, out: &mut out, err: &mut err };
    let args = ["keyspaces"].iter().chain(args).map(OsString::from).collect();
    let code = timeout(LONG, keyspaces::run(args, world)).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran { code, out: text(out), err: text(err) };
    for secret in [SECRET_ACCESS_KEY, SESSION_TOKEN, WRONG_SECRET, WRONG_PASSWORD] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{}{}", ran.out, ran.err);
    }
    ran
}

/// Starts a server that knows the example keys and a user.
fn start() -> Server {
    let server = Server::start().unwrap();
    example_keys::all().into_iter().for_each(|key| server.add_key(key));
    server.add_user("alice", PASSWORD);
    server
}

fn authority(server: &Server) -> &str {
    server.authority_file().to_str().unwrap()
}

/// Runs the example against a server.
async fn log_in(server: &Server, env: &Env, args: &[&str]) -> Ran {
    let port = server.address().port().to_string();
    let to = ["--endpoint", "127.0.0.1", "--port", &port, "--server-name", SERVER_NAME];
    run(env, &[&to[..], &["--ca-file", authority(server)], args].concat()).await
}

/// Returns what the server says of a login, which is the same for each of a driver's connections.
fn only_login(server: &Server) -> String {
    let mut lines: Vec<String> = server.logins().iter().map(ToString::to_string).collect();
    lines.dedup();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
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
        ("AWS_DEFAULT_REGION", "us-east-2"),
    ]
}

const WRONG_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYANOTHERKEY";
const WRONG_PASSWORD: &str = "not her password";
const PASSWORD: &str = "secret";
/// Far longer than any answer takes.
const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn without_arguments_rows_come_back_and_two_logins_are_refused() {
    let ran = run(&Env::new(), &[]).await;
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let steps = [
        ", over TLS, with a certificate for localhost\n",
        "1. a signed login, then select * from system_schema.keyspaces\n",
        "   server: SigV4: verified, AKIAIOSFODNN7EXAMPLE\n",
        "   keyspace_name      durable_writes  replication\n",
        "   system_schema_mcs  true            {'class':'org.apache.cassandra.locator.SimpleStrategy',",
        "2. the same login with a wrong secret\n",
        "   server: SigV4: refused: the signature we calculated does not match ",
        "   no login at 127.0.0.1:",
        "the signature we calculated does not match the one in the response: check the secret access key and the region",
        "3. the same login, signed 20 minutes ago\n",
        "   server: SigV4: refused: login timestamp ",
        "   no login at 127.0.0.1:",
        " is more than 900 s from server time",
    ];
    let mut rest = &*ran.out;
    for step in steps {
        let found = rest.split_once(step);
        rest = found.unwrap_or_else(|| panic!("{step:?} is not in {rest}")).1;
    }
}

#[tokio::test]
async fn each_kind_of_credentials_logs_in() {
    let region = ("AWS_REGION", "us-east-2");
    for (env, args, verdict) in [
        (long_lived(), &[][..], format!("SigV4: verified, {ACCESS_KEY_ID}")),
        (
            vec![
                ("AWS_ACCESS_KEY_ID", TEMPORARY_ACCESS_KEY_ID),
                ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
                ("AWS_SESSION_TOKEN", SESSION_TOKEN),
                region,
            ],
            &[],
            format!("SigV4: verified, {TEMPORARY_ACCESS_KEY_ID}"),
        ),
        // What is given counts, not the environment.
        (
            vec![region, ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")],
            &["--access-key-id", ACCESS_KEY_ID, "--secret-access-key", SECRET_ACCESS_KEY],
            format!("SigV4: verified, {ACCESS_KEY_ID}"),
        ),
        (
            vec![("AWS_REGION", "eu-west-1")],
            &[
                "--region",
                "us-east-2",
                "--access-key-id",
                TEMPORARY_ACCESS_KEY_ID,
                "--secret-access-key",
                SECRET_ACCESS_KEY,
                "--session-token",
                SESSION_TOKEN,
            ],
            format!("SigV4: verified, {TEMPORARY_ACCESS_KEY_ID}"),
        ),
        (
            vec![("KEYSPACES_PASSWORD", PASSWORD)],
            &["--user", "alice"],
            "PLAIN: verified, alice".into(),
        ),
        (
            long_lived(),
            &["--user", "alice", "--password", PASSWORD],
            "PLAIN: verified, alice".into(),
        ),
    ] {
        let server = start();
        let ran = log_in(&server, &env, args).await;
        assert_eq!((ran.code, &*ran.err), (0, ""), "{args:?}");
        assert!(ran.out.contains("\nsystem_schema_mcs  true "), "{}", ran.out);
        assert_eq!(only_login(&server), verdict);
    }
}

#[tokio::test]
async fn any_query_may_be_asked() {
    let server = start();
    let query = "select keyspace_name from system_schema.keyspaces where keyspace_name = 'example'";
    let ran = log_in(&server, &long_lived(), &["--query", query]).await;
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "keyspace_name\nexample\n", ""));
    let ran = log_in(&server, &long_lived(), &["--query", "select * from example.none"]).await;
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.contains("Unknown keyspace/cf pair (example.none)"), "{}", ran.err);
}

#[tokio::test]
async fn a_refusal_says_why() {
    let wrong = [("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID), ("AWS_SECRET_ACCESS_KEY", WRONG_SECRET)];
    let mismatch = "the signature we calculated does not match the one in the response: \
                    check the secret access key and the region";
    for (env, args, said) in [
        (wrong.to_vec(), &["--region", "us-east-2"][..], mismatch),
        (long_lived(), &["--region", "eu-west-1"], mismatch),
        (
            long_lived(),
            &["--access-key-id", "AKIANOBODY", "--secret-access-key", SECRET_ACCESS_KEY],
            "the access key or the session token is invalid",
        ),
        (
            vec![],
            &["--user", "alice", "--password", WRONG_PASSWORD],
            "the user name or the password is wrong",
        ),
        (
            vec![("KEYSPACES_PASSWORD", PASSWORD)],
            &["--user", "bob"],
            "the user name or the password is wrong",
        ),
    ] {
        let server = start();
        let ran = log_in(&server, &env, args).await;
        assert_eq!((ran.code, &*ran.out), (1, ""));
        assert!(ran.err.starts_with("error: no login at 127.0.0.1:"), "{}", ran.err);
        assert!(ran.err.contains(said), "{}", ran.err);
        assert!(only_login(&server).ends_with(&format!(": refused: {said}")));
    }
}

#[tokio::test]
async fn no_other_server_is_trusted() {
    let (server, other) = (start(), start());
    let other_ca = authority(&other);
    for (args, reason) in [
        (["--ca-file", other_ca], "invalid peer certificate: "),
        (["--server-name", "db.example"], "certificate not valid for name \"db.example\""),
        // Nor by its address: the certificate is for a name.
        (["--server-name", "127.0.0.1"], "certificate not valid for name \"127.0.0.1\""),
    ] {
        let (port, own_ca) = (server.address().port().to_string(), authority(&server));
        let mut all = vec!["--endpoint", "127.0.0.1", "--port", &port];
        for (name, value) in [("--server-name", SERVER_NAME), ("--ca-file", own_ca)] {
            all.extend(if args[0] == name { args } else { [name, value] });
        }
        let ran = run(&long_lived(), &all).await;
        assert_eq!((ran.code, &*ran.out), (1, ""));
        assert!(ran.err.contains(reason), "{}", ran.err);
        assert!(server.logins().is_empty());
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let server = start();
    for (env, args, named) in [
        (
            Env::new(),
            &["--user", "alice"][..],
            "no password: set KEYSPACES_PASSWORD, or give --password",
        ),
        (
            vec![("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID), ("AWS_REGION", "us-east-2")],
            &[],
            "the environment variable AWS_SECRET_ACCESS_KEY is missing or empty",
        ),
        (Env::new(), &["--access-key-id", ACCESS_KEY_ID], "--secret-access-key <SECRET>"),
        (Env::new(), &["--session-token", SESSION_TOKEN], "--access-key-id <ID>"),
        (Env::new(), &["--password", PASSWORD], "--user <USER>"),
    ] {
        let ran = log_in(&server, &env, args).await;
        assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}");
        assert!(ran.err.contains(named), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("\n\nUsage: keyspaces "), "{}", ran.err);
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    for (args, code, reason) in [
        (&["--region", "US East"][..], 2, "\"US East\" is no region"),
        (&["--region", "us-east-2", "--port", "65536"], 2, "invalid value '65536'"),
        (&["serve", "--region", "us-east-2"], 2, "unexpected argument '--region'"),
        (
            &["--user", "a", "--access-key-id", "b", "--secret-access-key", "c"],
            2,
            "'--user <USER>' cannot be used with '--access-key-id <ID>'",
        ),
        (&["--ca-file", "/nowhere/ca.pem"], 1, "error: cannot read /nowhere/ca.pem: "),
        (&["--ca-file", "Cargo.toml"], 1, "error: Cargo.toml holds no certificate"),
    ] {
        let ran = run(&long_lived(), args).await;
        assert_eq!((ran.code, &*ran.out), (code, ""), "{args:?}");
        assert!(ran.err.contains(reason), "{args:?}: {}", ran.err);
    }
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_is_named() {
    let server = start();
    let (listener, address) = listen().await;
    drop(listener);
    let ran = log_in(&server, &long_lived(), &["--region", "us-east-2"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ca_file = authority(&server);
    let port = address.port().to_string();
    let args = ["--endpoint", "127.0.0.1", "--port", &port, "--ca-file", ca_file];
    let ran = run(&long_lived(), &args).await;
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.starts_with(&format!("error: no login at {address}: ")), "{}", ran.err);
}

#[tokio::test]
async fn serving_goes_on_until_it_is_ended() {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let world =
        World { env: &|_| None, roots: RootCertStore::empty(), out: &mut out, err: &mut err };
    let ca_file = env::temp_dir().join(format!("keyspaces-example-{}-served.pem", process::id()));
    let args = ["keyspaces", "serve", "--port", "0", "--plain-text-port", "0", "--ca-file"];
    let args = args.iter().map(OsString::from).chain([ca_file.clone().into()]).collect();
    let ended = timeout(Duration::from_secs(1), keyspaces::run(args, world)).await;
    assert!(ended.is_err());
    let out = String::from_utf8(out).unwrap();
    assert!(out.starts_with("TLS on 127.0.0.1:") && out.lines().count() == 1, "{out}");
    let named = format!(" for localhost, CA in {}; plain text on 127.0.0.1:", ca_file.display());
    assert!(out.contains(&named), "{out}");
    assert_eq!(roots_of(&ca_file).unwrap().len(), 1);
    fs::remove_file(ca_file).unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (_listener, address) = listen().await;
    let port = address.port().to_string();
    for args in
        [["--port", &port, "--plain-text-port", "0"], ["--port", "0", "--plain-text-port", &port]]
    {
        let ran = run(&Env::new(), &[&["serve"][..], &args].concat()).await;
        assert_eq!((ran.code, &*ran.out), (1, ""));
        let named = format!("error: cannot listen on port {port}: ");
        assert!(ran.err.starts_with(&named), "{}", ran.err);
    }
}

#[tokio::test]
async fn help() {
    let ran = run(&Env::new(), &["--help"]).await;
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(ran.out.contains("\n  keyspaces --region us-east-2\n"), "{}", ran.out);
}
