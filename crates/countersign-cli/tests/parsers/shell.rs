//! Words of a shell, compared with shells.

use std::io::{Write, stderr};
use std::process::{Command, Stdio};

use countersign_cli::shell::{quote, split};
use countersign_cli::{Exchange, Input, Inputs, ParseError, Response};
use proptest::prelude::*;

/// Pieces of what is parsed, in any order.
const PARTS: &str = "[ -~\n$'\"\\\\é\u{0}]{0,9}|-[a-zA-Z#]| (--[a-z]{2,5}-?|--aws-sigv4|--get|-G|-d|-F|-T|-u) ?|\
    https?://|\n?[>*<{] |HTTP/1.1 [0-9]{0,3}|Content-Length: [0-9]?|Transfer-Encoding: chunked\r\n\r\n|[0-9a-f]\r?\n";

fn words(text: &str) -> Vec<Vec<u8>> {
    split(text, |_| None).unwrap().words
}

/// The arguments that a shell makes of a text, or `None` if there is no such shell.
fn words_of_shell(shell: &str, text: &str) -> Option<Vec<Vec<u8>>> {
    let script = format!("words() {{ printf '%s\\0' \"$@\"; }}\nset -f\nwords {text}\n");
    let output = Command::new(shell).args(["-c", &script]).stdin(Stdio::null()).output().ok()?;
    assert!(output.status.success() && output.stderr.is_empty(), "{text:?}: {output:?}");
    let mut words: Vec<Vec<u8>> = output.stdout.split(|byte| *byte == 0).map(Into::into).collect();
    assert_eq!(words.pop(), Some(Vec::new()));
    Some(words)
}

const POSIX: &[&str] = &[
    "a b  c\td",
    "'a b' \"c d\" e\\ f",
    "''",
    "a'' \"\"",
    r#"a"b"'c'd"#,
    r#""\"\$\`\\\a\n" '\'"#,
    "a \\\n  b",
    "\"a \\\nb\" 'c \\\nd'",
    "it\\'s",
    "a#b #c 'd",
    "$ a$ \"$\" \"a$ b\" $'' ''$",
    "é '漢' \"🦀\"",
    "*?[a]~{b}!",
    "a=b -X=1 %s%n",
    "\"a\n\nb\"",
    "'\u{1}\u{1b}[0m\u{7f}'",
];

#[test]
fn words_are_those_of_a_posix_shell() {
    for text in POSIX.iter().filter(|text| !text.contains("$''")) {
        assert_eq!(words(text), words_of_shell("sh", text).unwrap(), "{text:?}");
    }
}

#[test]
fn dollar_quotes_are_those_of_bash() {
    for text in POSIX.iter().chain(&[
        r#"$'it\'s' $'a\tb\nc\\d\?\"\a\b\e\E\f\v\r'"#,
        r"$'\x41\x4a1\xe9\351\101\1012\0011' a$'b'c",
        r"$'\u00e9\u6f22\U0001f980\u21 \cA\cz'",
        r"$'\q\x\u'",
        "$\"a b\"",
    ]) {
        let Some(expected) = words_of_shell("bash", text) else {
            writeln!(stderr(), "SKIPPED: there is no bash to compare with").unwrap();
            return;
        };
        assert_eq!(words(text), expected, "{text:?}");
    }
}

#[test]
fn variables_are_those_that_the_caller_knows() {
    let known = |name: &str| match name {
        "A_1" => Some("a b".to_owned()),
        "1" => Some("one".to_owned()),
        _ => None,
    };
    let text = r#"$A_1-${A_1}"x$A_1"'$A_1'\$A_1 $12"#;
    assert_eq!(split(text, known).unwrap().words, [&b"a b-a bxa b$A_1$A_1"[..], b"one2"]);
    assert_eq!(words("a\\\r\nb \\\r\n c\r\n"), [b"ab", &b"c"[..]]);
    let error = split("a\\\n\"b$secret\"", known).unwrap_err().to_string();
    let expected =
        "shell variable at line 2, column 3 has no value here: put its value in its place";
    assert_eq!(error, expected);
    for text in ["${A_1:-b}", "${A_1", "${}", "$?", "\"$A\"", "$@"] {
        let error = split(text, known).unwrap_err();
        assert!(matches!(error, ParseError::UnknownVariable { .. }), "{text}: {error}");
    }
}

#[test]
fn a_command_ends_where_a_shell_would_end_it() {
    for text in [
        "a b | c",
        "a b; c",
        "a b && c",
        "a b & c",
        "a b\nc",
        "a b > c",
        "a b 2>c",
        "a b 2>&1",
        "a b # c\n| d",
    ] {
        let split = split(text, |_| None).unwrap();
        assert_eq!(split.words, [b"a", b"b"], "{text}");
        assert!(split.rest.is_some(), "{text}");
    }
    for text in ["\n a b\n\n", "a b", "a b # c | d"] {
        assert_eq!(split(text, |_| None).unwrap().rest, None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_quoted_is_one_word(text in "[^\\x00]{0,40}") {
        prop_assert_eq!(words(&quote(&text)), [text.as_bytes()]);
    }

    #[test]
    fn no_text_is_too_odd_to_parse(parts in proptest::collection::vec(PARTS, 0..20)) {
        let text = parts.concat();
        let variables = |name: &str| (name.len() == 1).then(|| "x".into());
        let mut inputs = Inputs::default();
        inputs.variables = &variables;
        for text in [&text, &format!("curl {text}"), &format!("GET / HTTP/1.1\n{text}")] {
            let _ = Input::parse(text.as_bytes(), &inputs);
            let _ = (Response::parse(text.as_bytes()), Exchange::parse(text.as_bytes()));
        }
    }
}

#[test]
fn what_is_quoted_is_one_word_for_sh() {
    // All texts in one run of the shell: starting one for each of them takes long.
    let strategy = proptest::collection::vec("[^\\x00]{0,40}|[ -~\n]{0,20}", 300);
    proptest!(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() }, |(texts in strategy)| {
        let quoted: Vec<_> = texts.iter().map(|text| quote(text)).collect();
        let expected: Vec<_> = texts.iter().map(|text| text.clone().into_bytes()).collect();
        prop_assert_eq!(words_of_shell("sh", &quoted.join(" ")).unwrap(), expected);
    });
}
