//! `countersign sign`: the headers that sign a request.

use serde_json::{Map, Value, json};

use crate::args::Sign;
use crate::curl_command::curl_command;
use crate::prepare::prepare;
use crate::report::{BOLD, Failure, Notes, Outcome, paint, visible};
use crate::signing::StageTexts;

pub(crate) fn sign(args: &Sign, notes: &mut Notes) -> Result<Outcome, Failure> {
    let (loaded, signing) = prepare(&args.request, &args.scope, &args.signing, notes)?;
    let signed = signing.sign(&loaded.request).map_err(Failure::refused)?;
    let mut json = json!({
        "method": loaded.request.method,
        "url": loaded.url,
        "headers": as_object(&signed.set),
        "remove_headers": signed.removed,
        "signature": signed.stages.signature,
    });
    let mut text = Vec::new();
    if args.curl {
        let data_file = args.request.data_file.as_deref();
        let command = curl_command(&loaded, &signed, data_file)?;
        insert(&mut json, "curl", Some(&*command));
        text = (command + "\n").into();
    } else if args.stages {
        text = stages(&signed.stages, "signature").into();
    } else {
        for (name, value) in &signed.set {
            text.extend([paint(BOLD, name).as_bytes(), b": ", value, b"\n"].concat());
        }
    }
    for name in signed.removed.iter().filter(|name| loaded.request.header(name).is_some()) {
        if !args.curl {
            notes.note(format!("remove the header {name} from the request"));
        }
    }
    if args.stages {
        insert_stages(&mut json, &signed.stages);
    }
    Ok(Outcome { text, json, code: 0 })
}

/// The stages of a signature, each under its name.
pub(crate) fn stages(stages: &StageTexts, signature_name: &str) -> String {
    let signature = stages.signature.as_ref();
    let named = [
        ("canonical request", Some(&stages.canonical_request)),
        ("string to sign", Some(&stages.string_to_sign)),
        (signature_name, signature),
    ];
    let shown = named.into_iter().filter_map(|(name, stage)| {
        Some(format!("{}\n{}\n", paint(BOLD, &format!("{name}:")), visible(stage?)))
    });
    shown.collect::<Vec<_>>().join("\n")
}

pub(crate) fn insert_stages(json: &mut Value, stages: &StageTexts) {
    insert(json, "canonical_request", Some(&*stages.canonical_request));
    insert(json, "string_to_sign", Some(&*stages.string_to_sign));
}

pub(crate) fn insert(json: &mut Value, name: &str, value: Option<&str>) {
    if let Some(object) = json.as_object_mut() {
        object.insert(name.into(), value.into());
    }
}

/// Headers of different names.
pub(crate) fn as_object(headers: &[(String, Vec<u8>)]) -> Value {
    let value = |value: &[u8]| Value::from(String::from_utf8_lossy(value));
    let object: Map<_, _> =
        headers.iter().map(|(name, bytes)| (name.clone(), value(bytes))).collect();
    object.into()
}
