//! Random requests, and what must hold for each of them. The reference shares nothing with the crate.

#[path = "support/both.rs"]
mod both;
#[path = "support/reference.rs"]
mod reference;
#[path = "support/strategies.rs"]
mod strategies;

use countersign::protocol::canonical::{CanonicalQuery, CanonicalUri};
use countersign::protocol::{Plus, Rules};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use self::reference::{Mode, Policy, Request};
use self::strategies::{case, config, headers, path, query, sound_case, target, value};

proptest! {
    #![proptest_config(config(3000))]

    /// So two requests sign alike exactly where the reference gives them one canonical request.
    #[test]
    fn every_stage_is_the_reference_s(case in case()) {
        match (case.ours(), case.reference()) {
            (Ok(ours), Ok(reference)) => prop_assert_eq!(ours, reference),
            (Err(_), Err(_)) => {}
            (ours, reference) => prop_assert!(false, "ours: {ours:?}\nreference: {reference:?}"),
        }
    }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn two_requests_sign_alike_where_they_are_one_to_the_reference(
        case in sound_case(),
        target in target(),
        headers in headers(),
        which in any::<bool>(),
    ) {
        let mut other = case.clone();
        if which { other.request.target = target } else { other.request.headers = headers }
        if let (Ok(reference), Ok(ours)) = (other.reference(), other.ours()) {
            let first = case.reference().unwrap();
            prop_assert_eq!(
                first.canonical_request == reference.canonical_request,
                case.ours().unwrap().signature == ours.signature
            );
        }
    }

    #[test]
    fn a_changed_byte_changes_the_signature_where_it_changes_the_canonical_request(
        case in sound_case(),
        at in any::<Index>(),
        bit in 0..8_u32,
    ) {
        let mut changed = case.clone();
        let Request { target, headers, body, .. } = &mut changed.request;
        let mut bytes: Vec<&mut u8> =
            headers.iter_mut().flat_map(|(_, value)| value).chain(target).chain(body).collect();
        prop_assume!(!bytes.is_empty());
        let at = at.index(bytes.len());
        *bytes[at] ^= 1 << bit;
        if let (Ok(reference), Ok(ours)) = (changed.reference(), changed.ours()) {
            let before = case.reference().unwrap();
            prop_assert_eq!(
                before.canonical_request == reference.canonical_request,
                case.ours().unwrap().signature == ours.signature
            );
        }
    }

    #[test]
    fn the_order_of_headers_and_the_case_of_names_do_not_matter(
        case in sound_case(),
        shuffle in vec(any::<Index>(), 60),
        upper in any::<u64>(),
    ) {
        let mut other = case.clone();
        // Values of one name keep their order among themselves.
        let headers = &mut other.request.headers;
        for (at, index) in shuffle.iter().take(headers.len()).enumerate().skip(1) {
            let to = index.index(at);
            let name = headers[at].0.to_ascii_lowercase();
            if headers[to..at].iter().all(|(other, _)| other.to_ascii_lowercase() != name) {
                let header = headers.remove(at);
                headers.insert(to, header);
            }
        }
        for (at, (name, _)) in headers.iter_mut().enumerate() {
            *name = if upper >> (at % 64) & 1 == 1 { name.to_ascii_uppercase() } else { name.to_ascii_lowercase() };
        }
        prop_assert_eq!(case.ours().unwrap(), other.ours().unwrap());
    }

    #[test]
    fn a_canonical_request_has_no_line_too_many(case in sound_case()) {
        let ours = case.ours().unwrap();
        let lines = ours.canonical_request.split(|byte| *byte == b'\n').count();
        let names = ours.signed_headers.split(';').count();
        prop_assert_eq!(lines, 3 + names + 3, "method, path, query; a line each; blank, names, hash");
        prop_assert!(!ours.canonical_request.contains(&b'\r'));
    }

    #[test]
    fn a_canonical_query_is_its_own(query in query(), literal in any::<bool>()) {
        let plus = if literal { Plus::Literal } else { Plus::Space };
        let once = CanonicalQuery::new(&query, plus).to_string();
        prop_assert_eq!(&CanonicalQuery::new(once.as_bytes(), plus).to_string(), &once);
        prop_assert_eq!(once.into_bytes(), reference::canonical_query(&query, !literal));
    }

    #[test]
    fn a_canonical_s3_path_is_its_own(path in path()) {
        let once = CanonicalUri::new(&path, &Rules::S3).unwrap().to_string();
        prop_assert_eq!(&CanonicalUri::new(once.as_bytes(), &Rules::S3).unwrap().to_string(), &once);
        prop_assert_eq!(Some(once.into_bytes()), reference::canonical_path(&path, &Policy::s3()));
    }

    #[test]
    fn a_canonical_header_value_is_its_own(value in value(), mut case in sound_case()) {
        case.policy = Policy::default_service();
        case.request.headers.retain(|(name, _)| name != "My-Header1" && name != "my-header1");
        case.request.headers.push(("My-Header1".to_owned(), value.clone()));
        let once = reference::canonical_value(&value).unwrap();
        let signed = case.ours().unwrap();
        case.request.headers.last_mut().unwrap().1 = once;
        prop_assert_eq!(case.ours().unwrap(), signed);
    }

    /// An `http::Request` signs as its raw parts do; one that cannot be signed stays as it was.
    #[test]
    fn an_http_request_signs_as_its_parts_do(mut case in case()) {
        case.mode = Mode::Header;
        let mut request = http::Request::builder()
            .method(case.request.method.as_str())
            .uri(String::from_utf8_lossy(&case.request.target).as_ref());
        for (name, value) in &case.request.headers {
            request = request.header(name, value.as_slice());
        }
        let Ok(mut request) = request.body(case.request.body.clone()) else { return Ok(()) };
        case.request.target = request.uri().to_string().into_bytes();
        case.request.headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect();
        let before = format!("{:?}", request);
        match case.ours() {
            Ok(ours) => {
                case.signer().sign_at(&mut request, "20150830T123600Z".parse().unwrap()).unwrap();
                let authorization = request.headers()["authorization"].to_str().unwrap();
                prop_assert!(authorization.ends_with(&ours.signature));
            }
            Err(error) => {
                let timestamp = "20150830T123600Z".parse().unwrap();
                prop_assert_eq!(case.signer().sign_at(&mut request, timestamp), Err(error));
                prop_assert_eq!(format!("{:?}", request), before);
            }
        }
    }
}
