//! One signed request, and what is told of its answer.

use std::error::Error;
use std::io::Write;

use bytes::Bytes;
use countersign::neptune::ErrorBody;
use countersign::protocol::{Payload, RawRequest, Timestamp};
use countersign::{SignError, Signer};
use http::Request;

use super::client::{Answer, Client};

/// Signs it now and sends it. What explains a refusal is the request before it was signed, and when that was.
pub(crate) async fn send(
    client: &Client,
    signer: &Signer,
    request: &Request<Bytes>,
) -> Result<(Answer, Timestamp), Box<dyn Error>> {
    let now = signer.now()?;
    let mut signed = request.clone();
    signer.sign_at(&mut signed, now)?;
    Ok((client.send(signed).await?, now))
}

/// Prints the body of a good answer to `out`; of a refusal what was said to `out`, and why to `err`. `secrets` are not
/// shown, whatever was said. Whether it was good.
pub(crate) fn report(
    answer: &Answer,
    explained: impl FnOnce(&Answer) -> Result<String, SignError>,
    secrets: &[String],
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> Result<bool, Box<dyn Error>> {
    if (200..300).contains(&answer.status) {
        out.write_all(&answer.body)?;
        if !answer.body.ends_with(b"\n") {
            out.write_all(b"\n")?;
        }
        return Ok(true);
    }
    // An error can quote the request, and with it the token.
    let mut said = String::from_utf8_lossy(&answer.body).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        // JSON may escape a slash.
        said = said.replace(&**secret, "***").replace(&secret.replace('/', r"\/"), "***");
    }
    writeln!(out, "{said}")?;
    writeln!(err, "refused with status {}", answer.status)?;
    if answer.status == 403 {
        write!(err, "\n{}", explained(answer)?)?;
    }
    Ok(false)
}

/// Why the server does not believe the signature of the request.
pub(crate) fn explain(
    signer: &Signer,
    request: &Request<Bytes>,
    signed_at: Timestamp,
    answer: &Answer,
) -> Result<String, SignError> {
    let target = request.uri().to_string();
    let headers: Vec<(&str, &[u8])> =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let raw = RawRequest {
        method: request.method().as_str(),
        target: target.as_bytes(),
        headers: &headers,
    };
    let said = ErrorBody::parse(&answer.body).to_answer(Some(answer.status));
    let payload = Payload::Bytes(request.body());
    Ok(signer.explain_raw(&raw, payload, signed_at, Some(&said))?.to_string())
}
