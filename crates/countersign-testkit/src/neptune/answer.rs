//! Results as they are sent, up to a size.

use std::io::{self, Write};

use oxigraph::io::{RdfFormat, RdfSerializer};
use oxigraph::model::GraphNameRef;
use oxigraph::sparql::results::{QueryResultsFormat, QueryResultsSerializer};
use oxigraph::sparql::{QueryEvaluationError, QueryResults};
use oxigraph::store::Store;

use super::budget::Budget;
use super::limits::Limits;
use super::rejection::Rejection;

/// A content type and a body.
pub(crate) type Answer = (&'static str, Vec<u8>);

/// Writes the results of a query in the first format of `accept` that there is, or else as JSON or, for graphs, as
/// N-Triples.
pub(crate) fn write_results(
    results: Result<QueryResults<'_>, QueryEvaluationError>,
    accept: &str,
    limits: &Limits,
    budget: &Budget,
) -> Result<Answer, Rejection> {
    let mut body = Body::new(limits, budget);
    let written = body.write_results(results, accept);
    body.finish(written)
}

/// Writes all triples of a graph.
pub(crate) fn write_graph(
    store: &Store,
    graph: GraphNameRef<'_>,
    format: RdfFormat,
    limits: &Limits,
    budget: &Budget,
) -> Result<Vec<u8>, Rejection> {
    let mut body = Body::new(limits, budget);
    let written = store.dump_graph_to_writer(graph, format, &mut body).map(drop);
    let media_type = format.media_type();
    body.finish(written.map(|()| media_type).map_err(io::Error::other)).map(|(_, bytes)| bytes)
}

/// Returns the first format of an Accept header that there is, or N-Triples.
pub(crate) fn rdf_format(accept: &str) -> RdfFormat {
    let mut wanted = accept.split(',').map(str::trim);
    wanted.find_map(RdfFormat::from_media_type).unwrap_or(RdfFormat::NTriples)
}

/// A body that is being written.
struct Body<'a> {
    bytes: Vec<u8>,
    is_full: bool,
    limits: &'a Limits,
    budget: &'a Budget,
}

impl<'a> Body<'a> {
    fn new(limits: &'a Limits, budget: &'a Budget) -> Self {
        Self { bytes: Vec::new(), is_full: false, limits, budget }
    }

    fn write_results(
        &mut self,
        results: Result<QueryResults<'_>, QueryEvaluationError>,
        accept: &str,
    ) -> io::Result<&'static str> {
        let mut wanted = accept.split(',').map(str::trim);
        let format = wanted.find_map(QueryResultsFormat::from_media_type);
        let format = format.unwrap_or(QueryResultsFormat::Json);
        let serializer = QueryResultsSerializer::from_format(format);
        let mut left = self.limits.answer_rows;
        match results.map_err(io::Error::other)? {
            QueryResults::Boolean(value) => {
                serializer.serialize_boolean_to_writer(self, value)?;
                Ok(format.media_type())
            }
            QueryResults::Solutions(solutions) => {
                let variables = solutions.variables().to_vec();
                let mut rows = serializer.serialize_solutions_to_writer(&mut *self, variables)?;
                for solution in solutions {
                    left = left.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
                    rows.serialize(&solution.map_err(io::Error::other)?)?;
                }
                rows.finish()?;
                Ok(format.media_type())
            }
            QueryResults::Graph(triples) => {
                let format = rdf_format(accept);
                let mut rows = RdfSerializer::from_format(format).for_writer(&mut *self);
                for triple in triples {
                    left = left.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
                    rows.serialize_triple(&triple.map_err(io::Error::other)?)?;
                }
                rows.finish()?;
                Ok(format.media_type())
            }
        }
    }

    fn finish(self, written: io::Result<&'static str>) -> Result<Answer, Rejection> {
        // A budget that is used up explains any error best.
        self.budget.check()?;
        match written {
            Ok(media_type) => Ok((media_type, self.bytes)),
            Err(error) if self.is_full || error.kind() == io::ErrorKind::StorageFull => {
                let Limits { answer_rows, answer_bytes, .. } = self.limits;
                Err(Rejection::memory_limit(format!(
                    "The answer has more than {answer_rows} rows or {answer_bytes} bytes"
                )))
            }
            Err(error) => Err(Rejection::internal(error)),
        }
    }
}

impl Write for Body<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_full = self.bytes.len() + bytes.len() > self.limits.answer_bytes;
        if self.is_full || !self.budget.charge(0) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
