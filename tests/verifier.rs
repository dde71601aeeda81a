//! Each verdict with its exact text, and which of two comes first.

#[path = "support/arrived.rs"]
mod arrived;

use core::time::Duration;

use countersign::protocol::{
    Payload, PayloadHasher, PayloadHeader, PresignedPayload, RawRequest, Rules, Scope,
    SessionToken, SessionTokenName, SigningKey,
};
use countersign::verifier::{
    AccessKey, Body, BodyVerification, Limits, SKEW, SignatureLocation, Verifier, VerifyError,
};
use countersign::{Credentials, Signer, time};

use self::arrived::{Arrived, REGION, SECRET, SERVICE, SIGNED_AT, credentials, timestamp};

const SENDING: Rules = Rules::DEFAULT.with_payload_header(PayloadHeader::Sent);

fn signed() -> Arrived {
    Arrived::signed(&credentials(), SENDING)
}

fn presigned() -> Arrived {
    Arrived::presigned(&credentials(), Rules::DEFAULT)
}

fn temporary() -> Credentials {
    credentials().with_session_token("a/token+=")
}

/// Code, status and text of the error.
fn refusal(arrived: &Arrived) -> (String, u16, String) {
    let error = arrived.verify().expect_err("it is refused");
    (error.code().to_string(), error.status(), error.to_string())
}

#[track_caller]
fn assert_refused(code: &str, status: u16, text: &str, arrived: &Arrived) {
    assert_eq!(refusal(arrived), (code.to_owned(), status, text.to_owned()));
}

#[track_caller]
fn refused_after(
    mut arrived: Arrived,
    damage: impl FnOnce(&mut Arrived),
    (code, status, text): (&str, u16, &str),
) {
    arrived.verify().expect("it is whole before the damage");
    damage(&mut arrived);
    assert_refused(code, status, text, &arrived);
}

const AUTHORIZATION: &str = "authorization";
/// The defaults of `Limits`.
const MAX_HEADERS: usize = 256;
const MAX_PARAMETERS: usize = 1_000;
const INCOMPLETE: &str = "IncompleteSignature";
const MISMATCH: &str = "SignatureDoesNotMatch";
const MISMATCH_TEXT: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const HASH_TEXT: &str =
    "The provided 'x-amz-content-sha256' header does not match what was computed.";
const UNSIGNED_TEXT: &str = "There were headers present in the request which were not signed";
const ENDS_EARLY: &str = "Incomplete trailing escape % sequence";

#[test]
fn a_sound_request_is_verified() {
    let verified = signed().verify().unwrap();
    assert_eq!(verified.access_key_id(), "AKIDEXAMPLE");
    assert_eq!(verified.body(), BodyVerification::Verified);
    assert_eq!(verified.timestamp(), timestamp(SIGNED_AT));
    let names: Vec<_> = verified.signed_headers().collect();
    assert_eq!(names, ["content-type", "host", "x-amz-content-sha256", "x-amz-date"]);
    assert!(verified.is_signed("Content-Type") && !verified.is_signed("User-Agent"));

    let verified = presigned().verify().unwrap();
    assert_eq!(verified.body(), BodyVerification::Verified);
    assert_eq!(verified.signed_headers().collect::<Vec<_>>(), ["content-type", "host"]);
}

#[test]
fn a_claim_says_who_and_for_what() {
    let arrived = Arrived::presigned(&temporary(), Rules::DEFAULT);
    let headers = arrived.borrowed();
    let claim = arrived.verifier.read_raw(&arrived.request(&headers), arrived.now).unwrap();
    assert_eq!(claim.access_key_id(), "AKIDEXAMPLE");
    assert_eq!(claim.scope().to_string(), "20150830/us-east-1/service/aws4_request");
    assert_eq!(claim.session_token(), Some("a/token+="));
    assert_eq!(claim.timestamp(), timestamp(SIGNED_AT));
    assert_eq!(
        (claim.location(), claim.expires()),
        (SignatureLocation::Query, Some(Duration::from_secs(86_400)))
    );
    let shown = format!("{claim:?}");
    assert!(shown.contains("AKIDEXAMPLE") && !shown.contains("a/token+="), "{shown}");
}

#[test]
fn step_0_limits() {
    let too_large = |text| ("RequestTooLarge", 400, text);
    refused_after(
        signed(),
        |a| (0..MAX_HEADERS).for_each(|n| a.add(&format!("h{n}"), "")),
        too_large("request exceeds the limit of 256 headers"),
    );
    refused_after(
        signed(),
        |a| a.add("long", &"v".repeat(64 << 10)),
        too_large("request exceeds the limit of 65536 bytes in the headers"),
    );
    refused_after(
        signed(),
        |a| a.add("Authorization", &"v".repeat((8 << 10) + 1)),
        too_large("request exceeds the limit of 8192 bytes in the Authorization header"),
    );
    refused_after(
        signed(),
        |a| a.target += &"&a".repeat(MAX_PARAMETERS),
        too_large("request exceeds the limit of 1000 parameters in the query string"),
    );
    refused_after(
        signed(),
        |a| a.target += &"a".repeat(64 << 10),
        too_large("request exceeds the limit of 65536 bytes in the request target"),
    );
}

#[test]
fn what_is_within_the_limits_or_limits_that_are_raised_is_read() {
    let mut arrived = signed();
    arrived.target += &"&a".repeat(MAX_PARAMETERS - 1);
    (arrived.headers.len()..MAX_HEADERS).for_each(|n| arrived.add(&format!("h{n}"), ""));
    assert_refused(MISMATCH, 403, MISMATCH_TEXT, &arrived);

    arrived.target += &"&b".repeat(100_000);
    (0..1000).for_each(|n| arrived.add(&format!("i{n}"), ""));
    let limits = Limits::DEFAULT
        .with_max_authorization_bytes(1 << 20)
        .with_max_header_bytes(1 << 20)
        .with_max_headers(2_000)
        .with_max_parameters(200_000)
        .with_max_target_bytes(1 << 20);
    arrived.verifier = arrived.verifier.with_limits(limits);
    assert_refused(MISMATCH, 403, MISMATCH_TEXT, &arrived);
}

#[test]
fn step_0_raw_parts_that_are_no_request() {
    let malformed = |text| ("InvalidRequest", 400, text);
    let path = "The request is malformed: the path does not begin with '/'";
    refused_after(signed(), |a| a.target = "*".to_owned(), malformed(path));
    let method = "The request is malformed: the method \"G T\" is not an HTTP token";
    refused_after(signed(), |a| a.method = "G T".to_owned(), malformed(method));
    let value =
        "The request is malformed: the value of header \"a\" holds a CR, LF or NUL at byte 1";
    refused_after(signed(), |a| a.add("a", "b\nx-amz-c: d"), malformed(value));
}

#[test]
fn step_1_broken_escapes() {
    for (query, text) in [
        ("%", ENDS_EARLY),
        ("%4", ENDS_EARLY),
        ("a=%zz&b", "Illegal hex character in escape % pattern: %zz"),
        ("%4g=", "Illegal hex character in escape % pattern: %4g"),
    ] {
        for arrived in [signed(), presigned()] {
            let refusal = ("MalformedQueryString", 404, text);
            refused_after(arrived, |a| a.target += &format!("&{query}"), refusal);
        }
    }
}

#[test]
fn step_2_two_signatures_or_none() {
    let missing = ("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
    refused_after(signed(), |a| a.remove(AUTHORIZATION), missing);
    refused_after(presigned(), |a| a.target = "/path?a=b".to_owned(), missing);
    let both =
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
    refused_after(signed(), |a| a.target += "&X-Amz-Algorithm=", (MISMATCH, 403, both));
    refused_after(presigned(), |a| a.add("Authorization", ""), (MISMATCH, 403, both));
    // Names are compared decoded, and in their case.
    refused_after(signed(), |a| a.target += "&X%2DAmz-Algorithm", (MISMATCH, 403, both));
    refused_after(signed(), |a| a.target += "&x-amz-algorithm=", (MISMATCH, 403, MISMATCH_TEXT));
}

#[test]
fn step_3_an_authorization_header_that_cannot_be_read() {
    let form = "Invalid key=value pair (missing equal-sign) in Authorization header.";
    let required = |parts: &[&str]| {
        let sentence = |part| format!("Authorization header requires '{part}' parameter.");
        parts.iter().map(sentence).collect::<Vec<_>>().join(" ")
    };
    for (value, text) in [
        ("", "Unsupported AWS 'algorithm': ''.".to_owned()),
        ("a-secret-of-one-word", "Unsupported AWS 'algorithm': ''.".to_owned()),
        ("Basic dXNlcjpwYXNz", "Unsupported AWS 'algorithm': 'Basic'.".to_owned()),
        (
            "AWS4-HMAC-SHA512 Credential=a",
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.".to_owned(),
        ),
        (
            "aws4-hmac-sha256 Credential=a",
            "Unsupported AWS 'algorithm': 'aws4-hmac-sha256'.".to_owned(),
        ),
        ("AWS4-HMAC-SHA256", required(&["Credential", "Signature", "SignedHeaders"])),
        ("AWS4-HMAC-SHA256 Signature=a", required(&["Credential", "SignedHeaders"])),
        ("AWS4-HMAC-SHA256 Credential=a,SignedHeaders=b", required(&["Signature"])),
        ("AWS4-HMAC-SHA256 credential=a, Signature=b, SignedHeaders=c", required(&["Credential"])),
        ("AWS4-HMAC-SHA256 Credential=a, Signature", form.to_owned()),
        ("AWS4-HMAC-SHA256 Credential=a,,Signature=b", form.to_owned()),
        (
            "AWS4-HMAC-SHA256 Credential=a, Signature=b, Credential=c",
            "The request contains 'Credential' more than once.".to_owned(),
        ),
    ] {
        let damage = |a: &mut Arrived| *a.header(AUTHORIZATION) = value.into();
        refused_after(signed(), damage, (INCOMPLETE, 400, &text));
    }
    // Bytes that are no text are a wrong signature, or the wrong region.
    let damage = |a: &mut Arrived| a.header(AUTHORIZATION).push(0xFF);
    refused_after(signed(), damage, (MISMATCH, 403, MISMATCH_TEXT));
}

#[test]
fn an_authorization_header_may_be_written_in_other_ways() {
    for (from, to) in
        [(", ", ","), (", ", "\t, "), (" Credential", "  Credential"), (", S", ", Other=x, S")]
    {
        let mut arrived = signed();
        arrived.replace(AUTHORIZATION, from, to);
        arrived.verify().unwrap();
    }
}

#[test]
fn step_3_parameters_that_cannot_be_read() {
    let required = |parts: &[&str]| {
        let sentence = |part| format!("AWS query-string parameters must include '{part}'. ");
        let sentences: String = parts.iter().map(sentence).collect();
        sentences + "Re-examine the query-string parameters."
    };
    for (name, text) in [
        ("X-Amz-Credential", required(&["X-Amz-Credential"])),
        ("X-Amz-Signature", required(&["X-Amz-Signature"])),
        ("X-Amz-SignedHeaders", required(&["X-Amz-SignedHeaders"])),
        ("X-Amz-Date", required(&["X-Amz-Date"])),
        ("X-Amz-Expires", required(&["X-Amz-Expires"])),
    ] {
        let lower = name.to_ascii_lowercase();
        refused_after(presigned(), |a| a.replace_in_target(name, &lower), (INCOMPLETE, 400, &text));
        let again = format!("The request contains '{name}' more than once.");
        let damage = |a: &mut Arrived| a.target += &format!("&{name}=");
        refused_after(presigned(), damage, (INCOMPLETE, 400, &again));
    }
    let all = [
        "X-Amz-Credential",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders",
        "X-Amz-Date",
        "X-Amz-Expires",
    ];
    let damage = |a: &mut Arrived| a.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned();
    refused_after(presigned(), damage, (INCOMPLETE, 400, &required(&all)));
    let damage = |a: &mut Arrived| a.replace_in_target("AWS4-HMAC-SHA256", "AWS4%2BECDSA");
    refused_after(
        presigned(),
        damage,
        (INCOMPLETE, 400, "Unsupported AWS 'algorithm': 'AWS4+ECDSA'."),
    );
    let again = "The request contains 'X-Amz-Date' more than once.";
    let damage = |a: &mut Arrived| a.target += "&X-Amz-Date=1&X%2DAmz-Date=2";
    refused_after(signed(), damage, (INCOMPLETE, 400, again));
}

#[test]
fn step_3_two_session_tokens() {
    let again = "The request contains 'x-amz-security-token' more than once.";
    let damage = |a: &mut Arrived| a.add("X-Amz-Security-Token", "a/token+=");
    let arrived = Arrived::presigned(&temporary(), Rules::DEFAULT);
    refused_after(arrived, damage, (INCOMPLETE, 400, again));
    let damage = |a: &mut Arrived| a.target += "&X-Amz-Security-Token=a";
    let arrived = Arrived::signed(&temporary(), Rules::DEFAULT);
    refused_after(arrived, damage, (INCOMPLETE, 400, again));
}

#[test]
fn step_4_the_host_must_be_signed() {
    let text = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
    for list in ["content-type;x-amz-content-sha256;x-amz-date", ""] {
        let damage = |a: &mut Arrived| {
            a.replace(AUTHORIZATION, "content-type;host;x-amz-content-sha256;x-amz-date", list);
        };
        refused_after(signed(), damage, (MISMATCH, 403, text));
    }
    let damage = |a: &mut Arrived| a.replace_in_target("%3Bhost", "");
    refused_after(presigned(), damage, (MISMATCH, 403, text));
}

#[test]
fn step_4_every_x_amz_header_must_be_signed() {
    for name in
        ["x-amz-copy-source", "X-AMZ-Meta-A", "x-amz-user-agent", "x-amz-checksum-mode", "x-amz-"]
    {
        for arrived in [signed(), presigned()] {
            refused_after(arrived, |a| a.add(name, "b"), (MISMATCH, 403, UNSIGNED_TEXT));
        }
    }
    for name in ["x-amzn-trace-id", "x-am", "user-agent", "x-forwarded-for"] {
        let mut arrived = presigned();
        arrived.add(name, "b");
        arrived.verify().unwrap();
    }
    let damage = |a: &mut Arrived| a.replace(AUTHORIZATION, ";x-amz-date", "");
    refused_after(signed(), damage, (MISMATCH, 403, UNSIGNED_TEXT));
    let damage = |a: &mut Arrived| a.replace(AUTHORIZATION, "x-amz-content-sha256;", "");
    refused_after(signed(), damage, (MISMATCH, 403, UNSIGNED_TEXT));
}

#[test]
fn a_header_that_the_rules_exclude_may_arrive_unsigned_but_for_those_of_the_signature() {
    const RULES: Rules = SENDING.with_excluded_headers(&[
        "X-Amz-Meta-A",
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-security-token",
    ]);
    let mut arrived = Arrived::signed(&temporary(), RULES);
    arrived.add("x-amz-meta-a", "b");
    arrived.verify().unwrap();
    for name in ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token"] {
        let damage = |a: &mut Arrived| a.replace(AUTHORIZATION, &format!(";{name}"), "");
        refused_after(arrived.clone(), damage, (MISMATCH, 403, UNSIGNED_TEXT));
    }
}

#[test]
fn step_4_a_header_that_policy_requires() {
    let mut arrived = signed();
    arrived.verifier = arrived.verifier.clone().with_required_headers(["User-Agent"]);
    assert_refused(MISMATCH, 403, UNSIGNED_TEXT, &arrived);
    arrived.remove("user-agent");
    arrived.verify().unwrap();
}

#[test]
fn step_4_a_signed_header_that_did_not_arrive() {
    let text =
        "'content-type' is named as a SignedHeader, but it does not exist in the HTTP request";
    for arrived in [signed(), presigned()] {
        refused_after(arrived, |a| a.remove("content-type"), (MISMATCH, 403, text));
    }
    let text = "'host' is named as a SignedHeader, but it does not exist in the HTTP request";
    refused_after(signed(), |a| a.remove("host"), (MISMATCH, 403, text));
    let text = "'x-amz-date' is named as a SignedHeader, but it does not exist in the HTTP request";
    refused_after(signed(), |a| a.remove("x-amz-date"), (MISMATCH, 403, text));
    let text = "':authority' is named as a SignedHeader, but it does not exist in the HTTP request";
    let damage =
        |a: &mut Arrived| a.replace(AUTHORIZATION, "content-type;host", ":authority;content-type");
    refused_after(signed(), damage, (MISMATCH, 403, text));
}

#[test]
fn step_4_headers_of_which_there_must_be_one() {
    let host = "There must be one 'Host' header in the HTTP request, and not an empty one";
    refused_after(signed(), |a| a.add("Host", "db.example"), (MISMATCH, 403, host));
    refused_after(signed(), |a| *a.header("host") = b" ".to_vec(), (MISMATCH, 403, host));
    let authorization = "There is more than one 'Authorization' header in the HTTP request";
    refused_after(signed(), |a| a.add("Authorization", "x"), (MISMATCH, 403, authorization));
    let differs = "The 'Host' header differs from the authority of the request's target";
    let damage = |a: &mut Arrived| a.target.insert_str(0, "https://other.example");
    refused_after(signed(), damage, (MISMATCH, 403, differs));
    let mut arrived = signed();
    arrived.target.insert_str(0, "https://user@DB.Example:443");
    arrived.verify().unwrap();
}

#[test]
fn step_4_the_list_of_signed_headers_has_one_form() {
    let text = "'SignedHeaders' must be in lower case, sorted, and name each header once.";
    for (from, to) in [
        ("host;", "Host;"),
        ("host;", "host;host;"),
        ("content-type;host", "host;content-type"),
        ("host;", ";host;"),
    ] {
        let damage = |a: &mut Arrived| a.replace(AUTHORIZATION, from, to);
        refused_after(signed(), damage, (MISMATCH, 403, text));
    }
}

/// HTTP/2 has no Host header, only the authority of the target.
#[test]
fn the_host_may_come_from_the_target() {
    let mut arrived = signed();
    arrived.remove("host");
    arrived.target.insert_str(0, "https://db.example:443");
    arrived.verify().unwrap();
    arrived.replace_in_target("db.example:443", "db.example:8182");
    assert_refused(MISMATCH, 403, MISMATCH_TEXT, &arrived);
}

#[test]
fn step_5_the_date() {
    for given in [
        "",
        "20150830",
        "2015-08-30T12:36:00Z",
        "20150830T123660Z",
        "20150830T123600",
        "Sun, 30 Aug 2015 12:36:00 GMT",
    ] {
        let text = format!("Date must be in ISO-8601 'basic format'. Got '{given}'.");
        let damage = |a: &mut Arrived| *a.header("x-amz-date") = given.into();
        refused_after(signed(), damage, (INCOMPLETE, 400, &text));
        let damage = |a: &mut Arrived| {
            a.replace_in_target(
                &format!("Date={SIGNED_AT}"),
                &format!("Date={}", given.replace(' ', "+")),
            )
        };
        refused_after(presigned(), damage, (INCOMPLETE, 400, &text));
    }
    // `Date` does not stand in for it.
    let damage = |a: &mut Arrived| {
        a.remove("x-amz-date");
        a.replace(AUTHORIZATION, ";x-amz-date", "");
        a.add("Date", "Sun, 30 Aug 2015 12:36:00 GMT");
    };
    let text = "Date must be in ISO-8601 'basic format'. Got ''.";
    refused_after(signed(), damage, (INCOMPLETE, 400, text));
    let damage = |a: &mut Arrived| a.add("X-Amz-Date", SIGNED_AT);
    let text = "Date must be in ISO-8601 'basic format'. Got '20150830T123600Z,20150830T123600Z'.";
    refused_after(signed(), damage, (INCOMPLETE, 400, text));
}

#[test]
fn step_6_the_clock() {
    let expired = "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)";
    let early = "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)";
    for (now, refusal) in [
        ("20150830T125100Z", None),
        ("20150830T125101Z", Some((MISMATCH, 403, expired))),
        ("20150830T122100Z", None),
        ("20150830T122059Z", Some((MISMATCH, 403, early))),
    ] {
        let mut arrived = signed();
        arrived.now = timestamp(now);
        match refusal {
            Some((code, status, text)) => assert_refused(code, status, text, &arrived),
            None => drop(arrived.verify().unwrap()),
        }
    }
}

#[test]
fn the_skew_is_the_caller_s() {
    let mut arrived = signed();
    let with_skew = |arrived: &Arrived, skew| {
        let verifier = Verifier::new(REGION, SERVICE, skew).with_rules(SENDING);
        Arrived { verifier, ..arrived.clone() }
    };
    arrived.now = timestamp("20150830T124101Z");
    let text = "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)";
    assert_refused(MISMATCH, 403, text, &with_skew(&arrived, SKEW));
    let text = "Signature expired: 20150830T123600Z is now earlier than 20150830T123931Z (20150830T124101Z - 90 sec.)";
    assert_refused(MISMATCH, 403, text, &with_skew(&arrived, Duration::from_secs(90)));
    arrived.now = timestamp("99991231T235959Z");
    with_skew(&arrived, Duration::MAX).verify().unwrap();
    arrived.now = timestamp("00010101T000000Z");
    with_skew(&arrived, Duration::MAX).verify().unwrap();
    let text = "Signature not yet current: 20150830T123600Z is still later than 00010101T000000Z (00010101T000000Z + 0 min.)";
    assert_refused(MISMATCH, 403, text, &with_skew(&arrived, Duration::ZERO));
}

#[test]
fn step_6_the_life_of_a_presigned_url() {
    let early = "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)";
    let over = ("AccessDenied", 403, "Request has expired");
    for (now, refusal) in [
        ("20150831T123600Z", None),
        ("20150831T123601Z", Some(over)),
        ("20150830T122100Z", None),
        ("20150830T122059Z", Some((MISMATCH, 403, early))),
    ] {
        let mut arrived = presigned();
        arrived.now = timestamp(now);
        match refusal {
            Some((code, status, text)) => assert_refused(code, status, text, &arrived),
            None => drop(arrived.verify().unwrap()),
        }
    }
    let week = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds";
    for (given, text) in [
        ("", "X-Amz-Expires should be a number"),
        ("-", "X-Amz-Expires should be a number"),
        ("%2B5", "X-Amz-Expires should be a number"),
        ("1.5", "X-Amz-Expires should be a number"),
        ("-1", "X-Amz-Expires must be non-negative"),
        ("0", "X-Amz-Expires must be at least 1 second"),
        ("604801", week),
        ("99999999999999999999", week),
    ] {
        let damage = |a: &mut Arrived| a.replace_in_target("86400", given);
        let refusal = ("AuthorizationQueryParametersError", 400, text);
        refused_after(presigned(), damage, refusal);
    }
}

#[test]
fn a_presigned_url_can_live_a_week() {
    let headers = [("host", b"db.example".as_slice())];
    let request = RawRequest { method: "GET", target: b"/", headers: &headers };
    let signer = Signer::new(credentials(), REGION, SERVICE);
    let week = Duration::from_secs(7 * 24 * 60 * 60);
    let payload = Payload::Bytes(b"");
    let query = signer.presign_raw_at(&request, payload, week, timestamp(SIGNED_AT)).unwrap();
    let mut arrived = presigned();
    (arrived.method, arrived.target, arrived.body) =
        ("GET".to_owned(), format!("/?{query}"), Vec::new());
    arrived.remove("content-type");
    arrived.now = timestamp("20150906T123600Z");
    arrived.verify().unwrap();
    arrived.now = timestamp("20150906T123601Z");
    assert_refused("AccessDenied", 403, "Request has expired", &arrived);
}

#[test]
fn step_7_the_credential() {
    const SCOPE: &str = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
    let form = |given: &str| {
        format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{given}'"
        )
    };
    for given in ["", "AKIDEXAMPLE", "a/b/c/d", "a/20150830/us-east-1/service/aws4_request/"] {
        let damage = |a: &mut Arrived| a.replace(AUTHORIZATION, SCOPE, given);
        refused_after(signed(), damage, (INCOMPLETE, 400, &form(given)));
        let encoded = |text: &str| text.replace('/', "%2F");
        let damage = |a: &mut Arrived| a.replace_in_target(&encoded(SCOPE), &encoded(given));
        refused_after(presigned(), damage, (INCOMPLETE, 400, &form(given)));
    }
    let region = "Credential should be scoped to a valid region, not 'eu-west-1'.";
    let service = "Credential should be scoped to correct service: 'service'.";
    let end = "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'.";
    let day = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150829' != '20150830', from '20150830T123600Z'.";
    let all = [region, service, end, day].join(" ");
    for (given, text) in [
        ("20150830/eu-west-1/service/aws4_request", region),
        ("20150830/us-east-1/Service/aws4_request", service),
        ("20150830/us-east-1/service/aws4", end),
        ("20150829/us-east-1/service/aws4_request", day),
        ("20150829/eu-west-1/s3/aws4", &all),
    ] {
        let damage = |a: &mut Arrived| {
            a.replace(AUTHORIZATION, "20150830/us-east-1/service/aws4_request", given)
        };
        refused_after(signed(), damage, (MISMATCH, 403, text));
    }
}

#[test]
fn region_and_service_have_no_wildcards() {
    for (region, service) in
        [("*", SERVICE), (REGION, "*"), ("us-east-*", SERVICE), ("", SERVICE), (REGION, "")]
    {
        let mut arrived = signed();
        arrived.verifier = Verifier::new(region, service, SKEW).with_rules(SENDING);
        assert!(matches!(arrived.verify(), Err(VerifyError::CredentialScope { .. })));
    }
}

#[test]
fn step_8_the_key_and_its_token() {
    let invalid =
        ("InvalidClientTokenId", 403, "The security token included in the request is invalid.");
    let other = |token| Some(credentials().with_session_token(token));
    for (arrived, of_another) in [
        (signed(), other("a/token+=")),
        (Arrived::signed(&temporary(), SENDING), other("another")),
        (Arrived::signed(&temporary(), SENDING), Some(credentials())),
        (Arrived::presigned(&temporary(), Rules::DEFAULT), other("another")),
        (presigned(), other("a/token+=")),
    ] {
        refused_after(arrived.clone(), |a| a.known = of_another, invalid);
        refused_after(arrived, |a| a.known = None, invalid);
    }
    // One that would be UTF-8 only after replacement, or that is repeated, is no one's.
    let damages: [fn(&mut Arrived); 3] = [
        |a| a.header("x-amz-security-token").push(0xFF),
        |a| a.add("x-amz-security-token", "a/token+="),
        |a| a.header("x-amz-security-token").clear(),
    ];
    for damage in damages {
        refused_after(Arrived::signed(&temporary(), SENDING), damage, invalid);
    }
    let expired = ("ExpiredToken", 403, "The security token included in the request is expired");
    for arrived in
        [Arrived::signed(&temporary(), SENDING), Arrived::presigned(&temporary(), Rules::DEFAULT)]
    {
        let ends = |at| Some(temporary().with_expiry(timestamp(at).into()));
        refused_after(arrived.clone(), |a| a.known = ends(SIGNED_AT), expired);
        let later = Arrived { known: ends("20150830T123601Z"), ..arrived };
        later.verify().unwrap();
    }
}

#[test]
fn a_presigned_url_with_a_token_in_a_header_is_no_one_s() {
    let headers: [(&str, &[u8]); 2] =
        [("host", b"db.example"), ("x-amz-security-token", b"smuggled")];
    let arrived = Arrived::presigned_with(&credentials(), Rules::DEFAULT, &headers);
    let text = "The security token included in the request is invalid.";
    assert_refused("InvalidClientTokenId", 403, text, &arrived);
}

#[test]
fn a_token_is_found_in_the_place_and_under_the_name_of_the_rules() {
    let unsigned = SENDING.with_session_token(SessionToken::Unsigned);
    let express = SENDING.with_session_token_name(SessionTokenName::S3Session);
    for rules in [unsigned, express] {
        Arrived::signed(&temporary(), rules).verify().unwrap();
        Arrived::presigned(&temporary(), rules).verify().unwrap();
    }
    // Where the rules leave it unsigned, the signature holds whatever it is: the key alone decides.
    let mut arrived = Arrived::signed(&temporary(), unsigned);
    *arrived.header("x-amz-security-token") = b"another".to_vec();
    let text = "The security token included in the request is invalid.";
    assert_refused("InvalidClientTokenId", 403, text, &arrived);
}

#[test]
fn step_9_the_body() {
    let refusal = ("XAmzContentSHA256Mismatch", 400, HASH_TEXT);
    refused_after(signed(), |a| a.body.push(b'!'), refusal);
    refused_after(signed(), |a| a.body.clear(), refusal);
    for word in ["UNSIGNED-PAYLOAD", "x", "a b", ""] {
        let damage = |a: &mut Arrived| *a.header("x-amz-content-sha256") = word.into();
        refused_after(signed(), damage, refusal);
    }
    for word in ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"] {
        let text = "A header you provided implies functionality that is not implemented.";
        let damage = |a: &mut Arrived| *a.header("x-amz-content-sha256") = word.into();
        refused_after(signed(), damage, ("NotImplemented", 501, text));
    }
    // Without a hash in the request, a changed body is a changed signature.
    let arrived = Arrived::signed(&credentials(), Rules::DEFAULT);
    refused_after(arrived, |a| a.body.push(b'!'), (MISMATCH, 403, MISMATCH_TEXT));
    let missing =
        ("InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256");
    let arrived = Arrived::signed(&credentials(), Rules::DEFAULT);
    refused_after(arrived, |a| a.verifier = a.verifier.clone().with_rules(SENDING), missing);
}

#[test]
fn an_unsigned_payload_is_the_policy_s_to_allow() {
    const UNSIGNED: Rules = Rules::DEFAULT.with_presigned_payload(PresignedPayload::Unsigned);
    let mut arrived = Arrived::presigned(&credentials(), UNSIGNED);
    assert_eq!(arrived.verify().unwrap().body(), BodyVerification::Unsigned);
    arrived.allow_unsigned_payload();
    for body in [Body::Bytes(b"any"), Body::Hash([0; 32]), Body::Unchecked] {
        assert_eq!(arrived.verify_body(body).unwrap().body(), BodyVerification::Unsigned);
    }
    // What is allowed is not asked for: a body that is signed is checked.
    let mut arrived = signed();
    arrived.allow_unsigned_payload();
    assert_eq!(arrived.verify().unwrap().body(), BodyVerification::Verified);
    arrived.body.push(b'!');
    assert_refused("XAmzContentSHA256Mismatch", 400, HASH_TEXT, &arrived);
}

#[test]
fn a_body_comes_whole_hashed_or_in_pieces_or_is_left_unchecked() {
    let mut hasher = PayloadHasher::new();
    [b"bo", b"dy"].iter().for_each(|piece| hasher.update(*piece));
    let hash = hasher.finish();
    for arrived in [signed(), Arrived::signed(&credentials(), Rules::DEFAULT), presigned()] {
        for body in [Body::Bytes(b"body"), Body::Hash(hash)] {
            assert_eq!(arrived.verify_body(body).unwrap().body(), BodyVerification::Verified);
        }
        assert!(arrived.verify_body(Body::Hash([0; 32])).is_err());
        assert_eq!(arrived.verify_body(Body::Unchecked).unwrap_err(), VerifyError::BodyUnchecked);
    }
    let allowing = |mut arrived: Arrived| {
        arrived.verifier = arrived.verifier.allow_unchecked_body();
        arrived.verify_body(Body::Unchecked).map(|verified| verified.body())
    };
    assert_eq!(allowing(signed()), Ok(BodyVerification::Unchecked));
    let unknown = Arrived::signed(&credentials(), Rules::DEFAULT);
    assert_eq!(allowing(unknown), Err(VerifyError::ContentSha256Missing));
    let mut other_hash = signed();
    other_hash.header("x-amz-content-sha256")[0] ^= 1;
    assert_eq!(allowing(other_hash), Err(VerifyError::SignatureMismatch));
}

#[test]
fn s3_presigns_without_the_body() {
    let signer = Signer::s3(credentials(), "eu-west-1");
    let headers = [("host", b"examplebucket.s3.amazonaws.com".as_slice())];
    let target = b"/a%20b//c";
    let request = RawRequest { method: "PUT", target, headers: &headers };
    let payload = Payload::Unsigned;
    let query = signer
        .presign_raw_at(&request, payload, Duration::from_secs(9), timestamp(SIGNED_AT))
        .unwrap();
    let mut arrived = presigned();
    (arrived.method, arrived.target) = ("PUT".to_owned(), format!("/a%20b//c?{query}"));
    arrived.headers = vec![("host".to_owned(), headers[0].1.to_vec())];
    arrived.verifier = Verifier::s3("eu-west-1");
    assert_eq!(arrived.verify().unwrap().body(), BodyVerification::Unsigned);
}

#[test]
fn step_10_the_signature() {
    let last_digit = |text: &str| {
        let (start, digit) = text.split_at(text.len() - 1);
        format!("{start}{}", if digit == "0" { "1" } else { "0" })
    };
    let damages: [fn(&mut Arrived); 6] = [
        |a| a.method = "PUT".to_owned(),
        |a| a.target.insert(1, 'x'),
        |a| a.target.push_str("&b"),
        |a| a.header("content-type").push(b'!'),
        |a| a.header("host").push(b'!'),
        |a| a.known = Some(Credentials::new("AKIDEXAMPLE", format!("{SECRET}x"))),
    ];
    for damage in damages {
        for arrived in [signed(), presigned()] {
            refused_after(arrived, damage, (MISMATCH, 403, MISMATCH_TEXT));
        }
    }
    let signature = |damage: &dyn Fn(&str) -> String| {
        let in_header = |a: &mut Arrived| {
            let value = String::from_utf8(a.header(AUTHORIZATION).clone()).unwrap();
            let (start, signature) = value.split_at(value.len() - 64);
            *a.header(AUTHORIZATION) = format!("{start}{}", damage(signature)).into();
        };
        refused_after(signed(), in_header, (MISMATCH, 403, MISMATCH_TEXT));
        let in_query = |a: &mut Arrived| {
            let (start, signature) = a.target.split_at(a.target.len() - 64);
            a.target = format!("{start}{}", damage(signature));
        };
        refused_after(presigned(), in_query, (MISMATCH, 403, MISMATCH_TEXT));
    };
    signature(&last_digit);
    signature(&str::to_ascii_uppercase);
    signature(&|text| text[..63].to_owned());
    signature(&|text| format!("{text}0"));
    signature(&|_| String::new());
}

/// What is damaged at each step of the table, alone and with each later one.
#[test]
fn of_two_faults_the_earlier_is_the_answer() {
    let headers: [fn(&mut Arrived); 11] = [
        |a| (0..MAX_HEADERS).for_each(|n| a.add(&format!("h{n}"), "")),
        |a| a.target += "&%zz",
        |a| a.target += "&X-Amz-Algorithm=x",
        |a| a.replace(AUTHORIZATION, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        |a| a.add("x-amz-copy-source", "b"),
        |a| *a.header("x-amz-date") = b"yesterday".to_vec(),
        |a| a.now = timestamp("20160830T123600Z"),
        |a| a.replace(AUTHORIZATION, "us-east-1", "eu-west-1"),
        |a| a.known = None,
        |a| a.body.push(b'!'),
        |a| a.target.insert(1, 'x'),
    ];
    let query: [fn(&mut Arrived); 11] = [
        headers[0],
        headers[1],
        |a| a.add("Authorization", "x"),
        |a| a.replace_in_target("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        headers[4],
        |a| a.replace_in_target(SIGNED_AT, "yesterday"),
        headers[6],
        |a| a.replace_in_target("us-east-1", "eu-west-1"),
        headers[8],
        headers[9],
        headers[10],
    ];
    // The body of a presigned request is compared by itself only if its hash was sent.
    let body_hash = b"230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";
    let presigned = Arrived::presigned_with(
        &credentials(),
        Rules::DEFAULT,
        &[("host", b"db.example"), ("x-amz-content-sha256", body_hash)],
    );
    for (arrived, damages) in [(signed(), headers), (presigned, query)] {
        arrived.verify().unwrap();
        let alone = damages.map(|damage| {
            let mut arrived = arrived.clone();
            damage(&mut arrived);
            refusal(&arrived)
        });
        for (earlier, first) in damages.iter().enumerate() {
            for (later, second) in damages.iter().enumerate().skip(earlier + 1) {
                assert_ne!(alone[earlier], alone[later], "{earlier} and {later} are told apart");
                let mut arrived = arrived.clone();
                second(&mut arrived);
                first(&mut arrived);
                assert_eq!(refusal(&arrived), alone[earlier], "{earlier} before {later}");
            }
        }
    }
}

#[test]
fn a_key_of_another_scope_is_the_caller_s_fault() {
    let arrived = signed();
    let headers = arrived.borrowed();
    let claim = arrived.verifier.read_raw(&arrived.request(&headers), arrived.now).unwrap();
    let scope = Scope::new("20150829".parse().unwrap(), REGION, SERVICE).unwrap();
    let key = AccessKey::new(SigningKey::derive(SECRET.as_bytes(), scope).unwrap());
    let error = claim.verify(&key, Body::Bytes(b"body")).unwrap_err();
    assert_eq!((error.code(), error.status()), ("InternalFailure", 500));
    assert_eq!(
        error.to_string(),
        "signing key scope 20150829/us-east-1/service/aws4_request does not match 20150830/us-east-1/service/aws4_request"
    );
}

#[test]
fn a_verdict_says_how_long_a_replay_would_work() {
    for mut arrived in [signed(), presigned()] {
        let until = arrived.verify().unwrap().replayable_until();
        arrived.now = until;
        arrived.verify().unwrap();
        arrived.now = until.checked_add(time::Duration::SECOND).unwrap();
        arrived.verify().unwrap_err();
    }
    let mut arrived = signed();
    arrived.verifier = Verifier::new(REGION, SERVICE, Duration::MAX).with_rules(SENDING);
    assert_eq!(arrived.verify().unwrap().replayable_until(), timestamp("99991231T235959Z"));
}

#[test]
fn a_signature_is_the_same_for_each_replay() {
    let first = signed().verify().unwrap().signature().to_string();
    assert_eq!(signed().verify().unwrap().signature().to_string(), first);
    assert_ne!(presigned().verify().unwrap().signature().to_string(), first);
}

#[test]
fn only_a_diagnosis_shows_what_was_expected() {
    let mut arrived = signed();
    let signature = arrived.verify().unwrap().signature().to_string();
    arrived.replace(AUTHORIZATION, &signature, &"0".repeat(64));
    let headers = arrived.borrowed();
    let claim = arrived.verifier.read_raw(&arrived.request(&headers), arrived.now).unwrap();
    let key = AccessKey::from_credentials(&credentials(), claim.scope()).unwrap();
    let error = claim.verify(&key, Body::Bytes(b"body")).unwrap_err();
    let diagnosis =
        claim.diagnose_raw(&arrived.request(&headers), &key, Body::Bytes(b"body")).unwrap();
    assert_eq!(diagnosis.signature().as_str(), signature);
    let canonical = diagnosis.canonical_request().to_string();
    assert!(canonical.starts_with("POST\n/path\na=b\ncontent-type:text/plain\nhost:db.example\n"));
    assert!(
        diagnosis.string_to_sign().to_string().starts_with("AWS4-HMAC-SHA256\n20150830T123600Z\n")
    );
    for shown in [format!("{error} {error:?}"), format!("{diagnosis:?} {claim:?} {key:?}")] {
        assert!(
            !shown.contains(&signature) && !shown.contains("a=b") && !shown.contains("wJalr"),
            "{shown}"
        );
    }
}

#[test]
fn an_http_request_is_verified_as_its_raw_parts_are() {
    let signer = Signer::new(temporary(), REGION, SERVICE);
    let mut request = http::Request::post("https://DB.Example:443/path?b&a=%7e")
        .header("accept", "*/*")
        .body("body")
        .unwrap();
    signer.sign_at(&mut request, timestamp(SIGNED_AT)).unwrap();
    let (mut parts, body) = request.into_parts();
    let verifier = Verifier::new(REGION, SERVICE, SKEW);
    let verify = |parts: &http::request::Parts| {
        let claim = verifier.read(parts, timestamp(SIGNED_AT))?;
        let key = AccessKey::from_credentials(&temporary(), claim.scope()).unwrap();
        claim.verify(&key, Body::Bytes(body.as_bytes()))
    };
    assert!(verify(&parts).unwrap().is_signed("accept"));
    parts.headers.append("x-amz-acl", "public-read".parse().unwrap());
    assert!(
        matches!(verify(&parts), Err(VerifyError::HeaderUnsigned { name }) if name == "x-amz-acl")
    );
    parts.uri = format!("/?{}", "&a".repeat(2_000)).parse().unwrap();
    assert!(matches!(verify(&parts), Err(VerifyError::RequestTooLarge(_))));
    parts.uri = "db.example:443".parse().unwrap();
    assert!(matches!(verify(&parts), Err(VerifyError::MalformedRequest(_))));
}

#[test]
fn an_unsigned_hash_header_is_bound_where_it_is_allowed() {
    let without = |arrived: &mut Arrived| {
        let hash = String::from_utf8(arrived.header("x-amz-content-sha256").clone()).unwrap();
        arrived.headers.retain(|(name, _)| name != "x-amz-content-sha256");
        hash
    };
    let mut arrived = Arrived::signed(&credentials(), Rules::DEFAULT);
    let hash = without(&mut signed());
    arrived.add("x-amz-content-sha256", &hash);
    let error = arrived.verify().unwrap_err();
    assert_eq!(error.to_string(), UNSIGNED_TEXT);
    assert_eq!(error.reason(), "header \"x-amz-content-sha256\" is not signed");
    arrived.verifier = arrived.verifier.clone().allow_unsigned_content_sha256();
    assert_eq!(arrived.verify().unwrap().body(), BodyVerification::Verified);
    // The header decides what the signature covers, so it cannot be changed.
    *arrived.header("x-amz-content-sha256") = b"UNSIGNED-PAYLOAD".to_vec();
    arrived.allow_unsigned_payload();
    assert_eq!(arrived.verify().unwrap_err(), VerifyError::SignatureMismatch);
    arrived.headers.retain(|(name, _)| name != "x-amz-content-sha256");
    arrived.add("x_amz_content_sha256", &hash);
    assert!(matches!(arrived.verify(), Err(VerifyError::HeaderUnsigned { .. })));
}

#[test]
fn the_reason_names_what_the_client_is_not_told() {
    let mut dated = signed();
    dated.headers.retain(|(name, _)| name != "x-amz-date");
    dated.replace(AUTHORIZATION, ";x-amz-date", "");
    dated.add("date", "Sun, 30 Aug 2015 12:36:00 GMT");
    let error = dated.verify().unwrap_err();
    assert_eq!(error.to_string(), "Date must be in ISO-8601 'basic format'. Got ''.");
    assert_eq!(
        error.reason(),
        "header x-amz-date is missing; a Date header is not accepted in its place"
    );
    let reasons = |value: &str| {
        let mut arrived = signed();
        *arrived.header("x-amz-content-sha256") = value.into();
        arrived.verify().unwrap_err().reason()
    };
    assert_eq!(
        reasons("UNSIGNED-PAYLOAD"),
        "the payload is UNSIGNED-PAYLOAD, which the verifier does not allow"
    );
    assert_eq!(
        reasons("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        "x-amz-content-sha256 is \"STREAMING-UNSIGNED-PAYLOAD-TRAILER\": chunked payloads are not supported"
    );
    assert_eq!(reasons("x"), "x-amz-content-sha256 is \"x\": neither a hash nor a known literal");
    assert!(reasons(&"0".repeat(64)).starts_with("x-amz-content-sha256 is 0000"));
    let mut unknown = signed();
    unknown.known = None;
    let mut other_token = Arrived::signed(&temporary(), SENDING);
    other_token.known = Some(credentials());
    for (arrived, reason) in [
        (unknown, "the access key is unknown"),
        (other_token, "the session token is not the one that belongs to the access key"),
    ] {
        let error = arrived.verify().unwrap_err();
        assert_eq!(error.reason(), reason);
        assert_eq!(error.to_string(), "The security token included in the request is invalid.");
    }
}

#[test]
fn presigned_urls_have_a_maximum_validity() {
    let mut arrived = presigned();
    arrived.verifier = arrived.verifier.clone().with_max_expires(Duration::from_secs(86_400));
    arrived.verify().unwrap();
    let shorter = arrived.verifier.clone().with_max_expires(Duration::from_secs(86_399));
    let text = "X-Amz-Expires must be at most 86399 seconds";
    refused_after(
        arrived,
        |a| a.verifier = shorter,
        ("AuthorizationQueryParametersError", 400, text),
    );
}

#[test]
fn required_headers_fold_underscores() {
    let mut arrived = signed();
    arrived.verifier = arrived.verifier.clone().with_required_headers(["x-forwarded-user"]);
    arrived.verify().unwrap();
    for name in ["x-forwarded-user", "X_Forwarded-User"] {
        let mut with_header = arrived.clone();
        with_header.add(name, "root");
        assert_refused(MISMATCH, 403, UNSIGNED_TEXT, &with_header);
    }
}

#[test]
fn a_backslash_in_an_absolute_target_is_rejected_by_both_ways_in() {
    let verifier = Verifier::new(REGION, SERVICE, SKEW);
    let now = timestamp(SIGNED_AT);
    let read = |uri: &str| {
        let (parts, ()) = http::Request::get(uri).body(()).unwrap().into_parts();
        verifier.read(&parts, now).unwrap_err()
    };
    let absolute = "https://db.example/a\\b";
    let raw = RawRequest { method: "GET", target: absolute.as_bytes(), headers: &[] };
    let expected = VerifyError::AmbiguousTarget { at: 20 };
    assert_eq!(verifier.read_raw(&raw, now).unwrap_err(), expected);
    assert_eq!(read(absolute), expected);
    assert_eq!(read("/a\\b"), VerifyError::AuthenticationMissing);
}

#[test]
fn a_diagnosis_is_of_the_request_that_was_read() {
    let arrived = signed();
    let headers = arrived.borrowed();
    let request = arrived.request(&headers);
    let claim = arrived.verifier.read_raw(&request, arrived.now).unwrap();
    let key = AccessKey::from_credentials(&credentials(), claim.scope()).unwrap();
    let body = Body::Bytes(b"body");
    for other in
        [RawRequest { method: "PUT", ..request }, RawRequest { target: b"/path?a=c", ..request }]
    {
        let error = claim.diagnose_raw(&other, &key, body).unwrap_err();
        assert_eq!(error, VerifyError::OtherRequest);
    }
    let error = claim.diagnose_raw(&RawRequest { headers: &[], ..request }, &key, body);
    assert!(matches!(error, Err(VerifyError::SignedHeaderMissing { .. })));
}

#[test]
fn a_host_that_agrees_with_a_signed_authority_is_kept() {
    let signer = Signer::new(credentials(), REGION, SERVICE);
    let uri = "https://db.example/";
    let signed = |names: &str| {
        let request =
            RawRequest { method: "GET", target: b"/", headers: &[("host", b"db.example")] };
        let headers = signer
            .sign_raw_at(&request, Payload::Bytes(b""), timestamp(SIGNED_AT))
            .unwrap()
            .into_headers();
        let (mut parts, ()) = http::Request::get(uri).body(()).unwrap().into_parts();
        headers.apply(&mut parts.headers).unwrap();
        let authorization = parts.headers["authorization"].to_str().unwrap();
        let authorization = authorization.replace("host;x-amz-date", names);
        parts.headers.insert("authorization", authorization.parse().unwrap());
        parts.headers.insert("host", "db.example".parse().unwrap());
        parts
    };
    let verifier = Verifier::new(REGION, SERVICE, SKEW);
    let mut parts = signed(":authority;x-amz-date");
    let claim = verifier.read(&parts, timestamp(SIGNED_AT)).unwrap();
    let key = AccessKey::from_credentials(&credentials(), claim.scope()).unwrap();
    let diagnosis = claim.diagnose(&parts, &key, Body::Bytes(b"")).unwrap();
    let signature = diagnosis.signature().to_string();
    let authorization = parts.headers["authorization"].to_str().unwrap();
    let (start, _) = authorization.rsplit_once('=').unwrap();
    let authorization = format!("{start}={signature}").parse().unwrap();
    parts.headers.insert("authorization", authorization);
    let claim = verifier.read(&parts, timestamp(SIGNED_AT)).unwrap();
    let verified = claim.verify(&key, Body::Bytes(b"")).unwrap();
    let mut headers = parts.headers.clone();
    headers.insert("accept", "*/*".parse().unwrap());
    verified.remove_unsigned(&mut headers, &[]);
    assert_eq!(headers.keys().collect::<Vec<_>>().len(), 2, "host and x-amz-date: {headers:?}");
    assert!(headers.contains_key("host"));
}
