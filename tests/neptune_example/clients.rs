//! The same signed requests through two clients: what was signed is what each of them sends.

use bytes::Bytes;
use countersign::neptune::{Cluster, LoadListOptions, LoadStatusOptions, NeptuneError};
use http::{Method, Request};
use serde_json::json;
use tokio::time::timeout;

use super::{PATIENCE, Server, long_lived, signer, temporary};

#[tokio::test]
async fn hyper_and_reqwest_send_what_was_signed() {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for env in [long_lived(), temporary()] {
        let server = Server::start().await;
        for (request, expected) in requests(&server.cluster()) {
            let mut request = request.unwrap();
            signer(&env).sign(&mut request).unwrap();
            let (status, body) = server.sent(request.clone()).await;
            let verdict = server.last_line();
            assert_eq!(status, 200, "{verdict}");
            assert!(body.contains(expected), "{verdict}: {body}");

            let (status, again) = by_reqwest(&client, request).await;
            assert_eq!((status, server.last_line()), (200, verdict.clone()));
            assert!(again.contains(expected), "{verdict}: {again}");
            if expected == ROWS {
                assert_eq!(again, body);
            }
        }
    }
}

async fn by_reqwest(client: &reqwest::Client, request: Request<Bytes>) -> (u16, String) {
    let request = reqwest::Request::try_from(request).unwrap();
    let response = timeout(PATIENCE, client.execute(request)).await.unwrap().unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// Each with what its answer holds.
fn requests(cluster: &Cluster) -> Vec<(Result<Request<Bytes>, NeptuneError>, &'static str)> {
    let tunnelled = cluster.clone().with_signed_host("db.example:8182").unwrap();
    let parameters = json!({"a": ["é +", null]}).as_object().cloned();
    let page = LoadStatusOptions::new().with_page(3).with_details();
    let role = [("neptuneIamRoleArn", "arn:aws:iam::123456789012:role/a b+é'*~")];
    vec![
        (cluster.status(), r#""status":"healthy""#),
        (tunnelled.status(), r#""status":"healthy""#),
        (cluster.gremlin_by_get("g.inject('a +&%é~*')"), "a +&%é~*"),
        (cluster.gremlin("g.inject('a +&%é~*')"), "a +&%é~*"),
        (cluster.sparql_update(UPDATE), "UpdateEvent"),
        (cluster.sparql_by_get(QUERY), ROWS),
        (cluster.sparql(QUERY), ROWS),
        (cluster.opencypher_by_get("RETURN $a + 'é'", parameters.as_ref()), "{}"),
        (cluster.opencypher("RETURN $a + 'é'", parameters.as_ref()), "{}"),
        (cluster.opencypher_by_form("RETURN $a + 'é'", parameters.as_ref()), "{}"),
        (cluster.loads(&LoadListOptions::new().with_limit(3).without_queued()), "{}"),
        (cluster.load_status(ID, &page), "{}"),
        (cluster.request(Method::GET, &["ml", "endpoints", ID], &role, None), "{}"),
        (cluster.cancel_gremlin_query(ID), "{}"),
        (cluster.cancel_load(ID), "{}"),
    ]
}

/// What some client might write otherwise: reqwest parses the URL anew.
const ID: &str = "..%2F.//a b;c=d?e#f|g\\h^i{j}\"<k>`l'é+@:&$!*(),~[]";
const UPDATE: &str = r#"INSERT DATA { <urn:a> <urn:b> "b +&%é" }"#;
const QUERY: &str = "SELECT ?o { <urn:a> <urn:b> ?o FILTER(?o != 'a+b%20&c=d|^`') }";
const ROWS: &str = r#"{"o":{"type":"literal","value":"b +&%é"}}"#;
