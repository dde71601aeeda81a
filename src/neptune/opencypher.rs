//! openCypher over HTTP
//! ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/access-graph-opencypher-queries.html)). The path is
//! sent in lower case, as the SDKs send it; the user guide writes `/openCypher` too.

use alloc::string::{String, ToString};

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Map, Value, json};

use super::cluster::Cluster;
use super::error::NeptuneError;
use super::gremlin::WaitingQueries;
use super::request::{Pairs, filled};

/// How much an explanation of a SPARQL or openCypher query tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExplainMode {
    /// The plan, with what each step did: the query is run.
    Details,
    /// The plan and how it behaved: the query is run.
    Dynamic,
    /// The plan alone.
    Static,
}

impl ExplainMode {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Details => "details",
            Self::Dynamic => "dynamic",
            Self::Static => "static",
        }
    }
}

/// How a query ends that is cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelMode {
    /// Whoever sent it gets an error, status 500.
    #[default]
    Loud,
    /// Whoever sent it gets status 200 and no results.
    Silent,
}

impl CancelMode {
    pub(super) fn add_to(self, pairs: Pairs) -> Pairs {
        match self {
            Self::Loud => pairs,
            Self::Silent => pairs.with("silent", "true"),
        }
    }
}

/// openCypher. Parameters are the values of `$name` in a query; they are sent as a text of JSON, as the service wants them.
impl Cluster {
    /// `POST /opencypher` with a JSON body: runs a query.
    ///
    /// ```
    /// use countersign::neptune::Cluster;
    /// use serde_json::{Map, json};
    ///
    /// let cluster = Cluster::new("db.example")?;
    /// let parameters = Map::from_iter([("name".to_owned(), json!("JFK"))]);
    /// let request = cluster.opencypher("MATCH (n {name: $name}) RETURN n", Some(&parameters))?;
    /// let body: serde_json::Value = serde_json::from_slice(request.body())?;
    /// assert_eq!(body["parameters"], r#"{"name":"JFK"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The query is empty.
    pub fn opencypher(
        &self,
        query: &str,
        parameters: Option<&Map<String, Value>>,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.post_json(&["opencypher"], &json(query, parameters)?)
    }

    /// `POST /opencypher` with a form: runs a query.
    ///
    /// # Errors
    /// The query is empty.
    pub fn opencypher_by_form(
        &self,
        query: &str,
        parameters: Option<&Map<String, Value>>,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.post_form(&["opencypher"], pairs(query, parameters)?)
    }

    /// `GET /opencypher`: runs a query that stands in the URI.
    ///
    /// # Errors
    /// The query is empty, or too long for a URI.
    pub fn opencypher_by_get(
        &self,
        query: &str,
        parameters: Option<&Map<String, Value>>,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::GET, &["opencypher"], pairs(query, parameters)?)
    }

    /// `POST /opencypher/explain`: how a query runs.
    ///
    /// # Errors
    /// The query is empty.
    pub fn opencypher_explain(
        &self,
        query: &str,
        parameters: Option<&Map<String, Value>>,
        mode: ExplainMode,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let mut body = json(query, parameters)?;
        if let Value::Object(members) = &mut body {
            members.insert("explain".into(), mode.word().into());
        }
        self.post_json(&["opencypher", "explain"], &body)
    }

    /// `GET /opencypher/status`: the queries that run.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn opencypher_queries(
        &self,
        waiting: WaitingQueries,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::GET, &["opencypher", "status"], waiting.query())
    }

    /// `GET /opencypher/status/{queryId}`: how far a query is.
    ///
    /// # Errors
    /// The id is empty.
    pub fn opencypher_query_status(&self, query_id: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::GET, &["opencypher", "status", query_id], Pairs::new())
    }

    /// `DELETE /opencypher/status/{queryId}`: ends a query.
    ///
    /// # Errors
    /// The id is empty.
    pub fn cancel_opencypher_query(
        &self,
        query_id: &str,
        mode: CancelMode,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let query = mode.add_to(Pairs::new());
        self.plain(Method::DELETE, &["opencypher", "status", query_id], query)
    }
}

fn json(query: &str, parameters: Option<&Map<String, Value>>) -> Result<Value, NeptuneError> {
    let query = filled("query", query)?;
    Ok(match parameters {
        Some(parameters) => json!({"query": query, "parameters": text(parameters)}),
        None => json!({"query": query}),
    })
}

fn pairs(query: &str, parameters: Option<&Map<String, Value>>) -> Result<Pairs, NeptuneError> {
    let pairs = Pairs::new().with("query", filled("query", query)?);
    Ok(pairs.with_some("parameters", parameters.map(text)))
}

fn text(parameters: &Map<String, Value>) -> String {
    Value::Object(parameters.clone()).to_string()
}
