//! Who may come in: by SigV4, as Amazon Keyspaces has it, or by user name and password.

use std::io;

use countersign::keyspaces::{Challenge, INITIAL_RESPONSE, LoginError, LoginResponse};
use countersign::protocol::Timestamp;
use countersign::verifier::AccessKey;
use rustls::crypto::ring;
use sha2::{Digest, Sha256};

use super::frame::Fault;
use super::{Keys, PASSWORD, REGION, USER};

/// What the client's first response leads to.
pub(super) enum Opening {
    /// It is to sign this.
    Challenge(String),
    /// It is let in, or not.
    Verdict(Verdict),
}

/// Whether someone is let in, and the line that tells.
pub(super) struct Verdict {
    pub(super) line: String,
    pub(super) outcome: Result<(), Fault>,
}

impl Verdict {
    fn of(mechanism: &str, who: Result<&str, Fault>, why: &str) -> Self {
        match who {
            Ok(who) => Self { line: format!("{mechanism}: verified, {who}"), outcome: Ok(()) },
            Err(fault) => {
                Self { line: format!("{mechanism}: refused: {why}"), outcome: Err(fault) }
            }
        }
    }
}

pub(super) fn open(response: &[u8]) -> Result<Opening, io::Error> {
    if response == INITIAL_RESPONSE {
        return Ok(Opening::Challenge(challenge()?));
    }
    let mut parts = response.split(|byte| *byte == 0);
    let parts: [Option<&[u8]>; 4] = core::array::from_fn(|_| parts.next());
    Ok(Opening::Verdict(match parts {
        [Some(_), Some(user), Some(password), None] => plain(user, password),
        _ => {
            let why = "the first response is neither SigV4's nor PLAIN's";
            Verdict::of("unknown mechanism", Err(Fault::credentials(why)), why)
        }
    }))
}

/// A challenge that was never before.
fn challenge() -> io::Result<String> {
    let mut nonce = [0; 16];
    let random = ring::default_provider().secure_random;
    random.fill(&mut nonce).map_err(|_| io::Error::other("there is no randomness"))?;
    Ok(format!("nonce={}", hex::encode(nonce)))
}

/// Proves the response to a challenge, which must not be used again.
pub(super) fn sigv4(challenge: &str, response: &[u8], keys: &Keys) -> Verdict {
    let proved = prove(challenge, response, keys);
    let why = proved.as_ref().map_or_else(ToString::to_string, |_| String::new());
    let who = proved.map_err(|error| match error {
        LoginError::Key(_) => Fault::server(&why),
        _ => Fault::credentials(&why),
    });
    Verdict::of("SigV4", who, &why)
}

fn prove<'a>(challenge: &str, response: &'a [u8], keys: &Keys) -> Result<&'a str, LoginError> {
    let challenge = Challenge::parse(challenge.as_bytes()).expect("the stand-in made it");
    let claim = LoginResponse::parse(response)?;
    let scope = claim.scope(REGION).map_err(LoginError::Key)?;
    let known = keys(claim.access_key_id());
    let key = AccessKey::from_lookup(known.as_ref(), scope);
    claim.verify(&challenge, &key, now())?;
    Ok(claim.access_key_id())
}

fn now() -> Timestamp {
    Timestamp::now().expect("the year is one of 1 to 9999")
}

/// Hashes are compared, so that the time taken tells nothing of the password.
fn plain(user: &[u8], password: &[u8]) -> Verdict {
    let is = |sent: &[u8], known: &str| Sha256::digest(sent) == Sha256::digest(known);
    let why = "the user name or the password is wrong";
    let is_known = is(user, USER) & is(password, PASSWORD);
    Verdict::of("PLAIN", is_known.then_some(USER).ok_or_else(|| Fault::credentials(why)), why)
}
