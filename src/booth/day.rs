//! One day of the booth in figures, and whether it may be closed.

use serde::Serialize;

use super::{DayBalance, Payments, QueueCounts};
use crate::{profile::CheckId, time::Wall};

/// Everything that was counted on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DaySheet {
    pub visits: DayBalance,
    /// Where the day's captures are now; `confirmed` is the day's own count of them.
    pub captures: QueueCounts,
    /// What became of the orders shown that day.
    pub payments: Payments,
    /// Pictures that the guide called good and the final check refused.
    pub good_then_refused: u64,
    /// What staff set aside in saved captures.
    pub set_aside: Vec<(CheckId, u64)>,
    pub shifts: Vec<Shift>,
    pub closed: Option<Closing>,
}

/// The visits while one operator was on duty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// `None` until somebody types a PIN after the start.
    pub operator: Option<u32>,
    pub started: u64,
    pub confirmed: u64,
    pub abandoned: u64,
}

/// Who closed the day, when, and after how many visits: a visit that begins later reopens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Closing {
    pub at: Wall,
    pub operator: Option<u32>,
    pub started: u64,
}

/// A sum of the day that does not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// started = confirmed + abandoned.
    Visits { started: u64, ended: u64 },
    /// confirmed = delivered + queued + quarantined + withdrawn.
    Captures { confirmed: u64, found: u64 },
    /// asked = paid + open + refunded + closed.
    Payments { asked: u64, found: u64 },
}

/// Whether a day is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    No,
    /// It was closed, and visits began afterwards.
    Reopened,
    At(Wall),
}

impl DaySheet {
    /// Returns what keeps the day from being closed; empty if everything adds up.
    pub fn gaps(&self) -> Vec<Gap> {
        let DayBalance {
            started,
            confirmed,
            abandoned,
            ..
        } = self.visits;
        let ended = confirmed + abandoned;
        let counts = &self.captures;
        let found = counts.delivered + counts.undelivered() + counts.withdrawn;
        let payments = &self.payments;
        let payments = (!payments.balances()).then(|| Gap::Payments {
            asked: payments.asked,
            found: payments.accounted(),
        });
        [
            (started != ended).then_some(Gap::Visits { started, ended }),
            (confirmed != found).then_some(Gap::Captures { confirmed, found }),
            payments,
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub fn is_closed(&self) -> Closed {
        match self.closed {
            None => Closed::No,
            Some(closing) if closing.started != self.visits.started => Closed::Reopened,
            Some(closing) => Closed::At(closing.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(started: u64, confirmed: u64, abandoned: u64, delivered: u64) -> DaySheet {
        DaySheet {
            visits: DayBalance {
                started,
                confirmed,
                abandoned,
                ..DayBalance::default()
            },
            captures: QueueCounts {
                confirmed,
                delivered,
                queued: 1,
                ..QueueCounts::default()
            },
            ..DaySheet::default()
        }
    }

    #[test]
    fn a_day_says_which_of_its_sums_differs() {
        assert_eq!(sheet(9, 6, 3, 5).gaps(), []);
        let visits = Gap::Visits {
            started: 9,
            ended: 8,
        };
        assert_eq!(sheet(9, 6, 2, 5).gaps(), [visits]);
        let captures = Gap::Captures {
            confirmed: 6,
            found: 5,
        };
        assert_eq!(sheet(9, 6, 3, 4).gaps(), [captures]);
        assert_eq!(sheet(9, 6, 2, 4).gaps(), [visits, captures]);
        let mut sold = sheet(9, 6, 3, 5);
        sold.payments.asked = 3;
        sold.payments.paid = 2;
        assert_eq!(sold.gaps(), [Gap::Payments { asked: 3, found: 2 }]);
    }

    #[test]
    fn a_visit_after_the_close_opens_the_day_again() {
        let mut day = sheet(9, 6, 3, 5);
        assert_eq!(day.is_closed(), Closed::No);
        day.closed = Some(Closing {
            at: Wall::EPOCH,
            operator: Some(1),
            started: 9,
        });
        assert_eq!(day.is_closed(), Closed::At(Wall::EPOCH));
        day.visits.started = 10;
        assert_eq!(day.is_closed(), Closed::Reopened);
    }
}
