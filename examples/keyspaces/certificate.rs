//! The stand-in's certificate, which an authority of its own has signed, made anew each time.

use std::error::Error;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use tokio_rustls::TlsAcceptor;

/// The name in the certificate. Drivers reach the stand-in by its address, as they reach the nodes of Keyspaces.
pub(crate) const NAME: &str = "localhost";

pub(crate) struct Certificate {
    /// The authority's own, which clients are to trust.
    pub(crate) authority: CertificateDer<'static>,
    /// The same as a file holds it.
    pub(crate) authority_pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl Certificate {
    pub(crate) fn make() -> Result<Self, Box<dyn Error>> {
        let mut params = CertificateParams::new([])?;
        params.distinguished_name = name("the stand-in's authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate()?;
        let authority = params.self_signed(&key)?;
        let issuer = Issuer::new(params, key);

        let mut params = CertificateParams::new([NAME.to_owned()])?;
        params.distinguished_name = name(NAME);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?;

        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into()?)?;
        Ok(Self {
            authority: authority.der().clone(),
            authority_pem: authority.pem(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }
}

fn name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}
