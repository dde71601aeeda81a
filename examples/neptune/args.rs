//! The command line.

use std::net::IpAddr;

use bytes::Bytes;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, value_parser};
use countersign::neptune::{Cluster, NeptuneError};
use http::{Method, Request};
use serde_json::{Map, Value};

/// Sends one signed request to a Neptune cluster and prints the answer; without arguments, shows how that goes with a test
/// server on this machine.
///
/// Credentials come from the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones,
/// AWS_SESSION_TOKEN; the region from SERVICE_REGION, AWS_REGION or AWS_DEFAULT_REGION.
#[derive(Debug, Parser)]
#[command(name = "neptune", args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) call: Option<Call>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a test server on 127.0.0.1, over plain HTTP, which knows AWS's public example credentials.
    Serve {
        #[arg(long, default_value_t = 8182, help = "0 for any that is free")]
        port: u16,
    },
}

/// One request.
#[derive(Args, Debug)]
pub(crate) struct Call {
    #[arg(long, help = "The cluster's name, without a scheme or a port")]
    host: String,
    #[arg(long, default_value_t = 8182, value_parser = value_parser!(u16).range(1..))]
    port: u16,
    #[arg(long, ignore_case = true)]
    #[arg(help = "The method; otherwise POST for updates, GET for all else")]
    action: Option<Action>,
    #[arg(long, alias = "query_type")]
    query_type: QueryType,
    #[arg(long, default_value = "", allow_hyphen_values = true, hide_default_value = true)]
    #[arg(help = "The query; for the loader a JSON object: by POST the load, by GET parameters")]
    data: String,
    #[arg(long, value_name = "JSON", value_parser = object)]
    #[arg(help = "The values of the parameters of an openCypher query, a JSON object")]
    parameters: Option<Map<String, Value>>,
    #[arg(long, value_name = "HOST:PORT")]
    #[arg(help = "The cluster's own host and port, where --host is a tunnel's or a proxy's")]
    signed_host: Option<String>,
    #[arg(long, help = "Without TLS, to this machine only")]
    plain_http: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Action {
    Get,
    Post,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
#[value(rename_all = "lower")]
enum QueryType {
    Status,
    Gremlin,
    Sparql,
    SparqlUpdate,
    OpenCypher,
    Loader,
}

impl Call {
    /// The request, unsigned.
    pub(crate) fn request(&self) -> Result<Request<Bytes>, clap::Error> {
        let cluster = self.cluster()?;
        let by_default = match self.query_type {
            QueryType::SparqlUpdate => Action::Post,
            _ => Action::Get,
        };
        if self.parameters.is_some() && self.query_type != QueryType::OpenCypher {
            return Err(wrong("only an openCypher query takes --parameters"));
        }
        let (data, parameters) = (&*self.data, self.parameters.as_ref());
        let request = match (self.query_type, self.action.unwrap_or(by_default)) {
            (QueryType::Status, Action::Get) => cluster.status(),
            (QueryType::Status, Action::Post) => return Err(wrong("the status is read by GET")),
            (QueryType::Gremlin, Action::Get) => cluster.gremlin_by_get(data),
            (QueryType::Gremlin, Action::Post) => cluster.gremlin(data),
            (QueryType::Sparql, Action::Get) => cluster.sparql_by_get(data),
            (QueryType::Sparql, Action::Post) => cluster.sparql(data),
            (QueryType::SparqlUpdate, Action::Get) => {
                return Err(wrong("a SPARQL update is sent by POST"));
            }
            (QueryType::SparqlUpdate, Action::Post) => cluster.sparql_update(data),
            (QueryType::OpenCypher, Action::Get) => cluster.opencypher_by_get(data, parameters),
            (QueryType::OpenCypher, Action::Post) => cluster.opencypher(data, parameters),
            (QueryType::Loader, Action::Get) => loads(&cluster, data)?,
            (QueryType::Loader, Action::Post) => cluster.start_load_of_json(data),
        };
        request.map_err(wrong)
    }

    fn cluster(&self) -> Result<Cluster, clap::Error> {
        let mut cluster = Cluster::new(&self.host).map_err(wrong)?.with_port(self.port);
        if self.plain_http {
            if !is_loopback(&self.host) {
                return Err(wrong("--plain-http is for localhost and its addresses only"));
            }
            cluster = cluster.with_plain_http();
        }
        match &self.signed_host {
            Some(host) => cluster.with_signed_host(host).map_err(wrong),
            None => Ok(cluster),
        }
    }
}

/// `GET /loader`, or `/loader/{loadId}`, with the other parameters as they are given.
fn loads(
    cluster: &Cluster,
    data: &str,
) -> Result<Result<Request<Bytes>, NeptuneError>, clap::Error> {
    let data = if data.trim().is_empty() { "{}" } else { data };
    let mut parameters = object(data).map_err(wrong)?;
    let load_id = parameters.remove("loadId").map(|value| text(&value)).transpose()?;
    let texts: Result<Vec<(String, String)>, clap::Error> =
        parameters.into_iter().map(|(name, value)| Ok((name, text(&value)?))).collect();
    let texts = texts?;
    let query: Vec<(&str, &str)> = texts.iter().map(|(name, value)| (&**name, &**value)).collect();
    let segments: Vec<&str> = ["loader"].into_iter().chain(load_id.as_deref()).collect();
    Ok(cluster.request(Method::GET, &segments, &query, None))
}

fn text(value: &Value) -> Result<String, clap::Error> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(wrong("a parameter of the loader is a text, a number, true or false")),
    }
}

fn object(json: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(json).map_err(|error| format!("it is no JSON object: {error}"))
}

fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// An error that shows the usage, as clap's own do.
pub(crate) fn wrong(reason: impl ToString) -> clap::Error {
    let mut command = Arguments::command();
    let usage = ContextValue::StyledStr(command.render_usage());
    let mut error = command.error(ErrorKind::ValueValidation, reason.to_string());
    error.insert(ContextKind::Usage, usage);
    error
}

const EXAMPLES: &str = "Examples:
  neptune --host db.example --query-type status
  neptune --host db.example --query-type sparql --data 'SELECT * { ?s ?p ?o } LIMIT 10'
  neptune --host db.example --action POST --query-type sparqlupdate --data 'INSERT DATA { <urn:a> <urn:b> <urn:c> }'
  neptune --host db.example --query-type gremlin --data 'g.V().count()'
  neptune --host db.example --action POST --query-type opencypher --data 'MATCH (n) RETURN n LIMIT 10'
  neptune --host db.example --query-type loader --data '{\"limit\": 3, \"includeQueuedLoads\": false}'
  neptune serve --port 8182";
