//! The 48 operations.

use std::error::Error;

use bytes::Bytes;
use countersign::neptune::{
    CancelMode, Cluster, ExplainMode, GraphModel, Load, LoadFormat, LoadListOptions, LoadMode,
    LoadStatusOptions, Parallelism, ProfileOptions, StatisticsMode, StreamOptions, StreamStart,
    SummaryMode, WaitingQueries,
};
use http::{Method, Request};
use serde_json::{Map, Value};

use crate::parameters::Parameters;

type Made = Result<Request<Bytes>, Box<dyn Error>>;

/// What one operation sends: by the call of that name where there is one, by [`Cluster::request`] otherwise.
pub(crate) fn request(cluster: &Cluster, operation: &str, given: &mut Parameters) -> Made {
    let id = |given: &mut Parameters, name| given.need::<String>(name);
    Ok(match operation {
        // The language of the answer is the caller's header.
        "ExecuteGremlinQuery" => cluster.gremlin(&id(given, "gremlinQuery")?)?,
        "ExecuteGremlinExplainQuery" => cluster.gremlin_explain(&id(given, "gremlinQuery")?)?,
        "ExecuteGremlinProfileQuery" => {
            let query = id(given, "gremlinQuery")?;
            cluster.gremlin_profile(&query, &profile_options(given)?)?
        }
        "ListGremlinQueries" => cluster.gremlin_queries(waiting(given)?)?,
        "GetGremlinQueryStatus" => cluster.gremlin_query_status(&id(given, "queryId")?)?,
        "CancelGremlinQuery" => cluster.cancel_gremlin_query(&id(given, "queryId")?)?,

        "ExecuteOpenCypherQuery" => {
            let query = id(given, "openCypherQuery")?;
            cluster.opencypher(&query, query_parameters(given)?.as_ref())?
        }
        "ExecuteOpenCypherExplainQuery" => {
            let query = id(given, "openCypherQuery")?;
            let mode = match &*id(given, "explainMode")? {
                "details" => ExplainMode::Details,
                "dynamic" => ExplainMode::Dynamic,
                "static" => ExplainMode::Static,
                other => return Err(unknown(other)),
            };
            cluster.opencypher_explain(&query, query_parameters(given)?.as_ref(), mode)?
        }
        "ListOpenCypherQueries" => cluster.opencypher_queries(waiting(given)?)?,
        "GetOpenCypherQueryStatus" => cluster.opencypher_query_status(&id(given, "queryId")?)?,
        "CancelOpenCypherQuery" => {
            let is_silent = given.says("silent", true)?;
            let mode = if is_silent { CancelMode::Silent } else { CancelMode::Loud };
            cluster.cancel_opencypher_query(&id(given, "queryId")?, mode)?
        }

        "StartLoaderJob" => cluster.start_load(&load(given)?)?,
        "ListLoaderJobs" => {
            let mut options = LoadListOptions::new();
            if let Some(limit) = given.take("limit")? {
                options = options.with_limit(limit);
            }
            if given.says("includeQueuedLoads", false)? {
                options = options.without_queued();
            }
            cluster.loads(&options)?
        }
        "GetLoaderJobStatus" => {
            let load_id = id(given, "loadId")?;
            cluster.load_status(&load_id, &load_status_options(given)?)?
        }
        "CancelLoaderJob" => cluster.cancel_load(&id(given, "loadId")?)?,

        "GetPropertygraphStatistics" => cluster.statistics(GraphModel::PropertyGraph)?,
        "GetSparqlStatistics" => cluster.statistics(GraphModel::Rdf)?,
        "ManagePropertygraphStatistics" => {
            manage_statistics(cluster, GraphModel::PropertyGraph, given)?
        }
        "ManageSparqlStatistics" => manage_statistics(cluster, GraphModel::Rdf, given)?,
        "DeletePropertygraphStatistics" => cluster.delete_statistics(GraphModel::PropertyGraph)?,
        "DeleteSparqlStatistics" => cluster.delete_statistics(GraphModel::Rdf)?,
        "GetPropertygraphSummary" => {
            cluster.summary(GraphModel::PropertyGraph, summary_mode(given)?)?
        }
        "GetRDFGraphSummary" => cluster.summary(GraphModel::Rdf, summary_mode(given)?)?,
        "GetPropertygraphStream" => {
            cluster.stream(GraphModel::PropertyGraph, &stream_options(given)?)?
        }
        "GetSparqlStream" => cluster.stream(GraphModel::Rdf, &stream_options(given)?)?,

        "GetEngineStatus" => cluster.status()?,
        "ExecuteFastReset" => match &*id(given, "action")? {
            "initiateDatabaseReset" => cluster.initiate_reset()?,
            "performDatabaseReset" => cluster.perform_reset(&id(given, "token")?)?,
            other => return Err(unknown(other)),
        },
        _ => return general(cluster, operation, given),
    })
}

/// Operations without a call of their own.
fn general(cluster: &Cluster, operation: &str, given: &mut Parameters) -> Made {
    let rebuilds = ["storage", "indexes", "rebuilds"];
    let (method, mut path, id) = match operation {
        "GetStorageInfo" => (Method::GET, vec!["storage", "info"], None),
        "StartIndexRebuild" => (Method::POST, rebuilds.to_vec(), None),
        "ListIndexRebuilds" => (Method::GET, rebuilds.to_vec(), None),
        "GetIndexRebuildStatus" => (Method::GET, rebuilds.to_vec(), Some("rebuildId")),
        "CancelIndexRebuild" => (Method::POST, rebuilds.to_vec(), Some("rebuildId")),
        "StartMLDataProcessingJob" => (Method::POST, vec!["ml", "dataprocessing"], None),
        "ListMLDataProcessingJobs" => (Method::GET, vec!["ml", "dataprocessing"], None),
        "GetMLDataProcessingJob" => (Method::GET, vec!["ml", "dataprocessing"], Some("id")),
        "CancelMLDataProcessingJob" => (Method::DELETE, vec!["ml", "dataprocessing"], Some("id")),
        "StartMLModelTrainingJob" => (Method::POST, vec!["ml", "modeltraining"], None),
        "ListMLModelTrainingJobs" => (Method::GET, vec!["ml", "modeltraining"], None),
        "GetMLModelTrainingJob" => (Method::GET, vec!["ml", "modeltraining"], Some("id")),
        "CancelMLModelTrainingJob" => (Method::DELETE, vec!["ml", "modeltraining"], Some("id")),
        "StartMLModelTransformJob" => (Method::POST, vec!["ml", "modeltransform"], None),
        "ListMLModelTransformJobs" => (Method::GET, vec!["ml", "modeltransform"], None),
        "GetMLModelTransformJob" => (Method::GET, vec!["ml", "modeltransform"], Some("id")),
        "CancelMLModelTransformJob" => (Method::DELETE, vec!["ml", "modeltransform"], Some("id")),
        "CreateMLEndpoint" => (Method::POST, vec!["ml", "endpoints"], None),
        "ListMLEndpoints" => (Method::GET, vec!["ml", "endpoints"], None),
        "GetMLEndpoint" => (Method::GET, vec!["ml", "endpoints"], Some("id")),
        "DeleteMLEndpoint" => (Method::DELETE, vec!["ml", "endpoints"], Some("id")),
        other => return Err(unknown(other)),
    };
    let id = id.map(|name| given.need::<String>(name)).transpose()?;
    path.extend(id.as_deref());
    if operation == "CancelIndexRebuild" {
        path.push("cancel");
    }
    let query = match operation {
        "StartIndexRebuild" => given.pairs(&["scope", "concurrency", "writeBufferSize"]),
        _ if method == Method::POST => Vec::new(),
        _ => given.pairs(&["maxItems", "neptuneIamRoleArn", "clean"]),
    };
    let query: Vec<_> = query.iter().map(|(name, value)| (*name, &**value)).collect();
    let has_body = method == Method::POST && operation != "CancelIndexRebuild";
    let body = has_body.then(|| given.rest());
    Ok(cluster.request(method, &path, &query, body.as_ref())?)
}

fn waiting(given: &mut Parameters) -> Result<WaitingQueries, Box<dyn Error>> {
    let included = given.says("includeWaiting", true)?;
    Ok(if included { WaitingQueries::Include } else { WaitingQueries::LeaveOut })
}

/// botocore takes a text.
fn query_parameters(given: &mut Parameters) -> Result<Option<Map<String, Value>>, Box<dyn Error>> {
    let text = given.take::<String>("parameters")?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

fn profile_options(given: &mut Parameters) -> Result<ProfileOptions, Box<dyn Error>> {
    let mut options = ProfileOptions::new();
    if given.says("results", false)? {
        options = options.without_results();
    }
    if let Some(characters) = given.take("chop")? {
        options = options.with_chop(characters);
    }
    if let Some(mime_type) = given.take::<String>("serializer")? {
        options = options.with_serializer(&mime_type);
    }
    if given.says("indexOps", true)? {
        options = options.with_index_operations();
    }
    Ok(options)
}

fn load(given: &mut Parameters) -> Result<Load, Box<dyn Error>> {
    let format = match &*given.need::<String>("format")? {
        "csv" => LoadFormat::Csv,
        "nquads" => LoadFormat::NQuads,
        "ntriples" => LoadFormat::NTriples,
        "opencypher" => LoadFormat::OpenCypher,
        "rdfxml" => LoadFormat::RdfXml,
        "turtle" => LoadFormat::Turtle,
        other => return Err(unknown(other)),
    };
    let source = given.need::<String>("source")?;
    let role = given.need::<String>("iamRoleArn")?;
    let mut load = Load::new(&source, format, &role, &given.need::<String>("s3BucketRegion")?);
    if let Some(mode) = given.take::<String>("mode")? {
        load = load.with_mode(match &*mode {
            "AUTO" => LoadMode::Auto,
            "NEW" => LoadMode::New,
            "RESUME" => LoadMode::Resume,
            other => return Err(unknown(other)),
        });
    }
    if let Some(parallelism) = given.take::<String>("parallelism")? {
        load = load.with_parallelism(match &*parallelism {
            "HIGH" => Parallelism::High,
            "LOW" => Parallelism::Low,
            "MEDIUM" => Parallelism::Medium,
            "OVERSUBSCRIBE" => Parallelism::Oversubscribe,
            other => return Err(unknown(other)),
        });
    }
    if given.says("failOnError", false)? {
        load = load.with_errors_passed_over();
    }
    if given.says("updateSingleCardinalityProperties", true)? {
        load = load.with_single_cardinality_updates();
    }
    if given.says("queueRequest", true)? {
        load = load.with_queueing();
    }
    for load_id in given.take::<Vec<String>>("dependencies")?.unwrap_or_default() {
        load = load.with_dependency(&load_id);
    }
    load = match given.take("userProvidedEdgeIds")? {
        Some(true) => load.with_provided_edge_ids(),
        Some(false) => load.with_generated_edge_ids(),
        None => load,
    };
    if given.says("edgeOnlyLoad", true)? {
        load = load.with_edges_only();
    }
    for (name, value) in given.take::<Map<_, _>>("parserConfiguration")?.unwrap_or_default() {
        load = load.with_parser_setting(&name, value.as_str().ok_or("a setting is no text")?);
    }
    Ok(load)
}

fn load_status_options(given: &mut Parameters) -> Result<LoadStatusOptions, Box<dyn Error>> {
    let mut options = LoadStatusOptions::new();
    if given.says("details", true)? {
        options = options.with_details();
    }
    if given.says("errors", true)? {
        options = options.with_errors();
    }
    if let Some(page) = given.take("page")? {
        options = options.with_page(page);
    }
    if let Some(errors) = given.take("errorsPerPage")? {
        options = options.with_errors_per_page(errors);
    }
    Ok(options)
}

/// The mode is an argument of the call, and optional in the model.
fn manage_statistics(cluster: &Cluster, model: GraphModel, given: &mut Parameters) -> Made {
    let mode = match given.take::<String>("mode")?.as_deref() {
        Some("disableAutoCompute") => StatisticsMode::DisableAutoCompute,
        Some("enableAutoCompute") => StatisticsMode::EnableAutoCompute,
        Some("refresh") => StatisticsMode::Refresh,
        Some(other) => return Err(unknown(other)),
        None => {
            let first = if model == GraphModel::Rdf { "sparql" } else { "propertygraph" };
            let body = given.rest();
            return Ok(cluster.request(Method::POST, &[first, "statistics"], &[], Some(&body))?);
        }
    };
    Ok(cluster.manage_statistics(model, mode)?)
}

fn summary_mode(given: &mut Parameters) -> Result<Option<SummaryMode>, Box<dyn Error>> {
    Ok(match given.take::<String>("mode")?.as_deref() {
        Some("basic") => Some(SummaryMode::Basic),
        Some("detailed") => Some(SummaryMode::Detailed),
        Some(other) => return Err(unknown(other)),
        None => None,
    })
}

fn stream_options(given: &mut Parameters) -> Result<StreamOptions, Box<dyn Error>> {
    let mut options = StreamOptions::new();
    if let Some(limit) = given.take("limit")? {
        options = options.with_limit(limit);
    }
    options = match given.take::<String>("iteratorType")?.as_deref() {
        Some("AFTER_SEQUENCE_NUMBER") => {
            let (commit, operation) = (given.need("commitNum")?, given.take("opNum")?);
            options.with_start(StreamStart::After { commit, operation })
        }
        Some("AT_SEQUENCE_NUMBER") => {
            let (commit, operation) = (given.need("commitNum")?, given.take("opNum")?);
            options.with_start(StreamStart::At { commit, operation })
        }
        Some("LATEST") => options.with_start(StreamStart::Latest),
        Some("TRIM_HORIZON") => options.with_start(StreamStart::TrimHorizon),
        Some(other) => return Err(unknown(other)),
        None => options,
    };
    match given.take::<String>("encoding")?.as_deref() {
        Some("gzip") => Ok(options.with_gzip()),
        Some(other) => Err(unknown(other)),
        None => Ok(options),
    }
}

fn unknown(word: &str) -> Box<dyn Error> {
    format!("no call is known for {word}").into()
}
