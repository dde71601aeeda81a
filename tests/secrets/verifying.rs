//! Refusals of requests that hold all secrets.

use core::time::Duration;

use countersign::protocol::{Date, Payload, RawRequest, Rules, Scope, Timestamp};
use countersign::verifier::{
    AccessKey, Body, BodyVerification, ErrorFormat, ErrorResponse, Limit, Limits, ScopeMismatch,
    SignatureLocation, Verifier, VerifyError,
};
use countersign::{Credentials, Signer};

use super::search::Search;
use super::{BODY, PASSWORD, SECRET, TOKEN, credentials, timestamp};

/// A request as it arrives, and what the server makes of it.
#[derive(Clone)]
struct Arrived {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Body<'static>,
    verifier: Verifier,
    known: Option<Credentials>,
    key_day: Option<Date>,
    now: Timestamp,
}

impl Arrived {
    /// `Rules::S3` where not said otherwise: `x-amz-content-sha256` is sent.
    fn new(rules: Rules, expires: Option<u64>) -> Self {
        let target = format!("/status?password={PASSWORD}");
        let mut headers = Vec::from([
            ("host".to_owned(), "db.example".to_owned()),
            ("cookie".to_owned(), PASSWORD.to_owned()),
        ]);
        let signer = Signer::s3(credentials(), "us-east-1").with_rules(rules);
        let sent: Vec<_> = headers.iter().map(|(n, value)| (&**n, value.as_bytes())).collect();
        let request = RawRequest { method: "PUT", target: target.as_bytes(), headers: &sent };
        let payload = Payload::Bytes(BODY.as_bytes());
        let (target, added) = match expires {
            None => {
                let signed = signer.sign_raw_at(&request, payload, timestamp()).unwrap();
                let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
                let signed = signed.into_headers();
                let added = signed.iter().map(|it| (it.name.to_owned(), text(it.value)));
                (target.clone(), added.collect::<Vec<_>>())
            }
            Some(seconds) => {
                let expires = Duration::from_secs(seconds);
                let query = signer.presign_raw_at(&request, payload, expires, timestamp());
                (format!("/status?{}", query.unwrap()), Vec::new())
            }
        };
        headers.extend(added);
        Self {
            method: "PUT",
            target,
            headers,
            body: Body::Bytes(BODY.as_bytes()),
            verifier: Verifier::s3("us-east-1"),
            known: Some(credentials()),
            key_day: None,
            now: timestamp(),
        }
    }

    fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(other, _)| other == name).unwrap().1
    }

    fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn authorization(&mut self, from: &str, to: &str) {
        let value = self.header("authorization");
        assert!(value.contains(from), "{from}");
        *value = value.replace(from, to);
    }

    fn signature(&self) -> &str {
        let authorization = self.headers.iter().find(|(name, _)| name == "authorization");
        authorization.map_or(&self.target, |(_, value)| value).rsplit_once('=').unwrap().1
    }

    /// Looks at everything on the way.
    fn verify(&self, search: &mut Search) -> Result<(), VerifyError> {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let target = self.target.as_bytes();
        let request = RawRequest { method: self.method, target, headers: &headers };
        search.debug(&self.verifier);
        search.debug(&self.body);
        let claim = self.verifier.read_raw(&request, self.now)?;
        search.debug(&claim);
        let scope = claim.scope();
        let day = self.key_day.unwrap_or_else(|| scope.date());
        let scope = Scope::new(day, scope.region(), scope.service()).unwrap();
        let key = AccessKey::from_lookup(self.known.as_ref(), scope);
        search.debug(&claim.diagnose_raw(&request, &key, self.body).unwrap());
        search.debug(&claim.verify(&key, self.body)?);
        Ok(())
    }
}

pub(crate) fn all(search: &mut Search) {
    let in_header = Arrived::new(Rules::S3, None);
    let presigned = Arrived::new(Rules::S3, Some(60));
    let without_hash = Arrived::new(Rules::DEFAULT, None);
    for arrived in [&in_header, &presigned, &without_hash] {
        search.hide(arrived.signature());
    }
    assert_eq!(in_header.verify(search), Ok(()));

    let mut refused = |arrived: &Arrived, change: fn(&mut Arrived)| {
        let mut arrived = arrived.clone();
        change(&mut arrived);
        let error = arrived.verify(search).expect_err("it must be refused");
        search.error(&error);
        search.text("VerifyError::reason", &error.reason());
        if let VerifyError::CredentialScope { mismatches, .. } = &error {
            for fault in mismatches {
                let shown = format!("{fault:?} {fault}");
                search.text("ScopeMismatch", &shown);
                search.debug(fault);
                let variant = shown.split(' ').next().unwrap();
                search
                    .seen
                    .insert(format!("countersign::verifier::error::ScopeMismatch::{variant}"));
            }
        }
        if let VerifyError::RequestTooLarge(too_large) = &error {
            search.error(too_large);
        }
        for dialect in
            [ErrorFormat::Json, ErrorFormat::Neptune, ErrorFormat::Query, ErrorFormat::S3]
        {
            let response: ErrorResponse = error.response(dialect, "id");
            search.text("ErrorResponse", &String::from_utf8_lossy(&response.body));
            search.debug(&response);
            search.debug(&dialect);
        }
    };
    for change in IN_HEADER {
        refused(&in_header, change);
    }
    for change in PRESIGNED {
        refused(&presigned, change);
    }
    refused(&without_hash, |_| {});

    search.error(&VerifyError::OtherRequest);
    search.debug(&BodyVerification::Verified);
    search.debug(&Limit::Headers);
    search.debug(&Limits::DEFAULT);
    search.debug(&SignatureLocation::Query);
    search.debug(&ScopeMismatch::Service { expected: "a".to_owned() });
}

const IN_HEADER: [fn(&mut Arrived); 39] = [
    |it| it.headers.retain(|(name, _)| name != "authorization"),
    |it| it.target += "&X-Amz-Algorithm=a",
    |it| *it.header("authorization") = format!("Bearer {TOKEN}"),
    |it| *it.header("authorization") = TOKEN.to_owned(),
    |it| *it.header("authorization") = SECRET.to_owned(),
    |it| *it.header("authorization") = format!("AWS4-HMAC-SHA256 {PASSWORD}"),
    |it| it.authorization(", Signature=", ", Signatur="),
    |it| it.authorization("Credential=AKIDEXAMPLE/", "Credential="),
    |it| it.authorization("us-east-1", "eu-west-1"),
    |it| it.authorization("/s3/", "/es/"),
    |it| it.authorization("20150830", "20150831"),
    |it| it.authorization("aws4_request", "aws5_request"),
    |it| it.authorization("host;", ""),
    |it| it.authorization("host;", "Host;"),
    |it| it.authorization("host;", "host;missing;"),
    |it| it.add("authorization", PASSWORD),
    |it| it.add("host", "other.example"),
    |it| it.add("x-amz-copy-source", PASSWORD),
    |it| it.target += &format!("&X-Amz-Security-Token={TOKEN}"),
    |it| it.target += "&a=%zz",
    |it| it.target = format!("https://user:{PASSWORD}@other.example{}", it.target),
    |it| it.target = format!("https://db.example{}#{PASSWORD}", it.target),
    |it| it.method = "P T",
    |it| it.verifier = it.verifier.clone().with_limits(Limits::DEFAULT.with_max_target_bytes(8)),
    |it| {
        it.verifier =
            it.verifier.clone().with_limits(Limits::DEFAULT.with_max_authorization_bytes(8))
    },
    |it| *it.header("x-amz-date") = "2015".to_owned(),
    |it| {
        it.headers.retain(|(name, _)| name != "x-amz-date");
        it.authorization(";x-amz-date", "");
    },
    |it| *it.header("x-amz-content-sha256") = "unknown".to_owned(),
    |it| it.now = "20150830T130000Z".parse().unwrap(),
    |it| it.now = "20150830T120000Z".parse().unwrap(),
    |it| it.body = Body::Bytes(b"other"),
    |it| it.body = Body::Unchecked,
    |it| *it.header("x-amz-content-sha256") = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned(),
    |it| *it.header("x-amz-content-sha256") = "UNSIGNED-PAYLOAD".to_owned(),
    |it| *it.header("cookie") = "other".to_owned(),
    |it| it.known = None,
    |it| it.known = Some(Credentials::new("AKIDEXAMPLE", PASSWORD).with_session_token(TOKEN)),
    |it| it.known = it.known.take().map(|known| known.with_expiry(it.now.into())),
    |it| it.key_day = Some("20150831".parse().unwrap()),
];

const PRESIGNED: [fn(&mut Arrived); 6] = [
    |it| it.verifier = it.verifier.clone().with_max_expires(Duration::from_secs(59)),
    |it| it.now = "20150830T124600Z".parse().unwrap(),
    |it| it.target = it.target.replace("X-Amz-Expires=60", "X-Amz-Expires=0"),
    |it| it.target = it.target.replace("X-Amz-Date=20150830T123600Z&", ""),
    |it| it.target = it.target.replace("X-Amz-Algorithm=AWS4", "X-Amz-Algorithm=AWS5"),
    |it| it.target += &format!("&X-Amz-Signature={PASSWORD}"),
];
