//! Eyes, mouth, and what lies over a face.

use super::{Check, Limit, Strictness, Unit};
use crate::{
    analysis::{Analysis, Cover, Eye, Face},
    geometry::{Point, Rect},
    profile::{CheckId, Profile},
};

/// How far above or below a limit the guide stays, as a share of the limit: lids and lips are measured less steadily than bands.
const LEAST_SHARE: f32 = 0.8;

pub fn of(analysis: &Analysis, profile: &Profile, strictness: Strictness) -> [Check; 8] {
    let face = analysis.face.as_ref();
    let cover = analysis.cover.as_ref();
    let limits = &profile.limits;
    let share = strictness.share().max(LEAST_SHARE);
    let check = |id, value, limit| Check::new(id, value, limit, Unit::Ratio);
    let (eyes, mouth) = (face.map(eyes), face.map(mouth));
    [
        check(
            CheckId::EyesOpen,
            face.map(|face| face.eyes_open),
            Limit::at_least(limits.eyes_open_min / share),
        )
        .at(eyes),
        check(
            CheckId::Gaze,
            face.map(|face| face.gaze.x.hypot(face.gaze.y)),
            Limit::at_most(limits.gaze_max * share),
        )
        .at(eyes),
        check(
            CheckId::RedEye,
            cover.map(|cover| cover.red_eye),
            Limit::at_most(limits.red_eye_max),
        )
        .at(eyes),
        check(
            CheckId::GlassesGlare,
            cover.map(|cover| cover.glare),
            Limit::at_most(limits.glasses_glare_max),
        )
        .at(eyes),
        check(
            CheckId::EyesClear,
            cover.map(|cover| cover.eyes),
            Limit::at_most(limits.eyes_covered_max),
        )
        .at(eyes),
        check(
            CheckId::MouthClosed,
            face.zip(cover).map(|(face, cover)| mouth_open(face, cover)),
            Limit::at_most(limits.mouth_gap_max * share),
        )
        .at(mouth),
        check(
            CheckId::Expression,
            face.map(|face| face.smile),
            Limit::at_most(limits.smile_max * share),
        )
        .at(mouth),
        check(
            CheckId::EarsSeen,
            cover.map(|cover| cover.ears),
            Limit::at_least(limits.ears_seen_min),
        )
        .at(face.map(ears)),
    ]
}

/// The gap between the lips. What shows teeth counts for more than what shows the dark of a mouth: teeth are pale, and between
/// them and the lips the mesh sees less of a gap than there is.
fn mouth_open(face: &Face, cover: &Cover) -> f32 {
    /// An eighth of the gap filled with teeth counts for as much as the gap itself.
    const TEETH: f32 = 8.0;
    /// Three in four closed mouths read less: nothing is seen between lips that touch, and pale lips are no teeth.
    const TOUCHING: f32 = 0.018;
    if face.mouth_gap < TOUCHING {
        return face.mouth_gap;
    }
    face.mouth_gap * (1.0 + TEETH * cover.teeth)
}

fn eyes(face: &Face) -> Rect {
    let reach = |eye: &Eye| {
        around(
            eye.iris,
            face.iris_distance() * 0.36,
            face.iris_distance() * 0.26,
        )
    };
    reach(&face.right_eye).around(&reach(&face.left_eye))
}

fn mouth(face: &Face) -> Rect {
    let unit = face.iris_distance();
    around(face.mouth(), unit * 0.5, unit * 0.3)
}

fn ears(face: &Face) -> Rect {
    let unit = face.iris_distance();
    let at = |cheek: Point| {
        around(
            Point::new(cheek.x, face.eyes_midpoint().y),
            unit * 0.2,
            unit * 0.4,
        )
    };
    at(face.cheeks.0).around(&at(face.cheeks.1))
}

fn around(center: Point, half_width: f32, half_height: f32) -> Rect {
    Rect::new(
        Point::new(center.x - half_width, center.y - half_height),
        Point::new(center.x + half_width, center.y + half_height),
    )
}
