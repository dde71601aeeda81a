//! A presigned URL.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::uri::{self, PathAndQuery, Uri};

use crate::error::{CanonicalError, SignError};
use crate::protocol::{SessionTokenName, Sink, Timestamp};
use crate::signer::PresignedQuery;

/// A presigned URL, with what its user must know. It is a bearer secret: `Debug` does not format it.
#[derive(Clone)]
pub struct PresignedUrl {
    uri: Uri,
    signed_headers: HeaderMap,
    expires_at: Timestamp,
    expires_with_credentials: bool,
}

impl PresignedUrl {
    /// Values that are marked as sensitive in the request's `headers` stay sensitive.
    pub(super) fn new(
        uri: &Uri,
        headers: &HeaderMap,
        query: &PresignedQuery<'_>,
    ) -> Result<Self, SignError> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(SignError::UriNotAbsolute);
        };
        // Most URLs fit into this capacity. Growing a buffer several times costs more than the signature.
        let mut path_and_query = Vec::with_capacity(768);
        path_and_query.write(uri.path().as_bytes());
        path_and_query.write(b"?");
        query.write(&mut path_and_query);
        let before = [scheme.as_str(), "://", authority.as_str()];
        let length = before.map(str::len).iter().sum::<usize>() + path_and_query.len();
        // Some versions of crate http do not check the length of parts.
        if length > MAX_LENGTH {
            return Err(SignError::UriTooLong { length });
        }
        let mut parts = uri::Parts::default();
        parts.scheme = Some(scheme.clone());
        parts.authority = Some(authority.clone());
        // Nothing but the length can be wrong: the path is that of a URI, and the query is percent-encoded.
        let path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(path_and_query));
        parts.path_and_query = Some(path_and_query.map_err(|_| SignError::UriTooLong { length })?);
        let uri = Uri::from_parts(parts).map_err(|_| SignError::UriTooLong { length })?;
        let mut signed_headers = HeaderMap::new();
        for (name, value) in query.signed_headers() {
            // Name and value are those of the request, so this error does not occur.
            let invalid = || CanonicalError::HeaderValue { name: name.clone(), at: 0 };
            let mut value = HeaderValue::try_from(value).map_err(|_| invalid())?;
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
            let is_marked = headers.get_all(&name).iter().any(HeaderValue::is_sensitive);
            value.set_sensitive(is_marked || is_session_token(name.as_str()));
            signed_headers.try_insert(name, value).map_err(|_| SignError::HeaderMapFull)?;
        }
        Ok(Self {
            uri,
            signed_headers,
            expires_at: query.expires_at(),
            expires_with_credentials: query.expires_with_credentials(),
        })
    }

    /// Returns the URL.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Returns the URL without a copy.
    #[must_use]
    pub fn into_uri(self) -> Uri {
        self.uri
    }

    /// Returns the signed headers, `host` among them. The user of the URL must send them with these values.
    #[must_use]
    pub fn signed_headers(&self) -> &HeaderMap {
        &self.signed_headers
    }

    /// Returns the time at which the URL really expires: at its own expiry, or with the credentials that signed it.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether the credentials expire before the requested expiry.
    #[must_use]
    pub fn expires_with_credentials(&self) -> bool {
        self.expires_with_credentials
    }
}

/// The maximum length of a URI in crate http, in bytes: `MAX_LEN` of its `uri` module.
const MAX_LENGTH: usize = 65_534;

fn is_session_token(name: &str) -> bool {
    [SessionTokenName::S3Session, SessionTokenName::Security]
        .iter()
        .any(|token| token.header() == name)
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresignedUrl")
            .field("uri", &"[redacted]")
            // Collected, because the iterator's own `Debug` also formats the values.
            .field("signed_headers", &self.signed_headers.keys().collect::<Vec<_>>())
            .field("expires_at", &self.expires_at)
            .field("expires_with_credentials", &self.expires_with_credentials)
            .finish()
    }
}
