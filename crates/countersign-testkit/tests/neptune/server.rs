//! What the server verifies and how it answers.

use countersign::neptune::RdfGraph;
use http::Uri;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};

use super::*;

#[tokio::test]
async fn unsigned_requests_are_rejected_whatever_they_ask_for() {
    let server = start();
    for path in ["/status", "/sparql?query=ASK%20%7B%7D", "/gremlin", "/loader", "/nothing"] {
        let (status, body) = sent(request(&server, Method::GET, path)).await;
        let missing = ("AccessDeniedException".into(), "Missing Authentication Token".into());
        assert_eq!((status, error(&body)), (403, missing), "{path}");
    }
    assert_eq!(
        last_line(&server),
        "GET /nothing: refused: 403 AccessDeniedException: \
         Request is missing Authentication Token"
    );
}

#[tokio::test]
async fn tampering_with_a_signed_part_is_rejected() {
    let server = start();
    let query = cluster(&server).sparql("ASK {}").unwrap();
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
        signer(example_keys::temporary()).sign(&mut request).unwrap();
        assert_eq!(sent(request.clone()).await.0, 200);
        change(&mut request);
        assert_eq!(sent(request).await.0, 403, "{number}");
        assert!(!server.requests().last().unwrap().verdict.is_verified());
    }
}

#[tokio::test]
async fn keys_are_added_and_removed_while_the_server_runs() {
    let server = Server::start_with(Options::new().with_region("eu-west-1")).unwrap();
    let credentials = || Credentials::new("AKIDANOTHER", "secret");
    let status = async || {
        let mut request = request(&server, Method::GET, "/status");
        Signer::neptune(credentials(), server.region()).sign(&mut request).unwrap();
        sent(request).await.0
    };
    assert_eq!(status().await, 403);
    server.add_key(credentials());
    assert_eq!(status().await, 200);
    assert_eq!(last_line(&server), "GET /status: verified, AKIDANOTHER: 200");
    server.remove_key("AKIDANOTHER");
    assert_eq!(status().await, 403);
}

/// Some clients sign only the host and the time, and end paths with a slash.
#[tokio::test]
async fn old_clients_are_understood() {
    let server = start();
    let mut request = request(&server, Method::POST, "/sparql/");
    *request.body_mut() = "query=ASK+%7B%7D".into();
    signer(example_keys::long_term()).sign(&mut request).unwrap();
    let form = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    request.headers_mut().insert(CONTENT_TYPE, form);
    assert_eq!(sent(request).await, (200, r#"{"head":{},"boolean":true}"#.into()));
}

#[tokio::test]
async fn operations_that_are_not_computed_get_an_empty_object() {
    let server = start();
    for (method, path) in [
        (Method::GET, "/gremlin/status?includeWaiting=true"),
        (Method::DELETE, "/opencypher/status/0f3c?silent=true"),
        (Method::GET, "/openCypher?query=RETURN%201"),
        (Method::POST, "/openCypher/explain"),
        (Method::GET, "/loader/?limit=3&includeQueuedLoads=false"),
        (Method::POST, "/system"),
        (Method::DELETE, "/propertygraph/statistics"),
        (Method::GET, "/rdf/statistics/summary?mode=detailed"),
        (Method::GET, "/sparql/stream?limit=1&iteratorType=LATEST"),
        (Method::GET, "/ml/endpoints/a%2Fb"),
        (Method::POST, "/storage/indexes/rebuilds/a/cancel"),
        (Method::GET, "/gremlin?gremlin=g.addV()"),
    ] {
        let answer = signed(request(&server, method, path)).await;
        assert_eq!(answer, (200, "{}".into()), "{path}");
    }
}

#[tokio::test]
async fn errors_have_the_form_of_neptunes() {
    let server = start();
    let bad = "BadRequestException";
    let missing = "MissingParameterException";
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let one = "There must be one query or one update";
    let graph = "The query must be default or graph=";
    for (method, path, status, code, message) in [
        (&get, "/nothing", 404, bad, "Bad route: /nothing"),
        (&put, "/status", 405, "MethodNotAllowedException", "PUT is not supported for /status"),
        (&get, "/sparql?update=CLEAR%20ALL", 400, bad, "An update is sent by POST"),
        (&get, "/sparql", 400, missing, one),
        (&get, "/sparql?query=ASK%20%7B%7D&query=ASK%20%7B%7D", 400, missing, one),
        (&post, "/sparql", 400, bad, "The content type is not application/x-www-form-urlencoded"),
        (
            &get,
            "/sparql?query=ASK%20%7B%7D&explain=static",
            400,
            "UnsupportedOperationException",
            "The test server does not know the parameter explain",
        ),
        (&get, "/sparql?query=%FF", 400, bad, "A parameter is not UTF-8"),
        (&get, "/gremlin", 400, missing, "There is no gremlin"),
        (&get, "/sparql/gsp/", 400, bad, graph),
        (&Method::DELETE, "/sparql/gsp/?default=urn:g", 400, bad, graph),
    ] {
        let (found, body) = signed(request(&server, method.clone(), path)).await;
        assert_eq!((found, error(&body)), (status, (code.into(), message.into())), "{path}");
    }
}

/// A terminal would obey it.
#[tokio::test]
async fn no_control_character_is_recorded() {
    let server = start();
    let request = request(&server, Method::GET, "/sparql?query=ASK%20%7B%7D&%1B%5B2J%0A=");
    assert_eq!(signed(request).await.0, 400);
    let line = last_line(&server);
    assert!(line.ends_with("The test server does not know the parameter  [2J "), "{line:?}");
}

#[tokio::test]
async fn queries_reach_no_file_and_no_other_server() {
    let server = start();
    let cluster = cluster(&server);
    for request in [
        cluster.sparql_update("LOAD <file:///etc/hostname>"),
        cluster.sparql_update("LOAD <http://127.0.0.1/>"),
        cluster.sparql("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"),
    ] {
        let (status, body) = signed(request.unwrap()).await;
        assert_eq!((status, &*error(&body).0), (500, "InternalFailureException"), "{body}");
    }
}

/// The server changes queries so that they can be interrupted, which must not change their results.
#[tokio::test]
async fn queries_have_the_results_that_sparql_gives_them() {
    let server = start();
    let update = "PREFIX : <urn:> INSERT DATA {
        :a :name 'A' ; :next :b ; :size 1 . :b :name 'B' ; :next :c ; :size 2 . :c :name 'C' ; :size 3 }";
    assert_eq!(signed(cluster(&server).sparql_update(update).unwrap()).await.0, 200);
    for (pattern, expected) in [
        ("{ ?x :next ?y . ?y :name ?v }", "B C"),
        ("{ ?x :next [ :next [ :name ?v ] ] }", "C"),
        ("{ ?y :name ?v . ?z :size 3 . ?x :next ?z . ?x :next ?y }", "C"),
        ("{ :a :next* ?y . ?y :name ?v }", "A B C"),
        ("{ ?x :name ?n OPTIONAL { ?x :next/:name ?m } BIND(COALESCE(?m, '-') AS ?v) }", "- B C"),
        ("{ ?x :name ?v MINUS { ?x :next ?y } }", "C"),
        ("{ ?x :name ?v FILTER NOT EXISTS { ?x :next/:next ?y } }", "B C"),
        ("{ { ?x :name ?v FILTER(?v = 'A') } UNION { ?x :name ?v FILTER(?v = 'C') } }", "A C"),
        (
            "{ ?x :name ?n BIND(CONCAT(?n, REPLACE(?n, 'A', 'xy'), UCASE('z')) AS ?v) }",
            "AxyZ BBZ CCZ",
        ),
        ("{ ?x :name ?v FILTER REGEX(?v, '^[ab]$', 'i') }", "A B"),
        ("{ ?x :name ?v } ORDER BY DESC(?v) LIMIT 2", "B C"),
        ("{ VALUES ?n { 'A' 'B' } ?x :name ?n ; :next ?y . ?y :name ?v }", "B C"),
        (
            "{ SELECT (GROUP_CONCAT(?n; SEPARATOR='+') AS ?v) { SELECT ?n { ?x :name ?n } ORDER BY ?n } }",
            "A+B+C",
        ),
        ("{ SELECT (STR(SUM(?s)) AS ?v) { ?x :size ?s } }", "6"),
        ("{ SELECT DISTINCT ?v { ?x :next ?y . ?z :name ?v } }", "A B C"),
        ("{ ?x :name ?v LATERAL { SELECT ?x { ?x :next ?y } LIMIT 1 } }", "A B"),
        ("{ GRAPH ?g { ?x :name ?v } }", ""),
        ("{ ?x :name ?v FILTER(IF(BOUND(?x) && !(?v IN ('A')), true, false)) }", "B C"),
    ] {
        let query = format!("PREFIX : <urn:> SELECT ?v WHERE {pattern}");
        let (status, body) = signed(cluster(&server).sparql(&query).unwrap()).await;
        assert_eq!(status, 200, "{query}: {body}");
        let rows: Value = serde_json::from_str(&body).unwrap();
        let rows = rows["results"]["bindings"].as_array().unwrap();
        let mut values: Vec<&str> =
            rows.iter().map(|it| it["v"]["value"].as_str().unwrap()).collect();
        values.sort_unstable();
        assert_eq!(values.join(" "), expected, "{query}");
    }
    let update = "PREFIX : <urn:> DELETE { ?x :size ?s } INSERT { ?x :double ?d } WHERE { ?x :size ?s BIND(?s + ?s AS ?d) }";
    assert_eq!(signed(cluster(&server).sparql_update(update).unwrap()).await.0, 200);
    let query = "PREFIX : <urn:> ASK { :c :double 6 . FILTER NOT EXISTS { ?x :size ?s } }";
    let answer = signed(cluster(&server).sparql(query).unwrap()).await;
    assert_eq!(answer, (200, r#"{"head":{},"boolean":true}"#.into()));
}

#[tokio::test]
async fn graphs_are_written_read_and_dropped() {
    let server = start();
    let (cluster, graph) = (cluster(&server), RdfGraph::Named("urn:g?a=b&c"));
    let turtle = || HeaderValue::from_static("text/turtle");
    let (one, two) = ("<urn:a> <urn:b> <urn:c> .\n", "<urn:a> <urn:b> <urn:d> .\n");
    for (request, expected) in [
        (cluster.replace_graph(graph, turtle(), one), one.to_owned()),
        (cluster.replace_graph(graph, turtle(), two), two.to_owned()),
        (cluster.add_to_graph(graph, turtle(), one), [one, two].concat()),
        (cluster.replace_graph(RdfGraph::Default, turtle(), one), [one, two].concat()),
        (cluster.drop_graph(graph), String::new()),
    ] {
        assert_eq!(signed(request.unwrap()).await, (200, String::new()));
        let (status, read) = signed(cluster.read_graph(graph).unwrap()).await;
        let mut lines: Vec<&str> = read.split_inclusive('\n').collect();
        lines.sort_unstable();
        assert_eq!((status, lines.concat()), (200, expected));
    }
    let broken = cluster.replace_graph(graph, turtle(), "<urn:a> <urn:b> <urn:e> . <urn:a>");
    assert_eq!(signed(broken.unwrap()).await.0, 400);
    assert_eq!(signed(cluster.read_graph(graph).unwrap()).await, (200, String::new()));
}

#[tokio::test]
async fn results_come_in_the_format_that_is_asked_for() {
    let server = start();
    let update = "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }";
    assert_eq!(signed(cluster(&server).sparql_update(update).unwrap()).await.0, 200);
    let n_triple = "<urn:a> <urn:b> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n";
    for (query, accept, expected) in [
        ("SELECT ?o { ?s ?p ?o }", "text/csv", "o\r\n1\r\n"),
        ("SELECT ?o { ?s ?p ?o }", "a/b, text/csv", "o\r\n1\r\n"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/turtle", "<urn:a> <urn:b> 1 .\n"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "*/*", n_triple),
    ] {
        let mut request = cluster(&server).sparql(query).unwrap();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
        assert_eq!(signed(request).await, (200, expected.into()), "{query} {accept}");
    }
}
