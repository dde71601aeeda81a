//! Errors in XML: S3's, and those of the services that speak as IAM does.

use alloc::string::String;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::Fields;

/// Puts the text of each element that holds no other into `fields`, as far as the document is sound. Only the five
/// entities that XML itself has are resolved, and references to characters; a DOCTYPE is passed over.
pub(super) fn read(text: &str, fields: &mut Fields) {
    let Some(start) = STARTS.iter().filter_map(|start| text.find(start)).min() else { return };
    let mut reader = Reader::from_str(text.get(start..).unwrap_or_default());
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    // The text since the last start tag, if no end tag came in between.
    let mut content: Option<String> = None;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(_) => content = Some(String::new()),
            Event::End(end) => {
                if let Some(text) = content.take() {
                    fields.put(end.local_name().into_inner(), text);
                }
            }
            Event::Text(text) => content.iter_mut().for_each(|content| content.push_str(&text)),
            Event::CData(text) => content.iter_mut().for_each(|content| content.push_str(&text)),
            Event::GeneralRef(reference) => {
                let known = || quick_xml::escape::resolve_xml_entity(&reference);
                match reference.resolve_char_ref() {
                    Ok(Some(c)) => content.iter_mut().for_each(|content| content.push(c)),
                    _ => match known() {
                        Some(text) => content.iter_mut().for_each(|content| content.push_str(text)),
                        None => content.iter_mut().for_each(|content| {
                            content.extend(["&", &reference, ";"]);
                        }),
                    },
                }
            }
            Event::Eof => return,
            _ => {}
        }
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
        assert_eq!(field("<Error><Code>A", "code"), None);
        assert_eq!(field("<html><Title>A</Title></html>", "title"), None);
    }
}
