//! The path.

use alloc::string::String;
use alloc::vec::Vec;

use percent_encoding::percent_decode_str;

use super::{Comparison, Line};
use crate::explain::cause::Cause;
use crate::explain::report::Finding;
use crate::protocol::{PathEncoding, PathNormalization};

impl Comparison<'_> {
    pub(super) fn path(&self) -> Vec<Finding> {
        let (here, server) = (self.here.path, self.server.path);
        // Without the line that follows it may be cut off.
        if here == server || self.server.query.is_none() {
            return Vec::new();
        }
        let rules = self.ours.signer.rules();
        let other_encoding = match rules.path_encoding {
            PathEncoding::Double => PathEncoding::Single,
            PathEncoding::Single => PathEncoding::Double,
        };
        let other_normalization = match rules.path_normalization {
            PathNormalization::Kept => PathNormalization::Resolved,
            PathNormalization::Resolved => PathNormalization::Kept,
        };
        let encoded = rules.with_path_encoding(other_encoding);
        let normalized = rules.with_path_normalization(other_normalization);
        let both = encoded.with_path_normalization(other_normalization);
        let is_by = |rules| self.ours.path_by(rules) == server;
        let mut found = Vec::new();
        if is_by(&encoded) {
            found.push(encoding(rules.path_encoding));
        } else if is_by(&normalized) {
            found.push(normalization(rules.path_normalization));
        } else if is_by(&both) {
            found.push(encoding(rules.path_encoding));
            found.push(normalization(rules.path_normalization));
        } else {
            let remedy = format!("{}sign the path as it arrives", hint(here, server));
            found.push(Finding::new(
                Cause::PathChanged,
                "another path arrived than the one that is signed",
                remedy,
            ));
        }
        let line = Line { number: 2, name: "the path", here, server };
        let difference = line.difference(&self.ours.mask);
        found.into_iter().map(|finding| finding.with_evidence(&*difference)).collect()
    }
}

fn encoding(here: PathEncoding) -> Finding {
    let (problem, remedy) = match here {
        PathEncoding::Double => (
            "the path is signed encoded twice, and the server encodes it once, as S3 does",
            "sign by the rules of S3: Signer::s3 (--s3), or PathEncoding::Single",
        ),
        PathEncoding::Single => (
            "the path is signed encoded once, and the server encodes it twice, as all services but S3 do",
            "sign by Rules::DEFAULT (without --s3), or PathEncoding::Double",
        ),
    };
    Finding::new(Cause::PathEncoding, problem, remedy)
}

fn normalization(here: PathNormalization) -> Finding {
    let (problem, remedy) = match here {
        PathNormalization::Resolved => (
            "the path is signed without its dots and empty segments, and the server signs it as it is, as S3 does",
            "sign by the rules of S3: Signer::s3 (--s3), or PathNormalization::Kept; or send no `.`, `..` or `//`",
        ),
        PathNormalization::Kept => (
            "the path is signed as it is, and the server resolves dots and empty segments, as all services but S3 do",
            "sign by Rules::DEFAULT (without --s3), or PathNormalization::Resolved; or send no `.`, `..` or `//`",
        ),
    };
    Finding::new(Cause::PathNormalization, problem, remedy)
}

/// What a proxy may have done.
fn hint(here: &str, server: &str) -> String {
    let (long, short) = if here.len() > server.len() { (here, server) } else { (server, here) };
    let verb = if here.len() > server.len() { "taken away" } else { "added" };
    if short.len() > 1 && long.ends_with(short) {
        return format!("a prefix is {verb} on the way, such as a proxy's route or a stage: ");
    }
    if long.strip_suffix('/') == Some(short) {
        return format!("a `/` at its end is {verb} on the way: ");
    }
    let encoded = |path: &str| path.replace('%', "%25");
    let decoded = |path: &str| percent_decode_str(&path.replace("%25", "%")).collect::<Vec<u8>>();
    let hint = if server == encoded(here) {
        "the path is encoded once more on the way: "
    } else if here == encoded(server) {
        "the path is decoded once on the way: "
    } else if decoded(here) == decoded(server) {
        "a proxy decodes or encodes characters on the way, such as %2F: let it leave the path as it is; or "
    } else {
        ""
    };
    hint.into()
}
