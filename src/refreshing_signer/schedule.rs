//! When credentials are looked up.

use core::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

/// How long before their end credentials are renewed. The metadata service of EC2 has new ones at least five minutes before
/// ([AWS: retrieve security credentials](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html)).
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_secs(300);

/// Between two look-ups of the task; doubled with each that fails.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// Also how late a machine that was asleep notices that a look-up is due: a timer stands still meanwhile.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// When a look-up is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Due {
    /// Before the credentials' end, which is a time of day.
    At(OffsetDateTime),
    /// After one that failed: a clock that is set back does not put it off.
    After(Instant),
}

impl Due {
    /// For credentials that are good from now to an end: [`REFRESH_BEFORE_EXPIRY`] before it, or after two thirds of a shorter life.
    pub(super) fn before(end: OffsetDateTime, now: OffsetDateTime) -> Option<Self> {
        let life = Duration::try_from(end - now).unwrap_or_default();
        let pause = life.saturating_sub(REFRESH_BEFORE_EXPIRY.min(life / 3));
        now.checked_add(pause.max(SHORTEST_PAUSE).try_into().ok()?).map(Self::At)
    }

    /// After a look-up that failed, when so many had failed before.
    pub(super) fn after(failures: u32) -> Self {
        let pause = SHORTEST_PAUSE.saturating_mul(2_u32.saturating_pow(failures));
        Self::After(Instant::now() + pause.min(LONGEST_PAUSE))
    }

    /// How long to wait before looking whether it is due; none if it is.
    pub(super) fn pause(self, now: Option<OffsetDateTime>) -> Option<Duration> {
        let pause = match (self, now) {
            (Self::After(due), _) => due.saturating_duration_since(Instant::now()),
            (Self::At(due), Some(now)) => Duration::try_from(due - now).unwrap_or_default(),
            // No signature can be made by such a clock.
            (Self::At(_), None) => LONGEST_PAUSE,
        };
        Some(pause.min(LONGEST_PAUSE)).filter(|pause| !pause.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_up_is_due_five_minutes_before_the_end_or_after_two_thirds_of_a_short_life() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for (life, expected) in
            [(43_200.0, 42_900.0), (900.0, 600.0), (600.0, 400.0), (3.0, 2.0), (0.3, 0.5)]
        {
            let seconds = time::Duration::seconds_f64;
            let due = Due::before(now + seconds(life), now);
            assert_eq!(due, Some(Due::At(now + seconds(expected))));
        }
        let ended = Due::before(now - time::Duration::HOUR, now);
        assert_eq!(ended, Some(Due::At(now + SHORTEST_PAUSE)));
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_to_a_minute_whatever_the_clock_says() {
        let pauses = [0, 1, 6, 7, 100, u32::MAX].map(|failures| Due::after(failures).pause(None));
        let expected = [0.5, 1.0, 32.0, 60.0, 60.0, 60.0].map(Duration::from_secs_f64);
        assert_eq!(pauses, expected.map(Some));
        let due = Due::after(0);
        tokio::time::advance(SHORTEST_PAUSE).await;
        assert_eq!(due.pause(None), None);
    }

    #[test]
    fn the_clock_is_looked_at_each_minute() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let due = Due::At(now + time::Duration::HOUR);
        assert_eq!(due.pause(Some(now)), Some(LONGEST_PAUSE));
        assert_eq!(due.pause(None), Some(LONGEST_PAUSE));
        assert_eq!(due.pause(Some(now + time::Duration::HOUR)), None);
        assert_eq!(due.pause(Some(now + time::Duration::DAY)), None);
    }
}
