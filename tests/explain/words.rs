//! What servers say in words, and services that show no canonical request.

use countersign::explain::Cause;
use countersign::{Credentials, Signer};

use super::server::{self, SECRET};
use super::{Case, signer};

#[test]
fn what_a_server_says_in_words() {
    for (code, message, fields, expected, text) in [
        (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            "<RequestTime>20150830T123600Z</RequestTime><ServerTime>2015-08-30T13:38:03Z</ServerTime><MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>",
            &[Cause::ClockSkew][..],
            "the clock that signed is 1 h 2 min 3 s slow",
        ),
        (
            "RequestTimeTooSkewed",
            "The difference is too large.",
            "",
            &[Cause::ClockSkew],
            "compare the machine's clock",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20241008T195522Z is now earlier than 20241008T195940Z (20241008T200440Z - 5 min.)",
            "",
            &[Cause::ClockSkew],
            "with_clock_offset(Duration::seconds(558))",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature not yet current: 20190305T002809Z is still later than 20190304T214315Z (20190304T212815Z + 15 min.)",
            "",
            &[Cause::ClockSkew],
            "the clock that signed is 2 h 59 min 54 s fast",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20241001T195522Z is now earlier than 20241008T195940Z (20241008T200440Z - 5 min.)",
            "",
            &[Cause::ClockSkew],
            "wrong by more than a day",
        ),
        (
            "AccessDenied",
            "Request has expired",
            "<X-Amz-Expires>900</X-Amz-Expires><Expires>2015-08-30T12:51:00Z</Expires><ServerTime>2015-08-30T13:00:00Z</ServerTime>",
            &[Cause::UrlExpired],
            "X-Amz-Expires: 900, Expires: 2015-08-30T12:51:00Z, ServerTime: 2015-08-30T13:00:00Z\n",
        ),
        (
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
            "",
            &[Cause::ExpiresTooLong],
            "presign for 1 to 604800 seconds",
        ),
        (
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
            "<Region>eu-west-1</Region>",
            &[Cause::ScopeRegion],
            "the bucket is in the region eu-west-1, and 'us-east-1' is signed here",
        ),
        (
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed",
            "<Region>eu-west-1</Region>",
            &[Cause::ScopeRegion],
            "sign for eu-west-1",
        ),
        (
            "AccessDenied",
            "Access Denied",
            "<Region>eu-west-1</Region>",
            &[Cause::NotTheSignature],
            "may not do this",
        ),
        (
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
            "",
            &[Cause::ScopeRegion],
            "the bucket is in the region eu-west-1",
        ),
        (
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'us-east-1'. Credential should be scoped to correct service: 'execute-api'.",
            "",
            &[Cause::ScopeRegion, Cause::ScopeService],
            "the server is the service 'execute-api', and 'es' is signed here",
        ),
        (
            "SignatureDoesNotMatch",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'.",
            "",
            &[Cause::ScopeTerminator],
            "end the scope with aws4_request",
        ),
        (
            "SignatureDoesNotMatch",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20210518' != '20210519', from '20210519T000001Z'.",
            "",
            &[Cause::ScopeDay],
            "of another day than x-amz-date",
        ),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            "",
            &[Cause::AccessKeyUnknown],
            "the server does not know the access key AKIDEXAMPLE",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "",
            &[Cause::AccessKeyUnknown],
            "the same is said where the key is temporary",
        ),
        (
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            "",
            &[Cause::AccessKeyUnknown],
            "a store that speaks as S3 has keys of its own",
        ),
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "",
            &[Cause::CredentialsExpired],
            "fetch new credentials",
        ),
        (
            "ExpiredToken",
            "The provided token has expired.",
            "",
            &[Cause::CredentialsExpired],
            "fetch new credentials",
        ),
        (
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
            "",
            &[Cause::TokenUnexpected],
            "have none",
        ),
        (
            "InvalidSignatureException",
            "'x-amz-security-token' is named as a SignedHeader, but it does not exist in the HTTP request",
            "",
            &[Cause::TokenMissing],
            "the header x-amz-security-token is signed, and did not arrive",
        ),
        (
            "SignatureDoesNotMatch",
            "'x-b' is named as a SignedHeader, but it does not exist in the HTTP request",
            "",
            &[Cause::HeaderRemoved],
            "the header x-b is signed, and did not arrive",
        ),
        (
            "SignatureDoesNotMatch",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            "",
            &[Cause::HeaderUnsigned],
            "signed without Host",
        ),
        (
            "AccessDenied",
            "There were headers present in the request which were not signed",
            "<HeadersNotSigned>x-amz-acl, x-amz-b</HeadersNotSigned>",
            &[Cause::HeaderUnsigned],
            "not signed: x-amz-acl, x-amz-b\n",
        ),
        (
            "IncompleteSignatureException",
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization=abc",
            "",
            &[Cause::AuthorizationIncomplete],
            "Basic, Bearer",
        ),
        (
            "IncompleteSignature",
            "'abc' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer abc'.",
            "",
            &[Cause::AuthorizationIncomplete],
            "lacks a part",
        ),
        (
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
            "",
            &[Cause::AuthorizationMissing],
            "a redirect leads to another host",
        ),
        (
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            "<ClientComputedContentSHA256>aaaa</ClientComputedContentSHA256><S3ComputedContentSHA256>bbbb</S3ComputedContentSHA256>",
            &[Cause::BodyChanged],
            "signed: aaaa\n   server: bbbb\n",
        ),
        (
            "AccessDenied",
            "Access Denied",
            "",
            &[Cause::NotTheSignature],
            "the signature is not what the answer complains of",
        ),
        (
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the authorization component \"a\" is malformed.",
            "",
            &[Cause::AuthorizationIncomplete],
            "lacks a part, or is of another kind",
        ),
        (
            "AuthFailure",
            "AWS was not able to validate the provided access credentials",
            "",
            &[Cause::AccessKeyUnknown],
            "the server does not know the access key",
        ),
        (
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
            "",
            &[Cause::AuthorizationTwice],
            "a presigned URL goes without an Authorization header",
        ),
        (
            "InvalidSignatureException",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
            "",
            &[Cause::AuthorizationTwice],
            "two signatures arrived",
        ),
        (
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            "",
            &[Cause::AuthorizationIncomplete],
            "is of another kind",
        ),
        (
            "AccessDenied",
            "AWS authentication requires a valid Date or x-amz-date header",
            "",
            &[Cause::AuthorizationIncomplete],
            "x-amz-date must arrive",
        ),
        (
            "AuthorizationQueryParametersError",
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            "",
            &[Cause::AuthorizationIncomplete],
            "a shell cuts it at its first `&`",
        ),
        (
            "InvalidRequest",
            "Missing required header for this request: x-amz-content-sha256",
            "",
            &[Cause::RulesOfService],
            "sign with PayloadHeader::Sent",
        ),
        (
            "MalformedQueryString",
            "Illegal hex character in escape % pattern: %zz",
            "",
            &[Cause::EscapeBroken],
            "write %25 for a percent sign",
        ),
        (
            "InvalidURI",
            "Couldn't parse the specified URI.",
            "",
            &[Cause::EscapeBroken],
            "cut no URL within an escape",
        ),
        (
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified endpoint.",
            "<Endpoint>examplebucket.s3.eu-west-1.amazonaws.com</Endpoint>",
            &[Cause::ScopeRegion],
            "the bucket is at another endpoint: examplebucket.s3.eu-west-1.amazonaws.com\n",
        ),
        (
            "SignatureDoesNotMatch",
            "'x-amz-date' is named as a SignedHeader, but it does not exist in the HTTP request",
            "",
            &[Cause::HeaderRemoved],
            "see what drops it: a client, a proxy, a redirect\n",
        ),
        (
            "SignatureDoesNotMatch",
            "Credential should be scoped to a valid region, not 'us-east-2'.",
            "",
            &[Cause::ScopeRegion],
            "for the region 'us-east-2'\n   here it is 'us-east-1'\n",
        ),
        (
            "SlowDown",
            "Please reduce your request rate.",
            "",
            &[Cause::Unrecognized],
            "nothing in the answer speaks of the signature",
        ),
    ] {
        let message = server::escaped(message);
        let xml = format!(
            "<Error><Code>{code}</Code><Message>{message}</Message>{fields}<RequestId>1</RequestId></Error>"
        );
        let (causes, report) = Case::get().causes(&xml);
        assert_eq!(causes, expected, "{report}");
        assert!(report.contains(text), "{text}: {report}");
        if fields.is_empty() {
            let log = format!("An error occurred ({code}) when calling: {message}");
            assert_eq!(Case::get().causes(&log).0, expected, "{log}");
        }
    }
}

#[test]
fn temporary_credentials_need_their_token() {
    let of =
        |credentials| Case { signer: Signer::new(credentials, "us-east-1", "es"), ..Case::get() };
    let invalid = r#"{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}"#;
    let no_token = of(Credentials::new("ASIAEXAMPLE", SECRET));
    assert_eq!(no_token.causes(invalid).0[..2], [Cause::TokenMissing, Cause::AccessKeyUnknown]);
    assert_eq!(Case::with_token().causes(invalid).0, [Cause::TokenOther, Cause::AccessKeyUnknown]);
    let unknown = "<Error><Code>InvalidAccessKeyId</Code><Message>a</Message></Error>";
    assert_eq!(Case::with_token().causes(unknown).0, [Cause::AccessKeyUnknown, Cause::TokenOther]);
    let malformed = "<Error><Code>InvalidToken</Code><Message>The provided token is malformed.</Message></Error>";
    assert_eq!(Case::with_token().causes(malformed).0, [Cause::TokenOther]);
}

#[test]
fn neptune_shows_no_canonical_request() {
    let case = Case {
        signer: signer("neptune-db"),
        target: "https://db.example:8182/a%20b?q=a+b",
        ..Case::with_token()
    };
    let mismatch = r#"{"requestId":"1","code":"AccessDeniedException","detailedMessage":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#;
    let (causes, report) = case.causes(mismatch);
    assert_eq!(causes, [Cause::QueryPlus, Cause::Undetermined], "{report}");
    for text in [
        "the server said: AccessDeniedException: The request signature we calculated",
        "ruled out, as far as the order of a server's checks is known: an unknown access key id, a clock",
        "check 1: the secret",
        "check 2: the query: %20",
        "check 3: the path",
        "check 4: the host: 'host:db.example:8182' must arrive",
        "after signing: accept, content-type\n",
        "the body: the very bytes",
    ] {
        assert!(report.contains(text), "{text}: {report}");
    }
    let missing = r#"{"requestId":"1","code":"AccessDeniedException","detailedMessage":"Missing Authentication Token"}"#;
    assert_eq!(case.causes(missing).0[0], Cause::AuthorizationMissing);
    let denied = r#"{"requestId":"1","code":"AccessDeniedException","detailedMessage":"User: arn:aws:iam::123456789012:role/r is not authorized to perform: neptune-db:ReadDataViaQuery"}"#;
    let (causes, report) = case.causes(denied);
    assert_eq!(causes[0], Cause::NotTheSignature);
    assert!(report.contains("neptune-db:connect is deprecated since engine 1.2"), "{report}");
}

#[test]
fn a_body_of_another_hash() {
    let body = |client: &str| {
        format!(
            "<Error><Code>XAmzContentSHA256Mismatch</Code><ClientComputedContentSHA256>{client}\
             </ClientComputedContentSHA256><S3ComputedContentSHA256>00</S3ComputedContentSHA256></Error>"
        )
    };
    let server = Case::s3().server();
    let own = server.lines.last().unwrap();
    let neither = "the body that is given here has another hash than both";
    let (causes, report) = Case::s3().causes(&body(own));
    assert_eq!(causes[0], Cause::BodyChanged);
    assert!(report.contains(own) && !report.contains(neither), "{report}");
    assert!(Case::s3().causes(&body("11")).1.contains(neither));
}

#[test]
fn other_services() {
    let aoss = Case { signer: signer("aoss"), ..Case::get() };
    let forbidden = r#"{"status":403,"error":{"reason":"403 Forbidden","type":"Forbidden"}}"#;
    let (causes, report) = aoss.causes(forbidden);
    assert_eq!(causes, [Cause::NotTheSignature, Cause::RulesOfService]);
    assert!(report.contains("where x-amz-content-sha256 is not sent and signed"), "{report}");
    let s3 = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let (_, report) = Case { signer: signer("s3"), ..Case::get() }.causes(s3);
    assert!(report.contains("where no signature arrived at all"), "{report}");
    let host = "{\"message\":\"'Host' is named as a SignedHeader, but it does not exist in the HTTP request\"}";
    let (causes, report) = Case::get().causes(host);
    assert_eq!(causes, [Cause::HeaderRemoved]);
    assert!(report.contains("the header host is signed") && report.contains("see what drops it"));
}

#[test]
fn api_gateway() {
    let case = Case { signer: signer("execute-api"), ..Case::get() };
    let (causes, report) = case.causes(r#"{"message":"Missing Authentication Token"}"#);
    assert_eq!(causes, [Cause::AuthorizationMissing]);
    assert!(
        report.contains("API Gateway says the same of a path or a method that it does not have"),
        "{report}"
    );
    let anonymous = r#"{"Message":"User: anonymous is not authorized to perform: es:ESHttpGet"}"#;
    assert_eq!(case.causes(anonymous).0, [Cause::AuthorizationMissing]);
    for message in [
        "Forbidden",
        "User: arn:aws:iam::123456789012:user/u is not authorized to perform: execute-api:Invoke",
    ] {
        let (causes, report) = case.causes(&format!(r#"{{"Message":"{message}"}}"#));
        assert_eq!(causes, [Cause::NotTheSignature]);
        assert!(report.contains("execute-api:Invoke"), "{report}");
    }
}
