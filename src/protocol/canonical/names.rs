//! The list of signed headers that a client sends.

use core::cmp::Ordering;

use crate::protocol::encoding::holds;
use crate::protocol::names::{AUTHORITY, HOST};
use crate::protocol::scratch::Scratch;

/// The names of the headers that a client says it signed: in lower case, sorted, none twice.
pub(crate) struct SignedNames<'a>(Scratch<&'a [u8], 36>);

/// So many names are looked through faster than they are searched.
const FEW: usize = 8;

impl<'a> SignedNames<'a> {
    pub(crate) fn new() -> Self {
        Self(Scratch::new())
    }

    /// Reads a text such as `host;x-amz-date`, in place, since so large a value is costly to hand on. Whether it is in that
    /// form: one in another is not what was signed, since every signer sorts it.
    pub(crate) fn read(&mut self, text: &'a [u8]) -> bool {
        if text.is_empty() {
            return true;
        }
        let mut last = &b""[..];
        for name in text.split(|byte| *byte == b';') {
            if name <= last {
                return false;
            }
            self.0.push(name);
            last = name;
        }
        !holds(text, |byte| byte.is_ascii_uppercase())
    }

    pub(crate) fn as_slice(&self) -> &[&'a [u8]] {
        self.0.as_slice()
    }

    /// Whether a name, in any case, is in the list.
    pub(crate) fn contains(&self, name: &str) -> bool {
        let (names, name) = (self.as_slice(), name.as_bytes());
        if names.len() <= FEW {
            // Most names are in lower case.
            names.iter().any(|listed| *listed == name || listed.eq_ignore_ascii_case(name))
        } else if holds(name, |byte| byte.is_ascii_uppercase()) {
            names.binary_search_by(|listed| compare(listed, name)).is_ok()
        } else {
            names.binary_search(&name).is_ok()
        }
    }

    /// Whether the host is signed, under either of its names.
    pub(crate) fn contain_host(&self) -> bool {
        self.contains(HOST) || self.contains(AUTHORITY)
    }
}

/// Whether a header, its name in any case, has a name that is given in lower case. So are most names.
#[inline]
pub(crate) fn is_named(name: &str, lower_case: &str) -> bool {
    name == lower_case || name.eq_ignore_ascii_case(lower_case)
}

/// Compares names, whatever their case.
pub(super) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_list_is_in_lower_case_sorted_and_without_repeats() {
        for text in ["", "host", ":authority;host", "a;b;b-c;bc", "host;x-amz-date"] {
            let mut names = SignedNames::new();
            assert!(names.read(text.as_bytes()), "{text}");
            assert_eq!(names.as_slice().join(&b';'), text.as_bytes());
        }
        for text in ["Host", "b;a", "a;a", ";", ";a", "a;", "a;;b", "a;B"] {
            assert!(!SignedNames::new().read(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_name_is_found_in_any_case_however_many_there_are() {
        for end in [12, 99] {
            let text: Vec<_> = (10..end).map(|n| format!("x-{n}")).collect();
            let text = text.join(";");
            let mut names = SignedNames::new();
            assert!(names.read(text.as_bytes()));
            for n in 10..end {
                assert!(names.contains(&format!("X-{n}")) && names.contains(&format!("x-{n}")));
            }
            let others = ["", "x-", "x-9", "X-9", "x-100", "X-100", "y", "Y", "w"];
            assert!(!others.iter().any(|name| names.contains(name)));
        }
    }
}
