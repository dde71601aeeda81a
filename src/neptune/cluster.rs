//! Where a cluster is.

use alloc::string::String;

use bytes::Bytes;
use http::header::HeaderValue;
use http::uri::Scheme;
use http::{Method, Request};
use serde_json::Value;

use super::error::NeptuneError;
use super::host::Host;
use super::request::{Content, Pairs, path};

/// The port of a cluster, if it was made with no other.
const PORT: u16 = 8182;

/// A cluster, or one of its instances: it makes the requests of the data plane, unsigned.
///
/// Each is signed as it is then, with [`Signer::sign`](crate::Signer::sign), and sent over HTTP/1.1. A header that the caller
/// wants, such as `accept` for another format of results, is set before it is signed.
///
/// ```
/// use countersign::neptune::Cluster;
/// use countersign::{Credentials, Signer};
///
/// let cluster = Cluster::new("db.example")?;
/// let mut request = cluster.status()?;
/// assert_eq!(request.uri(), "https://db.example:8182/status");
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
/// Signer::neptune(credentials, "us-east-1").sign(&mut request)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cluster {
    scheme: Scheme,
    host: Host,
    port: u16,
    signed: Option<SignedHost>,
}

/// The host of which a signature speaks, where requests go to another.
#[derive(Clone, Debug)]
struct SignedHost {
    host: Host,
    port: Option<u16>,
    header: HeaderValue,
}

impl Cluster {
    /// A cluster by its DNS name or IP address; port 8182, over TLS, which every cluster demands.
    ///
    /// # Errors
    /// The host is empty, or holds more than a name: a scheme, a user, a port, a path.
    pub fn new(host: &str) -> Result<Self, NeptuneError> {
        match Host::parse(host) {
            Ok((host, None)) => Ok(Self { scheme: Scheme::HTTPS, host, port: PORT, signed: None }),
            // A port that cannot be is one too many as well.
            Ok((_, Some(_))) | Err(NeptuneError::PortInvalid) => Err(NeptuneError::HostWithPort),
            Err(error) => Err(error),
        }
    }

    /// The same cluster on another port.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The same cluster behind a tunnel or a proxy: requests go to the host and port of this value, and speak of the
    /// cluster's own in a Host header, which is signed. `host` is written as the cluster knows it, with its port:
    ///
    /// ```
    /// use countersign::neptune::Cluster;
    ///
    /// let tunnel = Cluster::new("localhost")?.with_port(9000).with_signed_host("db.example:8182")?;
    /// let request = tunnel.status()?;
    /// assert_eq!(request.uri(), "https://localhost:9000/status");
    /// assert_eq!(request.headers()["host"], "db.example:8182");
    /// # Ok::<(), countersign::neptune::NeptuneError>(())
    /// ```
    ///
    /// # Errors
    /// The host is empty, or holds more than a name and a port.
    pub fn with_signed_host(mut self, host: &str) -> Result<Self, NeptuneError> {
        let (host, port) = Host::parse(host)?;
        // Cannot fail: a host is visible ASCII.
        let header = HeaderValue::try_from(host.with_port(port))
            .map_err(|_| NeptuneError::HostInvalid { at: 0 })?;
        self.signed = Some(SignedHost { host, port, header });
        Ok(self)
    }

    /// The same cluster without TLS: a stand-in on this machine, in tests. A signature keeps nothing secret: queries and
    /// answers are readable on the way, and a session token too.
    #[must_use]
    pub fn with_plain_http(mut self) -> Self {
        self.scheme = Scheme::HTTP;
        self
    }

    /// `GET /status`: whether the engine is up, its version and settings.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn status(&self) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::GET, &["status"], Pairs::new())
    }

    /// Any other request: a path of these segments, a query of these parameters, and a JSON body, if there is one.
    ///
    /// All are encoded here, so they are given as they are meant: a `/` in a segment does not part it.
    ///
    /// ```
    /// use countersign::neptune::Cluster;
    /// use http::Method;
    /// use serde_json::json;
    ///
    /// let cluster = Cluster::new("db.example")?;
    /// let role = [("neptuneIamRoleArn", "arn:aws:iam::123456789012:role/ml")];
    /// let request = cluster.request(Method::GET, &["ml", "endpoints", "a/b"], &role, None)?;
    /// assert_eq!(
    ///     request.uri().path_and_query().unwrap(),
    ///     "/ml/endpoints/a%2Fb?neptuneIamRoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fml"
    /// );
    /// let body = json!({"clientToken": "a-token"});
    /// let scope = [("scope", "ALL")];
    /// cluster.request(Method::POST, &["storage", "indexes", "rebuilds"], &scope, Some(&body))?;
    /// # Ok::<(), countersign::neptune::NeptuneError>(())
    /// ```
    ///
    /// # Errors
    /// A segment is empty, `.` or `..`; the URI is too long.
    pub fn request(
        &self,
        method: Method,
        segments: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let query = query.iter().fold(Pairs::new(), |pairs, (name, value)| pairs.with(name, value));
        self.assemble(method, path(segments)?, query, body.map_or(Content::None, Content::json))
    }

    /// A request without a body.
    pub(super) fn plain(
        &self,
        method: Method,
        segments: &[&str],
        query: Pairs,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.assemble(method, path(segments)?, query, Content::None)
    }

    /// A POST of JSON.
    pub(super) fn post_json(
        &self,
        segments: &[&str],
        body: &Value,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.assemble(Method::POST, path(segments)?, Pairs::new(), Content::json(body))
    }

    /// A POST of a form.
    pub(super) fn post_form(
        &self,
        segments: &[&str],
        form: Pairs,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.assemble(Method::POST, path(segments)?, Pairs::new(), Content::form(form))
    }

    pub(super) fn assemble(
        &self,
        method: Method,
        path: impl AsRef<[u8]>,
        query: Pairs,
        content: Content,
    ) -> Result<Request<Bytes>, NeptuneError> {
        // What goes without saying is not written: clients would leave it out of their Host header.
        let is_implied = self.port == if self.scheme == Scheme::HTTPS { 443 } else { 80 };
        let authority = self.host.with_port((!is_implied).then_some(self.port));
        let origin = format!("{}://{authority}", self.scheme);
        let signed_host = self.signed.as_ref().map(|signed| signed.header.clone());
        content.into_request(method, &[origin.as_bytes(), path.as_ref()], query, signed_host)
    }

    /// The host that signatures speak of, with its port.
    pub(super) fn host_with_port(&self) -> String {
        match &self.signed {
            Some(signed) => signed.host.with_port(signed.port),
            None => self.host.with_port(Some(self.port)),
        }
    }

    /// The host that signatures speak of, alone.
    pub(super) fn host_without_port(&self) -> String {
        self.signed.as_ref().map_or(&self.host, |signed| &signed.host).with_port(None)
    }
}
