//! The index: one SQLite file that knows each parcel's state. It can be lost; the parcels say most
//! of it again.
//!
//! One writer, WAL, `synchronous=FULL`: a committed row survives power loss. Each public method is
//! one transaction.

mod days;
pub(super) mod notes;
pub(super) mod orders;
pub(super) mod retained;
mod verdicts;

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Params, Transaction, TransactionBehavior,
    params,
    types::{FromSqlError, Type},
};

use super::{notes::consent_of, parcels::ParcelName};
use crate::{
    booth::{Quarantine, QueueCounts, QueueRow, QueueState, VisitEnd, queue::QueueFilter},
    capture::CaptureId,
    contract::Refusal,
    time::Wall,
};

/// The schema's steps in order; a step that has shipped is never edited.
const LADDER: [&str; 6] = [
    include_str!("sql/schema_0001.sql"),
    include_str!("sql/schema_0002.sql"),
    include_str!("sql/schema_0003.sql"),
    include_str!("sql/schema_0004.sql"),
    include_str!("sql/schema_0005.sql"),
    include_str!("sql/schema_0006.sql"),
];

/// The schema's newest step.
pub(super) const SCHEMA: u32 = LADDER.len() as u32;

/// How long to wait for a reader (`queue list`) to get out of the way.
const PATIENCE: Duration = Duration::from_secs(5);

/// More than there are, so that each is prepared once.
const STATEMENTS: usize = 128;

#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    #[error(
        "the index was written by a newer program (its schema is {found}, this program knows {known})"
    )]
    Newer { found: u32, known: u32 },
    #[error("the index is damaged ({0})")]
    Damaged(String),
    #[error("the disk is full")]
    DiskFull,
    #[error("the index cannot be used ({0})")]
    Sqlite(rusqlite::Error),
    #[error("whether the index took a change is not known ({0})")]
    InDoubt(rusqlite::Error),
    #[error("the index cannot be created ({0})")]
    Create(std::io::Error),
}

impl From<rusqlite::Error> for IndexError {
    fn from(why: rusqlite::Error) -> Self {
        if let rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::QueryReturnedNoRows = why
        {
            return Self::Damaged(why.to_string());
        }
        match why.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(why.to_string())
            }
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Sqlite(why),
        }
    }
}

/// What was found when the index was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An index with all its rows.
    Sound,
    /// None; a new one was made.
    Nothing,
}

/// What a missing index means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// This outbox is new.
    First,
    /// It was lost: numbers may be missing before the next one.
    Lost,
}

/// One row, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub name: ParcelName,
    pub state: QueueState,
    pub bytes: u64,
    pub sha256: String,
    pub suite: String,
    pub confirmed_at: Wall,
    pub attempts: u32,
    pub last_error: Option<String>,
}

impl Row {
    pub fn for_staff(self) -> QueueRow {
        QueueRow {
            seq: self.name.seq,
            id: self.name.id,
            bytes: self.bytes,
            confirmed_at: self.confirmed_at,
            state: self.state,
            attempts: self.attempts,
            last_error: self.last_error,
            next_try_s: None,
        }
    }
}

/// Where the numbering stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sequence {
    pub last: u64,
    /// Numbers may be missing between `last` and the next one.
    pub gap_before_next: bool,
    /// Captures ever confirmed here, as far as this index knows.
    pub confirmed: u64,
}

#[derive(Debug)]
pub(super) struct Index(Connection);

impl Index {
    /// Opens or makes the index at `path`; a sound one is climbed to the newest schema.
    pub fn open(path: &Path, absence: Absence) -> Result<(Self, Found), IndexError> {
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(IndexError::Create)?;
        let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let step = schema_step(&db)?;
        configure(&db)?;
        if step > 0 {
            require_sound(&db)?;
        }
        climb(&mut db, step, absence)?;
        let index = Self(db);
        index.sequence()?;
        Ok((
            index,
            if step == 0 {
                Found::Nothing
            } else {
                Found::Sound
            },
        ))
    }

    /// Opens the index for looking only, beside a running kiosk.
    pub fn open_read_only(path: &Path) -> Result<Self, IndexError> {
        let db = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        schema_step(&db)?;
        Ok(Self(db))
    }

    /// Adds a capture that was just sealed, and what tells it again today; its number closes a gap,
    /// and its visit is confirmed.
    ///
    /// `consent_sha256` is of its consent record, which is brought after it; `operator` is on duty
    /// (0 for nobody).
    pub fn add(
        &mut self,
        row: &Row,
        consent_sha256: &str,
        hmac: &[u8; 32],
        operator: u32,
    ) -> Result<(), IndexError> {
        self.write(|tx| {
            insert(tx, row, operator)?;
            notes::insert(tx, consent_of(row.name), consent_sha256)?;
            execute(tx, include_str!("sql/close_gap.sql"), [])?;
            execute(
                tx,
                include_str!("sql/note_captured.sql"),
                params![hmac, row.name.id.to_string()],
            )?;
            Ok(())
        })
    }

    /// Adds parcels that were found without a row. The visit that was under way when the power went
    /// is that of one of them.
    pub fn adopt(&mut self, rows: &[Row]) -> Result<(), IndexError> {
        self.write(|tx| {
            rows.iter()
                .try_for_each(|row| insert(tx, row, days::NOBODY))
        })
    }

    /// Numbers up to `seq` are used by files of this booth.
    pub fn raise_sequence(&mut self, seq: u64) -> Result<(), IndexError> {
        self.write(|tx| {
            execute(tx, include_str!("sql/raise_sequence.sql"), [seq as i64])?;
            Ok(())
        })
    }

    /// Goes on after `seq`, with a marked gap: numbers up to it are used, but not known here.
    pub fn leap_to(&mut self, seq: u64) -> Result<(), IndexError> {
        self.write(|tx| {
            execute(tx, include_str!("sql/raise_sequence.sql"), [seq as i64])?;
            execute(tx, include_str!("sql/mark_gap.sql"), [])?;
            Ok(())
        })
    }

    pub fn sequence(&self) -> Result<Sequence, IndexError> {
        let mut query = self.0.prepare_cached(include_str!("sql/sequence.sql"))?;
        Ok(query.query_row([], |row| {
            Ok(Sequence {
                last: row.get::<_, i64>(0)? as u64,
                gap_before_next: row.get(1)?,
                confirmed: row.get::<_, i64>(2)? as u64,
            })
        })?)
    }

    pub fn row(&self, id: CaptureId) -> Result<Option<Row>, IndexError> {
        let mut query = self
            .0
            .prepare_cached(include_str!("sql/parcel_by_id.sql"))?;
        Ok(query
            .query_row([id.to_string()], record_from_row)
            .optional()?)
    }

    /// Every row, by number.
    pub fn rows(&self) -> Result<Vec<Row>, IndexError> {
        let mut query = self.0.prepare_cached(include_str!("sql/all_parcels.sql"))?;
        Ok(query
            .query_map([], record_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// Up to `limit` rows: what is not done, oldest first, then what is, newest first.
    pub fn queue(&self, limit: u32) -> Result<Vec<Row>, IndexError> {
        let mut query = self.0.prepare_cached(include_str!("sql/queue.sql"))?;
        Ok(query
            .query_map([limit], record_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// One page of the captures that `filter` lets through, after `from` others, in the order of
    /// [`Self::queue`]; and how many there are in all.
    pub fn queue_page(
        &self,
        filter: QueueFilter,
        from: u64,
        limit: u32,
    ) -> Result<(Vec<Row>, u64), IndexError> {
        let states = states_of(filter);
        let mut query = self.0.prepare_cached(include_str!("sql/queue_page.sql"))?;
        let rows = query
            .query_map(params![states, limit, from as i64], record_from_row)?
            .collect::<Result<_, _>>()?;
        let of: i64 = self
            .0
            .query_row(include_str!("sql/count_states.sql"), [states], |row| {
                row.get(0)
            })?;
        Ok((rows, of as u64))
    }

    /// Every capture that is kept aside.
    pub fn quarantined(&self) -> Result<Vec<Row>, IndexError> {
        Ok(self.queue_page(QueueFilter::Refused, 0, u32::MAX)?.0)
    }

    /// Sets the state of several rows at once; `why` is for staff and holds no person.
    pub fn set_state(
        &mut self,
        ids: &[CaptureId],
        state: QueueState,
        why: Option<&str>,
    ) -> Result<(), IndexError> {
        self.write(|tx| {
            for id in ids {
                let sql = include_str!("sql/set_state.sql");
                execute(tx, sql, params![id.to_string(), state_name(state), why])?;
            }
            Ok(())
        })
    }

    /// One more attempt came to nothing.
    pub fn count_attempt(&mut self, id: CaptureId, why: &str) -> Result<(), IndexError> {
        self.write(|tx| {
            execute(
                tx,
                include_str!("sql/count_attempt.sql"),
                params![id.to_string(), why],
            )?;
            Ok(())
        })
    }

    /// The platform's word for a delivered parcel.
    pub fn receipt(&self, id: CaptureId) -> Result<Option<String>, IndexError> {
        let sql = include_str!("sql/receipt.sql");
        Ok(self
            .0
            .query_row(sql, [id.to_string()], |row| row.get(0))
            .optional()?
            .flatten())
    }

    /// The capture that the platform stored last, and its word for it.
    pub fn last_delivered(&self) -> Result<Option<(Row, String)>, IndexError> {
        let mut query = self
            .0
            .prepare_cached(include_str!("sql/last_delivered.sql"))?;
        let id = query.query_row([], |row| id_from_row(row, 0)).optional()?;
        let Some(id) = id else { return Ok(None) };
        Ok(self.row(id)?.zip(self.receipt(id)?))
    }

    pub fn counts(&self) -> Result<QueueCounts, IndexError> {
        let confirmed = self.sequence()?.confirmed;
        let mut query = self.0.prepare_cached(include_str!("sql/counts.sql"))?;
        let mut counts = QueueCounts {
            confirmed,
            ..QueueCounts::default()
        };
        add_states(&mut counts, query.query([])?)?;
        Ok(counts)
    }

    /// When the oldest capture that is not at the platform yet was confirmed.
    pub fn oldest_undelivered(&self) -> Result<Option<Wall>, IndexError> {
        let sql = include_str!("sql/oldest_undelivered.sql");
        let ms: Option<i64> = self.0.query_row(sql, [], |row| row.get(0))?;
        Ok(ms.map(Wall::from_unix_ms))
    }

    /// Mean size of all parcels so far, bytes.
    pub fn mean_bytes(&self) -> Result<Option<u64>, IndexError> {
        let sql = include_str!("sql/mean_bytes.sql");
        let mean: Option<i64> = self.0.query_row(sql, [], |row| row.get(0))?;
        Ok(mean.map(|bytes| bytes as u64))
    }

    /// The key of `day`, if that day has begun.
    pub fn day_key(&self, day: &str) -> Result<Option<[u8; 64]>, IndexError> {
        let mut query = self.0.prepare_cached(include_str!("sql/day_key.sql"))?;
        let stored = query
            .query_row([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
            .optional()?;
        Ok(stored.and_then(|(of, key)| (of == day).then_some(key)))
    }

    /// Begins `day` with `key`: the key of any other day and all that it told again are destroyed,
    /// in the write-ahead log too.
    pub fn begin_day(&mut self, day: &str, key: &[u8; 64]) -> Result<(), IndexError> {
        self.write(|tx| {
            execute(tx, include_str!("sql/forget_day_key.sql"), [])?;
            execute(tx, include_str!("sql/forget_captured.sql"), [])?;
            execute(
                tx,
                include_str!("sql/insert_day_key.sql"),
                params![day, key],
            )?;
            Ok(())
        })?;
        self.empty_log()
    }

    /// The capture that `hmac` was noted with today.
    pub fn captured_today(&self, hmac: &[u8; 32]) -> Result<Option<CaptureId>, IndexError> {
        let sql = include_str!("sql/captured_today.sql");
        Ok(self
            .0
            .query_row(sql, [hmac], |row| id_from_row(row, 0))
            .optional()?)
    }

    /// Moves the write-ahead log into the main file and cuts it to nothing.
    fn empty_log(&self) -> Result<(), IndexError> {
        Ok(self
            .0
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(()))?)
    }

    /// After a change that is in doubt: another one takes its place in the write-ahead log, so that
    /// it cannot come back.
    pub fn settle_doubt(&mut self) -> Result<(), IndexError> {
        self.write(|tx| {
            for _twice in 0..2 {
                execute(tx, include_str!("sql/overwrite_log.sql"), [])?;
            }
            Ok(())
        })
    }

    fn write<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, IndexError> {
        let tx = self
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = act(&tx)?;
        tx.commit().map_err(of_commit)?;
        Ok(done)
    }
}

/// Makes one change; the statement is prepared once for all.
fn execute(tx: &Transaction<'_>, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
    tx.prepare_cached(sql)?.execute(values)
}

/// A log that was written and could not be synced may be read again after a crash.
fn of_commit(why: rusqlite::Error) -> IndexError {
    match IndexError::from(why) {
        IndexError::Sqlite(why) => IndexError::InDoubt(why),
        certain @ (IndexError::Newer { .. }
        | IndexError::Damaged(_)
        | IndexError::DiskFull
        | IndexError::InDoubt(_)
        | IndexError::Create(_)) => certain,
    }
}

fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, IndexError> {
    let db = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

fn configure(db: &Connection) -> Result<(), IndexError> {
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_row| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // What is deleted is overwritten: the key of a day that is over must be gone.
    db.pragma_update_and_check(None, "secure_delete", "ON", |_row| Ok(()))?;
    db.pragma_update(None, "trusted_schema", "OFF")?;
    Ok(())
}

/// Climbs a copy of the index at `path` to the newest schema, reads it, and drops the copy. Returns
/// whether there was anything to climb.
pub(super) fn rehearse(path: &Path, copy: &Path) -> Result<bool, IndexError> {
    if !path.exists() {
        return Ok(false);
    }
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let step = schema_step(&db)?;
    if step == 0 || step == SCHEMA {
        return Ok(false);
    }
    drop(fs::remove_file(copy));
    db.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    let climbed = connect(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|mut db| climb(&mut db, step, Absence::First).map(|()| db))
        .and_then(|db| {
            require_sound(&db)?;
            Index(db).rows()
        });
    drop(fs::remove_file(copy));
    climbed.map(|_rows| true)
}

/// How many steps of the ladder the file has climbed.
fn schema_step(db: &Connection) -> Result<u32, IndexError> {
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found =
        u32::try_from(found).map_err(|_negative| IndexError::Damaged(format!("schema {found}")))?;
    if found > SCHEMA {
        let known = SCHEMA;
        return Err(IndexError::Newer { found, known });
    }
    Ok(found)
}

fn require_sound(db: &Connection) -> Result<(), IndexError> {
    let verdict: String = db.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(IndexError::Damaged(verdict))
    }
}

/// Climbs from `step` to the top in one transaction; a new index that replaces a lost one is born
/// with its gap marked.
fn climb(db: &mut Connection, step: u32, absence: Absence) -> Result<(), IndexError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for sql in LADDER.iter().skip(step as usize) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", SCHEMA)?;
    if step == 0 && absence == Absence::Lost {
        tx.execute(include_str!("sql/mark_gap.sql"), [])?;
    }
    Ok(tx.commit()?)
}

/// Adds up rows of a state and how many are in it.
fn add_states(counts: &mut QueueCounts, mut rows: rusqlite::Rows<'_>) -> Result<(), IndexError> {
    while let Some(row) = rows.next()? {
        let count = row.get::<_, i64>(1)? as u64;
        match state_from_row(row, 0)? {
            QueueState::Queued => counts.queued += count,
            QueueState::Delivered => counts.delivered += count,
            QueueState::Withdrawn => counts.withdrawn += count,
            QueueState::Quarantined(_) => counts.quarantined += count,
        }
    }
    Ok(())
}

/// The names of the states that a filter lets through, as a JSON list.
fn states_of(filter: QueueFilter) -> String {
    let names: Vec<String> = STATES
        .iter()
        .filter(|(state, _)| filter.takes(*state))
        .map(|(_, name)| format!("\"{name}\""))
        .collect();
    format!("[{}]", names.join(","))
}

/// Adds a row, and confirms its visit.
fn insert(tx: &Transaction<'_>, row: &Row, operator: u32) -> rusqlite::Result<()> {
    let today = row.confirmed_at.china_date().to_string();
    let day = days::end(tx, VisitEnd::Confirmed, &today, operator)?;
    execute(
        tx,
        include_str!("sql/insert_parcel.sql"),
        params![
            row.name.id.to_string(),
            row.name.seq as i64,
            state_name(row.state),
            row.bytes as i64,
            row.sha256,
            row.suite,
            row.confirmed_at.unix_ms(),
            row.attempts,
            row.last_error,
            day,
        ],
    )?;
    execute(
        tx,
        include_str!("sql/count_confirmed.sql"),
        [row.name.seq as i64],
    )?;
    Ok(())
}

fn record_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        name: ParcelName {
            id: id_from_row(row, 0)?,
            seq: row.get::<_, i64>(1)? as u64,
        },
        state: state_from_row(row, 2)?,
        bytes: row.get::<_, i64>(3)? as u64,
        sha256: row.get(4)?,
        suite: row.get(5)?,
        confirmed_at: Wall::from_unix_ms(row.get(6)?),
        attempts: row.get(7)?,
        last_error: row.get(8)?,
    })
}

fn id_from_row(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<CaptureId> {
    CaptureId::parse(&row.get::<_, String>(column)?).ok_or_else(|| unreadable(column))
}

fn state_from_row(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<QueueState> {
    let name: String = row.get(column)?;
    STATES
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(state, _)| *state)
        .ok_or_else(|| unreadable(column))
}

fn unreadable(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(
        column,
        Type::Text,
        Box::new(FromSqlError::InvalidType),
    )
}

/// Each state and its name in the index.
const STATES: [(QueueState, &str); 7] = [
    (QueueState::Queued, "queued"),
    (QueueState::Delivered, "delivered"),
    (QueueState::Withdrawn, "withdrawn"),
    (QueueState::Quarantined(Quarantine::Damaged), "damaged"),
    (
        QueueState::Quarantined(Quarantine::Refused(Refusal::OtherBytesUnderId)),
        "other_bytes_under_id",
    ),
    (
        QueueState::Quarantined(Quarantine::Refused(Refusal::TooLarge)),
        "too_large",
    ),
    (
        QueueState::Quarantined(Quarantine::Refused(Refusal::NotOpened)),
        "not_opened",
    ),
];

const fn state_name(state: QueueState) -> &'static str {
    match state {
        QueueState::Queued => "queued",
        QueueState::Delivered => "delivered",
        QueueState::Withdrawn => "withdrawn",
        QueueState::Quarantined(Quarantine::Damaged) => "damaged",
        QueueState::Quarantined(Quarantine::Refused(refusal)) => match refusal {
            Refusal::OtherBytesUnderId => "other_bytes_under_id",
            Refusal::TooLarge => "too_large",
            Refusal::NotOpened => "not_opened",
        },
    }
}

#[cfg(test)]
impl Index {
    /// Rows that this connection has changed.
    pub fn changes(&self) -> u64 {
        self.0.total_changes()
    }

    /// Lets the file grow no further than `pages`, as a full disk would.
    pub fn limit_growth(&self, pages: u32) {
        self.0
            .pragma_update_and_check(None, "max_page_count", pages, |_row| Ok(()))
            .unwrap();
    }

    /// Refuses every change, until [`Self::allow_changes`].
    pub fn refuse_changes(&self) {
        self.0.pragma_update(None, "query_only", true).unwrap();
    }

    pub fn allow_changes(&self) {
        self.0.pragma_update(None, "query_only", false).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_one_name() {
        for (state, name) in STATES {
            assert_eq!(state_name(state), name);
        }
    }
}
