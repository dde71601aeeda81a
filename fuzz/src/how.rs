//! How a request is signed, in bytes that a person can write: `0` and `1`, then letters.

use arbitrary::Arbitrary;
use countersign::arbitrary::ArbitraryRequest;

use super::both::{Case, EXCLUDED};
use super::reference::{Mode, Policy, Request, Signing};

/// Eight switches, a token, the place of the signature.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct How {
    policy: [bool; 8],
    token: u8,
    is_presigned: bool,
    expires: u32,
}

/// None, sound ones, and such as no header can carry or only changed.
const TOKENS: [Option<&str>; 8] = [
    None,
    Some("AQoDYXdzEPT//////////wEXAMPLE+tc="),
    Some("token"),
    Some("ሴ"),
    Some(""),
    Some("a\tb  c"),
    Some(" a "),
    Some("line\nbreak"),
];

impl How {
    pub fn policy(self) -> Policy {
        let [resolve_path, encode_path_twice, plus_is_space, minimal_headers, excluded, ..] =
            self.policy;
        let [.., send_payload_header, sign_token, presign_unsigned_payload] = self.policy;
        let excluded = if excluded { EXCLUDED.map(str::to_owned).to_vec() } else { Vec::new() };
        Policy {
            resolve_path,
            encode_path_twice,
            plus_is_space,
            minimal_headers,
            excluded,
            send_payload_header,
            sign_token,
            presign_unsigned_payload,
        }
    }

    pub fn mode(self) -> Mode {
        // Two of them are too long, and one too short.
        let expires = u64::from(self.expires % 604_803);
        if self.is_presigned { Mode::Query { expires } } else { Mode::Header }
    }

    /// Whether the signature itself can be made, whatever the request is.
    pub fn is_sound(self) -> bool {
        let token = self.signing().token.unwrap_or_default();
        let lives = match self.mode() {
            Mode::Header => true,
            Mode::Query { expires } => (1..=604_800).contains(&expires),
        };
        lives && !token.contains('\n')
    }

    pub fn case(self, request: ArbitraryRequest) -> Case {
        let ArbitraryRequest { method, target, headers, body, .. } = request;
        let request = Request { method, target, headers, body };
        Case { request, policy: self.policy(), signing: self.signing(), mode: self.mode() }
    }

    pub fn signing(self) -> Signing {
        Signing {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            token: TOKENS[usize::from(self.token) % TOKENS.len()].map(str::to_owned),
            region: "us-east-1".to_owned(),
            service: "service".to_owned(),
            timestamp: "20150830T123600Z".to_owned(),
        }
    }
}
