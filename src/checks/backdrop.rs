//! What is behind the person, and how the person stands out from it.

use super::{Check, Limit, Unit};
use crate::{
    analysis::{Analysis, Background, Clothes, colour::delta_e},
    geometry::Rect,
    profile::{CheckId, Profile},
};

pub fn of(analysis: &Analysis, profile: &Profile) -> Vec<Check> {
    let seen = analysis.background.as_ref();
    let mut checks: Vec<Check> = of_background(seen, profile).into();
    let contrast = enough(seen)
        .zip(analysis.clothes.as_ref())
        .map(|(seen, clothes)| contrast(clothes, seen.color));
    // A picture without shoulders is no fault of the clothes; the layout checks judge such a crop.
    if analysis.face.is_none() || contrast.is_some() {
        checks.push(
            Check::new(
                CheckId::ClothesContrast,
                contrast,
                Limit::at_least(profile.limits.clothes_contrast_min),
                Unit::DeltaE,
            )
            .at(analysis.clothes.as_ref().map(|clothes| clothes.place)),
        );
    }
    // Without an even wall along the outline the backdrop checks decide.
    if let Some(rim) = &analysis.rim {
        let limit = Limit::at_most(profile.limits.rim_max);
        checks.push(
            Check::new(CheckId::Rim, Some(rim.overshoot), limit, Unit::Levels).at(Some(rim.place)),
        );
    }
    checks
}

/// Returns the backdrop, if enough of it is visible to judge.
fn enough(seen: Option<&Background>) -> Option<&Background> {
    const LEAST_SHARE: f32 = 0.05;
    seen.filter(|seen| seen.share >= LEAST_SHARE)
}

/// Judges evenness and colour of the backdrop, and shadows and objects on it.
pub fn of_background(seen: Option<&Background>, profile: &Profile) -> [Check; 4] {
    let seen = enough(seen);
    let (rule, limits) = (&profile.background, &profile.limits);
    let from_nearest = |seen: &Background| {
        rule.colours
            .iter()
            .map(|accepted| delta_e(seen.color, accepted.map(f32::from)))
            .fold(f32::INFINITY, f32::min)
    };
    let check =
        |id, value: Option<f32>, most, unit| Check::new(id, value, Limit::at_most(most), unit);
    let place = |of: fn(&Background) -> Rect| seen.map(of).filter(|place| place.area() > 0.0);
    [
        check(
            CheckId::Background,
            seen.map(|seen| seen.spread),
            limits.background_std_max,
            Unit::Levels,
        ),
        check(
            CheckId::BackgroundColour,
            seen.map(from_nearest),
            rule.tolerance_delta_e,
            Unit::DeltaE,
        ),
        check(
            CheckId::BackgroundShadow,
            seen.map(|seen| seen.shadow),
            limits.background_shadow_max,
            Unit::Ratio,
        )
        .at(place(|seen| seen.shadow_place)),
        check(
            CheckId::BackgroundObjects,
            seen.map(|seen| seen.objects),
            limits.background_objects_max,
            Unit::Ratio,
        )
        .at(place(|seen| seen.objects_place)),
    ]
}

/// Returns how much the edge of the clothes differs from the backdrop (CIE76), taken over the fifth
/// of it that is most alike.
fn contrast(clothes: &Clothes, backdrop: [f32; 3]) -> f32 {
    let mut apart: Vec<f32> = clothes
        .edge
        .iter()
        .map(|color| delta_e(*color, backdrop))
        .collect();
    apart.sort_by(f32::total_cmp);
    apart.get(apart.len() / 5).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_clothes_before_a_white_wall_have_no_contrast() {
        let clothes = |color| Clothes {
            edge: vec![color; 20],
            place: Rect::default(),
        };
        let wall = [250.0, 250.0, 250.0];
        assert!(contrast(&clothes([243.0, 244.0, 246.0]), wall) < 6.0);
        assert!(contrast(&clothes([40.0, 50.0, 90.0]), wall) > 50.0);
    }
}
