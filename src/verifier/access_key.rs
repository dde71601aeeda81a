//! What a server knows of an access key.

use alloc::string::String;
use core::fmt;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::SignError;
use crate::protocol::{Scope, SigningKey, Timestamp, equal_in_constant_time};

/// The signing key of an access key for one day, and the session token that goes with it; or that there is none.
///
/// One day's signing key can be kept: whoever keeps those of its keys should keep one [`unknown`](Self::unknown) with
/// them, so that an unknown key takes as long as a known one.
///
/// ```
/// use countersign::Credentials;
/// use countersign::verifier::{AccessKey, Claim};
/// use std::collections::HashMap;
///
/// fn find(keys: &HashMap<String, Credentials>, claim: &Claim<'_>) -> AccessKey {
///     AccessKey::known_or_unknown(keys.get(claim.access_key_id()), claim.scope())
/// }
/// ```
pub struct AccessKey {
    key: SigningKey,
    token: Option<Zeroizing<String>>,
    expires_at: Option<OffsetDateTime>,
    standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Known,
    Unknown,
}

impl AccessKey {
    /// A key without a session token.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self { key, token: None, expires_at: None, standing: Standing::Known }
    }

    /// The key that credentials have for a scope, with their token and their end. Costs four HMACs.
    ///
    /// # Errors
    /// The secret is empty.
    pub fn of_credentials(credentials: &Credentials, scope: Scope<'_>) -> Result<Self, SignError> {
        let key = SigningKey::derive(credentials.secret_access_key().as_bytes(), scope)?;
        Ok(Self {
            token: credentials.session_token().map(|token| Zeroizing::new(token.into())),
            expires_at: credentials.expires_at(),
            ..Self::new(key)
        })
    }

    /// The key of the credentials that were found, or [`unknown`](Self::unknown) where none were, or no secret.
    #[must_use]
    pub fn known_or_unknown(credentials: Option<&Credentials>, scope: Scope<'_>) -> Self {
        let known = credentials.and_then(|known| Self::of_credentials(known, scope).ok());
        known.unwrap_or_else(|| Self::unknown(scope))
    }

    /// What stands for an access key that is not known. It verifies nothing, and costs as much time as one that is known:
    /// four HMACs here, and all of the verification.
    #[must_use]
    pub fn unknown(scope: Scope<'_>) -> Self {
        // Cannot fail: the secret is not empty.
        let key = SigningKey::derive(b"unknown", scope);
        let key = key.unwrap_or_else(|_| SigningKey::from_bytes(&[0; 32], scope));
        Self { standing: Standing::Unknown, ..Self::new(key) }
    }

    /// The same key with the session token that was issued with it: a request without it is refused. An empty token counts
    /// as none.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Zeroizing::new(token.into())).filter(|token| !token.is_empty());
        self
    }

    /// The same key with the moment at which its session token ends.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: OffsetDateTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// Whether the key is known, and a request's token is the key's.
    pub(crate) fn is_of(&self, token: Option<&[u8]>) -> bool {
        let own = self.token.as_ref().map(|own| own.as_bytes());
        let sent = token.unwrap_or_default();
        // With itself, where there is nothing of its length: that takes as long as with the key's own.
        let other = own.filter(|own| own.len() == sent.len()).unwrap_or(sent);
        let token_is_ours =
            equal_in_constant_time(other, sent) && own.map(<[u8]>::len) == token.map(<[u8]>::len);
        token_is_ours && self.standing == Standing::Known
    }

    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= OffsetDateTime::from(now))
    }
}

/// Shows no key and no token.
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("key", &self.key)
            .field("token", &self.token.as_ref().map(|_| "[redacted]"))
            .field("expires_at", &self.expires_at)
            .field("standing", &self.standing)
            .finish()
    }
}
