//! The server's side: who signed a request, or why nobody did. The same pipeline that signs, without I/O, clock or `std`.
//!
//! In two steps, so that the caller finds the key however it likes, across an `await` too: [`Verifier::read_raw`] (or
//! `Verifier::read` with feature `http`) reads what a request claims; [`Claim::verify`] proves it with the key. All that
//! is wrong has AWS's own words, in AWS's order: see [`VerifyError`], and [`VerifyError::response`] for the answer to send.
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
//! - **Path.** With [`Rules::DEFAULT`] all paths that resolve alike are one: `/a/../b` has the signature of `/b`. Route by
//!   the resolved path, or refuse what has dots.
//! - **Who**, not what they may do: permissions are the caller's.
//!
//! # What the caller must see to
//!
//! - **Replay.** Within its time a request can be sent again by anyone who has seen it: a signature in a header as long as
//!   the skew allows, a presigned URL until it ends. Where that matters, remember [`Verified::signature`] until
//!   [`Verified::replayable_until`] and refuse what comes again. Two equal requests that one client signs within one second
//!   have one signature.
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
//! Before anything is allocated or parted, a request is held against [`Limits`]; all that follows is linear in its size, but
//! for sorting. Nothing that arrives can cause a panic.
//!
//! Not verified: SigV4a, POST policies, and bodies in the `STREAMING-…` forms, which are refused.

mod access_key;
mod claim;
mod error;
mod limits;
mod presented;
mod response;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

pub use self::access_key::AccessKey;
pub use self::claim::{Body, BodyVerdict, Claim, Diagnosis, Verified};
pub use self::error::{ErrorCode, ScopeFault, SignaturePlace, VerifyError};
pub use self::limits::{
    Limit, Limits, MAX_AUTHORIZATION_BYTES, MAX_HEADER_BYTES, MAX_HEADERS, MAX_PARAMETERS,
    MAX_TARGET_BYTES,
};
pub use self::response::{Dialect, ErrorResponse};

use self::error::seconds;
use self::presented::{NamedHeaders, Presented, QueryParameters, lossy};
use crate::error::CanonicalError;
use crate::protocol::canonical::{
    AUTHORITY, CONTENT_SHA256, DATE, HOST, Host, Parts, Path, Query, SentHeaders, SignedNames,
};
use crate::protocol::{
    CanonicalRequest, MAX_EXPIRES, Parameter, RawRequest, Rules, SessionToken, TERMINATOR,
    Timestamp, find_broken_escape,
};

/// What S3 lets a clock differ by: 15 minutes.
pub const S3_SKEW: Duration = Duration::from_secs(15 * 60);

/// What many other services let a clock differ by: 5 minutes.
pub const SKEW: Duration = Duration::from_secs(5 * 60);

/// Verifies requests to one service in one region.
#[derive(Clone, Debug)]
pub struct Verifier {
    region: String,
    service: String,
    skew: Duration,
    rules: Rules,
    limits: Limits,
    unsigned_payload: UnsignedPayload,
    unchecked_body: UncheckedBody,
    required_headers: &'static [&'static str],
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
    /// [`Body::Unchecked`] is an error.
    Refused,
    /// With [`Body::Unchecked`], `x-amz-content-sha256` is believed: it is signed, but the body may be another.
    Allowed,
}

impl Verifier {
    /// A verifier for one region and one service's signing name, with [`Rules::DEFAULT`]: for S3 use [`Verifier::s3`].
    ///
    /// `skew` is what the client's clock may differ by, such as [`SKEW`] or [`S3_SKEW`]: whole seconds count.
    #[must_use]
    pub fn new(region: impl Into<String>, service: impl Into<String>, skew: Duration) -> Self {
        Self {
            region: region.into(),
            service: service.into(),
            skew,
            rules: Rules::DEFAULT,
            limits: Limits::DEFAULT,
            unsigned_payload: UnsignedPayload::Refused,
            unchecked_body: UncheckedBody::Refused,
            required_headers: &[],
        }
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
        self.rules = rules;
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
        self.unsigned_payload = unsigned;
        self
    }

    /// Whether [`Body::Unchecked`] may be given. It may not, unless this says so.
    #[must_use]
    pub fn with_unchecked_body(mut self, unchecked: UncheckedBody) -> Self {
        self.unchecked_body = unchecked;
        self
    }

    /// Names of headers, in any case, that must be signed where they arrive, beside `host` and all `x-amz-*`.
    #[must_use]
    pub fn with_required_headers(mut self, names: &'static [&'static str]) -> Self {
        self.required_headers = names;
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
        self.check_sizes(request.target.len(), request.headers)?;
        self.read_parts(request.parts()?, now)
    }

    pub(crate) fn check_sizes<'a>(
        &self,
        target_bytes: usize,
        headers: impl SentHeaders<'a>,
    ) -> Result<(), VerifyError> {
        self.limits.check_sizes(target_bytes, headers)
    }

    /// Reads a request of which [`check_sizes`](Self::check_sizes) has found no fault.
    pub(crate) fn read_parts<'a>(
        &'a self,
        parts: Parts<'a, impl SentHeaders<'a>>,
        now: Timestamp,
    ) -> Result<Claim<'a>, VerifyError> {
        self.limits.check_parameters(parts.query)?;
        let path = Path::new(parts.path, &self.rules)?;
        check_escapes(parts.query)?;

        let token_name = self.rules.session_token_name;
        let query = QueryParameters::find(parts.query, self.rules.plus, token_name);
        let named = NamedHeaders::find(parts.headers, token_name.header());
        let presented = find_signature(&named, &query)?;
        let place = presented.place;
        let token = find_token(&named, &parts, &query, token_name.header())?;

        let names = SignedNames::parse(&presented.signed_headers);
        let names = names.ok_or(VerifyError::SignedHeadersForm)?;
        let host = find_host(&parts, &names)?;
        let signed_query = self.signed_query(parts.query, place);
        let mut canonical = CanonicalRequest::of_arrived(parts.method, path, signed_query, host);
        self.add_headers(&mut canonical, &parts, &names)?;
        check_single(&named, &parts)?;

        let date = match place {
            SignaturePlace::Header => named.date.joined(DATE, parts.headers),
            SignaturePlace::Query => query.value(Parameter::Date).map(Cow::Owned),
        };
        let date = date.unwrap_or_default();
        let timestamp = Timestamp::parse_basic(&date);
        let timestamp = timestamp.ok_or_else(|| VerifyError::DateForm { given: lossy(&date) })?;
        let expires = self.check_clock(timestamp, &query, place, now)?;
        let access_key_id = self.check_credential(presented.credential, place, timestamp)?;
        Ok(Claim {
            verifier: self,
            canonical,
            place,
            access_key_id,
            signed_headers: presented.signed_headers,
            signature: presented.signature,
            token,
            content_sha256: named.content_sha256.joined(CONTENT_SHA256, parts.headers),
            timestamp,
            expires,
            now,
        })
    }

    /// What of a query is signed: of a presigned one, all but the signature, and the session token where rules say so.
    fn signed_query<'a>(&self, sent: &'a [u8], place: SignaturePlace) -> Query<'a> {
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

    /// Adds the signed headers to the canonical request in its place, and checks which are signed.
    fn add_headers<'a>(
        &self,
        canonical: &mut CanonicalRequest<'a>,
        parts: &Parts<'a, impl SentHeaders<'a>>,
        names: &SignedNames<'_>,
    ) -> Result<(), VerifyError> {
        let authority = parts.authority.map(|authority| authority.text);
        let must_be_signed = |name: &str| self.must_be_signed(name);
        if let Some(name) = canonical.add_headers(parts.headers, authority, names, must_be_signed) {
            return Err(VerifyError::HeaderUnsigned { name: name.into() });
        }
        match canonical.headers().first_missing(names) {
            Some(name) => Err(VerifyError::SignedHeaderMissing { name: lossy(name) }),
            None => Ok(()),
        }
    }

    fn must_be_signed(&self, name: &str) -> bool {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let is_one_of = |names: &[&str]| names.iter().any(|other| is(other));
        let starts_amz = name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"));
        if !starts_amz {
            return is_one_of(self.required_headers);
        }
        let is_token = is(self.rules.session_token_name.header());
        is(DATE)
            || is(CONTENT_SHA256)
            || is_one_of(self.required_headers)
            || is_token && self.rules.session_token == SessionToken::Signed
            || !is_token && !is_one_of(self.rules.excluded_headers)
    }

    /// Checks the date against the clock, and hands back how long a presigned URL is good for.
    fn check_clock(
        &self,
        signed_at: Timestamp,
        query: &QueryParameters<'_>,
        place: SignaturePlace,
        now: Timestamp,
    ) -> Result<Option<u32>, VerifyError> {
        let skew = self.skew;
        let age = now.unix() - signed_at.unix();
        let is_early = age < 0_i64.saturating_sub(seconds(skew));
        let not_yet = || VerifyError::SignatureNotYetCurrent { signed_at, now, skew };
        if place == SignaturePlace::Header {
            return if is_early {
                Err(not_yet())
            } else if age > seconds(skew) {
                Err(VerifyError::SignatureExpired { signed_at, now, skew })
            } else {
                Ok(None)
            };
        }
        let given = lossy(&query.value(Parameter::Expires).unwrap_or_default());
        let digits = given.bytes().all(|byte| byte.is_ascii_digit());
        let expires =
            given.parse().ok().filter(|seconds| digits && (1..=MAX_EXPIRES).contains(seconds));
        let expires = expires.ok_or(VerifyError::ExpiresRange { given })?;
        if is_early {
            return Err(not_yet());
        }
        if age > expires.into() {
            return Err(VerifyError::Expired { signed_at, expires, now });
        }
        Ok(Some(expires))
    }

    /// Checks the scope of the credential, and hands back the access key id.
    fn check_credential<'a>(
        &self,
        credential: Cow<'a, [u8]>,
        place: SignaturePlace,
        signed_at: Timestamp,
    ) -> Result<Cow<'a, str>, VerifyError> {
        let Some(length) = self.key_id_length(&credential, signed_at) else {
            return Err(self.credential_fault(&credential, place, signed_at));
        };
        Ok(match credential {
            Cow::Borrowed(text) => {
                let id = text.get(..length).unwrap_or_default();
                str::from_utf8(id).map_or_else(|_| lossy(id).into(), Cow::Borrowed)
            }
            Cow::Owned(text) => lossy(text.get(..length).unwrap_or_default()).into(),
        })
    }

    /// How long the access key id is, if all that follows it is as it has to be.
    fn key_id_length(&self, credential: &[u8], signed_at: Timestamp) -> Option<usize> {
        let mut rest = credential;
        for part in [TERMINATOR, self.service.as_bytes(), self.region.as_bytes(), &signed_at.day()]
        {
            rest = rest.strip_suffix(part)?.strip_suffix(b"/")?;
        }
        (!rest.contains(&b'/')).then_some(rest.len())
    }

    fn credential_fault(
        &self,
        credential: &[u8],
        place: SignaturePlace,
        signed_at: Timestamp,
    ) -> VerifyError {
        let mut parts = credential.split(|byte| *byte == b'/');
        let five = [(); 5].map(|()| parts.next());
        let ([Some(_), Some(day), Some(region), Some(service), Some(end)], None) =
            (five, parts.next())
        else {
            return VerifyError::CredentialForm { credential: lossy(credential), place };
        };
        let mut faults = Vec::new();
        if region != self.region.as_bytes() {
            let (given, expected) = (lossy(region), self.region.clone());
            faults.push(ScopeFault::Region { given, expected });
        }
        if service != self.service.as_bytes() {
            faults.push(ScopeFault::Service { expected: self.service.clone() });
        }
        if end != TERMINATOR {
            faults.push(ScopeFault::Terminator { given: lossy(end) });
        }
        if day != signed_at.day() {
            faults.push(ScopeFault::Day { given: lossy(day), signed_at });
        }
        VerifyError::CredentialScope { faults, place }
    }
}

/// A broken escape can be signed, but not by a server that AWS made.
fn check_escapes(query: &[u8]) -> Result<(), VerifyError> {
    match find_broken_escape(query) {
        None => Ok(()),
        Some(after) => {
            let pattern = after.iter().map(|byte| char::from(*byte)).collect();
            Err(VerifyError::QueryEscape { pattern })
        }
    }
}

fn find_signature<'a>(
    named: &NamedHeaders<'a>,
    query: &QueryParameters<'a>,
) -> Result<Presented<'a>, VerifyError> {
    let presented = match (named.authorization.first, query.holds(Parameter::Algorithm)) {
        (None, false) => return Err(VerifyError::AuthenticationMissing),
        (Some(_), true) => return Err(VerifyError::AuthenticationTwice),
        (Some(value), false) => Presented::in_header(value)?,
        (None, true) => query.presented()?,
    };
    // Whoever reads the other one would believe something else.
    query.repeated.map_or(Ok(presented), |name| Err(VerifyError::PartRepeated { name }))
}

/// The session token, which must not stand both in a header and in the query.
fn find_token<'a>(
    named: &NamedHeaders<'a>,
    parts: &Parts<'a, impl SentHeaders<'a>>,
    query: &QueryParameters<'a>,
    name: &'static str,
) -> Result<Option<Cow<'a, [u8]>>, VerifyError> {
    match (named.token.joined(name, parts.headers), query.value(Parameter::SessionToken)) {
        (Some(_), Some(_)) => Err(VerifyError::PartRepeated { name }),
        (in_header, in_query) => Ok(in_header.or_else(|| in_query.map(Cow::Owned))),
    }
}

fn find_host<'a>(
    parts: &Parts<'a, impl SentHeaders<'a>>,
    names: &SignedNames<'_>,
) -> Result<Host<'a>, VerifyError> {
    if !names.contain_host() {
        return Err(VerifyError::HostUnsigned);
    }
    Host::find(parts.headers, parts.authority).map_err(|error| match error {
        CanonicalError::HostMissing => {
            let name = if names.contains(HOST) { HOST } else { AUTHORITY };
            VerifyError::SignedHeaderMissing { name: name.into() }
        }
        _ => VerifyError::HostForm,
    })
}

/// Two answers to one question would let a proxy and this server disagree.
fn check_single<'a>(
    named: &NamedHeaders<'a>,
    parts: &Parts<'a, impl SentHeaders<'a>>,
) -> Result<(), VerifyError> {
    if named.authorization.is_repeated {
        return Err(VerifyError::AuthorizationRepeated);
    }
    match (named.host.first, parts.authority) {
        (Some(host), Some(authority)) if !authority.agrees_with(host) => {
            Err(VerifyError::HostDiffers)
        }
        _ => Ok(()),
    }
}
