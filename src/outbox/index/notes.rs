//! The index's rows about notes: what is brought about a capture beside its parcel.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Index, IndexError, execute, id_from_row, state_name, unreadable};
use crate::{
    booth::QueueState,
    capture::CaptureId,
    outbox::{delivery::Good, notes::NoteName},
    time::Wall,
};

/// Where a note stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteState {
    Queued,
    Delivered,
    /// The platform refuses it for good.
    Refused,
    /// The disk lost or damaged its file.
    Damaged,
}

const STATES: [(NoteState, &str); 4] = [
    (NoteState::Queued, "queued"),
    (NoteState::Delivered, "delivered"),
    (NoteState::Refused, "refused"),
    (NoteState::Damaged, "damaged"),
];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRow {
    pub name: NoteName,
    pub state: NoteState,
    pub sha256: String,
    pub attempts: u32,
}

impl Index {
    /// Adds notes whose files are durable; those that are there already stay as they are.
    pub fn add_notes(&mut self, notes: &[(NoteName, String)]) -> Result<(), IndexError> {
        self.write(|tx| {
            notes
                .iter()
                .try_for_each(|(name, sha256)| insert(tx, *name, sha256))
        })
    }

    /// Adds an amendment; with it, in the same transaction, its capture is withdrawn if the
    /// amendment says so.
    pub fn add_withdrawal(&mut self, name: NoteName, sha256: &str) -> Result<(), IndexError> {
        self.write(|tx| {
            insert(tx, name, sha256)?;
            let withdrawn = state_name(QueueState::Withdrawn);
            let nothing: Option<&str> = None;
            let sql = include_str!("../sql/set_state.sql");
            execute(tx, sql, params![name.id.to_string(), withdrawn, nothing])?;
            Ok(())
        })
    }

    pub fn notes(&self) -> Result<Vec<NoteRow>, IndexError> {
        let mut query = self.0.prepare_cached(include_str!("../sql/notes.sql"))?;
        Ok(query
            .query_map([], note_from_row)?
            .collect::<Result<_, _>>()?)
    }

    pub fn note(&self, id: CaptureId, number: u32) -> Result<Option<NoteRow>, IndexError> {
        let mut query = self.0.prepare_cached(include_str!("../sql/note.sql"))?;
        Ok(query
            .query_row(params![id.to_string(), number], note_from_row)
            .optional()?)
    }

    /// The largest number among a capture's notes.
    pub fn last_note(&self, id: CaptureId) -> Result<u32, IndexError> {
        let sql = include_str!("../sql/last_note.sql");
        Ok(self.0.query_row(sql, [id.to_string()], |row| row.get(0))?)
    }

    /// Of each capture whose parcel is done, the first note that still has to be brought.
    pub fn due_notes(&self) -> Result<Vec<NoteName>, IndexError> {
        let mut query = self.0.prepare(include_str!("../sql/due_notes.sql"))?;
        Ok(query
            .query_map([], name_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// The first note of capture `id` that still has to be brought, if its parcel is done.
    pub fn next_note(&self, id: CaptureId) -> Result<Option<NoteName>, IndexError> {
        let mut query = self
            .0
            .prepare_cached(include_str!("../sql/next_note.sql"))?;
        Ok(query
            .query_row([id.to_string()], name_from_row)
            .optional()?)
    }

    /// The note and those of its capture that follow it, as far as they still have to be brought,
    /// in order.
    pub fn queued_from(&self, name: NoteName) -> Result<Vec<NoteName>, IndexError> {
        let mut query = self.0.prepare(include_str!("../sql/queued_from.sql"))?;
        Ok(query
            .query_map(params![name.id.to_string(), name.number], name_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// What the note said stands under another number.
    pub fn forget_note(&mut self, name: NoteName) -> Result<(), IndexError> {
        self.write(|tx| {
            let sql = include_str!("../sql/forget_note.sql");
            execute(tx, sql, params![name.id.to_string(), name.number])?;
            Ok(())
        })
    }

    /// Sets a note aside; `why` is for staff.
    pub fn end_note(
        &mut self,
        name: NoteName,
        state: NoteState,
        why: &str,
    ) -> Result<(), IndexError> {
        self.write(|tx| {
            let sql = include_str!("../sql/set_note.sql");
            execute(
                tx,
                sql,
                params![name.id.to_string(), name.number, text(state), why],
            )?;
            Ok(())
        })
    }

    /// What is at the platform, in one transaction; every receipt was verified.
    pub fn deliver(&mut self, good: &[&Good], at: Wall) -> Result<(), IndexError> {
        self.write(|tx| good.iter().try_for_each(|each| set_delivered(tx, each, at)))
    }

    pub fn count_note_attempt(&mut self, name: NoteName, why: &str) -> Result<(), IndexError> {
        self.write(|tx| {
            let sql = include_str!("../sql/count_note_attempt.sql");
            execute(tx, sql, params![name.id.to_string(), name.number, why])?;
            Ok(())
        })
    }

    /// The note that the platform stored last, and its word for it.
    pub fn last_note_delivered(&self) -> Result<Option<(NoteRow, String)>, IndexError> {
        let sql = include_str!("../sql/last_note_delivered.sql");
        let mut query = self.0.prepare_cached(sql)?;
        let last = query
            .query_row([], |row| {
                let receipt: Option<String> = row.get(6)?;
                Ok((note_from_row(row)?, receipt.unwrap_or_default()))
            })
            .optional()?;
        Ok(last)
    }

    /// How many notes still have to be brought.
    pub fn notes_queued(&self) -> Result<u64, IndexError> {
        let sql = include_str!("../sql/count_notes.sql");
        let count: i64 = self.0.query_row(sql, [], |row| row.get(0))?;
        Ok(count as u64)
    }
}

pub(super) fn insert(tx: &Transaction<'_>, name: NoteName, sha256: &str) -> rusqlite::Result<()> {
    execute(
        tx,
        include_str!("../sql/insert_note.sql"),
        params![name.id.to_string(), name.number, name.seq as i64, sha256],
    )?;
    Ok(())
}

fn set_delivered(tx: &Transaction<'_>, good: &Good, at: Wall) -> rusqlite::Result<()> {
    match good {
        Good::Parcel(name, receipt) => execute(
            tx,
            include_str!("../sql/set_delivered.sql"),
            params![
                name.id.to_string(),
                receipt.token,
                at.unix_ms(),
                receipt.stored_at.unix_ms()
            ],
        ),
        Good::Note(name, receipt) => execute(
            tx,
            include_str!("../sql/set_note_delivered.sql"),
            params![
                name.id.to_string(),
                name.number,
                receipt.token,
                at.unix_ms(),
                receipt.stored_at.unix_ms()
            ],
        ),
    }?;
    Ok(())
}

pub(super) fn name_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<NoteName> {
    Ok(NoteName {
        id: id_from_row(row, 0)?,
        number: row.get(1)?,
        seq: row.get::<_, i64>(2)? as u64,
    })
}

fn note_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<NoteRow> {
    let state: String = row.get(3)?;
    let state = STATES.iter().find(|(_, name)| *name == state);
    Ok(NoteRow {
        name: name_from_row(row)?,
        state: state
            .map(|(state, _)| *state)
            .ok_or_else(|| unreadable(3))?,
        sha256: row.get(4)?,
        attempts: row.get(5)?,
    })
}

fn text(state: NoteState) -> &'static str {
    let found = STATES.iter().find(|(known, _)| *known == state);
    found.map_or("", |(_, name)| name)
}
