//! The status line and the headers that may stand before a body.

/// What a text is made of.
pub(super) struct Parted<'t> {
    pub(super) status: Option<u16>,
    /// The value of `x-amzn-ErrorType`.
    pub(super) error_type: Option<&'t str>,
    pub(super) body: &'t str,
}

/// Parts a text. Of several heads (`100 Continue`, a proxy's answer to CONNECT, redirects) the last counts. Lines end
/// with LF or CRLF.
pub(super) fn part(text: &str) -> Parted<'_> {
    let mut parted = Parted { status: None, error_type: None, body: text };
    while let Some((status_line, rest)) = status_line(parted.body) {
        parted.status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        parted.error_type = None;
        parted.body = rest;
        while let Some((line, rest)) = line(parted.body) {
            parted.body = rest;
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("x-amzn-errortype") {
                parted.error_type = Some(value.trim());
            }
        }
    }
    parted
}

fn status_line(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    line(text).filter(|(line, _)| line.starts_with("HTTP/"))
}

/// The first line without its end, and what follows it.
fn line(text: &str) -> Option<(&str, &str)> {
    let (line, rest) =
        text.split_once('\n').or_else(|| Some((text, "")).filter(|_| !text.is_empty()))?;
    Some((line.trim_end_matches('\r'), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_head_counts() {
        let heads = "HTTP/1.1 200 Connection established\nx-amzn-errortype: proxy\n\n\
                     HTTP/1.1 100 Continue\n\nHTTP/2 403 \nA: b:c\nX-Amzn-ErrorType: D:http://e\n\nbody\n\nHTTP";
        for text in [heads.into(), heads.replace('\n', "\r\n"), format!("\u{feff}{heads}")] {
            let parted = part(&text);
            assert_eq!((parted.status, parted.error_type), (Some(403), Some("D:http://e")));
            assert_eq!(parted.body.replace('\r', ""), "body\n\nHTTP");
        }
        for text in ["", "body", "HTTP: no line of a status"] {
            assert_eq!((part(text).status, part(text).body), (None, text));
        }
        let last = part("HTTP/1.1 100 Continue\nx-amzn-errortype: a\n\nHTTP/1.1 403\n\nbody");
        assert_eq!((last.status, last.error_type, last.body), (Some(403), None, "body"));
        assert_eq!((part("HTTP/1.1 403").status, part("HTTP/1.1 403").body), (Some(403), ""));
    }
}
