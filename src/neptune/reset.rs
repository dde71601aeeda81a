//! Fast reset: all data of a cluster is deleted, in two steps
//! ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/manage-console-fast-reset.html)).

use bytes::Bytes;
use http::Request;
use serde_json::json;

use super::cluster::Cluster;
use super::error::NeptuneError;
use super::request::filled;

/// Fast reset.
impl Cluster {
    /// `POST /system`, the first step: nothing is deleted, the answer holds a token (`payload.token`).
    ///
    /// # Errors
    /// See [`NeptuneError`].
    pub fn initiate_reset(&self) -> Result<Request<Bytes>, NeptuneError> {
        self.post_json(&["system"], &json!({"action": "initiateDatabaseReset"}))
    }

    /// `POST /system`, the second step: **deletes all data**. The token is that of the first step.
    ///
    /// # Errors
    /// The token is empty.
    pub fn perform_reset(&self, token: &str) -> Result<Request<Bytes>, NeptuneError> {
        let token = filled("token", token)?;
        self.post_json(&["system"], &json!({"action": "performDatabaseReset", "token": token}))
    }
}
