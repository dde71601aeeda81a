//! What the stand-in refuses, in Neptune's words.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::response::{IntoResponse, Response};
use countersign::verifier::{ErrorFormat, ErrorResponse, VerifyError};

/// An answer with an error body, and what the log says of it. The response carries it in its extensions, for the log.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    response: ErrorResponse,
    message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        let response =
            ErrorResponse::new(ErrorFormat::Neptune, status, code, &message, &next_request_id());
        Self { response, message }
    }

    /// The request itself is wrong.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequestException", message)
    }

    /// The fault is here.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalFailureException", message)
    }

    /// The error body alone, for where it does not travel over HTTP.
    pub(crate) fn body(&self) -> String {
        String::from_utf8_lossy(&self.response.body).into_owned()
    }

    /// The status, the code and the message.
    pub(crate) fn in_a_line(&self) -> String {
        format!("{} {}: {}", self.response.status, self.response.code, self.message)
    }
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        let response = error.response(ErrorFormat::Neptune, &next_request_id());
        Self { response, message: error.to_string() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::from(self.response.clone());
        response.extensions_mut().insert(self);
        response
    }
}

/// In the form of a UUID, as Neptune's are; they count from 0.
pub(crate) fn next_request_id() -> String {
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    format!("00000000-0000-4000-8000-{:012x}", REQUESTS.fetch_add(1, Ordering::Relaxed))
}
