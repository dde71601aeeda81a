//! A query, with `+` a space or itself.

use arbitrary::Arbitrary;
use countersign::protocol::Plus;
use countersign::protocol::canonical::CanonicalQuery;

use super::reference::canonical_query;

#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    plus_is_space: bool,
    query: &'a [u8],
}

impl Input<'_> {
    pub fn check(&self) {
        let ours = self.ours(self.query);
        assert_eq!(ours.as_bytes(), canonical_query(self.query, self.plus_is_space));
        assert_eq!(self.ours(ours.as_bytes()), ours, "a canonical query is its own");
        let reversed: Vec<&[u8]> = self.query.split(|byte| *byte == b'&').rev().collect();
        assert_eq!(
            self.ours(&reversed.join(&b'&')),
            ours,
            "the order of parameters does not matter"
        );
    }

    /// What is written and what is shown are one.
    fn ours(&self, query: &[u8]) -> String {
        let plus = if self.plus_is_space { Plus::Space } else { Plus::Literal };
        let query = CanonicalQuery::new(query, plus);
        let mut written = Vec::new();
        query.write(&mut written);
        let written = String::from_utf8(written).expect("every byte beyond ASCII is encoded");
        assert_eq!(written, query.to_string());
        written
    }
}
