//! Neither the secret nor the token gets out of any answer, in whatever form it stands there.

use core::time::Duration;

use countersign::explain::{Answer, Cause};
use countersign::{Credentials, Signer};

use super::server::{SECRET, Shape};
use super::{Case, TOKEN, shows_no_secret};

fn percent(text: &str, pair: fn(u8) -> String) -> String {
    text.bytes().map(pair).collect()
}

/// Secret and token as some server, log or shell may write them.
fn forms(secret: &str) -> Vec<String> {
    let json =
        |text: &str| text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect::<String>();
    let hex: Vec<String> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let (half, rest) = secret.split_at(secret.len() / 2);
    vec![
        secret.into(),
        percent(secret, |byte| format!("%{byte:02x}")),
        percent(secret, |byte| format!("%{byte:02X}")),
        percent(secret, |byte| format!("%25{byte:02X}")),
        secret.replace('/', "\\/"),
        secret.replace('/', "\\\\/"),
        json(secret),
        secret.replace('/', "&#x2F;").replace('+', "&amp;#43;"),
        secret.replace('+', " "),
        format!("{half}\n{rest}"),
        format!("{half}\\n{rest}"),
        hex.join(" "),
        format!("CanonicalRequestBytes>{}</CanonicalRequestBytes>", hex.join(" ")),
    ]
}

#[test]
fn wherever_it_stands_in_an_answer() {
    let case = Case::with_token();
    let message = "<Error><Code>A</Code><Message>*</Message></Error>";
    let bodies = [
        "*",
        "a*b",
        "x=* (SignatureDoesNotMatch)",
        "<Error><Code>SignatureDoesNotMatch</Code>*",
        "<Error><Code>SignatureDoesNotMatch</Code><Message>*",
        message,
        "<Error><Code>*</Code><Message>a</Message></Error>",
        "<Error><AWSAccessKeyId>*</AWSAccessKeyId></Error>",
        "<Error><Code>RequestTimeTooSkewed</Code><RequestTime>*</RequestTime><ServerTime>*</ServerTime></Error>",
        "<Error><Code>AccessDenied</Code><Message>Request has expired</Message><Expires>*</Expires></Error>",
        "<Error><Code>PermanentRedirect</Code><Endpoint>*</Endpoint></Error>",
        "<Error><Code>AuthorizationHeaderMalformed</Code><Region>*</Region></Error>",
        "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>AWS4-HMAC-SHA256\n*\n*/*/*/*\n*</StringToSign></Error>",
        "<Error><Code>XAmzContentSHA256Mismatch</Code><ClientComputedContentSHA256>*</ClientComputedContentSHA256></Error>",
        "<Error><Message>headers present in the request which were not signed</Message><HeadersNotSigned>*</HeadersNotSigned></Error>",
        "{\"message\":\"'*' is named as a SignedHeader, but it does not exist\"}",
        "{\"message\":\"Credential should be scoped to a valid region, not '*'.\"}",
        "{\"message\":\"Credential should be scoped to correct service: '*'.\"}",
        "{\"__type\":\"*\",\"message\":\"Signature expired: * is now earlier than * (* - 5 min.)\"}",
        "HTTP/1.1 403 *\r\nx-amzn-ErrorType: *\r\n\r\n{}",
        "The Canonical String for this request should have been 'GET /* *=* host:* *:* *;* *' The String-to-Sign",
    ];
    for secret in [SECRET, TOKEN] {
        for form in forms(secret) {
            for body in bodies {
                let answer = Answer::parse(body.replace('*', &form).as_bytes());
                let explanation = case.explain(Some(&answer));
                let shown = format!("{explanation} {explanation:?}");
                for piece in forms(secret) {
                    assert!(!shown.contains(&piece), "{body}, {piece}: {shown}");
                }
                for piece in super::SECRET_PIECES {
                    assert!(!shown.contains(piece), "{body}, {piece}: {shown}");
                }
            }
        }
    }
}

#[test]
fn a_token_under_its_name_is_in_no_text_of_an_answer() {
    for shape in Shape::ALL {
        for case in [Case::with_token(), Case::presigned()] {
            let whole = case.server().answer(shape);
            for end in (0..=whole.len()).step_by(29) {
                let answer = Answer::parse(&whole.as_bytes()[..end]);
                shows_no_secret(&answer, &case.explain(Some(&answer)));
            }
        }
    }
    // Where the XML has no message, all of the body is the text.
    let body = Case::with_token().server().answer(Shape::S3).replace("Message>", "M>");
    let answer = Answer::parse(body.as_bytes());
    assert!(answer.message().is_some_and(|text| text.contains("<CanonicalRequestBytes>[masked")));
    shows_no_secret(&answer, &Case::with_token().explain(Some(&answer)));
}

#[test]
fn a_token_beyond_ascii() {
    let token = "AQoDYXdzEPT\u{e9}\u{1f511}/////wEXAMPLE\u{202e}+tc=";
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET).with_session_token(token);
    let case = Case { signer: Signer::new(credentials, "us-east-1", "es"), ..Case::get() };
    let json: Vec<String> = token.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    for form in [token, &json.concat(), &percent(token, |byte| format!("%{byte:02X}"))] {
        let answer = Answer::parse(format!("it was {form}, and (InvalidToken)").as_bytes());
        let report = case.explain(Some(&answer)).to_string();
        assert!(
            !report.contains("AQoDYXdz") && !report.contains("%41%51") && !report.contains("u0041"),
            "{form}: {report}"
        );
    }
}

#[test]
fn a_secret_in_the_place_of_the_id() {
    // An id with a slash cannot be signed with.
    let swapped = Credentials::new(SECRET.replace('/', "x"), "AKIAIOSFODNN7EXAMPLE");
    let signer = Signer::new(swapped, "us-east-1", "es");
    let invalid = r#"{"message":"The security token included in the request is invalid."}"#;
    for expires in [None, Some(Duration::from_secs(900))] {
        let case = Case { signer: signer.clone(), expires, ..Case::get() };
        for body in [invalid, &case.server().answer(Shape::S3)] {
            let explanation = case.explain(Some(&Answer::parse(body.as_bytes())));
            let report = format!("{explanation} {explanation:?}");
            assert_eq!(explanation.findings()[0].cause(), Cause::Secret, "{report}");
            assert!(!report.contains("bPxRfi"), "{report}");
            assert!(report.contains("the two are swapped"), "{report}");
        }
        assert_eq!(case.explain(None).findings()[0].cause(), Cause::Secret);
    }
}

#[test]
fn blanks_that_are_none_are_shown() {
    Case::get().finds(Cause::HeaderChanged, &["accept:*/*,\\u{a0}a: b"], |server| {
        server.set("accept:", "accept:*/*,\u{a0}a: b");
    });
}
