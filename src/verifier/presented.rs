//! What a request says of its own signature, in its Authorization header or in its query. Nothing of it is believed.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::error::VerifyError;
use super::fault::SignaturePlace;
use crate::protocol::canonical::{
    AUTHORIZATION, CONTENT_SHA256, DATE, HOST, is_blank, is_named, trim,
};
use crate::protocol::{ALGORITHM, Decoded, Parameter, Plus, SessionTokenName, decoded, split};

/// The parts of a signature, wherever they stood.
pub(super) struct Presented<'a> {
    pub(super) place: SignaturePlace,
    pub(super) credential: Cow<'a, [u8]>,
    pub(super) signed_headers: Cow<'a, [u8]>,
    pub(super) signature: Cow<'a, [u8]>,
}

/// The parts of an Authorization header, in the order in which AWS complains of those that are missing.
const PARTS: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];

impl<'a> Presented<'a> {
    /// Reads an Authorization header.
    pub(super) fn in_header(value: &'a [u8]) -> Result<Self, VerifyError> {
        let text = trim(value);
        let parts = text.strip_prefix(ALGORITHM);
        let parts = parts.filter(|parts| parts.first().is_none_or(|byte| is_blank(*byte)));
        let Some(parts) = parts else {
            // A value of one word may be a secret.
            let length = text.iter().position(|byte| is_blank(*byte)).unwrap_or_default();
            let algorithm = lossy(text.get(..length).unwrap_or_default());
            let place = SignaturePlace::Header;
            return Err(VerifyError::AlgorithmUnsupported { algorithm, place });
        };
        let mut found = [None; PARTS.len()];
        for part in split(parts, b',').filter(|_| !parts.is_empty()) {
            let Some(equals) = part.iter().position(|byte| *byte == b'=') else {
                return Err(VerifyError::AuthorizationForm);
            };
            let (name, value) = part.split_at(equals);
            let (name, value) = (trim(name), trim(value.get(1..).unwrap_or_default()));
            for (known, slot) in PARTS.into_iter().zip(&mut found) {
                if known.as_bytes() == name && slot.replace(value).is_some() {
                    return Err(VerifyError::PartRepeated { name: known });
                }
            }
        }
        let [Some(credential), Some(signature), Some(signed_headers)] = found else {
            let missing = PARTS.into_iter().zip(found).filter(|(_, value)| value.is_none());
            let parts = missing.map(|(name, _)| name).collect();
            return Err(VerifyError::PartsMissing { place: SignaturePlace::Header, parts });
        };
        Ok(Self {
            place: SignaturePlace::Header,
            credential: credential.into(),
            signed_headers: signed_headers.into(),
            signature: signature.into(),
        })
    }
}

/// The parameters of a query that may belong to a signature, each still encoded.
pub(super) struct QueryParameters<'a> {
    found: [Option<Decoded<'a>>; Parameter::ALL.len()],
    token_name: SessionTokenName,
    /// The first that stands there twice.
    pub(super) repeated: Option<&'static str>,
}

impl<'a> QueryParameters<'a> {
    pub(super) fn find(query: &'a [u8], plus: Plus, token_name: SessionTokenName) -> Self {
        let mut parameters = Self { found: [const { None }; _], token_name, repeated: None };
        for (name, value) in decoded(query, plus) {
            let slots = Parameter::ALL.into_iter().zip(&mut parameters.found);
            for (parameter, slot) in slots {
                let known = parameter.name(token_name);
                if name.clone().eq(known.bytes()) && slot.replace(value.clone()).is_some() {
                    parameters.repeated.get_or_insert(known);
                }
            }
        }
        parameters
    }

    /// A parameter's value, decoded.
    pub(super) fn value(&self, parameter: Parameter) -> Option<Vec<u8>> {
        let mut slots = Parameter::ALL.into_iter().zip(&self.found);
        let value = slots.find(|(known, _)| *known == parameter)?.1.clone()?;
        // All at once, so that no copy of a token is left behind where it grew.
        let mut decoded = Vec::with_capacity(value.size_hint().1.unwrap_or_default());
        decoded.extend(value);
        Some(decoded)
    }

    pub(super) fn holds(&self, parameter: Parameter) -> bool {
        let mut slots = Parameter::ALL.into_iter().zip(&self.found);
        slots.any(|(known, value)| known == parameter && value.is_some())
    }

    /// The parts of a presigned URL, in which all parameters but the session token stand.
    pub(super) fn presented<'p>(&self) -> Result<Presented<'p>, VerifyError> {
        let value = |parameter| self.value(parameter).unwrap_or_default();
        let algorithm = value(Parameter::Algorithm);
        if algorithm != ALGORITHM {
            let (algorithm, place) = (lossy(&algorithm), SignaturePlace::Query);
            return Err(VerifyError::AlgorithmUnsupported { algorithm, place });
        }
        // In the order in which AWS complains of those that are missing.
        let required = [
            Parameter::Credential,
            Parameter::Signature,
            Parameter::SignedHeaders,
            Parameter::Date,
            Parameter::Expires,
        ];
        let missing = required.into_iter().filter(|parameter| !self.holds(*parameter));
        let parts: Vec<_> = missing.map(|parameter| parameter.name(self.token_name)).collect();
        if !parts.is_empty() {
            return Err(VerifyError::PartsMissing { place: SignaturePlace::Query, parts });
        }
        Ok(Presented {
            place: SignaturePlace::Query,
            credential: value(Parameter::Credential).into(),
            signed_headers: value(Parameter::SignedHeaders).into(),
            signature: value(Parameter::Signature).into(),
        })
    }
}

/// The headers that a verification asks for by name.
#[derive(Default)]
pub(super) struct NamedHeaders<'a> {
    pub(super) authorization: Named<'a>,
    pub(super) content_sha256: Named<'a>,
    pub(super) date: Named<'a>,
    pub(super) host: Named<'a>,
    pub(super) token: Named<'a>,
}

/// A header that there should be one of.
#[derive(Default)]
pub(super) struct Named<'a> {
    pub(super) first: Option<&'a [u8]>,
    pub(super) is_repeated: bool,
}

impl<'a> NamedHeaders<'a> {
    pub(super) fn find(sent: &[(&'a str, &'a [u8])], token_header: &str) -> Self {
        let mut named = Self::default();
        for (name, value) in sent {
            let is = |other: &str| is_named(name, other);
            let header = if is(HOST) {
                &mut named.host
            } else if is(AUTHORIZATION) {
                &mut named.authorization
            } else if is(DATE) {
                &mut named.date
            } else if is(CONTENT_SHA256) {
                &mut named.content_sha256
            } else if is(token_header) {
                &mut named.token
            } else {
                continue;
            };
            header.is_repeated = header.first.is_some();
            header.first.get_or_insert(value);
        }
        named
    }
}

impl<'a> Named<'a> {
    /// The value: those of a header that is repeated are joined, as they are signed.
    pub(super) fn joined(&self, name: &str, sent: &[(&'a str, &'a [u8])]) -> Option<Cow<'a, [u8]>> {
        let first = self.first?;
        if !self.is_repeated {
            return Some(trim(first).into());
        }
        let values = sent.iter().filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        Some(values.map(|(_, value)| trim(value)).collect::<Vec<_>>().join(&b',').into())
    }
}

/// A session token that arrived. What had to be copied of it is wiped on drop.
#[derive(Clone)]
pub(super) enum Token<'a> {
    Sent(&'a [u8]),
    Copied(Zeroizing<Vec<u8>>),
}

impl Token<'_> {
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sent(token) => token,
            Self::Copied(token) => token,
        }
    }
}

impl<'a> From<Cow<'a, [u8]>> for Token<'a> {
    fn from(token: Cow<'a, [u8]>) -> Self {
        match token {
            Cow::Borrowed(token) => Self::Sent(token),
            Cow::Owned(token) => Self::Copied(Zeroizing::new(token)),
        }
    }
}

/// What is not UTF-8 is replaced: it is in no credential and in no date.
pub(super) fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
