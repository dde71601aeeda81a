//! Requests as they arrive: a server on the loopback reads them byte by byte, and `support/reference.rs` computes the
//! signature of what it read.

#[path = "support/reference.rs"]
mod reference;

use core::error::Error;
use core::time::Duration;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use countersign::protocol::{Payload, RawRequest};
use countersign::{Credentials, Signer};
use http::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use self::reference::{Mode, Policy, Reference, Signing};

#[tokio::test]
async fn host_and_target_arrive_as_they_were_signed() {
    for (origin, host) in ORIGINS {
        for target in TARGETS.split(' ') {
            for service in &SERVICES {
                let request = Request::get(format!("{origin}{target}"));
                let arrived = service.sign_and_send(request.body(String::new())).await;
                assert_eq!(value(&arrived, "host"), Some(host), "{origin}");
                assert_eq!(arrived.target, target.as_bytes(), "{target}");
                service.assert_verifies(&arrived);
            }
        }
    }
}

#[tokio::test]
async fn a_host_that_the_client_made_up_does_not_verify() {
    let mut request = Request::get("http://DB.Example/").body(String::new()).unwrap();
    SERVICES[0].signer().sign_at(&mut request, TIMESTAMP.parse().unwrap()).unwrap();
    request.headers_mut().remove("host").unwrap();
    let arrived = send(request).await;
    assert_eq!(value(&arrived, "host"), Some("DB.Example"));
    assert_ne!(value(&arrived, "authorization"), Some(&*SERVICES[0].authorization(&arrived)));
}

#[tokio::test]
async fn what_is_changed_on_the_way_does_not_verify() {
    let changes: [fn(&mut reference::Request); 9] = [
        |request| request.method = "PUT".into(),
        |request| request.target.push(b'c'),
        |request| request.body.push(b' '),
        |request| request.headers.reverse(), // and so the values of x-amz-meta-many
        |request| set(request, "content-type", "text/plain"),
        |request| set(request, "host", "db.example:8182"), // the URI's
        |request| set(request, "x-amz-date", "20150830T123601Z"),
        |request| set(request, "x-amz-meta-blanks", "twoblanks"),
        |request| set(request, "x-amz-security-token", "another"),
    ];
    for service in SERVICES.iter().filter(|service| service.token.is_some()) {
        let request = Request::post("http://User@DB.Example:8182/gremlin?b=2&a=1");
        let request = HEADERS.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        let arrived = service.sign_and_send(request.body(BODY.to_owned())).await;
        assert_eq!(value(&arrived, "host"), Some("Proxy.Example:443"));
        assert_eq!(value(&arrived, "x-amz-security-token"), service.token);
        service.assert_verifies(&arrived);
        for (number, change) in changes.iter().enumerate() {
            let mut changed = arrived.clone();
            change(&mut changed);
            let expected = service.authorization(&changed);
            assert_ne!(value(&arrived, "authorization"), Some(&*expected), "change {number}");
        }
    }
}

#[tokio::test]
async fn presigned_urls() {
    for (origin, host) in ORIGINS {
        for service in &SERVICES {
            let uri = format!("{origin}/a//%2f@?b=%2B&a=1+1&a=~");
            let request = Request::put(&uri).header("content-type", "text/plain");
            let mut request = request.body(BODY.to_owned()).unwrap();
            let (signer, timestamp) = (service.signer(), TIMESTAMP.parse().unwrap());
            let presigned = signer.presign_at(&request, EXPIRES, timestamp).unwrap();
            *request.uri_mut() = presigned.uri().clone();
            *request.headers_mut() = presigned.signed_headers().clone();
            let mut arrived = send(request).await;
            assert_eq!(value(&arrived, "host"), Some(host), "{uri}");
            let target = String::from_utf8(arrived.target).unwrap();
            let (path, query) = target.split_once('?').unwrap();
            let callers: Vec<_> = query.split('&').filter(|it| !it.starts_with("X-Amz-")).collect();
            arrived.target = format!("{path}?{}", callers.join("&")).into();
            let mode = Mode::Query { expires: EXPIRES.as_secs() };
            let expected = service.reference(&arrived, "content-type;host", &mode);
            assert_eq!(Some(query.as_bytes()), expected.query.as_deref(), "{uri}");
        }
    }
}

#[tokio::test]
async fn through_reqwest() {
    for (url, host) in [
        ("http://DB.Example:80/a%20b/../c//d+e:@?b=1&a=2&a=1+%2B", "db.example"),
        ("http://User:p%40ss@DB.Example:PORT/?#fragment", "db.example:PORT"),
        ("http://127.0.0.1:PORT/é?x=é", "127.0.0.1:PORT"),
    ] {
        for service in &SERVICES {
            let (listener, address) = listen().await;
            let with_port = |text: &str| text.replace("PORT", &address.port().to_string());
            let client = reqwest::Client::builder().no_proxy().resolve("db.example", address);
            let client = client.build().unwrap();
            let request = client.post(with_port(url)).header("x-amz-meta-many", "b  c");
            let mut request = request.header("x-amz-meta-many", "a").body(BODY).build().unwrap();
            service.sign_raw(&mut request);
            let arrived = exchange(listener, client.execute(request)).await;
            assert_eq!(value(&arrived, "host"), Some(&*with_port(host)), "{url}");
            service.assert_verifies(&arrived);
        }
    }
}

struct Service {
    name: &'static str,
    token: Option<&'static str>,
}

impl Service {
    fn signer(&self) -> Signer {
        let token = self.token.unwrap_or_default();
        let credentials = Credentials::new("AKIDEXAMPLE", "secret").with_session_token(token);
        match self.name {
            "s3" => Signer::s3(credentials, "us-east-1"),
            name => Signer::new(credentials, "us-east-1", name),
        }
    }

    async fn sign_and_send(&self, request: http::Result<Request<String>>) -> reference::Request {
        let mut request = request.unwrap();
        self.signer().sign_at(&mut request, TIMESTAMP.parse().unwrap()).unwrap();
        send(request).await
    }

    fn sign_raw(&self, request: &mut reqwest::Request) {
        let headers = request.headers().iter();
        let headers: Vec<_> = headers.map(|(name, it)| (name.as_str(), it.as_bytes())).collect();
        let (method, target) = (request.method().as_str(), request.url().as_str().as_bytes());
        let raw = RawRequest { method, target, headers: &headers };
        let (signer, timestamp) = (self.signer(), TIMESTAMP.parse().unwrap());
        let signed = signer.sign_raw_at(&raw, Payload::Bytes(BODY.as_bytes()), timestamp).unwrap();
        signed.into_headers().apply(request.headers_mut()).unwrap();
    }

    fn assert_verifies(&self, arrived: &reference::Request) {
        let expected = self.authorization(arrived);
        let target = String::from_utf8_lossy(&arrived.target);
        assert_eq!(value(arrived, "authorization"), Some(&*expected), "{target}");
        let hash = (self.name == "s3").then(|| hex::encode(Sha256::digest(&arrived.body)));
        assert_eq!(value(arrived, "x-amz-content-sha256"), hash.as_deref());
    }

    /// The Authorization that all else that arrived calls for.
    fn authorization(&self, arrived: &reference::Request) -> String {
        let (_, rest) = value(arrived, "authorization").unwrap().split_once("Headers=").unwrap();
        let (names, _) = rest.split_once(", ").unwrap();
        let it = self.reference(arrived, names, &Mode::Header);
        let day = &value(arrived, "x-amz-date").unwrap()[..8];
        let credential = format!("AKIDEXAMPLE/{day}/us-east-1/{}/aws4_request", self.name);
        let fields = format!("SignedHeaders={}, Signature={}", it.signed_headers, it.signature);
        format!("AWS4-HMAC-SHA256 Credential={credential}, {fields}")
    }

    fn reference(&self, arrived: &reference::Request, names: &str, mode: &Mode) -> Reference {
        let mut request = arrived.clone();
        request.headers.retain(|(name, _)| names.split(';').any(|signed| signed == name));
        let signing = Signing {
            access_key_id: "AKIDEXAMPLE".into(),
            secret: "secret".into(),
            token: value(&request, "x-amz-security-token").or(self.token).map(Into::into),
            region: "us-east-1".into(),
            service: self.name.into(),
            timestamp: value(&request, "x-amz-date").unwrap_or(TIMESTAMP).into(),
        };
        let policy = if self.name == "s3" { Policy::s3() } else { Policy::default_service() };
        reference::sign(&request, &policy, &signing, mode).unwrap()
    }
}

/// The value of a header that came once at most.
fn value<'a>(request: &'a reference::Request, name: &str) -> Option<&'a str> {
    let mut headers = request.headers.iter().filter(|header| header.0 == name);
    let (_, value) = headers.next()?;
    assert!(headers.next().is_none(), "{name} came twice");
    Some(str::from_utf8(value).unwrap())
}

fn set(request: &mut reference::Request, name: &str, value: &str) {
    request.headers.retain(|header| header.0 != name);
    request.headers.push((name.into(), value.into()));
}

/// Sends it to the loopback, whatever its URI.
async fn send(request: Request<String>) -> reference::Request {
    let (listener, address) = listen().await;
    let connector = tower::service_fn(move |_: Uri| {
        Box::pin(async move { TcpStream::connect(address).await.map(TokioIo::new) })
    });
    let client = Client::builder(TokioExecutor::new()).build(connector);
    exchange(listener, client.request(request)).await
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// One connection, one request.
async fn exchange<T, E: Into<Box<dyn Error + Send + Sync>>>(
    listener: TcpListener,
    sending: impl Future<Output = Result<T, E>>,
) -> reference::Request {
    let sending = async { sending.await.map_err(io::Error::other) };
    let both = async { tokio::try_join!(receive(listener), sending) };
    tokio::time::timeout(Duration::from_secs(10), both).await.unwrap().unwrap().0
}

async fn receive(listener: TcpListener) -> io::Result<reference::Request> {
    let mut stream = BufReader::new(listener.accept().await?.0.take(0x10000));
    let mut lines = (&mut stream).split(b'\n');
    let first = String::from_utf8(lines.next_segment().await?.unwrap()).unwrap();
    let [method, target, "HTTP/1.1\r"] = first.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{first}");
    };
    let mut headers = Vec::new();
    while let Some(line) = lines.next_segment().await?.filter(|line| line != b"\r") {
        let colon = line.iter().position(|byte| *byte == b':').unwrap();
        let name = str::from_utf8(&line[..colon]).unwrap().to_ascii_lowercase();
        headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
    }
    let (method, target) = (method.into(), target.into());
    let mut request = reference::Request { method, target, headers, body: Vec::new() };
    let length = value(&request, "content-length").map_or(0, |length| length.parse().unwrap());
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body).await?;
    let answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    stream.get_mut().get_mut().write_all(answer).await?;
    Ok(request)
}

const TIMESTAMP: &str = "20150830T123600Z";
const EXPIRES: Duration = Duration::from_secs(900);
const BODY: &str = r#"{"gremlin": "g.V().count()"}"#;

const SERVICES: [Service; 3] = [
    Service { name: "neptune-db", token: None },
    Service { name: "execute-api", token: Some("a+session/token==") },
    Service { name: "s3", token: Some("a+session/token==") },
];

/// A URI up to its path, and the Host that is signed.
const ORIGINS: [(&str, &str); 13] = [
    ("http://db.example", "db.example"),
    ("http://DB.Example", "db.example"),
    ("http://User:p%40ss@db.example", "db.example"),
    ("http://db.example:", "db.example"),
    ("http://db.example:80", "db.example"),
    ("http://db.example:443", "db.example:443"),
    ("https://db.example:80", "db.example:80"),
    ("https://db.example:0443", "db.example"),
    ("HTTPS://User@DB.Example:443", "db.example"),
    ("https://User@DB.Example:8182", "db.example:8182"),
    ("http://[2001:DB8::1]:80", "[2001:db8::1]"),
    ("http://[::1]:8182", "[::1]:8182"),
    ("https://db.example:08182", "db.example:08182"),
];

const TARGETS: &str = "/ // /.. /a/. /a%20b /a/./b/../c /a//b/// /a+b:@c /%C3%A9/%e2%82%ac/%2f/%FF \
    /a%zz%4/% /*'(),;=!$&~-._ /{a}\"|^ /? /?b=2&a=3&a=1&A=0&a=1 /?a=1+1&b=1%2B1&c=%20&+=+ \
    /?Param-3=1&Param=2 /?flag&=&&x==y /?a=%FF&b=%e9&c=%&d=%4&e=%zz /a/?q=a/b?c:@'*(~)";

const HEADERS: [(&str, &[u8]); 10] = [
    ("Host", b"Proxy.Example:443"),
    ("Content-Type", b"application/json;  charset=utf-8"),
    ("Content-Length", b"28"),
    ("X-Amz-Meta-Blanks", b"  two  blanks,\tand\t \ttabs "),
    ("X-Amz-Meta-Many", b"b"),
    ("X-Amz-Meta-Many", b" a  c "),
    ("X-Amz-Meta-Bytes", b"\"caf\xE9   \xFF\""),
    ("X-Amz-Meta-Empty", b""),
    ("User-Agent", b"not signed"),
    ("Authorization", b"of an earlier signing"),
];
