//! The list of signed headers that a client sends.

use core::cmp::Ordering;

use super::sent::{AUTHORITY, HOST};
use crate::protocol::scratch::Scratch;

/// The names of the headers that a client says it signed: in lower case, sorted, none twice.
pub(crate) struct SignedNames<'a>(Scratch<&'a str, 36>);

impl<'a> SignedNames<'a> {
    /// Of a text such as `host;x-amz-date`. One in another form is not what was signed, since every signer sorts it.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut names = Scratch::Empty;
        let mut last = "";
        for name in text.split(';').filter(|_| !text.is_empty()) {
            if name <= last || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                return None;
            }
            names.push(name);
            last = name;
        }
        Some(Self(names))
    }

    pub(crate) fn as_slice(&self) -> &[&'a str] {
        self.0.as_slice()
    }

    /// Whether a name, in any case, is in the list.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.as_slice().binary_search_by(|listed| compare(listed, name)).is_ok()
    }

    /// Whether the host is signed, under either of its names.
    pub(crate) fn contain_host(&self) -> bool {
        self.contains(HOST) || self.contains(AUTHORITY)
    }
}

/// Compares names, whatever their case.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    fn lower(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().map(|byte| byte.to_ascii_lowercase())
    }
    lower(a).cmp(lower(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_list_is_in_lower_case_sorted_and_without_repeats() {
        for text in ["", "host", ":authority;host", "a;b;b-c;bc", "host;x-amz-date"] {
            let names = SignedNames::parse(text).unwrap();
            assert_eq!(names.as_slice().join(";"), text);
        }
        for text in ["Host", "b;a", "a;a", ";", ";a", "a;", "a;;b", "a;B"] {
            assert!(SignedNames::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_name_is_found_in_any_case() {
        let text: Vec<_> = (10..99).map(|n| format!("x-{n}")).collect();
        let text = text.join(";");
        let names = SignedNames::parse(&text).unwrap();
        assert!((10..99).all(|n| names.contains(&format!("X-{n}"))));
        assert!(!["", "x-", "x-9", "x-100", "y", "w"].iter().any(|name| names.contains(name)));
    }
}
