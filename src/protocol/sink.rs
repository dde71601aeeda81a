//! Where the bytes of a text go: each text has one writer, and it writes into any of these.

use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::str;

/// Takes a text piece by piece: a hash, a buffer, or something that shows it.
///
/// ```
/// use countersign::protocol::Sink;
///
/// struct Length(usize);
///
/// impl Sink for Length {
///     fn put(&mut self, bytes: &[u8]) {
///         self.0 += bytes.len();
///     }
/// }
/// ```
pub trait Sink {
    /// Takes the next bytes. A sink that can fail keeps the failure to itself and takes no more.
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn put(&mut self, bytes: &[u8]) {
        (**self).put(bytes);
    }
}

/// Shows a text: bytes that are not UTF-8 become U+FFFD, whatever pieces they come in.
pub(crate) struct Text<'f, 'w> {
    formatter: &'f mut fmt::Formatter<'w>,
    result: fmt::Result,
    /// A character whose last bytes have not come yet: at most three bytes.
    unfinished: Vec<u8>,
}

impl<'f, 'w> Text<'f, 'w> {
    /// Shows what `write` puts into the sink.
    pub(crate) fn show(
        formatter: &'f mut fmt::Formatter<'w>,
        write: impl FnOnce(&mut Self),
    ) -> fmt::Result {
        let mut text = Self { formatter, result: Ok(()), unfinished: Vec::new() };
        write(&mut text);
        if !text.unfinished.is_empty() {
            text.attempt(|f| f.write_char(char::REPLACEMENT_CHARACTER));
        }
        text.result
    }

    fn attempt(&mut self, write: impl FnOnce(&mut fmt::Formatter<'w>) -> fmt::Result) {
        if self.result.is_ok() {
            self.result = write(self.formatter);
        }
    }
}

impl Sink for Text<'_, '_> {
    fn put(&mut self, bytes: &[u8]) {
        let joined;
        let mut rest = if self.unfinished.is_empty() {
            bytes
        } else {
            self.unfinished.extend_from_slice(bytes);
            joined = core::mem::take(&mut self.unfinished);
            &joined
        };
        loop {
            match str::from_utf8(rest) {
                Ok(text) => return self.attempt(|f| f.write_str(text)),
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    if let Ok(text) = str::from_utf8(valid) {
                        self.attempt(|f| f.write_str(text));
                    }
                    let Some(invalid) = error.error_len() else {
                        self.unfinished = after.to_vec();
                        return;
                    };
                    self.attempt(|f| f.write_char(char::REPLACEMENT_CHARACTER));
                    rest = after.get(invalid..).unwrap_or_default();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    struct Pieces<'a>(&'a [&'a [u8]]);

    impl fmt::Display for Pieces<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            Text::show(f, |text| self.0.iter().for_each(|piece| text.put(piece)))
        }
    }

    #[test]
    fn a_character_may_come_in_pieces() {
        assert_eq!(Pieces(&[b"a\xE1", b"\x88", b"\xB4b"]).to_string(), "aሴb");
    }

    #[test]
    fn what_is_not_utf_8_is_replaced_as_in_one_piece() {
        for whole in [&b"a\xFFb"[..], b"\xE1\x88", b"\xF0\x9F\x98", b"\xC3(\xE1\x88x\xFF\xFE"] {
            let expected = String::from_utf8_lossy(whole);
            let single: Vec<&[u8]> = whole.chunks(1).collect();
            assert_eq!(Pieces(&[whole]).to_string(), expected);
            assert_eq!(Pieces(&single).to_string(), expected);
        }
    }

    #[test]
    fn the_first_failure_is_kept() {
        struct Full;
        impl Write for Full {
            fn write_str(&mut self, _: &str) -> fmt::Result {
                Err(fmt::Error)
            }
        }
        assert!(write!(Full, "{}", Pieces(&[b"a", b"b"])).is_err());
    }
}
