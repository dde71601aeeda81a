//! What a server answers in place of what was asked for, as the dialects write it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::escape::{Json, Xml};

/// How a service writes its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// JSON with `__type` and `message`, as API Gateway, OpenSearch and most newer services answer. DynamoDB does so, too,
    /// but always with status 400.
    Json,
    /// JSON with `requestId`, `code` and `detailedMessage`: Neptune. Its codes other than `AccessDeniedException` are
    /// ours.
    Neptune,
    /// XML in an `ErrorResponse`: IAM, STS and other services of the query protocol.
    Query,
    /// XML in an `Error`, with codes and texts of its own: S3. The code for a wrong token is ours: it does not tell whether
    /// the key is known.
    S3,
}

/// What to answer. A `HEAD` request gets no body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The code, as the dialect writes it.
    pub code: &'static str,
    /// Names, in lower case, and values: the body's type, the request's id, and in JSON the code once more.
    pub headers: Vec<(&'static str, String)>,
    /// The body, in UTF-8.
    pub body: Vec<u8>,
}

impl ErrorResponse {
    /// A refusal of the server's own in the same dialect: a body over its limit, a replay, too many requests.
    ///
    /// ```
    /// use countersign::verifier::{Dialect, ErrorResponse};
    ///
    /// let refusal = ErrorResponse::new(Dialect::S3, 400, "EntityTooLarge", "The body is too large", "0a1b2c");
    /// assert!(refusal.body.ends_with(b"<RequestId>0a1b2c</RequestId></Error>"));
    /// ```
    #[must_use]
    pub fn new(
        dialect: Dialect,
        status: u16,
        code: &'static str,
        message: &str,
        request_id: &str,
    ) -> Self {
        let message = message.into();
        Answer { status, code, message, details: Vec::new() }.write(dialect, request_id)
    }
}

/// What a dialect makes of an error, still to be written down.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// Elements that S3 adds.
    pub(super) details: Vec<(&'static str, String)>,
}

impl Answer {
    /// Writes it down.
    pub(super) fn write(&self, dialect: Dialect, request_id: &str) -> ErrorResponse {
        let Self { status, code, message, details } = self;
        let (status, code) = (*status, *code);
        let (content_type, id_header, body) = match dialect {
            Dialect::Json => {
                let body = format!(r#"{{"__type":"{code}","message":{}}}"#, Json(message));
                ("application/x-amz-json-1.0", "x-amzn-requestid", body)
            }
            Dialect::Neptune => {
                let (id, message) = (Json(request_id), Json(message));
                let body =
                    format!(r#"{{"requestId":{id},"code":"{code}","detailedMessage":{message}}}"#);
                ("application/json", "x-amzn-requestid", body)
            }
            Dialect::Query => {
                let kind = if status < 500 { "Sender" } else { "Receiver" };
                let (id, message) = (Xml(request_id), Xml(message));
                let body = format!(
                    "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>{id}</RequestId></ErrorResponse>"
                );
                ("text/xml", "x-amzn-requestid", body)
            }
            Dialect::S3 => {
                let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
                let own = [("Code", code), ("Message", message)].into_iter();
                let details = details.iter().map(|(name, text)| (*name, text.as_str()));
                for (name, text) in own.chain(details).chain([("RequestId", request_id)]) {
                    // Writing to a string does not fail.
                    let _ = write!(body, "<{name}>{}</{name}>", Xml(text));
                }
                ("application/xml", "x-amz-request-id", body + "</Error>")
            }
        };
        let mut headers =
            Vec::from([("content-type", content_type.into()), (id_header, request_id.into())]);
        if dialect == Dialect::Json {
            headers.push(("x-amzn-errortype", code.into()));
        }
        ErrorResponse { status, code, headers, body: body.into_bytes() }
    }
}
