//! Practice for staff: a visit like any other, under a code that is nobody's, whose photo voids
//! itself as soon as it is saved.

use std::time::Duration;

use super::{Chore, Effect, Session, State};
use crate::{
    capture::CaptureId,
    contract::{Change, VoidCause},
    time::{Mono, Now},
};

/// Practice that nobody ends is over after this time, so that no student's photo is voided.
const LASTS: Duration = Duration::from_mins(30);

/// Whether visits are practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Practice {
    On,
    Off,
}

impl Session {
    /// Returns whether the visit on the screen, or the next one, is practice.
    pub const fn practises(&self) -> bool {
        self.practice_ends.is_some()
    }

    /// Begins or ends practice; only staff's pages do, so never in the middle of a visit.
    pub(super) fn practise(&mut self, practice: Practice, now: Mono) {
        self.practice_ends = match practice {
            Practice::On => Some(now.plus(LASTS)),
            Practice::Off => None,
        };
    }

    /// Ends practice between two visits once its time is up.
    pub(super) fn end_practice(&mut self, now: Now) {
        let is_over = self.practice_ends.is_some_and(|end| now.mono >= end);
        if is_over && matches!(self.state, State::Idle) {
            self.practice_ends = None;
        }
    }

    /// Returns what voids a capture that was just saved, if it was practice.
    pub(super) fn void_practice(&self, id: CaptureId) -> Option<Effect> {
        let void = Chore::Amend(id, Change::Voided(VoidCause::Trial));
        self.practises().then_some(Effect::Chore(void))
    }
}
