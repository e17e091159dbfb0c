//! The time, as a value. Nothing in the pure rooms reads a clock: whoever needs the time is given a [`Now`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Monotonic time: how long ago the process started counting. Never goes back, says nothing about the date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mono(Duration);

impl Mono {
    pub const fn from_start(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// How long after `earlier` this is; zero if it is not after it.
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

/// No build of this program is older, so an earlier clock is wrong: 2026-11-01, UTC, in ms.
pub const BUILT_AFTER_MS: i64 = 1_793_491_200_000;

impl Wall {
    /// Whether a clock that says this is plainly wrong.
    pub fn is_before_the_build(self) -> bool {
        self.unix_ms() < BUILT_AFTER_MS
    }

    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    pub fn from_unix_ms(ms: i64) -> Self {
        Self(jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    pub fn unix_ms(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The civil date in China (UTC+8, no daylight saving since 1991).
    pub fn china_date(self) -> jiff::civil::Date {
        const CHINA_HOURS_EAST: i8 = 8;
        jiff::tz::Offset::constant(CHINA_HOURS_EAST)
            .to_datetime(self.0)
            .date()
    }
}

/// How far the wall clock may be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Agreed with the platform lately.
    Trusted,
    /// Agreed with the platform some time ago; drift is possible.
    Holdover,
    /// Never checked: no batch is refused for its dates.
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
