//! What is signed here is refused by a verifier that knows otherwise, and its answer is explained.

use core::time::Duration;

use countersign::explain::{Answer, Cause, Explanation};
use countersign::protocol::{
    Payload, PayloadHeader, Plus, RawRequest, Rules, SessionToken, Timestamp,
};
use countersign::verifier::{AccessKey, Body, ErrorFormat, SKEW, Verifier, VerifyError};
use countersign::{Credentials, Signer};

use super::server::SECRET;
use super::{TOKEN, shows_no_secret};

const DIALECTS: [ErrorFormat; 4] =
    [ErrorFormat::Json, ErrorFormat::Neptune, ErrorFormat::Query, ErrorFormat::S3];
const TIME: &str = "20150830T123600Z";

/// Who signs, and what.
#[derive(Clone)]
struct Client {
    signer: Signer,
    method: &'static str,
    target: &'static str,
    headers: &'static [(&'static str, &'static [u8])],
    body: &'static [u8],
    expires: Option<Duration>,
}

/// What a server knows.
#[derive(Clone)]
struct Server {
    verifier: Verifier,
    credentials: Option<Credentials>,
    now: &'static str,
}

/// A request on its way.
struct Sent {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Sent {
    fn replace(&mut self, from: &str, to: &str) {
        assert!(self.target.contains(from), "{}", self.target);
        self.target = self.target.replace(from, to);
    }

    fn remove(&mut self, name: &str) {
        let before = self.headers.len();
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        assert_ne!(before, self.headers.len(), "{name}");
    }

    fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
    }
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET)
}

fn temporary() -> Credentials {
    credentials().with_session_token(TOKEN)
}

fn s3_verifier(region: &str) -> Verifier {
    Verifier::s3(region).allow_unsigned_payload()
}

fn time() -> Timestamp {
    TIME.parse().unwrap()
}

impl Client {
    fn of(signer: Signer) -> Self {
        Self {
            signer,
            method: "POST",
            target: "https://db.example:8182/a%20b/c?q=x%20y%2Bz&a=1",
            headers: &[("accept", b"*/*"), ("content-type", b"application/json")],
            body: b"{\"a\": 1}",
            expires: None,
        }
    }

    fn get() -> Self {
        Self::of(Signer::new(credentials(), "us-east-1", "es"))
    }

    fn with_token() -> Self {
        Self::of(Signer::new(temporary(), "us-east-1", "es"))
    }

    fn presigned() -> Self {
        Self {
            expires: Some(Duration::from_secs(900)),
            method: "GET",
            body: b"",
            headers: &[],
            ..Self::with_token()
        }
    }

    fn s3() -> Self {
        Self {
            signer: Signer::s3(temporary(), "us-east-1"),
            method: "PUT",
            target: "https://examplebucket.s3.amazonaws.com/photos/a%20b/(1)+%E2%82%AC.jpg?response-content-type=a%2Fb",
            headers: &[("content-type", b"image/jpeg")],
            ..Self::with_token()
        }
    }

    fn s3_presigned() -> Self {
        Self { expires: Some(Duration::from_secs(900)), ..Self::s3() }
    }

    fn request(&self) -> RawRequest<'_> {
        RawRequest { method: self.method, target: self.target.as_bytes(), headers: self.headers }
    }

    /// As it is sent, in origin form.
    fn sent(&self) -> Sent {
        let request = self.request();
        let (_, rest) = self.target.split_once("://").unwrap();
        let (authority, origin) = rest.split_at(rest.find('/').unwrap());
        let mut sent = Sent {
            method: self.method.into(),
            target: origin.into(),
            headers: self.headers.iter().map(|(n, v)| (n.to_string(), v.to_vec())).collect(),
            body: self.body.to_vec(),
        };
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            sent.set("Host", authority);
        }
        match self.expires {
            None => {
                let signed =
                    self.signer.sign_raw_at(&request, Payload::Bytes(self.body), time()).unwrap();
                for header in signed.into_headers().iter() {
                    sent.set(header.name, &String::from_utf8_lossy(header.value));
                }
            }
            Some(expires) => {
                let query = self
                    .signer
                    .presign_raw_at(&request, Payload::Bytes(self.body), expires, time())
                    .unwrap();
                let path = origin.split('?').next().unwrap();
                sent.target = format!("{path}?{query}");
            }
        }
        sent
    }

    fn explain(&self, answer: &Answer) -> Explanation {
        let (request, payload) = (self.request(), Payload::Bytes(self.body));
        let explained = match self.expires {
            None => self.signer.explain_raw(&request, payload, time(), Some(answer)),
            Some(expires) => {
                self.signer.explain_presigned_raw(&request, payload, expires, time(), Some(answer))
            }
        };
        explained.unwrap()
    }
}

impl Default for Server {
    fn default() -> Self {
        let verifier = Verifier::new("us-east-1", "es", SKEW);
        Self { verifier, credentials: Some(credentials()), now: TIME }
    }
}

impl Server {
    fn temporary() -> Self {
        Self { credentials: Some(temporary()), ..Self::default() }
    }

    /// What it says, if it refuses.
    fn answer(&self, sent: &Sent, dialect: ErrorFormat) -> Option<Answer> {
        let headers: Vec<(&str, &[u8])> = sent.headers.iter().map(|(n, v)| (&**n, &**v)).collect();
        let request =
            RawRequest { method: &sent.method, target: sent.target.as_bytes(), headers: &headers };
        let body = Body::Bytes(&sent.body);
        let read = self.verifier.read_raw(&request, self.now.parse().unwrap());
        let response = match read {
            Err(error) => error.response(dialect, "1"),
            Ok(claim) => {
                let key = match &self.credentials {
                    Some(credentials) => {
                        AccessKey::from_credentials(credentials, claim.scope()).unwrap()
                    }
                    None => AccessKey::unknown(claim.scope()),
                };
                match claim.verify(&key, body) {
                    Ok(_) => return None,
                    Err(VerifyError::SignatureMismatch) => {
                        claim.diagnose_raw(&request, &key, body).unwrap().response(dialect, "1")
                    }
                    Err(error) => error.response(dialect, "1"),
                }
            }
        };
        let headers = response.headers.iter().map(|(name, value)| (*name, value.as_bytes()));
        let headers: Vec<_> = headers.collect();
        Some(Answer::new(Some(response.status), &headers, &response.body))
    }
}

/// Every dialect's answer has this cause first, where it is listed, and the report holds the text.
#[track_caller]
fn finds(
    client: &Client,
    server: &Server,
    dialects: &[ErrorFormat],
    (cause, text): (Cause, &str),
    change: impl Fn(&mut Sent),
) {
    let mut sent = client.sent();
    change(&mut sent);
    for dialect in dialects {
        let answer = server.answer(&sent, *dialect).expect("it is refused");
        let explanation = client.explain(&answer);
        let report = explanation.to_string();
        assert_eq!(explanation.findings()[0].cause(), cause, "{dialect:?}: {report}");
        assert!(report.contains(text), "{dialect:?}, {text}: {report}");
        shows_no_secret(&answer, &explanation);
    }
}

fn nothing(_: &mut Sent) {}

/// All that show or say what is wrong.
const TELLING: [ErrorFormat; 3] = [ErrorFormat::Json, ErrorFormat::Query, ErrorFormat::S3];
const NEPTUNE: [ErrorFormat; 1] = [ErrorFormat::Neptune];
const S3: [ErrorFormat; 1] = [ErrorFormat::S3];
/// All but S3, which has words of its own.
const OTHERS: [ErrorFormat; 3] = [ErrorFormat::Json, ErrorFormat::Neptune, ErrorFormat::Query];

#[test]
fn what_is_right_is_accepted() {
    let server = Server::default();
    let s3 = Server { verifier: s3_verifier("us-east-1"), ..Server::temporary() };
    for (client, server) in [
        (Client::get(), server),
        (Client::with_token(), Server::temporary()),
        (Client::presigned(), Server::temporary()),
        (Client::s3(), s3.clone()),
        (Client::s3_presigned(), s3),
    ] {
        assert!(server.answer(&client.sent(), ErrorFormat::Json).is_none());
    }
}

#[test]
fn a_server_that_knows_otherwise() {
    let (client, server) = (Client::get(), Server::default());
    let of = |verifier: Verifier| Server { verifier, ..server.clone() };
    let at = |now| Server { now, ..server.clone() };
    let has = |credentials| Server { credentials, ..server.clone() };

    let other = has(Some(Credentials::new("AKIDEXAMPLE", "other")));
    finds(&client, &other, &TELLING, (Cause::Secret, "all is equal up to the signature"), nothing);
    finds(&client, &other, &NEPTUNE, (Cause::Undetermined, "check 1: the secret"), nothing);
    finds(&client, &has(None), &DIALECTS, (Cause::AccessKeyUnknown, "does not know"), nothing);
    let late = "with_clock_offset(Duration::seconds(3600)), added to the offset in place; or the request has waited";
    finds(&client, &at("20150830T133600Z"), &DIALECTS, (Cause::ClockSkew, late), nothing);
    let early = "with_clock_offset(Duration::seconds(-3600)), added to the offset in place\n";
    finds(&client, &at("20150830T113600Z"), &DIALECTS, (Cause::ClockSkew, early), nothing);

    let region = of(Verifier::new("eu-west-1", "es", SKEW));
    finds(
        &client,
        &region,
        &OTHERS,
        (Cause::ScopeRegion, "region 'us-east-1'\n   -> sign"),
        nothing,
    );
    finds(&client, &region, &S3, (Cause::ScopeRegion, "the region eu-west-1, and"), nothing);
    let service = of(Verifier::new("us-east-1", "aoss", SKEW));
    finds(
        &client,
        &service,
        &DIALECTS,
        (Cause::ScopeService, "sign for the service 'aoss'"),
        nothing,
    );
    let both = of(Verifier::new("eu-west-1", "aoss", SKEW));
    finds(
        &client,
        &both,
        &OTHERS,
        (Cause::ScopeRegion, "2. the server is the service 'aoss'"),
        nothing,
    );

    let rules = Rules::S3.with_payload_header(PayloadHeader::Omitted);
    let once = of(server.verifier.clone().with_rules(rules));
    finds(&client, &once, &TELLING, (Cause::PathEncoding, "is signed encoded twice"), nothing);
    finds(&client, &once, &NEPTUNE, (Cause::Undetermined, "check 3: the path"), nothing);
    let dots = Client { target: "https://db.example/a/../c", ..client.clone() };
    finds(&dots, &once, &TELLING, (Cause::PathNormalization, "send no `.`"), nothing);
    let plus = Client { target: "https://db.example/?q=a+b", ..client };
    let literal = of(server.verifier.clone().with_rules(Rules::DEFAULT.with_plus(Plus::Literal)));
    finds(&plus, &literal, &TELLING, (Cause::QueryPlus, "takes it for a plus"), nothing);
    finds(&plus, &literal, &NEPTUNE, (Cause::QueryPlus, "holds a raw `+`"), nothing);
}

#[test]
fn a_request_that_is_changed_on_its_way() {
    let (client, server) = (Client::get(), Server::default());
    let finds = |dialects: &[ErrorFormat], cause, text, change: &dyn Fn(&mut Sent)| {
        finds(&client, &server, dialects, (cause, text), change);
    };
    finds(&TELLING, Cause::HeaderChanged, "2. another Host arrived", &|sent| {
        sent.set("content-type", "application/json; charset=utf-8");
        sent.set("host", "192.0.2.1:8182");
    });
    finds(&NEPTUNE, Cause::Undetermined, "'host:db.example:8182' must arrive", &|sent| {
        sent.set("host", "192.0.2.1:8182");
    });
    finds(&TELLING, Cause::HostPort, "the server signs it without", &|sent| {
        sent.set("host", "db.example")
    });
    finds(&DIALECTS, Cause::HeaderRemoved, "accept is signed, and did not", &|sent| {
        sent.remove("accept")
    });
    finds(&DIALECTS, Cause::HeaderRemoved, "see what drops it", &|sent| sent.remove("x-amz-date"));
    finds(&DIALECTS, Cause::HeaderUnsigned, "let no client add one", &|sent| {
        sent.set("x-amz-acl", "a")
    });
    finds(&OTHERS, Cause::AuthorizationMissing, "no signature arrived", &|sent| {
        sent.remove("authorization")
    });
    // S3 does not tell a missing signature from a missing permission.
    finds(&S3, Cause::NotTheSignature, "may not do this", &|sent| sent.remove("authorization"));
    finds(&DIALECTS, Cause::AuthorizationIncomplete, "Basic, Bearer", &|sent| {
        sent.set("authorization", "Bearer a");
    });
    finds(&DIALECTS, Cause::AuthorizationIncomplete, "cuts it at a comma", &|sent| {
        let (_, value) = sent.headers.iter_mut().find(|(name, _)| name == "authorization").unwrap();
        value.truncate(value.iter().position(|byte| *byte == b',').unwrap());
    });
    finds(&TELLING, Cause::BodyChanged, "another body arrived", &|sent| sent.body.push(b'\n'));
    finds(&TELLING, Cause::BodyChanged, "the server saw an empty body", &|sent| sent.body.clear());
    finds(&TELLING, Cause::MethodChanged, "server: GET", &|sent| sent.method = "GET".into());
    finds(
        &TELLING,
        Cause::MethodCase,
        "signed as POST, and the server signs it as post",
        &|sent| {
            sent.method = "post".into();
        },
    );
    finds(&TELLING, Cause::PathChanged, "a prefix is added", &|sent| {
        sent.replace("/a%20b", "/prod/a%20b")
    });
    finds(&TELLING, Cause::QueryPlus, "are mixed up", &|sent| sent.replace("%2Bz", "+z"));
    finds(&TELLING, Cause::QueryChanged, "encoded once more", &|sent| {
        sent.replace("x%20y", "x%2520y")
    });
    finds(&TELLING, Cause::QueryChanged, "not signed here: utm=1", &|sent| sent.target += "&utm=1");
    finds(&DIALECTS, Cause::EscapeBroken, "two hex digits", &|sent| sent.replace("x%20y", "x%2"));
}

#[test]
fn session_tokens() {
    let (client, server) = (Client::with_token(), Server::temporary());
    let has =
        |credentials: Credentials| Server { credentials: Some(credentials), ..server.clone() };
    finds(&client, &server, &DIALECTS, (Cause::TokenMissing, "did not arrive"), |sent| {
        sent.remove("x-amz-security-token");
    });
    let stale = has(credentials().with_session_token("another"));
    finds(&client, &stale, &OTHERS, (Cause::TokenOther, "one snapshot"), nothing);
    finds(&client, &stale, &S3, (Cause::AccessKeyUnknown, "2. the session token is not"), nothing);
    let ended: Timestamp = "20150830T123000Z".parse().unwrap();
    let ended = has(temporary().with_expiry(ended.into()));
    finds(&client, &ended, &DIALECTS, (Cause::CredentialsExpired, "fetch new"), nothing);
    let missing = "where the key is temporary and its session token is missing";
    finds(&Client::get(), &server, &OTHERS, (Cause::AccessKeyUnknown, missing), nothing);

    let rules = Rules::DEFAULT.with_session_token(SessionToken::Unsigned);
    let unsigned = |client: Client| Client { signer: client.signer.with_rules(rules), ..client };
    let text = "sign it: SessionToken::Signed";
    finds(&unsigned(client), &server, &DIALECTS, (Cause::TokenUnsigned, text), nothing);
    let presigned = unsigned(Client::presigned());
    finds(&presigned, &server, &TELLING, (Cause::TokenUnsigned, text), nothing);
    let iot = Server { verifier: server.verifier.clone().with_rules(rules), ..server };
    let text = "IoT alone wants it unsigned";
    finds(&Client::presigned(), &iot, &TELLING, (Cause::TokenMissing, text), nothing);
}

#[test]
fn presigned_urls() {
    let (client, server) = (Client::presigned(), Server::temporary());
    let at = |now| Server { now, ..server.clone() };
    finds(&client, &at("20150830T125200Z"), &DIALECTS, (Cause::UrlExpired, "sign anew"), nothing);
    finds(&client, &at("20150830T113600Z"), &DIALECTS, (Cause::ClockSkew, "1 h fast"), nothing);
    let finds = |dialects: &[ErrorFormat], cause, text, change: &dyn Fn(&mut Sent)| {
        finds(&client, &server, dialects, (cause, text), change);
    };
    finds(&TELLING, Cause::MethodChanged, "good for one method", &|sent| {
        sent.method = "HEAD".into()
    });
    finds(&TELLING, Cause::QueryChanged, "X-Amz-Expires=901", &|sent| sent.replace("=900", "=901"));
    finds(&DIALECTS, Cause::ExpiresTooLong, "1 to 604800", &|sent| sent.replace("=900", "=604801"));
    finds(&DIALECTS, Cause::AuthorizationIncomplete, "cuts it at its first `&`", &|sent| {
        let end = sent.target.find("&X-Amz-Credential").unwrap();
        sent.target.truncate(end);
    });
    finds(&OTHERS, Cause::TokenOther, "one snapshot", &|sent| {
        let at = sent.target.find("&X-Amz-Security-Token").unwrap();
        let length = sent.target[at + 1..].find('&').unwrap() + 1;
        sent.target.replace_range(at..at + length, "");
    });
    finds(&DIALECTS, Cause::AuthorizationTwice, "without an Authorization header", &|sent| {
        sent.set("authorization", "AWS4-HMAC-SHA256 Credential=a");
    });
}

#[test]
fn the_store() {
    let client = Client::s3();
    let server = Server { verifier: s3_verifier("us-east-1"), ..Server::temporary() };
    let refuses = |client: &Client, cause, text, change: &dyn Fn(&mut Sent)| {
        finds(client, &server, &S3, (cause, text), change);
    };
    let slash = Client { target: "https://examplebucket.s3.amazonaws.com/a%2Fb", ..client.clone() };
    refuses(&slash, Cause::PathChanged, "a proxy decodes", &|sent| sent.replace("%2F", "/"));
    refuses(&client, Cause::PathChanged, "2. another Host arrived", &|sent| {
        sent.replace("/photos", "/examplebucket/photos");
        sent.set("host", "s3.amazonaws.com");
    });
    refuses(&client, Cause::BodyChanged, "server: 3e23e816", &|sent| sent.body = b"b".to_vec());
    refuses(&client, Cause::HeaderRemoved, "x-amz-content-sha256", &|sent| {
        sent.remove("x-amz-content-sha256")
    });
    let default = Client { signer: Signer::new(temporary(), "us-east-1", "s3"), ..client };
    refuses(&default, Cause::RulesOfService, "as Rules::S3 does", &nothing);

    let presigned = Client::s3_presigned();
    refuses(&presigned, Cause::HeaderChanged, "server: content-type:binary", &|sent| {
        sent.set("content-type", "binary/octet-stream");
    });
    refuses(&presigned, Cause::HeaderUnsigned, "not signed: x-amz-acl", &|sent| {
        sent.set("x-amz-acl", "a")
    });
    refuses(&presigned, Cause::AuthorizationIncomplete, "makes %252F of %2F", &|sent| {
        sent.target = sent.target.replace("%2F", "%252F");
    });
    let elsewhere = Server { verifier: s3_verifier("eu-west-1"), ..server.clone() };
    let region = (Cause::ScopeRegion, "the bucket is in the region eu-west-1");
    for client in [&client, &presigned] {
        finds(client, &elsewhere, &S3, region, nothing);
    }
}
