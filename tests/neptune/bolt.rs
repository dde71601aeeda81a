//! The password of a Bolt connection.

use countersign::Signer;
use countersign::neptune::{BoltHost, Cluster};
use countersign::protocol::{PayloadHeader, Rules};
use serde_json::{Value, json};

use super::{REGION, SIGNED_AT, TOKEN, cluster, credentials, timestamp};

/// Signatures as botocore's `SigV4Auth` makes them for the same GET, host and time.
#[test]
fn known_answers() {
    let tunnel = Cluster::new("localhost").unwrap().with_port(9000);
    let tunnel = tunnel.with_signed_host("db.example:8182").unwrap();
    for (host_mode, host, token, signature) in [
        (
            BoltHost::WithPort,
            "db.example:8182",
            "",
            "cf22965ebb5c5ad140f0b2ad512a9b24a3b394ce2b3b7acd0284445b9f64106e",
        ),
        (
            BoltHost::WithPort,
            "db.example:8182",
            TOKEN,
            "4fb88695762265803ac6c0e2352420dd37ec67d9734e73d06aa9b12c21389f17",
        ),
        (
            BoltHost::WithoutPort,
            "db.example",
            "",
            "f9509cb95aa30d146460235b65fb1b63d77dba3419d2584980e5558c4c6a4506",
        ),
        (
            BoltHost::WithoutPort,
            "db.example",
            TOKEN,
            "2673d64c7754a4d44a099cdffc171bca2d760867b5a02257706cff872847937d",
        ),
    ] {
        let signer = Signer::neptune(credentials().with_session_token(token), REGION);
        let signed_headers = match token {
            "" => "host;x-amz-date",
            _ => "host;x-amz-date;x-amz-security-token",
        };
        let mut expected = json!({
            "Authorization": format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/neptune-db/aws4_request, \
                 SignedHeaders={signed_headers}, Signature={signature}"
            ),
            "X-Amz-Date": SIGNED_AT,
            "Host": host,
            "HttpMethod": "GET",
        });
        if !token.is_empty() {
            expected["X-Amz-Security-Token"] = token.into();
        }
        for cluster in [&cluster(), &tunnel] {
            let password = cluster.bolt_password(&signer, host_mode, timestamp()).unwrap();
            let members: Value = serde_json::from_str(password.as_str()).unwrap();
            assert_eq!(members, expected);
            assert_eq!(password.to_string(), password.as_str());
        }
    }
}

#[test]
fn rules_add_nothing() {
    let signer = Signer::neptune(credentials(), REGION);
    let plain = cluster().bolt_password(&signer, BoltHost::default(), timestamp()).unwrap();
    let rules = Rules::DEFAULT.with_payload_header(PayloadHeader::Sent);
    let signer = signer.with_rules(rules);
    let password = cluster().bolt_password(&signer, BoltHost::default(), timestamp()).unwrap();
    assert_eq!(password.as_str(), plain.as_str());
}

#[test]
fn a_password_is_not_shown() {
    let signer = Signer::neptune(credentials(), REGION);
    let password = cluster().bolt_password(&signer, BoltHost::default(), timestamp()).unwrap();
    assert_eq!(format!("{password:?}"), "BoltPassword([redacted])");
}

#[test]
fn what_cannot_be_signed_is_an_error() {
    let signer = Signer::neptune(credentials(), "");
    let error = cluster().bolt_password(&signer, BoltHost::default(), timestamp()).unwrap_err();
    assert_eq!(error.to_string(), "the region is empty");
}
