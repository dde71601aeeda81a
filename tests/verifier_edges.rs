//! Requests that are almost right: near misses of each check, and what comes first of two faults in one step.

#[path = "support/arrived.rs"]
mod arrived;

use countersign::Credentials;
use countersign::protocol::{PayloadHeader, PresignedPayload, Rules, Scope, SigningKey};
use countersign::verifier::{
    AccessKey, Body, BodyVerification, Claim, ErrorFormat, Limit, Limits, SKEW, ScopeMismatch,
    SignatureLocation, Verifier, VerifyError,
};

use self::arrived::{Arrived, REGION, SECRET, SERVICE, SIGNED_AT, credentials, timestamp};

const SENDING: Rules = Rules::DEFAULT.with_payload_header(PayloadHeader::Sent);
const AUTHORIZATION: &str = "authorization";
/// The defaults of `Limits`.
const MAX_HEADERS: usize = 256;
const MAX_PARAMETERS: usize = 1_000;
const HASH: &str = "x-amz-content-sha256";

fn signed() -> Arrived {
    Arrived::signed(&credentials(), SENDING)
}

fn presigned() -> Arrived {
    Arrived::presigned(&credentials(), Rules::DEFAULT)
}

fn temporary() -> Credentials {
    credentials().with_session_token("a/token+=")
}

/// The same request, changed, with the signature that its owner would put on it after the change.
fn signed_after(mut arrived: Arrived, change: impl FnOnce(&mut Arrived)) -> Arrived {
    let old = arrived.verify().unwrap().signature().to_string();
    change(&mut arrived);
    let headers = arrived.borrowed();
    let claim = arrived.verifier.read_raw(&arrived.request(&headers), arrived.now).unwrap();
    let key = AccessKey::from_credentials(arrived.known.as_ref().unwrap(), claim.scope()).unwrap();
    let new = claim.diagnose_raw(&arrived.request(&headers), &key, Body::Bytes(&arrived.body));
    let new = new.unwrap().signature().to_string();
    drop(headers);
    match arrived.headers.iter().any(|(name, _)| name == AUTHORIZATION) {
        true => arrived.replace(AUTHORIZATION, &old, &new),
        false => arrived.replace_in_target(&old, &new),
    }
    arrived
}

#[track_caller]
fn refusal(mut arrived: Arrived, damage: impl FnOnce(&mut Arrived)) -> VerifyError {
    damage(&mut arrived);
    arrived.verify().expect_err("it is refused")
}

#[test]
fn a_part_of_the_scope_is_the_whole_part() {
    const SCOPE: &str = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
    for given in [
        "b/AKIDEXAMPLE/20150830/us-east-1/service/aws4_request",
        "/AKIDEXAMPLE/20150830/us-east-1/service/aws4_request",
        "AKIDEXAMPLE20150830/us-east-1/service/aws4_request",
        "AKIDEXAMPLE/20150830us-east-1/service/aws4_request",
        "AKIDEXAMPLE/20150830/us-east-1service/aws4_request",
        "AKIDEXAMPLE/20150830/us-east-1/serviceaws4_request",
        "20150830/us-east-1/service/aws4_request",
    ] {
        let error = refusal(signed(), |a| a.replace(AUTHORIZATION, SCOPE, given));
        assert!(matches!(error, VerifyError::MalformedCredential { .. }), "{given}: {error}");
        let encoded = |text: &str| text.replace('/', "%2F");
        let damage = |a: &mut Arrived| a.replace_in_target(&encoded(SCOPE), &encoded(given));
        let error = refusal(presigned(), damage);
        assert!(matches!(error, VerifyError::MalformedCredential { .. }), "{given}: {error}");
    }
    for given in [
        "AKIDEXAMPLE/120150830/us-east-1/service/aws4_request",
        "AKIDEXAMPLE/20150830/aus-east-1/service/aws4_request",
        "AKIDEXAMPLE/20150830/us-east-1/aservice/aws4_request",
        "AKIDEXAMPLE/20150830/us-east-1/service/aaws4_request",
        "AKIDEXAMPLE/20150830/us-east-12/service/aws4_request",
        "AKIDEXAMPLE/20150830//service/aws4_request",
        "AKIDEXAMPLE//us-east-1/service/aws4_request",
    ] {
        let error = refusal(signed(), |a| a.replace(AUTHORIZATION, SCOPE, given));
        assert!(
            matches!(&error, VerifyError::CredentialScope { mismatches, .. } if mismatches.len() == 1),
            "{given}: {error}"
        );
    }
}

/// It would be two parts, and a credential has five.
#[test]
fn a_region_or_a_service_with_a_slash_is_never_met() {
    const SCOPE: &str = "/us-east-1/service/";
    for (region, service) in [("us/east", "service"), ("us", "east/service"), ("/", "")] {
        let mut arrived = signed();
        arrived.verifier = Verifier::new(region, service, SKEW);
        arrived.replace(AUTHORIZATION, SCOPE, &format!("/{region}/{service}/"));
        let error = arrived.verify().unwrap_err();
        assert!(
            matches!(error, VerifyError::MalformedCredential { .. }),
            "{region} {service}: {error}"
        );
    }
}

#[test]
fn the_algorithm_is_the_whole_word() {
    for algorithm in ["AWS4-HMAC-SHA256-PAYLOAD", "AWS4-HMAC-SHA256X", "AWS4-HMAC-SHA25"] {
        let unsupported = |location| {
            let algorithm = algorithm.to_owned();
            VerifyError::UnsupportedAlgorithm { algorithm, location }
        };
        let damage = |a: &mut Arrived| a.replace(AUTHORIZATION, "AWS4-HMAC-SHA256", algorithm);
        assert_eq!(refusal(signed(), damage), unsupported(SignatureLocation::Header));
        let damage = |a: &mut Arrived| a.replace_in_target("AWS4-HMAC-SHA256", algorithm);
        assert_eq!(refusal(presigned(), damage), unsupported(SignatureLocation::Query));
    }
    let mut arrived = signed();
    arrived.replace(AUTHORIZATION, "SHA256 ", "SHA256\t ");
    arrived.verify().unwrap();
}

#[test]
fn blanks_around_a_value_count_for_nothing() {
    for name in [AUTHORIZATION, "x-amz-date", HASH, "x-amz-security-token", "host"] {
        let mut arrived = Arrived::signed(&temporary(), SENDING);
        let value = arrived.header(name);
        *value = [b" \t", value.as_slice(), b"\r\n "].concat();
        arrived.verify().unwrap();
    }
    let error = refusal(signed(), |a| a.add("X-Amz-Date", &format!(" {SIGNED_AT}\t")));
    let given = format!("{SIGNED_AT},{SIGNED_AT}");
    assert_eq!(error, VerifyError::MalformedDate { given });
}

#[test]
fn sorted_names_in_capitals_are_no_list() {
    let damage =
        |a: &mut Arrived| a.replace(AUTHORIZATION, "content-type;host", "Content-Type;host");
    assert_eq!(refusal(signed(), damage), VerifyError::MalformedSignedHeaders);
    let damage = |a: &mut Arrived| a.replace_in_target("content-type%3Bhost", "CONTENT-TYPE;HOST");
    assert_eq!(refusal(presigned(), damage), VerifyError::MalformedSignedHeaders);
}

#[test]
fn the_authority_may_be_signed_under_the_name_of_http_2() {
    let mut arrived = signed();
    arrived.target.insert_str(0, "https://db.example");
    let arrived = signed_after(arrived, |a| {
        a.replace(AUTHORIZATION, "content-type;host", ":authority;content-type");
    });
    let verified = arrived.verify().unwrap();
    assert!(verified.is_signed(":authority") && !verified.is_signed("host"));
    let other = refusal(arrived.clone(), |a| *a.header("host") = b"other.example".to_vec());
    assert_eq!(other, VerifyError::HostMismatch);
    let mut arrived = arrived;
    arrived.remove("host");
    arrived.verify().unwrap();
    let other = refusal(arrived.clone(), |a| a.replace_in_target("db.example", "other.example"));
    assert_eq!(other, VerifyError::SignatureMismatch);
    let none = refusal(arrived, |a| a.replace_in_target("https://db.example", ""));
    let name = ":authority".to_owned();
    assert_eq!(none, VerifyError::SignedHeaderMissing { name });
}

/// A signature in the query is left out of what is signed only where it is the signature.
#[test]
fn parameters_of_a_presigned_url_are_ordinary_ones_beside_a_header() {
    for name in ["X-Amz-Signature", "X-Amz-Expires", "X-Amz-Credential", "X-Amz-SignedHeaders"] {
        let add = |a: &mut Arrived| a.target += &format!("&{name}=0");
        assert_eq!(refusal(signed(), add), VerifyError::SignatureMismatch);
        signed_after(signed(), add).verify().unwrap();
    }
}

#[test]
fn policy_requires_what_the_rules_exclude() {
    const RULES: Rules = SENDING.with_excluded_headers(&["x-amz-meta-a"]);
    let mut arrived = Arrived::signed(&credentials(), RULES);
    arrived.add("x-amz-meta-a", "b");
    arrived.verify().unwrap();
    let require =
        |a: &mut Arrived| a.verifier = a.verifier.clone().with_required_headers(["X-Amz-Meta-A"]);
    let name = "x-amz-meta-a".to_owned();
    assert_eq!(refusal(arrived, require), VerifyError::HeaderUnsigned { name });
}

#[test]
fn a_hash_may_be_in_capitals_and_is_nothing_but_a_hash() {
    let capitals = |a: &mut Arrived| a.header(HASH).make_ascii_uppercase();
    let arrived = signed_after(signed(), capitals);
    assert_eq!(arrived.verify().unwrap().body(), BodyVerification::Verified);

    let mut unchecked = signed();
    unchecked.verifier = unchecked.verifier.allow_unchecked_body();
    for word in [
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "abcdef",
        &"g".repeat(64),
        &"0".repeat(63),
        &"0".repeat(65),
    ] {
        let arrived = signed_after(unchecked.clone(), |a| *a.header(HASH) = word.into());
        let literal = word.to_owned();
        let expected = match word.starts_with("STREAMING-") {
            true => VerifyError::StreamingPayload { literal },
            false => VerifyError::UnsupportedContentSha256 { literal },
        };
        assert_eq!(arrived.verify_body(Body::Unchecked).unwrap_err(), expected);
    }
    let twice = refusal(signed(), |a| {
        let hash = String::from_utf8(a.header(HASH).clone()).unwrap();
        a.add(HASH, &hash);
    });
    assert!(matches!(twice, VerifyError::UnsupportedContentSha256 { .. }), "{twice}");
}

/// The rule for presigned payloads is for presigned payloads.
#[test]
fn a_body_that_is_signed_in_a_header_is_checked_whatever_presigned_ones_may_do() {
    const RULES: Rules = Rules::DEFAULT.with_presigned_payload(PresignedPayload::Unsigned);
    let mut arrived = Arrived::signed(&credentials(), RULES);
    arrived.allow_unsigned_payload();
    assert_eq!(arrived.verify().unwrap().body(), BodyVerification::Verified);
    let error = refusal(arrived, |a| a.body.push(b'!'));
    assert_eq!(error, VerifyError::SignatureMismatch);
}

#[test]
fn an_empty_token_of_a_key_is_none() {
    let arrived = signed();
    let headers = arrived.borrowed();
    let claim = arrived.verifier.read_raw(&arrived.request(&headers), arrived.now).unwrap();
    let key = || {
        let scope = Scope::new("20150830".parse().unwrap(), REGION, SERVICE).unwrap();
        AccessKey::new(SigningKey::derive(SECRET.as_bytes(), scope).unwrap())
    };
    claim.verify(&key().with_session_token(""), Body::Bytes(b"body")).unwrap();
    let error = claim.verify(&key().with_session_token("a"), Body::Bytes(b"body")).unwrap_err();
    assert_eq!(error, VerifyError::TokenInvalid { key_is_known: true });
    let ended = key().with_expiry(timestamp(SIGNED_AT).into());
    let error = claim.verify(&ended, Body::Bytes(b"body")).unwrap_err();
    assert_eq!(error, VerifyError::TokenExpired);
}

#[test]
fn an_empty_token_of_a_request_is_one() {
    let add = |a: &mut Arrived| {
        a.add("x-amz-security-token", "");
        a.replace(AUTHORIZATION, "x-amz-date", "x-amz-date;x-amz-security-token");
    };
    assert_eq!(
        signed_after(signed(), add).verify().unwrap_err(),
        VerifyError::TokenInvalid { key_is_known: true }
    );
}

#[test]
fn a_key_is_for_one_region_and_one_service() {
    let arrived = signed();
    let headers = arrived.borrowed();
    let claim = arrived.verifier.read_raw(&arrived.request(&headers), arrived.now).unwrap();
    for (region, service) in [("eu-west-1", SERVICE), (REGION, "s3")] {
        let scope = Scope::new("20150830".parse().unwrap(), region, service).unwrap();
        for key in
            [AccessKey::from_credentials(&credentials(), scope).unwrap(), AccessKey::unknown(scope)]
        {
            let error = claim.verify(&key, Body::Bytes(b"body")).unwrap_err();
            assert!(matches!(error, VerifyError::KeyScope { .. }), "{error}");
        }
    }
}

#[test]
fn what_is_verified_was_signed_when_its_client_says() {
    let mut arrived = signed();
    arrived.now = timestamp("20150830T124559Z");
    assert_eq!(arrived.verify().unwrap().timestamp(), timestamp(SIGNED_AT));
}

#[test]
fn neither_keys_nor_bodies_show_what_is_in_them() {
    let scope = Scope::new("20150830".parse().unwrap(), REGION, SERVICE).unwrap();
    let key = AccessKey::from_credentials(&temporary(), scope).unwrap();
    let body = Body::Bytes(b"a/token+=");
    let error = refusal(Arrived::signed(&temporary(), SENDING), |a| a.known = None);
    let shown = format!("{key:?} {body:?} {error:?} {error}");
    assert!(!shown.contains("a/token") && !shown.contains("97, 47"), "{shown}");
    assert!(shown.contains("[redacted]") && shown.contains("Bytes(9 bytes)"), "{shown}");
    let arrived = Arrived::signed(&temporary(), SENDING);
    let signature = arrived.verify().unwrap().signature().to_string();
    let headers = arrived.borrowed();
    let claim = arrived.verifier.read_raw(&arrived.request(&headers), arrived.now).unwrap();
    let shown = format!("{claim:?} {:?}", arrived.verify().unwrap());
    for secret in [signature.as_str(), "a/token+="] {
        let bytes = format!("{:?}", secret.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']);
        assert!(!shown.contains(secret) && !shown.contains(bytes), "{shown}");
    }
}

#[test]
fn empty_pieces_of_a_query_count_for_nothing_and_names_of_headers_do() {
    let mut arrived = signed();
    arrived.target += &"&".repeat(2 * MAX_PARAMETERS);
    arrived.verify().unwrap();
    let long = refusal(signed(), |a| a.add(&"n".repeat(64 << 10), ""));
    assert!(matches!(long, VerifyError::RequestTooLarge(over) if over.limit == Limit::HeaderBytes));
}

#[test]
fn of_two_faults_in_what_is_no_request_the_size_comes_first() {
    let many = |a: &mut Arrived| (0..MAX_HEADERS).for_each(|n| a.add(&format!("h{n}"), ""));
    let error = refusal(signed(), |a| {
        many(a);
        a.method = "G T".to_owned();
    });
    assert!(matches!(error, VerifyError::RequestTooLarge(over) if over.limit == Limit::Headers));
    let error = refusal(signed(), |a| a.target = format!("*?{}", "a&".repeat(2_000)));
    assert!(matches!(error, VerifyError::RequestTooLarge(over) if over.limit == Limit::Parameters));
    let error = refusal(signed(), |a| a.target = "*?%zz".to_owned());
    assert!(matches!(error, VerifyError::MalformedRequest(_)));
}

#[test]
fn of_two_faults_in_one_step_the_one_that_the_table_names_first_is_the_answer() {
    let error = refusal(signed(), |a| {
        a.remove(AUTHORIZATION);
        a.add("x-amz-security-token", "a");
        a.target += "&X-Amz-Security-Token=a";
    });
    assert_eq!(error, VerifyError::AuthenticationMissing);
    let error = refusal(signed(), |a| {
        a.remove("content-type");
        a.add("x-amz-acl", "b");
    });
    assert!(matches!(error, VerifyError::HeaderUnsigned { .. }));
    let error = refusal(signed(), |a| {
        a.add("Authorization", "x");
        a.remove("content-type");
    });
    assert!(matches!(error, VerifyError::SignedHeaderMissing { .. }));
    let damage = |a: &mut Arrived| a.target += &"&X-Amz-Date&X-Amz-Expires".repeat(2);
    assert_eq!(refusal(signed(), damage), VerifyError::DuplicateParameter { name: "X-Amz-Date" });
    let error = refusal(presigned(), |a| {
        a.replace_in_target("86400", "604801");
        a.now = timestamp("20140830T123600Z");
    });
    assert!(matches!(error, VerifyError::InvalidExpires { .. }));
    let error = refusal(signed(), |a| {
        a.replace(AUTHORIZATION, "20150830/us-east-1", "20150829/eu-west-1");
    });
    let VerifyError::CredentialScope { mismatches, .. } = error else { panic!("{error}") };
    assert!(matches!(&mismatches[..], [ScopeMismatch::Region { .. }, ScopeMismatch::Date { .. }]));

    let ended = temporary().with_expiry(timestamp("20150101T000000Z").into());
    let arrived = Arrived::signed(&temporary(), SENDING);
    let of_another = ended.clone().with_session_token("another");
    let error = refusal(arrived.clone(), |a| a.known = Some(of_another));
    assert_eq!(error, VerifyError::TokenInvalid { key_is_known: true });
    let error = refusal(arrived, |a| {
        a.known = Some(ended);
        a.body.push(b'!');
    });
    assert_eq!(error, VerifyError::TokenExpired);
}

#[test]
fn the_sizes_of_an_http_request_are_limited() {
    let limits =
        Limits::DEFAULT.with_max_target_bytes(10).with_max_headers(2).with_max_header_bytes(20);
    let verifier = Verifier::new(REGION, SERVICE, SKEW).with_limits(limits);
    let refused = |request: http::request::Builder| {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let error = verifier.read(&parts, timestamp(SIGNED_AT)).unwrap_err();
        match error {
            VerifyError::RequestTooLarge(over) => Some(over.limit),
            _ => None,
        }
    };
    let get = http::Request::get::<&str>;
    assert_eq!(refused(get("https://db.example/path?q=34")), None);
    assert_eq!(refused(get("/path?q=3456")), Some(Limit::TargetBytes));
    assert_eq!(refused(get("/path678901")), Some(Limit::TargetBytes));
    assert_eq!(refused(get("/").header("a", "b").header("a", "c")), None);
    let three = get("/").header("a", "b").header("a", "c").header("d", "");
    assert_eq!(refused(three), Some(Limit::Headers));
    assert_eq!(refused(get("/").header("a", "b".repeat(20))), Some(Limit::HeaderBytes));
}

#[test]
fn the_first_and_the_last_day_that_there_are() {
    let (first, last) = ("00010101T000000Z", "99991231T235959Z");
    for (signed_at, now, text) in [
        (first, last, "Request has expired"),
        (
            last,
            first,
            "Signature not yet current: 99991231T235959Z is still later than 00010101T001500Z (00010101T000000Z + 15 min.)",
        ),
    ] {
        let at = |now: &str| {
            let mut arrived = presigned();
            arrived.replace_in_target(SIGNED_AT, signed_at);
            arrived.replace_in_target("%2F20150830%2F", &format!("%2F{}%2F", &signed_at[..8]));
            arrived.replace_in_target("86400", "604800");
            arrived.now = timestamp(now);
            arrived.verify().unwrap_err()
        };
        assert_eq!(at(signed_at), VerifyError::SignatureMismatch);
        assert_eq!(at(now).to_string(), text);
        let response = at(now).response(ErrorFormat::S3, "");
        let told = str::from_utf8(&response.body).unwrap();
        assert!(told.contains("0001-01-0") && told.contains("Z</ServerTime>"), "{told}");
    }
}

/// A claim is kept while its key is looked for.
#[test]
fn a_claim_can_wait_on_any_thread() {
    fn can_wait<T: Send + Sync>() {}
    can_wait::<Claim<'_>>();
    can_wait::<AccessKey>();
    can_wait::<Verifier>();
    can_wait::<VerifyError>();
}

/// A parser of URLs may see another host behind a backslash, and another path behind a fragment.
#[test]
fn a_url_that_others_read_otherwise_is_refused() {
    let arrived = Arrived::signed(&credentials(), Rules::DEFAULT);
    for (target, at) in [
        ("https://evil.example\\@db.example/path?a=b", 20),
        ("https://db.example/path?a=b#/../x", 27),
        ("foo://db.example#", 16),
    ] {
        let arrived = Arrived { target: target.to_owned(), ..arrived.clone() };
        assert_eq!(arrived.verify().unwrap_err(), VerifyError::AmbiguousTarget { at }, "{target}");
    }
    let error = VerifyError::AmbiguousTarget { at: 20 };
    assert_eq!((error.code(), error.status()), ("InvalidRequest", 400));
    let text =
        "The request is malformed: its target is a URL that contains a '#' or '\\' at byte 20";
    assert_eq!(error.to_string(), text);
}

/// Behind CGI and its heirs `x_amz_copy_source` is `x-amz-copy-source`.
#[test]
fn an_underscore_passes_for_a_hyphen() {
    for name in ["x_amz_copy_source", "X_Amz-Acl", "x-amz_acl", "x_amz_"] {
        let mut arrived = Arrived::presigned(&credentials(), Rules::DEFAULT);
        arrived.add(name, "b");
        assert_eq!(
            arrived.verify().unwrap_err(),
            VerifyError::HeaderUnsigned { name: name.to_owned() }
        );
    }
}

#[test]
fn a_method_counts_as_a_part_of_the_target() {
    let mut arrived = Arrived::signed(&credentials(), Rules::DEFAULT);
    arrived.method = "A".repeat(64 << 10);
    assert!(matches!(
        arrived.verify().unwrap_err(),
        VerifyError::RequestTooLarge(over) if over.limit == Limit::TargetBytes
    ));
}

#[test]
fn a_fold_may_follow_the_algorithm() {
    let mut arrived = Arrived::signed(&credentials(), Rules::DEFAULT);
    arrived.replace("authorization", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256\r\n ");
    arrived.verify().unwrap();
}

#[test]
fn a_verdict_shows_who_signed_and_no_signature() {
    let verified = Arrived::signed(&credentials(), Rules::DEFAULT).verify().unwrap();
    assert_eq!(
        format!("{verified:?}"),
        "Verified { access_key_id: \"AKIDEXAMPLE\", signed_headers: [\"content-type\", \"host\", \"x-amz-date\"], \
         timestamp: 2015-08-30T12:36:00.000Z, body: Verified, .. }"
    );
}
