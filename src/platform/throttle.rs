//! A cap on what all couriers of this booth send together: a school's line does not belong to the
//! booth alone.

use std::{
    io::{self, Cursor, Read},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

/// Bytes that pass at once: few enough that a cap of a few KB per second is smooth.
const PIECE_BYTES: usize = 4 * 1024;

/// Lets N bytes per second through, in pieces, each followed by the pause that it has to take.
#[derive(Debug)]
pub(super) struct Throttle {
    bytes_per_s: u64,
    turn: Mutex<()>,
}

impl Throttle {
    pub fn new(bytes_per_s: u64) -> Self {
        Self {
            bytes_per_s: bytes_per_s.max(1),
            turn: Mutex::default(),
        }
    }

    /// Waits for its turn behind other senders, so that all together keep to the cap.
    fn pass(&self, bytes: usize) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        thread::sleep(self.takes(bytes));
    }

    const fn takes(&self, bytes: usize) -> Duration {
        Duration::from_micros(bytes as u64 * 1_000_000 / self.bytes_per_s)
    }
}

/// A body that is sent no faster than the throttle allows.
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
    fn a_piece_takes_its_share_of_a_second() {
        let throttle = Throttle::new(8_192);
        assert_eq!(throttle.takes(PIECE_BYTES), Duration::from_millis(500));
        assert_eq!(throttle.takes(0), Duration::ZERO);
        assert_eq!(Throttle::new(0).bytes_per_s, 1);
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
