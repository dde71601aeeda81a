//! Why a signature does not match: a signing compared with what the server says of it.
//!
//! [`Signer::explain_raw`] and [`Signer::explain_presigned_raw`] sign a request as `sign_raw` and `presign_raw` do, and
//! read the server's [`Answer`]: an error body of S3, of the services that speak JSON, of IAM and its like, of Neptune.
//! Many show the canonical request that they made of what arrived; the first line and byte that differs is named then
//! (bytes are counted from 0), and what is likely to be the cause. Others say in words what is wrong. Where nothing more
//! is said than that the signature does not match, what is left to check is listed.
//!
//! Sign at the time of the request that failed: [`Answer::signed_at`]. No text of this module holds the secret or the
//! session token.
//!
//! [`clock_offset`](crate::clock_offset) computes the clock skew from the `Date` header of any response.

mod answer;
mod canonical;
mod cause;
mod compare;
mod excerpt;
mod local;
mod mask;
mod ours;
mod report;
mod said;
mod signature;
mod token;

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

pub use self::answer::Answer;
pub use self::cause::Cause;
pub use self::report::{Explanation, Finding};

use self::ours::Ours;
use crate::error::SignError;
use crate::protocol::{Payload, RawRequest, Timestamp};
use crate::signer::Signer;

impl Signer {
    /// Explains why a request is refused that is signed in a header, as [`sign_raw`](Self::sign_raw) signs it. Without
    /// an answer, names what looks wrong in what is given.
    ///
    /// ```
    /// use countersign::explain::{Answer, Cause};
    /// use countersign::protocol::{Payload, RawRequest};
    /// use countersign::{Credentials, Signer};
    ///
    /// let answer = Answer::parse(
    ///     b"HTTP/1.1 403 Forbidden\r\n\r\n\
    ///       {\"message\":\"Credential should be scoped to correct service: 'execute-api'.\"}",
    /// );
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    /// let signer = Signer::new(credentials, "us-east-1", "apigateway");
    /// let request = RawRequest { method: "GET", target: b"https://api.example/pets", headers: &[] };
    /// let timestamp = answer.signed_at().map_or_else(|| signer.now(), Ok)?;
    ///
    /// let explanation = signer.explain_raw(&request, Payload::Bytes(b""), timestamp, Some(&answer))?;
    /// assert_eq!(explanation.findings()[0].cause(), Cause::ScopeService);
    /// println!("{explanation}");
    /// # Ok::<(), countersign::SignError>(())
    /// ```
    ///
    /// # Errors
    /// The request cannot be signed: see [`SignError`].
    pub fn explain_raw(
        &self,
        request: &RawRequest<'_>,
        payload: Payload<'_>,
        timestamp: Timestamp,
        answer: Option<&Answer>,
    ) -> Result<Explanation, SignError> {
        let signed = self.sign_raw_at(request, payload, timestamp)?;
        Ok(explain(&Ours::new(self, request, payload, timestamp, signed.stages())?, answer))
    }

    /// Explains why a presigned request is refused, as [`presign_raw`](Self::presign_raw) signs it. `request` is the one
    /// that was presigned, without what presigning adds to its query.
    ///
    /// # Errors
    /// The request cannot be presigned: see [`SignError`].
    pub fn explain_presigned_raw(
        &self,
        request: &RawRequest<'_>,
        payload: Payload<'_>,
        expires: Duration,
        timestamp: Timestamp,
        answer: Option<&Answer>,
    ) -> Result<Explanation, SignError> {
        let presigned = self.presign_raw_at(request, payload, expires, timestamp)?;
        Ok(explain(&Ours::new(self, request, payload, timestamp, presigned.stages())?, answer))
    }
}

/// What comes first: credentials that are no credentials; another access key, since it explains all the rest; what the
/// server says in words; what its texts show; what looks wrong without them. Where the server says no more than that the
/// signature does not match, what looks wrong is the better lead.
fn explain(ours: &Ours<'_>, answer: Option<&Answer>) -> Explanation {
    let (mut findings, mut local) = (Vec::from_iter(local::swapped(ours)), local::findings(ours));
    if let Some(answer) = answer {
        findings.extend(signature::access_key(answer, ours));
        findings.extend(said::findings(answer, ours));
        findings.extend(compare::findings(answer, ours));
        if findings.is_empty() {
            let general = said::in_general(answer, ours);
            match general.cause() {
                Cause::Undetermined => local.push(general),
                _ => findings.push(general),
            }
        }
    }
    findings.append(&mut local);
    Explanation::new(answer.map(|answer| in_a_line(answer, ours)), findings, ours.shown_stages())
}

/// Status, code and the beginning of the message.
fn in_a_line(answer: &Answer, ours: &Ours<'_>) -> String {
    let mut said = answer.status().map_or_else(String::new, |status| format!("{status} "));
    if let Some(code) = answer.code() {
        said += &ours.mask.line(code);
        said += ": ";
    }
    said += &ours.mask.line(answer.sentence());
    if said.is_empty() { "nothing that can be read".into() } else { said }
}
