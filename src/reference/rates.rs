//! How often somebody may ask: a bucket for each, filled at a steady pace.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use super::terms::Pace;
use crate::time::Wall;

/// Askers remembered at once.
const REMEMBERED: usize = 10_000;

pub(super) struct Rates {
    pace: Pace,
    known: BTreeMap<String, Bucket>,
}

struct Bucket {
    /// Thousandths of a request.
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

    /// Lets one request through, or says how long to wait.
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

    /// Who would have a full bucket again need not be remembered; should there be too many others, some begin anew.
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

/// So many requests a second are as many thousandths a millisecond.
fn refilled(bucket: &Bucket, now: Wall, per_ms: u64) -> u64 {
    let ms = now.unix_ms().saturating_sub(bucket.at.unix_ms());
    let came = u64::try_from(ms).unwrap_or(0).saturating_mul(per_ms);
    bucket.left.saturating_add(came)
}

/// One household or office of IPv6 has a whole /64 to itself.
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
        // Rest fills a bucket once, and a clock that goes back empties none.
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
    fn an_address_of_either_kind_has_one_name() {
        let name = |text: &str| address_name(text.parse().unwrap());
        assert_eq!(name("192.0.2.1"), name("::ffff:192.0.2.1"));
        assert_eq!(name("2001:db8::1"), name("2001:db8::ffff:2"));
        assert_ne!(name("2001:db8::1"), name("2001:db8:0:1::1"));
    }
}
