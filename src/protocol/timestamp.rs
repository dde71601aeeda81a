//! The time of a signature, and its date.

use core::fmt;
use core::str::FromStr;

use time::{Month, OffsetDateTime, Time, UtcDateTime};

use super::sink::{Sink, Text};
use crate::error::TimestampError;

/// The time at which a request is signed: UTC, in the years 1 to 9999, truncated to milliseconds.
///
/// Signatures over HTTP contain whole seconds (`20150830T123600Z`), logins to Amazon Keyspaces milliseconds.
///
/// This example parses a timestamp, as it appears in `x-amz-date`:
///
/// ```
/// use countersign::protocol::Timestamp;
///
/// let timestamp: Timestamp = "20150830T123600Z".parse()?;
/// assert_eq!(timestamp, Timestamp::from_unix_timestamp(1_440_938_160)?);
/// assert_eq!(timestamp.date().to_string(), "20150830");
/// # Ok::<(), countersign::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    unix: i64,
    milliseconds: u16,
    // A signature contains it up to five times, so it is formatted once.
    basic: [u8; 16],
}

impl Timestamp {
    /// The last second of the year 9999.
    pub const MAX: Self =
        Self { unix: 253_402_300_799, milliseconds: 0, basic: *b"99991231T235959Z" };

    /// Reads the system clock.
    ///
    /// # Errors
    ///
    /// Returns an error if the clock is outside the years 1 to 9999.
    #[cfg(feature = "std")]
    pub fn now() -> Result<Self, TimestampError> {
        std::time::SystemTime::now().try_into()
    }

    /// Converts seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// Returns an error if the year is not in 1 to 9999.
    pub fn from_unix_timestamp(seconds: i64) -> Result<Self, TimestampError> {
        let utc =
            UtcDateTime::from_unix_timestamp(seconds).map_err(|_| TimestampError::OutOfRange)?;
        Self::from_utc(utc)
    }

    /// Parses the basic form only, `20150830T123600Z`.
    ///
    /// # Errors
    ///
    /// Returns an error if the text has another form, or names a time that does not exist.
    pub(crate) fn parse_basic(text: &[u8]) -> Result<Self, TimestampError> {
        let [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] = *text else {
            return Err(TimestampError::InvalidFormat);
        };
        let date = parse_date([y1, y2, y3, y4, m1, m2, d1, d2])?;
        let [hour, minute, second] =
            [parse_pair(h1, h2)?, parse_pair(n1, n2)?, parse_pair(s1, s2)?];
        let time = Time::from_hms(hour, minute, second).map_err(|_| TimestampError::OutOfRange)?;
        let unix = UtcDateTime::new(date, time).unix_timestamp();
        let basic = [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'];
        Ok(Self { unix, milliseconds: 0, basic })
    }

    /// Adds a duration, which may be negative.
    ///
    /// # Errors
    ///
    /// Returns an error if the year of the sum is not in 1 to 9999.
    pub fn checked_add(self, duration: time::Duration) -> Result<Self, TimestampError> {
        let sum = OffsetDateTime::from(self).checked_add(duration);
        sum.ok_or(TimestampError::OutOfRange)?.try_into()
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_timestamp(self) -> i64 {
        self.unix
    }

    fn from_utc(utc: UtcDateTime) -> Result<Self, TimestampError> {
        let year = u16::try_from(utc.year()).ok().filter(|year| (1..=9999).contains(year));
        let year = year.ok_or(TimestampError::OutOfRange)?;
        let [y1, y2] = digits(year / 100);
        let [y3, y4] = digits(year % 100);
        let [m1, m2] = digits(u8::from(utc.month()).into());
        let [d1, d2] = digits(utc.day().into());
        let [h1, h2] = digits(utc.hour().into());
        let [n1, n2] = digits(utc.minute().into());
        let [s1, s2] = digits(utc.second().into());
        Ok(Self {
            unix: utc.unix_timestamp(),
            milliseconds: utc.millisecond(),
            basic: [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'],
        })
    }

    /// Returns the basic form of ISO 8601, `20150830T123600Z`, in ASCII.
    #[must_use]
    pub fn as_basic(&self) -> &[u8; 16] {
        &self.basic
    }

    /// Returns the date.
    #[must_use]
    pub fn date(&self) -> Date {
        let [y1, y2, y3, y4, m1, m2, d1, d2, ..] = self.basic;
        Date([y1, y2, y3, y4, m1, m2, d1, d2])
    }

    /// Returns the extended form of ISO 8601 with three digits of a second, `2015-08-30T12:36:00.000Z`, in ASCII.
    #[must_use]
    pub fn to_extended(&self) -> [u8; 24] {
        let [y1, y2, y3, y4, m1, m2, d1, d2, _, h1, h2, n1, n2, s1, s2, _] = self.basic;
        let [f1, f2] = digits(self.milliseconds / 10);
        let [_, f3] = digits(self.milliseconds % 10);
        [
            y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2,
            b'.', f1, f2, f3, b'Z',
        ]
    }
}

/// The date of a signature, in UTC. It is part of the [credential scope](super::Scope).
///
/// This example parses a date:
///
/// ```
/// use countersign::protocol::Date;
///
/// let date: Date = "20150830".parse()?;
/// assert_eq!(date.as_bytes(), b"20150830");
/// # Ok::<(), countersign::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date([u8; 8]);

impl Date {
    /// Returns the form `YYYYMMDD` in ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl From<Timestamp> for Date {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.date()
    }
}

/// Parses `YYYYMMDD`.
impl FromStr for Date {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let digits = text.as_bytes().try_into().map_err(|_| TimestampError::InvalidFormat)?;
        parse_date(digits)?;
        Ok(Self(digits))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| text.write(&self.0))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Formats a number below 100 as two decimal digits.
fn digits(value: u16) -> [u8; 2] {
    debug_assert!(value < 100, "it has two digits");
    let digit = |value: u16| b'0'.wrapping_add(value.to_le_bytes()[0]);
    [digit(value / 10), digit(value % 10)]
}

fn parse_pair(tens: u8, ones: u8) -> Result<u8, TimestampError> {
    if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
        return Err(TimestampError::InvalidFormat);
    }
    Ok((tens - b'0') * 10 + (ones - b'0'))
}

fn parse_date(digits: [u8; 8]) -> Result<time::Date, TimestampError> {
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits;
    let year = i32::from(parse_pair(y1, y2)?) * 100 + i32::from(parse_pair(y3, y4)?);
    let (month, day) = (parse_pair(m1, m2)?, parse_pair(d1, d2)?);
    let date =
        Month::try_from(month).and_then(|month| time::Date::from_calendar_date(year, month, day));
    date.ok().filter(|_| year > 0).ok_or(TimestampError::OutOfRange)
}

/// Parses `YYYYMMDDTHHMMSSZ`, or `YYYY-MM-DDTHH:MM:SSZ` with or without a fraction of a second.
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', ref time @ .., b'Z'] =
            *text.as_bytes()
        else {
            return Self::parse_basic(text.as_bytes());
        };
        let [h1, h2, b':', n1, n2, b':', s1, s2, ref fraction @ ..] = *time else {
            return Err(TimestampError::InvalidFormat);
        };
        let milliseconds = match fraction {
            [] => 0,
            [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
                let three = digits.iter().chain([b'0'; 3].iter()).take(3);
                three.fold(0, |number, digit| number * 10 + u16::from(digit - b'0'))
            }
            _ => return Err(TimestampError::InvalidFormat),
        };
        let basic = [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'];
        Ok(Self { milliseconds, ..Self::parse_basic(&basic)? })
    }
}

impl TryFrom<OffsetDateTime> for Timestamp {
    type Error = TimestampError;

    fn try_from(time: OffsetDateTime) -> Result<Self, TimestampError> {
        Self::from_utc(time.checked_to_utc().ok_or(TimestampError::OutOfRange)?)
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(timestamp: Timestamp) -> Self {
        let nanoseconds = i128::from(timestamp.unix) * 1_000_000_000
            + i128::from(timestamp.milliseconds) * 1_000_000;
        let time = Self::from_unix_timestamp_nanos(nanoseconds);
        debug_assert!(time.is_ok(), "the years 1 to 9999 are in its range");
        time.unwrap_or(Self::UNIX_EPOCH)
    }
}

#[cfg(feature = "std")]
impl TryFrom<std::time::SystemTime> for Timestamp {
    type Error = TimestampError;

    fn try_from(time: std::time::SystemTime) -> Result<Self, TimestampError> {
        let since_epoch = match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => time::Duration::try_from(after),
            Err(error) => time::Duration::try_from(error.duration()).map(|before| -before),
        };
        let since_epoch = since_epoch.map_err(|_| TimestampError::OutOfRange)?;
        let time = UtcDateTime::UNIX_EPOCH.checked_add(since_epoch);
        Self::from_utc(time.ok_or(TimestampError::OutOfRange)?)
    }
}

/// Formats the basic form, `20150830T123600Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| text.write(&self.basic))
    }
}

/// Formats the extended form with milliseconds, `2015-08-30T12:36:00.000Z`.
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| text.write(&self.to_extended()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    fn parsed(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn both_forms_are_parsed_and_formatted() {
        let timestamp = parsed("2024-02-29T23:59:59.9876Z");
        assert_eq!(timestamp.to_string(), "20240229T235959Z");
        assert_eq!(format!("{timestamp:?}"), "2024-02-29T23:59:59.987Z");
        assert_eq!(timestamp.date(), "20240229".parse().unwrap());
        assert_eq!(parsed("20240229T235959Z").unix_timestamp(), timestamp.unix_timestamp());
        assert_eq!(format!("{:?}", parsed("2024-02-29T23:59:59.5Z")), "2024-02-29T23:59:59.500Z");
        assert_eq!(format!("{:?}", parsed("2024-02-29T23:59:59.07Z")), "2024-02-29T23:59:59.070Z");
    }

    #[test]
    fn other_forms_are_rejected() {
        for text in [
            "",
            "Z",
            "20150830",
            "20150830T123600",
            "20150830 123600Z",
            "20150830T1236000Z",
            "2015-0830T123600Z",
            "20150830T12:36:00Z",
            "20150830T123600.5Z",
            "2015-08-30T12:36:00.Z",
            "2015-08-30T12:36:00.1x4Z",
            "+0150830T123600Z",
            "２０150830T123600Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError::InvalidFormat), "{text}");
        }
    }

    #[test]
    fn times_that_do_not_exist_are_out_of_range() {
        for text in [
            "20150230T123600Z",
            "20151330T123600Z",
            "20150830T243600Z",
            "20161231T235960Z",
            "2016-12-31T23:59:60.5Z",
            "00000101T000000Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError::OutOfRange), "{text}");
        }
        assert_eq!("20150230".parse::<Date>(), Err(TimestampError::OutOfRange));
        assert_eq!("2015023".parse::<Date>(), Err(TimestampError::InvalidFormat));
        assert_eq!("2015o230".parse::<Date>(), Err(TimestampError::InvalidFormat));
    }

    #[test]
    fn parse_basic_accepts_no_other_form() {
        let text = "20240229T235959Z";
        assert_eq!(Timestamp::parse_basic(text.as_bytes()), Ok(parsed(text)));
        for text in ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.5Z", "20240230T235959Z", ""] {
            assert!(Timestamp::parse_basic(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn years_1_to_9999() {
        let first = parsed("00010101T000000Z");
        let last = parsed("99991231T235959Z");
        assert_eq!(Timestamp::from_unix_timestamp(first.unix_timestamp()), Ok(first));
        assert_eq!(Timestamp::from_unix_timestamp(last.unix_timestamp()), Ok(last));
        assert_eq!(last, Timestamp::MAX);
        for outside in [first.unix_timestamp() - 1, last.unix_timestamp() + 1, i64::MIN, i64::MAX] {
            assert_eq!(Timestamp::from_unix_timestamp(outside), Err(TimestampError::OutOfRange));
        }
        assert_eq!(last.checked_add(time::Duration::SECOND), Err(TimestampError::OutOfRange));
        assert_eq!(last.checked_add(time::Duration::MAX), Err(TimestampError::OutOfRange));
    }

    #[test]
    fn converts_from_and_to_other_clocks() {
        let before_epoch = parsed("1969-12-31T23:59:59.250Z");
        assert_eq!(Timestamp::try_from(OffsetDateTime::from(before_epoch)), Ok(before_epoch));
        assert_eq!(before_epoch.unix_timestamp(), -1);
        #[cfg(feature = "std")]
        {
            let clock = std::time::UNIX_EPOCH - core::time::Duration::from_millis(750);
            assert_eq!(Timestamp::try_from(clock), Ok(before_epoch));
        }
    }
}
