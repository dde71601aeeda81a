//! The signing key, and what it signs
//! ([AWS: derive a signing key](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use zeroize::Zeroizing;

use super::digest::{Hmac, Sha256};
use super::payload::to_hex;
use super::scope::{Scope, TERMINATOR};
use super::timestamp::Timestamp;
use crate::error::{CredentialPart, SignError};

/// A key that signs for one day, region and service. It cannot be turned back into the secret; wiped on drop.
///
/// ```
/// use countersign::protocol::{Scope, SigningKey};
///
/// let scope = Scope::new(*b"20150830", "us-east-1", "iam")?;
/// let key = SigningKey::derive(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope)?;
/// println!("{}", key.sign(b"any text: a POST policy, a chunk's string to sign"));
/// # Ok::<(), countersign::SignError>(())
/// ```
pub struct SigningKey {
    hmac: Hmac,
    day: [u8; 8],
    region: Box<str>,
    service: Box<str>,
}

impl SigningKey {
    /// Derives the key of a secret access key for a scope. Costs four HMACs.
    ///
    /// # Errors
    /// The secret is empty.
    pub fn derive(secret_access_key: &[u8], scope: Scope<'_>) -> Result<Self, SignError> {
        Ok(Self::from_bytes(&*Self::derive_bytes(secret_access_key, scope)?, scope))
    }

    /// The bytes of the key of a secret access key for a scope, to be handed to a machine that must not hold the
    /// secret. See [`from_bytes`](Self::from_bytes).
    ///
    /// # Errors
    /// The secret is empty.
    pub fn derive_bytes(
        secret_access_key: &[u8],
        scope: Scope<'_>,
    ) -> Result<Zeroizing<[u8; 32]>, SignError> {
        if secret_access_key.is_empty() {
            return Err(SignError::PartEmpty { part: CredentialPart::SecretAccessKey });
        }
        let secret = Hmac::new(&[b"AWS4", secret_access_key]);
        let step = |hmac: &Hmac, text: &[u8]| Zeroizing::new(hmac.code(text));
        let day = step(&secret, &scope.day());
        let region = step(&Hmac::new(&[&*day]), scope.region().as_bytes());
        let service = step(&Hmac::new(&[&*region]), scope.service().as_bytes());
        Ok(step(&Hmac::new(&[&*service]), TERMINATOR))
    }

    /// A key that was derived elsewhere, with the scope it was derived for.
    #[must_use]
    pub fn from_bytes(key: &[u8; 32], scope: Scope<'_>) -> Self {
        Self {
            hmac: Hmac::new(&[key]),
            day: scope.day(),
            region: scope.region().into(),
            service: scope.service().into(),
        }
    }

    /// What the key is good for.
    #[must_use]
    pub fn scope(&self) -> Scope<'_> {
        Scope::of_checked(self.day, &self.region, &self.service)
    }

    /// A key is good for one day only.
    pub(crate) fn check_day(&self, timestamp: Timestamp) -> Result<(), SignError> {
        if self.day == timestamp.day() {
            return Ok(());
        }
        let text = |day: [u8; 8]| String::from_utf8_lossy(&day).into_owned();
        Err(SignError::KeyDate { key_date: text(self.day), request_date: text(timestamp.day()) })
    }

    /// Signs a text.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> Signature {
        Signature(to_hex(&self.hmac.code(text)))
    }

    /// Signs the text that `write` puts into the sink.
    pub(crate) fn sign_with(&self, write: impl FnOnce(&mut Sha256)) -> Signature {
        Signature(to_hex(&self.hmac.code_of(write)))
    }
}

/// Shows the scope, never the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("scope", &self.scope()).finish_non_exhaustive()
    }
}

/// A signature: 32 bytes, written as 64 hex digits in lower case.
#[derive(Clone, Copy)]
pub struct Signature([u8; 64]);

impl Signature {
    pub(crate) fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// The hex digits.
    #[must_use]
    pub fn hex(&self) -> &str {
        // Cannot fail: hex digits are ASCII.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hex())
    }
}

/// Shows nothing: with its request, a signature is a bearer secret for some minutes.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    /// AWS's own example of a derived key.
    #[test]
    fn the_key_of_a_day() {
        let secret = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let scope = Scope::new(*b"20150830", "us-east-1", "iam").unwrap();
        let bytes = SigningKey::derive_bytes(secret, scope).unwrap();
        assert_eq!(
            hex::encode(*bytes),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
        let key = SigningKey::derive(secret, scope).unwrap();
        let handed_over = SigningKey::from_bytes(&bytes, scope);
        assert_eq!(key.sign(b"text").hex(), handed_over.sign(b"text").hex());
        assert_eq!(handed_over.scope(), scope);
    }

    #[test]
    fn bytes_of_a_key_are_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let scope = Scope::new(*b"20150830", "us-east-1", "iam").unwrap();
        is_wiped(&SigningKey::derive_bytes(b"secret", scope).unwrap());
    }

    #[test]
    fn debug_shows_the_scope_and_no_key() {
        let scope = Scope::new(*b"20150830", "us-east-1", "iam").unwrap();
        let key = SigningKey::derive(b"secret", scope).unwrap();
        assert_eq!(
            format!("{key:?} {:?}", key.sign(b"")),
            "SigningKey { scope: 20150830/us-east-1/iam/aws4_request, .. } Signature([redacted])"
        );
    }

    #[test]
    fn an_empty_secret_is_refused() {
        let scope = Scope::new(*b"20150830", "us-east-1", "iam").unwrap();
        let error = SigningKey::derive(b"", scope).unwrap_err();
        assert_eq!(error.to_string(), "the secret access key is empty");
    }
}
