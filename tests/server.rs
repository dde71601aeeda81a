//! The middleware of `examples/axum.rs` served on the loopback, and real clients that ask it, over HTTP/1.1 and HTTP/2.

#[path = "../examples/axum.rs"]
#[allow(dead_code, reason = "its main is for the command line")]
mod server;

use core::time::Duration;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::middleware::from_fn_with_state;
use bytes::Bytes;
use countersign::protocol::{Payload, RawRequest, Timestamp};
use countersign::verifier::{ErrorFormat, Limits, SKEW, Verifier};
use countersign::{Credentials, Signer};
use http::request::Builder;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use self::server::{Guard, MAX_BODY, Replays};

#[tokio::test]
async fn signed_requests_verify() {
    for http in HTTP {
        let address = serve(server::app(guard())).await;
        for (uri, path) in [
            ("http://db.example/", "/"),
            ("http://db.example:8182/status?b=2&a=1&a=%2B+", "/status"),
            ("http://[::1]:8182/a%20b/%C3%A9/..//c/", "/a%20b/%C3%A9/..//c/"),
        ] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                let request =
                    Request::builder().method(&method).uri(uri).header("user-agent", "a/1");
                let request = request.header("content-type", "text/plain");
                let answer = send(http, address, signed(request, "body")).await;
                let expected = format!(
                    "AKIDEXAMPLE signed {method} {path} at 20150830T123600Z with content-type;host;x-amz-date; \
                     body of 4 bytes: Verified\n"
                );
                assert_eq!(answer.told(), (StatusCode::OK, &*expected), "{http:?} {uri}");
            }
        }
    }
}

#[tokio::test]
async fn requests_of_reqwest_verify() {
    let address = serve(server::app(guard())).await;
    let client = reqwest::Client::builder().no_proxy().resolve("db.example", address).build();
    let client = client.unwrap();
    for (number, url) in [
        "http://DB.Example:PORT/a%20b/../c//d+e:@?b=1&a=2&a=1+%2B",
        "http://User:p%40ss@db.example:PORT/?#fragment",
        "http://127.0.0.1:PORT/é?x=é",
    ]
    .into_iter()
    .enumerate()
    {
        let url = url.replace("PORT", &address.port().to_string());
        let request = client.post(&url).header("x-amz-meta-many", "b  c");
        let request = request.header("x-amz-meta-many", "a").body(vec![0; number]);
        let mut request = request.build().unwrap();
        sign_reqwest(&mut request);
        let response = timeout(PATIENCE, client.execute(request)).await.unwrap().unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{url}: {text}");
        assert!(
            text.ends_with(&format!("x-amz-meta-many; body of {number} bytes: Verified\n")),
            "{text}"
        );
    }
}

/// What is sent is not what was signed: over HTTP/2 the authority has capitals, with and without the Host beside it that
/// signing set. Over HTTP/1.1 without that Host the client would send its own, with capitals.
#[tokio::test]
async fn capitals_in_the_host() {
    let address = serve(server::app(guard())).await;
    let with_host = signed(Request::get("http://User@DB.Example:80/"), "");
    let mut without_host = with_host.clone();
    assert_eq!(without_host.headers_mut().remove("host").unwrap(), "db.example");
    for http in HTTP {
        let answer = send(http, address, with_host.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{http:?}: {}", answer.body);
    }
    assert_eq!(send(Http::Two, address, without_host.clone()).await.status, StatusCode::OK);
    assert_eq!(send(Http::One, address, without_host).await.refusal(), mismatch());
    let mut another = with_host;
    set(&mut another, "host", "db2.example");
    let differs = countersign::VerifyError::HostMismatch.to_string();
    assert_eq!(
        send(Http::Two, address, another.clone()).await.refusal(),
        (StatusCode::FORBIDDEN, differs)
    );
    assert_eq!(send(Http::One, address, another).await.refusal(), mismatch());
}

#[tokio::test]
async fn presigned_urls_verify_until_they_end_however_often() {
    for (verifier, signer, verdict) in [
        (Verifier::new(REGION, SERVICE, SKEW), signer(), "Verified"),
        (
            Verifier::s3(REGION).allow_unsigned_payload(),
            Signer::s3(credentials(), REGION),
            "Unsigned",
        ),
    ] {
        let clock = Arc::new(AtomicI64::new(now().unix_timestamp()));
        let address = serve(server::app(Guard { verifier, ..guard_at(&clock) })).await;
        let mut request =
            Request::put("http://db.example/a%20b?x=%2F&y").body(Bytes::from("body")).unwrap();
        let presigned = signer.presign_at(&request, Duration::from_secs(900), now()).unwrap();
        *request.uri_mut() = presigned.uri().clone();
        for http in HTTP {
            for later in [0, 0, 900] {
                clock.store(now().unix_timestamp() + later, Ordering::Relaxed);
                let answer = send(http, address, request.clone()).await;
                assert_eq!(answer.status, StatusCode::OK, "{http:?}: {}", answer.body);
                assert!(answer.body.ends_with(&format!("with host; body of 4 bytes: {verdict}\n")));
            }
            clock.store(now().unix_timestamp() + 901, Ordering::Relaxed);
            let answer = send(http, address, request.clone()).await;
            assert_eq!(answer.refusal(), (StatusCode::FORBIDDEN, "Request has expired".into()));
            clock.store(now().unix_timestamp(), Ordering::Relaxed);
            let mut changed = request.clone();
            let uri = request.uri().to_string().replace("Expires=900", "Expires=901");
            *changed.uri_mut() = uri.parse().unwrap();
            assert_eq!(send(http, address, changed).await.refusal(), mismatch());
        }
    }
}

#[tokio::test]
async fn bodies_up_to_the_limit() {
    for http in HTTP {
        let address = serve(server::app(guard())).await;
        for (length, status) in
            [(MAX_BODY, StatusCode::OK), (MAX_BODY + 1, StatusCode::PAYLOAD_TOO_LARGE)]
        {
            let request = signed(Request::post("http://db.example/"), vec![b'a'; length]);
            assert_eq!(send(http, address, request).await.status, status, "{http:?} {length}");
        }
    }
}

#[tokio::test]
async fn what_is_changed_on_the_way_is_refused() {
    let changes: [fn(&mut Request<Bytes>); 8] = [
        |request| *request.method_mut() = Method::PATCH,
        |request| *request.uri_mut() = Uri::from_static("http://db2.example/path?a=1&b=2"),
        |request| *request.uri_mut() = Uri::from_static("http://db.example/path/?a=1&b=2"),
        |request| *request.uri_mut() = Uri::from_static("http://db.example/path?a=1&b=3"),
        |request| *request.body_mut() = Bytes::from("Body"),
        |request| set(request, "content-type", "text/html"),
        |request| set(request, "x-amz-date", "20150830T123601Z"),
        |request| {
            request.headers_mut().append("content-type", HeaderValue::from_static("text/html"));
        },
    ];
    for http in HTTP {
        let address = serve(server::app(guard())).await;
        let request =
            Request::put("http://db.example/path?a=1&b=2").header("content-type", "text/plain");
        let request = signed(request, "body");
        for (number, change) in changes.iter().enumerate() {
            let mut changed = request.clone();
            change(&mut changed);
            assert_eq!(
                send(http, address, changed).await.refusal(),
                mismatch(),
                "{http:?} {number}"
            );
        }
        // No attempt used the signature up. The order of parameters is none of the signature's business.
        let mut reordered = request;
        *reordered.uri_mut() = Uri::from_static("http://db.example/path?b=2&a=1");
        assert_eq!(send(http, address, reordered).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn headers_that_are_not_signed_do_not_reach_handlers() {
    let names = async |headers: HeaderMap| {
        let mut names: Vec<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names.join(" ")
    };
    let router = Router::new().fallback(names);
    let address = serve(router.layer(from_fn_with_state(Arc::new(guard()), server::verify))).await;
    let mut request = signed(Request::put("http://db.example/").header("x-tenant", "a"), "body");
    for (name, value) in
        [("x-forwarded-for", "192.0.2.1"), ("x-role", "admin"), ("range", "bytes=0-1")]
    {
        set(&mut request, name, value);
    }
    assert_eq!(
        send(Http::One, address, request.clone()).await.body,
        "host range x-amz-date x-tenant"
    );
    set(&mut request, "x-amz-acl", "public-read");
    let unsigned = "There were headers present in the request which were not signed";
    let answer = send(Http::One, address, request).await;
    assert_eq!(answer.refusal(), (StatusCode::FORBIDDEN, unsigned.into()));
}

#[tokio::test]
async fn keys_and_clocks() {
    let clock = Arc::new(AtomicI64::new(now().unix_timestamp()));
    let address = serve(server::app(guard_at(&clock))).await;
    let ask = async |credentials: Credentials| {
        let mut request = Request::get("http://db.example/").body(Bytes::new()).unwrap();
        Signer::new(credentials, REGION, SERVICE).sign_at(&mut request, now()).unwrap();
        send(Http::One, address, request).await
    };
    let unknown = (
        StatusCode::FORBIDDEN,
        "The security token included in the request is invalid.".to_owned(),
    );
    assert_eq!(ask(Credentials::new("AKIDEXAMPLE2", SECRET)).await.refusal(), unknown);
    assert_eq!(ask(credentials().with_session_token("a")).await.refusal(), unknown);
    assert_eq!(ask(Credentials::new("AKIDEXAMPLE", "another")).await.refusal(), mismatch());
    let skew = SKEW.as_secs().cast_signed();
    for (later, start) in [
        (-skew - 1, "Signature not yet current: 20150830T123600Z "),
        (-skew, "AKIDEXAMPLE signed GET "),
        (skew, "AKIDEXAMPLE signed GET "),
        (skew + 1, "Signature expired: 20150830T123600Z "),
    ] {
        clock.store(now().unix_timestamp() + later, Ordering::Relaxed);
        let answer = ask(credentials()).await;
        let text = if answer.status.is_success() { answer.body } else { answer.refusal().1 };
        assert!(text.starts_with(start), "{later}: {text}");
    }
}

#[tokio::test]
async fn what_changes_something_is_let_in_once() {
    let clock = Arc::new(AtomicI64::new(now().unix_timestamp()));
    let address = serve(server::app(guard_at(&clock))).await;
    let (read, write) = (signed(request("GET"), ""), signed(request("POST"), ""));
    for (request, second) in [(read, StatusCode::OK), (write.clone(), StatusCode::FORBIDDEN)] {
        assert_eq!(send(Http::One, address, request.clone()).await.status, StatusCode::OK);
        assert_eq!(send(Http::Two, address, request).await.status, second);
    }
    clock.fetch_add(SKEW.as_secs().cast_signed(), Ordering::Relaxed);
    assert_eq!(send(Http::One, address, write.clone()).await.refusal(), replayed());
    clock.fetch_add(1, Ordering::Relaxed);
    let (_, text) = send(Http::One, address, write.clone()).await.refusal();
    assert!(text.starts_with("Signature expired: "), "{text}");
    // A clock that is set back does not bring it back, once it is forgotten.
    let mut later = request("POST").body(Bytes::new()).unwrap();
    let at = Timestamp::from_unix_timestamp(clock.load(Ordering::Relaxed)).unwrap();
    signer().sign_at(&mut later, at).unwrap();
    assert_eq!(send(Http::One, address, later).await.status, StatusCode::OK);
    clock.fetch_sub(1, Ordering::Relaxed);
    let (_, text) = send(Http::One, address, write).await.refusal();
    assert!(text.starts_with("Signature expired: "), "{text}");
}

/// The head comes while the signature is good, the body when the guard has forgotten it.
#[tokio::test]
async fn a_replay_does_not_outlast_the_memory_of_it() {
    let clock = Arc::new(AtomicI64::new(now().unix_timestamp()));
    let address = serve(server::app(guard_at(&clock))).await;
    let request = signed(request("POST"), "body");
    assert_eq!(send(Http::One, address, request.clone()).await.status, StatusCode::OK);

    let mut head = String::from(
        "POST / HTTP/1.1\r\nconnection: close\r\ncontent-length: 4\r\nexpect: 100-continue\r\n",
    );
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    head += "host: db.example\r\n\r\n";
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 25];
        stream.read_exact(&mut answer).await.unwrap();
        // The server reads the body now, and so has read the head.
        assert_eq!(answer, *b"HTTP/1.1 100 Continue\r\n\r\n");
        clock.fetch_add(SKEW.as_secs().cast_signed() + 1, Ordering::Relaxed);
        stream.write_all(b"body").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = timeout(PATIENCE, exchange).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains(r#""Signature expired: 20150830T123600Z "#), "{answer}");
}

#[tokio::test]
async fn a_full_guard_forgets_nothing() {
    let clock = Arc::new(AtomicI64::new(now().unix_timestamp()));
    let replays = Mutex::new(Replays::new(SKEW, 2));
    let address = serve(server::app(Guard { replays, ..guard_at(&clock) })).await;
    let ask = async |body: &'static str| {
        send(Http::One, address, signed(request("POST"), body)).await.status.as_u16()
    };
    assert_eq!([ask("1").await, ask("2").await, ask("3").await], [200, 200, 503]);
    assert_eq!([ask("1").await, ask("2").await], [403, 403]);
    clock.fetch_add(SKEW.as_secs().cast_signed() + 1, Ordering::Relaxed);
    let mut later = request("POST").body(Bytes::new()).unwrap();
    signer()
        .sign_at(&mut later, Timestamp::from_unix_timestamp(clock.load(Ordering::Relaxed)).unwrap())
        .unwrap();
    assert_eq!(send(Http::One, address, later).await.status, StatusCode::OK);
}

/// hyper refuses more than 100 headers itself (`http1().max_headers`), and HTTP/2 more than 16 KiB of them
/// (`http2().max_header_list_size`).
#[tokio::test]
async fn three_hundred_headers() {
    let many = (0..300).fold(request("GET"), |it, number| it.header(format!("x-{number}"), "a"));
    let request = signed(many, "");
    let ours = (StatusCode::BAD_REQUEST, "request exceeds the limit of 256 headers".to_owned());
    let address = serve(server::app(guard())).await;
    let answer = send(Http::One, address, request.clone()).await;
    assert_eq!(answer.told(), (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, ""));
    assert_eq!(send(Http::Two, address, request.clone()).await.refusal(), ours);

    let address = serve_many_headers(server::app(guard())).await;
    assert_eq!(send(Http::One, address, request.clone()).await.refusal(), ours);
    let verifier = guard().verifier.with_limits(Limits::DEFAULT.with_max_headers(400));
    let address = serve_many_headers(server::app(Guard { verifier, ..guard() })).await;
    for http in HTTP {
        let answer = send(http, address, request.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{http:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn refusals_in_each_dialect() {
    for (dialect, content_type, error_type, start) in [
        (
            ErrorFormat::Json,
            "application/x-amz-json-1.0",
            Some("MissingAuthenticationTokenException"),
            r#"{"__type":"MissingAuthenticationTokenException","message":"#,
        ),
        (ErrorFormat::Neptune, "application/json", None, r#"{"requestId":"0000000000000000","#),
        (ErrorFormat::Query, "text/xml", None, "<ErrorResponse><Error><Type>Sender</Type>"),
        (
            ErrorFormat::S3,
            "application/xml",
            None,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>",
        ),
    ] {
        for http in HTTP {
            let address = serve(server::app(Guard { dialect, ..guard() })).await;
            let ask = async |method| {
                send(http, address, request(method).body(Bytes::new()).unwrap()).await
            };
            let get = ask("GET").await;
            assert!(get.body.starts_with(start), "{}", get.body);
            let head = ask("HEAD").await;
            assert_eq!(head.body, "");
            for answer in [&get, &head] {
                assert_eq!(answer.status, StatusCode::FORBIDDEN);
                assert_eq!(answer.headers["content-type"], content_type);
                let sent = answer.headers.get("x-amzn-errortype").map(|it| it.to_str().unwrap());
                assert_eq!(sent, error_type);
                assert_eq!(
                    answer.headers["content-length"],
                    get.body.len().to_string(),
                    "{http:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_router_that_strips_a_prefix_stands_inside_the_middleware() {
    let request = signed(Request::get("http://db.example/prefix/path"), "");
    let inner = || Router::new().fallback(async || "inner");
    let layer = || from_fn_with_state(Arc::new(guard()), server::verify);
    let outside = serve(Router::new().nest("/prefix", inner()).layer(layer())).await;
    assert_eq!(send(Http::One, outside, request.clone()).await.told(), (StatusCode::OK, "inner"));
    let inside = serve(Router::new().nest("/prefix", inner().layer(layer()))).await;
    assert_eq!(send(Http::One, inside, request).await.refusal(), mismatch());
}

#[derive(Clone, Copy, Debug)]
enum Http {
    One,
    /// With prior knowledge, without TLS.
    Two,
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn told(&self) -> (StatusCode, &str) {
        (self.status, &self.body)
    }

    /// The status, and the message in the dialect of Neptune.
    fn refusal(&self) -> (StatusCode, String) {
        let json: serde_json::Value = serde_json::from_str(&self.body).expect(&self.body);
        (self.status, json["detailedMessage"].as_str().unwrap().to_owned())
    }
}

fn replayed() -> (StatusCode, String) {
    (StatusCode::FORBIDDEN, "This request was here before".to_owned())
}

fn mismatch() -> (StatusCode, String) {
    (StatusCode::FORBIDDEN, countersign::VerifyError::SignatureMismatch.to_string())
}

/// Its clock stands still.
fn guard() -> Guard {
    guard_at(&Arc::new(AtomicI64::new(now().unix_timestamp())))
}

fn guard_at(clock: &Arc<AtomicI64>) -> Guard {
    let clock = Arc::clone(clock);
    Guard {
        verifier: Verifier::new(REGION, SERVICE, SKEW),
        dialect: ErrorFormat::Neptune,
        keys: HashMap::from([("AKIDEXAMPLE".to_owned(), credentials())]),
        replays: Mutex::new(Replays::new(SKEW, 100)),
        clock: Box::new(move || {
            Timestamp::from_unix_timestamp(clock.load(Ordering::Relaxed)).unwrap()
        }),
        requests: AtomicU64::new(0),
    }
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET)
}

fn signer() -> Signer {
    Signer::new(credentials(), REGION, SERVICE)
}

fn now() -> Timestamp {
    "20150830T123600Z".parse().unwrap()
}

fn request(method: &str) -> Builder {
    Request::builder().method(method).uri("http://db.example/")
}

fn signed(request: Builder, body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = request.body(body.into()).unwrap();
    signer().sign_at(&mut request, now()).unwrap();
    request
}

fn sign_reqwest(request: &mut reqwest::Request) {
    let headers = request.headers().iter();
    let headers: Vec<_> = headers.map(|(name, it)| (name.as_str(), it.as_bytes())).collect();
    let (method, target) = (request.method().as_str(), request.url().as_str().as_bytes());
    let raw = RawRequest { method, target, headers: &headers };
    let body = request.body().unwrap().as_bytes().unwrap();
    let signer = signer();
    let signed = signer.sign_raw_at(&raw, Payload::Bytes(body), now()).unwrap();
    signed.into_headers().apply(request.headers_mut()).unwrap();
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &'static str) {
    request.headers_mut().insert(name, HeaderValue::from_static(value));
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Serves until the test's runtime ends.
async fn serve(router: Router) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

/// The same with hyper's own limits raised, which `axum::serve` cannot.
async fn serve_many_headers(router: Router) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(router.clone());
            tokio::spawn(async move {
                let mut builder = auto::Builder::new(TokioExecutor::new());
                builder.http1().max_headers(400);
                builder.serve_connection(TokioIo::new(stream), service).await
            });
        }
    });
    address
}

/// Sends it to the address, whatever its URI, on a connection of its own.
async fn send(http: Http, address: SocketAddr, request: Request<Bytes>) -> Answer {
    let connector = tower::service_fn(move |_: Uri| {
        Box::pin(async move { TcpStream::connect(address).await.map(TokioIo::new) })
    });
    let mut client = Client::builder(TokioExecutor::new());
    let client = client.http2_only(matches!(http, Http::Two)).build(connector);
    let exchange = async {
        let (head, body) = client.request(request.map(Full::new)).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(body.into()).unwrap(),
        }
    };
    timeout(PATIENCE, exchange).await.unwrap()
}

const HTTP: [Http; 2] = [Http::One, Http::Two];
const PATIENCE: Duration = Duration::from_secs(20);
const REGION: &str = "us-east-1";
const SERVICE: &str = "neptune-db";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
