//! The colour behind the person: whether it is right already, and how another one is put there.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use image::RgbImage;

use super::matte::Matte;
use crate::{analysis::Background, profile::BackgroundRule};

/// Whether the backdrop is even and within tolerance of an accepted colour.
pub fn is_right(seen: Option<&Background>, rule: &BackgroundRule, spread_max: f32) -> bool {
    seen.is_some_and(|seen| {
        let seen_lab = lab(seen.color.map(|c| c / 255.0));
        seen.spread <= spread_max
            && rule
                .colours
                .iter()
                .any(|accepted| delta_e(seen_lab, lab(accepted.map(|c| f32::from(c) / 255.0))) <= rule.tolerance_delta_e)
    })
}

/// The colour that is composed: the profile's first, 0..=1.
pub fn wanted(rule: &BackgroundRule) -> [f32; 3] {
    rule.colours
        .first()
        .map_or([1.0; 3], |colour| colour.map(|c| f32::from(c) / 255.0))
}

/// Puts `wanted` behind the person: C + (1-a)(N-B). With a = 1 a pixel stays bit for bit as it is; at the edge the old
/// backdrop's share is taken out with its own colour, so no fringe of it stays.
pub fn replace(mut picture: RgbImage, matte: &Matte, wanted: [f32; 3]) -> RgbImage {
    for (at, pixel) in picture.pixels_mut().enumerate() {
        let through = 1.0 - matte.alpha[at];
        if through <= 0.0 {
            continue;
        }
        for c in 0..3 {
            let old = f32::from(pixel.0[c]) / 255.0;
            // Far from the person the backdrop is exactly the wanted colour, not the wanted colour plus noise.
            let new = if through >= 1.0 {
                wanted[c]
            } else {
                old + through * (wanted[c] - matte.behind[at][c])
            };
            pixel.0[c] = (new.clamp(0.0, 1.0) * 255.0).round() as u8;
        }
    }
    picture
}

/// CIE76 colour difference.
fn delta_e(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b) * (a - b))
        .sum::<f32>()
        .sqrt()
}

/// CIELAB (D65) of sRGB, each channel 0..=1.
fn lab(srgb: [f32; 3]) -> [f32; 3] {
    let [r, g, b] = srgb.map(|c| {
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    let x = (0.412_4 * r + 0.357_6 * g + 0.180_5 * b) / 0.950_5;
    let y = 0.212_6 * r + 0.715_2 * g + 0.072_2 * b;
    let z = (0.019_3 * r + 0.119_2 * g + 0.950_5 * b) / 1.089;
    let [x, y, z] = [x, y, z].map(|t| {
        if t > 0.008_856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lab_of_known_colours() {
        let white = lab([1.0; 3]);
        assert!((white[0] - 100.0).abs() < 0.1 && white[1].abs() < 0.2 && white[2].abs() < 0.2);
        let red = lab([1.0, 0.0, 0.0]);
        assert!((red[0] - 53.2).abs() < 0.5 && (red[1] - 80.1).abs() < 0.5, "{red:?}");
    }

    #[test]
    fn an_accepted_even_backdrop_is_left_alone() {
        let rule = crate::profile::Profile::standard_99().background;
        let seen = |color, spread| Background {
            color,
            spread,
            gradient: 0.0,
            share: 0.5,
        };
        assert!(is_right(Some(&seen([252.0, 252.0, 252.0], 3.0)), &rule, 12.0));
        assert!(!is_right(Some(&seen([252.0, 252.0, 252.0], 30.0)), &rule, 12.0));
        assert!(!is_right(Some(&seen([120.0, 90.0, 60.0], 3.0)), &rule, 12.0));
        assert!(!is_right(None, &rule, 12.0));
    }
}
