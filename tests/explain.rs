//! Every cause is found in errors of the shapes that services write, and nothing secret is shown.

#[path = "explain/server.rs"]
mod server;

use core::time::Duration;

use countersign::explain::{Answer, Cause, Explanation};
use countersign::protocol::{Payload, PayloadHeader, Plus, RawRequest, Rules, Timestamp};
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
                let signed = self.signer.sign_raw(&self.request(), self.payload, time).unwrap();
                Server::saw(signed.stages())
            }
            Some(expires) => {
                let request = self.request();
                let signed =
                    self.signer.presign_raw(&request, self.payload, expires, time).unwrap();
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
fn the_method() {
    let post = Case { method: "post", ..Case::get() };
    post.finds(
        Cause::MethodCase,
        &["line 1, the method, differs from byte 0:\n   here:   post"],
        |server| {
            server.set("post", "POST");
        },
    );
    Case::get().finds(Cause::MethodChanged, &["line 1, the method", "redirect"], |server| {
        server.set("GET", "HEAD");
    });
}

#[test]
fn the_path_s_encoding() {
    let difference = "line 2, the path, differs from byte 4:\n   \
                      here:   /a%2520b/c\n   server: /a%20b/c\n               ^\n";
    Case::get().finds(
        Cause::PathEncoding,
        &["encoded twice, and the server", difference],
        |server| {
            server.set("/a%2520b", "/a%20b/c");
        },
    );
    Case::s3().finds(
        Cause::PathEncoding,
        &["encoded once, and the server encodes it twice"],
        |server| {
            server.set("/a%20b", "/a%2520b/c");
        },
    );
}

#[test]
fn the_path_s_normalization() {
    let target = "https://db.example:8182/a%20b/../c//d";
    let case = Case { target, ..Case::get() };
    case.finds(Cause::PathNormalization, &["without its dots and empty segments"], |server| {
        server.set("/c/d", "/a%2520b/../c//d");
    });
    let s3 = Case { target: "https://db.example/a%20b/./c", ..Case::s3() };
    let resolves = "2. the path is signed as it is, and the server resolves dots";
    s3.finds(Cause::PathEncoding, &[resolves, "line 2, the path"], |server| {
        server.set("/a%20b", "/a%2520b/c");
    });
    s3.finds(Cause::PathNormalization, &["send no `.`, `..` or `//`"], |server| {
        server.set("/a%20b", "/a%20b/c");
    });
}

#[test]
fn a_path_that_was_changed() {
    for (path, hint) in [
        ("/prod/a%2520b/c", "a prefix is added on the way"),
        ("/a%2520b/c/", "a `/` at its end is added on the way"),
        ("/c", "a prefix is taken away on the way"),
        ("/a%252520b/c", "the path is encoded once more on the way"),
        ("/other", "another path arrived than the one that is signed"),
    ] {
        Case::get().finds(Cause::PathChanged, &[hint], |server| server.set("/a%2520b", path));
    }
}

#[test]
fn a_plus_in_the_query() {
    let plus = Case { target: "https://db.example/?q=a+b", ..Case::get() };
    let wants =
        "a `+` in the query is signed as a space (%20), and the server takes it for a plus (%2B)";
    plus.finds(Cause::QueryPlus, &[wants, "line 3, the query, differs from byte 5"], |server| {
        server.query("%20", "%2B");
    });
    let signer = Case::get().signer.with_rules(Rules::DEFAULT.with_plus(Plus::Literal));
    let literal = Case { signer, ..plus };
    literal.finds(
        Cause::QueryPlus,
        &["signed as a plus (%2B), and the server takes it for a space"],
        |server| {
            server.query("%2B", "%20");
        },
    );
    Case::get()
        .finds(Cause::QueryPlus, &["are mixed up on the way"], |server| server.query("%2B", "%20"));
    Case::get().finds(Cause::QueryPlus, &["are mixed up on the way"], |server| {
        server.query("b=%20", "b=+")
    });
}

#[test]
fn parameters_that_were_changed() {
    for (from, to, text) in [
        ("a=1&", "", "signed here, not at the server: a=1\n"),
        ("c=", "bb=2&c=", "at the server, not signed here: bb=2\n"),
        (
            "a=1",
            "a=2",
            "signed here, not at the server: a=1\n   at the server, not signed here: a=2\n",
        ),
        ("b=%20", "b=%2520", "they are encoded once more, or once less, on the way"),
        ("a=1", "a=1&a=1", "at the server, not signed here: a=1\n"),
    ] {
        Case::get().finds(Cause::QueryChanged, &[text, "line 3, the query"], |server| {
            server.query(from, to)
        });
    }
    Case::get().finds(Cause::QueryOrder, &["stand in another order"], |server| {
        server.query("a=1&b=%20", "b=%20&a=1");
    });
}

#[test]
fn the_host() {
    let difference = "line 6, the header host, differs from byte 15:\n   here:   host:db.example:8182\n   \
                      server: host:db.example\n                          ^\n";
    Case::get().finds(Cause::HostPort, &["signs it without", difference], |server| {
        server.set("host:", "host:db.example");
    });
    let no_port = Case { target: "https://db.example/", ..Case::get() };
    no_port.finds(Cause::HostPort, &["signs it with one"], |server| {
        server.set("host:", "host:db.example:443")
    });
    Case::get().finds(Cause::HostPort, &["another port"], |server| {
        server.set("host:", "host:db.example:80")
    });
    Case::get().finds(Cause::HostChanged, &["a proxy or a tunnel has rewritten it"], |server| {
        server.set("host:", "host:localhost:8182");
    });
    Case::get().finds(Cause::HostChanged, &["in other letters"], |server| {
        server.set("host:", "host:DB.example:8182");
    });
}

#[test]
fn headers_that_were_changed() {
    for (from, to, text) in [
        (
            "content-type:",
            "content-type:application/json; charset=utf-8",
            "a client adds a parameter",
        ),
        ("accept:", "accept:*/*", "a client or a proxy changes it after signing"),
    ] {
        Case::get().finds(Cause::HeaderChanged, &[text], |server| server.set(from, to));
    }
    let form =
        Case { headers: &[("content-type", b"multipart/form-data; boundary=a")], ..Case::get() };
    form.finds(
        Cause::HeaderChanged,
        &["is taken away after signing", "line 4, the header content-type"],
        |server| {
            server.set("content-type:", "content-type:multipart/form-data");
        },
    );
    Case::get().finds(
        Cause::HeaderRemoved,
        &["the header accept is signed, and did not arrive"],
        |server| {
            server.set("accept:", "accept:");
        },
    );
    Case::get().finds(Cause::HeaderRemoved, &["signed without the header accept"], |server| {
        server.remove_header("accept");
    });
    Case::get().finds(
        Cause::HeaderAdded,
        &["with the header range, which is not signed here"],
        |server| {
            server.add_header("range:bytes=0-9");
        },
    );
    Case::get().finds(
        Cause::HeaderAdded,
        &["sign with PayloadHeader::Sent, as Rules::S3 does"],
        |server| {
            server.add_header("x-amz-content-sha256:UNSIGNED-PAYLOAD");
        },
    );
    for line in ["connection:keep-alive", "user-agent:a", "x-forwarded-for:b"] {
        Case::get().finds(Cause::HeaderUnstable, &["which clients and proxies change"], |server| {
            server.add_header(line);
        });
    }
}

#[test]
fn every_header_that_differs_is_named() {
    Case::get().finds(
        Cause::HeaderRemoved,
        &["1. the request", "accept", "2. the request", "with the header range"],
        |server| {
            server.remove_header("accept");
            server.add_header("range:bytes=0-9");
        },
    );
}

#[test]
fn the_body() {
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let other = "00".repeat(32);
    Case::get().finds(
        Cause::BodyChanged,
        &["another body arrived", "line 10, the payload hash"],
        |server| {
            server.payload_hash(&other);
        },
    );
    Case::get().finds(Cause::BodyChanged, &["the server saw an empty body"], |server| {
        server.payload_hash(EMPTY)
    });
    Case::get().finds(Cause::BodyChanged, &["was signed with UNSIGNED-PAYLOAD"], |server| {
        server.payload_hash("UNSIGNED-PAYLOAD");
    });
    let none = Case { payload: Payload::Bytes(b""), ..Case::get() };
    none.finds(Cause::BodyChanged, &["a body arrived, and none is signed"], |server| {
        server.payload_hash(&other)
    });
    let unsigned = Case { payload: Payload::Unsigned, ..Case::get() };
    unsigned.finds(Cause::BodyChanged, &["the server hashed the body"], |server| {
        server.payload_hash(&other)
    });
    Case::s3().finds(Cause::BodyChanged, &["line 7, the header x-amz-content-sha256"], |server| {
        server.payload_hash(&other);
        server.set("x-amz-content-sha256:", &format!("x-amz-content-sha256:{other}"));
    });
}

#[test]
fn the_token() {
    Case::with_token().finds(
        Cause::TokenMissing,
        &["no session token, or none that was signed"],
        |server| {
            server.remove_header("x-amz-security-token");
        },
    );
    Case::with_token().finds(Cause::TokenMissing, &["no session token"], |server| {
        server.set("x-amz-security-token:", "x-amz-security-token:");
    });
    Case::with_token().finds(
        Cause::TokenOther,
        &["an old one, or that of another access key"],
        |server| {
            server.set("x-amz-security-token:", "x-amz-security-token:bPxRfiCYEXAMPLEKEY");
        },
    );
    Case::get().finds(
        Cause::TokenUnexpected,
        &["the credentials given here have none"],
        |server| {
            server.add_header(&format!("x-amz-security-token:{TOKEN}"));
        },
    );
    let value = "AQoDYXdzEPT%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEXAMPLE%2Btc%3D";
    let parameter = format!("&X-Amz-Security-Token={value}");
    let presigned = Case::presigned();
    presigned
        .finds(Cause::TokenMissing, &["no session token"], |server| server.query(&parameter, ""));
    presigned.finds(Cause::TokenOther, &["an old one"], |server| {
        server.query(value, "K7MDENG%2F");
    });
    let none = Case { signer: Case::get().signer, ..presigned };
    none.finds(Cause::TokenUnexpected, &["have none"], |server| {
        server.query("&X-Amz-SignedHeaders", &format!("{parameter}&X-Amz-SignedHeaders"));
    });
}

#[test]
fn the_scope_and_the_time() {
    for (scope, cause, text) in [
        (
            "20150830/eu-west-1/es/aws4_request",
            Cause::ScopeRegion,
            "has the region 'eu-west-1', here it is 'us-east-1'",
        ),
        (
            "20150830/us-east-1/aoss/aws4_request",
            Cause::ScopeService,
            "has the service 'aoss', here it is 'es'",
        ),
        (
            "20150829/us-east-1/es/aws4_request",
            Cause::ScopeDay,
            "has the day '20150829', here it is '20150830'",
        ),
        (
            "20150830/us-east-1/es/aws5_request",
            Cause::ScopeTerminator,
            "has the terminator 'aws5_request'",
        ),
    ] {
        Case::get().finds(cause, &[text], |server| server.scope = scope.into());
    }
    let early = |server: &mut Server| {
        server.time = "20150829T235959Z".into();
        server.scope = "20150829/us-east-1/es/aws4_request".into();
        server.set("x-amz-date:", "x-amz-date:20150829T235959Z");
    };
    let signed_at = "signed at 20150829T235959Z, this one at 20150830T123600Z";
    Case::get().finds(Cause::SigningTime, &[signed_at, "of different days"], early);
    // Another difference comes first.
    Case::get().finds(Cause::HostPort, &[signed_at], |server| {
        early(server);
        server.set("host:", "host:db.example");
    });
    let presigned = Case::presigned();
    presigned.finds(Cause::ScopeRegion, &["'eu-west-1'"], |server| {
        server.query("us-east-1", "eu-west-1");
    });
    presigned.finds(
        Cause::AccessKeyOther,
        &["here:   AKIDEXAMPLE\n   server: AKIDOTHER\n"],
        |server| {
            server.query("AKIDEXAMPLE", "AKIDOTHER");
        },
    );
    presigned.finds(Cause::SigningTime, &["signed at 20150830T123601Z"], |server| {
        server.query("20150830T123600Z", "20150830T123601Z");
        server.time = "20150830T123601Z".into();
    });
    presigned.finds(
        Cause::QueryChanged,
        &["at the server, not signed here: X-Amz-Expires=901"],
        |server| {
            server.query("Expires=900", "Expires=901");
        },
    );
}

#[test]
fn a_wrong_secret() {
    for case in [Case::get(), Case::s3(), Case::with_token(), Case::presigned()] {
        case.finds(
            Cause::Secret,
            &["the secret access key is not that of the access key id", "gain a blank"],
            |_| {},
        );
    }
    let short = Credentials::new("AKIDEXAMPLE", "bPxRfiCYEXAMPLEKEY\n");
    let case = Case { signer: Signer::new(short, "us-east-1", "es"), ..Case::get() };
    let texts = [
        "the secret has 19 characters; those of AWS have 40",
        "begins or ends with a blank or a line feed",
    ];
    case.finds(Cause::Secret, &texts, |_| {});
}

#[test]
fn the_signature_that_s3_names() {
    let case = Case::s3();
    let mut server = case.server();
    let (causes, report) = case.causes(&server.answer(Shape::S3));
    assert_eq!(causes[0], Cause::Secret, "{report}");
    assert!(report.contains("the signature that arrived is the one that is made here"), "{report}");

    server.provided = server.signature("another secret");
    let (causes, report) = case.causes(&server.answer(Shape::S3));
    assert_eq!(causes[0], Cause::SignatureOther, "{report}");
    assert!(report.contains("was signed with another secret"), "{report}");

    server.set("accept:", "accept:b");
    let (causes, report) = case.causes(&server.answer(Shape::S3));
    assert_eq!(causes[..2], [Cause::HeaderChanged, Cause::SignatureOther], "{report}");
    assert!(report.contains("was not signed as this one"), "{report}");

    server.access_key_id = "AKIDOTHER".into();
    let (causes, _) = case.causes(&server.answer(Shape::S3));
    assert_eq!(causes[..2], [Cause::AccessKeyOther, Cause::HeaderChanged]);
}

#[test]
fn the_bytes_of_s3_are_exact() {
    let case = Case { headers: &[("x-a", b"\x1b[2J caf\xc3\xa9 <&>")], ..Case::s3() };
    let server = case.server();
    let body = server.answer(Shape::S3).replace("caf\u{e9}", "caf?");
    assert_eq!(case.causes(&body).0[0], Cause::Secret);
    // Where they are damaged, the text counts.
    let damaged = server.answer(Shape::S3).replace("Bytes>", "Bytes>zz");
    assert_eq!(case.causes(&damaged).0[0], Cause::Secret);
    // Where the text is damaged as well, its hash does.
    let query = server.answer(Shape::Json).replace("\\u001b", "?");
    assert_eq!(case.causes(&query).0[0], Cause::Secret);
}

#[test]
fn what_a_server_says_in_words() {
    for (code, message, fields, expected, text) in [
        (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            "<RequestTime>20150830T123600Z</RequestTime><ServerTime>2015-08-30T13:38:03Z</ServerTime><MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>",
            &[Cause::ClockSkew][..],
            "the clock that signed is 1 h 2 min 3 s slow",
        ),
        (
            "RequestTimeTooSkewed",
            "The difference is too large.",
            "",
            &[Cause::ClockSkew],
            "compare the machine's clock",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20241008T195522Z is now earlier than 20241008T195940Z (20241008T200440Z - 5 min.)",
            "",
            &[Cause::ClockSkew],
            "with_clock_offset(Duration::seconds(558))",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature not yet current: 20190305T002809Z is still later than 20190304T214315Z (20190304T212815Z + 15 min.)",
            "",
            &[Cause::ClockSkew],
            "the clock that signed is 2 h 59 min 54 s fast",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20241001T195522Z is now earlier than 20241008T195940Z (20241008T200440Z - 5 min.)",
            "",
            &[Cause::ClockSkew],
            "wrong by more than a day",
        ),
        (
            "AccessDenied",
            "Request has expired",
            "<X-Amz-Expires>900</X-Amz-Expires><Expires>2015-08-30T12:51:00Z</Expires><ServerTime>2015-08-30T13:00:00Z</ServerTime>",
            &[Cause::UrlExpired],
            "X-Amz-Expires: 900, Expires: 20150830T125100Z, ServerTime: 20150830T130000Z",
        ),
        (
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
            "",
            &[Cause::ExpiresTooLong],
            "presign for 1 to 604800 seconds",
        ),
        (
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
            "<Region>eu-west-1</Region>",
            &[Cause::ScopeRegion],
            "the bucket is in the region eu-west-1, and 'us-east-1' is signed here",
        ),
        (
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
            "",
            &[Cause::ScopeRegion],
            "the bucket is in the region eu-west-1",
        ),
        (
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'us-east-1'. Credential should be scoped to correct service: 'execute-api'.",
            "",
            &[Cause::ScopeRegion, Cause::ScopeService],
            "the server is the service 'execute-api', and 'es' is signed here",
        ),
        (
            "SignatureDoesNotMatch",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'.",
            "",
            &[Cause::ScopeTerminator],
            "end the scope with aws4_request",
        ),
        (
            "SignatureDoesNotMatch",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20210518' != '20210519', from '20210519T000001Z'.",
            "",
            &[Cause::ScopeDay],
            "of another day than x-amz-date",
        ),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            "",
            &[Cause::AccessKeyUnknown],
            "the server does not know the access key AKIDEXAMPLE",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "",
            &[Cause::AccessKeyUnknown],
            "a session token arrived, or is missing",
        ),
        (
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            "",
            &[Cause::AccessKeyUnknown],
            "a store that speaks as S3 has keys of its own",
        ),
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "",
            &[Cause::CredentialsExpired],
            "fetch new credentials",
        ),
        (
            "ExpiredToken",
            "The provided token has expired.",
            "",
            &[Cause::CredentialsExpired],
            "fetch new credentials",
        ),
        (
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
            "",
            &[Cause::TokenUnexpected],
            "have none",
        ),
        (
            "InvalidSignatureException",
            "'x-amz-security-token' is named as a SignedHeader, but it does not exist in the HTTP request",
            "",
            &[Cause::TokenMissing],
            "the header x-amz-security-token is signed, and did not arrive",
        ),
        (
            "SignatureDoesNotMatch",
            "'x-b' is named as a SignedHeader, but it does not exist in the HTTP request",
            "",
            &[Cause::HeaderRemoved],
            "the header x-b is signed, and did not arrive",
        ),
        (
            "SignatureDoesNotMatch",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            "",
            &[Cause::HeaderUnsigned],
            "signed without Host",
        ),
        (
            "AccessDenied",
            "There were headers present in the request which were not signed",
            "<HeadersNotSigned>x-amz-acl, x-amz-b</HeadersNotSigned>",
            &[Cause::HeaderUnsigned],
            "not signed: x-amz-acl, x-amz-b\n",
        ),
        (
            "IncompleteSignatureException",
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization=abc",
            "",
            &[Cause::AuthorizationIncomplete],
            "Basic, Bearer",
        ),
        (
            "IncompleteSignature",
            "'abc' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer abc'.",
            "",
            &[Cause::AuthorizationIncomplete],
            "lacks a part",
        ),
        (
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
            "",
            &[Cause::AuthorizationMissing],
            "a redirect leads to another host",
        ),
        (
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            "<ClientComputedContentSHA256>aaaa</ClientComputedContentSHA256><S3ComputedContentSHA256>bbbb</S3ComputedContentSHA256>",
            &[Cause::BodyChanged],
            "signed: aaaa\n   server: bbbb\n",
        ),
        (
            "AccessDenied",
            "Access Denied",
            "",
            &[Cause::NotTheSignature],
            "the signature is not what the answer complains of",
        ),
        (
            "SlowDown",
            "Please reduce your request rate.",
            "",
            &[Cause::Unrecognized],
            "nothing in the answer speaks of the signature",
        ),
    ] {
        let message = server::escaped(message);
        let xml = format!(
            "<Error><Code>{code}</Code><Message>{message}</Message>{fields}<RequestId>1</RequestId></Error>"
        );
        let (causes, report) = Case::get().causes(&xml);
        assert_eq!(causes, expected, "{report}");
        assert!(report.contains(text), "{text}: {report}");
        if fields.is_empty() {
            let log = format!("An error occurred ({code}) when calling: {message}");
            assert_eq!(Case::get().causes(&log).0, expected, "{log}");
        }
    }
}

#[test]
fn temporary_credentials_need_their_token() {
    let of =
        |credentials| Case { signer: Signer::new(credentials, "us-east-1", "es"), ..Case::get() };
    let invalid = r#"{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}"#;
    let no_token = of(Credentials::new("ASIAEXAMPLE", SECRET));
    assert_eq!(no_token.causes(invalid).0[..2], [Cause::TokenMissing, Cause::AccessKeyUnknown]);
    assert_eq!(Case::with_token().causes(invalid).0, [Cause::AccessKeyUnknown, Cause::TokenOther]);
    let malformed = "<Error><Code>InvalidToken</Code><Message>The provided token is malformed.</Message></Error>";
    assert_eq!(Case::with_token().causes(malformed).0, [Cause::TokenOther]);
}

#[test]
fn neptune_shows_no_canonical_request() {
    let case = Case {
        signer: signer("neptune-db"),
        target: "https://db.example:8182/a%20b?q=a+b",
        ..Case::with_token()
    };
    let mismatch = r#"{"requestId":"1","code":"AccessDeniedException","detailedMessage":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#;
    let (causes, report) = case.causes(mismatch);
    assert_eq!(causes, [Cause::QueryPlus, Cause::Undetermined], "{report}");
    for text in [
        "the server said: AccessDeniedException: The request signature we calculated",
        "ruled out, as far as the order of a server's checks is known: an unknown access key id, a clock",
        "check 1: the secret",
        "check 2: the query: %20",
        "check 3: the path",
        "check 4: the host: 'host:db.example:8182' must arrive",
        "after signing: accept, content-type\n",
        "the body: the very bytes",
    ] {
        assert!(report.contains(text), "{text}: {report}");
    }
    let missing = r#"{"requestId":"1","code":"AccessDeniedException","detailedMessage":"Missing Authentication Token"}"#;
    assert_eq!(case.causes(missing).0[0], Cause::AuthorizationMissing);
    let denied = r#"{"requestId":"1","code":"AccessDeniedException","detailedMessage":"User: arn:aws:iam::123456789012:role/r is not authorized to perform: neptune-db:ReadDataViaQuery"}"#;
    let (causes, report) = case.causes(denied);
    assert_eq!(causes[0], Cause::NotTheSignature);
    assert!(report.contains("neptune-db:connect is deprecated since engine 1.2"), "{report}");
}

#[test]
fn api_gateway() {
    let case = Case { signer: signer("execute-api"), ..Case::get() };
    let (causes, report) = case.causes(r#"{"message":"Missing Authentication Token"}"#);
    assert_eq!(causes, [Cause::AuthorizationMissing]);
    assert!(
        report.contains("API Gateway says the same of a path or a method that it does not have"),
        "{report}"
    );
    for message in [
        "Forbidden",
        "User: anonymous is not authorized to perform: execute-api:Invoke on resource: a",
    ] {
        let (causes, report) = case.causes(&format!(r#"{{"Message":"{message}"}}"#));
        assert_eq!(causes, [Cause::NotTheSignature]);
        assert!(report.contains("execute-api:Invoke"), "{report}");
    }
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
    for secret in
        [&SECRET[1..], &format!("{SECRET}x"), &format!(" {SECRET}"), &format!("{SECRET}\n")]
    {
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
    let signed = case.signer.sign_raw(&request, case.payload, time).unwrap();
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
