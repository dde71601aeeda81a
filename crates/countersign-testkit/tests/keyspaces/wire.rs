//! A client that can send anything.

use core::time::Duration;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI16, Ordering};

use countersign::Credentials;
use countersign::keyspaces::{Challenge, INITIAL_RESPONSE, KeyspacesSigner};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use countersign_testkit::example_keys;

pub(crate) const ERROR: u8 = 0x00;
pub(crate) const STARTUP: u8 = 0x01;
pub(crate) const OPTIONS: u8 = 0x05;
pub(crate) const SUPPORTED: u8 = 0x06;
pub(crate) const QUERY: u8 = 0x07;
pub(crate) const RESULT: u8 = 0x08;
pub(crate) const PREPARE: u8 = 0x09;
pub(crate) const EXECUTE: u8 = 0x0A;
pub(crate) const REGISTER: u8 = 0x0B;
pub(crate) const BATCH: u8 = 0x0D;
pub(crate) const AUTH_CHALLENGE: u8 = 0x0E;
pub(crate) const AUTH_RESPONSE: u8 = 0x0F;
pub(crate) const AUTH_SUCCESS: u8 = 0x10;

pub(crate) struct Wire<S = TcpStream>(pub(crate) S);

/// An answer: an opcode and a body.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer(pub(crate) u8, pub(crate) Vec<u8>);

impl Answer {
    /// Returns the code and the text of an error.
    pub(crate) fn error(&self) -> (i32, String) {
        let Self(opcode, body) = self;
        assert_eq!(*opcode, ERROR, "{}", String::from_utf8_lossy(body));
        let (code, rest) = body.split_first_chunk().unwrap();
        let (length, text) = rest.split_first_chunk().unwrap();
        let text = &text[..u16::from_be_bytes(*length).into()];
        (i32::from_be_bytes(*code), String::from_utf8(text.to_vec()).unwrap())
    }
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Logged in.
    pub(crate) async fn ready(address: SocketAddr) -> Self {
        let mut wire = Self::connect(address).await;
        wire.log_in().await;
        wire
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) async fn log_in(&mut self) {
        let challenge = self.challenge().await;
        let response = signed(&challenge, example_keys::long_term());
        let answer = self.ask(AUTH_RESPONSE, &bytes(&response)).await;
        assert_eq!(answer.0, AUTH_SUCCESS, "{answer:?}");
    }

    /// Begins a login, and returns the challenge.
    pub(crate) async fn challenge(&mut self) -> Vec<u8> {
        let Answer(_, body) = self.ask(STARTUP, STARTUP_BODY).await;
        assert_eq!(body, string("com.amazon.helenus.auth.HelenusAuthenticator"));
        let Answer(opcode, body) = self.ask(AUTH_RESPONSE, &bytes(INITIAL_RESPONSE)).await;
        assert_eq!(opcode, AUTH_CHALLENGE);
        body[4..].to_vec()
    }

    pub(crate) async fn ask(&mut self, opcode: u8, body: &[u8]) -> Answer {
        static STREAM: AtomicI16 = AtomicI16::new(0);
        let stream = STREAM.fetch_add(1, Ordering::Relaxed);
        self.send(&frame(4, stream, opcode, body)).await;
        let (answered, answer) = self.answer().await.expect("an answer");
        assert_eq!(answered, stream);
        answer
    }

    /// The server may close the connection before all is sent.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    pub(crate) async fn close_own_side(&mut self) {
        let _ = self.0.shutdown().await;
    }

    /// Returns nothing if the server has closed the connection.
    pub(crate) async fn answer(&mut self) -> Option<(i16, Answer)> {
        let read = async {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).await?;
            let [version, flags, s1, s2, opcode, length @ ..] = head;
            assert_eq!((version, flags), (0x84, 0));
            let mut body = vec![0; usize::try_from(i32::from_be_bytes(length)).unwrap()];
            self.0.read_exact(&mut body).await?;
            Ok((i16::from_be_bytes([s1, s2]), Answer(opcode, body)))
        };
        match timeout(Duration::from_secs(10), read).await.expect("neither an answer nor an end") {
            Ok(answer) => Some(answer),
            Err(error) => {
                let error: std::io::Error = error;
                assert!(matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
                ));
                None
            }
        }
    }

    /// Returns all that comes until the server closes the connection.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let read = timeout(Duration::from_secs(10), self.0.read_to_end(&mut rest)).await;
        // The connection may be reset, if the server has not read everything.
        let _ = read.expect("no end");
        rest
    }

    pub(crate) async fn query(&mut self, query: &str) -> Answer {
        self.ask(QUERY, &query_body(query)).await
    }
}

/// One option, `CQL_VERSION`.
pub(crate) const STARTUP_BODY: &[u8] = b"\0\x01\0\x0bCQL_VERSION\0\x053.4.4";

pub(crate) fn signed(challenge: &[u8], credentials: Credentials) -> Vec<u8> {
    let signer = KeyspacesSigner::new(credentials, "us-east-2");
    let challenge = Challenge::parse(challenge).unwrap();
    signer.sign_challenge_at(&challenge, signer.now().unwrap()).unwrap().to_string().into_bytes()
}

pub(crate) fn frame(version: u8, stream: i16, opcode: u8, body: &[u8]) -> Vec<u8> {
    [&[version, 0], &stream.to_be_bytes()[..], &[opcode], &bytes(body)].concat()
}

pub(crate) fn query_body(query: &str) -> Vec<u8> {
    // Consistency ONE, and no flags.
    [&bytes(query.as_bytes()), &b"\0\x01\0"[..]].concat()
}

pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&i32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

pub(crate) fn string(text: &str) -> Vec<u8> {
    [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat()
}
