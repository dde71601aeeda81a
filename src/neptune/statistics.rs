//! Statistics and summaries of the graph
//! ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/neptune-dfe-statistics.html)).

use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

use super::cluster::Cluster;
use super::error::NeptuneError;
use super::request::Pairs;

/// One of the two kinds of data in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraphModel {
    /// The vertices and edges of Gremlin and openCypher.
    PropertyGraph,
    /// The triples of SPARQL.
    Rdf,
}

impl GraphModel {
    /// The first segment of the paths of statistics and streams.
    pub(super) fn segment(self) -> &'static str {
        match self {
            Self::PropertyGraph => "propertygraph",
            Self::Rdf => "sparql",
        }
    }
}

/// What is done to statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatisticsMode {
    /// They are no longer gathered by themselves.
    DisableAutoCompute,
    /// They are gathered by themselves.
    EnableAutoCompute,
    /// They are gathered now.
    Refresh,
}

/// How much a summary tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SummaryMode {
    /// Counts. The default of the service.
    Basic,
    /// Structures too.
    Detailed,
}

impl SummaryMode {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Detailed => "detailed",
        }
    }
}

/// Statistics.
impl Cluster {
    /// `GET /propertygraph/statistics` or `/sparql/statistics`: whether and when they were gathered.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn statistics(&self, model: GraphModel) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::GET, &[model.segment(), "statistics"], Pairs::new())
    }

    /// `POST` to the same: gathers them, or sets whether they are gathered.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn manage_statistics(
        &self,
        model: GraphModel,
        mode: StatisticsMode,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let mode = match mode {
            StatisticsMode::DisableAutoCompute => "disableAutoCompute",
            StatisticsMode::EnableAutoCompute => "enableAutoCompute",
            StatisticsMode::Refresh => "refresh",
        };
        self.post_json(&[model.segment(), "statistics"], &json!({"mode": mode}))
    }

    /// `DELETE` of the same.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn delete_statistics(&self, model: GraphModel) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::DELETE, &[model.segment(), "statistics"], Pairs::new())
    }

    /// `GET /propertygraph/statistics/summary` or `/rdf/statistics/summary`: what the graph holds.
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn summary(
        &self,
        model: GraphModel,
        mode: Option<SummaryMode>,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let first = match model {
            GraphModel::PropertyGraph => "propertygraph",
            GraphModel::Rdf => "rdf",
        };
        let query = Pairs::new().with_some("mode", mode.map(SummaryMode::word));
        self.plain(Method::GET, &[first, "statistics", "summary"], query)
    }
}
