//! Beside a visit: looks up how far somebody's photo has come, either by code and tail or by a
//! receipt, which gives its state only.

use std::{sync::Arc, time::Duration};

use super::{
    AskId, Asked, BatchEntry, Batching, Card, Chime, CodeHint, Effect, Errand, Inquiry,
    InquiryStep, InquiryTail, Intent, Keyed, Known, MOST_TAILS, Person, Presence, Session,
    StandardPhoto, State, Stop, TailEntry, TailHint,
};
use crate::{
    capture::CaptureId,
    code::{self, Meaning, PersonalCode, Reading},
    contract::{Batch, PersonProgress, Progress, Stage},
    time::{Now, Trust},
};

/// The platform's answer about a photo, if there was one.
#[derive(Debug)]
pub enum ProgressAnswer {
    Known {
        found: PersonProgress,
        /// The standard photo that waits to be confirmed, if it arrived and decodes.
        standard: Option<StandardPhoto>,
    },
    /// `None` while the platform does not have the capture.
    OfReceipt(Option<Progress>),
    DoesNotMatch,
    /// Too many tails were tried, here or at other booths: wait this long.
    Wait(Duration),
    /// The receipt was not issued by a booth of this platform.
    ForeignReceipt,
    NoAnswer,
}

impl Session {
    /// Starts to look up how far a photo has come; `visit` identifies the inquiry.
    pub(super) fn inquire(&mut self, visit: CaptureId, now: Now) -> Vec<Effect> {
        match (&self.state, self.pinned.clone()) {
            (State::Idle | State::Receipt(_), Some(batch)) => {
                self.wipe(State::Progress(inquiry_of(visit, batch)), now)
            }
            (State::Idle | State::Receipt(_), None) => {
                let (errand, entry) = (Errand::Progress, BatchEntry::default());
                self.wipe(
                    State::Batch(Batching {
                        visit,
                        errand,
                        entry,
                    }),
                    now,
                )
            }
            // The code shown turned out to be captured here today.
            (State::Replace(replacing), _) => {
                let scanned = &replacing.scanned;
                let tail = InquiryTail {
                    code: scanned.code.clone(),
                    card: scanned.card.clone(),
                    entry: TailEntry::resting(self.tries.until(&scanned.code)),
                };
                let batch = Arc::clone(&scanned.visitor.batch);
                let inquiry = Inquiry {
                    step: InquiryStep::Tail(tail),
                    ..inquiry_of(visit, batch)
                };
                self.enter(State::Progress(inquiry), now);
                vec![]
            }
            _ => vec![],
        }
    }

    pub(super) fn inquiry_scanned(&mut self, reading: Reading, now: Now) -> Vec<Effect> {
        let State::Progress(Inquiry {
            batch,
            intent,
            step: InquiryStep::Code { hint },
            ..
        }) = &mut self.state
        else {
            return vec![];
        };
        let said = match code::meaning_in(&reading.bytes, &batch.code_shapes) {
            Meaning::Personal(code) => match intent {
                Intent::Confirm { code: shown, .. } if *shown != code => CodeHint::NotTheSame,
                Intent::Look | Intent::Confirm { .. } => {
                    let card = reading.card.map(|card| Arc::new(Card(card)));
                    return self.ask_inquirer(code, card, now);
                }
            },
            Meaning::Statement(statement) => match intent {
                Intent::Look => {
                    let mut effects = self.ask_progress(Asked::Receipt(statement), now);
                    effects.push(Effect::Chime(Chime::Accepted));
                    return effects;
                }
                Intent::Confirm { .. } => CodeHint::ThisIsAReceipt,
            },
            Meaning::Batch(_) => CodeHint::ThisIsTheBatch,
            Meaning::Receipt => CodeHint::ThisIsAReceipt,
            Meaning::Command(_) | Meaning::Ticket => CodeHint::ThisIsForStaff,
            Meaning::Foreign(why) => CodeHint::Foreign(why),
        };
        hint_at(hint, said)
    }

    fn ask_inquirer(
        &mut self,
        code: PersonalCode,
        card: Option<Arc<Card>>,
        now: Now,
    ) -> Vec<Effect> {
        let entry = TailEntry::resting(self.tries.until(&code));
        let step = InquiryStep::Tail(InquiryTail { code, card, entry });
        self.turn_inquiry(step, now);
        vec![Effect::Chime(Chime::Accepted)]
    }

    /// Takes a key of the tail; asks the platform once the tail is complete.
    pub(super) fn inquiry_key(&mut self, key: char, now: Now) -> Vec<Effect> {
        let State::Progress(Inquiry {
            batch,
            intent,
            step: InquiryStep::Tail(tailing),
            ..
        }) = &mut self.state
        else {
            return vec![];
        };
        let tail = match tailing.entry.key(key, batch.profile.tail_rule, now.mono) {
            Keyed::GoesOn => return vec![],
            Keyed::NotATail => return vec![Effect::Chime(Chime::Refused)],
            Keyed::Whole(tail) => tail,
        };
        let person = Person {
            batch: Arc::clone(batch),
            code: tailing.code.clone(),
            tail,
        };
        let asked = Asked::Person {
            person: person.clone(),
            card: tailing.card.clone(),
            refused: tailing.entry.refused,
        };
        let mut effects = match *intent {
            Intent::Look => self.ask_progress(asked, now),
            Intent::Confirm { id, .. } => {
                let ask = self.asks.next();
                self.turn_inquiry(InquiryStep::Asking { ask, asked }, now);
                vec![Effect::ConfirmStandard { ask, id, person }]
            }
        };
        effects.push(Effect::Chime(Chime::Accepted));
        effects
    }

    fn ask_progress(&mut self, asked: Asked, now: Now) -> Vec<Effect> {
        let ask = self.asks.next();
        let step = InquiryStep::Asking {
            ask,
            asked: asked.clone(),
        };
        self.turn_inquiry(step, now);
        vec![Effect::AskProgress { ask, asked }]
    }

    /// Moves the inquiry under way to its next step.
    fn turn_inquiry(&mut self, step: InquiryStep, now: Now) {
        match self.take() {
            State::Progress(inquiry) => {
                self.enter(State::Progress(Inquiry { step, ..inquiry }), now);
            }
            other => self.state = other,
        }
    }

    /// Asks again where the platform did not answer.
    pub(super) fn ask_again_for_progress(&mut self, now: Now) -> Vec<Effect> {
        match &self.state {
            State::Progress(Inquiry {
                step: InquiryStep::NoAnswer(asked),
                ..
            }) => {
                let asked = asked.clone();
                self.ask_progress(asked, now)
            }
            _ => vec![],
        }
    }

    pub(super) fn progress(&mut self, of: AskId, answer: ProgressAnswer, now: Now) -> Vec<Effect> {
        let asked = match &self.state {
            State::Progress(Inquiry {
                step: InquiryStep::Asking { ask, asked },
                ..
            }) if *ask == of => asked.clone(),
            _ => return vec![],
        };
        let step = match (answer, asked) {
            (ProgressAnswer::Known { found, standard }, Asked::Person { person, card, .. }) => {
                self.tries.forgive(&person.code);
                InquiryStep::Known(Known {
                    person,
                    card,
                    found,
                    standard,
                })
            }
            (ProgressAnswer::OfReceipt(progress), Asked::Receipt(_)) => {
                InquiryStep::OfReceipt(progress)
            }
            (ProgressAnswer::ForeignReceipt, Asked::Receipt(_)) => InquiryStep::Code {
                hint: Some(CodeHint::ForeignReceipt),
            },
            (
                ProgressAnswer::DoesNotMatch,
                Asked::Person {
                    person,
                    card,
                    refused,
                },
            ) => return self.refuse_inquiry(person, card, refused + 1, now),
            (
                ProgressAnswer::Wait(wait),
                Asked::Person {
                    person,
                    card,
                    refused,
                },
            ) => InquiryStep::Tail(InquiryTail {
                code: person.code,
                card,
                entry: TailEntry::refused(refused, now.mono.plus(wait)),
            }),
            (_, asked) => InquiryStep::NoAnswer(asked),
        };
        let chime = match step {
            InquiryStep::Known(_) | InquiryStep::OfReceipt(_) => Chime::Accepted,
            InquiryStep::Code { .. }
            | InquiryStep::Tail(_)
            | InquiryStep::Asking { .. }
            | InquiryStep::NoAnswer(_) => Chime::Refused,
        };
        // A confirmation holds for this code and tail only, not for later ones.
        if !matches!(step, InquiryStep::Tail(_))
            && let State::Progress(inquiry) = &mut self.state
        {
            inquiry.intent = Intent::Look;
        }
        self.turn_inquiry(step, now);
        vec![Effect::Chime(chime)]
    }

    /// Refuses a tail that does not belong to the code. As in a visit, the next try waits and the
    /// third one is the last.
    fn refuse_inquiry(
        &mut self,
        person: Person,
        card: Option<Arc<Card>>,
        refused: u8,
        now: Now,
    ) -> Vec<Effect> {
        let rests_until = self.tries.refuse(&person.code, now.mono);
        if refused >= MOST_TAILS {
            return self.wipe(State::Stopped(Stop::TooManyTails), now);
        }
        let step = InquiryStep::Tail(InquiryTail {
            code: person.code,
            card,
            entry: TailEntry {
                hint: Some(TailHint::DoesNotMatch),
                ..TailEntry::refused(refused, rests_until)
            },
        });
        self.turn_inquiry(step, now);
        vec![Effect::Chime(Chime::Refused)]
    }

    /// Asks for code and tail once more: the person before the answer need not be its owner.
    pub(super) fn confirm_standard(&mut self, now: Now) -> Vec<Effect> {
        let State::Progress(Inquiry {
            visit,
            batch,
            step: InquiryStep::Known(known),
            ..
        }) = &self.state
        else {
            return vec![];
        };
        let waits = |it: &&Progress| matches!(it.stage, Stage::ToConfirm { .. });
        let Some(id) = known.found.current().filter(waits).map(|it| it.id) else {
            return vec![];
        };
        let code = known.person.code.clone();
        let inquiry = Inquiry {
            intent: Intent::Confirm { id, code },
            ..inquiry_of(*visit, Arc::clone(batch))
        };
        self.wipe(State::Progress(inquiry), now)
    }

    /// Returns the batch of a shown photo that was not accepted, if it may be taken again. That
    /// takes a visit of its own, with the consent, code and tail of the person who sits down for
    /// it.
    pub(super) fn batch_to_retake(&self, now: Now) -> Option<Arc<Batch>> {
        let State::Progress(Inquiry {
            step: InquiryStep::Known(known),
            ..
        }) = &self.state
        else {
            return None;
        };
        let batch = &known.person.batch;
        let may = known.found.current().is_some_and(|it| may_retake(it, now));
        (may && batch.standing(now).is_ok()).then(|| Arc::clone(batch))
    }
}

/// Returns whether a photo was not accepted and the window to come again is open. Dates count only
/// by a clock that was checked.
pub fn may_retake(progress: &Progress, now: Now) -> bool {
    match &progress.stage {
        Stage::Rejected { retake_until, .. } => {
            now.trust == Trust::Unknown || retake_until.is_none_or(|until| now.wall <= until)
        }
        _ => false,
    }
}

pub(super) const fn inquiry_of(visit: CaptureId, batch: Arc<Batch>) -> Inquiry {
    Inquiry {
        visit,
        batch,
        intent: Intent::Look,
        step: InquiryStep::Code { hint: None },
        presence: Presence::NotYet,
    }
}

fn hint_at(place: &mut Option<CodeHint>, hint: CodeHint) -> Vec<Effect> {
    if place.replace(hint) == Some(hint) {
        vec![]
    } else {
        vec![Effect::Chime(Chime::Refused)]
    }
}
