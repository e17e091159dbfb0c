//! What to say to the sitter: good, or the one advice that matters most.
//!
//! The guide asks the same checks as the final file ([`checks::of_face`]), only more strictly, over the same geometry
//! ([`layout::solve`]). Good is said only of a frame that has its own fresh mask.

use std::{fmt, sync::Arc};

use crate::{
    analysis::{Analysis, Crown, Face},
    checks::{self, Check, Strictness, head_of},
    geometry::Size,
    lang::Text,
    layout::{self, Crop, Infeasible, Placed},
    profile::{CheckId, Profile},
};

/// The seat, the lamps and the lens face the middle of the frame; farther off than this share of its width, light and lens no longer fit.
const OFF_CENTRE: f32 = 0.12;

/// One analysed frame and what was judged of it.
#[derive(Clone)]
pub struct Sight {
    /// The continuous face track, while a face is in the picture.
    pub track: Option<u32>,
    pub verdict: Verdict,
    /// Which guide lines are right already.
    pub right: Vec<Line>,
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

/// A frame that may be taken, and how it would be cut.
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

/// The one thing that matters most. Left and right are the sitter's own, which is how a mirror shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advice {
    NoFace,
    /// A face, but not yet seen well enough to say more.
    Look,
    SeveralFaces,
    WholeHead,
    Closer,
    Farther,
    MoveLeft,
    MoveRight,
    SitLower,
    SitHigher,
    /// The hair or a cover stands too high for the standard.
    LowerHair,
    TiltLeft,
    TiltRight,
    TurnLeft,
    TurnRight,
    ChinUp,
    ChinDown,
    OpenEyes,
    CloseMouth,
    /// The lamps are staff's matter.
    Light,
    HoldStill,
}

/// Where an arrow on the mirrored preview points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrow {
    Left,
    Right,
    Up,
    Down,
    /// Towards the camera.
    In,
    /// Away from the camera.
    Out,
    /// The head turns upright, clockwise on the screen.
    Clockwise,
    CounterClockwise,
}

impl Advice {
    pub const ALL: [Self; 21] = [
        Self::NoFace,
        Self::Look,
        Self::SeveralFaces,
        Self::WholeHead,
        Self::Closer,
        Self::Farther,
        Self::MoveLeft,
        Self::MoveRight,
        Self::SitLower,
        Self::SitHigher,
        Self::LowerHair,
        Self::TiltLeft,
        Self::TiltRight,
        Self::TurnLeft,
        Self::TurnRight,
        Self::ChinUp,
        Self::ChinDown,
        Self::OpenEyes,
        Self::CloseMouth,
        Self::Light,
        Self::HoldStill,
    ];

    pub const fn sentence(self) -> Text {
        let (zh, en) = match self {
            Self::NoFace => ("请坐到镜头前", "Please sit in front of the camera"),
            Self::Look => ("请坐好，看着镜头", "Sit upright and look at the camera"),
            Self::SeveralFaces => ("画面中只能有您一个人", "Only you may be in the picture"),
            Self::WholeHead => (
                "请让头部完整进入画面",
                "Bring your whole head into the picture",
            ),
            Self::Closer => ("请靠近一点", "Please come a little closer"),
            Self::Farther => ("请往后一点", "Please move back a little"),
            Self::MoveLeft => ("请向左移一点", "Move a little to your left"),
            Self::MoveRight => ("请向右移一点", "Move a little to your right"),
            Self::SitLower => ("请坐低一点", "Please sit a little lower"),
            Self::SitHigher => ("请坐高一点", "Please sit a little higher"),
            Self::LowerHair => (
                "请放低发髻或取下头饰",
                "Please lower your hair or take off headwear",
            ),
            Self::TiltLeft => ("请把头向左摆正", "Straighten your head to your left"),
            Self::TiltRight => ("请把头向右摆正", "Straighten your head to your right"),
            Self::TurnLeft => ("请把脸向左转一点", "Turn your face a little to your left"),
            Self::TurnRight => ("请把脸向右转一点", "Turn your face a little to your right"),
            Self::ChinUp => ("请抬一点下巴", "Raise your chin a little"),
            Self::ChinDown => ("请收一点下巴", "Lower your chin a little"),
            Self::OpenEyes => ("请自然睁开双眼", "Please open your eyes"),
            Self::CloseMouth => ("请轻轻闭上嘴唇", "Please close your mouth gently"),
            Self::Light => (
                "光线不合适，请告诉工作人员",
                "The light is not right: please tell the staff",
            ),
            Self::HoldStill => ("很好，请保持不动", "Very good, please hold still"),
        };
        Text::new(zh, en)
    }

    pub const fn arrow(self) -> Option<Arrow> {
        Some(match self {
            Self::Closer => Arrow::In,
            Self::Farther => Arrow::Out,
            Self::MoveLeft | Self::TurnLeft => Arrow::Left,
            Self::MoveRight | Self::TurnRight => Arrow::Right,
            Self::SitLower | Self::ChinDown => Arrow::Down,
            Self::SitHigher | Self::ChinUp => Arrow::Up,
            Self::TiltLeft => Arrow::CounterClockwise,
            Self::TiltRight => Arrow::Clockwise,
            Self::NoFace
            | Self::Look
            | Self::SeveralFaces
            | Self::WholeHead
            | Self::LowerHair
            | Self::OpenEyes
            | Self::CloseMouth
            | Self::Light
            | Self::HoldStill => return None,
        })
    }
}

/// Judges one frame. `previous` is the verdict of the frame before: what was good stays good until it clearly is not.
pub fn see(analysis: &Arc<Analysis>, profile: &Profile, previous: Option<&Verdict>) -> Sight {
    let strictness = match previous {
        Some(Verdict::Good(_)) => Strictness::Staying,
        Some(Verdict::Advice(_)) | None => Strictness::Entering,
    };
    let solved = solve(analysis, profile);
    let placed = solved.as_ref().ok().map(|(_, placed)| placed);
    let checks = checks::of_face(analysis, placed, profile, strictness);
    let verdict = match advice(analysis, solved.as_ref().map_err(|why| *why), &checks) {
        Some(advice) => Verdict::Advice(advice),
        None if !analysis.mask_is_own() => unjudged(previous),
        None => good(solved, &checks),
    };
    Sight {
        track: analysis.face.as_ref().map(|_| analysis.track),
        verdict,
        right: right_lines(analysis, &checks),
        analysis: Arc::clone(analysis),
    }
}

/// The best crop of a frame, if there is one at all, whatever else is wrong.
pub fn crop_of(analysis: &Analysis, profile: &Profile) -> Option<Crop> {
    solve(analysis, profile).ok().map(|(crop, _)| crop)
}

fn solve(analysis: &Analysis, profile: &Profile) -> Result<(Crop, Placed), Infeasible> {
    let head = analysis
        .face
        .as_ref()
        .and_then(head_of)
        .ok_or(Infeasible::Proportions)?;
    let crop = layout::solve(&head, &profile.bands, analysis.frame.size())?;
    Ok((crop, crop.place(&head)))
}

/// A frame that nothing is wrong with, but that has no mask of its own, says nothing new.
fn unjudged(previous: Option<&Verdict>) -> Verdict {
    match previous {
        Some(Verdict::Advice(advice)) => Verdict::Advice(*advice),
        Some(Verdict::Good(_)) | None => Verdict::Advice(Advice::HoldStill),
    }
}

fn good(solved: Result<(Crop, Placed), Infeasible>, checks: &[Check]) -> Verdict {
    match solved {
        Ok((crop, placed)) => Verdict::Good(Good {
            crop,
            placed,
            margin: margin(checks),
        }),
        Err(_) => Verdict::Advice(Advice::WholeHead),
    }
}

/// The smallest room inside any two-sided limit.
fn margin(checks: &[Check]) -> f32 {
    checks
        .iter()
        .filter_map(|check| {
            let (min, max, value) = (check.limit.min?, check.limit.max?, check.value?);
            (max > min).then(|| crate::profile::Band::new(min, max).margin(value))
        })
        .fold(1.0, f32::min)
}

/// What blocks most comes first.
fn advice(
    analysis: &Analysis,
    solved: Result<&(Crop, Placed), Infeasible>,
    checks: &[Check],
) -> Option<Advice> {
    let Some(face) = &analysis.face else {
        return Some(Advice::NoFace);
    };
    let fails = |id: CheckId| checks.iter().find(|check| check.id == id && !check.pass);
    if fails(CheckId::OneFace).is_some() {
        return Some(Advice::SeveralFaces);
    }
    match solved {
        Err(why) => return Some(not_solved(why, face)),
        Ok((_, placed)) if fails(CheckId::HeadWhole).is_some() => {
            return Some(if placed.crown_px < 0.0 {
                Advice::SitLower
            } else {
                Advice::WholeHead
            });
        }
        Ok(_) => {}
    }
    off_centre(face, analysis.frame.size())
        .or_else(|| {
            fails(CheckId::FaceWidth).map(|check| by_sign(check, Advice::Closer, Advice::Farther))
        })
        .or_else(|| {
            fails(CheckId::EyeLine).map(|check| by_sign(check, Advice::SitLower, Advice::SitHigher))
        })
        .or_else(|| {
            fails(CheckId::Crown).map(|check| by_sign(check, Advice::LowerHair, Advice::SitHigher))
        })
        .or_else(|| {
            fails(CheckId::Centred).map(|check| by_sign(check, Advice::MoveLeft, Advice::MoveRight))
        })
        .or_else(|| {
            fails(CheckId::Roll).map(|check| by_sign(check, Advice::TiltLeft, Advice::TiltRight))
        })
        .or_else(|| {
            fails(CheckId::Yaw).map(|check| by_sign(check, Advice::TurnLeft, Advice::TurnRight))
        })
        .or_else(|| {
            fails(CheckId::Pitch).map(|check| by_sign(check, Advice::ChinUp, Advice::ChinDown))
        })
        .or_else(|| fails(CheckId::EyesOpen).map(|_| Advice::OpenEyes))
        .or_else(|| fails(CheckId::MouthClosed).map(|_| Advice::CloseMouth))
        .or_else(|| fails(CheckId::FaceBrightness).map(|_| Advice::Light))
        .or_else(|| fails(CheckId::Evenness).map(|_| Advice::Light))
        .or_else(|| fails(CheckId::Sharpness).map(|_| Advice::HoldStill))
}

/// `low` if the value lies below the limit's middle, else `high`.
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

/// Left in the un-mirrored frame is the sitter's right: who is there moves to their left.
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
