//! The hashing that no signer can avoid.

use std::hint::black_box;

use countersign::protocol::Stages;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// A signing's hashing and nothing else, over prebuilt buffers: the SHA-256 of the canonical request, the HMAC of the string
/// to sign from a key that is hashed in already, and the body's SHA-256 unless it is empty.
pub(crate) struct Floor {
    canonical_request: Vec<u8>,
    string_to_sign: Vec<u8>,
    body: Vec<u8>,
    key: Hmac<Sha256>,
}

impl Floor {
    pub(crate) fn new(stages: Stages<'_>, body: &[u8]) -> Self {
        let canonical_request = stages.canonical_request().to_string();
        Self::from_texts(&canonical_request, &stages.string_to_sign().to_string(), body)
    }

    pub(crate) fn from_texts(canonical_request: &str, string_to_sign: &str, body: &[u8]) -> Self {
        Self {
            canonical_request: canonical_request.into(),
            string_to_sign: string_to_sign.into(),
            body: body.into(),
            key: Hmac::new_from_slice(&[7; 32]).unwrap(),
        }
    }

    pub(crate) fn hash(&self) {
        if !self.body.is_empty() {
            black_box(Sha256::digest(black_box(&self.body)));
        }
        black_box(Sha256::digest(black_box(&self.canonical_request)));
        let mut hmac = self.key.clone();
        hmac.update(black_box(&self.string_to_sign));
        black_box(hmac.finalize().into_bytes());
    }
}

/// Four HMACs, each with a fresh key: what deriving a signing key costs at least. `secret` is the first, `AWS4` and all.
pub(crate) fn four_hmacs(secret: &[u8], texts: [&[u8]; 4]) -> [u8; 32] {
    let day = hmac(secret, texts[0]);
    let region = hmac(&day, texts[1]);
    let service = hmac(&region, texts[2]);
    hmac(&service, texts[3])
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    hmac.update(text);
    hmac.finalize().into_bytes().into()
}
