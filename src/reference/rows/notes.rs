//! Rows about notes: delivered consent records and amendments, and the captures that were
//! withdrawn. Each belongs to one booth.

use rusqlite::{OptionalExtension, params};

use super::Rows;
use crate::{capture::CaptureId, reference::notes::NoteName, time::Wall};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNote {
    /// Hex SHA-256 of its bytes.
    pub sha256: String,
    pub at: Wall,
}

impl Rows {
    pub fn note(&self, name: NoteName<'_>) -> rusqlite::Result<Option<StoredNote>> {
        let sql = include_str!("../sql/note.sql");
        let key = params![name.id.to_string(), name.station, name.number];
        self.0
            .query_row(sql, key, |row| {
                Ok(StoredNote {
                    sha256: row.get(0)?,
                    at: Wall::from_unix_ms(row.get(1)?),
                })
            })
            .optional()
    }

    pub fn add_note(&self, name: NoteName<'_>, note: &StoredNote) -> rusqlite::Result<()> {
        self.0.execute(
            include_str!("../sql/insert_note.sql"),
            params![
                name.id.to_string(),
                name.station,
                name.number,
                note.sha256,
                note.at.unix_ms()
            ],
        )?;
        Ok(())
    }

    /// Returns the notes about a capture, by booth and number: those of its own booth, or of all
    /// booths while it is not stored.
    pub fn notes_about(&self, id: CaptureId) -> rusqlite::Result<Vec<(String, u32)>> {
        let mut query = self.0.prepare(include_str!("../sql/notes_about.sql"))?;
        query
            .query_map([id.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    }

    pub fn withdraw(&self, id: CaptureId, station: &str, at: Wall) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/withdraw.sql");
        self.0
            .execute(sql, params![id.to_string(), station, at.unix_ms()])?;
        Ok(())
    }

    /// Returns whether any booth's tombstone names this capture.
    pub fn has_tombstone(&self, id: CaptureId) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/has_tombstone.sql");
        self.0.query_row(sql, [id.to_string()], |row| row.get(0))
    }

    /// Returns when a booth's tombstone of its own capture came.
    pub fn withdrawn_at(&self, id: CaptureId, station: &str) -> rusqlite::Result<Option<Wall>> {
        let sql = include_str!("../sql/withdrawn_at.sql");
        self.0
            .query_row(sql, params![id.to_string(), station], |row| {
                row.get(0).map(Wall::from_unix_ms)
            })
            .optional()
    }
}
