//! The signer: credentials, region, service and rules, and the key of the day.

mod signed;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use arc_swap::ArcSwapOption;
use zeroize::Zeroizing;

pub(crate) use self::signed::Signing;
pub use self::signed::{HeaderToSet, PresignedQuery, Signed, Stages};

use crate::credentials::Credentials;
use crate::error::SignError;
use crate::protocol::canonical::{Checked, Parts, SentHeaders};
use crate::protocol::{
    CanonicalRequest, Credential, Payload, PayloadHash, PresignedPayload, QueryAuthorization,
    RawRequest, Rules, Scope, SessionToken, SigningKey, StringToSign, Timestamp, check_token,
};

/// Signs requests to one service in one region.
///
/// The day's key is derived once and kept; signing takes `&self` and never waits. A clone shares the key. Faults in
/// region, service or credentials come out of the first signing.
#[cfg_attr(feature = "http", doc = "```")]
#[cfg_attr(not(feature = "http"), doc = "```ignore")]
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
    shared: Arc<Shared>,
    rules: Rules,
    clock_offset: time::Duration,
}

struct Shared {
    identity: Identity,
    region: Box<str>,
    service: Box<str>,
    /// The key of the last day that was signed for; it is there only if all parts of the credential are sound.
    day: ArcSwapOption<SigningKey>,
}

/// Who signs, and with what.
enum Identity {
    Credentials(Credentials),
    Key { access_key_id: String, token: Option<Zeroizing<String>>, key: SigningKey },
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
        let (region, service) = (region.into(), service.into());
        Self::of_identity(Identity::Credentials(credentials), region.into(), service.into())
    }

    /// A signer for S3, with [`Rules::S3`].
    #[must_use]
    pub fn s3(credentials: Credentials, region: impl Into<String>) -> Self {
        Self::new(credentials, region, "s3").with_rules(Rules::S3)
    }

    /// A signer for a machine that holds no secret: it signs with a key that was derived elsewhere. A request of another
    /// day than the key's is an error. An empty token counts as none.
    #[must_use]
    pub fn from_signing_key(
        access_key_id: impl Into<String>,
        key: SigningKey,
        session_token: Option<String>,
    ) -> Self {
        let token = session_token.map(Zeroizing::new).filter(|token| !token.is_empty());
        let (region, service) = (key.scope().region().into(), key.scope().service().into());
        let access_key_id = access_key_id.into();
        Self::of_identity(Identity::Key { access_key_id, token, key }, region, service)
    }

    fn of_identity(identity: Identity, region: Box<str>, service: Box<str>) -> Self {
        let shared = Shared { identity, region, service, day: ArcSwapOption::empty() };
        Self { shared: Arc::new(shared), rules: Rules::DEFAULT, clock_offset: time::Duration::ZERO }
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

    /// The machine's clock with the offset: the time that [`sign`](Self::sign) signs.
    ///
    /// # Errors
    /// The sum is outside the years 1 to 9999.
    pub fn now(&self) -> Result<Timestamp, SignError> {
        Ok(Timestamp::now()?.checked_add(self.clock_offset)?)
    }

    /// Signs a request of any HTTP library, in a header. The request stays as it is: set what
    /// [`Signed::headers`] hands back.
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
        let checked = request.parts()?.check(&self.rules)?;
        let canonical = self.canonical(checked, payload, timestamp);
        let signing = self.signing(&canonical, timestamp)?;
        Ok(Signed::new(canonical, signing))
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
        self.presign_request(request.parts()?, payload, expires, timestamp)
    }

    /// The canonical request of one that is signed in a header.
    pub(crate) fn canonical<'a>(
        &'a self,
        checked: Checked<'a, impl SentHeaders<'a>>,
        payload: Payload<'_>,
        timestamp: Timestamp,
    ) -> CanonicalRequest<'a> {
        let token = self.token().filter(|_| self.rules.session_token == SessionToken::Signed);
        let hash = PayloadHash::of(payload);
        CanonicalRequest::signed_in_header(checked, hash, timestamp, token, &self.rules)
    }

    /// Signs a canonical request.
    pub(crate) fn signing<'a>(
        &'a self,
        canonical: &CanonicalRequest<'a>,
        timestamp: Timestamp,
    ) -> Result<Signing<'a>, SignError> {
        self.with_key(timestamp, |key, credential| {
            let string_to_sign = StringToSign::new(canonical, timestamp, credential.scope());
            let signature = string_to_sign.sign(key);
            let (token, rules) = (self.token(), self.rules);
            Signing { credential, timestamp, token, rules, string_to_sign, signature }
        })
    }

    /// Presigns a request, to the last byte of its query.
    pub(crate) fn presign_request<'a>(
        &'a self,
        parts: Parts<'a, impl SentHeaders<'a>>,
        payload: Payload<'_>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<PresignedQuery<'a>, SignError> {
        let seconds = expires.as_secs();
        let expires = u32::try_from(seconds).map_err(|_| SignError::Expires { seconds })?;
        let credentials_end = self.credentials_end(timestamp)?;
        // Checked with the key, before anything is handed back.
        let credential = self.credential(timestamp);
        let mut authorization = QueryAuthorization::new(credential, timestamp, expires)?;
        if let Some(token) = self.token() {
            authorization = authorization.with_session_token(token, &self.rules);
        }
        let expires_at = authorization.expires_at()?;
        let checked = parts.check_presignable(&self.rules, authorization.token_header())?;
        let hash = match self.rules.presigned_payload {
            PresignedPayload::Hashed => PayloadHash::of(payload),
            PresignedPayload::Unsigned => PayloadHash::UNSIGNED,
        };
        let canonical =
            CanonicalRequest::signed_in_query(checked, hash, authorization, &self.rules);
        let signing = self.signing(&canonical, timestamp)?;
        Ok(PresignedQuery::new(canonical, signing, expires_at, credentials_end))
    }

    fn token(&self) -> Option<&str> {
        match &self.shared.identity {
            Identity::Credentials(credentials) => credentials.session_token(),
            Identity::Key { token, .. } => token.as_deref().map(String::as_str),
        }
    }

    fn access_key_id(&self) -> &str {
        match &self.shared.identity {
            Identity::Credentials(credentials) => credentials.access_key_id(),
            Identity::Key { access_key_id, .. } => access_key_id,
        }
    }

    fn credential(&self, timestamp: Timestamp) -> Credential<'_> {
        let Shared { region, service, .. } = &*self.shared;
        let scope = Scope::of_checked(timestamp.day(), region, service);
        Credential::of_checked(self.access_key_id(), scope)
    }

    /// When the credentials end, if they do.
    fn credentials_end(&self, timestamp: Timestamp) -> Result<Option<Timestamp>, SignError> {
        let Identity::Credentials(credentials) = &self.shared.identity else { return Ok(None) };
        let Some(expired_at) = credentials.expires_at() else { return Ok(None) };
        let end = Timestamp::try_from(expired_at)?;
        if end <= timestamp {
            Err(SignError::CredentialsExpired { expired_at })
        } else {
            Ok(Some(end))
        }
    }

    /// Signs with the key of a request's day. A hot read is one atomic load; a miss derives the key here and now, so
    /// nobody waits for another thread.
    fn with_key<'a, T>(
        &'a self,
        timestamp: Timestamp,
        sign: impl FnOnce(&SigningKey, Credential<'a>) -> T,
    ) -> Result<T, SignError> {
        let shared = &*self.shared;
        let credential = self.credential(timestamp);
        let scope = credential.scope();
        let kept = shared.day.load();
        if let Some(key) = kept.as_deref().filter(|key| key.scope().day() == scope.day()) {
            return Ok(sign(key, credential));
        }
        credential.check()?;
        self.token().map_or(Ok(()), check_token)?;
        let credentials = match &shared.identity {
            Identity::Credentials(credentials) => credentials,
            Identity::Key { key, .. } => {
                key.check_day(timestamp)?;
                return Ok(sign(key, credential));
            }
        };
        let secret = credentials.secret_access_key().as_bytes();
        let key = Arc::new(SigningKey::derive(secret, scope)?);
        // The odd date of a replay must not take the place of today's key.
        let today = self.now().map(|now| now.day());
        let is_todays = |kept: &Arc<SigningKey>| today == Ok(kept.scope().day());
        if !kept.as_ref().is_some_and(is_todays) {
            shared.day.store(Some(Arc::clone(&key)));
        }
        Ok(sign(&key, credential))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("access_key_id", &self.access_key_id())
            .field("region", &self.shared.region)
            .field("service", &self.shared.service)
            .field("rules", &self.rules)
            .field("clock_offset", &self.clock_offset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new(Credentials::new("AKIDEXAMPLE", "secret"), "us-east-1", "service")
    }

    fn sign_at(signer: &Signer, timestamp: Timestamp) {
        let request = RawRequest { method: "GET", target: b"https://db.example/", headers: &[] };
        signer.sign_raw(&request, Payload::Bytes(b""), timestamp).unwrap();
    }

    fn kept_day(signer: &Signer) -> Option<[u8; 8]> {
        signer.shared.day.load().as_ref().map(|key| key.scope().day())
    }

    #[test]
    fn a_key_is_derived_once_a_day() {
        let (signer, now) = (signer(), Timestamp::now().unwrap());
        let clone = signer.clone();
        sign_at(&signer, now);
        let key = clone.shared.day.load_full();
        sign_at(&clone, now);
        let same = signer.shared.day.load_full();
        assert!(Arc::ptr_eq(&key.unwrap(), &same.unwrap()));
    }

    #[test]
    fn the_odd_date_of_a_replay_does_not_evict_today() {
        let (signer, now) = (signer(), Timestamp::now().unwrap());
        let odd: Timestamp = "20150830T123600Z".parse().unwrap();
        sign_at(&signer, odd);
        assert_eq!(kept_day(&signer), Some(odd.day()));
        sign_at(&signer, now);
        assert_eq!(kept_day(&signer), Some(now.day()));
        sign_at(&signer, odd);
        assert_eq!(kept_day(&signer), Some(now.day()));
    }

    #[test]
    fn today_is_that_of_the_corrected_clock() {
        let signer = signer().with_clock_offset(time::Duration::days(-400));
        let (now, corrected) = (Timestamp::now().unwrap(), signer.now().unwrap());
        sign_at(&signer, corrected);
        sign_at(&signer, now);
        assert_eq!(kept_day(&signer), Some(corrected.day()));
    }

    #[test]
    fn a_fault_is_not_kept() {
        let signer = Signer::new(Credentials::new("AKIDEXAMPLE", "secret"), "us-east-1", "");
        let request = RawRequest { method: "GET", target: b"https://db.example/", headers: &[] };
        let now = Timestamp::now().unwrap();
        for _ in 0..2 {
            assert!(signer.sign_raw(&request, Payload::Bytes(b""), now).is_err());
            assert_eq!(kept_day(&signer), None);
        }
    }
}
