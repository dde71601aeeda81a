//! Certificates are verified.

use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::neptune::client::web_roots;
use super::neptune::stand_in::app;
use super::{listen, long_lived, run_trusting};

#[tokio::test]
async fn a_trusted_server_is_asked() {
    let (port, certificate) = serve().await;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let args = ["--host", "localhost", "--port", &port, "--query-type", "status"];
    let ran = run_trusting(roots, &long_lived(), &args).await;
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(ran.out.contains(r#""status":"healthy""#), "{}", ran.out);
}

#[tokio::test]
async fn no_other_server_is() {
    let (port, certificate) = serve().await;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    for (roots, host, reason) in [
        (web_roots(), "localhost", "invalid peer certificate: "),
        // The certificate is not for this name.
        (roots, "127.0.0.1", "invalid peer certificate: certificate not valid for name"),
    ] {
        let args = ["--host", host, "--port", &port, "--query-type", "status"];
        let ran = run_trusting(roots, &long_lived(), &args).await;
        assert_eq!((ran.code, &*ran.out), (1, ""));
        assert!(ran.err.contains(reason), "{}", ran.err);
    }
}

/// The stand-in behind TLS: its port, and a certificate for `localhost` that it signed itself.
async fn serve() -> (String, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let (acceptor, app) = (TlsAcceptor::from(Arc::new(config)), app(|_| ()).unwrap());
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, app) = (acceptor.clone(), app.clone());
            tokio::spawn(async move {
                // Whoever does not trust it hangs up.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = TowerToHyperService::new(app);
                let builder = auto::Builder::new(TokioExecutor::new());
                drop(builder.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    });
    (address.port().to_string(), certificate)
}
