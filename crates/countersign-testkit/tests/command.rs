//! The command prints where it listens and what it receives, and ends in order.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

struct Running {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign-testkit"));
        let mut process = command.args(args).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// Asks the process to stop, and returns whether it ended well.
    fn stop(&mut self) -> bool {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.process.wait().unwrap().success()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing to do if it has ended.
        let _ = self.process.kill();
    }
}

#[test]
fn neptune() {
    let mut running = Running::start(&["neptune", "--port", "0"]);
    let url = running.line();
    let address = url.strip_prefix("http://").unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    write!(client, "GET /status HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(running.line().starts_with("GET /status: refused: 403 AccessDeniedException: "));
    assert!(running.stop());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn keyspaces() {
    let mut running = Running::start(&["keyspaces", "--port", "0", "--plain-text-port", "0"]);
    let line = running.line();
    let (tls, rest) = line.split_once(" for localhost, CA in ").unwrap();
    let (authority, plain_text) = rest.split_once("; plain text on ").unwrap();
    assert!(Path::new(authority).exists());
    for address in [tls.strip_prefix("TLS on ").unwrap(), plain_text] {
        TcpStream::connect(address).unwrap();
    }
    assert!(running.stop());
    assert!(!Path::new(authority).exists());
}
