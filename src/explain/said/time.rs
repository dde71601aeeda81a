//! Clocks, and what has expired.

use alloc::string::String;
use alloc::vec::Vec;

use super::Words;
use crate::explain::answer::Answer;
use crate::explain::cause::Cause;
use crate::explain::ours::Ours;
use crate::explain::report::Finding;
use crate::protocol::MAX_EXPIRES;

pub(super) fn findings(answer: &Answer, ours: &Ours<'_>) -> Vec<Finding> {
    let says = Words(answer);
    let mut found = Vec::new();
    if let Some((signed_at, server)) = answer.clock() {
        let behind = time::OffsetDateTime::from(server) - time::OffsetDateTime::from(signed_at);
        let side = if behind.is_negative() { "fast" } else { "slow" };
        let problem = format!("the clock that signed is {} {side}", in_words(behind));
        let waited = match behind.is_negative() {
            true => "",
            false => "; or the request has waited so long: sign it anew before each try",
        };
        let remedy = match answer.clock_offset() {
            Some(offset) => format!(
                "set the clock; or sign with Signer::with_clock_offset(Duration::seconds({})), added to the offset in \
                 place{waited}",
                offset.whole_seconds()
            ),
            None => "set the clock: it is wrong by more than a day; or the request is an old one: sign it anew".into(),
        };
        let finding = Finding::new(Cause::ClockSkew, problem, remedy);
        found.push(
            finding.with_evidence(format!(
                "signed at {signed_at}, and the server's clock said {server}"
            )),
        );
    } else if says.code(&["RequestTimeTooSkewed"]) {
        let remedy = "compare the machine's clock with the Date header of the answer, and set it";
        found.push(Finding::new(Cause::ClockSkew, "the clock that signed is wrong", remedy));
    }
    if says.any(&["Request has expired"]) || says.code(&["RequestExpired"]) {
        let named = ["X-Amz-Expires", "Expires", "ServerTime"]
            .into_iter()
            .filter_map(|name| Some(format!("{name}: {}", ours.mask.line(answer.field(name)?))));
        let finding = Finding::new(
            Cause::UrlExpired,
            "the presigned URL, or the request, has expired",
            "sign anew; a presigned URL for as long as it is needed, with credentials that live as long; and see that \
             the clock is right",
        );
        found.push(finding.with_evidence(named.collect::<Vec<_>>().join(", ")));
    }
    if says.any(&["X-Amz-Expires must be"]) {
        found.push(Finding::new(
            Cause::ExpiresTooLong,
            "the presigned URL is to live longer than the service allows, or for no time at all",
            format!("presign for 1 to {} seconds (7 days)", MAX_EXPIRES.as_secs()),
        ));
    }
    found
}

/// Writes the length of a duration, such as `1 h 2 min 3 s`, without a sign.
fn in_words(duration: time::Duration) -> String {
    let seconds = duration.whole_seconds().unsigned_abs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let mut text = String::new();
    for (number, unit) in parts.into_iter().filter(|(number, _)| *number > 0) {
        text += &format!("{}{number} {unit}", if text.is_empty() { "" } else { " " });
    }
    if text.is_empty() { "0 s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_written_in_words() {
        for (seconds, text) in [(0, "0 s"), (-3723, "1 h 2 min 3 s"), (300, "5 min"), (59, "59 s")]
        {
            assert_eq!(in_words(time::Duration::seconds(seconds)), text);
        }
    }
}
