//! Steps 1 to 7 of a verification, in the order of AWS's services: what a request claims, and whether it can be true.

use alloc::borrow::Cow;
use core::time::Duration;

use super::arrived::Arrived;
use super::canonical::with_canonical;
use super::claim::Claim;
use super::credential;
use super::error::{VerifyError, seconds};
use super::fault::SignaturePlace;
use super::policy::Policy;
use super::presented::{NamedHeaders, Presented, QueryParameters, Token, lossy};
use crate::protocol::canonical::{CONTENT_SHA256, DATE, Parts, Path};
use crate::protocol::{MAX_EXPIRES, Parameter, Sha256, Timestamp, find_broken_escape};

pub(super) fn read<'a>(
    policy: &'a Policy,
    arrived: Arrived<'a>,
    now: Timestamp,
) -> Result<Claim<'a>, VerifyError> {
    arrived.headers.with_pairs(|headers| read_all(policy, arrived, headers, now))
}

fn read_all<'a>(
    policy: &'a Policy,
    arrived: Arrived<'a>,
    headers: &[(&'a str, &'a [u8])],
    now: Timestamp,
) -> Result<Claim<'a>, VerifyError> {
    let parts = arrived.parts;
    let path = Path::new(parts.path, &policy.rules)?;
    check_escapes(parts.query)?;

    let token_name = policy.rules.session_token_name;
    let query = QueryParameters::find(parts.query, policy.rules.plus, token_name);
    let named = NamedHeaders::find(headers, token_name.header());
    let presented = find_signature(&named, &query)?;
    let place = presented.place;
    let token = find_token(&named, headers, &query, token_name.header())?;

    let signed = &presented.signed_headers;
    let hash = with_canonical(policy, &parts, path, headers, signed, place, |canonical| {
        let mut hash = Sha256::new();
        canonical.write_to_payload(&mut hash);
        hash.begun()
    })?;
    check_single(&named, &parts)?;

    let date = match place {
        SignaturePlace::Header => named.date.joined(DATE, headers),
        SignaturePlace::Query => query.value(Parameter::Date).map(Cow::Owned),
    };
    let date = date.unwrap_or_default();
    let timestamp = Timestamp::parse_basic(&date);
    let timestamp = timestamp.ok_or_else(|| VerifyError::DateForm { given: lossy(&date) })?;
    let expires = check_clock(policy.skew, timestamp, &query, place, now)?;
    let access_key_id = credential::check(policy, presented.credential, place, timestamp)?;
    Ok(Claim {
        policy,
        arrived,
        hash,
        place,
        access_key_id,
        signed_headers: presented.signed_headers,
        signature: presented.signature,
        token,
        content_sha256: named.content_sha256.joined(CONTENT_SHA256, headers),
        timestamp,
        expires,
        now,
    })
}

/// Checks the date against the clock, and hands back how long a presigned URL is good for.
fn check_clock(
    skew: Duration,
    signed_at: Timestamp,
    query: &QueryParameters<'_>,
    place: SignaturePlace,
    now: Timestamp,
) -> Result<Option<u32>, VerifyError> {
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

/// A broken escape can be signed, but not by a server that AWS made.
fn check_escapes(query: &[u8]) -> Result<(), VerifyError> {
    match find_broken_escape(query) {
        None => Ok(()),
        Some(after) => Err(VerifyError::QueryEscape { pattern: lossy(after) }),
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
    headers: &[(&'a str, &'a [u8])],
    query: &QueryParameters<'a>,
    name: &'static str,
) -> Result<Option<Token<'a>>, VerifyError> {
    let in_header = named.token.joined(name, headers).map(Token::from);
    let in_query = query.value(Parameter::SessionToken).map(Cow::Owned).map(Token::from);
    match (in_header, in_query) {
        (Some(_), Some(_)) => Err(VerifyError::PartRepeated { name }),
        (in_header, in_query) => Ok(in_header.or(in_query)),
    }
}

/// Two answers to one question would let a proxy and this server disagree.
fn check_single<'a>(named: &NamedHeaders<'a>, parts: &Parts<'a>) -> Result<(), VerifyError> {
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
