//! What staff ask of the outbox, at the thread that owns it.

use std::sync::mpsc::SyncSender;

use super::Store;
use crate::{
    app::wires::Wires,
    booth::{day::DaySheet, queue::QueueAsk},
    capture::CaptureId,
    contract::Change,
    outbox::{Act, Imported, OutboxError},
    session::{
        Event,
        desk::{Done, News},
    },
};

/// Days that staff can leaf through.
const DAYS_FOR_STAFF: u32 = 60;

/// What is asked of the outbox's owner.
pub enum Ask {
    TakeOver(u32),
    /// Something that staff did, for the audit log.
    Note(Act),
    Look(QueueAsk),
    Retry(CaptureId),
    RetryAll,
    Amend(CaptureId, Change),
    /// The last days; closed before, if a day is named and adds up.
    Days {
        close: Option<String>,
        answer: SyncSender<Vec<DaySheet>>,
    },
    /// A picture that was called good was refused.
    GoodThenRefused,
    /// Some of the receipts that came by stick, few enough that a visit does not wait for them.
    Receipts {
        lines: Vec<String>,
        answer: SyncSender<Receipts>,
    },
}

/// What came of receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    pub delivered: u64,
    pub known: u64,
    pub refused: u64,
}

impl std::ops::Add for Receipts {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            delivered: self.delivered + more.delivered,
            known: self.known + more.known,
            refused: self.refused + more.refused,
        }
    }
}

impl Store {
    pub(super) fn answer_desk(&mut self, ask: Ask, wires: &Wires) {
        let now = wires.clock.now();
        match ask {
            Ask::TakeOver(operator) => self.outbox.take_over(operator, now),
            Ask::Note(act) => self.outbox.note(act, now.wall),
            Ask::Look(ask) => {
                self.ask = ask;
                self.publish(wires);
                wires.wake();
            }
            Ask::Retry(id) => {
                let tried = self.outbox.try_now(id, now);
                self.tell_done(Some(id), tried, Done::Retried, wires);
            }
            Ask::RetryAll => {
                let tried = self.outbox.try_all_now(now);
                self.tell_done(None, tried, Done::Retried, wires);
            }
            Ask::Amend(id, change) => {
                let done = match change {
                    Change::Withdrawn => Done::Withdrawn,
                    Change::Voided(_)
                    | Change::Paid(_)
                    | Change::MovedTo(_)
                    | Change::Contact(_) => Done::Voided,
                };
                let amended = self.outbox.amend(id, &change, now);
                self.tell_done(Some(id), amended, done, wires);
            }
            Ask::Days { close, answer } => {
                if let Some(day) = close {
                    let closed = self.outbox.close_day(&day, now);
                    self.or_note(closed, "close the day");
                }
                let sheets = self.outbox.day_sheets(DAYS_FOR_STAFF, now);
                let sheets = self.or_note(sheets, "add up the days");
                // Who asked may have gone home.
                drop(answer.send(sheets.unwrap_or_default()));
            }
            Ask::GoodThenRefused => {
                let counted = self.outbox.count_good_then_refused(now);
                self.or_note(counted, "count a refused picture");
            }
            Ask::Receipts { lines, answer } => drop(answer.send(self.import(&lines, wires))),
        }
    }

    fn tell_done(
        &mut self,
        of: Option<CaptureId>,
        result: Result<(), OutboxError>,
        done: Done,
        wires: &Wires,
    ) {
        let said = match result {
            Ok(()) => Ok(done),
            Err(why) => {
                self.note(why.to_string());
                Err(why.to_string())
            }
        };
        self.publish(wires);
        wires.parcels.put(());
        wires.tell(Event::News(News::Row(of, said)));
    }

    /// As if each had come over the line.
    fn import(&mut self, lines: &[String], wires: &Wires) -> Receipts {
        let now = wires.clock.now();
        let mut receipts = Receipts::default();
        for imported in self.outbox.import_receipts(lines, now) {
            match self.or_note(imported, "take a receipt from a stick") {
                Some(Imported::Delivered) => receipts.delivered += 1,
                Some(Imported::Known) => receipts.known += 1,
                Some(Imported::NotTaken(why)) => {
                    receipts.refused += 1;
                    self.note(why);
                }
                None => receipts.refused += 1,
            }
        }
        let delivered = receipts.delivered;
        if delivered > 0 {
            self.outbox
                .note(Act::ReceiptsImported { delivered }, now.wall);
        }
        receipts
    }
}
