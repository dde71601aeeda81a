//! What the server answers to queries, and to what is none.

use super::*;

/// Identifiers and kinds as the protocol has them (4.2.5.2 and 6).
#[tokio::test]
async fn values_are_written_as_their_kinds() {
    let server = start();
    let address = plain_text(&server);
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
    let server = start();
    let address = plain_text(&server);
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
    assert_eq!(named, (0x2200, "Markers of the test server have no names".to_owned()));
}

#[tokio::test]
async fn each_fault_of_a_query_has_its_code() {
    let server = start();
    let address = plain_text(&server);
    let mut wire = Wire::ready(address).await;
    for (query, code, reason) in [
        ("", 0x2000, "The test server reads only 'SELECT … FROM"),
        ("select", 0x2000, "The test server reads only"),
        ("select * from system", 0x2000, "The test server reads only"),
        ("select * from system.local where key='local", 0x2000, "The test server reads only"),
        ("select * from system.local; drop", 0x2000, "The test server reads only"),
        ("select * from system_schema.keyspaces limit -1", 0x2000, "The test server reads only"),
        (&format!("select {} from system.local", "a".repeat(101)), 0x2000, "A name is too long"),
        ("drop keyspace example", 0x2200, "The test server can only be read"),
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
async fn other_versions_are_told_of_the_one_that_is_spoken() {
    let server = start();
    let address = plain_text(&server);
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
    let server = start();
    let address = plain_text(&server);
    let head =
        |flags: u8, length: i32| [&[4, flags, 0, 9, OPTIONS], &length.to_be_bytes()[..]].concat();
    let too_long = (256 << 10) + 1;
    for (sent, reason) in [
        (head(0, -1), "A body has -1 bytes; the most are 262144"),
        (head(0, i32::MIN), "A body has -2147483648 bytes; the most are 262144"),
        (head(0, i32::MAX), "A body has 2147483647 bytes; the most are 262144"),
        (head(0, too_long), "A body has 262145 bytes; the most are 262144"),
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
            "The test server does not compress",
        ),
    ] {
        let mut wire = Wire::connect(address).await;
        wire.send(&sent).await;
        let (stream, answer) = wire.answer().await.unwrap();
        assert_eq!((stream, answer.error()), (9, (0x000A, reason.to_owned())));
        assert_eq!(wire.answer().await, None);
    }
}
