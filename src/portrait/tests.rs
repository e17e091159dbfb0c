//! The portrait against the sitter's truth.

use super::*;
use crate::{
    analysis::{Want, tests::models},
    geometry::{Point, Size},
    guidance,
    layout,
    sitter::{Person, Pose, Scene, render},
};

const FRAME: Size = Size::new(1280, 720);

/// A good sitting of one person, and its finished portrait.
fn portrait_of(seed: u64) -> (crate::sitter::Truth, RgbImage, Standardised) {
    let profile = Profile::standard_99();
    let mut analyser = Analyser::new(&models()).unwrap();
    let rendering = render(&Person::from_seed(seed), &Pose::good(FRAME), &Scene::default(), FRAME);
    let analysis = analyser.analyse(Arc::new(still(rendering.rgb.clone())), Want::Judge);
    let crop = guidance::crop_of(&analysis, &profile).unwrap();
    let portrait = standardise(&analysis, crop, &profile, &mut analyser, BackgroundMode::Profile).unwrap();
    (rendering.truth, rendering.rgb, portrait)
}

#[test]
fn a_good_sitting_becomes_a_file_that_meets_the_standard() {
    let profile = Profile::standard_99();
    for seed in [1, 4] {
        let (truth, _, portrait) = portrait_of(seed);
        let failed: Vec<_> = portrait.checks.iter().filter(|check| !check.pass).collect();
        assert!(failed.is_empty(), "person {seed}: {failed:?}");
        let head = layout::Head {
            crown_y: truth.crown_y.unwrap(),
            eye_y: truth.eye_line_y,
            chin_y: truth.chin.y,
            mid_x: truth.midline_x,
            face_width: truth.face_width,
        };
        let placed = portrait.crop.place(&head);
        assert!(placed.margin(&profile.bands) >= 0.0, "person {seed}: {placed:?}");
        let measured = portrait.placed;
        assert!((measured.eye_px - placed.eye_px).abs() < 4.0, "{measured:?} {placed:?}");
        assert!((measured.crown_px - placed.crown_px).abs() < 10.0, "{measured:?} {placed:?}");
    }
}

#[test]
fn nothing_is_mirrored() {
    let (truth, _, portrait) = portrait_of(1);
    let badge = portrait.crop.output_from_frame(truth.badge);
    let decoded = image::load_from_memory(&portrait.jpeg).unwrap().into_rgb8();
    let redness = |x: f32| {
        let around = |at: f32| (at as u32 - 2)..(at as u32 + 3);
        let mut sum = 0;
        for y in around(badge.y) {
            for x in around(x) {
                let [r, g, b] = decoded.get_pixel(x, y).0.map(i32::from);
                sum += r - g.max(b);
            }
        }
        sum / 25
    };
    assert!(badge.x > 240.0, "{badge:?}");
    let (own, mirrored) = (redness(badge.x), redness(480.0 - badge.x));
    assert!(own > mirrored + 30, "{own} {mirrored}");
}

#[test]
fn the_person_is_one_crop_and_one_resampling_and_nothing_else() {
    let (_, frame, portrait) = portrait_of(4);
    let cut = cut(&frame, portrait.crop).unwrap();
    let matte_alpha = &portrait.alpha;
    let mask = portrait_mask(&frame);
    let matte = matte::matte(&cut, Some(&mask), portrait.crop).unwrap();
    let replaced = backdrop::replace(cut.clone(), &matte, [0.0, 1.0, 0.0]);
    let mut person = 0;
    for ((x, y, after), before) in replaced.enumerate_pixels().zip(cut.pixels()) {
        if matte_alpha.get_pixel(x, y).0 == [255] && matte.alpha[(y * 480 + x) as usize] >= 1.0 {
            assert_eq!(after, before, "{x},{y}");
            person += 1;
        }
    }
    assert!(person > 60_000, "{person}");
}

fn portrait_mask(frame: &RgbImage) -> crate::analysis::Mask {
    let mut analyser = Analyser::new(&models()).unwrap();
    let analysis = analyser.analyse(Arc::new(still(frame.clone())), Want::Judge);
    crate::analysis::Mask::clone(analysis.mask.as_ref().unwrap())
}

#[test]
fn a_crop_that_would_enlarge_is_refused() {
    let crop = Crop {
        origin_in_frame: Point::new(0.0, 0.0),
        scale: 1.2,
    };
    assert_eq!(cut(&RgbImage::new(640, 640), crop), Err(Unfit::TooSmall));
}
