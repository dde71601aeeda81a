//! The access keys that a server knows.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use countersign::Credentials;
use countersign::protocol::Scope;
use countersign::verifier::AccessKey;

/// Credentials by access key id. A clone shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccessKeys(Arc<RwLock<HashMap<String, Credentials>>>);

impl AccessKeys {
    /// Adds a key, or replaces the one with the same id.
    pub(crate) fn add(&self, credentials: Credentials) {
        let id = credentials.access_key_id().to_owned();
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, credentials);
    }

    pub(crate) fn remove(&self, access_key_id: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(access_key_id);
    }

    /// Returns the key to verify with, which matches no signature if the id is not known.
    pub(crate) fn find(&self, access_key_id: &str, scope: Scope<'_>) -> AccessKey {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        AccessKey::from_lookup(keys.get(access_key_id), scope)
    }
}
