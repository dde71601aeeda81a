//! Where credentials come from.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::error::Error;
use core::future::{Future, ready};
use core::pin::Pin;
use core::time::Duration;

use time::OffsetDateTime;

use crate::credentials::Credentials;
use crate::error::{CredentialsError, SignError};

/// Looks credentials up. [`Credentials`] themselves are a provider: they provide themselves.
///
/// What it hands over belongs together: id, secret, token and end are of one answer. Each call is a look-up of its own:
/// `RefreshingSigner` (feature `tokio`) keeps an answer, and renews it before it ends.
///
/// ```
/// use core::future::Future;
/// use core::pin::Pin;
/// use countersign::{Credentials, ProvideCredentials, ProvideError};
///
/// struct Vault;
///
/// impl ProvideCredentials for Vault {
///     fn provide(&self) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
///         Box::pin(async {
///             let text = std::fs::read_to_string("/run/secrets/aws").map_err(ProvideError::new)?;
///             let (id, secret) = text.trim().split_once(':').ok_or_else(|| ProvideError::new("no ':' in it"))?;
///             Ok(Credentials::new(id, secret))
///         })
///     }
/// }
/// ```
pub trait ProvideCredentials: Send + Sync {
    /// Looks the credentials up, once. It must not block its thread: such a look-up cannot be given up.
    ///
    /// # Errors
    /// There are none, or they cannot be looked up.
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>>;
}

/// Fixed ones.
impl ProvideCredentials for Credentials {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        Box::pin(ready(Ok(self.clone())))
    }
}

impl<P: ProvideCredentials + ?Sized> ProvideCredentials for Arc<P> {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        (**self).provide()
    }
}

impl<P: ProvideCredentials + ?Sized> ProvideCredentials for Box<P> {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        (**self).provide()
    }
}

/// The variables of the environment, read at each look-up: see [`Credentials::from_env`].
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct EnvCredentials;

impl EnvCredentials {
    /// The environment of this process.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl ProvideCredentials for EnvCredentials {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        Box::pin(ready(Credentials::from_env().map_err(ProvideError::from)))
    }
}

/// Why there are no credentials. It can be cloned, since all who wait for a look-up get its error.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvideError {
    /// The environment does not hold them.
    #[error(transparent)]
    Environment(#[from] CredentialsError),
    /// They have ended, and there are no others.
    #[error("the credentials expired at {expired_at}{}", because(renewal.as_deref()))]
    Expired {
        /// When they ended.
        expired_at: OffsetDateTime,
        /// Why they could not be renewed, if that was tried.
        renewal: Option<Box<Self>>,
    },
    /// The look-up failed.
    #[error("the credentials could not be looked up: {cause}")]
    Failed {
        /// Why.
        #[source]
        cause: Arc<dyn Error + Send + Sync>,
    },
    /// There is no tokio runtime to keep them current in.
    #[error("there is no tokio runtime to keep the credentials current in")]
    NoRuntime,
    /// The look-up took too long.
    #[error("the look-up of the credentials was given up after {after:?}")]
    TimedOut {
        /// How long it was waited for.
        after: Duration,
    },
    /// They were found, but nothing can be signed with them.
    #[error("the credentials that were looked up cannot sign: {0}")]
    Unusable(#[from] SignError),
}

impl ProvideError {
    /// A look-up failed. The cause must hold no secret: it is shown.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed { cause: cause.into().into() }
    }
}

fn because(cause: Option<&ProvideError>) -> alloc::string::String {
    cause.map(|cause| format!(", and could not be renewed: {cause}")).unwrap_or_default()
}
