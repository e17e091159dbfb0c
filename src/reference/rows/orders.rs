//! Rows about orders: at most one open and one paid per person and batch.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    Rows,
    progress::{case_from_row, feature_code_at, set_stage},
};
use crate::{
    capture::CaptureId,
    code::FeatureCode,
    contract::{PayState, Stage},
    time::Wall,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::reference) struct OrderRow {
    pub number: String,
    pub batch: FeatureCode,
    pub code_sha256: String,
    pub amount_fen: u32,
    pub expires: Wall,
    pub state: PayState,
}

/// An order to be created, unless the person has one.
pub(in crate::reference) struct NewOrder<'a> {
    pub number: &'a str,
    pub batch: &'a FeatureCode,
    pub code_sha256: &'a str,
    pub capture: CaptureId,
    pub amount_fen: u32,
    pub expires: Wall,
    /// The booth that asks; `None` where the person does, on a page.
    pub asker: Option<&'a str>,
}

const STATES: [(PayState, &str); 4] = [
    (PayState::NotPaid, "not_paid"),
    (PayState::Paid, "paid"),
    (PayState::Refunded, "refunded"),
    (PayState::Closed, "closed"),
];

impl Rows {
    /// Returns the person's paid order, else their open one, else this new one; and whether it is
    /// new.
    pub fn order_or_insert(
        &mut self,
        new: &NewOrder<'_>,
        now: Wall,
    ) -> rusqlite::Result<(OrderRow, bool)> {
        self.change(|db| {
            close_expired(db, now)?;
            let known = db
                .query_row(
                    include_str!("../sql/order_of.sql"),
                    params![new.code_sha256, new.batch.as_str()],
                    order_from_row,
                )
                .optional()?;
            if let Some(order) = known {
                note_asker(db, &order.number, new.asker)?;
                return Ok((order, false));
            }
            db.execute(
                include_str!("../sql/insert_order.sql"),
                params![
                    new.number,
                    new.batch.as_str(),
                    new.code_sha256,
                    new.capture.to_string(),
                    new.amount_fen,
                    now.unix_ms(),
                    new.expires.unix_ms(),
                ],
            )?;
            note_asker(db, new.number, new.asker)?;
            let made = order(db, new.number)?;
            Ok((made.ok_or(rusqlite::Error::QueryReturnedNoRows)?, true))
        })
    }

    /// Returns whether a booth asked for an order with the code and tail of its person.
    pub fn has_asked(&self, station: &str, number: &str) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/has_asked.sql");
        self.0.query_row(sql, [number, station], |row| row.get(0))
    }

    pub fn order(&mut self, number: &str, now: Wall) -> rusqlite::Result<Option<OrderRow>> {
        self.change(|db| {
            close_expired(db, now)?;
            order(db, number)
        })
    }

    /// Records a payment. The captures that waited for it go on to `in_audit`; a second payment is
    /// refunded.
    pub fn pay(
        &mut self,
        number: &str,
        in_audit: &Stage,
        now: Wall,
    ) -> rusqlite::Result<Option<OrderRow>> {
        self.change(|db| {
            let Some(known) = order(db, number)? else {
                return Ok(None);
            };
            let state = match known.state {
                PayState::Paid | PayState::Refunded => return Ok(Some(known)),
                PayState::NotPaid | PayState::Closed
                    if is_paid(db, &known.code_sha256, &known.batch)? =>
                {
                    PayState::Refunded
                }
                PayState::NotPaid | PayState::Closed => PayState::Paid,
            };
            let sql = include_str!("../sql/set_order.sql");
            db.execute(sql, params![number, name(state), now.unix_ms()])?;
            if state == PayState::Paid {
                settle(db, &known, in_audit, now)?;
            }
            order(db, number)
        })
    }

    /// Returns the open orders made at `until` or before, oldest first.
    pub fn orders_made_by(&self, until: Wall) -> rusqlite::Result<Vec<String>> {
        let mut query = self.0.prepare(include_str!("../sql/orders_made_by.sql"))?;
        query
            .query_map([until.unix_ms()], |row| row.get(0))?
            .collect()
    }

    pub fn is_paid(&self, code_sha256: &str, batch: &FeatureCode) -> rusqlite::Result<bool> {
        is_paid(&self.0, code_sha256, batch)
    }
}

/// Applies a payment: the person's other order can no longer be paid, and their captures are
/// audited.
fn settle(db: &Connection, paid: &OrderRow, in_audit: &Stage, now: Wall) -> rusqlite::Result<()> {
    let person = [paid.code_sha256.as_str(), paid.batch.as_str()];
    db.execute(include_str!("../sql/close_other_orders.sql"), person)?;
    let mut query = db.prepare(include_str!("../sql/cases_waiting_for_payment.sql"))?;
    let waiting: rusqlite::Result<Vec<_>> = query.query_map(person, case_from_row)?.collect();
    for case in waiting? {
        set_stage(db, case.id, in_audit, now)?;
    }
    Ok(())
}

pub(super) fn is_paid(
    db: &Connection,
    code_sha256: &str,
    batch: &FeatureCode,
) -> rusqlite::Result<bool> {
    let sql = include_str!("../sql/is_paid.sql");
    db.query_row(sql, params![code_sha256, batch.as_str()], |row| row.get(0))
}

fn note_asker(db: &Connection, number: &str, asker: Option<&str>) -> rusqlite::Result<()> {
    if let Some(station) = asker {
        let sql = include_str!("../sql/insert_order_asker.sql");
        db.execute(sql, [number, station])?;
    }
    Ok(())
}

fn close_expired(db: &Connection, now: Wall) -> rusqlite::Result<()> {
    db.execute(include_str!("../sql/close_orders.sql"), [now.unix_ms()])?;
    Ok(())
}

fn order(db: &Connection, number: &str) -> rusqlite::Result<Option<OrderRow>> {
    db.query_row(include_str!("../sql/order.sql"), [number], order_from_row)
        .optional()
}

fn order_from_row(row: &Row<'_>) -> rusqlite::Result<OrderRow> {
    let state: String = row.get(5)?;
    let known = STATES.iter().find(|(_, name)| *name == state);
    Ok(OrderRow {
        number: row.get(0)?,
        batch: feature_code_at(row, 1)?,
        code_sha256: row.get(2)?,
        amount_fen: row.get(3)?,
        expires: Wall::from_unix_ms(row.get(4)?),
        state: known.map_or(PayState::Closed, |(state, _)| *state),
    })
}

fn name(state: PayState) -> &'static str {
    let found = STATES.iter().find(|(known, _)| *known == state);
    found.map_or("closed", |(_, name)| name)
}
