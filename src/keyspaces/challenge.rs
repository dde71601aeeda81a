//! The challenge that the server sends, and the reply.

use alloc::borrow::Cow;
use core::fmt;

use super::SERVICE;
use crate::error::{ChallengeError, CredentialPart, SignError};
use crate::protocol::canonical::Checked;
use crate::protocol::{
    CanonicalRequest, Credential, Payload, PayloadHash, QueryAuthorization, Rules, Signature,
    SigningKey, Sink, Stages, StringToSign, Text, Timestamp, check_token,
};

/// How long a login is good for, in seconds.
pub(super) const EXPIRES: u32 = 900;

/// The length of a nonce, in bytes.
const NONCE: usize = 32;

/// The server's challenge, `nonce=` and 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    nonce: &'a [u8; NONCE],
}

impl<'a> Challenge<'a> {
    /// Finds the nonce: what follows the first `nonce=`, wherever it stands, up to a `,` or the end.
    ///
    /// # Errors
    /// There is none, or it has not 32 bytes.
    pub fn parse(challenge: &'a [u8]) -> Result<Self, ChallengeError> {
        const KEY: &[u8] = b"nonce=";
        let at = challenge.windows(KEY.len()).position(|window| window == KEY);
        let rest = at.and_then(|at| challenge.get(at + KEY.len()..));
        let rest = rest.ok_or(ChallengeError::NonceMissing { length: challenge.len() })?;
        let nonce = rest.split(|byte| *byte == b',').next().unwrap_or_default();
        let length = nonce.len();
        let nonce = nonce.try_into().map_err(|_| ChallengeError::NonceLength { length })?;
        Ok(Self { nonce })
    }

    /// Signs the challenge with a key for the region and for [`SERVICE`].
    ///
    /// # Errors
    /// The key is of another day than the time, or for another service; the access key id is none; the token holds a byte
    /// that cannot be sent. An empty token counts as none.
    pub fn sign(
        &self,
        access_key_id: &'a str,
        session_token: Option<&'a str>,
        key: &'a SigningKey,
        timestamp: Timestamp,
    ) -> Result<Reply<'a>, SignError> {
        key.check_day(timestamp)?;
        let credential = Credential::new(access_key_id, key.scope())?;
        let session_token = session_token.filter(|token| !token.is_empty());
        session_token.map_or(Ok(()), check_token)?;
        self.sign_checked(credential, session_token, key, timestamp)
    }

    /// Credential and token are sound, and the key is theirs.
    pub(super) fn sign_checked(
        &self,
        credential: Credential<'a>,
        session_token: Option<&'a str>,
        key: &SigningKey,
        timestamp: Timestamp,
    ) -> Result<Reply<'a>, SignError> {
        let hash = |nonce: &PayloadHash<'static>| login(*nonce, credential, timestamp).hash();
        self.sign_hash(hash, credential, session_token, key, timestamp)
    }

    /// The same with the hash of the canonical request that has the nonce's.
    pub(super) fn sign_hash(
        &self,
        canonical_hash: impl FnOnce(&PayloadHash<'static>) -> [u8; 32],
        credential: Credential<'a>,
        session_token: Option<&'a str>,
        key: &SigningKey,
        timestamp: Timestamp,
    ) -> Result<Reply<'a>, SignError> {
        let scope = credential.scope();
        if scope.service() != SERVICE {
            let key_service = scope.service().into();
            return Err(SignError::KeyService { key_service, service: SERVICE });
        }
        // It would end the token, and begin another part of the reply.
        if let Some(at) = session_token.and_then(|token| token.find(',')) {
            return Err(SignError::PartInvalid { part: CredentialPart::SessionToken, at });
        }
        let nonce = self.nonce;
        let hash = canonical_hash(&PayloadHash::of(Payload::Bytes(nonce)));
        let string_to_sign = StringToSign::of_login(hash, timestamp, scope);
        let signature = string_to_sign.sign(key);
        Ok(Reply { nonce, credential, session_token, timestamp, string_to_sign, signature })
    }
}

/// The request that a login stands for.
pub(super) fn login<'a>(
    nonce: PayloadHash<'static>,
    credential: Credential<'a>,
    timestamp: Timestamp,
) -> CanonicalRequest<'a> {
    CanonicalRequest::signed_in_query(
        Checked::known("PUT", b"/authenticate", SERVICE.as_bytes()),
        nonce,
        QueryAuthorization::of_login(credential, timestamp, EXPIRES),
        &Rules::DEFAULT,
    )
}

/// What the client answers. A secret: `Display` shows it, `Debug` does not.
#[derive(Clone)]
pub struct Reply<'a> {
    nonce: &'a [u8; NONCE],
    credential: Credential<'a>,
    session_token: Option<&'a str>,
    timestamp: Timestamp,
    string_to_sign: StringToSign<'a>,
    signature: Signature,
}

impl Reply<'_> {
    pub(super) fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Canonical request, string to sign and signature.
    #[must_use]
    pub fn stages(&self) -> Stages<'_> {
        let nonce = PayloadHash::of(Payload::Bytes(self.nonce));
        let login = login(nonce, self.credential, self.timestamp);
        Stages::new(Cow::Owned(login), self.string_to_sign, &self.signature)
    }

    /// Writes the reply, `signature=…,access_key=…,amzdate=…`, and the session token, if there is one.
    pub fn write(&self, sink: &mut impl Sink) {
        sink.put(b"signature=");
        sink.put(self.signature.as_bytes());
        sink.put(b",access_key=");
        sink.put(self.credential.access_key_id().as_bytes());
        sink.put(b",amzdate=");
        self.timestamp.write_extended(sink);
        if let Some(token) = self.session_token {
            sink.put(b",session_token=");
            sink.put(token.as_bytes());
        }
    }
}

impl fmt::Display for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("access_key_id", &self.credential.access_key_id())
            .field("timestamp", &self.timestamp)
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
            let scope = Scope::new(timestamp.day(), region, SERVICE).unwrap();
            let key = SigningKey::derive(secret.as_bytes(), scope).unwrap();
            let challenge = Challenge::parse(nonce.as_bytes()).unwrap();
            let reply = challenge.sign(id, None, &key, timestamp).unwrap();
            let expected = format!("signature={expected},access_key={id},amzdate={time}");
            assert_eq!(reply.to_string(), expected);
            let reply = challenge.sign(id, Some("sess-token-1"), &key, timestamp).unwrap();
            assert_eq!(reply.to_string(), expected + ",session_token=sess-token-1");
        }
    }

    #[test]
    fn each_stage_of_the_official_answer() {
        let timestamp: Timestamp = "2020-06-09T22:41:51.000Z".parse().unwrap();
        let scope = Scope::new(timestamp.day(), "us-west-2", SERVICE).unwrap();
        let key = SigningKey::derive(b"UserSecretKey-1", scope).unwrap();
        let challenge = Challenge::parse(b"nonce=91703fdc2ef562e19fbdab0f58e42fe5").unwrap();
        let reply = challenge.sign("UserID-1", None, &key, timestamp).unwrap();
        assert_eq!(
            reply.stages().canonical_request().to_string(),
            "PUT\n/authenticate\nX-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=UserID-1%2F20200609%2Fus-west-2%2Fcassandra%2Faws4_request\
             &X-Amz-Date=2020-06-09T22%3A41%3A51.000Z&X-Amz-Expires=900\n\
             host:cassandra\n\nhost\n\
             ddf250111597b3f35e51e649f59e3f8b30ff5b247166d709dc1b1e60bd927070"
        );
        assert_eq!(
            reply.stages().string_to_sign().to_string(),
            "AWS4-HMAC-SHA256\n2020-06-09T22:41:51.000Z\n20200609/us-west-2/cassandra/aws4_request\n\
             bf5cc15759befc37fc35689dcdd7938a9ad042b6326f537c4c5eecaa2ebf911e"
        );
    }

    #[test]
    fn a_nonce_may_stand_anywhere_and_ends_at_a_comma() {
        let nonce = [b'x'; NONCE];
        for (before, after) in [("", ""), ("realm=a,", ",b=c"), ("not_part_", ",nonce=1")] {
            let text = [before.as_bytes(), b"nonce=", &nonce, after.as_bytes()].concat();
            assert_eq!(Challenge::parse(&text), Ok(Challenge { nonce: &nonce }));
        }
    }

    #[test]
    fn a_malformed_challenge_is_an_error_that_says_what_came() {
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
    fn a_token_that_would_change_the_reply_is_refused() {
        let scope = Scope::new(*b"20200609", "us-west-2", SERVICE).unwrap();
        let key = SigningKey::derive(b"UserSecretKey-1", scope).unwrap();
        let challenge = Challenge { nonce: &[b'0'; NONCE] };
        let timestamp = "2020-06-09T22:41:51.000Z".parse().unwrap();
        for token in ["a,amzdate=b", "a\nb"] {
            let error = challenge.sign("UserID-1", Some(token), &key, timestamp).unwrap_err();
            let text = "the session token holds a byte at offset 1 that cannot be sent";
            assert_eq!(error.to_string(), text);
        }
        let reply = challenge.sign("UserID-1", Some(""), &key, timestamp).unwrap();
        assert!(reply.to_string().ends_with("amzdate=2020-06-09T22:41:51.000Z"));
    }

    #[test]
    fn a_key_for_another_service_is_refused() {
        let scope = Scope::new(*b"20200609", "us-west-2", "dynamodb").unwrap();
        let key = SigningKey::derive(b"UserSecretKey-1", scope).unwrap();
        let challenge = Challenge { nonce: &[b'0'; NONCE] };
        let timestamp = "2020-06-09T22:41:51.000Z".parse().unwrap();
        let error = challenge.sign("UserID-1", None, &key, timestamp).unwrap_err();
        let text = "the signing key is for the service dynamodb, what it is to sign for cassandra";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_key_of_another_day_is_refused() {
        let scope = Scope::new(*b"20200608", "us-west-2", SERVICE).unwrap();
        let key = SigningKey::derive(b"UserSecretKey-1", scope).unwrap();
        let challenge = Challenge { nonce: &[b'0'; NONCE] };
        let timestamp = "2020-06-09T22:41:51.000Z".parse().unwrap();
        let error = challenge.sign("UserID-1", None, &key, timestamp).unwrap_err();
        assert_eq!(error.to_string(), "the signing key is of 20200608, the request of 20200609");
    }
}
