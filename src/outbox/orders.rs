//! What comes back from the platform about captures after their receipts: orders and auditors'
//! decisions.
//!
//! An order's row is durable before its QR is shown, so that neither a reboot nor a student who
//! walked away loses a payment; what was paid travels as an amendment.

use super::{Outbox, OutboxError};
use crate::{
    booth::{AuditTally, Payments},
    capture::{CaptureId, Contact},
    contract::{AuditVerdict, Change, PayOrder, PayState},
    time::{Now, Wall},
};

pub use super::index::orders::OrderRow;

/// Orders of `WeChat` live 7 days and may be paid in the last minute; a day more for their word to
/// come.
const ORDER_LIFE_MS: i64 = 8 * 86_400_000;

impl Outbox {
    /// Notes the order that pays for capture `id`. Only after this is `Ok` may its QR be shown.
    pub fn note_order(
        &mut self,
        id: CaptureId,
        order: &PayOrder,
        now: Now,
    ) -> Result<(), OutboxError> {
        self.require(id)?;
        self.index.add_order(id, order, now.wall)?;
        // The platform gives a paid order again to who asks again.
        self.settle_order(&order.order, order.state, now)?;
        Ok(())
    }

    /// Takes the platform's word on an order of this booth; the first word that it is paid becomes
    /// an amendment. Gives the capture that it pays for, `None` for an order that is not known
    /// here.
    pub fn settle_order(
        &mut self,
        number: &str,
        state: PayState,
        now: Now,
    ) -> Result<Option<CaptureId>, OutboxError> {
        let Some(row) = self.index.order(number)? else {
            return Ok(None);
        };
        if state == PayState::Paid && row.state != PayState::Paid {
            match self.amend(row.id, &Change::Paid(number.to_owned()), now) {
                // What became of a withdrawn capture's money is between student and platform.
                Ok(()) | Err(OutboxError::Withdrawn(_)) => {}
                Err(why) => return Err(why),
            }
        }
        if row.state != state {
            self.index.set_order(number, state, now.wall)?;
        }
        Ok(Some(row.id))
    }

    /// Up to `limit` orders that the platform may still have news of, newest first.
    pub fn open_orders(&self, now: Wall, limit: u32) -> Result<Vec<OrderRow>, OutboxError> {
        let since = Wall::from_unix_ms(now.unix_ms().saturating_sub(ORDER_LIFE_MS));
        Ok(self.index.open_orders(since, limit)?)
    }

    /// What became of the orders that were shown on the day of `now`, in China.
    pub fn payments(&self, now: Wall) -> Result<Payments, OutboxError> {
        Ok(self.index.payments(&now.china_date().to_string())?)
    }

    /// Seals how the sitter of capture `id` wants to be told, and lets it follow the capture as an
    /// amendment.
    pub fn add_contact(
        &mut self,
        id: CaptureId,
        contact: &Contact,
        now: Now,
    ) -> Result<(), OutboxError> {
        let sealed = self.sealing.seal_contact(contact)?;
        self.amend(id, &Change::Contact(sealed), now)
    }
}

/// How far back staff see what auditors decided.
const AUDIT_WINDOW_MS: i64 = 7 * 86_400_000;

impl Outbox {
    /// Keeps what auditors decided about captures of this booth.
    pub fn keep_verdicts(&mut self, verdicts: &[AuditVerdict]) -> Result<(), OutboxError> {
        Ok(self.index.add_verdicts(verdicts)?)
    }

    /// Where the feed of decisions goes on.
    pub fn last_verdict(&self) -> Result<u64, OutboxError> {
        Ok(self.index.last_verdict()?)
    }

    /// What auditors decided within the last seven days.
    pub fn audit_tally(&self, now: Wall) -> Result<AuditTally, OutboxError> {
        let since = Wall::from_unix_ms(now.unix_ms().saturating_sub(AUDIT_WINDOW_MS));
        Ok(self.index.audit_tally(since)?)
    }
}
