//! A cap on what this booth sends, over all its couriers together: a school's line is not the booth's alone.

use std::{
    io::{self, Cursor, Read},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Bytes that pass at once: small enough that a cap of a few KB a second is even.
const PIECE_BYTES: usize = 4 * 1024;

/// Lets so many bytes a second through.
#[derive(Debug)]
pub(super) struct Throttle {
    bytes_per_s: u64,
    started: Instant,
    /// When the next piece may go, since the start.
    free_at: Mutex<Duration>,
}

impl Throttle {
    #[expect(
        clippy::disallowed_methods,
        reason = "how fast bytes go is a matter of this machine, not of a visit"
    )]
    pub fn new(bytes_per_s: u64) -> Self {
        Self {
            bytes_per_s: bytes_per_s.max(1),
            started: Instant::now(),
            free_at: Mutex::default(),
        }
    }

    /// Waits until `bytes` more may go.
    fn pass(&self, bytes: usize) {
        let wait = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let (wait, next) = turn(*free_at, self.started.elapsed(), bytes, self.bytes_per_s);
            *free_at = next;
            wait
        };
        thread::sleep(wait);
    }
}

/// How long to wait at `now`, and when whoever comes after may go.
fn turn(free_at: Duration, now: Duration, bytes: usize, bytes_per_s: u64) -> (Duration, Duration) {
    let begins = free_at.max(now);
    let takes = Duration::from_micros(bytes as u64 * 1_000_000 / bytes_per_s);
    (begins.saturating_sub(now), begins + takes)
}

/// A body that is sent no faster than the throttle lets it.
pub(super) struct Throttled {
    pub bytes: Cursor<Vec<u8>>,
    pub throttle: Arc<Throttle>,
}

impl Read for Throttled {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(PIECE_BYTES);
        let read = self.bytes.read(into.get_mut(..most).unwrap_or_default())?;
        if read > 0 {
            self.throttle.pass(read);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bodies_together_pass_no_faster_than_the_cap() {
        let second = Duration::from_secs(1);
        let mut free_at = Duration::ZERO;
        let mut waits = vec![];
        // Four couriers come at once with a quarter of a second's bytes each, then one an hour later.
        for _ in 0..4 {
            let (wait, next) = turn(free_at, second, 250, 1_000);
            waits.push(wait);
            free_at = next;
        }
        assert_eq!(waits.iter().sum::<Duration>(), second / 4 * 6);
        assert_eq!(free_at, second * 2);
        let (wait, next) = turn(free_at, second * 3600, 1, 1_000);
        assert_eq!(
            (wait, next),
            (Duration::ZERO, second * 3600 + second / 1000)
        );
    }

    #[test]
    fn a_throttled_body_is_whole() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|n| n as u8).collect();
        let mut body = Throttled {
            bytes: Cursor::new(bytes.clone()),
            throttle: Arc::new(Throttle::new(u64::MAX)),
        };
        let mut read = vec![];
        body.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);
    }
}
