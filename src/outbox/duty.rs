//! What staff at the kiosk ask of its outbox: whose shift it is, a page of the queue, another try,
//! the day's figures and its end.

use super::{Act, Outbox, OutboxError, index::Index};
use crate::{
    booth::{
        DayBalance, QueueRow, QueueState, VisitEnd,
        day::{Closing, DaySheet},
        queue::{QueueAsk, QueueLook},
    },
    capture::CaptureId,
    profile::CheckId,
    time::{Mono, Now},
};

impl Outbox {
    /// From now on visits and acts of staff are this operator's.
    pub fn take_over(&mut self, operator: u32, now: Now) {
        self.on_duty = Some(operator);
        self.note(Act::PinAccepted, now.wall);
    }

    /// Counts a visit's begin (`None`) or its end without a photo; a confirmed one is counted by
    /// [`Self::save`].
    pub fn count_visit(&mut self, end: Option<VisitEnd>, now: Now) -> Result<(), OutboxError> {
        let operator = self.on_duty.unwrap_or_default();
        Ok(self.index.count_visit(&today(now), operator, end)?)
    }

    /// Counts a picture that the guide called good and the final check refused.
    pub fn count_good_then_refused(&mut self, now: Now) -> Result<(), OutboxError> {
        Ok(self.index.count_good_then_refused(&today(now))?)
    }

    /// Counts the checks that staff set aside in a capture that is saved now.
    pub fn count_set_aside(&mut self, checks: &[CheckId], now: Now) -> Result<(), OutboxError> {
        if checks.is_empty() {
            return Ok(());
        }
        Ok(self.index.count_set_aside(&today(now), checks)?)
    }

    /// The page of the queue that is asked for, of at most `limit` rows, and the opened row.
    pub fn look(&self, ask: QueueAsk, limit: u32, now: Now) -> Result<QueueLook, OutboxError> {
        let (rows, of) = self.index.queue_page(ask.filter, ask.from, limit)?;
        let opened = ask.opened.map(|id| self.index.row(id)).transpose()?;
        let staffs = |row: super::Row| {
            let next = self.schedule.due(row.name.id);
            QueueRow {
                next_try_s: next.map(|at| at.since(now.mono).as_secs()),
                ..row.for_staff()
            }
        };
        Ok(QueueLook {
            ask,
            rows: rows.into_iter().map(staffs).collect(),
            of,
            opened: opened.flatten().map(staffs),
        })
    }

    /// Tries a capture now: one that waits does not wait any longer, one that was kept aside is put
    /// back into the queue.
    pub fn try_now(&mut self, id: CaptureId, now: Now) -> Result<(), OutboxError> {
        let row = self.require(id)?;
        match row.state {
            QueueState::Quarantined(_) => self.retry(id, now),
            QueueState::Queued if self.schedule.due(id).is_some() => {
                // Before all others, also while the platform does not answer.
                self.schedule.put(id, 0, Mono::default());
                self.gate.permit(now.mono);
                Ok(())
            }
            // On its way, or at its end.
            QueueState::Queued | QueueState::Delivered | QueueState::Withdrawn => Ok(()),
        }
    }

    /// Tries everything now.
    pub fn try_all_now(&mut self, now: Now) -> Result<(), OutboxError> {
        for row in self.index.quarantined()? {
            self.retry(row.name.id, now)?;
        }
        self.nudge(now);
        Ok(())
    }

    /// The last days, newest first; today is among them even before its first visit.
    pub fn day_sheets(&self, limit: u32, now: Now) -> Result<Vec<DaySheet>, OutboxError> {
        sheets(&self.index, limit, Some(today(now)))
    }

    /// Closes a day that adds up; one that does not stays open. Gives whether it is closed now.
    pub fn close_day(&mut self, day: &str, now: Now) -> Result<bool, OutboxError> {
        let sheets = self.day_sheets(u32::MAX, now)?;
        let Some(sheet) = sheets.into_iter().find(|sheet| sheet.visits.day == day) else {
            return Ok(false);
        };
        if !sheet.gaps().is_empty() {
            return Ok(false);
        }
        let closing = Closing {
            at: now.wall,
            operator: self.on_duty,
            started: sheet.visits.started,
        };
        self.index.close_day(day, &closing)?;
        let day = day.to_owned();
        self.note(Act::DayClosed { day }, now.wall);
        Ok(true)
    }
}

/// The sheets of the last days in an index, newest first, and of `today` in any case.
pub(super) fn sheets(
    index: &Index,
    limit: u32,
    today: Option<String>,
) -> Result<Vec<DaySheet>, OutboxError> {
    let mut days = index.days(limit)?;
    if let Some(day) = today
        && days.iter().all(|known| known.day != day)
    {
        days.insert(
            0,
            DayBalance {
                day,
                ..DayBalance::default()
            },
        );
    }
    let sheet = |visits| Ok(index.day_sheet(visits)?);
    days.into_iter().map(sheet).collect()
}

fn today(now: Now) -> String {
    now.wall.china_date().to_string()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            AUDIT_FILE, Answer, Settled, Step,
            tests::{capture, cut_after, id, now, open, receipt_for, signed},
            verify_audit,
        },
        *,
    };
    use crate::{
        booth::{
            day::{Closed, Gap, Shift},
            queue::QueueFilter,
        },
        contract::{Change, Refusal},
    };

    fn today(outbox: &Outbox) -> DaySheet {
        outbox.day_sheets(1, now(50)).unwrap().remove(0)
    }

    /// A visit that ends with a saved capture.
    fn visit(outbox: &mut Outbox, n: u8) {
        outbox.count_visit(None, now(n.into())).unwrap();
        outbox.save(&capture(n), now(n.into())).unwrap();
    }

    fn park(outbox: &mut Outbox, n: u8) {
        let parked = outbox.settle(id(n), Answer::Parked(Refusal::NotOpened), now(20));
        assert_eq!(parked.unwrap(), Settled::Parked);
    }

    #[test]
    fn visits_are_counted_in_the_shift_of_whose_pin_was_typed_last() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        visit(&mut outbox, 1);
        outbox.take_over(2, now(5));
        visit(&mut outbox, 6);
        outbox.count_visit(None, now(7)).unwrap();
        outbox
            .count_visit(Some(VisitEnd::Abandoned), now(8))
            .unwrap();
        outbox.take_over(7, now(9));
        visit(&mut outbox, 10);
        let shift = |operator, started, confirmed, abandoned| Shift {
            operator,
            started,
            confirmed,
            abandoned,
        };
        assert_eq!(
            today(&outbox).shifts,
            [
                shift(None, 1, 1, 0),
                shift(Some(2), 2, 1, 1),
                shift(Some(7), 1, 1, 0)
            ]
        );
        let log = std::fs::read_to_string(folder.path().join(AUDIT_FILE)).unwrap();
        assert!(log.contains(r#""act":"pin_accepted"},"by":2"#), "{log}");
        assert!(verify_audit(log.as_bytes()).is_ok());
    }

    #[test]
    fn a_day_closes_when_it_adds_up_and_opens_again_with_the_next_visit() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        visit(&mut outbox, 1);
        visit(&mut outbox, 2);
        outbox.count_visit(None, now(3)).unwrap();
        let day = today(&outbox).visits.day;
        assert!(
            !outbox.close_day(&day, now(40)).unwrap(),
            "one is under way"
        );
        let gap = Gap::Visits {
            started: 3,
            ended: 2,
        };
        assert_eq!(today(&outbox).gaps(), [gap]);
        outbox
            .count_visit(Some(VisitEnd::Abandoned), now(4))
            .unwrap();
        outbox.take_over(2, now(40));
        assert!(outbox.close_day(&day, now(41)).unwrap());
        assert_eq!(today(&outbox).is_closed(), Closed::At(now(41).wall));
        visit(&mut outbox, 5);
        assert_eq!(today(&outbox).is_closed(), Closed::Reopened);
        assert!(!outbox.close_day("2001-01-01", now(42)).unwrap());
    }

    #[test]
    fn a_visit_that_the_power_cut_between_file_and_row_is_confirmed_on_its_day() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        visit(&mut outbox, 1);
        outbox.count_visit(None, now(2)).unwrap();
        cut_after(Step::CaptureDurable, || {
            outbox.save(&capture(2), now(2)).unwrap();
        });
        drop(outbox);
        let sheet = today(&open(folder.path()));
        assert_eq!(sheet.gaps(), []);
        let DayBalance {
            started,
            confirmed,
            abandoned,
            ..
        } = sheet.visits;
        assert_eq!((started, confirmed, abandoned), (2, 2, 0));
    }

    #[test]
    fn a_visit_over_midnight_or_a_corrected_date_counts_on_the_day_of_its_start() {
        const DAY_S: u64 = 86_400;
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        outbox.count_visit(None, now(1)).unwrap();
        outbox.save(&capture(1), now(DAY_S)).unwrap();
        outbox.count_visit(None, now(DAY_S)).unwrap();
        // The clock was a day ahead.
        outbox
            .count_visit(Some(VisitEnd::Abandoned), now(2))
            .unwrap();
        let sheets = outbox.day_sheets(9, now(DAY_S)).unwrap();
        let sums: Vec<_> = sheets
            .iter()
            .map(|sheet| {
                assert_eq!(sheet.gaps(), []);
                (
                    sheet.visits.confirmed,
                    sheet.captures.queued,
                    sheet.visits.abandoned,
                )
            })
            .collect();
        assert_eq!(sums, [(0, 0, 1), (1, 1, 0)]);
    }

    #[test]
    fn a_visit_belongs_to_the_shift_in_which_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        outbox.take_over(2, now(1));
        outbox.count_visit(None, now(2)).unwrap();
        outbox.take_over(3, now(3));
        outbox.save(&capture(1), now(4)).unwrap();
        let shift = Shift {
            operator: Some(2),
            started: 1,
            confirmed: 1,
            abandoned: 0,
        };
        assert_eq!(today(&outbox).shifts, [shift]);
    }

    #[test]
    fn each_capture_of_the_day_is_in_one_place_of_its_sum() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        for n in 1..=4 {
            visit(&mut outbox, n);
        }
        let saved = outbox.save(&capture(1), now(1)).unwrap();
        outbox
            .settle(id(1), signed(&receipt_for(&saved)), now(9))
            .unwrap();
        park(&mut outbox, 2);
        outbox.amend(id(3), &Change::Withdrawn, now(9)).unwrap();
        outbox.count_good_then_refused(now(9)).unwrap();
        let aside = [CheckId::MouthClosed, CheckId::Evenness];
        outbox.count_set_aside(&aside, now(9)).unwrap();
        outbox.count_set_aside(&aside[..1], now(9)).unwrap();
        let sheet = today(&outbox);
        let counts = sheet.captures;
        let places = [
            counts.delivered,
            counts.quarantined,
            counts.withdrawn,
            counts.queued,
        ];
        assert_eq!((counts.confirmed, places), (4, [1, 1, 1, 1]));
        assert!(sheet.gaps().is_empty());
        assert_eq!(sheet.good_then_refused, 1);
        let expected = [(CheckId::MouthClosed, 2), (CheckId::Evenness, 1)];
        assert_eq!(sheet.set_aside, expected);
        let tomorrow = now(86_400);
        let sheets = outbox.day_sheets(9, tomorrow).unwrap();
        assert_eq!((sheets.len(), sheets[0].captures.confirmed), (2, 0));
    }

    #[test]
    fn a_page_of_the_queue_holds_what_its_filter_lets_through() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        for n in 1..=5 {
            visit(&mut outbox, n);
        }
        park(&mut outbox, 4);
        let look = |outbox: &Outbox, filter, from| {
            let ask = QueueAsk {
                filter,
                from,
                opened: Some(id(4)),
            };
            outbox.look(ask, 2, now(30)).unwrap()
        };
        let seqs = |look: &QueueLook| look.rows.iter().map(|row| row.seq).collect::<Vec<_>>();
        let all = look(&outbox, QueueFilter::All, 2);
        assert_eq!((seqs(&all), all.of), (vec![3, 4], 5));
        let waiting = look(&outbox, QueueFilter::Waiting, 2);
        assert_eq!((seqs(&waiting), waiting.of), (vec![3, 5], 4));
        let refused = look(&outbox, QueueFilter::Refused, 0);
        assert_eq!((seqs(&refused), refused.of), (vec![4], 1));
        assert_eq!(refused.opened.map(|row| row.seq), Some(4));
        assert_eq!(look(&outbox, QueueFilter::Withdrawn, 0).of, 0);
    }

    #[test]
    fn a_capture_that_is_tried_now_does_not_wait_any_longer() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        visit(&mut outbox, 1);
        visit(&mut outbox, 2);
        assert_eq!(outbox.due(now(9), 9).len(), 2);
        let later = || Answer::Later {
            after: Some(std::time::Duration::from_mins(30)),
            why: "busy".to_owned(),
        };
        outbox.settle(id(1), later(), now(9)).unwrap();
        park(&mut outbox, 2);
        let ask = QueueAsk {
            opened: Some(id(1)),
            ..QueueAsk::default()
        };
        let row = outbox.look(ask, 9, now(10)).unwrap().opened.unwrap();
        assert!(row.next_try_s.unwrap() > 1_000, "{row:?}");
        assert_eq!(outbox.due(now(30), 9), []);
        outbox.try_now(id(1), now(30)).unwrap();
        assert_eq!(outbox.due(now(30), 9), [id(1)]);
        outbox.try_all_now(now(31)).unwrap();
        assert_eq!(outbox.due(now(31), 9), [id(2)]);
        assert!(outbox.try_now(id(9), now(31)).is_err());
    }
}
