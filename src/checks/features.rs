//! Eyes, mouth, and whatever covers a face.

use super::{Check, Limit, Strictness, Unit, colour::delta_e};
use crate::{
    analysis::{Analysis, Cover, Eye, Face},
    geometry::{Point, Rect},
    profile::{CheckId, Limits, Profile},
};

/// The smallest share of a limit that the guide uses: lids and lips are measured less steadily than
/// bands.
const LEAST_SHARE: f32 = 0.8;

pub fn of(analysis: &Analysis, profile: &Profile, strictness: Strictness) -> Vec<Check> {
    let (face, cover) = (analysis.face.as_ref(), analysis.cover.as_ref());
    let share = strictness.share().max(LEAST_SHARE);
    let mut checks = of_eyes(face, cover, &profile.limits, share);
    checks.extend(of_mouth(face, cover, &profile.limits, share));
    let ears_seen = ratio(
        CheckId::EarsSeen,
        cover.map(|cover| cover.ears),
        Limit::at_least(profile.limits.ears_seen_min),
    );
    checks.push(ears_seen.at(face.map(ears)));
    checks
}

fn ratio(id: CheckId, value: Option<f32>, limit: Limit) -> Check {
    Check::new(id, value, limit, Unit::Ratio)
}

fn of_eyes(face: Option<&Face>, cover: Option<&Cover>, limits: &Limits, share: f32) -> Vec<Check> {
    let checks = [
        ratio(
            CheckId::EyesOpen,
            face.map(|face| face.eyes_open),
            Limit::at_least(limits.eyes_open_min / share),
        ),
        ratio(
            CheckId::Gaze,
            face.map(|face| face.gaze.x.hypot(face.gaze.y)),
            Limit::at_most(limits.gaze_max * share),
        ),
        ratio(
            CheckId::RedEye,
            cover.map(|cover| cover.red_eye),
            Limit::at_most(limits.red_eye_max),
        ),
        ratio(
            CheckId::GlassesGlare,
            cover.map(|cover| cover.glare),
            Limit::at_most(limits.glasses_glare_max),
        ),
        ratio(
            CheckId::EyesClear,
            cover.map(|cover| cover.eyes),
            Limit::at_most(limits.eyes_covered_max),
        ),
        ratio(
            CheckId::Sunglasses,
            cover.map(|cover| cover.eye_light),
            Limit::at_least(limits.eye_light_min),
        ),
    ];
    let place = face.map(eyes);
    checks.map(|check| check.at(place)).into()
}

fn of_mouth(face: Option<&Face>, cover: Option<&Cover>, limits: &Limits, share: f32) -> Vec<Check> {
    let lips_seen = |cover: &Cover| delta_e(cover.lips, cover.around_lips);
    let checks = [
        // Beards leave the lips free; masks and hands do not.
        Check::new(
            CheckId::MouthCovered,
            cover.map(lips_seen),
            Limit::at_least(limits.lips_seen_min),
            Unit::DeltaE,
        ),
        ratio(
            CheckId::MouthClosed,
            face.zip(cover).map(|(face, cover)| mouth_open(face, cover)),
            Limit::at_most(limits.mouth_gap_max * share),
        ),
        ratio(
            CheckId::Expression,
            face.map(|face| face.smile),
            Limit::at_most(limits.smile_max * share),
        ),
    ];
    let place = face.map(mouth);
    checks.map(|check| check.at(place)).into()
}

/// Returns the gap between the lips. Visible teeth count for more than the dark of a mouth: teeth
/// are pale, and between them and the lips the mesh sees less of a gap than there is.
fn mouth_open(face: &Face, cover: &Cover) -> f32 {
    /// A gap one eighth filled with teeth counts twice.
    const TEETH: f32 = 8.0;
    /// Three in four closed mouths read less: no teeth are visible between lips that touch, and
    /// pale lips are not teeth.
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
