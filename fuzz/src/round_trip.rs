//! What is signed is verified, and a flipped bit is not, wherever the reference sees another request.

use core::time::Duration;

use arbitrary::Arbitrary;
use countersign::arbitrary::ArbitraryRequest;
use countersign::verifier::{Body, Verified, VerifyError};

use super::both::Case;
use super::how::How;
use super::http::{in_case, request};
use super::reference::{Mode, Request};
use super::sent::Sent;

#[derive(Arbitrary, Debug)]
pub struct Input {
    how: How,
    is_hostile: bool,
    flips: [Flip; 2],
    request: ArbitraryRequest,
}

/// A bit of one byte.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Flip {
    at: u16,
    bit: u8,
}

impl Input {
    pub fn check(self) {
        let Self { how, is_hostile, flips, request } = self;
        let request = if is_hostile { request } else { request.into_well_formed() };
        let case = how.case(request);
        check_http(&case);
        let Some(sent) = Sent::of(case) else { return };
        assert_eq!(sent.arrived().as_ref(), Some(&sent.canonical_request));
        match sent.verify() {
            Ok(verified) => is_proved(&verified, &sent),
            Err(VerifyError::RequestTooLarge(_)) => return,
            Err(error) => panic!("{error:?}: {sent:?}"),
        }
        for flip in flips {
            let mut changed = sent.clone();
            flip.apply(&mut changed.request);
            let (verdict, is_same) = (changed.verify(), changed.is_same_as(&sent));
            match verdict {
                Ok(_) => assert!(is_same, "{flip:?} goes unseen: {changed:?}"),
                // A header that was not signed has become one that must be.
                Err(VerifyError::HeaderUnsigned { .. }) => {}
                Err(error) => assert!(!is_same, "{error:?} for {flip:?}: {changed:?}"),
            }
        }
    }
}

fn is_proved(verified: &Verified, sent: &Sent) {
    assert_eq!(verified.access_key_id(), sent.case.signing.access_key_id);
    assert_eq!(verified.signed_headers().collect::<Vec<_>>().join(";"), sent.signed_headers);
    assert_eq!(verified.body(), sent.verdict());
    assert_eq!(verified.timestamp(), sent.case.now());
}

/// The same by way of the types of crate `http`.
fn check_http(case: &Case) {
    let Some(mut request) = request(&case.request) else { return };
    let case = in_case(case, &request);
    let Some(sent) = Sent::of(case) else { return };
    let (signer, now) = (sent.case.signer(), sent.case.now());
    match sent.case.mode {
        Mode::Header => signer.sign_at(&mut request, now).unwrap(),
        Mode::Query { expires } => {
            let life = Duration::from_secs(expires);
            // A URI has to have a host for it, and a length.
            let Ok(presigned) = signer.presign_at(&request, life, now) else { return };
            for (name, value) in presigned.signed_headers() {
                request.headers_mut().insert(name, value.clone());
            }
            *request.uri_mut() = presigned.into_uri();
        }
    }
    let (parts, body) = request.into_parts();
    let verifier = sent.verifier();
    let claim = match verifier.read(&parts, now) {
        Ok(claim) => claim,
        // A Host that is not the URI's: a client's own fault.
        Err(VerifyError::HostMismatch | VerifyError::RequestTooLarge(_)) => return,
        Err(error) => panic!("{error:?}: {parts:?}"),
    };
    let key = sent.case.access_key(claim.access_key_id(), claim.scope());
    match claim.verify(&key, Body::Bytes(&body)) {
        Ok(verified) => is_proved(&verified, &sent),
        Err(error) => panic!("{error:?}: {parts:?}"),
    }
}

impl Flip {
    fn apply(self, request: &mut Request) {
        let Request { method, target, headers, body } = request;
        let mut texts: Vec<&mut String> = vec![method];
        let mut bytes: Vec<&mut u8> = Vec::new();
        for (name, value) in headers {
            texts.push(name);
            bytes.extend(value);
        }
        bytes.extend(target);
        bytes.extend(body);
        let at = usize::from(self.at);
        let letters = texts.iter().map(|text| text.len()).sum::<usize>();
        let at = at % (bytes.len() + letters);
        if let Some(byte) = bytes.get_mut(at) {
            **byte ^= 1 << (self.bit % 8);
            return;
        }
        let mut at = at - bytes.len();
        for text in texts {
            if at < text.len() {
                // Both are ASCII, being tokens.
                let flipped = |(index, letter): (usize, char)| {
                    let bit = if index == at { 1 << (self.bit % 7) } else { 0 };
                    char::from(u8::try_from(letter).unwrap() ^ bit)
                };
                *text = text.chars().enumerate().map(flipped).collect();
                return;
            }
            at -= text.len();
        }
    }
}
