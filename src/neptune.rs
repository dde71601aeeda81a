//! Amazon Neptune: requests for the endpoints of a cluster, over HTTP, WebSocket and Bolt.
//!
//! [`Cluster`] makes requests, [`Signer::neptune`](crate::Signer::neptune) signs them, any HTTP client sends them. The paths,
//! parameters and bodies are those of AWS's own model of the data plane (`neptunedata`, 2023-08-01); of its 48 operations those
//! that people write by hand have methods, and [`Cluster::request`] makes the others.
//!
//! # HTTP
//! TLS and HTTP/1.1, port 8182
//! ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/iam-auth-connecting.html)). The Host header carries the
//! port, and is signed with it.
//!
//! ```
//! use countersign::neptune::Cluster;
//! use countersign::{Credentials, Signer};
//!
//! let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
//! let signer = Signer::neptune(credentials, "us-east-1");
//! let cluster = Cluster::new("db.example")?;
//!
//! let mut request = cluster.sparql("SELECT * { ?s ?p ?o } LIMIT 1")?;
//! signer.sign(&mut request)?;
//! assert_eq!(request.body(), "query=SELECT%20%2A%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%201");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A signature in the query, as [`Signer::presign`](crate::Signer::presign) makes it, is documented for Neptune; it was not
//! tried against a live cluster.
//!
//! # WebSocket
//! Gremlin's drivers keep a WebSocket to `/gremlin`. What is signed is the GET that upgrades the connection, as the client
//! library made it, and anew for each connection. With tungstenite, whose requests are `http::Request<()>`:
//!
//! ```
//! use countersign::{Credentials, Signer};
//! use tokio_tungstenite::tungstenite::client::IntoClientRequest;
//!
//! let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
//! let signer = Signer::neptune(credentials, "us-east-1");
//!
//! let mut request = "wss://db.example:8182/gremlin".into_client_request()?;
//! signer.sign(&mut request)?;
//! assert!(request.headers().contains_key("authorization"));
//! // let (socket, _) = tokio_tungstenite::connect_async(request).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Behind a tunnel set the cluster's own `host` before signing. Neptune closes an idle socket after 20 to 25 minutes, and one
//! that IAM let in after about ten days
//! ([limits](https://docs.aws.amazon.com/neptune/latest/userguide/limits.html)).
//!
//! # Bolt
//! openCypher's drivers log in with a password that is a signed request, one for each connection. See [`BoltPassword`] for how
//! long it is good.
//!
//! ```
//! use countersign::neptune::{BOLT_USER, BoltHost, Cluster};
//! use countersign::{Credentials, Signer};
//!
//! let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
//! let signer = Signer::neptune(credentials, "us-east-1");
//! let password = Cluster::new("db.example")?.bolt_password(&signer, BoltHost::default(), signer.now()?)?;
//! let login = (BOLT_USER, password.as_str());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Errors
//! [`NeptuneError`] is what is refused before anything is sent; [`ErrorBody`] reads what the service says.

mod analytics;
mod bolt;
mod cluster;
mod error;
mod error_body;
mod graph_store;
mod gremlin;
mod host;
mod load;
mod loader;
mod opencypher;
mod request;
mod reset;
mod signer;
mod sparql;
mod sparql_form;
mod statistics;
mod streams;

use alloc::string::String;

pub use self::analytics::AnalyticsGraph;
pub use self::bolt::{BOLT_REALM, BOLT_SCHEME, BOLT_USER, BoltHost, BoltPassword};
pub use self::cluster::Cluster;
pub use self::error::NeptuneError;
pub use self::error_body::ErrorBody;
pub use self::graph_store::RdfGraph;
pub use self::gremlin::{ProfileOptions, WaitingQueries};
pub use self::load::{Load, LoadFormat, LoadMode, Parallelism};
pub use self::loader::{LoadListOptions, LoadStatusOptions};
pub use self::opencypher::{CancelMode, ExplainMode};
pub use self::statistics::{GraphModel, StatisticsMode, SummaryMode};
pub use self::streams::{StreamOptions, StreamStart};

use crate::credentials::variable;
use crate::error::CredentialsError;

/// The signing name of Amazon Neptune.
pub const SERVICE: &str = "neptune-db";

/// The signing name of Neptune Analytics.
pub const ANALYTICS_SERVICE: &str = "neptune-graph";

/// The region that the environment names: the first of `SERVICE_REGION`, `AWS_REGION` and `AWS_DEFAULT_REGION` that is not
/// empty. For credentials from elsewhere; [`Signer::neptune_from_env`](crate::Signer::neptune_from_env) reads both.
///
/// # Errors
/// There is none, or it is not UTF-8.
pub fn region_from_env() -> Result<String, CredentialsError> {
    signer::region(variable)
}

/// The same as [`region_from_env`] from any look-up of names.
///
/// # Errors
/// There is none.
pub fn region_from_vars(
    mut look_up: impl FnMut(&'static str) -> Option<String>,
) -> Result<String, CredentialsError> {
    signer::region(|name| Ok(look_up(name)))
}
