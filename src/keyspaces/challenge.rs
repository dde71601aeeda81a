//! The challenge that the server sends, and the response to it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::SERVICE;
use crate::error::{ChallengeError, CredentialPart, SignError};
use crate::protocol::{
    Credential, PayloadHash, PercentEncoder, Sha256, Signature, SigningKey, Sink, Text, Timestamp,
    check_token, split_once, write_string_to_sign,
};

/// How far the time of a login may be from the server's clock, in seconds. It is part of the canonical request.
pub(super) const EXPIRES: u32 = 900;

/// The length of a nonce, in bytes.
const NONCE_LENGTH: usize = 32;

/// The server's challenge: `nonce=` and 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    nonce: &'a [u8; NONCE_LENGTH],
}

impl<'a> Challenge<'a> {
    /// Finds the nonce. It follows the first `nonce=`, wherever that is, and ends at a `,` or at the end of the challenge.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no nonce, or if it does not have 32 bytes.
    pub fn parse(challenge: &'a [u8]) -> Result<Self, ChallengeError> {
        const KEY: &[u8] = b"nonce=";
        let start = challenge.windows(KEY.len()).position(|window| window == KEY);
        let start = start.ok_or(ChallengeError::NonceMissing { length: challenge.len() })?;
        let (_, rest) = challenge.split_at(start + KEY.len());
        let (nonce, _) = split_once(rest, |byte| byte == b',');
        let length = nonce.len();
        let nonce = nonce.try_into().map_err(|_| ChallengeError::NonceLength { length })?;
        Ok(Self { nonce })
    }

    /// Signs the challenge with a key for the region and for [`SERVICE`]. An empty session token counts as none.
    ///
    /// # Errors
    ///
    /// Returns an error if:
    ///
    /// - the key has another date than the timestamp, or another service;
    /// - the access key id is invalid;
    /// - the session token contains a `,` or bytes that are not allowed in a header value.
    pub fn sign(
        &self,
        access_key_id: &'a str,
        session_token: Option<&'a str>,
        key: &'a SigningKey,
        timestamp: Timestamp,
    ) -> Result<ChallengeResponse<'a>, SignError> {
        key.check_date(timestamp)?;
        let credential = Credential::new(access_key_id, key.scope())?;
        let session_token = session_token.filter(|token| !token.is_empty());
        session_token.map_or(Ok(()), check_token)?;
        self.sign_checked(credential, session_token, key, timestamp)
    }

    /// Signs the challenge with a credential and a session token that have been checked, and the key that belongs to them.
    pub(super) fn sign_checked(
        &self,
        credential: Credential<'a>,
        session_token: Option<&'a str>,
        key: &SigningKey,
        timestamp: Timestamp,
    ) -> Result<ChallengeResponse<'a>, SignError> {
        check_service(key)?;
        // A comma would end the token, and start another field of the response.
        if let Some(at) = session_token.and_then(|token| token.find(',')) {
            return Err(SignError::PartInvalid { part: CredentialPart::SessionToken, at });
        }
        let nonce_hash = Sha256::digest(self.nonce);
        let canonical_request = CanonicalLogin { credential, timestamp, nonce_hash };
        let canonical_hash = canonical_request.hash();
        let signature =
            key.sign_with(|sink| canonical_request.write_string_to_sign(&canonical_hash, sink));
        Ok(ChallengeResponse { canonical_request, session_token, signature })
    }
}

/// Rejects a key for another service.
pub(super) fn check_service(key: &SigningKey) -> Result<(), SignError> {
    if key.scope().service() == SERVICE {
        return Ok(());
    }
    let key_service = key.scope().service().into();
    Err(SignError::KeyService { key_service, service: SERVICE })
}

/// The canonical request of a login: a presigned `PUT` whose body is the nonce. `Display` formats its text.
#[derive(Clone, Copy, Debug)]
pub struct CanonicalLogin<'a> {
    credential: Credential<'a>,
    timestamp: Timestamp,
    nonce_hash: [u8; 32],
}

impl CanonicalLogin<'_> {
    /// Writes the canonical request. No line feed ends it.
    pub fn write(&self, sink: &mut impl Sink) {
        sink.write(b"PUT\n/authenticate\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=");
        self.credential.write_in_query(sink);
        sink.write(b"&X-Amz-Date=");
        PercentEncoder(sink).write(&self.timestamp.to_extended());
        sink.write(b"&X-Amz-Expires=900\nhost:cassandra\n\nhost\n");
        PayloadHash::from_sha256(self.nonce_hash).write(sink);
    }

    fn hash(&self) -> [u8; 32] {
        Sha256::of(|hasher| self.write(hasher))
    }

    fn write_string_to_sign(&self, canonical_hash: &[u8; 32], sink: &mut impl Sink) {
        let (time, scope) = (self.timestamp.to_extended(), self.credential.scope());
        write_string_to_sign(sink, &time, scope, canonical_hash);
    }
}

impl fmt::Display for CanonicalLogin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// The client's response to a challenge. It is a secret: `Display` formats it, `Debug` does not.
#[derive(Clone)]
pub struct ChallengeResponse<'a> {
    canonical_request: CanonicalLogin<'a>,
    session_token: Option<&'a str>,
    signature: Signature,
}

impl<'a> ChallengeResponse<'a> {
    /// Returns the canonical request.
    #[must_use]
    pub fn canonical_request(&self) -> &CanonicalLogin<'a> {
        &self.canonical_request
    }

    /// Returns the string to sign.
    #[must_use]
    pub fn string_to_sign(&self) -> String {
        let mut text = Vec::new();
        let login = &self.canonical_request;
        login.write_string_to_sign(&login.hash(), &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Returns the signature.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Writes the response, `signature=…,access_key=…,amzdate=…`, and the session token, if there is one.
    pub fn write(&self, sink: &mut impl Sink) {
        sink.write(b"signature=");
        sink.write(self.signature.as_str().as_bytes());
        sink.write(b",access_key=");
        sink.write(self.canonical_request.credential.access_key_id().as_bytes());
        sink.write(b",amzdate=");
        sink.write(&self.canonical_request.timestamp.to_extended());
        if let Some(token) = self.session_token {
            sink.write(b",session_token=");
            sink.write(token.as_bytes());
        }
    }
}

impl fmt::Display for ChallengeResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

impl fmt::Debug for ChallengeResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChallengeResponse")
            .field("access_key_id", &self.canonical_request.credential.access_key_id())
            .field("timestamp", &self.canonical_request.timestamp)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Scope;
    use alloc::string::ToString;

    /// The official plugins' own answer, and two that the Python and the Node plugin agree on.
    #[test]
    fn known_answers() {
        let example = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        for ((id, secret), region, nonce, time, expected) in [
            (
                ("UserID-1", "UserSecretKey-1"),
                "us-west-2",
                "nonce=91703fdc2ef562e19fbdab0f58e42fe5",
                "2020-06-09T22:41:51.000Z",
                "7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87",
            ),
            (
                example,
                "us-east-2",
                "nonce=0c0b0c6f3946d14ce1a49a8f8c86a888",
                "2021-01-01T00:00:00.007Z",
                "a05e50dff2d3d32ac05c182512353a7aef5ad11d5909e1b659d4bde27889fc81",
            ),
            (
                example,
                "cn-north-1",
                "nonce=00000000000000000000000000000000",
                "2024-02-29T23:59:59.999Z",
                "0efcdaceb4f66f09c7d4502d36494ce7c75be7b5415cd597b4f930a0ecc30b97",
            ),
        ] {
            let timestamp: Timestamp = time.parse().unwrap();
            let scope = Scope::new(timestamp.date(), region, SERVICE).unwrap();
            let key = SigningKey::derive(secret.as_bytes(), scope).unwrap();
            let challenge = Challenge::parse(nonce.as_bytes()).unwrap();
            let response = challenge.sign(id, None, &key, timestamp).unwrap();
            let expected = format!("signature={expected},access_key={id},amzdate={time}");
            assert_eq!(response.to_string(), expected);
            let response = challenge.sign(id, Some("sess-token-1"), &key, timestamp).unwrap();
            assert_eq!(response.to_string(), expected + ",session_token=sess-token-1");
        }
    }

    #[test]
    fn stages_of_the_official_plugins() {
        let timestamp: Timestamp = "2020-06-09T22:41:51.000Z".parse().unwrap();
        let scope = Scope::new(timestamp.date(), "us-west-2", SERVICE).unwrap();
        let key = SigningKey::derive(b"UserSecretKey-1", scope).unwrap();
        let challenge = Challenge::parse(b"nonce=91703fdc2ef562e19fbdab0f58e42fe5").unwrap();
        let response = challenge.sign("UserID-1", None, &key, timestamp).unwrap();
        assert_eq!(
            response.canonical_request().to_string(),
            "PUT\n/authenticate\nX-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=UserID-1%2F20200609%2Fus-west-2%2Fcassandra%2Faws4_request\
             &X-Amz-Date=2020-06-09T22%3A41%3A51.000Z&X-Amz-Expires=900\n\
             host:cassandra\n\nhost\n\
             ddf250111597b3f35e51e649f59e3f8b30ff5b247166d709dc1b1e60bd927070"
        );
        assert_eq!(
            response.string_to_sign(),
            "AWS4-HMAC-SHA256\n2020-06-09T22:41:51.000Z\n20200609/us-west-2/cassandra/aws4_request\n\
             bf5cc15759befc37fc35689dcdd7938a9ad042b6326f537c4c5eecaa2ebf911e"
        );
    }

    #[test]
    fn a_nonce_is_found_anywhere_and_ends_at_a_comma() {
        let nonce = [b'x'; NONCE_LENGTH];
        for (before, after) in [("", ""), ("realm=a,", ",b=c"), ("not_part_", ",nonce=1")] {
            let text = [before.as_bytes(), b"nonce=", &nonce, after.as_bytes()].concat();
            assert_eq!(Challenge::parse(&text), Ok(Challenge { nonce: &nonce }));
        }
    }

    #[test]
    fn a_malformed_challenge_is_an_error_with_its_length() {
        for (challenge, text) in [
            ("", "the challenge of 0 bytes holds no 'nonce='"),
            ("nonce", "the challenge of 5 bytes holds no 'nonce='"),
            ("nonce=", "the nonce has 0 bytes, not 32"),
            ("nonce=abc,d", "the nonce has 3 bytes, not 32"),
            ("nonce=000000000000000000000000000000001", "the nonce has 33 bytes, not 32"),
        ] {
            assert_eq!(Challenge::parse(challenge.as_bytes()).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn a_token_that_would_change_the_response_is_rejected() {
        let scope = Scope::new("20200609".parse().unwrap(), "us-west-2", SERVICE).unwrap();
        let key = SigningKey::derive(b"UserSecretKey-1", scope).unwrap();
        let challenge = Challenge { nonce: &[b'0'; NONCE_LENGTH] };
        let timestamp = "2020-06-09T22:41:51.000Z".parse().unwrap();
        for token in ["a,amzdate=b", "a\nb"] {
            let error = challenge.sign("UserID-1", Some(token), &key, timestamp).unwrap_err();
            let text = "the session token holds a byte at offset 1 that cannot be sent";
            assert_eq!(error.to_string(), text);
        }
        let response = challenge.sign("UserID-1", Some(""), &key, timestamp).unwrap();
        assert!(response.to_string().ends_with("amzdate=2020-06-09T22:41:51.000Z"));
    }

    #[test]
    fn a_key_for_another_service_is_rejected() {
        let scope = Scope::new("20200609".parse().unwrap(), "us-west-2", "dynamodb").unwrap();
        let key = SigningKey::derive(b"UserSecretKey-1", scope).unwrap();
        let challenge = Challenge { nonce: &[b'0'; NONCE_LENGTH] };
        let timestamp = "2020-06-09T22:41:51.000Z".parse().unwrap();
        let error = challenge.sign("UserID-1", None, &key, timestamp).unwrap_err();
        let text = "the signing key is for the service dynamodb, what it is to sign for cassandra";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_key_with_another_date_is_rejected() {
        let scope = Scope::new("20200608".parse().unwrap(), "us-west-2", SERVICE).unwrap();
        let key = SigningKey::derive(b"UserSecretKey-1", scope).unwrap();
        let challenge = Challenge { nonce: &[b'0'; NONCE_LENGTH] };
        let timestamp = "2020-06-09T22:41:51.000Z".parse().unwrap();
        let error = challenge.sign("UserID-1", None, &key, timestamp).unwrap_err();
        assert_eq!(error.to_string(), "the signing key is of 20200608, the request of 20200609");
    }
}
