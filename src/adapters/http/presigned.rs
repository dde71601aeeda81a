//! A presigned URL.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use http::Uri;
use http::header::{HeaderMap, HeaderName, HeaderValue};

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
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(SignError::UriNotAbsolute);
        };
        // Room for what most URLs have: growing on the way costs more than the signature.
        let mut url = Vec::with_capacity(768);
        for part in [scheme, "://", authority.as_str(), uri.path(), "?"] {
            url.put(part.as_bytes());
        }
        query.write(&mut url);
        let length = url.len();
        // Cannot fail for another reason: scheme, authority and path are a URI's, and the query is percent-encoded.
        let uri = Uri::from_maybe_shared(Bytes::from(url))
            .map_err(|_| SignError::UriTooLong { length })?;
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
