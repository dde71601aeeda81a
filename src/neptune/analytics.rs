//! Neptune Analytics: a service of its own, [`ANALYTICS_SERVICE`](super::ANALYTICS_SERVICE), that speaks openCypher
//! ([API reference](https://docs.aws.amazon.com/neptune-analytics/latest/apiref/API_ExecuteQuery.html)).

use alloc::string::String;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Map, Value, json};

use super::cluster::Cluster;
use super::error::NeptuneError;
use super::request::{Pairs, filled};
use super::statistics::SummaryMode;

/// A graph of Neptune Analytics: it makes the requests of the data plane, unsigned.
///
/// ```
/// use countersign::neptune::{ANALYTICS_SERVICE, AnalyticsGraph};
/// use countersign::{Credentials, Signer};
///
/// let graph = AnalyticsGraph::new("g-0123456789", "us-east-1")?;
/// let mut request = graph.query("MATCH (n) RETURN n LIMIT 1", None)?;
/// assert_eq!(request.uri(), "https://g-0123456789.us-east-1.neptune-graph.amazonaws.com/queries");
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
/// Signer::new(credentials, "us-east-1", ANALYTICS_SERVICE).sign(&mut request)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct AnalyticsGraph {
    endpoint: Cluster,
}

impl AnalyticsGraph {
    /// A graph by its id (`g-…`), at the public endpoint of its region, port 443.
    ///
    /// # Errors
    /// Either is empty, or holds what a host name cannot.
    pub fn new(graph_id: &str, region: &str) -> Result<Self, NeptuneError> {
        let (graph_id, region) = (filled("graph's id", graph_id)?, filled("region", region)?);
        let host = format!("{graph_id}.{region}.neptune-graph.amazonaws.com");
        Ok(Self { endpoint: Cluster::new(&host)?.with_port(443) })
    }

    /// A graph at another endpoint: a private one, one in another partition of AWS, a tunnel, a stand-in.
    #[must_use]
    pub fn at(endpoint: Cluster) -> Self {
        Self { endpoint }
    }

    /// `POST /queries`: runs an openCypher query.
    ///
    /// # Errors
    /// The query is empty.
    pub fn query(
        &self,
        query: &str,
        parameters: Option<&Map<String, Value>>,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let query = filled("query", query)?;
        let body = match parameters {
            Some(it) => json!({"query": query, "language": "OPEN_CYPHER", "parameters": it}),
            None => json!({"query": query, "language": "OPEN_CYPHER"}),
        };
        self.endpoint.post_json(&["queries"], &body)
    }

    /// `GET /queries`: the queries that run or wait. `most` is how many are told of; the service demands it.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn queries(&self, most: u32) -> Result<Request<Bytes>, NeptuneError> {
        let query = Pairs::new().with_some("maxResults", Some(most));
        self.endpoint.plain(Method::GET, &["queries"], query)
    }

    /// `GET /queries/{queryId}`: how far a query is.
    ///
    /// # Errors
    /// The id is empty.
    pub fn query_status(&self, query_id: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.endpoint.plain(Method::GET, &["queries", query_id], Pairs::new())
    }

    /// `DELETE /queries/{queryId}`: ends a query.
    ///
    /// # Errors
    /// The id is empty.
    pub fn cancel_query(&self, query_id: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.endpoint.plain(Method::DELETE, &["queries", query_id], Pairs::new())
    }

    /// `GET /summary`: what the graph holds.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn summary(&self, mode: Option<SummaryMode>) -> Result<Request<Bytes>, NeptuneError> {
        let mode = mode.map(|mode| mode.word().to_ascii_uppercase());
        self.endpoint.plain(Method::GET, &["summary"], Pairs::new().with_some("mode", mode))
    }

    /// Any other request, as [`Cluster::request`] makes it: the plan cache, a time limit or an explanation of a query are
    /// members of its body.
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
        self.endpoint.request(method, segments, query, body)
    }
}
