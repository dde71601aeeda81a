//! Whatever the request, crate and reference agree: on every stage, or that it cannot be signed.

#![no_main]

#[path = "../../tests/support/both.rs"]
mod both;
#[path = "../../tests/support/reference.rs"]
mod reference;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

use self::both::{Case, EXCLUDED};
use self::reference::{Mode, Policy, Request, Signing};

/// What the fuzzer makes up. The host's header comes first and may be missing.
#[derive(Arbitrary, Debug)]
struct Input {
    method: Method,
    target: Vec<u8>,
    has_host: bool,
    headers: Vec<(Name, Vec<u8>)>,
    body: Vec<u8>,
    policy: [bool; 8],
    token: Option<String>,
    expires: Option<u32>,
}

#[derive(Arbitrary, Debug)]
enum Method {
    Get,
    Post,
    Any(String),
}

/// Names that mean something, and any other.
#[derive(Arbitrary, Debug)]
enum Name {
    Authorization,
    Connection,
    ContentSha256,
    ContentType,
    Date,
    Host,
    Meta,
    MetaInCapitals,
    SecurityToken,
    UserAgent,
    Any(String),
}

impl Name {
    fn into_text(self) -> String {
        match self {
            Self::Authorization => "Authorization".to_owned(),
            Self::Connection => "connection".to_owned(),
            Self::ContentSha256 => "X-Amz-Content-Sha256".to_owned(),
            Self::ContentType => "content-type".to_owned(),
            Self::Date => "x-amz-date".to_owned(),
            Self::Host => "HOST".to_owned(),
            Self::Meta => "x-amz-meta-a".to_owned(),
            Self::MetaInCapitals => "X-AMZ-META-A".to_owned(),
            Self::SecurityToken => "X-Amz-Security-Token".to_owned(),
            Self::UserAgent => "X-Amz-User-Agent".to_owned(),
            Self::Any(name) => name,
        }
    }
}

impl From<Input> for Case {
    fn from(input: Input) -> Self {
        let host = input.has_host.then(|| ("Host".to_owned(), b"db.example".to_vec()));
        let given = input.headers.into_iter().map(|(name, value)| (name.into_text(), value));
        let [resolve_path, encode_path_twice, plus_is_space, minimal_headers, excluded, ..] =
            input.policy;
        let [.., send_payload_header, sign_token, presign_unsigned_payload] = input.policy;
        Self {
            request: Request {
                method: match input.method {
                    Method::Get => "GET".to_owned(),
                    Method::Post => "POST".to_owned(),
                    Method::Any(method) => method,
                },
                target: input.target,
                headers: host.into_iter().chain(given).collect(),
                body: input.body,
            },
            policy: Policy {
                resolve_path,
                encode_path_twice,
                plus_is_space,
                minimal_headers,
                excluded: excluded
                    .then(|| EXCLUDED.map(str::to_owned).to_vec())
                    .unwrap_or_default(),
                send_payload_header,
                sign_token,
                presign_unsigned_payload,
            },
            signing: Signing {
                access_key_id: "AKIDEXAMPLE".to_owned(),
                secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
                token: input.token,
                region: "us-east-1".to_owned(),
                service: "service".to_owned(),
                timestamp: "20150830T123600Z".to_owned(),
            },
            mode: match input.expires {
                Some(expires) => Mode::Query { expires: expires.into() },
                None => Mode::Header,
            },
        }
    }
}

fuzz_target!(|input: Input| {
    let case = Case::from(input);
    match (case.ours(), case.reference()) {
        (Ok(ours), Ok(reference)) => assert_eq!(ours, reference),
        (Err(_), Err(_)) => {}
        (ours, reference) => panic!("ours: {ours:?}\nreference: {reference:?}"),
    }
});
