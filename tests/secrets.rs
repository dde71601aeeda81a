//! No secret in what is shown: every public type's `Debug`, and every error, after they were given secrets.

#[path = "secrets/adapters.rs"]
mod adapters;
#[path = "secrets/search.rs"]
mod search;
#[path = "secrets/sources.rs"]
mod sources;
#[path = "secrets/verifying.rs"]
mod verifying;

use core::time::Duration;
use std::sync::Arc;

use countersign::arbitrary::ArbitraryRequest;
use countersign::explain::{Answer, Cause};
use countersign::keyspaces::KeyspacesSigner;
use countersign::keyspaces::{self, Challenge, LoginError};
use countersign::neptune::{self, BoltHost, Cluster, NeptuneError};
use countersign::protocol::canonical::{CanonicalHeaders, CanonicalQuery, CanonicalUri};
use countersign::protocol::{
    self, Payload, PayloadHash, PayloadHasher, QueryAuthorization, RawRequest, Rules, Scope,
    SigningKey, StringToSign, Timestamp,
};
use countersign::verifier::AccessKey;
use countersign::{
    CanonicalError, CredentialPart, Credentials, CredentialsError, EndpointError, EnvCredentials,
    ProvideError, RefreshingSigner, SignError, Signer, TimestampError,
};
use http::Request;
use serde_json::json;

use self::search::Search;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY=Zq9v";
const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764==%2B&bNrr";
const PASSWORD: &str = "pa55w0rd~of~the~user";
const BODY: &str = "b0dy\"m4rk<Zx81>Qw72\\é\n";
const TIME: &str = "20150830T123600Z";

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET).with_session_token(TOKEN)
}

fn signer() -> Signer {
    Signer::neptune(credentials(), "us-east-1")
}

fn keyspaces_signer() -> KeyspacesSigner {
    KeyspacesSigner::new(credentials(), "us-east-1")
}

fn timestamp() -> Timestamp {
    TIME.parse().unwrap()
}

fn scope() -> Scope<'static> {
    Scope::new("20150830".parse().unwrap(), "us-east-1", "neptune-db").unwrap()
}

fn key() -> SigningKey {
    SigningKey::derive(SECRET.as_bytes(), scope()).unwrap()
}

#[test]
fn nothing_shows_a_secret() {
    let mut search = Search::default();
    for secret in [SECRET, TOKEN, PASSWORD, BODY] {
        search.hide(secret);
    }
    identities(&mut search);
    protocol(&mut search);
    signing(&mut search);
    http_requests(&mut search);
    sign_errors(&mut search);
    other_errors(&mut search);
    explaining(&mut search);
    logging_in(&mut search);
    neptune_requests(&mut search);
    plain_words(&mut search);
    verifying::all(&mut search);
    adapters::all(&mut search);
    search.debug(&ArbitraryRequest::from_text(b"GET / HTTP/1.1\r\n\r\n"));
    let missing: Vec<_> = sources::public().difference(&search.seen).cloned().collect();
    assert_eq!(missing, [""; 0], "nobody looked at these");
}

fn identities(search: &mut Search) {
    let derived = SigningKey::derive_bytes(SECRET.as_bytes(), scope()).unwrap();
    search.hide(&hex::encode(*derived));
    search.hide(&String::from_utf8_lossy(&*derived));
    let from_vars = Credentials::from_vars(|name| {
        Some(if name == "AWS_SESSION_TOKEN" { TOKEN } else { SECRET }.to_owned())
    });
    // An access key id is none of the secrets.
    search.text("Credentials", &format!("{:?}", from_vars.unwrap()).replacen(SECRET, "", 1));
    search.debug(&credentials());
    search.debug(&key());
    search.debug(&signer());
    let token = Some(TOKEN.to_owned());
    search.debug(&Signer::from_signing_key("AKIDEXAMPLE", key(), token));
    search.debug(&AccessKey::new(key()).with_session_token(TOKEN));
    search.debug(&RefreshingSigner::from(signer()));
    search.debug(&EnvCredentials::new());
}

fn protocol(search: &mut Search) {
    let target = format!("https://user:{PASSWORD}@db.example/status?password={PASSWORD}");
    let header = [("cookie", PASSWORD.as_bytes()), ("x-amz-meta-a", SECRET.as_bytes())];
    let request = RawRequest { method: "PUT", target: target.as_bytes(), headers: &header };
    search.debug(&request);
    let payload = Payload::Bytes(BODY.as_bytes());
    search.debug(&payload);
    search.debug(&PayloadHash::from(payload));
    let mut hasher = PayloadHasher::new();
    hasher.update(BODY.as_bytes());
    search.debug(&hasher);
    search.debug(&CanonicalQuery::new(format!("a={PASSWORD}").as_bytes(), protocol::Plus::Space));
    search.debug(&CanonicalUri::new(b"/status", &Rules::S3).unwrap());

    let credential = protocol::Credential::new("AKIDEXAMPLE", scope()).unwrap();
    let authorization =
        QueryAuthorization::new(credential, timestamp(), Duration::from_secs(60)).unwrap();
    let authorization = authorization.with_session_token(TOKEN, &Rules::DEFAULT);
    let hash = PayloadHash::EMPTY;
    search.debug(&authorization);
    let in_query =
        protocol::CanonicalRequest::for_query(&request, hash, authorization, &Rules::DEFAULT);
    let in_header = protocol::CanonicalRequest::for_header(
        &request,
        hash,
        timestamp(),
        Some(TOKEN),
        &Rules::DEFAULT,
    );
    for canonical in [in_query.unwrap(), in_header.unwrap()] {
        let string_to_sign = StringToSign::new(&canonical, timestamp(), scope());
        let signature = string_to_sign.sign(&key());
        search.hide(signature.as_str());
        search.debug(&signature);
        search.debug(&string_to_sign);
        search.debug(&protocol::Authorization::new(credential, canonical.headers(), &signature));
        search.debug::<CanonicalHeaders<'_>>(canonical.headers());
        search.debug(&canonical);
    }
    search.debug(&credential);
    search.debug(&scope());
    search.debug(&timestamp());
    search.debug(&timestamp().date());
}

fn signing(search: &mut Search) {
    let (signer, payload) = (signer(), Payload::Bytes(BODY.as_bytes()));
    let target = format!("https://user:{PASSWORD}@db.example/status?password={PASSWORD}");
    let request = RawRequest { method: "PUT", target: target.as_bytes(), headers: &[] };
    let signed = signer.sign_raw_at(&request, payload, timestamp()).unwrap();
    let expires = Duration::from_secs(60);
    let presigned = signer.presign_raw_at(&request, payload, expires, timestamp()).unwrap();
    search.hide(signed.stages().signature().as_str());
    search.hide(presigned.stages().signature().as_str());
    search.debug(&signed);
    search.debug(&signed.stages());
    search.debug(&presigned);
    let headers = signed.into_headers();
    search.debug(&headers);
    for header in headers.iter() {
        let is_secret = ["authorization", "x-amz-security-token"].contains(&header.name);
        assert_eq!(header.sensitive, is_secret, "{}", header.name);
        search.debug(&header);
    }
}

fn http_requests(search: &mut Search) {
    let target = format!("https://user:{PASSWORD}@db.example/status?password={PASSWORD}");
    for rules in
        [Rules::DEFAULT, Rules::S3.with_session_token_name(protocol::SessionTokenName::S3Session)]
    {
        let mut request = Request::put(&target).header("x-amz-meta-a", PASSWORD);
        let marked = request.headers_mut().unwrap().get_mut("x-amz-meta-a").unwrap();
        marked.set_sensitive(true);
        let mut request = request.body(BODY).unwrap();
        let signer = signer().with_rules(rules);
        let presigned = signer.presign_at(&request, Duration::from_secs(60), timestamp()).unwrap();
        let (_, signature) = presigned.uri().query().unwrap().rsplit_once('=').unwrap();
        search.hide(signature);
        search.debug(&presigned);
        search.text("presigned headers", &format!("{:?}", presigned.signed_headers()));

        signer.sign_at(&mut request, timestamp()).unwrap();
        let signature = request.headers()["authorization"].to_str().unwrap();
        search.hide(signature.rsplit_once('=').unwrap().1);
        for name in ["authorization", rules_token_header(&rules)] {
            assert!(request.headers()[name].is_sensitive(), "{name}");
        }
        search.text("http headers", &format!("{:?}", request.headers()));
    }
    // A token of its own, in a header that whoever uses the URL has to send.
    let own = Signer::new(Credentials::new("AKIDEXAMPLE", SECRET), "us-east-1", "es");
    let mut request = Request::get(&target).header("x-amz-security-token", TOKEN);
    request.headers_mut().unwrap().insert("range", PASSWORD.parse().unwrap());
    let mut marked = http::HeaderValue::from_static(PASSWORD);
    marked.set_sensitive(true);
    request.headers_mut().unwrap().insert("cookie", marked);
    let request = request.body(()).unwrap();
    let presigned = own.presign_at(&request, Duration::from_secs(60), timestamp()).unwrap();
    search.debug(&presigned);
    let mut signed_headers = presigned.signed_headers().clone();
    assert_eq!(signed_headers.remove("range").unwrap(), PASSWORD);
    search.text("presigned headers", &format!("{signed_headers:?}"));
}

fn rules_token_header(rules: &Rules) -> &'static str {
    let is_default = *rules == Rules::DEFAULT;
    if is_default { "x-amz-security-token" } else { "x-amz-s3session-token" }
}

/// Each is made by a request that holds all secrets.
fn sign_errors(search: &mut Search) {
    type Change<'a> = (&'a str, &'a str, &'a [(&'a str, &'a [u8])]);
    let (token, password) = (TOKEN.as_bytes(), PASSWORD.as_bytes());
    let url = &format!("https://user:{PASSWORD}@db.example/status?password={PASSWORD}");
    let broken = &format!("{PASSWORD}\n");
    let presigned = &format!("/?X-Amz-Signature={PASSWORD}&X-Amz-Security-Token={TOKEN}");
    let requests: [Change<'_>; 10] = [
        ("G T", url, &[("cookie", password)]),
        ("GET", url, &[("a b", password)]),
        ("GET", url, &[("cookie", broken.as_bytes())]),
        ("GET", &format!("/{broken}"), &[("cookie", password)]),
        ("GET", PASSWORD, &[("host", b"db.example")]),
        ("GET", "/", &[("cookie", password)]),
        ("GET", url, &[("host", b""), ("cookie", password)]),
        ("GET", url, &[("host", b"a"), ("host", password)]),
        ("GET", presigned, &[("host", b"a"), ("cookie", password)]),
        ("GET", url, &[("authorization", password), ("x-amz-security-token", token)]),
    ];
    for (method, target, headers) in requests {
        let request = RawRequest { method, target: target.as_bytes(), headers };
        let payload = Payload::Bytes(BODY.as_bytes());
        let (signer, expires) = (signer(), Duration::from_secs(60));
        let errors = [
            signer.sign_raw_at(&request, payload, timestamp()).err(),
            signer.presign_raw_at(&request, payload, expires, timestamp()).err(),
        ];
        assert!(errors[1].is_some(), "{method} {target}");
        for error in errors.into_iter().flatten() {
            search.error(&error);
            if let SignError::Canonical(error) = error {
                search.error(&error);
            }
        }
    }
    let request = Request::get("/status").header("x-amz-security-token", TOKEN);
    let request = request.header("host", "a").body(BODY).unwrap();
    let presign = |signer: Signer, request: &Request<&str>, expires| {
        signer.presign_at(request, Duration::from_secs(expires), timestamp()).unwrap_err()
    };
    let SignError::Canonical(token_repeated) = presign(signer(), &request, 60) else { panic!() };
    search.error(&token_repeated);
    search.error(&PayloadHash::from_literal(&format!("{PASSWORD} ")).unwrap_err());
    let relative = Request::get("/status").header("host", "a").body(BODY).unwrap();
    let absolute = Request::get(url).body(BODY).unwrap();
    let long = format!("{url}{}", "a".repeat(65_300));
    let long = Request::get(long).body(BODY).unwrap();
    let ended = credentials().with_expiry(timestamp().into());
    let comma = credentials().with_session_token(format!("{TOKEN}\n"));
    let mut full = Request::get(url).body(BODY).unwrap();
    while full.headers().len() < 24_576 {
        let name = http::HeaderName::try_from(format!("a{}", full.headers().len())).unwrap();
        full.headers_mut().insert(name, http::HeaderValue::from_static(PASSWORD));
    }
    let other_day = "20150831T000000Z".parse().unwrap();
    let of_key = Signer::from_signing_key("AKIDEXAMPLE", key(), Some(TOKEN.to_owned()));
    let errors = [
        presign(signer(), &relative, 60),
        presign(signer(), &absolute, 0),
        presign(signer(), &long, 60),
        presign(Signer::s3(ended, "us-east-1"), &absolute, 60),
        presign(Signer::s3(comma, "us-east-1"), &absolute, 60),
        presign(Signer::new(Credentials::new("", SECRET), "a", "b"), &absolute, 60),
        signer().sign_at(&mut full, timestamp()).unwrap_err(),
        of_key.sign_at(&mut absolute.clone(), other_day).unwrap_err(),
        signer().with_clock_offset(time::Duration::MAX).now().unwrap_err(),
    ];
    errors.iter().for_each(|error| search.error(error));
    let padded = format!("{SECRET}\n");
    search.error(&SigningKey::derive(padded.as_bytes(), scope()).unwrap_err());
    let parts = [
        CredentialPart::AccessKeyId,
        CredentialPart::Region,
        CredentialPart::SecretAccessKey,
        CredentialPart::Service,
        CredentialPart::SessionToken,
    ];
    for part in parts {
        search.debug(&part);
        search.error(&SignError::PartInvalid { part, at: 0 });
    }
    search.error(&CanonicalError::PathNotAbsolute);
}

fn other_errors(search: &mut Search) {
    for text in [TOKEN, "20159930T123600Z", "0000-00-00T00:00:00Z"] {
        search.error(&text.parse::<Timestamp>().unwrap_err());
    }
    search.error(&TimestampError::OutOfRange);
    search.error(&Credentials::from_vars(|_| None).unwrap_err());
    search.error(
        &Signer::neptune_from_vars(|name| name.contains("KEY").then(|| SECRET.to_owned()))
            .unwrap_err(),
    );
    search.error(&CredentialsError::VariableNotUnicode { name: "AWS_SESSION_TOKEN" });
    search.error(&keyspaces::endpoint("no region").unwrap_err());
    search.error(&keyspaces::fips_endpoint("eu-west-1").unwrap_err());
    search.error(&EndpointError::FipsMissing { region: "a".to_owned() });

    let ended = credentials().with_expiry(timestamp().into());
    let expired =
        RefreshingSigner::from(Signer::neptune(ended, "us-east-1")).current().unwrap_err();
    search.error(&expired);
    let unusable = SignError::PartEmpty { part: CredentialPart::Region };
    for error in [
        ProvideError::from(Credentials::from_vars(|_| None).unwrap_err()),
        ProvideError::Failed { cause: Arc::new(unusable.clone()) },
        ProvideError::NoRuntime,
        ProvideError::TimedOut { after: Duration::from_secs(30) },
        ProvideError::from(unusable),
    ] {
        search.error(&error);
    }
}

fn explaining(search: &mut Search) {
    let text = format!("{SECRET} {TOKEN}");
    for body in [
        format!(r#"{{"message":"it was {text}"}}"#),
        format!("<Error><Code>SignatureDoesNotMatch</Code><Message>{text}</Message></Error>"),
        text,
    ] {
        let answer = Answer::new(Some(403), &[("x-amzn-ErrorType", b"a")], body.as_bytes());
        search.debug(&answer);
        let headers = [("host", &b"db.example"[..]), ("cookie", PASSWORD.as_bytes())];
        let request = RawRequest { method: "GET", target: b"/status", headers: &headers };
        let payload = Payload::Bytes(BODY.as_bytes());
        let explained = signer().explain_raw(&request, payload, timestamp(), Some(&answer));
        let explanation = explained.unwrap();
        // A report quotes the headers that are signed, but for tokens.
        let report = format!("{explanation}\n{explanation:?}").replace(PASSWORD, "");
        search.text("Explanation", &report);
        search.debug(&explanation.findings()[0].cause());
        search.text("Finding", &format!("{:?}", explanation.findings()[0]).replace(PASSWORD, ""));
    }
    let request =
        RawRequest { method: "get", target: b"/status", headers: &[("host", b"db.example")] };
    let payload = Payload::Bytes(BODY.as_bytes());
    let explanation = signer().explain_raw(&request, payload, timestamp(), None).unwrap();
    search.debug(&explanation);
    search.debug(&explanation.findings()[0]);
    search.debug(&Cause::Secret);
}

fn logging_in(search: &mut Search) {
    let nonce = [b"nonce=".as_slice(), &[b'0'; 32]].concat();
    let challenge = Challenge::parse(&nonce).unwrap();
    let signer = keyspaces_signer();
    let reply = signer.sign_challenge_at(&challenge, timestamp()).unwrap();
    search.hide(reply.signature().as_str());
    search.debug(&challenge);
    search.debug(&signer);
    search.debug(&reply);
    search.debug(reply.canonical_request());
    search.error(&Challenge::parse(PASSWORD.as_bytes()).unwrap_err());
    search.error(&Challenge::parse(format!("nonce={PASSWORD}").as_bytes()).unwrap_err());

    let reply = reply.to_string();
    let claim = keyspaces::LoginResponse::parse(reply.as_bytes()).unwrap();
    search.debug(&claim);
    let scope = claim.scope("us-east-1").unwrap();
    search.error(&challenge.sign("AKIDEXAMPLE", Some(TOKEN), &key(), timestamp()).unwrap_err());
    let (known, unknown) =
        (AccessKey::from_credentials(&credentials(), scope).unwrap(), AccessKey::unknown(scope));
    let other = AccessKey::from_credentials(
        &Credentials::new("AKIDEXAMPLE", PASSWORD).with_session_token(TOKEN),
        scope,
    );
    let ended = AccessKey::from_credentials(&credentials().with_expiry(timestamp().into()), scope);
    let day = Scope::new("20150831".parse().unwrap(), "us-east-1", keyspaces::SERVICE).unwrap();
    let late = "20150830T130000Z".parse().unwrap();
    for (key, now) in [
        (unknown, timestamp()),
        (other.unwrap(), timestamp()),
        (ended.unwrap(), timestamp()),
        (known, late),
        (AccessKey::unknown(day), timestamp()),
    ] {
        search.error(&claim.verify(&challenge, &key, now).unwrap_err());
    }
    for response in [
        PASSWORD.to_owned(),
        format!("a={PASSWORD}"),
        format!("{reply},signature={TOKEN}"),
        format!("signature={PASSWORD},access_key=a,amzdate={TOKEN}"),
    ] {
        let error: LoginError = keyspaces::LoginResponse::parse(response.as_bytes()).unwrap_err();
        search.error(&error);
    }
}

fn neptune_requests(search: &mut Search) {
    let cluster = Cluster::new("db.example").unwrap().with_signed_host("tunnel.example").unwrap();
    search.debug(&cluster);
    let password = cluster.bolt_password(&signer(), BoltHost::WithPort, timestamp()).unwrap();
    let members: serde_json::Value = serde_json::from_str(password.as_str()).unwrap();
    let authorization = members["Authorization"].as_str().unwrap();
    search.hide(authorization.rsplit_once('=').unwrap().1);
    search.debug(&password);
    search.debug(&neptune::AnalyticsGraph::at(cluster.clone()));

    let body = json!({ "code": "AccessDeniedException", "detailedMessage": TOKEN });
    search.debug(&neptune::ErrorBody::parse(body.to_string().as_bytes()));
    search.debug(&neptune::ErrorBody::parse(TOKEN.as_bytes()));

    for host in [
        String::new(),
        format!("{PASSWORD} "),
        format!("db/{PASSWORD}"),
        format!("db:{PASSWORD}"),
        format!("https://{PASSWORD}"),
        format!("user:{PASSWORD}@db"),
    ] {
        search.error(&Cluster::new(&host).unwrap_err());
        search.error(&cluster.clone().with_signed_host(&host).unwrap_err());
    }
    let list = neptune::StreamOptions::new().with_limit(u32::MAX);
    let errors = [
        cluster.opencypher("", None).err(),
        cluster.start_load_of_json(BODY).err(),
        cluster.start_load_of_json(&json!(BODY).to_string()).err(),
        cluster.stream(neptune::GraphModel::PropertyGraph, &list).err(),
        cluster.request(http::Method::GET, &["..", PASSWORD], &[], None).err(),
        cluster.sparql(&format!("DELETE WHERE {{ ?s ?p \"{PASSWORD}\" }}")).err(),
        cluster.sparql_update(&format!("ASK {{ ?s ?p \"{PASSWORD}\" }}")).err(),
        cluster.gremlin_by_get(&PASSWORD.repeat(4_000)).err(),
    ];
    for error in errors {
        let error: NeptuneError = error.unwrap();
        search.error(&error);
    }
}

/// What holds no text of a caller but names and numbers.
fn plain_words(search: &mut Search) {
    use neptune::{
        CancelMode, ExplainMode, GraphModel, Load, LoadFormat, LoadListOptions, LoadMode,
        LoadStatusOptions, Parallelism, ProfileOptions, RdfGraph, StatisticsMode, StreamOptions,
        StreamStart, SummaryMode, WaitingQueries,
    };
    search.debug(&Load::new("s3://bucket/a", LoadFormat::Csv, "arn", "us-east-1"));
    search.debug(&LoadFormat::Csv);
    search.debug(&LoadListOptions::new());
    search.debug(&LoadMode::Auto);
    search.debug(&LoadStatusOptions::new());
    search.debug(&Parallelism::High);
    search.debug(&ProfileOptions::new().without_results());
    search.debug(&RdfGraph::Default);
    search.debug(&StreamOptions::new());
    search.debug(&StreamStart::Latest);
    search.debug(&BoltHost::WithPort);
    search.debug(&CancelMode::default());
    search.debug(&ExplainMode::Static);
    search.debug(&GraphModel::PropertyGraph);
    search.debug(&StatisticsMode::Refresh);
    search.debug(&SummaryMode::Basic);
    search.debug(&WaitingQueries::Include);
    search.debug(&Rules::S3);
    search.debug(&protocol::PathEncoding::Double);
    search.debug(&protocol::PathNormalization::Kept);
    search.debug(&protocol::PayloadHeader::Sent);
    search.debug(&protocol::Plus::Literal);
    search.debug(&protocol::PresignedPayload::Hashed);
    search.debug(&protocol::SessionToken::Signed);
    search.debug(&protocol::SessionTokenName::Security);
    search.debug(&protocol::SignedHeaders::All);
}
