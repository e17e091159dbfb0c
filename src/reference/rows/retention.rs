//! Rows about deletion: what is due, and what remains. Numbers, times and hashes of files stay;
//! whose they were does not.

use rusqlite::params;

use super::{
    Rows,
    progress::{feature_code_at, id_at, set_stage},
};
use crate::{
    capture::CaptureId,
    code::FeatureCode,
    contract::Stage,
    reference::{notes::NoteName, retention::Retained},
    time::Wall,
};

/// A capture that is due for deletion.
pub(in crate::reference) struct Due {
    pub id: CaptureId,
    pub station: String,
    replaced_at: Option<Wall>,
}

impl Rows {
    /// Returns the captures of a batch with which nothing remains to be done.
    pub fn due_for_erasure(&self, batch: &FeatureCode) -> rusqlite::Result<Vec<Due>> {
        let mut query = self.0.prepare(include_str!("../sql/due_for_erasure.sql"))?;
        query
            .query_map([batch.as_str()], |row| {
                Ok(Due {
                    id: id_at(row, 0)?,
                    station: row.get(1)?,
                    replaced_at: row.get::<_, Option<i64>>(2)?.map(Wall::from_unix_ms),
                })
            })?
            .collect()
    }

    /// Forgets whose a capture was, and the links to its photo. It remains known that it was
    /// replaced, but not by whose.
    pub fn erase(&mut self, capture: &Due, at: Wall) -> rusqlite::Result<()> {
        self.change(|db| {
            if let Some(replaced_at) = capture.replaced_at {
                set_stage(db, capture.id, &Stage::Replaced, replaced_at)?;
            }
            let id = capture.id.to_string();
            db.execute(include_str!("../sql/erase_person.sql"), [&id])?;
            db.execute(include_str!("../sql/erase_downloads.sql"), [&id])?;
            let sql = include_str!("../sql/set_erased.sql");
            db.execute(sql, params![id, at.unix_ms()])?;
            Ok(())
        })
    }

    /// Forgets who paid, once no capture of theirs remains in the batch. The orders themselves
    /// stay.
    pub fn erase_payers(&self, batch: &FeatureCode, at: Wall) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/erase_payers.sql");
        self.0.execute(sql, params![batch.as_str(), at.unix_ms()])?;
        Ok(())
    }

    /// Remembers when a batch closes, also for the time when it is not offered any more.
    pub fn keep_batch_end(&self, batch: &FeatureCode, closes: Wall) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/keep_batch_end.sql");
        self.0
            .execute(sql, params![batch.as_str(), closes.unix_ms()])?;
        Ok(())
    }

    /// Returns when each batch closes that was ever offered.
    pub fn batch_ends(&self) -> rusqlite::Result<Vec<(FeatureCode, Wall)>> {
        let mut query = self.0.prepare(include_str!("../sql/batch_ends.sql"))?;
        query
            .query_map([], |row| {
                Ok((feature_code_at(row, 0)?, Wall::from_unix_ms(row.get(1)?)))
            })?
            .collect()
    }

    /// Returns what is kept and what was erased, by batch; the caller knows when the rest will be.
    pub fn kept(&self) -> rusqlite::Result<Vec<Retained>> {
        let mut query = self.0.prepare(include_str!("../sql/kept.sql"))?;
        query
            .query_map([], |row| {
                Ok(Retained {
                    batch: feature_code_at(row, 0)?,
                    until: None,
                    held: row.get::<_, i64>(1)? as u64,
                    erased: row.get::<_, i64>(2)? as u64,
                })
            })?
            .collect()
    }

    /// Returns the numbers of a booth's amendments to a capture whose bytes are still kept.
    pub fn amendments(&self, id: CaptureId, station: &str) -> rusqlite::Result<Vec<u32>> {
        let mut query = self.0.prepare(include_str!("../sql/amendments.sql"))?;
        query
            .query_map(params![id.to_string(), station], |row| row.get(0))?
            .collect()
    }

    /// Returns the consent records that came at `until` or before and are still kept.
    pub fn consents_until(&self, until: Wall) -> rusqlite::Result<Vec<(CaptureId, String)>> {
        let mut query = self.0.prepare(include_str!("../sql/consents_until.sql"))?;
        query
            .query_map([until.unix_ms()], |row| Ok((id_at(row, 0)?, row.get(1)?)))?
            .collect()
    }

    pub fn note_erased(&self, name: NoteName<'_>, at: Wall) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/set_note_erased.sql");
        let key = name.id.to_string();
        self.0
            .execute(sql, params![key, name.station, name.number, at.unix_ms()])?;
        Ok(())
    }
}
