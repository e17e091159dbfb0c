//! What to say to the sitter: one advice at a time.

use std::sync::Arc;

use crate::{
    analysis::Analysis,
    lang::Text,
    layout::{Crop, Placed},
    profile::Profile,
};

/// One analysed frame and what was judged of it.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The continuous face track, while a face is in the picture.
    pub track: Option<u32>,
    pub verdict: Verdict,
    pub analysis: Arc<Analysis>,
}

impl Sight {
    /// Whether this is the frame to take rather than `other`: more room inside the bands.
    pub fn is_better_than(&self, other: &Self) -> bool {
        match (&self.verdict, &other.verdict) {
            (Verdict::Good(this), Verdict::Good(other)) => this.margin > other.margin,
            (Verdict::Good(_), Verdict::Advice(_)) => true,
            (Verdict::Advice(_), _) => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Good(Good),
    Advice(Advice),
}

/// A frame that may be taken, and how it would be cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Good {
    pub crop: Crop,
    pub placed: Placed,
    pub margin: f32,
}

/// The one thing that matters most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    NoFace,
    Closer,
}

impl Advice {
    pub const fn sentence(self) -> Text {
        Text::new("", "")
    }
}

/// The best crop of a frame, if there is one at all, whatever else is wrong.
pub const fn crop_of(_analysis: &Analysis, _profile: &Profile) -> Option<Crop> {
    None
}
