//! What signing hands back.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::protocol::canonical::{AUTHORIZATION, CONTENT_SHA256, DATE, HOST, replaced_headers};
use crate::protocol::{
    Authorization, CanonicalRequest, Credential, Rules, Signature, Sink, Stages, StringToSign,
    Text, Timestamp,
};

/// What came of a signing, apart from the canonical request: that is large, and stays where it was built.
#[derive(Clone)]
pub(crate) struct Signing<'a> {
    pub(super) credential: Credential<'a>,
    pub(super) timestamp: Timestamp,
    pub(super) token: Option<&'a str>,
    pub(super) rules: &'a Rules,
    pub(super) string_to_sign: StringToSign<'a>,
    pub(super) signature: Signature,
}

impl<'a> Signing<'a> {
    fn stages<'s>(&'s self, canonical_request: &'s CanonicalRequest<'a>) -> Stages<'s> {
        Stages::new(Cow::Borrowed(canonical_request), &self.string_to_sign, &self.signature)
    }

    fn authorization<'s>(&'s self, canonical: &'s CanonicalRequest<'a>) -> Authorization<'s> {
        Authorization::new(self.credential, canonical.headers(), &self.signature)
    }

    /// See [`Signed::headers`].
    pub(crate) fn headers(
        &self,
        canonical: &CanonicalRequest<'a>,
    ) -> impl Iterator<Item = HeaderToSet> {
        let plain = |name, value| HeaderToSet { name, value, is_secret: false };
        let secret = |name, value| HeaderToSet { name, value, is_secret: true };
        // Without room to spare, the buffer becomes a header value as it is.
        let mut length = Length(0);
        self.authorization(canonical).write(&mut length);
        let mut authorization = Vec::with_capacity(length.0);
        self.authorization(canonical).write(&mut authorization);
        let authorization = secret(AUTHORIZATION, authorization);
        let date = plain(DATE, self.timestamp.basic().to_vec());
        let token_name = self.rules.session_token_name.header();
        let token = self.token.map(|token| secret(token_name, token.as_bytes().to_vec()));
        let hash = canonical.headers().holds_payload_hash().then(|| canonical.payload_hash());
        let hash = hash.map(|hash| plain(CONTENT_SHA256, hash.as_bytes().to_vec()));
        let host = canonical.headers().host_to_send().map(|host| plain(HOST, host));
        [Some(authorization), Some(date), token, hash, host].into_iter().flatten()
    }

    /// See [`Signed::headers_to_remove`].
    pub(crate) fn headers_to_remove(&self) -> impl Iterator<Item = &'static str> {
        let token = self.token.map(|_| self.rules.session_token_name.header());
        let is_set = move |name: &str| name == DATE || Some(name) == token;
        replaced_headers(self.rules).into_iter().filter(move |name| !is_set(name))
    }
}

/// Shows no secret.
impl fmt::Debug for Signing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing")
            .field("credential", &self.credential)
            .field("timestamp", &self.timestamp)
            .field("token", &self.token.map(|_| REDACTED))
            .field("string_to_sign", &self.string_to_sign)
            .finish_non_exhaustive()
    }
}

/// A request that was signed in a header.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    canonical: CanonicalRequest<'a>,
    signing: Signing<'a>,
}

impl<'a> Signed<'a> {
    #[inline]
    pub(super) fn new(canonical: CanonicalRequest<'a>, signing: Signing<'a>) -> Self {
        Self { canonical, signing }
    }

    /// Canonical request, string to sign and signature.
    #[must_use]
    pub fn stages(&self) -> Stages<'_> {
        self.signing.stages(&self.canonical)
    }

    /// The value of the Authorization header.
    #[must_use]
    pub fn authorization(&self) -> Authorization<'_> {
        self.signing.authorization(&self.canonical)
    }

    /// The headers to set, in place of those of the same name.
    ///
    /// They are `authorization` and `x-amz-date`; the session token, if there is one; `x-amz-content-sha256`, if the
    /// rules send it or the request had it; and `host`, where clients would send another than the one that is signed.
    pub fn headers(&self) -> impl Iterator<Item = HeaderToSet> {
        self.signing.headers(&self.canonical)
    }

    /// The headers to remove: a session token of an earlier signing, where there is none now.
    pub fn headers_to_remove(&self) -> impl Iterator<Item = &'static str> {
        self.signing.headers_to_remove()
    }
}

/// A header that signing sets.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeaderToSet {
    /// The name, in lower case.
    pub name: &'static str,
    /// The value as it is sent.
    pub value: Vec<u8>,
    /// Whether no log should show the value.
    pub is_secret: bool,
}

impl fmt::Debug for HeaderToSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = String::from_utf8_lossy(&self.value);
        f.debug_struct("HeaderToSet")
            .field("name", &self.name)
            .field("value", if self.is_secret { &REDACTED } else { &value })
            .finish_non_exhaustive()
    }
}

/// The query of a presigned request: a bearer secret. `Display` shows it, as it stands behind the `?`; `Debug` does
/// not.
#[derive(Clone, Debug)]
pub struct PresignedQuery<'a> {
    canonical: CanonicalRequest<'a>,
    signing: Signing<'a>,
    expires_at: Timestamp,
    credentials_end_first: bool,
}

impl<'a> PresignedQuery<'a> {
    pub(super) fn new(
        canonical: CanonicalRequest<'a>,
        signing: Signing<'a>,
        expires_at: Timestamp,
        credentials_end: Option<Timestamp>,
    ) -> Self {
        let end = credentials_end.filter(|end| *end < expires_at);
        Self {
            canonical,
            signing,
            expires_at: end.unwrap_or(expires_at),
            credentials_end_first: end.is_some(),
        }
    }

    /// Canonical request, string to sign and signature.
    #[must_use]
    pub fn stages(&self) -> Stages<'_> {
        self.signing.stages(&self.canonical)
    }

    /// The headers that are signed, which whoever uses the URL must send: names in lower case, values as they were
    /// signed.
    #[must_use]
    pub fn signed_headers(&self) -> Vec<(String, Vec<u8>)> {
        self.canonical.signed_headers()
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

    /// Writes the query, without a `?`.
    pub fn write(&self, sink: &mut impl Sink) {
        self.canonical.write_presigned_query(&self.signing.signature, sink);
    }
}

impl fmt::Display for PresignedQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

const REDACTED: &str = "[redacted]";

/// Counts what is written.
struct Length(usize);

impl Sink for Length {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}
