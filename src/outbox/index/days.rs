//! The index's figures of each day: visits, shifts, judgements, and whether staff closed it.
//!
//! A visit is counted whole on the day and in the shift in which it began; one whose begin is not
//! known, where it ends.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Index, IndexError, execute, unreadable};
use crate::{
    booth::{
        DayBalance, QueueCounts, VisitEnd,
        day::{Closing, DaySheet, Shift},
    },
    profile::CheckId,
    time::Wall,
};

/// Nobody of the staff has typed a PIN since the start.
pub(super) const NOBODY: u32 = 0;

/// A picture that the guide called good and the final check refused.
const GOOD_THEN_REFUSED: &str = "good_then_refused";

impl Index {
    /// Counts a visit's begin (`None`) or end, now that it is `today` and `operator` is on duty (0
    /// for nobody).
    pub fn count_visit(
        &mut self,
        today: &str,
        operator: u32,
        end: Option<VisitEnd>,
    ) -> Result<(), IndexError> {
        self.write(|tx| match end {
            None => begin(tx, today, operator),
            Some(end) => self::end(tx, end, today, operator).map(drop),
        })
    }

    /// The visit that was under way when the last run ended was abandoned.
    pub fn end_visits(&mut self) -> Result<(), IndexError> {
        self.write(abandon)
    }

    pub fn count_good_then_refused(&mut self, day: &str) -> Result<(), IndexError> {
        self.write(|tx| count_judged(tx, day, GOOD_THEN_REFUSED))
    }

    /// Counts checks that staff set aside in one saved capture.
    pub fn count_set_aside(&mut self, day: &str, checks: &[CheckId]) -> Result<(), IndexError> {
        self.write(|tx| {
            let mut names = checks.iter().map(|check| name_of(*check));
            names.try_for_each(|name| count_judged(tx, day, &name))
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

    /// Everything that was counted on that day.
    pub fn day_sheet(&self, visits: DayBalance) -> Result<DaySheet, IndexError> {
        let mut captures = QueueCounts {
            confirmed: visits.confirmed,
            ..QueueCounts::default()
        };
        let sql = include_str!("../sql/counts_of_day.sql");
        let mut query = self.0.prepare_cached(sql)?;
        super::add_states(&mut captures, query.query([&visits.day])?)?;
        let (good_then_refused, set_aside) = self.judged(&visits.day)?;
        Ok(DaySheet {
            captures,
            payments: self.payments(&visits.day)?,
            good_then_refused,
            set_aside,
            shifts: self.shifts(&visits.day)?,
            closed: self.closing(&visits.day)?,
            visits,
        })
    }

    /// Notes that `operator` closed the day.
    pub fn close_day(&mut self, day: &str, closing: &Closing) -> Result<(), IndexError> {
        let values = params![
            day,
            closing.at.unix_ms(),
            closing.operator.unwrap_or_default(),
            closing.started as i64
        ];
        self.write(|tx| {
            execute(tx, include_str!("../sql/close_day.sql"), values)?;
            Ok(())
        })
    }

    fn closing(&self, day: &str) -> Result<Option<Closing>, IndexError> {
        let sql = include_str!("../sql/closed_day.sql");
        let found = self.0.query_row(sql, [day], |row| {
            Ok(Closing {
                at: Wall::from_unix_ms(row.get(0)?),
                operator: named(row.get(1)?),
                started: row.get::<_, i64>(2)? as u64,
            })
        });
        Ok(found.optional()?)
    }

    fn shifts(&self, day: &str) -> Result<Vec<Shift>, IndexError> {
        let mut query = self.0.prepare_cached(include_str!("../sql/shifts.sql"))?;
        let shifts = query.query_map([day], |row| {
            Ok(Shift {
                operator: named(row.get(0)?),
                started: row.get::<_, i64>(1)? as u64,
                confirmed: row.get::<_, i64>(2)? as u64,
                abandoned: row.get::<_, i64>(3)? as u64,
            })
        })?;
        Ok(shifts.collect::<Result<_, _>>()?)
    }

    fn judged(&self, day: &str) -> Result<(u64, Vec<(CheckId, u64)>), IndexError> {
        let mut query = self.0.prepare_cached(include_str!("../sql/judged.sql"))?;
        let rows = query.query_map([day], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)? as u64))
        })?;
        let (mut refused, mut aside) = (0, vec![]);
        for row in rows {
            let (what, count) = row?;
            if what == GOOD_THEN_REFUSED {
                refused = count;
            } else {
                let check = CheckId::ALL.into_iter().find(|id| name_of(*id) == what);
                aside.push((check.ok_or_else(|| unreadable(0))?, count));
            }
        }
        Ok((refused, aside))
    }
}

/// A visit begins. Whatever was under way before was abandoned.
fn begin(tx: &Transaction<'_>, today: &str, operator: u32) -> rusqlite::Result<()> {
    abandon(tx)?;
    let sql = include_str!("../sql/begin_visit.sql");
    execute(tx, sql, params![today, operator])?;
    count(tx, today, operator, (1, 0, 0))
}

/// Ends the visit under way; the day on which it is counted.
pub(super) fn end(
    tx: &Transaction<'_>,
    end: VisitEnd,
    today: &str,
    operator: u32,
) -> rusqlite::Result<String> {
    let (started, day, operator) = match under_way(tx)? {
        Some((day, operator)) => (0, day, operator),
        None => (1, today.to_owned(), operator),
    };
    let (confirmed, abandoned) = match end {
        VisitEnd::Confirmed => (1, 0),
        VisitEnd::Abandoned => (0, 1),
    };
    count(tx, &day, operator, (started, confirmed, abandoned))?;
    Ok(day)
}

/// The visit under way, if there is one, ends without a photo.
fn abandon(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    match under_way(tx)? {
        Some((day, operator)) => count(tx, &day, operator, (0, 0, 1)),
        None => Ok(()),
    }
}

/// Takes the visit under way out: its day and operator.
fn under_way(tx: &Transaction<'_>) -> rusqlite::Result<Option<(String, u32)>> {
    let sql = include_str!("../sql/end_visit.sql");
    tx.prepare_cached(sql)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Adds visits that started, were confirmed and were abandoned.
fn count(
    tx: &Transaction<'_>,
    day: &str,
    operator: u32,
    (started, confirmed, abandoned): (u32, u32, u32),
) -> rusqlite::Result<()> {
    execute(
        tx,
        include_str!("../sql/count_visit.sql"),
        params![day, started, confirmed, abandoned],
    )?;
    execute(
        tx,
        include_str!("../sql/count_shift.sql"),
        params![day, operator, started, confirmed, abandoned],
    )?;
    Ok(())
}

fn count_judged(tx: &Transaction<'_>, day: &str, what: &str) -> rusqlite::Result<()> {
    execute(
        tx,
        include_str!("../sql/count_judged.sql"),
        params![day, what],
    )?;
    Ok(())
}

/// A check as profiles name it.
fn name_of(check: CheckId) -> String {
    let name = serde_json::to_value(check).ok();
    let name = name.and_then(|name| name.as_str().map(str::to_owned));
    name.unwrap_or_default()
}

const fn named(operator: u32) -> Option<u32> {
    match operator {
        NOBODY => None,
        number => Some(number),
    }
}
