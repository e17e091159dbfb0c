//! The one place that reads the clocks.

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant, SystemTime},
};

use crate::time::{Mono, Now, Trust, Wall};

/// Both clocks of this machine, and how far the wall clock agreed with the platform.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    trust: AtomicU8,
}

/// Largest difference from the platform's clock that still counts as agreement.
const AGREEMENT: Duration = Duration::from_mins(2);

impl Default for Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the clock is where time comes in"
    )]
    fn default() -> Self {
        Self {
            started: Instant::now(),
            trust: AtomicU8::new(0),
        }
    }
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the clock is where time comes in"
    )]
    pub fn now(&self) -> Now {
        let wall = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Now {
            mono: Mono::from_start(self.started.elapsed()),
            wall: Wall::from_unix_ms(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)),
            trust: match self.trust.load(Ordering::Relaxed) {
                1 => Trust::Trusted,
                2 => Trust::Holdover,
                _ => Trust::Unknown,
            },
        }
    }

    /// Compares with the platform's time: agreement makes the clock trusted, difference makes it unknown.
    pub fn compare(&self, platform: Wall) {
        let apart = self.now().wall.unix_ms().abs_diff(platform.unix_ms());
        let agrees = u128::from(apart) <= AGREEMENT.as_millis();
        self.trust.store(u8::from(agrees), Ordering::Relaxed);
    }

    /// The platform cannot be reached: what was trusted is now only held over.
    pub fn hold_over(&self) {
        const TRUSTED: u8 = 1;
        const HOLDOVER: u8 = 2;
        if self.trust.load(Ordering::Relaxed) == TRUSTED {
            self.trust.store(HOLDOVER, Ordering::Relaxed);
        }
    }
}
