//! Rows about notes: consent records and amendments that were brought, and the captures that were withdrawn.

use rusqlite::{OptionalExtension, params};

use super::Rows;
use crate::{capture::CaptureId, time::Wall};

/// A note that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNote {
    pub station: String,
    /// Hex SHA-256 of its bytes.
    pub sha256: String,
    pub at: Wall,
}

impl Rows {
    pub fn note(&self, id: CaptureId, number: u32) -> rusqlite::Result<Option<StoredNote>> {
        let sql = include_str!("../sql/note.sql");
        self.0
            .query_row(sql, params![id.to_string(), number], |row| {
                Ok(StoredNote {
                    station: row.get(0)?,
                    sha256: row.get(1)?,
                    at: Wall::from_unix_ms(row.get(2)?),
                })
            })
            .optional()
    }

    pub fn add_note(&self, id: CaptureId, number: u32, note: &StoredNote) -> rusqlite::Result<()> {
        self.0.execute(
            include_str!("../sql/insert_note.sql"),
            params![
                id.to_string(),
                number,
                note.station,
                note.sha256,
                note.at.unix_ms()
            ],
        )?;
        Ok(())
    }

    /// The numbers of the notes about a capture.
    pub fn note_numbers(&self, id: CaptureId) -> rusqlite::Result<Vec<u32>> {
        let mut query = self.0.prepare(include_str!("../sql/note_numbers.sql"))?;
        query
            .query_map([id.to_string()], |row| row.get(0))?
            .collect()
    }

    pub fn withdraw(&self, id: CaptureId, at: Wall) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/withdraw.sql");
        self.0.execute(sql, params![id.to_string(), at.unix_ms()])?;
        Ok(())
    }

    pub fn is_withdrawn(&self, id: CaptureId) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/is_withdrawn.sql");
        self.0.query_row(sql, [id.to_string()], |row| row.get(0))
    }

    /// When a capture's tombstone came.
    pub fn withdrawn_at(&self, id: CaptureId) -> rusqlite::Result<Option<Wall>> {
        let sql = include_str!("../sql/withdrawn_at.sql");
        self.0
            .query_row(sql, [id.to_string()], |row| {
                row.get(0).map(Wall::from_unix_ms)
            })
            .optional()
    }
}
