//! A signature's parameters in a query: what a presigned URL holds beside the request's own
//! ([AWS: add the signature to the request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use core::fmt;
use core::time::Duration;

use super::canonical::headers::Headers;
use super::canonical::query::{Query, decoded};
use super::encoding::Encoding;
use super::rules::{Rules, SessionToken, SessionTokenName};
use super::scope::{ALGORITHM, Credential};
use super::signing_key::Signature;
use super::sink::Sink;
use super::timestamp::{TimeForm, Timestamp};
use crate::error::{CanonicalError, SignError};

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
            return Err(SignError::Expires { expires: Duration::from_secs(expires.into()) });
        }
        let signed_headers = SignedHeadersParameter::Listed;
        let form = TimeForm::Basic;
        Ok(Self { credential, timestamp, form, expires, token: None, signed_headers })
    }

    /// The parameters of a login to Amazon Keyspaces: its time has milliseconds, and the signed headers are not listed.
    pub(crate) fn of_login(credential: Credential<'a>, timestamp: Timestamp, expires: u32) -> Self {
        let signed_headers = SignedHeadersParameter::Unlisted;
        let form = TimeForm::Extended;
        Self { credential, timestamp, form, expires, token: None, signed_headers }
    }

    /// The same with a session token, in the place and under the name that the rules say.
    #[must_use]
    pub fn with_session_token(mut self, value: &'a str, rules: &Rules) -> Self {
        let (name, place) = (rules.session_token_name, rules.session_token);
        self.token = Some(Token { name, value, place });
        self
    }

    /// When the URL ends. It begins in the whole second that it names.
    ///
    /// # Errors
    /// That is outside the years 1 to 9999.
    pub fn expires_at(&self) -> Result<Timestamp, SignError> {
        Ok(Timestamp::from_unix(self.timestamp.unix() + i64::from(self.expires))?)
    }
}

impl QueryAuthorization<'_> {
    /// The name of the token's header, which must not be in the request as well.
    pub(crate) fn token_header(&self) -> Option<&'static str> {
        self.token.map(|token| token.name.header())
    }

    fn name_of(&self, parameter: Parameter) -> &'static str {
        parameter.name(self.token.map_or(SessionTokenName::Security, |token| token.name))
    }

    /// What is signed, in sorted order.
    fn signed_parameters(&self) -> impl Iterator<Item = Parameter> {
        let token_is_signed = self.token.is_some_and(|token| token.place == SessionToken::Signed);
        let is_listed = self.signed_headers == SignedHeadersParameter::Listed;
        Parameter::ALL.into_iter().filter(move |parameter| match parameter {
            Parameter::SessionToken => token_is_signed,
            Parameter::SignedHeaders => is_listed,
            Parameter::Signature => false,
            _ => true,
        })
    }

    /// Writes the signed query: a request's own parameters and these, sorted.
    pub(crate) fn write_signed(
        &self,
        query: &Query<'_>,
        headers: &Headers<'_>,
        sink: &mut impl Sink,
    ) {
        // Most presigned requests have no parameters of their own.
        let own = (!query.is_empty()).then(|| query.sorted());
        let mut separator = b"".as_slice();
        let mut written = 0;
        for parameter in self.signed_parameters() {
            if let Some(own) = &own {
                let earlier = own.count_before(self.name_of(parameter));
                own.write_range(written..earlier, &mut separator, sink);
                written = earlier;
            }
            sink.put(separator);
            self.write(parameter, headers, sink);
            separator = b"&";
        }
        if let Some(own) = &own {
            own.write_range(written..own.len(), &mut separator, sink);
        }
    }

    /// Writes `name=value`.
    fn write(&self, parameter: Parameter, headers: &Headers<'_>, sink: &mut impl Sink) {
        sink.put(self.name_of(parameter).as_bytes());
        sink.put(b"=");
        match parameter {
            // These hold nothing that would be encoded.
            Parameter::Algorithm => sink.put(ALGORITHM),
            Parameter::Expires => put_decimal(sink, self.expires),
            Parameter::Credential => self.credential.write_in_query(sink),
            Parameter::Date => self.timestamp.write_in_query(self.form, sink),
            Parameter::SessionToken => {
                self.token.iter().for_each(|token| Encoding(sink).put(token.value.as_bytes()));
            }
            Parameter::SignedHeaders => headers.write_names(&mut Encoding(sink)),
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
        sink.put(signature.as_bytes());
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

/// Refuses a query that is signed already: sending it would carry two signatures.
pub(crate) fn check_unsigned(sent: &[u8], rules: &Rules) -> Result<(), CanonicalError> {
    // Most requests have none.
    if sent.is_empty() {
        return Ok(());
    }
    let names = Parameter::ALL.iter().map(|parameter| parameter.name(SessionTokenName::Security));
    let reserved = names.chain([rules.session_token_name.parameter()]);
    for (sent_name, _) in decoded(sent, rules.plus) {
        if let Some(name) = reserved.clone().find(|name| sent_name.clone().eq(name.bytes())) {
            return Err(CanonicalError::SignedAlready { name });
        }
    }
    Ok(())
}

fn put_decimal(sink: &mut impl Sink, mut value: u32) {
    let mut digits = [b'0'; 10];
    let mut zeros = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit += (value % 10).to_le_bytes()[0];
        value /= 10;
        zeros -= 1;
        if value == 0 {
            break;
        }
    }
    sink.put(digits.get(zeros..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
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

    #[test]
    fn parameters_of_a_signature_are_refused_by_their_decoded_name() {
        let check = |query: &str| check_unsigned(query.as_bytes(), &Rules::DEFAULT);
        for name in [
            "Algorithm",
            "Credential",
            "Date",
            "Expires",
            "Security-Token",
            "Signature",
            "SignedHeaders",
        ] {
            let error = check(&format!("a=b&X-Amz-{name}=")).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "the query already holds the parameter X-Amz-{name}: the request is signed already"
                )
            );
        }
        assert!(check("%58-Amz%2DDate").is_err());
        let s3_express = Rules::S3.with_session_token_name(SessionTokenName::S3Session);
        assert!(check_unsigned(b"X-Amz-S3session-Token=1", &s3_express).is_err());
        assert_eq!(check("x-amz-date=1&X-Amz-Dates=1&X-Amz-S3session-Token=1"), Ok(()));
    }
}
