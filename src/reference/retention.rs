//! Deletes on schedule what the consent promises to delete: pictures and person seven working days
//! after their batch has ended, once they are passed on; consent records, which hold no face, after
//! three years.

use std::collections::BTreeMap;

use super::{
    Platform, PlatformError,
    batches::Offered,
    course,
    notes::NoteName,
    rows::{Rows, retention::Due},
};
use crate::{capture::CaptureId, code::FeatureCode, contract::CONSENT_NOTE, time::Wall};

/// Three years, one of which may be a leap year.
const CONSENT_DAYS: i64 = 3 * 365 + 1;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What is kept of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    pub batch: FeatureCode,
    /// When its captures are deleted; `None` for a batch that this platform never offered, whose
    /// end it does not know.
    pub until: Option<Wall>,
    /// Captures with their pictures. After `until` they still wait to be audited, confirmed or
    /// passed on.
    pub held: u64,
    pub erased: u64,
}

impl Platform {
    /// Remembers the ends of the batches that are offered, for the time when they no longer are.
    pub(super) fn keep_batch_ends(&self) -> Result<(), PlatformError> {
        let rows = self.rows();
        for Offered { batch, .. } in self.batches.values() {
            rows.keep_batch_end(&batch.feature_code, batch.closes)?;
        }
        Ok(())
    }

    /// Deletes what is overdue, and returns the captures. Repeating it deletes nothing more.
    pub fn erase_due(&self, now: Wall) -> Result<Vec<CaptureId>, PlatformError> {
        let mut erased = Vec::new();
        let ends = self.rows().batch_ends()?;
        for (batch, closes) in ends {
            if now < course::kept_until(&self.calendar, closes) {
                continue;
            }
            let due = self.rows().due_for_erasure(&batch)?;
            for capture in due {
                self.erase(&capture, now)?;
                erased.push(capture.id);
            }
            self.rows().erase_payers(&batch, now)?;
        }
        if !erased.is_empty() {
            tracing::info!(captures = erased.len(), "captures were deleted on schedule");
        }
        self.erase_consents(now)?;
        Ok(erased)
    }

    /// Returns what is still kept, by batch.
    pub fn retention(&self) -> Result<Vec<Retained>, PlatformError> {
        let rows = self.rows();
        let ends: BTreeMap<FeatureCode, Wall> = rows.batch_ends()?.into_iter().collect();
        let mut kept = rows.kept()?;
        for batch in &mut kept {
            let closes = ends.get(&batch.batch);
            batch.until = closes.map(|closes| course::kept_until(&self.calendar, *closes));
        }
        Ok(kept)
    }

    /// Returns when a capture was deleted on schedule, if it was.
    pub(super) fn erased_at(&self, id: CaptureId) -> Result<Option<Wall>, PlatformError> {
        let stored = self.rows().capture(id)?;
        Ok(stored.and_then(|stored| stored.erased_at))
    }

    /// Erases a capture, files first: after a crash in between they are found gone, and the rows
    /// follow.
    fn erase(&self, capture: &Due, now: Wall) -> Result<(), PlatformError> {
        let mut rows = self.rows();
        self.shelf.remove(capture.id)?;
        self.erase_amendments(&rows, (capture.id, &capture.station), None, now)?;
        Ok(rows.erase(capture, now)?)
    }

    /// Deletes the amendments to a capture except `except`, and keeps its consent record. One of
    /// them holds the contact.
    pub(super) fn erase_amendments(
        &self,
        rows: &Rows,
        (id, station): (CaptureId, &str),
        except: Option<u32>,
        now: Wall,
    ) -> Result<(), PlatformError> {
        for number in rows.amendments(id, station)? {
            if except != Some(number) {
                let name = NoteName {
                    id,
                    station,
                    number,
                };
                self.shelf.remove_note(name)?;
                rows.note_erased(name, now)?;
            }
        }
        Ok(())
    }

    fn erase_consents(&self, now: Wall) -> Result<(), PlatformError> {
        let until = Wall::from_unix_ms(now.unix_ms() - CONSENT_DAYS * DAY_MS);
        let old = self.rows().consents_until(until)?;
        for (id, station) in old {
            // Each locks by itself, so that booths need not wait for all.
            let rows = self.rows();
            let name = NoteName {
                id,
                station: &station,
                number: CONSENT_NOTE,
            };
            self.shelf.remove_note(name)?;
            rows.note_erased(name, now)?;
        }
        Ok(())
    }
}
