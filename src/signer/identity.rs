//! Who signs, for which region and service, and the key of the day.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use std::sync::OnceLock;

use arc_swap::ArcSwapOption;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::SignError;
use crate::protocol::canonical::Template;
use crate::protocol::{Credential, Scope, SigningKey, Timestamp, check_token};

/// What all clones of a signer share.
pub(super) struct Identity {
    holder: Holder,
    region: Box<str>,
    service: Box<str>,
    /// The key of the last day that was signed for; it is there only if all parts of the credential are sound.
    day: ArcSwapOption<Day>,
}

/// What is the same all day.
pub(crate) struct Day {
    pub(crate) key: Arc<SigningKey>,
    /// What is the same in all logins to Amazon Keyspaces.
    pub(crate) login: OnceLock<Template>,
}

/// Who signs, and with what.
enum Holder {
    OfSecret(Credentials),
    OfKey { access_key_id: String, token: Option<Zeroizing<String>>, key: Arc<SigningKey> },
}

impl Identity {
    pub(super) fn of_secret(credentials: Credentials, region: String, service: String) -> Self {
        Self {
            holder: Holder::OfSecret(credentials),
            region: region.into(),
            service: service.into(),
            day: ArcSwapOption::empty(),
        }
    }

    pub(super) fn of_key(access_key_id: String, key: SigningKey, token: Option<String>) -> Self {
        let token = token.map(Zeroizing::new).filter(|token| !token.is_empty());
        Self {
            region: key.scope().region().into(),
            service: key.scope().service().into(),
            holder: Holder::OfKey { access_key_id, token, key: Arc::new(key) },
            day: ArcSwapOption::empty(),
        }
    }

    pub(super) fn token(&self) -> Option<&str> {
        match &self.holder {
            Holder::OfSecret(credentials) => credentials.session_token(),
            Holder::OfKey { token, .. } => token.as_deref().map(String::as_str),
        }
    }

    #[cfg(any(feature = "explain", feature = "tokio"))]
    pub(super) fn credentials(&self) -> Option<&Credentials> {
        match &self.holder {
            Holder::OfSecret(credentials) => Some(credentials),
            Holder::OfKey { .. } => None,
        }
    }

    /// Not checked: that is done with the key.
    pub(super) fn credential(&self, timestamp: Timestamp) -> Credential<'_> {
        let scope = Scope::of_checked(timestamp.day(), &self.region, &self.service);
        Credential::of_checked(self.access_key_id(), scope)
    }

    pub(super) fn access_key_id(&self) -> &str {
        match &self.holder {
            Holder::OfSecret(credentials) => credentials.access_key_id(),
            Holder::OfKey { access_key_id, .. } => access_key_id,
        }
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) fn service(&self) -> &str {
        &self.service
    }

    /// When the credentials end, if they do. It is an error if they ended before.
    pub(super) fn credentials_end(
        &self,
        timestamp: Timestamp,
    ) -> Result<Option<Timestamp>, SignError> {
        let Holder::OfSecret(credentials) = &self.holder else { return Ok(None) };
        let Some(expired_at) = credentials.expires_at() else { return Ok(None) };
        let end = Timestamp::try_from(expired_at)?;
        if end <= timestamp {
            Err(SignError::CredentialsExpired { expired_at })
        } else {
            Ok(Some(end))
        }
    }

    /// Works with the key of a request's day: key, credential and token are sound then. A hot read is one atomic load; a miss
    /// derives the key here and now, so nobody waits for another thread.
    #[inline]
    pub(super) fn with_day<T>(
        &self,
        timestamp: Timestamp,
        today: impl FnOnce() -> Option<[u8; 8]>,
        work: impl FnOnce(&Day) -> T,
    ) -> Result<T, SignError> {
        let kept = self.day.load();
        let made;
        let day = match kept.as_deref() {
            Some(kept) if kept.key.scope().day() == timestamp.day() => kept,
            _ => {
                made = self.make_day(timestamp, kept.as_deref(), today)?;
                &*made
            }
        };
        Ok(work(day))
    }

    #[cold]
    fn make_day(
        &self,
        timestamp: Timestamp,
        kept: Option<&Day>,
        today: impl FnOnce() -> Option<[u8; 8]>,
    ) -> Result<Arc<Day>, SignError> {
        let credential = self.credential(timestamp);
        credential.check()?;
        self.token().map_or(Ok(()), check_token)?;
        let key = match &self.holder {
            Holder::OfSecret(credentials) => {
                let secret = credentials.secret_access_key().as_bytes();
                Arc::new(SigningKey::derive(secret, credential.scope())?)
            }
            Holder::OfKey { key, .. } => {
                key.check_day(timestamp)?;
                Arc::clone(key)
            }
        };
        let day = Arc::new(Day { key, login: OnceLock::new() });
        // The odd date of a replay must not take the place of today's key.
        if kept.is_none_or(|kept| Some(kept.key.scope().day()) != today()) {
            self.day.store(Some(Arc::clone(&day)));
        }
        Ok(day)
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
        Identity::of_secret(credentials, "us-east-1".to_owned(), service.to_owned())
    }

    fn sign_at(identity: &Identity, timestamp: &str) -> Result<(), SignError> {
        let today = TODAY.parse::<Timestamp>().unwrap().day();
        identity.with_day(timestamp.parse().unwrap(), || Some(today), |_| ())
    }

    fn kept_day(identity: &Identity) -> Option<[u8; 8]> {
        identity.day.load().as_ref().map(|day| day.key.scope().day())
    }

    #[test]
    fn a_key_is_derived_once_a_day() {
        let identity = identity("service");
        sign_at(&identity, TODAY).unwrap();
        let key = identity.day.load_full();
        sign_at(&identity, "20261122T235959Z").unwrap();
        assert!(Arc::ptr_eq(&key.unwrap(), &identity.day.load_full().unwrap()));
    }

    #[test]
    fn the_odd_date_of_a_replay_does_not_evict_today() {
        let identity = identity("service");
        sign_at(&identity, "20150830T123600Z").unwrap();
        assert_eq!(kept_day(&identity), Some(*b"20150830"));
        sign_at(&identity, TODAY).unwrap();
        assert_eq!(kept_day(&identity), Some(*b"20261122"));
        sign_at(&identity, "20150830T123600Z").unwrap();
        assert_eq!(kept_day(&identity), Some(*b"20261122"));
    }

    #[test]
    fn yesterday_s_key_goes_when_today_s_comes() {
        let identity = identity("service");
        sign_at(&identity, "20261121T120000Z").unwrap();
        let yesterday = Arc::downgrade(&identity.day.load_full().unwrap());
        assert!(yesterday.upgrade().is_some());
        sign_at(&identity, TODAY).unwrap();
        assert!(yesterday.upgrade().is_none(), "it is dropped, and so wiped");
        let today = Arc::downgrade(&identity.day.load_full().unwrap());
        drop(identity);
        assert!(today.upgrade().is_none());
    }

    #[test]
    fn a_token_is_wiped_on_drop() {
        fn is_wiped<T: ZeroizeOnDrop>(_: &Option<T>) {}
        let scope = Scope::new(*b"20261122", "us-east-1", "service").unwrap();
        let key = SigningKey::derive(b"secret", scope).unwrap();
        let identity = Identity::of_key("a".to_owned(), key, Some("token".to_owned()));
        let Holder::OfKey { token, .. } = &identity.holder else {
            panic!("{:?}", identity.token())
        };
        is_wiped(token);
    }

    #[test]
    fn a_fault_is_not_kept() {
        let identity = identity("");
        for _ in 0..2 {
            assert!(sign_at(&identity, TODAY).is_err());
            assert_eq!(kept_day(&identity), None);
        }
    }
}
