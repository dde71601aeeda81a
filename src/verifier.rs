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
//!   the way. (A client that adds such headers after signing, for example as default headers, is refused.) Add your own with [`Verifier::with_required_headers`].
//! - **Body.** [`BodyVerification::Unsigned`] and [`BodyVerification::Unchecked`] come only where the verifier allows them. Read no more of
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
//! - **What is told.** A refusal holds neither the expected signature nor the canonical request. For your own logs,
//!   [`VerifyError::reason`] names the cause. [`Claim::diagnose_raw`] does:
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
//! use countersign::verifier::{self, AccessKey, ErrorFormat, SKEW, Verified, Verifier};
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
//!         Err(error) => return error.response(ErrorFormat::Neptune, "0a1b2c").into(),
//!     };
//!     // A look-up in a database would be awaited here.
//!     let known = server.keys.get(claim.access_key_id());
//!     let key = AccessKey::from_lookup(known, claim.scope());
//!     let Ok(body) = to_bytes(body, 1 << 20).await else {
//!         return StatusCode::PAYLOAD_TOO_LARGE.into_response();
//!     };
//!     let verified = match claim.verify(&key, verifier::Body::Bytes(&body)) {
//!         Ok(verified) => verified,
//!         Err(error) => return error.response(ErrorFormat::Neptune, "0a1b2c").into(),
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
//! SigV4a, POST policies, and bodies in the `STREAMING-…` forms, which are rejected with
//! [`VerifyError::StreamingPayload`].

mod access_key;
mod claim;
mod error;
mod limits;
mod read;
mod response;
mod signature_parameters;
mod verified;

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

pub use self::access_key::AccessKey;
pub use self::claim::{Claim, Diagnosis};
pub use self::error::{ScopeMismatch, SignatureLocation, VerifyError};
pub use self::limits::{Limit, LimitExceeded, Limits};
pub use self::response::{ErrorFormat, ErrorResponse};
pub use self::verified::{Body, BodyVerification, Verified};

use crate::protocol::{MAX_EXPIRES, RawRequest, Request, Rules, Timestamp};

/// The clock skew that S3 allows: 15 minutes.
pub const S3_SKEW: Duration = Duration::from_secs(15 * 60);

/// The clock skew that many other services allow: 5 minutes.
pub const SKEW: Duration = Duration::from_secs(5 * 60);

/// Verifies requests to one service in one region.
///
/// The methods named `allow_…` weaken a check.
#[derive(Clone, Debug)]
pub struct Verifier {
    region: String,
    service: String,
    skew: Duration,
    rules: Rules,
    limits: Limits,
    max_expires: Duration,
    required_headers: Vec<String>,
    // What weakens a check says so in its name.
    allow_unchecked_body: bool,
    allow_unsigned_content_sha256: bool,
    allow_unsigned_payload: bool,
}

impl Verifier {
    /// Creates a verifier for one region and one service's signing name, with [`Rules::DEFAULT`]: for S3 use [`Verifier::s3`].
    ///
    /// `skew` is how much the client's clock may differ, such as [`SKEW`] or [`S3_SKEW`]. Fractions of a second are ignored.
    #[must_use]
    pub fn new(region: impl Into<String>, service: impl Into<String>, skew: Duration) -> Self {
        Self {
            region: region.into(),
            service: service.into(),
            skew,
            rules: Rules::DEFAULT,
            limits: Limits::DEFAULT,
            max_expires: MAX_EXPIRES,
            required_headers: Vec::new(),
            allow_unchecked_body: false,
            allow_unsigned_content_sha256: false,
            allow_unsigned_payload: false,
        }
    }

    /// Creates a verifier for S3, with [`Rules::S3`] and [`S3_SKEW`]. Presigned URLs of S3 never sign their payload; the verifier
    /// accepts them, and reports the body as [`BodyVerification::Unsigned`].
    #[must_use]
    pub fn s3(region: impl Into<String>) -> Self {
        Self::new(region, "s3", S3_SKEW).with_rules(Rules::S3)
    }

    /// Sets the rules by which the clients sign.
    ///
    /// Headers that the rules exclude may be unsigned, except `x-amz-date` and `x-amz-content-sha256`
    /// ([`allow_unsigned_content_sha256`](Self::allow_unsigned_content_sha256)). A session token may be unsigned if the rules do
    /// not sign it. `x-amz-content-sha256` is required if the rules send it.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Sets the limits of a request's size.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long a presigned URL may be valid. It is at most 7 days in any case.
    #[must_use]
    pub fn with_max_expires(mut self, max: Duration) -> Self {
        self.max_expires = max;
        self
    }

    /// Sets the names of headers that must be signed if they are received, besides `host` and all `x-amz-*`. Case does not matter,
    /// and `_` counts as `-`.
    #[must_use]
    pub fn with_required_headers<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.required_headers = names.into_iter().map(Into::into).collect();
        self
    }

    /// Allows clients to leave the payload unsigned (`UNSIGNED-PAYLOAD`): any body is accepted with the signature, unless TLS
    /// protects it.
    #[must_use]
    pub fn allow_unsigned_payload(mut self) -> Self {
        self.allow_unsigned_payload = true;
        self
    }

    /// Allows `x-amz-content-sha256` to be received unsigned, as older OpenSearch clients and aws-requests-auth send it. Its value
    /// is the payload hash line of the canonical request, so the signature still covers it.
    #[must_use]
    pub fn allow_unsigned_content_sha256(mut self) -> Self {
        self.allow_unsigned_content_sha256 = true;
        self
    }

    /// Allows the caller to pass [`Body::Unchecked`]. `x-amz-content-sha256` is trusted then: it is signed, but the body may be
    /// another one.
    #[must_use]
    pub fn allow_unchecked_body(mut self) -> Self {
        self.allow_unchecked_body = true;
        self
    }

    /// Reads what a request in raw parts claims: who signed it, for what and when. Nothing of it is proved before
    /// [`Claim::verify`].
    ///
    /// This example reads a request without a signature:
    ///
    /// ```
    /// # use countersign::protocol::RawRequest;
    /// # use countersign::verifier::{SKEW, Verifier};
    /// let verifier = Verifier::new("us-east-1", "neptune-db", SKEW);
    /// let request = RawRequest { method: "GET", target: b"/status", headers: &[("host", b"db.example:8182")] };
    /// let error = verifier.read_raw(&request, "20150830T123600Z".parse()?).unwrap_err();
    /// assert_eq!((error.status(), error.to_string().as_str()), (403, "Request is missing Authentication Token"));
    /// # Ok::<(), countersign::TimestampError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the first [`VerifyError`], in the order of AWS's services.
    pub fn read_raw<'a>(
        &'a self,
        request: &RawRequest<'a>,
        now: Timestamp,
    ) -> Result<Claim<'a>, VerifyError> {
        let target_bytes = request.method.len() + request.target.len();
        self.check_sizes(target_bytes, request.headers.iter().copied())?;
        // Parsers disagree about where the host and the path of such a URL end.
        let is_url = !request.target.starts_with(b"/");
        match request.target.iter().position(|byte| matches!(byte, b'#' | b'\\')) {
            Some(at) if is_url => Err(VerifyError::AmbiguousTarget { at }),
            _ => self.read_request(&request.check()?, now),
        }
    }

    /// Checks the limits that need no parsing.
    pub(crate) fn check_sizes<'a>(
        &self,
        target_bytes: usize,
        headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), VerifyError> {
        Ok(self.limits.check_sizes(target_bytes, headers)?)
    }

    /// Reads a request that [`check_sizes`](Self::check_sizes) has accepted.
    pub(crate) fn read_request<'a>(
        &'a self,
        request: &Request<'_, 'a>,
        now: Timestamp,
    ) -> Result<Claim<'a>, VerifyError> {
        self.limits.check_parameters(request.query)?;
        read::read(self, request, now)
    }
}
