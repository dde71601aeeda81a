//! Verifying what arrived as an `http::Request`, and refusing it as an `http::Response`.

use alloc::vec::Vec;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};

use crate::protocol::{Scratch, Timestamp};
use crate::verifier::{
    Arrived, ArrivedHeaders, Claim, ErrorResponse, ToPairs, Verified, Verifier, VerifyError,
};

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
        self.check_sizes(target, super::pairs(&parts.headers))?;
        let headers = ArrivedHeaders::Other(&parts.headers);
        let parts = super::parts(&parts.method, &parts.uri);
        self.read_arrived(Arrived { parts, headers }, now)
    }
}

impl ToPairs for HeaderMap {
    fn put_pairs<'h>(&'h self, pairs: &mut Scratch<(&'h str, &'h [u8]), 32>) {
        pairs.extend(super::pairs(self));
    }
}

impl Verified {
    /// Removes the headers that anyone on the way could have written: all that are not signed, but those of `kept`.
    ///
    /// ```
    /// use countersign::verifier::Verified;
    /// use http::header::{ACCEPT, RANGE};
    ///
    /// fn hand_on(verified: &Verified, parts: &mut http::request::Parts) {
    ///     verified.remove_unsigned(&mut parts.headers, &[ACCEPT, RANGE]);
    /// }
    /// ```
    pub fn remove_unsigned(&self, headers: &mut HeaderMap, kept: &[HeaderName]) {
        let is_removed =
            |name: &&HeaderName| !self.is_signed(name.as_str()) && !kept.contains(name);
        let unsigned: Vec<HeaderName> = headers.keys().filter(is_removed).cloned().collect();
        for name in unsigned {
            headers.remove(name);
        }
    }
}

/// For any body that bytes become, such as `Vec<u8>` or axum's. A request id that no header can carry is left out.
impl<B: From<Vec<u8>>> From<ErrorResponse> for Response<B> {
    fn from(refusal: ErrorResponse) -> Self {
        let mut response = Self::new(refusal.body.into());
        *response.status_mut() =
            StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in refusal.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
