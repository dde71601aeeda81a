//! The names of headers that signing knows, in lower case.

pub(crate) const AUTHORIZATION: &str = "authorization";
/// The host under the name that HTTP/2 gives it.
pub(crate) const AUTHORITY: &str = ":authority";
pub(crate) const CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(crate) const DATE: &str = "x-amz-date";
pub(crate) const HOST: &str = "host";
