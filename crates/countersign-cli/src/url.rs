//! The parts of a URL or a request target, as they were written.

use percent_encoding::percent_decode_str;

/// The query parameters that presigning adds. Their names are case-sensitive.
const SIGNATURE_PARAMETERS: [&str; 9] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Region-Set",
    "X-Amz-S3session-Token",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// The parts of a URL or a request target.
///
/// Nothing is normalized: the parts are sent and signed as they are.
///
/// # Example
///
/// ```
/// use countersign_cli::UrlParts;
///
/// let url = UrlParts::split("https://examplebucket.s3.amazonaws.com/a//b?versionId=1#top");
/// assert_eq!(url.origin, "https://examplebucket.s3.amazonaws.com");
/// assert_eq!((url.path, url.query, url.fragment), ("/a//b", Some("versionId=1"), Some("top")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrlParts<'a> {
    /// The scheme and the authority, such as `https://db.example:8182`; empty in a request target.
    pub origin: &'a str,
    /// The path, which may be empty in a URL.
    pub path: &'a str,
    /// What follows the first `?`.
    pub query: Option<&'a str>,
    /// What follows the first `#`. It is neither sent nor signed.
    pub fragment: Option<&'a str>,
}

impl<'a> UrlParts<'a> {
    /// Splits a URL or a request target.
    #[must_use]
    pub fn split(url: &'a str) -> Self {
        let (sent, fragment) = split_at_first(url, '#');
        let (before_query, query) = split_at_first(sent, '?');
        let scheme = before_query.find("://").filter(|end| {
            let scheme = before_query.get(..*end).unwrap_or_default();
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        });
        let authority = scheme.map_or(0, |end| end + "://".len());
        let path = match scheme {
            Some(_) => before_query.get(authority..).and_then(|rest| rest.find('/')),
            None => Some(0),
        };
        let path = path.map_or(before_query.len(), |start| authority + start);
        let (origin, path) = before_query.split_at_checked(path).unwrap_or((before_query, ""));
        Self { origin, path, query, fragment }
    }

    /// Whether it has a scheme and an authority.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        !self.origin.is_empty()
    }

    /// The scheme as it was written, such as `https`.
    #[must_use]
    pub fn scheme(&self) -> Option<&'a str> {
        self.origin.split_once("://").map(|(scheme, _)| scheme)
    }

    /// The authority as it was written, such as `db.example:8182`; empty in a request target.
    #[must_use]
    pub fn authority(&self) -> &'a str {
        self.origin.split_once("://").map_or("", |(_, authority)| authority)
    }

    /// Whether the path has a segment `.` or `..`, percent-encoded or not. `curl` resolves these
    /// unless `--path-as-is` is given.
    #[must_use]
    pub fn has_dot_segments(&self) -> bool {
        self.path.split('/').any(|segment| {
            let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
            decoded == "." || decoded == ".."
        })
    }

    /// The names of the parameters of a presigned URL that the query contains.
    #[must_use]
    pub fn signature_parameters(&self) -> Vec<&'static str> {
        let parameters = self.query.into_iter().flat_map(|query| query.split('&'));
        parameters.filter_map(signature_parameter).collect()
    }

    /// The same URL without the parameters of a presigned URL.
    #[must_use]
    pub fn without_signature_parameters(&self) -> String {
        let parameters = self.query.into_iter().flat_map(|query| query.split('&'));
        let kept = parameters.filter(|parameter| signature_parameter(parameter).is_none());
        let query = kept.collect::<Vec<_>>().join("&");
        let is_left_out = query.is_empty() && !self.signature_parameters().is_empty();
        let query = self.query.filter(|_| !is_left_out).map(|_| &*query);
        let after =
            |mark, part: Option<&str>| part.map_or_else(String::new, |it| format!("{mark}{it}"));
        [self.origin, self.path, &after('?', query), &after('#', self.fragment)].concat()
    }
}

/// The decoded value of a query parameter.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let value = query.split('&').find_map(|parameter| {
        let (other, value) = parameter.split_once('=')?;
        (decoded(other) == name).then_some(value)
    });
    value.map(decoded)
}

fn signature_parameter(parameter: &str) -> Option<&'static str> {
    let name = decoded(parameter.split('=').next().unwrap_or_default());
    SIGNATURE_PARAMETERS.into_iter().find(|other| *other == name)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn split_at_first(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}
