//! The credential scope that a signed request names.

use crate::request::Request;
use crate::url::{UrlParts, parameter};

/// The access key and the credential scope that a request claims to be signed with.
///
/// Nothing of it is verified. It says which region and service a check of the signature needs.
///
/// # Example
///
/// ```
/// use countersign_cli::{ClaimedScope, Request};
///
/// let mut request = Request::new("GET", "/");
/// let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
///     SignedHeaders=host;x-amz-date, Signature=5fa00fa3";
/// request.headers.push(("Authorization".into(), authorization.into()));
/// let claimed = ClaimedScope::of(&request).unwrap();
/// assert_eq!((&*claimed.region, &*claimed.service), ("us-east-1", "service"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedScope {
    /// The ID of the access key.
    pub access_key_id: String,
    /// The date, such as `20150830`.
    pub date: String,
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The signing name of the service, such as `neptune-db`.
    pub service: String,
    /// The time of the signature as the request writes it, or empty if it does not.
    pub timestamp: String,
}

impl ClaimedScope {
    /// Reads the credential of the `Authorization` header or of a presigned URL.
    ///
    /// Returns `None` if there is none, or if it does not have five parts.
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        let query = UrlParts::split(&request.target).query.unwrap_or_default();
        let header = |name| request.header(name).and_then(|value| str::from_utf8(value).ok());
        let from_header = header("authorization").and_then(|authorization| {
            let (_, credential) = authorization.split_once("Credential=")?;
            Some(credential.split([',', ' ']).next().unwrap_or_default().to_owned())
        });
        let is_presigned = from_header.is_none();
        let credential = from_header.or_else(|| parameter(query, "X-Amz-Credential"))?;
        let timestamp = match is_presigned {
            true => parameter(query, "X-Amz-Date"),
            false => header("x-amz-date").map(str::to_owned),
        };
        // The access key is whatever comes before the last four parts.
        let mut parts = credential.rsplitn(5, '/').skip(1);
        let (service, region) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let (date, access_key_id) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let timestamp = timestamp.unwrap_or_default();
        Some(Self { access_key_id, date, region, service, timestamp })
    }
}
