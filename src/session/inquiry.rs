//! Beside a visit: how far somebody's photo has come, by code and tail, or by a receipt's states alone.

use std::{sync::Arc, time::Duration};

use super::{
    Asked, BatchEntry, Batching, Card, Chime, CodeHint, ConsentProgress, Consenting, Effect,
    Errand, Inquiry, InquiryStep, InquiryTail, Keyed, Known, MOST_TAILS, Person, Returning,
    Session, StandardPhoto, State, Stop, TailEntry, TailHint,
};
use crate::{
    capture::CaptureId,
    code::{self, Meaning, Reading},
    contract::{Batch, PersonProgress, Progress, Stage},
    time::{Now, Trust},
};

/// What the platform said about a photo, if it did.
#[derive(Debug)]
pub enum ProgressAnswer {
    Known {
        found: PersonProgress,
        /// The standard photo that waits to be confirmed, if it came and is a picture.
        standard: Option<StandardPhoto>,
    },
    /// `None` while the capture has not arrived there.
    OfReceipt(Option<Progress>),
    DoesNotMatch,
    /// Too many tails were tried at this or other booths: not before so long.
    Wait(Duration),
    /// The receipt is not one of this platform's booths.
    ForeignReceipt,
    NoAnswer,
}

impl Session {
    /// Somebody asks how far their photo has come; `visit` names the inquiry.
    pub(super) fn inquire(&mut self, visit: CaptureId, now: Now) -> Vec<Effect> {
        match (&self.state, self.pinned.clone()) {
            (State::Idle | State::Receipt(_), Some(batch)) => {
                self.wipe(inquiry_of(visit, batch), now)
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
                let step = InquiryStep::Tail(tail);
                self.enter(State::Progress(Inquiry { visit, batch, step }), now);
                vec![]
            }
            _ => vec![],
        }
    }

    pub(super) fn inquiry_scanned(&mut self, reading: Reading, now: Now) -> Vec<Effect> {
        let State::Progress(Inquiry {
            visit,
            batch,
            step: InquiryStep::Code { hint },
        }) = &mut self.state
        else {
            return vec![];
        };
        let (visit, batch) = (*visit, Arc::clone(batch));
        let (step, effect) = match code::meaning_in(&reading.bytes, &batch.code_shapes) {
            Meaning::Personal(code) => {
                let rests_until = self.tries.until(&code);
                let card = reading.card.map(|card| Arc::new(Card(card)));
                let entry = TailEntry::resting(rests_until);
                let tail = InquiryTail { code, card, entry };
                (InquiryStep::Tail(tail), None)
            }
            Meaning::Statement(statement) => {
                let asked = Asked::Receipt(statement);
                let ask = Effect::AskProgress {
                    visit,
                    asked: asked.clone(),
                };
                (InquiryStep::Asking(asked), Some(ask))
            }
            Meaning::Batch(_) => return hint_at(hint, CodeHint::ThisIsTheBatch),
            Meaning::Receipt => return hint_at(hint, CodeHint::ThisIsAReceipt),
            Meaning::Command(_) | Meaning::Ticket => {
                return hint_at(hint, CodeHint::ThisIsForStaff);
            }
            Meaning::Foreign(why) => return hint_at(hint, CodeHint::Foreign(why)),
        };
        self.enter(State::Progress(Inquiry { visit, batch, step }), now);
        let mut effects = vec![Effect::Chime(Chime::Accepted)];
        effects.extend(effect);
        effects
    }

    /// Asks by itself when the tail is complete.
    pub(super) fn inquiry_key(&mut self, key: char, now: Now) -> Vec<Effect> {
        let State::Progress(Inquiry {
            visit,
            batch,
            step: InquiryStep::Tail(tailing),
        }) = &mut self.state
        else {
            return vec![];
        };
        let tail = match tailing.entry.key(key, batch.profile.tail_rule, now.mono) {
            Keyed::GoesOn => return vec![],
            Keyed::NotATail => return vec![Effect::Chime(Chime::Refused)],
            Keyed::Whole(tail) => tail,
        };
        let asked = Asked::Person {
            person: Person {
                batch: Arc::clone(batch),
                code: tailing.code.clone(),
                tail,
            },
            card: tailing.card.clone(),
            refused: tailing.entry.refused,
        };
        let visit = *visit;
        let mut effects = self.ask_progress(visit, asked, now);
        effects.push(Effect::Chime(Chime::Accepted));
        effects
    }

    fn ask_progress(&mut self, visit: CaptureId, asked: Asked, now: Now) -> Vec<Effect> {
        let State::Progress(Inquiry { batch, .. }) = &self.state else {
            return vec![];
        };
        let batch = Arc::clone(batch);
        let step = InquiryStep::Asking(asked.clone());
        self.enter(State::Progress(Inquiry { visit, batch, step }), now);
        vec![Effect::AskProgress { visit, asked }]
    }

    /// Back from the payment to what it changed.
    pub(super) fn ask_progress_of(
        &mut self,
        visit: CaptureId,
        person: Person,
        now: Now,
    ) -> Vec<Effect> {
        let batch = Arc::clone(&person.batch);
        let asked = Asked::Person {
            person,
            card: None,
            refused: 0,
        };
        let step = InquiryStep::Asking(asked.clone());
        let mut effects = self.wipe(State::Progress(Inquiry { visit, batch, step }), now);
        effects.push(Effect::AskProgress { visit, asked });
        effects
    }

    /// Another try where the platform did not answer.
    pub(super) fn ask_again_for_progress(&mut self, now: Now) -> Vec<Effect> {
        match &self.state {
            State::Progress(Inquiry {
                visit,
                step: InquiryStep::NoAnswer(asked),
                ..
            }) => {
                let (visit, asked) = (*visit, asked.clone());
                self.ask_progress(visit, asked, now)
            }
            _ => vec![],
        }
    }

    pub(super) fn progress(
        &mut self,
        of: CaptureId,
        answer: ProgressAnswer,
        now: Now,
    ) -> Vec<Effect> {
        let (batch, asked) = match self.take() {
            State::Progress(Inquiry {
                visit,
                batch,
                step: InquiryStep::Asking(asked),
            }) if visit == of => (batch, asked),
            other => {
                self.state = other;
                return vec![];
            }
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
            ) => return self.refuse_inquiry((of, batch), person, (card, refused + 1), now),
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
            | InquiryStep::Asking(_)
            | InquiryStep::NoAnswer(_) => Chime::Refused,
        };
        let visit = of;
        self.enter(State::Progress(Inquiry { visit, batch, step }), now);
        vec![Effect::Chime(chime)]
    }

    /// A tail that does not belong to the code: as in a visit, the next try waits, and the third one is the last.
    fn refuse_inquiry(
        &mut self,
        (visit, batch): (CaptureId, Arc<Batch>),
        person: Person,
        (card, refused): (Option<Arc<Card>>, u8),
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
        self.enter(State::Progress(Inquiry { visit, batch, step }), now);
        vec![Effect::Chime(Chime::Refused)]
    }

    /// The sitter's own yes to the platform's standard photo; the answer tells what stands then.
    pub(super) fn confirm_standard(&mut self, now: Now) -> Vec<Effect> {
        let State::Progress(Inquiry {
            visit,
            batch,
            step: InquiryStep::Known(known),
        }) = &self.state
        else {
            return vec![];
        };
        let waits = |it: &&Progress| matches!(it.stage, Stage::ToConfirm { .. });
        let Some(id) = known.found.current().filter(waits).map(|it| it.id) else {
            return vec![];
        };
        let (visit, batch, person) = (*visit, Arc::clone(batch), known.person.clone());
        let step = InquiryStep::Asking(Asked::Person {
            person: person.clone(),
            card: known.card.clone(),
            refused: 0,
        });
        self.enter(State::Progress(Inquiry { visit, batch, step }), now);
        vec![Effect::ConfirmStandard { visit, id, person }]
    }

    /// Who looked up a photo that was not accepted takes it again: consent is given anew, code and tail are known.
    pub(super) fn take_again(&mut self, visit: CaptureId, now: Now) -> Option<State> {
        let State::Progress(Inquiry {
            step: InquiryStep::Known(known),
            ..
        }) = &self.state
        else {
            return None;
        };
        let batch = Arc::clone(&known.person.batch);
        batch.standing(now).ok()?;
        let rejected = known.found.current().filter(|it| may_retake(it, now))?;
        Some(State::Consent(Consenting {
            visit,
            batch,
            progress: ConsentProgress::Nothing,
            reading_full_text: false,
            known: Some(Box::new(Returning {
                person: known.person.clone(),
                card: known.card.clone(),
                supersedes: rejected.id,
            })),
        }))
    }
}

/// Whether a photo was not accepted, and the window to come again is open. Dates count only by a clock that was checked.
pub fn may_retake(progress: &Progress, now: Now) -> bool {
    match &progress.stage {
        Stage::Rejected { retake_until, .. } => {
            now.trust == Trust::Unknown || retake_until.is_none_or(|until| now.wall <= until)
        }
        _ => false,
    }
}

pub(super) const fn inquiry_of(visit: CaptureId, batch: Arc<Batch>) -> State {
    State::Progress(Inquiry {
        visit,
        batch,
        step: InquiryStep::Code { hint: None },
    })
}

fn hint_at(place: &mut Option<CodeHint>, hint: CodeHint) -> Vec<Effect> {
    if place.replace(hint) == Some(hint) {
        vec![]
    } else {
        vec![Effect::Chime(Chime::Refused)]
    }
}
