//! The 48 operations of AWS's model (botocore's `neptunedata`, 2023-08-01), each as its client sends it: name, method and
//! target, body as JSON.

use countersign::neptune::{
    CancelMode, ExplainMode, GraphModel, Load, LoadFormat, LoadListOptions, LoadMode,
    LoadStatusOptions, Parallelism, ProfileOptions, StatisticsMode, StreamOptions, StreamStart,
    SummaryMode, WaitingQueries,
};
use http::Method;
use serde_json::{Map, Value, json};

use super::{Made, cluster, verified};

type Row = (&'static str, Made, &'static str, Value);

#[test]
fn all_operations_as_botocore_sends_them() {
    let mut names = Vec::new();
    for (name, request, expected, expected_body) in
        queries().into_iter().chain(data()).chain(administration()).chain(machine_learning())
    {
        let request = request.unwrap();
        let (method, target) = (request.method(), request.uri().path_and_query().unwrap());
        assert_eq!(format!("{method} {target}"), expected, "{name}");
        assert_eq!(request.uri().authority().unwrap(), "db.example:8182", "{name}");
        let content_type = request.headers().get("content-type").map(|it| it.to_str().unwrap());
        if expected_body.is_null() {
            assert_eq!((content_type, request.body().len()), (None, 0), "{name}");
        } else {
            assert_eq!(content_type, Some("application/json"), "{name}");
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            assert_eq!(body, expected_body, "{name}");
        }
        assert!(verified(request).is_signed("host"), "{name}");
        names.push(name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 48);
}

/// The parameter of an openCypher query.
fn parameters() -> Map<String, Value> {
    Map::from_iter([("a".to_owned(), json!(1))])
}

fn queries() -> Vec<Row> {
    let c = cluster();
    let profile = ProfileOptions::new()
        .without_results()
        .with_chop(10)
        .with_serializer("application/json")
        .with_index_operations();
    vec![
        ("ExecuteGremlinQuery", c.gremlin("g.V()"), "POST /gremlin", json!({"gremlin": "g.V()"})),
        (
            "ExecuteGremlinExplainQuery",
            c.gremlin_explain("g.V()"),
            "POST /gremlin/explain",
            json!({"gremlin": "g.V()"}),
        ),
        (
            "ExecuteGremlinProfileQuery",
            c.gremlin_profile("g.V()", &profile),
            "POST /gremlin/profile",
            json!({
                "gremlin": "g.V()", "profile.results": false, "profile.chop": 10,
                "profile.serializer": "application/json", "profile.indexOps": true
            }),
        ),
        (
            "ListGremlinQueries",
            c.gremlin_queries(WaitingQueries::Include),
            "GET /gremlin/status?includeWaiting=true",
            Value::Null,
        ),
        (
            "GetGremlinQueryStatus",
            c.gremlin_query_status("a/b c+~"),
            "GET /gremlin/status/a%2Fb%20c%2B~",
            Value::Null,
        ),
        (
            "CancelGremlinQuery",
            c.cancel_gremlin_query("a/b c+~"),
            "DELETE /gremlin/status/a%2Fb%20c%2B~",
            Value::Null,
        ),
        (
            "ExecuteOpenCypherQuery",
            c.opencypher("RETURN $a", Some(&parameters())),
            "POST /opencypher",
            json!({"query": "RETURN $a", "parameters": r#"{"a":1}"#}),
        ),
        (
            "ExecuteOpenCypherExplainQuery",
            c.opencypher_explain("RETURN $a", Some(&parameters()), ExplainMode::Details),
            "POST /opencypher/explain",
            json!({"query": "RETURN $a", "parameters": r#"{"a":1}"#, "explain": "details"}),
        ),
        (
            "ListOpenCypherQueries",
            c.opencypher_queries(WaitingQueries::Include),
            "GET /opencypher/status?includeWaiting=true",
            Value::Null,
        ),
        (
            "GetOpenCypherQueryStatus",
            c.opencypher_query_status("q"),
            "GET /opencypher/status/q",
            Value::Null,
        ),
        (
            "CancelOpenCypherQuery",
            c.cancel_opencypher_query("q", CancelMode::Silent),
            "DELETE /opencypher/status/q?silent=true",
            Value::Null,
        ),
    ]
}

fn data() -> Vec<Row> {
    let c = cluster();
    let load = Load::new("s3://b/k", LoadFormat::OpenCypher, "arn:aws:iam::1:role/r", "us-east-1")
        .with_mode(LoadMode::New)
        .with_parallelism(Parallelism::Oversubscribe)
        .with_errors_passed_over()
        .with_single_cardinality_updates()
        .with_queueing()
        .with_dependency("x")
        .with_dependency("y")
        .with_generated_edge_ids()
        .with_edges_only()
        .with_parser_setting("baseUri", "urn:b");
    let status = LoadStatusOptions::new().with_details().with_errors();
    let status = status.with_page(1).with_errors_per_page(2);
    let at = StreamOptions::new()
        .with_limit(10)
        .with_start(StreamStart::At { commit: 1, operation: Some(2) });
    let after =
        StreamOptions::new().with_start(StreamStart::After { commit: u64::MAX, operation: None });
    vec![
        (
            "StartLoaderJob",
            c.start_load(&load),
            "POST /loader",
            json!({
                "source": "s3://b/k", "format": "opencypher", "region": "us-east-1",
                "iamRoleArn": "arn:aws:iam::1:role/r", "mode": "NEW", "failOnError": false,
                "parallelism": "OVERSUBSCRIBE", "parserConfiguration": {"baseUri": "urn:b"},
                "updateSingleCardinalityProperties": true, "queueRequest": true,
                "dependencies": ["x", "y"], "userProvidedEdgeIds": false, "edgeOnlyLoad": true
            }),
        ),
        (
            "ListLoaderJobs",
            c.loads(&LoadListOptions::new().with_limit(100).without_queued()),
            "GET /loader?limit=100&includeQueuedLoads=false",
            Value::Null,
        ),
        (
            "GetLoaderJobStatus",
            c.load_status("l", &status),
            "GET /loader/l?details=true&errors=true&page=1&errorsPerPage=2",
            Value::Null,
        ),
        ("CancelLoaderJob", c.cancel_load("l"), "DELETE /loader/l", Value::Null),
        (
            "GetPropertygraphStatistics",
            c.statistics(GraphModel::PropertyGraph),
            "GET /propertygraph/statistics",
            Value::Null,
        ),
        (
            "ManagePropertygraphStatistics",
            c.manage_statistics(GraphModel::PropertyGraph, StatisticsMode::DisableAutoCompute),
            "POST /propertygraph/statistics",
            json!({"mode": "disableAutoCompute"}),
        ),
        (
            "DeletePropertygraphStatistics",
            c.delete_statistics(GraphModel::PropertyGraph),
            "DELETE /propertygraph/statistics",
            Value::Null,
        ),
        (
            "GetPropertygraphSummary",
            c.summary(GraphModel::PropertyGraph, Some(SummaryMode::Detailed)),
            "GET /propertygraph/statistics/summary?mode=detailed",
            Value::Null,
        ),
        (
            "GetSparqlStatistics",
            c.statistics(GraphModel::Rdf),
            "GET /sparql/statistics",
            Value::Null,
        ),
        (
            "ManageSparqlStatistics",
            c.manage_statistics(GraphModel::Rdf, StatisticsMode::Refresh),
            "POST /sparql/statistics",
            json!({"mode": "refresh"}),
        ),
        (
            "DeleteSparqlStatistics",
            c.delete_statistics(GraphModel::Rdf),
            "DELETE /sparql/statistics",
            Value::Null,
        ),
        (
            "GetRDFGraphSummary",
            c.summary(GraphModel::Rdf, None),
            "GET /rdf/statistics/summary",
            Value::Null,
        ),
        (
            "GetPropertygraphStream",
            c.stream(GraphModel::PropertyGraph, &at),
            "GET /propertygraph/stream?limit=10&iteratorType=AT_SEQUENCE_NUMBER&commitNum=1&opNum=2",
            Value::Null,
        ),
        (
            "GetSparqlStream",
            c.stream(GraphModel::Rdf, &after),
            "GET /sparql/stream?iteratorType=AFTER_SEQUENCE_NUMBER&commitNum=18446744073709551615",
            Value::Null,
        ),
    ]
}

fn administration() -> Vec<Row> {
    let c = cluster();
    let rebuilds = ["storage", "indexes", "rebuilds"];
    let rebuild = ["storage", "indexes", "rebuilds", "r"];
    let cancel = ["storage", "indexes", "rebuilds", "r", "cancel"];
    let options = [("scope", "ALL"), ("concurrency", "2"), ("writeBufferSize", "LOW")];
    let token = json!({"clientToken": "t"});
    vec![
        ("GetEngineStatus", c.status(), "GET /status", Value::Null),
        (
            "ExecuteFastReset",
            c.initiate_reset(),
            "POST /system",
            json!({"action": "initiateDatabaseReset"}),
        ),
        (
            "ExecuteFastReset",
            c.perform_reset("t"),
            "POST /system",
            json!({"action": "performDatabaseReset", "token": "t"}),
        ),
        (
            "GetStorageInfo",
            c.request(Method::GET, &["storage", "info"], &[], None),
            "GET /storage/info",
            Value::Null,
        ),
        (
            "StartIndexRebuild",
            c.request(Method::POST, &rebuilds, &options, Some(&token)),
            "POST /storage/indexes/rebuilds?scope=ALL&concurrency=2&writeBufferSize=LOW",
            token,
        ),
        (
            "ListIndexRebuilds",
            c.request(Method::GET, &rebuilds, &[], None),
            "GET /storage/indexes/rebuilds",
            Value::Null,
        ),
        (
            "GetIndexRebuildStatus",
            c.request(Method::GET, &rebuild, &[], None),
            "GET /storage/indexes/rebuilds/r",
            Value::Null,
        ),
        (
            "CancelIndexRebuild",
            c.request(Method::POST, &cancel, &[], None),
            "POST /storage/indexes/rebuilds/r/cancel",
            Value::Null,
        ),
    ]
}

/// Four kinds of jobs, each with the same four calls.
fn machine_learning() -> Vec<Row> {
    let c = cluster();
    let mut rows = Vec::new();
    for (kind, names, targets) in [
        (
            "dataprocessing",
            [
                "StartMLDataProcessingJob",
                "ListMLDataProcessingJobs",
                "GetMLDataProcessingJob",
                "CancelMLDataProcessingJob",
            ],
            [
                "POST /ml/dataprocessing",
                "GET /ml/dataprocessing?maxItems=5&neptuneIamRoleArn=arn%3Aaws",
                "GET /ml/dataprocessing/i%2Fd?neptuneIamRoleArn=arn%3Aaws",
                "DELETE /ml/dataprocessing/i%2Fd?neptuneIamRoleArn=arn%3Aaws&clean=true",
            ],
        ),
        (
            "modeltraining",
            [
                "StartMLModelTrainingJob",
                "ListMLModelTrainingJobs",
                "GetMLModelTrainingJob",
                "CancelMLModelTrainingJob",
            ],
            [
                "POST /ml/modeltraining",
                "GET /ml/modeltraining?maxItems=5&neptuneIamRoleArn=arn%3Aaws",
                "GET /ml/modeltraining/i%2Fd?neptuneIamRoleArn=arn%3Aaws",
                "DELETE /ml/modeltraining/i%2Fd?neptuneIamRoleArn=arn%3Aaws&clean=true",
            ],
        ),
        (
            "modeltransform",
            [
                "StartMLModelTransformJob",
                "ListMLModelTransformJobs",
                "GetMLModelTransformJob",
                "CancelMLModelTransformJob",
            ],
            [
                "POST /ml/modeltransform",
                "GET /ml/modeltransform?maxItems=5&neptuneIamRoleArn=arn%3Aaws",
                "GET /ml/modeltransform/i%2Fd?neptuneIamRoleArn=arn%3Aaws",
                "DELETE /ml/modeltransform/i%2Fd?neptuneIamRoleArn=arn%3Aaws&clean=true",
            ],
        ),
        (
            "endpoints",
            ["CreateMLEndpoint", "ListMLEndpoints", "GetMLEndpoint", "DeleteMLEndpoint"],
            [
                "POST /ml/endpoints",
                "GET /ml/endpoints?maxItems=5&neptuneIamRoleArn=arn%3Aaws",
                "GET /ml/endpoints/i%2Fd?neptuneIamRoleArn=arn%3Aaws",
                "DELETE /ml/endpoints/i%2Fd?neptuneIamRoleArn=arn%3Aaws&clean=true",
            ],
        ),
    ] {
        let (all, one) = (["ml", kind], ["ml", kind, "i/d"]);
        let role = ("neptuneIamRoleArn", "arn:aws");
        let body = json!({"id": "i/d", "subnets": ["s"]});
        let requests = [
            c.request(Method::POST, &all, &[], Some(&body)),
            c.request(Method::GET, &all, &[("maxItems", "5"), role], None),
            c.request(Method::GET, &one, &[role], None),
            c.request(Method::DELETE, &one, &[role, ("clean", "true")], None),
        ];
        let bodies = [body, Value::Null, Value::Null, Value::Null];
        for (((name, request), target), body) in
            names.into_iter().zip(requests).zip(targets).zip(bodies)
        {
            rows.push((name, request, target, body));
        }
    }
    rows
}
