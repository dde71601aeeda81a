//! `examples/sign.rs`: what it prints, and that a shell, curl and a server understand it as it was meant.

#[path = "../examples/sign.rs"]
#[expect(dead_code, reason = "its main is for the command line")]
mod sign;

#[path = "support/reference.rs"]
mod reference;

use core::ops::Deref;
use core::str;
use std::ffi::OsString;
use std::{fs, io};

use countersign::Credentials;
use countersign::protocol::Timestamp;
use sha2::{Digest, Sha256};

use self::reference::{Mode, Policy, Reference, Request, Signing};
use self::sign::World;

const GET_VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

#[test]
fn without_arguments_it_signs_a_public_example() {
    let ran = Env::EMPTY.sign(&[]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.out(),
        format!(
            "curl --path-as-is --globoff \\\n  \
               --request 'GET' \\\n  \
               --url 'https://example.amazonaws.com/' \\\n  \
               --header 'host: example.amazonaws.com' \\\n  \
               --header 'authorization: AWS4-HMAC-SHA256 \
                         Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                         SignedHeaders=host;x-amz-date, Signature={GET_VANILLA}' \\\n  \
               --header 'x-amz-date: 20150830T123600Z'\n"
        )
    );
    assert_eq!(
        ran.err,
        "# get-vanilla of AWS's test suite, signed with AWS's public example credentials; \
         for your own: --help\n"
    );
}

#[test]
fn get_vanilla() {
    let get = "--service service --region us-east-1 https://example.amazonaws.com/";
    let ran = Env::PLAIN.sign_at(get, &["--format", "http"]);
    assert_eq!(
        ran.out(),
        format!(
            "GET / HTTP/1.1\r\n\
             host: example.amazonaws.com\r\n\
             authorization: AWS4-HMAC-SHA256 \
             Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={GET_VANILLA}\r\n\
             x-amz-date: 20150830T123600Z\r\n\r\n"
        )
    );
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let ran = Env::PLAIN.sign_at(get, &["--explain"]);
    assert_eq!(
        ran.out(),
        format!(
            "canonical request:\nGET\n/\n\nhost:example.amazonaws.com\n\
             x-amz-date:20150830T123600Z\n\nhost;x-amz-date\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\n\
             string to sign:\nAWS4-HMAC-SHA256\n20150830T123600Z\n\
             20150830/us-east-1/service/aws4_request\n\
             bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63\n\n\
             signature:\n{GET_VANILLA}\n\nsigned headers:\nhost;x-amz-date\n"
        )
    );
    assert_eq!((ran.code, &*ran.err), (0, ""));
}

/// The examples of the S3 documentation
/// ([in a header](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html),
/// [in a query](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html)).
#[test]
fn s3_has_its_own_rules() {
    let env = Env(&[
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("AWS_REGION", "us-east-1"),
    ]);
    let url = "https://examplebucket.s3.amazonaws.com/test.txt";
    let time = ["--timestamp", "20130524T000000Z", url];
    for services in [&["--s3"][..], &["--service", "s3"], &["--s3", "--service", "s3"]] {
        let range = ["-H", "Range: bytes=0-9"];
        let ran = env.sign(&[&time, services, &range].concat());
        let signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        assert!(ran.out().contains(signature), "{}", ran.out());
        assert!(ran.out().contains("'x-amz-content-sha256: e3b0c442"), "{}", ran.out());

        let ran = env.sign(&[&time, services, &["--presign", "86400"]].concat());
        assert_eq!(
            ran.out(),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&\
             X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&\
             X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&\
             X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404\n"
        );
        assert_eq!(ran.err, "# good for GET until 20130525T000000Z\n");
    }
}

#[test]
fn a_query_for_neptune() {
    let ran = Env::TOKEN.sign_at(OPEN_CYPHER, &["-d", QUERY]);
    let request = Request {
        method: "POST".into(),
        target: b"https://db.example:8182/openCypher".into(),
        headers: vec![("content-type".into(), b"application/json".into())],
        body: QUERY.into(),
    };
    let authorization = authorization("neptune-db", &request);
    assert_eq!(
        ran.out(),
        format!(
            "curl --path-as-is --globoff \\\n  \
               --request 'POST' \\\n  \
               --url 'https://db.example:8182/openCypher' \\\n  \
               --header 'host: db.example:8182' \\\n  \
               --header 'authorization: {authorization}' \\\n  \
               --header 'x-amz-date: 20150830T123600Z' \\\n  \
               --header 'x-amz-security-token: a+session/token==' \\\n  \
               --header 'content-type: application/json' \\\n  \
               --data-binary '{{\"query\":\"RETURN 1\"}}'\n"
        )
    );
    assert_eq!((ran.code, &*ran.err), (0, ""));

    let ran = Env::TOKEN.sign_at(OPEN_CYPHER, &["-d", QUERY, "--format", "http"]);
    let end =
        "content-type: application/json\r\ncontent-length: 20\r\n\r\n{\"query\":\"RETURN 1\"}";
    assert!(ran.out().starts_with("POST /openCypher HTTP/1.1\r\nhost: db.example:8182\r\n"));
    assert!(ran.out().contains(&authorization) && ran.out().ends_with(end), "{}", ran.out());
}

#[test]
fn a_presigned_url_says_what_its_user_must_know() {
    let ran = Env::TOKEN.sign_at(OPEN_CYPHER, &["-d", QUERY, "--presign", "900"]);
    let request = Request {
        method: "POST".into(),
        target: b"https://db.example:8182/openCypher".into(),
        headers: vec![("content-type".into(), b"application/json".into())],
        body: QUERY.into(),
    };
    let mode = Mode::Query { expires: 900 };
    let query = reference("neptune-db", &request, &mode).query.unwrap();
    let query = str::from_utf8(&query).unwrap();
    assert_eq!(ran.out(), format!("https://db.example:8182/openCypher?{query}\n"));
    assert_eq!(
        ran.err,
        "# good for POST until 20150830T125100Z\n\
         # send content-type: application/json\n\
         # send the body that was given\n"
    );

    let notes = |args: &str| {
        let ran = Env::PLAIN.sign_at("--service es --region us-east-1 --presign 60", &words(args));
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.err.replace("# good for GET until 20150830T123700Z\n", "")
    };
    assert_eq!(notes("http://a.example"), "# send no body\n");
    assert_eq!(notes("http://a.example --unsigned-payload"), "");
    // Where the user's client would send another Host.
    assert_eq!(notes("http://A.example:80/"), "# send host: a.example\n# send no body\n");
    assert_eq!(notes("http://a.example -H x:a.example"), "# send x: a.example\n# send no body\n");
    assert_eq!(notes("http://a.example -H host:b"), "# send host: b\n# send no body\n");
}

#[test]
fn a_presigned_url_stands_in_place_of_the_query_and_the_fragment() {
    for (url, query) in [
        ("http://a.example/b?d=2&c=1#e?f", "&c=1&d=2"),
        ("http://a.example/b?d=2&c=1", "&c=1&d=2"),
        ("http://a.example/b#e?f", ""),
    ] {
        let ran = Env::PLAIN.sign_at("--service es --region us-east-1 --presign 60", &[url]);
        assert!(ran.out().starts_with("http://a.example/b?X-Amz-Algorithm="), "{}", ran.out());
        let query = format!("&X-Amz-SignedHeaders=host{query}&X-Amz-Signature=");
        assert!(ran.out().contains(&query), "{}", ran.out());
        assert_eq!(ran.out().matches(['?', '#']).count(), 1, "{}", ran.out());
    }
}

#[test]
fn a_presigned_url_ends_with_its_credentials() {
    let until = |end: &str| {
        let env = [Env::PLAIN.0, &[("AWS_CREDENTIAL_EXPIRATION", end)]].concat();
        Env(&env).sign_at(OPEN_CYPHER, &["--presign", "900"])
    };
    let early = until("2015-08-30T12:40:00+00:00").err;
    assert!(early.contains("until 20150830T124000Z, when the credentials end\n"), "{early}");
    let late = until("2015-08-30T13:36:00Z").err;
    assert!(late.contains("until 20150830T125100Z\n"), "{late}");
    let over = until("2015-08-30T12:36:00Z");
    assert_eq!((over.code, &*over.out), (1, &b""[..]));
    assert_eq!(over.err, "error: the credentials expired at 2015-08-30 12:36:00.0 +00:00:00\n");
    assert_eq!(
        until("tomorrow").err,
        "error: the environment variable AWS_CREDENTIAL_EXPIRATION: \
         the time is not of the form YYYYMMDDTHHMMSSZ or YYYY-MM-DDTHH:MM:SSZ\n"
    );
}

#[test]
fn explain_masks_the_session_token_and_no_more() {
    for (presign, masked, token) in [
        (&[][..], "x-amz-security-token:", "a+session/token=="),
        (&["--presign", "900"], "&X-Amz-Security-Token=", "a%2Bsession%2Ftoken%3D%3D"),
    ] {
        let ran = Env::TOKEN.sign_at(OPEN_CYPHER, &[presign, &["-d", QUERY, "--explain"]].concat());
        assert_eq!((ran.code, &*ran.err), (0, ""));
        let out = ran.out();
        let masked = format!("{masked}[masked: signed in full]");
        assert_eq!(out.matches(&masked).count(), 1, "{out}");
        let canonical = out.split("\n\nstring to sign:\n").next().unwrap();
        let canonical = canonical.strip_prefix("canonical request:\n").unwrap();
        let canonical = canonical.replace("[masked: signed in full]", token);
        assert!(out.contains(&hex::encode(Sha256::digest(canonical))), "{out}");
    }
    // A token that the caller put there, and another's in a Referer.
    let headers = ["-H", "Referer: /?a&X-Amz-Security-Token=s3ssion&b"];
    let token = ["--explain", "-H", "x-amz-security-token: s3ssion&", "--presign", "60"];
    let ran = Env::PLAIN.sign_at(OPEN_CYPHER, &[&headers[..], &token].concat());
    assert_eq!(ran.code, 0);
    assert!(!ran.out().contains("s3ssion"), "{}", ran.out());
    assert!(ran.out().contains("referer:/?a&X-Amz-Security-Token=[masked: signed in full]&b\n"));
}

/// One command for each kind of service.
#[test]
fn explain_names_the_cause_in_an_answer() {
    let s3 = "--s3 --region us-east-1 https://examplebucket.s3.amazonaws.com/a%20b";
    let s3_body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request \
         signature we calculated does not match the signature you provided. Check your key and signing \
         method.</Message><AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256\n\
         20150830T123600Z\n20150830/us-east-1/s3/aws4_request\n{hash}</StringToSign><CanonicalRequest>GET\n/a%20b\n\n\
         host:localhost:9000\nx-amz-content-sha256:{EMPTY}\nx-amz-date:20150830T123600Z\n\n\
         host;x-amz-content-sha256;x-amz-date\n{EMPTY}</CanonicalRequest></Error>",
        hash = "00".repeat(32),
    );
    let neptune = r#"{"requestId":"1","code":"AccessDeniedException","detailedMessage":"The request signature we calculated does not match the signature you provided."}"#;
    let gateway = "HTTP/2 403 \r\nx-amzn-errortype: InvalidSignatureException\r\n\r\n\
        {\"message\":\"Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)\"}";
    let rest = "--service execute-api --region us-east-1 https://api.example/prod/pets";
    let at = "signed at 20150830T123600Z, the time that the answer names\nthe server said: ";
    for (args, body, start, cause) in [
        (s3, &*s3_body, at, "1. another Host arrived than the one that is signed"),
        (
            OPEN_CYPHER,
            neptune,
            "signed at 2",
            "1. the signature does not match, and the answer does not show",
        ),
        (rest, gateway, at, "1. the clock that signed is 5 min 1 s slow"),
    ] {
        let file = Temporary::new("answer", body.as_bytes());
        let name = file.trim_start_matches('@');
        let ran =
            Env::PLAIN.sign(&[&words(args)[..], &["--explain", "--error-body", name]].concat());
        assert_eq!((ran.code, &*ran.err), (0, ""));
        assert!(ran.out().starts_with(start) && ran.out().contains(cause), "{}", ran.out());
        assert!(ran.out().contains("\n\ncanonical request:\n"), "{}", ran.out());

        let args = [&words(args)[..], &["--explain", "--error-body", "-"]].concat();
        let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let from_input = Env::PLAIN.run(args, body.as_bytes());
        if start == at {
            assert_eq!(from_input.out(), ran.out());
        }
    }
    // A time that is given counts, and nothing is said of it.
    let args = ["--timestamp", "20150830T123601Z", "--explain", "--error-body", "-"];
    let args = [&words(s3)[..], &args].concat().into_iter().map(Into::into).collect();
    let ran = Env::PLAIN.run(args, s3_body.as_bytes());
    assert!(
        ran.out().starts_with("the server said: SignatureDoesNotMatch: The request"),
        "{}",
        ran.out()
    );
    assert!(ran.out().contains("signed at 20150830T123600Z, this one at 20150830T123601Z"));
}

#[test]
fn the_secret_is_never_printed_and_the_token_only_where_it_must_be() {
    for (args, holds_token) in [
        (&["-d", QUERY][..], true),
        (&["--format", "http"], true),
        (&["--presign", "900"], true),
        (&["--explain"], false),
        (&["--explain", "--presign", "900"], false),
        (&["--explain", "--error-body", "-"], false),
        (&["--explain", "--error-body", "/there/is/no/such/file"], false),
        (&["--presign", "604801"], false),
        (&["-H", "a b: c"], false),
        (&["-d", "@/there/is/no/such/file"], false),
        (&["--help"], false),
    ] {
        let ran = Env::TOKEN.sign_at(OPEN_CYPHER, args);
        let printed = [ran.out(), &ran.err].concat();
        assert!(!printed.contains("EXAMPLEKEY") && !printed.contains("wJalr"), "{args:?}");
        assert_eq!(printed.contains("session"), holds_token, "{args:?}: {printed}");
    }
}

/// Not even where a server shows it, in whatever form.
#[test]
fn explain_shows_no_token_of_an_answer() {
    const TOKEN: [&str; 4] = [
        "a+session/token==",
        "a%2Bsession%2Ftoken%3D%3D",
        "a%252Bsession%252Ftoken%253D%253D",
        "a&#43;session/token==",
    ];
    for token in TOKEN {
        let body = format!(
            "<Error><Code>SignatureDoesNotMatch</Code><Message>not {token}, nor {secret}</Message>\
             <CanonicalRequest>POST\n/{token}\nX-Amz-Security-Token={token}&amp;a={secret}\nhost:{token}\n\
             x-amz-security-token:other session\nx-{token}:{secret}\n\nhost;{token}\n{secret}\
             </CanonicalRequest><Region>{token}</Region><AWSAccessKeyId>{token}</AWSAccessKeyId></Error>",
            secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
        );
        for more in [&[][..], &["--presign", "900"]] {
            let args =
                [&words(OPEN_CYPHER)[..], &["--explain", "--error-body", "-"], more].concat();
            let args = args.into_iter().map(Into::into).collect();
            let ran = Env::TOKEN.run(args, body.as_bytes());
            assert_eq!(ran.code, 0, "{}", ran.err);
            let printed = [ran.out(), &ran.err].concat();
            assert!(printed.contains("not [masked: signed in full], nor [masked"), "{printed}");
            for piece in ["session", "EXAMPLEKEY", "wJalr"] {
                let shown = printed.replace("a session token", "").replace("no session token", "");
                let shown = shown.replace("another session token", "");
                assert!(!shown.contains(piece), "{piece}: {printed}");
            }
        }
    }
}

#[test]
fn wrong_arguments_are_refused_with_a_reason_and_the_usage() {
    for (args, reason) in [
        ("--service es", "required arguments were not provided:\n  <URL>"),
        ("http://a.example", "required arguments were not provided:\n  --service <SERVICE>"),
        ("--s3 --session-token x http://a.example", "unexpected argument '--session-token'"),
        ("--s3 http://a.example http://b.example", "unexpected argument 'http://b.example'"),
        ("--s3 a.example/b", "'a.example/b' for '<URL>': it must begin with http:// or https://"),
        ("--s3 ftp://a.example/b", "it must begin with http:// or https://"),
        ("--s3 http://a.example/\u{a0}", "be percent-encoded"),
        ("--s3 http://a.example/\n", "be percent-encoded"),
        ("--s3 http://é.example/", "be percent-encoded"),
        ("--s3 http://user:password@a.example/", "name no user"),
        ("--s3 http://a.example --presign 0", "0 is not in 1..=604800"),
        ("--s3 http://a.example --presign 604801", "604801 is not in 1..=604800"),
        ("--s3 http://a.example --presign soon", "invalid digit found in string"),
        ("--s3 http://a.example --timestamp now", "the time is not of the form"),
        ("--s3 http://a.example --format json", "[possible values: curl, http]"),
        ("--s3 http://a.example --format http --explain", "cannot be used with '--explain'"),
        ("--s3 http://a.example --format curl --presign 9", "cannot be used with '--presign"),
        ("--s3 http://a.example --error-body -", "not provided:\n  --explain"),
        (
            "--s3 http://a.example --explain -d @- --error-body -",
            "the body or the answer, not both",
        ),
        ("--s3 http://a.example -H accept", "'accept' for '--header <HEADERS>': it is no 'Name:"),
        ("--s3 http://a.example -d a -d b", "'--data <DATA>' cannot be used multiple times"),
        ("--s3 http://a.example -d @-", "such a body fits no command: give -d @FILE"),
    ] {
        let mut args: Vec<OsString> = args.split(' ').map(Into::into).collect();
        args.extend(["--region".into(), "us-east-1".into()]);
        let ran = Env::PLAIN.run(args, b"\xFF");
        assert_eq!((ran.code, &*ran.out), (2, &b""[..]), "{reason}");
        assert!(ran.err.starts_with("error: ") && ran.err.contains(reason), "{}", ran.err);
        assert!(ran.err.contains("\nUsage: sign (--service <SERVICE> | --s3)"), "{}", ran.err);
    }
    let space = Env::PLAIN.sign_at("--s3 --region us-east-1", &["http://a.example/a b"]);
    assert_eq!(space.code, 2);
    assert!(space.err.contains("be percent-encoded: visible ASCII, no spaces"), "{}", space.err);
}

#[test]
fn what_cannot_be_signed_is_named() {
    let id = ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    let secret = ("AWS_SECRET_ACCESS_KEY", "secret");
    let region = ("AWS_REGION", "us-east-1");
    let missing = |name| format!("error: the environment variable {name} is missing or empty\n");
    let no_region = "error: no region: give --region, or set AWS_REGION or AWS_DEFAULT_REGION\n";
    for (env, args, error) in [
        (&[secret, region][..], "--service es", &*missing("AWS_ACCESS_KEY_ID")),
        (&[id, region], "--service es", &missing("AWS_SECRET_ACCESS_KEY")),
        (&[id, (secret.0, "")], "--service es", &missing("AWS_SECRET_ACCESS_KEY")),
        (&[id, secret], "--service es", no_region),
        (&[id, secret, ("AWS_REGION", "")], "--service es", no_region),
        (&[id, secret, region], "--service es --region=", "error: the region is empty\n"),
        (&[id, secret, region], "--service=", "error: the service is empty\n"),
        (&[id, secret, region], "--s3 -X a/b", "error: the method \"a/b\" is not an HTTP token\n"),
        (&[id, secret, region], "--s3 -H :b", "error: the header name \"\" is not an HTTP token\n"),
        (&[id, secret, region], "--s3 -H host;", "error: the host is empty\n"),
        (&[id, secret, region], "--s3 -d @/no/such/file", "error: cannot read /no/such/file: "),
    ] {
        let ran = Env(env).sign_at(args, &["http://a.example/"]);
        assert_eq!((ran.code, &*ran.out), (1, &b""[..]), "{args}");
        assert!(ran.err.starts_with(error), "{args}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
}

#[test]
fn the_region_is_the_first_that_is_given() {
    let all = [Env::PLAIN.0, &[("AWS_DEFAULT_REGION", "c"), ("AWS_REGION", "b")]].concat();
    let region = |env: &[_], args: &str| {
        let ran = Env(env).sign_at(args, &["--service", "es", "http://a.example/"]);
        ran.out().split_once("/20150830/").unwrap().1.split('/').next().unwrap().to_owned()
    };
    assert_eq!(region(&all, "--region a"), "a");
    assert_eq!(region(&all, "--s3"), "b");
    assert_eq!(region(&all[..all.len() - 1], "--s3"), "c");
}

#[test]
fn the_method_depends_on_the_body_unless_it_is_given() {
    for (args, line) in [
        ("--s3", "GET / HTTP/1.1\r\n"),
        ("--s3 -d a", "POST / HTTP/1.1\r\n"),
        ("--s3 -d=", "POST / HTTP/1.1\r\n"),
        ("--s3 -X PUT -d a", "PUT / HTTP/1.1\r\n"),
        ("--s3 --request delete", "delete / HTTP/1.1\r\n"),
    ] {
        let ran = Env::PLAIN.sign_at(args, &words("--region x --format http http://a.example"));
        assert!(ran.out().starts_with(line), "{args}: {}{}", ran.out(), ran.err);
    }
}

#[test]
fn http_says_how_long_a_body_is_unless_the_caller_does() {
    let http = |args: &str| {
        let ran = Env::PLAIN.sign_at(args, &words("--s3 --region x --format http"));
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out().to_owned()
    };
    assert!(!http("http://a.example/").contains("content-length"));
    assert!(http("http://a.example/ -d=").ends_with("\r\ncontent-length: 0\r\n\r\n"));
    let given = http("http://a.example/ -d abc -H Content-Length:3");
    assert!(given.contains("SignedHeaders=content-length;host;"), "{given}");
    assert!(given.ends_with("\r\nContent-Length: 3\r\n\r\nabc"), "{given}");
    // It would promise chunks.
    let chunked = http("http://a.example/ -d abc -H transfer-encoding:chunked");
    assert!(!chunked.contains("transfer-encoding"), "{chunked}");
    for (url, target) in [
        ("HTTPS://a.example", "/"),
        ("http://a.example?b=/c", "/?b=/c"),
        ("http://a.example/./b//?c?d#e?f/", "/./b//?c?d"),
        ("http://a.example#/b", "/"),
        ("http://A.example:80/", "/"),
    ] {
        let message = http(url);
        let start = format!("GET {target} HTTP/1.1\r\nhost: a.example\r\n");
        assert!(message.starts_with(&start), "{message}");
        assert_eq!(message.matches("\nhost: ").count(), 1, "{message}");
    }
}

#[test]
fn a_body_is_a_text_or_a_file_or_standard_input() {
    let bytes: Vec<u8> = (0..=255).collect();
    let file = Temporary::new("bytes", &bytes);
    let text = Temporary::new("text", b"a\r\nb\n");
    let sign = |data: &str, format: &str| {
        let args = ["-d", data, "--format", format, "--s3", "--region", "x", "http://a.example/"];
        Env::PLAIN.run(args.map(Into::into).into(), &bytes)
    };
    for (data, body) in [(&*file, &*bytes), ("@-", &bytes), (&text, b"a\r\nb\n"), ("-@", b"-@")] {
        let ran = sign(data, "http");
        assert!(ran.out.ends_with(&[b"\r\n\r\n", body].concat()), "{data}");
        let hash = hex::encode(Sha256::digest(body));
        assert!(String::from_utf8_lossy(&ran.out).contains(&hash), "{data}");
    }
    assert!(sign(&file, "curl").out().ends_with(&format!("--data-binary '{}'\n", &*file)));
    assert!(sign(&text, "curl").out().ends_with("--data-binary 'a\r\nb\n'\n"));
    let nul = Temporary::new("nul", b"a\0b");
    assert!(sign(&nul, "curl").out().ends_with(&format!("--data-binary '{}'\n", &*nul)));
    // As one argument it would be too long for Linux.
    let long = Temporary::new("long", &[b'a'; 131_072]);
    assert!(sign(&long, "curl").out().ends_with(&format!("--data-binary '{}'\n", &*long)));
}

#[test]
fn a_payload_that_is_not_signed_is_announced() {
    let unsigned = ["--unsigned-payload", "-d", QUERY];
    let ran = Env::PLAIN.sign_at(OPEN_CYPHER, &unsigned);
    assert!(ran.out().contains("--header 'x-amz-content-sha256: UNSIGNED-PAYLOAD'"));
    let ran = Env::PLAIN.sign_at(OPEN_CYPHER, &[&unsigned[..], &["--explain"]].concat());
    assert!(ran.out().contains("\nUNSIGNED-PAYLOAD\n\nstring to sign"), "{}", ran.out());
}

#[test]
fn headers_of_an_earlier_signing_are_replaced() {
    let mut args = vec!["-d", QUERY];
    for old in [
        "Authorization: old",
        "X-Amz-Date: old",
        "X-Amz-Security-Token: old",
        "X-Amz-Content-Sha256: old",
        "Host: db.example",
    ] {
        args.extend(["-H", old]);
    }
    for (env, token) in [(Env::PLAIN, 0), (Env::TOKEN, 1)] {
        let out = env.sign_at(OPEN_CYPHER, &args).out().to_ascii_lowercase();
        assert!(!out.contains("old"), "{out}");
        for (name, count) in [
            ("authorization", 1),
            ("x-amz-date", 1),
            ("x-amz-security-token", token),
            ("x-amz-content-sha256", 1),
            ("host", 1),
        ] {
            assert_eq!(out.matches(&format!("--header '{name}: ")).count(), count, "{out}");
        }
    }
}

#[test]
fn the_clock_is_read_where_no_time_is_given() {
    let before = Timestamp::now().unwrap().to_string();
    let ran = Env::PLAIN.sign(&words(OPEN_CYPHER));
    let after = Timestamp::now().unwrap().to_string();
    let (_, date) = ran.out().split_once("--header 'x-amz-date: ").unwrap();
    let date = date.split('\'').next().unwrap();
    assert!((&*before..=&*after).contains(&date), "{before} {date} {after}");
}

#[test]
fn help_is_no_error_and_a_closed_output_is_one() {
    let help = Env::EMPTY.sign(&["--help"]);
    assert_eq!((help.code, &*help.err), (0, ""));
    assert!(help.out().contains("Usage: sign (--service <SERVICE> | --s3) [OPTIONS] <URL>"));

    let (mut err, mut closed): (Vec<u8>, &mut [u8]) = (Vec::new(), &mut []);
    let (credentials, env) = (&Credentials::from_env, &|_: &str| None);
    let input = &mut io::empty();
    let world = World { credentials, env, input, out: &mut closed, err: &mut err };
    assert_eq!(sign::run(vec!["sign".into()], world), 1);
    assert!(err.ends_with(b"\nerror: failed to write whole buffer\n"));
}

/// What a shell makes of the command, and what curl then sends.
#[cfg(unix)]
mod in_a_shell {
    use core::time::Duration;
    use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::process::{Child, Command, Stdio};
    use std::thread;
    use std::time::Instant;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn every_argument_arrives_as_it_was_meant() {
        for text in NASTY {
            let url = "https://a.example/it's?$HOME&`id`;*~!(\\)\"|<>";
            let header = format!("X-Text: {text}");
            let args = ["--s3", "--region", "x", "-H", &header, "-d", text, "-H", "x-empty:", url];
            let ran = Env::PLAIN.sign_at("-H A;", &args);
            assert_eq!(ran.code, 0, "{}", ran.err);
            let arguments = arguments(ran.out());
            let (start, rest) = arguments.split_at(8);
            let url = ["--request", "POST", "--url", url, "--header", "host: a.example"];
            assert_eq!(start, [&["--path-as-is", "--globoff"][..], &url].concat());
            let (set, end) = rest.split_at(6);
            assert!(set.iter().step_by(2).all(|option| option == "--header"));
            let headers = ["--header", "A;", "--header", &header, "--header", "x-empty;"];
            assert_eq!(end, [&headers[..], &["--data-binary", text]].concat());
        }
    }

    #[test]
    fn a_text_is_never_taken_for_a_file_name() {
        let args = ["--s3", "-d", "@-", "http://a.example/", "--region", "x"];
        let ran = Env::PLAIN.run(args.map(Into::into).into(), b"@/etc/passwd");
        assert!(arguments(ran.out()).ends_with(&["--data-raw".into(), "@/etc/passwd".into()]));
    }

    #[test]
    fn requests_arrive_as_they_were_signed() {
        let bytes: Vec<u8> = (0..=255).collect();
        let file = Temporary::new("it's a file", &bytes);
        let json = ["-H", "content-type: application/json", "-d", QUERY];
        let headers = [
            ["-H", "X-Text: it's \"$HOME\" \\ `id`"],
            ["-H", "X-Many: b"],
            ["-H", "x-many:  a\t c "],
            ["-H", "X-Empty;"],
            ["-H", "Accept: text/plain"],
            ["-H", "User-Agent: not signed"],
        ];
        let odd = "/a/../b//%2f;x@:/./?b=1&&a=%20+%2B&{x}=[1-2]&'c'";
        for (origin, host) in [
            ("http://127.0.0.1:PORT", "127.0.0.1:PORT"),
            ("http://LOCALHOST:PORT", "localhost:PORT"),
            ("http://0x7f.1:PORT", "0x7f.1:PORT"),
            ("HTTP://127.0.0.1:PORT", "127.0.0.1:PORT"),
        ] {
            for (path, args, target, body) in [
                ("", &[][..], "/", &b""[..]),
                ("?a", &["-d", ""], "/?a", b""),
                ("/openCypher", &json, "/openCypher", QUERY.as_bytes()),
                (odd, &headers.concat(), odd, b""),
                ("/#fragment", &["-X", "HEAD"], "/", b""),
                ("/file", &["-X", "PUT", "-d", &file], "/file", &bytes),
            ] {
                for (service, option) in [("s3", &["--s3"][..]), ("es", &["--service", "es"])] {
                    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
                    let port = listener.local_addr().unwrap().port().to_string();
                    let url = format!("{origin}{path}").replace("PORT", &port);
                    let args = [option, args, &[&url]].concat();
                    let ran = Env::TOKEN.sign_at("--region us-east-1", &args);
                    assert_eq!(ran.code, 0, "{}", ran.err);
                    let Some(arrived) = run_curl(ran.out(), &listener) else { return };
                    let sent = (&*arrived.target, &*arrived.body);
                    assert_eq!(sent, (target.as_bytes(), body), "{url}");
                    assert_eq!(value(&arrived, "host"), host.replace("PORT", &port));
                    let expected = authorization(service, &arrived);
                    assert_eq!(value(&arrived, "authorization"), expected, "{url}");
                }
            }
        }
    }

    #[test]
    fn a_presigned_url_arrives_as_it_was_signed() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}/a%20b?d=%2B&c=1");
        let args = [&url, "--service", "es", "--region", "us-east-1", "--presign", "900"];
        let ran = Env::TOKEN.sign_at("-H x-text:a", &args);
        assert!(ran.err.contains("# send x-text: a\n"), "{}", ran.err);
        let curl = format!("curl -H 'x-text: a' '{}'", ran.out().trim_end());
        let Some(mut arrived) = run_curl(&curl, &listener) else { return };
        let target = String::from_utf8(arrived.target).unwrap();
        arrived.target = b"/a%20b?d=%2B&c=1".into();
        arrived.headers.retain(|(name, _)| name == "host" || name == "x-text");
        let expected = reference("es", &arrived, &Mode::Query { expires: 900 });
        let query = String::from_utf8(expected.query.unwrap()).unwrap();
        assert_eq!(target, format!("/a%20b?{query}"));
    }

    /// The arguments that curl gets.
    fn arguments(command: &str) -> Vec<String> {
        let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{command}");
        let shell = Command::new("sh").arg("-c").arg(script).stdin(Stdio::null()).output().unwrap();
        assert!(shell.status.success() && shell.stderr.is_empty(), "{shell:?}");
        let arguments = String::from_utf8(shell.stdout).unwrap();
        arguments.strip_suffix('\0').unwrap().split('\0').map(str::to_owned).collect()
    }

    /// Runs a command, and answers the one request that it sends; nothing without a curl.
    fn run_curl(command: &str, listener: &TcpListener) -> Option<Request> {
        if Command::new("curl").arg("--version").output().is_err() {
            return None;
        }
        let mut shell = Command::new("sh");
        // No proxy, no configuration of the user's.
        let home = env!("CARGO_TARGET_TMPDIR");
        shell.env_clear().env("PATH", std::env::var_os("PATH")?).env("HOME", home);
        shell.env("CURL_HOME", home).arg("-c").arg(format!("exec {command}"));
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut curl = Running(shell.spawn().unwrap());
        listener.set_nonblocking(true).unwrap();
        let stream = within_limit(|| match listener.accept() {
            Ok((stream, _)) => Some(stream),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                assert!(curl.0.try_wait().unwrap().is_none(), "{}", curl.error());
                None
            }
            Err(error) => panic!("{error}"),
        });
        let arrived = receive(&stream);
        drop(stream);
        let status = within_limit(|| curl.0.try_wait().unwrap());
        assert!(status.success(), "{}", curl.error());
        Some(arrived)
    }

    /// Ends with the test.
    struct Running(Child);

    impl Running {
        fn error(&mut self) -> String {
            let mut error = String::new();
            self.0.stderr.take().unwrap().read_to_string(&mut error).unwrap();
            error
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn within_limit<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + LIMIT;
        loop {
            if let Some(done) = attempt() {
                return done;
            }
            assert!(Instant::now() < end, "curl did not end in time");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn receive(stream: &TcpStream) -> Request {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut reader = BufReader::new(stream.take(0x10000));
        let mut line = || {
            let mut line = Vec::new();
            reader.read_until(b'\n', &mut line).unwrap();
            String::from_utf8(line).unwrap().strip_suffix("\r\n").unwrap().to_owned()
        };
        let first = line();
        let [method, target, "HTTP/1.1"] = first.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{first}");
        };
        let mut headers = Vec::new();
        loop {
            let line = line();
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim_ascii().into()));
        }
        let (method, target) = (method.into(), target.into());
        let mut request = Request { method, target, headers, body: Vec::new() };
        if request.headers.iter().any(|(name, _)| name == "content-length") {
            request.body.resize(value(&request, "content-length").parse().unwrap(), 0);
            reader.read_exact(&mut request.body).unwrap();
        }
        let length = if request.method == "HEAD" { "2" } else { "0" };
        let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
        (&*stream).write_all([answer, length, "\r\n\r\n"].concat().as_bytes()).unwrap();
        request
    }

    /// The value of a header that came once.
    fn value<'a>(request: &'a Request, name: &str) -> &'a str {
        let values: Vec<_> = request.headers.iter().filter(|header| header.0 == name).collect();
        let [(_, value)] = values[..] else { panic!("{name}: {values:?}") };
        str::from_utf8(value).unwrap()
    }

    const NASTY: [&str; 14] = [
        "'",
        "''a'\\''b'",
        "\"",
        "$HOME ${HOME} $(id) `id`",
        "\\",
        "\\n\\\\'",
        "a  b\tc",
        "*?[a]~ !! #a ;& | <> (b) {c,d}",
        "-X DELETE --next",
        "%s%n%",
        "é 漢 🦀",
        "\u{1}\u{1b}[0m\u{7f}",
        "a=b",
        "--",
    ];
}

/// The program's environment.
struct Env<'a>(&'a [(&'a str, &'a str)]);

struct Ran {
    code: u8,
    out: Vec<u8>,
    err: String,
}

impl Env<'_> {
    const EMPTY: Self = Self(&[]);
    const PLAIN: Self = Self(&[
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    ]);
    const TOKEN: Self = Self(&[
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        ("AWS_SESSION_TOKEN", "a+session/token=="),
    ]);

    fn sign(&self, args: &[&str]) -> Ran {
        self.run(args.iter().map(Into::into).collect(), b"")
    }

    /// With words and more arguments, at AWS's time.
    fn sign_at(&self, words: &str, args: &[&str]) -> Ran {
        let time = ["--timestamp", "20150830T123600Z"];
        self.sign(&[&self::words(words)[..], &time, args].concat())
    }

    fn run(&self, mut args: Vec<OsString>, mut input: &[u8]) -> Ran {
        args.insert(0, "sign".into());
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let env = |name: &str| {
            self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let (credentials, env) = (&|| Credentials::from_vars(env), &env);
        let input = &mut input;
        let world = World { credentials, env, input, out: &mut out, err: &mut err };
        let code = sign::run(args, world);
        Ran { code, out, err: String::from_utf8(err).unwrap() }
    }
}

impl Ran {
    fn out(&self) -> &str {
        str::from_utf8(&self.out).unwrap()
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

/// A file of this run's own, gone with it: the argument that names it.
struct Temporary(String);

impl Temporary {
    fn new(name: &str, content: &[u8]) -> Self {
        let directory = env!("CARGO_TARGET_TMPDIR");
        let path = format!("{directory}/sign_example {} {name}", std::process::id());
        fs::write(&path, content).unwrap();
        Self(format!("@{path}"))
    }
}

impl Deref for Temporary {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.trim_start_matches('@'));
    }
}

/// The Authorization that all else of a request calls for, by what it says is signed.
fn authorization(service: &str, request: &Request) -> String {
    let mut request = request.clone();
    if let Some((_, sent)) = request.headers.iter().find(|(name, _)| name == "authorization") {
        let sent = str::from_utf8(sent).unwrap();
        let names = sent.split_once("SignedHeaders=").unwrap().1.split(',').next().unwrap();
        let names: Vec<String> = names.split(';').map(Into::into).collect();
        request.headers.retain(|(name, _)| names.contains(name));
    }
    let Reference { signed_headers, signature, .. } = reference(service, &request, &Mode::Header);
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, \
         SignedHeaders={signed_headers}, Signature={signature}"
    )
}

/// What another implementation makes of a request, with `Env::TOKEN`.
fn reference(service: &str, request: &Request, mode: &Mode) -> Reference {
    let policy = if service == "s3" { Policy::s3() } else { Policy::default_service() };
    let signing = Signing {
        access_key_id: "AKIDEXAMPLE".into(),
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        token: Some("a+session/token==".into()),
        region: "us-east-1".into(),
        service: service.into(),
        timestamp: "20150830T123600Z".into(),
    };
    reference::sign(request, &policy, &signing, mode).unwrap()
}

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const OPEN_CYPHER: &str = "--service neptune-db --region us-east-1 \
    https://db.example:8182/openCypher -X POST -H content-type:application/json";
const QUERY: &str = r#"{"query":"RETURN 1"}"#;
