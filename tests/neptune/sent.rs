//! What the model does not hold: GET and forms, the graph store, tunnels, Neptune Analytics.

use countersign::Signer;
use countersign::neptune::{
    ANALYTICS_SERVICE, AnalyticsGraph, CancelMode, Cluster, ExplainMode, GraphModel, Load,
    LoadFormat, LoadListOptions, LoadMode, LoadStatusOptions, Parallelism, ProfileOptions,
    RdfGraph, StatisticsMode, StreamOptions, StreamStart, SummaryMode, WaitingQueries,
};
use http::{HeaderValue, Method, Request};
use serde_json::{Map, Value, json};

use super::{Made, REGION, cluster, credentials, timestamp, verified};

/// Method, target, content type and body, with a blank between them.
fn shown(request: Made) -> String {
    let request = request.unwrap();
    let (method, target) = (request.method(), request.uri().path_and_query().unwrap());
    let content_type = request.headers().get("content-type").map(|it| it.to_str().unwrap());
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    let text = format!("{method} {target} {} {body}", content_type.unwrap_or("-"));
    verified(request);
    text
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn text_is_encoded_over_the_unreserved() {
    let text = "g.V('a+b &=/?#%é~-._')\n";
    let encoded = "g.V%28%27a%2Bb%20%26%3D%2F%3F%23%25%C3%A9~-._%27%29%0A";
    let c = cluster();
    assert_eq!(shown(c.gremlin_by_get(text)), format!("GET /gremlin?gremlin={encoded} - "));
    assert_eq!(shown(c.sparql_by_get(text)), format!("GET /sparql?query={encoded} - "));
    assert_eq!(shown(c.sparql(text)), format!("POST /sparql {FORM} query={encoded}"));
    assert_eq!(shown(c.sparql_update(text)), format!("POST /sparql {FORM} update={encoded}"));
    let request = c.opencypher_by_get(text, None);
    assert_eq!(shown(request), format!("GET /opencypher?query={encoded} - "));
    let request = c.opencypher_by_form(text, None);
    assert_eq!(shown(request), format!("POST /opencypher {FORM} query={encoded}"));
    let query = [("a b", "+"), ("", "é"), ("a b", "")];
    let request = c.request(Method::PATCH, &["a b", "%2F", "é"], &query, None);
    assert_eq!(shown(request), "PATCH /a%20b/%252F/%C3%A9?a%20b=%2B&=%C3%A9&a%20b= - ");
    assert_eq!(shown(c.request(Method::GET, &[], &[], None)), "GET / - ");
}

#[test]
fn opencypher_parameters_are_a_text_of_json() {
    let parameters = Map::from_iter([("n".to_owned(), json!("a\"é"))]);
    let pairs = "query=RETURN%20%24n&parameters=%7B%22n%22%3A%22a%5C%22%C3%A9%22%7D";
    let request = cluster().opencypher_by_get("RETURN $n", Some(&parameters));
    assert_eq!(shown(request), format!("GET /opencypher?{pairs} - "));
    let request = cluster().opencypher_by_form("RETURN $n", Some(&parameters));
    assert_eq!(shown(request), format!("POST /opencypher {FORM} {pairs}"));
}

#[test]
fn sparql_queries_that_run() {
    let c = cluster();
    for (mode, word) in [
        (ExplainMode::Details, "details"),
        (ExplainMode::Dynamic, "dynamic"),
        (ExplainMode::Static, "static"),
    ] {
        let text = format!("POST /sparql {FORM} query=ASK%20%7B%7D&explain={word}");
        assert_eq!(shown(c.sparql_explain("ASK {}", mode)), text);
    }
    assert_eq!(shown(c.sparql_queries()), "GET /sparql/status - ");
    assert_eq!(shown(c.sparql_query_status("a/b")), "GET /sparql/status?queryId=a%2Fb - ");
    let text = format!("POST /sparql/status {FORM} cancelQuery&queryId=a%2Fb");
    assert_eq!(shown(c.cancel_sparql_query("a/b", CancelMode::Loud)), text);
    let request = c.cancel_sparql_query("a/b", CancelMode::Silent);
    assert_eq!(shown(request), text + "&silent=true");
}

#[test]
fn whole_graphs() {
    let (c, turtle) = (cluster(), HeaderValue::from_static("text/turtle"));
    let named = RdfGraph::Named("http://db.example/g#1");
    let target = "/sparql/gsp/?graph=http%3A%2F%2Fdb.example%2Fg%231";
    assert_eq!(shown(c.read_graph(RdfGraph::Default)), "GET /sparql/gsp/?default - ");
    assert_eq!(shown(c.read_graph(named)), format!("GET {target} - "));
    let request = c.replace_graph(RdfGraph::Default, turtle.clone(), "<a:> <b:> 1 .");
    assert_eq!(shown(request), "PUT /sparql/gsp/?default text/turtle <a:> <b:> 1 .");
    let request = c.add_to_graph(named, turtle, vec![b'#']);
    assert_eq!(shown(request), format!("POST {target} text/turtle #"));
    assert_eq!(shown(c.drop_graph(named)), format!("DELETE {target} - "));
}

#[test]
fn what_is_not_set_is_not_sent() {
    let c = cluster();
    let none = WaitingQueries::default();
    for (request, expected) in [
        (c.gremlin_queries(none), "GET /gremlin/status - "),
        (c.opencypher_queries(none), "GET /opencypher/status - "),
        (c.cancel_opencypher_query("q", CancelMode::default()), "DELETE /opencypher/status/q - "),
        (c.loads(&LoadListOptions::new()), "GET /loader - "),
        (c.load_status("l", &LoadStatusOptions::new()), "GET /loader/l - "),
        (c.stream(GraphModel::Rdf, &StreamOptions::new()), "GET /sparql/stream - "),
        (
            c.gremlin_profile("g", &ProfileOptions::new()),
            r#"POST /gremlin/profile application/json {"gremlin":"g"}"#,
        ),
        (c.opencypher("q", None), r#"POST /opencypher application/json {"query":"q"}"#),
    ] {
        assert_eq!(shown(request), expected);
    }
    let body = c.start_load(&Load::new("s", LoadFormat::Csv, "r", "us-east-1")).unwrap();
    let body: Value = serde_json::from_slice(body.body()).unwrap();
    let expected =
        json!({"source": "s", "format": "csv", "iamRoleArn": "r", "region": "us-east-1"});
    assert_eq!(body, expected);
}

#[test]
fn words_of_the_service() {
    let c = cluster();
    let loaded = |load: Load, member: &str| -> String {
        let body: Value = serde_json::from_slice(c.start_load(&load).unwrap().body()).unwrap();
        body[member].as_str().unwrap().to_owned()
    };
    let load = |format| Load::new("s", format, "r", "us-east-1");
    for (format, word) in [
        (LoadFormat::Csv, "csv"),
        (LoadFormat::NQuads, "nquads"),
        (LoadFormat::NTriples, "ntriples"),
        (LoadFormat::OpenCypher, "opencypher"),
        (LoadFormat::RdfXml, "rdfxml"),
        (LoadFormat::Turtle, "turtle"),
    ] {
        assert_eq!(loaded(load(format), "format"), word);
    }
    let csv = load(LoadFormat::Csv);
    for (mode, word) in
        [(LoadMode::Auto, "AUTO"), (LoadMode::New, "NEW"), (LoadMode::Resume, "RESUME")]
    {
        assert_eq!(loaded(csv.clone().with_mode(mode), "mode"), word);
    }
    for (parallelism, word) in [
        (Parallelism::High, "HIGH"),
        (Parallelism::Low, "LOW"),
        (Parallelism::Medium, "MEDIUM"),
        (Parallelism::Oversubscribe, "OVERSUBSCRIBE"),
    ] {
        assert_eq!(loaded(csv.clone().with_parallelism(parallelism), "parallelism"), word);
    }
    for (request, expected) in [
        (
            c.manage_statistics(GraphModel::Rdf, StatisticsMode::EnableAutoCompute),
            r#"POST /sparql/statistics application/json {"mode":"enableAutoCompute"}"#,
        ),
        (
            c.summary(GraphModel::Rdf, Some(SummaryMode::Basic)),
            "GET /rdf/statistics/summary?mode=basic - ",
        ),
        (
            c.stream(GraphModel::Rdf, &StreamOptions::new().with_start(StreamStart::Latest)),
            "GET /sparql/stream?iteratorType=LATEST - ",
        ),
        (
            c.stream(GraphModel::Rdf, &StreamOptions::new().with_start(StreamStart::TrimHorizon)),
            "GET /sparql/stream?iteratorType=TRIM_HORIZON - ",
        ),
    ] {
        assert_eq!(shown(request), expected);
    }
    let request = c.opencypher_explain("q", None, ExplainMode::Static).unwrap();
    assert_eq!(request.body(), r#"{"explain":"static","query":"q"}"#);
}

#[test]
fn ids_of_edges() {
    let load = Load::new("s", LoadFormat::OpenCypher, "r", "us-east-1").with_generated_edge_ids();
    let request = cluster().start_load(&load.with_provided_edge_ids()).unwrap();
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body["userProvidedEdgeIds"], true);
}

#[test]
fn one_load_may_be_waited_for() {
    let load = Load::new("s", LoadFormat::Csv, "r", "us-east-1").with_dependency("a");
    let request = cluster().start_load(&load).unwrap();
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body["dependencies"], json!(["a"]));
}

#[test]
fn compressed_streams_are_asked_for() {
    let options = StreamOptions::new();
    let plain = cluster().stream(GraphModel::PropertyGraph, &options).unwrap();
    assert!(!plain.headers().contains_key("accept-encoding"));
    let gzip = cluster().stream(GraphModel::PropertyGraph, &options.with_gzip()).unwrap();
    assert_eq!(gzip.headers()["accept-encoding"], "gzip");
}

#[test]
fn a_load_of_json_is_sent_as_it_means() {
    let request = cluster().start_load_of_json(" {\"source\" : \"s\",\n\"new\":[true]} ").unwrap();
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body, json!({"source": "s", "new": [true]}));
    assert_eq!(shown(Ok(request)).split(' ').next(), Some("POST"));
}

#[test]
fn origins() {
    for (cluster, expected) in [
        (Cluster::new("DB.Example"), "https://db.example:8182/status"),
        (Cluster::new("::1").map(|it| it.with_port(1)), "https://[::1]:1/status"),
        (Cluster::new("127.0.0.1").map(Cluster::with_plain_http), "http://127.0.0.1:8182/status"),
        (Cluster::new("db.example").map(|it| it.with_port(443)), "https://db.example/status"),
        (Cluster::new("db.example").map(|it| it.with_port(80)), "https://db.example:80/status"),
        (
            Cluster::new("db.example").map(|it| it.with_plain_http().with_port(80)),
            "http://db.example/status",
        ),
    ] {
        let request = cluster.unwrap().status().unwrap();
        assert_eq!(request.uri().to_string(), expected);
        assert_eq!(request.headers().get("host"), None);
        verified(request);
    }
}

/// What is signed is the cluster's host; the tunnel's makes no difference.
#[test]
fn behind_a_tunnel() {
    let authorization = |mut request: Request<_>| {
        Signer::neptune(credentials(), REGION).sign_at(&mut request, timestamp()).unwrap();
        request.headers()["authorization"].clone()
    };
    let expected = authorization(cluster().status().unwrap());
    for tunnel in ["localhost", "127.0.0.1"] {
        let tunnel = Cluster::new(tunnel).unwrap().with_port(9000);
        let tunnel = tunnel.with_signed_host("DB.example:8182").unwrap();
        let request = tunnel.status().unwrap();
        assert_eq!(request.uri().port_u16(), Some(9000));
        assert_eq!(request.headers()["host"], "db.example:8182");
        assert_eq!(authorization(request), expected);
    }
}

#[test]
fn neptune_analytics() {
    let graph = AnalyticsGraph::new("g-0123456789", REGION).unwrap();
    let parameters = Map::from_iter([("a".to_owned(), json!(1))]);
    let origin = "https://g-0123456789.us-east-1.neptune-graph.amazonaws.com";
    let plan = json!({"query": "q", "language": "OPEN_CYPHER", "planCache": "DISABLED"});
    for (request, expected, body) in [
        (
            graph.query("RETURN $a", Some(&parameters)),
            "POST /queries",
            json!({"query": "RETURN $a", "language": "OPEN_CYPHER", "parameters": {"a": 1}}),
        ),
        (graph.query("q", None), "POST /queries", json!({"query": "q", "language": "OPEN_CYPHER"})),
        (graph.request(Method::POST, &["queries"], &[], Some(&plan)), "POST /queries", plan),
        (graph.queries(5), "GET /queries?maxResults=5", Value::Null),
        (graph.query_status("a/b"), "GET /queries/a%2Fb", Value::Null),
        (graph.cancel_query("q"), "DELETE /queries/q", Value::Null),
        (graph.summary(None), "GET /summary", Value::Null),
        (graph.summary(Some(SummaryMode::Detailed)), "GET /summary?mode=DETAILED", Value::Null),
    ] {
        let mut request = request.unwrap();
        let target = request.uri().to_string().strip_prefix(origin).unwrap().to_owned();
        assert_eq!(format!("{} {target}", request.method()), expected);
        assert_eq!(serde_json::from_slice(request.body()).unwrap_or(Value::Null), body);
        let signer = Signer::new(credentials(), REGION, ANALYTICS_SERVICE);
        signer.sign_at(&mut request, timestamp()).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(authorization.contains("/us-east-1/neptune-graph/aws4_request"));
    }
    let elsewhere = AnalyticsGraph::at(cluster());
    assert_eq!(elsewhere.summary(None).unwrap().uri(), "https://db.example:8182/summary");
}
