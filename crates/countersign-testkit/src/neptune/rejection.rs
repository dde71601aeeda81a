//! Errors as Neptune writes them
//! (<https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html>).

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use countersign::verifier::{ErrorFormat, ErrorResponse, VerifyError};
use serde_json::Value;

/// An answer with an error. The response carries it in its extensions, for the journal.
#[derive(Clone, Debug)]
pub(crate) struct Rejection {
    response: ErrorResponse,
    message: String,
}

impl Rejection {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        let response =
            ErrorResponse::new(ErrorFormat::Neptune, status, code, &message, &next_request_id());
        Self { response, message }
    }

    /// The request is wrong.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequestException", message)
    }

    /// The query or the graph cannot be read.
    pub(crate) fn malformed(error: impl ToString) -> Self {
        Self::new(400, "MalformedQueryException", error.to_string())
    }

    /// The query would be too expensive to read.
    pub(crate) fn query_too_large(message: impl Into<String>) -> Self {
        Self::new(400, "QueryTooLargeException", message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(400, "UnsupportedOperationException", message)
    }

    pub(crate) fn missing_parameter(message: impl Into<String>) -> Self {
        Self::new(400, "MissingParameterException", message)
    }

    /// The query took longer than it may.
    pub(crate) fn time_limit() -> Self {
        Self::new(500, "TimeLimitExceededException", "The query took longer than it may")
    }

    pub(crate) fn memory_limit(message: impl Into<String>) -> Self {
        Self::new(500, "MemoryLimitExceededException", message)
    }

    /// The server failed.
    pub(crate) fn internal(error: impl ToString) -> Self {
        Self::new(500, "InternalFailureException", error.to_string())
    }

    /// The error body, for where it does not travel over HTTP.
    pub(crate) fn body(&self) -> String {
        String::from_utf8_lossy(&self.response.body).into_owned()
    }

    /// The code and the message.
    pub(crate) fn summary(&self) -> String {
        format!("{}: {}", self.response.code, self.message)
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl From<VerifyError> for Rejection {
    fn from(error: VerifyError) -> Self {
        let response = error.response(ErrorFormat::Neptune, &next_request_id());
        Self { response, message: error.to_string() }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut response = Response::from(self.response.clone());
        response.extensions_mut().insert(self);
        response
    }
}

/// Returns a request id that has the form of a UUID, as Neptune's have. They count from 0.
pub(crate) fn next_request_id() -> String {
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    format!("00000000-0000-4000-8000-{:012x}", REQUESTS.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn json_response(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
