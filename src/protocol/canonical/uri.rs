//! The canonical path.

use core::fmt;

use crate::error::CanonicalError;
use crate::protocol::encoding::{encode, is_unreserved, reencode};
use crate::protocol::rules::{PathEncoding, PathNormalization, Plus, Rules};
use crate::protocol::scratch::Scratch;
use crate::protocol::sink::{Sink, Text};

/// The path of a request, as its rules sign it
/// ([AWS: create a canonical request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).
///
/// ```
/// use countersign::protocol::{Rules, canonical::Path};
///
/// let sent = b"/a%20b/./c/../~d";
/// assert_eq!(Path::new(sent, &Rules::DEFAULT)?.to_string(), "/a%2520b/~d");
/// assert_eq!(Path::new(sent, &Rules::S3)?.to_string(), "/a%20b/./c/../~d");
/// # Ok::<(), countersign::CanonicalError>(())
/// ```
#[derive(Clone)]
pub struct Path<'a> {
    sent: &'a [u8],
    normalization: PathNormalization,
    encoding: PathEncoding,
}

impl<'a> Path<'a> {
    /// The path as it is sent, without the query. An empty one is `/`.
    ///
    /// # Errors
    /// [`CanonicalError::PathNotAbsolute`] if it does not begin with `/`.
    pub fn new(sent: &'a [u8], rules: &Rules) -> Result<Self, CanonicalError> {
        let sent = if sent.is_empty() { b"/" } else { sent };
        if !sent.starts_with(b"/") {
            return Err(CanonicalError::PathNotAbsolute);
        }
        Ok(Self { sent, normalization: rules.path_normalization, encoding: rules.path_encoding })
    }

    /// A path that is known to be absolute, and to hold no segments to resolve.
    pub(super) fn known(sent: &'static [u8]) -> Self {
        let normalization = PathNormalization::Kept;
        Self { sent, normalization, encoding: PathEncoding::Double }
    }

    /// Writes the path.
    pub fn write(&self, sink: &mut impl Sink) {
        match self.normalization {
            PathNormalization::Resolved if has_segments_to_resolve(self.sent) => {
                self.write_resolved(sink);
            }
            _ => self.write_encoded(self.sent, sink),
        }
    }

    /// Empty and `.` segments are dropped; `..` takes the one before it along, and never climbs above the root.
    fn write_resolved(&self, sink: &mut impl Sink) {
        let mut kept = Scratch::<&[u8], 32>::new();
        for segment in self.sent.split(|byte| *byte == b'/') {
            match segment {
                b"" | b"." => {}
                b".." => kept.pop(),
                _ => kept.push(segment),
            }
        }
        for segment in kept.as_slice() {
            sink.put(b"/");
            self.write_encoded(segment, sink);
        }
        if kept.as_slice().is_empty() || self.sent.ends_with(b"/") {
            sink.put(b"/");
        }
    }

    /// One segment or several. A `/` stays; one that was escaped stays escaped.
    fn write_encoded(&self, segments: &[u8], sink: &mut impl Sink) {
        match self.encoding {
            PathEncoding::Double => {
                encode(sink, segments, |byte| is_unreserved(byte) | (byte == b'/'));
            }
            PathEncoding::Single => {
                for (index, segment) in segments.split(|byte| *byte == b'/').enumerate() {
                    if index > 0 {
                        sink.put(b"/");
                    }
                    reencode(sink, segment, Plus::Literal);
                }
            }
        }
    }
}

/// Most paths have none, and are written as they stand. `/.` may begin a name as well: resolving leaves that be.
fn has_segments_to_resolve(path: &[u8]) -> bool {
    path.windows(2).any(|pair| matches!(pair, b"//" | b"/."))
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// Shows the text.
impl fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    fn canonical(path: &str, rules: Rules) -> String {
        Path::new(path.as_bytes(), &rules).unwrap().to_string()
    }

    #[test]
    fn dots_and_empty_segments_are_resolved() {
        for (sent, signed) in [
            ("/", "/"),
            ("//", "/"),
            ("/./", "/"),
            ("/a/..", "/"),
            ("/a/../", "/"),
            ("/../../a", "/a"),
            ("/a/b/../../c/", "/c/"),
            ("//a//b//", "/a/b/"),
            ("/.a/..b/...", "/.a/..b/..."),
        ] {
            assert_eq!(canonical(sent, Rules::DEFAULT), signed, "{sent}");
        }
    }

    #[test]
    fn a_trailing_slash_is_kept_only_where_one_was_given() {
        assert_eq!(canonical("/a/b/.", Rules::DEFAULT), "/a/b");
        assert_eq!(canonical("/a/b/./", Rules::DEFAULT), "/a/b/");
        assert_eq!(canonical("/a/b/c/..", Rules::DEFAULT), "/a/b");
    }

    #[test]
    fn a_path_is_encoded_once_more_than_it_travels() {
        assert_eq!(canonical("/a%20b/%2f+:@", Rules::DEFAULT), "/a%2520b/%252f%2B%3A%40");
        assert_eq!(canonical("/ሴ ~", Rules::DEFAULT), "/%E1%88%B4%20~");
    }

    #[test]
    fn resolving_and_double_encoding_are_two_switches() {
        let kept = Rules::DEFAULT.with_path_normalization(PathNormalization::Kept);
        assert_eq!(canonical("/a/..//%20", kept), "/a/..//%2520");
        let single = Rules::DEFAULT.with_path_encoding(PathEncoding::Single);
        assert_eq!(canonical("/a/..//%20/%2e%2E/b%2Fc", single), "/%20/../b%2Fc");
    }

    #[test]
    fn s3_keeps_segments_and_encodes_each_byte_once() {
        assert_eq!(canonical("/a//./../b", Rules::S3), "/a//./../b");
        assert_eq!(
            canonical("/%20 %2f%7E@=*()+%zz%", Rules::S3),
            "/%20%20%2F~%40%3D%2A%28%29%2B%25zz%25"
        );
    }

    #[test]
    fn an_empty_path_is_the_root_in_both_modes() {
        assert_eq!(canonical("", Rules::DEFAULT), "/");
        assert_eq!(canonical("", Rules::S3), "/");
    }

    #[test]
    fn a_path_that_does_not_begin_with_a_slash_is_an_error() {
        for path in ["*", "a/b", " /", "example.com:443"] {
            let error = Path::new(path.as_bytes(), &Rules::DEFAULT).unwrap_err();
            assert_eq!(error, CanonicalError::PathNotAbsolute);
        }
    }

    #[test]
    fn any_number_of_segments_is_resolved() {
        let path = "/a".repeat(1000) + &"/..".repeat(998) + "/b";
        assert_eq!(canonical(&path, Rules::DEFAULT), "/a/a/b");
    }
}
