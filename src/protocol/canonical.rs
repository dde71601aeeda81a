//! The canonical request: a request as text, alike for everyone who signs or verifies it
//! ([AWS: create a canonical request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).
//!
//! # The rules
//!
//! - **Path.** Default services: empty and `.` segments are dropped, `..` takes the one before it along; a `/` at the
//!   end stays where one was given. Then every byte but `A-Z a-z 0-9 - . _ ~ /` becomes `%XX`, a `%` too. S3: no
//!   resolving; segment by segment, escapes are decoded and bytes encoded once. An empty path is `/`; one that does
//!   not begin with `/` is an error.
//! - **Query.** Parted at `&`, then at the first `=`; empty pieces are dropped. Bytes are decoded and encoded anew,
//!   UTF-8 or not; a broken escape is a literal `%25`. Sorted by encoded name, then by encoded value. Duplicates
//!   stay.
//! - **Headers.** Names in lower case, sorted; values of one name joined by `,` in the order they came, each trimmed,
//!   each run of blanks one space, a line fold too. Any other CR, LF or NUL is an error.
//! - **Host.** A Host header as it stands, trimmed. Otherwise the URI's authority: no userinfo, in lower case,
//!   without the port that its scheme implies (80 for http and ws, 443 for https and wss).
//! - **Payload.** Decided by the body alone: an `x-amz-content-sha256` in the request is signed with the hash of the
//!   body, and set to it. Presigned URLs of S3 say `UNSIGNED-PAYLOAD`.
//!
//! # Where other signers do otherwise
//!
//! | | who | here, and why |
//! |---|---|---|
//! | `/a/b/.` is signed as `/a/b/` | aws-sigv4 | `/a/b`, as the others do |
//! | dots and slashes are always resolved | botocore, @smithy | [`PathNormalization`](super::PathNormalization) is a switch, as in AWS's suite |
//! | an S3 path is signed word for word | botocore, C, aws-sigv4, @smithy | decoded and encoded once: what servers compute for a raw `@ = * ( )` and for hex in lower case |
//! | an empty path is refused, or signed as none for S3 | C; botocore | `/`: it is what is sent |
//! | tabs are dropped, a path ends at `#` | botocore | a target is signed as it is sent |
//! | spaces, brackets, `#` are refused in a path, quotes too in a query | aws-sigv4 | signed as they are sent |
//! | a raw `+` in a query is a plus | C, @smithy, reqsign; botocore leaves it as it is | a space, as in aws-sigv4 and Go; [`Plus`](super::Plus) says otherwise |
//! | a query is signed word for word | botocore | decoded and encoded anew: equal queries have one form |
//! | a broken escape in a query is refused | C, @smithy | signed as the literal `%25` |
//! | a parameter `k` is sent and not signed; of `k=a=b` the `b` is dropped | @smithy, as its parser reads them | signed as `k=`; part of the value |
//! | `:/` in a path or query is taken for a scheme's end | C | part of the path or query |
//! | bytes that are not UTF-8 become U+FFFD | aws-sigv4, reqsign; botocore when presigning; @smithy refuses them in a query | they survive |
//! | only the first value of a repeated header, or parameter | reqsign; botocore when presigning | all |
//! | a header name has one value; of two that differ in case, one is signed | @smithy | values are joined by `,` |
//! | tabs in a value stay, folds are refused | aws-sigv4 | folded, as in the others |
//! | vertical tab and form feed are blanks; control characters are refused | botocore, C; aws-sigv4 | HTTP's blanks are space and tab |
//! | headers that proxies change are signed | botocore, C, aws-sigv4, @smithy | [`NEVER_SIGNED`], which is longer than their lists |
//! | `cache-control`, `from`, `pragma`, `referer`, `proxy-*`, `sec-*` are never signed, and `x-amz-*` moves into a presigned query | @smithy, unless it is told not to | signed; left where they are |
//! | a given `x-amz-content-sha256` is taken for the body's hash | botocore, @smithy; C refuses it | set anew |
//! | a given `x-amz-date` is refused; is removed when presigning | C; @smithy | replaced in a header; signed as it is in a query |
//! | `Date` is signed in place of `x-amz-date`; is removed | botocore; @smithy | both are sent and signed |
//! | a given session token is signed, though the credentials have none | botocore, aws-sigv4, @smithy; C refuses it | removed in a header: it would be stale |
//! | a token is always signed | botocore, @smithy | [`SessionToken`](super::SessionToken): some services want it unsigned |
//! | `x-amz-date` and the like are refused as parameters, in any case of the name | C | only the seven that signing writes, in their case |
//! | the host must be given; the URL's is signed word for word | C, @smithy; aws-sigv4 | made from the URL as clients send it |
//! | the default ports of ws and wss stay | botocore | dropped, as clients drop them |
//! | zeros before a port are dropped; one above 65535 is refused | botocore; all | as it is written |
//! | a method is written in capitals | botocore | a method has a case |
//! | a presigned body moves into the query; the content type of a form is dropped | botocore | hashed; signed |
//! | requests are signed that have two hosts, are signed already, or forge a line | all, each some of them | refused |

pub(super) mod headers;
pub(super) mod host;
mod line;
mod names;
mod never_signed;
pub(super) mod parts;
pub(super) mod query;
mod uri;

#[cfg(feature = "std")]
mod template;
pub(super) mod value;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use self::headers::Headers;
pub use self::never_signed::{NEVER_PRESIGNED, NEVER_SIGNED, NEVER_SIGNED_PREFIXES};
pub use self::query::Query;
pub use self::uri::Path;
pub use super::request::RawRequest;

#[cfg(feature = "std")]
pub(crate) use self::headers::replaced_headers;
#[cfg(feature = "http")]
pub(crate) use self::host::Authority;
pub(crate) use self::host::Host;
pub(crate) use self::names::{SignedNames, is_named};
#[cfg(feature = "explain")]
pub(crate) use self::never_signed::is_never_signed;
pub(crate) use self::parts::{Checked, Parts};
#[cfg(feature = "std")]
pub(crate) use self::template::Template;
pub(crate) use self::value::{is_blank, trim};
pub(crate) use super::names::{AUTHORITY, AUTHORIZATION, CONTENT_SHA256, DATE, HOST};

use super::digest::Sha256;
use super::payload::PayloadHash;
use super::presign::QueryAuthorization;
use super::rules::Rules;
use super::scope::check_token;
use super::signing_key::Signature;
use super::sink::{Sink, Text};
use super::timestamp::Timestamp;
use crate::error::SignError;

/// A request as it is signed: method, path, query, headers, the names of the headers, the payload's hash.
///
/// `Display` shows the text, session token included; `Debug` shows no values.
///
/// ```
/// use countersign::protocol::{CanonicalRequest, PayloadHash, RawRequest, Rules};
///
/// let request = RawRequest { method: "GET", target: b"/", headers: &[("Host", b"example.amazonaws.com")] };
/// let timestamp = "20150830T123600Z".parse()?;
/// let canonical =
///     CanonicalRequest::for_header(&request, PayloadHash::EMPTY, timestamp, None, &Rules::DEFAULT)?;
/// assert_eq!(
///     canonical.to_string(),
///     "GET\n/\n\n\
///      host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\n\
///      host;x-amz-date\n\
///      e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CanonicalRequest<'a> {
    method: &'a str,
    path: Path<'a>,
    query: Query<'a>,
    authorization: Option<QueryAuthorization<'a>>,
    headers: Headers<'a>,
    payload_hash: PayloadHash<'a>,
}

impl<'a> CanonicalRequest<'a> {
    /// The canonical request of one that is signed in a header. A session token is given only if it is signed.
    ///
    /// # Errors
    /// The request has no host or more than one, a path that does not begin with `/`, a query that is signed already,
    /// or raw parts that HTTP does not allow; or no header can carry the token.
    pub fn for_header(
        request: &RawRequest<'a>,
        payload_hash: PayloadHash<'a>,
        timestamp: Timestamp,
        signed_token: Option<&'a str>,
        rules: &Rules,
    ) -> Result<Self, SignError> {
        signed_token.map_or(Ok(()), check_token)?;
        let checked = request.parts()?.check(request.headers, rules)?;
        Ok(Self::signed_in_header(checked, payload_hash, timestamp, signed_token, rules))
    }

    #[inline]
    pub(crate) fn signed_in_header(
        checked: Checked<'a>,
        payload_hash: PayloadHash<'a>,
        timestamp: Timestamp,
        signed_token: Option<&'a str>,
        rules: &Rules,
    ) -> Self {
        let mut canonical = Self::new(&checked, payload_hash, None, rules);
        canonical.headers.add_for_header(rules, timestamp, signed_token);
        canonical
    }

    /// The canonical request of one that is presigned. Sending it takes the parameters that
    /// [`write_presigned_query`](Self::write_presigned_query) writes.
    ///
    /// # Errors
    /// Those of [`for_header`](Self::for_header); or the request has an Authorization header, or a session token in a
    /// header as well as in the query.
    pub fn for_query(
        request: &RawRequest<'a>,
        payload_hash: PayloadHash<'a>,
        authorization: QueryAuthorization<'a>,
        rules: &Rules,
    ) -> Result<Self, SignError> {
        let checked = request.parts()?.check_presignable(
            request.headers,
            rules,
            authorization.token_header(),
        )?;
        Ok(Self::signed_in_query(checked, payload_hash, authorization, rules))
    }

    #[inline]
    pub(crate) fn signed_in_query(
        checked: Checked<'a>,
        payload_hash: PayloadHash<'a>,
        authorization: QueryAuthorization<'a>,
        rules: &Rules,
    ) -> Self {
        let mut canonical = Self::new(&checked, payload_hash, Some(authorization), rules);
        canonical.headers.add_for_query(rules);
        canonical
    }

    /// The canonical request of one that arrives signed, still without its headers.
    #[inline]
    pub(crate) fn of_arrived(
        parts: &Parts<'a>,
        path: Path<'a>,
        query: Query<'a>,
        sent: &'a [(&'a str, &'a [u8])],
        host: Host<'a>,
    ) -> Self {
        Self {
            method: parts.method,
            path,
            query,
            authorization: None,
            headers: Headers::new(sent, parts.hold_capitals, host),
            payload_hash: PayloadHash::EMPTY,
        }
    }

    /// Where the headers are added, in place.
    pub(crate) fn headers_mut(&mut self) -> &mut Headers<'a> {
        &mut self.headers
    }

    /// Without headers: they are added in place, since so large a value is costly to hand on.
    #[inline]
    fn new(
        checked: &Checked<'a>,
        payload_hash: PayloadHash<'a>,
        authorization: Option<QueryAuthorization<'a>>,
        rules: &Rules,
    ) -> Self {
        Self {
            method: checked.method,
            path: checked.path.clone(),
            query: Query::new(checked.query, rules.plus),
            authorization,
            headers: Headers::new(checked.headers, checked.hold_capitals, checked.host),
            payload_hash,
        }
    }

    /// What is signed of the headers. Shows itself as the list of their names.
    #[must_use]
    pub fn headers(&self) -> &Headers<'a> {
        &self.headers
    }

    /// The headers that are signed: names in lower case, values as they are signed.
    #[must_use]
    pub fn signed_headers(&self) -> Vec<(String, Vec<u8>)> {
        self.headers.to_pairs(&self.payload_hash)
    }

    /// The line that speaks of the payload.
    #[must_use]
    pub fn payload_hash(&self) -> &PayloadHash<'a> {
        &self.payload_hash
    }

    /// Writes the canonical request. No line feed ends it.
    pub fn write(&self, sink: &mut impl Sink) {
        self.write_to_payload(sink);
        sink.put(self.payload_hash.as_bytes());
    }

    /// Writes all but the last line, the payload hash.
    pub(crate) fn write_to_payload(&self, sink: &mut impl Sink) {
        sink.put(self.method.as_bytes());
        sink.put(b"\n");
        self.path.write(sink);
        sink.put(b"\n");
        self.write_query(sink);
        sink.put(b"\n");
        self.headers.write_lines(&self.payload_hash, sink);
        sink.put(b"\n");
        self.headers.write_names(sink);
        sink.put(b"\n");
    }

    /// Writes the query of the presigned URL, without its `?`: the signed query, a session token that is not signed,
    /// the signature. Where the signature goes into a header, there is only the query.
    pub fn write_presigned_query(&self, signature: &Signature, sink: &mut impl Sink) {
        self.write_query(sink);
        if let Some(authorization) = &self.authorization {
            authorization.write_unsigned(signature, &self.headers, sink);
        }
    }

    fn write_query(&self, sink: &mut impl Sink) {
        match &self.authorization {
            Some(authorization) => {
                authorization.write_signed(&self.query, &self.headers, sink);
            }
            None => self.query.write(sink),
        }
    }

    /// The SHA-256 of the text.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::of_written(|sink| self.write(sink))
    }

    /// The same request with another payload hash.
    pub(crate) fn with_payload_hash(self, payload_hash: PayloadHash<'a>) -> Self {
        Self { payload_hash, ..self }
    }
}

/// Shows the text. It holds the session token, where that is signed.
impl fmt::Display for CanonicalRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}
