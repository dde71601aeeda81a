//! What signing hands back.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Signer;
use crate::protocol::canonical::{AUTHORIZATION, CONTENT_SHA256, DATE, HOST, replaced_headers};
use crate::protocol::{
    Authorization, CanonicalRequest, Credential, Signature, Sink, Stages, StringToSign, Text,
    Timestamp,
};

/// What came of a signing, apart from the canonical request: that is large, and stays where it was built.
#[derive(Clone)]
pub(crate) struct Signing<'a> {
    pub(super) signer: &'a Signer,
    pub(super) timestamp: Timestamp,
    pub(super) canonical_hash: [u8; 32],
    pub(super) signature: Signature,
}

impl<'a> Signing<'a> {
    fn stages<'s>(&'s self, canonical_request: &'s CanonicalRequest<'a>) -> Stages<'s> {
        let canonical_request = Cow::Borrowed(canonical_request);
        Stages::new(canonical_request, self.string_to_sign(), &self.signature)
    }

    fn string_to_sign(&self) -> StringToSign<'a> {
        StringToSign::of_hash(self.canonical_hash, self.timestamp, self.credential().scope())
    }

    fn credential(&self) -> Credential<'a> {
        self.signer.credential(self.timestamp)
    }

    fn token(&self) -> Option<&'a str> {
        self.signer.identity.token()
    }

    fn token_name(&self) -> &'static str {
        self.signer.rules.session_token_name.header()
    }

    fn authorization<'s>(&'s self, canonical: &'s CanonicalRequest<'a>) -> Authorization<'s> {
        Authorization::new(self.credential(), canonical.headers(), &self.signature)
    }

    /// See [`Signed::headers`].
    pub(crate) fn headers<'s>(
        &'s self,
        canonical: &'s CanonicalRequest<'a>,
    ) -> impl Iterator<Item = HeaderToSet> {
        ToSet::ALL.into_iter().filter_map(|header| self.header(header, canonical))
    }

    fn header(&self, header: ToSet, canonical: &CanonicalRequest<'a>) -> Option<HeaderToSet> {
        let plain = |name, value| Some(HeaderToSet { name, value, is_secret: false });
        let secret = |name, value| Some(HeaderToSet { name, value, is_secret: true });
        match header {
            ToSet::Authorization => {
                let authorization = self.authorization(canonical);
                // Without room to spare, the buffer becomes a header value as it is.
                let mut length = Length(0);
                authorization.write(&mut length);
                let mut value = Vec::with_capacity(length.0);
                authorization.write(&mut value);
                secret(AUTHORIZATION, value)
            }
            ToSet::Date => plain(DATE, self.timestamp.basic().to_vec()),
            ToSet::Token => secret(self.token_name(), self.token()?.as_bytes().to_vec()),
            ToSet::PayloadHash if !canonical.headers().holds_payload_hash() => None,
            ToSet::PayloadHash => {
                plain(CONTENT_SHA256, canonical.payload_hash().as_bytes().to_vec())
            }
            ToSet::Host => plain(HOST, canonical.headers().host_to_send()?),
        }
    }

    /// See [`Signed::headers_to_remove`].
    pub(crate) fn headers_to_remove(&self) -> impl Iterator<Item = &'static str> {
        let token_name = self.token().map(|_| self.token_name());
        let is_set = move |name: &str| name == DATE || Some(name) == token_name;
        replaced_headers(&self.signer.rules).into_iter().filter(move |name| !is_set(name))
    }
}

/// Shows no secret.
impl fmt::Debug for Signing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing")
            .field("credential", &self.credential())
            .field("timestamp", &self.timestamp)
            .field("token", &self.token().map(|_| REDACTED))
            .field("string_to_sign", &self.string_to_sign())
            .finish_non_exhaustive()
    }
}

/// The headers that signing sets, in the order in which they are handed out.
#[derive(Clone, Copy)]
enum ToSet {
    Authorization,
    Date,
    Token,
    PayloadHash,
    Host,
}

impl ToSet {
    const ALL: [Self; 5] =
        [Self::Authorization, Self::Date, Self::Token, Self::PayloadHash, Self::Host];
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
