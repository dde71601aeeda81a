//! The canonical query.

use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;

use crate::protocol::encoding::{self, Decoded, rank, reencode};
use crate::protocol::rules::Plus;
use crate::protocol::scratch::Scratch;
use crate::protocol::sink::{Sink, Text};

/// The parameters of a query, decoded, sorted and encoded anew
/// ([AWS: create a canonical request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).
///
/// ```
/// use countersign::protocol::{Plus, canonical::Query};
///
/// let query = Query::new(b"Param-3=c&&Param=b+%7e&k&Param=a", Plus::Space);
/// assert_eq!(query.to_string(), "Param=a&Param=b%20~&Param-3=c&k=");
/// ```
#[derive(Clone, Copy)]
pub struct Query<'a> {
    sent: &'a [u8],
    plus: Plus,
    left_out: [&'static str; 2],
}

/// The parameters in their order. Sorted where they are written, since it is large and a query is written once or twice.
pub(crate) struct Sorted<'a> {
    parameters: Scratch<Given<'a>, 32>,
    plus: Plus,
}

/// A parameter as it was sent.
#[derive(Clone, Copy, Default)]
struct Given<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

impl<'a> Query<'a> {
    /// The query as it is sent, without its `?`.
    ///
    /// Pieces are parted by `&`, a name from its value by the first `=`; an empty piece is dropped.
    #[must_use]
    pub fn new(sent: &'a [u8], plus: Plus) -> Self {
        Self { sent, plus, left_out: [""; 2] }
    }

    /// The same query without the parameters of these names, compared decoded. An empty one stands for none.
    pub(crate) fn without(self, left_out: [&'static str; 2]) -> Self {
        Self { left_out, ..self }
    }

    /// Writes the query.
    pub fn write(&self, sink: &mut impl Sink) {
        if self.sent.is_empty() {
            return;
        }
        let sorted = self.sorted();
        sorted.write_range(0..sorted.len(), &mut b"".as_slice(), sink);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    pub(crate) fn sorted(&self) -> Sorted<'a> {
        let Self { plus, left_out, .. } = *self;
        let mut sorted = Sorted { parameters: Scratch::new(), plus };
        let parameters = &mut sorted.parameters;
        for given in split(self.sent) {
            let is =
                |name: &&str| !name.is_empty() && Decoded::new(given.name, plus).eq(name.bytes());
            if !left_out.iter().any(is) {
                parameters.push(given);
            }
        }
        // What compares equal is written alike, so the order of equals is free.
        parameters.as_mut_slice().sort_unstable_by(|a, b| a.cmp(b, plus));
        sorted
    }
}

impl Sorted<'_> {
    /// How many parameters there are.
    pub(crate) fn len(&self) -> usize {
        self.parameters.as_slice().len()
    }

    /// How many parameters sort before a name that needs no encoding.
    pub(crate) fn count_before(&self, name: &str) -> usize {
        self.parameters.as_slice().partition_point(|given| given.sorts_before(name, self.plus))
    }

    /// Writes some of the parameters, each behind a separator: none before the first that is written.
    pub(crate) fn write_range(
        &self,
        range: Range<usize>,
        separator: &mut &[u8],
        sink: &mut impl Sink,
    ) {
        for given in self.parameters.as_slice().get(range).unwrap_or_default() {
            sink.put(separator);
            given.write(sink, self.plus);
            *separator = b"&";
        }
    }
}

/// The pieces of a query, parted by `&`, but for the empty ones.
pub(crate) fn pieces(sent: &[u8]) -> impl Iterator<Item = &[u8]> {
    encoding::split(sent, b'&').filter(|piece| !piece.is_empty())
}

/// A name is parted from its value by the first `=`.
fn split(sent: &[u8]) -> impl Iterator<Item = Given<'_>> {
    pieces(sent).map(|piece| {
        let equals = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
        let (name, value) = piece.split_at(equals);
        Given { name, value: value.get(1..).unwrap_or_default() }
    })
}

/// A query's parameters, name and value decoded, in the order in which they were sent.
pub(crate) fn decoded(sent: &[u8], plus: Plus) -> impl Iterator<Item = (Decoded<'_>, Decoded<'_>)> {
    split(sent).map(move |given| (Decoded::new(given.name, plus), Decoded::new(given.value, plus)))
}

impl Given<'_> {
    /// By name, then by value, each as it is encoded: never by the joined text, in which `-` sorts before `=`.
    fn cmp(&self, other: &Self, plus: Plus) -> Ordering {
        let ranks = |text| Decoded::new(text, plus).map(rank);
        ranks(self.name)
            .cmp(ranks(other.name))
            .then_with(|| ranks(self.value).cmp(ranks(other.value)))
    }

    fn sorts_before(&self, name: &str, plus: Plus) -> bool {
        Decoded::new(self.name, plus).map(rank).lt(name.bytes().map(rank))
    }

    fn write(&self, sink: &mut impl Sink, plus: Plus) {
        reencode(sink, self.name, plus);
        sink.put(b"=");
        reencode(sink, self.value, plus);
    }
}

impl fmt::Display for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} parameters)", self.sorted().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};

    fn canonical(query: &str) -> String {
        Query::new(query.as_bytes(), Plus::Space).to_string()
    }

    #[test]
    fn empty_pieces_are_dropped_and_values_may_be_missing() {
        for (sent, signed) in [
            ("", ""),
            ("&", ""),
            ("k", "k="),
            ("=", "="),
            ("=v", "=v"),
            ("a=1&&b=2&", "a=1&b=2"),
            ("a=b=c", "a=b%3Dc"),
            ("a?b=/:", "a%3Fb=%2F%3A"),
        ] {
            assert_eq!(canonical(sent), signed, "{sent}");
        }
    }

    #[test]
    fn sorts_by_encoded_name_and_then_by_encoded_value() {
        assert_eq!(canonical("Param-3=1&Param=2"), "Param=2&Param-3=1");
        assert_eq!(canonical("b=2&a=2&b=10&a=1"), "a=1&a=2&b=10&b=2");
        assert_eq!(canonical("a=%2D&%E1%88%B4=x&A=y&~=z&a=%FF"), "%E1%88%B4=x&A=y&a=%FF&a=-&~=z");
    }

    #[test]
    fn duplicates_stay() {
        assert_eq!(canonical("a=1&%61=%31&a=1"), "a=1&a=1&a=1");
    }

    #[test]
    fn bytes_that_are_not_utf_8_survive() {
        assert_eq!(canonical("%ff=%C3%28"), "%FF=%C3%28");
        assert_eq!(Query::new(b"\xFF", Plus::Space).to_string(), "%FF=");
    }

    #[test]
    fn a_broken_escape_is_a_literal_percent() {
        assert_eq!(canonical("a=%&b=%4&c=%zz"), "a=%25&b=%254&c=%25zz");
    }

    #[test]
    fn a_plus_is_what_the_rules_say() {
        assert_eq!(canonical("a=b+c%2B"), "a=b%20c%2B");
        assert_eq!(Query::new(b"a=b+c%2B", Plus::Literal).to_string(), "a=b%2Bc%2B");
        assert_eq!(Query::new(b"a+=1&a!=1", Plus::Literal).to_string(), "a%21=1&a%2B=1");
        assert_eq!(Query::new(b"a+=1&a!=1", Plus::Space).to_string(), "a%20=1&a%21=1");
    }

    #[test]
    fn any_number_of_parameters_is_sorted() {
        let sent: String = (0..1000).rev().map(|n| format!("p{n:04}=&")).collect();
        let signed: String = (0..1000).map(|n| format!("&p{n:04}=")).collect();
        assert_eq!(canonical(&sent), signed[1..]);
    }
}
