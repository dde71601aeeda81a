//! A presigned URL.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::uri::{self, PathAndQuery, Uri};

use crate::error::{CanonicalError, SignError};
use crate::protocol::{SessionTokenName, Sink, Timestamp};
use crate::signer::PresignedQuery;

/// A presigned URL, and what its user must know. A bearer secret: `Debug` does not show it.
#[derive(Clone)]
pub struct Presigned {
    uri: Uri,
    signed_headers: HeaderMap,
    expires_at: Timestamp,
    credentials_end_first: bool,
}

impl Presigned {
    /// What of the request's `headers` is marked sensitive stays so.
    pub(super) fn new(
        uri: &Uri,
        headers: &HeaderMap,
        query: &PresignedQuery<'_>,
    ) -> Result<Self, SignError> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(SignError::UriNotAbsolute);
        };
        // Room for what most URLs have: growing on the way costs more than the signature.
        let mut path_and_query = Vec::with_capacity(768);
        path_and_query.put(uri.path().as_bytes());
        path_and_query.put(b"?");
        query.write(&mut path_and_query);
        let before = [scheme.as_str(), "://", authority.as_str()];
        let length = before.map(str::len).iter().sum::<usize>() + path_and_query.len();
        // Not all versions of crate http look at the length of parts.
        if length > MAX_LENGTH {
            return Err(SignError::UriTooLong { length });
        }
        let mut parts = uri::Parts::default();
        parts.scheme = Some(scheme.clone());
        parts.authority = Some(authority.clone());
        // Neither can fail for another reason: the path is a URI's, and the query is percent-encoded.
        let path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(path_and_query));
        parts.path_and_query = Some(path_and_query.map_err(|_| SignError::UriTooLong { length })?);
        let uri = Uri::from_parts(parts).map_err(|_| SignError::UriTooLong { length })?;
        let mut signed_headers = HeaderMap::new();
        for (name, value) in query.signed_headers() {
            // Cannot fail: name and value are the request's own, in lower case and folded.
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
            credentials_end_first: query.credentials_end_first(),
        })
    }

    /// The URL.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The URL, taken out.
    #[must_use]
    pub fn into_uri(self) -> Uri {
        self.uri
    }

    /// The headers that are signed, `host` among them: whoever uses the URL must send them with these values.
    #[must_use]
    pub fn signed_headers(&self) -> &HeaderMap {
        &self.signed_headers
    }

    /// When the URL really ends: by its own expiry, or with the credentials that signed it.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether the credentials end before the expiry that was asked for.
    #[must_use]
    pub fn credentials_end_first(&self) -> bool {
        self.credentials_end_first
    }
}

/// The longest URI that crate http parses, in bytes: `MAX_LEN` of its `uri` module.
const MAX_LENGTH: usize = 65_534;

fn is_session_token(name: &str) -> bool {
    [SessionTokenName::S3Session, SessionTokenName::Security]
        .iter()
        .any(|token| token.header() == name)
}

impl fmt::Debug for Presigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presigned")
            .field("uri", &"[redacted]")
            // Collected: the iterator's own `Debug` shows the values, too.
            .field("signed_headers", &self.signed_headers.keys().collect::<Vec<_>>())
            .field("expires_at", &self.expires_at)
            .field("credentials_end_first", &self.credentials_end_first)
            .finish()
    }
}
