//! The signing key, and the signature
//! ([AWS: derive a signing key](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use alloc::boxed::Box;
use alloc::string::ToString;
use core::fmt;
use core::hash::{Hash, Hasher};

use zeroize::Zeroizing;

use super::digest::{Hmac, HmacMessage, ct_eq};
use super::encoding::to_hex;
use super::scope::{Scope, TERMINATOR, check_ends};
use super::sink::Sink;
use super::timestamp::{Date, Timestamp};
use crate::error::{CredentialPart, SignError};

/// A signing key: the result of deriving a secret access key for one date, region and service.
///
/// A `SigningKey` can sign any number of requests in its scope, but the secret access key cannot be recovered from it. This
/// makes it suitable for handing to a process that should not hold the secret. The key is erased from memory when it is
/// dropped.
///
/// This example derives a key and signs a POST policy with it:
///
/// ```
/// use countersign::protocol::{Scope, SigningKey};
///
/// let scope = Scope::new("20150830".parse()?, "us-east-1", "s3")?;
/// let key = SigningKey::derive(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope)?;
/// let policy = b"eyJleHBpcmF0aW9uIjogIjIwMTUtMDgtMzFUMTI6MDA6MDBaIn0=";
/// println!("{}", key.sign(policy));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SigningKey {
    hmac: Hmac,
    date: Date,
    region: Box<str>,
    service: Box<str>,
}

impl SigningKey {
    /// Derives the key of a secret access key for a scope. It takes four HMACs.
    ///
    /// # Errors
    ///
    /// Returns an error if the secret is empty, or starts or ends with whitespace.
    pub fn derive(secret_access_key: &[u8], scope: Scope<'_>) -> Result<Self, SignError> {
        Ok(Self::from_bytes(&*Self::derive_bytes(secret_access_key, scope)?, scope))
    }

    /// Derives the 32 bytes of the key, to be handed to a process that must not hold the secret. See
    /// [`from_bytes`](Self::from_bytes).
    ///
    /// # Errors
    ///
    /// Returns an error if the secret is empty, or starts or ends with whitespace.
    pub fn derive_bytes(
        secret_access_key: &[u8],
        scope: Scope<'_>,
    ) -> Result<Zeroizing<[u8; 32]>, SignError> {
        check_ends(CredentialPart::SecretAccessKey, secret_access_key)?;
        let secret = Zeroizing::new([b"AWS4", secret_access_key].concat());
        let mac = |key: &[u8], text: &[u8]| {
            Zeroizing::new(Hmac::new(key).mac(|message| message.write(text)))
        };
        let date = mac(&secret, scope.date().as_bytes());
        let region = mac(&*date, scope.region().as_bytes());
        let service = mac(&*region, scope.service().as_bytes());
        Ok(mac(&*service, TERMINATOR))
    }

    /// Creates a key that was derived elsewhere, with the scope for which it was derived.
    #[must_use]
    pub fn from_bytes(key: &[u8; 32], scope: Scope<'_>) -> Self {
        Self {
            hmac: Hmac::new(key),
            date: scope.date(),
            region: scope.region().into(),
            service: scope.service().into(),
        }
    }

    /// Returns the scope of the key.
    #[must_use]
    pub fn scope(&self) -> Scope<'_> {
        Scope::new_unchecked(self.date, &self.region, &self.service)
    }

    /// Rejects a time that is not on the key's date.
    pub(crate) fn check_date(&self, timestamp: Timestamp) -> Result<(), SignError> {
        if self.date == timestamp.date() {
            return Ok(());
        }
        let (key_date, request_date) = (self.date.to_string(), timestamp.date().to_string());
        Err(SignError::KeyDate { key_date, request_date })
    }

    /// Signs a text, for example a POST policy.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> Signature {
        self.sign_with(|sink| sink.write(text))
    }

    /// Signs the text that `write` writes.
    pub(crate) fn sign_with(&self, write: impl FnOnce(&mut HmacMessage)) -> Signature {
        let bytes = self.hmac.mac(write);
        Signature { bytes, hex: to_hex(&bytes) }
    }
}

/// Formats the scope, never the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("scope", &self.scope()).finish_non_exhaustive()
    }
}

/// A signature: 32 bytes, formatted as 64 lowercase hexadecimal digits.
///
/// Signatures are compared in constant time. Together with its request, a signature is a bearer secret for some minutes,
/// so `Debug` does not format it.
#[derive(Clone, Copy)]
pub struct Signature {
    bytes: [u8; 32],
    hex: [u8; 64],
}

impl Signature {
    /// Returns the 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub(crate) fn as_hex(&self) -> &[u8; 64] {
        &self.hex
    }

    /// Returns the hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = str::from_utf8(&self.hex);
        debug_assert!(text.is_ok(), "hexadecimal digits are ASCII");
        text.unwrap_or("")
    }
}

impl AsRef<str> for Signature {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        ct_eq(&self.bytes, &other.bytes)
    }
}

impl Eq for Signature {}

impl Hash for Signature {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    const SECRET: &[u8] = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn scope() -> Scope<'static> {
        Scope::new("20150830".parse().unwrap(), "us-east-1", "iam").unwrap()
    }

    /// AWS's own example of a derived key.
    #[test]
    fn derives_the_key_of_the_specification() {
        let bytes = SigningKey::derive_bytes(SECRET, scope()).unwrap();
        assert_eq!(
            hex::encode(*bytes),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
        let key = SigningKey::derive(SECRET, scope()).unwrap();
        let handed_over = SigningKey::from_bytes(&bytes, scope());
        assert_eq!(key.sign(b"text"), handed_over.sign(b"text"));
        assert_ne!(key.sign(b"text"), key.sign(b"another text"));
        assert_eq!(handed_over.scope(), scope());
    }

    #[test]
    fn a_signature_has_bytes_and_digits() {
        let signature = SigningKey::derive(SECRET, scope()).unwrap().sign(b"text");
        assert_eq!(hex::encode(signature.as_bytes()), signature.as_str());
        assert_eq!(signature.to_string(), signature.as_ref());
    }

    #[test]
    fn derived_bytes_are_wiped_on_drop() {
        fn assert_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        assert_wiped(&SigningKey::derive_bytes(b"secret", scope()).unwrap());
    }

    #[test]
    fn debug_contains_the_scope_and_no_key() {
        let key = SigningKey::derive(b"secret", scope()).unwrap();
        assert_eq!(
            format!("{key:?} {:?}", key.sign(b"")),
            "SigningKey { scope: 20150830/us-east-1/iam/aws4_request, .. } Signature([redacted])"
        );
    }

    #[test]
    fn empty_secrets_and_surrounding_whitespace_are_rejected() {
        let error = |secret| SigningKey::derive(secret, scope()).unwrap_err().to_string();
        assert_eq!(error(b""), "the secret access key is empty");
        for secret in [&b"secret\n"[..], b" secret", b"\n"] {
            assert_eq!(
                error(secret),
                "the secret access key starts or ends with whitespace: remove it"
            );
        }
    }
}
