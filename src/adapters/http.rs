//! `http::Request` in and out.

mod payload;
mod presigned;
mod verify;

use core::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request;
use http::{Method, Request, Uri};

pub use self::payload::AsPayload;
pub use self::presigned::Presigned;

use crate::error::{CanonicalError, SignError};
use crate::protocol::canonical::{self, Authority, Parts};
use crate::protocol::{CanonicalRequest, Payload, Scratch, SessionTokenName, Timestamp};
use crate::signer::{HeaderToSet, Signer, Signing};

/// A map with at most this many places takes the headers of a signature whatever happens: it could double five times
/// before it reached [`HeaderMap`]'s limit.
const ROOMY: usize = 768;

impl Signer {
    /// Signs a request at the time of the machine's clock. It is sent as it is then: change nothing that is signed.
    ///
    /// Sets `authorization` and `x-amz-date`; the session token, if there is one; `x-amz-content-sha256`, if the
    /// rules send it or the request had it; and `host`, where clients would send another than the one that is signed.
    /// What an earlier signing set is replaced.
    ///
    /// HTTP/2 sends the URI's authority as it is written, whatever Host says: for HTTP/2, write the URI as it is
    /// signed, in lower case, without userinfo and without a port that goes without saying.
    ///
    /// # Errors
    /// See [`SignError`]. The request is then as it was.
    pub fn sign<B: AsPayload>(&self, request: &mut Request<B>) -> Result<(), SignError> {
        self.sign_at(request, self.now()?)
    }

    /// The same as [`sign`](Self::sign) at a given time.
    ///
    /// # Errors
    /// See [`SignError`]. The request is then as it was.
    pub fn sign_at<B: AsPayload>(
        &self,
        request: &mut Request<B>,
        timestamp: Timestamp,
    ) -> Result<(), SignError> {
        let payload = request.body().as_payload();
        let parts = parts(request.method(), request.uri());
        let mut headers = NewHeaders::NONE;
        headers.sign(self, parts, request.headers(), payload, timestamp)?;
        headers.set(request.headers_mut())
    }

    /// Signs a request whose body is elsewhere: hashed already, or not to be signed.
    ///
    /// ```
    /// use countersign::protocol::{Payload, Timestamp};
    /// use countersign::{Credentials, Signer};
    ///
    /// let signer = Signer::new(Credentials::new("AKIDEXAMPLE", "secret"), "us-east-1", "vpc-lattice-svcs");
    /// let (mut parts, body) = http::Request::put("https://db.example/file").body("a stream")?.into_parts();
    /// signer.sign_parts(&mut parts, Payload::Unsigned, Timestamp::now()?)?;
    /// let request = http::Request::from_parts(parts, body);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`SignError`]. The parts are then as they were.
    pub fn sign_parts(
        &self,
        parts: &mut request::Parts,
        payload: Payload<'_>,
        timestamp: Timestamp,
    ) -> Result<(), SignError> {
        let borrowed = self::parts(&parts.method, &parts.uri);
        let mut headers = NewHeaders::NONE;
        headers.sign(self, borrowed, &parts.headers, payload, timestamp)?;
        headers.set(&mut parts.headers)
    }

    /// Makes a URL that anyone who has it can use, from now for `expires`: 1 second to 7 days, whole seconds.
    ///
    /// Scheme, authority and path stay as they came. Where the authority is not what is signed (capitals, userinfo, a
    /// port that goes without saying), whoever uses the URL must send the `host` of [`Presigned::signed_headers`]:
    /// clients make up another.
    ///
    /// ```
    /// use core::time::Duration;
    /// use countersign::{Credentials, Signer};
    ///
    /// let signer = Signer::s3(Credentials::new("AKIDEXAMPLE", "secret"), "us-east-1");
    /// let request = http::Request::get("https://examplebucket.s3.amazonaws.com/test.txt").body(())?;
    /// let presigned = signer.presign(&request, Duration::from_secs(900))?;
    /// println!("{} until {:?}", presigned.uri(), presigned.expires_at());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn presign<B: AsPayload>(
        &self,
        request: &Request<B>,
        expires: Duration,
    ) -> Result<Presigned, SignError> {
        self.presign_at(request, expires, self.now()?)
    }

    /// The same as [`presign`](Self::presign) from a given time.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn presign_at<B: AsPayload>(
        &self,
        request: &Request<B>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<Presigned, SignError> {
        let payload = request.body().as_payload();
        let (uri, headers) = (request.uri(), request.headers());
        let parts = parts(request.method(), uri);
        let mut sent = Scratch::<_, 32>::new();
        sent.extend(pairs(headers));
        let query = self.presign_request(parts, sent.as_slice(), payload, expires, timestamp)?;
        Presigned::new(uri, headers, &query)
    }

    /// Presigns a request whose body is elsewhere. Where the rules leave a presigned body unsigned, as S3's do,
    /// `payload` is not looked at.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn presign_parts(
        &self,
        parts: &request::Parts,
        payload: Payload<'_>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<Presigned, SignError> {
        let borrowed = self::parts(&parts.method, &parts.uri);
        let mut sent = Scratch::<_, 32>::new();
        sent.extend(pairs(&parts.headers));
        let query = self.presign_request(borrowed, sent.as_slice(), payload, expires, timestamp)?;
        Presigned::new(&parts.uri, &parts.headers, &query)
    }
}

/// Borrows what is signed. The types of crate `http` hold no line break that could be smuggled in.
fn parts<'a>(method: &'a Method, uri: &'a Uri) -> Parts<'a> {
    // Of a CONNECT request the target is the authority: no path, and so an error.
    let path = match (uri.scheme(), uri.authority()) {
        (None, Some(authority)) => authority.as_str(),
        _ => uri.path(),
    };
    Parts {
        method: method.as_str(),
        authority: uri.authority().map(|authority| Authority {
            scheme: uri.scheme_str().unwrap_or_default().as_bytes(),
            text: authority.as_str().as_bytes(),
        }),
        path: path.as_bytes(),
        query: uri.query().unwrap_or_default().as_bytes(),
        // Those of crate http are in lower case.
        hold_capitals: false,
    }
}

/// The headers in the order in which they came.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
}

/// What a signing changes in a request, made before anything is changed.
struct NewHeaders {
    removed: [Option<&'static str>; 3],
    set: [Option<(&'static str, HeaderValue)>; 5],
}

impl NewHeaders {
    const NONE: Self = Self { removed: [None; 3], set: [const { None }; 5] };

    /// Signs, and fills in what is to be changed, where it stands: so large a value is costly to hand on.
    fn sign<'a>(
        &mut self,
        signer: &'a Signer,
        parts: Parts<'a>,
        sent: &'a HeaderMap,
        payload: Payload<'_>,
        timestamp: Timestamp,
    ) -> Result<(), SignError> {
        let mut pairs = Scratch::<_, 32>::new();
        pairs.extend(self::pairs(sent));
        let checked = parts.check(pairs.as_slice(), signer.rules())?;
        signer.with_day(timestamp, |day| {
            let canonical = signer.canonical(checked, payload, timestamp);
            let signing = signer.signing(&canonical, timestamp, &day.key);
            self.fill_in(pairs.as_slice(), &signing, &canonical)
        })?
    }

    fn fill_in<'a>(
        &mut self,
        sent: &[(&str, &[u8])],
        signing: &Signing<'a>,
        canonical: &CanonicalRequest<'a>,
    ) -> Result<(), SignError> {
        // To look for one in the map costs more.
        let is_sent = |removed: &_| sent.iter().any(|(name, _)| name == removed);
        let removed = signing.headers_to_remove().filter(is_sent);
        for (slot, name) in self.removed.iter_mut().zip(removed) {
            *slot = Some(name);
        }
        for (slot, HeaderToSet { name, value, is_secret }) in
            self.set.iter_mut().zip(signing.headers(canonical))
        {
            // Cannot fail: what goes into a value was checked before it was signed.
            let mut value = HeaderValue::from_maybe_shared(Bytes::from(value))
                .map_err(|_| CanonicalError::HeaderValue { name: name.into(), at: 0 })?;
            value.set_sensitive(is_secret);
            *slot = Some((name, value));
        }
        Ok(())
    }

    /// Sets all, or none.
    fn set(&mut self, headers: &mut HeaderMap) -> Result<(), SignError> {
        if headers.capacity() <= ROOMY {
            return self.set_each(headers);
        }
        let mut copy = headers.clone();
        self.set_each(&mut copy)?;
        *headers = copy;
        Ok(())
    }

    fn set_each(&mut self, headers: &mut HeaderMap) -> Result<(), SignError> {
        for name in self.removed.iter().flatten() {
            headers.remove(header_name(name));
        }
        for (name, value) in self.set.iter_mut().filter_map(Option::take) {
            headers.try_insert(header_name(name), value).map_err(|_| SignError::HeaderMapFull)?;
        }
        Ok(())
    }
}

static CONTENT_SHA256: HeaderName = HeaderName::from_static(canonical::CONTENT_SHA256);
static DATE: HeaderName = HeaderName::from_static(canonical::DATE);
static SECURITY_TOKEN: HeaderName = HeaderName::from_static(SECURITY_TOKEN_NAME);
const SECURITY_TOKEN_NAME: &str = SessionTokenName::Security.header();

/// Names that are made once: looking one up costs as much as writing it.
fn header_name(name: &'static str) -> HeaderName {
    match name {
        canonical::AUTHORIZATION => header::AUTHORIZATION,
        canonical::CONTENT_SHA256 => CONTENT_SHA256.clone(),
        canonical::DATE => DATE.clone(),
        SECURITY_TOKEN_NAME => SECURITY_TOKEN.clone(),
        other => HeaderName::from_static(other),
    }
}
