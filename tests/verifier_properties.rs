//! What this crate signs it verifies, and no other request under the same signature.

#[path = "support/both.rs"]
mod both;
#[path = "support/reference.rs"]
mod reference;
#[path = "support/sent.rs"]
mod sent;
#[path = "support/strategies.rs"]
mod strategies;

use countersign::Credentials;
use countersign::protocol::RawRequest;
use countersign::verifier::{AccessKey, Body, ErrorFormat, SKEW, Verifier};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use self::reference::Request;
use self::sent::Sent;
use self::strategies::{config, sound_case, value};

fn sent() -> impl Strategy<Value = Sent> {
    sound_case().prop_filter_map("cannot be sent", Sent::of)
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
    fn what_is_signed_is_verified(sent in sent()) {
        prop_assert_eq!(sent.arrived(), Some(sent.canonical_request.clone()));
        let verified = match sent.verify() {
            Ok(verified) => verified,
            Err(error) => return Err(TestCaseError::fail(format!("{error:?}"))),
        };
        prop_assert_eq!(verified.access_key_id(), &sent.case.signing.access_key_id);
        prop_assert_eq!(verified.signed_headers().collect::<Vec<_>>().join(";"), sent.signed_headers.as_str());
        prop_assert_eq!(verified.body(), sent.verdict());
    }

    /// Neither more nor less: what the reference calls the same request is verified, and nothing else is.
    #[test]
    fn what_is_changed_on_the_way_is_refused_where_it_was_signed(sent in sent(), change in change()) {
        let mut changed = sent.clone();
        change.apply(&mut changed.request);
        let verdict = changed.verify();
        prop_assert_eq!(verdict.is_ok(), changed.is_same_as(&sent), "{:?}", verdict);
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
                let key = AccessKey::from_credentials(&Credentials::new("AKIDEXAMPLE", "secret"), claim.scope()).unwrap();
                let diagnosis = claim.diagnose_raw(&request, &key, Body::Bytes(&body)).unwrap();
                prop_assert!(!diagnosis.response(ErrorFormat::S3, "1").body.is_empty());
                claim.verify(&key, Body::Bytes(&body)).map(drop)
            }
            Err(error) => Err(error),
        };
        let error = refused.expect_err("nobody has signed it");
        prop_assert!((400..500).contains(&error.status()));
        for dialect in [ErrorFormat::Json, ErrorFormat::Neptune, ErrorFormat::Query, ErrorFormat::S3] {
            let response = error.response(dialect, "1");
            prop_assert!(str::from_utf8(&response.body).is_ok());
            if matches!(dialect, ErrorFormat::Json | ErrorFormat::Neptune) {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&response.body).is_ok());
            }
        }
    }
}
