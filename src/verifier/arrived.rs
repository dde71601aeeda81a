//! A request that arrived, borrowed.

use crate::protocol::Scratch;
use crate::protocol::canonical::Parts;

#[derive(Clone, Copy)]
pub(crate) struct Arrived<'a> {
    pub(crate) parts: Parts<'a>,
    pub(crate) headers: ArrivedHeaders<'a>,
}

/// Headers, in the type in which they arrived.
#[derive(Clone, Copy)]
pub(crate) enum ArrivedHeaders<'a> {
    Pairs(&'a [(&'a str, &'a [u8])]),
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "what makes one is an adapter"))]
    Other(&'a (dyn ToPairs + Sync)),
}

/// Another library's type for headers.
pub(crate) trait ToPairs {
    /// In the order in which they came: names in lower case, unless the parts of the request say otherwise; values of any bytes.
    fn put_pairs<'h>(&'h self, pairs: &mut Scratch<(&'h str, &'h [u8]), 32>);
}

impl<'a> ArrivedHeaders<'a> {
    /// Does something with all of them.
    pub(super) fn with_pairs<T>(self, work: impl FnOnce(&[(&'a str, &'a [u8])]) -> T) -> T {
        match self {
            Self::Pairs(pairs) => work(pairs),
            Self::Other(other) => {
                let mut pairs = Scratch::new();
                other.put_pairs(&mut pairs);
                work(pairs.as_slice())
            }
        }
    }
}
