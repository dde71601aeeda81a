//! `http::Request` in and out: a failed signing changes nothing, a successful one only what is documented, and a second one
//! nothing more.

use core::time::Duration;

use arbitrary::Arbitrary;
use countersign::arbitrary::ArbitraryRequest;
use countersign::protocol::Payload;

use super::both::Case;
use super::how::How;
use super::reference::{Mode, Request};

#[derive(Arbitrary, Debug)]
pub struct Input {
    how: How,
    is_hostile: bool,
    request: ArbitraryRequest,
}

impl Input {
    pub fn check(self) {
        let Self { how, is_hostile, request: made_up } = self;
        let made_up = if is_hostile { made_up } else { made_up.into_well_formed() };
        let case = how.case(made_up);
        let Some(request) = request(&case.request) else { return };
        let case = in_case(&case, &request);
        match case.mode {
            Mode::Header => in_header(&case, request),
            Mode::Query { expires } => in_query(&case, &request, Duration::from_secs(expires)),
        }
    }
}

fn in_header(case: &Case, mut request: http::Request<Vec<u8>>) {
    let (signer, now) = (case.signer(), case.now());
    let before = Seen::of(&request);
    let pairs = case.headers();
    let (raw, payload) = (case.raw_request(&pairs), Payload::Bytes(&case.request.body));
    let signed = match (signer.sign_raw_at(&raw, payload, now), signer.sign_at(&mut request, now)) {
        (Ok(signed), Ok(())) => signed,
        (Err(of_raw), Err(error)) => {
            assert_eq!(of_raw, error);
            assert_eq!(Seen::of(&request), before);
            return;
        }
        (of_raw, error) => panic!("raw: {of_raw:?}\nhttp: {error:?}"),
    };
    let after = Seen::of(&request);
    let mut expected = before;
    let signature = signed.into_headers();
    let set: Vec<_> = signature.iter().collect();
    let set_names = set.iter().map(|header| header.name);
    for name in set_names.chain(signature.removed()) {
        expected.headers.retain(|(sent, ..)| sent != name);
    }
    for header in set {
        expected.headers.push((header.name.to_owned(), header.value.to_vec(), header.sensitive));
    }
    expected.headers.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    assert_eq!(after, expected);

    signer.sign_at(&mut request, now).unwrap();
    assert_eq!(Seen::of(&request), after);

    let (mut parts, body) = request.into_parts();
    signer.sign_parts_at(&mut parts, payload, now).unwrap();
    assert_eq!(Seen::of(&http::Request::from_parts(parts, body)), after);
}

fn in_query(case: &Case, request: &http::Request<Vec<u8>>, expires: Duration) {
    let (signer, now) = (case.signer(), case.now());
    let pairs = case.headers();
    let (raw, payload) = (case.raw_request(&pairs), Payload::Bytes(&case.request.body));
    let of_raw = signer.presign_raw_at(&raw, payload, expires, now);
    let presigned = match (&of_raw, signer.presign_at(request, expires, now)) {
        (Ok(_), Ok(presigned)) => presigned,
        (Err(_), Err(_)) => return,
        (Ok(_), Err(error)) => {
            let has_host = request.uri().host().is_some() && request.uri().scheme().is_some();
            return assert!(!has_host, "{error}");
        }
        (Err(of_raw), Ok(_)) => panic!("raw: {of_raw}"),
    };
    let (of_raw, uri) = (of_raw.unwrap(), presigned.uri());
    assert_eq!(uri.scheme(), request.uri().scheme());
    assert_eq!(uri.authority(), request.uri().authority());
    assert_eq!(uri.path(), request.uri().path());
    assert_eq!(uri.query(), Some(of_raw.to_string().as_str()));
    assert_eq!(presigned.expires_at(), of_raw.expires_at());
    let signed = presigned.signed_headers().iter();
    let signed = signed.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    assert_eq!(sorted(signed), sorted(of_raw.signed_headers().into_iter()));
}

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort();
    all
}

/// All of a request. The order of headers of different names means nothing.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    start: String,
    headers: Vec<(String, Vec<u8>, bool)>,
    body: Vec<u8>,
}

impl Seen {
    fn of(request: &http::Request<Vec<u8>>) -> Self {
        let start = format!("{} {} {:?}", request.method(), request.uri(), request.version());
        let headers = request.headers().iter();
        let header = |name: &http::HeaderName, value: &http::HeaderValue| {
            (name.to_string(), value.as_bytes().to_vec(), value.is_sensitive())
        };
        let mut headers: Vec<_> = headers.map(|(name, value)| header(name, value)).collect();
        headers.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        Self { start, headers, body: request.body().clone() }
    }
}

/// None for what crate `http` refuses, and for schemes that are none to anyone else
/// ([RFC 3986, 3.1](https://www.rfc-editor.org/rfc/rfc3986#section-3.1)). Of the headers every third is marked sensitive.
pub fn request(made_up: &Request) -> Option<http::Request<Vec<u8>>> {
    let mut request = http::Request::builder()
        .method(made_up.method.as_str())
        .uri(made_up.target.as_slice())
        .body(made_up.body.clone())
        .ok()?;
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    if !request.uri().scheme_str().is_none_or(is_scheme) {
        return None;
    }
    for (index, (name, value)) in made_up.headers.iter().enumerate() {
        let name = http::HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = http::HeaderValue::from_bytes(value).ok()?;
        value.set_sensitive(index % 3 == 0);
        request.headers_mut().append(name, value);
    }
    Some(request)
}

/// The case with the parts of a request as the types of crate `http` have them.
pub fn in_case(case: &Case, request: &http::Request<Vec<u8>>) -> Case {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    let request = Request {
        method: request.method().to_string(),
        target: request.uri().to_string().into_bytes(),
        headers: headers.collect(),
        body: request.body().clone(),
    };
    Case { request, ..case.clone() }
}
