//! The parts of a signature as a client sends them, in the Authorization header or in the query string.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::error::{SignatureLocation, VerifyError};
use crate::protocol::canonical::decoded_parameters;
use crate::protocol::{
    ALGORITHM, AUTHORIZATION, CONTENT_SHA256, DATE, HOST, Parameter, PercentDecode, Rules,
    is_ows_or_fold, split_once, trim_ows,
};

/// The parts of a signature, from the Authorization header or the query string. Nothing of it is trusted.
pub(super) struct SignatureParameters<'a> {
    pub(super) location: SignatureLocation,
    pub(super) credential: Cow<'a, [u8]>,
    pub(super) signed_headers: Cow<'a, [u8]>,
    pub(super) signature: Cow<'a, [u8]>,
}

/// The parts of an Authorization header, in the order in which AWS lists those that are missing.
const AUTHORIZATION_PARTS: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];

/// The same for a presigned URL.
const QUERY_PARTS: [Parameter; 5] = [
    Parameter::Credential,
    Parameter::Signature,
    Parameter::SignedHeaders,
    Parameter::Date,
    Parameter::Expires,
];

impl<'a> SignatureParameters<'a> {
    pub(super) fn find(
        headers: &NamedHeaders<'a>,
        query: &QueryParameters<'a>,
    ) -> Result<Self, VerifyError> {
        let parameters = match (headers.authorization.first, query.contains(Parameter::Algorithm)) {
            (None, false) => return Err(VerifyError::AuthenticationMissing),
            (Some(_), true) => return Err(VerifyError::MultipleAuthMechanisms),
            (Some(value), false) => Self::from_authorization(value)?,
            (None, true) => Self::from_query(query)?,
        };
        // A parser that takes the other of two parameters would trust another value.
        match query.repeated {
            Some(name) => Err(VerifyError::DuplicateParameter { name }),
            None => Ok(parameters),
        }
    }

    fn from_authorization(value: &'a [u8]) -> Result<Self, VerifyError> {
        let location = SignatureLocation::Header;
        let (algorithm, parts) = split_once(trim_ows(value), is_ows_or_fold);
        if algorithm != ALGORITHM {
            // A value of a single word may be a secret, so it is not quoted.
            let algorithm = if parts.is_empty() { String::new() } else { lossy(algorithm) };
            return Err(VerifyError::UnsupportedAlgorithm { algorithm, location });
        }
        let mut found = [None; AUTHORIZATION_PARTS.len()];
        for part in parts.split(|byte| *byte == b',').filter(|_| !parts.is_empty()) {
            if !part.contains(&b'=') {
                return Err(VerifyError::MalformedAuthorization);
            }
            let (name, value) = split_once(part, |byte| byte == b'=');
            for (known, slot) in AUTHORIZATION_PARTS.into_iter().zip(&mut found) {
                if known.as_bytes() == trim_ows(name) && slot.replace(trim_ows(value)).is_some() {
                    return Err(VerifyError::DuplicateParameter { name: known });
                }
            }
        }
        let [Some(credential), Some(signature), Some(signed_headers)] = found else {
            let missing = AUTHORIZATION_PARTS.into_iter().zip(found);
            let missing = missing.filter(|(_, value)| value.is_none()).map(|(name, _)| name);
            return Err(VerifyError::MissingParameters { location, names: missing.collect() });
        };
        Ok(Self {
            location,
            credential: credential.into(),
            signed_headers: signed_headers.into(),
            signature: signature.into(),
        })
    }

    fn from_query(query: &QueryParameters<'a>) -> Result<Self, VerifyError> {
        let location = SignatureLocation::Query;
        let algorithm = query.value(Parameter::Algorithm);
        if algorithm.as_deref() != Some(ALGORITHM) {
            let algorithm = algorithm.map_or_else(String::new, |given| lossy(&given));
            return Err(VerifyError::UnsupportedAlgorithm { algorithm, location });
        }
        let values = QUERY_PARTS.map(|parameter| query.value(parameter));
        let missing = QUERY_PARTS.into_iter().zip(&values).filter(|(_, value)| value.is_none());
        let names: Vec<_> =
            missing.map(|(part, _)| part.name(query.rules.session_token_name)).collect();
        let [Some(credential), Some(signature), Some(signed_headers), Some(_), Some(_)] = values
        else {
            return Err(VerifyError::MissingParameters { location, names });
        };
        Ok(Self {
            location,
            credential: credential.into(),
            signed_headers: signed_headers.into(),
            signature: signature.into(),
        })
    }
}

/// The parameters of a query string that can belong to a signature, still encoded.
pub(super) struct QueryParameters<'a> {
    found: [Option<PercentDecode<'a>>; Parameter::ALL.len()],
    rules: &'a Rules,
    /// The first that is repeated.
    repeated: Option<&'static str>,
}

impl<'a> QueryParameters<'a> {
    pub(super) fn find(query: &'a [u8], rules: &'a Rules) -> Self {
        let mut parameters =
            Self { found: [const { None }; Parameter::ALL.len()], rules, repeated: None };
        for (name, value) in decoded_parameters(query, rules.plus) {
            for (parameter, slot) in Parameter::ALL.into_iter().zip(&mut parameters.found) {
                let known = parameter.name(rules.session_token_name);
                if name.clone().eq(known.bytes()) && slot.replace(value.clone()).is_some() {
                    parameters.repeated.get_or_insert(known);
                }
            }
        }
        parameters
    }

    fn encoded(&self, parameter: Parameter) -> Option<&PercentDecode<'a>> {
        let mut slots = Parameter::ALL.into_iter().zip(&self.found);
        slots.find(|(known, _)| *known == parameter).and_then(|(_, value)| value.as_ref())
    }

    fn contains(&self, parameter: Parameter) -> bool {
        self.encoded(parameter).is_some()
    }

    /// The decoded value of a parameter.
    pub(super) fn value(&self, parameter: Parameter) -> Option<Vec<u8>> {
        let value = self.encoded(parameter)?;
        // The whole capacity at once: a buffer that grows would leave copies of a session token behind.
        let mut decoded = Vec::with_capacity(value.size_hint().1.unwrap_or(0));
        decoded.extend(value.clone());
        Some(decoded)
    }
}

/// The headers that a verification needs by name.
#[derive(Default)]
pub(super) struct NamedHeaders<'a> {
    pub(super) authorization: NamedHeader<'a>,
    pub(super) content_sha256: NamedHeader<'a>,
    pub(super) date: NamedHeader<'a>,
    pub(super) host: NamedHeader<'a>,
    pub(super) token: NamedHeader<'a>,
}

/// A header that should occur once.
#[derive(Default)]
pub(super) struct NamedHeader<'a> {
    pub(super) first: Option<&'a [u8]>,
    pub(super) is_repeated: bool,
}

impl<'a> NamedHeaders<'a> {
    pub(super) fn find(headers: &[(&'a str, &'a [u8])], rules: &Rules) -> Self {
        let mut found = Self::default();
        for (name, value) in headers {
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let header = if is(HOST) {
                &mut found.host
            } else if is(AUTHORIZATION) {
                &mut found.authorization
            } else if is(DATE) {
                &mut found.date
            } else if is(CONTENT_SHA256) {
                &mut found.content_sha256
            } else if is(rules.session_token_name.header()) {
                &mut found.token
            } else {
                continue;
            };
            header.is_repeated = header.first.is_some();
            header.first.get_or_insert(value);
        }
        found
    }
}

impl<'a> NamedHeader<'a> {
    /// The value. The values of a repeated header are joined, as they are signed.
    pub(super) fn value(
        &self,
        name: &str,
        headers: &[(&'a str, &'a [u8])],
    ) -> Option<Cow<'a, [u8]>> {
        let first = self.first?;
        if !self.is_repeated {
            return Some(trim_ows(first).into());
        }
        let values = headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        Some(values.map(|(_, value)| trim_ows(value)).collect::<Vec<_>>().join(&b',').into())
    }
}

/// A received session token. A copy is wiped when it is dropped.
#[derive(Clone)]
pub(super) enum Token<'a> {
    Borrowed(&'a [u8]),
    Owned(Zeroizing<Vec<u8>>),
}

impl Token<'_> {
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(token) => token,
            Self::Owned(token) => token,
        }
    }
}

/// Returns the session token, which must not be both in a header and in the query string.
pub(super) fn find_session_token<'a>(
    headers: &NamedHeaders<'a>,
    request_headers: &[(&'a str, &'a [u8])],
    query: &QueryParameters<'a>,
    rules: &Rules,
) -> Result<Option<Token<'a>>, VerifyError> {
    let name = rules.session_token_name.header();
    match (headers.token.value(name, request_headers), query.value(Parameter::SessionToken)) {
        (Some(_), Some(_)) => Err(VerifyError::DuplicateParameter { name }),
        (Some(Cow::Borrowed(token)), None) => Ok(Some(Token::Borrowed(token))),
        (Some(Cow::Owned(token)), None) | (None, Some(token)) => {
            Ok(Some(Token::Owned(Zeroizing::new(token))))
        }
        (None, None) => Ok(None),
    }
}

/// Replaces what is not UTF-8, which is in no credential and in no date.
pub(super) fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
