//! What is judged of a person in a picture, by the limits of the profile.

use super::{Check, Limit, Unit};
use crate::{
    analysis::{Analysis, Crown, Face},
    layout::{Head, Placed},
    profile::{Band, CheckId, Profile},
};

/// How closely the limits are kept. A guide is stricter than the final check, so that what it calls good stays good;
/// once good, a sitter is not sent back for a tremble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// The profile's own limits: the final check.
    Exact,
    /// Already good in the guide.
    Staying,
    /// Not yet good in the guide.
    Entering,
}

impl Strictness {
    /// Share of an angle's or a ratio's limit that is used.
    const fn share(self) -> f32 {
        match self {
            Self::Exact => 1.0,
            Self::Staying => 0.8,
            Self::Entering => 0.65,
        }
    }

    /// Px taken off both ends of a layout band.
    pub const fn shrink_px(self) -> f32 {
        match self {
            Self::Exact => 0.0,
            Self::Staying => crate::guidance::GUIDE_TO_FINAL_PX,
            Self::Entering => crate::guidance::GUIDE_TO_FINAL_PX + 2.0,
        }
    }
}

/// A second face smaller than this share of the first is a poster or a passer-by far behind: the backdrop check's matter.
const BYSTANDER_SHARE: f32 = 0.08;

/// The head's place in its picture; `None` while the crown is cut off or not known.
pub fn head_of(face: &Face) -> Option<Head> {
    let Crown::Seen { y } = face.crown else {
        return None;
    };
    Some(Head {
        crown_y: y,
        eye_y: face.eyes_midpoint().y,
        chin_y: face.chin.y,
        mid_x: face.midline_x(),
        face_width: face.width(),
    })
}

/// Every check of a person, in the order in which a sitter is coached. `placed` is where the head stands at 480x640, if that is known.
pub fn of_face(
    analysis: &Analysis,
    placed: Option<&Placed>,
    profile: &Profile,
    strictness: Strictness,
) -> Vec<Check> {
    let mut checks = vec![one_face(analysis), head_whole(analysis)];
    checks.extend(layout(placed, profile, strictness));
    checks.extend(pose(analysis, profile, strictness));
    checks.extend(expression(analysis, profile, strictness));
    checks.extend(light(analysis, profile));
    checks.push(background(analysis, profile));
    checks
}

fn one_face(analysis: &Analysis) -> Check {
    let first = usize::from(analysis.face.is_some());
    let others = usize::from(analysis.second_face() > BYSTANDER_SHARE);
    Check::new(
        CheckId::OneFace,
        Some((first + others) as f32),
        Limit::exactly(1.0),
        Unit::Count,
    )
}

/// 1 for a head that is whole inside the picture, 0 for one that its edge cuts.
fn head_whole(analysis: &Analysis) -> Check {
    let whole = analysis.face.as_ref().and_then(|face| match face.crown {
        Crown::Seen { .. } => Some(f32::from(u8::from(chin_inside(analysis, face)))),
        Crown::CutOff => Some(0.0),
        Crown::Unknown => None,
    });
    Check::new(CheckId::HeadWhole, whole, Limit::at_least(1.0), Unit::Count)
}

fn chin_inside(analysis: &Analysis, face: &Face) -> bool {
    let size = analysis.frame.size();
    let rect = face.rect();
    rect.min.x > 0.0 && rect.max.x < size.width as f32 && rect.max.y < size.height as f32
}

fn layout(placed: Option<&Placed>, profile: &Profile, strictness: Strictness) -> Vec<Check> {
    let bands = &profile.bands;
    let empty = [
        (CheckId::FaceWidth, bands.face_width_px),
        (CheckId::EyeLine, bands.eye_px),
        (CheckId::Crown, bands.crown_px),
        (CheckId::Centred, bands.center_offset_px),
    ];
    let judge = |id, value, band: Band| {
        let band = band.shrunk(strictness.shrink_px());
        Check::new(id, value, Limit::within(band), Unit::Px)
    };
    match placed {
        Some(placed) => placed
            .against(bands)
            .map(|(id, value, band)| judge(id, Some(value), band))
            .into(),
        None => empty.map(|(id, band)| judge(id, None, band)).into(),
    }
}

fn pose(analysis: &Analysis, profile: &Profile, strictness: Strictness) -> [Check; 3] {
    let pose = analysis.face.as_ref().map(|face| face.pose);
    let limits = &profile.pose;
    [
        (CheckId::Roll, pose.map(|pose| pose.roll_deg), limits.roll_deg),
        (CheckId::Yaw, pose.map(|pose| pose.yaw_deg), limits.yaw_deg),
        (CheckId::Pitch, pose.map(|pose| pose.pitch_deg), limits.pitch_deg),
    ]
    .map(|(id, value, limit)| {
        let limit = limit * strictness.share();
        Check::new(id, value, Limit::within(Band::new(-limit, limit)), Unit::Deg)
    })
}

fn expression(analysis: &Analysis, profile: &Profile, strictness: Strictness) -> [Check; 2] {
    let face = analysis.face.as_ref();
    [
        Check::new(
            CheckId::EyesOpen,
            face.map(|face| face.eyes_open),
            Limit::at_least(profile.limits.eyes_open_min / strictness.share().max(0.8)),
            Unit::Ratio,
        ),
        Check::new(
            CheckId::MouthClosed,
            face.map(|face| face.mouth_gap),
            Limit::at_most(profile.limits.mouth_gap_max * strictness.share().max(0.8)),
            Unit::Ratio,
        ),
    ]
}

fn light(analysis: &Analysis, profile: &Profile) -> [Check; 3] {
    let light = analysis.light.as_ref();
    let limits = &profile.limits;
    [
        Check::new(
            CheckId::FaceBrightness,
            light.map(|light| light.brightness),
            Limit::within(limits.face_luma),
            Unit::Levels,
        ),
        Check::new(
            CheckId::Evenness,
            light.map(|light| light.balance),
            Limit::at_least(limits.evenness_min),
            Unit::Ratio,
        ),
        Check::new(
            CheckId::Sharpness,
            light.map(|light| light.sharpness),
            Limit::at_least(limits.sharpness_min),
            Unit::Ratio,
        ),
    ]
}

fn background(analysis: &Analysis, profile: &Profile) -> Check {
    Check::new(
        CheckId::Background,
        analysis.background.as_ref().map(|background| background.spread),
        Limit::at_most(profile.limits.background_std_max),
        Unit::Levels,
    )
}
