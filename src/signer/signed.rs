//! What signing hands back.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::protocol::canonical::{AUTHORIZATION, CONTENT_SHA256, DATE, HOST, replaced_headers};
use crate::protocol::{
    Authorization, CanonicalRequest, Credential, Rules, Scope, Signature, SigningKey, Sink,
    StringToSign, Text, Timestamp,
};

/// The stages of one signing, each as it was hashed.
#[derive(Clone, Debug)]
pub struct Stages<'a> {
    canonical_request: CanonicalRequest<'a>,
    string_to_sign: StringToSign<'a>,
    signature: Signature,
}

impl<'a> Stages<'a> {
    pub(super) fn new(
        canonical_request: CanonicalRequest<'a>,
        timestamp: Timestamp,
        scope: Scope<'a>,
        key: &SigningKey,
    ) -> Self {
        let string_to_sign = StringToSign::new(&canonical_request, timestamp, scope);
        let signature = string_to_sign.sign(key);
        Self { canonical_request, string_to_sign, signature }
    }

    /// The canonical request. Its text holds the session token, where that is signed.
    #[must_use]
    pub fn canonical_request(&self) -> &CanonicalRequest<'a> {
        &self.canonical_request
    }

    /// The string to sign.
    #[must_use]
    pub fn string_to_sign(&self) -> &StringToSign<'a> {
        &self.string_to_sign
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

/// A request that was signed in a header.
#[derive(Clone)]
pub struct Signed<'a> {
    stages: Stages<'a>,
    credential: Credential<'a>,
    timestamp: Timestamp,
    token: Option<&'a str>,
    rules: Rules,
}

impl<'a> Signed<'a> {
    pub(super) fn new(
        stages: Stages<'a>,
        credential: Credential<'a>,
        timestamp: Timestamp,
        token: Option<&'a str>,
        rules: &Rules,
    ) -> Self {
        Self { stages, credential, timestamp, token, rules: *rules }
    }

    /// Canonical request, string to sign and signature.
    #[must_use]
    pub fn stages(&self) -> &Stages<'a> {
        &self.stages
    }

    /// The value of the Authorization header.
    #[must_use]
    pub fn authorization(&self) -> Authorization<'_> {
        let headers = self.stages.canonical_request.headers();
        Authorization::new(self.credential, headers, &self.stages.signature)
    }

    /// The headers to set, in place of those of the same name.
    ///
    /// They are `authorization` and `x-amz-date`; the session token, if there is one; `x-amz-content-sha256`, if the rules
    /// send it or the request had it; and `host`, where clients would send another than the one that is signed.
    pub fn headers(&self) -> impl Iterator<Item = HeaderToSet> {
        let canonical = &self.stages.canonical_request;
        let plain = |name, value| HeaderToSet { name, value, is_secret: false };
        let secret = |name, value| HeaderToSet { name, value, is_secret: true };
        // Without room to spare, the buffer becomes a header value as it is.
        let mut length = Length(0);
        self.authorization().write(&mut length);
        let mut authorization = Vec::with_capacity(length.0);
        self.authorization().write(&mut authorization);
        let authorization = secret(AUTHORIZATION, authorization);
        let date = plain(DATE, self.timestamp.basic().to_vec());
        let token_name = self.rules.session_token_name.header();
        let token = self.token.map(|token| secret(token_name, token.as_bytes().to_vec()));
        let hash = canonical.headers().holds_payload_hash().then(|| canonical.payload_hash());
        let hash = hash.map(|hash| plain(CONTENT_SHA256, hash.as_bytes().to_vec()));
        let host = canonical.headers().host_to_send().map(|host| plain(HOST, host));
        [Some(authorization), Some(date), token, hash, host].into_iter().flatten()
    }

    /// The headers to remove: a session token of an earlier signing, where there is none now.
    pub fn headers_to_remove(&self) -> impl Iterator<Item = &'static str> {
        let token = self.token.map(|_| self.rules.session_token_name.header());
        let is_set = move |name: &str| name == DATE || Some(name) == token;
        replaced_headers(&self.rules).into_iter().filter(move |name| !is_set(name))
    }
}

/// Shows no secret.
impl fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("stages", &self.stages)
            .field("credential", &self.credential)
            .field("timestamp", &self.timestamp)
            .field("token", &self.token.map(|_| REDACTED))
            .finish_non_exhaustive()
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

/// The query of a presigned request: a bearer secret. `Display` shows it, as it stands behind the `?`; `Debug` does not.
#[derive(Clone)]
pub struct PresignedQuery<'a> {
    stages: Stages<'a>,
    expires_at: Timestamp,
    credentials_end_first: bool,
}

impl<'a> PresignedQuery<'a> {
    pub(super) fn new(
        stages: Stages<'a>,
        expires_at: Timestamp,
        credentials_end: Option<Timestamp>,
    ) -> Self {
        let end = credentials_end.filter(|end| *end < expires_at);
        Self { stages, expires_at: end.unwrap_or(expires_at), credentials_end_first: end.is_some() }
    }

    /// Canonical request, string to sign and signature.
    #[must_use]
    pub fn stages(&self) -> &Stages<'a> {
        &self.stages
    }

    /// The headers that are signed, which whoever uses the URL must send: names in lower case, values as they were signed.
    #[must_use]
    pub fn signed_headers(&self) -> Vec<(String, Vec<u8>)> {
        let canonical = &self.stages.canonical_request;
        canonical.headers().to_pairs(canonical.payload_hash())
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
        self.stages.canonical_request.write_presigned_query(&self.stages.signature, sink);
    }
}

impl fmt::Display for PresignedQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

impl fmt::Debug for PresignedQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresignedQuery")
            .field("stages", &self.stages)
            .field("expires_at", &self.expires_at)
            .field("credentials_end_first", &self.credentials_end_first)
            .finish()
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
