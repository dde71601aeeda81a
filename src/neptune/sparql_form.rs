//! Whether a SPARQL text is a query or an update: its first word after the prologue tells
//! ([SPARQL 1.1, 19.8](https://www.w3.org/TR/sparql11-query/#sparqlGrammar)). UNLOAD is Neptune's own
//! ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/sparql-api-reference-unload.html)).

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Query,
    Update,
}

const QUERIES: [&str; 4] = ["ASK", "CONSTRUCT", "DESCRIBE", "SELECT"];
const UPDATES: [&str; 11] = [
    "ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "UNLOAD", "WITH",
];

/// None where it is not clear: then the service decides.
pub(super) fn form(text: &str) -> Option<Form> {
    let mut rest = text;
    loop {
        let (word, after) = word(rest);
        let is = |other: &&str| word.eq_ignore_ascii_case(other);
        if QUERIES.iter().any(is) {
            return Some(Form::Query);
        }
        if UPDATES.iter().any(is) {
            return Some(Form::Update);
        }
        rest = if is(&"BASE") {
            after_iri(after)?
        } else if is(&"PREFIX") {
            // Blanks and comments may stand between a prefix and its IRI, a `:` stands only in the prefix.
            after_iri(skip(after).split_once(':')?.1)?
        } else {
            return None;
        };
    }
}

/// The letters that come next, and what follows them.
fn word(text: &str) -> (&str, &str) {
    let text = skip(text);
    let end = text.bytes().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn after_iri(text: &str) -> Option<&str> {
    Some(skip(text).strip_prefix('<')?.split_once('>')?.1)
}

/// Passes over blanks and comments.
fn skip(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let Some(comment) = text.strip_prefix('#') else { return text };
        text = comment.split_once(['\n', '\r']).map_or("", |(_, after)| after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_after_the_prologue_tells() {
        for (text, expected) in [
            ("select * {}", Some(Form::Query)),
            ("ASK{}", Some(Form::Query)),
            (" # INSERT\r\n# DELETE\nSELECT*{}", Some(Form::Query)),
            ("PREFIX insert: <a#b> CONSTRUCT {} {}", Some(Form::Query)),
            ("BASE <http://db.example/#a> # >\n prefix : # <\n <b> describe :a", Some(Form::Query)),
            ("INSERT DATA {}", Some(Form::Update)),
            ("base<a>prefix select:<b>delete{}where{}", Some(Form::Update)),
            ("WITH <a> DELETE {} WHERE {}", Some(Form::Update)),
            ("UNLOAD <a> FROM GRAPH <b>", Some(Form::Update)),
            ("", None),
            ("# SELECT", None),
            ("selects", None),
            ("PREFIX a", None),
            ("PREFIX a: SELECT", None),
            ("BASE <a", None),
            ("é", None),
        ] {
            assert_eq!(form(text), expected, "{text}");
        }
    }

    #[test]
    fn every_word_is_known() {
        for (words, expected) in [(&QUERIES[..], Form::Query), (&UPDATES[..], Form::Update)] {
            for word in words {
                assert_eq!(form(&word.to_ascii_lowercase()), Some(expected));
            }
        }
    }
}
