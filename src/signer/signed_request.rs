//! A signed request, and the headers that carry its signature.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use smallvec::SmallVec;

use crate::protocol::canonical::replaced_headers;
use crate::protocol::{
    AUTHORIZATION, Authorization, CONTENT_SHA256, CanonicalRequest, Credential, DATE, HOST,
    SessionTokenName, Signature, Sink, Stages, StringToSign, Timestamp,
};

/// A request that has been signed in a header. It borrows the request and the signer.
///
/// [`into_headers`](Self::into_headers) returns the headers that carry the signature.
#[derive(Clone)]
pub struct SignedRequest<'r> {
    pub(super) canonical: CanonicalRequest<'r>,
    pub(super) canonical_hash: [u8; 32],
    pub(super) timestamp: Timestamp,
    pub(super) credential: Credential<'r>,
    pub(super) signature: Signature,
    pub(super) session_token: Option<&'r str>,
    pub(super) session_token_name: SessionTokenName,
}

impl<'r> SignedRequest<'r> {
    /// Returns the canonical request, the string to sign and the signature.
    #[must_use]
    pub fn stages(&self) -> Stages<'_> {
        Stages::new(&self.canonical, self.string_to_sign(), &self.signature)
    }

    fn string_to_sign(&self) -> StringToSign<'r> {
        StringToSign::from_hash(self.canonical_hash, self.timestamp, self.credential.scope())
    }

    /// Returns the value of the Authorization header.
    #[must_use]
    pub fn authorization(&self) -> Authorization<'_> {
        Authorization::new(self.credential, self.canonical.headers(), &self.signature)
    }

    /// Returns the headers that carry the signature, which no longer borrow the request.
    ///
    /// They are `authorization` and `x-amz-date`; the session token, if there is one; `x-amz-content-sha256`, if it is signed;
    /// and `host`, if clients would send another value than the one that is signed.
    #[must_use]
    pub fn into_headers(self) -> SignatureHeaders {
        self.headers()
    }

    pub(crate) fn headers(&self) -> SignatureHeaders {
        let headers = self.canonical.headers();
        // Most signatures fit into this capacity.
        let token_length = self.session_token.map_or(0, str::len);
        let mut values = Vec::with_capacity(384 + token_length);
        let mut set = SmallVec::new();
        let mut start = 0;
        let mut finish = |name, sensitive, values: &Vec<u8>| {
            set.push(Location { name, length: values.len() - start, sensitive });
            start = values.len();
        };
        self.authorization().write(&mut values);
        finish(AUTHORIZATION, true, &values);
        values.write(self.timestamp.as_basic());
        finish(DATE, false, &values);
        let mut token_header = None;
        if let Some(token) = self.session_token {
            let name = self.session_token_name.header();
            values.write(token.as_bytes());
            finish(name, true, &values);
            token_header = Some(name);
        }
        if headers.includes_content_sha256() {
            self.canonical.payload_hash().write(&mut values);
            finish(CONTENT_SHA256, false, &values);
        }
        if let Some(host) = headers.host_override() {
            values.write(&host);
            finish(HOST, false, &values);
        }
        let mut removed = SmallVec::new();
        for name in replaced_headers(self.session_token_name) {
            // Under most rules, the session token has its usual name, so it is listed twice.
            let is_set = name == DATE || Some(name) == token_header || removed.contains(&name);
            if !is_set && headers.were_received(name) {
                removed.push(name);
            }
        }
        SignatureHeaders { values, set, removed }
    }
}

/// Formats no secret.
impl fmt::Debug for SignedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("credential", &self.credential)
            .field("string_to_sign", &self.string_to_sign())
            .finish_non_exhaustive()
    }
}

/// The headers that carry a signature: those to set, in place of headers of the same name, and those to remove.
///
/// Set and remove all of them; `apply` (feature `http`) does it for an `http::HeaderMap`.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    pub(crate) values: Vec<u8>,
    pub(crate) set: SmallVec<[Location; 5]>,
    pub(crate) removed: SmallVec<[&'static str; 3]>,
}

/// The name of a header, and the length of its value. The values follow each other in the same order.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) name: &'static str,
    pub(crate) length: usize,
    pub(crate) sensitive: bool,
}

impl SignatureHeaders {
    /// Returns the headers to set.
    pub fn iter(&self) -> impl Iterator<Item = SignatureHeader<'_>> {
        let mut rest = &*self.values;
        self.set.iter().map(move |Location { name, length, sensitive }| {
            let (value, after) = rest.split_at(*length);
            rest = after;
            SignatureHeader { name, value, sensitive: *sensitive }
        })
    }

    /// Returns the names of the headers to remove: those of the request that an earlier signature set, such as a session token,
    /// and that this one has no value for.
    pub fn removed(&self) -> impl Iterator<Item = &'static str> {
        self.removed.iter().copied()
    }
}

impl fmt::Debug for SignatureHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureHeaders")
            .field("set", &self.iter().collect::<Vec<_>>())
            .field("removed", &self.removed)
            .finish()
    }
}

/// A header that carries a part of a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureHeader<'a> {
    /// The name, in lowercase.
    pub name: &'static str,
    /// The value.
    pub value: &'a [u8],
    /// Whether the value must not appear in a log.
    pub sensitive: bool,
}

/// Formats no sensitive value.
impl fmt::Debug for SignatureHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = String::from_utf8_lossy(self.value);
        f.debug_struct("SignatureHeader")
            .field("name", &self.name)
            .field("value", if self.sensitive { &"[redacted]" } else { &value })
            .finish_non_exhaustive()
    }
}
