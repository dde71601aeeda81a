//! What the bulk loader is told
//! ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/load-api-reference-load.html)).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::error::NeptuneError;
use super::request::filled;

/// The format of what is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadFormat {
    /// Vertices and edges of Gremlin.
    Csv,
    /// RDF.
    NQuads,
    /// RDF.
    NTriples,
    /// Vertices and edges of openCypher.
    OpenCypher,
    /// RDF.
    RdfXml,
    /// RDF.
    Turtle,
}

impl LoadFormat {
    fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::NQuads => "nquads",
            Self::NTriples => "ntriples",
            Self::OpenCypher => "opencypher",
            Self::RdfXml => "rdfxml",
            Self::Turtle => "turtle",
        }
    }
}

/// What becomes of an earlier load of the same source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadMode {
    /// It is taken up again; where there is none, a new one begins. The default of the service.
    Auto,
    /// A new one begins, whatever was before.
    New,
    /// It is taken up again; where there is none, nothing is loaded.
    Resume,
}

/// How many threads load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parallelism {
    /// One for each vCPU. The default of the service.
    High,
    /// One for eight vCPUs.
    Low,
    /// One for two vCPUs.
    Medium,
    /// Two for each vCPU: the load takes all that there is.
    Oversubscribe,
}

/// A bulk load from S3. What is not set is left to the service.
///
/// ```
/// use countersign::neptune::{Cluster, Load, LoadFormat, Parallelism};
///
/// let role = "arn:aws:iam::123456789012:role/NeptuneLoad";
/// let load = Load::new("s3://amzn-s3-demo-bucket/data/", LoadFormat::Csv, role, "us-east-1")
///     .with_parallelism(Parallelism::Medium)
///     .with_queueing();
/// let request = Cluster::new("db.example")?.start_load(&load)?;
/// assert_eq!(request.uri().path(), "/loader");
/// # Ok::<(), countersign::neptune::NeptuneError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Load {
    source: String,
    format: LoadFormat,
    iam_role_arn: String,
    region: String,
    options: Map<String, Value>,
    parser: Map<String, Value>,
    dependencies: Vec<Value>,
}

impl Load {
    /// A load of one file or of all below a prefix (`s3://bucket/key`), by a role that may read them, from a bucket in
    /// this region.
    #[must_use]
    pub fn new(source: &str, format: LoadFormat, iam_role_arn: &str, region: &str) -> Self {
        Self {
            source: source.to_owned(),
            format,
            iam_role_arn: iam_role_arn.to_owned(),
            region: region.to_owned(),
            options: Map::new(),
            parser: Map::new(),
            dependencies: Vec::new(),
        }
    }

    /// What becomes of an earlier load of the same source.
    #[must_use]
    pub fn with_mode(self, mode: LoadMode) -> Self {
        let word = match mode {
            LoadMode::Auto => "AUTO",
            LoadMode::New => "NEW",
            LoadMode::Resume => "RESUME",
        };
        self.with("mode", word)
    }

    /// How many threads load.
    #[must_use]
    pub fn with_parallelism(self, parallelism: Parallelism) -> Self {
        let word = match parallelism {
            Parallelism::High => "HIGH",
            Parallelism::Low => "LOW",
            Parallelism::Medium => "MEDIUM",
            Parallelism::Oversubscribe => "OVERSUBSCRIBE",
        };
        self.with("parallelism", word)
    }

    /// Passes over what is wrong (`failOnError` is false). By default the load ends with the first error.
    #[must_use]
    pub fn with_errors_passed_over(self) -> Self {
        self.with("failOnError", false)
    }

    /// Lets a new value of a property that has one value replace the old one. By default it is an error.
    #[must_use]
    pub fn with_single_cardinality_updates(self) -> Self {
        self.with("updateSingleCardinalityProperties", true)
    }

    /// Waits behind other loads. By default a load is refused while another runs.
    #[must_use]
    pub fn with_queueing(self) -> Self {
        self.with("queueRequest", true)
    }

    /// Waits until another load of the queue has ended well. Any number of them.
    #[must_use]
    pub fn with_dependency(mut self, load_id: &str) -> Self {
        self.dependencies.push(load_id.into());
        self
    }

    /// openCypher files hold an id of each edge (`userProvidedEdgeIds` is true).
    #[must_use]
    pub fn with_provided_edge_ids(self) -> Self {
        self.with("userProvidedEdgeIds", true)
    }

    /// openCypher files hold no ids of edges (`userProvidedEdgeIds` is false): the service makes them up. Where
    /// nothing is said, each edge must have one.
    #[must_use]
    pub fn with_generated_edge_ids(self) -> Self {
        self.with("userProvidedEdgeIds", false)
    }

    /// The files hold edges only, so the service need not sort them first.
    #[must_use]
    pub fn with_edges_only(self) -> Self {
        self.with("edgeOnlyLoad", true)
    }

    /// A member of `parserConfiguration`: `namedGraphUri`, `baseUri` or `allowEmptyStrings`.
    #[must_use]
    pub fn with_parser_setting(mut self, name: &str, value: &str) -> Self {
        self.parser.insert(name.to_owned(), value.into());
        self
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn to_json(&self) -> Result<Value, NeptuneError> {
        let mut body = self.options.clone();
        for (name, value) in [
            ("source", filled("source", &self.source)?),
            ("format", self.format.word()),
            ("iamRoleArn", filled("ARN of the IAM role", &self.iam_role_arn)?),
            ("region", filled("bucket's region", &self.region)?),
        ] {
            body.insert(name.to_owned(), value.into());
        }
        if !self.parser.is_empty() {
            body.insert("parserConfiguration".to_owned(), json!(self.parser));
        }
        if !self.dependencies.is_empty() {
            body.insert("dependencies".to_owned(), json!(self.dependencies));
        }
        Ok(Value::Object(body))
    }
}
