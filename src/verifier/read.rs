//! Reads what a request claims, with the checks of AWS's services in their order, up to the search for the key.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::Verifier;
use super::claim::Claim;
use super::error::{ScopeMismatch, SignatureLocation, VerifyError, seconds};
use super::signature_parameters::{
    NamedHeaders, QueryParameters, SignatureParameters, find_session_token, lossy,
};
use crate::error::CanonicalError;
use crate::protocol::canonical::{CanonicalQuery, CanonicalUri, Host, SignedHeaderNames};
use crate::protocol::{
    AUTHORITY, CONTENT_SHA256, CanonicalRequest, DATE, HOST, MAX_EXPIRES, Midstate, Parameter,
    Request, Rules, SessionToken, TERMINATOR, Timestamp, find_invalid_percent_encoding,
};

/// Reads the claim of a request whose size has been checked.
pub(super) fn read<'a>(
    verifier: &'a Verifier,
    request: &Request<'_, 'a>,
    now: Timestamp,
) -> Result<Claim<'a>, VerifyError> {
    let rules = &verifier.rules;
    let uri = CanonicalUri::new(request.path, rules)?;
    if let Some(pattern) = find_invalid_percent_encoding(request.query) {
        return Err(VerifyError::InvalidPercentEncoding { pattern: lossy(pattern) });
    }
    let query = QueryParameters::find(request.query, rules);
    let headers = NamedHeaders::find(request.headers, rules);
    let signature = SignatureParameters::find(&headers, &query)?;
    let token = find_session_token(&headers, request.headers, &query, rules)?;

    let location = signature.location;
    let canonical = canonical_request(verifier, request, uri, location, &signature.signed_headers)?;
    if headers.authorization.is_repeated {
        return Err(VerifyError::MultipleAuthorizationHeaders);
    }
    if let Some((host, authority)) = headers.host.first.zip(request.authority)
        && !authority.agrees_with(host)
    {
        return Err(VerifyError::HostMismatch);
    }

    let date = match location {
        SignatureLocation::Header => headers.date.value(DATE, request.headers),
        SignatureLocation::Query => query.value(Parameter::Date).map(Cow::Owned),
    };
    let date = date.ok_or(VerifyError::MissingDate)?;
    let timestamp = Timestamp::parse_basic(&date)
        .map_err(|_| VerifyError::MalformedDate { given: lossy(&date) })?;
    let expires = match location {
        SignatureLocation::Header => None,
        SignatureLocation::Query => Some(read_expires(&query, verifier.max_expires)?),
    };
    check_clock(verifier.skew, timestamp, expires, now)?;
    let access_key_id = check_credential(verifier, signature.credential, location, timestamp)?;
    Ok(Claim {
        verifier,
        midstate: Midstate::of(|hasher| canonical.write_before_payload_hash(hasher)),
        location,
        access_key_id,
        signed_headers: signature.signed_headers,
        signature: signature.signature,
        token,
        content_sha256: headers.content_sha256.value(CONTENT_SHA256, request.headers),
        timestamp,
        expires,
        now,
    })
}

/// Builds the canonical request from the headers that the client signed, if they are those that must be signed. Its payload hash
/// is not known yet.
pub(super) fn canonical_request<'h>(
    verifier: &Verifier,
    request: &Request<'h, 'h>,
    uri: CanonicalUri<'h>,
    location: SignatureLocation,
    signed_headers: &[u8],
) -> Result<CanonicalRequest<'h>, VerifyError> {
    let signed = SignedHeaderNames::parse(signed_headers);
    let signed = signed.ok_or(VerifyError::MalformedSignedHeaders)?;
    if !signed.contains(HOST) && !signed.contains(AUTHORITY) {
        return Err(VerifyError::HostUnsigned);
    }
    let host = Host::find(request.headers, request.authority).map_err(|error| match error {
        CanonicalError::HostMissing => {
            let name = if signed.contains(HOST) { HOST } else { AUTHORITY };
            VerifyError::SignedHeaderMissing { name: name.into() }
        }
        _ => VerifyError::InvalidHost,
    })?;
    let is_unsigned = |name: &str| must_be_signed(verifier, name) && !signed.contains(name);
    if let Some((name, _)) = request.headers.iter().find(|(name, _)| is_unsigned(name)) {
        return Err(VerifyError::HeaderUnsigned { name: (*name).into() });
    }
    let query = signed_query(request.query, location, &verifier.rules);
    let canonical = CanonicalRequest::received(request, uri, query, host, &signed);
    match canonical.headers().first_missing(&signed) {
        Some(name) => Err(VerifyError::SignedHeaderMissing { name: lossy(name) }),
        None => Ok(canonical),
    }
}

/// Whether a received header must be signed.
fn must_be_signed(verifier: &Verifier, name: &str) -> bool {
    // CGI-style servers map `_` to `-`, so a name with `_` must not escape the check. Exceptions need the exact name.
    let fold = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    let folds_to = |other: &str| name.bytes().map(fold).eq(other.bytes().map(fold));
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let rules = &verifier.rules;
    if verifier.required_headers.iter().any(|other| folds_to(other)) {
        true
    } else if !name.bytes().take(6).map(fold).eq(*b"x-amz-") {
        false
    } else if is(CONTENT_SHA256) {
        !verifier.allow_unsigned_content_sha256
    } else if is(rules.session_token_name.header()) {
        rules.session_token == SessionToken::Signed
    } else {
        is(DATE) || !rules.excluded_headers.iter().any(|other| is(other))
    }
}

/// The part of a query string that is signed. In a presigned URL it is everything but the signature, and the session token if
/// the rules do not sign it.
fn signed_query<'a>(
    query: &'a [u8],
    location: SignatureLocation,
    rules: &Rules,
) -> CanonicalQuery<'a> {
    let query = CanonicalQuery::new(query, rules.plus);
    if location == SignatureLocation::Header {
        return query;
    }
    let name = |parameter: Parameter| Some(parameter.name(rules.session_token_name));
    let token_is_signed = rules.session_token == SessionToken::Signed;
    let token = if token_is_signed { None } else { name(Parameter::SessionToken) };
    query.without([name(Parameter::Signature), token])
}

/// Reads how long a presigned URL is valid, in seconds.
fn read_expires(query: &QueryParameters<'_>, max: Duration) -> Result<u32, VerifyError> {
    let given = query.value(Parameter::Expires).map_or_else(String::new, |given| lossy(&given));
    let is_number = given.bytes().all(|byte| byte.is_ascii_digit());
    match given.parse::<u32>() {
        Ok(seconds @ 1..) if is_number && u64::from(seconds) <= MAX_EXPIRES.as_secs() => {
            let expires = Duration::from_secs(seconds.into());
            if expires > max {
                Err(VerifyError::ExpiresTooLong { expires, max })
            } else {
                Ok(seconds)
            }
        }
        _ => Err(VerifyError::InvalidExpires { given }),
    }
}

/// Compares the time of the signature with the clock. A presigned URL may be used until it expires.
fn check_clock(
    skew: Duration,
    signed_at: Timestamp,
    expires: Option<u32>,
    now: Timestamp,
) -> Result<(), VerifyError> {
    let age = now.unix_timestamp() - signed_at.unix_timestamp();
    if age < 0_i64.saturating_sub(seconds(skew)) {
        return Err(VerifyError::SignatureNotYetCurrent { signed_at, now, skew });
    }
    match expires {
        Some(expires) if age > expires.into() => Err(VerifyError::Expired {
            signed_at,
            expires: Duration::from_secs(expires.into()),
            now,
        }),
        None if age > seconds(skew) => Err(VerifyError::SignatureExpired { signed_at, now, skew }),
        _ => Ok(()),
    }
}

/// Checks the scope of a credential, and returns the access key id.
fn check_credential<'a>(
    verifier: &Verifier,
    credential: Cow<'a, [u8]>,
    location: SignatureLocation,
    signed_at: Timestamp,
) -> Result<Cow<'a, str>, VerifyError> {
    let mut parts = credential.split(|byte| *byte == b'/');
    let mut next = || parts.next();
    let (Some(id), Some(date), Some(region), Some(service), Some(terminator), None) =
        (next(), next(), next(), next(), next(), next())
    else {
        return Err(VerifyError::MalformedCredential { credential: lossy(&credential), location });
    };
    let mut mismatches = Vec::new();
    if region != verifier.region.as_bytes() {
        let (given, expected) = (lossy(region), verifier.region.clone());
        mismatches.push(ScopeMismatch::Region { given, expected });
    }
    if service != verifier.service.as_bytes() {
        mismatches.push(ScopeMismatch::Service { expected: verifier.service.clone() });
    }
    if terminator != TERMINATOR {
        mismatches.push(ScopeMismatch::Terminator { given: lossy(terminator) });
    }
    if date != signed_at.date().as_bytes() {
        mismatches.push(ScopeMismatch::Date { given: lossy(date), signed_at });
    }
    if !mismatches.is_empty() {
        return Err(VerifyError::CredentialScope { mismatches, location });
    }
    Ok(match &credential {
        Cow::Borrowed(text) => String::from_utf8_lossy(text.split_at(id.len()).0),
        Cow::Owned(_) => lossy(id).into(),
    })
}
