//! A refusal in the words of each service.

#[path = "support/arrived.rs"]
mod arrived;

use countersign::protocol::{PayloadHeader, Rules};
use countersign::verifier::{AccessKey, Body, ErrorFormat, ErrorResponse, VerifyError};

use self::arrived::{Arrived, credentials, timestamp};

const AUTHORIZATION: &str = "authorization";

fn signed() -> Arrived {
    Arrived::signed(&credentials(), Rules::DEFAULT.with_payload_header(PayloadHeader::Sent))
}

fn presigned() -> Arrived {
    Arrived::presigned(&credentials(), Rules::DEFAULT)
}

/// The error after a damage.
fn error(mut arrived: Arrived, damage: impl FnOnce(&mut Arrived)) -> VerifyError {
    damage(&mut arrived);
    arrived.verify().unwrap_err()
}

fn body(response: &ErrorResponse) -> &str {
    str::from_utf8(&response.body).unwrap()
}

#[test]
fn query_services_answer_in_xml() {
    let error = error(signed(), |a| a.known = None);
    let response = error.response(ErrorFormat::Query, "id-1");
    assert_eq!((response.status, response.code), (403, "InvalidClientTokenId"));
    let headers =
        [("content-type", "text/xml".to_owned()), ("x-amzn-requestid", "id-1".to_owned())];
    assert_eq!(response.headers, headers);
    assert_eq!(
        body(&response),
        "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>\
         <Message>The security token included in the request is invalid.</Message></Error>\
         <RequestId>id-1</RequestId></ErrorResponse>"
    );
}

#[test]
fn json_services_have_names_of_their_own() {
    let mismatch = error(signed(), |a| a.method = "PUT".to_owned());
    let response = mismatch.response(ErrorFormat::Json, "");
    assert_eq!((response.status, response.code), (403, "InvalidSignatureException"));
    let headers = [
        ("content-type", "application/x-amz-json-1.0".to_owned()),
        ("x-amzn-requestid", String::new()),
        ("x-amzn-errortype", "InvalidSignatureException".to_owned()),
    ];
    assert_eq!(response.headers, headers);
    let json: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(json["__type"], "InvalidSignatureException");
    assert_eq!(json["message"], mismatch.to_string());
    let unknown = error(signed(), |a| a.known = None).response(ErrorFormat::Json, "");
    assert_eq!(unknown.code, "UnrecognizedClientException");
    let missing = error(signed(), |a| a.remove(AUTHORIZATION)).response(ErrorFormat::Json, "");
    assert_eq!((missing.status, missing.code), (403, "MissingAuthenticationTokenException"));
    let form = error(signed(), |a| *a.header(AUTHORIZATION) = b"AWS4-HMAC-SHA256".to_vec());
    let response = form.response(ErrorFormat::Json, "");
    assert_eq!((response.status, response.code), (400, "IncompleteSignatureException"));
}

#[test]
fn neptune_refuses_access() {
    let missing = error(signed(), |a| a.remove(AUTHORIZATION));
    assert_eq!(
        body(&missing.response(ErrorFormat::Neptune, "1\"2")),
        r#"{"requestId":"1\"2","code":"AccessDeniedException","detailedMessage":"Missing Authentication Token"}"#
    );
    let mismatch = error(signed(), |a| a.method = "PUT".to_owned());
    let response = mismatch.response(ErrorFormat::Neptune, "1");
    let json: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!((response.status, &response.headers[0].1[..]), (403, "application/json"));
    assert_eq!(json["code"], "AccessDeniedException");
    assert_eq!(json["detailedMessage"], mismatch.to_string());
    let broken = error(signed(), |a| a.target += "&%").response(ErrorFormat::Neptune, "1");
    assert_eq!((broken.status, broken.code), (400, "BadRequestException"));
}

#[test]
fn s3_has_codes_texts_and_details_of_its_own() {
    let s3 = |error: VerifyError| {
        let response = error.response(ErrorFormat::S3, "id-1");
        let text = body(&response).to_owned();
        let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>";
        let end = "<RequestId>id-1</RequestId></Error>";
        let inner = text.strip_prefix(start).unwrap().strip_suffix(end).unwrap();
        let headers = [
            ("content-type", "application/xml".to_owned()),
            ("x-amz-request-id", "id-1".to_owned()),
        ];
        assert_eq!(response.headers, headers);
        (response.status, inner.to_owned())
    };
    for (error, status, inner) in [
        (
            error(signed(), |a| a.remove(AUTHORIZATION)),
            403,
            "<Code>AccessDenied</Code><Message>Access Denied</Message>",
        ),
        (
            error(signed(), |a| a.method = "PUT".to_owned()),
            403,
            "<Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match \
             the signature you provided. Check your key and signing method.</Message>",
        ),
        (
            error(signed(), |a| a.now = timestamp("20150830T130000Z")),
            403,
            "<Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the current \
             time is too large.</Message><RequestTime>20150830T123600Z</RequestTime>\
             <ServerTime>2015-08-30T13:00:00Z</ServerTime>\
             <MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>",
        ),
        (
            error(presigned(), |a| a.now = timestamp("20150901T000000Z")),
            403,
            "<Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>86400</X-Amz-Expires>\
             <Expires>2015-08-31T12:36:00Z</Expires><ServerTime>2015-09-01T00:00:00Z</ServerTime>",
        ),
        (
            error(signed(), |a| a.add("x-amz-acl", "public-read")),
            403,
            "<Code>AccessDenied</Code><Message>There were headers present in the request which were not signed\
             </Message><HeadersNotSigned>x-amz-acl</HeadersNotSigned>",
        ),
        (
            error(signed(), |a| a.body.clear()),
            400,
            "<Code>XAmzContentSHA256Mismatch</Code><Message>The provided 'x-amz-content-sha256' header does not \
             match what was computed.</Message><ClientComputedContentSHA256>\
             230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5</ClientComputedContentSHA256>\
             <S3ComputedContentSHA256>e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\
             </S3ComputedContentSHA256>",
        ),
        (
            error(signed(), |a| a.replace(AUTHORIZATION, "us-east-1", "eu-<1")),
            400,
            "<Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region \
             'eu-&lt;1' is wrong; expecting 'us-east-1'</Message><Region>us-east-1</Region>",
        ),
        (
            error(presigned(), |a| a.replace_in_target("us-east-1", "eu-west-1")),
            400,
            "<Code>AuthorizationQueryParametersError</Code><Message>Error parsing the X-Amz-Credential parameter; \
             the region 'eu-west-1' is wrong; expecting 'us-east-1'</Message><Region>us-east-1</Region>",
        ),
        (
            error(presigned(), |a| a.replace_in_target("X-Amz-Expires", "expires")),
            400,
            "<Code>AuthorizationQueryParametersError</Code><Message>Query-string authentication version 4 requires \
             the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and \
             X-Amz-Expires parameters.</Message>",
        ),
        (
            error(signed(), |a| a.known = None),
            403,
            "<Code>InvalidAccessKeyId</Code><Message>The AWS Access Key Id you provided does not exist in our \
             records.</Message>",
        ),
        (
            error(signed(), |a| a.target += "&%zz"),
            400,
            "<Code>InvalidURI</Code><Message>Couldn't parse the specified URI.</Message>",
        ),
    ] {
        assert_eq!(s3(error), (status, inner.to_owned()));
    }
}

#[test]
fn what_is_the_server_s_fault_is_not_told() {
    let arrived = signed();
    let error = arrived.verify_body(Body::Unchecked).unwrap_err();
    for (dialect, code) in [
        (ErrorFormat::Query, "InternalFailure"),
        (ErrorFormat::Json, "InternalFailure"),
        (ErrorFormat::Neptune, "InternalFailureException"),
        (ErrorFormat::S3, "InternalError"),
    ] {
        let response = error.response(dialect, "1");
        assert_eq!((response.status, response.code), (500, code));
        let text =
            "The request processing has failed because of an unknown error, exception or failure.";
        assert!(body(&response).contains(text) && !body(&response).contains("policy"));
    }
}

#[test]
fn what_a_client_sent_cannot_leave_its_place_in_a_body() {
    let error = error(signed(), |a| {
        a.replace(AUTHORIZATION, "us-east-1", "<Code>&\"\\\u{1}\u{7}");
    });
    let json = error.response(ErrorFormat::Json, "");
    let json: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(json["message"], error.to_string());
    let xml = error.response(ErrorFormat::Query, "<b>&\r");
    let text = body(&xml);
    assert!(text.contains("not '&lt;Code&gt;&amp;\"\\\u{FFFD}\u{FFFD}'."), "{text}");
    assert!(text.contains("<RequestId>&lt;b&gt;&amp;&#13;</RequestId>"), "{text}");
}

#[test]
fn a_test_server_may_tell_what_it_computed() {
    let mut arrived = signed();
    arrived.target += "&c=<d>";
    let headers = arrived.borrowed();
    let claim = arrived.verifier.read_raw(&arrived.request(&headers), arrived.now).unwrap();
    let key = AccessKey::from_credentials(&credentials(), claim.scope()).unwrap();
    let diagnosis =
        claim.diagnose_raw(&arrived.request(&headers), &key, Body::Bytes(b"body")).unwrap();
    let (canonical, to_sign) =
        (diagnosis.canonical_request().to_string(), diagnosis.string_to_sign().to_string());

    let json = diagnosis.response(ErrorFormat::Json, "1");
    let json: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    let told = format!(
        "{}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\n\
         The String-to-Sign should have been\n'{to_sign}'\n",
        VerifyError::SignatureMismatch
    );
    assert_eq!(json["message"], told);

    let s3 = diagnosis.response(ErrorFormat::S3, "1");
    let text = body(&s3);
    assert!(text.contains("<AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId>"), "{text}");
    assert!(text.contains("&amp;c=%3Cd%3E\n"), "{text}");
    let bytes = to_sign.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    assert!(text.contains(&format!("<StringToSignBytes>{bytes}</StringToSignBytes>")), "{text}");
    assert!(!text.contains(diagnosis.signature().as_str()), "the right signature is never sent");
    let neptune = diagnosis.response(ErrorFormat::Neptune, "1");
    assert_eq!(neptune, VerifyError::SignatureMismatch.response(ErrorFormat::Neptune, "1"));
}

#[test]
fn a_refusal_is_an_http_response() {
    let refusal = VerifyError::SignatureMismatch.response(ErrorFormat::Json, "1");
    let body = refusal.body.clone();
    let response = http::Response::<Vec<u8>>::from(refusal);
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
    assert_eq!(response.headers()["x-amzn-errortype"], "InvalidSignatureException");
    assert_eq!(response.body(), &body);
}

/// S3's words for what the table above leaves out.
#[test]
fn s3_has_words_for_the_other_refusals() {
    let temporary = credentials().with_session_token("a/token+=");
    let ended = temporary.clone().with_expiry(timestamp("20150830T123600Z").into());
    let malformed = "The authorization header is malformed; ";
    let form = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got ";
    let service = "Credential should be scoped to correct service: 'service'.";
    let required = "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.";
    for (error, status, code, message) in [
        (
            error(Arrived::signed(&temporary, Rules::DEFAULT), |a| a.known = Some(ended)),
            400,
            "ExpiredToken",
            "The provided token has expired.".to_owned(),
        ),
        (
            error(signed(), |a| a.replace(AUTHORIZATION, "AKIDEXAMPLE/", "")),
            400,
            "AuthorizationHeaderMalformed",
            format!("{malformed}{form}'20150830/us-east-1/service/aws4_request'"),
        ),
        (
            error(presigned(), |a| a.replace_in_target("AKIDEXAMPLE%2F", "")),
            400,
            "AuthorizationQueryParametersError",
            format!(
                "Error parsing the X-Amz-Credential parameter; {form}'20150830/us-east-1/service/aws4_request'"
            ),
        ),
        (
            error(signed(), |a| a.replace(AUTHORIZATION, "AWS4-HMAC-SHA256", "AWS4-ECDSA")),
            400,
            "AuthorizationHeaderMalformed",
            format!("{malformed}Unsupported AWS 'algorithm': 'AWS4-ECDSA'."),
        ),
        (
            error(signed(), |a| {
                *a.header(AUTHORIZATION) = b"AWS4-HMAC-SHA256 Credential=a".to_vec();
            }),
            400,
            "AuthorizationHeaderMalformed",
            format!("{malformed}{required}"),
        ),
        (
            error(signed(), |a| a.replace(AUTHORIZATION, "/service/", "/s3/")),
            400,
            "AuthorizationHeaderMalformed",
            format!("{malformed}{service}"),
        ),
        (
            error(signed(), |a| a.now = timestamp("20150830T120000Z")),
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.".to_owned(),
        ),
        (
            error(signed(), |a| a.target += &"a".repeat(64 << 10)),
            400,
            "RequestTooLarge",
            "request exceeds the limit of 65536 bytes in the request target".to_owned(),
        ),
    ] {
        let response = error.response(ErrorFormat::S3, "1");
        let start = format!("<Error><Code>{code}</Code><Message>{message}</Message>");
        assert!(body(&response).contains(&start), "{}\n{start}", body(&response));
        assert_eq!((response.status, response.code), (status, code));
    }
}

/// The name of each code in JSON, as clients match it.
#[test]
fn json_codes() {
    let temporary = credentials().with_session_token("a/token+=");
    let ended = temporary.clone().with_expiry(timestamp("20150830T123600Z").into());
    for (error, status, code) in [
        (
            error(Arrived::signed(&temporary, Rules::DEFAULT), |a| a.known = Some(ended)),
            403,
            "ExpiredTokenException",
        ),
        (
            error(presigned(), |a| a.now = timestamp("20150901T000000Z")),
            403,
            "AccessDeniedException",
        ),
        (
            error(presigned(), |a| a.replace_in_target("86400", "0")),
            400,
            "AuthorizationQueryParametersException",
        ),
        (error(signed(), |a| a.target = "*".to_owned()), 400, "InvalidRequestException"),
        (error(signed(), |a| a.target += "&%"), 404, "MalformedQueryStringException"),
        (error(signed(), |a| a.target += &"a".repeat(64 << 10)), 400, "RequestTooLargeException"),
        (error(signed(), |a| a.body.clear()), 400, "XAmzContentSHA256MismatchException"),
    ] {
        let response = error.response(ErrorFormat::Json, "");
        assert_eq!((response.status, response.code), (status, code));
        assert_eq!(response.headers[2], ("x-amzn-errortype", code.to_owned()));
    }
}

#[test]
fn whose_fault_it_is_stands_in_the_answer_of_a_query_service() {
    let ours = signed().verify_body(Body::Unchecked).unwrap_err().response(ErrorFormat::Query, "1");
    assert!(body(&ours).starts_with(
        "<ErrorResponse><Error><Type>Receiver</Type><Code>InternalFailure</Code><Message>"
    ));
}

#[test]
fn a_query_service_may_tell_what_it_computed() {
    let arrived = signed();
    let headers = arrived.borrowed();
    let claim = arrived.verifier.read_raw(&arrived.request(&headers), arrived.now).unwrap();
    let key = AccessKey::from_credentials(&credentials(), claim.scope()).unwrap();
    let diagnosis =
        claim.diagnose_raw(&arrived.request(&headers), &key, Body::Bytes(b"body")).unwrap();
    let response = diagnosis.response(ErrorFormat::Query, "1");
    let canonical = diagnosis.canonical_request();
    let told = format!("The Canonical String for this request should have been\n'{canonical}'\n\n");
    assert!(body(&response).contains(&told), "{}", body(&response));
    assert!(!body(&response).contains(diagnosis.signature().as_str()));
}

#[test]
fn s3_complains_of_the_place_where_the_algorithm_stood() {
    let error = error(presigned(), |a| a.replace_in_target("AWS4-HMAC-SHA256", "AWS4-ECDSA"));
    let response = error.response(ErrorFormat::S3, "1");
    assert_eq!((response.status, response.code), (400, "AuthorizationQueryParametersError"));
    assert!(
        body(&response).contains("<Message>Unsupported AWS 'algorithm': 'AWS4-ECDSA'.</Message>")
    );
}
