//! What stays after its delivery, because the platform asks for it: one that was restored from an
//! older backup has lost what came since, and gets it again.
//!
//! A platform that asks for nothing, as is usual, has each capture removed at its receipt. One that
//! makes a backup every night asks for two days. What is kept is sealed as before: nothing here can
//! read it. A withdrawn capture is never kept.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Act, Outbox, OutboxError,
    index::retained::Kept,
    notes::{NoteName, consent_of},
    parcels::ParcelName,
};
use crate::{capture::CaptureId, time::Now};

/// The longest time that a platform is granted.
pub const LONGEST_RETENTION: Duration = Duration::from_hours(31 * 24);

/// With less room than this, in captures, what is kept goes before its time.
const ROOM: u64 = 100;

/// How many files of a kind are removed at once, so that a visit does not wait.
const TOGETHER: u32 = 64;

/// The shortest time between two rounds of sending again: a platform that forgets everything does
/// not get it in a loop.
const BETWEEN_ROUNDS: Duration = Duration::from_hours(1);

impl Outbox {
    /// The platform asks that deliveries be kept for `retention`; at most [`LONGEST_RETENTION`] is
    /// granted. It applies from the next delivery on; what is kept already goes when it is older.
    pub fn heed_retention(&mut self, retention: Duration) -> Result<(), OutboxError> {
        let granted = retention.min(LONGEST_RETENTION);
        if granted != self.retention {
            self.index.set_retention_s(granted.as_secs())?;
            self.retention = granted;
        }
        Ok(())
    }

    /// Removes some of what was kept long enough, or more where the disk is nearly full. Returns
    /// how many captures and notes are gone.
    pub fn release_retained(&mut self, now: Now) -> Result<usize, OutboxError> {
        let parcels = self.index.retained_parcels(TOGETHER)?;
        let notes = self.index.retained_notes(TOGETHER)?;
        if parcels.is_empty() && notes.is_empty() {
            return Ok(0);
        }
        let is_short = self.space()?.captures_left < ROOM;
        let parcels = chosen(&parcels, |kept| is_short || self.is_over(kept, now));
        let notes = chosen(&notes, |kept| self.is_over(kept, now));
        if parcels.is_empty() && notes.is_empty() {
            return Ok(0);
        }
        // Files first: after a crash in between they are looked for once more.
        for name in &parcels {
            self.remove_parcel(*name);
        }
        for name in &notes {
            self.forget_note(*name);
        }
        self.index.release(&parcels, &notes)?;
        Ok(parcels.len() + notes.len())
    }

    /// Whether the time of something that is kept is over.
    fn is_over<N>(&self, kept: &Kept<N>, now: Now) -> bool {
        let age_ms = now.wall.unix_ms() - kept.delivered_at.unix_ms();
        age_ms >= self.retention.as_millis() as i64
    }

    /// The platform does not hold what it gave its newest receipts for: it was restored from an
    /// older backup, and whatever is kept here is queued again. What it does hold it answers with
    /// the same receipt. Returns how many captures and notes are sent again.
    pub fn heed_loss(&mut self, now: Now) -> Result<usize, OutboxError> {
        let is_early = self
            .sent_again_at
            .is_some_and(|at| now.mono.since(at) < BETWEEN_ROUNDS);
        if is_early {
            return Ok(0);
        }
        let (parcels, notes) = self.send_again(now)?;
        self.sent_again_at = Some(now.mono);
        if parcels + notes > 0 {
            tracing::warn!(
                parcels,
                notes,
                "The platform lost deliveries: they are sent again"
            );
            let captures = parcels as u64;
            self.note(Act::SentAgain { captures }, now.wall);
        }
        Ok(parcels + notes)
    }

    /// Queues what is kept; how many parcels and notes that were.
    fn send_again(&mut self, now: Now) -> Result<(usize, usize), OutboxError> {
        let parcels = chosen(&self.index.retained_parcels(u32::MAX)?, |kept| {
            self.parcels.path(kept.name).exists()
        });
        let notes = chosen(&self.index.retained_notes(u32::MAX)?, |kept| {
            self.note_bytes(kept.name).is_ok()
        });
        self.index.queue_again(&parcels, &notes)?;
        for name in &parcels {
            self.schedule.put(name.id, name.seq, now.mono);
        }
        let of_parcels = parcels.iter().map(|name| consent_of(*name));
        let firsts = of_parcels.chain(notes.iter().map(|name| NoteName { number: 0, ..*name }));
        for first in firsts.collect::<BTreeSet<_>>() {
            // A later note that waits already must not come before an earlier one, nor before its
            // parcel.
            for name in self.index.queued_from(first)? {
                self.note_schedule.drop(name);
            }
            self.schedule_note(first.id, now.mono);
        }
        Ok((parcels.len(), notes.len()))
    }

    /// The captures whose parcels are kept although they were delivered.
    pub(super) fn retained(&self) -> Result<BTreeSet<CaptureId>, OutboxError> {
        let kept = self.index.retained_parcels(u32::MAX)?;
        Ok(kept.iter().map(|kept| kept.name.id).collect())
    }

    /// The notes that are kept although they were delivered.
    pub(super) fn retained_notes(&self) -> Result<BTreeSet<NoteName>, OutboxError> {
        let kept = self.index.retained_notes(u32::MAX)?;
        Ok(kept.iter().map(|kept| kept.name).collect())
    }

    /// Removes a parcel that is not kept any more. The removal need not be durable: a parcel that
    /// comes back after a power cut is found delivered at the next start, and removed again.
    pub(super) fn remove_parcel(&self, name: ParcelName) {
        let removed = if self.keeps_consent(consent_of(name)) {
            self.parcels.forget(name)
        } else {
            self.parcels.unlink(name)
        };
        if let Err(why) = removed {
            let seq = name.seq;
            tracing::warn!("Delivered parcel {seq} stays until the next start: {why}");
        }
    }
}

/// Returns the names of those for which `is` holds.
fn chosen<N: Copy>(kept: &[Kept<N>], is: impl Fn(&Kept<N>) -> bool) -> Vec<N> {
    let those = kept.iter().filter(|kept| is(kept));
    those.map(|kept| kept.name).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Answer, Saved,
            notes_tests::note_receipt,
            tests::{capture, id, now, open, parcel_files, platform_signs, receipt_for, signed},
        },
        *,
    };
    use crate::{
        booth::QueueState,
        contract::{CaptureReceipt, Change, VoidCause},
        jws::Purpose,
    };

    const HOUR_S: u64 = 3600;

    fn deliver(outbox: &mut Outbox, saved: &Saved, at_s: u64) {
        let answer = signed(&receipt_for(saved));
        outbox.settle(saved.id, answer, now(at_s)).unwrap();
    }

    /// Brings every note that is due; how many.
    fn bring_notes(outbox: &mut Outbox, at_s: u64) -> usize {
        let mut count = 0;
        while let Some(name) = outbox.due_note(now(at_s)) {
            let receipt = note_receipt(outbox, name).unwrap();
            let receipt = platform_signs(Purpose::NoteReceipt, &receipt);
            let answer = Answer::Stored { receipt };
            outbox.settle_note(name, answer, now(at_s)).unwrap();
            count += 1;
        }
        count
    }

    /// A booth that keeps its deliveries for a day, with captures 1 to 3: the first is delivered
    /// and paid for, the second is delivered, the third waits.
    fn booth(folder: &std::path::Path) -> Outbox {
        let mut outbox = open(folder);
        outbox.heed_retention(Duration::from_hours(24)).unwrap();
        for n in 1..=3 {
            let saved = outbox.save(&capture(n), now(n.into())).unwrap();
            if n < 3 {
                deliver(&mut outbox, &saved, 10);
            }
        }
        let paid = Change::Paid("order 7".to_owned());
        outbox.amend(id(1), &paid, now(11)).unwrap();
        assert_eq!(bring_notes(&mut outbox, 12), 3);
        outbox
    }

    #[test]
    fn a_delivered_capture_is_kept_as_long_as_the_platform_asks() {
        let folder = tempfile::tempdir().unwrap();
        drop(booth(folder.path()));
        let mut outbox = open(folder.path());
        assert_eq!(parcel_files(folder.path()).len(), 3);
        assert_eq!(outbox.release_retained(now(23 * HOUR_S)).unwrap(), 0);
        assert_eq!(outbox.release_retained(now(25 * HOUR_S)).unwrap(), 5);
        assert_eq!(outbox.release_retained(now(25 * HOUR_S)).unwrap(), 0);
        assert_eq!(parcel_files(folder.path()).len(), 1);
        let amendments = folder.path().join("amendments");
        assert_eq!(std::fs::read_dir(amendments).unwrap().count(), 0);
        outbox.heed_retention(Duration::ZERO).unwrap();
        let third = outbox.save(&capture(3), now(3)).unwrap();
        deliver(&mut outbox, &third, 20);
        assert!(parcel_files(folder.path()).is_empty());
    }

    #[test]
    fn more_than_a_month_is_not_granted() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        outbox.heed_retention(Duration::MAX).unwrap();
        assert_eq!(outbox.retention, LONGEST_RETENTION);
    }

    #[test]
    fn what_a_restored_platform_lost_is_sent_again_with_what_was_said_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = booth(folder.path());
        assert_eq!(outbox.heed_loss(now(20)).unwrap(), 5);
        assert_eq!(outbox.delivered_seq().unwrap(), None);
        drop(outbox);
        let mut outbox = open(folder.path());
        assert_eq!(outbox.due(now(21), 9), [id(1), id(2), id(3)]);
        for n in 1..=2 {
            let parcel = outbox.parcel(id(n), now(22)).unwrap();
            let saved = Saved {
                id: id(n),
                seq: parcel.seq,
                bytes: parcel.bytes.len() as u64,
                sha256: parcel.sha256,
            };
            deliver(&mut outbox, &saved, 23);
        }
        assert_eq!(bring_notes(&mut outbox, 24), 3);
        assert_eq!(outbox.delivered_seq().unwrap(), Some(2));
        let counts = outbox.counts().unwrap();
        assert!(counts.balances());
        assert_eq!((counts.delivered, counts.queued), (2, 1));
        assert_eq!(outbox.day_sheets(1, now(25)).unwrap()[0].gaps(), []);
    }

    #[test]
    fn what_the_platform_stored_last_is_known_by_its_receipts() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        let saved: Vec<Saved> = (1..=3)
            .map(|n| outbox.save(&capture(n), now(n.into())).unwrap())
            .collect();
        assert_eq!(outbox.delivered_seq().unwrap(), None);
        assert_eq!(outbox.delivered_note().unwrap(), None);
        // The second was stored last; the answer for the first, stored long before, came after it.
        for (at, stored_s) in [(2, 50), (1, 90), (0, 20)] {
            let said = CaptureReceipt {
                stored_at: now(stored_s).wall,
                ..receipt_for(&saved[at])
            };
            outbox
                .settle(saved[at].id, signed(&said), now(100))
                .unwrap();
        }
        assert_eq!(outbox.delivered_seq().unwrap(), Some(2));
        assert_eq!(bring_notes(&mut outbox, 101), 3);
        assert!(outbox.delivered_note().unwrap().is_some());
    }

    #[test]
    fn a_platform_that_forgets_everything_gets_it_once_an_hour() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        outbox.heed_retention(Duration::from_hours(24)).unwrap();
        let saved = outbox.save(&capture(1), now(1)).unwrap();
        let mut rounds = 0;
        for minute in 1..=120 {
            deliver(&mut outbox, &saved, minute * 60);
            rounds += outbox.heed_loss(now(minute * 60)).unwrap();
        }
        assert_eq!(rounds, 2);
    }

    #[test]
    fn a_withdrawn_capture_is_gone_at_once_and_its_tombstone_is_sent_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = booth(folder.path());
        outbox.amend(id(1), &Change::Withdrawn, now(13)).unwrap();
        let left = parcel_files(folder.path());
        assert!(!left.iter().any(|name| name.contains(&id(1).to_string())));
        assert_eq!(bring_notes(&mut outbox, 14), 1);
        // The second one and its consent record; of the first one consent, payment and tombstone.
        assert_eq!(outbox.heed_loss(now(20)).unwrap(), 5);
        let row = outbox.index.row(id(1)).unwrap().unwrap();
        assert_eq!(row.state, QueueState::Delivered);
        let notes = bring_notes(&mut outbox, 21);
        assert_eq!(notes, 3, "consent record, payment, tombstone");
        drop(outbox);
        assert_eq!(parcel_files(folder.path()).len(), 2);
    }

    #[test]
    fn what_waits_comes_after_what_is_sent_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = booth(folder.path());
        let voided = Change::Voided(VoidCause::Trial);
        outbox.amend(id(1), &voided, now(13)).unwrap();
        outbox.heed_loss(now(20)).unwrap();
        assert_eq!(outbox.due_note(now(21)), None, "the parcel first");
        let parcel = outbox.parcel(id(1), now(22)).unwrap();
        let saved = Saved {
            id: id(1),
            seq: parcel.seq,
            bytes: parcel.bytes.len() as u64,
            sha256: parcel.sha256,
        };
        deliver(&mut outbox, &saved, 23);
        for number in 0..=2 {
            assert_eq!(outbox.due_note(now(30)).unwrap().number, number);
            let name = NoteName {
                id: id(1),
                number,
                seq: 1,
            };
            let receipt = note_receipt(&mut outbox, name).unwrap();
            let receipt = platform_signs(Purpose::NoteReceipt, &receipt);
            let answer = Answer::Stored { receipt };
            outbox.settle_note(name, answer, now(30)).unwrap();
        }
    }

    #[test]
    fn a_kept_file_that_the_disk_lost_is_not_promised_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = booth(folder.path());
        let name = parcel_files(folder.path()).remove(0);
        std::fs::remove_file(folder.path().join("parcels").join(name)).unwrap();
        assert_eq!(outbox.heed_loss(now(20)).unwrap(), 3);
        let first = outbox.index.row(id(1)).unwrap().unwrap();
        assert_eq!(first.state, QueueState::Delivered);
    }
}
