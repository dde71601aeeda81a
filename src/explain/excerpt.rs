//! Texts of a server, fit for a terminal.

use alloc::string::String;
use alloc::vec::Vec;

/// How many characters of a line are shown.
const SHOWN: usize = 160;
/// How many of them stand before a difference.
const BEFORE: usize = 60;

/// A text without anything that a terminal would obey or hide: control characters but line feeds, marks of direction,
/// characters of no width, and blanks that are none.
pub(super) fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_unseen(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The beginning of a line.
pub(super) fn cut(line: &str) -> String {
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => escape(line.get(..end).unwrap_or_default()) + "…",
        None => escape(line),
    }
}

/// Two lines around the first character in which they differ, one above the other, with a marker below it.
pub(super) fn compared(here: &str, server: &str) -> String {
    let common = here.chars().zip(server.chars()).take_while(|(a, b)| a == b);
    let common: Vec<char> = common.map(|(c, _)| c).collect();
    let skipped = common.len().saturating_sub(BEFORE);
    let before: String = common.iter().skip(skipped).collect();
    let dots = if skipped > 0 { "…" } else { "" };
    let around = |line: &str| {
        let line: String = line.chars().skip(skipped).collect();
        format!("{dots}{}", cut(&line))
    };
    let indent = " ".repeat(dots.chars().count() + escape(&before).chars().count());
    format!("here:   {}\nserver: {}\n        {indent}^", around(here), around(server))
}

/// The offset of the first byte in which two texts differ.
pub(super) fn first_difference(here: &str, server: &str) -> usize {
    here.bytes().zip(server.bytes()).take_while(|(a, b)| a == b).count()
}

fn is_unseen(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_or_hides_is_escaped() {
        assert_eq!(
            escape("a\u{1b}[0m\r\n\u{9b}\u{202e}b\u{200b}é漢\u{7f}\t"),
            "a\\u{1b}[0m\\u{d}\n\\u{9b}\\u{202e}b\\u{200b}é漢\\u{7f}\\u{9}"
        );
    }

    #[test]
    fn the_marker_stands_below_the_first_difference() {
        assert_eq!(
            compared("/a%2520b", "/a%20b"),
            "here:   /a%2520b\nserver: /a%20b\n            ^"
        );
        let long = "x".repeat(100);
        let shown = compared(&format!("{long}é\u{1b}a{long}{long}"), &format!("{long}é\u{1b}b"));
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("here:   …xx") && lines[0].ends_with("x…"), "{shown}");
        assert!(lines[1].ends_with("xé\\u{1b}b"), "{shown}");
        let place = |line: &str, mark| line.chars().position(|c| c == mark).unwrap();
        let in_server = lines[1].chars().collect::<Vec<_>>();
        assert_eq!(in_server[place(lines[2], '^')], 'b', "{shown}");
        assert_eq!(compared("a", "ab").lines().last(), Some("         ^"));
    }
}
