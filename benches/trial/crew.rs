//! Two workers with an analyser each, and chance that a seed names.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use capture_station::{analysis::Analyser, cli::models};

const WORKERS: usize = 2;

/// Does `work` for each item, on both cores; results in the items' order.
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

/// Repeatable chance (splitmix64).
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x7261_1a1e_5eed)
    }

    /// Even in -1..1.
    pub fn swing(&mut self) -> f32 {
        self.share() * 2.0 - 1.0
    }

    /// Even in 0..1.
    pub fn share(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.share() * from.len() as f32) as usize % from.len()]
    }
}
