//! The parts of a canonical request that is given as text.

use alloc::vec::Vec;

/// A canonical request in its parts. What was cut off is not there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Canonical<'t> {
    pub(super) method: &'t str,
    pub(super) path: &'t str,
    pub(super) query: Option<&'t str>,
    /// Name and value, in their order.
    pub(super) headers: Vec<(&'t str, &'t str)>,
    pub(super) signed_headers: Option<&'t str>,
    pub(super) payload_hash: Option<&'t str>,
}

impl<'t> Canonical<'t> {
    /// Parts a text in lines, or one whose line feeds have become blanks.
    pub(super) fn parse(text: &'t str) -> Self {
        if text.trim().contains('\n') { Self::of_lines(text) } else { Self::of_words(text.trim()) }
    }

    fn of_lines(text: &'t str) -> Self {
        let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
        let mut canonical = Self {
            method: lines.next().unwrap_or_default(),
            path: lines.next().unwrap_or_default(),
            query: lines.next(),
            ..Self::default()
        };
        for line in &mut lines {
            let Some(header) = line.split_once(':') else { break };
            canonical.headers.push(header);
        }
        canonical.signed_headers = lines.next();
        canonical.payload_hash = lines.next().map(str::trim);
        canonical
    }

    /// A query and a path hold no blanks, and the names of the headers stand at the end: their values are between.
    fn of_words(text: &'t str) -> Self {
        let (method, rest) = text.split_once(' ').unwrap_or((text, ""));
        let (path, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let mut canonical = Self { method, path, ..Self::default() };
        let Some((head, hash)) = rest.rsplit_once(' ') else { return canonical };
        let Some((head, names)) = head.trim_end().rsplit_once(' ') else { return canonical };
        let mut names_left = names.split(';');
        let Some(mut name) = names_left.next() else { return canonical };
        let is_header = |text: &'t str| text.strip_prefix(name)?.strip_prefix(':');
        let (query, mut value) = match is_header(head.trim_start()) {
            // Blanks that stood next to each other may have become one.
            Some(value) => ("", value),
            None => match head.split_once(' ') {
                Some((query, lines)) => match is_header(lines.trim_start()) {
                    Some(value) => (query, value),
                    None => return canonical,
                },
                None => return canonical,
            },
        };
        canonical.query = Some(query);
        for next in names_left {
            let Some((this, rest)) = split_at_header(value, next) else { return canonical };
            canonical.headers.push((name, this.trim()));
            (name, value) = (next, rest);
        }
        canonical.headers.push((name, value.trim()));
        canonical.signed_headers = Some(names);
        canonical.payload_hash = Some(hash);
        canonical
    }

    pub(super) fn header(&self, name: &str) -> Option<&'t str> {
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// A parameter of the query as it is encoded.
    pub(super) fn parameter(&self, name: &str) -> Option<&'t str> {
        let parameters = self.query.unwrap_or_default().split('&');
        parameters
            .filter_map(|pair| pair.split_once('='))
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// When it was signed.
    pub(super) fn date(&self) -> Option<&'t str> {
        self.parameter("X-Amz-Date").or_else(|| self.header("x-amz-date"))
    }
}

/// A text up to a blank and `name:`, and what follows that.
fn split_at_header<'t>(text: &'t str, name: &str) -> Option<(&'t str, &'t str)> {
    text.match_indices(':').find_map(|(colon, _)| {
        let before = text.get(..colon)?.strip_suffix(name)?;
        Some((before.strip_suffix(' ')?, text.get(colon + 1..)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    const LINES: &str = "GET\n/a%20b\na=b&X-Amz-Date=20150830T123600Z\naccept:b, c: d\nhost:e:1\nx-empty:\n\naccept;host;x-empty\nhash";

    #[test]
    fn lines_and_blanks_part_it_alike() {
        let canonical = Canonical::parse(LINES);
        assert_eq!(canonical.headers, [("accept", "b, c: d"), ("host", "e:1"), ("x-empty", "")]);
        assert_eq!(canonical.payload_hash, Some("hash"));
        assert_eq!(canonical.date(), Some("20150830T123600Z"));
        assert_eq!(Canonical::parse(&LINES.replace('\n', "\r\n")), canonical);
        assert_eq!(Canonical::parse(&format!("{LINES} ")), canonical);
        assert_eq!(Canonical::parse(&LINES.replace('\n', " ")), canonical);
        assert_eq!(Canonical::parse(&LINES.replace("\n\n", "\n").replace('\n', " ")), canonical);
        let no_query = LINES.replace("a=b&X-Amz-Date=20150830T123600Z", "");
        let canonical = Canonical::parse(&no_query);
        assert_eq!(canonical.query, Some(""));
        assert_eq!(Canonical::parse(&no_query.replace('\n', " ")), canonical);
        assert_eq!(Canonical::parse(&no_query.replace('\n', " ").replace("  ", " ")), canonical);
    }

    #[test]
    fn what_is_cut_off_is_not_there() {
        for (end, _) in LINES.match_indices('\n').skip(1) {
            for text in [String::from(&LINES[..end]), LINES[..end].replace('\n', " ")] {
                let canonical = Canonical::parse(&text);
                assert_eq!((canonical.method, canonical.path), ("GET", "/a%20b"), "{text}");
                assert_eq!(canonical.payload_hash.filter(|hash| *hash == "hash"), None, "{text}");
            }
        }
        assert_eq!(Canonical::parse(""), Canonical::default());
    }
}
