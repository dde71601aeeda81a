//! `countersign presign`: a URL that carries its signature.

use countersign_cli::UrlParts;
use serde_json::json;

use crate::args::Presign;
use crate::prepare::{has_signature, prepare};
use crate::report::{Failure, Notes, Outcome};
use crate::sign::{as_object, insert_stages, stages};

pub(crate) fn presign(args: &Presign, notes: &mut Notes) -> Result<Outcome, Failure> {
    let (loaded, signing) = prepare(&args.request, &args.scope, &args.signing, notes)?;
    let presigned = signing.presign(&loaded.request, args.expires).map_err(|error| {
        if has_signature(&loaded.request) {
            notes.hint("--strip removes the signature that the request already has");
        }
        Failure::refused(error)
    })?;
    let url = loaded.url.ok_or_else(|| Failure::refused("the request names no host"))?;
    let parts = UrlParts::split(&url);
    let path = if parts.path.is_empty() { "/" } else { parts.path };
    let url = format!("{}{path}?{}", parts.origin, presigned.query);

    let because = match presigned.expires_with_credentials {
        true => ", when the credentials expire",
        false => "",
    };
    notes.note(format!(
        "for {}; expires at {}{because}",
        loaded.request.method, presigned.expires_at
    ));
    // Clients send this Host themselves.
    let is_usual = |(name, value): &&(String, Vec<u8>)| {
        name == "host" && parts.authority().as_bytes() == &**value
    };
    let headers: Vec<_> =
        presigned.headers.iter().filter(|header| !is_usual(header)).cloned().collect();
    for (name, value) in &headers {
        notes.note(format!("send the header {name}: {}", String::from_utf8_lossy(value)));
    }
    if presigned.is_payload_signed {
        let body = match loaded.request.body.len() {
            0 => "no body".to_owned(),
            length => format!("the body that is signed ({length} bytes)"),
        };
        notes.note(format!("send {body}"));
    }
    let mut json = json!({
        "method": loaded.request.method,
        "url": url,
        "headers": as_object(&headers),
        "payload": if presigned.is_payload_signed { "signed" } else { "unsigned" },
        "expires_at": presigned.expires_at,
        "expires_with_credentials": presigned.expires_with_credentials,
        "signature": presigned.stages.signature,
    });
    let text = if args.stages {
        insert_stages(&mut json, &presigned.stages);
        stages(&presigned.stages, "signature")
    } else {
        url + "\n"
    };
    Ok(Outcome { text: text.into(), json, code: 0 })
}
