//! Every cause is found in errors of the shapes that services write, and nothing secret is shown.

#[path = "explain/differences.rs"]
mod differences;
#[path = "explain/leaks.rs"]
mod leaks;
#[path = "explain/server.rs"]
mod server;
#[path = "explain/loop.rs"]
mod server_loop;
#[path = "explain/words.rs"]
mod words;

use core::time::Duration;

use countersign::explain::{Answer, Cause, Explanation};
use countersign::protocol::{Payload, PayloadHeader, RawRequest, Rules, Timestamp};
use countersign::{Credentials, SignError, Signer, Stages};
use proptest::prelude::*;
use time::OffsetDateTime;

use self::server::{SECRET, Server, Shape};

const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLE+tc=";
/// What stands between the bytes that any encoding would change.
const SECRET_PIECES: [&str; 5] =
    ["wJalrXUtnFEMI", "K7MDENG", "bPxRfiCYEXAMPLEKEY", "AQoDYXdzEPT", "wEXAMPLE"];
const BODY: &[u8] = br#"{"query":"RETURN 1"}"#;

/// What is signed, and how.
struct Case {
    signer: Signer,
    method: &'static str,
    target: &'static str,
    headers: &'static [(&'static str, &'static [u8])],
    payload: Payload<'static>,
    timestamp: &'static str,
    expires: Option<Duration>,
}

impl Case {
    fn get() -> Self {
        let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
        Self {
            signer: Signer::new(credentials, "us-east-1", "es"),
            method: "GET",
            target: "https://db.example:8182/a%20b/c?b=%20&a=1&c=x%2By",
            headers: &[("accept", b"*/*, a: b"), ("Content-Type", b"application/json")],
            payload: Payload::Bytes(BODY),
            timestamp: "20150830T123600Z",
            expires: None,
        }
    }

    fn s3() -> Self {
        let case = Self::get();
        Self { signer: case.signer.with_rules(Rules::S3), ..case }
    }

    fn with_token() -> Self {
        let credentials = Credentials::new("AKIDEXAMPLE", SECRET).with_session_token(TOKEN);
        Self { signer: Signer::new(credentials, "us-east-1", "es"), ..Self::get() }
    }

    fn presigned() -> Self {
        Self { expires: Some(Duration::from_secs(900)), ..Self::with_token() }
    }

    fn request(&self) -> RawRequest<'_> {
        RawRequest { method: self.method, target: self.target.as_bytes(), headers: self.headers }
    }

    /// What a server sees of it.
    fn server(&self) -> Server {
        let time = self.timestamp.parse().unwrap();
        match self.expires {
            None => {
                let signed = self.signer.sign_raw_at(&self.request(), self.payload, time).unwrap();
                Server::saw(signed.stages())
            }
            Some(expires) => {
                let request = self.request();
                let signed =
                    self.signer.presign_raw_at(&request, self.payload, expires, time).unwrap();
                Server::saw(signed.stages())
            }
        }
    }

    fn explain(&self, answer: Option<&Answer>) -> Explanation {
        let (request, time) = (self.request(), self.timestamp.parse().unwrap());
        let explained = match self.expires {
            None => self.signer.explain_raw(&request, self.payload, time, answer),
            Some(expires) => {
                self.signer.explain_presigned_raw(&request, self.payload, expires, time, answer)
            }
        };
        explained.unwrap()
    }

    /// In every shape, the first finding is this, and the report holds these texts.
    #[track_caller]
    fn finds(&self, cause: Cause, texts: &[&str], change: impl Fn(&mut Server)) {
        let mut server = self.server();
        change(&mut server);
        for shape in Shape::ALL {
            let answer = Answer::parse(server.answer(shape).as_bytes());
            let explanation = self.explain(Some(&answer));
            let report = explanation.to_string();
            assert_eq!(explanation.findings()[0].cause(), cause, "{shape:?}: {report}");
            for text in texts {
                assert!(report.contains(text), "{shape:?}, {text}: {report}");
            }
            shows_no_secret(&answer, &explanation);
        }
    }

    /// The causes that are found for a body.
    #[track_caller]
    fn causes(&self, body: &str) -> (Vec<Cause>, String) {
        let answer = Answer::parse(body.as_bytes());
        let explanation = self.explain(Some(&answer));
        shows_no_secret(&answer, &explanation);
        (explanation.findings().iter().map(|f| f.cause()).collect(), explanation.to_string())
    }
}

#[track_caller]
fn shows_no_secret(answer: &Answer, explanation: &Explanation) {
    let of_answer =
        [answer.code(), answer.message(), answer.canonical_request(), answer.string_to_sign()];
    let of_answer = of_answer.map(Option::unwrap_or_default).concat();
    let findings = explanation.findings();
    let shown =
        format!("{of_answer} {answer:?} {explanation} {explanation:?} {findings:?} {answer:#?}");
    let each: String = findings.iter().map(|finding| finding.to_string()).collect();
    for piece in SECRET_PIECES {
        assert!(!shown.contains(piece) && !each.contains(piece), "{piece}: {shown}");
    }
    let unseen = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}\u{2066}".contains(c));
    assert!(!shown.contains(unseen) && !each.contains(unseen), "{shown:?}");
}

#[test]
fn without_an_answer_what_is_given_is_looked_at() {
    let causes = |case: Case| -> Vec<Cause> {
        let explanation = case.explain(None);
        assert!(!explanation.to_string().contains("the server said"));
        explanation.findings().iter().map(|finding| finding.cause()).collect()
    };
    let of =
        |credentials| Case { signer: Signer::new(credentials, "us-east-1", "es"), ..Case::get() };
    assert_eq!(causes(Case::get()), []);
    assert_eq!(causes(Case::with_token()), []);
    assert_eq!(causes(Case { method: "patch", ..Case::get() }), [Cause::MethodCase]);
    assert_eq!(
        causes(Case { target: "https://a.example/?a+b", ..Case::get() }),
        [Cause::QueryPlus]
    );
    for secret in [&SECRET[1..], &format!("{SECRET}x")] {
        assert_eq!(
            causes(of(Credentials::new("AKIDEXAMPLE", secret))),
            [Cause::Secret],
            "{secret:?}"
        );
    }
    let key = Credentials::new("AKIDEXAMPLE", SECRET);
    assert_eq!(
        causes(of(key.clone().with_session_token(format!("{TOKEN} ")))),
        [Cause::TokenOther]
    );
    assert_eq!(causes(of(Credentials::new("ASIAEXAMPLE", SECRET))), [Cause::TokenMissing]);
    let long_lived = Credentials::new("AKIAEXAMPLE", SECRET).with_session_token(TOKEN);
    assert_eq!(causes(of(long_lived)), [Cause::TokenUnexpected]);
    for (end, expected) in
        [("20150830T123600Z", &[Cause::CredentialsExpired][..]), ("20150830T123601Z", &[])]
    {
        let end = OffsetDateTime::from(end.parse::<Timestamp>().unwrap());
        assert_eq!(causes(of(key.clone().with_expiry(end))), expected);
    }
    let by = |service, rules| Case { signer: signer(service).with_rules(rules), ..Case::get() };
    assert_eq!(causes(by("s3", Rules::DEFAULT)), [Cause::RulesOfService]);
    assert_eq!(
        causes(by("s3", Rules::S3.with_payload_header(PayloadHeader::Omitted))),
        [Cause::RulesOfService]
    );
    assert_eq!(causes(by("s3", Rules::S3)), []);
    assert_eq!(causes(by("s3express", Rules::S3)), []);
    assert_eq!(causes(by("es", Rules::S3)), [Cause::RulesOfService]);
    assert_eq!(causes(by("aoss", Rules::DEFAULT)), [Cause::RulesOfService]);
}

#[test]
fn a_request_that_cannot_be_signed_is_an_error() {
    let request = RawRequest { method: "GET", target: b"/", headers: &[] };
    let time = "20150830T123600Z".parse().unwrap();
    let error = signer("es").explain_raw(&request, Payload::Bytes(b""), time, None).unwrap_err();
    assert!(matches!(error, SignError::Canonical(_)), "{error}");
}

#[test]
fn the_time_of_signing_is_learned_wherever_it_stands() {
    for case in [Case::get(), Case::presigned()] {
        let server = case.server();
        for shape in Shape::ALL {
            let whole = server.answer(shape);
            assert_eq!(
                Answer::parse(whole.as_bytes()).signed_at().unwrap().to_string(),
                case.timestamp,
                "{shape:?}"
            );
        }
        let canonical = server.answer(Shape::Json).replace("AWS4-HMAC", "x");
        assert_eq!(
            Answer::parse(canonical.as_bytes()).signed_at().unwrap().to_string(),
            case.timestamp
        );
    }
    let skewed = "<Error><Code>RequestTimeTooSkewed</Code><RequestTime>Sun, 30 Aug 2015 12:36:00 GMT</RequestTime>\
                  <ServerTime>2015-08-30T12:26:00Z</ServerTime></Error>";
    let answer = Answer::parse(skewed.as_bytes());
    assert_eq!(answer.signed_at().unwrap().to_string(), "20150830T123600Z");
    assert_eq!(answer.clock_offset(), Some(time::Duration::minutes(-10)));
    assert_eq!(Answer::parse(b"").signed_at(), None);
}

#[test]
fn an_answer_of_an_http_library() {
    let headers: [(&str, &[u8]); 2] =
        [("a", b"b"), ("X-Amzn-ErrorType", b"ExpiredTokenException:http://a.example/")];
    let body = br#"{"Message":"The security token included in the request is expired"}"#;
    let answer = Answer::new(Some(400), &headers, body);
    assert_eq!((answer.status(), answer.code()), (Some(400), Some("ExpiredTokenException")));
    assert_eq!(answer.message(), Some("The security token included in the request is expired"));
    let explanation = Case::get().explain(Some(&answer));
    assert!(
        explanation
            .to_string()
            .starts_with("the server said: 400 ExpiredTokenException: The security token")
    );
    let debug = format!("{answer:?}");
    assert!(!debug.contains("security token"), "{debug}");
}

#[test]
fn secrets_are_hidden_in_all_forms_wherever_they_stand() {
    let headers: &[(&str, &[u8])] = &[
        ("x-a", b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        ("x-b", b"a=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY AQoDYXdzEPT%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEXAMPLE%2btc%3d"),
        ("referer", b"/?a&X-Amz-Security-Token=AQoDYXdzEPTother&b AQoDYXdzEPT//////////wEXAMPLE+tc="),
    ];
    let target = "https://db.example/wJalrXUtnFEMI%2FK7MDENG+bPxRfiCYEXAMPLEKEY?b=AQoDYXdzEPT//////////wEXAMPLE%2Btc=";
    let mut signers = vec![Case::with_token().signer];
    signers.push(signers[0].clone().with_rules(Rules::S3));
    for signer in signers {
        for expires in [None, Some(Duration::from_secs(900))] {
            let case = Case { signer: signer.clone(), target, headers, expires, ..Case::get() };
            let mut server = case.server();
            for line in &mut server.lines {
                // Every line differs, at its end.
                line.push('x');
            }
            for shape in Shape::ALL {
                let answer = Answer::parse(server.answer(shape).as_bytes());
                let explanation = case.explain(Some(&answer));
                let report = format!("{explanation} {explanation:?}");
                for piece in SECRET_PIECES {
                    assert!(!report.contains(piece), "{piece}: {report}");
                }
            }
        }
    }
}

#[test]
fn nothing_of_a_server_s_text_reaches_the_terminal() {
    let nasty = "\u{1b}]0;a\u{7}\u{9b}31m\u{202e}\u{200b}\r\u{85}";
    Case::get().finds(Cause::HeaderChanged, &["\\u{1b}]0;a\\u{7}\\u{9b}31m\\u{202e}"], |server| {
        server.set("accept:", &format!("accept:{nasty}"));
    });
    let long = "x".repeat(100_000);
    let mut server = Case::get().server();
    server.set("accept:", &format!("accept:{long}"));
    server.add_header(&format!("{long}:{nasty}"));
    let (_, report) = Case::get().causes(&server.answer(Shape::Json));
    assert!(report.len() < 5000, "{}", report.len());
    // Nor too much of it.
    for number in 0..1000 {
        server.add_header(&format!("x-{number:04}:a"));
    }
    let answer = Answer::parse(server.answer(Shape::Json).as_bytes());
    assert_eq!(Case::get().explain(Some(&answer)).findings().len(), 16);
    let json = serde_json::json!({ "message": nasty, "code": nasty }).to_string();
    assert_eq!(Case::get().causes(&json).0, [Cause::Unrecognized]);
}

#[test]
fn an_answer_that_is_cut_off_yields_what_was_complete() {
    let case = Case::s3();
    let mut server = case.server();
    server.set("host:", "host:db.example");
    for shape in Shape::ALL {
        let whole = server.answer(shape);
        for end in (0..whole.len()).step_by(7) {
            let (causes, report) = case.causes(&whole[..end]);
            // What is missing is never taken for a difference.
            let known =
                [Cause::HostPort, Cause::Unrecognized, Cause::Undetermined, Cause::RulesOfService];
            assert!(
                causes.iter().all(|cause| known.contains(cause)),
                "{shape:?} {end} {causes:?}: {report}"
            );
        }
        assert!(case.causes(&whole[..whole.len() - 2]).0.contains(&Cause::HostPort), "{shape:?}");
    }
}

fn signer(service: &str) -> Signer {
    Signer::new(Credentials::new("AKIDEXAMPLE", SECRET), "us-east-1", service)
}

/// A real answer, and how to damage it.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..3_usize, any::<u8>());
    (0..Shape::ALL.len(), any::<bool>(), prop::collection::vec(edit, 0..8)).prop_map(
        |(shape, presigned, edits)| {
            let case = if presigned { Case::presigned() } else { Case::with_token() };
            let mut bytes = case.server().answer(Shape::ALL[shape]).into_bytes();
            for (at, kind, byte) in edits {
                let at = at.index(bytes.len().max(1));
                match kind {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at.min(bytes.len()), byte),
                    _ => bytes.iter_mut().skip(at).take(1).for_each(|old| *old = byte),
                }
            }
            bytes
        },
    )
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(bytes in prop_oneof![damaged(), prop::collection::vec(any::<u8>(), 0..500)]) {
        let answer = Answer::parse(&bytes);
        for case in [Case::get(), Case::presigned()] {
            let report = case.explain(Some(&answer)).to_string();
            prop_assert!(report.starts_with("the server said: "));
            prop_assert!(!report.contains(|c: char| c != '\n' && c.is_control()));
            prop_assert!(!report.contains("bPxRfiCYEXAMPLEKEY"));
        }
    }
}

/// A signing has these stages, and an explanation ends with them.
#[test]
fn a_report_ends_with_the_stages() {
    let case = Case::get();
    let time = case.timestamp.parse().unwrap();
    let request = case.request();
    let signed = case.signer.sign_raw_at(&request, case.payload, time).unwrap();
    let stages: Stages<'_> = signed.stages();
    let expected = format!(
        "canonical request:\n{}\n\nstring to sign:\n{}\n\nsignature:\n{}\n\nsigned headers:\n{}\n",
        stages.canonical_request(),
        stages.string_to_sign(),
        stages.signature(),
        stages.canonical_request().headers()
    );
    assert_eq!(case.explain(None).to_string(), expected);
    let answer = Answer::parse(b"{}");
    assert!(case.explain(Some(&answer)).to_string().ends_with(&format!("\n\n{expected}")));
}

#[test]
fn no_more_than_256_kib_are_read() {
    let body = r#"{"message":"Missing Authentication Token"}"#;
    for (blanks, message) in
        [(256 * 1024 - body.len(), Some("Missing Authentication Token")), (256 * 1024, None)]
    {
        let text = " ".repeat(blanks) + body;
        assert_eq!(Answer::parse(text.as_bytes()).message(), message);
        assert_eq!(Answer::new(None, &[], text.as_bytes()).message(), message);
    }
}

#[test]
fn a_code_may_stand_anywhere_in_a_log() {
    let log =
        r#"{"level":"error","message":"request failed","reason":"ExpiredTokenException: no"}"#;
    assert_eq!(Answer::parse(log.as_bytes()).code(), Some("ExpiredTokenException"));
    assert_eq!(Case::get().causes(log).0, [Cause::CredentialsExpired]);
    let empty = r##"{"__type":"a#","message":"no (ExpiredTokenException)"}"##;
    assert_eq!(Answer::parse(empty.as_bytes()).code(), Some("ExpiredTokenException"));
}
