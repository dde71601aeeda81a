//! A signed request as a client sends it, and what a server makes of it.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use core::time::Duration;

use countersign::protocol::{Payload, RawRequest, Scope, Timestamp};
use countersign::verifier::{
    AccessKey, Body, BodyVerification, SKEW, Verified, Verifier, VerifyError,
};
use countersign::{Credentials, Stages};

use super::both::{Case, rules};
use super::reference::{self, Mode, Request};

/// A request as a client sends it, whose policy the server knows.
#[derive(Clone, Debug)]
pub struct Sent {
    pub case: Case,
    pub request: Request,
    pub signed_headers: String,
    pub canonical_request: Vec<u8>,
}

impl Sent {
    /// What a client makes of a request that can be signed. `None` for what a server refuses by itself: broken escapes;
    /// headers that the client does not sign, and the server takes for `x-amz-*`; tokens that blanks would change.
    pub fn of(case: Case) -> Option<Self> {
        let signer = case.signer();
        let (pairs, payload) = (case.headers(), Payload::Bytes(&case.request.body));
        let (raw, time) = (case.raw_request(&pairs), case.now());
        let (authority, path, query) = part(&case.request.target)?;
        // A client sends a path, if the URL has none.
        let path = if path.is_empty() { b"/" } else { path };
        let token = case.signing.token.as_deref().filter(|token| !token.is_empty());
        if is_broken(query) || token.is_some_and(|token| token.trim_matches([' ', '\t']) != token) {
            return None;
        }
        let mut headers = case.request.headers.clone();
        // A `_` passes for a `-`.
        let seems_amz =
            |name: &str| name.replace('_', "-").to_ascii_lowercase().starts_with("x-amz-");
        let is_amz = |name: &str| name.to_ascii_lowercase().starts_with("x-amz-");
        if case.policy.minimal_headers
            && headers.iter().any(|(name, _)| seems_amz(name) && !is_amz(name))
        {
            return None;
        }
        if !is_sent(&headers, "host") {
            headers.push(("Host".to_owned(), authority.to_vec()));
        }
        let (stages, query) = match case.mode {
            Mode::Header => {
                let signed = signer.sign_raw_at(&raw, payload, time).ok()?;
                let stages = of_stages(signed.stages());
                let set = signed.into_headers();
                for name in set.removed() {
                    remove(&mut headers, name);
                }
                for header in set.iter() {
                    remove(&mut headers, header.name);
                    headers.push((header.name.to_owned(), header.value.to_vec()));
                }
                (stages, query.to_vec())
            }
            Mode::Query { expires } => {
                let refused = ["x-amz-user-agent", "x-amz-checksum-mode", "x-amz-security-token"];
                if refused.into_iter().any(|name| is_sent(&headers, name)) {
                    return None;
                }
                let life = Duration::from_secs(expires);
                let signed = signer.presign_raw_at(&raw, payload, life, time).ok()?;
                for (name, value) in signed.signed_headers() {
                    remove(&mut headers, &name);
                    headers.push((name, value));
                }
                let mut query = Vec::new();
                signed.write(&mut query);
                (of_stages(signed.stages()), query)
            }
        };
        let (signed_headers, canonical_request) = stages;
        let request = Request {
            method: case.request.method.clone(),
            target: [path, b"?", &query].concat(),
            headers,
            body: case.request.body.clone(),
        };
        Some(Self { request, signed_headers, canonical_request, case })
    }

    pub fn verifier(&self) -> Verifier {
        let signing = &self.case.signing;
        Verifier::new(&signing.region, &signing.service, SKEW)
            .with_rules(rules(&self.case.policy))
            .allow_unsigned_payload()
    }

    pub fn verify(&self) -> Result<Verified, VerifyError> {
        let Request { method, target, headers, body } = &self.request;
        let headers: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let request = RawRequest { method, target, headers: &headers };
        let verifier = self.verifier();
        let claim = verifier.read_raw(&request, self.case.now())?;
        let key = self.case.access_key(claim.access_key_id(), claim.scope());
        claim.verify(&key, Body::Bytes(body))
    }

    /// What the server's canonical request is, by the reference.
    pub fn arrived(&self) -> Option<Vec<u8>> {
        let is_presigned = matches!(self.case.mode, Mode::Query { .. });
        reference::arrived(&self.request, &self.case.policy, &self.signed_headers, is_presigned)
    }

    /// Whether this, changed on the way, is still the request that was signed: by the reference's canonical request, and by
    /// what the signature covers beside it.
    pub fn is_same_as(&self, signed: &Self) -> bool {
        let (_, query) = cut_query(&self.request.target);
        !is_broken(query)
            && self.arrived().as_ref() == Some(&signed.canonical_request)
            && self.outside() == signed.outside()
    }

    /// What the signature covers without being in the canonical request.
    fn outside(&self) -> Vec<Vec<u8>> {
        let Request { headers, target, body, .. } = &self.request;
        let names = ["authorization", "x-amz-security-token", "host"];
        let headers =
            headers.iter().filter(|(name, _)| names.contains(&name.to_ascii_lowercase().as_str()));
        let mut outside: Vec<Vec<u8>> =
            headers.map(|(_, value)| value.trim_ascii().to_vec()).collect();
        if matches!(self.case.mode, Mode::Query { .. }) {
            let (_, query) = cut_query(target);
            let mut parameters = reference::parse_query(query, self.case.policy.plus_is_space);
            parameters.sort();
            let own: [&[u8]; 2] = [b"X-Amz-Signature", b"X-Amz-Security-Token"];
            let own = parameters.into_iter().filter(|(name, _)| own.contains(&name.as_slice()));
            outside.extend(own.map(|(_, value)| value));
        }
        if self.signed_headers.contains("x-amz-content-sha256")
            && self.verdict() == BodyVerification::Verified
        {
            outside.push(body.clone());
        }
        outside
    }

    /// What is to be said of the body.
    pub fn verdict(&self) -> BodyVerification {
        if self.canonical_request.ends_with(b"\nUNSIGNED-PAYLOAD") {
            BodyVerification::Unsigned
        } else {
            BodyVerification::Verified
        }
    }
}

impl Case {
    pub fn now(&self) -> Timestamp {
        self.signing.timestamp.parse().unwrap()
    }

    /// What the server knows of an access key.
    pub fn access_key(&self, access_key_id: &str, scope: Scope<'_>) -> AccessKey {
        let signing = &self.signing;
        let credentials = Credentials::new(&signing.access_key_id, &signing.secret)
            .with_session_token(signing.token.clone().unwrap_or_default());
        let known = Some(&credentials).filter(|known| known.access_key_id() == access_key_id);
        AccessKey::from_lookup(known, scope)
    }
}

fn of_stages(stages: Stages<'_>) -> (String, Vec<u8>) {
    let mut canonical_request = Vec::new();
    stages.canonical_request().write(&mut canonical_request);
    (stages.canonical_request().headers().to_string(), canonical_request)
}

fn is_sent(headers: &[(String, Vec<u8>)], name: &str) -> bool {
    headers.iter().any(|(sent, _)| sent.eq_ignore_ascii_case(name))
}

fn remove(headers: &mut Vec<(String, Vec<u8>)>, name: &str) {
    headers.retain(|(sent, _)| !sent.eq_ignore_ascii_case(name));
}

/// A target's authority, path and query.
fn part(target: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let is_scheme = |scheme: &[u8]| {
        let may_stand = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        scheme.first().is_some_and(u8::is_ascii_alphabetic) && scheme.iter().all(may_stand)
    };
    let url = target.windows(3).position(|bytes| bytes == b"://");
    let (authority, origin) = match url.filter(|colon| is_scheme(&target[..*colon])) {
        Some(colon) => {
            let rest = target[colon + 3..].split(|byte| *byte == b'#').next()?;
            let end = rest.iter().position(|byte| b"/?".contains(byte)).unwrap_or(rest.len());
            rest.split_at(end)
        }
        None => (&b""[..], target),
    };
    let (path, query) = cut_query(origin);
    Some((authority, path, query))
}

fn cut_query(target: &[u8]) -> (&[u8], &[u8]) {
    match target.iter().position(|byte| *byte == b'?') {
        Some(at) => (&target[..at], &target[at + 1..]),
        None => (target, b""),
    }
}

fn is_broken(query: &[u8]) -> bool {
    let mut pieces = query.split(|byte| *byte == b'%');
    pieces.next();
    pieces.any(|after| !after.get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)))
}
