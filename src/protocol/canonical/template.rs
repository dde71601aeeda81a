//! A canonical request for many: what is the same in all of them is hashed once.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::CanonicalRequest;
use crate::protocol::digest::{Begun, Sha256};
use crate::protocol::payload::PayloadHash;
use crate::protocol::sink::Sink;

/// A canonical request without the time in its query and without its payload hash.
pub(crate) struct Template {
    to_time: Begun,
    from_time: Box<[u8]>,
}

impl Template {
    /// Of one of the requests, with the time as it stands in its query.
    pub(crate) fn new(canonical: &CanonicalRequest<'_>, time: &[u8]) -> Self {
        let mut text = Vec::new();
        canonical.write_to_payload(&mut text);
        // The last one: what comes before it is the caller's, and may hold anything.
        let at = text.windows(time.len().max(1)).rposition(|window| window == time);
        let (to_time, rest) = text.split_at(at.unwrap_or(text.len()));
        let mut hash = Sha256::new();
        hash.put(to_time);
        Self { to_time: hash.begun(), from_time: rest.get(time.len()..).unwrap_or_default().into() }
    }

    /// The hash of the request with a time and a payload hash.
    pub(crate) fn hash(
        &self,
        write_time: impl FnOnce(&mut Sha256),
        payload_hash: &PayloadHash<'_>,
    ) -> [u8; 32] {
        let mut hash = self.to_time.go_on();
        write_time(&mut hash);
        hash.put(&self.from_time);
        hash.put(payload_hash.as_bytes());
        hash.finish()
    }
}
