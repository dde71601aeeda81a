//! What clients cannot make the server do.

use std::net::TcpStream as StdTcpStream;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;

/// Far longer than any answer takes.
const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn clients_that_do_not_log_in_or_fall_silent_are_disconnected() {
    let server = start_with(|limits| {
        limits.login_time = Duration::from_millis(200);
        limits.idle_time = Duration::from_millis(200);
    });
    let plain_text = plain_text(&server);
    for (address, sent) in [(plain_text, STARTUP_BODY), (plain_text, b""), (server.address(), b"")]
    {
        let mut client = TcpStream::connect(address).await.unwrap();
        if !sent.is_empty() {
            client.write_all(&frame(4, 0, STARTUP, sent)).await.unwrap();
        }
        timeout(LONG, client.read_to_end(&mut Vec::new())).await.unwrap().unwrap();
    }
    let mut wire = Wire::ready(plain_text).await;
    wire.send(&frame(4, 0, QUERY, &query_body("select * from system.local"))[..20]).await;
    assert_eq!(wire.answer().await, None);
}

#[tokio::test]
async fn no_more_clients_are_served_than_may_be() {
    let server = start_with(|limits| limits.connections = 1);
    let first = Wire::ready(plain_text(&server)).await;
    let mut second = std::pin::pin!(Wire::ready(plain_text(&server)));
    assert!(timeout(Duration::from_millis(200), &mut second).await.is_err());
    drop(first);
    timeout(LONG, second).await.unwrap();
}

#[tokio::test]
async fn answers_are_bounded() {
    let server = start_with(|limits| limits.answer_bytes = 10_000);
    let mut wire = Wire::ready(plain_text(&server)).await;
    let columns = vec!["keyspace_name"; 1_000].join(",");
    let query = format!("select {columns} from system_schema.keyspaces");
    let (code, text) = wire.query(&query).await.error();
    assert_eq!((code, &*text), (0x2200, "The answer has more than 10000 bytes"));
    assert_eq!(wire.query("select * from system_schema.keyspaces").await.0, RESULT);
}

#[tokio::test]
async fn bodies_of_the_largest_size_are_read_and_tracing_is_ignored() {
    let server = start();
    let mut wire = Wire::connect(plain_text(&server)).await;
    let tracing = [4, 2, 0, 9, OPTIONS, 0, 0, 0, 0].to_vec();
    for sent in [tracing, frame(4, 9, OPTIONS, &vec![0; 256 << 10])] {
        wire.send(&sent).await;
        let (stream, Answer(opcode, _)) = wire.answer().await.unwrap();
        assert_eq!((stream, opcode), (9, SUPPORTED));
    }
}

#[tokio::test]
async fn dropping_a_server_closes_its_connections_and_frees_its_ports() {
    let server = start();
    let addresses = [server.address(), plain_text(&server)];
    let mut wire = Wire::ready(plain_text(&server)).await;
    drop(server);
    assert_eq!(wire.answer().await, None);
    for address in addresses {
        assert!(StdTcpStream::connect(address).is_err());
    }
}

#[tokio::test]
async fn no_bytes_end_it() {
    let server = start();
    let address = plain_text(&server);
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
    let server = start();
    let address = plain_text(&server);
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
    let server = start();
    let mut random = Random(3);
    for _ in 0..100 {
        let mut wire = Wire::connect(server.address()).await;
        wire.send(&random.bytes(60)).await;
        wire.close_own_side().await;
        wire.rest().await;
    }
    // As if there were no TLS.
    let mut wire = Wire::connect(server.address()).await;
    wire.send(&frame(4, 0, STARTUP, STARTUP_BODY)).await;
    // An alert of TLS, and no answer of CQL.
    assert_eq!(wire.rest().await.first(), Some(&0x15));
    Wire::ready(plain_text(&server)).await;
}

/// A body that panics would be no answer.
#[tokio::test]
async fn whatever_a_body_holds_is_answered() {
    let server = start();
    let address = plain_text(&server);
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
