//! What a verifier serves, and what it asks of a request.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::fault::SignaturePlace;
use crate::protocol::canonical::{CONTENT_SHA256, DATE, Query};
use crate::protocol::{Parameter, Rules, SessionToken};

/// All that is asked of a request but its size.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) region: String,
    pub(super) service: String,
    pub(super) skew: Duration,
    pub(super) rules: Rules,
    pub(super) unsigned_payload: UnsignedPayload,
    pub(super) unchecked_body: UncheckedBody,
    pub(super) required_headers: Vec<String>,
}

/// Whether a client may leave the payload unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnsignedPayload {
    /// The signature speaks of the body, or the request is refused.
    Refused,
    /// The client may send `UNSIGNED-PAYLOAD`: any body goes with the signature, unless TLS protects it.
    Allowed,
}

/// Whether the caller may leave the body unchecked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UncheckedBody {
    /// [`Body::Unchecked`](super::Body::Unchecked) is an error.
    Refused,
    /// With [`Body::Unchecked`](super::Body::Unchecked), `x-amz-content-sha256` is believed: it is signed, but the body may be another.
    Allowed,
}

impl Policy {
    /// Whether a header that arrives must be signed.
    pub(super) fn must_be_signed(&self, name: &str) -> bool {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let is_required = || self.required_headers.iter().any(|other| is(other));
        // CGI and its heirs take `_` for `-`.
        let folded = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
        if !name.bytes().take(6).map(folded).eq(*b"x-amz-") {
            return is_required();
        }
        let is_token = is(self.rules.session_token_name.header());
        let is_excluded = || self.rules.excluded_headers.iter().any(|other| is(other));
        is(DATE)
            || is(CONTENT_SHA256)
            || is_required()
            || is_token && self.rules.session_token == SessionToken::Signed
            || !is_token && !is_excluded()
    }

    /// What of a query is signed: of a presigned one, all but the signature, and the session token where rules say so.
    pub(super) fn signed_query<'a>(&self, sent: &'a [u8], place: SignaturePlace) -> Query<'a> {
        let query = Query::new(sent, self.rules.plus);
        let token_name = self.rules.session_token_name;
        let signature = Parameter::Signature.name(token_name);
        match (place, self.rules.session_token) {
            (SignaturePlace::Header, _) => query,
            (SignaturePlace::Query, SessionToken::Signed) => query.without([signature, ""]),
            (SignaturePlace::Query, SessionToken::Unsigned) => {
                query.without([signature, token_name.parameter()])
            }
        }
    }
}
