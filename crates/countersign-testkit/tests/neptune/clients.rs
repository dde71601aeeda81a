//! Requests of countersign's Neptune client arrive as they were signed, through a client that parses their URLs again.

use super::*;
use serde_json::json;

#[tokio::test]
async fn reqwest_sends_what_was_signed() {
    for credentials in example_keys::all() {
        let server = start();
        let signer = signer(credentials);
        for (mut request, expected) in requests(&cluster(&server)) {
            signer.sign(&mut request).unwrap();
            let (status, body) = sent(request).await;
            assert_eq!(status, 200, "{}", last_line(&server));
            assert!(body.contains(expected), "{}: {body}", last_line(&server));
        }
    }
}

/// Each with a part of its answer.
fn requests(cluster: &Cluster) -> Vec<(Request<Bytes>, &'static str)> {
    let tunnelled = cluster.clone().with_signed_host("db.example:8182").unwrap();
    let parameters = json!({"a": ["é +", null]}).as_object().cloned();
    let role = [("neptuneIamRoleArn", "arn:aws:iam::123456789012:role/a b+é'*~")];
    let requests = [
        (cluster.status(), r#""status":"healthy""#),
        (tunnelled.status(), r#""status":"healthy""#),
        (cluster.gremlin_by_get("g.inject('a +&%é~*')"), "a +&%é~*"),
        (cluster.gremlin("g.inject('a +&%é~*')"), "a +&%é~*"),
        (cluster.sparql_update(UPDATE), "UpdateEvent"),
        (cluster.sparql_by_get(QUERY), ROWS),
        (cluster.sparql(QUERY), ROWS),
        (cluster.opencypher_by_get("RETURN $a + 'é'", parameters.as_ref()), "{}"),
        (cluster.opencypher("RETURN $a + 'é'", parameters.as_ref()), "{}"),
        (cluster.request(Method::GET, &["ml", "endpoints", ID], &role, None), "{}"),
        (cluster.request(Method::DELETE, &["loader", ID], &[], None), "{}"),
    ];
    requests.map(|(request, expected)| (request.unwrap(), expected)).into()
}

/// Characters that clients encode in different ways.
const ID: &str = "..%2F.//a b;c=d?e#f|g\\h^i{j}\"<k>`l'é+@:&$!*(),~[]";
const UPDATE: &str = r#"INSERT DATA { <urn:a> <urn:b> "b +&%é" }"#;
const QUERY: &str = "SELECT ?o { <urn:a> <urn:b> ?o FILTER(?o != 'a+b%20&c=d|^`') }";
const ROWS: &str = r#"{"o":{"type":"literal","value":"b +&%é"}}"#;
