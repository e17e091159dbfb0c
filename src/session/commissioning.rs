//! Setting the booth up step by step, and the short daily check: can the camera's picture be
//! trusted here and now?

use std::sync::Arc;

use super::{
    Chime, Effect,
    desk::{Chore, WAY_TO_THE_CHAIR},
};
use crate::{booth::seat::Seat, portrait::Standardised, time::Mono};

/// How far the operator has come.
#[derive(Debug, Default)]
pub struct Commissioning {
    pub round: Round,
    pub step: Step,
    /// Whether the last measurement that was asked for has been answered.
    pub found: Found,
    /// When the trial picture will be taken.
    pub shutter_at: Option<Mono>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Round {
    /// Chart and trial picture, for a booth that stood overnight.
    #[default]
    Short,
    /// Everything, for a booth that was set up here.
    Whole,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// Which of the two rounds to run.
    #[default]
    Choice,
    /// Is this the booth's camera, and is its picture whole?
    Camera,
    /// Is printed text the right way round in the picture?
    Chart,
    /// Which sitters the seat serves, and the light there.
    Seat,
    /// Exposure and white balance stay as they are now.
    Lock,
    /// A picture of the empty booth.
    Plate,
    /// A portrait of a member of staff, judged as a visitor's is.
    Shot,
    /// Done and recorded.
    Done,
}

impl Round {
    pub const fn steps(self) -> &'static [Step] {
        match self {
            Self::Short => &[Step::Chart, Step::Shot, Step::Done],
            Self::Whole => &[
                Step::Camera,
                Step::Chart,
                Step::Seat,
                Step::Lock,
                Step::Plate,
                Step::Shot,
                Step::Done,
            ],
        }
    }
}

/// What the step's question brought.
#[derive(Debug, Default)]
pub enum Found {
    #[default]
    Nothing,
    /// A measurement is running.
    Asking,
    /// The text on the chart is mirrored.
    Mirrored,
    Measured(Measured),
}

/// What the booth measured for a step.
#[derive(Debug)]
pub enum Measured {
    /// The plugged-in camera became the booth's own, or why it did not.
    Camera(Result<(), NotLocked>),
    Seat(Result<Seat, NoPicture>),
    /// The values at which the camera was locked, or why it was not.
    Lock(Result<Vec<Locked>, NotLocked>),
    Plate(Result<(), NoPlate>),
    Shot(Result<Arc<Standardised>, NoShot>),
}

/// The camera shows nothing at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPicture;

/// Why a camera was not locked or not made the booth's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotLocked {
    /// The booth plays pictures of another source than a USB camera.
    OtherSource,
    /// The configuration names the camera itself.
    Named,
    NotPlugged,
    Several,
    NoPicture,
    /// The camera does not report its controls, or they cannot be fixed.
    NotKept,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlate {
    NoPicture,
    SomebodyThere,
    NotKept,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoShot {
    NoPicture,
    /// No face was found, or it cannot be cropped to the standard's measures.
    NotCut,
}

/// One of the camera's controls; `None` where the camera has no such control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locked {
    pub control: Control,
    pub value: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    Exposure,
    WhiteBalance,
    Focus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckTouch {
    Begin(Round),
    /// This step is fine, or is left out.
    Next,
    Mirrored,
    /// Measure what this step checks.
    Measure,
}

impl Commissioning {
    pub(super) fn apply(&mut self, touch: CheckTouch, now: Mono) -> Vec<Effect> {
        match touch {
            CheckTouch::Begin(round) if self.step == Step::Choice => {
                self.round = round;
                self.go_on()
            }
            CheckTouch::Next if self.may_go_on() => self.go_on(),
            CheckTouch::Mirrored if self.step == Step::Chart => {
                self.found = Found::Mirrored;
                vec![Effect::Chime(Chime::Refused)]
            }
            CheckTouch::Measure if !matches!(self.found, Found::Asking) => self.measure(now),
            CheckTouch::Begin(_)
            | CheckTouch::Next
            | CheckTouch::Mirrored
            | CheckTouch::Measure => vec![],
        }
    }

    /// Returns whether the next step may begin: not after a mirrored picture or a refused one.
    pub fn may_go_on(&self) -> bool {
        match (self.step, &self.found) {
            (Step::Choice | Step::Done, _) | (_, Found::Asking | Found::Mirrored) => false,
            (Step::Shot, found) => {
                matches!(found, Found::Measured(Measured::Shot(Ok(shot))) if shot.passes())
            }
            (Step::Camera | Step::Chart | Step::Seat | Step::Lock | Step::Plate, _) => true,
        }
    }

    fn go_on(&mut self) -> Vec<Effect> {
        let steps = self.round.steps();
        let at = steps.iter().position(|step| *step == self.step);
        let next = at.map_or(0, |at| at + 1);
        self.step = steps.get(next).copied().unwrap_or(Step::Done);
        self.found = Found::Nothing;
        self.shutter_at = None;
        let mut effects = vec![Effect::Forget];
        if self.step == Step::Done {
            effects.push(Effect::Chore(Chore::NoteCheck));
        }
        effects
    }

    fn measure(&mut self, now: Mono) -> Vec<Effect> {
        let chore = match self.step {
            Step::Camera => Chore::AcceptCamera,
            Step::Seat => Chore::LookAtSeat,
            Step::Lock => Chore::LockCamera,
            Step::Plate => Chore::TakePlate,
            Step::Shot => {
                self.found = Found::Asking;
                self.shutter_at = Some(now.plus(WAY_TO_THE_CHAIR));
                return vec![Effect::Forget];
            }
            Step::Chart => {
                // Checked again after the camera was turned.
                self.found = Found::Nothing;
                return vec![];
            }
            Step::Choice | Step::Done => return vec![],
        };
        self.found = Found::Asking;
        vec![Effect::Chore(chore)]
    }

    /// Returns whether the trial picture is due; true only once.
    pub(super) fn shutter_is_due(&mut self, now: Mono) -> bool {
        self.shutter_at.take_if(|at| now >= *at).is_some()
    }

    /// Takes an answer in; one that belongs to an earlier step is dropped.
    pub(super) fn take_in(&mut self, measured: Measured) {
        let of = match measured {
            Measured::Camera(_) => Step::Camera,
            Measured::Seat(_) => Step::Seat,
            Measured::Lock(_) => Step::Lock,
            Measured::Plate(_) => Step::Plate,
            Measured::Shot(_) => Step::Shot,
        };
        if of == self.step {
            self.found = Found::Measured(measured);
        }
    }
}
