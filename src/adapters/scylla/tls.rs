//! TLS to a node that is reached by its address, though its certificate bears a name.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::VerifierBuilderError;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// A configuration that takes a certificate for `server_name`, whatever address the node is reached by. The driver alone
/// would look for that address in the certificate; a certificate of Amazon Keyspaces bears the endpoint's name.
///
/// It is verified in full: the chain up to one of the `roots`, the dates of all certificates below that root, the name, and
/// the signature of the handshake. Lists of revoked certificates are not looked at. For Amazon Keyspaces the roots are
/// [Amazon's](https://www.amazontrust.com/repository/); `webpki-roots` and most systems hold them.
///
/// The `provider` is named since a program may have several; scylla brings that of `rustls::crypto::aws_lc_rs`.
///
/// # Errors
/// The name is none, there are no roots, or the provider has no cipher for TLS 1.2 or 1.3.
pub fn tls_config(
    server_name: &str,
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<ClientConfig>, TlsConfigError> {
    let name = ServerName::try_from(server_name)
        .map_err(|_| TlsConfigError::ServerName { name: server_name.to_owned() })?
        .to_owned();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions()?;
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
    let verifier = Arc::new(NamedServer { name, chain });
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    Ok(Arc::new(builder.with_no_client_auth()))
}

/// Why there is no configuration.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// The provider has no cipher for TLS 1.2 or 1.3.
    #[error("the crypto provider does not serve TLS 1.2 or 1.3: {0}")]
    Provider(#[from] Error),
    /// There are no roots.
    #[error("no certificate can be verified: {0}")]
    Roots(#[from] VerifierBuilderError),
    /// It is neither a DNS name nor an address.
    #[error("{name:?} is neither a DNS name nor an address")]
    ServerName {
        /// What was given.
        name: String,
    },
}

/// Asks the certificate for one name.
#[derive(Debug)]
struct NamedServer {
    name: ServerName<'static>,
    chain: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for NamedServer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _reached_by: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (chain, name) = (&self.chain, &self.name);
        chain.verify_server_cert(end_entity, intermediates, name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}
