//! When credentials expire, and when they are looked up again.
//!
//! Credentials state their expiry as a time of day, but the wall clock can be set while they are in use. The monotonic
//! clock cannot be set, but it stands still on many systems while the machine is suspended. Each period of time is
//! therefore measured with both clocks, and the longer result counts: setting the wall clock back cannot extend it, and
//! neither can suspending the machine.

use core::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use super::Refreshable;

/// How long before their expiry credentials are refreshed.
///
/// The EC2 instance metadata service offers new credentials at least five minutes before the old ones expire
/// ([AWS: retrieve security credentials](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html)).
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_secs(300);

/// The shortest time between two lookups of the background task. It doubles with every failed lookup.
const MIN_PAUSE: Duration = Duration::from_millis(500);

/// The longest time between two lookups while lookups fail.
///
/// The background task also checks the clocks at least this often, because its timer may stand still while the machine is
/// suspended.
pub(super) const MAX_PAUSE: Duration = Duration::from_secs(60);

/// A reading of both clocks at the same moment.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// `None` if the year is outside the range of a signature. Signing returns an error then.
    pub(super) wall: Option<OffsetDateTime>,
    pub(super) monotonic: Instant,
}

impl Moment {
    /// Reads the clocks. The wall clock is that of the signer, with its offset.
    pub(super) fn now(signer: &impl Refreshable) -> Self {
        Self { wall: signer.now().ok().map(OffsetDateTime::from), monotonic: Instant::now() }
    }

    /// The time since `earlier`, by the clock that measured more.
    fn duration_since(self, earlier: Self) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(earlier.monotonic);
        let wall = self.wall.zip(earlier.wall).map(|(now, earlier)| non_negative(now - earlier));
        wall.map_or(monotonic, |wall| wall.max(monotonic))
    }
}

/// A period of time: a length from a moment on.
#[derive(Clone, Copy)]
pub(super) struct Period {
    start: Moment,
    length: Duration,
}

impl Period {
    /// The period from `now` until an expiry. `None` if the wall clock is out of range.
    pub(super) fn until(expires_at: OffsetDateTime, now: Moment) -> Option<Self> {
        Some(Self { start: now, length: non_negative(expires_at - now.wall?) })
    }

    /// The pause after a successful lookup, if this is the lifetime of its credentials.
    ///
    /// It ends [`REFRESH_BEFORE_EXPIRY`] before they expire, or after two thirds of a short lifetime.
    pub(super) fn before_expiry(self) -> Self {
        let length = self.length.saturating_sub(REFRESH_BEFORE_EXPIRY.min(self.length / 3));
        Self { length: length.max(MIN_PAUSE), ..self }
    }

    /// The pause after a failed lookup that `failures` failed lookups preceded.
    pub(super) fn backoff(failures: u32, now: Moment) -> Self {
        let length = MIN_PAUSE.saturating_mul(2_u32.saturating_pow(failures));
        Self { start: now, length: length.min(MAX_PAUSE) }
    }

    /// The rest of the period, which is zero when it is over.
    pub(super) fn remaining(self, now: Moment) -> Duration {
        self.length.saturating_sub(now.duration_since(self.start))
    }
}

/// Zero in place of a negative duration.
fn non_negative(duration: time::Duration) -> Duration {
    Duration::try_from(duration).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn start() -> Moment {
        Moment { wall: Some(OffsetDateTime::UNIX_EPOCH), monotonic: Instant::now() }
    }

    /// A later reading: the wall clock may have been set meanwhile, in either direction.
    fn later(start: Moment, wall: time::Duration, monotonic: Duration) -> Moment {
        Moment {
            wall: start.wall.map(|start| start + wall),
            monotonic: start.monotonic + monotonic,
        }
    }

    fn hour_from(start: Moment) -> Period {
        Period::until(start.wall.unwrap() + HOUR, start).unwrap()
    }

    #[test]
    fn clock_that_measures_more_ends_the_period() {
        let (start, minute) = (start(), Duration::from_secs(60));
        let signed = |duration| time::Duration::try_from(duration).unwrap();
        for (what, wall, monotonic, remaining) in [
            ("nothing has happened", signed(50 * minute), 50 * minute, 10 * minute),
            ("the end", signed(HOUR), HOUR, Duration::ZERO),
            ("the clock was set back", -2 * signed(HOUR), 59 * minute, minute),
            (
                "the clock was set back, and the period is over",
                -2 * signed(HOUR),
                HOUR,
                Duration::ZERO,
            ),
            ("the clock was set forward", signed(59 * minute), minute, minute),
            ("the clock was set forward, past the end", signed(2 * HOUR), minute, Duration::ZERO),
            ("the machine was suspended", signed(HOUR), Duration::ZERO, Duration::ZERO),
        ] {
            let now = later(start, wall, monotonic);
            assert_eq!(hour_from(start).remaining(now), remaining, "{what}");
        }
    }

    #[test]
    fn wall_clock_out_of_range_is_ignored() {
        let start = start();
        let out_of_range = |moment| Moment { wall: None, ..moment };
        let now = later(start, time::Duration::ZERO, HOUR / 2);
        assert_eq!(hour_from(start).remaining(out_of_range(now)), HOUR / 2);
        let backoff = Period::backoff(0, out_of_range(start));
        assert_eq!(backoff.remaining(start), MIN_PAUSE);
        assert_eq!(backoff.remaining(now), Duration::ZERO);
        assert!(Period::until(OffsetDateTime::UNIX_EPOCH, out_of_range(start)).is_none());
    }

    #[test]
    fn lookup_is_due_before_expiry() {
        let start = start();
        for (lifetime, expected) in [
            (43_200.0, 42_900.0),
            (900.0, 600.0),
            (600.0, 400.0),
            (3.0, 2.0),
            (0.3, 0.5),
            (-3600.0, 0.5),
        ] {
            let expires_at = start.wall.unwrap() + time::Duration::seconds_f64(lifetime);
            let pause = Period::until(expires_at, start).unwrap().before_expiry();
            assert_eq!(pause.remaining(start), Duration::from_secs_f64(expected));
        }
    }

    #[test]
    fn backoff_doubles_up_to_a_minute() {
        let start = start();
        let pauses = [0, 1, 6, 7, 100, u32::MAX]
            .map(|failures| Period::backoff(failures, start).remaining(start));
        assert_eq!(pauses, [0.5, 1.0, 32.0, 60.0, 60.0, 60.0].map(Duration::from_secs_f64));
    }
}
