//! The canonical URI: the path of a request.

use core::fmt;

use smallvec::SmallVec;

use crate::error::CanonicalError;
use crate::protocol::encoding::{RESERVED_IN_PATH, encode, reencode};
use crate::protocol::rules::{PathEncoding, PathNormalization, Plus, Rules};
use crate::protocol::sink::{Sink, Text};

/// The path of a request, in the form that the rules of a service sign
/// ([AWS: create a canonical request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).
///
/// This example shows the canonical form of one path for most services and for S3:
///
/// ```
/// use countersign::protocol::{Rules, canonical::CanonicalUri};
///
/// let path = b"/a%20b/./c/../~d";
/// assert_eq!(CanonicalUri::new(path, &Rules::DEFAULT)?.to_string(), "/a%2520b/~d");
/// assert_eq!(CanonicalUri::new(path, &Rules::S3)?.to_string(), "/a%20b/./c/../~d");
/// # Ok::<(), countersign::CanonicalError>(())
/// ```
#[derive(Clone)]
pub struct CanonicalUri<'a> {
    path: &'a [u8],
    normalization: PathNormalization,
    encoding: PathEncoding,
}

impl<'a> CanonicalUri<'a> {
    /// Creates the canonical URI of a path as it is sent, without the query. An empty path is `/`.
    ///
    /// # Errors
    ///
    /// Returns [`CanonicalError::PathNotAbsolute`] if the path does not start with `/`.
    pub fn new(path: &'a [u8], rules: &Rules) -> Result<Self, CanonicalError> {
        let path = if path.is_empty() { b"/" } else { path };
        if !path.starts_with(b"/") {
            return Err(CanonicalError::PathNotAbsolute);
        }
        Ok(Self { path, normalization: rules.path_normalization, encoding: rules.path_encoding })
    }

    /// Writes the canonical URI.
    pub fn write(&self, sink: &mut impl Sink) {
        match self.normalization {
            PathNormalization::Resolved if may_have_dot_segments(self.path) => {
                self.write_resolved(sink);
            }
            _ => self.write_encoded(self.path, sink),
        }
    }

    /// Drops empty and `.` segments. `..` removes the segment before it, and never climbs above the root.
    fn write_resolved(&self, sink: &mut impl Sink) {
        let mut kept = SmallVec::<[&[u8]; 32]>::new();
        for segment in self.path.split(|byte| *byte == b'/') {
            match segment {
                b"" | b"." => {}
                b".." => {
                    kept.pop();
                }
                _ => kept.push(segment),
            }
        }
        for segment in &kept {
            sink.write(b"/");
            self.write_encoded(segment, sink);
        }
        if kept.is_empty() || self.path.ends_with(b"/") {
            sink.write(b"/");
        }
    }

    /// Encodes one or several segments. A `/` is kept; one that was percent-encoded stays percent-encoded.
    fn write_encoded(&self, segments: &[u8], sink: &mut impl Sink) {
        match self.encoding {
            PathEncoding::Double => encode(sink, segments, RESERVED_IN_PATH),
            PathEncoding::Single => {
                for (index, segment) in segments.split(|byte| *byte == b'/').enumerate() {
                    if index > 0 {
                        sink.write(b"/");
                    }
                    reencode(sink, segment, Plus::Literal);
                }
            }
        }
    }
}

/// Whether a path may have empty or dot segments. Most have none, and are written without being split. A segment that only
/// starts with a dot is found too; resolving keeps it.
fn may_have_dot_segments(path: &[u8]) -> bool {
    path.windows(2).any(|pair| matches!(pair, b"//" | b"/."))
}

impl fmt::Display for CanonicalUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

impl fmt::Debug for CanonicalUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    fn canonical(path: &str, rules: Rules) -> String {
        CanonicalUri::new(path.as_bytes(), &rules).unwrap().to_string()
    }

    #[test]
    fn dot_segments_and_empty_segments_are_removed() {
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
    fn a_trailing_slash_is_kept() {
        assert_eq!(canonical("/a/b/.", Rules::DEFAULT), "/a/b");
        assert_eq!(canonical("/a/b/./", Rules::DEFAULT), "/a/b/");
        assert_eq!(canonical("/a/b/c/..", Rules::DEFAULT), "/a/b");
    }

    #[test]
    fn a_path_is_encoded_a_second_time() {
        assert_eq!(canonical("/a%20b/%2f+:@", Rules::DEFAULT), "/a%2520b/%252f%2B%3A%40");
        assert_eq!(canonical("/ሴ ~", Rules::DEFAULT), "/%E1%88%B4%20~");
    }

    #[test]
    fn normalization_and_double_encoding_are_independent() {
        let kept = Rules::DEFAULT.with_path_normalization(PathNormalization::Kept);
        assert_eq!(canonical("/a/..//%20", kept), "/a/..//%2520");
        let single = Rules::DEFAULT.with_path_encoding(PathEncoding::Single);
        assert_eq!(canonical("/a/..//%20/%2e%2E/b%2Fc", single), "/%20/../b%2Fc");
    }

    #[test]
    fn s3_keeps_segments_and_encodes_once() {
        assert_eq!(canonical("/a//./../b", Rules::S3), "/a//./../b");
        assert_eq!(
            canonical("/%20 %2f%7E@=*()+%zz%", Rules::S3),
            "/%20%20%2F~%40%3D%2A%28%29%2B%25zz%25"
        );
    }

    #[test]
    fn an_empty_path_is_the_root() {
        assert_eq!(canonical("", Rules::DEFAULT), "/");
        assert_eq!(canonical("", Rules::S3), "/");
    }

    #[test]
    fn a_relative_path_is_rejected() {
        for path in ["*", "a/b", " /", "example.com:443"] {
            let error = CanonicalUri::new(path.as_bytes(), &Rules::DEFAULT).unwrap_err();
            assert_eq!(error, CanonicalError::PathNotAbsolute);
        }
    }

    #[test]
    fn any_number_of_segments_is_normalized() {
        let path = "/a".repeat(1000) + &"/..".repeat(998) + "/b";
        assert_eq!(canonical(&path, Rules::DEFAULT), "/a/a/b");
    }
}
