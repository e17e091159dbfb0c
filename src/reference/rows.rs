//! The platform's rows: tickets, stations and captures in one SQLite file; WAL, `synchronous=FULL`,
//! each method one transaction.

pub(super) mod booths;
pub(super) mod notes;
pub(super) mod orders;
pub(super) mod progress;
pub(super) mod retention;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::PlatformError;
use crate::{capture::CaptureId, time::Wall};

/// The schema's steps in order; a step that has shipped is never edited.
const LADDER: [&str; 5] = [
    include_str!("sql/schema_0001.sql"),
    include_str!("sql/schema_0002.sql"),
    include_str!("sql/schema_0003.sql"),
    include_str!("sql/schema_0004.sql"),
    include_str!("sql/schema_0005.sql"),
];

pub(super) struct Rows(Connection);

/// A stored parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub station: String,
    pub seq: u64,
    /// Hex SHA-256 of the parcel.
    pub sha256: String,
    pub at: Wall,
    /// Length of the booth's audit log when it was sealed.
    pub audit_lines: Option<u64>,
    /// When its bytes were deleted on schedule; the same bytes still get the same receipt.
    pub erased_at: Option<Wall>,
}

/// A booth that wants to enrol, and when.
pub(super) struct Applicant<'a> {
    pub station: &'a str,
    /// Base64 of the public key.
    pub key: &'a str,
    pub name: &'a str,
    pub at: Wall,
}

/// How long a ticket may wait for its booth.
const TICKET_LIFE_MS: i64 = 24 * 3600 * 1000;

impl Rows {
    pub fn open(path: &Path) -> Result<Self, PlatformError> {
        let mut db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        // Deleted content is overwritten.
        db.pragma_update(None, "secure_delete", true)?;
        climb(&mut db)?;
        Ok(Self(db))
    }

    pub fn add_ticket(&self, code_sha256: &str, at: Wall) -> rusqlite::Result<()> {
        self.0.execute(
            include_str!("sql/insert_ticket.sql"),
            params![code_sha256, at.unix_ms()],
        )?;
        Ok(())
    }

    /// Registers a booth by its one-time code. `false` for a code that is unknown, too old, or used
    /// by another booth; the same booth may repeat the request, because it may have lost the
    /// answer.
    pub fn enrol(&mut self, code_sha256: &str, who: &Applicant<'_>) -> rusqlite::Result<bool> {
        self.change(|db| {
            let ticket: Option<(i64, Option<String>)> = db
                .query_row(include_str!("sql/ticket.sql"), [code_sha256], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let welcome = ticket.is_some_and(|(made_at_ms, used_by)| match used_by {
                Some(station) => station == who.station,
                None => who.at.unix_ms() - made_at_ms <= TICKET_LIFE_MS,
            });
            if welcome {
                db.execute(
                    include_str!("sql/enrol_station.sql"),
                    params![who.station, who.key, who.name, who.at.unix_ms()],
                )?;
                db.execute(
                    include_str!("sql/use_ticket.sql"),
                    params![code_sha256, who.station],
                )?;
            }
            Ok(welcome)
        })
    }

    /// Runs one transaction. It begins by writing, so that another process on the same file waits
    /// and never sees half of it.
    fn change<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let change = self
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&change)?;
        change.commit()?;
        Ok(done)
    }

    pub fn capture(&self, id: CaptureId) -> rusqlite::Result<Option<Stored>> {
        self.0
            .query_row(include_str!("sql/capture.sql"), [id.to_string()], |row| {
                Ok(Stored {
                    station: row.get(0)?,
                    seq: row.get::<_, i64>(1)? as u64,
                    sha256: row.get(2)?,
                    at: Wall::from_unix_ms(row.get(3)?),
                    audit_lines: row.get::<_, Option<i64>>(4)?.map(|lines| lines as u64),
                    erased_at: row.get::<_, Option<i64>>(5)?.map(Wall::from_unix_ms),
                })
            })
            .optional()
    }

    /// Returns every capture, in order of arrival.
    pub fn captures(&self) -> rusqlite::Result<Vec<CaptureId>> {
        let mut query = self.0.prepare(include_str!("sql/captures.sql"))?;
        let ids = query.query_map([], |row| row.get::<_, String>(0))?;
        let ids: rusqlite::Result<Vec<String>> = ids.collect();
        Ok(ids?.iter().filter_map(|id| CaptureId::parse(id)).collect())
    }

    /// Returns the largest stored number of `station`; 0 if nothing is stored.
    /// Returns whether a capture of this booth with this number was ever stored.
    pub fn holds_number(&self, station: &str, seq: u64) -> rusqlite::Result<bool> {
        let sql = include_str!("sql/holds_number.sql");
        self.0
            .query_row(sql, params![station, seq as i64], |row| row.get(0))
    }

    pub fn known_seq(&self, station: &str) -> rusqlite::Result<u64> {
        let largest: Option<i64> =
            self.0
                .query_row(include_str!("sql/known_seq.sql"), [station], |row| {
                    row.get(0)
                })?;
        Ok(largest.unwrap_or(0) as u64)
    }
}

/// Migrates the file to the newest schema; a newer one is refused by name.
fn climb(db: &mut Connection) -> Result<(), PlatformError> {
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = change.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = LADDER.len() as u32;
    if found > known {
        return Err(PlatformError::NewerRows { found, known });
    }
    for step in LADDER.iter().skip(found as usize) {
        change.execute_batch(step)?;
    }
    change.pragma_update(None, "user_version", known)?;
    change.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_booths_spoke_for_themselves_is_carried_over() {
        let mut db = Connection::open_in_memory().unwrap();
        let (earlier, _) = LADDER.split_at(3);
        for step in earlier {
            db.execute_batch(step).unwrap();
        }
        db.pragma_update(None, "user_version", 3).unwrap();
        let [stored, gone, foreign] = ["1", "2", "3"].map(|digit| digit.repeat(36));
        let hash = "0".repeat(64);
        db.execute_batch(&format!(
            "INSERT INTO station (station, key, name, enrolled_at_ms) VALUES ('a', '', '', 0), ('b', '', '', 0);
             INSERT INTO capture (id, station, seq, sha256, bytes, stored_at_ms)
             VALUES ('{stored}', 'a', 1, '{hash}', 1, 0), ('{foreign}', 'a', 2, '{hash}', 1, 0);
             INSERT INTO note (id, number, station, sha256, stored_at_ms)
             VALUES ('{stored}', 0, 'a', '{hash}', 5), ('{gone}', 1, 'b', '{hash}', 6), ('{foreign}', 1, 'b', '{hash}', 7);
             INSERT INTO withdrawn (id, at_ms) VALUES ('{gone}', 6), ('{foreign}', 7);"
        ))
        .unwrap();
        climb(&mut db).unwrap();
        let told = |sql: &str| -> Vec<(String, String)> {
            let mut query = db.prepare(sql).unwrap();
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
            rows.unwrap().map(Result::unwrap).collect()
        };
        let notes = told("SELECT id, station FROM note ORDER BY id");
        let of = |id: &String, station: &str| (id.clone(), station.to_owned());
        assert_eq!(notes, [of(&stored, "a"), of(&gone, "b"), of(&foreign, "b")]);
        // Their bytes were destroyed, whoever asked for it.
        let withdrawn = told("SELECT id, station FROM withdrawn ORDER BY id");
        assert_eq!(withdrawn, [of(&gone, "b"), of(&foreign, "a")]);
    }
}
