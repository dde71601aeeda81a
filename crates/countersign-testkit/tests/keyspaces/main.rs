//! The server for clients of Keyspaces, against a client that can send anything. `tests/keyspaces_drivers.rs` of the library has
//! real drivers log in to it.

mod limits;
mod login;
mod queries;
mod wire;

use std::net::SocketAddr;

use countersign_testkit::keyspaces::{Limits, Options, Server};
use countersign_testkit::{Credentials, example_keys};

use self::wire::{
    AUTH_RESPONSE, AUTH_SUCCESS, Answer, BATCH, EXECUTE, OPTIONS, PREPARE, QUERY, REGISTER, RESULT,
    STARTUP, STARTUP_BODY, SUPPORTED, Wire, bytes, frame, query_body, signed, string,
};

/// Starts a server that knows the example keys and a user.
fn start() -> Server {
    start_with(|_| ())
}

fn start_with(change: impl FnOnce(&mut Limits)) -> Server {
    let mut limits = Limits::default();
    change(&mut limits);
    let options = Options::new().with_plain_text_port(0).with_limits(limits);
    let server = Server::start_with(options).unwrap();
    example_keys::all().into_iter().for_each(|key| server.add_key(key));
    server.add_user("alice", "secret");
    server
}

fn plain_text(server: &Server) -> SocketAddr {
    server.plain_text_address().unwrap()
}

fn lines(server: &Server) -> Vec<String> {
    server.logins().iter().map(ToString::to_string).collect()
}

/// The same numbers each time (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[7]
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.next() % most).map(|_| self.byte()).collect()
    }
}
