//! The signer: credentials, region, service and rules, with the signing key of the day.

mod identity;
mod presigned_query;
mod signed_request;

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

pub(crate) use self::identity::Identity;
pub use self::presigned_query::PresignedQuery;
#[cfg(feature = "http")]
pub(crate) use self::signed_request::Location;
pub use self::signed_request::{SignatureHeader, SignatureHeaders, SignedRequest};

use crate::credentials::Credentials;
use crate::error::SignError;
use crate::protocol::{
    CanonicalRequest, Payload, PayloadHash, PresignedPayload, QueryAuthorization, RawRequest,
    Request, Rules, SessionToken, Signature, SigningKey, StringToSign, Timestamp,
};

/// Signs requests to one service in one region.
///
/// Reuse a `Signer`: it caches the signing key of the current day. Signing takes `&self` and never blocks. Clones share the
/// cached key. An invalid region, service or credential is reported by the first signature, not by the constructor.
///
/// This example signs a request in place:
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
    /// Creates a signer with [`Rules::DEFAULT`]. They are **wrong for S3**: use [`Signer::s3`]. [`Rules`] lists the few other
    /// services that have rules of their own.
    ///
    /// `service` is the signing name, such as `neptune-db`, `dynamodb` or `execute-api`.
    #[must_use]
    pub fn new(
        credentials: Credentials,
        region: impl Into<String>,
        service: impl Into<String>,
    ) -> Self {
        Self::from_identity(Identity::new(credentials, region.into(), service.into()))
    }

    /// Creates a signer for S3, with [`Rules::S3`].
    #[must_use]
    pub fn s3(credentials: Credentials, region: impl Into<String>) -> Self {
        Self::new(credentials, region, "s3").with_rules(Rules::S3)
    }

    /// Creates a signer that does not hold the secret access key, from a signing key that was derived elsewhere.
    ///
    /// A request with another date than the key's is an error. An empty session token counts as none. The signer does not know
    /// when the session token expires, so a presigned URL cannot report it.
    #[must_use]
    pub fn from_signing_key(
        access_key_id: impl Into<String>,
        key: SigningKey,
        session_token: Option<String>,
    ) -> Self {
        Self::from_identity(Identity::from_signing_key(access_key_id.into(), key, session_token))
    }

    fn from_identity(identity: Identity) -> Self {
        let identity = Arc::new(identity);
        Self { identity, rules: Rules::DEFAULT, clock_offset: time::Duration::ZERO }
    }

    /// Sets the rules.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Corrects a system clock that is wrong: `offset` is added to it, and is negative for a clock that is fast. Timestamps that
    /// are passed as arguments are not changed.
    #[must_use]
    pub fn with_clock_offset(mut self, offset: time::Duration) -> Self {
        self.clock_offset = offset;
        self
    }

    /// Returns the rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns the access key id.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        self.identity.access_key_id()
    }

    /// Returns the region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.identity.region()
    }

    /// Returns the service's signing name.
    #[must_use]
    pub fn service(&self) -> &str {
        self.identity.service()
    }

    #[cfg(any(feature = "explain", feature = "neptune", feature = "tokio"))]
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the time of the system clock, corrected by the clock offset.
    ///
    /// # Errors
    ///
    /// Returns an error if the time is outside the years 1 to 9999.
    pub fn now(&self) -> Result<Timestamp, SignError> {
        Ok(Timestamp::now()?.checked_add(self.clock_offset)?)
    }

    /// Signs a request of any HTTP library in a header, at the time of the system clock. The request is not changed: see
    /// [`SignedRequest::into_headers`].
    ///
    /// This example prints the headers to set:
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
    /// let headers = signer.sign_raw(&request, Payload::Bytes(b""))?.into_headers();
    /// for header in headers.iter() {
    ///     println!("{}: {}", header.name, String::from_utf8_lossy(header.value));
    /// }
    /// # Ok::<(), countersign::SignError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the request has no canonical form, or if the credentials, the region or the service are invalid.
    pub fn sign_raw<'r>(
        &'r self,
        request: &RawRequest<'r>,
        payload: Payload<'_>,
    ) -> Result<SignedRequest<'r>, SignError> {
        self.sign_raw_at(request, payload, self.now()?)
    }

    /// Signs a request of any HTTP library in a header, at a given time.
    ///
    /// # Errors
    ///
    /// Returns an error if [`sign_raw`](Self::sign_raw) would.
    pub fn sign_raw_at<'r>(
        &'r self,
        request: &RawRequest<'r>,
        payload: Payload<'_>,
        timestamp: Timestamp,
    ) -> Result<SignedRequest<'r>, SignError> {
        self.sign_request(&request.check()?, payload, timestamp)
    }

    /// Presigns a request of any HTTP library, at the time of the system clock. `expires` is 1 second to 7 days.
    ///
    /// `Display` of the result is the query string that replaces the request's own, without its `?`.
    ///
    /// # Errors
    ///
    /// Returns an error if the request has no canonical form, if the credentials are invalid or have expired, or if `expires`
    /// is not a number of whole seconds from 1 to 604800.
    pub fn presign_raw<'r>(
        &'r self,
        request: &RawRequest<'r>,
        payload: Payload<'_>,
        expires: Duration,
    ) -> Result<PresignedQuery<'r>, SignError> {
        self.presign_raw_at(request, payload, expires, self.now()?)
    }

    /// Presigns a request of any HTTP library, from a given time on.
    ///
    /// # Errors
    ///
    /// Returns an error if [`presign_raw`](Self::presign_raw) would.
    pub fn presign_raw_at<'r>(
        &'r self,
        request: &RawRequest<'r>,
        payload: Payload<'_>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<PresignedQuery<'r>, SignError> {
        self.presign_request(&request.check()?, payload, expires, timestamp)
    }

    /// Signs a checked request in a header.
    #[inline]
    pub(crate) fn sign_request<'r>(
        &'r self,
        request: &Request<'r, 'r>,
        payload: Payload<'_>,
        timestamp: Timestamp,
    ) -> Result<SignedRequest<'r>, SignError> {
        let session_token = self.identity.session_token();
        let signed_token =
            session_token.filter(|_| self.rules.session_token == SessionToken::Signed);
        let canonical = CanonicalRequest::signed_in_header(
            request,
            PayloadHash::from(payload),
            timestamp,
            signed_token,
            &self.rules,
        )?;
        let credential = self.identity.credential(timestamp);
        let canonical_hash = canonical.hash();
        let signature = self.sign_hash(canonical_hash, timestamp)?;
        Ok(SignedRequest {
            canonical,
            canonical_hash,
            timestamp,
            credential,
            signature,
            session_token,
            session_token_name: self.rules.session_token_name,
        })
    }

    /// Presigns a checked request.
    pub(crate) fn presign_request<'r>(
        &'r self,
        request: &Request<'r, 'r>,
        payload: Payload<'_>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<PresignedQuery<'r>, SignError> {
        let credential = self.identity.credential(timestamp);
        let mut authorization = QueryAuthorization::new(credential, timestamp, expires)?;
        let credentials_expire_at = self.identity.expires_at(timestamp)?;
        if let Some(token) = self.identity.session_token() {
            authorization = authorization.with_session_token(token, &self.rules);
        }
        let expires_at = authorization.expires_at()?;
        let payload_hash = match self.rules.presigned_payload {
            PresignedPayload::Hashed => PayloadHash::from(payload),
            PresignedPayload::Unsigned => PayloadHash::UNSIGNED,
        };
        let canonical =
            CanonicalRequest::signed_in_query(request, payload_hash, authorization, &self.rules)?;
        let canonical_hash = canonical.hash();
        let signature = self.sign_hash(canonical_hash, timestamp)?;
        let earlier = credentials_expire_at.filter(|earlier| *earlier < expires_at);
        let string_to_sign = StringToSign::from_hash(canonical_hash, timestamp, credential.scope());
        Ok(PresignedQuery {
            canonical,
            string_to_sign,
            signature,
            expires_at: earlier.unwrap_or(expires_at),
            expires_with_credentials: earlier.is_some(),
        })
    }

    /// Signs the hash of a canonical request with the key of its date.
    fn sign_hash(
        &self,
        canonical_hash: [u8; 32],
        timestamp: Timestamp,
    ) -> Result<Signature, SignError> {
        let scope = self.identity.credential(timestamp).scope();
        let string_to_sign = StringToSign::from_hash(canonical_hash, timestamp, scope);
        let today = || self.now().ok().map(|now| now.date());
        self.identity.with_signing_key(timestamp, today, |key| string_to_sign.sign(key))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("access_key_id", &self.access_key_id())
            .field("region", &self.region())
            .field("service", &self.service())
            .field("rules", &self.rules)
            .field("clock_offset", &self.clock_offset)
            .finish_non_exhaustive()
    }
}
