//! What a server refuses.

use core::time::Duration;

use countersign::protocol::{Payload, RawRequest, Rules, Timestamp};
use countersign::verifier::{
    AccessKey, Body, Limits, S3_SKEW, SKEW, Verified, Verifier, VerifyError,
};
use countersign::{Credentials, Signer};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{SECRET, config, timestamp};

/// A GET that was signed in a header or, for so many seconds, in its query.
#[derive(Clone)]
struct Arrived {
    target: String,
    headers: Vec<(String, Vec<u8>)>,
}

const TOKEN: &str = "AQoDYXdz/+=";

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET).with_session_token(TOKEN)
}

fn verifier(skew: Duration) -> Verifier {
    Verifier::new("us-east-1", "service", skew)
}

impl Arrived {
    fn new(expires: Option<u32>) -> Self {
        let signer = Signer::new(credentials(), "us-east-1", "service");
        let request =
            RawRequest { method: "GET", target: b"/status?a=b", headers: &[("host", b"a")] };
        let (payload, mut headers) =
            (Payload::Bytes(b""), vec![("host".to_owned(), b"a".to_vec())]);
        let target = match expires {
            Some(seconds) => {
                let expires = Duration::from_secs(seconds.into());
                let query = signer.presign_raw_at(&request, payload, expires, timestamp()).unwrap();
                format!("/status?{query}")
            }
            None => {
                let signed = signer.sign_raw_at(&request, payload, timestamp()).unwrap();
                headers.extend(
                    signed.into_headers().iter().map(|it| (it.name.to_owned(), it.value.to_vec())),
                );
                "/status?a=b".to_owned()
            }
        };
        Self { target, headers }
    }

    fn verify(
        &self,
        verifier: &Verifier,
        known: Option<&Credentials>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let target = self.target.as_bytes();
        let request = RawRequest { method: "GET", target, headers: &headers };
        let claim = verifier.read_raw(&request, now)?;
        let key = AccessKey::from_lookup(known, claim.scope());
        claim.verify(&key, Body::Bytes(b""))
    }

    fn verify_at(&self, verifier: &Verifier, now: Timestamp) -> Result<Verified, VerifyError> {
        self.verify(verifier, Some(&credentials()), now)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_request_is_good_within_its_time_and_its_verdict_says_until_when(
        expires in prop_oneof![Just(None), (1..2_000_u32).prop_map(Some), Just(Some(604_800))],
        skew in select(&[SKEW, S3_SKEW, Duration::ZERO]),
        near in select(&[-900_i64, -300, 0, 300, 900, 2_000, 604_800]),
        by in -2..=2_i64,
    ) {
        let arrived = Arrived::new(expires);
        let skew_seconds = i64::try_from(skew.as_secs()).unwrap();
        let last = expires.map_or(skew_seconds, i64::from);
        // Near an edge, more often than not.
        for age in [near + by, last + by, -skew_seconds + by] {
            let now = Timestamp::from_unix_timestamp(timestamp().unix_timestamp() + age).unwrap();
            let verdict = arrived.verify_at(&verifier(skew), now);
            match verdict {
                Ok(verified) => {
                    prop_assert!((-skew_seconds..=last).contains(&age));
                    prop_assert_eq!(verified.replayable_until().unix_timestamp(), timestamp().unix_timestamp() + last);
                }
                Err(VerifyError::SignatureNotYetCurrent { .. }) => prop_assert!(age < -skew_seconds),
                Err(VerifyError::SignatureExpired { .. }) => prop_assert!(age > last && expires.is_none()),
                Err(VerifyError::Expired { .. }) => prop_assert!(age > last && expires.is_some()),
                Err(error) => prop_assert!(false, "{error:?}"),
            }
        }
    }

    #[test]
    fn every_unsigned_x_amz_header_is_refused_and_other_unsigned_ones_are_not(
        expires in select(&[None, Some(60)]),
        name in "(X|x)(-|_)[aA]mz(-|_)[a-z]{1,4}",
        other in "(x-am|y-amz-|x_)[a-z]{1,4}",
    ) {
        let arrived = Arrived::new(expires);
        let verify = |name: &str| {
            let mut arrived = arrived.clone();
            arrived.headers.push((name.to_owned(), b"1".to_vec()));
            arrived.verify_at(&verifier(SKEW), timestamp())
        };
        prop_assert_eq!(verify(&name).unwrap_err(), VerifyError::HeaderUnsigned { name });
        prop_assume!(!other.replace('_', "-").starts_with("x-amz-"));
        prop_assert!(!verify(&other).unwrap().is_signed(&other));
    }

    #[test]
    fn all_that_is_missing_is_named_in_aws_s_order(
        absent in subsequence(vec!["Credential", "Signature", "SignedHeaders", "Date", "Expires"], 1..=5),
    ) {
        let named = |part: &&str| format!("X-Amz-{part}");
        let mut presigned = Arrived::new(Some(60));
        let is_kept = |piece: &&str| !absent.iter().map(named).any(|name| piece.split('=').next() == Some(&*name));
        let query = presigned.target.split_off("/status?".len());
        presigned.target += &query.split('&').filter(is_kept).collect::<Vec<_>>().join("&");
        match presigned.verify_at(&verifier(SKEW), timestamp()) {
            Err(VerifyError::MissingParameters { names, .. }) => prop_assert_eq!(names, absent.iter().map(named).collect::<Vec<_>>()),
            verdict => prop_assert!(false, "{verdict:?}"),
        }

        let in_header: Vec<&str> = absent.into_iter().filter(|part| !["Date", "Expires"].contains(part)).collect();
        prop_assume!(!in_header.is_empty());
        let mut signed = Arrived::new(None);
        let authorization = &mut signed.headers.iter_mut().find(|(name, _)| name == "authorization").unwrap().1;
        let text = String::from_utf8(authorization.clone()).unwrap();
        let (algorithm, parts) = text.split_once(' ').unwrap();
        let is_kept = |part: &&str| !in_header.contains(&part.split('=').next().unwrap());
        let parts = parts.split(", ").filter(is_kept).collect::<Vec<_>>().join(", ");
        *authorization = format!("{algorithm} {parts}").into_bytes();
        match signed.verify_at(&verifier(SKEW), timestamp()) {
            Err(VerifyError::MissingParameters { names, .. }) => prop_assert_eq!(names, in_header),
            verdict => prop_assert!(false, "{verdict:?}"),
        }
    }

    #[test]
    fn the_date_has_one_form(date in prop_oneof!["[0-9]{8}T[0-9]{6}Z", "[0-9T:Z .-]{0,17}"]) {
        let mut arrived = Arrived::new(None);
        arrived.headers.iter_mut().find(|(name, _)| name == "x-amz-date").unwrap().1 = date.clone().into_bytes();
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_of_form = date.len() == 16 && digits(&date[..8]) && &date[8..9] == "T" && digits(&date[9..15]) && date.ends_with('Z');
        let exists = is_of_form && date.parse::<Timestamp>().is_ok();
        let verdict = arrived.verify_at(&verifier(SKEW), timestamp()).unwrap_err();
        // Such a time is long over, or still to come.
        prop_assert_eq!(verdict == VerifyError::MalformedDate { given: date.trim().to_owned() }, !exists, "{:?}", verdict);
    }

    #[test]
    fn what_stands_there_twice_is_refused(
        part in select(&["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature", "Security-Token"]),
        value in "[a-z0-9]{0,4}",
        first in any::<bool>(),
    ) {
        let mut presigned = Arrived::new(Some(60));
        let (added, query) = (format!("X-Amz-{part}={value}"), presigned.target.split_off("/status?".len()));
        presigned.target += &if first { format!("{added}&{query}") } else { format!("{query}&{added}") };
        let verdict = presigned.verify_at(&verifier(SKEW), timestamp());
        // Which one is the algorithm is looked at before.
        let is_refused = matches!(verdict, Err(VerifyError::DuplicateParameter { .. }))
            || part == "Algorithm" && matches!(verdict, Err(VerifyError::UnsupportedAlgorithm { .. }));
        prop_assert!(is_refused, "{verdict:?}");

        let mut signed = Arrived::new(None);
        let authorization = &mut signed.headers.iter_mut().find(|(name, _)| name == "authorization").unwrap().1;
        let part = if ["Credential", "SignedHeaders"].contains(&part) { part } else { "Signature" };
        authorization.extend(format!(", {part}={value}").bytes());
        let verdict = signed.verify_at(&verifier(SKEW), timestamp());
        prop_assert_eq!(verdict.unwrap_err(), VerifyError::DuplicateParameter { name: part });
    }

    #[test]
    fn region_service_token_and_key_are_those_of_the_server(
        expires in select(&[None, Some(60)]),
        region in "(us-east-1|us-east|[a-z]{0,3})",
        service in "(service|servic|[a-z]{0,3})",
        token in prop_oneof![Just(TOKEN.to_owned()), "[A-Z]{0,3}", Just(TOKEN[1..].to_owned())],
        secret in prop_oneof![3 => Just(SECRET.to_owned()), 1 => "[a-z]{1,3}"],
        is_known in prop::bool::weighted(0.8),
    ) {
        let known = Credentials::new("AKIDEXAMPLE", &secret).with_session_token(&token);
        let verifier = Verifier::new(&region, &service, SKEW);
        let verdict = Arrived::new(expires).verify(&verifier, is_known.then_some(&known), timestamp());
        let scope_is_ours = region == "us-east-1" && service == "service";
        match verdict {
            Ok(_) => prop_assert!(scope_is_ours && token == TOKEN && is_known && secret == SECRET),
            Err(VerifyError::CredentialScope { mismatches, .. }) => {
                let expected = usize::from(region != "us-east-1") + usize::from(service != "service");
                prop_assert_eq!(mismatches.len(), expected);
            }
            Err(VerifyError::TokenInvalid { .. }) => prop_assert!(scope_is_ours && (token != TOKEN || !is_known)),
            Err(VerifyError::SignatureMismatch) => {
                prop_assert!(scope_is_ours && token == TOKEN && is_known && secret != SECRET);
            }
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }

    #[test]
    fn a_request_is_let_in_up_to_each_limit(headers in 0..6_usize, parameters in 0..6_usize, long in 0..40_usize) {
        let mut arrived = Arrived::new(None);
        for n in 0..headers {
            arrived.headers.push((format!("via{n}"), b"1".to_vec()));
        }
        arrived.target += &"&c".repeat(parameters);
        arrived.target += &"d".repeat(long);
        let count = arrived.headers.len();
        let bytes: usize = arrived.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let authorization = arrived.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.len();
        // The method counts as well.
        let target = "GET".len() + arrived.target.len();
        let exact = Limits::DEFAULT
            .with_max_headers(count)
            .with_max_header_bytes(bytes)
            .with_max_authorization_bytes(authorization)
            .with_max_parameters(1 + parameters)
            .with_max_target_bytes(target);
        let is_too_large = |limits| {
            let verdict = arrived.verify_at(&verifier(SKEW).with_limits(limits), timestamp());
            matches!(verdict, Err(VerifyError::RequestTooLarge(_)))
        };
        prop_assert!(!is_too_large(exact));
        for less in [
            exact.with_max_headers(count - 1),
            exact.with_max_header_bytes(bytes - 1),
            exact.with_max_authorization_bytes(authorization - 1),
            exact.with_max_parameters(parameters),
            exact.with_max_target_bytes(target - 1),
        ] {
            prop_assert!(is_too_large(less), "{less:?}");
        }
    }

    #[test]
    fn a_broken_escape_is_refused_whoever_signed_it(
        broken in select(&["%", "%4", "%zz", "%%41"]),
        after in "(&[a-z]{0,3})?",
    ) {
        let signer = Signer::new(credentials(), "us-east-1", "service").with_rules(Rules::DEFAULT);
        let target = format!("/status?a={broken}{after}");
        let request = RawRequest { method: "GET", target: target.as_bytes(), headers: &[("host", b"a")] };
        let signed = signer.sign_raw_at(&request, Payload::Bytes(b""), timestamp()).unwrap();
        let mut headers = vec![("host".to_owned(), b"a".to_vec())];
        headers.extend(signed.into_headers().iter().map(|it| (it.name.to_owned(), it.value.to_vec())));
        let refused = Arrived { target: target.clone(), headers }.verify_at(&verifier(SKEW), timestamp());
        let is_query_escape = matches!(refused, Err(VerifyError::InvalidPercentEncoding { .. }));
        prop_assert!(is_query_escape);
    }
}
