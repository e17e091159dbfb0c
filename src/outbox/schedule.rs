//! Which parcel is brought next. In memory and by the monotonic clock, so that a wall clock wrong
//! by years delays nothing; after a start everything is due.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::time::Mono;

/// The longest wait between two attempts of one parcel.
pub const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// The longest `Retry-After` that is honoured: a platform that says "next year" is asked again
/// after this.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);

const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Exponential back-off with full jitter: anything from 0 to min(1 s * 2^attempts, 5 min), picked
/// by `random`.
pub fn backoff(attempts: u32, random: u64) -> Duration {
    let longest = FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(attempts))
        .min(LONGEST_WAIT);
    let longest_ms = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX - 1);
    Duration::from_millis(random % (longest_ms + 1))
}

/// Everything that still has to be brought, once: either waiting for its time or handed out. `K`
/// names it.
#[derive(Debug)]
pub(super) struct Schedule<K> {
    /// Who has been due longest stands first; among equals the smaller number.
    waiting: BTreeSet<(Mono, u64, K)>,
    /// When each one waits until, so that it is found among the waiting.
    due: BTreeMap<K, (Mono, u64)>,
    handed_out: BTreeMap<K, u64>,
}

impl<K> Default for Schedule<K> {
    fn default() -> Self {
        Self {
            waiting: BTreeSet::new(),
            due: BTreeMap::new(),
            handed_out: BTreeMap::new(),
        }
    }
}

impl<K: Copy + Ord> Schedule<K> {
    /// Lets `id` wait until `at`.
    pub fn put(&mut self, id: K, seq: u64, at: Mono) {
        self.drop(id);
        self.waiting.insert((at, seq, id));
        self.due.insert(id, (at, seq));
    }

    /// Lets `id` wait until `at`, if it is handed out and did not come back.
    pub fn put_back(&mut self, id: K, at: Mono) {
        if let Some(&seq) = self.handed_out.get(&id) {
            self.put(id, seq, at);
        }
    }

    /// Whether `id` waits or is handed out.
    pub fn holds(&self, id: K) -> bool {
        self.due.contains_key(&id) || self.handed_out.contains_key(&id)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits and nothing is handed out.
    pub fn is_at_rest(&self) -> bool {
        self.due.is_empty() && self.handed_out.is_empty()
    }

    /// When `id` is brought next, if it waits for that.
    pub fn due(&self, id: K) -> Option<Mono> {
        self.due.get(&id).map(|(at, _)| *at)
    }

    /// Nothing is to be brought under `id` any more.
    pub fn drop(&mut self, id: K) {
        self.handed_out.remove(&id);
        if let Some((at, seq)) = self.due.remove(&id) {
            self.waiting.remove(&(at, seq, id));
        }
    }

    /// Hands out up to `limit` parcels whose time has come. They come back by [`Self::put`].
    pub fn take(&mut self, now: Mono, limit: usize) -> Vec<K> {
        let mut taken = Vec::new();
        while taken.len() < limit
            && let Some(&(at, seq, id)) = self.waiting.first()
            && at <= now
        {
            self.waiting.pop_first();
            self.due.remove(&id);
            self.handed_out.insert(id, seq);
            taken.push(id);
        }
        taken
    }

    /// When the next parcel's time comes.
    pub fn next(&self) -> Option<Mono> {
        self.waiting.first().map(|(at, ..)| *at)
    }

    /// The link came back: whoever waits is due, in the same order.
    pub fn nudge(&mut self, now: Mono) {
        self.waiting = std::mem::take(&mut self.waiting)
            .into_iter()
            .map(|(at, seq, id)| (at.min(now), seq, id))
            .collect();
        for (at, _) in self.due.values_mut() {
            *at = (*at).min(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{capture::CaptureId, time::Wall};

    fn id(n: u8) -> CaptureId {
        CaptureId::new(Wall::from_unix_ms(1), [n; 10])
    }

    fn at(s: u64) -> Mono {
        Mono::from_start(Duration::from_secs(s))
    }

    proptest! {
        #[test]
        fn a_wait_is_never_longer_than_its_ceiling(attempts in 0_u32..100, random: u64) {
            let ceiling = Duration::from_secs(1_u64.checked_shl(attempts).map_or(300, |s| s.min(300)));
            prop_assert!(backoff(attempts, random) <= ceiling);
        }

        #[test]
        fn one_that_always_fails_never_delays_the_others(failing in 1_u8..20, limit in 1_usize..5) {
            let mut schedule = Schedule::default();
            for n in 0..failing {
                schedule.put(id(n), u64::from(n), at(0));
            }
            schedule.put(id(200), 200, at(0));
            // However short their waits, all that fail together get one turn each before the last
            // one gets its own.
            let mut turns = 0;
            loop {
                let taken = schedule.take(at(1000), limit);
                if taken.contains(&id(200)) {
                    break;
                }
                for one in taken {
                    turns += 1;
                    schedule.put(one, 0, at(1));
                }
                prop_assert!(turns <= usize::from(failing));
            }
        }
    }

    #[test]
    fn the_whole_range_of_waits_is_used() {
        assert_eq!(backoff(3, 0), Duration::ZERO);
        assert_eq!(backoff(3, 8_000), Duration::from_secs(8));
        assert_eq!(backoff(40, 300_000), LONGEST_WAIT);
    }

    #[test]
    fn what_is_handed_out_is_not_handed_out_again() {
        let mut schedule = Schedule::default();
        schedule.put(id(1), 1, at(0));
        assert_eq!(schedule.take(at(0), 4), [id(1)]);
        assert_eq!(schedule.take(at(9), 4), []);
        schedule.put(id(1), 1, at(20));
        assert_eq!(schedule.take(at(19), 4), []);
        assert_eq!(schedule.next(), Some(at(20)));
        schedule.nudge(at(10));
        assert_eq!(schedule.take(at(10), 4), [id(1)]);
    }
}
