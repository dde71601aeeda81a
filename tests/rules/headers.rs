//! The headers, and the host.

use countersign::protocol::canonical::{NEVER_PRESIGNED, NEVER_SIGNED};
use countersign::protocol::{Payload, RawRequest, Rules, SignedHeaders};
use countersign::{CanonicalError, SignError};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::reference::canonical_value;
use super::strategies::value;
use super::{config, presigned, signature, signer, timestamp};

const URL: &[u8] = b"https://db.example/status";
const EXCLUDING: Rules = Rules::DEFAULT.with_excluded_headers(&["Content-Length", "x-amz-meta-a"]);
const MINIMAL: Rules = Rules::DEFAULT.with_signed_headers(SignedHeaders::Minimal);

fn in_any_case(name: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (name, any::<u64>()).prop_map(|(name, upper)| {
        let turn = |(at, c): (usize, char)| match upper >> (at % 64) & 1 {
            1 => c.to_ascii_uppercase(),
            _ => c,
        };
        name.chars().enumerate().map(turn).collect()
    })
}

fn words() -> impl Strategy<Value = Vec<String>> {
    vec("[!-~é]{1,3}", 0..4)
}

fn blanks() -> impl Strategy<Value = &'static str> {
    select(&[" ", "  ", "\t", " \t ", "\n ", "\r\n\t"])
}

/// A URL's authority: userinfo, name, and a port that may go without saying.
fn authority() -> impl Strategy<Value = (&'static str, &'static str, String, Option<u16>)> {
    let scheme = select(&["http", "https", "ws", "wss", "HTTPS"]);
    let user = select(&["", "", "user@", "user:pa%40ss@"]);
    let name = prop_oneof!["[a-zA-Z][a-zA-Z0-9.]{0,6}", Just("[2001:DB8::1]".to_owned())];
    let port = prop_oneof![
        Just(None),
        select(&[80, 443, 8182]).prop_map(Some),
        any::<u16>().prop_map(Some)
    ];
    (scheme, user, name, port)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_never_signed_makes_no_difference(
        name in in_any_case(prop_oneof![
            select(&NEVER_SIGNED).prop_map(str::to_owned),
            "(sec-websocket-|x-forwarded-)[a-z]{0,3}",
        ]),
        value in value(),
    ) {
        let header = [(name.as_str(), value.as_slice())];
        prop_assert_eq!(signature(Rules::DEFAULT, URL, &header), signature(Rules::DEFAULT, URL, &[]));
        if !name.eq_ignore_ascii_case("authorization") {
            prop_assert_eq!(presigned::query_of(URL, &header), presigned::query_of(URL, &[]));
        }
    }

    #[test]
    fn what_presigning_leaves_out_is_signed_in_a_header(
        name in in_any_case(select(&NEVER_PRESIGNED).prop_map(str::to_owned)),
        value in value(),
    ) {
        let header = [(name.as_str(), value.as_slice())];
        prop_assert_eq!(presigned::query_of(URL, &header), presigned::query_of(URL, &[]));
        prop_assert_ne!(signature(Rules::DEFAULT, URL, &header), signature(Rules::DEFAULT, URL, &[]));
    }

    #[test]
    fn rules_leave_out_what_they_exclude_or_do_not_name(
        excluded in in_any_case(select(&["content-length", "x-amz-meta-a"]).prop_map(str::to_owned)),
        unnamed in in_any_case("(x|range|x-amx-a|content-typ|y-amz-)[a-z]?"),
        named in in_any_case("(content-type|x-amz-[a-z]{0,3})"),
        value in value(),
    ) {
        prop_assume!(!unnamed.eq_ignore_ascii_case("content-type"));
        let signature = |rules, name: &str| signature(rules, URL, &[(name, &value)]).unwrap();
        let without = super::signature(Rules::DEFAULT, URL, &[]).unwrap();
        prop_assert_eq!(&signature(EXCLUDING, &excluded), &without);
        prop_assert_ne!(&signature(EXCLUDING, &unnamed), &without);
        prop_assert_eq!(&signature(MINIMAL, &unnamed), &without);
        prop_assert_ne!(&signature(MINIMAL, &named), &without);
    }

    #[test]
    fn runs_of_blanks_and_folds_are_one_space_and_none_at_the_ends(
        words in words(),
        blank in blanks(),
        ends in (blanks(), blanks()),
    ) {
        let folded = format!("{}{}{}", ends.0, words.join(blank), ends.1);
        let plain = words.join(" ");
        prop_assert_eq!(
            signature(Rules::DEFAULT, URL, &[("a", folded.as_bytes())]),
            signature(Rules::DEFAULT, URL, &[("a", plain.as_bytes())])
        );
    }

    #[test]
    fn values_of_one_name_are_joined_in_their_order(first in value(), second in value()) {
        let sign = |headers: &[(&str, &[u8])]| signature(Rules::DEFAULT, URL, headers).unwrap();
        let [first, second] = [first, second].map(|value| canonical_value(&value).unwrap());
        let joined = [first.as_slice(), b",", &second].concat();
        let apart = sign(&[("a", &first), ("A", &second)]);
        prop_assert_eq!(&apart, &sign(&[("a", &joined)]));
        let swapped = [second.as_slice(), b",", &first].concat();
        prop_assert_eq!(joined == swapped, apart == sign(&[("A", &second), ("a", &first)]));
    }

    #[test]
    fn what_could_forge_a_line_is_an_error(
        before in "[a-z ]{0,3}",
        forgery in select(&["\0", "\r", "\n", "\r\n", "\n\n ", "\r \n"]),
        after in "[a-z]{0,3}",
    ) {
        let value = format!("{before}{forgery}{after}");
        let error = signature(Rules::DEFAULT, URL, &[("a", value.as_bytes())]).unwrap_err();
        let at = before.len();
        prop_assert_eq!(error, SignError::Canonical(CanonicalError::HeaderValue { name: "a".to_owned(), at }));
        let forged = |target: String| signature(Rules::DEFAULT, target.as_bytes(), &[]);
        let targets = [format!("https://a/{value}"), format!("https://a/?{value}")];
        prop_assert!(targets.into_iter().all(|target| forged(target).is_err()));
        prop_assert!(signature(Rules::DEFAULT, URL, &[(&value, b"")]).is_err());
    }

    #[test]
    fn the_host_is_what_clients_send((scheme, user, name, port) in authority()) {
        let lower = name.to_ascii_lowercase();
        let implied = if ["http", "ws"].contains(&scheme) { 80 } else { 443 };
        let shown = |name: &str, port: Option<u16>| port.map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        let host = shown(&lower, port.filter(|port| *port != implied));
        let written = format!("{user}{}", shown(&name, port));
        let url = format!("{scheme}://{written}/status");

        let (signer, payload) = (signer(Rules::DEFAULT), Payload::Bytes(b""));
        let request = RawRequest { method: "GET", target: url.as_bytes(), headers: &[] };
        let signed = signer.sign_raw_at(&request, payload, timestamp()).unwrap();
        let set = signed.clone().into_headers();
        let set = set.iter().find(|header| header.name == "host");
        // Some clients leave out a port that goes without saying for another scheme, too.
        let is_surely_sent = host == written && !matches!(port, Some(0 | 80 | 443));
        prop_assert_eq!(set.map(|header| header.value), (!is_surely_sent).then_some(host.as_bytes()));
        let explicit = signature(Rules::DEFAULT, b"/status", &[("Host", host.as_bytes())]).unwrap();
        prop_assert_eq!(signed.stages().signature().as_str(), explicit);
    }

    #[test]
    fn an_explicit_host_is_signed_as_it_stands(host in "[a-zA-Z][a-zA-Z.]{0,6}(:(80|443))?", at in any::<Index>()) {
        let explicit = |host: &str| signature(Rules::DEFAULT, URL, &[("host", host.as_bytes())]).unwrap();
        prop_assert_eq!(explicit(&format!(" {host}\t")), explicit(&host));
        let mut other = host.clone().into_bytes();
        let at = at.index(other.len());
        other[at] ^= 0x20;
        prop_assert_ne!(explicit(&String::from_utf8_lossy(&other)), explicit(&host));
    }
}
