//! Random requests, and what must hold for each of them. The reference shares nothing with the crate.

#[path = "support/both.rs"]
mod both;
#[path = "support/reference.rs"]
mod reference;

use countersign::protocol::canonical::{Path, Query};
use countersign::protocol::{Plus, Rules};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use self::both::{Case, EXCLUDED};
use self::reference::{Mode, Policy, Request, Signing};

/// Texts that have a meaning somewhere, between texts that have none.
fn pieces(special: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => select(special).prop_map(|text| text.as_bytes().to_vec()),
        2 => "[a-zA-Z0-9_.~-]{1,4}".prop_map(String::into_bytes),
        1 => any::<u8>().prop_filter("forges a line", |b| !b"\r\n\0".contains(b)).prop_map(|b| vec![b]),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    pieces(&[
        "/", "/", "/./", "/../", "/..", "/.", "//", "%20", "%2f", "%2F", "%7e", "%zz", "%4", "%",
        "+", " ", ":", "@", "=", "*", "(", ")", ",", ";", "ሴ", "%C3%28", "%2e%2e", "#",
    ])
    .prop_map(|rest| [b"/".as_slice(), &rest].concat())
}

fn query() -> impl Strategy<Value = Vec<u8>> {
    pieces(&[
        "&",
        "&",
        "=",
        "=",
        "&&",
        "a=1",
        "a=2",
        "Param-3=",
        "Param=",
        "+",
        "%2B",
        "%20",
        " ",
        "%FF",
        "%41",
        "%zz",
        "%4",
        "%",
        "?",
        "/",
        "~",
        "%7E",
        "ሴ",
        "x-amz-date=1",
    ])
}

/// A query that now and then is signed already.
fn query_or_signed() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => query(),
        1 => select(&["a&X-Amz-Date=1", "X-Amz-Signature", "X%2DAmz-Expires=", "X-Amz-Security-Token="])
            .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

fn target() -> impl Strategy<Value = Vec<u8>> {
    let origin =
        (path(), query_or_signed()).prop_map(|(path, query)| [path, b"?".to_vec(), query].concat());
    let origin =
        prop_oneof![8 => origin, 1 => path(), 1 => Just(b"*".to_vec()), 1 => Just(Vec::new())];
    let authority = select(&[
        "",
        "",
        "",
        "https://db.example",
        "https://DB.Example:8182",
        "http://db.example:80",
        "https://user:pass@db.example:443",
        "wss://db.example:443",
        "ws://db.example:080",
        "https:// \t/",
        "https:// A  b\t:80",
        "https://[::1]:8182",
        "http://db.example:",
        "https://:443",
        "https://db.example:80",
    ]);
    (authority, origin).prop_map(|(authority, origin)| [authority.as_bytes(), &origin].concat())
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    pieces(&[" ", "  ", "\t", " \t ", "\"", ",", "\n ", "\r\n\t", "text", "ሴ", "\u{7f}"])
}

fn any_value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        30 => value(),
        1 => select(&["a\nb", "a\r", "\0", "\r\n", "\n \r "]).prop_map(|text| text.as_bytes().to_vec()),
    ]
}

fn header() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = select(&[
        "Host",
        "My-Header1",
        "my-header1",
        "MY-HEADER2",
        "a",
        "Content-Type",
        "content-length",
        "X-Amz-Meta-A",
        "x-amz-meta-b",
        "X-Amz-Date",
        "x-amz-security-token",
        "X-Amz-Content-Sha256",
        "Authorization",
        "User-Agent",
        "Connection",
        "x-amzn-trace-id",
        "X-Forwarded-For",
        "Sec-WebSocket-Key",
        "x-amz-user-agent",
        "X-Amz-Checksum-Mode",
        "date",
        "range",
        "x!#$%&'*+.^_`|~",
    ]);
    let name = prop_oneof![30 => name.prop_map(str::to_owned), 1 => Just("no token".to_owned()), 1 => Just(String::new())];
    (name, any_value())
}

fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let with_host = vec(header(), 0..6).prop_map(|mut headers| {
        headers.retain(|(name, value)| {
            !name.eq_ignore_ascii_case("host")
                && !name.eq_ignore_ascii_case("authorization")
                && !value.contains(&0)
        });
        headers.push(("Host".to_owned(), b" DB.example:8182 ".to_vec()));
        headers
    });
    let few_names = select(&["Host-A", "my-header1", "My-Header1", "MY-HEADER2", "a", "range"]);
    let many = vec((few_names.prop_map(str::to_owned), value()), 30..50).prop_map(|mut headers| {
        headers.push(("Host".to_owned(), b"db.example".to_vec()));
        headers
    });
    prop_oneof![6 => with_host, 2 => vec(header(), 0..6), 1 => many]
}

fn policy() -> impl Strategy<Value = Policy> {
    let any_policy = any::<[bool; 8]>().prop_map(
        |[
            resolve_path,
            encode_path_twice,
            plus_is_space,
            minimal_headers,
            excluded,
            header,
            sign_token,
            unsigned,
        ]| {
            Policy {
                resolve_path,
                encode_path_twice,
                plus_is_space,
                minimal_headers,
                excluded: if excluded { EXCLUDED.map(str::to_owned).to_vec() } else { Vec::new() },
                send_payload_header: header,
                sign_token,
                presign_unsigned_payload: unsigned,
            }
        },
    );
    prop_oneof![Just(Policy::default_service()), Just(Policy::s3()), any_policy]
}

fn signing() -> impl Strategy<Value = Signing> {
    let token = prop_oneof![
        Just(None),
        "[A-Za-z0-9+/=]{1,40}".prop_map(Some),
        select(&["", " a  b ", "a\tb", "ሴ", "line\nbreak"])
            .prop_map(|token| Some(token.to_owned())),
    ];
    let part = |valid: &'static str| {
        prop_oneof![40 => Just(valid), 1 => select(&["", "a/b", "a,b", "a b", "é", "a\n"])]
            .prop_map(str::to_owned)
    };
    (part("AKIDEXAMPLE"), "[ -~]{0,80}", token, part("us-east-1"), part("service")).prop_map(
        |(access_key_id, secret, token, region, service)| Signing {
            access_key_id,
            secret: format!("{secret}x"),
            token,
            region,
            service,
            timestamp: "20150830T123600Z".to_owned(),
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let mode = prop_oneof![
        Just(Mode::Header),
        (1..=604_800_u64).prop_map(|expires| Mode::Query { expires }),
        Just(Mode::Query { expires: 900 }),
        select(&[0, 604_801, u64::MAX]).prop_map(|expires| Mode::Query { expires }),
    ];
    let method = prop_oneof![20 => select(&["GET", "POST", "get", "M-SEARCH"]), 1 => select(&["", "G T", "É"])];
    let body = vec(any::<u8>(), 0..100);
    (method, target(), headers(), body, policy(), signing(), mode).prop_map(
        |(method, target, headers, body, policy, signing, mode)| {
            let request = Request { method: method.to_owned(), target, headers, body };
            Case { request, policy, signing, mode }
        },
    )
}

/// One that both sides can sign.
fn sound_case() -> impl Strategy<Value = Case> {
    case().prop_filter("cannot be signed", |case| case.reference().is_ok())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        max_global_rejects: 100_000,
        failure_persistence: None,
        ..Default::default()
    }
}

proptest! {
    #![proptest_config(config(3000))]

    /// So two requests sign alike exactly where the reference gives them one canonical request.
    #[test]
    fn every_stage_is_the_reference_s(case in case()) {
        match (case.ours(), case.reference()) {
            (Ok(ours), Ok(reference)) => prop_assert_eq!(ours, reference),
            (Err(_), Err(_)) => {}
            (ours, reference) => prop_assert!(false, "ours: {ours:?}\nreference: {reference:?}"),
        }
    }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn two_requests_sign_alike_where_they_are_one_to_the_reference(
        case in sound_case(),
        target in target(),
        headers in headers(),
        which in any::<bool>(),
    ) {
        let mut other = case.clone();
        if which { other.request.target = target } else { other.request.headers = headers }
        if let (Ok(reference), Ok(ours)) = (other.reference(), other.ours()) {
            let first = case.reference().unwrap();
            prop_assert_eq!(
                first.canonical_request == reference.canonical_request,
                case.ours().unwrap().signature == ours.signature
            );
        }
    }

    #[test]
    fn a_changed_byte_changes_the_signature_where_it_changes_the_canonical_request(
        case in sound_case(),
        at in any::<Index>(),
        bit in 0..8_u32,
    ) {
        let mut changed = case.clone();
        let Request { target, headers, body, .. } = &mut changed.request;
        let mut bytes: Vec<&mut u8> =
            headers.iter_mut().flat_map(|(_, value)| value).chain(target).chain(body).collect();
        prop_assume!(!bytes.is_empty());
        let at = at.index(bytes.len());
        *bytes[at] ^= 1 << bit;
        if let (Ok(reference), Ok(ours)) = (changed.reference(), changed.ours()) {
            let before = case.reference().unwrap();
            prop_assert_eq!(
                before.canonical_request == reference.canonical_request,
                case.ours().unwrap().signature == ours.signature
            );
        }
    }

    #[test]
    fn the_order_of_headers_and_the_case_of_names_do_not_matter(
        case in sound_case(),
        shuffle in vec(any::<Index>(), 60),
        upper in any::<u64>(),
    ) {
        let mut other = case.clone();
        // Values of one name keep their order among themselves.
        let headers = &mut other.request.headers;
        for (at, index) in shuffle.iter().take(headers.len()).enumerate().skip(1) {
            let to = index.index(at);
            let name = headers[at].0.to_ascii_lowercase();
            if headers[to..at].iter().all(|(other, _)| other.to_ascii_lowercase() != name) {
                let header = headers.remove(at);
                headers.insert(to, header);
            }
        }
        for (at, (name, _)) in headers.iter_mut().enumerate() {
            *name = if upper >> (at % 64) & 1 == 1 { name.to_ascii_uppercase() } else { name.to_ascii_lowercase() };
        }
        prop_assert_eq!(case.ours().unwrap(), other.ours().unwrap());
    }

    #[test]
    fn a_canonical_request_has_no_line_too_many(case in sound_case()) {
        let ours = case.ours().unwrap();
        let lines = ours.canonical_request.split(|byte| *byte == b'\n').count();
        let names = ours.signed_headers.split(';').count();
        prop_assert_eq!(lines, 3 + names + 3, "method, path, query; a line each; blank, names, hash");
        prop_assert!(!ours.canonical_request.contains(&b'\r'));
    }

    #[test]
    fn a_canonical_query_is_its_own(query in query(), literal in any::<bool>()) {
        let plus = if literal { Plus::Literal } else { Plus::Space };
        let once = Query::new(&query, plus).to_string();
        prop_assert_eq!(&Query::new(once.as_bytes(), plus).to_string(), &once);
        prop_assert_eq!(once.into_bytes(), reference::canonical_query(&query, !literal));
    }

    #[test]
    fn a_canonical_s3_path_is_its_own(path in path()) {
        let once = Path::new(&path, &Rules::S3).unwrap().to_string();
        prop_assert_eq!(&Path::new(once.as_bytes(), &Rules::S3).unwrap().to_string(), &once);
        prop_assert_eq!(Some(once.into_bytes()), reference::canonical_path(&path, &Policy::s3()));
    }

    #[test]
    fn a_canonical_header_value_is_its_own(value in value(), mut case in sound_case()) {
        case.policy = Policy::default_service();
        case.request.headers.retain(|(name, _)| name != "My-Header1" && name != "my-header1");
        case.request.headers.push(("My-Header1".to_owned(), value.clone()));
        let once = reference::canonical_value(&value).unwrap();
        let signed = case.ours().unwrap();
        case.request.headers.last_mut().unwrap().1 = once;
        prop_assert_eq!(case.ours().unwrap(), signed);
    }

    /// An `http::Request` signs as its raw parts do; one that cannot be signed stays as it was.
    #[test]
    fn an_http_request_signs_as_its_parts_do(mut case in case()) {
        case.mode = Mode::Header;
        let mut request = http::Request::builder()
            .method(case.request.method.as_str())
            .uri(String::from_utf8_lossy(&case.request.target).as_ref());
        for (name, value) in &case.request.headers {
            request = request.header(name, value.as_slice());
        }
        let Ok(mut request) = request.body(case.request.body.clone()) else { return Ok(()) };
        case.request.target = request.uri().to_string().into_bytes();
        case.request.headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect();
        let before = format!("{:?}", request);
        match case.ours() {
            Ok(ours) => {
                case.signer().sign_at(&mut request, "20150830T123600Z".parse().unwrap()).unwrap();
                let authorization = request.headers()["authorization"].to_str().unwrap();
                prop_assert!(authorization.ends_with(&ours.signature));
            }
            Err(error) => {
                let timestamp = "20150830T123600Z".parse().unwrap();
                prop_assert_eq!(case.signer().sign_at(&mut request, timestamp), Err(error));
                prop_assert_eq!(format!("{:?}", request), before);
            }
        }
    }
}
