//! A code counts only when two frames agree on it, and only once while it is held there.

use std::time::Duration;

use zeroize::Zeroize;

use crate::time::Mono;

/// Two sightings further apart than this do not support each other.
const APART: Duration = Duration::from_secs(2);
/// A code that was away this long may be shown again.
const AWAY: Duration = Duration::from_millis(1_500);

/// With this share of the error correction left, the bytes cannot have been mistaken for others.
const CERTAIN: f32 = 0.6;

/// What was seen lately. Holds a person's code, so it prints nothing and wipes what it forgets.
#[derive(Default)]
pub struct Agreement {
    once: Option<Sighting>,
    taken: Option<Sighting>,
}

struct Sighting {
    bytes: Vec<u8>,
    at: Mono,
}

impl Agreement {
    /// Takes one frame that shows `bytes` and returns whether to act on them now. One frame is
    /// enough where `spare`, the part of the error correction that was not needed, is large.
    pub fn see(&mut self, bytes: &[u8], spare: f32, now: Mono) -> bool {
        if let Some(taken) = &mut self.taken
            && taken.bytes == bytes
        {
            let away = now.since(taken.at);
            taken.at = now;
            if away < AWAY {
                return false;
            }
            self.taken = None;
        }
        let before = self.once.take();
        let sighting = Sighting {
            bytes: bytes.to_vec(),
            at: now,
        };
        let agreed = spare >= CERTAIN
            || before.is_some_and(|once| once.bytes == bytes && now.since(once.at) < APART);
        if agreed {
            self.taken = Some(sighting);
        } else {
            self.once = Some(sighting);
        }
        agreed
    }
}

impl Drop for Sighting {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl std::fmt::Debug for Agreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Agreement(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    #[test]
    fn two_frames_must_show_the_same_bytes() {
        let mut agreement = Agreement::default();
        assert!(!agreement.see(b"one", 0.0, ms(0)));
        assert!(!agreement.see(b"other", 0.0, ms(30)));
        assert!(!agreement.see(b"one", 0.0, ms(60)));
        assert!(agreement.see(b"one", 0.0, ms(90)));
    }

    #[test]
    fn a_code_held_still_is_taken_once() {
        let mut agreement = Agreement::default();
        let taken = (0..200)
            .filter(|i| agreement.see(b"held", 0.0, ms(i * 33)))
            .count();
        assert_eq!(taken, 1);
    }

    #[test]
    fn a_code_that_was_away_is_taken_again() {
        let mut agreement = Agreement::default();
        agreement.see(b"code", 0.0, ms(0));
        assert!(agreement.see(b"code", 0.0, ms(30)));
        assert!(!agreement.see(b"code", 0.0, ms(1_600)));
        assert!(agreement.see(b"code", 0.0, ms(1_630)));
    }

    #[test]
    fn one_frame_with_few_corrected_errors_is_enough_once() {
        let mut agreement = Agreement::default();
        assert!(agreement.see(b"clear", 0.8, ms(0)));
        assert!(!agreement.see(b"clear", 0.8, ms(30)));
        assert!(!agreement.see(b"poor", 0.3, ms(60)));
        assert!(agreement.see(b"poor", 0.3, ms(90)));
    }

    #[test]
    fn sightings_far_apart_do_not_support_each_other() {
        let mut agreement = Agreement::default();
        assert!(!agreement.see(b"code", 0.0, ms(0)));
        assert!(!agreement.see(b"code", 0.0, ms(2_000)));
        assert!(agreement.see(b"code", 0.0, ms(2_030)));
    }
}
