//! Credentials as AWS's SDK finds them. Its default chain reads the environment, so each look-up is a process of its own.

use core::error::Error;
use core::time::Duration;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Instant, SystemTime};
use std::{env, fmt, fs, process, thread};

use countersign::aws_config::aws_credential_types::Credentials;
use countersign::aws_config::aws_credential_types::provider::error::CredentialsError;
use countersign::aws_config::aws_credential_types::provider::{
    ProvideCredentials as SdkProvider, SharedCredentialsProvider, future,
};
use countersign::aws_config::{DefaultChain, Provider};
use countersign::keyspaces::KeyspacesSigner;
use countersign::{ProvideCredentials, RefreshingSigner};

/// Set for the process of a look-up. Where it holds a text, that becomes the file of credentials after the first look-up,
/// and a second one follows.
const LOOK_UP: &str = "COUNTERSIGN_TEST_LOOK_UP";
const PROFILE: &str = "COUNTERSIGN_TEST_PROFILE";

/// What the look-ups below start.
#[tokio::test]
#[ignore = "the tests start it, with an environment"]
async fn look_up() {
    let Ok(next) = env::var(LOOK_UP) else { return };
    let chain = match env::var(PROFILE) {
        Ok(name) => DefaultChain::load_profile(name).await,
        Err(_) => DefaultChain::load().await,
    };
    println!("\nregion {:?}", chain.region());
    println!("{}", shown(chain.provide().await));
    if !next.is_empty() {
        fs::write(env::var("AWS_SHARED_CREDENTIALS_FILE").unwrap(), next).unwrap();
        println!("{}", shown(chain.provide().await));
    }
}

fn shown(found: Result<countersign::Credentials, countersign::ProvideError>) -> String {
    match found {
        Ok(found) => format!(
            "found {} {} {:?} {:?}",
            found.access_key_id(),
            found.secret_access_key(),
            found.session_token(),
            found.expires_at().map(time::OffsetDateTime::unix_timestamp),
        ),
        Err(error) => format!("error {error}"),
    }
}

/// A machine: its directory, and its environment.
struct Machine {
    home: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Machine {
    fn new(name: &str) -> Self {
        let home = env::temp_dir().join(format!("countersign-{}-{name}", process::id()));
        fs::create_dir_all(&home).unwrap();
        let machine = Self { home, variables: Vec::new() };
        machine.with("AWS_EC2_METADATA_DISABLED", "true").with(LOOK_UP, "")
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// A file, which a variable names.
    fn with_file(self, name: &'static str, text: &str) -> Self {
        let path = self.home.join(name);
        fs::write(&path, text).unwrap();
        self.with(name, path.to_str().unwrap())
    }

    /// What the look-ups found there.
    fn looks_up(&self) -> Vec<String> {
        let output = Command::new(env::current_exe().unwrap())
            .args(["look_up", "--exact", "--ignored", "--nocapture"])
            .env_clear()
            .env("HOME", &self.home)
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let lines = String::from_utf8(output.stdout).unwrap();
        let told = |line: &&str| {
            ["region ", "found ", "error "].iter().any(|start| line.starts_with(start))
        };
        lines.lines().filter(told).map(str::to_owned).collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// A server on loopback. `answer` gets the request's first line and its headers.
fn serve(answer: impl Fn(&str, &[String]) -> Option<String> + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let [first, headers @ ..] = &lines[..] else { continue };
            let (status, body) = match answer(first, headers) {
                Some(body) => ("200 OK", body),
                None => ("404 Not Found", String::new()),
            };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nx-aws-ec2-metadata-token-ttl-seconds: 600\r\n\
                 connection: close\r\n\r\n{body}"
            );
        }
    });
    format!("http://{address}")
}

/// As the metadata services answer.
fn answer_of_metadata(name: &str) -> String {
    format!(
        r#"{{"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z", "AccessKeyId": "{name}-id",
            "SecretAccessKey": "{name}-secret", "Token": "{name}-token", "Expiration": "2099-01-01T00:00:00Z"}}"#
    )
}

/// 2099-01-01T00:00:00Z.
const END: i64 = 4_070_908_800;

const KEYS: &str = "[default]\naws_access_key_id = file-id\naws_secret_access_key = file-secret\n\
    [other]\naws_access_key_id = other-id\naws_secret_access_key = other-secret\naws_session_token = other-token\n";

#[test]
fn of_the_environment() {
    let machine = Machine::new("environment")
        .with_file("AWS_SHARED_CREDENTIALS_FILE", KEYS)
        .with("AWS_ACCESS_KEY_ID", "env-id")
        .with("AWS_SECRET_ACCESS_KEY", "env-secret")
        .with("AWS_SESSION_TOKEN", "env-token")
        .with("AWS_DEFAULT_REGION", "us-east-2");
    let expected =
        [r#"region Some("us-east-2")"#, r#"found env-id env-secret Some("env-token") None"#];
    assert_eq!(machine.looks_up(), expected);
    let machine = machine.with("AWS_REGION", "us-west-2");
    assert_eq!(machine.looks_up()[0], r#"region Some("us-west-2")"#);
}

#[test]
fn of_a_profile() {
    let config = "[default]\nregion = eu-west-1\n[profile other]\nregion = eu-west-2\n";
    let machine = Machine::new("profile")
        .with_file("AWS_SHARED_CREDENTIALS_FILE", KEYS)
        .with_file("AWS_CONFIG_FILE", config)
        // Counts as none.
        .with("AWS_REGION", "");
    let default = [r#"region Some("eu-west-1")"#, "found file-id file-secret None None"];
    assert_eq!(machine.looks_up(), default);
    let other =
        [r#"region Some("eu-west-2")"#, r#"found other-id other-secret Some("other-token") None"#];
    let machine = machine.with(PROFILE, "other");
    assert_eq!(machine.looks_up(), other);

    let machine = Machine::new("profile-variable")
        .with_file("AWS_SHARED_CREDENTIALS_FILE", KEYS)
        .with_file("AWS_CONFIG_FILE", config)
        .with("AWS_PROFILE", "other");
    assert_eq!(machine.looks_up(), other);
}

/// The SDK's own chain reads a profile once.
#[test]
fn each_look_up_reads_the_profile_anew() {
    let machine = Machine::new("rotated")
        .with_file("AWS_SHARED_CREDENTIALS_FILE", KEYS)
        .with(LOOK_UP, KEYS.replace("file-", "rotated-"));
    let expected = [
        "region None",
        "found file-id file-secret None None",
        "found rotated-id rotated-secret None None",
    ];
    assert_eq!(machine.looks_up(), expected);
}

#[test]
fn of_a_process() {
    let answer = r#"{"Version": 1, "AccessKeyId": "process-id", "SecretAccessKey": "process-secret",
        "SessionToken": "process-token", "Expiration": "2099-01-01T00:00:00Z"}"#;
    let machine = Machine::new("process").with_file("ANSWER", answer);
    let config = "[default]\nregion = us-east-2\ncredential_process = cat $ANSWER\n";
    let machine = machine.with_file("AWS_CONFIG_FILE", config);
    let found = format!(r#"found process-id process-secret Some("process-token") Some({END})"#);
    assert_eq!(machine.looks_up()[1], found);
}

/// ECS, EKS Pod Identity.
#[test]
fn of_a_container() {
    let server = serve(|line, headers| {
        let authorized =
            headers.iter().any(|line| line.eq_ignore_ascii_case("authorization: open sesame"));
        (authorized && line == "GET /credentials HTTP/1.1").then(|| answer_of_metadata("ecs"))
    });
    let machine = Machine::new("container")
        .with("AWS_REGION", "us-east-2")
        .with("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{server}/credentials"))
        .with("AWS_CONTAINER_AUTHORIZATION_TOKEN", "open sesame");
    let found = format!(r#"found ecs-id ecs-secret Some("ecs-token") Some({END})"#);
    assert_eq!(machine.looks_up()[1], found);

    let machine = machine.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{server}/elsewhere"));
    let error = &machine.looks_up()[1];
    assert!(error.starts_with("error credential lookup failed: "), "{error}");
    assert!(error.contains("404"), "{error}");
}

#[test]
fn of_a_machine_of_ec2() {
    let server = serve(|line, _| match line {
        "PUT /latest/api/token HTTP/1.1" => Some("token".into()),
        "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" => Some("role".into()),
        "GET /latest/meta-data/iam/security-credentials/role HTTP/1.1" => {
            Some(answer_of_metadata("ec2"))
        }
        _ => None,
    });
    let machine = Machine::new("ec2")
        .with("AWS_REGION", "us-east-2")
        .with("AWS_EC2_METADATA_DISABLED", "false")
        .with("AWS_EC2_METADATA_SERVICE_ENDPOINT", server);
    let found = format!(r#"found ec2-id ec2-secret Some("ec2-token") Some({END})"#);
    assert_eq!(machine.looks_up()[1], found);
}

#[test]
fn of_a_web_identity() {
    let server = serve(|line, _| {
        line.starts_with("POST / ").then(|| {
            "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>web-id</AccessKeyId>\
             <SecretAccessKey>web-secret</SecretAccessKey><SessionToken>web-token</SessionToken>\
             <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
             </AssumeRoleWithWebIdentityResponse>"
                .into()
        })
    });
    let machine = Machine::new("web-identity")
        .with_file("AWS_WEB_IDENTITY_TOKEN_FILE", "a token")
        .with("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/role")
        .with("AWS_REGION", "us-east-2")
        .with("AWS_ENDPOINT_URL_STS", server);
    let found = format!(r#"found web-id web-secret Some("web-token") Some({END})"#);
    assert_eq!(machine.looks_up()[1], found);
}

#[test]
fn none_anywhere() {
    let begun = Instant::now();
    let lines = Machine::new("none").with("AWS_REGION", "us-east-2").looks_up();
    assert!(lines[1].starts_with("error credential lookup failed: "), "{lines:?}");
    assert!(lines[1].contains("no providers in chain provided credentials"), "{lines:?}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_metadata_service_that_never_answers_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let begun = Instant::now();
    let lines = Machine::new("silent")
        .with("AWS_REGION", "us-east-2")
        .with("AWS_EC2_METADATA_DISABLED", "false")
        .with(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            format!("http://{}", listener.local_addr().unwrap()),
        )
        .looks_up();
    assert!(lines[1].starts_with("error credential lookup failed: "), "{lines:?}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

/// A cause within a cause.
#[derive(Debug)]
struct Outer(std::io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the door is stuck")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[derive(Debug)]
struct Broken;

impl SdkProvider for Broken {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let cause = Outer(std::io::Error::other("its hinges rust"));
        future::ProvideCredentials::ready(Err(CredentialsError::provider_error(cause)))
    }
}

#[tokio::test]
async fn any_provider_of_the_sdk() {
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(4_070_908_800);
    let sdk = Credentials::new("sdk-id", "sdk-secret", Some("sdk-token".into()), Some(end), "test");
    let provider = Provider::from(SharedCredentialsProvider::new(sdk));
    let found = format!(r#"found sdk-id sdk-secret Some("sdk-token") Some({END})"#);
    assert_eq!(shown(provider.provide().await), found);
    let shown_debug = format!("{provider:?}");
    assert!(
        !shown_debug.contains("sdk-secret") && !shown_debug.contains("sdk-token"),
        "{shown_debug}"
    );

    let signers =
        RefreshingSigner::start(provider, |found| KeyspacesSigner::new(found, "us-east-2")).await;
    let signer = signers.unwrap().current().unwrap();
    assert!(format!("{signer:?}").contains("sdk-id"));

    let fixed = Credentials::new("sdk-id", "sdk-secret", None, None, "test");
    assert_eq!(shown(Provider::new(fixed).provide().await), "found sdk-id sdk-secret None None");
}

#[tokio::test]
async fn an_error_tells_all_its_causes() {
    assert_eq!(
        shown(Provider::new(Broken).provide().await),
        "error credential lookup failed: an error occurred while loading credentials: the door is stuck: \
         its hinges rust"
    );
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_800);
    let late = Credentials::new("sdk-id", "sdk-secret", None, Some(end), "test");
    assert_eq!(
        shown(Provider::new(late).provide().await),
        "error credential lookup failed: the time is out of range: it does not exist, or is outside the years 1 to 9999"
    );
}
