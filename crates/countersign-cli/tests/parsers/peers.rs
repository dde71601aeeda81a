//! Comparison with `curl` and with Python's `http.client`: what they really send is what we read.

#[path = "../support/listener.rs"]
mod listener;

use std::io::{Write, stderr};
use std::process::Command;

use countersign_cli::{CurlCommand, Exchange, Inputs, Request};

use self::listener::{Listener, Ran};
use super::shown;

#[test]
fn curl_sends_what_its_command_says() {
    if Command::new("curl").arg("--version").output().is_err() {
        writeln!(stderr(), "SKIPPED: there is no curl to compare with").unwrap();
        return;
    }
    for command in include_str!("../data/curl-commands.txt").lines() {
        let listener = Listener::bind();
        let command = command.replace("URL", &listener.url());
        let mut shell = Command::new("sh");
        // Without the user's configuration and proxy.
        let to_run = command.replacen("curl ", "exec curl -q -v --noproxy '*' ", 1);
        shell.args(["-c", &to_run]);
        let Ran { received, output } = listener.run(shell);
        let sent = Request::parse(&received).unwrap();
        let mut expected = CurlCommand::parse(&command, &Inputs::default()).unwrap().request;
        let without_fragment = expected.target.split('#').next().unwrap().to_owned();
        let target = without_fragment.strip_prefix(&listener.url()).unwrap();
        expected.target =
            if target.starts_with('/') { target.into() } else { format!("/{target}") };
        assert_eq!(comparable(&sent), comparable(&expected), "{command}");

        let exchange = Exchange::parse(&output.stderr).unwrap();
        assert_eq!(exchange.had_body, !sent.body.is_empty(), "{command}");
        assert_eq!(shown(&exchange.request), shown(&without_body(&sent)), "{command}");
        let mut both = output.stderr.clone();
        both.extend(&output.stdout);
        let response = Exchange::parse(&both).unwrap().response.unwrap();
        assert_eq!(response.status, 403);
        if ![" -I ", " -i"].iter().any(|option| command.contains(option)) {
            assert_eq!(String::from_utf8_lossy(&response.body), "<Error>no</Error>", "{command}");
        }
    }
}

fn without_body(request: &Request) -> Request {
    let mut request = request.clone();
    request.body.clear();
    request
}

/// Without what `curl` always adds: its version, `Accept: */*`, and what depends on host and body.
fn comparable(request: &Request) -> Vec<String> {
    let text = shown(request);
    let mut parts: Vec<_> = text.split('|').map(str::to_owned).collect();
    parts.retain(|part| {
        let is_curls = part.starts_with("user-agent: curl/") || part == "accept: */*";
        let is_framing =
            part.starts_with("content-length: ") || part.starts_with("host: 127.0.0.1:");
        !is_curls && !is_framing
    });
    parts.sort();
    parts
}

/// Requests as Python's standard library writes them to a socket.
const PYTHON: &str = r#"
import http.client, sys
c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
case = sys.argv[2]
if case == "get":
    c.request("GET", "/a?b=c", headers={"X-A": "1", "Accept": "x"})
elif case == "post":
    c.request("POST", "/p", body=bytes(range(256)), headers={"Content-Type": "a/b"})
elif case == "chunked":
    c.request("PUT", "/p", body=iter([b"one", b"", b"two" * 2000]), encode_chunked=True)
else:
    c.putrequest("OPTIONS", "*", skip_host=True, skip_accept_encoding=True)
    c.putheader("Host", "h.example"); c.putheader("X-Two", "a", "b"); c.endheaders()
c.getresponse().read()
"#;

#[test]
fn requests_of_python_are_read_as_it_sends_them() {
    for (case, expected, body) in [
        ("get", "GET /a?b=c|host|accept-encoding|x-a: 1|accept: x", vec![]),
        (
            "post",
            "POST /p|host|accept-encoding|content-length: 256|content-type: a/b",
            (0..=255).collect(),
        ),
        (
            "chunked",
            "PUT /p|host|accept-encoding|transfer-encoding: chunked",
            [b"one", &*b"two".repeat(2000)].concat(),
        ),
        ("raw", "OPTIONS *|host: h.example|x-two: a b", vec![]),
    ] {
        if Command::new("python3").arg("--version").output().is_err() {
            writeln!(stderr(), "SKIPPED: there is no Python to compare with").unwrap();
            return;
        }
        let listener = Listener::bind();
        let port = listener.url().rsplit(':').next().unwrap().to_owned();
        let mut python = Command::new("python3");
        python.args(["-c", PYTHON, &port, case]);
        let request = Request::parse(&listener.run(python).received).unwrap();
        assert_eq!(request.body, body, "{case}");
        let text =
            shown(&without_body(&request)).replace("accept-encoding: identity", "accept-encoding");
        let host = format!("host: 127.0.0.1:{port}");
        assert_eq!(text.replace(&host, "host"), expected, "{case}");
    }
}
