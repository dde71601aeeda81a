//! What a server knows about an access key.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::SignError;
use crate::protocol::{Scope, SigningKey, Timestamp, ct_eq};

/// The signing key of an access key for one date, with the session token that belongs to it; or a stand-in for a key that is
/// unknown.
///
/// A server that caches its keys for the day should cache one [`unknown`](Self::unknown) with them, so that an unknown key takes
/// as long as a known one.
///
/// This example looks a key up in a map:
///
/// ```
/// use countersign::Credentials;
/// use countersign::verifier::{AccessKey, Claim};
/// use std::collections::HashMap;
///
/// fn find(keys: &HashMap<String, Credentials>, claim: &Claim<'_>) -> AccessKey {
///     AccessKey::from_lookup(keys.get(claim.access_key_id()), claim.scope())
/// }
/// ```
pub struct AccessKey {
    key: SigningKey,
    token: Option<Arc<Zeroizing<String>>>,
    expires_at: Option<OffsetDateTime>,
    is_known: bool,
}

impl AccessKey {
    /// Creates a key without a session token.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self { key, token: None, expires_at: None, is_known: true }
    }

    /// Derives the key of credentials for a scope, with their session token and their expiry. It takes four HMACs.
    ///
    /// # Errors
    ///
    /// Returns an error if the secret access key is empty, or starts or ends with whitespace.
    pub fn from_credentials(
        credentials: &Credentials,
        scope: Scope<'_>,
    ) -> Result<Self, SignError> {
        let key = SigningKey::derive(credentials.secret_access_key().as_bytes(), scope)?;
        // The token is shared, not copied: a known key would take longer than an unknown one otherwise.
        let (token, expires_at) = (credentials.shared_session_token(), credentials.expires_at());
        Ok(Self { token, expires_at, ..Self::new(key) })
    }

    /// Derives the key of credentials that a lookup found, or returns [`unknown`](Self::unknown) if it found none, or none with a
    /// valid secret access key.
    #[must_use]
    pub fn from_lookup(credentials: Option<&Credentials>, scope: Scope<'_>) -> Self {
        let known = credentials.and_then(|known| Self::from_credentials(known, scope).ok());
        known.unwrap_or_else(|| Self::unknown(scope))
    }

    /// Creates the stand-in for an unknown access key. It verifies nothing, and takes as much time as a known key: four HMACs
    /// here, and all of the verification.
    #[must_use]
    pub fn unknown(scope: Scope<'_>) -> Self {
        let key = SigningKey::derive(b"unknown", scope);
        debug_assert!(key.is_ok(), "the secret is valid");
        let key = key.unwrap_or_else(|_| SigningKey::from_bytes(&[0; 32], scope));
        Self { is_known: false, ..Self::new(key) }
    }

    /// Sets the session token that was issued with the key: a request without it is rejected. An empty token counts as none.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        let token = Zeroizing::new(token.into());
        self.token = (!token.is_empty()).then(|| Arc::new(token));
        self
    }

    /// Sets the time at which the session token expires.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: OffsetDateTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    pub(crate) fn is_known(&self) -> bool {
        self.is_known
    }

    /// Whether the key is known, and a request's session token is that of the key.
    pub(crate) fn matches_token(&self, token: Option<&[u8]>) -> bool {
        let own = self.token.as_ref().map(|own| own.as_bytes());
        let received = token.unwrap_or(b"");
        // Tokens of different lengths are not equal. The received token is compared with itself then, so that the comparison
        // takes the same time.
        let other = own.filter(|own| own.len() == received.len()).unwrap_or(received);
        let is_equal = ct_eq(other, received) && own.map(<[u8]>::len) == token.map(<[u8]>::len);
        is_equal && self.is_known
    }

    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= OffsetDateTime::from(now))
    }
}

/// Formats neither key nor token.
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("key", &self.key)
            .field("token", &self.token.as_ref().map(|_| "[redacted]"))
            .field("expires_at", &self.expires_at)
            .field("is_known", &self.is_known)
            .finish()
    }
}
