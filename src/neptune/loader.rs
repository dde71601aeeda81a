//! The bulk loader ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/load-api-reference.html)).

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use super::cluster::Cluster;
use super::error::NeptuneError;
use super::load::Load;
use super::request::{Pairs, in_range};

/// Which loads are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadListOptions {
    limit: Option<u32>,
    queued: Option<bool>,
}

impl LoadListOptions {
    /// The service's defaults: up to 100, queued ones too.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// At most this many, 1 to 100.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Leaves out those that wait.
    #[must_use]
    pub fn without_queued(mut self) -> Self {
        self.queued = Some(false);
        self
    }
}

/// How much is told of a load.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadStatusOptions {
    details: Option<bool>,
    errors: Option<bool>,
    page: Option<u32>,
    errors_per_page: Option<u32>,
}

impl LoadStatusOptions {
    /// The service's defaults: neither details nor errors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// More than the overall status.
    #[must_use]
    pub fn with_details(mut self) -> Self {
        self.details = Some(true);
        self
    }

    /// The list of errors.
    #[must_use]
    pub fn with_errors(mut self) -> Self {
        self.errors = Some(true);
        self
    }

    /// Which page of the errors, from 1.
    #[must_use]
    pub fn with_page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    /// How many errors a page holds.
    #[must_use]
    pub fn with_errors_per_page(mut self, errors: u32) -> Self {
        self.errors_per_page = Some(errors);
        self
    }
}

/// The bulk loader.
impl Cluster {
    /// `POST /loader`: starts a load.
    ///
    /// # Errors
    /// The source, the role or the region is empty.
    pub fn start_load(&self, load: &Load) -> Result<Request<Bytes>, NeptuneError> {
        self.post_json(&["loader"], &load.to_json()?)
    }

    /// `POST /loader` with a body that is JSON already. What stands in it is not looked at.
    ///
    /// # Errors
    /// The text is not a JSON object.
    pub fn start_load_of_json(&self, body: &str) -> Result<Request<Bytes>, NeptuneError> {
        let value: Value = serde_json::from_str(body).map_err(|error| {
            NeptuneError::LoaderBody { line: error.line(), column: error.column() }
        })?;
        if !value.is_object() {
            return Err(NeptuneError::LoaderBodyNotObject);
        }
        self.post_json(&["loader"], &value)
    }

    /// `GET /loader`: the ids of loads.
    ///
    /// # Errors
    /// The limit is none of 1 to 100.
    pub fn loads(&self, options: &LoadListOptions) -> Result<Request<Bytes>, NeptuneError> {
        let query = Pairs::new()
            .with_some("limit", in_range("limit", options.limit, 100)?)
            .with_some("includeQueuedLoads", options.queued);
        self.plain(Method::GET, &["loader"], query)
    }

    /// `GET /loader/{loadId}`: how far a load is.
    ///
    /// # Errors
    /// The id is empty; a number is 0.
    pub fn load_status(
        &self,
        load_id: &str,
        options: &LoadStatusOptions,
    ) -> Result<Request<Bytes>, NeptuneError> {
        let per_page = in_range("errorsPerPage", options.errors_per_page, u32::MAX)?;
        let query = Pairs::new()
            .with_some("details", options.details)
            .with_some("errors", options.errors)
            .with_some("page", in_range("page", options.page, u32::MAX)?)
            .with_some("errorsPerPage", per_page);
        self.plain(Method::GET, &["loader", load_id], query)
    }

    /// `DELETE /loader/{loadId}`: ends a load.
    ///
    /// # Errors
    /// The id is empty.
    pub fn cancel_load(&self, load_id: &str) -> Result<Request<Bytes>, NeptuneError> {
        self.plain(Method::DELETE, &["loader", load_id], Pairs::new())
    }
}
