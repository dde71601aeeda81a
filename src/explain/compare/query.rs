//! The query, parameter by parameter.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Comparison, Line};
use crate::explain::cause::Cause;
use crate::explain::mask::Mask;
use crate::explain::report::Finding;
use crate::explain::signature;
use crate::explain::token;
use crate::protocol::canonical::CanonicalQuery;
use crate::protocol::{Plus, SessionTokenName};

/// How many names of a kind are listed.
const LISTED: usize = 5;

impl Comparison<'_> {
    pub(super) fn query(&self) -> Vec<Finding> {
        let (Some(here), Some(server)) = (self.here.query, self.server.query) else {
            return Vec::new();
        };
        // Without a line that follows it may be cut off.
        let is_whole = self.server.signed_headers.is_some() || !self.server.headers.is_empty();
        if here == server || !is_whole {
            return Vec::new();
        }
        let difference =
            Line { number: 3, name: "the query", here, server }.difference(&self.ours.mask);
        let mut found: Vec<Finding> = self.own_parameters(here, server).into_iter().collect();
        found.extend(self.authorization());
        if found.is_empty() && !own(here).eq(own(server)) {
            found.push(order());
        }
        found.into_iter().map(|finding| finding.with_evidence(&*difference)).collect()
    }

    /// Those that the caller gave.
    fn own_parameters(&self, here: &str, server: &str) -> Option<Finding> {
        let (mut ours, mut theirs): (Vec<&str>, Vec<&str>) =
            (own(here).collect(), own(server).collect());
        if ours == theirs {
            return None;
        }
        let other = match self.ours.signer.rules().plus {
            Plus::Literal => Plus::Space,
            Plus::Space => Plus::Literal,
        };
        let by_other_plus = CanonicalQuery::new(self.ours.query, other).to_string();
        if own(&by_other_plus).eq(own(server)) {
            return Some(plus(other));
        }
        ours.sort_unstable();
        theirs.sort_unstable();
        if ours == theirs {
            return Some(order());
        }
        let missing = without(&ours, &theirs);
        let added = without(&theirs, &ours);
        Some(changed(&missing, &added, &self.ours.mask))
    }

    /// Those that presigning adds.
    fn authorization(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let both = |name| (self.here.parameter(name), self.server.parameter(name));
        if let (Some(here), Some(server)) = both("X-Amz-Credential") {
            found.extend(signature::credential(here, server, self.ours));
        }
        if let (Some(here), Some(server)) = both("X-Amz-Date")
            && here != server
        {
            found.push(signature::time(server, self.ours));
        }
        for name in [SessionTokenName::Security, SessionTokenName::S3Session] {
            match both(name.parameter()) {
                (Some(here), Some(server)) if here != server => found.push(token::other()),
                (Some(_), None) => found.push(token::missing()),
                (None, Some(_)) => found.push(self.token_of_server_only()),
                _ => {}
            }
        }
        found
    }
}

/// The parameters that presigning does not add, in their order.
fn own(query: &str) -> impl Iterator<Item = &str> {
    let is_added = |name: &str| {
        let tokens = [SessionTokenName::Security, SessionTokenName::S3Session];
        ["X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders"].contains(&name)
            || tokens.iter().any(|token| token.parameter() == name)
    };
    query.split('&').filter(move |pair| !pair.is_empty() && !is_added(name(pair)))
}

fn name(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

/// What is in one sorted list and not in the other, as often as that is so.
fn without<'q>(list: &[&'q str], other: &[&str]) -> Vec<&'q str> {
    let mut other = other.iter().peekable();
    let mut left = Vec::new();
    for pair in list {
        while other.next_if(|o| *o < pair).is_some() {}
        if other.next_if(|o| *o == pair).is_none() {
            left.push(*pair);
        }
    }
    left
}

fn order() -> Finding {
    Finding::new(
        Cause::QueryOrder,
        "the same parameters stand in another order",
        "sort by encoded name, then by encoded value: this crate does, so the request that failed was signed by \
         another, or the server does not sort",
    )
}

fn plus(server: Plus) -> Finding {
    let (problem, remedy) = match server {
        Plus::Literal => (
            "a `+` in the query is signed as a space (%20), and the server takes it for a plus (%2B)",
            "write %2B for a plus and %20 for a space; or sign with Plus::Literal",
        ),
        Plus::Space => (
            "a `+` in the query is signed as a plus (%2B), and the server takes it for a space (%20)",
            "write %2B for a plus and %20 for a space; or sign with Plus::Space",
        ),
    };
    Finding::new(Cause::QueryPlus, problem, remedy)
}

fn changed(missing: &[&str], added: &[&str], mask: &Mask) -> Finding {
    let alike = |spelled: fn(&str) -> String| {
        missing.len() == added.len() && {
            let mut pairs: Vec<_> = missing.iter().map(|pair| spelled(pair)).collect();
            let mut others: Vec<_> = added.iter().map(|pair| spelled(pair)).collect();
            pairs.sort_unstable();
            others.sort_unstable();
            pairs == others
        }
    };
    if alike(|pair| pair.replace("%20", "+").replace("%2B", "+")) {
        return Finding::new(
            Cause::QueryPlus,
            "a space or a plus in the query arrived as the other: `+`, %20 and %2B are mixed up on the way",
            "write %20 for a space and %2B for a plus, and let no client or proxy write the query anew",
        );
    }
    let hint = match alike(|pair| pair.replace("%25", "%").to_ascii_uppercase()) {
        true => "they are encoded once more, or once less, on the way: ",
        false => "",
    };
    let remedy = format!(
        "{hint}sign the query as it is sent, and let no client or proxy add, drop or encode parameters afterwards"
    );
    let finding = Finding::new(
        Cause::QueryChanged,
        "other parameters arrived than those that are signed",
        remedy,
    );
    let listed = |finding: Finding, what: &str, pairs: &[&str]| {
        if pairs.is_empty() {
            return finding;
        }
        let names: Vec<String> = pairs.iter().take(LISTED).map(|pair| mask.line(pair)).collect();
        let more = if pairs.len() > LISTED { ", …" } else { "" };
        finding.with_evidence(format!("{what}: {}{more}", names.join(", ")))
    };
    listed(
        listed(finding, "signed here, not at the server", missing),
        "at the server, not signed here",
        added,
    )
}
