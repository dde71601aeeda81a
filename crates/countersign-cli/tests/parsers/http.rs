//! HTTP messages, the output of `curl -v`, URLs and credential scopes.

use countersign_cli::{
    ClaimedScope, Exchange, Input, Inputs, ParseError, Request, Response, UrlParts,
};

use super::shown;

#[test]
fn requests_are_split_into_their_parts() {
    for (text, expected) in [
        ("GET / HTTP/1.1", "GET /"),
        ("GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a?b=c|host: h"),
        ("\r\n\nPUT /a HTTP/1.1\nX-A:1\nx-a:\t 2 \n\nbody\n", "PUT /a|x-a: 1|x-a: 2|body\\n"),
        ("GET /example space/ HTTP/1.1\n", "GET /example space/"),
        ("GET https://h/a HTTP/2\n", "GET https://h/a"),
        ("GET / HTTP/1.1\nX-A: a\n b\n\tc\n\n", "GET /|x-a: a b c"),
        ("M-SEARCH * HTTP/1.1\nX: \n\n", "M-SEARCH *|x: "),
        ("GET /\u{e9}\u{1f980} HTTP/1.1\n", "GET /\u{e9}\u{1f980}"),
    ] {
        assert_eq!(shown(&Request::parse(text.as_bytes()).unwrap()), expected, "{text:?}");
    }
}

#[test]
fn the_body_is_what_the_headers_say() {
    let body = |text: &str| Request::parse(text.as_bytes()).map(|request| request.body);
    let length =
        |length: &str, body: &str| format!("PUT / HTTP/1.1\nContent-Length: {length}\n\n{body}");
    assert_eq!(body(&length("4", "body")).unwrap(), b"body");
    // What an editor adds is left out. What it cannot have added stays, and the hash will differ.
    assert_eq!(body(&length("4", "body\r\n")).unwrap(), b"body");
    assert_eq!(body(&length("4", "body2")).unwrap(), b"body2");
    let too_short = ParseError::BodyTooShort { expected: 5, found: 4 };
    assert_eq!(body(&length("5", "body")), Err(too_short));
    for invalid in ["-1", "4, 4", "four", "", "99999999999999999999999"] {
        assert_eq!(body(&length(invalid, "body")), Err(ParseError::InvalidContentLength));
    }

    let chunked =
        |body: &str| format!("PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n{body}");
    let encoded = chunked("4;name=value\r\nbody\r\nA\r\n0123456789\r\n0\r\nTrailer: a\r\n\r\n");
    assert_eq!(body(&encoded).unwrap(), b"body0123456789");
    for invalid in
        ["body", "4\r\nbody", "6\r\nbody\r\n0\r\n\r\n", "-1\r\n", "ffffffffffffffff\r\na\r\n", ""]
    {
        assert_eq!(body(&chunked(invalid)), Err(ParseError::BodyNotChunked), "{invalid:?}");
    }
}

#[test]
fn what_is_no_request_is_an_error_that_names_the_line() {
    for (text, expected) in [
        ("", ParseError::Empty),
        ("\n\r\n", ParseError::Empty),
        ("GET /", ParseError::InvalidRequestLine { line: 1 }),
        ("\n\nGET HTTP/1.1", ParseError::InvalidRequestLine { line: 3 }),
        ("GET  HTTP/1.1", ParseError::InvalidRequestLine { line: 1 }),
        (" / HTTP/1.1", ParseError::InvalidRequestLine { line: 1 }),
        ("G(T / HTTP/1.1", ParseError::InvalidRequestLine { line: 1 }),
        ("GET / HTTP/1.1\nHost: h\nsecret\n", ParseError::InvalidHeader { line: 3 }),
        ("GET / HTTP/1.1\n: secret\n", ParseError::InvalidHeader { line: 2 }),
        ("GET / HTTP/1.1\nA b: secret\n", ParseError::InvalidHeader { line: 2 }),
        ("GET / HTTP/1.1\n secret\n", ParseError::InvalidHeader { line: 2 }),
    ] {
        assert_eq!(Request::parse(text.as_bytes()), Err(expected), "{text:?}");
    }
    let not_utf8 = ParseError::NotUtf8 { part: "request line" };
    assert_eq!(Request::parse(b"GET /\xff HTTP/1.1\n\n"), Err(not_utf8));
}

#[test]
fn the_last_response_counts() {
    let response = |text: &str| Response::parse(text.as_bytes()).unwrap();
    let plain = response("HTTP/1.1 403 Forbidden\r\nDate: today\r\n\r\nno\r\n");
    assert_eq!((plain.status, &*plain.body), (403, &b"no\r\n"[..]));
    assert_eq!(plain.header("DATE"), Some(&b"today"[..]));
    for before in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.0 200 Connection established\r\n\r\n",
        "HTTP/1.1 301 Moved\r\nLocation: /b\r\n\r\nHTTP/1.1 302 Found\r\n\r\n",
    ] {
        let last = response(&format!("{before}HTTP/2 403 \r\nX: y\r\n\r\nno"));
        assert_eq!(
            (last.status, last.header("x"), &*last.body),
            (403, Some(&b"y"[..]), &b"no"[..])
        );
    }
    assert_eq!(
        response("HTTP/1.1 400 Bad\n\nHTTP/1.1 is not enough").body,
        b"HTTP/1.1 is not enough"
    );
    // Sent in chunks, and as `curl -i` prints the same.
    for body in ["2\r\nno\r\n0\r\n\r\n", "no"] {
        let text = format!("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        assert_eq!(response(&text).body, b"no");
    }
    for text in ["HTTP/1.1", "HTTP/1.1 4xx No", "403 Forbidden", "HTTP/1.1 1000 No", "{}"] {
        let error = Response::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error, ParseError::InvalidStatusLine { line: 1 }, "{text}");
    }
}

const VERBOSE: &str = include_str!("../data/curl-v.txt");

#[test]
fn the_last_exchange_of_verbose_output_counts() {
    let exchange = Exchange::parse(VERBOSE.as_bytes()).unwrap();
    assert_eq!(shown(&exchange.request), "PUT /a?b|host: b.example|content-length: 4");
    assert!(exchange.had_body);
    let response = exchange.response.unwrap();
    assert_eq!((response.status, response.headers.len()), (403, 1));
    assert_eq!(String::from_utf8_lossy(&response.body), "<Error>\n</Error>\n");

    let cut = VERBOSE.split_once("} [4 bytes").unwrap().0.replace('\n', "\r\n");
    let exchange = Exchange::parse(cut.as_bytes()).unwrap();
    assert_eq!((&*exchange.request.target, exchange.response), ("/a?b", None));

    assert_eq!(Exchange::parse(b"* nothing\n"), Err(ParseError::MissingRequest));
    let broken = b"* a\n> GET / HTTP/1.1\n> secret\n>\n";
    assert_eq!(Exchange::parse(broken), Err(ParseError::InvalidHeader { line: 3 }));
}

#[test]
fn a_text_is_parsed_as_what_it_looks_like() {
    let kind = |text: &str| match Input::parse(text.as_bytes(), &Inputs::default()).unwrap() {
        Input::Curl(_) => "curl",
        Input::Exchange(_) => "exchange",
        Input::Request(_) => "request",
        Input::Response(_) => "response",
        _ => "new",
    };
    assert_eq!(kind("\n $ curl http://a"), "curl");
    assert_eq!(kind("/usr/bin/curl http://a"), "curl");
    assert_eq!(kind(VERBOSE), "exchange");
    assert_eq!(kind("> GET / HTTP/1.1\n>\n"), "exchange");
    assert_eq!(kind("HTTP/1.1 200 OK\n\n> GET / HTTP/1.1"), "response");
    // A body can quote anything.
    assert_eq!(kind("POST / HTTP/1.1\n\n> GET / HTTP/1.1\ncurl"), "request");

    let mut inputs = Inputs::default();
    inputs.body_file = Some(b"body");
    let Input::Exchange(exchange) = Input::parse(VERBOSE.as_bytes(), &inputs).unwrap() else {
        panic!()
    };
    assert!(exchange.request.body == b"body" && !exchange.had_body);
    let head = b"PUT / HTTP/1.1\nContent-Length: 4\n\n";
    let Input::Request(request) = Input::parse(head, &inputs).unwrap() else { panic!() };
    assert_eq!(request.body, b"body");
}

#[test]
fn urls_are_split_and_stripped_as_they_were_written() {
    for (url, origin, path, query, fragment) in [
        ("https://h:1/a//b?c?d#e#f", "https://h:1", "/a//b", Some("c?d"), Some("e#f")),
        ("wss://h?a=/", "wss://h", "", Some("a=/"), None),
        ("https://h#a?b/c", "https://h", "", None, Some("a?b/c")),
        ("/a?u=http://b", "", "/a", Some("u=http://b"), None),
        ("//h/a", "", "//h/a", None, None),
        ("/http://a", "", "/http://a", None, None),
        ("1a://b", "", "1a://b", None, None),
    ] {
        let parts = UrlParts::split(url);
        assert_eq!(
            (parts.origin, parts.path, parts.query, parts.fragment),
            (origin, path, query, fragment)
        );
    }
    for (url, has_dots) in [
        ("http://h/a/../b", true),
        ("/a/%2E%2e", true),
        ("/.", true),
        ("/a..b/...?../", false),
        ("http://../a", false),
    ] {
        assert_eq!(UrlParts::split(url).has_dot_segments(), has_dots, "{url}");
    }
    for (url, stripped) in [
        (
            "https://h/a?X-Amz-Date=1&b=%20&X-Amz-Signature=c&X%2DAmz-Expires=1&d#e",
            "https://h/a?b=%20&d#e",
        ),
        ("/a?X-Amz-Security-Token=a", "/a"),
        ("/a?", "/a?"),
        ("/a?x-amz-date=1&&X-Amz-Meta=2", "/a?x-amz-date=1&&X-Amz-Meta=2"),
    ] {
        assert_eq!(UrlParts::split(url).without_signature_parameters(), stripped);
    }
}

#[test]
fn the_claimed_scope_is_read_where_the_signature_is() {
    let claimed = |head: &str| ClaimedScope::of(&Request::parse(head.as_bytes()).unwrap());
    for head in [
        "GET / HTTP/1.1\nX-Amz-Date: 20150830T123600Z\nAuthorization: AWS4-HMAC-SHA256 Credential=A/20150830/r/s/aws4_request,SignedHeaders=a\n",
        "GET /?X-Amz-Credential=A%2F20150830%2fr/s/aws4_request&X-Amz-Date=20150830T123600Z HTTP/1.1\n",
    ] {
        let claimed = claimed(head).unwrap();
        assert_eq!((&*claimed.access_key_id, &*claimed.date), ("A", "20150830"));
        assert_eq!((&*claimed.region, &*claimed.service), ("r", "s"));
        assert_eq!(claimed.timestamp, "20150830T123600Z");
    }
    assert_eq!(claimed("GET / HTTP/1.1\nAuthorization: Basic c2VjcmV0\n"), None);
    assert_eq!(claimed("GET / HTTP/1.1\nAuthorization: a Credential=A/r/s/aws4_request\n"), None);
}

#[test]
fn debug_shows_no_values() {
    let text = b"GET /a?token=secret HTTP/1.1\nCookie: secret\n\nsecret";
    let shown = format!("{:?}", Input::parse(text, &Inputs::default()).unwrap());
    assert_eq!(
        shown,
        r#"Request(Request { method: "GET", path: "/a", headers: ["Cookie"], body_bytes: 6, .. })"#
    );
}
