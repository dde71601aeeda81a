//! A moment, as signatures write it.

use core::fmt;
use core::str::FromStr;

use time::{Date, Month, OffsetDateTime, Time, UtcDateTime};

use super::sink::{Sink, Text};
use crate::error::TimestampError;

/// A moment in UTC, years 1 to 9999, to the millisecond; finer fractions are cut.
///
/// Signatures over HTTP write whole seconds (`20150830T123600Z`, a fraction is cut), Amazon Keyspaces milliseconds.
///
/// ```
/// use countersign::protocol::Timestamp;
///
/// let timestamp: Timestamp = "20150830T123600Z".parse()?;
/// assert_eq!(timestamp, Timestamp::from_unix(1_440_938_160)?);
/// assert_eq!(timestamp.to_string(), "20150830T123600Z");
/// # Ok::<(), countersign::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    unix: i64,
    milliseconds: u16,
    /// Written once here, since a signature holds it up to five times.
    basic: [u8; 16],
}

impl Timestamp {
    /// The last second of the year 9999.
    pub const MAX: Self =
        Self { unix: 253_402_300_799, milliseconds: 0, basic: *b"99991231T235959Z" };

    /// Reads the machine's clock.
    ///
    /// # Errors
    /// The clock is outside the years 1 to 9999.
    #[cfg(feature = "std")]
    pub fn now() -> Result<Self, TimestampError> {
        std::time::SystemTime::now().try_into()
    }

    /// A number of seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// The year is not one of 1 to 9999.
    pub fn from_unix(seconds: i64) -> Result<Self, TimestampError> {
        let utc = UtcDateTime::from_unix_timestamp(seconds).map_err(|_| TimestampError::Range)?;
        Self::from_utc(utc)
    }

    /// Reads the basic form alone, `20150830T123600Z`.
    pub(crate) fn parse_basic(text: &[u8]) -> Option<Self> {
        parse_basic(text.try_into().ok()?)
    }

    /// A moment some time later, or earlier.
    ///
    /// # Errors
    /// The year is not one of 1 to 9999.
    pub fn checked_add(self, duration: time::Duration) -> Result<Self, TimestampError> {
        let sum = OffsetDateTime::from(self).checked_add(duration).ok_or(TimestampError::Range)?;
        sum.try_into()
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.unix
    }

    fn from_utc(utc: UtcDateTime) -> Result<Self, TimestampError> {
        let year = u16::try_from(utc.year()).ok().filter(|year| (1..=9999).contains(year));
        let year = year.ok_or(TimestampError::Range)?;
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

    /// The basic form, `20150830T123600Z`, in ASCII.
    #[must_use]
    pub fn basic(&self) -> &[u8; 16] {
        &self.basic
    }

    /// The day, `20150830`, in ASCII.
    #[must_use]
    pub fn day(&self) -> [u8; 8] {
        let [y1, y2, y3, y4, m1, m2, d1, d2, ..] = self.basic;
        [y1, y2, y3, y4, m1, m2, d1, d2]
    }

    /// Writes the moment in the form that is asked for.
    #[inline]
    pub(crate) fn write(&self, form: TimeForm, sink: &mut impl Sink) {
        match form {
            TimeForm::Basic => sink.put(&self.basic),
            TimeForm::Extended => self.write_extended(sink),
        }
    }

    /// The same as it stands in a query: there a colon is encoded.
    pub(crate) fn write_in_query(&self, form: TimeForm, sink: &mut impl Sink) {
        match form {
            TimeForm::Basic => sink.put(&self.basic),
            TimeForm::Extended => {
                let [date_and_hour @ .., _, n1, n2, _, s1, s2, dot, f1, f2, f3, z] =
                    self.extended();
                let [p, three, a] = *b"%3A";
                sink.put(&date_and_hour);
                sink.put(&[p, three, a, n1, n2, p, three, a, s1, s2, dot, f1, f2, f3, z]);
            }
        }
    }

    /// Writes the extended form with three digits of a second, `2015-08-30T12:36:00.000Z`.
    pub fn write_extended(&self, sink: &mut impl Sink) {
        sink.put(&self.extended());
    }

    fn extended(&self) -> [u8; 24] {
        let [y1, y2, y3, y4, m1, m2, d1, d2, _, h1, h2, n1, n2, s1, s2, _] = self.basic;
        let [f1, f2] = digits(self.milliseconds / 10);
        let [_, f3] = digits(self.milliseconds % 10);
        [
            y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2,
            b'.', f1, f2, f3, b'Z',
        ]
    }
}

/// How a signature writes its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// `20150830T123600Z`: HTTP.
    Basic,
    /// `2015-08-30T12:36:00.000Z`: Amazon Keyspaces.
    Extended,
}

/// Two decimal digits. Values from 100 on cannot come: they would show as other characters, never panic.
fn digits(value: u16) -> [u8; 2] {
    let digit = |value: u16| b'0'.wrapping_add(value.to_le_bytes()[0]);
    [digit(value / 10), digit(value % 10)]
}

/// Reads `YYYYMMDDTHHMMSSZ`, or `YYYY-MM-DDTHH:MM:SSZ` with or without a fraction.
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        parse(text.as_bytes()).ok_or(TimestampError::Form)
    }
}

fn parse(text: &[u8]) -> Option<Timestamp> {
    if let Ok(basic) = text.try_into() {
        return parse_basic(basic);
    }
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, ref rest @ ..] = *text else { return None };
    let [b'T', h1, h2, b':', n1, n2, b':', s1, s2, ref fraction @ .., b'Z'] = *rest else {
        return None;
    };
    let milliseconds = match fraction {
        [] => 0,
        [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            let mut three = [b'0'; 3];
            three.iter_mut().zip(digits).for_each(|(to, from)| *to = *from);
            let [hundreds, tens, ones] = three.map(|digit| u16::from(digit - b'0'));
            hundreds * 100 + tens * 10 + ones
        }
        _ => return None,
    };
    let basic = [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'];
    Some(Timestamp { milliseconds, ..parse_basic(&basic)? })
}

fn parse_basic(text: &[u8; 16]) -> Option<Timestamp> {
    let [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] = *text else {
        return None;
    };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |tens: u8, ones: u8| (tens - b'0') * 10 + (ones - b'0');
    let year = i32::from(two(y1, y2)) * 100 + i32::from(two(y3, y4));
    let month = Month::try_from(two(m1, m2)).ok()?;
    let date = Date::from_calendar_date(year, month, two(d1, d2)).ok().filter(|_| year > 0)?;
    let time = Time::from_hms(two(h1, h2), two(n1, n2), two(s1, s2)).ok()?;
    let unix = UtcDateTime::new(date, time).unix_timestamp();
    Some(Timestamp { unix, milliseconds: 0, basic: *text })
}

impl TryFrom<OffsetDateTime> for Timestamp {
    type Error = TimestampError;

    fn try_from(moment: OffsetDateTime) -> Result<Self, TimestampError> {
        Self::from_utc(moment.checked_to_utc().ok_or(TimestampError::Range)?)
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(timestamp: Timestamp) -> Self {
        // Cannot fail: the years are 1 to 9999, the milliseconds 0 to 999.
        let seconds = Self::from_unix_timestamp(timestamp.unix).unwrap_or(Self::UNIX_EPOCH);
        seconds.replace_millisecond(timestamp.milliseconds).unwrap_or(seconds)
    }
}

#[cfg(feature = "std")]
impl TryFrom<std::time::SystemTime> for Timestamp {
    type Error = TimestampError;

    fn try_from(moment: std::time::SystemTime) -> Result<Self, TimestampError> {
        let since_epoch = match moment.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => time::Duration::try_from(after),
            Err(error) => time::Duration::try_from(error.duration()).map(|before| -before),
        };
        let since_epoch = since_epoch.map_err(|_| TimestampError::Range)?;
        UtcDateTime::UNIX_EPOCH
            .checked_add(since_epoch)
            .ok_or(TimestampError::Range)
            .and_then(Self::from_utc)
    }
}

/// Shows the basic form.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| text.put(&self.basic))
    }
}

/// Shows the extended form, with its milliseconds.
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write_extended(text))
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
    fn both_forms_are_read_and_written() {
        let timestamp = parsed("2024-02-29T23:59:59.9876Z");
        assert_eq!(timestamp.to_string(), "20240229T235959Z");
        assert_eq!(format!("{timestamp:?}"), "2024-02-29T23:59:59.987Z");
        assert_eq!(&timestamp.day(), b"20240229");
        assert_eq!(parsed("20240229T235959Z").unix(), timestamp.unix());
        assert_eq!(format!("{:?}", parsed("2024-02-29T23:59:59.5Z")), "2024-02-29T23:59:59.500Z");
        assert_eq!(format!("{:?}", parsed("2024-02-29T23:59:59.07Z")), "2024-02-29T23:59:59.070Z");
    }

    #[test]
    fn other_texts_are_refused() {
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
            "20150230T123600Z",
            "20150830T243600Z",
            "20150830T123660Z",
            "00000101T000000Z",
            "+0150830T123600Z",
            "２０150830T123600Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError::Form), "{text}");
        }
    }

    #[test]
    fn the_basic_form_alone() {
        let text = "20240229T235959Z";
        assert_eq!(Timestamp::parse_basic(text.as_bytes()), Some(parsed(text)));
        for text in ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.5Z", "20240230T235959Z", ""] {
            assert_eq!(Timestamp::parse_basic(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn years_1_to_9999() {
        let first = parsed("00010101T000000Z");
        let last = parsed("99991231T235959Z");
        assert_eq!(Timestamp::from_unix(first.unix()), Ok(first));
        assert_eq!(Timestamp::from_unix(last.unix()), Ok(last));
        assert_eq!(last, Timestamp::MAX);
        for outside in [first.unix() - 1, last.unix() + 1, i64::MIN, i64::MAX] {
            assert_eq!(Timestamp::from_unix(outside), Err(TimestampError::Range));
        }
        assert_eq!(last.checked_add(time::Duration::SECOND), Err(TimestampError::Range));
        assert_eq!(last.checked_add(time::Duration::MAX), Err(TimestampError::Range));
    }

    #[test]
    fn converts_from_and_to_other_clocks() {
        let before_epoch = parsed("1969-12-31T23:59:59.250Z");
        assert_eq!(Timestamp::try_from(OffsetDateTime::from(before_epoch)), Ok(before_epoch));
        assert_eq!(before_epoch.unix(), -1);
        #[cfg(feature = "std")]
        {
            let clock = std::time::UNIX_EPOCH - core::time::Duration::from_millis(750);
            assert_eq!(Timestamp::try_from(clock), Ok(before_epoch));
        }
    }
}
