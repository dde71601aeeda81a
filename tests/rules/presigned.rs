//! Presigned URLs.

use core::time::Duration;

use countersign::protocol::{Payload, RawRequest, Rules, Timestamp};
use countersign::{CanonicalError, Credentials, SignError, Signer};
use proptest::prelude::*;
use proptest::sample::select;
use time::OffsetDateTime;

use super::strategies::{path, query};
use super::{SECRET, config, reference, signature, signer, timestamp};

const RESERVED: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// The query of a presigned GET.
pub(super) fn query_of(target: &[u8], headers: &[(&str, &[u8])]) -> Result<String, SignError> {
    let request = RawRequest { method: "GET", target, headers };
    let (signer, expires) = (signer(Rules::DEFAULT), Duration::from_secs(900));
    let presigned = signer.presign_raw_at(&request, Payload::Bytes(b""), expires, timestamp())?;
    Ok(presigned.to_string())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_signature_stands_behind_the_canonical_query(path in path(), query in query()) {
        prop_assume!(!path.contains(&b'?'));
        let target = [path.as_slice(), b"?", &query].concat();
        let presigned = query_of(&target, &[("host", b"a")]).unwrap();
        let (signed, signature) = presigned.rsplit_once("&X-Amz-Signature=").unwrap();
        prop_assert!(signature.len() == 64 && signature.bytes().all(|byte| b"0123456789abcdef".contains(&byte)));
        prop_assert_eq!(signed.as_bytes(), reference::canonical_query(signed.as_bytes(), true));
        let mut parameters = reference::parse_query(signed.as_bytes(), true);
        parameters.retain(|(name, _)| !RESERVED.iter().any(|reserved| reserved.as_bytes() == name));
        let mut sent = reference::parse_query(&query, true);
        parameters.sort();
        sent.sort();
        prop_assert_eq!(parameters, sent);
    }

    #[test]
    fn scheme_host_and_path_stay_as_they_came(
        origin in select(&["https://db.example", "HTTP://DB.example:80", "https://user:p%40@db.example:0443"]),
        path in "/[a-z/.%~:@+]{0,6}",
    ) {
        let Ok(request) = http::Request::get(format!("{origin}{path}?b&a")).body(()) else { return Ok(()) };
        let (before, _) = request.uri().to_string().split_once('?').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let presigned = signer(Rules::S3).presign_at(&request, Duration::from_secs(1), timestamp()).unwrap();
        let url = presigned.uri().to_string();
        prop_assert!(url.strip_prefix(&before).unwrap().starts_with('?'), "{}", url);
    }

    #[test]
    fn it_expires_in_a_second_to_a_week(
        seconds in prop_oneof![0..4_u64, 604_798..604_803_u64, any::<u64>()],
        nanos in select(&[0, 0, 1]),
    ) {
        let expires = Duration::new(seconds, nanos);
        let request = RawRequest { method: "GET", target: b"https://a/", headers: &[] };
        let signer = signer(Rules::DEFAULT);
        let presigned = signer.presign_raw_at(&request, Payload::Bytes(b""), expires, timestamp());
        if (1..=604_800).contains(&seconds) && nanos == 0 {
            let presigned = presigned.unwrap();
            let parameter = format!("&X-Amz-Expires={seconds}&");
            prop_assert!(presigned.to_string().contains(&parameter));
            prop_assert_eq!(presigned.expires_at().unix_timestamp(), timestamp().unix_timestamp() + i64::try_from(seconds).unwrap());
        } else {
            prop_assert_eq!(presigned.unwrap_err(), SignError::Expires { expires });
        }
    }

    #[test]
    fn it_ends_with_its_credentials_if_they_end_first(seconds in 1..100_u32, end in -50..150_i64) {
        let expired_at = OffsetDateTime::from(timestamp()) + time::Duration::seconds(end);
        let credentials = Credentials::new("AKIDEXAMPLE", SECRET).with_expiry(expired_at);
        let signer = Signer::new(credentials, "us-east-1", "service");
        let request = RawRequest { method: "GET", target: b"https://a/", headers: &[] };
        let presigned = signer.presign_raw_at(&request, Payload::Bytes(b""), Duration::from_secs(seconds.into()), timestamp());
        if end <= 0 {
            prop_assert_eq!(presigned.unwrap_err(), SignError::CredentialsExpired { expired_at });
        } else {
            let presigned = presigned.unwrap();
            let ends = i64::from(seconds).min(end) + timestamp().unix_timestamp();
            prop_assert_eq!(presigned.expires_at(), Timestamp::from_unix_timestamp(ends).unwrap());
            prop_assert_eq!(presigned.expires_with_credentials(), end < i64::from(seconds));
        }
    }

    #[test]
    fn a_parameter_of_signing_is_an_error_however_it_is_spelled(
        name in select(&RESERVED),
        escaped in any::<u32>(),
        lower in any::<bool>(),
        tail in select(&["", "=", "=1"]),
    ) {
        let spell = |(at, byte): (usize, u8)| match escaped >> (at % 32) & 1 {
            1 => format!("%{byte:02x}"),
            _ => char::from(byte).to_string(),
        };
        // In another case it is another name.
        let written = if lower { name.to_ascii_lowercase() } else { name.to_owned() };
        let spelled: String = written.bytes().enumerate().map(spell).collect();
        let target = format!("https://a/?b&{spelled}{tail}");
        let expected = if lower { Ok(()) } else { Err(SignError::Canonical(CanonicalError::SignedAlready { name })) };
        prop_assert_eq!(&query_of(target.as_bytes(), &[]).map(drop), &expected);
        prop_assert_eq!(&signature(Rules::DEFAULT, target.as_bytes(), &[]).map(drop), &expected);
    }
}
