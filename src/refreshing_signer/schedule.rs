//! When credentials are looked up again.

use core::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

/// How long before their expiry credentials are refreshed.
///
/// The EC2 instance metadata service offers new credentials at least five minutes before the old ones expire
/// ([AWS: retrieve security credentials](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html)).
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_secs(300);

/// The pause after the first failed lookup. It doubles with every further failure.
const MIN_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause between two lookups that fail.
///
/// The background task also checks the clocks at least this often, because its timer may stand still while the machine is
/// suspended.
pub(super) const MAX_PAUSE: Duration = Duration::from_secs(60);

/// When a lookup is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Due {
    /// At a time of day, because that is how credentials state their expiry.
    At(OffsetDateTime),
    /// Some time after a failed lookup. Setting the clock back does not delay it.
    After(Instant),
}

impl Due {
    /// The lookup that follows a successful one: [`REFRESH_BEFORE_EXPIRY`] before `end`, or after two thirds of a short
    /// lifetime.
    pub(super) fn before(end: OffsetDateTime, now: OffsetDateTime) -> Option<Self> {
        let lifetime = Duration::try_from(end - now).unwrap_or_default();
        let pause = lifetime.saturating_sub(REFRESH_BEFORE_EXPIRY.min(lifetime / 3));
        now.checked_add(pause.max(MIN_PAUSE).try_into().ok()?).map(Self::At)
    }

    /// The lookup that follows a failed one, with the number of failures before that.
    pub(super) fn after(failures: u32) -> Self {
        let pause = MIN_PAUSE.saturating_mul(2_u32.saturating_pow(failures));
        Self::After(Instant::now() + pause.min(MAX_PAUSE))
    }

    /// How long to sleep before checking again whether the lookup is due. `None` if it is due now.
    pub(super) fn pause(self, now: Option<OffsetDateTime>) -> Option<Duration> {
        let pause = match (self, now) {
            (Self::After(due), _) => due.saturating_duration_since(Instant::now()),
            (Self::At(due), Some(now)) => Duration::try_from(due - now).unwrap_or_default(),
            // Nothing can be signed by such a clock.
            (Self::At(_), None) => MAX_PAUSE,
        };
        Some(pause.min(MAX_PAUSE)).filter(|pause| !pause.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookup_is_due_before_expiry() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for (lifetime, expected) in
            [(43_200.0, 42_900.0), (900.0, 600.0), (600.0, 400.0), (3.0, 2.0), (0.3, 0.5)]
        {
            let seconds = time::Duration::seconds_f64;
            let due = Due::before(now + seconds(lifetime), now);
            assert_eq!(due, Some(Due::At(now + seconds(expected))));
        }
        let expired = Due::before(now - time::Duration::HOUR, now);
        assert_eq!(expired, Some(Due::At(now + MIN_PAUSE)));
    }

    #[tokio::test(start_paused = true)]
    async fn backoff_is_capped_and_ignores_the_wall_clock() {
        let pauses = [0, 1, 6, 7, 100, u32::MAX].map(|failures| Due::after(failures).pause(None));
        let expected = [0.5, 1.0, 32.0, 60.0, 60.0, 60.0].map(Duration::from_secs_f64);
        assert_eq!(pauses, expected.map(Some));
        let due = Due::after(0);
        tokio::time::advance(MIN_PAUSE).await;
        assert_eq!(due.pause(None), None);
    }

    #[test]
    fn wall_clock_is_checked_every_minute() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let due = Due::At(now + time::Duration::HOUR);
        assert_eq!(due.pause(Some(now)), Some(MAX_PAUSE));
        assert_eq!(due.pause(None), Some(MAX_PAUSE));
        assert_eq!(due.pause(Some(now + time::Duration::HOUR)), None);
        assert_eq!(due.pause(Some(now + time::Duration::DAY)), None);
    }
}
