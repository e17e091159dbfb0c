//! Asks the platform about orders until they are settled: often while somebody may be at the QR,
//! rarely later, and over restarts, because the orders are the outbox's rows.

use std::{collections::BTreeMap, sync::mpsc::SyncSender, time::Duration};

use super::{
    store::{FollowUp, Request},
    wires::Wires,
};
use crate::{
    contract::PayState,
    outbox::OrderRow,
    platform::Client,
    time::{Mono, Now},
};

/// How often an order of a certain age is asked about.
const EVERY: [(Duration, Duration); 2] = [
    (Duration::from_mins(10), Duration::from_secs(2)),
    (Duration::from_hours(2), Duration::from_secs(30)),
];
const SELDOM: Duration = Duration::from_mins(10);

/// Most questions at a time, so that no visitor's question waits long behind them.
const IN_ONE_GO: usize = 2;

/// When each open order is asked about next.
#[derive(Debug, Default)]
pub struct Cashier(BTreeMap<String, Mono>);

impl Cashier {
    /// Asks about the orders that are due.
    pub fn ask(&mut self, wires: &Wires, store: &SyncSender<Request>, client: &Client) {
        let Some(ledger) = wires.ledger.newest() else {
            return;
        };
        for order in self.due(&ledger.open_orders, wires.clock.now()) {
            let now = wires.clock.now();
            let Ok(known) = client.order_state(&order.number, now.wall) else {
                // The line is down: the others would only wait for it too.
                return;
            };
            let state = known.state;
            if state == PayState::NotPaid {
                continue;
            }
            let number = order.number.clone();
            if store
                .send(Request::FollowUp(FollowUp::OrderState { number, state }))
                .is_err()
            {
                return;
            }
        }
    }

    /// Returns the time before which nothing is due, if any order is open.
    pub fn next(&self) -> Option<Mono> {
        self.0.values().min().copied()
    }

    /// Returns the orders whose time has come, the longest waiting first, and schedules each one's
    /// next time.
    fn due<'a>(&mut self, open: &'a [OrderRow], now: Now) -> Vec<&'a OrderRow> {
        self.0
            .retain(|number, _| open.iter().any(|order| order.number == *number));
        for order in open {
            self.0.entry(order.number.clone()).or_insert(now.mono);
        }
        let mut due: Vec<&OrderRow> = open
            .iter()
            .filter(|order| self.0.get(&order.number).is_some_and(|at| *at <= now.mono))
            .collect();
        due.sort_by_key(|order| self.0.get(&order.number).copied());
        due.truncate(IN_ONE_GO);
        for order in &due {
            let next = now.mono.plus(wait(order, now));
            self.0.insert(order.number.clone(), next);
        }
        due
    }
}

/// Returns how long until an order is asked about again, by its age.
fn wait(order: &OrderRow, now: Now) -> Duration {
    let age_ms = now.wall.unix_ms().saturating_sub(order.asked_at.unix_ms());
    let age = Duration::from_millis(u64::try_from(age_ms).unwrap_or(0));
    let young = EVERY.iter().find(|(until, _)| age < *until);
    young.map_or(SELDOM, |(_, every)| *every)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        capture::CaptureId,
        time::{Trust, Wall},
    };

    fn order(number: &str, asked_at_ms: i64) -> OrderRow {
        OrderRow {
            number: number.to_owned(),
            id: CaptureId::new(Wall::EPOCH, [1; 10]),
            asked_at: Wall::from_unix_ms(asked_at_ms),
            amount_fen: 2500,
            state: PayState::NotPaid,
        }
    }

    fn at(seconds: u64) -> Now {
        Now {
            mono: Mono::from_start(Duration::from_secs(seconds)),
            wall: Wall::from_unix_ms(86_400_000 + seconds as i64 * 1000),
            trust: Trust::Trusted,
        }
    }

    #[test]
    fn a_young_order_is_asked_about_often_and_an_old_one_seldom() {
        let mut cashier = Cashier::default();
        let open = [order("young", 86_400_000), order("old", 0)];
        let numbers = |due: Vec<&OrderRow>| -> Vec<String> {
            due.into_iter().map(|order| order.number.clone()).collect()
        };
        assert_eq!(numbers(cashier.due(&open, at(0))).len(), 2);
        assert!(numbers(cashier.due(&open, at(1))).is_empty());
        assert_eq!(numbers(cashier.due(&open, at(2))), ["young"]);
        assert_eq!(cashier.next(), Some(at(4).mono));
        assert_eq!(numbers(cashier.due(&open, at(600))), ["young", "old"]);
    }

    #[test]
    fn what_is_settled_is_not_asked_about_and_a_crowd_waits_its_turn() {
        let mut cashier = Cashier::default();
        let open: Vec<OrderRow> = ["a", "b", "c"].map(|n| order(n, 86_400_000)).into();
        let mut asked = cashier.due(&open, at(0)).len();
        asked += cashier.due(&open, at(0)).len();
        assert_eq!(asked, 3, "two at a time, and each once");
        assert!(cashier.due(&[], at(9)).is_empty());
        assert_eq!(cashier.next(), None);
    }
}
