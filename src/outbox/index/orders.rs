//! The index's rows about orders: which one pays for which capture, and how far it has come.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Index, IndexError, execute, id_from_row, notes, schema_step, unreadable};
use crate::{
    booth::Payments,
    capture::CaptureId,
    contract::{PayOrder, PayState},
    outbox::notes::NoteName,
    time::Wall,
};

/// The step of the schema that brought orders.
const WITH_ORDERS: u32 = 3;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// The platform's number of it.
    pub number: String,
    /// The capture that it pays for.
    pub id: CaptureId,
    /// When it was shown first.
    pub asked_at: Wall,
    pub amount_fen: u32,
    pub state: PayState,
}

impl Index {
    /// Adds an order; one that is there already stays as it is.
    pub fn add_order(
        &mut self,
        id: CaptureId,
        order: &PayOrder,
        at: Wall,
    ) -> Result<(), IndexError> {
        self.write(|tx| {
            execute(
                tx,
                include_str!("../sql/insert_order.sql"),
                params![
                    order.order,
                    id.to_string(),
                    at.unix_ms(),
                    at.china_date().to_string(),
                    order.amount_fen,
                ],
            )?;
            Ok(())
        })
    }

    pub fn set_order(&mut self, number: &str, state: PayState, at: Wall) -> Result<(), IndexError> {
        self.write(|tx| set(tx, number, state, at))
    }

    /// Adds the amendment that tells of a payment, and with it, in the same transaction, that the
    /// order is paid.
    pub fn add_payment(
        &mut self,
        name: NoteName,
        sha256: &str,
        order: &str,
        at: Wall,
    ) -> Result<(), IndexError> {
        self.write(|tx| {
            notes::insert(tx, name, sha256)?;
            set(tx, order, PayState::Paid, at)
        })
    }

    pub fn order(&self, number: &str) -> Result<Option<OrderRow>, IndexError> {
        let mut query = self.0.prepare_cached(include_str!("../sql/order.sql"))?;
        Ok(query.query_row([number], order_from_row).optional()?)
    }

    /// Up to `limit` orders that were shown since and are not settled, newest first.
    pub fn open_orders(&self, since: Wall, limit: u32) -> Result<Vec<OrderRow>, IndexError> {
        let mut query = self
            .0
            .prepare_cached(include_str!("../sql/open_orders.sql"))?;
        Ok(query
            .query_map(params![since.unix_ms(), limit], order_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// What became of the orders that were shown on `day`.
    pub fn payments(&self, day: &str) -> Result<Payments, IndexError> {
        // Looked at from beside, before the kiosk of a newer program has started once.
        if schema_step(&self.0)? < WITH_ORDERS {
            return Ok(Payments::default());
        }
        let mut query = self.0.prepare_cached(include_str!("../sql/payments.sql"))?;
        Ok(query.query_row([day], |row| {
            let count = |at| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)? as u64);
            Ok(Payments {
                asked: count(0)?,
                paid: count(1)?,
                open: count(2)?,
                refunded: count(3)?,
                closed: count(4)?,
                twice: count(5)?,
                paid_fen: count(6)?,
            })
        })?)
    }
}

fn set(tx: &Transaction<'_>, number: &str, state: PayState, at: Wall) -> rusqlite::Result<()> {
    execute(
        tx,
        include_str!("../sql/set_order.sql"),
        params![number, state_name(state), at.unix_ms()],
    )?;
    Ok(())
}

const fn state_name(state: PayState) -> &'static str {
    match state {
        PayState::NotPaid => "not_paid",
        PayState::Paid => "paid",
        PayState::Refunded => "refunded",
        PayState::Closed => "closed",
    }
}

fn order_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<OrderRow> {
    let name: String = row.get(4)?;
    let state = PayState::ALL
        .into_iter()
        .find(|state| state_name(*state) == name);
    Ok(OrderRow {
        number: row.get(0)?,
        id: id_from_row(row, 1)?,
        asked_at: Wall::from_unix_ms(row.get(2)?),
        amount_fen: row.get(3)?,
        state: state.ok_or_else(|| unreadable(4))?,
    })
}
