//! What is judged of a person in a picture, by the limits of the profile.

use super::{Check, Limit, Unit, colour::delta_e};
use crate::{
    analysis::{Analysis, Background, Crown, Face},
    geometry::Point,
    layout::{Crop, Head, Placed},
    profile::{Band, CheckId, OUTPUT_HEIGHT, OUTPUT_WIDTH, Profile},
};

/// How far guide and final file may differ, px at 480x640: the bands of the guide are shrunk by it.
/// Measured over sitters by the test `guide_and_final_file_agree` in `tests/portrait.rs`.
pub const GUIDE_TO_FINAL_PX: f32 = 4.0;

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
            Self::Staying => GUIDE_TO_FINAL_PX,
            Self::Entering => GUIDE_TO_FINAL_PX + 2.0,
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

/// Where the head stands in a 3:4 picture as it is, scaled to 480x640; `None` for another shape or without a whole head.
pub fn placed_as_is(analysis: &Analysis) -> Option<Placed> {
    let size = analysis.frame.size();
    let (wide, high) = (u64::from(size.width), u64::from(size.height));
    if wide == 0 || wide * u64::from(OUTPUT_HEIGHT) != high * u64::from(OUTPUT_WIDTH) {
        return None;
    }
    let whole = Crop {
        origin_in_frame: Point::new(0.0, 0.0),
        scale: OUTPUT_WIDTH as f32 / size.width as f32,
    };
    let head = analysis.face.as_ref().and_then(head_of)?;
    Some(whole.place(&head))
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
    checks.extend(of_background(analysis.background.as_ref(), profile));
    checks
}

fn one_face(analysis: &Analysis) -> Check {
    let first = usize::from(analysis.face.is_some());
    // Boxes of an earlier frame may lie where this face was a moment ago: they are no second face.
    let others = usize::from(analysis.faces_are_own() && analysis.second_face() > BYSTANDER_SHARE);
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
        (
            CheckId::Roll,
            pose.map(|pose| pose.roll_deg),
            limits.roll_deg,
        ),
        (CheckId::Yaw, pose.map(|pose| pose.yaw_deg), limits.yaw_deg),
        (
            CheckId::Pitch,
            pose.map(|pose| pose.pitch_deg),
            limits.pitch_deg,
        ),
    ]
    .map(|(id, value, limit)| {
        let limit = limit * strictness.share();
        Check::new(
            id,
            value,
            Limit::within(Band::new(-limit, limit)),
            Unit::Deg,
        )
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

/// Evenness and colour of what is behind the person. Where hardly any of it is seen, nothing is known of it.
pub fn of_background(seen: Option<&Background>, profile: &Profile) -> [Check; 2] {
    const LEAST_SHARE: f32 = 0.05;
    let seen = seen.filter(|seen| seen.share >= LEAST_SHARE);
    let rule = &profile.background;
    let from_nearest = |seen: &Background| {
        rule.colours
            .iter()
            .map(|accepted| delta_e(seen.color, accepted.map(f32::from)))
            .fold(f32::INFINITY, f32::min)
    };
    [
        Check::new(
            CheckId::Background,
            seen.map(|seen| seen.spread),
            Limit::at_most(profile.limits.background_std_max),
            Unit::Levels,
        ),
        Check::new(
            CheckId::BackgroundColour,
            seen.map(from_nearest),
            Limit::at_most(rule.tolerance_delta_e),
            Unit::DeltaE,
        ),
    ]
}
