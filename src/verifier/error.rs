//! Why a request was refused: AWS's own texts, and the codes and HTTP statuses that go with them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::fault::{ScopeFault, SignaturePlace};
use super::limits::TooLarge;
use crate::error::CanonicalError;
use crate::protocol::Timestamp;

/// Why a request was refused. `Display` is the text that AWS sends for it, unless its description says "ours".
///
/// It tells no more than a client may know: it holds no secret, no token, no signature and no canonical request. What it
/// quotes of the request may be of any length and bytes that the request may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Neither an Authorization header nor `X-Amz-Algorithm`.
    #[error("Request is missing Authentication Token")]
    AuthenticationMissing,
    /// Both an Authorization header and `X-Amz-Algorithm`.
    #[error(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    )]
    AuthenticationTwice,
    /// Another algorithm than `AWS4-HMAC-SHA256`.
    #[error("Unsupported AWS 'algorithm': '{algorithm}'.")]
    AlgorithmUnsupported {
        /// Its name. Empty for a header of one word, since that may be a secret.
        algorithm: String,
        /// Where it stood.
        place: SignaturePlace,
    },
    /// A part of the Authorization header is not `name=value`. Ours: AWS quotes the header.
    #[error("Invalid key=value pair (missing equal-sign) in Authorization header.")]
    AuthorizationForm,
    /// More than one Authorization header. Text ours.
    #[error("There is more than one 'Authorization' header in the HTTP request")]
    AuthorizationRepeated,
    /// The body's hash is not the one in `x-amz-content-sha256`.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    BodyMismatch {
        /// The hash that the client sent, in hex.
        client: String,
        /// The hash of the body that arrived, in hex.
        server: String,
    },
    /// The caller left the body unchecked, and its policy does not allow that. Ours.
    #[error("The body was left unchecked, which the policy does not allow")]
    BodyUnchecked,
    /// There must be an `x-amz-content-sha256`: the service requires it, or the body was left unchecked.
    #[error("Missing required header for this request: x-amz-content-sha256")]
    ContentSha256Missing,
    /// The credential has not five parts.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
    )]
    CredentialForm {
        /// The credential.
        credential: String,
        /// Where it stood.
        place: SignaturePlace,
    },
    /// The credential is for another region, service or day: all that is wrong, joined.
    #[error("{}", Joined(faults))]
    CredentialScope {
        /// At least one.
        faults: Vec<ScopeFault>,
        /// Where the credential stood.
        place: SignaturePlace,
    },
    /// There is no date, or it is not of the form `YYYYMMDDTHHMMSSZ`.
    #[error("Date must be in ISO-8601 'basic format'. Got '{given}'.")]
    DateForm {
        /// The date; empty, if there is none.
        given: String,
    },
    /// A presigned URL whose time is over.
    #[error("Request has expired")]
    Expired {
        /// When it was signed.
        signed_at: Timestamp,
        /// How long it was good for, in seconds.
        expires: u32,
        /// The server's clock.
        now: Timestamp,
    },
    /// `X-Amz-Expires` is not a number of seconds from 1 to 604800. The text for 0 is ours.
    #[error("X-Amz-Expires {}", expires_rule(given))]
    ExpiresRange {
        /// The parameter.
        given: String,
    },
    /// A header arrived unsigned that has to be signed: any `x-amz-*`, and what policy requires.
    #[error("There were headers present in the request which were not signed")]
    HeaderUnsigned {
        /// The header's name.
        name: String,
    },
    /// The Host header and the authority of the request's target name different hosts. Text ours.
    #[error("The 'Host' header differs from the authority of the request's target")]
    HostDiffers,
    /// More than one Host header, or an empty one. Text ours.
    #[error("There must be one 'Host' header in the HTTP request, and not an empty one")]
    HostForm,
    /// Neither `host` nor `:authority` is signed.
    #[error("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    HostUnsigned,
    /// The caller gave a key of another day, region or service than the claim's. Ours.
    #[error("The signing key is of {key_scope}, the claim of {scope}")]
    KeyScope {
        /// What the key is good for.
        key_scope: String,
        /// What it had to be good for.
        scope: String,
    },
    /// Parts of the signature are missing: all of them, in AWS's order.
    #[error("{}", missing_text(*place, parts))]
    PartsMissing {
        /// Where they had to stand.
        place: SignaturePlace,
        /// Their names.
        parts: Vec<&'static str>,
    },
    /// A part of the signature stands there twice, or a session token both in a header and in the query. Text ours.
    #[error("The request holds '{name}' more than once.")]
    PartRepeated {
        /// Its name.
        name: &'static str,
    },
    /// `x-amz-content-sha256` is neither a hash nor `UNSIGNED-PAYLOAD`: one of the `STREAMING-…` forms, which are not
    /// implemented, or no form at all.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    PayloadForm,
    /// The payload is unsigned, and policy does not allow that.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    PayloadUnsigned,
    /// A broken escape in the query.
    #[error("{}", escape_text(pattern))]
    QueryEscape {
        /// What follows the `%`: two bytes that are not hex digits, or fewer than two.
        pattern: String,
    },
    /// The request cannot be a request: raw parts that HTTP does not allow, or a path that does not begin with `/`. Ours.
    #[error("The request is malformed: {0}")]
    Request(#[from] CanonicalError),
    /// The request is over a limit. Ours.
    #[error(transparent)]
    RequestTooLarge(#[from] TooLarge),
    /// The signature is of a time too long ago.
    #[error(
        "Signature expired: {signed_at} is now earlier than {} ({now} - {})",
        earlier(*now, *skew),
        minutes(*skew)
    )]
    SignatureExpired {
        /// When it was signed, as the client says.
        signed_at: Timestamp,
        /// The server's clock.
        now: Timestamp,
        /// What they may differ by.
        skew: Duration,
    },
    /// The signature is another. The cause is not told: see [`Claim::diagnose`](super::Claim::diagnose).
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    SignatureMismatch,
    /// The signature is of a time that is still to come.
    #[error(
        "Signature not yet current: {signed_at} is still later than {} ({now} + {})",
        later(*now, *skew),
        minutes(*skew)
    )]
    SignatureNotYetCurrent {
        /// When it was signed, as the client says.
        signed_at: Timestamp,
        /// The server's clock.
        now: Timestamp,
        /// What they may differ by.
        skew: Duration,
    },
    /// A header that is named as signed did not arrive.
    #[error("'{name}' is named as a SignedHeader, but it does not exist in the HTTP request")]
    SignedHeaderMissing {
        /// The header's name.
        name: String,
    },
    /// The list of signed headers is not in lower case, sorted and without repeats, as every signer writes it. Text ours.
    #[error("'SignedHeaders' must be in lower case, sorted, and name each header once.")]
    SignedHeadersForm,
    /// A target that is a URL holds a `#` or a `\`, after which some parsers see another host or path. Ours.
    #[error("The request is malformed: its target is a URL that holds a '#' or '\\' at byte {at}")]
    TargetAmbiguous {
        /// The offset in the target, from 0.
        at: usize,
    },
    /// The session token has expired.
    #[error("The security token included in the request is expired")]
    TokenExpired,
    /// The access key is unknown, or the session token is not its owner's: which of the two is not told.
    #[error("The security token included in the request is invalid.")]
    TokenInvalid,
}

struct Joined<'a>(&'a [ScopeFault]);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if index > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

fn missing_text(place: SignaturePlace, parts: &[&str]) -> String {
    let sentence = |part: &&str| match place {
        SignaturePlace::Header => {
            alloc::format!("Authorization header requires '{part}' parameter.")
        }
        SignaturePlace::Query => {
            alloc::format!("AWS query-string parameters must include '{part}'.")
        }
    };
    let mut sentences: Vec<String> = parts.iter().map(sentence).collect();
    if place == SignaturePlace::Query {
        sentences.push("Re-examine the query-string parameters.".into());
    }
    sentences.join(" ")
}

fn escape_text(pattern: &str) -> String {
    if pattern.chars().count() < 2 {
        return "Incomplete trailing escape % sequence".into();
    }
    alloc::format!("Illegal hex character in escape % pattern: %{pattern}")
}

fn expires_rule(given: &str) -> &'static str {
    let digits = given.strip_prefix('-').unwrap_or(given);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        "should be a number"
    } else if digits.len() < given.len() {
        "must be non-negative"
    } else if digits.bytes().all(|byte| byte == b'0') {
        "must be at least 1 second"
    } else {
        "must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
    }
}

/// It stays after the time of the signature, and so is a time that exists: the fallback is never shown.
fn earlier(now: Timestamp, skew: Duration) -> Timestamp {
    Timestamp::from_unix(now.unix().saturating_sub(seconds(skew))).unwrap_or(now)
}

/// It stays before the time of the signature.
fn later(now: Timestamp, skew: Duration) -> Timestamp {
    Timestamp::from_unix(now.unix().saturating_add(seconds(skew))).unwrap_or(now)
}

/// Whole seconds, as far as they go.
pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// AWS writes minutes. What is no whole number of them is ours.
fn minutes(skew: Duration) -> String {
    match skew.as_secs() {
        seconds if seconds % 60 == 0 => alloc::format!("{} min.", seconds / 60),
        seconds => alloc::format!("{seconds} sec."),
    }
}
