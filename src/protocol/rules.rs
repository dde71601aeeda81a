//! What differs between services, as const data that the caller names.

/// How a service wants its requests signed. [`Rules::DEFAULT`] is right for all AWS services but those named below;
/// nothing is ever guessed from a host or service name.
///
/// | service | rules |
/// |---|---|
/// | nearly all | [`Rules::DEFAULT`] |
/// | S3 | [`Rules::S3`] |
/// | S3 Express | [`Rules::S3`] with [`SessionTokenName::S3Session`] |
/// | OpenSearch Serverless (`aoss`) | [`PayloadHeader::Sent`], and `content-length` excluded |
/// | VPC Lattice (`vpc-lattice-svcs`) | [`PayloadHeader::Sent`] with [`Payload::Unsigned`](super::Payload::Unsigned) |
/// | IoT | [`SessionToken::Unsigned`] |
///
/// ```
/// use countersign::protocol::{PayloadHeader, Rules};
///
/// const OPENSEARCH_SERVERLESS: Rules = Rules::DEFAULT
///     .with_payload_header(PayloadHeader::Sent)
///     .with_excluded_headers(&["content-length"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    pub(crate) path_normalization: PathNormalization,
    pub(crate) path_encoding: PathEncoding,
    pub(crate) plus: Plus,
    pub(crate) signed_headers: SignedHeaders,
    pub(crate) excluded_headers: &'static [&'static str],
    pub(crate) payload_header: PayloadHeader,
    pub(crate) presigned_payload: PresignedPayload,
    pub(crate) session_token: SessionToken,
    pub(crate) session_token_name: SessionTokenName,
}

impl Rules {
    /// The rules of all services but a few. They are wrong for S3.
    pub const DEFAULT: Self = Self {
        path_normalization: PathNormalization::Resolved,
        path_encoding: PathEncoding::Double,
        plus: Plus::Space,
        signed_headers: SignedHeaders::All,
        excluded_headers: &[],
        payload_header: PayloadHeader::Omitted,
        presigned_payload: PresignedPayload::Hashed,
        session_token: SessionToken::Signed,
        session_token_name: SessionTokenName::Security,
    };

    /// The rules of S3: the path as it is, encoded once; `x-amz-content-sha256` sent; presigned payloads not hashed.
    pub const S3: Self = Self::DEFAULT
        .with_path_normalization(PathNormalization::Kept)
        .with_path_encoding(PathEncoding::Single)
        .with_payload_header(PayloadHeader::Sent)
        .with_presigned_payload(PresignedPayload::Unsigned);

    /// Whether dot segments and empty segments are resolved before the path is signed.
    #[must_use]
    pub const fn with_path_normalization(mut self, normalization: PathNormalization) -> Self {
        self.path_normalization = normalization;
        self
    }

    /// Whether a path that travels encoded is encoded once more for the signature.
    #[must_use]
    pub const fn with_path_encoding(mut self, encoding: PathEncoding) -> Self {
        self.path_encoding = encoding;
        self
    }

    /// What a raw `+` in a query stands for.
    #[must_use]
    pub const fn with_plus(mut self, plus: Plus) -> Self {
        self.plus = plus;
        self
    }

    /// Which headers of the request are signed.
    #[must_use]
    pub const fn with_signed_headers(mut self, headers: SignedHeaders) -> Self {
        self.signed_headers = headers;
        self
    }

    /// Names of headers, in any case, that are not signed, beside those that never are. `host` and what signing itself
    /// adds are signed all the same.
    #[must_use]
    pub const fn with_excluded_headers(mut self, names: &'static [&'static str]) -> Self {
        self.excluded_headers = names;
        self
    }

    /// Whether `x-amz-content-sha256` is sent, and so signed.
    #[must_use]
    pub const fn with_payload_header(mut self, header: PayloadHeader) -> Self {
        self.payload_header = header;
        self
    }

    /// Whether a presigned URL holds its user to one body.
    #[must_use]
    pub const fn with_presigned_payload(mut self, payload: PresignedPayload) -> Self {
        self.presigned_payload = payload;
        self
    }

    /// Whether the session token is signed.
    #[must_use]
    pub const fn with_session_token(mut self, token: SessionToken) -> Self {
        self.session_token = token;
        self
    }

    /// Under which name the session token is sent.
    #[must_use]
    pub const fn with_session_token_name(mut self, name: SessionTokenName) -> Self {
        self.session_token_name = name;
        self
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Whether a path is resolved before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathNormalization {
    /// Signed as it is: `/a/../b//c` stays.
    Kept,
    /// Empty and `.` segments are dropped, `..` takes the segment before it along: `/a/../b//c` is signed as `/b/c`.
    Resolved,
}

/// How often a path is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathEncoding {
    /// What travels is encoded once more: `/a%20b` is signed as `/a%2520b`.
    Double,
    /// What travels is decoded, segment by segment, and encoded once: `/a%20b` and `/a b` are signed as `/a%20b`.
    Single,
}

/// What a raw `+` in a query stands for. (In a path it is always a plus.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plus {
    /// Itself: signed as `%2B`.
    Literal,
    /// A space, as in forms: signed as `%20`.
    Space,
}

/// Which headers of a request are signed, beside `host` and what signing itself adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedHeaders {
    /// All but those that proxies and clients change on the way: see
    /// [`NEVER_SIGNED`](super::canonical::NEVER_SIGNED).
    All,
    /// `content-type` and `x-amz-*` only.
    Minimal,
}

/// Whether `x-amz-content-sha256` is sent. One that is already in the request is signed anew either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadHeader {
    /// Not added.
    Omitted,
    /// Added, and signed. (Presigned URLs do without.)
    Sent,
}

/// What a presigned URL says of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresignedPayload {
    /// The body's hash is signed.
    Hashed,
    /// `UNSIGNED-PAYLOAD`: any body will do.
    Unsigned,
}

/// The session token's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionToken {
    /// Sent and signed.
    Signed,
    /// Sent, not signed.
    Unsigned,
}

/// The session token's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionTokenName {
    /// `x-amz-s3session-token`: S3 Express.
    S3Session,
    /// `x-amz-security-token`: everything else.
    Security,
}

impl SessionTokenName {
    /// The name of the header, in lower case.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::S3Session => "x-amz-s3session-token",
            Self::Security => "x-amz-security-token",
        }
    }

    /// The name of the query parameter.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::S3Session => "X-Amz-S3session-Token",
            Self::Security => "X-Amz-Security-Token",
        }
    }
}
