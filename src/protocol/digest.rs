//! SHA-256, HMAC-SHA-256 and constant-time comparison.
//!
//! This is the only module that depends on a cryptography crate. The rest of the protocol writes into [`Sha256`] and
//! [`Hmac`] through the [`Sink`] trait.
//!
//! Most writes are a few bytes long: a header name, a colon, a value. Passing each of them to the hash function
//! separately costs about as much as the hashing itself, so a buffer collects short writes in front of it. Signing AWS's
//! `get-vanilla` without that buffer takes 1.1 times as long (`benches/peers`).

use ctutils::CtEq;
use hmac::{KeyInit, Mac};
use sha2::Digest;
use sha2::digest::Update;

use super::sink::Sink;

/// A buffer that collects short writes in front of a hash function.
#[derive(Clone)]
struct Buffer {
    bytes: [u8; 192],
    length: usize,
}

impl Buffer {
    fn new() -> Self {
        Self { bytes: [0; 192], length: 0 }
    }

    #[inline]
    fn write(&mut self, bytes: &[u8], hash: &mut impl Update) {
        let end = self.length + bytes.len();
        match self.bytes.get_mut(self.length..end) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.length = end;
            }
            None => {
                self.flush(hash);
                hash.update(bytes);
            }
        }
    }

    fn flush(&mut self, hash: &mut impl Update) {
        let (written, _) = self.bytes.split_at(self.length);
        hash.update(written);
        self.length = 0;
    }
}

/// An incremental SHA-256 hasher.
#[derive(Clone)]
pub(crate) struct Sha256 {
    hash: sha2::Sha256,
    buffer: Buffer,
}

impl Sha256 {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { hash: sha2::Sha256::default(), buffer: Buffer::new() }
    }

    /// The SHA-256 of one text.
    pub(crate) fn digest(text: &[u8]) -> [u8; 32] {
        <sha2::Sha256 as Digest>::digest(text).into()
    }

    /// The SHA-256 of the text that `write` writes.
    pub(crate) fn of(write: impl FnOnce(&mut Self)) -> [u8; 32] {
        Midstate::of(write).0.finalize().into()
    }

    pub(crate) fn finish(mut self) -> [u8; 32] {
        self.buffer.flush(&mut self.hash);
        self.hash.finalize().into()
    }
}

impl Sink for Sha256 {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.buffer.write(bytes, &mut self.hash);
    }
}

/// A SHA-256 midstate. It is smaller than the hasher, because it has no buffer.
#[derive(Clone)]
pub(crate) struct Midstate(sha2::Sha256);

impl Midstate {
    /// The midstate after the text that `write` writes.
    pub(crate) fn of(write: impl FnOnce(&mut Sha256)) -> Self {
        let mut hasher = Sha256::new();
        write(&mut hasher);
        hasher.buffer.flush(&mut hasher.hash);
        Self(hasher.hash)
    }

    /// The SHA-256 of that text and the one that `write` writes after it.
    pub(crate) fn resume(&self, write: impl FnOnce(&mut Sha256)) -> [u8; 32] {
        let mut hasher = Sha256 { hash: self.0.clone(), buffer: Buffer::new() };
        write(&mut hasher);
        hasher.buffer.flush(&mut hasher.hash);
        hasher.hash.finalize().into()
    }
}

/// HMAC-SHA-256 ([RFC 2104](https://www.rfc-editor.org/rfc/rfc2104)) whose key has already been absorbed.
pub(crate) struct Hmac(hmac::Hmac<sha2::Sha256>);

/// A message whose MAC is computed.
pub(crate) struct HmacMessage {
    hmac: hmac::Hmac<sha2::Sha256>,
    buffer: Buffer,
}

impl Hmac {
    #[expect(clippy::expect_used, reason = "the error is for MACs whose keys have one length")]
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(hmac::Hmac::new_from_slice(key).expect("HMAC accepts keys of any length"))
    }

    /// The MAC of the message that `write` writes.
    pub(crate) fn mac(&self, write: impl FnOnce(&mut HmacMessage)) -> [u8; 32] {
        let mut message = HmacMessage { hmac: self.0.clone(), buffer: Buffer::new() };
        write(&mut message);
        message.buffer.flush(&mut message.hmac);
        message.hmac.finalize().into_bytes().into()
    }
}

impl Sink for HmacMessage {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.buffer.write(bytes, &mut self.hmac);
    }
}

/// Compares two byte strings in constant time. Their lengths are not secret.
pub(crate) fn ct_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).to_bool()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use zeroize::ZeroizeOnDrop;

    #[test]
    fn any_split_into_writes_gives_the_same_hash() {
        let text: Vec<u8> =
            (0..2000_u32).map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes()[3]).collect();
        for length in [0, 1, 55, 56, 63, 64, 65, 511, 512, 513, 1023, 1024, 1025, 2000] {
            let text = &text[..length];
            let expected = Sha256::digest(text);
            for size in [1, 7, 64, 255, 511, 512, 513, 1000] {
                let mut hasher = Sha256::new();
                text.chunks(size).for_each(|chunk| hasher.write(chunk));
                assert_eq!(hasher.finish(), expected, "{length} bytes in writes of {size}");
            }
            let (start, end) = text.split_at(length / 3);
            assert_eq!(
                Midstate::of(|hasher| hasher.write(start)).resume(|hasher| hasher.write(end)),
                expected
            );
        }
    }

    /// HMAC has no marker of its own: its two states and its block are of the same types.
    #[test]
    fn hash_states_are_wiped_on_drop() {
        fn assert_wiped<T: ZeroizeOnDrop>() {}
        assert_wiped::<sha2::Sha256>();
    }

    /// RFC 4231, test cases 2 and 6.
    #[test]
    fn hmac_known_answers() {
        let mac = Hmac::new(b"Jefe").mac(|message| {
            message.write(b"what do ya want ");
            message.write(b"for nothing?");
        });
        assert_eq!(
            hex::encode(mac),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let mac = Hmac::new(&[0xaa; 131]).mac(|message| {
            message.write(b"Test Using Larger Than Block-Size Key - Hash Key First");
        });
        assert_eq!(
            hex::encode(mac),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn byte_strings_are_equal_only_to_the_last_byte() {
        assert!(ct_eq(b"", b"") && ct_eq(b"abc", b"abc"));
        for other in ["", "ab", "abd", "bbc", "abcd"] {
            assert!(!ct_eq(b"abc", other.as_bytes()), "{other}");
        }
    }
}
