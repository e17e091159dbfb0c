//! A head that no model finds: staff take a still and mark on it where the head is. The picture is
//! cropped by those marks. There is no face track to follow, so the operator who marked it vouches
//! for the sitter.

use std::sync::Arc;

use super::{
    Case, Chime, Effect, Framing, Helping, Presence, Session, State,
    desk::{Gate, Lock},
    sitting::Taken,
};
use crate::{
    geometry::Point,
    guidance::Sight,
    layout::{self, Crop, Head, Infeasible},
    profile::Bands,
    time::Now,
};

/// What is marked, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Crown,
    /// The point midway between the eyes.
    Eyes,
    Chin,
}

impl Mark {
    pub const ALL: [Self; 3] = [Self::Crown, Self::Eyes, Self::Chin];
}

#[derive(Debug, Default)]
pub struct Marking {
    /// The camera's newest picture, until one is taken as the still.
    newest: Option<Sight>,
    pub still: Option<Sight>,
    /// In the order of [`Mark::ALL`], in px of the still.
    pub points: Vec<Point>,
}

impl Marking {
    /// Returns what to mark next; `None` once everything is marked and can only be moved.
    pub fn next(&self) -> Option<Mark> {
        Mark::ALL.get(self.points.len()).copied()
    }

    pub(super) fn saw(&mut self, sight: Sight) {
        self.newest = Some(sight);
    }

    fn put(&mut self, at: Point) {
        if self.next().is_some() {
            self.points.push(at);
            return;
        }
        let distance = |point: &&mut Point| point.distance(at);
        let nearest = self
            .points
            .iter_mut()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)));
        if let Some(nearest) = nearest {
            *nearest = at;
        }
    }

    /// Returns the marked head and its crop, once everything is marked and in order from top to
    /// bottom.
    pub fn solved(&self, bands: &Bands) -> Option<(Head, Result<Crop, Infeasible>)> {
        let ([crown, eyes, chin], Some(still)) = (self.points.as_slice(), &self.still) else {
            return None;
        };
        let head = Head::marked(*crown, *eyes, *chin)?;
        Some((
            head,
            layout::solve(&head, bands, still.analysis.frame.size()),
        ))
    }
}

impl Session {
    /// Returns the page on which staff mark a still, if it is open and they may use it.
    fn marking(&mut self) -> Option<&mut Marking> {
        match &mut self.state {
            State::Help(Helping {
                case: Case::Unseen(marking),
                gate: Gate::Open(_),
                ..
            }) => Some(marking),
            _ => None,
        }
    }

    /// Calls staff to a sitter whom the manual button could not take.
    pub(super) fn call_to_mark(&mut self, framing: Framing, now: Now) {
        self.enter(
            State::Help(Helping {
                sitter: framing.sitter,
                presence: Presence::Vouched,
                gate: Gate::Locked(Lock::default()),
                case: Case::Unseen(Marking::default()),
            }),
            now,
        );
    }

    /// Takes the newest picture as the one to mark, also in place of an earlier still.
    pub(super) fn take_still(&mut self, now: Now) -> Vec<Effect> {
        let Some(marking) = self.marking() else {
            return vec![];
        };
        let Some(still) = marking.newest.take() else {
            return vec![Effect::Chime(Chime::Refused)];
        };
        *marking = Marking {
            still: Some(still),
            ..Marking::default()
        };
        self.renew_patience(now);
        vec![Effect::Chime(Chime::Shutter)]
    }

    /// Marks the next part of the head; `x` and `y` are in px of the still.
    pub(super) fn mark(&mut self, x: u32, y: u32, now: Now) -> Vec<Effect> {
        if let Some(marking) = self.marking()
            && marking.still.is_some()
        {
            marking.put(Point::new(x as f32, y as f32));
            self.renew_patience(now);
        }
        vec![]
    }

    pub(super) fn unmark(&mut self) -> Vec<Effect> {
        if let Some(marking) = self.marking() {
            marking.points.clear();
        }
        vec![]
    }

    /// Crops the still by its marks. If that is impossible the page has already said why.
    pub(super) fn marked(&mut self, now: Now) -> Vec<Effect> {
        let batch = self.state.batch().map(Arc::clone);
        let (Some(batch), Some(marking)) = (batch, self.marking()) else {
            return vec![];
        };
        let solved = marking.solved(&batch.profile.bands);
        match (solved, marking.still.clone()) {
            (Some((head, Ok(crop))), Some(still)) => self.cut_by_hand(still, head, crop, now),
            _ => vec![Effect::Chime(Chime::Refused)],
        }
    }

    fn cut_by_hand(&mut self, sight: Sight, head: Head, crop: Crop, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Help(Helping {
                sitter,
                presence,
                gate: Gate::Open(operator),
                ..
            }) => {
                let taken = Taken {
                    marked: Some(head),
                    ..Taken::vouched(sight, crop, operator)
                };
                vec![self.make(sitter, presence, taken, now)]
            }
            other => {
                self.state = other;
                vec![]
            }
        }
    }
}
