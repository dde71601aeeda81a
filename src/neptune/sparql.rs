//! SPARQL 1.1 over HTTP ([protocol](https://www.w3.org/TR/sparql11-protocol/),
//! [user guide](https://docs.aws.amazon.com/neptune/latest/userguide/access-graph-sparql-http-rest.html)). POST sends a form:
//! the bare `application/sparql-query` body of the protocol is not used.

use bytes::Bytes;
use http::{Method, Request};

use super::cluster::Cluster;
use super::error::NeptuneError;
use super::opencypher::{CancelMode, ExplainMode};
use super::request::{Pairs, filled};
use super::sparql_form::{Form, form};

/// SPARQL.
impl Cluster {
    /// `POST /sparql`: runs a query.
    ///
    /// # Errors
    /// The query is empty, or an update.
    pub fn sparql(&self, query: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.post_form(&["sparql"], pairs(query)?)
    }

    /// `GET /sparql`: runs a query that stands in the URI.
    ///
    /// # Errors
    /// The query is empty, too long for a URI, or an update: that is sent by POST only.
    pub fn sparql_by_get(&self, query: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::GET, &["sparql"], pairs(query)?)
    }

    /// `POST /sparql` with an update: one operation, or some with `;` between them.
    ///
    /// # Errors
    /// The update is empty, or a query.
    pub fn sparql_update(&self, update: &str) -> Result<Request<Bytes>, NeptuneError> {
        if form(filled("update", update)?) == Some(Form::Query) {
            return Err(NeptuneError::UpdateIsQuery);
        }
        self.post_form(&["sparql"], Pairs::new().with("update", update))
    }

    /// `POST /sparql` with `explain`: how a query runs
    /// ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/sparql-explain.html)).
    ///
    /// # Errors
    /// The query is empty, or an update.
    pub fn sparql_explain(
        &self,
        query: &str,
        mode: ExplainMode,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.post_form(&["sparql"], pairs(query)?.with("explain", mode.word()))
    }

    /// `GET /sparql/status`: the queries that run.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn sparql_queries(&self) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::GET, &["sparql", "status"], Pairs::new())
    }

    /// `GET /sparql/status?queryId=`: how far a query is.
    ///
    /// # Errors
    /// The id is empty.
    pub fn sparql_query_status(&self, query_id: &str) -> Result<Request<Bytes>, NeptuneError> {
        let query = Pairs::new().with("queryId", filled("query id", query_id)?);
        self.plain(Method::GET, &["sparql", "status"], query)
    }

    /// `POST /sparql/status` with `cancelQuery`: ends a query
    /// ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/sparql-api-status-cancel.html)).
    ///
    /// # Errors
    /// The id is empty.
    pub fn cancel_sparql_query(
        &self,
        query_id: &str,
        mode: CancelMode,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let id = filled("query id", query_id)?;
        let pairs = Pairs::new().with_name("cancelQuery").with("queryId", id);
        self.post_form(&["sparql", "status"], mode.add_to(pairs))
    }
}

fn pairs(query: &str) -> Result<Pairs, NeptuneError> {
    if form(filled("query", query)?) == Some(Form::Update) {
        return Err(NeptuneError::QueryIsUpdate);
    }
    Ok(Pairs::new().with("query", query))
}
