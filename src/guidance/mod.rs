//! Decides what to say to the sitter: good, or the one advice that matters most.
//!
//! The guide runs the same checks as the final file ([`checks::of_face`]), only more strictly, over
//! the same geometry ([`layout::solve`]). A frame is called good only if it has its own fresh mask.

mod advice;
mod level;
mod patience;
mod saying;

use std::{fmt, sync::Arc};

use crate::{
    analysis::{Analysis, Crown, Face, sampling::luma},
    checks::{self, Check, Strictness, head_of},
    geometry::Size,
    layout::{self, Crop, Infeasible, Placed},
    profile::{CheckId, Glasses, Profile, Replacement},
};

pub use advice::{Advice, Arrow, Stage};
pub use patience::Guide;
pub use saying::{Saying, Told};

use level::Level;

/// Seat, lamps and lens are aimed at the middle of the frame; farther off than this share of its
/// width, light and lens no longer fit.
const OFF_CENTRE: f32 = 0.12;

/// One analysed frame and its verdict.
#[derive(Clone)]
pub struct Sight {
    /// The continuous face track, while a face is in the picture.
    pub track: Option<u32>,
    pub verdict: Verdict,
    /// Everything that should be different, the most blocking first.
    pub asks: Vec<Advice>,
    /// The guide lines that are already right.
    pub right: Vec<Line>,
    pub analysis: Arc<Analysis>,
}

impl Sight {
    /// Returns whether this frame asks for `advice`, first or among others.
    pub fn asks_for(&self, advice: Advice) -> bool {
        self.verdict == Verdict::Advice(advice) || self.asks.contains(&advice)
    }

    /// Returns the crop of a frame that may be taken.
    pub const fn crop(&self) -> Option<Crop> {
        match &self.verdict {
            Verdict::Good(good) => Some(good.crop),
            Verdict::Advice(_) => None,
        }
    }

    /// Returns whether this frame is better to take than `other`: more room inside the bands.
    pub fn is_better_than(&self, other: &Self) -> bool {
        match (&self.verdict, &other.verdict) {
            (Verdict::Good(this), Verdict::Good(other)) => this.margin > other.margin,
            (Verdict::Good(_), Verdict::Advice(_)) => true,
            (Verdict::Advice(_), _) => false,
        }
    }
}

impl fmt::Debug for Sight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sight of {:?}: {:?}", self.analysis.frame, self.verdict)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Good(Good),
    Advice(Advice),
}

/// A frame that may be taken, and its crop.
#[derive(Clone, Debug, PartialEq)]
pub struct Good {
    pub crop: Crop,
    pub placed: Placed,
    /// Room inside the bands and the pose limits, 0 (at a limit) ..=1.
    pub margin: f32,
}

/// A guide line on the preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    Crown,
    Eyes,
    Oval,
    Centre,
}

/// One frame, judged by the limits of one strictness.
struct Judged {
    solved: Result<(Crop, Placed), Infeasible>,
    checks: Vec<Check>,
}

impl Judged {
    fn new(analysis: &Analysis, profile: &Profile, strictness: Strictness) -> Self {
        let solved = solve(analysis, profile);
        let placed = solved.as_ref().ok().map(|(_, placed)| placed);
        Self {
            checks: checks::of_face(analysis, placed, profile, strictness),
            solved,
        }
    }

    fn asks(&self, analysis: &Analysis, profile: &Profile) -> Vec<Advice> {
        let solved = self.solved.as_ref().map_err(|why| *why);
        asks(analysis, solved, &self.checks, profile)
    }
}

/// Judges one frame by the limits of one strictness. `previous` is the verdict of the previous
/// frame; `level` is the sitter's own and learns from this frame.
fn see(
    strictness: Strictness,
    analysis: &Arc<Analysis>,
    profile: &Profile,
    previous: Option<&Verdict>,
    level: &mut Level,
) -> Sight {
    let track = analysis.face.as_ref().map(|_| analysis.track);
    let mut judged = Judged::new(analysis, profile, strictness);
    level.learn(track, &judged.checks, analysis.frame.at);
    level.apply(&mut judged.checks, profile);
    let asks = judged.asks(analysis, profile);
    let right = right_lines(analysis, &judged.checks);
    let verdict = match asks.first() {
        Some(advice) => Verdict::Advice(*advice),
        None if !analysis.mask_is_own() => unjudged(previous),
        None => good(&judged),
    };
    Sight {
        track,
        verdict,
        asks,
        right,
        analysis: Arc::clone(analysis),
    }
}

/// Returns the next strictness: a good frame stays good until it clearly is not.
const fn strictness_after(previous: Option<&Verdict>) -> Strictness {
    match previous {
        Some(Verdict::Good(_)) => Strictness::Staying,
        Some(Verdict::Advice(_)) | None => Strictness::Entering,
    }
}

/// Returns the best crop of a frame, if there is one, whatever else is wrong.
pub fn crop_of(analysis: &Analysis, profile: &Profile) -> Option<Crop> {
    solve(analysis, profile).ok().map(|(crop, _)| crop)
}

/// Finds the crop of the face in a picture, and where it puts the head.
pub fn solve(analysis: &Analysis, profile: &Profile) -> Result<(Crop, Placed), Infeasible> {
    let head = analysis
        .face
        .as_ref()
        .and_then(head_of)
        .ok_or(Infeasible::Proportions)?;
    let crop = layout::solve(&head, &profile.bands, analysis.frame.size())?;
    Ok((crop, crop.place(&head)))
}

/// Returns the verdict on a frame with nothing wrong but without a mask of its own: the previous
/// advice, else to hold still.
fn unjudged(previous: Option<&Verdict>) -> Verdict {
    match previous {
        Some(Verdict::Advice(advice)) => Verdict::Advice(*advice),
        Some(Verdict::Good(_)) | None => Verdict::Advice(Advice::HoldStill),
    }
}

fn good(judged: &Judged) -> Verdict {
    match judged.solved {
        Ok((crop, placed)) => Verdict::Good(Good {
            crop,
            placed,
            margin: margin(&judged.checks),
        }),
        Err(_) => Verdict::Advice(Advice::WholeHead),
    }
}

/// Returns the smallest room inside any two-sided limit.
fn margin(checks: &[Check]) -> f32 {
    checks
        .iter()
        .filter_map(|check| {
            let (min, max, value) = (check.limit.min?, check.limit.max?, check.value?);
            (max > min).then(|| crate::profile::Band::new(min, max).margin(value))
        })
        .fold(1.0, f32::min)
}

/// Lists what should be different, the most blocking first. With a group, a cut-off head or a head
/// without a crop nothing else is asked for.
fn asks(
    analysis: &Analysis,
    solved: Result<&(Crop, Placed), Infeasible>,
    checks: &[Check],
    profile: &Profile,
) -> Vec<Advice> {
    let Some(face) = &analysis.face else {
        return vec![before_the_sitter(analysis, profile)];
    };
    let fails = |id: CheckId| {
        checks
            .iter()
            .find(|check| check.id == id && check.refuses())
    };
    if fails(CheckId::OneFace).is_some() {
        return vec![Advice::SeveralFaces];
    }
    match solved {
        Err(why) => return vec![not_solved(why, face)],
        Ok((_, placed)) if fails(CheckId::HeadWhole).is_some() => {
            return vec![if placed.crown_px < 0.0 {
                Advice::SitLower
            } else {
                Advice::WholeHead
            }];
        }
        Ok(_) => {}
    }
    let turns = TURNS
        .iter()
        .filter_map(|(id, low, high)| fails(*id).map(|check| by_sign(check, *low, *high)));
    let rest = REST
        .iter()
        .filter_map(|(id, advice)| fails(*id).map(|_| within(*advice, profile)));
    off_centre(face, analysis.frame.size())
        .into_iter()
        .chain(turns)
        .chain(rest)
        .chain(wall(checks, profile))
        .collect()
}

/// Adapts advice to the profile: where the batch allows no glasses, glare means taking them off
/// rather than tipping them.
fn within(advice: Advice, profile: &Profile) -> Advice {
    if advice == Advice::TipGlasses && profile.glasses == Glasses::Never {
        Advice::NoGlasses
    } else {
        advice
    }
}

/// Two-sided checks, the most blocking first: the advice below the limit's middle and the one above
/// it.
const TURNS: [(CheckId, Advice, Advice); 7] = [
    (CheckId::FaceWidth, Advice::Closer, Advice::Farther),
    (CheckId::EyeLine, Advice::SitLower, Advice::SitHigher),
    (CheckId::Crown, Advice::LowerHair, Advice::SitHigher),
    (CheckId::Centred, Advice::MoveLeft, Advice::MoveRight),
    (CheckId::Roll, Advice::TiltLeft, Advice::TiltRight),
    (CheckId::Yaw, Advice::TurnLeft, Advice::TurnRight),
    (CheckId::Pitch, Advice::ChinUp, Advice::ChinDown),
];

/// One-sided checks: first what the sitter changes, then what staff mend, last what passes by
/// itself.
const REST: [(CheckId, Advice); 19] = [
    (CheckId::MouthCovered, Advice::FreeMouth),
    (CheckId::Sunglasses, Advice::NoGlasses),
    (CheckId::EyesOpen, Advice::OpenEyes),
    (CheckId::Gaze, Advice::LookHere),
    (CheckId::MouthClosed, Advice::CloseMouth),
    (CheckId::Expression, Advice::CalmFace),
    (CheckId::EyesClear, Advice::ClearEyes),
    (CheckId::EarsSeen, Advice::ShowEars),
    (CheckId::HeadCovering, Advice::LowerHair),
    (CheckId::GlassesGlare, Advice::TipGlasses),
    (CheckId::Shine, Advice::DabSkin),
    (CheckId::FaceBrightness, Advice::Light),
    (CheckId::Evenness, Advice::Light),
    (CheckId::UnderExposure, Advice::Light),
    (CheckId::OverExposure, Advice::Light),
    (CheckId::RedEye, Advice::Light),
    (CheckId::SkinColour, Advice::Light),
    (CheckId::Motion, Advice::HoldStill),
    (CheckId::Sharpness, Advice::HoldStill),
];

/// Judges the empty seat: the moment to say that a lamp is off or something is in front of the
/// wall.
fn before_the_sitter(analysis: &Analysis, profile: &Profile) -> Advice {
    const MOST_OBJECTS: f32 = 0.1;
    match &analysis.background {
        Some(wall) if luma(wall.color) < profile.limits.face_luma.min => Advice::LampsOut,
        Some(wall) if wall.objects > MOST_OBJECTS => Advice::Clutter,
        Some(_) | None => Advice::NoFace,
    }
}

/// Returns the advice about a wall that may not be replaced and so has to be right as it is.
fn wall(checks: &[Check], profile: &Profile) -> Option<Advice> {
    const OF_THE_WALL: [CheckId; 4] = [
        CheckId::BackgroundObjects,
        CheckId::BackgroundShadow,
        CheckId::Background,
        CheckId::BackgroundColour,
    ];
    let fixed = profile.background.replacement == Replacement::Never;
    let wrong = |check: &&Check| OF_THE_WALL.contains(&check.id) && check.refuses();
    (fixed && checks.iter().any(|check| wrong(&check))).then_some(Advice::Clutter)
}

/// Returns `low` if the value lies below the limit's middle, else `high`.
fn by_sign(check: &Check, low: Advice, high: Advice) -> Advice {
    let middle = f32::midpoint(
        check.limit.min.unwrap_or_default(),
        check.limit.max.unwrap_or_default(),
    );
    if check.value.unwrap_or_default() < middle {
        low
    } else {
        high
    }
}

/// Returns the advice where no crop fits. Left in the unmirrored frame is the sitter's right, so a
/// sitter there moves to their left.
const fn not_solved(why: Infeasible, face: &Face) -> Advice {
    match (why, face.crown) {
        (_, Crown::CutOff) => Advice::WholeHead,
        (_, Crown::Unknown) => Advice::Look,
        (Infeasible::TooFar, _) => Advice::Closer,
        (Infeasible::TooClose, _) => Advice::Farther,
        (Infeasible::TooFarLeft, _) => Advice::MoveLeft,
        (Infeasible::TooFarRight, _) => Advice::MoveRight,
        (Infeasible::TooHigh, _) => Advice::SitLower,
        (Infeasible::TooLow, _) => Advice::SitHigher,
        (Infeasible::Proportions, _) => Advice::LowerHair,
    }
}

fn off_centre(face: &Face, frame: Size) -> Option<Advice> {
    let share = face.midline_x() / frame.width.max(1) as f32 - 0.5;
    if share < -OFF_CENTRE {
        Some(Advice::MoveLeft)
    } else if share > OFF_CENTRE {
        Some(Advice::MoveRight)
    } else {
        None
    }
}

fn right_lines(analysis: &Analysis, checks: &[Check]) -> Vec<Line> {
    let passes = |id: CheckId| checks.iter().any(|check| check.id == id && check.pass);
    let centred = analysis
        .face
        .as_ref()
        .is_some_and(|face| off_centre(face, analysis.frame.size()).is_none());
    [
        (Line::Crown, passes(CheckId::Crown)),
        (
            Line::Eyes,
            passes(CheckId::EyeLine) && passes(CheckId::Roll),
        ),
        (Line::Oval, passes(CheckId::FaceWidth)),
        (Line::Centre, centred && passes(CheckId::Yaw)),
    ]
    .into_iter()
    .filter_map(|(line, right)| right.then_some(line))
    .collect()
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;
    use crate::{analysis::Background, portrait::still};

    /// Returns the verdict on an empty seat before this wall.
    fn said_before(wall: Option<Background>) -> Verdict {
        let frame = Arc::new(still(RgbImage::new(4, 3)));
        let analysis = Arc::new(Analysis {
            background: wall,
            ..Analysis::empty(frame)
        });
        Guide::default()
            .see(&analysis, &Profile::standard_99())
            .verdict
    }

    #[test]
    fn lamps_that_are_out_and_things_before_the_wall_are_told_before_anybody_sits() {
        let good = Background {
            color: [196.0, 214.0, 229.0],
            share: 0.9,
            ..Background::default()
        };
        let dark = Background {
            color: [40.0, 44.0, 50.0],
            ..good
        };
        let cluttered = Background {
            objects: 0.2,
            ..good
        };
        for (wall, advice) in [
            (Some(good), Advice::NoFace),
            (Some(dark), Advice::LampsOut),
            (Some(cluttered), Advice::Clutter),
            (None, Advice::NoFace),
        ] {
            assert_eq!(said_before(wall), Verdict::Advice(advice));
        }
    }

    #[test]
    fn advices_are_different_in_both_languages() {
        use std::collections::BTreeSet;

        use crate::lang::Lang;
        for lang in [Lang::Zh, Lang::En] {
            let said: BTreeSet<_> = Advice::ALL.map(|a| a.sentence().get(lang)).into();
            assert_eq!(said.len(), Advice::ALL.len());
        }
    }
}
