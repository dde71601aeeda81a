//! What the stand-in answers to clients that no driver would be, and that none of them ends it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::keyspaces::stand_in::{MAX_BODY, SECRET, StandIn};
use super::wire::{
    AUTH_RESPONSE, AUTH_SUCCESS, Answer, BATCH, EXECUTE, OPTIONS, PREPARE, QUERY, REGISTER, RESULT,
    STARTUP, STARTUP_BODY, SUPPORTED, Wire, bytes, frame, query_body, signed, string,
};
use super::{Server, WRONG_SECRET, listen, long_lived};

/// Without TLS.
async fn start() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let (listener, address) = listen().await;
    let log = Arc::<Mutex<Vec<String>>>::default();
    let lines = Arc::clone(&log);
    let stand_in = StandIn::new(move |line| lines.lock().unwrap().push(line.to_owned()));
    tokio::spawn(stand_in.serve(listener, None));
    (address, log)
}

#[tokio::test]
async fn nothing_is_read_before_a_login() {
    let (address, log) = start().await;
    for opcode in [QUERY, PREPARE, EXECUTE, REGISTER, BATCH, AUTH_RESPONSE, 0x00, 0xFF] {
        for steps in 0..2 {
            let mut wire = Wire::connect(address).await;
            if steps > 0 {
                wire.challenge().await;
            }
            let answer = wire.ask(opcode, &query_body("select * from system.local")).await;
            let (code, _) = answer.error();
            let is_response = steps > 0 && opcode == AUTH_RESPONSE;
            assert_eq!(code, if is_response { 0x0100 } else { 0x000A }, "{opcode}");
            assert_eq!(wire.answer().await, None);
        }
    }
    // The query as a response to a challenge.
    let refused =
        "SigV4: refused: response is not of the form 'signature=…,access_key=…,amzdate=…'";
    assert_eq!(*log.lock().unwrap(), [refused]);
}

#[tokio::test]
async fn a_challenge_is_new_each_time_and_answered_once() {
    let (address, _) = start().await;
    let (mut one, mut other) = (Wire::connect(address).await, Wire::connect(address).await);
    let (challenge, another) = (one.challenge().await, other.challenge().await);
    assert_ne!(challenge, another);
    assert_eq!((&challenge[..6], challenge.len()), (&b"nonce="[..], 38));

    // What was signed for one connection is worth nothing on another.
    let response = bytes(&signed(&challenge, SECRET));
    assert_eq!(other.ask(AUTH_RESPONSE, &response).await.error().0, 0x0100);
    assert_eq!(other.answer().await, None);
    assert_eq!(one.ask(AUTH_RESPONSE, &response).await.0, AUTH_SUCCESS);
    assert_eq!(one.ask(AUTH_RESPONSE, &response).await.error().0, 0x000A);
    assert_eq!(one.answer().await, None);
    // Nor is there a second try.
    let mut wire = Wire::connect(address).await;
    let challenge = wire.challenge().await;
    let wrong = bytes(&signed(&challenge, WRONG_SECRET));
    assert_eq!(wire.ask(AUTH_RESPONSE, &wrong).await.error().0, 0x0100);
    wire.send(&frame(4, 0, AUTH_RESPONSE, &bytes(&signed(&challenge, SECRET)))).await;
    assert_eq!(wire.answer().await, None);
}

#[tokio::test]
async fn a_first_response_of_another_mechanism_is_refused() {
    let (address, log) = start().await;
    for response in [&b""[..], b"SigV4", b"SigV4\0", b"SigV4\0\0\0", b"alice\0secret", b"\0\0\0\0"]
    {
        let mut wire = Wire::connect(address).await;
        wire.ask(STARTUP, STARTUP_BODY).await;
        let (code, text) = wire.ask(AUTH_RESPONSE, &bytes(response)).await.error();
        assert_eq!(code, 0x0100);
        let mechanism = if text.starts_with("the user") { "PLAIN" } else { "unknown mechanism" };
        let line = format!("{mechanism}: refused: {text}");
        assert_eq!(log.lock().unwrap().pop(), Some(line));
    }
    // Null is no token at all.
    let mut wire = Wire::connect(address).await;
    wire.ask(STARTUP, STARTUP_BODY).await;
    assert_eq!(wire.ask(AUTH_RESPONSE, &[0xFF; 4]).await.error().0, 0x0100);
}

#[tokio::test]
async fn other_versions_are_told_of_the_one_that_is_spoken() {
    let (address, _) = start().await;
    for version in [0, 1, 2, 3, 5, 6, 0x41, 0x42, 0x84, 0xFF] {
        let mut wire = Wire::connect(address).await;
        wire.send(&frame(version, 77, STARTUP, STARTUP_BODY)).await;
        let (stream, answer) = wire.answer().await.unwrap();
        let text = format!(
            "Invalid or unsupported protocol version ({version}); supported versions are (4/v4)"
        );
        assert_eq!((stream, answer.error()), (77, (0x000A, text)));
        assert_eq!(wire.answer().await, None);
    }
}

#[tokio::test]
async fn what_cannot_be_understood_is_a_protocol_error() {
    let (address, _) = start().await;
    let head =
        |flags: u8, length: i32| [&[4, flags, 0, 9, OPTIONS], &length.to_be_bytes()[..]].concat();
    let too_long = i32::try_from(MAX_BODY).unwrap() + 1;
    for (sent, reason) in [
        (head(0, -1), "A body of -1 bytes: the most are 262144"),
        (head(0, i32::MIN), "A body of -2147483648 bytes: the most are 262144"),
        (head(0, i32::MAX), "A body of 2147483647 bytes: the most are 262144"),
        (head(0, too_long), "A body of 262145 bytes: the most are 262144"),
        (head(1, 0), "Unsupported flags 0x01"),
        (head(4, 0), "Unsupported flags 0x04"),
        (head(0x10, 0), "Unsupported flags 0x10"),
        (frame(4, 9, STARTUP, b""), "The body ends too early"),
        (frame(4, 9, STARTUP, b"\xff\xff\0\x01a\0\x01b"), "The body ends too early"),
        (frame(4, 9, STARTUP, b"\0\x01\0\x02\xc3\x28\0\0"), "A text is not UTF-8"),
        (
            frame(
                4,
                9,
                STARTUP,
                &[&b"\0\x01"[..], &string("COMPRESSION"), &string("lz4")].concat(),
            ),
            "The stand-in does not compress",
        ),
    ] {
        let mut wire = Wire::connect(address).await;
        wire.send(&sent).await;
        let (stream, answer) = wire.answer().await.unwrap();
        assert_eq!((stream, answer.error()), (9, (0x000A, reason.to_owned())));
        assert_eq!(wire.answer().await, None);
    }
}

#[tokio::test]
async fn tracing_may_be_asked_for_and_a_body_may_be_of_the_largest_size() {
    let (address, _) = start().await;
    let mut wire = Wire::connect(address).await;
    for sent in
        [[4, 2, 0, 9, OPTIONS, 0, 0, 0, 0].to_vec(), frame(4, 9, OPTIONS, &vec![0; MAX_BODY])]
    {
        wire.send(&sent).await;
        let (stream, Answer(opcode, _)) = wire.answer().await.unwrap();
        assert_eq!((stream, opcode), (9, SUPPORTED));
    }
}

/// Ten seconds are given, of a clock that need not be waited for.
#[tokio::test]
async fn whoever_does_not_log_in_is_hung_up_on() {
    let ((plain_text, _), server) = (start().await, Server::start().await);
    for (address, sent) in [(plain_text, STARTUP_BODY), (plain_text, b""), (server.address, b"")] {
        let mut client = TcpStream::connect(address).await.unwrap();
        if !sent.is_empty() {
            client.write_all(&frame(4, 0, STARTUP, sent)).await.unwrap();
        }
        tokio::time::pause();
        let begun = tokio::time::Instant::now();
        client.read_to_end(&mut Vec::new()).await.unwrap();
        assert!(begun.elapsed().as_secs() <= 11, "{:?}", begun.elapsed());
        tokio::time::resume();
    }
}

/// Identifiers and kinds as the protocol has them (4.2.5.2 and 6).
#[tokio::test]
async fn values_are_written_as_their_kinds() {
    let (address, _) = start().await;
    let mut wire = Wire::ready(address).await;
    for (column, kind, value) in [
        ("host_id", &b"\0\x0c"[..], &b"\0\0\0\x10\x5e\xad\x1a\0\0\0\x40\0\x80\0\0\0\0\0\0\x01"[..]),
        ("tokens", b"\0\x22\0\x0d", b"\0\0\0\x09\0\0\0\x01\0\0\0\x010"),
        ("rpc_address", b"\0\x10", b"\0\0\0\x04\x7f\0\0\x01"),
    ] {
        let Answer(opcode, body) = wire.query(&format!("select {column} from system.local")).await;
        // Rows, of one table, in one column; then one row.
        let head = b"\0\0\0\x02\0\0\0\x01\0\0\0\x01";
        let names = [string("system"), string("local"), string(column)].concat();
        let expected = [head, &names[..], kind, b"\0\0\0\x01", value].concat();
        assert_eq!((opcode, body), (RESULT, expected), "{column}");
    }
}

#[tokio::test]
async fn markers_and_limits() {
    let (address, _) = start().await;
    let mut wire = Wire::ready(address).await;
    let all = wire.query("select keyspace_name from system_schema.keyspaces").await;
    let two = wire.query("select keyspace_name from system_schema.keyspaces limit 2").await;
    assert_eq!((all.0, two.0), (RESULT, RESULT));
    // Without system_schema_mcs and example.
    assert_eq!(all.1.len() - two.1.len(), 4 + 17 + 4 + 7);

    let query = "select key from system.local where key = ? and rack = ?";
    let with = |flags: u8, values: [&str; 2]| {
        let values = values.map(|value| bytes(value.as_bytes())).concat();
        [&bytes(query.as_bytes()), &[0, 1, flags, 0, 2][..], &values].concat()
    };
    assert!(wire.ask(QUERY, &with(1, ["local", "a"])).await.1.ends_with(b"\0\0\0\x05local"));
    assert!(wire.ask(QUERY, &with(1, ["a", "local"])).await.1.ends_with(b"\0\x0d\0\0\0\0"));
    let named = wire.ask(QUERY, &with(0x41, ["local", "a"])).await.error();
    assert_eq!(named, (0x2200, "The stand-in's markers have no names".to_owned()));
}

#[tokio::test]
async fn each_fault_of_a_query_has_its_code() {
    let (address, _) = start().await;
    let mut wire = Wire::ready(address).await;
    for (query, code, reason) in [
        ("", 0x2000, "The stand-in reads 'SELECT … FROM"),
        ("select", 0x2000, "The stand-in reads"),
        ("select * from system", 0x2000, "The stand-in reads"),
        ("select * from system.local where key='local", 0x2000, "The stand-in reads"),
        ("select * from system.local; drop", 0x2000, "The stand-in reads"),
        ("select * from system_schema.keyspaces limit -1", 0x2000, "The stand-in reads"),
        (&format!("select {} from system.local", "a".repeat(101)), 0x2000, "A name is too long"),
        ("drop keyspace example", 0x2200, "The stand-in can be read from, and nothing else"),
        ("select * from system.peers_v2", 0x2200, "Unknown keyspace/cf pair (system.peers_v2)"),
        (
            "select keyspace_name from system_schema.scylla_tables",
            0x2200,
            "Unknown keyspace/cf pair (system_schema.scylla_tables)",
        ),
        ("select none from system.local", 0x2200, "Undefined column name none"),
        ("select \"KEY\" from system.local", 0x2200, "Undefined column name KEY"),
        ("select * from system.local where key in ('a')", 0x2200, "knows no condition but '='"),
        ("select * from system.local where host_id = 'a'", 0x2200, "compares texts"),
        ("select * from system.local where key = ?", 0x2200, "There are not as many values"),
    ] {
        let (answered, text) = wire.query(query).await.error();
        assert_eq!(answered, code, "{query}: {text}");
        assert!(text.contains(reason), "{query}: {text}");
    }
    let unprepared = wire.ask(EXECUTE, &[&string("drop a")[..], b"\0\x01\0"].concat()).await;
    assert_eq!(unprepared.error().0, 0x2500);
    assert!(unprepared.1.ends_with(&string("drop a")));
    let long = format!("{}select * from system.local", " ".repeat(70_000));
    assert_eq!(wire.ask(PREPARE, &bytes(long.as_bytes())).await.error().0, 0x2200);
    assert_eq!(wire.ask(BATCH, b"").await.error().0, 0x2200);
    // And is answered on.
    let found =
        wire.query("SELECT Key FROM system.local WHERE \"key\"='local' ALLOW FILTERING;").await;
    assert_eq!(found.0, RESULT);
    assert!(found.1.ends_with(b"\0\0\0\x01\0\0\0\x05local"), "{found:?}");
    let none = wire.query("select key from system.local where key = 'it''s' limit 1").await;
    assert!(none.1.ends_with(b"\0\x0d\0\0\0\0"), "{none:?}");
}

#[tokio::test]
async fn no_bytes_end_it() {
    let (address, _) = start().await;
    let mut random = Random(1);
    for _ in 0..500 {
        let mut wire = Wire::connect(address).await;
        let mut bytes = random.bytes(60);
        // As often, something that begins well.
        if random.next().is_multiple_of(2) {
            bytes = [&frame(4, 0, STARTUP, STARTUP_BODY)[..], &[4, 0, 0, 0], &bytes].concat();
        }
        wire.send(&bytes).await;
        wire.close_own_side().await;
        while wire.answer().await.is_some() {}
    }
    Wire::ready(address).await;
}

#[tokio::test]
async fn a_conversation_may_end_anywhere() {
    let (address, _) = start().await;
    let whole = [
        frame(4, 0, OPTIONS, b""),
        frame(4, 1, STARTUP, STARTUP_BODY),
        frame(4, 2, AUTH_RESPONSE, &bytes(b"\0alice\0secret")),
        frame(4, 3, QUERY, &query_body("select * from system.local")),
    ]
    .concat();
    for end in 0..=whole.len() {
        let mut wire = Wire::connect(address).await;
        wire.send(&whole[..end]).await;
        wire.close_own_side().await;
        let mut answers = 0;
        while wire.answer().await.is_some() {
            answers += 1;
        }
        assert!(answers <= 4);
        assert_eq!(answers == 4, end == whole.len());
    }
    // And whoever vanishes without a word.
    drop(Wire::connect(address).await);
    Wire::ready(address).await;
}

#[tokio::test]
async fn nor_do_they_without_a_handshake() {
    let server = Server::start().await;
    let mut random = Random(3);
    for _ in 0..100 {
        let mut wire = Wire::connect(server.address).await;
        wire.send(&random.bytes(60)).await;
        wire.close_own_side().await;
        wire.rest().await;
    }
    // As if there were no TLS.
    let mut wire = Wire::connect(server.address).await;
    wire.send(&frame(4, 0, STARTUP, STARTUP_BODY)).await;
    // An alert of TLS, and no answer of CQL.
    assert_eq!(wire.rest().await.first(), Some(&0x15));
    assert_eq!(server.run(&long_lived(), &[]).await.code, 0);
}

/// A body that panics would be no answer.
#[tokio::test]
async fn whatever_a_body_holds_is_answered() {
    let (address, _) = start().await;
    let mut random = Random(2);
    let select = b"select * from system_schema.keyspaces where keyspace_name = ? and \"keyspace_name\"='a' limit 1;";
    let id_length = u16::try_from(select.len()).unwrap().to_be_bytes();
    for _ in 0..2_000 {
        let opcode = [QUERY, PREPARE, EXECUTE, REGISTER, BATCH][random.next() % 5];
        let mut query = select.to_vec();
        for _ in 0..random.next() % 3 {
            let at = random.next() % query.len();
            query[at] = random.byte();
        }
        let mut body = match opcode {
            EXECUTE => [&id_length[..], &query].concat(),
            _ => bytes(&query),
        };
        body.extend(b"\0\x01\x01\0\x01\0\0\0\x07example");
        for _ in 0..random.next() % 2 {
            let at = random.next() % body.len();
            body[at] = random.byte();
        }
        body.truncate(body.len() - random.next() % 20);
        let mut wire = Wire::connect(address).await;
        wire.ask(STARTUP, STARTUP_BODY).await;
        wire.ask(AUTH_RESPONSE, &bytes(b"\0alice\0secret")).await;
        let Answer(opcode, _) = wire.ask(opcode, &body).await;
        assert!(opcode <= RESULT);
    }
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
