//! Verifying a received `http::Request`, and rejecting it with an `http::Response`.

use alloc::vec::Vec;

use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use smallvec::SmallVec;

use super::{borrow, pairs};
use crate::protocol::{AUTHORITY, Timestamp};
use crate::verifier::{
    AccessKey, Body, Claim, Diagnosis, ErrorResponse, Verified, Verifier, VerifyError,
};

impl Verifier {
    /// Reads what a request claims: who signed it, for what and when. Nothing of it is proved before [`Claim::verify`].
    ///
    /// Pass the parts as they were received: a header or path that middleware has rewritten is not what was signed.
    ///
    /// This example signs a request and verifies it:
    ///
    /// ```
    /// use countersign::protocol::Timestamp;
    /// use countersign::verifier::{AccessKey, Body, SKEW, Verifier};
    /// use countersign::{Credentials, Signer};
    ///
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    /// let mut request = http::Request::get("https://db.example:8182/status").body("")?;
    /// Signer::new(credentials.clone(), "us-east-1", "neptune-db").sign(&mut request)?;
    ///
    /// let verifier = Verifier::new("us-east-1", "neptune-db", SKEW);
    /// let (parts, body) = request.into_parts();
    /// let claim = verifier.read(&parts, Timestamp::now()?)?;
    /// assert_eq!(claim.access_key_id(), "AKIDEXAMPLE");
    /// let key = AccessKey::from_credentials(&credentials, claim.scope())?;
    /// let verified = claim.verify(&key, Body::Bytes(body.as_bytes()))?;
    /// assert!(verified.is_signed("host") && !verified.is_signed("user-agent"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the first [`VerifyError`], in the order of AWS's services.
    pub fn read<'a>(&'a self, parts: &'a Parts, now: Timestamp) -> Result<Claim<'a>, VerifyError> {
        let uri = &parts.uri;
        let target_bytes = uri.path().len() + uri.query().map_or(0, str::len);
        self.check_sizes(target_bytes, pairs(&parts.headers))?;
        if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority())
            && let Some(path_and_query) = uri.path_and_query()
            && let Some(at) = path_and_query.as_str().find('\\')
        {
            let path_at = scheme.len() + "://".len() + authority.as_str().len();
            return Err(VerifyError::AmbiguousTarget { at: path_at + at });
        }
        let mut fields = SmallVec::<[_; 32]>::new();
        fields.extend(pairs(&parts.headers));
        self.read_request(&borrow(&parts.method, uri, &fields), now)
    }
}

impl Claim<'_> {
    /// Computes all stages of the signature that the request should have, from the request that was read.
    ///
    /// It is for development only: whoever sees the result can sign this request, and it contains the session token if that is
    /// signed.
    ///
    /// # Errors
    ///
    /// Returns an error if the request is not the one that was read.
    pub fn diagnose(
        &self,
        parts: &Parts,
        key: &AccessKey,
        body: Body<'_>,
    ) -> Result<Diagnosis<'_>, VerifyError> {
        let headers: Vec<_> = pairs(&parts.headers).collect();
        self.diagnose_request(&borrow(&parts.method, &parts.uri, &headers), key, body)
    }
}

impl Verified {
    /// Removes the headers that can have been written in transit: those that are not signed, except those in `kept`. A Host header
    /// stays if `:authority` is signed, because the two have been compared.
    ///
    /// This example keeps two headers that no client signs:
    ///
    /// ```
    /// use countersign::verifier::Verified;
    /// use http::header::{ACCEPT, RANGE};
    ///
    /// fn forward(verified: &Verified, parts: &mut http::request::Parts) {
    ///     verified.remove_unsigned(&mut parts.headers, &[ACCEPT, RANGE]);
    /// }
    /// ```
    pub fn remove_unsigned(&self, headers: &mut HeaderMap, kept: &[HeaderName]) {
        let is_proved = |name: &HeaderName| {
            self.is_signed(name.as_str()) || *name == HOST && self.is_signed(AUTHORITY)
        };
        let is_removed = |name: &&HeaderName| !is_proved(name) && !kept.contains(name);
        let unsigned: Vec<HeaderName> = headers.keys().filter(is_removed).cloned().collect();
        for name in unsigned {
            headers.remove(name);
        }
    }
}

/// Converts to a response with any body that can be made from bytes, such as `Vec<u8>` or axum's. A request id that no header can
/// carry is left out.
impl<B: From<Vec<u8>>> From<ErrorResponse> for Response<B> {
    fn from(error: ErrorResponse) -> Self {
        let mut response = Self::new(error.body.into());
        *response.status_mut() =
            StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in error.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
