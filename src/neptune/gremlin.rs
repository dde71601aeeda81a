//! Gremlin over HTTP
//! ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/access-graph-gremlin-rest.html)).

use alloc::borrow::ToOwned;
use alloc::string::String;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Map, Value, json};

use super::cluster::Cluster;
use super::error::NeptuneError;
use super::request::{Pairs, filled};

/// Whether a list of running queries names those that wait, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitingQueries {
    /// The queries that run.
    #[default]
    LeaveOut,
    /// Those that wait in the queue as well.
    Include,
}

impl WaitingQueries {
    pub(super) fn query(self) -> Pairs {
        match self {
            Self::LeaveOut => Pairs::new(),
            Self::Include => Pairs::new().with("includeWaiting", "true"),
        }
    }
}

/// What a profile of a Gremlin query is to hold
/// ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/gremlin-profile-api.html)).
#[derive(Clone, Debug, Default)]
pub struct ProfileOptions(Map<String, Value>);

impl ProfileOptions {
    /// The service's defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of results alone, in place of the results.
    #[must_use]
    pub fn without_results(self) -> Self {
        self.with("profile.results", false)
    }

    /// Results are cut to this many characters each; 0 cuts none. The default is 250.
    #[must_use]
    pub fn with_chop(self, characters: u32) -> Self {
        self.with("profile.chop", characters)
    }

    /// Results are gathered in the form that this MIME type names.
    #[must_use]
    pub fn with_serializer(self, mime_type: &str) -> Self {
        self.with("profile.serializer", mime_type)
    }

    /// A report of every operation on an index as well.
    #[must_use]
    pub fn with_index_operations(self) -> Self {
        self.with("profile.indexOps", true)
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }
}

/// Gremlin.
impl Cluster {
    /// `POST /gremlin`: runs a query.
    ///
    /// # Errors
    /// The query is empty.
    pub fn gremlin(&self, query: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.post_json(&["gremlin"], &json!({"gremlin": filled("query", query)?}))
    }

    /// `GET /gremlin`: runs a query that stands in the URI.
    ///
    /// # Errors
    /// The query is empty, or too long for a URI.
    pub fn gremlin_by_get(&self, query: &str) -> Result<Request<Bytes>, NeptuneError> {
        let pairs = Pairs::new().with("gremlin", filled("query", query)?);
        self.plain(Method::GET, &["gremlin"], pairs)
    }

    /// `POST /gremlin/explain`: how a query would run.
    ///
    /// # Errors
    /// The query is empty.
    pub fn gremlin_explain(&self, query: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.post_json(&["gremlin", "explain"], &json!({"gremlin": filled("query", query)?}))
    }

    /// `POST /gremlin/profile`: runs a query, and tells how it ran.
    ///
    /// # Errors
    /// The query is empty.
    pub fn gremlin_profile(
        &self,
        query: &str,
        options: &ProfileOptions,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let body = options.clone().with("gremlin", filled("query", query)?).0;
        self.post_json(&["gremlin", "profile"], &Value::Object(body))
    }

    /// `GET /gremlin/status`: the queries that run.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn gremlin_queries(&self, waiting: WaitingQueries) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::GET, &["gremlin", "status"], waiting.query())
    }

    /// `GET /gremlin/status/{queryId}`: how far a query is.
    ///
    /// # Errors
    /// The id is empty.
    pub fn gremlin_query_status(&self, query_id: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::GET, &["gremlin", "status", query_id], Pairs::new())
    }

    /// `DELETE /gremlin/status/{queryId}`: ends a query.
    ///
    /// # Errors
    /// The id is empty.
    pub fn cancel_gremlin_query(&self, query_id: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::DELETE, &["gremlin", "status", query_id], Pairs::new())
    }
}
