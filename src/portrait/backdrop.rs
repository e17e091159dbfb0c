//! The backdrop's colour: whether it is right already, and how another one is composed.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use image::RgbImage;

use super::matte::Matte;
use crate::{
    analysis::Background,
    checks,
    profile::{BackgroundRule, Profile},
};

/// Returns whether the backdrop is clearly even and of an accepted colour, by the checks that the
/// final file has to pass. The file is measured again on its own pixels, so a frame that barely
/// passes could barely fail there.
pub fn is_right(seen: Option<&Background>, profile: &Profile) -> bool {
    const CLEARLY: f32 = 0.6;
    checks::of_background(seen, profile).iter().all(|check| {
        let most = check.limit.max.map(|max| max * CLEARLY);
        check.pass
            && most
                .zip(check.value)
                .is_none_or(|(most, value)| value <= most)
    })
}

/// Returns the colour to compose: the profile's first, 0..=1.
pub fn wanted(rule: &BackgroundRule) -> [f32; 3] {
    rule.colours
        .first()
        .map_or([1.0; 3], |colour| colour.map(|c| f32::from(c) / 255.0))
}

/// Puts `wanted` behind the person: C + (1-a)(N-B). With a = 1 a pixel stays bit for bit as it is;
/// at the edge the old backdrop's share is subtracted in its own colour, so no fringe of it
/// remains.
pub fn replace(mut picture: RgbImage, matte: &Matte, wanted: [f32; 3]) -> RgbImage {
    for (at, pixel) in picture.pixels_mut().enumerate() {
        let through = 1.0 - matte.alpha[at];
        if through <= 0.0 {
            continue;
        }
        let behind = matte.behind[at];
        for ((channel, wanted), behind) in pixel.0.iter_mut().zip(wanted).zip(behind) {
            let old = f32::from(*channel) / 255.0;
            // Far from the person the backdrop is exactly the wanted colour, not the wanted colour
            // plus noise.
            let new = if through >= 1.0 {
                wanted
            } else {
                old + through * (wanted - behind)
            };
            *channel = (new.clamp(0.0, 1.0) * 255.0).round() as u8;
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_even_backdrop_is_left_alone() {
        let profile = Profile::standard_99();
        let seen = |color, spread| Background {
            color,
            spread,
            gradient: 0.0,
            share: 0.5,
            ..Background::default()
        };
        assert!(is_right(Some(&seen([252.0, 252.0, 252.0], 3.0)), &profile));
        assert!(!is_right(
            Some(&seen([252.0, 252.0, 252.0], 30.0)),
            &profile
        ));
        assert!(!is_right(Some(&seen([120.0, 90.0, 60.0], 3.0)), &profile));
        assert!(!is_right(None, &profile));
    }
}
