//! SHA-256, HMAC-SHA-256 and comparing in constant time: the only file that names a crate for it.

use ctutils::CtEq;
use hmac::{KeyInit, Mac};
use sha2::Digest;
use zeroize::Zeroizing;

use super::sink::{Gathered, Sink};

/// A SHA-256 that is fed piece by piece.
#[derive(Clone)]
pub(crate) struct Sha256(sha2::Sha256);

impl Sha256 {
    pub(crate) fn new() -> Self {
        Self(sha2::Sha256::new())
    }

    /// The hash of one text.
    pub(crate) fn of(bytes: &[u8]) -> [u8; 32] {
        sha2::Sha256::digest(bytes).into()
    }

    /// The hash of the text that `write` puts into the sink.
    pub(crate) fn of_written(write: impl FnOnce(&mut Gathered<'_, Self>)) -> [u8; 32] {
        Self::begun_with(write).finish()
    }

    /// The hash of a text that begins with what `write` puts into the sink.
    pub(crate) fn begun_with(write: impl FnOnce(&mut Gathered<'_, Self>)) -> Self {
        let mut hash = Self::new();
        Gathered::write(&mut hash, write);
        hash
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl Sink for Sha256 {
    fn put(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// An HMAC-SHA-256 with its key already hashed in: a clone of it costs no hashing. Wiped on drop.
#[derive(Clone)]
pub(crate) struct Hmac(hmac::Hmac<sha2::Sha256>);

impl Hmac {
    /// Keys an HMAC with the parts of a key, one after the other
    /// ([RFC 2104, 2](https://www.rfc-editor.org/rfc/rfc2104#section-2): a key longer than a block is hashed).
    pub(crate) fn new(key: &[&[u8]]) -> Self {
        let mut block = Zeroizing::new([0; 64]);
        if key.iter().map(|part| part.len()).sum::<usize>() <= block.len() {
            for (to, from) in block.iter_mut().zip(key.iter().copied().flatten()) {
                *to = *from;
            }
        } else {
            let mut hash = Sha256::new();
            key.iter().for_each(|part| hash.put(part));
            let hash = Zeroizing::new(hash.finish());
            for (to, from) in block.iter_mut().zip(hash.iter()) {
                *to = *from;
            }
        }
        Self(hmac::Hmac::new((&*block).into()))
    }

    /// The code of one text.
    pub(crate) fn code(&self, text: &[u8]) -> [u8; 32] {
        let mut code = self.0.clone();
        code.update(text);
        code.finalize().into_bytes().into()
    }

    /// The code of the text that `write` puts into the sink.
    pub(crate) fn code_of(&self, write: impl FnOnce(&mut Gathered<'_, Self>)) -> [u8; 32] {
        let mut code = self.clone();
        Gathered::write(&mut code, write);
        code.0.finalize().into_bytes().into()
    }
}

impl Sink for Hmac {
    fn put(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// Whether two texts are equal, in a time that says nothing of where they differ. Their lengths are no secret.
pub(crate) fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).to_bool()
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::ZeroizeOnDrop;

    /// An HMAC is made of two such states.
    #[test]
    fn a_hash_s_state_is_wiped_on_drop() {
        fn is_wiped<T: ZeroizeOnDrop>() {}
        is_wiped::<sha2::Sha256>();
    }

    #[test]
    fn texts_are_equal_only_to_the_last_byte() {
        assert!(equal_in_constant_time(b"", b"") && equal_in_constant_time(b"abc", b"abc"));
        for other in ["", "ab", "abd", "bbc", "abcd"] {
            assert!(!equal_in_constant_time(b"abc", other.as_bytes()), "{other}");
        }
    }

    /// RFC 4231, test cases 2 and 6.
    #[test]
    fn hmac_known_answers() {
        let short = Hmac::new(&[b"Je", b"fe"]).code(b"what do ya want for nothing?");
        assert_eq!(
            hex::encode(short),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = Hmac::new(&[&[0xaa; 100], &[0xaa; 31]]).code_of(|code| {
            code.put(b"Test Using Larger Than Block-Size Key - Hash Key First");
        });
        assert_eq!(
            hex::encode(long),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
