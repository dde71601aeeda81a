//! Logins to Amazon Keyspaces from the driver [`scylla`](::scylla), and its TLS.
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::Duration;
//! use countersign::scylla::rustls::{RootCertStore, crypto};
//! use countersign::scylla::{SigV4Authenticator, tls_config};
//! use countersign::keyspaces::{self, KeyspacesSigner};
//! use countersign::{EnvCredentials, RefreshingSigner};
//! use scylla::client::session_builder::SessionBuilder;
//! use tokio::time::timeout;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let region = "us-east-2";
//! let host = keyspaces::endpoint(region)?;
//! let refreshing = RefreshingSigner::start(EnvCredentials::new(), move |found| KeyspacesSigner::new(found, region)).await?;
//! let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
//! let provider = Arc::new(crypto::ring::default_provider());
//! let builder = SessionBuilder::new()
//!     .known_node(format!("{host}:{}", keyspaces::PORT))
//!     .tls_context(Some(tls_config(&host, roots, provider)?))
//!     .authenticator_provider(Arc::new(SigV4Authenticator::new(refreshing)));
//! let session = timeout(Duration::from_secs(10), builder.build()).await??;
//! let rows = session.query_unpaged("select * from system_schema.keyspaces", ()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! A refused login is the error of `build`. A server that falls silent after the handshake of TLS is given up after the
//! builder's `keepalive_interval` and `keepalive_timeout`, a minute in all if they are not set; one that is silent before it
//! the driver waits for without end. So set it a time.

mod tls;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use ::scylla::authentication::{AuthError, AuthenticatorProvider, AuthenticatorSession};
use async_trait::async_trait;

pub use self::tls::{TlsConfigError, tls_config};
/// The rustls that the driver takes its configuration from.
pub use ::rustls;

use crate::keyspaces::{
    INITIAL_RESPONSE, KeyspacesSigner, LoginFault, Password, PasswordError, check_authenticator,
    respond,
};
use crate::refreshing_signer::RefreshingSigner;

/// Logs in with a signature: with credentials that are fresh at each login, or with a [`KeyspacesSigner`] that is fixed.
///
/// What goes wrong is the driver's error of that connection, with its cause in the text.
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

#[async_trait]
impl AuthenticatorProvider for SigV4Authenticator {
    async fn start_authentication_session(
        &self,
        authenticator_name: &str,
    ) -> Result<(Option<Vec<u8>>, Box<dyn AuthenticatorSession>), AuthError> {
        check_authenticator(authenticator_name)?;
        let login = Login::Signature(Some(self.signers.clone()));
        Ok((Some(INITIAL_RESPONSE.to_vec()), Box::new(login)))
    }
}

/// Logs in with the user name and the password of
/// [service-specific credentials](https://docs.aws.amazon.com/keyspaces/latest/devguide/programmatic.credentials.ssc.html).
///
/// The driver's own takes any server; this one gives the password to none but Amazon Keyspaces, wipes it, and hides it.
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
    ) -> Result<Self, PasswordError> {
        Ok(Self { password: Password::new(user, password)? })
    }
}

#[async_trait]
impl AuthenticatorProvider for PasswordAuthenticator {
    async fn start_authentication_session(
        &self,
        authenticator_name: &str,
    ) -> Result<(Option<Vec<u8>>, Box<dyn AuthenticatorSession>), AuthError> {
        check_authenticator(authenticator_name)?;
        Ok((Some(self.password.response()), Box::new(Login::Password)))
    }
}

/// One login.
enum Login {
    Password,
    /// Until it has answered.
    Signature(Option<RefreshingSigner<KeyspacesSigner>>),
}

impl Login {
    async fn answer(&mut self, challenge: Option<&[u8]>) -> Result<Vec<u8>, LoginFault> {
        let Self::Signature(signers) = self else { return Err(LoginFault::ChallengeUnexpected) };
        let signers = signers.take().ok_or(LoginFault::ChallengeUnexpected)?;
        respond(&signers.signer().await?, challenge)
    }
}

#[async_trait]
impl AuthenticatorSession for Login {
    async fn evaluate_challenge(
        &mut self,
        token: Option<&[u8]>,
    ) -> Result<Option<Vec<u8>>, AuthError> {
        self.answer(token).await.map(Some).map_err(|fault| fault.to_string())
    }

    async fn success(&mut self, _token: Option<&[u8]>) -> Result<(), AuthError> {
        Ok(())
    }
}
