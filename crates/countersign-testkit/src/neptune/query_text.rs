//! Which queries are parsed at all.
//!
//! Nothing can interrupt Oxigraph's parser, so a query must be one that it can parse in a short time.

use super::limits::MAX_QUERY_BYTES;
use super::rejection::Rejection;

/// How deep brackets may nest.
const MAX_DEPTH: usize = 50;

/// The parser tries two to four alternatives for `!` and for functions with optional arguments, and parses the arguments
/// again for each. Where they nest, these numbers multiply: 8 take a quarter of a second in a debug build, and 20 would
/// take months.
const MAX_PARSED_AGAIN: usize = 8;
const PARSED_AGAIN: [&str; 4] = ["group_concat", "regex", "replace", "substr"];

/// Returns an error if a query or an update may be expensive to parse.
pub(crate) fn check(text: &str, most: usize) -> Result<(), Rejection> {
    let most = most.min(MAX_QUERY_BYTES);
    if text.len() > most {
        return Err(Rejection::query_too_large(format!(
            "The test server takes queries of {most} bytes; larger graphs go to /sparql/gsp/"
        )));
    }
    if depth(text) > MAX_DEPTH {
        return Err(Rejection::query_too_large(format!(
            "The test server takes brackets that nest {MAX_DEPTH} deep"
        )));
    }
    if parsed_again(text) > MAX_PARSED_AGAIN {
        return Err(Rejection::query_too_large(format!(
            "The test server takes {MAX_PARSED_AGAIN} of ! ( and {} in a query",
            PARSED_AGAIN.join(", "),
        )));
    }
    Ok(())
}

/// Returns how deep brackets nest, those in strings too. It is a courtesy: a query with brackets in strings can hide some,
/// and `limits::MAX_QUERY_BYTES` bounds what it can do.
fn depth(text: &str) -> usize {
    let mut open: usize = 0;
    let depths = text.bytes().map(|byte| {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open
    });
    depths.max().unwrap_or_default()
}

/// Counts what is parsed again, wherever it stands: whether it is in a string only the parser knows.
fn parsed_again(text: &str) -> usize {
    let lower_case = text.to_ascii_lowercase();
    let functions: usize = PARSED_AGAIN.iter().map(|name| lower_case.matches(name).count()).sum();
    // To nest, each needs a bracket after it.
    let mut negations = 0;
    let mut is_negated = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '!' => is_negated = is_negated || characters.peek() != Some(&'='),
            '(' | '{' if is_negated => {
                negations += 1;
                is_negated = false;
            }
            _ => {}
        }
    }
    functions + negations
}
