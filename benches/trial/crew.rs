//! Two workers with an analyser each, and random numbers from a seed.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use capture_station::{analysis::Analyser, provision::models, sitter::Dice};

const WORKERS: usize = 2;

/// Runs `work` for each item, on both cores; results in the items' order.
pub fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T, &mut Analyser) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        let mut analyser = models::analyser().unwrap();
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(at)
        {
            let result = work(item, &mut analyser);
            done.lock().unwrap().push((at, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(worker);
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The sitter's repeatable random numbers, on seeds of its own.
pub struct Chance(Dice);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(Dice::new(seed ^ 0x7261_1a1e_5eed))
    }

    /// Returns a number evenly distributed in -1..1.
    pub fn swing(&mut self) -> f32 {
        self.share() * 2.0 - 1.0
    }

    /// Returns a number evenly distributed in 0..1.
    pub fn share(&mut self) -> f32 {
        self.0.share()
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.share() * from.len() as f32) as usize % from.len()]
    }
}
