//! Where a server's canonical request, string to sign or signature differs, and why.

use countersign::explain::{Answer, Cause};
use countersign::protocol::{Payload, Plus, Rules, Scope, SigningKey};
use countersign::{Credentials, Signer};

use super::server::{SECRET, Server, Shape};
use super::{Case, TOKEN};

#[test]
fn the_method() {
    let post = Case { method: "post", ..Case::get() };
    post.finds(
        Cause::MethodCase,
        &["line 1, the method, differs from byte 0:\n   here:   post"],
        |server| {
            server.set("post", "POST");
        },
    );
    Case::get().finds(Cause::MethodChanged, &["line 1, the method", "redirect"], |server| {
        server.set("GET", "HEAD");
    });
}

#[test]
fn the_path_s_encoding() {
    let difference = "line 2, the path, differs from byte 4:\n   \
                      here:   /a%2520b/c\n   server: /a%20b/c\n               ^\n";
    Case::get().finds(
        Cause::PathEncoding,
        &["encoded twice, and the server", difference],
        |server| {
            server.set("/a%2520b", "/a%20b/c");
        },
    );
    Case::s3().finds(
        Cause::PathEncoding,
        &["encoded once, and the server encodes it twice"],
        |server| {
            server.set("/a%20b", "/a%2520b/c");
        },
    );
}

#[test]
fn the_path_s_normalization() {
    let target = "https://db.example:8182/a%20b/../c//d";
    let case = Case { target, ..Case::get() };
    case.finds(Cause::PathNormalization, &["without its dots and empty segments"], |server| {
        server.set("/c/d", "/a%2520b/../c//d");
    });
    let s3 = Case { target: "https://db.example/a%20b/./c", ..Case::s3() };
    let resolves = "2. the path is signed as it is, and the server resolves dots";
    s3.finds(Cause::PathEncoding, &[resolves, "line 2, the path"], |server| {
        server.set("/a%20b", "/a%2520b/c");
    });
    s3.finds(Cause::PathNormalization, &["send no `.`, `..` or `//`"], |server| {
        server.set("/a%20b", "/a%20b/c");
    });
}

#[test]
fn a_path_that_was_changed() {
    for (path, hint) in [
        ("/prod/a%2520b/c", "a prefix is added on the way"),
        ("/a%2520b/c/", "a `/` at its end is added on the way"),
        ("/c", "a prefix is taken away on the way"),
        ("/a%20b/c%2F", "another path arrived"),
        ("/a%2520b%252Fc", "a proxy decodes or encodes characters on the way, such as %2F"),
        ("/a%252520b/c", "the path is encoded once more on the way"),
        ("/other", "another path arrived than the one that is signed"),
    ] {
        Case::get().finds(Cause::PathChanged, &[hint], |server| server.set("/a%2520b", path));
    }
}

#[test]
fn a_plus_in_the_query() {
    let plus = Case { target: "https://db.example/?q=a+b", ..Case::get() };
    let wants =
        "a `+` in the query is signed as a space (%20), and the server takes it for a plus (%2B)";
    plus.finds(Cause::QueryPlus, &[wants, "line 3, the query, differs from byte 5"], |server| {
        server.query("%20", "%2B");
    });
    let signer = Case::get().signer.with_rules(Rules::DEFAULT.with_plus(Plus::Literal));
    let literal = Case { signer, ..plus };
    literal.finds(
        Cause::QueryPlus,
        &["signed as a plus (%2B), and the server takes it for a space"],
        |server| {
            server.query("%2B", "%20");
        },
    );
    Case::get()
        .finds(Cause::QueryPlus, &["are mixed up on the way"], |server| server.query("%2B", "%20"));
    Case::get().finds(Cause::QueryPlus, &["are mixed up on the way"], |server| {
        server.query("b=%20", "b=+")
    });
}

#[test]
fn parameters_that_were_changed() {
    for (from, to, text) in [
        ("a=1&", "", "signed here, not at the server: a=1\n"),
        ("c=", "bb=2&c=", "at the server, not signed here: bb=2\n"),
        (
            "a=1",
            "a=2",
            "signed here, not at the server: a=1\n   at the server, not signed here: a=2\n",
        ),
        ("b=%20", "b=%2520", "they are encoded once more, or once less, on the way"),
        ("a=1", "a=1&a=1", "at the server, not signed here: a=1\n"),
    ] {
        Case::get().finds(Cause::QueryChanged, &[text, "line 3, the query"], |server| {
            server.query(from, to)
        });
    }
    Case::get().finds(Cause::QueryOrder, &["stand in another order"], |server| {
        server.query("a=1&b=%20", "b=%20&a=1");
    });
}

#[test]
fn the_host() {
    let difference = "line 6, the header host, differs from byte 15:\n   here:   host:db.example:8182\n   \
                      server: host:db.example\n                          ^\n";
    Case::get().finds(Cause::HostPort, &["signs it without", difference], |server| {
        server.set("host:", "host:db.example");
    });
    let no_port = Case { target: "https://db.example/", ..Case::get() };
    no_port.finds(Cause::HostPort, &["signs it with one"], |server| {
        server.set("host:", "host:db.example:443")
    });
    Case::get().finds(Cause::HostPort, &["another port"], |server| {
        server.set("host:", "host:db.example:80")
    });
    Case::get().finds(Cause::HostChanged, &["a proxy or a tunnel has rewritten it"], |server| {
        server.set("host:", "host:localhost:8182");
    });
    Case::get().finds(Cause::HostChanged, &["in other letters"], |server| {
        server.set("host:", "host:DB.example:8182");
    });
}

#[test]
fn headers_that_were_changed() {
    for (from, to, text) in [
        (
            "content-type:",
            "content-type:application/json; charset=utf-8",
            "a client adds a parameter",
        ),
        ("accept:", "accept:*/*", "a client or a proxy changes it after signing"),
    ] {
        Case::get().finds(Cause::HeaderChanged, &[text], |server| server.set(from, to));
    }
    let form =
        Case { headers: &[("content-type", b"multipart/form-data; boundary=a")], ..Case::get() };
    form.finds(
        Cause::HeaderChanged,
        &["is taken away after signing", "line 4, the header content-type"],
        |server| {
            server.set("content-type:", "content-type:multipart/form-data");
        },
    );
    Case::get().finds(
        Cause::HeaderRemoved,
        &["the header accept is signed, and did not arrive"],
        |server| {
            server.set("accept:", "accept:");
        },
    );
    Case::get().finds(
        Cause::HeaderRemoved,
        &["signed without the header accept", "line 4 here: accept:*/*, a: b\n"],
        |server| {
            server.remove_header("accept");
        },
    );
    Case::get().finds(
        Cause::HeaderAdded,
        &[
            "with the header range, which is not signed here",
            "line 7 of the server's: range:bytes=0-9\n",
        ],
        |server| {
            server.add_header("range:bytes=0-9");
        },
    );
    Case::get().finds(
        Cause::HeaderAdded,
        &["sign with PayloadHeader::Sent, as Rules::S3 does"],
        |server| {
            server.add_header("x-amz-content-sha256:UNSIGNED-PAYLOAD");
        },
    );
    for line in ["connection:keep-alive", "user-agent:a", "x-forwarded-for:b"] {
        Case::get().finds(Cause::HeaderUnstable, &["which clients and proxies change"], |server| {
            server.add_header(line);
        });
    }
}

#[test]
fn every_header_that_differs_is_named() {
    Case::get().finds(
        Cause::HeaderRemoved,
        &["1. the request", "accept", "2. the request", "with the header range"],
        |server| {
            server.remove_header("accept");
            server.add_header("range:bytes=0-9");
        },
    );
}

#[test]
fn a_header_is_named_once() {
    let mut server = Case::get().server();
    server.add_header("range:bytes=0-9");
    server.add_header("range:bytes=9-10");
    assert_eq!(Case::get().causes(&server.answer(Shape::Json)).0, [Cause::HeaderAdded]);
}

/// What cannot be seen may differ, too.
#[test]
fn another_hash_of_an_equal_text_is_no_wrong_secret() {
    let server = Case::get().server();
    let whole = server.answer(Shape::S3WithoutBytes);
    let hash = server.string_to_sign().rsplit('\n').next().unwrap().to_owned();
    let (causes, report) = Case::get().causes(&whole.replace(&hash, &"00".repeat(32)));
    assert_eq!(causes, [Cause::Undetermined], "{report}");
}

#[test]
fn the_body() {
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let other = "00".repeat(32);
    Case::get().finds(
        Cause::BodyChanged,
        &["another body arrived", "line 10, the payload hash"],
        |server| {
            server.payload_hash(&other);
        },
    );
    Case::get().finds(Cause::BodyChanged, &["the server saw an empty body"], |server| {
        server.payload_hash(EMPTY)
    });
    Case::get().finds(Cause::BodyChanged, &["was signed with UNSIGNED-PAYLOAD"], |server| {
        server.payload_hash("UNSIGNED-PAYLOAD");
    });
    let chunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    Case::get().finds(Cause::BodyChanged, &["in signed chunks", "send the body whole"], |server| {
        server.payload_hash(chunks);
    });
    let none = Case { payload: Payload::Bytes(b""), ..Case::get() };
    none.finds(
        Cause::BodyChanged,
        &["line 10, the payload hash", "no body is given here"],
        |server| server.payload_hash("UNSIGNED-PAYLOAD"),
    );
    none.finds(Cause::BodyChanged, &["a body arrived, and none is signed"], |server| {
        server.payload_hash(&other)
    });
    let unsigned = Case { payload: Payload::Unsigned, ..Case::get() };
    unsigned.finds(Cause::BodyChanged, &["the server hashed the body"], |server| {
        server.payload_hash(&other)
    });
    Case::s3().finds(Cause::BodyChanged, &["line 7, the header x-amz-content-sha256"], |server| {
        server.payload_hash(&other);
        server.set("x-amz-content-sha256:", &format!("x-amz-content-sha256:{other}"));
    });
}

#[test]
fn the_token() {
    Case::with_token().finds(
        Cause::TokenMissing,
        &["no session token, or none that was signed"],
        |server| {
            server.remove_header("x-amz-security-token");
        },
    );
    Case::with_token().finds(Cause::TokenMissing, &["no session token"], |server| {
        server.set("x-amz-security-token:", "x-amz-security-token:");
    });
    Case::with_token().finds(
        Cause::TokenOther,
        &["an old one, or that of another access key"],
        |server| {
            server.set("x-amz-security-token:", "x-amz-security-token:bPxRfiCYEXAMPLEKEY");
        },
    );
    Case::get().finds(
        Cause::TokenUnexpected,
        &["the credentials given here have none"],
        |server| {
            server.add_header(&format!("x-amz-security-token:{TOKEN}"));
        },
    );
    // SignedRequest here in a header, it arrived in the query.
    Case::with_token().finds(Cause::TokenOther, &["another session token"], |server| {
        server.lines[2] = format!("X-Amz-Security-Token=a&{}", server.lines[2]);
    });
    let value = "AQoDYXdzEPT%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEXAMPLE%2Btc%3D";
    let parameter = format!("&X-Amz-Security-Token={value}");
    let presigned = Case::presigned();
    presigned
        .finds(Cause::TokenMissing, &["no session token"], |server| server.query(&parameter, ""));
    presigned.finds(Cause::TokenOther, &["an old one"], |server| {
        server.query(value, "K7MDENG%2F");
    });
    let none = Case { signer: Case::get().signer, ..presigned };
    none.finds(Cause::TokenUnexpected, &["have none"], |server| {
        server.query("&X-Amz-SignedHeaders", &format!("{parameter}&X-Amz-SignedHeaders"));
    });
}

#[test]
fn the_scope_and_the_time() {
    for (scope, cause, text) in [
        (
            "20150830/eu-west-1/es/aws4_request",
            Cause::ScopeRegion,
            "has the region 'eu-west-1', here it is 'us-east-1'",
        ),
        (
            "20150830/us-east-1/aoss/aws4_request",
            Cause::ScopeService,
            "has the service 'aoss', here it is 'es'",
        ),
        (
            "20150829/us-east-1/es/aws4_request",
            Cause::ScopeDay,
            "has the day '20150829', here it is '20150830'",
        ),
        (
            "20150830/us-east-1/es/aws5_request",
            Cause::ScopeTerminator,
            "has the terminator 'aws5_request'",
        ),
    ] {
        Case::get().finds(cause, &[text], |server| server.scope = scope.into());
    }
    let early = |server: &mut Server| {
        server.time = "20150829T235959Z".into();
        server.scope = "20150829/us-east-1/es/aws4_request".into();
        server.set("x-amz-date:", "x-amz-date:20150829T235959Z");
    };
    let signed_at = "signed at 20150829T235959Z, this one at 20150830T123600Z";
    Case::get().finds(Cause::SigningTime, &[signed_at, "of different days"], early);
    // Another difference comes first.
    Case::get().finds(Cause::BodyChanged, &[signed_at], |server| {
        early(server);
        server.payload_hash(&"00".repeat(32));
    });
    // At another time, another signature says nothing.
    let mut server = Case::s3().server();
    early(&mut server);
    server.provided = server.signature(SECRET);
    let (causes, report) = Case::s3().causes(&server.answer(Shape::S3));
    assert_eq!(causes, [Cause::SigningTime, Cause::RulesOfService], "{report}");
    let presigned = Case::presigned();
    presigned.finds(Cause::ScopeRegion, &["'eu-west-1'"], |server| {
        server.query("us-east-1", "eu-west-1");
    });
    presigned.finds(
        Cause::AccessKeyOther,
        &["here:   AKIDEXAMPLE\n   server: AKIDOTHER\n"],
        |server| {
            server.query("AKIDEXAMPLE", "AKIDOTHER");
        },
    );
    presigned.finds(Cause::SigningTime, &["signed at 20150830T123601Z"], |server| {
        server.query("20150830T123600Z", "20150830T123601Z");
        server.time = "20150830T123601Z".into();
    });
    presigned.finds(
        Cause::QueryChanged,
        &["at the server, not signed here: X-Amz-Expires=901"],
        |server| {
            server.query("Expires=900", "Expires=901");
        },
    );
}

#[test]
fn a_wrong_secret() {
    for case in [Case::get(), Case::s3(), Case::with_token(), Case::presigned()] {
        case.finds(
            Cause::Secret,
            &["the secret access key is not that of the access key id", "gain a blank"],
            |_| {},
        );
    }
    let short = Credentials::new("AKIDEXAMPLE", "bPxRfiCYEXAMPLEKEY");
    let case = Case { signer: Signer::new(short, "us-east-1", "es"), ..Case::get() };
    let text = "the secret has 18 characters; those of AWS have 40";
    case.finds(Cause::Secret, &[text], |_| {});
    // On a machine without the secret.
    let scope = Scope::new("20150830".parse().unwrap(), "us-east-1", "es").unwrap();
    let key = SigningKey::derive(SECRET.as_bytes(), scope).unwrap();
    let case = Case { signer: Signer::from_signing_key("AKIDEXAMPLE", key, None), ..Case::get() };
    case.finds(Cause::Secret, &["the signing key is not that of the access key id"], |_| {});
}

#[test]
fn the_signature_that_s3_names() {
    let case = Case::s3();
    let mut server = case.server();
    let (causes, report) = case.causes(&server.answer(Shape::S3));
    assert_eq!(causes[0], Cause::Secret, "{report}");
    assert!(report.contains("the signature that arrived is the one that is made here"), "{report}");

    server.provided = server.signature("another secret");
    let (causes, report) = case.causes(&server.answer(Shape::S3));
    assert_eq!(causes[0], Cause::SignatureOther, "{report}");
    assert!(report.contains("was signed with another secret"), "{report}");

    server.set("accept:", "accept:b");
    let (causes, report) = case.causes(&server.answer(Shape::S3));
    assert_eq!(causes[..2], [Cause::HeaderChanged, Cause::SignatureOther], "{report}");
    assert!(report.contains("was not signed as this one"), "{report}");

    server.access_key_id = " AKIDEXAMPLE\n".into();
    assert_eq!(case.causes(&server.answer(Shape::S3)).0[0], Cause::HeaderChanged);
    server.access_key_id = "AKIDOTHER".into();
    let (causes, _) = case.causes(&server.answer(Shape::S3));
    assert_eq!(causes[..2], [Cause::AccessKeyOther, Cause::HeaderChanged]);
}

#[test]
fn the_bytes_of_s3_are_exact() {
    let case = Case { headers: &[("x-a", b"\x1b[2J caf\xc3\xa9 <&>")], ..Case::s3() };
    let server = case.server();
    let body = server.answer(Shape::S3).replace("caf\u{e9}", "caf?");
    assert_eq!(case.causes(&body).0[0], Cause::Secret);
    let exact = Answer::parse(body.as_bytes());
    assert_eq!(exact.canonical_request(), Some(&*shown(&server)));
    // Where they are damaged, the text counts.
    let damaged = server.answer(Shape::S3).replace("Bytes>", "Bytes>zz");
    assert_eq!(case.causes(&damaged).0[0], Cause::Secret);
    let whole = server.answer(Shape::S3);
    let (before, rest) = whole.split_once("<CanonicalRequestBytes>").unwrap();
    let (_, after) = rest.split_once("</CanonicalRequestBytes>").unwrap();
    let empty = format!("{before}<CanonicalRequestBytes></CanonicalRequestBytes>{after}");
    assert_eq!(Answer::parse(empty.as_bytes()).canonical_request(), Some(&*shown(&server)));
    // XML may stand in JSON, as in a log.
    let log = serde_json::json!({ "body": server.answer(Shape::S3WithoutBytes) }).to_string();
    assert_eq!(Answer::parse(log.as_bytes()).canonical_request(), Some(&*shown(&server)));
    // Where the text is damaged as well, its hash does.
    let query = server.answer(Shape::Json).replace("\\u001b", "?");
    assert_eq!(case.causes(&query).0[0], Cause::Secret);
}

/// The canonical request with its control characters escaped, as an answer hands it out.
fn shown(server: &Server) -> String {
    server.canonical().replace('\u{1b}', "\\u{1b}")
}
