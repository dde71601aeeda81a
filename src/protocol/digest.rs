//! SHA-256, HMAC-SHA-256 and comparing in constant time: the only file that names a crate for it.
//!
//! The compression function is sha2's. Padding and keying stand here: what is signed is short and comes in small pieces, and
//! what a general interface makes of those costs as much as hashing them.

use core::slice;

use ctutils::CtEq;
use sha2::block_api::compress256;
use zeroize::{Zeroize, Zeroizing};

use super::sink::Sink;

/// The state before the first block ([FIPS 180-4, 5.3.3](https://doi.org/10.6028/NIST.FIPS.180-4)).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// What the key's block is changed with, inside and outside.
const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/// Bytes in a block.
const BLOCK: usize = 64;

/// A SHA-256 that is fed piece by piece.
#[derive(Clone)]
pub(crate) struct Sha256 {
    state: [u32; 8],
    /// Bytes that are in the state.
    hashed: u64,
    /// What is to be hashed next: small pieces gather here. Zeros stand behind them.
    gathered: [u8; 4 * BLOCK],
    length: usize,
}

impl Sha256 {
    pub(crate) fn new() -> Self {
        Self::of_state(INITIAL, 0)
    }

    #[inline]
    fn of_state(state: [u32; 8], hashed: u64) -> Self {
        Self { state, hashed, gathered: [0; 4 * BLOCK], length: 0 }
    }

    /// The hash of one text.
    pub(crate) fn of(text: &[u8]) -> [u8; 32] {
        finish(INITIAL, 0, text)
    }

    /// The hash of the text that `write` puts into the sink.
    pub(crate) fn of_written(write: impl FnOnce(&mut Self)) -> [u8; 32] {
        let mut hash = Self::new();
        write(&mut hash);
        hash.finish()
    }

    /// The hash of what was put in. It ends the text: nothing comes after it.
    #[inline]
    pub(crate) fn finish(&mut self) -> [u8; 32] {
        debug_assert_ne!(self.state, [0; 8], "it was finished before");
        if self.length > self.gathered.len() - PADDING {
            self.hash_gathered();
        }
        finish_padded(&mut self.state, self.hashed, &mut self.gathered, self.length)
    }

    /// What was put in so far, with its whole blocks hashed.
    pub(crate) fn begun(&mut self) -> Begun {
        self.hash_gathered();
        let Self { state, hashed, gathered, length } = self;
        let rest = gathered.first_chunk().copied().unwrap_or([0; BLOCK]);
        Begun { state: *state, hashed: *hashed, rest, length: *length }
    }

    /// Hashes the whole blocks that have gathered.
    fn hash_gathered(&mut self) {
        let (blocks, rest) = self.gathered.get(..self.length).unwrap_or_default().as_chunks();
        compress256(&mut self.state, blocks);
        let (whole, kept) = (self.length - rest.len(), rest.len());
        self.hashed += as_u64(whole);
        self.gathered.copy_within(whole..self.length, 0);
        self.gathered.split_at_mut(kept).1.fill(0);
        self.length = kept;
    }

    /// Hashes what has gathered and whole blocks of what comes, and keeps the rest.
    #[cold]
    fn put_blocks(&mut self, bytes: &[u8]) {
        let bytes = if self.length == 0 {
            bytes
        } else {
            let room = self.gathered.get_mut(self.length..).unwrap_or_default();
            let (head, bytes) = bytes.split_at(room.len().min(bytes.len()));
            room.copy_from_slice(head);
            compress256(&mut self.state, self.gathered.as_chunks().0);
            self.hashed += length(&self.gathered);
            bytes
        };
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        compress256(&mut self.state, blocks);
        self.hashed += length(blocks.as_flattened());
        self.gathered.fill(0);
        self.gathered.split_at_mut(rest.len()).0.copy_from_slice(rest);
        self.length = rest.len();
    }
}

/// A SHA-256 that is to be gone on with: smaller than it, and so cheaper to keep and to hand on.
#[derive(Clone)]
pub(crate) struct Begun {
    state: [u32; 8],
    hashed: u64,
    /// What is not a whole block, before zeros.
    rest: [u8; BLOCK],
    length: usize,
}

impl Begun {
    #[inline]
    pub(crate) fn go_on(&self) -> Sha256 {
        let mut gathered = [0; 4 * BLOCK];
        gathered.split_at_mut(BLOCK).0.copy_from_slice(&self.rest);
        Sha256 { state: self.state, hashed: self.hashed, gathered, length: self.length }
    }
}

impl Sink for Sha256 {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        debug_assert_ne!(self.state, [0; 8], "it is finished");
        let end = self.length + bytes.len();
        match self.gathered.get_mut(self.length..end) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.length = end;
            }
            None => self.put_blocks(bytes),
        }
    }
}

/// Hashes the end of a text, of which so many bytes are in the state.
fn finish(mut state: [u32; 8], hashed: u64, text: &[u8]) -> [u8; 32] {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    if !blocks.is_empty() {
        compress256(&mut state, blocks);
    }
    let mut padded = [0; 2 * BLOCK];
    padded.split_at_mut(rest.len()).0.copy_from_slice(rest);
    finish_padded(&mut state, hashed + length(blocks.as_flattened()), &mut padded, rest.len())
}

/// At least so many bytes stand behind a text.
const PADDING: usize = 1 + size_of::<u64>();

/// The same for an end that stands before zeros enough for its padding, and wipes the state
/// ([FIPS 180-4, 5.1.1](https://doi.org/10.6028/NIST.FIPS.180-4): a one, zeros, and the length in bits).
#[inline]
fn finish_padded<const N: usize>(
    state: &mut [u32; 8],
    hashed: u64,
    text: &mut [u8; N],
    length: usize,
) -> [u8; 32] {
    let bits = (hashed + as_u64(length)).wrapping_mul(8).to_be_bytes();
    if let Some(one) = text.get_mut(length) {
        *one = 0x80;
    }
    let padded = text.as_chunks_mut::<BLOCK>().0.get_mut(..(length + PADDING).div_ceil(BLOCK));
    let padded = padded.unwrap_or_default();
    if let Some(end) = padded.last_mut().and_then(|block| block.last_chunk_mut()) {
        *end = bits;
    }
    compress256(state, padded);
    let bytes = to_bytes(*state);
    // It may be the next key.
    state.zeroize();
    bytes
}

fn length(text: &[u8]) -> u64 {
    as_u64(text.len())
}

/// No text has 2^64 bytes.
fn as_u64(length: usize) -> u64 {
    length.try_into().unwrap_or(u64::MAX)
}

fn to_bytes(state: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.as_chunks_mut().0.iter_mut().zip(state).for_each(|(to, word)| *to = word.to_be_bytes());
    bytes
}

/// An HMAC-SHA-256 with its key already hashed in ([RFC 2104, 2](https://www.rfc-editor.org/rfc/rfc2104#section-2)). Wiped on
/// drop.
pub(crate) struct Hmac {
    inner: Zeroizing<[u32; 8]>,
    outer: Zeroizing<[u32; 8]>,
}

impl Hmac {
    /// Keys an HMAC with the parts of a key, one after the other. A key longer than a block is hashed.
    pub(crate) fn new(key: &[&[u8]]) -> Self {
        let mut block = Zeroizing::new([0; BLOCK]);
        if key.iter().map(|part| part.len()).sum::<usize>() <= block.len() {
            let mut room = block.as_mut_slice();
            for part in key {
                let (to, rest) = room.split_at_mut(part.len());
                to.copy_from_slice(part);
                room = rest;
            }
        } else {
            let mut hash = Sha256::new();
            key.iter().for_each(|part| hash.put(part));
            let short = Zeroizing::new(hash.finish());
            hash.gathered.zeroize();
            block.split_at_mut(short.len()).0.copy_from_slice(&*short);
        }
        let mut keyed = |change: u8| {
            block.iter_mut().for_each(|byte| *byte ^= change);
            let mut state = Zeroizing::new(INITIAL);
            compress256(&mut state, slice::from_ref(&block));
            state
        };
        Self { inner: keyed(INNER), outer: keyed(INNER ^ OUTER) }
    }

    /// The code of one text.
    pub(crate) fn code(&self, text: &[u8]) -> [u8; 32] {
        self.outer_code(finish(*self.inner, length(&[0; BLOCK]), text))
    }

    /// The code of the text that `write` puts into the sink.
    pub(crate) fn code_of(&self, write: impl FnOnce(&mut Sha256)) -> [u8; 32] {
        let mut hash = Sha256::of_state(*self.inner, length(&[0; BLOCK]));
        write(&mut hash);
        self.outer_code(hash.finish())
    }

    #[inline]
    fn outer_code(&self, inner: [u8; 32]) -> [u8; 32] {
        let (mut state, mut text) = (*self.outer, [0; BLOCK]);
        text.split_at_mut(inner.len()).0.copy_from_slice(&inner);
        finish_padded(&mut state, length(&[0; BLOCK]), &mut text, inner.len())
    }
}

/// Whether two texts are equal, in a time that says nothing of where they differ. Their lengths are no secret.
pub(crate) fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).to_bool()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Against sha2's and hmac's own padding and keying: texts of every length around the blocks, in pieces of any size.
    #[test]
    fn every_length_in_pieces_of_any_size() {
        use hmac::{KeyInit, Mac};
        use sha2::Digest;

        let text: Vec<u8> =
            (0..1100_u32).map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes()[3]).collect();
        for length in (0..600).chain([1023, 1024, 1025, 1100]) {
            let text = &text[..length];
            let expected: [u8; 32] = sha2::Sha256::digest(text).into();
            assert_eq!(Sha256::of(text), expected, "{length}");
            for piece in [1, 7, 63, 64, 65, 255, 256, 257, 1000] {
                let pieces = text.chunks(piece);
                let hash = Sha256::of_written(|hash| pieces.for_each(|piece| hash.put(piece)));
                assert_eq!(hash, expected, "{length} bytes in pieces of {piece}");
            }
            let (key, text) = text.split_at(length / 3);
            let code = hmac::Hmac::<sha2::Sha256>::new_from_slice(key).unwrap().chain_update(text);
            let expected: [u8; 32] = code.finalize().into_bytes().into();
            let hmac = Hmac::new(&[&key[..key.len() / 2], &key[key.len() / 2..]]);
            assert_eq!(hmac.code(text), expected, "{length}");
            assert_eq!(
                hmac.code_of(|hash| text.chunks(9).for_each(|piece| hash.put(piece))),
                expected
            );
        }
    }

    #[test]
    fn what_keys_an_hmac_is_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let Hmac { inner, outer } = Hmac::new(&[b"key"]);
        is_wiped(&inner);
        is_wiped(&outer);
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
