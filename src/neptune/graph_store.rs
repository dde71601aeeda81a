//! The SPARQL graph store protocol ([W3C](https://www.w3.org/TR/sparql11-http-rdf-update/),
//! [user guide](https://docs.aws.amazon.com/neptune/latest/userguide/sparql-graph-store-protocol.html)).

use bytes::Bytes;
use http::header::HeaderValue;
use http::{Method, Request};

use super::cluster::Cluster;
use super::error::NeptuneError;
use super::request::{Content, Pairs, filled};

/// The endpoint, which ends in a slash: what is signed is what is sent.
const PATH: &str = "/sparql/gsp/";

/// A graph of the RDF data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RdfGraph<'a> {
    /// The default graph.
    Default,
    /// The graph of this IRI.
    Named(&'a str),
}

impl RdfGraph<'_> {
    fn query(self) -> Result<Pairs, NeptuneError> {
        Ok(match self {
            Self::Default => Pairs::new().with_name("default"),
            Self::Named(iri) => Pairs::new().with("graph", filled("graph's IRI", iri)?),
        })
    }
}

/// Whole RDF graphs. The content type is that of the triples, such as `text/turtle` or `application/n-triples`.
impl Cluster {
    /// `GET /sparql/gsp/`: all triples of a graph, in the format that an `accept` header names.
    ///
    /// # Errors
    /// The graph's IRI is empty.
    pub fn read_graph(&self, graph: RdfGraph<'_>) -> Result<Request<Bytes>, NeptuneError> {
        self.graph(Method::GET, graph, Content::None)
    }

    /// `PUT /sparql/gsp/`: these triples in place of what the graph holds.
    ///
    /// ```
    /// use countersign::neptune::{Cluster, RdfGraph};
    /// use http::HeaderValue;
    ///
    /// let turtle = HeaderValue::from_static("text/turtle");
    /// let graph = RdfGraph::Named("urn:votes");
    /// let request = Cluster::new("db.example")?.replace_graph(graph, turtle, "<urn:a> <urn:b> 1 .")?;
    /// assert_eq!(request.uri(), "https://db.example:8182/sparql/gsp/?graph=urn%3Avotes");
    /// # Ok::<(), countersign::neptune::NeptuneError>(())
    /// ```
    ///
    /// # Errors
    /// The graph's IRI is empty.
    pub fn replace_graph(
        &self,
        graph: RdfGraph<'_>,
        content_type: HeaderValue,
        triples: impl Into<Bytes>,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.graph(Method::PUT, graph, Content::Some { content_type, body: triples.into() })
    }

    /// `POST /sparql/gsp/`: these triples as well as what the graph holds.
    ///
    /// # Errors
    /// The graph's IRI is empty.
    pub fn add_to_graph(
        &self,
        graph: RdfGraph<'_>,
        content_type: HeaderValue,
        triples: impl Into<Bytes>,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.graph(Method::POST, graph, Content::Some { content_type, body: triples.into() })
    }

    /// `DELETE /sparql/gsp/`: drops a graph.
    ///
    /// # Errors
    /// The graph's IRI is empty.
    pub fn drop_graph(&self, graph: RdfGraph<'_>) -> Result<Request<Bytes>, NeptuneError> {
        self.graph(Method::DELETE, graph, Content::None)
    }

    fn graph(
        &self,
        method: Method,
        graph: RdfGraph<'_>,
        content: Content,
    ) -> Result<Request<Bytes>, NeptuneError> {
        self.assemble(method, PATH, graph.query()?, content)
    }
}
