//! Limits how often somebody may ask, and how much at once: a bucket for each, filled at a steady
//! pace, and a number of places.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::terms::{Crowd, Pace};
use crate::time::Wall;

/// How many callers are remembered.
const REMEMBERED: usize = 10_000;

pub(super) struct Rates {
    pace: Pace,
    known: BTreeMap<String, Bucket>,
}

struct Bucket {
    /// In thousandths of a request.
    left: u64,
    at: Wall,
}

impl Rates {
    pub const fn new(pace: Pace) -> Self {
        Self {
            pace,
            known: BTreeMap::new(),
        }
    }

    /// Admits one request, or returns how long to wait.
    pub fn take(&mut self, who: &str, now: Wall) -> Result<(), Duration> {
        self.forget_rested(now);
        let full = u64::from(self.pace.burst) * 1000;
        let per_ms = u64::from(self.pace.per_s).max(1);
        let bucket = self.known.entry(who.to_owned()).or_insert(Bucket {
            left: full,
            at: now,
        });
        bucket.left = refilled(bucket, now, per_ms).min(full);
        bucket.at = now;
        match bucket.left.checked_sub(1000) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => Err(Duration::from_millis((1000 - bucket.left).div_ceil(per_ms))),
        }
    }

    /// Undoes [`Self::take`]: the request turned out to count elsewhere.
    pub fn give_back(&mut self, who: &str) {
        let full = u64::from(self.pace.burst) * 1000;
        if let Some(bucket) = self.known.get_mut(who) {
            bucket.left = (bucket.left + 1000).min(full);
        }
    }

    /// Forgets callers whose bucket is full again; if there are too many others, some start again.
    fn forget_rested(&mut self, now: Wall) {
        if self.known.len() < REMEMBERED {
            return;
        }
        let full = u64::from(self.pace.burst) * 1000;
        let per_ms = u64::from(self.pace.per_s).max(1);
        self.known
            .retain(|_, bucket| refilled(bucket, now, per_ms) < full);
        while self.known.len() >= REMEMBERED {
            self.known.pop_first();
        }
    }
}

/// Places for what goes on at once: a number in all, and a number for each caller.
pub(super) struct Places {
    crowd: Crowd,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
}

/// A place, free again when dropped.
pub(super) struct Place {
    who: String,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Places {
    pub fn new(crowd: Crowd) -> Self {
        Self {
            crowd,
            taken: Arc::default(),
        }
    }

    /// Returns a place for `who`; `None` while they hold as many as one caller may, or while all
    /// are taken.
    pub fn take(&self, who: &str) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = taken.get(who).copied().unwrap_or(0);
        if theirs >= self.crowd.each || taken.values().sum::<usize>() >= self.crowd.all {
            return None;
        }
        taken.insert(who.to_owned(), theirs + 1);
        Some(Place {
            who: who.to_owned(),
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.who) {
            Some(theirs) if *theirs > 1 => *theirs -= 1,
            Some(_) | None => drop(taken.remove(&self.who)),
        }
    }
}

/// Refills a bucket: N requests per second are N thousandths per millisecond.
fn refilled(bucket: &Bucket, now: Wall, per_ms: u64) -> u64 {
    let ms = now.unix_ms().saturating_sub(bucket.at.unix_ms());
    let came = u64::try_from(ms).unwrap_or(0).saturating_mul(per_ms);
    bucket.left.saturating_add(came)
}

/// Returns the name under which an address is counted: one household or office of IPv6 has a whole
/// /64 to itself.
pub(super) fn address_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => format!("{:x}/64", u128::from(v6) >> 64),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { burst: 3, per_s: 2 };

    #[test]
    fn a_burst_passes_and_then_one_waits_its_turn() {
        let mut rates = Rates::new(PACE);
        for _ in 0..3 {
            assert_eq!(rates.take("a", Wall::EPOCH), Ok(()));
        }
        let wait = rates.take("a", Wall::EPOCH).unwrap_err();
        assert_eq!(wait, Duration::from_millis(500));
        assert_eq!(
            rates.take("b", Wall::EPOCH),
            Ok(()),
            "others are not hindered"
        );
        assert!(rates.take("a", Wall::from_unix_ms(499)).is_err());
        assert_eq!(rates.take("a", Wall::from_unix_ms(500)), Ok(()));
        // A pause fills a bucket once, and a clock that goes back empties none.
        for _ in 0..3 {
            assert_eq!(rates.take("a", Wall::from_unix_ms(60_000)), Ok(()));
        }
        assert!(rates.take("a", Wall::EPOCH).is_err());
    }

    #[test]
    fn however_many_ask_memory_is_bounded() {
        let mut rates = Rates::new(PACE);
        for n in 0..REMEMBERED + 50 {
            assert_eq!(rates.take(&n.to_string(), Wall::EPOCH), Ok(()));
        }
        assert!(rates.known.len() <= REMEMBERED);
    }

    #[test]
    fn a_request_that_is_given_back_was_never_counted() {
        let mut rates = Rates::new(PACE);
        for _ in 0..10 {
            assert_eq!(rates.take("a", Wall::EPOCH), Ok(()));
            rates.give_back("a");
        }
        rates.give_back("a");
        for _ in 0..3 {
            assert_eq!(rates.take("a", Wall::EPOCH), Ok(()));
        }
        assert!(rates.take("a", Wall::EPOCH).is_err(), "a burst and no more");
    }

    #[test]
    fn nobody_takes_all_places_and_a_place_left_is_free() {
        let places = Places::new(Crowd { all: 3, each: 2 });
        let first = places.take("a").unwrap();
        let _second = places.take("a").unwrap();
        assert!(places.take("a").is_none());
        let _other = places.take("b").unwrap();
        assert!(places.take("c").is_none(), "all are taken");
        drop(first);
        assert!(places.take("c").is_some());
        assert!(places.take("a").is_some());
        assert_eq!(
            places.taken.lock().unwrap().len(),
            2,
            "who left is forgotten"
        );
    }

    #[test]
    fn an_address_of_either_kind_has_one_name() {
        let name = |text: &str| address_name(text.parse().unwrap());
        assert_eq!(name("192.0.2.1"), name("::ffff:192.0.2.1"));
        assert_eq!(name("2001:db8::1"), name("2001:db8::ffff:2"));
        assert_ne!(name("2001:db8::1"), name("2001:db8:0:1::1"));
    }
}
