//! The checks of a person in a picture, by the profile's limits.

use super::{Check, Limit, Unit, backdrop, features, light};
use crate::{
    analysis::{Analysis, BYSTANDER_SHARE, Crown, Face},
    geometry::{Point, Rect},
    layout::{Crop, Head, Placed},
    profile::{Band, CheckId, OUTPUT_HEIGHT, OUTPUT_WIDTH, Profile},
};

/// How far guide and final file may differ, in px at 480x640: the bands of the guide are narrowed
/// by it. Measured over many sitters by the test `guide_and_final_file_agree` in
/// `tests/portrait.rs`.
pub const GUIDE_TO_FINAL_PX: f32 = 5.0;

/// How strictly the limits are applied. A guide is stricter than the final check, so that what it
/// calls good stays good; once good, a sitter is not sent back for a tremble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// The profile's own limits: the final check.
    Exact,
    /// Already good in the guide.
    Staying,
    /// Not yet good in the guide.
    Entering,
    /// Not good in the guide for long, for one thing alone: that one may go up to the profile's own
    /// limits.
    Lenient,
}

impl Strictness {
    /// Returns the share of an angle's or a ratio's limit that is used.
    pub(super) const fn share(self) -> f32 {
        match self {
            Self::Exact | Self::Lenient => 1.0,
            Self::Staying => 0.8,
            Self::Entering => 0.65,
        }
    }

    /// Returns the px taken off both ends of a layout band.
    pub const fn shrink_px(self) -> f32 {
        match self {
            Self::Exact | Self::Lenient => 0.0,
            Self::Staying => GUIDE_TO_FINAL_PX,
            Self::Entering => GUIDE_TO_FINAL_PX + 2.0,
        }
    }
}

/// Returns the head's place in its picture; `None` while the crown is cut off or unknown.
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

/// Returns the head's place in a 3:4 picture as it is, scaled to 480x640; `None` for another shape
/// or without a whole head.
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

/// Runs every check of a person, in the order in which a sitter is guided. `placed` is the head's
/// place at 480x640, if it is known.
pub fn of_face(
    analysis: &Analysis,
    placed: Option<&Placed>,
    profile: &Profile,
    strictness: Strictness,
) -> Vec<Check> {
    let mut checks = vec![one_face(analysis), head_whole(analysis)];
    checks.extend(layout(analysis.face.as_ref(), placed, profile, strictness));
    checks.extend(pose(analysis, profile, strictness));
    checks.extend(features::of(analysis, profile, strictness));
    checks.extend(light::of(analysis, profile, strictness));
    checks.extend(backdrop::of(analysis, profile));
    checks.into_iter().map(|check| check.by(profile)).collect()
}

fn one_face(analysis: &Analysis) -> Check {
    let first = usize::from(analysis.face.is_some());
    // Boxes of an earlier frame may lie where this face was a moment ago, so they are no second
    // face.
    let others = usize::from(analysis.faces_are_own() && analysis.second_face() > BYSTANDER_SHARE);
    Check::new(
        CheckId::OneFace,
        Some((first + others) as f32),
        Limit::exactly(1.0),
        Unit::Count,
    )
    .at(analysis.stranger())
}

/// Returns 1 for a head that is whole inside the picture, 0 for one that its edge cuts.
fn head_whole(analysis: &Analysis) -> Check {
    let whole = analysis.face.as_ref().and_then(|face| match face.crown {
        Crown::Seen { .. } => Some(f32::from(u8::from(chin_inside(analysis, face)))),
        Crown::CutOff => Some(0.0),
        Crown::Unknown => None,
    });
    Check::new(CheckId::HeadWhole, whole, Limit::at_least(1.0), Unit::Count)
        .at(analysis.face.as_ref().map(Face::rect))
}

fn chin_inside(analysis: &Analysis, face: &Face) -> bool {
    let size = analysis.frame.size();
    let rect = face.rect();
    rect.min.x > 0.0 && rect.max.x < size.width as f32 && rect.max.y < size.height as f32
}

fn layout(
    face: Option<&Face>,
    placed: Option<&Placed>,
    profile: &Profile,
    strictness: Strictness,
) -> Vec<Check> {
    let bands = &profile.bands;
    let empty = [
        (CheckId::FaceWidth, bands.face_width_px),
        (CheckId::EyeLine, bands.eye_px),
        (CheckId::Crown, bands.crown_px),
        (CheckId::Centred, bands.center_offset_px),
    ];
    let judge = |id, value, band: Band| {
        let band = band.shrunk(strictness.shrink_px());
        let place = face.map(|face| line_of(id, face));
        Check::new(id, value, Limit::within(band), Unit::Px).at(place)
    };
    match placed {
        Some(placed) => placed
            .against(bands)
            .map(|(id, value, band)| judge(id, Some(value), band))
            .into(),
        None => empty.map(|(id, band)| judge(id, None, band)).into(),
    }
}

/// Returns the place in the picture that a layout check measures.
fn line_of(id: CheckId, face: &Face) -> Rect {
    let (eyes, width) = (face.eyes_midpoint(), face.width());
    let crown_y = match face.crown {
        Crown::Seen { y } => y,
        Crown::CutOff | Crown::Unknown => 0.0,
    };
    let band = |y: f32| {
        Rect::new(
            Point::new(eyes.x - width / 2.0, y - width * 0.04),
            Point::new(eyes.x + width / 2.0, y + width * 0.04),
        )
    };
    if id == CheckId::Crown {
        band(crown_y)
    } else if id == CheckId::EyeLine {
        band(eyes.y)
    } else {
        Rect::new(
            Point::new(face.cheeks.0.x, crown_y.min(eyes.y)),
            Point::new(face.cheeks.1.x, face.chin.y),
        )
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
        .at(analysis.face.as_ref().map(Face::rect))
    })
}
