//! The parts of a request as they are sent: everything but the unreserved is percent-encoded, a blank as `%20`.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt::Display;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderValue};
use http::{Method, Request, Uri};
use serde_json::Value;

use super::error::NeptuneError;
use crate::protocol::{PercentEncoder, Sink};

/// Pairs of names and values, in a query or in a form.
pub(super) struct Pairs(Vec<u8>);

impl Pairs {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn with(self, name: &str, value: &str) -> Self {
        let mut pairs = self.with_name(name);
        pairs.0.write(b"=");
        PercentEncoder(&mut pairs.0).write(value.as_bytes());
        pairs
    }

    /// A name without a value.
    pub(super) fn with_name(mut self, name: &str) -> Self {
        if !self.0.is_empty() {
            self.0.write(b"&");
        }
        PercentEncoder(&mut self.0).write(name.as_bytes());
        self
    }

    pub(super) fn with_some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, &value.to_string()),
            None => self,
        }
    }
}

/// A body, and what it is.
pub(super) enum Content {
    None,
    Some { content_type: HeaderValue, body: Bytes },
}

impl Content {
    pub(super) fn json(value: &Value) -> Self {
        let content_type = HeaderValue::from_static("application/json");
        Self::Some { content_type, body: value.to_string().into() }
    }

    pub(super) fn form(pairs: Pairs) -> Self {
        let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        Self::Some { content_type, body: pairs.0.into() }
    }

    /// `start` is the URI as far as the query.
    pub(super) fn into_request(
        self,
        method: Method,
        start: &[&[u8]],
        query: Pairs,
        host: Option<HeaderValue>,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let mut uri = start.concat();
        if !query.0.is_empty() {
            uri.write(b"?");
            uri.write(&query.0);
        }
        let length = uri.len();
        // Cannot fail for another reason: the host was checked, and the rest is encoded.
        let uri = Uri::from_maybe_shared(Bytes::from(uri))
            .map_err(|_| NeptuneError::UriTooLong { length })?;
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        if let Some(host) = host {
            request.headers_mut().insert(HOST, host);
        }
        if let Self::Some { content_type, body } = self {
            request.headers_mut().insert(CONTENT_TYPE, content_type);
            *request.body_mut() = body;
        }
        Ok(request)
    }
}

/// A path of these segments.
pub(super) fn path(segments: &[&str]) -> Result<Vec<u8>, NeptuneError> {
    if segments.is_empty() {
        return Ok(b"/".to_vec());
    }
    let mut path = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        // Clients and signers would take it out, and the request would be another.
        if matches!(*segment, "" | "." | "..") {
            return Err(NeptuneError::PathSegment { index });
        }
        path.write(b"/");
        PercentEncoder(&mut path).write(segment.as_bytes());
    }
    Ok(path)
}

/// A text that must say something.
pub(super) fn filled<'a>(name: &'static str, text: &'a str) -> Result<&'a str, NeptuneError> {
    if text.trim().is_empty() { Err(NeptuneError::Empty { name }) } else { Ok(text) }
}

/// A number that the service takes.
pub(super) fn in_range(
    name: &'static str,
    value: Option<u32>,
    most: u32,
) -> Result<Option<u32>, NeptuneError> {
    match value.filter(|value| *value == 0 || *value > most) {
        Some(value) => Err(NeptuneError::OutOfRange { name, value, most }),
        None => Ok(value),
    }
}
