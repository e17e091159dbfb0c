//! The time, as a value. Nothing in the pure modules reads a clock: functions that need the time
//! are given a [`Now`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Monotonic time: how long ago the process started counting. Never goes back and says nothing
/// about the date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mono(Duration);

impl Mono {
    pub const fn from_start(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// Returns how long after `earlier` this is; zero if it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    #[must_use]
    pub const fn plus(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }

    pub const fn as_duration(self) -> Duration {
        self.0
    }
}

/// The date and time of day, UTC. Written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wall(pub jiff::Timestamp);

impl Wall {
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    pub fn from_unix_ms(ms: i64) -> Self {
        Self(jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    pub fn unix_ms(self) -> i64 {
        self.0.as_millisecond()
    }

    #[must_use]
    pub fn plus(self, wait: Duration) -> Self {
        let ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        Self::from_unix_ms(self.unix_ms().saturating_add(ms))
    }

    /// Returns the moment before: what closes at midnight ends with the previous day.
    #[must_use]
    pub fn last_moment(self) -> Self {
        Self::from_unix_ms(self.unix_ms() - 1)
    }

    /// Returns the civil date in China (UTC+8, no daylight saving since 1991).
    pub fn china_date(self) -> jiff::civil::Date {
        self.in_china().date()
    }

    /// Returns hour and minute in China, `09:05`.
    pub fn china_clock(self) -> String {
        let civil = self.in_china();
        format!("{:02}:{:02}", civil.hour(), civil.minute())
    }

    pub fn in_china(self) -> jiff::civil::DateTime {
        CHINA.to_datetime(self.0)
    }
}

/// China's one time zone, UTC+8 without daylight saving.
pub const CHINA: jiff::tz::Offset = jiff::tz::Offset::constant(8);

/// How far the wall clock may be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Recently compared with the platform.
    Trusted,
    /// Compared with the platform some time ago; drift is possible.
    Holdover,
    /// Never compared: no batch is refused for its dates.
    #[default]
    Unknown,
}

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    pub mono: Mono,
    pub wall: Wall,
    pub trust: Trust,
}

/// No build of this program is older, so an earlier clock is wrong. 2026-11-01, UTC.
pub const BUILT_AFTER: Wall = Wall(jiff::Timestamp::constant(1_793_491_200, 0));

/// Two clocks this close to each other agree.
pub const AGREEMENT: Duration = Duration::from_mins(2);

/// How long after the platform's last date a clock counts as checked; later it is held over.
const FRESH: Duration = Duration::from_mins(10);

/// How long after the last good date a machine's battery clock is trusted, if it shows a later one:
/// a booth stored over a summer.
const LONGEST_STORAGE: Duration = Duration::from_hours(24 * 120);

/// What is wrong with this machine's clock, for staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockFault {
    /// It shows a date before this program was built, or before the last good one.
    Behind,
    /// It differs from the platform's clock, or has jumped away from it since.
    Apart,
    /// It was unchecked for so long that any date is possible.
    LongUnchecked,
}

/// Keeps the date: by this machine's clock where that can be right, else by the platform's last
/// date and the monotonic clock.
///
/// Pure: both clocks are passed in. A machine clock that jumps by years in either direction never
/// undoes anything here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timekeeper {
    /// The platform's last date in this run.
    anchor: Option<(Mono, Wall)>,
    /// The platform's last date in an earlier run.
    last_good: Option<Wall>,
}

impl Timekeeper {
    /// Starts from `last_good`, which [`Self::last_good`] returned in an earlier run, if there was
    /// one.
    pub const fn new(last_good: Option<Wall>) -> Self {
        Self {
            anchor: None,
            last_good,
        }
    }

    /// Takes the platform's current time.
    pub const fn heard(&mut self, platform: Wall, mono: Mono) {
        self.anchor = Some((mono, platform));
    }

    /// Returns the platform's last date, to be stored for the next start.
    pub fn last_good(&self) -> Option<Wall> {
        self.anchor.map(|(_, wall)| wall).or(self.last_good)
    }

    /// Returns the trusted time when this machine's clocks show `system` and `mono`.
    pub fn now(&self, system: Wall, mono: Mono) -> (Now, Option<ClockFault>) {
        let (wall, trust, fault) = match self.anchor {
            Some((heard, platform)) => {
                by_anchor(platform.plus(mono.since(heard)), mono.since(heard), system)
            }
            None => self.by_earlier_runs(system, mono),
        };
        (Now { mono, wall, trust }, fault)
    }

    fn by_earlier_runs(&self, system: Wall, mono: Mono) -> (Wall, Trust, Option<ClockFault>) {
        let floor = self.last_good.unwrap_or(BUILT_AFTER).max(BUILT_AFTER);
        if system.plus(AGREEMENT) < floor {
            let since_start = floor.plus(mono.as_duration());
            return (since_start, Trust::Unknown, Some(ClockFault::Behind));
        }
        match self.last_good {
            Some(good) if system <= good.plus(LONGEST_STORAGE) => (system, Trust::Holdover, None),
            Some(_) => (system, Trust::Unknown, Some(ClockFault::LongUnchecked)),
            None => (system, Trust::Unknown, None),
        }
    }
}

/// Judges by `expected`: the platform's date, `age` ago, advanced by the monotonic clock.
fn by_anchor(expected: Wall, age: Duration, system: Wall) -> (Wall, Trust, Option<ClockFault>) {
    let trust = if age <= FRESH {
        Trust::Trusted
    } else {
        Trust::Holdover
    };
    let apart = system.unix_ms().abs_diff(expected.unix_ms());
    if u128::from(apart) <= AGREEMENT.as_millis() {
        (system, trust, None)
    } else {
        (expected, trust, Some(ClockFault::Apart))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = Duration::from_hours(24);
    const YEAR: Duration = Duration::from_hours(24 * 365);
    const TODAY: Wall = Wall(jiff::Timestamp::constant(1_795_000_000, 0));

    fn at(wait: Duration) -> Mono {
        Mono::from_start(wait)
    }

    fn back(by: Duration) -> Wall {
        Wall::from_unix_ms(TODAY.unix_ms() - by.as_millis() as i64)
    }

    #[test]
    fn a_clock_that_agrees_with_the_platform_is_trusted_and_then_held_over() {
        let mut keeper = Timekeeper::new(None);
        assert_eq!(keeper.now(TODAY, at(DAY)).0.trust, Trust::Unknown);
        keeper.heard(TODAY.plus(AGREEMENT), at(DAY));
        let (now, fault) = keeper.now(TODAY, at(DAY));
        assert_eq!((now.wall, now.trust, fault), (TODAY, Trust::Trusted, None));
        let later = TODAY.plus(DAY);
        let (now, fault) = keeper.now(later, at(DAY * 2));
        assert_eq!((now.wall, now.trust, fault), (later, Trust::Holdover, None));
    }

    #[test]
    fn once_the_platform_spoke_no_jump_of_the_machines_clock_moves_the_date() {
        let mut keeper = Timekeeper::new(None);
        keeper.heard(TODAY, at(Duration::ZERO));
        for jumped in [
            Wall::EPOCH,
            back(YEAR * 3),
            TODAY.plus(YEAR * 30),
            back(DAY),
        ] {
            let (now, fault) = keeper.now(jumped, at(Duration::from_mins(3)));
            assert_eq!(now.wall, TODAY.plus(Duration::from_mins(3)));
            assert_eq!(
                (now.trust, fault),
                (Trust::Trusted, Some(ClockFault::Apart))
            );
        }
    }

    #[test]
    fn a_start_without_the_platform_goes_on_from_the_last_good_date() {
        let keeper = Timekeeper::new(Some(TODAY));
        let cases = [
            (TODAY.plus(DAY), Trust::Holdover, None),
            (
                TODAY.plus(YEAR),
                Trust::Unknown,
                Some(ClockFault::LongUnchecked),
            ),
        ];
        for (system, trust, fault) in cases {
            let (now, found) = keeper.now(system, at(DAY));
            assert_eq!((now.wall, now.trust, found), (system, trust, fault));
        }
        for system in [Wall::EPOCH, back(DAY)] {
            let (now, fault) = keeper.now(system, at(DAY));
            assert_eq!(now.wall, TODAY.plus(DAY));
            assert_eq!(
                (now.trust, fault),
                (Trust::Unknown, Some(ClockFault::Behind))
            );
        }
    }

    #[test]
    fn a_clock_before_the_program_was_made_is_not_shown_to_anybody() {
        let (now, fault) = Timekeeper::new(None).now(Wall::EPOCH, at(DAY));
        assert_eq!(now.wall, BUILT_AFTER.plus(DAY));
        assert_eq!(
            (now.trust, fault),
            (Trust::Unknown, Some(ClockFault::Behind))
        );
        assert_eq!(BUILT_AFTER.china_date(), jiff::civil::date(2026, 11, 1));
    }

    proptest! {
        #[test]
        fn believed_time_never_goes_back_by_more_than_two_agreements(
            heard_s in 0_u64..1_000,
            readings in prop::collection::vec((0_i64..4_000_000_000_000, 0_u64..10_000), 2..20),
        ) {
            let mut keeper = Timekeeper::new(None);
            keeper.heard(TODAY, at(Duration::from_secs(heard_s)));
            let mut mono = Duration::from_secs(heard_s);
            let mut last = Wall::EPOCH;
            for (system_ms, step_ms) in readings {
                mono += Duration::from_millis(step_ms);
                let (now, _) = keeper.now(Wall::from_unix_ms(system_ms), at(mono));
                prop_assert!(now.wall.plus(AGREEMENT * 2) >= last);
                last = now.wall;
            }
        }
    }
}
