//! Calling staff to the booth, from any screen of a student. A call names nobody and ends nothing:
//! the visit stays where it is.

use std::time::Duration;

use super::{Chime, Effect, Session, State, desk::Gate};
use crate::time::{Mono, Now, Wall};

/// How soon a call may ring again: pressing harder brings nobody sooner.
pub const RINGS_AGAIN: Duration = Duration::from_secs(30);
/// How long the screen says that staff have been called.
pub const CONFIRMED: Duration = Duration::from_secs(6);

/// Staff were called, and have not come since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffCall {
    /// When it rang last.
    pub at: Wall,
    rang: Mono,
}

impl StaffCall {
    /// Returns how long ago it rang.
    pub fn age(&self, now: Mono) -> Duration {
        now.since(self.rang)
    }
}

impl State {
    /// Returns whether students use this screen, so that they may call staff to it.
    pub const fn may_call_staff(&self) -> bool {
        match self {
            Self::Staff(_) => false,
            Self::Help(helping) => matches!(helping.gate, Gate::Locked(_)),
            Self::Idle
            | Self::Batch(_)
            | Self::Consent(_)
            | Self::Code(_)
            | Self::Replace(_)
            | Self::Tail(_)
            | Self::Prepare(_)
            | Self::Framing(_)
            | Self::Standardising(_)
            | Self::Flawed(_)
            | Self::Review(_)
            | Self::Saving(_)
            | Self::Contact(_)
            | Self::Payment(_)
            | Self::Receipt(_)
            | Self::Progress(_)
            | Self::Stopped(_)
            | Self::Blocked(_) => true,
        }
    }
}

impl Session {
    /// Returns the call that staff have not come to yet.
    pub const fn staff_call(&self) -> Option<StaffCall> {
        self.staff_call
    }

    /// Rings for staff. A person who waits for them is given more time; the booth's own work is
    /// not, since it does not depend on them.
    pub(super) fn ask_for_staff(&mut self, now: Now) -> Vec<Effect> {
        if !self.state.may_call_staff() {
            return vec![];
        }
        let rings = self.ring(now);
        let works = matches!(self.state, State::Standardising(_) | State::Saving(_));
        if !rings.is_empty() && !works {
            self.begin_deadline(now);
            self.wait_on(now);
        }
        rings
    }

    /// Rings, unless it rang a moment ago.
    pub(super) fn ring(&mut self, now: Now) -> Vec<Effect> {
        let rang = self.staff_call.map(|call| call.age(now.mono));
        if rang.is_some_and(|age| age < RINGS_AGAIN) {
            return vec![];
        }
        self.staff_call = Some(StaffCall {
            at: now.wall,
            rang: now.mono,
        });
        vec![Effect::Chime(Chime::CallStaff)]
    }
}
