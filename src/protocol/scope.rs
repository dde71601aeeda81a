//! The credential scope: the date, region and service for which a signature is valid
//! ([AWS: elements of a signature](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html)).

use core::fmt;

use super::encoding::{PercentEncoder, any_byte};
use super::sink::{Sink, Text};
use super::timestamp::Date;
use crate::error::{CredentialPart, SignError};

/// The name of the algorithm.
pub(crate) const ALGORITHM: &[u8] = b"AWS4-HMAC-SHA256";

/// The last part of every scope.
pub(crate) const TERMINATOR: &[u8] = b"aws4_request";

/// A credential scope, `YYYYMMDD/region/service/aws4_request`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    date: Date,
    region: &'a str,
    service: &'a str,
}

impl<'a> Scope<'a> {
    /// Creates a scope from a date (see [`Timestamp::date`](super::Timestamp::date)), a region and a service's signing name.
    ///
    /// # Errors
    ///
    /// Returns an error if the region or the service is empty, or contains `/`, `,` or anything but visible ASCII.
    pub fn new(date: Date, region: &'a str, service: &'a str) -> Result<Self, SignError> {
        let scope = Self::new_unchecked(date, region, service);
        scope.check()?;
        Ok(scope)
    }

    /// Creates a scope whose parts have been checked, or will be.
    pub(crate) fn new_unchecked(date: Date, region: &'a str, service: &'a str) -> Self {
        Self { date, region, service }
    }

    fn check(&self) -> Result<(), SignError> {
        check_part(CredentialPart::Region, self.region)?;
        check_part(CredentialPart::Service, self.service)
    }

    /// Returns the date.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    /// Returns the region.
    #[must_use]
    pub fn region(&self) -> &'a str {
        self.region
    }

    /// Returns the service's signing name.
    #[must_use]
    pub fn service(&self) -> &'a str {
        self.service
    }

    /// Writes the scope.
    pub fn write(&self, sink: &mut impl Sink) {
        sink.write(self.date.as_bytes());
        for part in [self.region.as_bytes(), self.service.as_bytes(), TERMINATOR] {
            sink.write(b"/");
            sink.write(part);
        }
    }
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An access key id and a credential scope: `AKIDEXAMPLE/20150830/us-east-1/service/aws4_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential<'a> {
    access_key_id: &'a str,
    scope: Scope<'a>,
}

impl<'a> Credential<'a> {
    /// Creates a credential.
    ///
    /// # Errors
    ///
    /// Returns an error if the access key id is empty, or contains `/`, `,` or anything but visible ASCII.
    pub fn new(access_key_id: &'a str, scope: Scope<'a>) -> Result<Self, SignError> {
        let credential = Self::new_unchecked(access_key_id, scope);
        credential.check()?;
        Ok(credential)
    }

    /// Creates a credential whose parts have been checked, or will be.
    pub(crate) fn new_unchecked(access_key_id: &'a str, scope: Scope<'a>) -> Self {
        Self { access_key_id, scope }
    }

    /// Checks all parts, those of the scope included.
    pub(crate) fn check(&self) -> Result<(), SignError> {
        check_part(CredentialPart::AccessKeyId, self.access_key_id)?;
        self.scope.check()
    }

    /// Returns the access key id.
    #[must_use]
    pub fn access_key_id(&self) -> &'a str {
        self.access_key_id
    }

    /// Returns the scope.
    #[must_use]
    pub fn scope(&self) -> Scope<'a> {
        self.scope
    }

    /// Writes the credential.
    pub fn write(&self, sink: &mut impl Sink) {
        sink.write(self.access_key_id.as_bytes());
        sink.write(b"/");
        self.scope.write(sink);
    }

    /// Writes the credential as the value of a query parameter.
    pub(crate) fn write_in_query(&self, sink: &mut impl Sink) {
        self.write(&mut PercentEncoder(sink));
    }
}

impl fmt::Display for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// Rejects what would shift the parts of a scope (`/`) or of an Authorization header (`,`), and line breaks.
fn check_part(part: CredentialPart, text: &str) -> Result<(), SignError> {
    check_ends(part, text.as_bytes())?;
    match text.bytes().position(|byte| !byte.is_ascii_graphic() || matches!(byte, b'/' | b',')) {
        Some(at) => Err(SignError::PartInvalid { part, at }),
        None => Ok(()),
    }
}

/// Rejects an empty part, and one with whitespace at an end, which is usually a line break of the file it was read from.
pub(crate) fn check_ends(part: CredentialPart, text: &[u8]) -> Result<(), SignError> {
    if text.is_empty() {
        Err(SignError::PartEmpty { part })
    } else if text.trim_ascii().len() < text.len() {
        Err(SignError::SurroundingWhitespace { part })
    } else {
        Ok(())
    }
}

/// Rejects a session token that no header can carry
/// ([RFC 9110, section 5.5](https://www.rfc-editor.org/rfc/rfc9110#name-field-values)).
pub(crate) fn check_token(token: &str) -> Result<(), SignError> {
    let is_forbidden = |byte: u8| byte.is_ascii_control() & (byte != b'\t');
    if !any_byte(token.as_bytes(), is_forbidden) {
        return Ok(());
    }
    let at = token.bytes().position(is_forbidden);
    at.map_or(Ok(()), |at| Err(SignError::PartInvalid { part: CredentialPart::SessionToken, at }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn date() -> Date {
        "20150830".parse().unwrap()
    }

    #[test]
    fn a_credential_has_five_parts() {
        let scope = Scope::new(date(), "us-east-1", "service").unwrap();
        let credential = Credential::new("AKIDEXAMPLE", scope).unwrap();
        assert_eq!(credential.to_string(), "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request");
    }

    #[test]
    fn parts_that_would_shift_the_others_are_rejected() {
        let error = |region, service| Scope::new(date(), region, service).unwrap_err().to_string();
        assert_eq!(error("", "s3"), "the region is empty");
        assert_eq!(error("us-east-1", ""), "the service is empty");
        assert_eq!(
            error("us/east", "s3"),
            "the region holds a byte at offset 2 that is not visible ASCII, or is '/' or ','"
        );
        for service in ["s\n3", "s 3", "s,3", "sé"] {
            let error = Scope::new(date(), "us-east-1", service).unwrap_err();
            assert!(matches!(error, SignError::PartInvalid { part: CredentialPart::Service, .. }));
        }
    }

    #[test]
    fn surrounding_whitespace_is_named() {
        let scope = Scope::new(date(), "us-east-1", "s3").unwrap();
        for id in ["AKIDEXAMPLE\n", " AKIDEXAMPLE"] {
            let error = Credential::new(id, scope).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the access key id starts or ends with whitespace: remove it"
            );
        }
    }
}
