//! The made-up people behind the codes: any code belongs to somebody, and any tail fits but `0000`, until a capture is stored: then
//! its tail is the person's.

use std::{collections::BTreeMap, time::Duration};

use sha2::{Digest, Sha256};

use crate::time::Wall;

/// The tail that belongs to nobody, so that a demonstration can show what happens then.
const STRANGE_TAIL: &str = "0000";

/// Wrong tails that a code may have within [`WINDOW`].
const TRIES: u32 = 5;
const WINDOW: Duration = Duration::from_mins(10);

/// Codes remembered for their wrong tails at once.
const REMEMBERED: usize = 10_000;

const SURNAMES: [&str; 8] = ["张", "王", "李", "赵", "陈", "刘", "杨", "黄"];
const ENDINGS: [&str; 8] = ["三", "华", "敏", "杰", "静", "涛", "雪", "明"];

/// What may be told of a person. The name is masked.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Register {
    pub masked_name: String,
    pub level: &'static str,
}

/// What comes of one question.
pub(super) enum Found {
    Person(Register),
    /// The tail does not fit the code.
    Nobody,
    /// Too many wrong tails; ask again after this long.
    TooManyTries(Duration),
}

/// Counts wrong tails by the hash of the code; in memory only, forgotten after [`WINDOW`].
#[derive(Default)]
pub(super) struct People(BTreeMap<[u8; 32], Tries>);

struct Tries {
    wrong: u32,
    since: Wall,
}

/// What somebody gives for themselves.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub code: &'a [u8],
    pub tail: &'a str,
    /// The tail that this code was captured with is this one; none if there is no capture.
    pub fits: Option<bool>,
}

impl People {
    pub fn find(&mut self, given: Given<'_>, now: Wall) -> Found {
        let hash: [u8; 32] = Sha256::digest(given.code).into();
        self.forget_old(now);
        if let Some(tries) = self.0.get(&hash)
            && tries.wrong >= TRIES
        {
            return Found::TooManyTries(WINDOW.saturating_sub(age(tries, now)));
        }
        if given.fits.unwrap_or(true) && given.tail != STRANGE_TAIL {
            return Found::Person(person(hash));
        }
        let first = Tries {
            wrong: 0,
            since: now,
        };
        self.0.entry(hash).or_insert(first).wrong += 1;
        Found::Nobody
    }

    fn forget_old(&mut self, now: Wall) {
        self.0.retain(|_, tries| age(tries, now) < WINDOW);
        while self.0.len() > REMEMBERED {
            self.0.pop_first();
        }
    }
}

fn age(tries: &Tries, now: Wall) -> Duration {
    let ms = now.unix_ms().saturating_sub(tries.since.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// The same code is the same person every time.
fn person(hash: [u8; 32]) -> Register {
    let [first, second, ..] = hash.map(usize::from);
    let pick = |names: [&'static str; 8], at: usize| names.get(at % 8).copied().unwrap_or("某");
    Register {
        masked_name: format!("{}*{}", pick(SURNAMES, first), pick(ENDINGS, second)),
        level: "本科",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given<'a>(code: &'a [u8], tail: &'a str) -> Given<'a> {
        Given {
            code,
            tail,
            fits: None,
        }
    }

    #[test]
    fn a_code_is_the_same_person_every_time_and_masked() {
        let mut people = People::default();
        let mut name = || match people.find(given(b"code", "1234"), Wall::EPOCH) {
            Found::Person(person) => person.masked_name,
            Found::Nobody | Found::TooManyTries(_) => panic!("nobody"),
        };
        let first = name();
        assert_eq!(first, name());
        assert_eq!(first.chars().nth(1), Some('*'));
    }

    #[test]
    fn wrong_tails_are_counted_by_code_and_forgotten_in_time() {
        let mut people = People::default();
        let later = Wall::from_unix_ms(600_000);
        for _ in 0..TRIES {
            let found = people.find(given(b"code", "0000"), Wall::EPOCH);
            assert!(matches!(found, Found::Nobody));
        }
        let right_but_late = people.find(given(b"code", "1234"), Wall::EPOCH);
        assert!(matches!(right_but_late, Found::TooManyTries(wait) if wait == WINDOW));
        let other = people.find(given(b"other", "1234"), Wall::EPOCH);
        assert!(matches!(other, Found::Person(_)));
        let found = people.find(given(b"code", "1234"), later);
        assert!(matches!(found, Found::Person(_)));
    }

    #[test]
    fn the_tail_of_a_stored_capture_is_the_persons() {
        let mut people = People::default();
        let other = Given {
            fits: Some(false),
            ..given(b"code", "1234")
        };
        assert!(matches!(people.find(other, Wall::EPOCH), Found::Nobody));
        let same = Given {
            fits: Some(true),
            ..given(b"code", "1234")
        };
        assert!(matches!(people.find(same, Wall::EPOCH), Found::Person(_)));
    }
}
