//! Looks for secrets in a text, in all encodings in which they could stand there.

use core::any::type_name;
use core::error::Error;
use core::fmt::Debug;
use std::collections::{BTreeSet, HashMap};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

/// So much of a secret stands nowhere by chance.
const PIECE: usize = 8;

#[derive(Default)]
pub(crate) struct Search {
    /// By how they begin.
    forms: HashMap<[u8; PIECE], Vec<String>>,
    /// What was looked at: paths of types, and of the variants of errors.
    pub(crate) seen: BTreeSet<String>,
}

impl Search {
    pub(crate) fn hide(&mut self, secret: &str) {
        let pieces = secret.as_bytes().windows(PIECE);
        let forms = pieces.flat_map(|piece| ENCODINGS.map(|encode| encode(piece)));
        let whole = [BASE64_STANDARD.encode(secret), BASE64_URL_SAFE_NO_PAD.encode(secret)];
        for form in forms.chain(whole) {
            let (begin, _) = form.as_bytes().split_first_chunk().unwrap();
            self.forms.entry(*begin).or_default().push(form);
        }
    }

    /// A secret in a text.
    fn find(&self, text: &str) -> Option<&str> {
        let text = text.as_bytes();
        text.windows(PIECE).enumerate().find_map(|(at, begin)| {
            let mut forms = self.forms.get(begin).into_iter().flatten();
            forms.find(|form| text[at..].starts_with(form.as_bytes())).map(String::as_str)
        })
    }

    #[track_caller]
    pub(crate) fn text(&self, what: &str, text: &str) {
        assert_eq!(self.find(text), None, "{what} shows a secret: {text}");
    }

    #[track_caller]
    pub(crate) fn debug<T: Debug>(&mut self, value: &T) {
        let path = path::<T>();
        self.text(path, &format!("{value:?}\n{value:#?}"));
        self.seen.insert(path.to_owned());
    }

    /// The same of an error, its text and its causes.
    #[track_caller]
    pub(crate) fn error<E: Error>(&mut self, error: &E) {
        self.debug(error);
        let shown = format!("{error:?}");
        let variant = shown.split(|c: char| !c.is_alphanumeric()).next().unwrap();
        self.seen.insert(format!("{}::{variant}", path::<E>()));
        let mut cause: Option<&dyn Error> = Some(error);
        while let Some(error) = cause {
            self.text(path::<E>(), &format!("{error}\n{error:?}"));
            cause = error.source();
        }
    }
}

/// Where a type is defined, without its parameters.
fn path<T>() -> &'static str {
    let path = type_name::<T>().trim_start_matches('&');
    path.split('<').next().unwrap_or(path)
}

type Encode = fn(&[u8]) -> String;

const ENCODINGS: [Encode; 9] = [
    |piece| String::from_utf8_lossy(piece).into_owned(),
    |piece| piece.iter().rev().map(|byte| char::from(*byte)).collect(),
    |piece| each(piece, |byte| format!("{byte:02x}")).concat(),
    |piece| each(piece, |byte| format!("{byte:02X}")).concat(),
    |piece| each(piece, |byte| format!("{byte:02x}")).join(" "),
    |piece| each(piece, |byte| byte.to_string()).join(", "),
    |piece| each(piece, |byte| format!("\\u{byte:04x}")).concat(),
    |piece| each(piece, |byte| escaped(byte, "%", "")).concat(),
    |piece| each(piece, |byte| escaped(byte, "&#x", ";")).concat(),
];

fn each(piece: &[u8], encode: impl Fn(u8) -> String) -> Vec<String> {
    piece.iter().map(|byte| encode(*byte)).collect()
}

/// Letters and digits as they are.
fn escaped(byte: u8, before: &str, after: &str) -> String {
    match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("{before}{byte:02X}{after}"),
    }
}

#[test]
fn a_piece_is_found_in_each_encoding() {
    let mut search = Search::default();
    search.hide("Zq9v/Xw7=u&Rt5");
    for encode in ENCODINGS {
        let text = format!("a {} b", encode(b"v/Xw7=u&"));
        assert!(search.find(&text).is_some(), "{text}");
        assert_eq!(search.find(&encode(b"v/Xw7=u")), None);
    }
    assert!(search.find(&BASE64_STANDARD.encode("Zq9v/Xw7=u&Rt5")).is_some());
    assert!(search.find(&format!("{:?}", b"9v/Xw7=u")).is_some());
}
