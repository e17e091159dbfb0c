//! The portrait against the sitter's truth.

use super::*;
use crate::{
    analysis::{Want, tests::models},
    geometry::{Point, Size},
    guidance, layout,
    sitter::{Person, Pose, Rendering, Scene, Truth, render},
};

const FRAME: Size = Size::new(1280, 720);

/// A good sitting of one person, and its finished portrait.
fn portrait_of(seed: u64) -> (Truth, Rendering, Standardised) {
    let profile = Profile::standard_99();
    let mut analyser = Analyser::new(&models()).unwrap();
    let rendering = render(
        &Person::from_seed(seed),
        &Pose::good(FRAME),
        &Scene::default(),
        FRAME,
    );
    let analysis = analyser.analyse(Arc::new(still(rendering.rgb.clone())), Want::Judge);
    let crop = guidance::crop_of(&analysis, &profile).unwrap();
    let portrait = standardise(
        &analysis,
        crop,
        &profile,
        &mut analyser,
        BackgroundMode::Profile,
    )
    .unwrap();
    (rendering.truth, rendering, portrait)
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
        assert!(
            placed.margin(&profile.bands) >= 0.0,
            "person {seed}: {placed:?}"
        );
        let measured = portrait.placed;
        assert!(
            (measured.eye_px - placed.eye_px).abs() < 4.0,
            "{measured:?} {placed:?}"
        );
        assert!(
            (measured.crown_px - placed.crown_px).abs() < 10.0,
            "{measured:?} {placed:?}"
        );
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
    let (_, rendering, portrait) = portrait_of(4);
    assert_eq!(portrait.background, BackgroundUse::Replaced);
    let cut = cut(&rendering.rgb, portrait.crop).unwrap();
    let matte = matte_again(&rendering.rgb, portrait.crop);
    let replaced = backdrop::replace(cut.clone(), &matte, [0.0, 1.0, 0.0]);
    let (mut person, mut wall) = (0, 0);
    for ((after, before), alpha) in replaced.pixels().zip(cut.pixels()).zip(&matte.alpha) {
        if *alpha >= 1.0 {
            assert_eq!(after, before);
            person += 1;
        } else if *alpha <= 0.0 {
            assert_eq!(after.0, [0, 255, 0]);
            wall += 1;
        }
    }
    assert!(person > 100_000 && wall > 100_000, "{person} {wall}");
}

#[test]
fn the_matte_is_near_the_true_alpha_also_where_the_mask_misses_long_hair() {
    for seed in [3, 7] {
        let (_, rendering, portrait) = portrait_of(seed);
        let truth = image::DynamicImage::from(rendering.alpha).into_rgb8();
        let truth = cut(&truth, portrait.crop).unwrap();
        let wrong = portrait.alpha.pixels().zip(truth.pixels());
        let wrong = wrong
            .filter(|(alpha, truth)| alpha.0[0].abs_diff(truth.0[0]) > 127)
            .count();
        assert!(wrong < 600, "person {seed}: {wrong} of 307200 pixels");
    }
}

fn matte_again(frame: &RgbImage, crop: Crop) -> matte::Matte {
    let mut analyser = Analyser::new(&models()).unwrap();
    let analysis = analyser.analyse(Arc::new(still(frame.clone())), Want::Judge);
    let cut = cut(frame, crop).unwrap();
    matte_of(&cut, crop, analysis.face.as_ref().unwrap(), &mut analyser).unwrap()
}

#[test]
fn a_crop_that_would_enlarge_is_refused() {
    let crop = Crop {
        origin_in_frame: Point::new(0.0, 0.0),
        scale: 1.2,
    };
    assert_eq!(cut(&RgbImage::new(640, 640), crop), Err(Unfit::TooSmall));
}
