//! The destination of every text that is signed.
//!
//! Each text (canonical request, string to sign, header value) has a single writer, which writes into any [`Sink`]: a
//! hash, a buffer or a formatter. The bytes that are hashed and the bytes that are shown are therefore the same.

use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::str;

/// Receives a text in pieces: a hash, a buffer, or a formatter.
///
/// This example counts the bytes of a text instead of storing them:
///
/// ```
/// use countersign::protocol::Sink;
///
/// struct Length(usize);
///
/// impl Sink for Length {
///     fn write(&mut self, bytes: &[u8]) {
///         self.0 += bytes.len();
///     }
/// }
/// ```
pub trait Sink {
    /// Appends bytes. A fallible sink records its first error and ignores further writes.
    fn write(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn write(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn write(&mut self, bytes: &[u8]) {
        (**self).write(bytes);
    }
}

/// A sink that writes to a formatter. Bytes that are not UTF-8 become U+FFFD, however the text is split into writes.
pub(crate) struct Text<'f, 'w> {
    formatter: &'f mut fmt::Formatter<'w>,
    result: fmt::Result,
    /// The first bytes of a character that has not arrived completely: at most three.
    unfinished: Vec<u8>,
}

impl<'f, 'w> Text<'f, 'w> {
    /// Formats what `write` writes into the sink.
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
    fn write(&mut self, bytes: &[u8]) {
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
                    rest = after.split_at(invalid).1;
                }
            }
        }
    }
}

/// Writes a number in decimal digits, without an allocation.
pub(crate) fn write_decimal(number: u32, sink: &mut impl Sink) {
    struct Digits<'s, S>(&'s mut S);

    impl<S: Sink> Write for Digits<'_, S> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }

    let written = write!(Digits(sink), "{number}");
    debug_assert!(written.is_ok(), "a sink returns no error");
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    struct Pieces<'a>(&'a [&'a [u8]]);

    impl fmt::Display for Pieces<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            Text::show(f, |text| self.0.iter().for_each(|piece| text.write(piece)))
        }
    }

    #[test]
    fn a_character_may_be_split_between_writes() {
        assert_eq!(Pieces(&[b"a\xE1", b"\x88", b"\xB4b"]).to_string(), "aሴb");
    }

    #[test]
    fn invalid_utf_8_is_replaced_however_it_is_split() {
        for whole in [&b"a\xFFb"[..], b"\xE1\x88", b"\xF0\x9F\x98", b"\xC3(\xE1\x88x\xFF\xFE"] {
            let expected = String::from_utf8_lossy(whole);
            let single: Vec<&[u8]> = whole.chunks(1).collect();
            assert_eq!(Pieces(&[whole]).to_string(), expected);
            assert_eq!(Pieces(&single).to_string(), expected);
        }
    }

    #[test]
    fn the_first_error_is_kept() {
        struct Full;
        impl Write for Full {
            fn write_str(&mut self, _: &str) -> fmt::Result {
                Err(fmt::Error)
            }
        }
        assert!(write!(Full, "{}", Pieces(&[b"a", b"b"])).is_err());
    }

    #[test]
    fn decimals_have_no_leading_zeros() {
        for number in [0, 1, 10, 604_800, u32::MAX] {
            let mut text = Vec::new();
            write_decimal(number, &mut text);
            assert_eq!(text, number.to_string().into_bytes());
        }
    }
}
