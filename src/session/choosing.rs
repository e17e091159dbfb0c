//! Several pictures of one hold, from which their owner chooses, where the batch offers a choice.

use std::sync::Arc;

use super::{Effect, Reviewing, Session, State};
use crate::{analysis::Face, guidance::Sight, portrait::Standardised, time::Now};

/// Most frames of a hold that are remembered: it lasts less than a second.
const MOST_REMEMBERED: usize = 24;
/// How much two pictures differ at least in one of these to be a choice: an angle of the head, a
/// corner of the mouth (as [`Face::smile`]), the lids (as [`Face::eyes_open`]). Below that nobody
/// sees which is which.
const ANGLE_DEG: f32 = 1.5;
const SMILE: f32 = 0.012;
const LIDS: f32 = 0.03;

fn look_alike(this: &Sight, other: &Sight) -> bool {
    match (&this.analysis.face, &other.analysis.face) {
        (Some(this), Some(other)) => are_alike(this, other),
        // Without faces nothing shows a difference.
        _ => true,
    }
}

fn are_alike(this: &Face, other: &Face) -> bool {
    let apart = |a: f32, b: f32, least: f32| (a - b).abs() >= least;
    let (pose, other_pose) = (this.pose, other.pose);
    !(apart(pose.roll_deg, other_pose.roll_deg, ANGLE_DEG)
        || apart(pose.yaw_deg, other_pose.yaw_deg, ANGLE_DEG)
        || apart(pose.pitch_deg, other_pose.pitch_deg, ANGLE_DEG)
        || apart(this.smile, other.smile, SMILE)
        || apart(this.eyes_open, other.eyes_open, LIDS))
}

/// The good frames of a hold.
#[derive(Debug, Default)]
pub struct Candidates(Vec<Sight>);

impl Candidates {
    pub(super) fn add(&mut self, sight: &Sight) {
        if self.0.len() < MOST_REMEMBERED {
            self.0.push(sight.clone());
        }
    }

    /// Returns at most `most` frames that differ from each other, the best one first.
    pub(super) fn different(mut self, most: usize) -> Vec<Sight> {
        self.0.sort_by(|a, b| {
            let is_better = b.is_better_than(a);
            is_better.cmp(&a.is_better_than(b))
        });
        let mut chosen: Vec<Sight> = Vec::new();
        for sight in self.0 {
            let is_new = !chosen.iter().any(|earlier| look_alike(earlier, &sight));
            if is_new && chosen.len() < most {
                chosen.push(sight);
            }
        }
        chosen
    }
}

/// What is made of one hold: the pictures that passed, best first, and the frames still to be made.
#[derive(Debug, Default)]
pub struct Burst {
    pub(super) made: Vec<Arc<Standardised>>,
    /// In reverse: the next one is last.
    pub(super) rest: Vec<Sight>,
}

impl Burst {
    /// Plans to make these frames, in this order.
    pub(super) fn of(mut rest: Vec<Sight>) -> Self {
        rest.reverse();
        Self { made: vec![], rest }
    }
}

impl Reviewing {
    /// Returns whether one of several pictures is still to be chosen.
    pub const fn is_choice(&self) -> bool {
        !self.others.is_empty()
    }

    /// Returns the pictures to choose from, best first.
    pub fn pictures(&self) -> impl Iterator<Item = &Arc<Standardised>> {
        std::iter::once(&self.portrait).chain(&self.others)
    }
}

impl Session {
    /// Chooses one of the pictures; the others are gone at once.
    pub(super) fn pick(&mut self, which: usize, now: Now) -> Vec<Effect> {
        let State::Review(reviewing) = &mut self.state else {
            return vec![];
        };
        let chosen = reviewing.pictures().nth(which).map(Arc::clone);
        if let Some(chosen) = chosen.filter(|_| reviewing.is_choice()) {
            reviewing.portrait = chosen;
            reviewing.others.clear();
            self.renew_patience(now);
        }
        vec![]
    }
}
