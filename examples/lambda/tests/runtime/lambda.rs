//! A stand-in for [Lambda's runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), and the function as
//! a process of it.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::neptune::Certificate;

/// No test waits longer than this.
const LIMIT: Duration = Duration::from_secs(30);

/// What the function returns, or why it failed.
type Outcome = Result<String, Failure>;

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    pub(crate) error_type: String,
    pub(crate) error_message: String,
}

impl Failure {
    pub(crate) fn new(error_type: &str, error_message: &str) -> Self {
        Self { error_type: error_type.into(), error_message: error_message.into() }
    }
}

struct Invocation {
    id: String,
    deadline: SystemTime,
    event: String,
}

/// What the API shares with the test.
struct Api {
    invocations: Mutex<UnboundedReceiver<Invocation>>,
    outcomes: UnboundedSender<(String, Outcome)>,
}

pub(crate) struct Lambda {
    process: Child,
    /// Its file is read when the process starts.
    _certificate: Certificate,
    invocations: UnboundedSender<Invocation>,
    outcomes: UnboundedReceiver<(String, Outcome)>,
    invoked: u32,
}

impl Lambda {
    /// A process with these variables, and those that Lambda sets; with nothing of this process's environment.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let (invocations, received) = unbounded_channel();
        let (sent, outcomes) = unbounded_channel();
        let api = Arc::new(Api { invocations: Mutex::new(received), outcomes: sent });
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(respond))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(fail))
            .route("/2018-06-01/runtime/init/error", post(fail_to_start))
            .with_state(api);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        tokio::spawn(async { axum::serve(listener, app).await });

        // The function wants some, and there may be none on the machine.
        let certificate = Certificate::of("localhost");
        let process = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_NAME", "neptune")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_REGION", crate::neptune::REGION)
            .env("SSL_CERT_FILE", certificate.file())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { process, _certificate: certificate, invocations, outcomes, invoked: 0 }
    }

    pub(crate) async fn invoke(&mut self, event: &Value) -> Outcome {
        self.invoke_for(LIMIT, event).await
    }

    /// Invokes the function that may run for so long.
    pub(crate) async fn invoke_for(&mut self, time: Duration, event: &Value) -> Outcome {
        self.invoked += 1;
        let (id, event) = (format!("request-{}", self.invoked), event.to_string());
        let invocation = Invocation { id: id.clone(), deadline: SystemTime::now() + time, event };
        assert!(self.invocations.send(invocation).is_ok(), "the runtime API is gone");
        let outcome = timeout(time.min(LIMIT), self.outcomes.recv()).await;
        let (of, outcome) = outcome.expect("the function says nothing").unwrap();
        assert_eq!(of, id);
        outcome
    }

    /// Ends the process, and hands back its log.
    pub(crate) async fn stop(mut self) -> String {
        self.process.start_kill().unwrap();
        let output = timeout(LIMIT, self.process.wait_with_output()).await.unwrap().unwrap();
        String::from_utf8(output.stderr).unwrap()
    }
}

async fn next(State(api): State<Arc<Api>>) -> ([(&'static str, String); 3], String) {
    let invocation = api.invocations.lock().await.recv().await;
    // There is none any more when the test is over, and the process too.
    let Some(Invocation { id, deadline, event }) = invocation else { std::future::pending().await };
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap().as_millis().to_string();
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:neptune".to_owned();
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline),
        ("lambda-runtime-invoked-function-arn", arn),
    ];
    (headers, event)
}

async fn respond(State(api): State<Arc<Api>>, Path(id): Path<String>, body: String) -> StatusCode {
    api.end(id, Ok(body))
}

async fn fail(State(api): State<Arc<Api>>, Path(id): Path<String>, body: String) -> StatusCode {
    api.end(id, Err(serde_json::from_str(&body).unwrap()))
}

async fn fail_to_start(State(api): State<Arc<Api>>, body: String) -> StatusCode {
    api.end("none: it failed to start".into(), Err(Failure::new("init", &body)))
}

impl Api {
    fn end(&self, id: String, outcome: Outcome) -> StatusCode {
        // Nobody waits for it when the test is over.
        let _ = self.outcomes.send((id, outcome));
        StatusCode::ACCEPTED
    }
}
