//! How wrong a machine's clock is.

use alloc::string::String;

use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};

use crate::protocol::Timestamp;

/// What is beyond it is no clock that runs wrong: such a machine must be set.
const MAX_OFFSET: Duration = Duration::hours(24);

/// How far a server's clock is ahead of this machine's, by the `Date` header of any answer of its: the server's time
/// minus the middle between `sent` and `received`, by this machine's clock. It is exact to a second or so, and to half
/// of the time that the answer took.
///
/// There is none without a `Date` that can be read, or with several; where a cache has answered (an `Age` header); where
/// the answer came before the request; and beyond 24 hours either way: a machine that wrong must be set.
///
/// It is a value for [`Signer::with_clock_offset`](crate::Signer::with_clock_offset); where `sent` and `received` come
/// from [`Signer::now`](crate::Signer::now), add it to the offset in place. Take it from an authenticated connection
/// (TLS) only: whoever forges it decides for when requests are signed.
///
/// ```
/// use countersign::explain::clock_offset;
///
/// let headers: [(&str, &[u8]); 1] = [("Date", b"Sun, 30 Aug 2015 12:46:02 GMT")];
/// let (sent, received) = ("20150830T123600Z".parse()?, "20150830T123604Z".parse()?);
/// assert_eq!(clock_offset(&headers, sent, received), Some(time::Duration::minutes(10)));
/// # Ok::<(), countersign::TimestampError>(())
/// ```
#[must_use]
pub fn clock_offset(
    headers: &[(&str, &[u8])],
    sent: Timestamp,
    received: Timestamp,
) -> Option<Duration> {
    let is = |name: &'static str| {
        headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name))
    };
    let mut dates = is("date");
    let (_, date) = dates.next()?;
    if dates.next().is_some() || is("age").next().is_some() || received < sent {
        return None;
    }
    let server = parse(str::from_utf8(date).ok()?)?;
    let (sent, received) = (OffsetDateTime::from(sent), OffsetDateTime::from(received));
    let middle = sent.checked_add((received - sent) / 2)?;
    within_a_day(OffsetDateTime::from(server) - middle)
}

/// The server's time minus the time that a request was signed at.
pub(super) fn between(signed_at: Timestamp, server: Timestamp) -> Option<Duration> {
    within_a_day(OffsetDateTime::from(server) - OffsetDateTime::from(signed_at))
}

fn within_a_day(offset: Duration) -> Option<Duration> {
    (offset.abs() <= MAX_OFFSET).then_some(offset)
}

/// A time as services write it: basic, extended, or as in a `Date` header.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let of_date = || OffsetDateTime::parse(text, &Rfc2822).ok().and_then(|t| t.try_into().ok());
    text.parse().ok().or_else(of_date)
}

/// `1 h 2 min 3 s`, without a sign.
pub(super) fn shown(duration: Duration) -> String {
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
    use alloc::string::ToString;
    use alloc::vec::Vec;

    fn learned(headers: &[(&str, &str)]) -> Option<Duration> {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let (sent, received) = ("20150830T123600Z", "20150830T123610Z");
        clock_offset(&headers, sent.parse().unwrap(), received.parse().unwrap())
    }

    #[test]
    fn it_is_measured_from_the_middle() {
        let date = ("dAtE", "Sun, 30 Aug 2015 12:36:00 GMT");
        assert_eq!(learned(&[("a", "b"), date]), Some(Duration::seconds(-5)));
        assert_eq!(learned(&[("Date", "Mon, 31 Aug 2015 12:36:05 GMT")]), Some(Duration::DAY));
        for unusable in [
            &[][..],
            &[("date", "yesterday")],
            &[("Date", "Mon, 31 Aug 2015 12:36:06 GMT")],
            &[("Date", "Sat, 29 Aug 2015 12:36:04 GMT")],
            &[date, ("Age", "0")],
            &[date, date],
        ] {
            assert_eq!(learned(unusable), None, "{unusable:?}");
        }
        let (late, early) = ("20150830T123610Z", "20150830T123609Z");
        let headers = [("Date", date.1.as_bytes())];
        assert_eq!(clock_offset(&headers, late.parse().unwrap(), early.parse().unwrap()), None);
    }

    #[test]
    fn times_and_spans_are_as_services_write_them() {
        for text in ["20150830T123600Z", "2015-08-30T12:36:00Z", "Sun, 30 Aug 2015 12:36:00 +0000"]
        {
            assert_eq!(parse(text).unwrap().to_string(), "20150830T123600Z");
        }
        for (seconds, text) in [(0, "0 s"), (-3723, "1 h 2 min 3 s"), (300, "5 min"), (59, "59 s")]
        {
            assert_eq!(shown(Duration::seconds(seconds)), text);
        }
    }
}
