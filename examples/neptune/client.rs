//! An HTTP/1.1 client that verifies certificates.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

pub(crate) struct Client(legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Client {
    /// A client that believes certificates of these roots. A URI of scheme `http` goes without TLS: whoever makes requests
    /// decides.
    pub(crate) fn new(roots: RootCertStore) -> Result<Self, rustls::Error> {
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let connector = connector.enable_http1().build();
        Ok(Self(legacy::Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Sends it as it is: redirects are not followed, since they would need another signature.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Answer, Box<dyn Error>> {
        let origin = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let exchange = async {
            let response = self.0.request(request.map(Full::new)).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            Ok::<_, Box<dyn Error>>(Answer { status, body })
        };
        exchange
            .await
            .map_err(|error| format!("no answer of {origin}: {}", with_causes(&*error)).into())
    }
}

/// The authorities that browsers trust, Amazon's among them.
pub(crate) fn web_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// The client's own errors say little without their causes: a certificate that is not trusted, a connection refused.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
