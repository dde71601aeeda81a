//! Logins to Amazon Keyspaces from the driver [`cdrs_tokio`](::cdrs_tokio).
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::Duration;
//! use cdrs_tokio::cluster::NodeRustlsConfigBuilder;
//! use cdrs_tokio::cluster::session::{RustlsSessionBuilder, SessionBuilder};
//! use cdrs_tokio::load_balancing::RoundRobinLoadBalancingStrategy;
//! use countersign::cdrs_tokio::SigV4Authenticator;
//! use countersign::keyspaces::{self, KeyspacesSigner};
//! use countersign::{EnvCredentials, RefreshingSigner};
//! use rustls::pki_types::ServerName;
//! use rustls::{ClientConfig, RootCertStore, crypto};
//! use tokio::time::timeout;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let region = "us-east-2";
//! let host = keyspaces::endpoint(region)?;
//! let refreshing = RefreshingSigner::start(EnvCredentials::new(), move |found| KeyspacesSigner::new(found, region)).await?;
//! let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
//! let tls = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
//!     .with_safe_default_protocol_versions()?
//!     .with_root_certificates(roots)
//!     .with_no_client_auth();
//! // The name that the certificate bears.
//! let name = ServerName::try_from(host.clone())?;
//! let node = NodeRustlsConfigBuilder::new(name, Arc::new(tls))
//!     .with_contact_point(format!("{host}:{}", keyspaces::PORT).into())
//!     .with_authenticator_provider(Arc::new(SigV4Authenticator::new(refreshing)))
//!     .build()
//!     .await?;
//! let session = RustlsSessionBuilder::new(RoundRobinLoadBalancingStrategy::new(), node);
//! let session = timeout(Duration::from_secs(10), session.build()).await??;
//! let rows = session.query("select * from system_schema.keyspaces").await?;
//! # Ok(())
//! # }
//! ```
//!
//! The driver builds a session for as long as it takes: it tries again after any error, a refused login among them, shows
//! it to `tracing` alone, and waits for ever for a server that is silent. So set it a time. A single connection of its
//! `RustlsConnectionManager` has the error at once.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use ::cdrs_tokio::authenticators::{SaslAuthenticator, SaslAuthenticatorProvider};
use ::cdrs_tokio::error::{Error, Result};
use ::cdrs_tokio::types::CBytes;

use crate::keyspaces::{
    AUTHENTICATOR_CLASS, INITIAL_RESPONSE, KeyspacesSigner, LoginFault, Password, PasswordError,
    respond,
};
use crate::refreshing_signer::RefreshingSigner;

/// Logs in with a signature: with the credentials of the snapshot, or with a [`KeyspacesSigner`] that is fixed.
///
/// It never waits: credentials that have ended are the driver's error of that connection, with its cause in the text.
#[derive(Clone, Debug)]
pub struct SigV4Authenticator {
    signers: RefreshingSigner<KeyspacesSigner>,
}

impl SigV4Authenticator {
    /// Takes the signer of the logins, or one that is kept current: [`KeyspacesSigner`]s.
    #[must_use]
    pub fn new(signers: impl Into<RefreshingSigner<KeyspacesSigner>>) -> Self {
        Self { signers: signers.into() }
    }
}

impl SaslAuthenticatorProvider for SigV4Authenticator {
    fn name(&self) -> Option<&str> {
        Some(AUTHENTICATOR_CLASS)
    }

    fn create_authenticator(&self) -> Box<dyn SaslAuthenticator + Send> {
        let answered = AtomicBool::new(false);
        Box::new(Login::Signature { signers: self.signers.clone(), answered })
    }
}

/// Logs in with the user name and the password of
/// [service-specific credentials](https://docs.aws.amazon.com/keyspaces/latest/devguide/programmatic.credentials.ssc.html).
#[derive(Clone, Debug)]
pub struct PasswordAuthenticator {
    password: Password,
}

impl PasswordAuthenticator {
    /// A user name, as `alice-at-111122223333`, and its password.
    ///
    /// # Errors
    /// One of them holds a NUL.
    pub fn new(
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> core::result::Result<Self, PasswordError> {
        Ok(Self { password: Password::new(user, password)? })
    }
}

impl SaslAuthenticatorProvider for PasswordAuthenticator {
    fn name(&self) -> Option<&str> {
        Some(AUTHENTICATOR_CLASS)
    }

    fn create_authenticator(&self) -> Box<dyn SaslAuthenticator + Send> {
        Box::new(Login::Password(self.password.clone()))
    }
}

/// One login.
enum Login {
    Password(Password),
    Signature { signers: RefreshingSigner<KeyspacesSigner>, answered: AtomicBool },
}

impl Login {
    fn answer(&self, challenge: &CBytes) -> core::result::Result<Vec<u8>, LoginFault> {
        match self {
            Self::Signature { signers, answered } if !answered.swap(true, Ordering::Relaxed) => {
                respond(&signers.current()?, challenge.as_slice())
            }
            _ => Err(LoginFault::ChallengeUnexpected),
        }
    }
}

impl SaslAuthenticator for Login {
    fn initial_response(&self) -> CBytes {
        CBytes::new(match self {
            Self::Password(password) => password.response(),
            Self::Signature { .. } => INITIAL_RESPONSE.to_vec(),
        })
    }

    fn evaluate_challenge(&self, challenge: CBytes) -> Result<CBytes> {
        let answer = self.answer(&challenge);
        answer.map(CBytes::new).map_err(|fault| Error::General(fault.to_string()))
    }

    fn handle_success(&self, _data: CBytes) -> Result<()> {
        Ok(())
    }
}
