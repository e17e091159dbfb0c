//! Orders: who owes what, and the payments. No payment service is connected; a page plays the
//! payer.

use super::{
    Platform, PlatformError, course,
    rows::orders::{NewOrder, OrderRow},
};
use crate::{
    capture::CaptureId,
    code::FeatureCode,
    contract::{PayOrder, PayState},
    profile::PaymentPolicy,
    time::Wall,
};

/// The result of asking for an order.
pub(super) enum Ordered {
    New(PayOrder),
    /// The person's paid order, else their open one.
    Again(PayOrder),
    /// Nothing is sold in this batch.
    NothingToPay,
}

impl Platform {
    /// Returns the order of one person in one batch; `asker` is the booth that asks for it, if one
    /// does.
    pub(super) fn order(
        &self,
        (code_sha256, batch): (&str, &FeatureCode),
        capture: CaptureId,
        asker: Option<&str>,
        now: Wall,
    ) -> Result<Ordered, PlatformError> {
        let offered = self.batch(batch).map(|offered| &offered.batch);
        let Some(batch) = offered.filter(|batch| is_sold(batch.profile.payment, batch.fee_fen))
        else {
            return Ok(Ordered::NothingToPay);
        };
        let number = order_number(now)?;
        let new = NewOrder {
            number: &number,
            batch: &batch.feature_code,
            code_sha256,
            capture,
            amount_fen: batch.fee_fen,
            expires: now.plus(self.terms.order_life),
            asker,
        };
        let (row, is_new) = self.rows().order_or_insert(&new, now)?;
        let order = self.pay_order(row);
        Ok(if is_new {
            Ordered::New(order)
        } else {
            Ordered::Again(order)
        })
    }

    pub fn order_state(&self, number: &str, now: Wall) -> Result<Option<PayOrder>, PlatformError> {
        let row = self.rows().order(number, now)?;
        Ok(row.map(|row| self.pay_order(row)))
    }

    /// Returns the state of an order that this booth asked for; for other booths it does not exist.
    pub(super) fn order_asked_by(
        &self,
        station: &str,
        number: &str,
        now: Wall,
    ) -> Result<Option<PayOrder>, PlatformError> {
        if self.rows().has_asked(station, number)? {
            self.order_state(number, now)
        } else {
            Ok(None)
        }
    }

    /// Records that an order was paid, on a page or by the demonstration. The first paid order
    /// counts, however late; any other payment is refunded.
    pub fn pay(&self, number: &str, now: Wall) -> Result<Option<PayOrder>, PlatformError> {
        let in_audit = course::in_audit(&self.calendar, now);
        let row = self.rows().pay(number, &in_audit, now)?;
        if let Some(row) = &row {
            tracing::info!(state = ?row.state, "money came for an order");
        }
        Ok(row.map(|row| self.pay_order(row)))
    }

    /// Pays the orders that have waited long enough, where orders pay themselves.
    pub fn pay_due(&self, now: Wall) -> Result<(), PlatformError> {
        let Some(wait) = self.terms.pays_itself_after else {
            return Ok(());
        };
        let until = Wall::from_unix_ms(now.unix_ms() - wait.as_millis() as i64);
        let due = self.rows().orders_made_by(until)?;
        for number in due {
            self.pay(&number, now)?;
        }
        Ok(())
    }

    /// Returns whether this person owes nothing any more.
    pub(super) fn is_paid(
        &self,
        code_sha256: &str,
        batch: &FeatureCode,
    ) -> Result<bool, PlatformError> {
        let offered = self.batch(batch).map(|offered| &offered.batch);
        // Everybody of a prepaid batch has paid, as this platform's people are made up.
        match offered.map(|batch| (batch.profile.payment, batch.fee_fen)) {
            Some((policy, fee)) if is_sold(policy, fee) => {
                Ok(self.rows().is_paid(code_sha256, batch)?)
            }
            Some(_) | None => Ok(true),
        }
    }

    fn pay_order(&self, row: OrderRow) -> PayOrder {
        PayOrder {
            qr: format!("{}/pay/{}", self.url(), row.number),
            order: row.number,
            amount_fen: row.amount_fen,
            expires: row.expires,
            state: row.state,
        }
    }
}

const fn is_sold(policy: PaymentPolicy, fee_fen: u32) -> bool {
    match policy {
        PaymentPolicy::None | PaymentPolicy::Prepaid => false,
        PaymentPolicy::AtKiosk | PaymentPolicy::Later => fee_fen > 0,
    }
}

/// Returns an order number that people can read out, the day in China and eight random digits:
/// `20260601-4821-7730`.
fn order_number(now: Wall) -> Result<String, PlatformError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(PlatformError::Randomness)?;
    let digits = u64::from_be_bytes(random) % 100_000_000;
    let day = now.china_date().strftime("%Y%m%d").to_string();
    Ok(format!(
        "{day}-{:04}-{:04}",
        digits / 10_000,
        digits % 10_000
    ))
}

/// Returns the state of an order in words for people.
pub(super) const fn state_in_words(state: PayState) -> crate::lang::Text {
    use crate::lang::Text;
    match state {
        PayState::NotPaid => Text::new("待支付", "To be paid"),
        PayState::Paid => Text::new("已支付", "Paid"),
        PayState::Refunded => Text::new("已退款", "Refunded"),
        PayState::Closed => Text::new("已过期", "Expired"),
    }
}
