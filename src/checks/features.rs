//! Eyes, mouth, and whatever covers a face.

use super::{Check, Limit, Strictness, Unit};
use crate::{
    analysis::{Analysis, Cover, Eye, Face, colour::delta_e, mesh::index},
    geometry::{Point, Rect},
    profile::{CheckId, Limits, Profile},
};

/// The smallest share of a limit that the guide uses: lids and lips are measured less steadily than
/// bands.
const LEAST_SHARE: f32 = 0.8;

pub fn of(analysis: &Analysis, profile: &Profile, strictness: Strictness) -> Vec<Check> {
    let (face, cover) = (analysis.face.as_ref(), analysis.cover.as_ref());
    let (limits, share) = (&profile.limits, strictness.share().max(LEAST_SHARE));
    let mut checks = of_eyes(face, cover, limits, share);
    checks.extend(of_mouth(face, cover, limits, share));
    checks.extend(of_head(face, cover, limits));
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
    ];
    let sunglasses = limits.eye_light_min.map(|least| {
        ratio(
            CheckId::Sunglasses,
            cover.map(|cover| cover.eye_light),
            Limit::at_least(least),
        )
    });
    let place = face.map(eyes);
    let checks = checks.into_iter().chain(sunglasses);
    checks.map(|check| check.at(place)).collect()
}

fn of_mouth(face: Option<&Face>, cover: Option<&Cover>, limits: &Limits, share: f32) -> Vec<Check> {
    let lips_seen = |cover: &Cover| delta_e(cover.lips, cover.around_lips);
    // Beards leave the lips free; masks and hands do not.
    let covered = limits.lips_seen_min.map(|least| {
        Check::new(
            CheckId::MouthCovered,
            cover.map(lips_seen),
            Limit::at_least(least),
            Unit::DeltaE,
        )
    });
    let checks = [
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
    let checks = covered.into_iter().chain(checks);
    checks.map(|check| check.at(place)).collect()
}

fn of_head(face: Option<&Face>, cover: Option<&Cover>, limits: &Limits) -> Vec<Check> {
    let ears_seen = ratio(
        CheckId::EarsSeen,
        cover.map(|cover| cover.ears),
        Limit::at_least(limits.ears_seen_min),
    );
    let covering = limits.head_covering_max.map(|most| {
        ratio(
            CheckId::HeadCovering,
            cover.map(|cover| cover.head),
            Limit::at_most(most),
        )
        .at(face.map(hair))
    });
    let mut checks = vec![ears_seen.at(face.map(ears))];
    checks.extend(covering);
    checks
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

fn hair(face: &Face) -> Rect {
    let unit = face.iris_distance();
    let above = face.mesh.at(index::FOREHEAD).flat();
    around(
        Point::new(above.x, above.y - unit * 0.3),
        unit * 0.8,
        unit * 0.3,
    )
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
