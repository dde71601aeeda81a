//! The server's side: who signed a request, or why nobody did. The same pipeline that signs, without I/O, clock or `std`.
//!
//! In two steps, so that the caller finds the key however it likes, across an `await` too: [`Verifier::read_raw`] (or
//! `Verifier::read` with feature `http`) reads what a request claims; [`Claim::verify`] proves it with the key. What is
//! wrong is told in AWS's words and order, as far as they are known (what is ours says so): see [`VerifyError`], and [`VerifyError::response`] for the answer to send.
//!
//! # What is proved
//!
//! Whoever holds the key signed this method, path and query, these headers and, if [`Verified::body`] says so, this body,
//! for this region and service, at a time that the clock allows. That is all:
//!
//! - **Headers.** Only those of [`Verified::signed_headers`] are proved: anyone on the way can have written the others. A
//!   handler that acts on a header asks [`Verified::is_signed`] first. `host` (or `:authority`) is always signed, and so is
//!   every `x-amz-*` header that arrives, for every service: a header that turns a read into a copy must not be added on
//!   the way. Add your own with [`Verifier::with_required_headers`].
//! - **Body.** [`BodyVerdict::Unsigned`] and [`BodyVerdict::NotChecked`] come only where policy allows them. Read no more of
//!   a body than you can hold, before you hash it.
//! - **Query.** Parameters are proved decoded and sorted: names and values, and the order of values of one name only as they
//!   sort. Whoever reads a raw `+` otherwise than [`Rules`] do, or takes another one of two equal names, reads something
//!   that was not meant.
//! - **Path.** With [`Rules::DEFAULT`] all paths that resolve alike are one: `/a/../b`, `//b` and `/./b` have the signature
//!   of `/b`. With [`Rules::S3`] all that decode alike are: `/%2e%2e/b` has that of `/../b`. Decide by the path as it is
//!   signed, or refuse what has dots.
//! - **Repeated headers** are proved joined by `,`: two of them pass for one with both values.
//! - **Who**, not what they may do: permissions are the caller's.
//!
//! # What the caller must see to
//!
//! - **Replay.** Within its time a request can be sent again by anyone who has seen it: a signature in a header as long as
//!   the skew allows, a presigned URL until it ends. Where that matters, remember [`Verified::signature`] until
//!   [`Verified::replayable_until`] and refuse what comes again. Remember only what was verified, or anyone uses up another's
//!   signature. Look at the clock anew when you ask the memory: a replay whose body comes slowly was read while it was
//!   good; and never forget more because a clock was set back. Two equal requests that one client signs within one second
//!   have one signature. `examples/axum.rs` has such a guard.
//! - **The request as it arrived.** Verify before anything rewrites path, query or headers, and give the same parts to the
//!   handler. A proxy in front must leave them alone, `Host` above all; a verifier behind one that changes Host verifies
//!   nothing but its own requests. Where the target names a host as well (HTTP/2, proxies), both must agree.
//! - **Which host.** `host` is proved to be what the client meant; whether it is one of yours is yours to compare. Otherwise
//!   a request that was signed for another server with the same region, service and keys is good here, too.
//! - **Redirects.** A signature is for one host and path: answer no signed request with a redirect, since clients that
//!   follow it send `Authorization` along, or a signature that cannot match.
//! - **Transport.** Nothing here is secret on the way. Without TLS a presigned URL is anyone's.
//! - **The clock.** `now` must be right; a wrong one lets in what is over.
//! - **Unknown keys.** Give [`AccessKey::unknown`] to `verify`, so that they cost as much time as known ones, and let the
//!   look-up itself take as long for either. Signatures and tokens are compared in constant time.
//! - **What is told.** A refusal holds neither the expected signature nor the canonical request. [`Claim::diagnose`] does:
//!   it is for development, since its reader can sign the request.
//!
//! # In a server
//!
//! As the outermost layer of the outermost router: what strips a prefix or decompresses a body before it changes what was
//! signed. `examples/axum.rs` is the whole of it, with a guard against replays.
//!
//! ```
//! # #[cfg(feature = "http")] mod server {
//! # use std::collections::HashMap;
//! use std::sync::Arc;
//!
//! use axum::body::{Body, to_bytes};
//! use axum::extract::{Request, State};
//! use axum::middleware::{Next, from_fn_with_state};
//! use axum::response::{IntoResponse, Response};
//! use axum::{Extension, Router};
//! use countersign::Credentials;
//! use countersign::protocol::Timestamp;
//! use countersign::verifier::{self, AccessKey, Dialect, SKEW, Verified, Verifier};
//! use http::StatusCode;
//!
//! struct Server {
//!     verifier: Verifier,
//!     keys: HashMap<String, Credentials>,
//! }
//!
//! async fn verify(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
//!     let Ok(now) = Timestamp::now() else {
//!         return StatusCode::INTERNAL_SERVER_ERROR.into_response();
//!     };
//!     let (mut parts, body) = request.into_parts();
//!     // Before the body is read: whoever is refused here sends none.
//!     let claim = match server.verifier.read(&parts, now) {
//!         Ok(claim) => claim,
//!         Err(error) => return error.response(Dialect::Neptune, "0a1b2c").into(),
//!     };
//!     // A look-up in a database would be awaited here.
//!     let known = server.keys.get(claim.access_key_id());
//!     let key = AccessKey::known_or_unknown(known, claim.scope());
//!     let Ok(body) = to_bytes(body, 1 << 20).await else {
//!         return StatusCode::PAYLOAD_TOO_LARGE.into_response();
//!     };
//!     let verified = match claim.verify(&key, verifier::Body::Bytes(&body)) {
//!         Ok(verified) => verified,
//!         Err(error) => return error.response(Dialect::Neptune, "0a1b2c").into(),
//!     };
//!     // Anyone on the way could have written the headers that are not signed.
//!     verified.remove_unsigned(&mut parts.headers, &[]);
//!     parts.extensions.insert(verified);
//!     next.run(Request::from_parts(parts, Body::from(body))).await
//! }
//!
//! async fn status(Extension(verified): Extension<Verified>) -> String {
//!     format!("signed by {}", verified.access_key_id())
//! }
//!
//! fn app(keys: HashMap<String, Credentials>) -> Router {
//!     let server = Server { verifier: Verifier::new("us-east-1", "neptune-db", SKEW), keys };
//!     let verifying = from_fn_with_state(Arc::new(server), verify);
//!     Router::new().route("/status", axum::routing::get(status)).layer(verifying)
//! }
//! # }
//! ```
//!
//! # Costs
//!
//! Before anything is allocated or parted, a request is held against [`Limits`]; all that follows is linear in its size, but
//! for sorting. Nothing that arrives can cause a panic.
//!
//! # Not verified
//!
//! SigV4a, POST policies, and bodies in the `STREAMING-…` forms, which are refused.

mod access_key;
mod answer;
mod arrived;
mod canonical;
mod claim;
mod code;
mod credential;
mod error;
mod escape;
mod fault;
mod limits;
mod policy;
mod presented;
mod read;
mod response;
mod s3;
mod verified;

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

pub use self::access_key::AccessKey;
pub use self::answer::{Dialect, ErrorResponse};
#[cfg(feature = "http")]
pub(crate) use self::arrived::ToPairs;
pub(crate) use self::arrived::{Arrived, ArrivedHeaders};
pub use self::claim::{Claim, Diagnosis};
pub use self::code::ErrorCode;
pub use self::error::VerifyError;
pub use self::fault::{ScopeFault, SignaturePlace};
pub use self::limits::{
    Limit, Limits, MAX_AUTHORIZATION_BYTES, MAX_HEADER_BYTES, MAX_HEADERS, MAX_PARAMETERS,
    MAX_TARGET_BYTES, TooLarge,
};
pub use self::policy::{UncheckedBody, UnsignedPayload};
pub use self::verified::{Body, BodyVerdict, Verified};

use self::policy::Policy;
use crate::protocol::{RawRequest, Rules, Timestamp, find, is_one_of};

/// What S3 lets a clock differ by: 15 minutes.
pub const S3_SKEW: Duration = Duration::from_secs(15 * 60);

/// What many other services let a clock differ by: 5 minutes.
pub const SKEW: Duration = Duration::from_secs(5 * 60);

/// Verifies requests to one service in one region.
#[derive(Clone, Debug)]
pub struct Verifier {
    policy: Policy,
    limits: Limits,
}

impl Verifier {
    /// A verifier for one region and one service's signing name, with [`Rules::DEFAULT`]: for S3 use [`Verifier::s3`].
    ///
    /// `skew` is what the client's clock may differ by, such as [`SKEW`] or [`S3_SKEW`]: whole seconds count.
    #[must_use]
    pub fn new(region: impl Into<String>, service: impl Into<String>, skew: Duration) -> Self {
        let policy = Policy {
            region: region.into(),
            service: service.into(),
            skew,
            rules: Rules::DEFAULT,
            unsigned_payload: UnsignedPayload::Refused,
            unchecked_body: UncheckedBody::Refused,
            required_headers: Vec::new(),
        };
        Self { policy, limits: Limits::DEFAULT }
    }

    /// A verifier for S3, with [`Rules::S3`] and [`S3_SKEW`]. Presigned URLs of S3 leave the payload unsigned: to take
    /// them, allow that with [`with_unsigned_payload`](Self::with_unsigned_payload).
    #[must_use]
    pub fn s3(region: impl Into<String>) -> Self {
        Self::new(region, "s3", S3_SKEW).with_rules(Rules::S3)
    }

    /// The same verifier with the rules by which its clients sign. Headers that they exclude may arrive unsigned; a
    /// session token may, where they do not sign it; `x-amz-content-sha256` must arrive, where they send it.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.policy.rules = rules;
        self
    }

    /// The same verifier with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether a client may leave the payload unsigned. It may not, unless this says so.
    #[must_use]
    pub fn with_unsigned_payload(mut self, unsigned: UnsignedPayload) -> Self {
        self.policy.unsigned_payload = unsigned;
        self
    }

    /// Whether [`Body::Unchecked`] may be given. It may not, unless this says so.
    #[must_use]
    pub fn with_unchecked_body(mut self, unchecked: UncheckedBody) -> Self {
        self.policy.unchecked_body = unchecked;
        self
    }

    /// Names of headers, in any case, that must be signed where they arrive, beside `host` and all `x-amz-*`.
    #[must_use]
    pub fn with_required_headers<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.policy.required_headers = names.into_iter().map(Into::into).collect();
        self
    }

    /// Reads what a request claims: who signed it, for what and when. Nothing of it is proved before
    /// [`Claim::verify`].
    ///
    /// ```
    /// # use countersign::protocol::{Payload, RawRequest, Timestamp};
    /// # use countersign::verifier::{SKEW, Verifier};
    /// let verifier = Verifier::new("us-east-1", "neptune-db", SKEW);
    /// let request = RawRequest { method: "GET", target: b"/status", headers: &[("host", b"db.example:8182")] };
    /// let error = verifier.read_raw(&request, "20150830T123600Z".parse()?).unwrap_err();
    /// assert_eq!((error.status(), error.to_string().as_str()), (403, "Request is missing Authentication Token"));
    /// # Ok::<(), countersign::TimestampError>(())
    /// ```
    ///
    /// # Errors
    /// See [`VerifyError`]: the first of all that is wrong, in the order of AWS's services.
    pub fn read_raw<'a>(
        &'a self,
        request: &RawRequest<'a>,
        now: Timestamp,
    ) -> Result<Claim<'a>, VerifyError> {
        // First of all, since parting the request looks at every byte of it.
        let target_bytes = request.method.len() + request.target.len();
        self.check_sizes(target_bytes, request.headers.iter().copied())?;
        // Where a URL's host and path end, others see otherwise.
        let is_url = !request.target.starts_with(b"/");
        match find(request.target, |byte| is_one_of(*b"#\\", byte)).filter(|_| is_url) {
            Some(at) => Err(VerifyError::TargetAmbiguous { at }),
            None => {
                let headers = ArrivedHeaders::Pairs(request.headers);
                self.read_arrived(Arrived { parts: request.parts()?, headers }, now)
            }
        }
    }

    pub(crate) fn check_sizes<'a>(
        &self,
        target_bytes: usize,
        headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), VerifyError> {
        Ok(self.limits.check_sizes(target_bytes, headers)?)
    }

    /// Reads a request of which [`check_sizes`](Self::check_sizes) has found no fault.
    pub(crate) fn read_arrived<'a>(
        &'a self,
        arrived: Arrived<'a>,
        now: Timestamp,
    ) -> Result<Claim<'a>, VerifyError> {
        self.limits.check_parameters(arrived.parts.query)?;
        read::read(&self.policy, arrived, now)
    }
}
