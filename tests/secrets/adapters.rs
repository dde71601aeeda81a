//! What is there only with a driver's feature, or the SDK's.

use super::search::Search;

/// Modules of a feature that this build may lack.
pub(crate) const ABSENT: &[(&str, bool)] = &[
    ("countersign::adapters::aws_config::", !cfg!(feature = "aws-config")),
    ("countersign::adapters::cdrs_tokio::", !cfg!(feature = "cdrs-tokio")),
    ("countersign::adapters::scylla::", !cfg!(feature = "scylla")),
    ("countersign::keyspaces::login::", !cfg!(any(feature = "cdrs-tokio", feature = "scylla"))),
];

pub(crate) fn all(search: &mut Search) {
    #[cfg(feature = "aws-config")]
    aws_config(search);
    #[cfg(feature = "cdrs-tokio")]
    cdrs_tokio(search);
    #[cfg(feature = "scylla")]
    scylla(search);
    let _ = search;
}

#[cfg(feature = "aws-config")]
fn aws_config(search: &mut Search) {
    use super::{SECRET, TOKEN};
    use countersign::aws_config::aws_credential_types::Credentials;
    use countersign::aws_config::{DefaultChain, Provider};

    let token = Some(TOKEN.to_owned());
    search.debug(&Provider::new(Credentials::new("AKIDEXAMPLE", SECRET, token, None, "test")));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    search.debug(&runtime.block_on(DefaultChain::load()));
}

#[cfg(feature = "cdrs-tokio")]
fn cdrs_tokio(search: &mut Search) {
    use countersign::cdrs_tokio::{PasswordAuthenticator, SigV4Authenticator};

    search.debug(&SigV4Authenticator::new(super::keyspaces_signer()));
    search.debug(&PasswordAuthenticator::new("alice", super::PASSWORD).unwrap());
    for (user, password) in [("a\0", super::PASSWORD), ("a", "\0pa55w0rd~of~the~user")] {
        search.error(&PasswordAuthenticator::new(user, password).unwrap_err());
    }
}

#[cfg(feature = "scylla")]
fn scylla(search: &mut Search) {
    use countersign::scylla::rustls::crypto::{CryptoProvider, ring};
    use countersign::scylla::rustls::{ClientConfig, RootCertStore};
    use countersign::scylla::{PasswordAuthenticator, SigV4Authenticator, tls_config};
    use std::sync::Arc;

    search.debug(&SigV4Authenticator::new(super::keyspaces_signer()));
    search.debug(&PasswordAuthenticator::new("alice", super::PASSWORD).unwrap());
    for (user, password) in [("a\0", super::PASSWORD), ("a", "\0pa55w0rd~of~the~user")] {
        search.error(&PasswordAuthenticator::new(user, password).unwrap_err());
    }
    let provider = Arc::new(ring::default_provider());
    let helpless = CryptoProvider { cipher_suites: Vec::new(), ..ring::default_provider() };
    let config = |name, provider: &Arc<CryptoProvider>| -> Result<Arc<ClientConfig>, _> {
        tls_config(name, RootCertStore::empty(), Arc::clone(provider))
    };
    search.error(&config("a name", &provider).unwrap_err());
    search.error(&config("db.example", &provider).unwrap_err());
    search.error(&config("db.example", &Arc::new(helpless)).unwrap_err());
}
