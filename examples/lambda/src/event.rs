//! The event: what it may be, and the request that it asks for.

use std::net::IpAddr;
use std::num::NonZeroU16;

use bytes::Bytes;
use countersign::neptune::Cluster;
use http::Request;
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    host: String,
    port: Option<NonZeroU16>,
    signed_host: Option<String>,
    method: Method,
    query_type: QueryType,
    #[serde(default)]
    query: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Get,
    Post,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum QueryType {
    Gremlin,
    Loader,
    OpenCypher,
    Sparql,
    SparqlUpdate,
    Status,
}

/// The request, not yet signed.
pub(crate) fn request(event: &Value) -> Result<Request<Bytes>, Error> {
    let event = Event::deserialize(event).map_err(|error| format!("the event: {error}"))?;
    let (cluster, query) = (event.cluster()?, &event.query);
    Ok(match (event.query_type, event.method) {
        (QueryType::Gremlin, Method::Get) => cluster.gremlin_by_get(query),
        (QueryType::Gremlin, Method::Post) => cluster.gremlin(query),
        (QueryType::Loader, Method::Get) => return loads(&cluster, query),
        (QueryType::Loader, Method::Post) => cluster.start_load_of_json(query),
        (QueryType::OpenCypher, Method::Get) => cluster.opencypher_by_get(query, None),
        (QueryType::OpenCypher, Method::Post) => cluster.opencypher(query, None),
        (QueryType::Sparql, Method::Get) => cluster.sparql_by_get(query),
        (QueryType::Sparql, Method::Post) => cluster.sparql(query),
        (QueryType::SparqlUpdate, Method::Get) => return Err("an update is sent by POST".into()),
        (QueryType::SparqlUpdate, Method::Post) => cluster.sparql_update(query),
        (QueryType::Status, Method::Get) => cluster.status(),
        (QueryType::Status, Method::Post) => return Err("the status is asked for by GET".into()),
    }?)
}

impl Event {
    fn cluster(&self) -> Result<Cluster, Error> {
        let (host, port) = match (parted(&self.host)?, self.port) {
            ((_, Some(_)), Some(_)) => return Err("the port stands in port and in host".into()),
            ((host, of_host), given) => (host, given.or(of_host)),
        };
        let mut cluster = Cluster::new(host)?;
        if let Some(port) = port {
            cluster = cluster.with_port(port.get());
        }
        if let Some(host) = &self.signed_host {
            cluster = cluster.with_signed_host(host)?;
        }
        let address = host.trim_matches(['[', ']']).parse();
        let is_here = address.is_ok_and(|address: IpAddr| address.is_loopback());
        Ok(if is_here { cluster.with_plain_http() } else { cluster })
    }
}

/// A host, and the port that stands behind it.
fn parted(host: &str) -> Result<(&str, Option<NonZeroU16>), Error> {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match host.rsplit_once(':') {
        // An IPv6 address with a port stands in brackets.
        Some((name, port)) if is_number(port) && (!name.contains(':') || name.ends_with(']')) => {
            let port = port.parse().map_err(|_| "the port in host is no number from 1 to 65535")?;
            Ok((name, Some(port)))
        }
        _ => Ok((host, None)),
    }
}

/// A GET of the loader: the id of a load stands in the path, the other parameters in the query.
fn loads(cluster: &Cluster, query: &str) -> Result<Request<Bytes>, Error> {
    let query = if query.trim().is_empty() { "{}" } else { query };
    let parameters: Map<String, Value> = serde_json::from_str(query)
        .map_err(|error| format!("the query is no JSON object of parameters: {error}"))?;
    let (mut path, mut pairs) = (vec!["loader".to_owned()], Vec::new());
    for (name, value) in parameters {
        let text = match value {
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return Err(format!("the parameter {name} is no text, number or boolean").into()),
        };
        if name == "loadId" { path.push(text) } else { pairs.push((name, text)) }
    }
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (&**n, &**v)).collect();
    Ok(cluster.request(http::Method::GET, &path, &pairs, None)?)
}
