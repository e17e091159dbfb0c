//! Light on the face, its colour, and how clean the picture of it is.

use super::{Check, Limit, Strictness, Unit};
use crate::{
    analysis::{Analysis, Face, Light, Skin, colour::lab},
    geometry::Rect,
    profile::{Band, CheckId, Limits, Profile},
};

/// OFIQ's natural colour of skin, CIELAB (ISO/IEC 29794-5).
const NATURAL_A: Band = Band::new(5.0, 25.0);
const NATURAL_B: Band = Band::new(5.0, 35.0);

pub fn of(analysis: &Analysis, profile: &Profile, strictness: Strictness) -> Vec<Check> {
    let limits = &profile.limits;
    let face = analysis.face.as_ref().map(Face::rect);
    let light = |id, value: fn(&Light) -> f32, limit, unit| {
        Check::new(id, analysis.light.as_ref().map(value), limit, unit).at(face)
    };
    let mut checks = vec![
        light(
            CheckId::FaceBrightness,
            |light| light.brightness,
            Limit::within(limits.face_luma),
            Unit::Levels,
        ),
        light(
            CheckId::Evenness,
            |light| light.balance,
            Limit::at_least(limits.evenness_min),
            Unit::Ratio,
        ),
        light(
            CheckId::Sharpness,
            |light| light.sharpness,
            Limit::at_least(limits.sharpness_min),
            Unit::Ratio,
        ),
    ];
    checks.extend(of_skin(analysis.skin.as_ref(), face, limits, strictness));
    // A still does not move, so motion is not judged there.
    if let Some(speed) = analysis.motion.filter(|_| strictness != Strictness::Exact) {
        let limit = Limit::at_most(limits.motion_max);
        let motion = Check::new(CheckId::Motion, Some(speed), limit, Unit::WidthsPerSecond);
        checks.push(motion.at(face));
    }
    checks
}

fn of_skin(
    skin: Option<&Skin>,
    face: Option<Rect>,
    limits: &Limits,
    strictness: Strictness,
) -> [Check; 5] {
    /// Cropping and encoding a picture move its highlights by a few hundredths.
    const GUIDED_SHINE: f32 = 0.92;
    let check = |id, value: fn(&Skin) -> f32, most, unit| {
        Check::new(id, skin.map(value), Limit::at_most(most), unit).at(face)
    };
    let (ratio, most) = (Unit::Ratio, limits.over_exposed_max);
    let shine_max = match strictness {
        Strictness::Exact => limits.shine_max,
        Strictness::Staying | Strictness::Entering | Strictness::Lenient => {
            limits.shine_max * GUIDED_SHINE
        }
    };
    [
        check(
            CheckId::UnderExposure,
            |skin| skin.dark,
            limits.under_exposed_max,
            ratio,
        ),
        check(CheckId::OverExposure, |skin| skin.burnt, most, ratio),
        check(CheckId::Shine, |skin| skin.shine, shine_max, ratio)
            .at(skin.map(|skin| skin.shine_place)),
        check(
            CheckId::SkinColour,
            cast,
            limits.skin_cast_max,
            Unit::DeltaE,
        ),
        check(
            CheckId::Noise,
            |skin| skin.noise,
            limits.noise_max,
            Unit::Levels,
        ),
    ]
}

/// Returns how far the cheeks' colour lies outside the range of skin, in CIELAB a and b.
fn cast(skin: &Skin) -> f32 {
    let [_, a, b] = lab(skin.color);
    let outside = |band: Band, value: f32| (band.min - value).max(value - band.max).max(0.0);
    outside(NATURAL_A, a).hypot(outside(NATURAL_B, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast_of(color: [f32; 3]) -> f32 {
        cast(&Skin {
            color,
            dark: 0.0,
            burnt: 0.0,
            shine: 0.0,
            shine_place: Rect::default(),
            noise: 0.0,
        })
    }

    #[test]
    fn skin_of_any_depth_has_no_cast_and_a_blue_one_has() {
        for natural in [
            [236.0, 199.0, 176.0],
            [198.0, 145.0, 116.0],
            [96.0, 66.0, 50.0],
        ] {
            assert_eq!(cast_of(natural), 0.0, "{natural:?}");
        }
        assert!(cast_of([170.0, 180.0, 230.0]) > 12.0);
        assert!(cast_of([150.0, 200.0, 130.0]) > 12.0);
    }
}
