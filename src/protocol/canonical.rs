//! The canonical request: the normalized textual form of a request, identical for signer and verifier
//! ([AWS: create a canonical request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).
//!
//! # The rules
//!
//! - **Path.** For most services, empty and `.` segments are dropped, and `..` removes the preceding segment (RFC 3986,
//!   section 5.2.4); a trailing `/` is kept. Then every byte but `A-Z a-z 0-9 - . _ ~ /` becomes `%XX`, `%` included. For S3,
//!   nothing is removed; each segment is percent-decoded and encoded once. An empty path is `/`. A path that does not start
//!   with `/` is an error.
//! - **Query.** Split at `&`, then at the first `=`; empty parameters are dropped. Bytes are percent-decoded and encoded again,
//!   UTF-8 or not; invalid percent-encoding is a literal `%25`. Sorted by encoded name, then by encoded value. Duplicates are
//!   kept.
//! - **Headers.** Names in lowercase, sorted; the values of one name joined by `,` in the order in which they are sent, each
//!   trimmed, each run of whitespace (including an obs-fold, a line break before whitespace) collapsed to one space. Any other
//!   CR, LF or NUL is an error.
//! - **Host.** A Host header as it is, trimmed. Otherwise the URI's authority: without userinfo, in lowercase, without the
//!   scheme's default port (80 for http and ws, 443 for https and wss).
//! - **Payload.** Decided by the body alone: an `x-amz-content-sha256` in the request is signed with the hash of the body, and
//!   set to it. Presigned URLs of S3 contain `UNSIGNED-PAYLOAD`.
//!
//! # Differences from other signers
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

mod headers;
mod host;
mod query;
mod uri;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use self::headers::CanonicalHeaders;
pub(crate) use self::headers::SignedHeaderNames;
#[cfg(feature = "std")]
pub(crate) use self::headers::replaced_headers;
pub(crate) use self::host::Host;
pub use self::query::CanonicalQuery;
pub(crate) use self::query::{decoded_parameters, parameters};
pub use self::uri::CanonicalUri;

#[cfg(feature = "explain")]
pub(crate) use super::names::is_never_signed;
pub use super::names::{NEVER_PRESIGNED, NEVER_SIGNED, NEVER_SIGNED_PREFIXES};

use super::digest::Sha256;
use super::names::AUTHORIZATION;
use super::payload::PayloadHash;
use super::presign::QueryAuthorization;
use super::request::{RawRequest, Request};
use super::rules::{PayloadHeader, Rules};
use super::scope::check_token;
use super::signing_key::Signature;
use super::sink::{Sink, Text};
use super::timestamp::Timestamp;
use crate::error::{CanonicalError, SignError};

/// A canonical request: method, URI, query string, headers, the names of the headers, payload hash.
///
/// `Display` formats the text, which contains the session token if that is signed; `Debug` formats no values.
///
/// This example shows the canonical request of a GET:
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
    uri: CanonicalUri<'a>,
    query: CanonicalQuery<'a>,
    presigned: Option<QueryAuthorization<'a>>,
    headers: CanonicalHeaders<'a>,
    payload_hash: PayloadHash<'a>,
}

impl<'a> CanonicalRequest<'a> {
    /// Builds the canonical request for a request that carries its signature in the `Authorization` header.
    ///
    /// Pass `session_token` only if the token is part of the signature. To send a token without signing it, leave it out here
    /// and set the header yourself.
    ///
    /// # Errors
    ///
    /// Returns an error if:
    ///
    /// - the request has no host, or more than one `Host` header;
    /// - the path does not start with `/`;
    /// - the query string already contains parameters of a signature, such as `X-Amz-Signature`;
    /// - the method, the target or a header contains bytes that HTTP does not allow;
    /// - the session token contains bytes that are not allowed in a header value.
    pub fn for_header(
        request: &RawRequest<'a>,
        payload_hash: PayloadHash<'a>,
        timestamp: Timestamp,
        session_token: Option<&'a str>,
        rules: &Rules,
    ) -> Result<Self, SignError> {
        session_token.map_or(Ok(()), check_token)?;
        let request = request.check()?;
        Ok(Self::signed_in_header(&request, payload_hash, timestamp, session_token, rules)?)
    }

    /// Builds the canonical request of a checked request whose session token is sound.
    #[inline]
    pub(crate) fn signed_in_header(
        request: &Request<'a, 'a>,
        payload_hash: PayloadHash<'a>,
        timestamp: Timestamp,
        session_token: Option<&'a str>,
        rules: &Rules,
    ) -> Result<Self, CanonicalError> {
        let (uri, query) = Self::uri_and_query(request, rules)?;
        let host = Host::find(request.headers, request.authority)?;
        // A server cannot know a literal unless it is sent.
        let payload_header =
            if payload_hash.is_literal() { PayloadHeader::Sent } else { rules.payload_header };
        let headers = CanonicalHeaders::for_header(
            request,
            host,
            rules,
            payload_header,
            timestamp,
            session_token,
        );
        let method = request.method;
        Ok(Self { method, uri, query, presigned: None, headers, payload_hash })
    }

    /// Builds the canonical request for a presigned URL. The URL contains the query string that
    /// [`write_presigned_query`](Self::write_presigned_query) writes.
    ///
    /// # Errors
    ///
    /// Returns an error if [`for_header`](Self::for_header) would, if the request has an `Authorization` header, or if it has
    /// a session token in a header and there is one for the query string.
    pub fn for_query(
        request: &RawRequest<'a>,
        payload_hash: PayloadHash<'a>,
        authorization: QueryAuthorization<'a>,
        rules: &Rules,
    ) -> Result<Self, SignError> {
        Ok(Self::signed_in_query(&request.check()?, payload_hash, authorization, rules)?)
    }

    /// Builds the canonical request of a checked request that is presigned.
    pub(crate) fn signed_in_query(
        request: &Request<'a, 'a>,
        payload_hash: PayloadHash<'a>,
        authorization: QueryAuthorization<'a>,
        rules: &Rules,
    ) -> Result<Self, CanonicalError> {
        let token_header = authorization.token_header();
        for (name, _) in request.headers {
            if name.eq_ignore_ascii_case(AUTHORIZATION) {
                return Err(CanonicalError::TwoAuthorizations);
            }
            if let Some(name) = token_header.filter(|token| name.eq_ignore_ascii_case(token)) {
                return Err(CanonicalError::TokenRepeated { name });
            }
        }
        let (uri, query) = Self::uri_and_query(request, rules)?;
        let host = Host::find(request.headers, request.authority)?;
        let headers = CanonicalHeaders::for_query(request, host, rules);
        let (method, presigned) = (request.method, Some(authorization));
        Ok(Self { method, uri, query, presigned, headers, payload_hash })
    }

    fn uri_and_query(
        request: &Request<'a, 'a>,
        rules: &Rules,
    ) -> Result<(CanonicalUri<'a>, CanonicalQuery<'a>), CanonicalError> {
        let query = CanonicalQuery::new(request.query, rules.plus);
        query.check_unsigned(rules)?;
        Ok((CanonicalUri::new(request.path, rules)?, query))
    }

    /// Builds the canonical request of a received request, from the headers that the client signed. Its payload hash is not
    /// known yet.
    pub(crate) fn received(
        request: &Request<'a, 'a>,
        uri: CanonicalUri<'a>,
        query: CanonicalQuery<'a>,
        host: Host<'a>,
        signed: &SignedHeaderNames<'_>,
    ) -> Self {
        let headers = CanonicalHeaders::for_received(request, host, signed);
        let payload_hash = PayloadHash::EMPTY;
        Self { method: request.method, uri, query, presigned: None, headers, payload_hash }
    }

    /// Replaces the payload hash.
    pub(crate) fn with_payload_hash(self, payload_hash: PayloadHash<'a>) -> Self {
        Self { payload_hash, ..self }
    }

    /// Returns the signed headers. They display as the list of their names.
    #[must_use]
    pub fn headers(&self) -> &CanonicalHeaders<'a> {
        &self.headers
    }

    /// Returns the signed headers: names in lowercase, values as they are signed.
    #[must_use]
    pub fn signed_headers(&self) -> Vec<(String, Vec<u8>)> {
        self.headers.to_pairs(&self.payload_hash)
    }

    /// Returns the payload hash line.
    #[must_use]
    pub fn payload_hash(&self) -> &PayloadHash<'a> {
        &self.payload_hash
    }

    /// Writes the canonical request. No line feed ends it.
    pub fn write(&self, sink: &mut impl Sink) {
        self.write_before_payload_hash(sink);
        self.payload_hash.write(sink);
    }

    /// Writes everything but the last line, the payload hash.
    pub(crate) fn write_before_payload_hash(&self, sink: &mut impl Sink) {
        sink.write(self.method.as_bytes());
        sink.write(b"\n");
        self.uri.write(sink);
        sink.write(b"\n");
        self.write_query(sink);
        sink.write(b"\n");
        self.headers.write_lines(&self.payload_hash, sink);
        sink.write(b"\n");
        self.headers.write_names(sink);
        sink.write(b"\n");
    }

    fn write_query(&self, sink: &mut impl Sink) {
        let presigned = self.presigned.as_ref().map(|authorization| (authorization, &self.headers));
        self.query.write_presigned(presigned, sink);
    }

    /// Writes the query string of the presigned URL, without its `?`: the signed query string, a session token that is not
    /// signed, the signature. If the signature goes into a header, only the query string is written.
    pub fn write_presigned_query(&self, signature: &Signature, sink: &mut impl Sink) {
        self.write_query(sink);
        if let Some(authorization) = &self.presigned {
            authorization.write_unsigned_parameters(signature, sink);
        }
    }

    /// Returns the SHA-256 of the text.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::of(|hasher| self.write(hasher))
    }
}

impl fmt::Display for CanonicalRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}
