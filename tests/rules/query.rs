//! The query.

use countersign::protocol::canonical::CanonicalQuery;
use countersign::protocol::{Plus, Rules};
use percent_encoding::percent_decode;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::strategies::query;
use super::{config, is_canonical, signature};

fn canonical(query: &[u8], plus: Plus) -> String {
    CanonicalQuery::new(query, plus).to_string()
}

/// A byte, and how it is written the first time and the second.
fn byte() -> impl Strategy<Value = (u8, [u8; 2])> {
    let byte = prop_oneof![select(&b"aZ0-.~ /?:&=+%\xC3\xA9\xFF"[..]), any::<u8>()];
    (byte, any::<[u8; 2]>())
}

fn write((byte, ways): &(u8, [u8; 2]), time: usize) -> Vec<u8> {
    match ways[time] % 3 {
        0 if !b"&=+%#\r\n\0".contains(byte) => vec![*byte],
        1 => format!("%{byte:02x}").into_bytes(),
        _ => format!("%{byte:02X}").into_bytes(),
    }
}

type Text = Vec<(u8, [u8; 2])>;

/// Names and values, and where each goes in another order.
fn parameters() -> impl Strategy<Value = Vec<(Text, Text, u8)>> {
    let text = |most| vec(byte(), 0..most);
    vec((text(3), text(3), any::<u8>()), 0..6)
}

fn spelled(parameters: &[(Text, Text, u8)], time: usize) -> Vec<u8> {
    let text = |text: &Text| text.iter().flat_map(|byte| write(byte, time)).collect::<Vec<u8>>();
    let pieces = parameters.iter().map(|(name, value, way)| {
        let (name, value) = (text(name), text(value));
        // `k` for `k=`; and an empty piece here and there.
        let is_bare = time == 1 && value.is_empty() && !name.is_empty();
        let equals: &[u8] = if is_bare { b"" } else { b"=" };
        let after: &[u8] = if time == 1 && way % 4 == 0 { b"&&" } else { b"&" };
        [&name, equals, &value, after].concat()
    });
    pieces.collect::<Vec<_>>().concat()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn equal_parameters_have_one_canonical_form_in_any_order_and_spelling(parameters in parameters()) {
        let mut others = parameters.clone();
        others.sort_by_key(|(_, _, place)| *place);
        for plus in [Plus::Space, Plus::Literal] {
            let once = canonical(&spelled(&parameters, 0), plus);
            prop_assert_eq!(&once, &canonical(&spelled(&others, 1), plus));
        }
    }

    #[test]
    fn all_bytes_and_duplicates_survive_sorted_by_name_and_then_by_value(parameters in parameters()) {
        let canonical = canonical(&spelled(&parameters, 0), Plus::Space);
        prop_assert!(is_canonical(&canonical, "&="), "{}", canonical);
        let pieces = canonical.split('&').filter(|piece| !piece.is_empty());
        let pairs: Vec<_> = pieces.map(|piece| piece.split_once('=').unwrap()).collect();
        prop_assert!(pairs.is_sorted(), "two keys, not one text: {:?}", pairs);
        let decoded = |text: &str| percent_decode(text.as_bytes()).collect::<Vec<u8>>();
        let mut found: Vec<_> = pairs.into_iter().map(|(n, value)| (decoded(n), decoded(value))).collect();
        let bytes = |text: &Text| text.iter().map(|(byte, _)| *byte).collect::<Vec<u8>>();
        let mut sent: Vec<_> = parameters.iter().map(|(n, value, _)| (bytes(n), bytes(value))).collect();
        found.sort();
        sent.sort();
        prop_assert_eq!(found, sent);
    }

    #[test]
    fn a_raw_plus_is_what_the_rules_say(query in query()) {
        for (plus, escape) in [(Plus::Space, "%20"), (Plus::Literal, "%2B")] {
            let escaped: Vec<u8> = query.split(|byte| *byte == b'+').collect::<Vec<_>>().join(escape.as_bytes());
            let canonical = canonical(&query, plus);
            prop_assert!(!canonical.contains('+'));
            // Where that does not complete a broken escape before it.
            let is_cut = |it: &[u8]| it[0] == b'%' && it[1..].contains(&b'+');
            let is_broken = query.windows(3).any(is_cut) || query.ends_with(b"%+");
            if !is_broken {
                prop_assert_eq!(canonical, self::canonical(&escaped, plus));
            }
        }
    }

    #[test]
    fn a_broken_escape_is_a_literal_percent_sign(
        before in "[a-z&=]{0,4}",
        broken in select(&["%", "%4", "%zz", "%%41", "%4g", "%é"]),
        after in "(&[a-z=]{0,4})?",
    ) {
        let sent = format!("{before}{broken}{after}");
        let literal = sent.replacen('%', "%25", 1);
        prop_assert_eq!(canonical(sent.as_bytes(), Plus::Space), canonical(literal.as_bytes(), Plus::Space));
        let target = format!("https://a/?{sent}");
        prop_assert!(signature(Rules::DEFAULT, target.as_bytes(), &[]).is_ok());
    }
}
