//! Clock skew: how far a server's clock is ahead of this machine's clock.

use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};

use crate::protocol::Timestamp;

/// The largest offset that is reported. A clock that is off by more must be set.
const MAX_OFFSET: Duration = Duration::hours(24);

/// Returns how far a server's clock is ahead of this machine's clock, from the `Date` header of a response.
///
/// `headers` are the header fields of the response. `sent` and `received` are the times at which the request was sent and
/// the response was received, by this machine's clock. The result is the server's time minus the midpoint of the two. It is
/// exact to about a second, plus half of the time between them.
///
/// Pass the result to [`Signer::with_clock_offset`](crate::Signer::with_clock_offset). If `sent` and `received` come from
/// [`Signer::now`](crate::Signer::now), add the result to the offset that the signer already has.
///
/// Only use a response that came over an authenticated connection (TLS). A forged `Date` header would decide for which time
/// requests are signed.
///
/// Returns `None` if
///
/// - the `Date` header is missing, repeated or unreadable;
/// - there is an `Age` header: a cache stored the response, so its `Date` is in the past;
/// - `received` is before `sent`;
/// - the clocks are more than 24 hours apart. Set the clock of such a machine.
///
/// # Example
///
/// In this example, the server's clock is ten minutes ahead.
///
/// ```
/// use countersign::{clock_offset, time};
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
    let values = |name: &'static str| {
        headers
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    };
    let mut dates = values("date");
    let date = dates.next()?;
    if dates.next().is_some() || values("age").next().is_some() || received < sent {
        return None;
    }
    let server = parse_time(str::from_utf8(date).ok()?)?;
    let (sent, received) = (OffsetDateTime::from(sent), OffsetDateTime::from(received));
    let midpoint = sent.checked_add((received - sent) / 2)?;
    offset_between(midpoint, server.into())
}

/// The server's time minus the local time. `None` if it is more than 24 hours in either direction.
pub(crate) fn offset_between(local: OffsetDateTime, server: OffsetDateTime) -> Option<Duration> {
    let offset = server - local;
    (offset.abs() <= MAX_OFFSET).then_some(offset)
}

/// Reads a time in any format that services use: ISO 8601 basic or extended format, or that of a `Date` header.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let parse_date =
        || OffsetDateTime::parse(text, &Rfc2822).ok().and_then(|date| date.try_into().ok());
    text.parse().ok().or_else(parse_date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const DATE: (&str, &[u8]) = ("dAtE", b"Sun, 30 Aug 2015 12:36:00 GMT");

    fn offset(headers: &[(&str, &[u8])], sent: &str, received: &str) -> Option<Duration> {
        clock_offset(headers, sent.parse().unwrap(), received.parse().unwrap())
    }

    #[test]
    fn offset_is_relative_to_request_midpoint() {
        for (sent, received, seconds) in [
            ("20150830T123600Z", "20150830T123610Z", -5),
            ("20150830T123600Z", "20150830T123600Z", 0),
            ("20150830T123500Z", "20150830T123600Z", 30),
            ("20150829T123600Z", "20150829T123600Z", 86_400),
            ("20150831T123600Z", "20150831T123600Z", -86_400),
        ] {
            let expected = Some(Duration::seconds(seconds));
            assert_eq!(offset(&[("server", b"x"), DATE], sent, received), expected, "{sent}");
        }
    }

    #[test]
    fn unusable_response_has_no_offset() {
        let (sent, received) = ("20150830T123600Z", "20150830T123610Z");
        assert!(offset(&[DATE], sent, received).is_some());
        let unusable: [&[(&str, &[u8])]; 5] = [
            &[],
            &[("date", b"yesterday")],
            &[("date", b"\xff")],
            &[DATE, ("Age", b"0")],
            &[DATE, DATE],
        ];
        for headers in unusable {
            assert_eq!(offset(headers, sent, received), None, "{headers:?}");
        }
        assert_eq!(offset(&[DATE], received, sent), None);
        for more_than_a_day in ["20150829T123559Z", "20150831T123601Z"] {
            assert_eq!(offset(&[DATE], more_than_a_day, more_than_a_day), None);
        }
    }

    #[test]
    fn every_time_format_of_services_is_read() {
        for text in [
            "20150830T123600Z",
            "2015-08-30T12:36:00Z",
            "Sun, 30 Aug 2015 12:36:00 +0000",
            " Sun, 30 Aug 2015 12:36:00 GMT ",
        ] {
            assert_eq!(parse_time(text).unwrap().to_string(), "20150830T123600Z");
        }
    }
}
