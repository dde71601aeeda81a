//! The server's side.

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
use self::presented::{Presented, QueryParameters, joined};
use crate::error::CanonicalError;
use crate::protocol::canonical::{
    AUTHORITY, AUTHORIZATION, CONTENT_SHA256, DATE, HOST, Host, Parts, Path, SentHeaders,
    SignedNames,
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
        let presented = find_signature(parts.headers, &query)?;
        let token = find_token(parts.headers, &query, token_name.header())?;

        let names = SignedNames::parse(&presented.signed_headers);
        let names = names.ok_or(VerifyError::SignedHeadersForm)?;
        let is_presigned = presented.place == SignaturePlace::Query;
        let token_is_signed = self.rules.session_token == SessionToken::Signed;
        let canonical = CanonicalRequest::arrived(
            &parts,
            path,
            self.check_headers(&parts, &names)?,
            &names,
            |name| {
                let is = |parameter: Parameter| name.clone().eq(parameter.name(token_name).bytes());
                !is_presigned
                    || !is(Parameter::Signature)
                        && (token_is_signed || !is(Parameter::SessionToken))
            },
            &self.rules,
        );
        if let Some(name) = canonical.headers().first_missing(&names) {
            return Err(VerifyError::SignedHeaderMissing { name: name.into() });
        }
        check_single(&parts)?;

        let date = match presented.place {
            SignaturePlace::Header => joined(parts.headers, DATE).unwrap_or_default(),
            SignaturePlace::Query => query.value(Parameter::Date).unwrap_or_default().into(),
        };
        let timestamp = Timestamp::parse_basic(&date).ok_or_else(|| VerifyError::DateForm {
            given: String::from_utf8_lossy(&date).into_owned(),
        })?;
        let expires = self.check_clock(timestamp, &query, presented.place, now)?;
        let access_key_id =
            self.check_credential(presented.credential, presented.place, timestamp)?;
        Ok(Claim {
            verifier: self,
            canonical,
            place: presented.place,
            access_key_id,
            signed_headers: presented.signed_headers,
            signature: presented.signature,
            token,
            content_sha256: joined(parts.headers, CONTENT_SHA256),
            timestamp,
            expires,
            now,
        })
    }

    /// Checks which headers are signed, and finds the host.
    fn check_headers<'a>(
        &self,
        parts: &Parts<'a, impl SentHeaders<'a>>,
        names: &SignedNames<'_>,
    ) -> Result<Host<'a>, VerifyError> {
        if !names.contain_host() {
            return Err(VerifyError::HostUnsigned);
        }
        for (name, _) in parts.headers.iter() {
            if self.must_be_signed(name) && !names.contains(name) {
                return Err(VerifyError::HeaderUnsigned { name: name.into() });
            }
        }
        Host::find(parts.headers, parts.authority).map_err(|error| match error {
            CanonicalError::HostMissing => {
                let name = if names.contains(HOST) { HOST } else { AUTHORITY };
                VerifyError::SignedHeaderMissing { name: name.into() }
            }
            _ => VerifyError::HostForm,
        })
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
        let given = query.text(Parameter::Expires).unwrap_or_default();
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
        credential: Cow<'a, str>,
        place: SignaturePlace,
        signed_at: Timestamp,
    ) -> Result<Cow<'a, str>, VerifyError> {
        let mut parts = credential.split('/');
        let five = [(); 5].map(|()| parts.next());
        let ([Some(id), Some(day), Some(region), Some(service), Some(end)], None) =
            (five, parts.next())
        else {
            let credential = credential.into_owned();
            return Err(VerifyError::CredentialForm { credential, place });
        };
        let mut faults = Vec::new();
        if region != self.region {
            let (given, expected) = (region.into(), self.region.clone());
            faults.push(ScopeFault::Region { given, expected });
        }
        if service != self.service {
            faults.push(ScopeFault::Service { expected: self.service.clone() });
        }
        if end.as_bytes() != TERMINATOR {
            faults.push(ScopeFault::Terminator { given: end.into() });
        }
        if day.as_bytes() != signed_at.day() {
            faults.push(ScopeFault::Day { given: day.into(), signed_at });
        }
        if !faults.is_empty() {
            return Err(VerifyError::CredentialScope { faults, place });
        }
        let length = id.len();
        Ok(match credential {
            Cow::Borrowed(text) => text.get(..length).unwrap_or_default().into(),
            Cow::Owned(mut text) => {
                text.truncate(length);
                text.into()
            }
        })
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
    headers: impl SentHeaders<'a>,
    query: &QueryParameters<'a>,
) -> Result<Presented<'a>, VerifyError> {
    let mut authorizations =
        headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(AUTHORIZATION));
    let authorization = authorizations.next();
    let presented = match (authorization, query.holds(Parameter::Algorithm)) {
        (None, false) => return Err(VerifyError::AuthenticationMissing),
        (Some(_), true) => return Err(VerifyError::AuthenticationTwice),
        (Some((_, value)), false) => Presented::in_header(value)?,
        (None, true) => query.presented()?,
    };
    // Whoever reads the other one would believe something else.
    query.repeated.map_or(Ok(presented), |name| Err(VerifyError::PartRepeated { name }))
}

/// The session token, which must not stand both in a header and in the query.
fn find_token<'a>(
    headers: impl SentHeaders<'a>,
    query: &QueryParameters<'a>,
    header: &'static str,
) -> Result<Option<Cow<'a, [u8]>>, VerifyError> {
    match (joined(headers, header), query.value(Parameter::SessionToken)) {
        (Some(_), Some(_)) => Err(VerifyError::PartRepeated { name: header }),
        (in_header, in_query) => Ok(in_header.or_else(|| in_query.map(Cow::Owned))),
    }
}

/// Two answers to one question would let a proxy and this server disagree.
fn check_single<'a>(parts: &Parts<'a, impl SentHeaders<'a>>) -> Result<(), VerifyError> {
    let named = |name: &'static str| {
        parts.headers.iter().filter(move |(sent, _)| sent.eq_ignore_ascii_case(name))
    };
    if named(AUTHORIZATION).nth(1).is_some() {
        return Err(VerifyError::AuthorizationRepeated);
    }
    match (named(HOST).next(), parts.authority) {
        (Some((_, host)), Some(authority)) if !authority.agrees_with(host) => {
            Err(VerifyError::HostDiffers)
        }
        _ => Ok(()),
    }
}
