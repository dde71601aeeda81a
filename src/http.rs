//! Signing and verifying `http::Request`.

mod payload;
mod presigned_url;
mod verify;

use core::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri, request};
use smallvec::SmallVec;

pub use self::payload::AsPayload;
pub use self::presigned_url::PresignedUrl;

use crate::error::{CanonicalError, SignError};
use crate::protocol::{self, Authority, Payload, SessionTokenName, Timestamp};
use crate::signer::{Location, SignatureHeaders, Signer};

/// The largest capacity of a header map that can take the headers of a signature whatever happens: the map could double five
/// times before it reached [`HeaderMap`]'s size limit.
const MAX_IN_PLACE_CAPACITY: usize = 768;

impl Signer {
    /// Signs a request at the time of the system clock. Do not modify signed parts of the request afterwards.
    ///
    /// Sets `authorization` and `x-amz-date`; the session token, if there is one; `x-amz-content-sha256`, if it is signed; and
    /// `host`, if clients would send another value than the one that is signed. The headers of an earlier signature are
    /// replaced.
    ///
    /// HTTP/2 sends the URI's authority as it is written, whatever Host says: for HTTP/2, write the authority as it is signed,
    /// in lowercase, without userinfo and without the scheme's default port.
    ///
    /// # Errors
    ///
    /// Returns an error if the request has no canonical form, if the credentials, the region or the service are invalid, or if
    /// the header map is full. On error the request is unchanged.
    pub fn sign<B: AsPayload>(&self, request: &mut Request<B>) -> Result<(), SignError> {
        self.sign_at(request, self.now()?)
    }

    /// Signs a request at a given time.
    ///
    /// # Errors
    ///
    /// Returns an error if [`sign`](Self::sign) would. On error the request is unchanged.
    pub fn sign_at<B: AsPayload>(
        &self,
        request: &mut Request<B>,
        timestamp: Timestamp,
    ) -> Result<(), SignError> {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        let payload = request.body().as_payload();
        self.signature_headers(method, uri, headers, payload, timestamp)?
            .apply(request.headers_mut())
    }

    /// Signs a request whose body is not in memory, at the time of the system clock: hashed already, or not signed.
    ///
    /// This example signs a request to VPC Lattice, which does not accept signed payloads:
    ///
    /// ```
    /// use countersign::protocol::Payload;
    /// use countersign::{Credentials, Signer};
    ///
    /// let signer = Signer::new(Credentials::new("AKIDEXAMPLE", "secret"), "us-east-1", "vpc-lattice-svcs");
    /// let (mut parts, body) = http::Request::put("https://service.example/file").body("a stream")?.into_parts();
    /// signer.sign_parts(&mut parts, Payload::Unsigned)?;
    /// assert_eq!(parts.headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
    /// let request = http::Request::from_parts(parts, body);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if [`sign`](Self::sign) would. On error the parts are unchanged.
    pub fn sign_parts(
        &self,
        parts: &mut request::Parts,
        payload: Payload<'_>,
    ) -> Result<(), SignError> {
        self.sign_parts_at(parts, payload, self.now()?)
    }

    /// Signs a request whose body is not in memory, at a given time.
    ///
    /// # Errors
    ///
    /// Returns an error if [`sign`](Self::sign) would. On error the parts are unchanged.
    pub fn sign_parts_at(
        &self,
        parts: &mut request::Parts,
        payload: Payload<'_>,
        timestamp: Timestamp,
    ) -> Result<(), SignError> {
        self.signature_headers(&parts.method, &parts.uri, &parts.headers, payload, timestamp)?
            .apply(&mut parts.headers)
    }

    fn signature_headers(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        payload: Payload<'_>,
        timestamp: Timestamp,
    ) -> Result<SignatureHeaders, SignError> {
        let mut fields = SmallVec::<[_; 32]>::new();
        fields.extend(pairs(headers));
        let request = borrow(method, uri, &fields);
        // Not `?`: that would move the signed request, which is large.
        match &self.sign_request(&request, payload, timestamp) {
            Ok(signed) => Ok(signed.headers()),
            Err(error) => Err(error.clone()),
        }
    }

    /// Presigns a URL that anyone who has it can use, from the time of the system clock for `expires`: 1 second to 7 days, in
    /// whole seconds.
    ///
    /// Scheme, authority and path are unchanged. If the authority is not written as it is signed (in lowercase, without userinfo
    /// and without the scheme's default port), the user of the URL must send the `host` of [`PresignedUrl::signed_headers`],
    /// because clients send another one.
    ///
    /// This example presigns the download of an object:
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
    ///
    /// Returns an error if the request has no canonical form or no absolute URI, if the credentials are invalid or have expired,
    /// or if `expires` is out of range.
    pub fn presign<B: AsPayload>(
        &self,
        request: &Request<B>,
        expires: Duration,
    ) -> Result<PresignedUrl, SignError> {
        self.presign_at(request, expires, self.now()?)
    }

    /// Presigns a URL from a given time on.
    ///
    /// # Errors
    ///
    /// Returns an error if [`presign`](Self::presign) would.
    pub fn presign_at<B: AsPayload>(
        &self,
        request: &Request<B>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<PresignedUrl, SignError> {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        self.presign_borrowed(method, uri, headers, request.body().as_payload(), expires, timestamp)
    }

    /// Presigns a URL for a request whose body is not in memory, from the time of the system clock.
    ///
    /// # Errors
    ///
    /// Returns an error if [`presign`](Self::presign) would.
    pub fn presign_parts(
        &self,
        parts: &request::Parts,
        payload: Payload<'_>,
        expires: Duration,
    ) -> Result<PresignedUrl, SignError> {
        self.presign_parts_at(parts, payload, expires, self.now()?)
    }

    /// Presigns a URL for a request whose body is not in memory, from a given time on.
    ///
    /// # Errors
    ///
    /// Returns an error if [`presign`](Self::presign) would.
    pub fn presign_parts_at(
        &self,
        parts: &request::Parts,
        payload: Payload<'_>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<PresignedUrl, SignError> {
        self.presign_borrowed(
            &parts.method,
            &parts.uri,
            &parts.headers,
            payload,
            expires,
            timestamp,
        )
    }

    fn presign_borrowed(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        payload: Payload<'_>,
        expires: Duration,
        timestamp: Timestamp,
    ) -> Result<PresignedUrl, SignError> {
        let mut fields = SmallVec::<[_; 32]>::new();
        fields.extend(pairs(headers));
        let request = borrow(method, uri, &fields);
        let query = self.presign_request(&request, payload, expires, timestamp)?;
        PresignedUrl::new(uri, headers, &query)
    }
}

impl SignatureHeaders {
    /// Sets and removes all headers in a header map, of the request that was signed.
    ///
    /// This example signs a request in raw parts and applies the headers to an `http::HeaderMap`, as the requests of most HTTP
    /// clients hold one:
    ///
    /// ```
    /// use countersign::protocol::{Payload, RawRequest};
    /// use countersign::{Credentials, Signer};
    ///
    /// let signer = Signer::new(Credentials::new("AKIDEXAMPLE", "secret"), "us-east-1", "neptune-db");
    /// let raw = RawRequest { method: "GET", target: b"https://db.example:8182/status", headers: &[] };
    /// let mut headers = http::HeaderMap::new();
    /// signer.sign_raw(&raw, Payload::Bytes(b""))?.into_headers().apply(&mut headers)?;
    /// assert!(headers["authorization"].is_sensitive());
    /// # Ok::<(), countersign::SignError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`SignError::HeaderMapFull`] if the map has no room for the headers. On error the map is unchanged.
    pub fn apply(self, headers: &mut HeaderMap) -> Result<(), SignError> {
        let mut bytes = Bytes::from(self.values);
        let mut values = SmallVec::<[HeaderValue; 5]>::new();
        for Location { name, length, sensitive } in &self.set {
            // The parts of a value were checked before they were signed, so this error does not occur.
            let invalid = |_| CanonicalError::HeaderValue { name: (*name).into(), at: 0 };
            let value = HeaderValue::from_maybe_shared(bytes.split_to(*length));
            let mut value = value.map_err(invalid)?;
            value.set_sensitive(*sensitive);
            values.push(value);
        }
        // Drained in place: moving a list that has just been filled costs as much as a header.
        let mut replace = |headers: &mut HeaderMap| {
            self.removed.iter().for_each(|name| drop(headers.remove(header_name(name))));
            self.set.iter().zip(values.drain(..)).try_for_each(|(location, value)| {
                let inserted = headers.try_insert(header_name(location.name), value);
                inserted.map(drop).map_err(|_| SignError::HeaderMapFull)
            })
        };
        if headers.capacity() <= MAX_IN_PLACE_CAPACITY {
            return replace(headers);
        }
        let mut copy = headers.clone();
        replace(&mut copy)?;
        *headers = copy;
        Ok(())
    }
}

/// Borrows a request. The types of crate http cannot contain a line break.
fn borrow<'h, 'a>(
    method: &'a Method,
    uri: &'a Uri,
    headers: &'h [(&'a str, &'a [u8])],
) -> protocol::Request<'h, 'a> {
    // The target of a CONNECT request is its authority, which is not a path and so an error.
    let path = match (uri.scheme(), uri.authority()) {
        (None, Some(authority)) => authority.as_str(),
        _ => uri.path(),
    };
    protocol::Request {
        method: method.as_str(),
        authority: uri.authority().map(|authority| Authority {
            scheme: uri.scheme_str().unwrap_or("").as_bytes(),
            text: authority.as_str().as_bytes(),
        }),
        path: path.as_bytes(),
        query: uri.query().unwrap_or("").as_bytes(),
        headers,
        names_may_be_uppercase: false,
    }
}

/// The header fields in order. Collect them in place: moving a list of 1 KiB costs as much as a header.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
}

static CONTENT_SHA256: HeaderName = HeaderName::from_static(protocol::CONTENT_SHA256);
static DATE: HeaderName = HeaderName::from_static(protocol::DATE);
static SECURITY_TOKEN: HeaderName = HeaderName::from_static(TOKEN);

const TOKEN: &str = SessionTokenName::Security.header();

/// Returns a header name. Copying a static name is several times faster than parsing it.
fn header_name(name: &'static str) -> HeaderName {
    match name {
        protocol::AUTHORIZATION => header::AUTHORIZATION,
        protocol::CONTENT_SHA256 => CONTENT_SHA256.clone(),
        protocol::DATE => DATE.clone(),
        TOKEN => SECURITY_TOKEN.clone(),
        _ => HeaderName::from_static(name),
    }
}
