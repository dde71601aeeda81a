//! The certificate of a server, and the authority that signed it. Both are made when the server starts.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

use super::SERVER_NAME;

pub(crate) struct Certificate {
    /// The authority's certificate, which clients trust.
    pub(crate) authority_der: Vec<u8>,
    pub(crate) authority_pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl Certificate {
    pub(crate) fn make() -> io::Result<Self> {
        make().map_err(|error| io::Error::other(format!("cannot make a certificate: {error}")))
    }
}

fn make() -> Result<Certificate, Box<dyn Error>> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name = name("countersign-testkit");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate()?;
    let authority = params.self_signed(&key)?;
    let issuer = Issuer::new(params, key);

    let mut params = CertificateParams::new([SERVER_NAME.to_owned()])?;
    params.distinguished_name = name(SERVER_NAME);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?;

    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into()?)?;
    Ok(Certificate {
        authority_der: authority.der().to_vec(),
        authority_pem: authority.pem(),
        acceptor: TlsAcceptor::from(Arc::new(config)),
    })
}

fn name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}

/// A file with the authority's certificate, in a folder that nobody else can open or guess the name of. Whoever could
/// write the file could have clients trust another server. Both are removed when this is dropped.
pub(crate) struct AuthorityFile {
    path: PathBuf,
    _folder: TempDir,
}

impl AuthorityFile {
    pub(crate) fn create(pem: &str) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("countersign-testkit-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir()?;
        let path = folder.path().join("ca.pem");
        fs::write(&path, pem)?;
        Ok(Self { path, _folder: folder })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
