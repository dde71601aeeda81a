//! Payload, string to sign, key, Authorization, and a second signing.

use core::time::Duration;

use countersign::protocol::{
    Payload, PayloadHash, PayloadHasher, RawRequest, Rules, Scope, SessionToken, SigningKey,
};
use countersign::{Credentials, Signer};
use http::Request;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{SECRET, config, reference, signer, timestamp};

const URL: &str = "https://db.example/status";

fn temporary(token: &str) -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET).with_session_token(token)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_body_its_pieces_and_its_hash_sign_alike(pieces in vec(vec(any::<u8>(), 0..70), 0..4), given in "[!-~]{1,9}") {
        let body = pieces.concat();
        let mut hasher = PayloadHasher::new();
        pieces.iter().for_each(|piece| hasher.update(piece));
        let signer = signer(Rules::S3);
        // What the request says of its hash does not count.
        let given = [("x-amz-content-sha256", given.as_bytes())];
        let sign = |payload, headers| {
            let request = RawRequest { method: "PUT", target: URL.as_bytes(), headers };
            let signed = signer.sign_raw_at(&request, payload, timestamp()).unwrap();
            let authorization = signed.authorization().to_string();
            let sent = signed.into_headers();
            let sent = sent.iter().find(|header| header.name == "x-amz-content-sha256");
            (authorization, sent.unwrap().value.to_vec())
        };
        let of_body = sign(Payload::Bytes(&body), &[]);
        prop_assert_eq!(&of_body, &sign(Payload::Hash(hasher.finish()), &given));
        let hash = PayloadHash::from(Payload::Bytes(&body)).to_string();
        prop_assert_eq!(&of_body.1, hash.as_bytes());
        let unsigned = sign(Payload::Unsigned, &given);
        prop_assert_eq!(unsigned.1, b"UNSIGNED-PAYLOAD");
        prop_assert_ne!(of_body.0, unsigned.0);
    }

    #[test]
    fn four_lines_are_signed_by_a_key_of_the_day_and_stand_in_a_header_of_one_form(
        id in "[!-+.0-~-]{1,5}",
        secret in "[!-~]([ -~]{0,90}[!-~])?",
        region in "[a-z0-9-]{1,5}",
        service in "[a-z0-9-]{1,5}",
    ) {
        let request = RawRequest { method: "GET", target: URL.as_bytes(), headers: &[] };
        let signer = Signer::new(Credentials::new(&id, &secret), &region, &service);
        let signed = signer.sign_raw_at(&request, Payload::Bytes(b""), timestamp()).unwrap();
        let scope = format!("20150830/{region}/{service}/aws4_request");
        let stages = signed.stages();
        let hash = PayloadHash::from(Payload::Bytes(stages.canonical_request().to_string().as_bytes())).to_string();
        let text = format!("AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{hash}");
        prop_assert_eq!(&stages.string_to_sign().to_string(), &text);

        let scope_of_key = Scope::new("20150830".parse().unwrap(), &region, &service).unwrap();
        let key = SigningKey::derive(secret.as_bytes(), scope_of_key).unwrap();
        let signature = key.sign(text.as_bytes());
        prop_assert_eq!(signature.as_str(), stages.signature().as_str());
        prop_assert_eq!(signed.authorization().to_string(), format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
        ));
        // On a machine without the secret.
        let of_key = Signer::from_signing_key(&id, key, None);
        let signed_by_key = of_key.sign_raw_at(&request, Payload::Bytes(b""), timestamp()).unwrap();
        prop_assert_eq!(signed_by_key.authorization().to_string(), signed.authorization().to_string());
    }

    #[test]
    fn a_signed_request_can_be_signed_again(
        first_token in "[A-Za-z0-9+/=]{0,9}",
        token in "[A-Za-z0-9+/=]{0,9}",
        hours in 0..48_i64,
        is_s3 in any::<bool>(),
    ) {
        let rules = if is_s3 { Rules::S3 } else { Rules::DEFAULT };
        let signer = |token: &str| Signer::new(temporary(token), "us-east-1", "service").with_rules(rules);
        let fresh = Request::get(URL).header("a", "b").body("body").unwrap();
        let later = timestamp().checked_add(time::Duration::hours(hours)).unwrap();
        let (mut twice, mut once) = (fresh.clone(), fresh);
        signer(&first_token).sign_at(&mut twice, timestamp()).unwrap();
        signer(&token).sign_at(&mut twice, later).unwrap();
        signer(&token).sign_at(&mut once, later).unwrap();
        prop_assert_eq!(once.headers(), twice.headers());
        prop_assert_eq!(once.uri(), URL);
    }

    #[test]
    fn a_token_is_sent_and_signed_or_only_sent(token in "[A-Za-z0-9+/=&% ]{1,9}[a-z]") {
        let token = token.trim_start();
        let request = RawRequest { method: "GET", target: URL.as_bytes(), headers: &[] };
        let rules = Rules::DEFAULT.with_session_token(SessionToken::Unsigned);
        let signer_by = |rules| Signer::new(temporary(token), "us-east-1", "service").with_rules(rules);
        let signers = [signer_by(Rules::DEFAULT), signer_by(rules)];
        let plain = signer(Rules::DEFAULT);
        let payload = Payload::Bytes(b"");
        let without = plain.sign_raw_at(&request, payload, timestamp()).unwrap();
        let presigned_without = plain.presign_raw_at(&request, payload, Duration::from_secs(9), timestamp()).unwrap();
        for (signer, is_signed) in signers.iter().zip([true, false]) {
            let signed = signer.sign_raw_at(&request, payload, timestamp()).unwrap();
            let sent = signed.clone().into_headers();
            let sent = sent.iter().find(|header| header.name == "x-amz-security-token").unwrap();
            prop_assert_eq!(sent.value, token.as_bytes());
            prop_assert_eq!(signed.stages().signature().as_str() == without.stages().signature().as_str(), !is_signed);

            let presigned = signer.presign_raw_at(&request, payload, Duration::from_secs(9), timestamp()).unwrap();
            let parameters = reference::parse_query(presigned.to_string().as_bytes(), true);
            let place = parameters.iter().position(|(name, _)| name == b"X-Amz-Security-Token").unwrap();
            prop_assert_eq!(&parameters[place].1, token.as_bytes());
            // Unsigned, it stands behind all that is signed.
            prop_assert_eq!(parameters[place + 1].0 == b"X-Amz-Signature", !is_signed);
            let is_same = presigned.stages().signature().as_str() == presigned_without.stages().signature().as_str();
            prop_assert_eq!(is_same, !is_signed);
        }
    }
}
