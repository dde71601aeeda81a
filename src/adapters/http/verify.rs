//! Verifying what arrived as an `http::Request`, and refusing it as an `http::Response`.

use alloc::vec::Vec;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};

use crate::protocol::Timestamp;
use crate::verifier::{Claim, ErrorResponse, Verifier, VerifyError};

impl Verifier {
    /// Reads what a request claims: who signed it, for what and when. Nothing of it is proved before
    /// [`Claim::verify`].
    ///
    /// The parts must be those that arrived: a header or path that middleware has rewritten is not what was signed.
    ///
    /// ```
    /// use core::time::Duration;
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
    /// let key = AccessKey::of_credentials(&credentials, claim.scope())?;
    /// let verified = claim.verify(&key, Body::Bytes(body.as_bytes()))?;
    /// assert!(verified.is_signed("host") && !verified.is_signed("user-agent"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`VerifyError`]: the first of all that is wrong, in the order of AWS's services.
    pub fn read<'a>(&'a self, parts: &'a Parts, now: Timestamp) -> Result<Claim<'a>, VerifyError> {
        let target = parts.uri.path().len() + parts.uri.query().map_or(0, str::len);
        self.check_sizes(target, &parts.headers)?;
        self.read_parts(super::parts(&parts.method, &parts.uri, &parts.headers), now)
    }
}

impl From<ErrorResponse> for Response<Vec<u8>> {
    fn from(refusal: ErrorResponse) -> Self {
        let mut response = Self::new(refusal.body);
        // Cannot fail: every status is one of 400 to 500.
        *response.status_mut() =
            StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(refusal.content_type));
        if let Some(kind) = refusal.error_type {
            let name = HeaderName::from_static("x-amzn-errortype");
            headers.insert(name, HeaderValue::from_static(kind));
        }
        response
    }
}
