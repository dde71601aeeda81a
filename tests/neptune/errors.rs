//! What is refused before it is sent, and what the service says.

use countersign::Signer;
use countersign::explain::{Answer, Cause};
use countersign::neptune::{
    AnalyticsGraph, CancelMode, Cluster, ErrorBody, ExplainMode, GraphModel, Load, LoadFormat,
    LoadListOptions, LoadStatusOptions, NeptuneError, ProfileOptions, RdfGraph, StreamOptions,
    region_from_vars,
};
use countersign::protocol::{Payload, RawRequest};
use http::{HeaderValue, Method};

use super::{REGION, cluster, credentials, timestamp};

#[test]
fn every_refusal_names_the_mistake() {
    let c = cluster();
    let turtle = HeaderValue::from_static("text/turtle");
    let load =
        |source, role, region| c.start_load(&Load::new(source, LoadFormat::Csv, role, region));
    let update = "the SPARQL query is an update: it is sent by POST, with sparql_update";
    let query = "the SPARQL update is a query: it is sent with sparql or sparql_by_get";
    let segment = |index| format!("segment {index} of the path is empty, '.' or '..'");
    let empty = |name| format!("the {name} is empty");
    let long = "a".repeat(65_534);
    let per_page = LoadStatusOptions::new().with_errors_per_page(0);
    for (request, expected) in [
        (c.gremlin(""), empty("query")),
        (c.gremlin_by_get(" \n"), empty("query")),
        (c.gremlin_explain(""), empty("query")),
        (c.gremlin_profile("", &ProfileOptions::new()), empty("query")),
        (c.opencypher("", None), empty("query")),
        (c.opencypher_by_form("", None), empty("query")),
        (c.opencypher_by_get("", None), empty("query")),
        (c.opencypher_explain("", None, ExplainMode::Static), empty("query")),
        (c.sparql(""), empty("query")),
        (c.sparql_by_get(""), empty("query")),
        (c.sparql_explain("", ExplainMode::Static), empty("query")),
        (c.sparql_update(""), empty("update")),
        (c.sparql_query_status(""), empty("query id")),
        (c.cancel_sparql_query("", CancelMode::Loud), empty("query id")),
        (c.read_graph(RdfGraph::Named("")), empty("graph's IRI")),
        (c.replace_graph(RdfGraph::Named(""), turtle.clone(), ""), empty("graph's IRI")),
        (c.add_to_graph(RdfGraph::Named(""), turtle, ""), empty("graph's IRI")),
        (c.drop_graph(RdfGraph::Named(" ")), empty("graph's IRI")),
        (c.perform_reset(""), empty("token")),
        (load("", "r", "us-east-1"), empty("source")),
        (load("s", "", "us-east-1"), empty("ARN of the IAM role")),
        (load("s", "r", ""), empty("bucket's region")),
        (c.sparql("INSERT DATA {}"), update.into()),
        (c.sparql_by_get("# 1\nprefix a: <b> DELETE WHERE {}"), update.into()),
        (c.sparql_explain("CLEAR ALL", ExplainMode::Static), update.into()),
        (c.sparql_update("SELECT * {}"), query.into()),
        (
            c.start_load_of_json("source=s"),
            "the loader's body is not JSON: line 1, column 1".into(),
        ),
        (
            c.start_load_of_json("{\n\"a\":}"),
            "the loader's body is not JSON: line 2, column 5".into(),
        ),
        (c.start_load_of_json("[1]"), "the loader's body is not a JSON object".into()),
        (
            c.loads(&LoadListOptions::new().with_limit(101)),
            "limit is 101: Neptune takes 1 to 100".into(),
        ),
        (
            c.stream(GraphModel::Rdf, &StreamOptions::new().with_limit(100_001)),
            "limit is 100001: Neptune takes 1 to 100000".into(),
        ),
        (
            c.load_status("l", &LoadStatusOptions::new().with_page(0)),
            "page is 0: Neptune takes 1 to 4294967295".into(),
        ),
        (c.load_status("l", &per_page), "errorsPerPage is 0: Neptune takes 1 to 4294967295".into()),
        (c.gremlin_query_status(""), segment(2)),
        (c.cancel_gremlin_query(".."), segment(2)),
        (c.opencypher_query_status("."), segment(2)),
        (c.cancel_opencypher_query("", CancelMode::Loud), segment(2)),
        (c.load_status("", &LoadStatusOptions::new()), segment(1)),
        (c.cancel_load(".."), segment(1)),
        (c.request(Method::GET, &["", "a"], &[], None), segment(0)),
        (
            c.gremlin_by_get(&long),
            "the URI has 65574 bytes, at most 65534 are possible: send the query by POST".into(),
        ),
    ] {
        assert_eq!(request.unwrap_err().to_string(), expected);
    }
}

#[test]
fn hosts() {
    let new = |host| Cluster::new(host).unwrap_err();
    assert_eq!(new(""), NeptuneError::HostEmpty);
    assert_eq!(new("https://db.example"), NeptuneError::HostWithScheme);
    assert_eq!(new("me:secret@db.example"), NeptuneError::HostWithUser);
    assert_eq!(new("db.example/status"), NeptuneError::HostWithPath);
    assert_eq!(new("db example"), NeptuneError::HostInvalid { at: 2 });
    let text = "the host holds a port: give the name alone, and the port to with_port";
    for host in ["db.example:8182", "db.example:", "db.example:port", "[::1]:0"] {
        assert_eq!(new(host).to_string(), text);
    }
    let signed = |host| cluster().with_signed_host(host).unwrap_err();
    assert_eq!(signed("https://db.example:8182"), NeptuneError::HostWithScheme);
    assert_eq!(signed("db.example:port"), NeptuneError::PortInvalid);
    let graph = |id, region| AnalyticsGraph::new(id, region).unwrap_err().to_string();
    assert_eq!(graph("", REGION), "the graph's id is empty");
    assert_eq!(graph("g-1", ""), "the region is empty");
    let text = "the host holds a path, a query or a fragment: give the name alone";
    assert_eq!(graph("g-1/", REGION), text);
}

#[test]
fn no_region() {
    let region = region_from_vars(|name| (name == "AWS_DEFAULT_REGION").then(|| REGION.into()));
    assert_eq!(region.as_deref(), Ok(REGION));
    let text = "no region: the environment variables SERVICE_REGION, AWS_REGION and AWS_DEFAULT_REGION \
                are missing or empty";
    assert_eq!(region_from_vars(|_| None).unwrap_err().to_string(), text);
}

#[test]
fn what_the_service_says() {
    for (body, code, message, request_id) in [
        (
            r#"{"requestId":"0f3c","code":"BadRequestException","detailedMessage":"no"}"#,
            Some("BadRequestException"),
            Some("no"),
            Some("0f3c"),
        ),
        (r#"{"code":1,"message":"no","requestId":null}"#, None, Some("no"), None),
        ("{}", None, None, None),
        ("", None, None, None),
        (" \n", None, None, None),
        (" <html>Bad Gateway</html>\n", None, Some("<html>Bad Gateway</html>"), None),
        ("[1]", None, Some("[1]"), None),
        ("{\"code\":\"a\"", None, Some("{\"code\":\"a\""), None),
    ] {
        let error = ErrorBody::parse(body.as_bytes());
        assert_eq!(
            (error.code(), error.message(), error.request_id()),
            (code, message, request_id)
        );
    }
    assert_eq!(ErrorBody::parse(b"\xff").message(), Some("\u{fffd}"));
    let deep = "[".repeat(300_000);
    assert_eq!(ErrorBody::parse(deep.as_bytes()).message().map(str::len), Some(256 * 1024));
}

#[test]
fn messages_stay_out_of_logs() {
    let body =
        br#"{"requestId":"0f3c","code":"a","detailedMessage":"x-amz-security-token:AQoDYXdz"}"#;
    let shown = format!("{:?}", ErrorBody::parse(body));
    let expected =
        r#"ErrorBody { code: Some("a"), request_id: Some("0f3c"), message_bytes: Some(29), .. }"#;
    assert_eq!(shown, expected);
}

#[test]
fn an_error_is_explained() {
    let body = br#"{"requestId":"0f3c","code":"AccessDeniedException","detailedMessage":"Credential should be scoped to correct service: 'neptune-db'."}"#;
    let answer: Answer = ErrorBody::parse(body).to_answer(Some(403));
    assert_eq!((answer.status(), answer.code()), (Some(403), Some("AccessDeniedException")));
    let signer = Signer::new(credentials(), REGION, "neptune");
    let target = b"https://db.example:8182/status";
    let request = RawRequest { method: "GET", target, headers: &[] };
    let payload = Payload::Bytes(b"");
    let explained = signer.explain_raw(&request, payload, timestamp(), Some(&answer)).unwrap();
    assert_eq!(explained.findings()[0].cause(), Cause::ScopeService);
}
