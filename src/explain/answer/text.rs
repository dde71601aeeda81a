//! What an error's text says, in quotes or between other words.

use alloc::string::String;
use alloc::vec::Vec;

/// The canonical request in a text: in quotes, behind a sentence that announces it.
pub(super) fn canonical_request(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Canonical String for this request should have been")?;
    let (rest, is_whole) = match rest.split_once("The String-to-Sign should have been") {
        Some((canonical, _)) => (canonical, true),
        None => (rest, false),
    };
    let canonical = with_line_feeds(after_quote(rest));
    // A value may hold a quote, so the last one is the end.
    let end = canonical.rfind('\'').filter(|_| is_whole).or_else(|| canonical.find('\''));
    let canonical = end.map_or(&*canonical, |end| canonical.get(..end).unwrap_or_default());
    Some(canonical.into()).filter(|canonical: &String| !canonical.is_empty())
}

/// The string to sign in a text, in four lines.
pub(super) fn string_to_sign(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("String-to-Sign should have been")?;
    let text = with_line_feeds(after_quote(rest).split('\'').next()?);
    let lines: Vec<&str> = text.split_whitespace().take(4).collect();
    (lines.len() == 4).then(|| lines.join("\n"))
}

/// A word that is an error's code, such as in `An error occurred (ExpiredToken) when calling …`.
pub(super) fn code(text: &str) -> Option<&str> {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.find(|word| CODES.contains(word) || CODES.contains(&word.trim_end_matches("Exception")))
}

/// The text with single blanks, also for line feeds that are written as `\n`.
pub(super) fn in_one_line(text: &str) -> String {
    let text = text.replace("\\n", " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn after_quote(text: &str) -> &str {
    text.split_once('\'').map_or(text, |(_, quoted)| quoted)
}

/// Line feeds may have come as `\n`, out of JSON that was not read as such, or as a program shows bytes.
pub(super) fn with_line_feeds(text: &str) -> String {
    if text.contains('\n') { text.into() } else { text.replace("\\n", "\n") }
}

const CODES: [&str; 25] = [
    "AccessDenied",
    "AuthFailure",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignature",
    "InvalidToken",
    "InvalidURI",
    "MalformedQueryString",
    "MissingAuthenticationToken",
    "MissingSecurityHeader",
    "PermanentRedirect",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TemporaryRedirect",
    "TokenRefreshRequired",
    "UnauthorizedAccess",
    "UnauthorizedOperation",
    "UnrecognizedClient",
    "XAmzContentChecksumMismatch",
    "XAmzContentSHA256Mismatch",
];

#[cfg(test)]
mod tests {
    use super::*;

    const CANONICAL: &str = "GET\n/\n\nhost:it's\n\nhost\nUNSIGNED-PAYLOAD";
    const STRING: &str = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/a/b/aws4_request\n00";

    #[test]
    fn both_texts_are_found_however_they_were_pasted() {
        let message = format!(
            "It does not match.\n\nThe Canonical String for this request should have been\n'{CANONICAL}'\n\n\
             The String-to-Sign should have been\n'{STRING}'\n"
        );
        for text in [message.clone(), message.replace('\n', "\\n")] {
            assert_eq!(canonical_request(&text).as_deref(), Some(CANONICAL));
            assert_eq!(string_to_sign(&text).as_deref(), Some(STRING));
        }
        let flat = message.replace('\n', " ");
        assert_eq!(canonical_request(&flat), Some(CANONICAL.replace('\n', " ")));
        assert_eq!(string_to_sign(&flat).as_deref(), Some(STRING));
        let cut = message.split("20150830T").next().unwrap();
        assert_eq!(canonical_request(cut).as_deref(), Some(CANONICAL));
        assert_eq!(string_to_sign(cut), None);
        let cut = message.split("it's").next().unwrap();
        assert_eq!(canonical_request(cut).as_deref(), Some("GET\n/\n\nhost:"));
        let pasted = format!("{}/' it's cut", cut.split('/').next().unwrap());
        assert_eq!(canonical_request(&pasted).as_deref(), Some("GET\n/"));
        assert_eq!(canonical_request("nothing"), None);
    }

    #[test]
    fn a_code_is_a_word_of_its_own() {
        assert_eq!(code("(UnrecognizedClientException) when"), Some("UnrecognizedClientException"));
        assert_eq!(code("SignatureDoesNotMatch: the"), Some("SignatureDoesNotMatch"));
        assert_eq!(code("SignatureDoesNotMatchHere"), None);
    }
}
