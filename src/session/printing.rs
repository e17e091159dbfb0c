//! The receipt on paper: asked for once, beside the visit, which waits for no printer.

use std::sync::Arc;

use super::{Effect, Session, SlipStep, State};
use crate::{booth::PrinterState, capture::CaptureId, time::Now};

impl Session {
    /// Asks for the receipt's slip, unless it was asked for before.
    pub(super) fn print(&mut self, now: Now) -> Vec<Effect> {
        let (State::Receipt(receipt), Some(served)) = (&mut self.state, &self.served) else {
            return vec![];
        };
        // On paper nothing would say that the photo is void.
        if receipt.slip != SlipStep::NotAsked || self.practice_ends.is_some() {
            return vec![];
        }
        receipt.slip = SlipStep::Printing;
        let print = Effect::Print {
            receipt: receipt.clone(),
            batch: Arc::clone(&served.batch),
            lang: self.lang,
        };
        self.begin_deadline(now);
        vec![print]
    }

    /// Takes what became of the slip. If there is none its owner photographs the screen, which
    /// takes its time.
    pub(super) fn printed(
        &mut self,
        visit: CaptureId,
        result: Result<(), PrinterState>,
        now: Now,
    ) -> Vec<Effect> {
        let State::Receipt(receipt) = &mut self.state else {
            return vec![];
        };
        if receipt.visit == visit && receipt.slip == SlipStep::Printing {
            receipt.slip = result.map_or_else(SlipStep::NotPrinted, |()| SlipStep::Printed);
            self.begin_deadline(now);
        }
        vec![]
    }
}
