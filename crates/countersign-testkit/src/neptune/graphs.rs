//! Oxigraph, in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{GraphName, QuadRef};
use oxigraph::store::{StorageError, Store};
use spargebra::{GraphUpdateOperation, SparqlParser};

use super::answer::{self, Answer};
use super::budget::Budget;
use super::limits::Limits;
use super::meter::{QUAD_BYTES, evaluator, meter_query, meter_update};
use super::query_text;
use super::rejection::Rejection;

/// The graphs. A clone has the same ones.
#[derive(Clone)]
pub(crate) struct Graphs {
    store: Store,
    /// An estimate of their size, in bytes. It grows with each write; when it is over the limit, they are measured.
    bytes: Arc<AtomicUsize>,
    limits: Arc<Limits>,
}

impl Graphs {
    pub(crate) fn new(limits: Arc<Limits>) -> Result<Self, StorageError> {
        Ok(Self { store: Store::new()?, bytes: Arc::default(), limits })
    }

    /// Runs a query, and returns its results in the first format of `accept` that there is.
    pub(crate) fn query(
        &self,
        text: &str,
        accept: &str,
        budget: &Arc<Budget>,
    ) -> Result<Answer, Rejection> {
        query_text::check(text, self.limits.query_bytes)?;
        let mut query = SparqlParser::new().parse_query(text).map_err(Rejection::malformed)?;
        meter_query(text, &mut query)?;
        let mut query = evaluator(budget).for_query(query);
        // Neptune's default graph is the union of all graphs.
        if query.dataset().is_default_dataset() {
            query.dataset_mut().set_default_graph_as_union();
        }
        answer::write_results(query.on_store(&self.store).execute(), accept, &self.limits, budget)
    }

    pub(crate) fn update(&self, text: &str, budget: &Arc<Budget>) -> Result<(), Rejection> {
        query_text::check(text, self.limits.query_bytes)?;
        let mut update = SparqlParser::new().parse_update(text).map_err(Rejection::malformed)?;
        let mut adds = false;
        for operation in &update.operations {
            match operation {
                GraphUpdateOperation::InsertData { data } => {
                    adds = true;
                    for quad in data {
                        budget.try_charge(QUAD_BYTES.saturating_add(quad.to_string().len()))?;
                    }
                }
                GraphUpdateOperation::DeleteInsert { insert, .. } => adds |= !insert.is_empty(),
                _ => {}
            }
        }
        if adds {
            self.check_room()?;
        }
        meter_update(text, &mut update)?;
        let mut transaction = self.store.start_transaction().map_err(Rejection::internal)?;
        let done = evaluator(budget).for_update(update).on_transaction(&mut transaction).execute();
        // A budget that is used up explains any error best, and ends a query without one.
        budget.check()?;
        done.map_err(Rejection::internal)?;
        transaction.commit().map_err(Rejection::internal)?;
        self.bytes.fetch_add(budget.used(), Ordering::Relaxed);
        Ok(())
    }

    /// Returns a graph in a format.
    pub(crate) fn read(
        &self,
        graph: &GraphName,
        format: RdfFormat,
        budget: &Budget,
    ) -> Result<Vec<u8>, Rejection> {
        answer::write_graph(&self.store, graph.as_ref(), format, &self.limits, budget)
    }

    /// Adds the triples of a document to a graph, in place of those that it has, or besides them.
    pub(crate) fn write(
        &self,
        graph: GraphName,
        format: RdfFormat,
        document: &[u8],
        replace: bool,
        budget: &Budget,
    ) -> Result<(), Rejection> {
        self.check_room()?;
        let mut transaction = self.store.start_transaction().map_err(Rejection::internal)?;
        if replace {
            transaction.clear_graph(graph.as_ref()).map_err(Rejection::internal)?;
        }
        let parser = RdfParser::from_format(format).without_named_graphs();
        for quad in parser.with_default_graph(graph).for_slice(document) {
            let quad = quad.map_err(Rejection::malformed)?;
            budget.try_charge(quad_bytes(quad.as_ref()))?;
            transaction.insert(quad.as_ref());
        }
        transaction.commit().map_err(Rejection::internal)?;
        self.bytes.fetch_add(budget.used(), Ordering::Relaxed);
        Ok(())
    }

    /// Removes all triples of a graph.
    pub(crate) fn clear(&self, graph: &GraphName) -> Result<(), Rejection> {
        self.store.clear_graph(graph.as_ref()).map_err(Rejection::internal)
    }

    fn check_room(&self) -> Result<(), Rejection> {
        let limit = self.limits.stored_bytes;
        if self.bytes.load(Ordering::Relaxed) <= limit {
            return Ok(());
        }
        let mut bytes: usize = 0;
        for quad in self.store.iter() {
            let quad = quad.map_err(Rejection::internal)?;
            bytes = bytes.saturating_add(quad_bytes(quad.as_ref()));
        }
        self.bytes.store(bytes, Ordering::Relaxed);
        if bytes <= limit {
            return Ok(());
        }
        let message = format!("The graphs are larger than {limit} bytes; remove some of them");
        Err(Rejection::memory_limit(message))
    }
}

/// An estimate of what a triple takes in the store, in bytes.
fn quad_bytes(quad: QuadRef<'_>) -> usize {
    QUAD_BYTES.saturating_add(quad.to_string().len())
}
