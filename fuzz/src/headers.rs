//! Headers, through the public types of the protocol: lines, names and pairs.

use arbitrary::Arbitrary;
use countersign::SignError;
use countersign::arbitrary::ArbitraryRequest;
use countersign::protocol::{
    CanonicalRequest, Credential, Payload, PayloadHash, QueryAuthorization, RawRequest, Scope,
};

use super::both::{Case, rules};
use super::how::How;
use super::reference::{self, Mode};

#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    how: How,
    /// As they are sent.
    lines: &'a [u8],
}

impl Input<'_> {
    pub fn check(&self) {
        if !self.how.is_sound() {
            return;
        }
        let text = [b"GET / HTTP/1.1\r\n", self.lines].concat();
        let case = self.how.case(ArbitraryRequest::from_text(&text));
        let pairs = case.headers();
        let ours = canonical(&case, &case.raw_request(&pairs));
        let reference = reference::sign(&case.request, &case.policy, &case.signing, &case.mode);
        let (ours, reference) = match (ours, reference) {
            (Ok(ours), Ok(reference)) => (ours, reference),
            (Err(_), Err(_)) => return,
            (ours, reference) => panic!("ours: {ours:?}\nreference: {reference:?}"),
        };
        let mut written = Vec::new();
        ours.write(&mut written);
        assert_eq!(written, reference.canonical_request);
        assert_eq!(ours.headers().to_string(), reference.signed_headers);
        let lines: Vec<Vec<u8>> = ours
            .signed_headers()
            .into_iter()
            .map(|(name, value)| [name.as_bytes(), &value].join(&b':'))
            .collect();
        // Behind method, path and query; in front of an empty line, the names and the hash.
        let all: Vec<&[u8]> = written.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines, all[3..all.len() - 3]);
    }
}

fn canonical<'a>(case: &'a Case, raw: &RawRequest<'a>) -> Result<CanonicalRequest<'a>, SignError> {
    let (signing, rules) = (&case.signing, rules(&case.policy));
    let timestamp = case.now();
    let hash = PayloadHash::from(Payload::Bytes(&case.request.body));
    let token = signing.token.as_deref().filter(|token| !token.is_empty());
    let signed_token = token.filter(|_| case.policy.sign_token);
    match case.mode {
        Mode::Header => CanonicalRequest::for_header(raw, hash, timestamp, signed_token, &rules),
        Mode::Query { expires } => {
            let scope = Scope::new(timestamp.date(), &signing.region, &signing.service)?;
            let credential = Credential::new(&signing.access_key_id, scope)?;
            let expires = core::time::Duration::from_secs(expires);
            let mut authorization = QueryAuthorization::new(credential, timestamp, expires)?;
            if let Some(token) = token {
                authorization = authorization.with_session_token(token, &rules);
            }
            let unsigned = case.policy.presign_unsigned_payload;
            let hash = if unsigned { PayloadHash::UNSIGNED } else { hash };
            CanonicalRequest::for_query(raw, hash, authorization, &rules)
        }
    }
}
