//! What of Turtle is parsed at all.

/// Returns how deep the brackets of a Turtle document nest.
///
/// A parser keeps an IRI for each open bracket. Prefixes and bases make those long at no cost, so that a small document
/// that nests deep enough fills any memory, before the parser returns its first triple.
pub(crate) fn depth(document: &[u8]) -> usize {
    let (mut open, mut deepest): (usize, usize) = (0, 0);
    let mut rest = document;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'#' => after_byte(after, b'\n'),
            b'<' => after_byte(after, b'>'),
            b'"' | b'\'' => after_string(after, *first),
            // The next character belongs to a name.
            b'\\' => after.get(1..).unwrap_or_default(),
            b'[' | b'(' => {
                open += 1;
                deepest = deepest.max(open);
                after
            }
            b']' | b')' => {
                open = open.saturating_sub(1);
                after
            }
            _ => after,
        };
    }
    deepest
}

fn after_byte(text: &[u8], byte: u8) -> &[u8] {
    let end = text.iter().position(|it| *it == byte);
    end.and_then(|end| text.get(end + 1..)).unwrap_or_default()
}

/// Returns what follows a string, whose first quote is passed already.
fn after_string(text: &[u8], quote: u8) -> &[u8] {
    let three = [quote; 3];
    let (mut rest, end) = match text.strip_prefix(&[quote; 2]) {
        Some(rest) => (rest, &three[..]),
        None => (text, &three[2..]),
    };
    loop {
        rest = match rest {
            [] => return rest,
            [b'\\', _, after @ ..] => after,
            [_, after @ ..] => match rest.strip_prefix(end) {
                Some(after) => return after,
                None => after,
            },
        };
    }
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn brackets_in_strings_iris_names_and_comments_do_not_count() {
        for (document, expected) in [
            ("", 0),
            ("<u:a> <u:b> [ <u:c> ( 1 [] ) ] .", 3),
            ("[] <u:a> [] . [] <u:b> []", 1),
            ("<u:[[> <u:b> '[[', \"[[\", '', \"\" # [[\n, [] .", 1),
            ("<u:a> <u:b> '''[ ' '' [ \\''' [''', \"\"\"[ \" [\"\"\", 'it\\'s [', [ ] .", 1),
            ("a:b\\( a:c\\' a:d [] .", 1),
            ("<u:a> <u:b> ']', [ ']', [ \"]\", [ # ]\n [ <]> [", 5),
        ] {
            assert_eq!(depth(document.as_bytes()), expected, "{document}");
        }
    }
}
