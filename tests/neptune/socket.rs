//! Gremlin's WebSocket: a real handshake on the loopback, whose server checks the signature.

use countersign::Signer;
use countersign::neptune::SERVICE;
use countersign::protocol::Timestamp;
use countersign::verifier::{AccessKey, Body, SKEW, Verifier, VerifyError};
use http::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::{accept_hdr_async, connect_async};

use super::{REGION, TOKEN, credentials};

/// The status that the handshake ends with, and what the server found.
#[expect(clippy::result_large_err, reason = "the library wants the answer as it is")]
async fn handshake(
    change: impl FnOnce(&mut Request<()>),
) -> (StatusCode, Result<Vec<String>, VerifyError>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut found = None;
        let accepted = accept_hdr_async(stream, |request: &Request<()>, response| {
            let result = check(request);
            let answer = match &result {
                Ok(_) => Ok(response),
                Err(_) => {
                    let refusal = Response::builder().status(StatusCode::FORBIDDEN);
                    Err(refusal.body(None::<String>).unwrap())
                }
            };
            found = Some(result);
            answer
        });
        // Refusing is an error to the server's library, too.
        drop(accepted.await);
        found.unwrap()
    });
    let uri = format!("ws://127.0.0.1:{port}/gremlin");
    let mut request = uri.into_client_request().unwrap();
    let signer = Signer::neptune(credentials().with_session_token(TOKEN), REGION);
    signer.sign(&mut request).unwrap();
    change(&mut request);
    let status = match connect_async(request).await {
        Ok((_, response)) => response.status(),
        Err(Error::Http(response)) => response.status(),
        Err(other) => panic!("{other}"),
    };
    (status, server.await.unwrap())
}

/// The names of the headers that are signed.
fn check(request: &Request<()>) -> Result<Vec<String>, VerifyError> {
    let (parts, ()) = request.clone().into_parts();
    assert_eq!(
        (parts.uri.path(), &parts.headers["upgrade"]),
        ("/gremlin", &"websocket".parse().unwrap())
    );
    let verifier = Verifier::new(REGION, SERVICE, SKEW);
    let claim = verifier.read(&parts, Timestamp::now().unwrap())?;
    let credentials = credentials().with_session_token(TOKEN);
    let key = AccessKey::from_credentials(&credentials, claim.scope()).unwrap();
    let verified = claim.verify(&key, Body::Bytes(b""))?;
    Ok(verified.signed_headers().map(str::to_owned).collect())
}

#[tokio::test]
async fn an_upgrade_request_is_signed_as_it_is() {
    let (status, found) = handshake(|_| ()).await;
    assert_eq!(status, StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(found.unwrap(), ["host", "x-amz-date", "x-amz-security-token"]);
}

/// As happens behind a tunnel, where the host is not the cluster's.
#[tokio::test]
async fn another_host_is_refused() {
    let (status, found) = handshake(|request| {
        request.headers_mut().insert("host", "db.example:8182".parse().unwrap());
    })
    .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(found.unwrap_err(), VerifyError::SignatureMismatch);
}
