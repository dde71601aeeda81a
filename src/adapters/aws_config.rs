//! Credentials as AWS's SDK finds them: its default chain, or any provider made for it.
//!
//! ```no_run
//! use countersign::aws_config::DefaultChain;
//! use countersign::RefreshingSigner;
//! use countersign::keyspaces::KeyspacesSigner;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let chain = DefaultChain::load().await;
//! let region = chain.region().ok_or("no region")?.to_owned();
//! let refreshing = RefreshingSigner::start(chain, move |found| KeyspacesSigner::new(found, &*region)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! `aws-config` 1.8.13 builds with this crate's minimum Rust, 1.88; later ones may need more (1.13 needs 1.94.1). Where a
//! package names its own `rust-version`, Cargo's resolver picks one that fits.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::error::Error;
use core::future::Future;
use core::pin::Pin;

use ::aws_config::Region;
use ::aws_config::default_provider::credentials::DefaultCredentialsChain;
use ::aws_config::meta::region::ProvideRegion;
use ::aws_config::profile::ProfileFileRegionProvider;
use aws_credential_types::provider::{self, SharedCredentialsProvider};

/// The crate whose providers [`Provider`] takes.
pub use ::aws_credential_types;

use crate::credentials::{Credentials, first_region, variable};
use crate::protocol::Timestamp;
use crate::provider::{ProvideCredentials, ProvideError};

/// Where the region comes from, the first that is set.
const REGION: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];

/// AWS's default chain: environment, profile (with SSO, roles and processes), web identity, ECS, EC2; the first that has
/// credentials ([AWS: standardized credential providers](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)).
///
/// Each look-up goes through it from its beginning, and reads profiles anew. It needs a tokio runtime with a timer and I/O.
#[derive(Clone, Debug)]
pub struct DefaultChain {
    profile: Option<String>,
    region: Option<String>,
}

impl DefaultChain {
    /// The chain of this process's environment: the profile is that of `AWS_PROFILE`, or `default`. Looks the region up, and
    /// no credentials yet.
    pub async fn load() -> Self {
        Self::of(None).await
    }

    /// The same with the profile of that name.
    pub async fn load_profile(name: impl Into<String>) -> Self {
        Self::of(Some(name.into())).await
    }

    async fn of(profile: Option<String>) -> Self {
        let region = match first_region(REGION, variable) {
            Ok(region) => Some(region),
            Err(_) => {
                let builder = ProfileFileRegionProvider::builder();
                let builder = match &profile {
                    Some(name) => builder.profile_name(name),
                    None => builder,
                };
                builder.build().region().await.map(|region| region.to_string())
            }
        };
        Self { profile, region }
    }

    /// The region: that of `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile, the first that is not empty.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

impl ProvideCredentials for DefaultChain {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        Box::pin(async {
            let mut chain = DefaultCredentialsChain::builder();
            if let Some(name) = &self.profile {
                chain = chain.profile_name(name);
            }
            if let Some(region) = &self.region {
                chain = chain.region(Region::new(region.clone()));
            }
            look_up(&chain.build().await).await
        })
    }
}

/// Any provider of the SDK, such as that of an `SdkConfig` (`SdkConfig::credentials_provider`).
#[derive(Clone, Debug)]
pub struct Provider(SharedCredentialsProvider);

impl Provider {
    /// Takes it over.
    #[must_use]
    pub fn new(provider: impl provider::ProvideCredentials + 'static) -> Self {
        Self(SharedCredentialsProvider::new(provider))
    }
}

impl From<SharedCredentialsProvider> for Provider {
    fn from(provider: SharedCredentialsProvider) -> Self {
        Self(provider)
    }
}

impl ProvideCredentials for Provider {
    fn provide(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProvideError>> + Send + '_>> {
        Box::pin(look_up(&self.0))
    }
}

async fn look_up(
    provider: &impl provider::ProvideCredentials,
) -> Result<Credentials, ProvideError> {
    let found = provider.provide_credentials().await;
    let found = found.map_err(|error| ProvideError::new(with_causes(&error)))?;
    let credentials = Credentials::new(found.access_key_id(), found.secret_access_key())
        .with_session_token(found.session_token().unwrap_or_default());
    let Some(end) = found.expiry() else { return Ok(credentials) };
    let end = Timestamp::try_from(end).map_err(ProvideError::new)?;
    Ok(credentials.with_expiry(end.into()))
}

/// What the SDK says, down to the last cause: its errors show none of theirs.
fn with_causes(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
