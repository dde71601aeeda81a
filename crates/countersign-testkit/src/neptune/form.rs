//! Query strings and forms.

use percent_encoding::percent_decode_str;

use super::rejection::Rejection;

/// Decodes a query string or a form into its parameters.
///
/// # Errors
///
/// Returns an error if a name or a value is not UTF-8.
pub(crate) fn parameters(text: &str) -> Result<Vec<(String, String)>, Rejection> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, Rejection> {
    String::from_utf8(percent_decode_str(&text.replace('+', " ")).collect())
        .map_err(|_| Rejection::bad_request("A parameter is not UTF-8"))
}
