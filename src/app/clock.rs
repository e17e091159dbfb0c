//! The one place that reads the clocks.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use rustix::time::{ClockId, clock_gettime};

use crate::time::{ClockFault, Mono, Now, Timekeeper, Wall};

/// Both clocks of this machine, and how far they are trusted.
#[derive(Debug)]
pub struct Clock {
    started: Duration,
    keeper: Mutex<Timekeeper>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            started: since_boot(),
            keeper: Mutex::new(Timekeeper::new(None)),
        }
    }
}

impl Clock {
    /// Resumes from the date that [`Self::last_good`] gave in an earlier run, once it is known
    /// where it is kept.
    pub fn resume(&self, last_good: Option<Wall>) {
        *self.keeper() = Timekeeper::new(last_good);
    }

    pub fn now(&self) -> Now {
        self.read().0
    }

    /// Returns what is wrong with this machine's clock.
    pub fn fault(&self) -> Option<ClockFault> {
        self.read().1
    }

    /// Takes the platform's time.
    pub fn heard(&self, platform: Wall) {
        let mono = self.mono();
        self.keeper().heard(platform, mono);
    }

    pub fn last_good(&self) -> Option<Wall> {
        self.keeper().last_good()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the clock is where time comes in"
    )]
    fn read(&self) -> (Now, Option<ClockFault>) {
        let wall = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let system = Wall::from_unix_ms(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX));
        self.keeper().now(system, self.mono())
    }

    fn mono(&self) -> Mono {
        Mono::from_start(since_boot().saturating_sub(self.started))
    }

    fn keeper(&self) -> MutexGuard<'_, Timekeeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a time that goes on while the machine sleeps, unlike `Instant`: a booth closed for the
/// night has aged by a night.
fn since_boot() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    let (s, ns) = (time.tv_sec, time.tv_nsec);
    Duration::new(
        u64::try_from(s).unwrap_or_default(),
        u32::try_from(ns).unwrap_or_default(),
    )
}
