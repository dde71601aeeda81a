//! What the stand-in believes and how it answers.

use bytes::Bytes;
use countersign::neptune::{Cluster, RdfGraph};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Uri};
use rustls::RootCertStore;
use serde_json::Value;

use super::neptune::call::send;
use super::neptune::client::{Answer, Client};
use super::neptune::stand_in::start_time;
use super::{Server, long_lived, signer, temporary};

impl Server {
    pub(super) fn cluster(&self) -> Cluster {
        Cluster::new("127.0.0.1").unwrap().with_port(self.address.port()).with_plain_http()
    }

    async fn signed(&self, request: &Request<Bytes>) -> (u16, String) {
        told(send(&client(), &signer(&temporary()), request).await.unwrap().0)
    }

    pub(super) async fn sent(&self, request: Request<Bytes>) -> (u16, String) {
        told(client().send(request).await.unwrap())
    }

    fn request(&self, method: Method, path: &str) -> Request<Bytes> {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        *request.uri_mut() = format!("http://{}{path}", self.address).parse().unwrap();
        request
    }
}

fn client() -> Client {
    Client::new(RootCertStore::empty()).unwrap()
}

fn told(answer: Answer) -> (u16, String) {
    (answer.status, String::from_utf8(answer.body.into()).unwrap())
}

fn error(body: &str) -> (String, String) {
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["requestId"].as_str().unwrap().len(), 36);
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("code"), text("detailedMessage"))
}

#[test]
fn the_time_of_the_start_is_in_neptunes_form() {
    let started = "20170803T214702Z".parse().unwrap();
    assert_eq!(start_time(started), "Thu Aug 03 21:47:02 UTC 2017");
}

#[tokio::test]
async fn an_unsigned_request_is_refused_whatever_it_asks_for() {
    let server = Server::start().await;
    for path in ["/status", "/sparql?query=ASK%20%7B%7D", "/gremlin", "/loader", "/nothing"] {
        let (status, body) = server.sent(server.request(Method::GET, path)).await;
        let missing = ("AccessDeniedException".into(), "Missing Authentication Token".into());
        assert_eq!((status, error(&body)), (403, missing), "{path}");
    }
    assert_eq!(
        server.last_line(),
        "GET /nothing: refused: 403 AccessDeniedException: \
         Request is missing Authentication Token"
    );
}

#[tokio::test]
async fn what_is_changed_after_signing_is_refused() {
    let server = Server::start().await;
    let query = server.cluster().sparql("ASK {}").unwrap();
    let changes: [fn(&mut Request<Bytes>); 4] = [
        |request| *request.method_mut() = Method::PUT,
        |request| *request.body_mut() = "query=ASK%20%7B%7D%20".into(),
        |request| *request.uri_mut() = Uri::try_from(format!("{}?a=b", request.uri())).unwrap(),
        |request| {
            request.headers_mut().insert("x-amz-security-token", HeaderValue::from_static("a"));
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut request = query.clone();
        signer(&temporary()).sign(&mut request).unwrap();
        assert_eq!(server.sent(request.clone()).await.0, 200);
        change(&mut request);
        assert_eq!(server.sent(request).await.0, 403, "{number}");
    }
}

/// Some clients sign nothing but the host and the time, and end paths with a slash.
#[tokio::test]
async fn an_old_client_is_understood() {
    let server = Server::start().await;
    let mut request = server.request(Method::POST, "/sparql/");
    *request.body_mut() = "query=ASK+%7B%7D".into();
    signer(&long_lived()).sign(&mut request).unwrap();
    let form = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    request.headers_mut().insert(CONTENT_TYPE, form);
    assert_eq!(server.sent(request).await, (200, r#"{"head":{},"boolean":true}"#.into()));
}

#[tokio::test]
async fn operations_that_are_not_computed_get_an_empty_object() {
    let server = Server::start().await;
    for (method, path) in [
        (Method::GET, "/gremlin/status?includeWaiting=true"),
        (Method::DELETE, "/opencypher/status/0f3c?silent=true"),
        (Method::GET, "/openCypher?query=RETURN%201"),
        (Method::POST, "/openCypher/explain"),
        (Method::GET, "/openCypher/status"),
        (Method::DELETE, "/openCypher/status/0f3c"),
        (Method::GET, "/loader/?limit=3&includeQueuedLoads=false"),
        (Method::POST, "/system"),
        (Method::DELETE, "/propertygraph/statistics"),
        (Method::GET, "/rdf/statistics/summary?mode=detailed"),
        (Method::GET, "/sparql/stream?limit=1&iteratorType=LATEST"),
        (
            Method::GET,
            "/ml/endpoints/a%2Fb?neptuneIamRoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa",
        ),
        (Method::POST, "/storage/indexes/rebuilds/a/cancel"),
        (Method::GET, "/storage/info"),
        (Method::GET, "/gremlin?gremlin=g.addV()"),
    ] {
        let answer = server.signed(&server.request(method, path)).await;
        assert_eq!(answer, (200, "{}".into()), "{path}");
    }
}

#[tokio::test]
async fn refusals_have_the_shape_of_neptunes() {
    let server = Server::start().await;
    for (method, path, status, code, message) in [
        (Method::GET, "/nothing", 404, "BadRequestException", "Bad route: /nothing"),
        (
            Method::PUT,
            "/status",
            405,
            "MethodNotAllowedException",
            "PUT is not supported for /status",
        ),
        (
            Method::GET,
            "/sparql?update=CLEAR%20ALL",
            400,
            "BadRequestException",
            "An update is sent by POST",
        ),
        (
            Method::GET,
            "/sparql",
            400,
            "MissingParameterException",
            "There must be one query or one update",
        ),
        (
            Method::GET,
            "/sparql?query=ASK%20%7B%7D&query=ASK%20%7B%7D",
            400,
            "MissingParameterException",
            "There must be one query or one update",
        ),
        (
            Method::POST,
            "/sparql",
            400,
            "BadRequestException",
            "The content type is not application/x-www-form-urlencoded",
        ),
        (
            Method::GET,
            "/sparql?query=ASK%20%7B%7D&explain=static",
            400,
            "UnsupportedOperationException",
            "The stand-in does not know the parameter explain",
        ),
        (Method::GET, "/sparql?query=%FF", 400, "BadRequestException", "A parameter is not UTF-8"),
        (Method::GET, "/gremlin", 400, "MissingParameterException", "There is no gremlin"),
        (
            Method::GET,
            "/sparql/gsp/",
            400,
            "BadRequestException",
            "The query must be default or graph=",
        ),
        (
            Method::DELETE,
            "/sparql/gsp/?default=urn:g",
            400,
            "BadRequestException",
            "The query must be default or graph=",
        ),
    ] {
        let (found, body) = server.signed(&server.request(method, path)).await;
        assert_eq!((found, error(&body)), (status, (code.into(), message.into())), "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let server = Server::start().await;
    let mut request = server.cluster().sparql("ASK {}").unwrap();
    signer(&temporary()).sign(&mut request).unwrap();
    *request.body_mut() = vec![b' '; (16 << 20) + 1].into();
    let (status, body) = server.sent(request).await;
    assert_eq!((status, &*error(&body).0), (413, "QueryTooLargeException"));
}

/// A terminal would obey it.
#[tokio::test]
async fn no_control_character_gets_into_the_log() {
    let server = Server::start().await;
    let request = server.request(Method::GET, "/sparql?query=ASK%20%7B%7D&%1B%5B2J%0A=");
    assert_eq!(server.signed(&request).await.0, 400);
    let line = server.last_line();
    assert!(line.ends_with("The stand-in does not know the parameter  [2J "), "{line:?}");
}

/// It reaches no file and no other server.
#[tokio::test]
async fn queries_stay_within_the_graph() {
    let server = Server::start().await;
    let cluster = server.cluster();
    for request in [
        cluster.sparql_update("LOAD <file:///etc/hostname>"),
        cluster.sparql_update("LOAD <http://127.0.0.1/>"),
        cluster.sparql("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"),
    ] {
        let (status, body) = server.signed(&request.unwrap()).await;
        assert_eq!((status, &*error(&body).0), (500, "InternalFailureException"), "{body}");
    }
}

/// Oxigraph would exhaust the stack, and end the process.
#[tokio::test]
async fn queries_that_nest_too_deep_are_refused() {
    let server = Server::start().await;
    let parentheses =
        |count| format!("ASK {{ FILTER({}true{}) }}", "(".repeat(count), ")".repeat(count));
    let long = format!("ASK {{ FILTER({}) }}", vec!["1"; 15_000].join("+"));
    for (query, expected) in
        [(parentheses(48), 200), (parentheses(49), 400), (parentheses(10_000), 400), (long, 400)]
    {
        let request = server.cluster().sparql(&query).unwrap();
        let (status, body) = server.signed(&request).await;
        assert_eq!(status, expected);
        if expected == 400 {
            assert_eq!(error(&body).0, "QueryTooLargeException");
        }
    }
}

#[tokio::test]
async fn graphs_are_written_read_and_dropped() {
    let server = Server::start().await;
    let (cluster, graph) = (server.cluster(), RdfGraph::Named("urn:g?a=b&c"));
    let turtle = || HeaderValue::from_static("text/turtle");
    let (one, two) = ("<urn:a> <urn:b> <urn:c> .\n", "<urn:a> <urn:b> <urn:d> .\n");
    for (request, holds) in [
        (cluster.replace_graph(graph, turtle(), one), one.to_owned()),
        (cluster.replace_graph(graph, turtle(), two), two.to_owned()),
        (cluster.add_to_graph(graph, turtle(), one), [one, two].concat()),
        (cluster.replace_graph(RdfGraph::Default, turtle(), one), [one, two].concat()),
        (cluster.drop_graph(graph), String::new()),
    ] {
        assert_eq!(server.signed(&request.unwrap()).await, (200, String::new()));
        let (status, read) = server.signed(&cluster.read_graph(graph).unwrap()).await;
        let mut lines: Vec<&str> = read.split_inclusive('\n').collect();
        lines.sort_unstable();
        assert_eq!((status, lines.concat()), (200, holds));
    }
    let broken = cluster.replace_graph(graph, turtle(), "<urn:a>").unwrap();
    assert_eq!(server.signed(&broken).await.0, 400);
}

#[tokio::test]
async fn results_come_in_the_format_that_is_asked_for() {
    let server = Server::start().await;
    let update = "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }";
    assert_eq!(server.signed(&server.cluster().sparql_update(update).unwrap()).await.0, 200);
    for (query, accept, expected) in [
        ("SELECT ?o { ?s ?p ?o }", "text/csv", "o\r\n1\r\n"),
        ("SELECT ?o { ?s ?p ?o }", "a/b, text/csv", "o\r\n1\r\n"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/turtle", "<urn:a> <urn:b> 1 .\n"),
        (
            "CONSTRUCT WHERE { ?s ?p ?o }",
            "*/*",
            "<urn:a> <urn:b> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n",
        ),
    ] {
        let mut request = server.cluster().sparql(query).unwrap();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
        assert_eq!(server.signed(&request).await, (200, expected.into()), "{query} {accept}");
    }
}
