//! One face track from the last key of the tail to the end: the person in the seat is the one who
//! typed it.
//!
//! Tracking by place and time, never recognition. See `docs/ARCHITECTURE.md`, "Whose visit it is".

use std::time::Duration;

use super::{
    ABSENCE, Asked, Chime, CodeHint, Coding, Effect, Flawed, Framing, Helping, Inquiry,
    InquiryStep, InquiryTail, Known, Preparing, Presence, Reviewing, Session, Standardising, State,
    TailEntry, TailHint, Tailing, Typed,
};
use crate::{
    code::PersonalCode,
    guidance::Sight,
    time::{Mono, Now},
};

/// Returns the track after one more sight, or `None` when somebody else is in the chair. A person
/// still walking to the chair is not in it.
pub(super) fn follow(presence: Presence, sight: &Sight, now: Mono) -> Option<Presence> {
    match (presence, sight.track) {
        (Presence::NotYet, Some(track)) if sight.analysis.is_seated() => {
            Some(Presence::Here { track })
        }
        (Presence::NotYet | Presence::Vouched, _) => Some(presence),
        (Presence::Here { track }, None) => Some(Presence::Away { track, since: now }),
        (away @ Presence::Away { .. }, None) => Some(away),
        (Presence::Here { track } | Presence::Away { track, .. }, Some(seen)) => {
            (track == seen).then_some(Presence::Here { track })
        }
    }
}

/// Returns the track of a person at whom the camera did not look until `now`.
pub(super) const fn unseen(presence: Presence, now: Mono) -> Presence {
    match presence {
        Presence::Here { track } => Presence::Away { track, since: now },
        Presence::NotYet | Presence::Away { .. } | Presence::Vouched => presence,
    }
}

/// Returns whether the chair has been empty for too long.
fn left_the_chair(presence: Presence, now: Mono) -> bool {
    away_for(presence, now) >= ABSENCE
}

pub(super) const fn away_for(presence: Presence, now: Mono) -> Duration {
    match presence {
        Presence::Away { since, .. } => now.since(since),
        Presence::NotYet | Presence::Here { .. } | Presence::Vouched => Duration::ZERO,
    }
}

impl Session {
    /// Follows the face through one more sight. Returns the effects of leaving the step if it is
    /// over.
    pub(super) fn follow_on(&mut self, sight: &Sight, now: Now) -> Option<Vec<Effect>> {
        let presence = self.state.presence_mut()?;
        let before = *presence;
        match follow(before, sight, now.mono) {
            Some(still) if !left_the_chair(still, now.mono) => *presence = still,
            Some(_) | None => return Some(self.interrupted(now)),
        }

        let is_first = before == Presence::NotYet && *presence != Presence::NotYet;
        (is_first && self.tail_entry_mut().is_none()).then(|| self.ask_tail_from_the_chair(now))
    }

    /// Ends a step whose chair has been empty for too long.
    pub(super) fn end_if_left(&mut self, now: Now) -> Option<Vec<Effect>> {
        let presence = *self.state.presence_mut()?;
        left_the_chair(presence, now.mono).then(|| self.interrupted(now))
    }

    /// Takes what is personal off the screen, since the chair is empty or somebody else sits there;
    /// only code and tail lead back to it.
    fn interrupted(&mut self, now: Now) -> Vec<Effect> {
        if let Some(entry) = self.tail_entry_mut() {
            if !entry.typed.is_empty() {
                entry.typed = Typed::default();
                entry.hint = Some(TailHint::FromTheChair);
            }
            if let Some(presence) = self.state.presence_mut() {
                *presence = Presence::NotYet;
            }
            return vec![];
        }
        match self.state {
            State::Progress(_) => self.wipe(State::Idle, now),
            _ => self.ask_again(now),
        }
    }

    /// Returns the tail that is being typed, in a visit or beside one.
    const fn tail_entry_mut(&mut self) -> Option<&mut TailEntry> {
        match &mut self.state {
            State::Tail(Tailing { entry, .. })
            | State::Progress(Inquiry {
                step: InquiryStep::Tail(InquiryTail { entry, .. }),
                ..
            }) => Some(entry),
            _ => None,
        }
    }

    fn ask_again(&mut self, now: Now) -> Vec<Effect> {
        let scanned = match self.take() {
            State::Prepare(Preparing { sitter, .. })
            | State::Framing(Framing { sitter, .. })
            | State::Standardising(Standardising { sitter, .. })
            | State::Flawed(Flawed { sitter, .. })
            | State::Help(Helping { sitter, .. })
            | State::Review(Reviewing { sitter, .. }) => sitter.scanned,
            other => {
                self.state = other;
                return vec![];
            }
        };
        self.enter(
            State::Code(Coding {
                visitor: scanned.visitor.clone(),
                hint: Some(CodeHint::ScanAgain),
                returning: Some(Box::new(scanned)),
            }),
            now,
        );
        vec![Effect::Forget, Effect::Chime(Chime::Refused)]
    }

    /// Asks for the tail once more: the first face that keeps still was not there when it was
    /// typed, so this person types it from the chair.
    pub(super) fn ask_tail_from_the_chair(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Prepare(Preparing { sitter, presence })
            | State::Framing(Framing {
                sitter, presence, ..
            }) => {
                let entry = self.entry_from_the_chair(&sitter.scanned.code, sitter.refused_tails);
                self.enter(
                    State::Tail(Tailing {
                        presence,
                        ..Tailing::of(sitter.scanned, entry)
                    }),
                    now,
                );
            }
            State::Progress(mut inquiry) => {
                let (code, card, refused) = match inquiry.step {
                    InquiryStep::Known(Known { person, card, .. }) => (person.code, card, 0),
                    InquiryStep::Asking { asked, .. } | InquiryStep::NoAnswer(asked) => {
                        let Asked::Person {
                            person,
                            card,
                            refused,
                        } = asked
                        else {
                            return self.wipe(State::Idle, now);
                        };
                        (person.code, card, refused)
                    }
                    InquiryStep::Code { .. } | InquiryStep::Tail(_) | InquiryStep::OfReceipt(_) => {
                        return self.wipe(State::Idle, now);
                    }
                };
                let entry = self.entry_from_the_chair(&code, refused);
                inquiry.step = InquiryStep::Tail(InquiryTail { code, card, entry });
                self.enter(State::Progress(inquiry), now);
            }
            other => {
                self.state = other;
                return vec![];
            }
        }
        vec![Effect::Forget, Effect::Chime(Chime::Refused)]
    }

    fn entry_from_the_chair(&self, code: &PersonalCode, refused: u8) -> TailEntry {
        TailEntry {
            hint: Some(TailHint::FromTheChair),
            refused,
            ..TailEntry::resting(self.tries.until(code))
        }
    }
}
