//! The headers of a request as they came, and the names that signing knows.

pub(crate) const AUTHORIZATION: &str = "authorization";
/// The host under the name that HTTP/2 gives it.
pub(crate) const AUTHORITY: &str = ":authority";
pub(crate) const CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(crate) const DATE: &str = "x-amz-date";
pub(crate) const HOST: &str = "host";

/// The headers of a request in the order in which they came: names in any case, values of any bytes.
pub(crate) trait SentHeaders<'a>: Copy {
    fn iter(self) -> impl Iterator<Item = (&'a str, &'a [u8])>;
}

impl<'a> SentHeaders<'a> for &'a [(&'a str, &'a [u8])] {
    fn iter(self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        <[_]>::iter(self).copied()
    }
}
