//! The command, run as users and programs run it.

#[path = "../support/listener.rs"]
mod listener;

use std::io::{Write, stderr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use countersign_cli::shell::{quote, split};
use countersign_cli::{CurlCommand, Inputs, Request};

use self::listener::Listener;

const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "a+session/token==";

/// The command with an environment of its own.
struct Tool(Command);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Tool {
    fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        // Nothing of the user's configuration, and no question to a server for credentials.
        command.env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
        command.env("AWS_EC2_METADATA_DISABLED", "true").args(arguments);
        Self(command).env("AWS_ACCESS_KEY_ID", ID).env("AWS_SECRET_ACCESS_KEY", SECRET)
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        match value {
            "" => self.0.env_remove(name),
            value => self.0.env(name, value),
        };
        self
    }

    fn run(self) -> Ran {
        self.run_with(b"")
    }

    fn run_with(mut self, input: &[u8]) -> Ran {
        self.0.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.0.spawn().unwrap();
        // What is not read cannot be written.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').filter(|word| !word.is_empty()).collect()
}

fn sign(arguments: &str) -> Tool {
    Tool::new(&words(&format!("sign --region us-east-1 --service service {arguments}")))
}

/// Runs each command of a transcript and compares what it prints. To write the transcript anew, run with
/// `UPDATE_TRANSCRIPT=1`, and read what has changed.
#[test]
fn commands_print_what_the_transcript_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let transcript = fs::read_to_string(format!("{folder}/transcript.txt")).unwrap();
    let mut actual = String::new();
    for line in transcript.lines().filter(|line| !line.starts_with(['|', '!', '='])) {
        actual += &format!("{line}\n");
        let Some(command) = line.strip_prefix("$ ") else { continue };
        let (command, input) = command.split_once(" < ").unwrap_or((command, ""));
        let input = if input.is_empty() {
            Vec::new()
        } else {
            fs::read(format!("{folder}/{input}")).unwrap()
        };
        let words = split(command, |_| None).unwrap().words;
        let mut words = words.iter().map(|word| str::from_utf8(word).unwrap());
        let variables: Vec<_> = words.by_ref().map_while(|word| word.split_once('=')).collect();
        let mut tool = Tool::new(&words.collect::<Vec<_>>());
        for (name, value) in variables {
            tool = tool.env(name, value);
        }
        let ran = tool.run_with(&input);
        for (mark, output) in [('|', &ran.out), ('!', &ran.err)] {
            for line in output.lines() {
                actual += format!("{mark} {line}").trim_end();
                actual.push('\n');
            }
        }
        actual += &format!("= {}\n", ran.code);
    }
    if env::var_os("UPDATE_TRANSCRIPT").is_some() {
        fs::write(format!("{folder}/transcript.txt"), &actual).unwrap();
    }
    for (expected, actual) in transcript.split("\n$ ").zip(actual.split("\n$ ")) {
        assert_eq!(actual, expected);
    }
    assert_eq!(actual.len(), transcript.len());
}

/// What `--curl` prints is sent by a real `curl` as it was signed, and read back by our parser.
#[test]
fn the_curl_command_sends_what_is_signed() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("it's a file {}", std::process::id()));
    fs::write(&file, (0..=255).collect::<Vec<u8>>()).unwrap();
    let quoted_file = quote(file.to_str().unwrap());
    let cases = include_str!("../data/sign-commands.txt");
    for (case, service) in cases.lines().flat_map(|case| [(case, "s3"), (case, "es")]) {
        let listener = Listener::bind();
        let arguments = format!("sign --curl --region r --service {service} {case}");
        let arguments = arguments.replace("URL", &listener.url()).replace("FILE", &quoted_file);
        let words = split(&arguments, |_| None).unwrap().words;
        let words: Vec<_> = words.iter().map(|word| str::from_utf8(word).unwrap()).collect();
        let ran = Tool::new(&words).env("AWS_SESSION_TOKEN", TOKEN).run();
        assert_eq!(ran.code, 0, "{}", ran.err);
        if Command::new("curl").arg("--version").output().is_err() {
            writeln!(stderr(), "SKIPPED: there is no curl to run").unwrap();
            break;
        }
        let mut shell = Command::new("sh");
        let home = env!("CARGO_TARGET_TMPDIR");
        shell.env_clear().env("PATH", env::var_os("PATH").unwrap());
        shell.env("HOME", home).env("CURL_HOME", home).args(["-c", &format!("exec {}", ran.out)]);
        let received = listener.run(shell).received;
        let verified = Tool::new(&["verify", "--request", "-"])
            .env("AWS_SESSION_TOKEN", TOKEN)
            .run_with(&received);
        assert_eq!(verified.code, 0, "{}\n{}{}", ran.out, verified.out, verified.err);

        let sent = Request::parse(&received).unwrap();
        let mut inputs = Inputs::default();
        inputs.body_file = Some(&*sent.body).filter(|_| case.contains("FILE"));
        let read = CurlCommand::parse(&ran.out, &inputs).unwrap();
        assert_eq!((&read.request.method, &read.request.body), (&sent.method, &sent.body));
        let has = |(name, value): &(String, Vec<u8>)| {
            sent.headers
                .iter()
                .any(|(other, sent)| other.eq_ignore_ascii_case(name) && sent == value)
        };
        assert!(read.request.headers.iter().all(has), "{}", ran.out);
    }
    fs::remove_file(&file).unwrap();
}

#[test]
fn what_cannot_be_done_ends_with_1_or_2_and_says_why() {
    for case in include_str!("../data/failures.tsv").lines().skip(1) {
        let [arguments, input, code, error] = case.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{case}");
        };
        let (arguments, input) = (arguments.replace("\\x1b", "\u{1b}"), input.replace("\\n", "\n"));
        let ran = Tool::new(&words(&arguments)).run_with(input.as_bytes());
        assert_eq!((ran.code.to_string(), &*ran.out), (code.into(), ""), "{case}: {}", ran.err);
        assert!(ran.err.contains(error) && !ran.err.contains('\u{1b}'), "{case}: {}", ran.err);
        assert!(!ran.err.contains(SECRET), "{case}");
    }
}

#[cfg(feature = "aws-config")]
#[test]
fn a_profile_has_keys_and_a_region() {
    let file =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("profiles {}", std::process::id()));
    fs::write(
        &file,
        "[work]\naws_access_key_id=AKIDWORK\naws_secret_access_key=secret\nregion=eu-west-1\n",
    )
    .unwrap();
    let tool = |arguments: &str| {
        let tool = Tool::new(&words(&format!("sign --service s https://h {arguments}")));
        let path = file.to_str().unwrap();
        tool.env("AWS_SHARED_CREDENTIALS_FILE", path)
            .env("AWS_CONFIG_FILE", path)
            .env("AWS_ACCESS_KEY_ID", "")
    };
    let ran = tool("--profile work").run();
    assert!(
        ran.code == 0
            && ran.out.contains("Credential=AKIDWORK/")
            && ran.out.contains("/eu-west-1/s/"),
        "{}",
        ran.err
    );
    assert_eq!(tool("").env("AWS_PROFILE", "work").run().code, 0);
    let both = tool("--profile work").env("AWS_ACCESS_KEY_ID", ID).run();
    assert!(both.code == 2 && both.err.contains("goes before --profile"), "{}", both.err);
    let none = tool("--region r").run();
    assert!(none.code == 2 && none.err.contains("name a profile with --profile"), "{}", none.err);
    fs::remove_file(&file).unwrap();
}

#[test]
fn colours_go_to_terminals_and_pages_are_printed() {
    let ran = |name: &str, value: &str| {
        sign("https://h/a#b").env("CLICOLOR_FORCE", "1").env(name, value).run()
    };
    let coloured = ran("A", "b");
    assert!(coloured.out.starts_with("\u{1b}[1mauthorization\u{1b}[0m: "), "{}", coloured.out);
    assert!(coloured.err.starts_with("\u{1b}[1mhint:\u{1b}[0m "), "{}", coloured.err);
    let plain = ran("NO_COLOR", "1");
    assert!(plain.out.starts_with("authorization: ") && plain.err.starts_with("hint: "));

    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(Tool::new(&["completions", shell]).run().out.contains("presign"), "{shell}");
    }
    assert!(Tool::new(&["man"]).run().out.contains(".TH countersign 1"));
    assert!(Tool::new(&["man", "verify"]).run().out.contains(".TH countersign-verify 1"));
    assert_eq!(Tool::new(&["man", "none"]).run().code, 2);
}
