//! Random requests.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::both::{Case, EXCLUDED};
use super::reference::{Mode, Policy, Request, Signing};

/// Texts that have a meaning somewhere, between texts that have none.
fn pieces(special: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => select(special).prop_map(|text| text.as_bytes().to_vec()),
        2 => "[a-zA-Z0-9_.~-]{1,4}".prop_map(String::into_bytes),
        1 => any::<u8>().prop_filter("forges a line", |b| !b"\r\n\0".contains(b)).prop_map(|b| vec![b]),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

pub fn path() -> impl Strategy<Value = Vec<u8>> {
    pieces(&[
        "/", "/", "/./", "/../", "/..", "/.", "//", "%20", "%2f", "%2F", "%7e", "%zz", "%4", "%",
        "+", " ", ":", "@", "=", "*", "(", ")", ",", ";", "ሴ", "%C3%28", "%2e%2e", "#",
    ])
    .prop_map(|rest| [b"/".as_slice(), &rest].concat())
}

pub fn query() -> impl Strategy<Value = Vec<u8>> {
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

pub fn target() -> impl Strategy<Value = Vec<u8>> {
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

pub fn value() -> impl Strategy<Value = Vec<u8>> {
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

pub fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
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
            secret: format!("x{secret}x"),
            token,
            region,
            service,
            timestamp: "20150830T123600Z".to_owned(),
        },
    )
}

pub fn case() -> impl Strategy<Value = Case> {
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
pub fn sound_case() -> impl Strategy<Value = Case> {
    case().prop_filter("cannot be signed", |case| case.reference().is_ok())
}

pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        max_global_rejects: 100_000,
        failure_persistence: None,
        ..Default::default()
    }
}
