//! Errors in XML: S3's, and those of the services that speak as IAM does.

use alloc::string::String;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;

use super::Fields;

/// Puts the text of each element that holds no other into `fields`, as far as the document is sound; a message that is
/// cut off, too. Only the five entities that XML itself has are resolved, and references to characters; a DOCTYPE is
/// passed over.
pub(super) fn read(text: &str, fields: &mut Fields) {
    let Some(start) = STARTS.iter().filter_map(|start| text.find(start)).min() else { return };
    let mut reader = Reader::from_str(text.get(start..).unwrap_or_default());
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    // Name and text of the last start tag, if no end tag has come since.
    let mut element: Option<(String, String)> = None;
    while let Ok(event) = reader.read_event() {
        let content = element.as_mut().map(|(_, content)| content);
        match (event, content) {
            (Event::Start(start), _) => {
                element = Some((start.local_name().into_inner().into(), String::new()));
            }
            (Event::End(_), _) => {
                if let Some((name, content)) = element.take() {
                    fields.put(&name, content);
                }
            }
            (Event::Text(text), Some(content)) => content.push_str(&text),
            (Event::CData(text), Some(content)) => content.push_str(&text),
            (Event::GeneralRef(reference), Some(content)) => {
                match (reference.resolve_char_ref(), resolve_xml_entity(&reference)) {
                    (Ok(Some(c)), _) => content.push(c),
                    (_, Some(text)) => content.push_str(text),
                    _ => content.extend(["&", &reference, ";"]),
                }
            }
            (Event::Eof, _) => break,
            _ => {}
        }
    }
    if let Some((name, content)) = element.filter(|(name, _)| name == "Message") {
        fields.put(&name, content);
    }
}

/// How errors begin: other XML and HTML has no such elements.
const STARTS: [&str; 4] = ["<?xml", "<Error", "<Response", "<Code"];

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str, name: &str) -> Option<String> {
        let mut fields = Fields::default();
        read(text, &mut fields);
        fields.get(name).map(Into::into)
    }

    #[test]
    fn entities_of_its_own_are_not_expanded() {
        let text = "<!DOCTYPE Error [<!ENTITY a \"aaaa\">]><Error><Code>&lt;&#65;&#x42;&a;&amp;amp;&apos;&quot;&gt; &\
                    </Code><Message><![CDATA[a&b]]></Message></Error>";
        let text = format!("<?xml version=\"1.0\"?>{text}");
        assert_eq!(field(&text, "code").as_deref(), Some("<AB&a;&amp;'\"> &"));
        assert_eq!(field(&text, "message").as_deref(), Some("a&b"));
        assert_eq!(field(&text, "error"), None);
    }

    #[test]
    fn what_was_complete_before_the_end_is_kept() {
        let text = "ERROR got <Error><Code>A</Code><Message>b</Message><Canonical";
        assert_eq!(field(text, "code").as_deref(), Some("A"));
        assert_eq!(field(text, "message").as_deref(), Some("b"));
        let middle = "<Code>A</Code></Type><Message>b</Message>";
        assert_eq!(field(middle, "message").as_deref(), Some("b"));
        assert_eq!(field("<Error><Code>A", "code"), None);
        assert_eq!(field("<Error><Message>a\nb", "message").as_deref(), Some("a\nb"));
        assert_eq!(field("<html><Title>A</Title></html>", "title"), None);
    }
}
