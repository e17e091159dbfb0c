//! Day sheets, index and audit log over any order of visits, failures, power cuts, hand-overs and
//! wrong dates.

use std::{fs, path::Path};

use proptest::{collection, prelude::*, sample::select};

use super::{
    AUDIT_FILE, Outbox, Step,
    tests::{capture, cut_after, now, open, receipt_for, signed},
    verify_audit,
};
use crate::{
    booth::{QueueState, VisitEnd},
    contract::Change,
    time::{Now, Wall},
};

#[derive(Clone, Copy, Debug)]
enum Act {
    Begin,
    Abandon,
    Save,
    /// The index does not take it.
    SaveRefused,
    /// The power goes while the visit's capture is saved.
    Cut(Step),
    Restart,
    TakeOver(u32),
    /// The clock is put right, or wrong, by so many days.
    Days(i64),
    Deliver,
    Withdraw,
}

fn any_act() -> impl Strategy<Value = Act> {
    let steps = [
        Step::CaptureStaged,
        Step::CaptureRenamed,
        Step::CaptureSynced,
        Step::CaptureDurable,
        Step::Indexed,
    ];
    prop_oneof![
        4 => Just(Act::Begin),
        2 => Just(Act::Abandon),
        3 => Just(Act::Save),
        2 => Just(Act::SaveRefused),
        3 => select(steps.to_vec()).prop_map(Act::Cut),
        1 => Just(Act::Restart),
        1 => (1..4_u32).prop_map(Act::TakeOver),
        2 => (-2..3_i64).prop_map(Act::Days),
        1 => Just(Act::Deliver),
        1 => Just(Act::Withdraw),
    ]
}

/// A booth, and what its sheets have to say.
struct Booth<'a> {
    folder: &'a Path,
    outbox: Option<Outbox>,
    days: i64,
    captures: u8,
    under_way: bool,
    started: u64,
    /// Confirmed, as far as anybody was told; and those of which a power cut kept the word.
    told: u64,
    cut: u64,
}

impl<'a> Booth<'a> {
    fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            outbox: Some(open(folder)),
            days: 0,
            captures: 0,
            under_way: false,
            started: 0,
            told: 0,
            cut: 0,
        }
    }

    fn now(&self) -> Now {
        Now {
            wall: Wall::from_unix_ms(now(0).wall.unix_ms() + self.days * 86_400_000),
            ..now(9)
        }
    }

    fn outbox(&mut self) -> &mut Outbox {
        self.outbox.as_mut().unwrap()
    }

    fn act(&mut self, act: Act) {
        let now = self.now();
        match act {
            Act::Begin => {
                self.outbox().count_visit(None, now).unwrap();
                (self.under_way, self.started) = (true, self.started + 1);
            }
            Act::Abandon if self.under_way => {
                let end = Some(VisitEnd::Abandoned);
                self.outbox().count_visit(end, now).unwrap();
                self.under_way = false;
            }
            Act::Save if self.under_way => {
                self.captures += 1;
                let capture = capture(self.captures);
                self.outbox().save(&capture, now).unwrap();
                (self.under_way, self.told) = (false, self.told + 1);
            }
            Act::SaveRefused if self.under_way => {
                let capture = capture(self.captures + 1);
                // The day may begin with this visit, and its key is needed before.
                self.outbox().captured_today(b"anything", now).unwrap();
                self.outbox().index.refuse_changes();
                self.outbox().save(&capture, now).unwrap_err();
                self.outbox().index.allow_changes();
            }
            Act::Cut(step) if self.under_way => {
                self.captures += 1;
                let capture = capture(self.captures);
                cut_after(step, || drop(self.outbox().save(&capture, now)));
                self.cut += 1;
                self.restart();
            }
            Act::Restart => self.restart(),
            Act::TakeOver(operator) => self.outbox().take_over(operator, now),
            Act::Days(days) => self.days += days,
            Act::Deliver | Act::Withdraw => self.end_one(act),
            Act::Abandon | Act::Save | Act::SaveRefused | Act::Cut(_) => {}
        }
    }

    fn restart(&mut self) {
        self.outbox = None;
        self.outbox = Some(open(self.folder));
        self.under_way = false;
    }

    fn end_one(&mut self, act: Act) {
        let now = self.now();
        let rows = self.outbox().queue(99).unwrap();
        let Some(row) = rows.iter().find(|row| row.state == QueueState::Queued) else {
            return;
        };
        if matches!(act, Act::Withdraw) {
            let withdrawn = self.outbox().amend(row.id, &Change::Withdrawn, now);
            return withdrawn.unwrap();
        }
        // The same capture again gives the facts of the one that is kept.
        let parcel = self.outbox().parcel(row.id, now).unwrap();
        let saved = super::Saved {
            id: row.id,
            seq: row.seq,
            bytes: row.bytes,
            sha256: parcel.sha256,
        };
        let receipt = signed(&receipt_for(&saved));
        self.outbox().settle(row.id, receipt, now).unwrap();
    }

    /// Every day adds up, but for the one visit that is under way; nothing is counted twice, and
    /// nobody altered the log.
    fn check(&mut self) {
        let (now, under_way) = (self.now(), u64::from(self.under_way));
        let sheets = self.outbox().day_sheets(99, now).unwrap();
        let (mut started, mut confirmed, mut abandoned) = (0, 0, 0);
        for sheet in &sheets {
            let visits = &sheet.visits;
            started += visits.started;
            confirmed += visits.confirmed;
            abandoned += visits.abandoned;
            let found =
                sheet.captures.delivered + sheet.captures.undelivered() + sheet.captures.withdrawn;
            assert_eq!(visits.confirmed, found, "{sheet:?}");
            let of_shifts: u64 = sheet.shifts.iter().map(|shift| shift.started).sum();
            assert_eq!(of_shifts, visits.started, "{sheet:?}");
        }
        let open = sheets.iter().filter(|sheet| !sheet.gaps().is_empty());
        assert_eq!(open.count() as u64, under_way);
        assert_eq!(started, confirmed + abandoned + under_way);
        assert_eq!(started, self.started);
        assert!((self.told..=self.told + self.cut).contains(&confirmed));
        let counts = self.outbox().counts().unwrap();
        assert!(counts.balances());
        assert_eq!(counts.confirmed, confirmed);
        let log = fs::read(self.folder.join(AUDIT_FILE)).unwrap_or_default();
        assert_eq!(verify_audit(&log).as_ref(), Ok(self.outbox().audit_head()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn days_add_up_whatever_happens(acts in collection::vec(any_act(), 1..24)) {
        let folder = tempfile::tempdir().unwrap();
        let mut booth = Booth::new(folder.path());
        for act in acts {
            booth.act(act);
            booth.check();
        }
    }
}
