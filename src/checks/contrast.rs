//! Whether a picture reaches from dark to bright or was washed out.
//!
//! Every face has something nearly black: pupils, lashes, nostrils. Every portrait has something
//! bright: a wall, the white of the eyes, skin in the light. So neither pale people in white before
//! white walls nor dark skin lack contrast, while a picture with a compressed range does.

use image::{Rgb, RgbImage};

use super::{Check, Limit, Unit};
use crate::{analysis::sampling::luma, geometry::Rect, profile::CheckId};

/// Shares of the face and of the picture: a single dead pixel is neither dark nor bright.
const DARKEST: f32 = 0.01;
const BRIGHTEST: f32 = 0.99;

/// Measures the range from the darkest part of the face to the brightest part of the picture, in
/// luma levels.
pub fn of(picture: &RgbImage, face: Option<Rect>, least: f32) -> Check {
    let range = face.and_then(|face| {
        let dark = level(inside(picture, &face), DARKEST)?;
        Some(level(picture.pixels().copied(), BRIGHTEST)? - dark)
    });
    Check::new(
        CheckId::Contrast,
        range,
        Limit::at_least(least),
        Unit::Levels,
    )
    .at(face)
}

fn inside<'p>(picture: &'p RgbImage, part: &Rect) -> impl Iterator<Item = Rgb<u8>> + 'p {
    let columns = part.min.x.max(0.0) as u32..part.max.x.max(0.0) as u32;
    let rows = part.min.y.max(0.0) as u32..part.max.y.max(0.0) as u32;
    let (width, height) = picture.dimensions();
    let columns = columns.start..columns.end.min(width);
    (rows.start..rows.end.min(height)).flat_map(move |y| {
        let row = columns.clone();
        row.filter_map(move |x| picture.get_pixel_checked(x, y).copied())
    })
}

/// Returns the luma that this share of the pixels does not exceed; `None` where there are no
/// pixels.
fn level(pixels: impl Iterator<Item = Rgb<u8>>, share: f32) -> Option<f32> {
    let mut counts = [0_usize; 256];
    for Rgb(color) in pixels {
        let level = luma(color.map(f32::from)).round() as usize;
        if let Some(count) = counts.get_mut(level) {
            *count += 1;
        }
    }
    let wanted = counts.iter().sum::<usize>() as f32 * share;
    let mut below = 0;
    let level = counts.iter().position(|count| {
        below += count;
        below as f32 > wanted
    });
    level.map(|level| level as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geometry::{Point, Size},
        profile::Profile,
        sitter::{LIGHT_BLUE, Person, Pose, Scene, WHITE, render_before_each},
    };

    const SIZE: Size = Size::new(480, 640);

    fn judged(picture: &RgbImage) -> Check {
        // The face of [`Pose::good`], from the brows to the chin.
        let face = Rect::new(Point::new(140.0, 200.0), Point::new(340.0, 390.0));
        of(
            picture,
            Some(face),
            Profile::standard_99().limits.contrast_min.unwrap(),
        )
    }

    fn squeezed(picture: &RgbImage, range: f32, black: f32) -> RgbImage {
        let mut picture = picture.clone();
        for level in picture.iter_mut() {
            *level = f32::from(*level).mul_add(range, black) as u8;
        }
        picture
    }

    #[test]
    fn pale_people_in_white_before_white_and_everybody_else_have_contrast() {
        for seed in 1..4 {
            let person = Person::from_seed(seed).in_clothes([246, 246, 246]);
            let scenes = [WHITE, LIGHT_BLUE].map(|backdrop| Scene {
                backdrop,
                ..Scene::default()
            });
            for seen in render_before_each(&person, &Pose::good(SIZE), &scenes, SIZE) {
                let check = judged(&seen.rgb);
                assert!(check.pass, "{seed}: {:?}", check.value);
                for black in [0.0, 76.0, 153.0] {
                    let check = judged(&squeezed(&seen.rgb, 0.4, black));
                    assert!(!check.pass, "{seed} {black}: {:?}", check.value);
                }
            }
        }
    }

    #[test]
    fn without_a_face_nothing_is_measured() {
        let picture = RgbImage::new(48, 64);
        assert_eq!(of(&picture, None, 1.0).value, None);
        let outside = Rect::new(Point::new(-9.0, -9.0), Point::new(-1.0, -1.0));
        assert_eq!(of(&picture, Some(outside), 1.0).value, None);
    }
}
