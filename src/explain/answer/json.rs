//! Errors in JSON, alone or inside other text.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::{Fields, xml};

/// How many objects are tried that begin in a text.
const MAX_OBJECTS: usize = 8;
/// How deep a text in JSON may itself be JSON, as in a log.
const MAX_TEXTS: usize = 2;

/// Puts the texts of an object into `fields`, also of those inside it, be they JSON or XML in a text. Of an object that
/// is cut off, what was complete.
pub(super) fn read(text: &str, fields: &mut Fields) {
    read_nested(text, fields, MAX_TEXTS);
}

fn read_nested(text: &str, fields: &mut Fields, depth: usize) {
    for (start, _) in text.match_indices('{').take(MAX_OBJECTS) {
        let object = text.get(start..).unwrap_or_default();
        if let Some(value) = first_value(object).or_else(|| first_value(&completed(object))) {
            put(&value, fields, depth);
        }
        if !fields.is_empty() {
            return;
        }
    }
}

/// What follows the value does not matter.
fn first_value(text: &str) -> Option<Value> {
    serde_json::Deserializer::from_str(text).into_iter().next()?.ok()
}

/// An object's own texts before those inside it.
fn put(value: &Value, fields: &mut Fields, depth: usize) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let Value::String(text) = value {
                    fields.put(name, text.clone());
                }
            }
            members.values().for_each(|value| put(value, fields, depth));
        }
        Value::Array(values) => values.iter().for_each(|value| put(value, fields, depth)),
        Value::String(text) if depth > 0 && text.trim_start().starts_with('{') => {
            read_nested(text, fields, depth - 1);
        }
        Value::String(text) if text.trim_start().starts_with('<') => xml::read(text, fields),
        _ => {}
    }
}

/// A text that was cut off: up to its last comma, with all that is open there closed.
fn completed(text: &str) -> String {
    let (_, comma) = open_brackets(text);
    let complete = comma.and_then(|comma| text.get(..comma)).unwrap_or_default();
    let (open, _) = open_brackets(complete);
    complete.chars().chain(open.into_iter().rev()).collect()
}

/// What would close a text, from the outermost bracket inwards; and where its last comma is, outside of strings.
fn open_brackets(text: &str) -> (Vec<char>, Option<usize>) {
    let (mut open, mut comma) = (Vec::new(), None);
    let (mut is_in_string, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            _ if is_in_string => {}
            b'{' => open.push('}'),
            b'[' => open.push(']'),
            b'}' | b']' => {
                open.pop();
            }
            b',' => comma = Some(at),
            _ => {}
        }
    }
    (open, comma)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, String)> {
        let mut fields = Fields::default();
        read(text, &mut fields);
        fields.0
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.into(), text.into())
    }

    #[test]
    fn objects_stand_inside_texts_and_texts_inside_objects() {
        let body = r#"{"Code":"A","errors":[{"message":"b\n"}],"n":1}"#;
        let expected = vec![pair("code", "A"), pair("message", "b\n")];
        assert_eq!(fields(body), expected);
        assert_eq!(fields(&format!("ERROR {{}} 403: {body} (request 1)")), expected);
        let log = serde_json::to_string(&serde_json::json!({ "body": body })).unwrap();
        assert_eq!(fields(&log).get(1..), Some(&expected[..]));
    }

    #[test]
    fn texts_stand_in_texts_only_so_deep() {
        let mut text = String::from(r#"{"a":"b"}"#);
        for depth in 0..6 {
            assert_eq!(fields(&text).contains(&pair("a", "b")), depth <= MAX_TEXTS, "{text}");
            text = serde_json::to_string(&serde_json::json!({ "a": text })).unwrap();
        }
    }

    #[test]
    fn what_was_complete_before_the_end_is_kept() {
        let cut = r#"{"a":[{"x,\"}":"1"},{"b":"2","c":"3, 4"#;
        assert_eq!(fields(cut), [pair("x,\"}", "1"), pair("b", "2")]);
        assert_eq!(fields("{{{{"), []);
        assert_eq!(fields(&"[{".repeat(1000)), []);
    }
}
