//! `countersign verify`: whether a request is signed with a key.

use countersign_cli::ClaimedScope;
use serde_json::json;

use crate::args::{Style, Verify};
use crate::credentials;
use crate::load::{BODY_UNKNOWN, load};
use crate::report::{BOLD, Failure, GREEN, Notes, Outcome, RED, REFUSED, paint, visible};
use crate::sign::{insert, insert_stages, stages};
use crate::signing::{Accepted, Refused, Timestamp, Verification, now};

pub(crate) fn verify(args: &Verify, notes: &mut Notes) -> Result<Outcome, Failure> {
    let loaded = load(&args.request, notes)?;
    let claimed = ClaimedScope::of(&loaded.request);
    let found = credentials::find(args.scope.profile(), notes)?;
    let of_claim = |part: fn(&ClaimedScope) -> &String| claimed.as_ref().map(part).cloned();
    let service = args.scope.service.clone().or_else(|| of_claim(|claimed| &claimed.service));
    let service = service.unwrap_or_default();
    let region = args.scope.region.clone().or_else(|| of_claim(|claimed| &claimed.region));
    let verification = Verification {
        credentials: found.credentials,
        region: region.unwrap_or_default(),
        style: args.scope.style.unwrap_or_else(|| Style::of_service(&service)),
        service,
        session_token: args.scope.session_token,
        skew_minutes: args.skew,
        time: time(args.time.as_deref(), claimed.as_ref())?,
        is_body_known: loaded.is_body_known,
    };
    let verdict = verification.verify(&loaded.request);
    let (mut text, mut json, code) = match &verdict.result {
        Ok(accepted) => accepted_outcome(accepted, &verification, notes),
        Err(refused) => {
            if !loaded.is_body_known {
                notes.hint(BODY_UNKNOWN);
            }
            if let Some(hint) = &refused.hint {
                notes.hint(hint);
            }
            refused_outcome(refused)
        }
    };
    if let Some(stage_texts) = verdict.stages.filter(|_| args.stages) {
        text = text + "\n" + &stages(&stage_texts, "expected signature");
        insert_stages(&mut json, &stage_texts);
        insert(&mut json, "expected_signature", stage_texts.signature.as_deref());
    }
    Ok(Outcome { text: text.into(), json, code })
}

/// The time to verify at: now, a given one, or that of the signature.
fn time(given: Option<&str>, claimed: Option<&ClaimedScope>) -> Result<Timestamp, Failure> {
    let invalid = |error| Failure::usage(format!("--time: {error}"));
    match (given, claimed) {
        (Some("signed"), Some(claimed)) => claimed.timestamp.parse().or_else(|_| now()),
        (None | Some("signed"), _) => now(),
        (Some(time), _) => return time.parse().map_err(invalid),
    }
    .map_err(Failure::usage)
}

fn accepted_outcome(
    accepted: &Accepted,
    verification: &Verification,
    notes: &mut Notes,
) -> (String, serde_json::Value, u8) {
    let Verification { region, service, .. } = verification;
    if accepted.body == "unsigned" {
        notes.note("the signature says nothing about the body");
    }
    let lines = [
        ("access key", &accepted.access_key_id),
        ("region", region),
        ("service", service),
        ("signed at", &accepted.signed_at),
        ("valid until", &accepted.valid_until),
        ("signed headers", &accepted.signed_headers.join(";")),
        ("body", &accepted.body.to_owned()),
    ];
    let mut text = paint(GREEN, "verified") + "\n";
    for (name, value) in lines {
        text += &format!("{} {}\n", paint(BOLD, &format!("{name}:")), visible(value));
    }
    let json = json!({
        "verified": true,
        "access_key_id": accepted.access_key_id,
        "region": region,
        "service": service,
        "signed_at": accepted.signed_at,
        "valid_until": accepted.valid_until,
        "signed_headers": accepted.signed_headers,
        "body": accepted.body,
    });
    (text, json, 0)
}

fn refused_outcome(refused: &Refused) -> (String, serde_json::Value, u8) {
    let Refused { code, status, message, .. } = refused;
    let verdict = paint(RED, "not verified");
    let text = format!("{verdict}: {} ({status} {code})\n", visible(message));
    let json = json!({ "verified": false, "code": code, "status": status, "message": message });
    (text, json, REFUSED)
}
