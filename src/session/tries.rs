//! Wrong tails, counted per code: each makes the next try wait longer, also in a later visit.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::{code::PersonalCode, time::Mono};

/// The wait after the first wrong tail; each further tail triples it.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// How many codes are remembered; beyond that the one that may try again soonest is forgotten.
const MOST_CODES: usize = 256;

/// In memory only and by digest, so no code is kept.
#[derive(Debug, Default)]
pub struct Tries(Vec<Wrong>);

#[derive(Debug)]
struct Wrong {
    code: [u8; 32],
    tails: u32,
    until: Mono,
}

impl Tries {
    /// Records a wrong tail; returns the time before which the next one is not taken.
    pub fn refuse(&mut self, code: &PersonalCode, now: Mono) -> Mono {
        let digest = digest(code);
        let known = self.0.iter().position(|wrong| wrong.code == digest);
        let tails = known.map_or(0, |at| self.0.swap_remove(at).tails) + 1;
        let wait = FIRST_WAIT.saturating_mul(3_u32.saturating_pow(tails - 1));
        let until = now.plus(wait.min(LONGEST_WAIT));
        if self.0.len() >= MOST_CODES
            && let Some((soonest, _)) = self
                .0
                .iter()
                .enumerate()
                .min_by_key(|(_, wrong)| wrong.until)
        {
            self.0.swap_remove(soonest);
        }
        self.0.push(Wrong {
            code: digest,
            tails,
            until,
        });
        until
    }

    /// Returns the time before which no tail is taken for this code, if any was wrong.
    pub fn until(&self, code: &PersonalCode) -> Option<Mono> {
        let digest = digest(code);
        let wrong = self.0.iter().find(|wrong| wrong.code == digest)?;
        Some(wrong.until)
    }

    /// Forgets earlier wrong tails, since the platform recognises code and tail.
    pub fn forgive(&mut self, code: &PersonalCode) {
        let digest = digest(code);
        self.0.retain(|wrong| wrong.code != digest);
    }
}

fn digest(code: &PersonalCode) -> [u8; 32] {
    Sha256::digest(code.bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Meaning, meaning};

    fn code(n: u32) -> PersonalCode {
        match meaning(format!("made-up code {n}").as_bytes()) {
            Meaning::Personal(code) => code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_wrong_tail_of_one_code_waits_longer_and_no_other_code_waits() {
        let mut tries = Tries::default();
        let mut now = Mono::default();
        let mut waits = vec![];
        for _ in 0..7 {
            let until = tries.refuse(&code(1), now);
            assert_eq!(tries.until(&code(1)), Some(until));
            waits.push(until.since(now).as_secs());
            now = until;
        }
        assert_eq!(waits, [5, 15, 45, 135, 405, 600, 600]);
        assert_eq!(tries.until(&code(2)), None);
        tries.forgive(&code(1));
        assert_eq!(tries.until(&code(1)), None);
    }

    #[test]
    fn only_so_many_codes_are_remembered_and_the_longest_waits_stay() {
        let mut tries = Tries::default();
        for _ in 0..5 {
            tries.refuse(&code(0), Mono::default());
        }
        for n in 1..1_000 {
            tries.refuse(&code(n), Mono::default());
        }
        assert_eq!(tries.0.len(), MOST_CODES);
        assert!(tries.until(&code(0)).is_some());
    }
}
