//! The index's count of visits, by day.

use rusqlite::{Transaction, params};

use super::{Index, IndexError};
use crate::booth::{DayBalance, VisitEnd};

impl Index {
    /// Counts a visit's begin (`None`) or end on `day`.
    pub fn count_visit(&mut self, day: &str, end: Option<VisitEnd>) -> Result<(), IndexError> {
        self.write(|tx| count(tx, day, end))
    }

    /// Counts what was under way when the last run ended as abandoned.
    pub fn end_visits(&mut self) -> Result<(), IndexError> {
        self.write(|tx| {
            tx.execute(include_str!("../sql/end_visits.sql"), [])?;
            Ok(())
        })
    }

    /// The last days, newest first.
    pub fn days(&self, limit: u32) -> Result<Vec<DayBalance>, IndexError> {
        let mut query = self.0.prepare_cached(include_str!("../sql/days.sql"))?;
        let days = query.query_map([limit], |row| {
            Ok(DayBalance {
                day: row.get(0)?,
                started: row.get::<_, i64>(1)? as u64,
                confirmed: row.get::<_, i64>(2)? as u64,
                abandoned: row.get::<_, i64>(3)? as u64,
            })
        })?;
        Ok(days.collect::<Result<_, _>>()?)
    }
}

pub(super) fn count(
    tx: &Transaction<'_>,
    day: &str,
    end: Option<VisitEnd>,
) -> rusqlite::Result<()> {
    let (started, confirmed, abandoned) = match end {
        None => (1, 0, 0),
        Some(VisitEnd::Confirmed) => (0, 1, 0),
        Some(VisitEnd::Abandoned) => (0, 0, 1),
    };
    tx.execute(
        include_str!("../sql/count_visit.sql"),
        params![day, started, confirmed, abandoned],
    )?;
    Ok(())
}
