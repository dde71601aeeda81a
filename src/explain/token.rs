//! What may be wrong with a session token. No value of one is shown.

use super::cause::Cause;
use super::report::Finding;
use crate::protocol::SessionTokenName;

/// Whether a header, its name in lower case, holds one.
pub(super) fn is_name(header: &str) -> bool {
    let names = [SessionTokenName::Security, SessionTokenName::S3Session];
    names.iter().any(|name| name.header() == header)
}

pub(super) fn invalid() -> Finding {
    Finding::new(
        Cause::TokenOther,
        "the session token is not the access key's: an old one, that of another key, or damaged",
        SNAPSHOT,
    )
}

pub(super) fn missing() -> Finding {
    Finding::new(
        Cause::TokenMissing,
        "the server saw no session token, or none that was signed",
        "send x-amz-security-token with every request of temporary credentials, and sign it (SessionToken::Signed; IoT \
         alone wants it unsigned); see that no proxy drops it",
    )
}

pub(super) fn other() -> Finding {
    Finding::new(
        Cause::TokenOther,
        "another session token arrived than the one given here: an old one, or that of another access key",
        SNAPSHOT,
    )
}

pub(super) fn unexpected() -> Finding {
    Finding::new(
        Cause::TokenUnexpected,
        "a session token arrived, and the credentials given here have none",
        "give key, secret and token of the same credentials (AWS_SESSION_TOKEN too), or, for long-lived ones, no token \
         at all",
    )
}

pub(super) fn unsigned() -> Finding {
    Finding::new(
        Cause::TokenUnsigned,
        "the session token is sent unsigned, and the server wants it signed",
        "sign it: SessionToken::Signed; IoT alone wants it unsigned",
    )
}

const SNAPSHOT: &str = "take key, secret and token from one snapshot of the credentials, and sign anew when they rotate";
