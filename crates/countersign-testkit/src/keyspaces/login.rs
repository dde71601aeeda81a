//! Logins: by SigV4, as Amazon Keyspaces has it, or with a user name and a password.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{PoisonError, RwLock};

use countersign::keyspaces::{Challenge, INITIAL_RESPONSE, LoginError, LoginResponse};
use countersign::protocol::Timestamp;
use rustls::crypto::ring;
use sha2::{Digest, Sha256};

use super::frame::Fault;
use crate::access_keys::AccessKeys;
use crate::journal::{Verdict, printable};

/// How a client logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mechanism {
    /// With a user name and a password.
    Plain,
    /// With a signed challenge.
    SigV4,
    /// In a way that the server does not know.
    Unknown,
}

/// A login that the server has answered. Most drivers log in more than once, with one connection for themselves and others
/// for queries.
///
/// [`Display`](fmt::Display) writes it in a line, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedLogin {
    /// How the client logged in.
    pub mechanism: Mechanism,
    /// Who the client is, or why the login was rejected.
    pub verdict: Verdict,
}

impl fmt::Display for ReceivedLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mechanism = match self.mechanism {
            Mechanism::Plain => "PLAIN",
            Mechanism::SigV4 => "SigV4",
            Mechanism::Unknown => "unknown mechanism",
        };
        write!(f, "{mechanism}: {}", self.verdict)
    }
}

/// What the first response of a client leads to.
pub(super) enum Opening {
    /// A challenge, which the client signs.
    Challenge(String),
    /// The end of the login.
    Outcome(Outcome),
}

/// How a login ended.
pub(super) struct Outcome {
    pub(super) login: ReceivedLogin,
    pub(super) result: Result<(), Fault>,
}

impl Outcome {
    fn verified(mechanism: Mechanism, who: &str) -> Self {
        let verdict = Verdict::Verified(printable(who));
        Self { login: ReceivedLogin { mechanism, verdict }, result: Ok(()) }
    }

    fn rejected(mechanism: Mechanism, fault: Fault) -> Self {
        let verdict = Verdict::Rejected(printable(fault.message()));
        Self { login: ReceivedLogin { mechanism, verdict }, result: Err(fault) }
    }
}

/// Who may log in.
pub(super) struct Accounts {
    pub(super) keys: AccessKeys,
    pub(super) region: String,
    /// Passwords by user name.
    users: RwLock<HashMap<String, String>>,
}

impl Accounts {
    pub(super) fn new(region: String) -> Self {
        Self { keys: AccessKeys::default(), region, users: RwLock::default() }
    }

    pub(super) fn add_user(&self, name: String, password: String) {
        self.users.write().unwrap_or_else(PoisonError::into_inner).insert(name, password);
    }

    /// Reads the first response of a client.
    pub(super) fn open(&self, response: &[u8]) -> io::Result<Opening> {
        if response == INITIAL_RESPONSE {
            return Ok(Opening::Challenge(challenge()?));
        }
        let parts: Vec<&[u8]> = response.split(|byte| *byte == 0).collect();
        Ok(Opening::Outcome(match *parts {
            [_, user, password] => self.log_in_by_password(user, password),
            _ => Outcome::rejected(
                Mechanism::Unknown,
                Fault::credentials("the first response is neither SigV4's nor PLAIN's"),
            ),
        }))
    }

    /// Verifies the response to a challenge, which must not be used again.
    pub(super) fn log_in_by_signature(&self, challenge: &str, response: &[u8]) -> Outcome {
        match self.verify(challenge, response) {
            Ok(access_key_id) => Outcome::verified(Mechanism::SigV4, access_key_id),
            Err(fault) => Outcome::rejected(Mechanism::SigV4, fault),
        }
    }

    fn verify<'a>(&self, challenge: &str, response: &'a [u8]) -> Result<&'a str, Fault> {
        let server = |error: &dyn fmt::Display| Fault::server(error.to_string());
        let client = |error: LoginError| match error {
            LoginError::Key(_) => Fault::server(error.to_string()),
            _ => Fault::credentials(error.to_string()),
        };
        let challenge = Challenge::parse(challenge.as_bytes()).map_err(|error| server(&error))?;
        let now = Timestamp::now().map_err(|error| server(&error))?;
        let claim = LoginResponse::parse(response).map_err(client)?;
        let scope = claim.scope(&self.region).map_err(|error| server(&error))?;
        let key = self.keys.find(claim.access_key_id(), scope);
        claim.verify(&challenge, &key, now).map_err(client)?;
        Ok(claim.access_key_id())
    }

    fn log_in_by_password(&self, user: &[u8], password: &[u8]) -> Outcome {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        let known = str::from_utf8(user).ok().and_then(|user| users.get_key_value(user));
        match known {
            // Comparing hashes takes the same time wherever the passwords differ.
            Some((user, known)) if Sha256::digest(password) == Sha256::digest(known) => {
                Outcome::verified(Mechanism::Plain, user)
            }
            _ => Outcome::rejected(
                Mechanism::Plain,
                Fault::credentials("the user name or the password is wrong"),
            ),
        }
    }
}

/// Makes a challenge that nobody can guess.
fn challenge() -> io::Result<String> {
    let mut nonce = [0; 16];
    let random = ring::default_provider().secure_random;
    random.fill(&mut nonce).map_err(|_| io::Error::other("there is no randomness"))?;
    Ok(format!("nonce={}", hex::encode(nonce)))
}
