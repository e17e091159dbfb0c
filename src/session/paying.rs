//! Paying at the booth: the photo is sealed already, the platform's order is shown, and its answer
//! ends the wait.

use std::sync::Arc;

use super::{
    Bill, Chime, Contacting, Effect, Fee, Identity, Inquiry, InquiryStep, Known, Paying, Person,
    Presence, Receipted, Saving, Served, Session, State,
};
use crate::{
    capture::{CaptureId, PaymentState},
    contract::{Batch, PayOrder, PayState, Stage},
    profile::{ContactStep, PaymentPolicy},
    session::Sitter,
    time::{Now, Trust},
};

/// Returns what a capture's manifest says about payment when it is sealed.
pub(super) fn payment_of(sitter: &Sitter) -> PaymentState {
    let is_paid = matches!(&sitter.identity, Identity::Known(person) if person.paid);
    match sitter.batch().profile.payment {
        PaymentPolicy::None => PaymentState::NotRequired,
        PaymentPolicy::Prepaid => PaymentState::Prepaid,
        PaymentPolicy::AtKiosk | PaymentPolicy::Later if is_paid => PaymentState::Prepaid,
        PaymentPolicy::AtKiosk | PaymentPolicy::Later => PaymentState::Pending,
    }
}

impl Session {
    /// Goes on once the capture is durable: to contact and payment, where the batch wants them, and
    /// to the receipt.
    pub(super) fn after_save(
        &mut self,
        saving: &Saving,
        mut receipt: Receipted,
        now: Now,
    ) -> Vec<Effect> {
        let sitter = &saving.sitter;
        receipt.fee = match payment_of(sitter) {
            PaymentState::Pending if !self.practises() => Fee::Owed,
            PaymentState::Pending | PaymentState::NotRequired | PaymentState::Prepaid => {
                Fee::Nothing
            }
        };
        let void = self.void_practice(sitter.visit());
        let person = sitter.person();
        let mut effects = match person.batch.profile.contact {
            ContactStep::None => self.go_to_payment(person, receipt, now),
            ContactStep::Offered => {
                let form = super::ContactForm::default();
                let batch = Arc::clone(&person.batch);
                let state = State::Contact(Contacting {
                    person,
                    receipt,
                    form,
                });
                self.serve(batch, state, now)
            }
        };
        effects.extend(void);
        effects.push(Effect::Chime(Chime::Done));
        effects
    }

    /// Goes to the payment if it is due at the booth, else to the receipt.
    pub(super) fn go_to_payment(
        &mut self,
        person: Person,
        receipt: Receipted,
        now: Now,
    ) -> Vec<Effect> {
        let here = person.batch.profile.payment == PaymentPolicy::AtKiosk;
        if !here || receipt.fee != Fee::Owed {
            let batch = Arc::clone(&person.batch);
            return self.show_receipt(batch, receipt, now);
        }
        self.pay(person, receipt.visit, Some(receipt), now)
    }

    pub(super) fn show_receipt(
        &mut self,
        batch: Arc<Batch>,
        receipt: Receipted,
        now: Now,
    ) -> Vec<Effect> {
        self.serve(batch, State::Receipt(receipt), now)
    }

    /// Shows a step after the save, for as long as its person is there.
    fn serve(&mut self, batch: Arc<Batch>, state: State, now: Now) -> Vec<Effect> {
        let effects = self.wipe(state, now);
        let presence = Presence::NotYet;
        self.served = Some(Served { batch, presence });
        effects
    }

    /// Asks for the order of `capture`; its QR is shown when its row is durable.
    fn pay(
        &mut self,
        person: Person,
        capture: CaptureId,
        receipt: Option<Receipted>,
        now: Now,
    ) -> Vec<Effect> {
        let order = Effect::Order {
            capture,
            person: person.clone(),
        };
        let batch = receipt.is_some().then(|| Arc::clone(&person.batch));
        let state = State::Payment(Paying {
            person,
            capture,
            receipt,
            bill: Bill::Asking,
        });
        let mut effects = match batch {
            Some(batch) => self.serve(batch, state, now),
            None => self.wipe(state, now),
        };
        effects.push(order);
        effects
    }

    /// Asks for another order in place of an expired one, or again where the platform did not
    /// answer.
    pub(super) fn pay_again(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Payment(Paying {
                person,
                capture,
                receipt,
                bill: Bill::NoAnswer | Bill::RanOut,
            }) => self.pay(person, capture, receipt, now),
            other => {
                self.state = other;
                vec![]
            }
        }
    }

    /// Starts the payment for an earlier photo that still waits for it.
    pub(super) fn pay_now(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Progress(Inquiry {
                step: InquiryStep::Known(Known { person, found, .. }),
                ..
            }) if found
                .current()
                .is_some_and(|it| it.stage == Stage::AwaitingPayment) =>
            {
                let capture = found.current().map(|it| it.id);
                capture.map_or_else(Vec::new, |capture| self.pay(person, capture, None, now))
            }
            other => {
                self.state = other;
                vec![]
            }
        }
    }

    /// Leaves the payment for later: the order stays open and the booth keeps asking about it.
    pub(super) fn pay_later(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Payment(Paying {
                person,
                receipt: Some(receipt),
                ..
            }) => self.show_receipt(person.batch, receipt, now),
            State::Payment(Paying { receipt: None, .. }) => self.wipe(State::Idle, now),
            other => {
                self.state = other;
                vec![]
            }
        }
    }

    /// Takes the order whose row is durable, or the news that there is no order.
    pub(super) fn ordered(
        &mut self,
        capture: CaptureId,
        order: Option<PayOrder>,
        now: Now,
    ) -> Vec<Effect> {
        let State::Payment(paying) = &mut self.state else {
            return vec![];
        };
        if paying.capture != capture || paying.bill != Bill::Asking {
            return vec![];
        }
        let Some(order) = order else {
            paying.bill = Bill::NoAnswer;
            return vec![Effect::Chime(Chime::Refused)];
        };
        match order.state {
            PayState::NotPaid => {
                paying.bill = Bill::Due(order);
                self.begin_deadline(now);
                vec![]
            }
            PayState::Paid => self.paid(now),
            PayState::Refunded | PayState::Closed => {
                paying.bill = Bill::RanOut;
                vec![]
            }
        }
    }

    /// Takes the platform's state for one of this booth's orders, already recorded. Any of a
    /// capture's orders may have paid for it; only the one on the screen can expire there.
    pub(super) fn order_settled(
        &mut self,
        capture: CaptureId,
        order: &str,
        state: PayState,
        now: Now,
    ) -> Vec<Effect> {
        match (&mut self.state, state) {
            (State::Payment(paying), PayState::Paid)
                if paying.capture == capture && paying.bill != Bill::Paid =>
            {
                self.paid(now)
            }
            (State::Payment(paying), PayState::Closed | PayState::Refunded) if matches!(&paying.bill, Bill::Due(due) if due.order == order) =>
            {
                paying.bill = Bill::RanOut;
                vec![]
            }
            (State::Receipt(receipt), PayState::Paid) if receipt.visit == capture => {
                receipt.fee = Fee::Paid;
                vec![Effect::Chime(Chime::Done)]
            }
            _ => vec![],
        }
    }

    fn paid(&mut self, now: Now) -> Vec<Effect> {
        let State::Payment(paying) = self.take() else {
            return vec![];
        };
        let mut effects = match paying.receipt {
            Some(receipt) => {
                let fee = Fee::Paid;
                self.show_receipt(paying.person.batch, Receipted { fee, ..receipt }, now)
            }
            None => self.wipe(
                State::Payment(Paying {
                    bill: Bill::Paid,
                    ..paying
                }),
                now,
            ),
        };
        effects.push(Effect::Chime(Chime::Done));
        effects
    }

    /// Takes an expired QR off the screen. Its date counts only by a clock that was checked.
    pub(super) fn expire_bill(&mut self, now: Now) {
        if let State::Payment(paying) = &mut self.state
            && let Bill::Due(order) = &paying.bill
            && now.trust != Trust::Unknown
            && now.wall >= order.expires
        {
            paying.bill = Bill::RanOut;
        }
    }
}
