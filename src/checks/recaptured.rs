//! Whether a picture was photographed from a screen.
//!
//! A screen's grid of pixels and the camera's interfere: over the whole photograph lies one fine,
//! regular pattern (moire). Skin and hair have none that four different parts of a face share. So
//! the spectra of four small parts are compared, and what all four have in common is judged by how
//! far one frequency stands out from others that are as fine. Prints, and screens whose pixels the
//! camera does not resolve, leave no such pattern.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: indices are remainders of the tables' sizes"
)]

use std::f32::consts::TAU;

use image::RgbImage;

use super::{Check, Limit, Unit};
use crate::{
    analysis::{Face, sampling::Pyramid},
    geometry::Point,
    profile::CheckId,
};

/// Pixels of a part along each side.
const SIDE: usize = 64;
/// The same in distances between the irises: pixels of a portrait, whose irises are about 84 px
/// apart.
const WIDE: f32 = SIDE as f32 / 84.0;
/// Forehead, nose and both cheeks, in distances between the irises from the eyes' midpoint.
const PARTS: [Point; 4] = [
    Point::new(0.0, -0.71),
    Point::new(0.0, 0.6),
    Point::new(-0.6, 0.71),
    Point::new(0.6, 0.71),
];
/// How fine the patterns are that are compared, in waves a pixel: each ring of frequencies begins
/// one step after the last and overlaps with it.
const COARSEST: f32 = 0.08;
const STEP: f32 = 0.04;
const RINGS: usize = 11;
const RING: f32 = 0.06;
/// Power of the least pattern that counts: a smooth, noiseless part has none at all.
const CALM: f32 = 100.0;
/// JPEG's blocks repeat every eight pixels, so that their frequencies stand out in any file.
const BLOCKS: f32 = 8.0;
const NEAR: f32 = 0.13;

/// Returns how many times stronger the strongest regular pattern is than its like.
pub fn of(picture: &RgbImage, face: Option<&Face>, most: f32) -> Check {
    Check::new(
        CheckId::Recaptured,
        face.map(|face| strongest(&common(picture, face))),
        Limit::at_most(most),
        Unit::Ratio,
    )
    .at(face.map(Face::rect))
}

/// Returns the least power of each frequency over the parts: rows of [`SIDE`], of which the second
/// half, a mirror image of the first, is left out.
fn common(picture: &RgbImage, face: &Face) -> Vec<f32> {
    let mut pyramid = Pyramid::new(picture);
    let mut least = vec![f32::INFINITY; (SIDE / 2 + 1) * SIDE];
    for center in PARTS {
        let patch = face.patch(center, Point::new(WIDE, WIDE));
        let power = spectrum(&pyramid.luma(&patch, SIDE, SIDE));
        for (least, power) in least.iter_mut().zip(power) {
            *least = least.min(power);
        }
    }
    least
}

/// Returns the power of each frequency of a part, after a Hann window.
fn spectrum(luma: &[f32]) -> Vec<f32> {
    let mean = luma.iter().sum::<f32>() / luma.len().max(1) as f32;
    let window: Vec<f32> = (0..SIDE)
        .map(|i| 0.5 - 0.5 * (TAU * i as f32 / (SIDE - 1) as f32).cos())
        .collect();
    let waves: Vec<(f32, f32)> = (0..SIDE)
        .map(|i| (TAU * i as f32 / SIDE as f32).sin_cos())
        .collect();
    let shaded: Vec<(f32, f32)> = luma
        .iter()
        .enumerate()
        .map(|(i, luma)| ((luma - mean) * window[i % SIDE] * window[i / SIDE], 0.0))
        .collect();
    let rows = transformed(&shaded, &waves, SIDE);
    // The other half is its mirror image, as brightness has no imaginary part.
    transformed(&rows, &waves, SIDE / 2 + 1)
        .into_iter()
        .map(|(re, im)| re.mul_add(re, im * im))
        .collect()
}

/// Returns the first `count` frequencies of the discrete Fourier transform along each row, turned:
/// rows become columns.
fn transformed(values: &[(f32, f32)], waves: &[(f32, f32)], count: usize) -> Vec<(f32, f32)> {
    let mut turned = vec![(0.0, 0.0); count * SIDE];
    for (y, row) in values.chunks_exact(SIDE).enumerate() {
        for wave in 0..count {
            let mut sum = (0.0_f32, 0.0_f32);
            for (x, (re, im)) in row.iter().enumerate() {
                let (sin, cos) = waves[wave * x % SIDE];
                sum.0 += re * cos + im * sin;
                sum.1 += im * cos - re * sin;
            }
            turned[wave * SIDE + y] = sum;
        }
    }
    turned
}

fn strongest(power: &[f32]) -> f32 {
    let fine: Vec<(f32, f32)> = power
        .iter()
        .enumerate()
        .filter_map(|(i, power)| {
            let (x, y) = (waves_a_pixel(i % SIDE), waves_a_pixel(i / SIDE));
            let of_blocks = is_of_blocks(x) && is_of_blocks(y);
            (!of_blocks).then(|| (x.hypot(y), *power))
        })
        .collect();
    let ring = |number: usize| {
        let from = STEP.mul_add(number as f32, COARSEST);
        let inside = |(radius, _): &&(f32, f32)| (from..from + RING).contains(radius);
        let mut powers: Vec<f32> = fine.iter().filter(inside).map(|(_, p)| *p).collect();
        powers.sort_by(f32::total_cmp);
        let usual = powers.get(powers.len() / 2).copied().unwrap_or_default();
        powers.last().copied().unwrap_or_default() / (usual + CALM)
    };
    (0..RINGS).map(ring).fold(0.0, f32::max)
}

/// Returns a frequency of the transform, -0.5..0.5.
fn waves_a_pixel(index: usize) -> f32 {
    let wave = index as f32 / SIDE as f32;
    if wave < 0.5 { wave } else { wave - 1.0 }
}

fn is_of_blocks(waves_a_pixel: f32) -> bool {
    let in_block = waves_a_pixel * BLOCKS;
    (in_block - in_block.round()).abs() < NEAR
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{
            Analyser,
            tests::{frame, models},
        },
        geometry::Size,
        profile::Profile,
        sitter::{Person, Pose, Recapture, Scene, recaptured, render},
    };

    fn judged(picture: &RgbImage, analyser: &mut Analyser) -> Check {
        let seen = analyser.analyse_still(frame(1, picture.clone()));
        let most = Profile::standard_99().limits.recaptured_max.unwrap();
        of(picture, seen.face.as_ref(), most)
    }

    #[test]
    fn a_picture_of_a_screen_shows_the_screens_grid() {
        let size = Size::new(480, 640);
        let mut analyser = Analyser::new(&models()).unwrap();
        for seed in 1..4 {
            let person = Person::from_seed(seed);
            let picture = render(&person, &Pose::good(size), &Scene::default(), size).rgb;
            let check = judged(&picture, &mut analyser);
            assert!(check.pass, "{seed}: {:?}", check.value);

            let screen = Recapture {
                pitch: [0.8, 0.9, 1.15][seed as usize % 3],
                turn_deg: [2.0, -3.0, 4.0][seed as usize % 3],
                gap: 0.1,
            };
            let check = judged(&recaptured(&picture, &screen), &mut analyser);
            assert!(!check.pass, "{seed}: {:?}", check.value);
        }
    }

    #[test]
    fn without_a_face_nothing_is_measured() {
        assert_eq!(of(&RgbImage::new(48, 64), None, 60.0).value, None);
    }
}
