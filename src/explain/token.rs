//! What may be wrong with a session token. No value of one is shown.

use super::cause::Cause;
use super::report::Finding;

pub(super) fn missing() -> Finding {
    Finding::new(
        Cause::TokenMissing,
        "the server saw no session token, or none that was signed, and the one given here is signed",
        "send x-amz-security-token with every request of temporary credentials, and sign it (SessionToken::Signed); see that \
         no proxy drops it",
    )
}

pub(super) fn other() -> Finding {
    Finding::new(
        Cause::TokenOther,
        "another session token arrived than the one that is signed: an old one, or that of another access key",
        "take key, secret and token from one snapshot of the credentials, and sign anew when they rotate",
    )
}

pub(super) fn unexpected() -> Finding {
    Finding::new(
        Cause::TokenUnexpected,
        "a session token arrived, and the credentials given here have none",
        "give key, secret and token of the same credentials (AWS_SESSION_TOKEN too), or, for long-lived ones, no token at all",
    )
}
