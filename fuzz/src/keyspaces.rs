//! Logins to Amazon Keyspaces: what a peer sends is read as plain steps read it, what is signed is verified, and a flipped bit
//! is not.

use arbitrary::Arbitrary;
use countersign::Credentials;
use countersign::keyspaces::{Challenge, LoginResponse, SERVICE};
use countersign::protocol::{Scope, SigningKey, Timestamp};
use countersign::verifier::AccessKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    /// Since 1970.
    seconds: u32,
    milliseconds: u16,
    has_token: bool,
    /// Which bit of the reply is flipped.
    flip: u16,
    text: &'a [u8],
}

const ID: &str = "UserID-1";
const SECRET: &str = "UserSecretKey-1";
const TOKEN: &str = "sess-token-1";
const REGION: &str = "us-west-2";

impl Input<'_> {
    pub fn check(&self) {
        let nonce = nonce(self.text);
        let challenge = Challenge::parse(self.text);
        assert_eq!(challenge.is_ok(), nonce.is_some());
        if let (Ok(challenge), Some(nonce)) = (challenge, nonce) {
            self.log_in(&challenge, nonce);
        }
        read(self.text);
    }

    fn log_in(&self, challenge: &Challenge<'_>, nonce: &[u8]) {
        let milliseconds = self.milliseconds % 1000;
        let second = Timestamp::from_unix_timestamp(self.seconds.into()).unwrap().to_string();
        let [day, time] = [&second[..8], &second[9..15]];
        let extended = format!(
            "{}-{}-{}T{}:{}:{}.{milliseconds:03}Z",
            &day[..4],
            &day[4..6],
            &day[6..],
            &time[..2],
            &time[2..4],
            &time[4..]
        );
        let timestamp: Timestamp = extended.parse().unwrap();
        let scope = Scope::new(timestamp.date(), REGION, SERVICE).unwrap();
        let key = SigningKey::derive(SECRET.as_bytes(), scope).unwrap();
        let token = self.has_token.then_some(TOKEN);
        let reply = challenge.sign(ID, token, &key, timestamp).unwrap();
        let mut bytes = Vec::new();
        reply.write(&mut bytes);
        let expected = expected(nonce, day, &extended);
        let expected = match token {
            Some(token) => format!("{expected},session_token={token}"),
            None => expected,
        };
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
        assert!(verifies(&bytes, challenge, token, timestamp));
        let at = usize::from(self.flip / 8) % bytes.len();
        bytes[at] ^= 1 << (self.flip % 8);
        let flipped = String::from_utf8_lossy(&bytes);
        assert!(!verifies(&bytes, challenge, token, timestamp), "{flipped}");
    }
}

/// As a server does.
fn verifies(
    response: &[u8],
    challenge: &Challenge<'_>,
    token: Option<&str>,
    now: Timestamp,
) -> bool {
    let Ok(claim) = LoginResponse::parse(response) else { return false };
    let scope = claim.scope(REGION).unwrap();
    let credentials = Credentials::new(ID, SECRET).with_session_token(token.unwrap_or_default());
    let known = Some(&credentials).filter(|known| known.access_key_id() == claim.access_key_id());
    claim.verify(challenge, &AccessKey::from_lookup(known, scope), now).is_ok()
}

/// Any bytes as a client's response: what is read, and whether it is.
fn read(response: &[u8]) {
    let claim = LoginResponse::parse(response);
    let parts: Option<Vec<(&str, &str)>> = response
        .split(|byte| *byte == b',')
        .map(|part| str::from_utf8(part).ok()?.split_once('='))
        .collect();
    let parts = parts.unwrap_or_default();
    let all = |name: &str| -> Vec<&str> {
        parts.iter().filter(|(known, _)| *known == name).map(|(_, value)| *value).collect()
    };
    let one = |name: &str| match all(name)[..] {
        [value] if !value.is_empty() => Some(value),
        _ => None,
    };
    let time = one("amzdate").filter(|time| time.len() == 24);
    let time = time.and_then(|time| time.parse::<Timestamp>().ok());
    let is_whole = one("signature").is_some() && all("session_token").len() < 2;
    match (claim, one("access_key"), time) {
        (Ok(claim), Some(id), Some(time)) if is_whole => {
            assert_eq!((claim.access_key_id(), claim.timestamp()), (id, time));
            assert_eq!(claim.session_token(), one("session_token"));
            let _ = claim.scope(REGION);
        }
        (Ok(claim), ..) => panic!("accepted: {claim:?}"),
        (Err(error), id, time) => {
            assert!(!is_whole || id.is_none() || time.is_none(), "{error}");
        }
    }
}

/// What follows the first `nonce=`, up to a comma: 32 bytes, or nothing.
fn nonce(challenge: &[u8]) -> Option<&[u8]> {
    let at = (0..challenge.len()).find(|at| challenge[*at..].starts_with(b"nonce="))?;
    let rest = &challenge[at + 6..];
    let end = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
    Some(&rest[..end]).filter(|nonce| nonce.len() == 32)
}

/// The reply but for its token, in plain steps.
fn expected(nonce: &[u8], day: &str, time: &str) -> String {
    let scope = format!("{day}/{REGION}/cassandra/aws4_request");
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={ID}%2F{}&X-Amz-Date={}&X-Amz-Expires=900",
        scope.replace('/', "%2F"),
        time.replace(':', "%3A")
    );
    let hash = hex(&Sha256::digest(nonce));
    let canonical = format!("PUT\n/authenticate\n{query}\nhost:cassandra\n\nhost\n{hash}");
    let hash = hex(&Sha256::digest(canonical));
    let string_to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hash}");
    let key = [day, REGION, "cassandra", "aws4_request", &string_to_sign]
        .into_iter()
        .fold(format!("AWS4{SECRET}").into_bytes(), |key, text| hmac(&key, text));
    format!("signature={},access_key={ID},amzdate={time}", hex(&key))
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
