//! How long the last analyses took, for the report of the demonstration and for the log.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

const KEPT: usize = 512;

#[derive(Debug, Default)]
pub struct Pace(Mutex<VecDeque<Duration>>);

impl Pace {
    pub fn note(&self, took: Duration) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front(took);
    }

    /// Returns the median of the last analyses in ms; 0 before the first.
    pub fn median_ms(&self) -> f32 {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<Duration> = kept.iter().copied().collect();
        sorted.sort_unstable();
        sorted
            .get(sorted.len() / 2)
            .map_or(0.0, |middle| middle.as_secs_f32() * 1000.0)
    }
}
