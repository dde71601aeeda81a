//! A server for one request: it keeps the bytes that it receives, and refuses.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use countersign_cli::Request;

const LIMIT: Duration = Duration::from_secs(20);
const HEAD: &[u8] = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\nConnection: close\r\n\r\n";
const BODY: &[u8] = b"<Error>no</Error>";

pub(crate) struct Listener(TcpListener);

/// What a client sent, and what it printed.
#[allow(dead_code, reason = "each test looks at what it needs")]
pub(crate) struct Ran {
    pub(crate) received: Vec<u8>,
    pub(crate) output: Output,
}

impl Listener {
    pub(crate) fn bind() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    /// Runs a client and serves its request. The client must end well.
    pub(crate) fn run(&self, mut client: Command) -> Ran {
        client.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut client = Running(Some(client.spawn().unwrap()));
        let end = Instant::now() + LIMIT;
        let mut received = None;
        // Once it has its answer, the client ends.
        while client.0.as_mut().unwrap().try_wait().unwrap().is_none() {
            match self.0.accept() {
                Ok((stream, _)) => {
                    assert!(received.replace(serve(stream)).is_none(), "it sent two")
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
            assert!(Instant::now() < end, "the client did not end");
            thread::sleep(Duration::from_millis(1));
        }
        let output = client.0.take().unwrap().wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        Ran { received: received.unwrap(), output }
    }
}

/// Ends with the test.
struct Running(Option<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn serve(mut stream: TcpStream) -> Vec<u8> {
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    while !is_complete(&received) {
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0 && received.len() < 0x10_0000, "the request is not complete");
        received.extend(&buffer[..length]);
    }
    let body = if received.starts_with(b"HEAD ") { b"" } else { BODY };
    stream.write_all(&[HEAD, body].concat()).unwrap();
    received
}

/// Whether the blank line has come, and the body that the head announces.
fn is_complete(received: &[u8]) -> bool {
    received.windows(4).any(|window| window == b"\r\n\r\n")
        && Request::parse(received).is_ok_and(|request| {
            request.header("transfer-encoding").is_none() || received.ends_with(b"0\r\n\r\n")
        })
}
