//! Who is let in.

use std::sync::Arc;

use countersign_testkit::keyspaces::{Mechanism, SERVER_NAME};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::*;

/// Logs in over TLS, trusting a certificate for a name.
async fn over_tls(server: &Server, authority: &[u8], name: &'static str) -> std::io::Result<()> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address()).await?;
    let name = ServerName::try_from(name).unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    Wire(stream).log_in().await;
    Ok(())
}

#[tokio::test]
async fn clients_that_trust_the_authority_log_in_over_tls() {
    let (server, other) = (start(), start());
    over_tls(&server, server.authority_der(), SERVER_NAME).await.unwrap();
    let file = CertificateDer::from_pem_file(server.authority_file()).unwrap();
    assert_eq!(&*file, server.authority_der());
    assert_eq!(lines(&server), ["SigV4: verified, AKIAIOSFODNN7EXAMPLE"]);
    assert_eq!(server.logins()[0].mechanism, Mechanism::SigV4);
    for (authority, name) in
        [(other.authority_der(), SERVER_NAME), (server.authority_der(), "db.example")]
    {
        over_tls(&server, authority, name).await.unwrap_err();
    }
    assert_eq!(server.logins().len(), 1);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_write_the_authority_file_and_it_is_removed() {
    use std::os::unix::fs::MetadataExt;

    let server = Server::start().unwrap();
    let file = server.authority_file().to_owned();
    let folder = file.parent().unwrap().to_owned();
    assert_eq!(folder.metadata().unwrap().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), server.authority_pem());
    let another = Server::start().unwrap();
    assert_ne!(another.authority_file(), file);
    drop(server);
    assert!(!folder.exists());
}

#[tokio::test]
async fn each_kind_of_login_is_recorded() {
    let server = start();
    let challenge_and_sign = async |credentials: Credentials| {
        let mut wire = Wire::connect(plain_text(&server)).await;
        let challenge = wire.challenge().await;
        wire.ask(AUTH_RESPONSE, &bytes(&signed(&challenge, credentials))).await;
        lines(&server).pop().unwrap()
    };
    let password = async |response: &[u8]| {
        let mut wire = Wire::connect(plain_text(&server)).await;
        wire.ask(STARTUP, STARTUP_BODY).await;
        wire.ask(AUTH_RESPONSE, &bytes(response)).await;
        lines(&server).pop().unwrap()
    };
    let temporary = example_keys::temporary;
    assert_eq!(challenge_and_sign(temporary()).await, "SigV4: verified, ASIAIOSFODNN7EXAMPLE");
    let invalid = "SigV4: refused: the access key or the session token is invalid";
    assert_eq!(challenge_and_sign(Credentials::new("AKIDNOBODY", "secret")).await, invalid);
    assert_eq!(challenge_and_sign(temporary().with_session_token("another")).await, invalid);
    server.add_key(Credentials::new("AKIDNOBODY", "secret"));
    let verified = "SigV4: verified, AKIDNOBODY";
    assert_eq!(challenge_and_sign(Credentials::new("AKIDNOBODY", "secret")).await, verified);
    server.remove_key("AKIDNOBODY");
    assert_eq!(challenge_and_sign(Credentials::new("AKIDNOBODY", "secret")).await, invalid);
    assert_eq!(password(b"\0alice\0secret").await, "PLAIN: verified, alice");
    let wrong = "PLAIN: refused: the user name or the password is wrong";
    assert_eq!(password(b"\0alice\0another").await, wrong);
    assert_eq!(password(b"\0bob\0secret").await, wrong);
}

#[tokio::test]
async fn nothing_is_read_before_a_login() {
    let server = start();
    let address = plain_text(&server);
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
    assert_eq!(lines(&server), [refused]);
}

#[tokio::test]
async fn a_challenge_is_new_each_time_and_answered_once() {
    let server = start();
    let address = plain_text(&server);
    let (mut one, mut other) = (Wire::connect(address).await, Wire::connect(address).await);
    let (challenge, another) = (one.challenge().await, other.challenge().await);
    assert_ne!(challenge, another);
    assert_eq!((&challenge[..6], challenge.len()), (&b"nonce="[..], 38));

    // What was signed for one connection is worth nothing on another.
    let response = bytes(&signed(&challenge, example_keys::long_term()));
    assert_eq!(other.ask(AUTH_RESPONSE, &response).await.error().0, 0x0100);
    assert_eq!(other.answer().await, None);
    assert_eq!(one.ask(AUTH_RESPONSE, &response).await.0, AUTH_SUCCESS);
    assert_eq!(one.ask(AUTH_RESPONSE, &response).await.error().0, 0x000A);
    assert_eq!(one.answer().await, None);
    // Nor is there a second try.
    let mut wire = Wire::connect(address).await;
    let challenge = wire.challenge().await;
    let wrong = Credentials::new(example_keys::ACCESS_KEY_ID, "wrong");
    let wrong = bytes(&signed(&challenge, wrong));
    assert_eq!(wire.ask(AUTH_RESPONSE, &wrong).await.error().0, 0x0100);
    wire.send(&frame(4, 0, AUTH_RESPONSE, &bytes(&signed(&challenge, example_keys::long_term()))))
        .await;
    assert_eq!(wire.answer().await, None);
}

#[tokio::test]
async fn a_first_response_of_another_mechanism_is_refused() {
    let server = start();
    let address = plain_text(&server);
    for response in [&b""[..], b"SigV4", b"SigV4\0", b"SigV4\0\0\0", b"alice\0secret", b"\0\0\0\0"]
    {
        let mut wire = Wire::connect(address).await;
        wire.ask(STARTUP, STARTUP_BODY).await;
        let (code, text) = wire.ask(AUTH_RESPONSE, &bytes(response)).await.error();
        assert_eq!(code, 0x0100);
        let mechanism = if text.starts_with("the user") { "PLAIN" } else { "unknown mechanism" };
        let line = format!("{mechanism}: refused: {text}");
        assert_eq!(lines(&server).last(), Some(&line));
    }
    // Null is no token at all.
    let mut wire = Wire::connect(address).await;
    wire.ask(STARTUP, STARTUP_BODY).await;
    assert_eq!(wire.ask(AUTH_RESPONSE, &[0xFF; 4]).await.error().0, 0x0100);
}
