//! The query parameters of a presigned URL
//! ([AWS: add the signature to the request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use core::fmt;
use core::time::Duration;

use super::encoding::PercentEncoder;
use super::names::Parameter;
use super::rules::{Rules, SessionToken, SessionTokenName};
use super::scope::{ALGORITHM, Credential};
use super::signing_key::Signature;
use super::sink::{Sink, write_decimal};
use super::timestamp::Timestamp;
use crate::error::SignError;

/// The maximum validity of a presigned URL: 7 days.
pub const MAX_EXPIRES: Duration = Duration::from_secs(604_800);

/// The parameters of a presigned URL: who signs, when, for how long, with which session token.
#[derive(Clone, Copy)]
pub struct QueryAuthorization<'a> {
    credential: Credential<'a>,
    timestamp: Timestamp,
    /// Seconds.
    expires: u32,
    token: Option<SessionTokenParameter<'a>>,
}

#[derive(Clone, Copy)]
struct SessionTokenParameter<'a> {
    name: SessionTokenName,
    value: &'a str,
    signing: SessionToken,
}

impl<'a> QueryAuthorization<'a> {
    /// Creates the parameters of a URL that is valid from `timestamp` for `expires`.
    ///
    /// # Errors
    ///
    /// Returns [`SignError::Expires`] unless `expires` is a number of whole seconds from 1 to [`MAX_EXPIRES`].
    pub fn new(
        credential: Credential<'a>,
        timestamp: Timestamp,
        expires: Duration,
    ) -> Result<Self, SignError> {
        match u32::try_from(expires.as_secs()) {
            Ok(seconds @ 1..) if expires <= MAX_EXPIRES && expires.subsec_nanos() == 0 => {
                Ok(Self { credential, timestamp, expires: seconds, token: None })
            }
            _ => Err(SignError::Expires { expires }),
        }
    }

    /// Adds a session token, under the name that the rules give it. The rules also say whether it is signed.
    #[must_use]
    pub fn with_session_token(mut self, value: &'a str, rules: &Rules) -> Self {
        let (name, signing) = (rules.session_token_name, rules.session_token);
        self.token = Some(SessionTokenParameter { name, value, signing });
        self
    }

    /// Returns the time at which the URL expires. It is counted from the whole second that the URL contains.
    ///
    /// # Errors
    ///
    /// Returns an error if that time is after the year 9999.
    pub fn expires_at(&self) -> Result<Timestamp, SignError> {
        let expires_at = self.timestamp.unix_timestamp() + i64::from(self.expires);
        Ok(Timestamp::from_unix_timestamp(expires_at)?)
    }

    /// The header of the session token, which must not be in the request as well.
    pub(crate) fn token_header(&self) -> Option<&'static str> {
        self.token.map(|token| token.name.header())
    }

    /// The parameters that are part of the signed query string, in the order of their names.
    pub(super) fn signed_parameters(&self) -> impl Iterator<Item = Parameter> {
        let token_is_signed = self.has_token(SessionToken::Signed);
        Parameter::ALL.into_iter().filter(move |parameter| match parameter {
            Parameter::SessionToken => token_is_signed,
            Parameter::Signature => false,
            _ => true,
        })
    }

    /// Whether there is a session token that is signed, or one that is not.
    fn has_token(&self, signing: SessionToken) -> bool {
        self.token.is_some_and(|token| token.signing == signing)
    }

    pub(super) fn name(&self, parameter: Parameter) -> &'static str {
        parameter.name(self.token.map_or(SessionTokenName::Security, |token| token.name))
    }

    /// Writes what follows the signed query string: a session token that is not signed, then the signature.
    pub(super) fn write_unsigned_parameters(&self, signature: &Signature, sink: &mut impl Sink) {
        if self.has_token(SessionToken::Unsigned) {
            sink.write(b"&");
            sink.write(self.name(Parameter::SessionToken).as_bytes());
            sink.write(b"=");
            self.write_value(Parameter::SessionToken, sink);
        }
        sink.write(b"&");
        sink.write(self.name(Parameter::Signature).as_bytes());
        sink.write(b"=");
        sink.write(signature.as_hex());
    }

    /// Writes the value of a parameter, percent-encoded. Those of the signed headers and of the signature are not known here.
    pub(super) fn write_value(&self, parameter: Parameter, sink: &mut impl Sink) {
        match parameter {
            Parameter::Algorithm => sink.write(ALGORITHM),
            Parameter::Credential => self.credential.write_in_query(sink),
            Parameter::Date => sink.write(self.timestamp.as_basic()),
            Parameter::Expires => write_decimal(self.expires, sink),
            Parameter::SessionToken => {
                let token = self.token.iter();
                token.for_each(|token| PercentEncoder(sink).write(token.value.as_bytes()));
            }
            Parameter::Signature | Parameter::SignedHeaders => {}
        }
    }
}

/// Formats whether there is a session token, not its value.
impl fmt::Debug for QueryAuthorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryAuthorization")
            .field("credential", &self.credential)
            .field("timestamp", &self.timestamp)
            .field("expires", &self.expires)
            .field("token", &self.token.map(|_| "[redacted]"))
            .finish()
    }
}
