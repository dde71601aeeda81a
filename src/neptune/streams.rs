//! The stream of changes ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/streams-using-api-call.html)).

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, HeaderValue};
use http::{Method, Request};

use super::cluster::Cluster;
use super::error::NeptuneError;
use super::request::{Pairs, in_range};
use super::statistics::GraphModel;

/// Where reading begins. A commit has a number, and each change in it another, from 1, which is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamStart {
    /// Behind this change (`AFTER_SEQUENCE_NUMBER`).
    After {
        /// The commit.
        commit: u64,
        /// The change in it.
        operation: Option<u64>,
    },
    /// At this change (`AT_SEQUENCE_NUMBER`).
    At {
        /// The commit.
        commit: u64,
        /// The change in it.
        operation: Option<u64>,
    },
    /// At the last change (`LATEST`).
    Latest,
    /// At the first that is kept (`TRIM_HORIZON`).
    TrimHorizon,
}

/// What is read of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct StreamOptions {
    limit: Option<u32>,
    start: Option<StreamStart>,
    encoding: Option<&'static str>,
}

impl StreamOptions {
    /// The service's defaults: 10 changes at most.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// At most this many changes, 1 to 100,000. The service ends an answer at 10 MB.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Where reading begins.
    #[must_use]
    pub fn with_start(mut self, start: StreamStart) -> Self {
        self.start = Some(start);
        self
    }

    /// Asks for an answer that is compressed with gzip.
    #[must_use]
    pub fn with_gzip(mut self) -> Self {
        self.encoding = Some("gzip");
        self
    }
}

/// Streams.
impl Cluster {
    /// `GET /propertygraph/stream` or `/sparql/stream`: changes.
    ///
    /// # Errors
    /// The limit is none of 1 to 100,000.
    pub fn stream(
        &self,
        model: GraphModel,
        options: &StreamOptions,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let limit = in_range("limit", options.limit, 100_000)?;
        let (kind, commit, operation) = match options.start {
            Some(StreamStart::After { commit, operation }) => {
                (Some("AFTER_SEQUENCE_NUMBER"), Some(commit), operation)
            }
            Some(StreamStart::At { commit, operation }) => {
                (Some("AT_SEQUENCE_NUMBER"), Some(commit), operation)
            }
            Some(StreamStart::Latest) => (Some("LATEST"), None, None),
            Some(StreamStart::TrimHorizon) => (Some("TRIM_HORIZON"), None, None),
            None => (None, None, None),
        };
        let query = Pairs::new()
            .with_some("limit", limit)
            .with_some("iteratorType", kind)
            .with_some("commitNum", commit)
            .with_some("opNum", operation);
        let mut request = self.plain(Method::GET, &[model.segment(), "stream"], query)?;
        if let Some(encoding) = options.encoding {
            request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static(encoding));
        }
        Ok(request)
    }
}
