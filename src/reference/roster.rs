//! Which booths are accepted. It is asked before a signature is verified, so it reads with a
//! connection of its own: a caller without a key delays no write.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::{contract::public_key, jws::KeySet};

/// A booth that enrolled.
pub(super) struct Enrolled {
    pub keys: KeySet,
    /// It is not accepted any more.
    pub is_revoked: bool,
}

pub(super) struct Roster(Mutex<Connection>);

impl Roster {
    /// Opens the rows in `path`, which must exist.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self(Mutex::new(Connection::open_with_flags(path, flags)?)))
    }

    pub fn find(&self, station: &str) -> rusqlite::Result<Option<Enrolled>> {
        let db = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut query = db.prepare_cached(include_str!("sql/roster.sql"))?;
        let row = query.query_row([station], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?))
        });
        let enrolled = row.optional()?.and_then(|(key, is_revoked)| {
            let keys = KeySet::one(public_key(&key)?);
            Some(Enrolled { keys, is_revoked })
        });
        Ok(enrolled)
    }
}
