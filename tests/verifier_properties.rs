//! What this crate signs it verifies, and no other request under the same signature.

#[path = "support/both.rs"]
mod both;
#[path = "support/reference.rs"]
mod reference;
#[path = "support/strategies.rs"]
mod strategies;

use countersign::Credentials;
use countersign::protocol::{RawRequest, Timestamp};
use countersign::verifier::{
    AccessKey, Body, BodyVerdict, Dialect, SKEW, UnsignedPayload, Verified, Verifier, VerifyError,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use self::both::{Case, rules};
use self::reference::{Mode, Reference, Request};
use self::strategies::{config, sound_case, value};

/// A request as a client sends it, whose policy the server knows.
#[derive(Clone, Debug)]
struct Arrived {
    case: Case,
    request: Request,
    signed_headers: String,
    canonical_request: Vec<u8>,
}

fn arrived() -> impl Strategy<Value = Arrived> {
    sound_case().prop_filter_map("cannot be sent", |case| {
        let signed = case.ours().unwrap();
        let request = send(&case, &signed)?;
        let Reference { signed_headers, canonical_request, .. } = signed;
        Some(Arrived { case, request, signed_headers, canonical_request })
    })
}

/// What a client makes of a request and its signature. `None` for what a server refuses by itself: broken escapes; headers
/// that are not to be signed in a presigned URL, and still begin with `x-amz-`; tokens that blanks would change.
fn send(case: &Case, signed: &Reference) -> Option<Request> {
    let Case { request, signing, mode, .. } = case;
    let target = request.target.as_slice();
    let url = target.windows(3).position(|bytes| bytes == b"://").filter(|_| target[0] != b'/');
    let after_host = match url {
        Some(colon) => {
            let rest = target[colon + 3..].split(|byte| *byte == b'#').next()?;
            let end = rest.iter().position(|byte| b"/?".contains(byte)).unwrap_or(rest.len());
            &rest[end..]
        }
        None => target,
    };
    let (path, query) = match after_host.iter().position(|byte| *byte == b'?') {
        Some(at) => (&after_host[..at], &after_host[at + 1..]),
        None => (after_host, &b""[..]),
    };
    let token = signing.token.as_deref().filter(|token| !token.is_empty());
    if is_broken(query) || token.is_some_and(|token| token.trim_matches([' ', '\t']) != token) {
        return None;
    }
    let mut headers = request.headers.clone();
    let host = signed.canonical_request.split(|byte| *byte == b'\n');
    let host = host.skip(3).find_map(|line| line.strip_prefix(b"host:")).unwrap();
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
    headers.push(("Host".to_owned(), host.to_vec()));
    let is_sent = |name: &str| headers.iter().any(|(sent, _)| sent.eq_ignore_ascii_case(name));
    let query = match mode {
        Mode::Query { .. } => {
            let refused = ["x-amz-user-agent", "x-amz-checksum-mode", "x-amz-security-token"];
            if refused.into_iter().any(is_sent) {
                return None;
            }
            signed.query.clone().unwrap()
        }
        Mode::Header => {
            let replaced = ["authorization", "x-amz-date", "x-amz-security-token"];
            headers.retain(|(name, _)| !replaced.contains(&name.to_ascii_lowercase().as_str()));
            let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.into()));
            add("X-Amz-Date", &signing.timestamp);
            token.into_iter().for_each(|token| add("X-Amz-Security-Token", token));
            let scope =
                format!("{}/{}/{}", &signing.timestamp[..8], signing.region, signing.service);
            let (names, signature) = (&signed.signed_headers, &signed.signature);
            add(
                "Authorization",
                &format!(
                    "AWS4-HMAC-SHA256 Credential={}/{scope}/aws4_request, SignedHeaders={names}, Signature={signature}",
                    signing.access_key_id
                ),
            );
            query.to_vec()
        }
    };
    // The hash that was signed is the one that is sent.
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-amz-content-sha256"));
    if signed.signed_headers.split(';').any(|name| name == "x-amz-content-sha256") {
        let hash = signed.canonical_request.rsplit(|byte| *byte == b'\n').next()?;
        headers.push(("X-Amz-Content-Sha256".to_owned(), hash.to_vec()));
    }
    let target = [path, b"?", &query].concat();
    let (method, body) = (request.method.clone(), request.body.clone());
    Some(Request { method, target, headers, body })
}

fn is_broken(query: &[u8]) -> bool {
    let mut pieces = query.split(|byte| *byte == b'%');
    pieces.next();
    pieces.any(|after| !after.get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)))
}

impl Arrived {
    fn now(&self) -> Timestamp {
        self.case.signing.timestamp.parse().unwrap()
    }

    fn verifier(&self) -> Verifier {
        let signing = &self.case.signing;
        Verifier::new(&signing.region, &signing.service, SKEW)
            .with_rules(rules(&self.case.policy))
            .with_unsigned_payload(UnsignedPayload::Allowed)
    }

    fn verify(&self) -> Result<Verified, VerifyError> {
        let Request { method, target, headers, body } = &self.request;
        let headers: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let request = RawRequest { method, target, headers: &headers };
        let (verifier, signing) = (self.verifier(), &self.case.signing);
        let claim = verifier.read_raw(&request, self.now())?;
        let credentials = Credentials::new(&signing.access_key_id, &signing.secret)
            .with_session_token(signing.token.clone().unwrap_or_default());
        let key = if claim.access_key_id() == signing.access_key_id {
            AccessKey::of_credentials(&credentials, claim.scope()).unwrap()
        } else {
            AccessKey::unknown(claim.scope())
        };
        claim.verify(&key, Body::Bytes(body))
    }

    fn is_presigned(&self) -> bool {
        matches!(self.case.mode, Mode::Query { .. })
    }

    fn canonical_request(&self) -> Option<Vec<u8>> {
        let policy = &self.case.policy;
        reference::arrived(&self.request, policy, &self.signed_headers, self.is_presigned())
    }

    /// What the signature covers without being in the canonical request.
    fn outside(&self) -> Vec<Vec<u8>> {
        let Request { headers, target, body, .. } = &self.request;
        let names = ["authorization", "x-amz-security-token", "host"];
        let headers =
            headers.iter().filter(|(name, _)| names.contains(&name.to_ascii_lowercase().as_str()));
        let mut outside: Vec<Vec<u8>> =
            headers.map(|(_, value)| value.trim_ascii().to_vec()).collect();
        if self.is_presigned() {
            let query = target.splitn(2, |byte| *byte == b'?').nth(1).unwrap_or_default();
            let mut parameters = reference::parse_query(query, self.case.policy.plus_is_space);
            parameters.sort();
            let own: [&[u8]; 2] = [b"X-Amz-Signature", b"X-Amz-Security-Token"];
            let own = parameters.into_iter().filter(|(name, _)| own.contains(&name.as_slice()));
            outside.extend(own.map(|(_, value)| value));
        }
        if self.signed_headers.contains("x-amz-content-sha256") && !self.payload_is_unsigned() {
            outside.push(body.clone());
        }
        outside
    }

    fn payload_is_unsigned(&self) -> bool {
        self.canonical_request.ends_with(b"\nUNSIGNED-PAYLOAD")
    }
}

/// Something that happens on the way.
#[derive(Clone, Debug)]
enum Change {
    Bit(Index, u32),
    Method,
    RemoveHeader(Index),
    RepeatHeader(Index),
    AddHeader(String, Vec<u8>),
    UpperCaseName(Index),
    Append(&'static str),
    SwapParameters(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let name = select(&["accept", "user-agent", "x-forwarded-for", "connection", "a", "range"]);
    prop_oneof![
        8 => (any::<Index>(), 0..8_u32).prop_map(|(at, bit)| Change::Bit(at, bit)),
        1 => Just(Change::Method),
        1 => any::<Index>().prop_map(Change::RemoveHeader),
        1 => any::<Index>().prop_map(Change::RepeatHeader),
        1 => (name, value()).prop_map(|(name, value)| Change::AddHeader(name.to_owned(), value)),
        1 => any::<Index>().prop_map(Change::UpperCaseName),
        1 => select(&["&", "&&", "&a", "&%41=", "a", "%20"]).prop_map(Change::Append),
        1 => any::<(Index, Index)>().prop_map(|(a, b)| Change::SwapParameters(a, b)),
    ]
}

impl Change {
    fn apply(&self, request: &mut Request) {
        let Request { method, target, headers, body } = request;
        match self {
            Self::Bit(at, bit) => {
                let values = headers.iter_mut().flat_map(|(_, value)| value);
                let mut bytes: Vec<&mut u8> = values.chain(target).chain(body).collect();
                let at = at.index(bytes.len());
                *bytes[at] ^= 1 << bit;
            }
            Self::Method => method.push('X'),
            Self::RemoveHeader(at) => drop(headers.remove(at.index(headers.len()))),
            Self::RepeatHeader(at) => headers.push(headers[at.index(headers.len())].clone()),
            Self::AddHeader(name, value) => headers.push((name.clone(), value.clone())),
            Self::UpperCaseName(at) => {
                let at = at.index(headers.len());
                headers[at].0.make_ascii_uppercase();
            }
            Self::Append(text) => target.extend(text.bytes()),
            Self::SwapParameters(a, b) => {
                let at = target.iter().position(|byte| *byte == b'?').unwrap();
                let query = target.split_off(at + 1);
                let mut pieces: Vec<&[u8]> = query.split(|byte| *byte == b'&').collect();
                let (a, b) = (a.index(pieces.len()), b.index(pieces.len()));
                pieces.swap(a, b);
                target.extend(pieces.join(&b'&'));
            }
        }
    }
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn what_is_signed_is_verified(arrived in arrived()) {
        prop_assert_eq!(arrived.canonical_request(), Some(arrived.canonical_request.clone()));
        let verified = match arrived.verify() {
            Ok(verified) => verified,
            Err(error) => return Err(TestCaseError::fail(format!("{error:?}"))),
        };
        prop_assert_eq!(verified.access_key_id(), &arrived.case.signing.access_key_id);
        prop_assert_eq!(verified.signed_headers().collect::<Vec<_>>().join(";"), arrived.signed_headers.as_str());
        let expected = if arrived.payload_is_unsigned() { BodyVerdict::Unsigned } else { BodyVerdict::Verified };
        prop_assert_eq!(verified.body(), expected);
    }

    /// Neither more nor less: what the reference calls the same request is verified, and nothing else is.
    #[test]
    fn what_is_changed_on_the_way_is_refused_where_it_was_signed(arrived in arrived(), change in change()) {
        let mut changed = arrived.clone();
        change.apply(&mut changed.request);
        let query = changed.request.target.splitn(2, |byte| *byte == b'?').nth(1).unwrap_or_default();
        let is_same = !is_broken(query)
            && changed.canonical_request() == Some(arrived.canonical_request.clone())
            && changed.outside() == arrived.outside();
        let verdict = changed.verify();
        prop_assert_eq!(verdict.is_ok(), is_same, "{:?}", verdict);
    }
}

/// Anything at all, with parts in it that mean something.
fn wild() -> impl Strategy<Value = Request> {
    let text = || {
        let piece = prop_oneof![
            select(&[
                "AWS4-HMAC-SHA256",
                " ",
                "Credential=",
                ",",
                "SignedHeaders=",
                "host",
                "Signature=",
                "=",
                "&",
                ";",
                "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request",
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&",
                "X-Amz-Credential=",
                "X-Amz-Date=20150830T123600Z&",
                "X-Amz-Expires=9&",
                "X-Amz-SignedHeaders=host&",
                "X-Amz-Signature=0&",
                "%2F",
                "%",
                "%zz",
                "/",
                "?",
                "é",
                "20150830T123600Z",
                "https://",
                "@",
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
            vec(any::<u8>(), 0..4),
        ];
        vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    };
    let name = select(&[
        "host",
        "Authorization",
        "x-amz-date",
        "X-Amz-Content-Sha256",
        "x-amz-security-token",
        "a",
    ]);
    let header = (prop_oneof![9 => name.prop_map(str::to_owned), 1 => any::<String>()], text());
    let target = prop_oneof![
        text(),
        text().prop_map(|query| [b"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&".to_vec(), query].concat()),
    ];
    ("[A-Z]{0,5}", target, vec(header, 0..8), vec(any::<u8>(), 0..9))
        .prop_map(|(method, target, headers, body)| Request { method, target, headers, body })
}

proptest! {
    #![proptest_config(config(5000))]

    #[test]
    fn nothing_panics_and_every_refusal_can_be_written_down(request in wild()) {
        let Request { method, target, headers, body } = request;
        let headers: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let request = RawRequest { method: &method, target: &target, headers: &headers };
        let verifier = Verifier::new("us-east-1", "service", SKEW);
        let now = "20150830T123600Z".parse().unwrap();
        let refused = match verifier.read_raw(&request, now) {
            Ok(claim) => {
                let key = AccessKey::of_credentials(&Credentials::new("AKIDEXAMPLE", "secret"), claim.scope()).unwrap();
                let diagnosis = claim.diagnose(&key, Body::Bytes(&body));
                prop_assert!(!diagnosis.response(Dialect::S3, "1").body.is_empty());
                claim.verify(&key, Body::Bytes(&body)).map(drop)
            }
            Err(error) => Err(error),
        };
        let error = refused.expect_err("nobody has signed it");
        prop_assert!((400..500).contains(&error.status()));
        for dialect in [Dialect::Json, Dialect::Neptune, Dialect::Query, Dialect::S3] {
            let response = error.response(dialect, "1");
            prop_assert!(str::from_utf8(&response.body).is_ok());
            if matches!(dialect, Dialect::Json | Dialect::Neptune) {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&response.body).is_ok());
            }
        }
    }
}
