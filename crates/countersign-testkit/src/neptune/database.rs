//! The database, for handlers.

use std::sync::Arc;
use std::time::Duration;

use oxigraph::store::StorageError;

use super::budget::Budget;
use super::graphs::Graphs;
use super::limits::Limits;
use super::rejection::Rejection;
use super::workers::{Access, Workers};

/// The graphs, and the workers that read and write them. A clone is the same database.
#[derive(Clone)]
pub(crate) struct Database {
    graphs: Graphs,
    workers: Arc<Workers>,
}

impl Database {
    pub(crate) fn new(limits: Arc<Limits>) -> Result<Self, StorageError> {
        let graphs = Graphs::new(Arc::clone(&limits))?;
        Ok(Self { graphs, workers: Arc::new(Workers::new(limits)) })
    }

    /// Returns the workers, which wait for their threads when they are dropped.
    pub(crate) fn workers(&self) -> Arc<Workers> {
        Arc::clone(&self.workers)
    }

    /// Runs a job on a worker, at most for a time. See [`Workers::run`].
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        access: Access,
        time: Option<Duration>,
        job: impl FnOnce(&Graphs, &Arc<Budget>) -> Result<T, Rejection> + Send + 'static,
    ) -> Result<T, Rejection> {
        // The job must not hold the workers: the last thread to end would wait for itself.
        let graphs = self.graphs.clone();
        self.workers.run(access, time, move |budget| job(&graphs, budget)).await
    }
}
