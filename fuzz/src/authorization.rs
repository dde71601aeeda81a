//! What a request says of its own signature: read without a panic, and what is accepted means the same when it is written
//! anew from what was read.

use arbitrary::Arbitrary;
use countersign::Credentials;
use countersign::protocol::{RawRequest, Rules};
use countersign::verifier::{
    AccessKey, Body, Claim, ErrorFormat, SKEW, SignatureLocation, Verifier, VerifyError,
};

use super::reference::parse_query;

#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    is_s3: bool,
    is_in_query: bool,
    has_token_header: bool,
    text: &'a [u8],
}

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

impl Input<'_> {
    pub fn check(&self) {
        let rules = if self.is_s3 { Rules::S3 } else { Rules::DEFAULT };
        let verifier =
            Verifier::new("us-east-1", "service", SKEW).with_rules(rules).allow_unsigned_payload();
        let Some(read) = self.read(&verifier, self.text) else { return };
        assert_eq!(self.credentials(self.text), [read.credential.as_str()]);
        let again = self.read(&verifier, &read.rewritten);
        let again = again.unwrap_or_else(|| panic!("refused when written anew: {read:?}"));
        assert_eq!(again, read);
        assert!(again.is_verified || !read.can_be_verified, "{read:?}");
    }

    /// What else could be read as the credential, in plain steps: of what is accepted there is but one.
    fn credentials(&self, text: &[u8]) -> Vec<String> {
        let lossy = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        if self.is_in_query {
            let named = |(name, value): (Vec<u8>, Vec<u8>)| {
                (name == b"X-Amz-Credential").then(|| lossy(&value))
            };
            return parse_query(text, true).into_iter().filter_map(named).collect();
        }
        let text = lossy(text);
        let blanks = [' ', '\t'];
        let parts = text.trim_matches(blanks).strip_prefix("AWS4-HMAC-SHA256").unwrap_or_default();
        let pairs = parts.split(',').filter_map(|part| part.split_once('='));
        let named = pairs.filter(|(name, _)| name.trim_matches(blanks) == "Credential");
        named.map(|(_, value)| value.trim_matches(blanks).to_owned()).collect()
    }

    fn read(&self, verifier: &Verifier, text: &[u8]) -> Option<Read> {
        let (mut target, mut headers) = (b"/".to_vec(), vec![("Host", &b"db.example"[..])]);
        if self.is_in_query {
            target = [b"/?", text].concat();
        } else {
            headers.push(("Authorization", text));
            headers.push(("X-Amz-Date", b"20150830T123600Z"));
            if self.is_s3 {
                headers.push(("X-Amz-Content-Sha256", EMPTY.as_bytes()));
            }
        }
        if self.has_token_header {
            headers.push(("X-Amz-Security-Token", b"token"));
        }
        let request = RawRequest { method: "GET", target: &target, headers: &headers };
        match verifier.read_raw(&request, "20150830T123600Z".parse().unwrap()) {
            Ok(claim) => Some(Read::of(&claim, &request)),
            Err(error) => {
                can_be_told(&error);
                None
            }
        }
    }
}

/// What a claim shows.
#[derive(Debug)]
struct Read {
    credential: String,
    shown: String,
    canonical_request: String,
    rewritten: Vec<u8>,
    is_verified: bool,
    can_be_verified: bool,
}

/// What was verified may differ: only what was written anew has the right signature.
impl PartialEq for Read {
    fn eq(&self, other: &Self) -> bool {
        (&self.credential, &self.shown) == (&other.credential, &other.shown)
            && self.canonical_request == other.canonical_request
            && self.rewritten == other.rewritten
    }
}

impl Read {
    fn of(claim: &Claim<'_>, request: &RawRequest<'_>) -> Self {
        let (id, scope) = (claim.access_key_id(), claim.scope());
        let token = claim.session_token();
        let credentials = Credentials::new("AKIDEXAMPLE", "secret");
        let credentials = credentials.with_session_token(token.unwrap_or_default());
        let key = AccessKey::from_credentials(&credentials, scope).unwrap();
        let diagnosis = claim.diagnose_raw(request, &key, Body::Bytes(b"")).unwrap();
        let canonical_request = diagnosis.canonical_request().to_owned();
        let signature = diagnosis.signature().as_str();
        let lines: Vec<&str> = canonical_request.split('\n').collect();
        let rewritten = match claim.location() {
            SignatureLocation::Query => format!("{}&X-Amz-Signature={signature}", lines[2]),
            _ => format!(
                "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={}, Signature={signature}",
                lines[lines.len() - 2]
            ),
        };
        let verdict = claim.verify(&key, Body::Bytes(b""));
        // Nobody has an empty token, or one that is no text.
        let query = lines[2].split('&');
        let has_token = query.clone().any(|piece| piece.starts_with("X-Amz-Security-Token="));
        let can_be_verified = token.map_or(!has_token, |token| !token.is_empty())
            && !matches!(
                verdict,
                Err(VerifyError::UnsupportedContentSha256 { .. }
                    | VerifyError::StreamingPayload { .. })
            );
        Self {
            credential: format!("{id}/{scope}"),
            shown: format!(
                "{:?} {:?} {:?} {token:?}",
                claim.timestamp(),
                claim.location(),
                claim.expires()
            ),
            rewritten: rewritten.into_bytes(),
            is_verified: verdict.is_ok(),
            can_be_verified,
            canonical_request,
        }
    }
}

/// A refusal, in the words of any service.
fn can_be_told(error: &VerifyError) {
    assert!((400..500).contains(&error.status()), "{error:?}");
    for dialect in [ErrorFormat::Json, ErrorFormat::Neptune, ErrorFormat::Query, ErrorFormat::S3] {
        let response = error.response(dialect, "1");
        let body = str::from_utf8(&response.body).unwrap();
        let lines_of_headers = response.headers.iter().map(|(_, value)| value.as_str());
        assert!(lines_of_headers.flat_map(str::chars).all(|c| !c.is_control()));
        if matches!(dialect, ErrorFormat::Json | ErrorFormat::Neptune) {
            serde_json::from_str::<serde_json::Value>(body).unwrap();
        }
    }
}
