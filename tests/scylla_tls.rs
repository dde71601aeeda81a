//! TLS to a node that is reached by its address: what is believed of its certificate. Over loopback, with rustls alone.

use core::net::Ipv4Addr;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use countersign::scylla::{TlsConfigError, tls_config};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, Error, RootCertStore, ServerConfig, SupportedProtocolVersion,
    version,
};
use time::OffsetDateTime;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const NAME: &str = "cassandra.us-east-2.amazonaws.com";

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// An authority, and the certificate that it is trusted by.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        Self::named("an authority")
    }

    fn named(name: &str) -> Self {
        let (mut params, key) = (authority_params(), KeyPair::generate().unwrap());
        params.distinguished_name = common_name(name);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        roots
    }

    fn client(&self) -> Arc<ClientConfig> {
        tls_config(NAME, self.roots(), provider()).unwrap()
    }
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// A node: its certificates, and the key that it signs with.
struct Node {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Node {
    fn new(name: &str, issuer: &Issuer<'_, KeyPair>) -> Self {
        Self::with(issuer, CertificateParams::new([name.to_owned()]).unwrap())
    }

    /// Valid in these years.
    fn valid(issuer: &Issuer<'_, KeyPair>, from: i32, to: i32) -> Self {
        let mut params = CertificateParams::new([NAME.to_owned()]).unwrap();
        set_years(&mut params, from, to);
        Self::with(issuer, params)
    }

    fn with(issuer: &Issuer<'_, KeyPair>, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let chain = vec![params.signed_by(&key, issuer).unwrap().der().clone()];
        Self { chain, key }
    }

    /// Connects to it by its address, and tells what the client says.
    async fn reach(&self, client: &Arc<ClientConfig>) -> Result<(), Error> {
        self.reach_with(client, &[&version::TLS13, &version::TLS12]).await
    }

    async fn reach_with(
        &self,
        client: &Arc<ClientConfig>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<(), Error> {
        let der = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let key = ring::sign::any_supported_type(&der).unwrap();
        // Not checked against the certificate.
        let resolver = SingleCertAndKey::from(CertifiedKey::new(self.chain.clone(), key));
        let server = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accept = async {
            let (stream, _) = listener.accept().await.unwrap();
            TlsAcceptor::from(Arc::new(server)).accept(stream).await
        };
        let connect = async {
            let stream = TcpStream::connect(address).await.unwrap();
            // As the driver does.
            let name = ServerName::from(address.ip());
            TlsConnector::from(Arc::clone(client)).connect(name, stream).await
        };
        let (accepted, connected) = tokio::join!(accept, connect);
        assert_eq!(accepted.is_ok(), connected.is_ok());
        connected.map(drop).map_err(rustls_error)
    }
}

fn set_years(params: &mut CertificateParams, from: i32, to: i32) {
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
}

fn rustls_error(error: io::Error) -> Error {
    error.into_inner().unwrap().downcast_ref::<Error>().unwrap().clone()
}

fn refusal(reached: Result<(), Error>) -> CertificateError {
    match reached.unwrap_err() {
        Error::InvalidCertificate(refusal) => refusal,
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn the_right_name_reached_by_an_address() {
    let authority = Authority::new();
    let node = Node::new(NAME, &authority.issuer);
    for version in [&version::TLS13, &version::TLS12] {
        node.reach_with(&authority.client(), &[version]).await.unwrap();
    }
    // The client that the driver would have without it.
    let plain = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(authority.roots())
        .with_no_client_auth();
    let refused = refusal(node.reach(&Arc::new(plain)).await);
    assert!(matches!(refused, CertificateError::NotValidForNameContext { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_wrong_name() {
    let authority = Authority::new();
    // Of another region, of the address itself, of one part of the name, of a parent.
    for name in [
        "cassandra.us-east-1.amazonaws.com",
        "127.0.0.1",
        "*.amazonaws.com",
        "us-east-2.amazonaws.com",
    ] {
        let node = Node::new(name, &authority.issuer);
        let refused = refusal(node.reach(&authority.client()).await);
        assert!(
            matches!(refused, CertificateError::NotValidForNameContext { .. }),
            "{name}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn dates() {
    let authority = Authority::new();
    let node = Node::valid(&authority.issuer, 2000, 2020);
    let refused = refusal(node.reach(&authority.client()).await);
    assert!(matches!(refused, CertificateError::ExpiredContext { .. }), "{refused:?}");
    let node = Node::valid(&authority.issuer, 4000, 4001);
    let refused = refusal(node.reach(&authority.client()).await);
    assert!(matches!(refused, CertificateError::NotValidYetContext { .. }), "{refused:?}");
    // By the clock of now.
    let hour = time::Duration::HOUR;
    for (begins_in, ends_in, good) in
        [(-hour, hour, true), (-9000 * hour, -hour, false), (hour, 9000 * hour, false)]
    {
        let now = OffsetDateTime::from(SystemTime::now());
        let mut params = CertificateParams::new([NAME.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (now + begins_in, now + ends_in);
        let reached = Node::with(&authority.issuer, params).reach(&authority.client()).await;
        assert_eq!(reached.is_ok(), good, "{reached:?}");
    }
}

#[tokio::test]
async fn a_chain_with_an_intermediate_that_is_good_or_has_expired() {
    let authority = Authority::new();
    for (years, good) in [((2000, 4000), true), ((2000, 2020), false)] {
        let (mut params, key) = (authority_params(), KeyPair::generate().unwrap());
        params.distinguished_name = common_name("an intermediate");
        set_years(&mut params, years.0, years.1);
        let certificate = params.signed_by(&key, &authority.issuer).unwrap();
        let mut node = Node::new(NAME, &Issuer::new(params, key));
        node.chain.push(certificate.der().clone());
        let reached = node.reach(&authority.client()).await;
        match good {
            true => reached.unwrap(),
            false => {
                let refused = refusal(reached);
                assert!(matches!(refused, CertificateError::ExpiredContext { .. }), "{refused:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_authority_that_is_not_trusted() {
    let authority = Authority::new();
    for (name, expected) in [
        ("another authority", CertificateError::UnknownIssuer),
        // As if it were the one that is trusted.
        ("an authority", CertificateError::BadSignature),
    ] {
        let node = Node::new(NAME, &Authority::named(name).issuer);
        assert_eq!(refusal(node.reach(&authority.client()).await), expected);
    }
    // A certificate that vouches for itself.
    let (mut params, key) =
        (CertificateParams::new([NAME.to_owned()]).unwrap(), KeyPair::generate().unwrap());
    params.distinguished_name = common_name(NAME);
    let node = Node { chain: vec![params.self_signed(&key).unwrap().der().clone()], key };
    let refused = refusal(node.reach(&authority.client()).await);
    assert_eq!(refused, CertificateError::UnknownIssuer);
}

/// Anyone can show a certificate: the handshake must be signed with its key.
#[tokio::test]
async fn a_certificate_without_its_key() {
    let authority = Authority::new();
    let mut node = Node::new(NAME, &authority.issuer);
    node.key = KeyPair::generate().unwrap();
    for version in [&version::TLS13, &version::TLS12] {
        let refused = refusal(node.reach_with(&authority.client(), &[version]).await);
        assert_eq!(refused, CertificateError::BadSignature);
    }
}

#[test]
fn what_no_configuration_can_be_made_of() {
    let authority = Authority::new();
    for (error, text) in [
        (
            tls_config("no name", authority.roots(), provider()),
            "\"no name\" is neither a DNS name nor an address",
        ),
        (
            tls_config(NAME, RootCertStore::empty(), provider()),
            "no certificate can be verified: no root trust anchors were provided",
        ),
    ] {
        assert_eq!(error.unwrap_err().to_string(), text);
    }
    let mut none = ring::default_provider();
    none.cipher_suites.clear();
    let error = tls_config(NAME, authority.roots(), Arc::new(none)).unwrap_err();
    assert!(matches!(error, TlsConfigError::Provider(_)), "{error}");
}
