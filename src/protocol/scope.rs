//! The credential scope: for which day, region and service a signature is good
//! ([AWS: elements of a signature](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html)).

use core::fmt;

use super::encoding::{encode, find, is_unreserved};
use super::sink::{Sink, Text};
use crate::error::{CredentialPart, SignError};

/// The name of the algorithm.
pub(crate) const ALGORITHM: &[u8] = b"AWS4-HMAC-SHA256";

/// What ends every scope.
pub(crate) const TERMINATOR: &[u8] = b"aws4_request";

/// `YYYYMMDD/region/service/aws4_request`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    day: [u8; 8],
    region: &'a str,
    service: &'a str,
}

impl<'a> Scope<'a> {
    /// A day in ASCII (`YYYYMMDD`, see [`Timestamp::day`](super::Timestamp::day)), a region, a service's signing name.
    ///
    /// # Errors
    /// The day is not eight digits; region or service is empty, or holds a `/`, a `,` or what is not visible ASCII.
    pub fn new(day: [u8; 8], region: &'a str, service: &'a str) -> Result<Self, SignError> {
        let scope = Self::of_checked(day, region, service);
        scope.check()?;
        Ok(scope)
    }

    /// A scope whose parts have been checked before, or will be.
    pub(crate) fn of_checked(day: [u8; 8], region: &'a str, service: &'a str) -> Self {
        Self { day, region, service }
    }

    fn check(&self) -> Result<(), SignError> {
        if let Some(at) = self.day.iter().position(|byte| !byte.is_ascii_digit()) {
            return Err(SignError::PartInvalid { part: CredentialPart::Day, at });
        }
        check_part(CredentialPart::Region, self.region)?;
        check_part(CredentialPart::Service, self.service)
    }

    /// The day, `YYYYMMDD` in ASCII.
    #[must_use]
    pub fn day(&self) -> [u8; 8] {
        self.day
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &'a str {
        self.region
    }

    /// The service's signing name.
    #[must_use]
    pub fn service(&self) -> &'a str {
        self.service
    }

    /// Writes the scope.
    pub fn write(&self, sink: &mut impl Sink) {
        self.write_parts(b"/", Sink::put, sink);
    }

    /// Writes the scope with another slash, and region and service as `put` does it.
    #[inline]
    fn write_parts<S: Sink>(&self, slash: &[u8], put: impl Fn(&mut S, &[u8]), sink: &mut S) {
        sink.put(&self.day);
        sink.put(slash);
        put(sink, self.region.as_bytes());
        sink.put(slash);
        put(sink, self.service.as_bytes());
        sink.put(slash);
        sink.put(TERMINATOR);
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

/// Who signs, and for what: `AKIDEXAMPLE/20150830/us-east-1/service/aws4_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential<'a> {
    access_key_id: &'a str,
    scope: Scope<'a>,
}

impl<'a> Credential<'a> {
    /// An access key id and a scope.
    ///
    /// # Errors
    /// The access key id is empty, or holds a `/`, a `,` or what is not visible ASCII.
    pub fn new(access_key_id: &'a str, scope: Scope<'a>) -> Result<Self, SignError> {
        let credential = Self::of_checked(access_key_id, scope);
        credential.check()?;
        Ok(credential)
    }

    /// A credential whose parts have been checked before, or will be.
    pub(crate) fn of_checked(access_key_id: &'a str, scope: Scope<'a>) -> Self {
        Self { access_key_id, scope }
    }

    /// Checks the scope as well.
    pub(crate) fn check(&self) -> Result<(), SignError> {
        check_part(CredentialPart::AccessKeyId, self.access_key_id)?;
        self.scope.check()
    }

    /// The access key id.
    #[must_use]
    pub fn access_key_id(&self) -> &'a str {
        self.access_key_id
    }

    /// The scope.
    #[must_use]
    pub fn scope(&self) -> Scope<'a> {
        self.scope
    }

    /// Writes the credential.
    pub fn write(&self, sink: &mut impl Sink) {
        self.write_parts(b"/", Sink::put, sink);
    }

    /// Writes the credential as it stands in a query.
    pub(super) fn write_in_query(&self, sink: &mut impl Sink) {
        self.write_parts(b"%2F", |sink, part| encode(sink, part, is_unreserved), sink);
    }

    #[inline]
    fn write_parts<S: Sink>(&self, slash: &[u8], put: impl Fn(&mut S, &[u8]), sink: &mut S) {
        put(sink, self.access_key_id.as_bytes());
        sink.put(slash);
        self.scope.write_parts(slash, put, sink);
    }
}

impl fmt::Display for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// A `/` would shift the parts of a scope, a `,` those of an Authorization header, a line break everything.
fn check_part(part: CredentialPart, text: &str) -> Result<(), SignError> {
    if text.is_empty() {
        return Err(SignError::PartEmpty { part });
    }
    match text.bytes().position(|byte| !byte.is_ascii_graphic() || matches!(byte, b'/' | b',')) {
        Some(at) => Err(SignError::PartInvalid { part, at }),
        None => Ok(()),
    }
}

/// Whether a header can carry a session token
/// ([RFC 9110, 5.5](https://www.rfc-editor.org/rfc/rfc9110#name-field-values)).
pub(crate) fn check_token(token: &str) -> Result<(), SignError> {
    match find(token.as_bytes(), |byte| byte.is_ascii_control() & (byte != b'\t')) {
        Some(at) => Err(SignError::PartInvalid { part: CredentialPart::SessionToken, at }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_credential_is_written_in_five_parts() {
        let scope = Scope::new(*b"20150830", "us-east-1", "service").unwrap();
        let credential = Credential::new("AKIDEXAMPLE", scope).unwrap();
        assert_eq!(credential.to_string(), "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request");
    }

    #[test]
    fn a_part_that_would_shift_the_others_is_refused() {
        let error =
            |region, service| Scope::new(*b"20150830", region, service).unwrap_err().to_string();
        assert_eq!(error("", "s3"), "the region is empty");
        assert_eq!(error("us-east-1", ""), "the service is empty");
        assert_eq!(
            error("us/east", "s3"),
            "the region holds a byte at offset 2 that is not visible ASCII, or is '/' or ','"
        );
        let error = Scope::new(*b"2015\r\n30", "us-east-1", "s3").unwrap_err();
        assert_eq!(error.to_string(), "the day holds a byte at offset 4 that is no digit");
        for service in ["s3\n", "s 3", "s,3", "sé"] {
            let error = Scope::new(*b"20150830", "us-east-1", service).unwrap_err();
            assert!(matches!(error, SignError::PartInvalid { part: CredentialPart::Service, .. }));
        }
    }
}
