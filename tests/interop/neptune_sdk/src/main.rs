//! Performs every operation of `aws-sdk-neptunedata`, the client of AWS's SDK, at the URL that is its argument: that of the
//! stand-in, with both of its access keys. Then one operation with a wrong secret.
//!
//! Prints a line for each answer: the access key id, the operation by the name that the SDK has for it, whether the signature
//! was accepted, and the status. Fails if one was not, or if the wrong secret was.

mod operations;

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};

use aws_sdk_neptunedata::Client;
use aws_sdk_neptunedata::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_neptunedata::config::retry::RetryConfig;
use aws_sdk_neptunedata::config::{
    BehaviorVersion, Config, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
};
use aws_sdk_neptunedata::error::BoxError;
use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::orchestrator::Metadata;

use self::operations::Call;

const REGION: &str = "us-east-1";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const LONG_LIVED: &str = "AKIAIOSFODNN7EXAMPLE";
const TEMPORARY: &str = "ASIAIOSFODNN7EXAMPLE";
const TOKEN: &str = "AQoDYXdzEJrtokenEXAMPLE/+=";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("the URL of the stand-in is missing")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let is_good = runtime.block_on(run(&url))?;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run(url: &str) -> Result<bool, String> {
    let mut is_good = true;
    for (key, token) in [(LONG_LIVED, None), (TEMPORARY, Some(TOKEN))] {
        let peer = Peer::new(url, key, SECRET, token);
        let mut accepted = BTreeSet::new();
        for call in operations::all(&peer.client) {
            let answer = peer.perform(call).await?;
            if answer.is_accepted() {
                accepted.insert(answer.operation);
            }
        }
        if accepted.len() != operations::COUNT {
            eprintln!("{key}: {} of {} operations", accepted.len(), operations::COUNT);
            is_good = false;
        }
    }
    let forger = Peer::new(url, LONG_LIVED, "another secret", None);
    let status = operations::call(forger.client.get_engine_status().send());
    let is_refused = !forger.perform(status).await?.is_accepted();
    Ok(is_good && is_refused)
}

/// A client, and the answers that it gets.
struct Peer {
    key: &'static str,
    client: Client,
    answers: Receiver<Answer>,
}

impl Peer {
    fn new(url: &str, key: &'static str, secret: &str, token: Option<&str>) -> Self {
        let (sender, answers) = channel();
        let credentials = Credentials::new(key, secret, token.map(str::to_owned), None, "interop");
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(credentials)
            .endpoint_url(url)
            .http_client(Builder::new().build_http())
            .interceptor(Recorder(sender))
            .region(Region::new(REGION))
            .retry_config(RetryConfig::disabled())
            .build();
        Self { key, client: Client::from_conf(config), answers }
    }

    async fn perform(&self, call: Call) -> Result<Answer, String> {
        call.await?;
        let answer = self.answers.try_recv().map_err(|error| error.to_string())?;
        let verdict = if answer.is_accepted() { "accepted" } else { "refused" };
        println!("{}: {}: {verdict}: {}", self.key, answer.operation, answer.status);
        Ok(answer)
    }
}

#[derive(Debug)]
struct Answer {
    operation: String,
    status: u16,
}

impl Answer {
    /// No other refusal has this status.
    fn is_accepted(&self) -> bool {
        self.status != 403
    }
}

/// Tells of each answer as it came, whether or not the client can read it.
#[derive(Debug)]
struct Recorder(Sender<Answer>);

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().ok_or("the operation has no name")?.name();
        let status = context.response().status().as_u16();
        Ok(self.0.send(Answer { operation: operation.to_owned(), status })?)
    }
}
