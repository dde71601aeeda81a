//! `curl` commands that need no `curl` to know what they mean. `peers.rs` compares with `curl` itself.

use countersign_cli::{CurlCommand, Inputs, ParseError};

use super::shown;

fn parse(command: &str) -> Result<CurlCommand, ParseError> {
    CurlCommand::parse(command, &Inputs::default())
}

#[test]
fn commands_are_read_as_they_are_pasted() {
    for (command, expected) in [
        ("curl a.example", "GET http://a.example"),
        ("$ curl 'https://a.example/?b&c'  ", "GET https://a.example/?b&c"),
        ("/usr/bin/curl --url https://h/ -- ", "GET https://h/"),
        ("curl -sXDELETE -HA:b -oout https://h", "DELETE https://h|a: b"),
        // As browsers copy a request.
        (
            "curl 'https://h/a' \\\n  -H 'content-type: a' \\\n  --data-raw $'it\\'s \\u0021' \\\n  --compressed",
            "POST https://h/a|content-type: a|it's !",
        ),
    ] {
        assert_eq!(shown(&parse(command).unwrap().request), expected);
    }
}

#[test]
fn a_file_takes_the_place_of_its_name() {
    let mut inputs = Inputs::default();
    inputs.body_file = Some(b"a\r\nb\0c");
    for (options, expected) in [
        ("-d @f", "a\\r\\nb\\0c".replace("\\r\\n", "").replace("\\0", "")),
        ("--data-binary @f", "a\\r\\nb\\0c".to_owned()),
        ("--data-urlencode x@f", "x=a%0D%0Ab%00c".to_owned()),
        ("-d 1 --data-urlencode @f", "1&a%0D%0Ab%00c".to_owned()),
        ("--json @f", "a\\r\\nb\\0c".to_owned()),
        ("-T f", "a\\r\\nb\\0c".to_owned()),
    ] {
        let command = format!("curl {options} https://h/a");
        let parsed = CurlCommand::parse(&command, &inputs).unwrap();
        assert_eq!(
            parsed.request.body.escape_ascii().to_string().replace("x00", "0"),
            expected,
            "{options}"
        );
        assert_eq!(parsed.request.method, if options == "-T f" { "PUT" } else { "POST" });
        assert!(matches!(parse(&command), Err(ParseError::BodyInFile { .. })), "{options}");
        let twice = CurlCommand::parse(&format!("{command} -d @g"), &inputs);
        assert!(matches!(twice, Err(ParseError::BodyInFile { .. })), "{options}");
    }
    assert_eq!(CurlCommand::parse("curl -d a h", &inputs).unwrap_err(), ParseError::UnusedBody);
}

#[test]
fn sigv4_options_are_reported() {
    let command = "curl --aws-sigv4 aws:amz:us-east-1:s3 -u AK:se:cret https://h";
    let parsed = parse(command).unwrap();
    let (sigv4, user) = (parsed.sigv4.clone().unwrap(), parsed.user.clone().unwrap());
    assert_eq!(
        (&*sigv4.provider, sigv4.region.as_deref(), sigv4.service.as_deref()),
        ("aws", Some("us-east-1"), Some("s3"))
    );
    assert_eq!((&*user.name, &*user.password), ("AK", "se:cret"));
    assert_eq!(shown(&parsed.request), "GET https://h");
    assert!(!format!("{parsed:?}").contains("cret"));

    let sigv4 = parse("curl --aws-sigv4 aws:amz https://h").unwrap().sigv4.unwrap();
    assert_eq!((sigv4.region, sigv4.service), (None, None));
    let user = parse("curl -u a:secret https://h").unwrap();
    assert!(user.user.is_none() && !format!("{user:?}").contains("c2VjcmV0"));
}

#[test]
fn what_is_not_represented_is_reported() {
    let parsed =
        parse("curl -L --compressed -x proxy:1 -s --no-keepalive --path-as-is https://h | jq")
            .unwrap();
    assert_eq!(parsed.ignored, ["-L", "--compressed", "-x"]);
    assert!(parsed.path_as_is && parsed.rest.is_some());
}

/// No error repeats a value: each of these commands has one that would be a secret.
#[test]
fn errors_name_the_option_and_no_value() {
    for case in include_str!("../data/curl-errors.tsv").lines() {
        let (command, expected) = case.split_once('\t').unwrap();
        let error = parse(command).unwrap_err().to_string();
        assert_eq!(error, expected, "{command}");
        assert!(!error.contains("secret"));
    }
}
