//! What a request says of its own signature, in its Authorization header or in its query. Nothing of it is believed.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use super::error::{SignaturePlace, VerifyError};
use crate::protocol::canonical::{SentHeaders, trim};
use crate::protocol::{ALGORITHM, Decoded, Parameter, Plus, SessionTokenName, decoded};

/// The parts of a signature, wherever they stood.
pub(super) struct Presented<'a> {
    pub(super) place: SignaturePlace,
    pub(super) credential: Cow<'a, str>,
    pub(super) signed_headers: Cow<'a, str>,
    pub(super) signature: Cow<'a, str>,
}

const CREDENTIAL: &str = "Credential";
const SIGNATURE: &str = "Signature";
const SIGNED_HEADERS: &str = "SignedHeaders";

impl<'a> Presented<'a> {
    /// Reads an Authorization header.
    pub(super) fn in_header(value: &'a [u8]) -> Result<Self, VerifyError> {
        let text = str::from_utf8(trim(value)).map_err(|_| VerifyError::AuthorizationForm)?;
        let (algorithm, parts) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        if algorithm.as_bytes() != ALGORITHM {
            let algorithm = if parts.is_empty() { "" } else { algorithm }.to_owned();
            return Err(VerifyError::AlgorithmUnsupported { algorithm });
        }
        // In the order in which AWS complains of those that are missing.
        let mut found = [(CREDENTIAL, None), (SIGNATURE, None), (SIGNED_HEADERS, None)];
        for part in parts.split(',').filter(|_| !parts.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(VerifyError::AuthorizationForm)?;
            let (name, value) = (trim_blanks(name), trim_blanks(value));
            if let Some((name, slot)) = found.iter_mut().find(|(known, _)| *known == name)
                && slot.replace(value).is_some()
            {
                return Err(VerifyError::PartRepeated { name });
            }
        }
        let [(_, Some(credential)), (_, Some(signature)), (_, Some(signed_headers))] = found else {
            let missing = found.into_iter().filter(|(_, value)| value.is_none());
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
        let (_, value) = slots.find(|(known, _)| *known == parameter)?;
        value.clone().map(Iterator::collect)
    }

    pub(super) fn holds(&self, parameter: Parameter) -> bool {
        let mut slots = Parameter::ALL.into_iter().zip(&self.found);
        slots.any(|(known, value)| known == parameter && value.is_some())
    }

    /// A parameter's value as a text. What is not UTF-8 is replaced: it is in no credential and in no date.
    pub(super) fn text(&self, parameter: Parameter) -> Option<String> {
        self.value(parameter).map(|value| match String::from_utf8(value) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }

    /// The parts of a presigned URL, in which all parameters but the session token stand.
    pub(super) fn presented<'p>(&self) -> Result<Presented<'p>, VerifyError> {
        let algorithm = self.text(Parameter::Algorithm).unwrap_or_default();
        if algorithm.as_bytes() != ALGORITHM {
            return Err(VerifyError::AlgorithmUnsupported { algorithm });
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
        let text = |parameter| Cow::Owned(self.text(parameter).unwrap_or_default());
        Ok(Presented {
            place: SignaturePlace::Query,
            credential: text(Parameter::Credential),
            signed_headers: text(Parameter::SignedHeaders),
            signature: text(Parameter::Signature),
        })
    }
}

/// The value of a header: those of one that is repeated, joined as they are signed.
pub(super) fn joined<'a>(sent: impl SentHeaders<'a>, name: &str) -> Option<Cow<'a, [u8]>> {
    let mut values = sent.iter().filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
    let (_, first) = values.next()?;
    Some(values.fold(Cow::Borrowed(trim(first)), |joined, (_, next)| {
        let mut joined = joined.into_owned();
        joined.push(b',');
        joined.extend_from_slice(trim(next));
        Cow::Owned(joined)
    }))
}

fn trim_blanks(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
