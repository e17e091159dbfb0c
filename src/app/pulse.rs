//! Whether the parts that a booth cannot do without still respond.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::time::Mono;

/// A part that beats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Ui,
    /// The thread that owns the camera, not the camera itself: an unplugged camera is no reason to
    /// restart.
    Camera,
    Database,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Ui, Self::Camera, Self::Database];

    /// Returns how long a part may be silent before it counts as hung. A disk may be slow to flush.
    const fn patience(self) -> Duration {
        match self {
            Self::Ui | Self::Camera => Duration::from_secs(10),
            Self::Database => Duration::from_secs(20),
        }
    }
}

/// When each part last responded, in ms since start; 0 before the first time.
#[derive(Debug, Default)]
pub struct Pulse {
    ui: AtomicU64,
    camera: AtomicU64,
    database: AtomicU64,
}

impl Pulse {
    pub fn beat(&self, part: Part, now: Mono) {
        let ms = now.as_duration().as_millis() as u64;
        self.of(part).store(ms.max(1), Ordering::Relaxed);
    }

    /// Returns the parts that do not respond, including those that never did.
    pub fn silent(&self, now: Mono) -> Vec<Part> {
        let is_silent = |part: &Part| {
            let ms = self.of(*part).load(Ordering::Relaxed);
            let last = Mono::from_start(Duration::from_millis(ms));
            ms == 0 || now.since(last) > part.patience()
        };
        Part::ALL.into_iter().filter(is_silent).collect()
    }

    const fn of(&self, part: Part) -> &AtomicU64 {
        match part {
            Part::Ui => &self.ui,
            Part::Camera => &self.camera,
            Part::Database => &self.database,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Mono {
        Mono::from_start(Duration::from_secs(seconds))
    }

    #[test]
    fn each_part_is_missed_on_its_own() {
        for missing in Part::ALL {
            let pulse = Pulse::default();
            for part in Part::ALL.into_iter().filter(|part| *part != missing) {
                pulse.beat(part, at(100));
            }
            assert_eq!(pulse.silent(at(101)), [missing], "never answered");
            pulse.beat(missing, at(70));
            assert_eq!(pulse.silent(at(101)), [missing], "does not answer any more");
            pulse.beat(missing, at(100));
            assert_eq!(pulse.silent(at(101)), []);
        }
    }
}
