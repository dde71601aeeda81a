//! Whose signatures they are: access key, region and service, with the signing key of the day.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use arc_swap::ArcSwapOption;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::SignError;
use crate::protocol::{Credential, Date, Scope, SigningKey, Timestamp, check_token};

/// What all clones of a signer share.
pub(crate) struct Identity {
    key_source: KeySource,
    region: Box<str>,
    service: Box<str>,
    /// The signing key that was used last. It is cached only if all parts of the credential are valid.
    cached_key: ArcSwapOption<SigningKey>,
}

/// Where signing keys come from.
enum KeySource {
    SecretAccessKey(Credentials),
    SigningKey {
        access_key_id: String,
        session_token: Option<Zeroizing<String>>,
        key: Arc<SigningKey>,
    },
}

impl Identity {
    pub(crate) fn new(credentials: Credentials, region: String, service: String) -> Self {
        Self {
            key_source: KeySource::SecretAccessKey(credentials),
            region: region.into(),
            service: service.into(),
            cached_key: ArcSwapOption::empty(),
        }
    }

    pub(crate) fn from_signing_key(
        access_key_id: String,
        key: SigningKey,
        session_token: Option<String>,
    ) -> Self {
        let session_token = session_token.map(Zeroizing::new).filter(|token| !token.is_empty());
        Self {
            region: key.scope().region().into(),
            service: key.scope().service().into(),
            key_source: KeySource::SigningKey { access_key_id, session_token, key: Arc::new(key) },
            cached_key: ArcSwapOption::empty(),
        }
    }

    pub(crate) fn session_token(&self) -> Option<&str> {
        match &self.key_source {
            KeySource::SecretAccessKey(credentials) => credentials.session_token(),
            KeySource::SigningKey { session_token, .. } => {
                session_token.as_ref().map(|token| &***token)
            }
        }
    }

    /// The credentials, unless the identity has only a signing key.
    #[cfg(any(feature = "explain", feature = "tokio"))]
    pub(crate) fn credentials(&self) -> Option<&Credentials> {
        match &self.key_source {
            KeySource::SecretAccessKey(credentials) => Some(credentials),
            KeySource::SigningKey { .. } => None,
        }
    }

    /// The credential for a time. Its parts are checked when the signing key is derived.
    pub(crate) fn credential(&self, timestamp: Timestamp) -> Credential<'_> {
        let scope = Scope::new_unchecked(timestamp.date(), &self.region, &self.service);
        Credential::new_unchecked(self.access_key_id(), scope)
    }

    pub(crate) fn access_key_id(&self) -> &str {
        match &self.key_source {
            KeySource::SecretAccessKey(credentials) => credentials.access_key_id(),
            KeySource::SigningKey { access_key_id, .. } => access_key_id,
        }
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// Returns the time at which the credentials expire, if it is known.
    ///
    /// # Errors
    ///
    /// Returns an error if they have expired at `timestamp`.
    pub(super) fn expires_at(&self, timestamp: Timestamp) -> Result<Option<Timestamp>, SignError> {
        let KeySource::SecretAccessKey(credentials) = &self.key_source else { return Ok(None) };
        let Some(expired_at) = credentials.expires_at() else { return Ok(None) };
        let expires_at = Timestamp::try_from(expired_at)?;
        if expires_at <= timestamp {
            return Err(SignError::CredentialsExpired { expired_at });
        }
        Ok(Some(expires_at))
    }

    /// Calls `f` with the signing key of a request's date, after all parts of the credential and the session token have been
    /// checked.
    ///
    /// A cached key costs one atomic load. Otherwise the key is derived here, so no thread waits for another one.
    pub(crate) fn with_signing_key<T>(
        &self,
        timestamp: Timestamp,
        today: impl FnOnce() -> Option<Date>,
        f: impl FnOnce(&SigningKey) -> T,
    ) -> Result<T, SignError> {
        let cached = self.cached_key.load();
        let cached_date = cached.as_ref().map(|key| key.scope().date());
        if let Some(key) = &*cached
            && cached_date == Some(timestamp.date())
        {
            return Ok(f(key));
        }
        let key = self.derive_key(timestamp)?;
        // Callers may sign for a past date, for example to replay a recorded request. Keep today's key in the cache in that
        // case, because the next request will most likely be signed for today again.
        if cached_date.is_none() || cached_date != today() {
            self.cached_key.store(Some(Arc::clone(&key)));
        }
        Ok(f(&key))
    }

    #[cold]
    fn derive_key(&self, timestamp: Timestamp) -> Result<Arc<SigningKey>, SignError> {
        let credential = self.credential(timestamp);
        credential.check()?;
        self.session_token().map_or(Ok(()), check_token)?;
        match &self.key_source {
            KeySource::SecretAccessKey(credentials) => {
                let secret = credentials.secret_access_key().as_bytes();
                Ok(Arc::new(SigningKey::derive(secret, credential.scope())?))
            }
            KeySource::SigningKey { key, .. } => {
                key.check_date(timestamp)?;
                Ok(Arc::clone(key))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use zeroize::ZeroizeOnDrop;

    const TODAY: &str = "20261122T120000Z";

    fn identity(service: &str) -> Identity {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret");
        Identity::new(credentials, "us-east-1".to_owned(), service.to_owned())
    }

    fn sign_at(identity: &Identity, timestamp: &str) -> Result<(), SignError> {
        let today = TODAY.parse::<Timestamp>().unwrap().date();
        identity.with_signing_key(timestamp.parse().unwrap(), || Some(today), |_| ())
    }

    fn cached_date(identity: &Identity) -> Option<Date> {
        identity.cached_key.load().as_ref().map(|key| key.scope().date())
    }

    fn date(text: &str) -> Option<Date> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_key_is_derived_once_a_day() {
        let identity = identity("service");
        sign_at(&identity, TODAY).unwrap();
        let key = identity.cached_key.load_full();
        sign_at(&identity, "20261122T235959Z").unwrap();
        assert!(Arc::ptr_eq(&key.unwrap(), &identity.cached_key.load_full().unwrap()));
    }

    #[test]
    fn signing_for_a_past_date_does_not_evict_the_key_of_today() {
        let identity = identity("service");
        sign_at(&identity, "20150830T123600Z").unwrap();
        assert_eq!(cached_date(&identity), date("20150830"));
        sign_at(&identity, TODAY).unwrap();
        assert_eq!(cached_date(&identity), date("20261122"));
        sign_at(&identity, "20150830T123600Z").unwrap();
        assert_eq!(cached_date(&identity), date("20261122"));
    }

    #[test]
    fn the_key_of_yesterday_is_dropped_when_that_of_today_is_derived() {
        let identity = identity("service");
        sign_at(&identity, "20261121T120000Z").unwrap();
        let yesterday = Arc::downgrade(&identity.cached_key.load_full().unwrap());
        assert!(yesterday.upgrade().is_some());
        sign_at(&identity, TODAY).unwrap();
        assert!(yesterday.upgrade().is_none(), "it is dropped, and so wiped");
        let today = Arc::downgrade(&identity.cached_key.load_full().unwrap());
        drop(identity);
        assert!(today.upgrade().is_none());
    }

    #[test]
    fn a_token_is_wiped_on_drop() {
        fn assert_wiped<T: ZeroizeOnDrop>(_: &Option<T>) {}
        let scope = Scope::new("20261122".parse().unwrap(), "us-east-1", "service").unwrap();
        let key = SigningKey::derive(b"secret", scope).unwrap();
        let identity = Identity::from_signing_key("a".to_owned(), key, Some("token".to_owned()));
        let KeySource::SigningKey { session_token, .. } = &identity.key_source else {
            panic!("it has only a signing key")
        };
        assert_wiped(session_token);
    }

    #[test]
    fn an_error_is_not_cached() {
        let identity = identity("");
        for _ in 0..2 {
            assert!(sign_at(&identity, TODAY).is_err());
            assert_eq!(cached_date(&identity), None);
        }
    }
}
