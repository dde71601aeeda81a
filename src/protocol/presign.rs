//! A signature's parameters in a query: what a presigned URL holds beside the request's own
//! ([AWS: add the signature to the request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use core::fmt;

use super::canonical::Headers;
use super::encode::Encoding;
use super::rules::{Rules, SessionToken, SessionTokenName};
use super::scope::Credential;
use super::signing_key::Signature;
use super::sink::Sink;
use super::string_to_sign::ALGORITHM;
use super::timestamp::{TimeForm, Timestamp};
use crate::error::SignError;

/// The longest life of a presigned URL, in seconds: 7 days.
pub const MAX_EXPIRES: u32 = 604_800;

/// A parameter that signing adds. `Signature` is never signed itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    Algorithm,
    Credential,
    Date,
    Expires,
    SessionToken,
    SignedHeaders,
    Signature,
}

impl Parameter {
    /// In the order in which their names sort, but for the signature, which comes last.
    pub(crate) const ALL: [Self; 7] = [
        Self::Algorithm,
        Self::Credential,
        Self::Date,
        Self::Expires,
        Self::SessionToken,
        Self::SignedHeaders,
        Self::Signature,
    ];

    pub(crate) fn name(self, token: SessionTokenName) -> &'static str {
        match self {
            Self::Algorithm => "X-Amz-Algorithm",
            Self::Credential => "X-Amz-Credential",
            Self::Date => "X-Amz-Date",
            Self::Expires => "X-Amz-Expires",
            Self::SessionToken => token.parameter(),
            Self::SignedHeaders => "X-Amz-SignedHeaders",
            Self::Signature => "X-Amz-Signature",
        }
    }
}

/// What the parameters say: who signs, when, for how long, with which session token.
#[derive(Clone, Copy)]
pub struct QueryAuthorization<'a> {
    credential: Credential<'a>,
    timestamp: Timestamp,
    form: TimeForm,
    /// Seconds.
    expires: u32,
    token: Option<Token<'a>>,
    signed_headers: SignedHeadersParameter,
}

/// A session token in a query.
#[derive(Clone, Copy)]
struct Token<'a> {
    name: SessionTokenName,
    value: &'a str,
    place: SessionToken,
}

/// Whether the query lists the signed headers: that of a URL does, that of a login does not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SignedHeadersParameter {
    Listed,
    Unlisted,
}

impl<'a> QueryAuthorization<'a> {
    /// The parameters of a presigned URL that is good for `expires` seconds from a time on.
    ///
    /// # Errors
    /// [`SignError::Expires`], unless it is good for 1 to [`MAX_EXPIRES`] seconds.
    pub fn new(
        credential: Credential<'a>,
        timestamp: Timestamp,
        expires: u32,
    ) -> Result<Self, SignError> {
        if !(1..=MAX_EXPIRES).contains(&expires) {
            return Err(SignError::Expires { seconds: expires.into() });
        }
        let signed_headers = SignedHeadersParameter::Listed;
        let form = TimeForm::Basic;
        Ok(Self { credential, timestamp, form, expires, token: None, signed_headers })
    }

    /// The parameters of a login, which is good for 15 minutes.
    pub(crate) fn of_login(credential: Credential<'a>, timestamp: Timestamp) -> Self {
        Self {
            credential,
            timestamp,
            form: TimeForm::Extended,
            expires: 900,
            token: None,
            signed_headers: SignedHeadersParameter::Unlisted,
        }
    }

    /// The same with a session token, in the place and under the name that the rules say.
    #[must_use]
    pub fn with_session_token(mut self, value: &'a str, rules: &Rules) -> Self {
        let (name, place) = (rules.session_token_name, rules.session_token);
        self.token = Some(Token { name, value, place });
        self
    }

    /// When the URL ends.
    ///
    /// # Errors
    /// That is outside the years 1 to 9999.
    pub fn expires_at(&self) -> Result<Timestamp, SignError> {
        Ok(self.timestamp.checked_add(time::Duration::seconds(self.expires.into()))?)
    }
}

impl QueryAuthorization<'_> {
    /// The name of the token's header, which must not be in the request as well.
    pub(crate) fn token_header(&self) -> Option<&'static str> {
        self.token.map(|token| token.name.header())
    }

    pub(crate) fn name_of(&self, parameter: Parameter) -> &'static str {
        parameter.name(self.token.map_or(SessionTokenName::Security, |token| token.name))
    }

    /// What is signed, in sorted order.
    pub(crate) fn signed_parameters(&self) -> impl Iterator<Item = Parameter> {
        let token_is_signed = self.token.is_some_and(|token| token.place == SessionToken::Signed);
        let is_listed = self.signed_headers == SignedHeadersParameter::Listed;
        Parameter::ALL.into_iter().filter(move |parameter| match parameter {
            Parameter::SessionToken => token_is_signed,
            Parameter::SignedHeaders => is_listed,
            Parameter::Signature => false,
            _ => true,
        })
    }

    /// Writes `name=value`.
    pub(crate) fn write(&self, parameter: Parameter, headers: &Headers<'_>, sink: &mut impl Sink) {
        sink.put(self.name_of(parameter).as_bytes());
        sink.put(b"=");
        let mut value = Encoding(sink);
        match parameter {
            Parameter::Algorithm => value.put(ALGORITHM),
            Parameter::Credential => self.credential.write(&mut value),
            Parameter::Date => self.timestamp.write(self.form, &mut value),
            Parameter::Expires => put_decimal(&mut value, self.expires),
            Parameter::SessionToken => {
                self.token.iter().for_each(|token| value.put(token.value.as_bytes()));
            }
            Parameter::SignedHeaders => headers.write_names(&mut value),
            Parameter::Signature => {}
        }
    }

    /// Writes what follows the signed query in the URL: a token that is not signed, then the signature.
    pub(crate) fn write_unsigned(
        &self,
        signature: &Signature,
        headers: &Headers<'_>,
        sink: &mut impl Sink,
    ) {
        if self.token.is_some_and(|token| token.place == SessionToken::Unsigned) {
            sink.put(b"&");
            self.write(Parameter::SessionToken, headers, sink);
        }
        sink.put(b"&");
        sink.put(self.name_of(Parameter::Signature).as_bytes());
        sink.put(b"=");
        sink.put(signature.hex().as_bytes());
    }
}

/// Shows that there is a token, not which.
impl fmt::Debug for QueryAuthorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryAuthorization")
            .field("credential", &self.credential)
            .field("timestamp", &self.timestamp)
            .field("expires", &self.expires)
            .field("token", &self.token.map(|_| "[redacted]"))
            .finish_non_exhaustive()
    }
}

fn put_decimal(sink: &mut impl Sink, mut value: u32) {
    let mut digits = [b'0'; 10];
    for digit in digits.iter_mut().rev() {
        *digit += (value % 10).to_le_bytes()[0];
        value /= 10;
    }
    let zeros = digits.iter().take(9).take_while(|digit| **digit == b'0').count();
    sink.put(digits.get(zeros..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    #[test]
    fn decimals_have_no_leading_zeros() {
        for value in [0, 1, 10, 604_800, u32::MAX] {
            let mut text = Vec::new();
            put_decimal(&mut text, value);
            assert_eq!(text, value.to_string().into_bytes());
        }
    }
}
