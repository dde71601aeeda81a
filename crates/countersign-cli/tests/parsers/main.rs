//! The parsers: tables of inputs, and comparison with programs that we did not write.

mod curl;
mod http;
mod peers;
mod shell;

use countersign_cli::Request;

/// A request in one line each: method and target, headers, body.
fn shown(request: &Request) -> String {
    let mut text = format!("{} {}", request.method, request.target);
    for (name, value) in &request.headers {
        text += &format!("|{}: {}", name.to_ascii_lowercase(), String::from_utf8_lossy(value));
    }
    if !request.body.is_empty() {
        text += &format!("|{}", String::from_utf8_lossy(&request.body).replace('\n', "\\n"));
    }
    text
}
