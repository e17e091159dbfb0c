//! Rows about deletion: what is due, and what is left of it. Numbers, times and hashes of files
//! stay; whose they were does not.

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

/// A capture whose time has come.
pub(in crate::reference) struct Due {
    pub id: CaptureId,
    pub station: String,
    replaced_at: Option<Wall>,
}

impl Rows {
    /// The captures of a batch that nothing is done with any more.
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

    /// Forgets whose a capture was, and the ways to its photo. That it was replaced stays known,
    /// though by whose is not.
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

    /// Forgets who paid, once no capture of theirs is left in the batch. The orders themselves
    /// stay.
    pub fn erase_payers(&self, batch: &FeatureCode, at: Wall) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/erase_payers.sql");
        self.0.execute(sql, params![batch.as_str(), at.unix_ms()])?;
        Ok(())
    }

    /// What is kept and what was erased, by batch; when it will be is for who knows the batches.
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

    /// The numbers of a booth's amendments to a capture whose bytes are still kept.
    pub fn amendments(&self, id: CaptureId, station: &str) -> rusqlite::Result<Vec<u32>> {
        let mut query = self.0.prepare(include_str!("../sql/amendments.sql"))?;
        query
            .query_map(params![id.to_string(), station], |row| row.get(0))?
            .collect()
    }

    /// Consent records that came at `until` or before, and are still kept.
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
