//! The signature of each request.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, CONNECTION, CONTENT_TYPE, HeaderName, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign::protocol::Timestamp;
use countersign::verifier::{self, Verifier};
use http_body_util::LengthLimitError;
use tokio::time::timeout;

use super::ReceivedRequest;
use super::limits::Limits;
use super::rejection::Rejection;
use crate::access_keys::AccessKeys;
use crate::journal::{Journal, Verdict, printable};

/// Headers that handlers read although many clients do not sign them. All others reach a handler only if they are signed.
const TRUSTED_UNSIGNED: [HeaderName; 8] = [
    ACCEPT,
    CONNECTION,
    CONTENT_TYPE,
    SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION,
    UPGRADE,
];

pub(crate) struct Guard {
    pub(crate) verifier: Verifier,
    pub(crate) keys: AccessKeys,
    pub(crate) journal: Arc<Journal<ReceivedRequest>>,
    pub(crate) limits: Arc<Limits>,
}

/// The outermost layer: anything before it that changes a request changes what was signed.
///
/// Nothing guards against replays, because clients may sign the same request twice within a second.
pub(crate) async fn verify(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let (verdict, response) = match guard.admit(request).await {
        Ok((access_key_id, request)) => (Verdict::Verified(access_key_id), next.run(request).await),
        Err(rejection) => {
            (Verdict::Rejected(rejection.message().to_owned()), rejection.into_response())
        }
    };
    let error = response.extensions().get::<Rejection>().map(Rejection::summary);
    guard.journal.record(ReceivedRequest {
        method: printable(&method),
        path: printable(&path),
        verdict,
        status: response.status().as_u16(),
        error: error.map(|error| printable(&error)),
    });
    response
}

impl Guard {
    /// Returns who signed a request, and the request with what is proved of it.
    async fn admit(&self, request: Request) -> Result<(String, Request), Rejection> {
        let (mut parts, body) = request.into_parts();
        if head_bytes(&parts) > self.limits.head_bytes {
            let message = format!("The head has more than {} bytes", self.limits.head_bytes);
            return Err(Rejection::new(431, "BadRequestException", message));
        }
        // The claim is read before the body, so that a client that is rejected here need not send one.
        let now = Timestamp::now().map_err(Rejection::internal)?;
        let claim = self.verifier.read(&parts, now)?;
        let key = self.keys.find(claim.access_key_id(), claim.scope());
        let body = self.read(body).await?;
        let verified = claim.verify(&key, verifier::Body::Bytes(&body))?;
        verified.remove_unsigned(&mut parts.headers, &TRUSTED_UNSIGNED);
        let access_key_id = verified.access_key_id().to_owned();
        Ok((access_key_id, Request::from_parts(parts, Body::from(body))))
    }

    /// Reads a whole body: none of it can be trusted before all of it is verified.
    async fn read(&self, body: Body) -> Result<Bytes, Rejection> {
        let most = self.limits.body_bytes;
        let Ok(read) = timeout(self.limits.body_time, to_bytes(body, most)).await else {
            return Err(Rejection::new(408, "BadRequestException", "The body came too slowly"));
        };
        read.map_err(|error| {
            if error.into_inner().is::<LengthLimitError>() {
                let message = format!("The body has more than {most} bytes");
                return Rejection::new(413, "QueryTooLargeException", message);
            }
            // The client went away, or broke HTTP.
            Rejection::bad_request("The body could not be read")
        })
    }
}

/// The size of a head as HTTP/1.1 writes it, without the version.
fn head_bytes(parts: &Parts) -> usize {
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let fields = parts.headers.iter();
    let fields = fields.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    parts.method.as_str().len() + target + fields.sum::<usize>()
}
