//! Whether the platform serves anybody. While it does not, one delivery at a time is tried instead
//! of every parcel of a long queue, so that attempts and commits depend on the time, not on the
//! queue.

use std::time::Duration;

use super::{LONGEST_WAIT, schedule::backoff};
use crate::time::Mono;

/// So many deliveries in a row without an answer close the gate: as many as there are couriers.
const IN_A_ROW: u32 = 4;

/// The longest wait between two probes. The heartbeat usually sees sooner that the link is back.
const LONGEST_PROBE_WAIT: Duration = Duration::from_mins(1);

/// Open, or closed until the next probe.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// Deliveries in a row without an answer.
    failures: u32,
    next_probe: Mono,
    /// Until when the platform asked to be left alone.
    asked_until: Mono,
}

impl Gate {
    const fn is_closed(&self) -> bool {
        self.failures >= IN_A_ROW
    }

    /// How many deliveries may begin now, of `wanted`.
    pub fn admits(&self, wanted: usize, now: Mono) -> usize {
        if !self.is_closed() {
            wanted
        } else if now >= self.next_probe {
            wanted.min(1)
        } else {
            0
        }
    }

    /// A delivery begins. If a probe never comes back, the next one follows all the same.
    pub fn began(&mut self, now: Mono) {
        if self.is_closed() {
            self.next_probe = now.plus(LONGEST_WAIT);
        }
    }

    /// What had begun was not sent: a fault of this machine says nothing of the platform.
    pub fn not_sent(&mut self, now: Mono) {
        self.next_probe = now.max(self.asked_until);
    }

    /// One more may begin now: staff ask for it.
    pub fn permit(&mut self, now: Mono) {
        self.asked_until = now;
        self.next_probe = now;
    }

    /// A delivery got no answer, or the answer that nobody is served now; `after` is how long the
    /// platform asks to be left alone.
    pub fn failed(&mut self, after: Option<Duration>, random: u64, now: Mono) {
        self.failures = self.failures.saturating_add(1);
        let closed_for = self.failures.saturating_sub(IN_A_ROW);
        let wait = backoff(closed_for, random).min(LONGEST_PROBE_WAIT);
        let asked = now.plus(after.unwrap_or_default().min(LONGEST_WAIT));
        self.asked_until = self.asked_until.max(asked);
        self.next_probe = now.plus(wait).max(self.asked_until);
    }

    /// The platform answered. Whether that opens the gate.
    pub fn answered(&mut self) -> bool {
        let was_closed = self.is_closed();
        *self = Self::default();
        was_closed
    }

    /// What is due at `due` cannot begin before this.
    pub fn earliest(&self, due: Mono) -> Mono {
        if self.is_closed() {
            due.max(self.next_probe)
        } else {
            due
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Mono {
        Mono::from_start(Duration::from_secs(s))
    }

    fn closed() -> Gate {
        let mut gate = Gate::default();
        for _ in 0..IN_A_ROW {
            gate.failed(None, 700, at(0));
        }
        gate
    }

    #[test]
    fn after_failures_in_a_row_one_probe_at_a_time_is_let_through() {
        let mut gate = closed();
        assert_eq!(gate.admits(4, at(0)), 0);
        assert_eq!(gate.earliest(at(0)), at(0).plus(Duration::from_millis(700)));
        assert_eq!(gate.admits(4, at(1)), 1);
        gate.began(at(1));
        assert_eq!(gate.admits(4, at(2)), 0, "the probe is under way");
        assert_eq!(gate.admits(4, at(1).plus(LONGEST_WAIT)), 1, "it was lost");
        assert!(gate.answered());
        assert_eq!(gate.admits(4, at(3)), 4);
    }

    #[test]
    fn an_answer_between_failures_keeps_it_open() {
        let mut gate = Gate::default();
        for _ in 0..IN_A_ROW * 3 {
            gate.failed(None, 0, at(0));
            assert!(!gate.answered());
        }
        assert_eq!(gate.admits(4, at(0)), 4);
    }

    #[test]
    fn probes_wait_a_minute_at_most_unless_the_platform_asks_for_more() {
        let mut gate = closed();
        for random in [60_000, 300_000, u64::MAX] {
            for _ in 0..40 {
                gate.failed(None, random, at(9));
            }
            assert!(gate.next_probe <= at(9).plus(LONGEST_PROBE_WAIT));
        }
        gate.failed(Some(Duration::from_mins(3)), 0, at(9));
        assert_eq!(gate.next_probe, at(9 + 180));
        gate.failed(None, 0, at(10));
        assert_eq!(gate.next_probe, at(9 + 180), "an earlier word holds");
        gate.failed(Some(Duration::from_hours(3)), 0, at(9));
        assert_eq!(gate.next_probe, at(9).plus(LONGEST_WAIT));
        gate.permit(at(20));
        assert_eq!(gate.admits(4, at(20)), 1, "staff do not wait");
    }
}
