//! Why a request is refused.

/// A cause, one variant each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The answer names another access key id than the one given here.
    AccessKeyOther,
    /// The server does not know the access key id.
    AccessKeyUnknown,
    /// What arrived as Authorization, or as its parameters in a query, lacks a part.
    AuthorizationIncomplete,
    /// No signature arrived.
    AuthorizationMissing,
    /// Two signatures arrived.
    AuthorizationTwice,
    /// The body that arrived is not the one that is signed.
    BodyChanged,
    /// The clock that signed is wrong.
    ClockSkew,
    /// The credentials have ended.
    CredentialsExpired,
    /// A `%` in the URL begins no escape.
    EscapeBroken,
    /// A presigned URL is to live longer than the service allows.
    ExpiresTooLong,
    /// The request that failed was signed with a header that is not in the request given here.
    HeaderAdded,
    /// A header's value was changed on the way.
    HeaderChanged,
    /// A header that is signed did not arrive.
    HeaderRemoved,
    /// A header arrived unsigned that must be signed.
    HeaderUnsigned,
    /// A header was signed that proxies and clients change.
    HeaderUnstable,
    /// Another Host arrived.
    HostChanged,
    /// Host arrived with a port, and was signed without, or the reverse.
    HostPort,
    /// The method is not in capitals.
    MethodCase,
    /// Another method arrived.
    MethodChanged,
    /// The signature is not what the answer complains of.
    NotTheSignature,
    /// Another path arrived.
    PathChanged,
    /// The path is encoded once, and the server encodes it twice, or the reverse.
    PathEncoding,
    /// The path is resolved, and the server signs it as it is, or the reverse.
    PathNormalization,
    /// Other parameters arrived.
    QueryChanged,
    /// The parameters are in another order.
    QueryOrder,
    /// A `+` in the query is a space for one side and a plus for the other.
    QueryPlus,
    /// The rules are not those of the service.
    RulesOfService,
    /// The scope is of another day than the request.
    ScopeDay,
    /// The scope names another region.
    ScopeRegion,
    /// The scope names another service.
    ScopeService,
    /// The scope does not end with `aws4_request`.
    ScopeTerminator,
    /// The secret is wrong, or damaged.
    Secret,
    /// The signature that arrived is not the one that is made here.
    SignatureOther,
    /// The request that failed was signed at another time than the one given here.
    SigningTime,
    /// The session token is missing.
    TokenMissing,
    /// The session token is not that of the access key: stale, or of another.
    TokenOther,
    /// There is a session token where none belongs.
    TokenUnexpected,
    /// The session token is not signed, and must be.
    TokenUnsigned,
    /// The signature does not match, and the answer does not show why.
    Undetermined,
    /// Nothing in the answer is known here.
    Unrecognized,
    /// A presigned URL has expired.
    UrlExpired,
}
