//! The signer: credentials, region, service and rules, and the key of the day.

mod identity;
mod neptune;
mod signed;

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use self::identity::{Day, Identity};
#[cfg(feature = "neptune")]
pub(crate) use self::neptune::{NEPTUNE, region};
pub(crate) use self::signed::Signing;
pub use self::signed::{HeaderToSet, PresignedQuery, Signed};

use crate::credentials::Credentials;
use crate::error::SignError;
use crate::protocol::canonical::{Checked, Parts};
use crate::protocol::{
    CanonicalRequest, Credential, Payload, PayloadHash, PresignedPayload, QueryAuthorization,
    RawRequest, Rules, SessionToken, SigningKey, StringToSign, Timestamp,
};

/// Signs requests to one service in one region.
///
/// The day's key is derived once and kept; signing takes `&self` and never waits. A clone shares the key. Faults in
/// region, service or credentials come out of the first signing.
///
/// ```
/// use countersign::{Credentials, Signer};
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
/// let signer = Signer::new(credentials, "us-east-1", "neptune-db");
///
/// let mut request = http::Request::get("https://db.example:8182/status").body("")?;
/// signer.sign(&mut request)?;
/// assert!(request.headers().contains_key("authorization"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    identity: Arc<Identity>,
    rules: Rules,
    clock_offset: time::Duration,
}

impl Signer {
    /// A signer with [`Rules::DEFAULT`]. They are **wrong for S3**: use [`Signer::s3`]. For the few other services with
    /// rules of their own see [`Rules`].
    ///
    /// `service` is the signing name, such as `neptune-db`, `dynamodb` or `execute-api`.
    #[must_use]
    pub fn new(
        credentials: Credentials,
        region: impl Into<String>,
        service: impl Into<String>,
    ) -> Self {
        Self::of_identity(Identity::of_secret(credentials, region.into(), service.into()))
    }

    /// A signer for S3, with [`Rules::S3`].
    #[must_use]
    pub fn s3(credentials: Credentials, region: impl Into<String>) -> Self {
        Self::new(credentials, region, "s3").with_rules(Rules::S3)
    }

    /// A signer for a machine that holds no secret: it signs with a key that was derived elsewhere. A request of another
    /// day than the key's is an error. An empty token counts as none. When the token ends is not known here, so a presigned
    /// URL cannot say that it ends before.
    #[must_use]
    pub fn from_signing_key(
        access_key_id: impl Into<String>,
        key: SigningKey,
        session_token: Option<String>,
    ) -> Self {
        Self::of_identity(Identity::of_key(access_key_id.into(), key, session_token))
    }

    fn of_identity(identity: Identity) -> Self {
        let identity = Arc::new(identity);
        Self { identity, rules: Rules::DEFAULT, clock_offset: time::Duration::ZERO }
    }

    /// The same signer with other rules.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// The same signer on a machine whose clock is wrong: `offset` is added to it, negative for a clock that is fast.
    /// Times that are given are left alone.
    #[must_use]
    pub fn with_clock_offset(mut self, offset: time::Duration) -> Self {
        self.clock_offset = offset;
        self
    }

    /// The rules it signs by.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    #[cfg(feature = "explain")]
    pub(crate) fn access_key_id(&self) -> &str {
        self.identity.access_key_id()
    }

    /// None where it signs with a key that was derived elsewhere.
    #[cfg(any(feature = "explain", feature = "tokio"))]
    pub(crate) fn credentials(&self) -> Option<&Credentials> {
        self.identity.credentials()
    }

    #[cfg(feature = "explain")]
    pub(crate) fn region(&self) -> &str {
        self.identity.region()
    }

    #[cfg(feature = "explain")]
    pub(crate) fn service(&self) -> &str {
        self.identity.service()
    }

    /// Not checked: that is done with the key of the day.
    pub(crate) fn credential(&self, timestamp: Timestamp) -> Credential<'_> {
        self.identity.credential(timestamp)
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.identity.token()
    }

    /// The machine's clock with the offset: the time at which `sign` and `presign` sign.
    ///
    /// # Errors
    /// The sum is outside the years 1 to 9999.
    pub fn now(&self) -> Result<Timestamp, SignError> {
        Ok(Timestamp::now()?.checked_add(self.clock_offset)?)
    }

    /// Signs a request of any HTTP library, in a header. The request stays as it is: set what [`Signed::headers`] hands
    /// back, and remove what [`Signed::headers_to_remove`] names.
    ///
    /// ```
    /// use countersign::protocol::{Payload, RawRequest};
    /// use countersign::{Credentials, Signer};
    ///
    /// let signer = Signer::new(Credentials::new("AKIDEXAMPLE", "secret"), "us-east-1", "neptune-db");
    /// let request = RawRequest {
    ///     method: "GET",
    ///     target: b"https://db.example:8182/status",
    ///     headers: &[("accept", b"application/json")],
    /// };
    /// let signed = signer.sign_raw(&request, Payload::Bytes(b""), signer.now()?)?;
    /// for header in signed.headers() {
    ///     println!("{}: {}", header.name, String::from_utf8_lossy(&header.value));
    /// }
    /// println!("{}", signed.stages().canonical_request());
    /// # Ok::<(), countersign::SignError>(())
    /// ```
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn sign_raw<'a>(
        &'a self,
        request: &RawRequest<'a>,
        payload: Payload<'_>,
        timestamp: Timestamp,
    ) -> Result<Signed<'a>, SignError> {
        let checked = request.parts()?.check(request.headers, &self.rules)?;
        self.with_day(timestamp, |day| {
            let canonical = self.canonical(checked, payload, timestamp);
            let signing = self.signing(&canonical, timestamp, &day.key);
            Signed::new(canonical, signing)
        })
    }

    /// Presigns a request of any HTTP library. The result shows itself as the query to send, after a `?`, in place of the
    /// request's own.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn presign_raw<'a>(
        &'a self,
        request: &RawRequest<'a>,
        payload: Payload<'_>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<PresignedQuery<'a>, SignError> {
        self.presign_request(request.parts()?, request.headers, payload, expires, timestamp)
    }

    /// The canonical request of one that is signed in a header.
    #[inline]
    pub(crate) fn canonical<'a>(
        &'a self,
        checked: Checked<'a>,
        payload: Payload<'_>,
        timestamp: Timestamp,
    ) -> CanonicalRequest<'a> {
        let token =
            self.identity.token().filter(|_| self.rules.session_token == SessionToken::Signed);
        let hash = PayloadHash::of(payload);
        CanonicalRequest::signed_in_header(checked, hash, timestamp, token, &self.rules)
    }

    /// Signs a canonical request with the key of its day.
    pub(crate) fn signing<'a>(
        &'a self,
        canonical: &CanonicalRequest<'_>,
        timestamp: Timestamp,
        key: &SigningKey,
    ) -> Signing<'a> {
        let canonical_hash = canonical.hash();
        let scope = self.credential(timestamp).scope();
        let signature = StringToSign::of_hash(canonical_hash, timestamp, scope).sign(key);
        Signing { signer: self, timestamp, canonical_hash, signature }
    }

    /// Works with the key of a day. Credential and token are sound then.
    #[inline]
    pub(crate) fn with_day<T>(
        &self,
        timestamp: Timestamp,
        work: impl FnOnce(&Day) -> T,
    ) -> Result<T, SignError> {
        let today = || self.now().ok().map(|now| now.day());
        self.identity.with_day(timestamp, today, work)
    }

    /// Presigns a request, to the last byte of its query.
    pub(crate) fn presign_request<'a>(
        &'a self,
        parts: Parts<'a>,
        headers: &'a [(&'a str, &'a [u8])],
        payload: Payload<'_>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<PresignedQuery<'a>, SignError> {
        let seconds = u32::try_from(expires.as_secs()).ok().filter(|_| expires.subsec_nanos() == 0);
        let seconds = seconds.ok_or(SignError::Expires { expires })?;
        let credentials_end = self.identity.credentials_end(timestamp)?;
        let credential = self.credential(timestamp);
        let mut authorization = QueryAuthorization::new(credential, timestamp, seconds)?;
        if let Some(token) = self.identity.token() {
            authorization = authorization.with_session_token(token, &self.rules);
        }
        let expires_at = authorization.expires_at()?;
        let checked =
            parts.check_presignable(headers, &self.rules, authorization.token_header())?;
        let hash = match self.rules.presigned_payload {
            PresignedPayload::Hashed => PayloadHash::of(payload),
            PresignedPayload::Unsigned => PayloadHash::UNSIGNED,
        };
        self.with_day(timestamp, |day| {
            let canonical =
                CanonicalRequest::signed_in_query(checked, hash, authorization, &self.rules);
            let signing = self.signing(&canonical, timestamp, &day.key);
            PresignedQuery::new(canonical, signing, expires_at, credentials_end)
        })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("access_key_id", &self.identity.access_key_id())
            .field("region", &self.identity.region())
            .field("service", &self.identity.service())
            .field("rules", &self.rules)
            .field("clock_offset", &self.clock_offset)
            .finish_non_exhaustive()
    }
}
