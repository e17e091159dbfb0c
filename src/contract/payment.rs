//! Orders: the platform creates and watches them, the booth shows their QR. The booth holds no
//! merchant key and no right to refund.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PersonRequest;
use crate::{capture::CaptureId, time::Wall};

/// Asks for the order of one person in one batch (`POST /v1/orders`).
///
/// While an order of this person waits to be paid, and once one is paid, the platform answers with
/// that one again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRequest {
    #[serde(flatten)]
    pub person: PersonRequest,
    /// The capture that the order pays for.
    pub capture: CaptureId,
}

impl fmt::Debug for OrderRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrderRequest for {}", self.capture)
    }
}

/// An order as the platform knows it; the answer to `POST /v1/orders` and `GET /v1/orders/{order}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayOrder {
    /// At most 64 characters of `[0-9A-Za-z-]`, unique at the platform; people read it out.
    pub order: String,
    pub amount_fen: u32,
    /// The content of the QR to be paid, as the payment service gave it; never interpreted here.
    pub qr: String,
    /// The QR cannot be paid later than this; the order may stay open.
    pub expires: Wall,
    pub state: PayState,
}

impl PayOrder {
    /// Longest accepted order number, in characters.
    pub const LONGEST_NUMBER: usize = 64;
    /// Longest text that fits a QR of version 40 at error correction M (ISO/IEC 18004), bytes.
    const LONGEST_QR: usize = 2331;

    /// Returns whether the booth can show, store and put into a path this number and QR.
    pub fn is_sound(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !self.order.is_empty()
            && self.order.len() <= Self::LONGEST_NUMBER
            && self.order.chars().all(plain)
            && !self.qr.is_empty()
            && self.qr.len() <= Self::LONGEST_QR
    }
}

/// The state of an order. A QR that nobody has scanned yet is unpaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayState {
    NotPaid,
    Paid,
    /// Paid and refunded, for example because the same person had paid another order already.
    Refunded,
    /// Never paid, and no longer payable.
    Closed,
}

impl PayState {
    pub const ALL: [Self; 4] = [Self::NotPaid, Self::Paid, Self::Refunded, Self::Closed];

    /// Returns whether the order's state can no longer change.
    pub const fn is_final(self) -> bool {
        match self {
            Self::NotPaid => false,
            Self::Paid | Self::Refunded | Self::Closed => true,
        }
    }
}

/// Writes an amount as people read it: `¥ 25.00`.
pub fn yuan(fen: impl Into<u64>) -> String {
    let fen = fen.into();
    format!("¥ {}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(number: &str, qr: &str) -> PayOrder {
        PayOrder {
            order: number.to_owned(),
            amount_fen: 2500,
            qr: qr.to_owned(),
            expires: Wall::EPOCH,
            state: PayState::NotPaid,
        }
    }

    #[test]
    fn an_order_is_taken_only_if_it_can_be_shown_and_asked_for() {
        assert!(order("20260601-0042", "weixin://pay/abc").is_sound());
        for number in ["", "../keys", "a b", "七", &"7".repeat(65)] {
            assert!(!order(number, "weixin://pay/abc").is_sound(), "{number}");
        }
        assert!(!order("1", "").is_sound());
        assert!(!order("1", &"a".repeat(2332)).is_sound());
    }

    #[test]
    fn amounts_are_written_in_yuan() {
        assert_eq!(yuan(2500_u32), "¥ 25.00");
        assert_eq!(yuan(1_u64), "¥ 0.01");
    }
}
