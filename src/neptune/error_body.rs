//! What Neptune says when it refuses
//! ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html)).

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use serde_json::Value;

#[cfg(feature = "explain")]
use crate::explain::Answer;

/// How much of a body is read: Neptune says less.
const MAX_BYTES: usize = 256 * 1024;

/// The body of an error: `{"requestId":…,"code":…,"detailedMessage":…}`. What is not understood is left out, so that reading
/// never fails.
///
/// ```
/// use countersign::neptune::ErrorBody;
///
/// let body = br#"{"requestId":"0f3c","code":"AccessDeniedException","detailedMessage":"Missing Authentication Token"}"#;
/// let error = ErrorBody::parse(body);
/// assert_eq!(error.code(), Some("AccessDeniedException"));
/// assert_eq!(error.message(), Some("Missing Authentication Token"));
/// assert_eq!(error.request_id(), Some("0f3c"));
/// ```
#[derive(Clone)]
pub struct ErrorBody {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    #[cfg(feature = "explain")]
    body: bytes::Bytes,
}

impl ErrorBody {
    /// Reads a body, at most 256 KiB of it.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let body = body.get(..MAX_BYTES).unwrap_or(body);
        let json = serde_json::from_slice(body).ok().filter(Value::is_object);
        let member = |name| json.as_ref()?.get(name)?.as_str().map(ToOwned::to_owned);
        let text = || {
            let text = String::from_utf8_lossy(body).trim().to_owned();
            Some(text).filter(|text| json.is_none() && !text.is_empty())
        };
        Self {
            code: member("code"),
            message: member("detailedMessage").or_else(|| member("message")).or_else(text),
            request_id: member("requestId"),
            #[cfg(feature = "explain")]
            body: bytes::Bytes::copy_from_slice(body),
        }
    }

    /// The name of the error, such as `AccessDeniedException`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The error's text as it came; all of the body, where that is no JSON object, as from a proxy. It may quote the request,
    /// a session token too.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The id under which AWS finds the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The same for [`Signer::explain_raw`](crate::Signer::explain_raw), with the answer's status.
    #[cfg(feature = "explain")]
    #[must_use]
    pub fn to_answer(&self, status: Option<u16>) -> Answer {
        Answer::new(status, &[], &self.body)
    }
}

/// Shows no message.
impl fmt::Debug for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorBody")
            .field("code", &self.code)
            .field("request_id", &self.request_id)
            .field("message_bytes", &self.message.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}
