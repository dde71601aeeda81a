//! What a server answers, read and explained: no panic, and no secret shown. The fuzzer's text holds places for what a server
//! shows of the request, and for the secrets that it should not show.

use core::time::Duration;

use arbitrary::Arbitrary;
use countersign::explain::{Answer, Explanation};
use countersign::protocol::{Payload, RawRequest, Rules};
use countersign::{Credentials, Signer, Stages, clock_offset};

#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    is_s3: bool,
    has_token: bool,
    is_presigned: bool,
    is_body_alone: bool,
    answer: &'a [u8],
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLE+tc=";
const REQUEST: RawRequest<'static> = RawRequest {
    method: "GET",
    target: b"https://db.example:8182/a%20b/c?b=%20&a=1&c=x%2By",
    headers: &[("accept", b"*/*, a: b"), ("Content-Type", b"application/json")],
};
const TIME: &str = "20150830T123600Z";
const LIFE: Duration = Duration::from_secs(900);

/// What is left of a text with all its places filled in.
const MOST: usize = 1 << 14;

/// So much of a secret in one piece is no chance, nor so little that something in front of it could hide it from the mask.
const PIECE: usize = 16;

impl Input<'_> {
    pub fn check(&self) {
        let signer = self.signer();
        let (payload, time) = (Payload::Bytes(b"body"), TIME.parse().unwrap());
        let answer = if self.is_presigned {
            let presigned = signer.presign_raw_at(&REQUEST, payload, LIFE, time).unwrap();
            self.answer(presigned.stages())
        } else {
            self.answer(signer.sign_raw_at(&REQUEST, payload, time).unwrap().stages())
        };
        let explained = if self.is_presigned {
            signer.explain_presigned_raw(&REQUEST, payload, LIFE, time, Some(&answer))
        } else {
            signer.explain_raw(&REQUEST, payload, time, Some(&answer))
        };
        self.shows_no_secret(&explained.unwrap());
        let (code, message) = (answer.code(), answer.message());
        for text in [code, message, answer.canonical_request(), answer.string_to_sign()] {
            can_be_shown(text.unwrap_or_default());
        }
        let _ = (answer.signed_at(), answer.clock_offset());
        let headers = [("Date", self.answer)];
        let _ = clock_offset(&headers, time, time);
    }

    fn signer(&self) -> Signer {
        let mut credentials = Credentials::new("AKIDEXAMPLE", SECRET);
        if self.has_token {
            credentials = credentials.with_session_token(TOKEN);
        }
        let rules = if self.is_s3 { Rules::S3 } else { Rules::DEFAULT };
        Signer::new(credentials, "us-east-1", "es").with_rules(rules)
    }

    fn answer(&self, stages: Stages<'_>) -> Answer {
        let canonical = stages.canonical_request().to_string();
        let string_to_sign = stages.string_to_sign().to_string();
        let hex: Vec<String> = canonical.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut text = String::from_utf8_lossy(self.answer).into_owned();
        for (place, filled) in [
            ("{canonical}", canonical.as_str()),
            ("{json}", &canonical.replace('\n', "\\n")),
            ("{hex}", &hex.join(" ")),
            ("{string}", &string_to_sign),
            ("{signature}", stages.signature().as_ref()),
            ("{secret}", SECRET),
            ("{percent}", &percent),
            ("{token}", TOKEN),
        ] {
            text = text.replace(place, filled);
            let end = (0..=text.len().min(MOST)).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(end.unwrap_or(0));
        }
        if self.is_body_alone {
            let headers = [("x-amzn-ErrorType", self.answer)];
            Answer::new(Some(403), &headers, text.as_bytes())
        } else {
            Answer::parse(text.as_bytes())
        }
    }

    fn shows_no_secret(&self, explanation: &Explanation) {
        let findings = explanation.findings().iter();
        let each = findings.flat_map(|finding| [finding.to_string(), format!("{finding:?}")]);
        let whole = [explanation.to_string(), format!("{explanation:?}")];
        let secrets = if self.has_token { &[SECRET, TOKEN][..] } else { &[SECRET] };
        for text in each.chain(whole) {
            can_be_shown(&text);
            let unescaped = unescaped(&text);
            for secret in secrets {
                assert!(!shows(&text, secret) && !shows(&unescaped, secret), "{text:?}");
            }
        }
    }
}

fn shows(text: &str, secret: &str) -> bool {
    (0..=secret.len() - PIECE).any(|at| text.contains(&secret[at..at + PIECE]))
}

/// A terminal obeys nothing of it.
fn can_be_shown(text: &str) {
    let is_obeyed =
        |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}\u{2066}".contains(c));
    assert!(!text.contains(is_obeyed), "{text:?}");
}

/// Without percent-encoding.
fn unescaped(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        match piece.get(..2).and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => bytes.extend([&[byte], &piece.as_bytes()[2..]].concat()),
            None => bytes.extend([b"%", piece.as_bytes()].concat()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
