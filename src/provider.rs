//! Credential providers: where credentials come from.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::error::Error;
use core::future::{Future, ready};
use core::pin::Pin;
use core::time::Duration;

use time::OffsetDateTime;

use crate::credentials::Credentials;
use crate::error::{CredentialsError, SignError};

/// A source of credentials.
///
/// [`Credentials`] are a provider that always returns a copy of themselves, and [`EnvCredentials`] reads the environment.
/// For any other source, such as a vault, implement this trait.
///
/// Every call performs a new lookup. `RefreshingSigner` (feature `tokio`) keeps the result and refreshes it before it
/// expires.
///
/// # Example
///
/// This provider reads an access key id and a secret access key from a file.
///
/// ```
/// use core::future::Future;
/// use core::pin::Pin;
/// use countersign::{Credentials, ProvideCredentials, ProvideError};
///
/// struct SecretFile;
///
/// impl ProvideCredentials for SecretFile {
///     fn provide(&self) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
///         Box::pin(async {
///             // A small local file; a request over the network must be awaited instead.
///             let text = std::fs::read_to_string("/run/secrets/aws").map_err(ProvideError::new)?;
///             let (id, secret) = text.trim().split_once(':').ok_or_else(|| ProvideError::new("file contains no ':'"))?;
///             Ok(Credentials::new(id, secret))
///         })
///     }
/// }
/// ```
pub trait ProvideCredentials: Send + Sync {
    /// Looks up the credentials once.
    ///
    /// The access key id, secret access key, session token and expiry must belong together: take all of them from the same
    /// response of the source. The future must not block the thread; a blocking lookup cannot be cancelled by the timeout.
    ///
    /// # Errors
    ///
    /// Returns an error if the source has no credentials, or if the lookup fails.
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>>;
}

/// Always returns a copy of these credentials.
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

/// A provider that reads the environment variables of [`Credentials::from_env`] at every lookup.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct EnvCredentials;

impl EnvCredentials {
    /// Creates a provider that reads the environment of this process.
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

/// The error of a credential lookup.
///
/// It implements `Clone`, because every caller that waited for the same lookup receives its error.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvideError {
    /// The environment variables contain no credentials.
    #[error(transparent)]
    Environment(#[from] CredentialsError),
    /// The credentials have expired, and no others are available.
    #[error("credentials expired at {expired_at}{}", renewal_failure(renewal.as_deref()))]
    Expired {
        /// When they expired.
        expired_at: OffsetDateTime,
        /// Why they could not be renewed, if a renewal has failed.
        renewal: Option<Box<Self>>,
    },
    /// The lookup failed.
    #[error("credential lookup failed: {cause}")]
    Failed {
        /// Why it failed.
        #[source]
        cause: Arc<dyn Error + Send + Sync>,
    },
    /// No tokio runtime is available for the background refresh.
    #[error("no tokio runtime available for background refresh")]
    NoRuntime,
    /// The lookup took too long.
    #[error("credential lookup timed out after {after:?}")]
    TimedOut {
        /// The timeout.
        after: Duration,
    },
    /// The lookup succeeded, but its credentials cannot sign.
    #[error("cannot sign with the provided credentials: {0}")]
    Unusable(#[from] SignError),
}

impl ProvideError {
    /// Creates an error for a failed lookup.
    ///
    /// `cause` is displayed as part of the error, so it must not contain a secret.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed { cause: cause.into().into() }
    }
}

fn renewal_failure(cause: Option<&ProvideError>) -> String {
    cause.map_or_else(String::new, |cause| format!(" and could not be renewed: {cause}"))
}
