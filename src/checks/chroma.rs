//! Whether a picture is in colour at all.

use image::{Rgb, RgbImage};

use super::{Check, Limit, Unit};
use crate::profile::CheckId;

/// A grey picture saved in colour reads 0 to 3, from the rounding of JPEG, and a slightly toned one
/// 12. Skin in the palest photographs of people reads 23 and more, and fills far more than a
/// hundredth of a portrait.
const LEAST_COLOUR: f32 = 16.0;
const NEARLY_ALL: f32 = 0.99;

/// Measures the distance between the largest and the smallest channel that nearly all of the
/// picture does not exceed.
pub fn of(picture: &RgbImage) -> Check {
    Check::new(
        CheckId::Monochrome,
        colour(picture),
        Limit::at_least(LEAST_COLOUR),
        Unit::Levels,
    )
}

fn colour(picture: &RgbImage) -> Option<f32> {
    let mut counts = [0_usize; 256];
    for Rgb([r, g, b]) in picture.pixels() {
        let chroma = r.max(g).max(b) - r.min(g).min(b);
        if let Some(count) = counts.get_mut(usize::from(chroma)) {
            *count += 1;
        }
    }
    let pixels: usize = counts.iter().sum();
    let wanted = (pixels as f32 * NEARLY_ALL) as usize;
    let mut below = 0;
    let level = counts.iter().position(|count| {
        below += count;
        below > wanted
    });
    level.map(|level| level as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_face(wall: [u8; 3], face: [u8; 3]) -> RgbImage {
        RgbImage::from_fn(480, 640, |x, y| {
            let is_face = (150..330).contains(&x) && (150..390).contains(&y);
            Rgb(if is_face { face } else { wall })
        })
    }

    #[test]
    fn a_grey_picture_saved_in_colour_is_black_and_white() {
        let grey = with_face([250; 3], [141, 142, 140]);
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80)
            .encode_image(&grey)
            .unwrap();
        let read = image::load_from_memory(&bytes).unwrap().into_rgb8();
        let check = of(&read);
        assert!(!check.pass, "{:?}", check.value);
    }

    #[test]
    fn dark_skin_before_a_grey_wall_is_in_colour() {
        let check = of(&with_face([240; 3], [62, 44, 37]));
        assert!(check.pass, "{:?}", check.value);
        assert_eq!(of(&RgbImage::new(0, 0)).value, None);
    }
}
