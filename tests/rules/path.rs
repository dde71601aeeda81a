//! The path.

use countersign::CanonicalError;
use countersign::protocol::canonical::CanonicalUri;
use countersign::protocol::{PathNormalization, Rules};
use percent_encoding::percent_decode;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::strategies::path;
use super::{config, is_canonical};

const KEPT: Rules = Rules::DEFAULT.with_path_normalization(PathNormalization::Kept);

fn canonical(path: &[u8], rules: &Rules) -> String {
    CanonicalUri::new(path, rules).unwrap().to_string()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn dots_and_empty_segments_count_only_where_they_are_kept(
        path in path(),
        at in any::<Index>(),
        piece in select(&["/.", "/", "/x/.."]),
    ) {
        let slashes: Vec<usize> = (0..path.len()).filter(|at| path[*at] == b'/').collect();
        let mut other = path.clone();
        let slash = *at.get(&slashes);
        other.splice(slash..slash, piece.bytes());
        prop_assert_eq!(canonical(&path, &Rules::DEFAULT), canonical(&other, &Rules::DEFAULT));
        prop_assert_ne!(canonical(&path, &KEPT), canonical(&other, &KEPT));
        prop_assert_ne!(canonical(&path, &Rules::S3), canonical(&other, &Rules::S3));
    }

    #[test]
    fn a_resolved_path_never_climbs_and_ends_in_the_slash_that_it_came_with(path in path()) {
        let canonical = canonical(&path, &Rules::DEFAULT);
        let segments: Vec<&str> = canonical.strip_prefix('/').unwrap().split('/').collect();
        let (last, inner) = segments.split_last().unwrap();
        prop_assert!(inner.iter().all(|segment| !["", ".", ".."].contains(segment)));
        prop_assert!(![".", ".."].contains(last));
        prop_assert_eq!(canonical.ends_with('/'), path.ends_with(b"/") || canonical == "/");
    }

    #[test]
    fn a_path_is_encoded_once_more_than_it_travels(path in path()) {
        let canonical = canonical(&path, &KEPT);
        prop_assert!(is_canonical(&canonical, "/"), "{}", canonical);
        prop_assert_eq!(percent_decode(canonical.as_bytes()).collect::<Vec<u8>>(), path);
    }

    #[test]
    fn a_path_of_s3_is_encoded_once_and_no_escape_becomes_a_slash(path in path()) {
        let canonical = canonical(&path, &Rules::S3);
        prop_assert!(is_canonical(&canonical, "/"), "{}", canonical);
        let decoded = |text: &[u8]| percent_decode(text).collect::<Vec<u8>>();
        let segments = |path: &[u8]| path.split(|byte| *byte == b'/').map(decoded).collect::<Vec<_>>();
        prop_assert_eq!(segments(canonical.as_bytes()), segments(&path));
    }

    #[test]
    fn what_does_not_begin_with_a_slash_is_no_path(first in 0_u8..=255, path in path()) {
        prop_assume!(first != b'/');
        let path = [&[first], path.as_slice()].concat();
        for rules in [Rules::DEFAULT, KEPT, Rules::S3] {
            prop_assert_eq!(CanonicalUri::new(&path, &rules).unwrap_err(), CanonicalError::PathNotAbsolute);
        }
    }
}
