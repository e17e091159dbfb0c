//! Ten finished portraits and their hair at four times its size, for inspection.

use std::{path::Path, sync::Arc};

use capture_station::{
    analysis::{Analyser, Want},
    geometry::Size,
    guidance,
    portrait::{self, BackgroundMode},
    profile::Profile,
    sitter::{GREY_BLUE, LIGHT_BLUE, LIGHT_GREY, Person, Pose, Scene, WHITE, render},
};
use image::{RgbImage, imageops};

use crate::crew;

const FRAME: Size = Size::new(1280, 720);
const COLUMNS: u32 = 5;
/// Half the width of a portrait, and the side of a piece of hair before it is enlarged.
const SMALL: (u32, u32) = (240, 320);
const PIECE: u32 = 120;
const ENLARGED: u32 = 4;

/// Person, the booth's wall, and the colour that the batch wants.
const SITTINGS: [(u64, [u8; 3], [u8; 3]); 10] = [
    (3, GREY_BLUE, [255, 255, 255]),
    (7, GREY_BLUE, [100, 197, 255]),
    (12, WHITE, [100, 197, 255]),
    (4, LIGHT_GREY, [255, 255, 255]),
    (21, GREY_BLUE, [240, 240, 240]),
    (16, LIGHT_BLUE, [255, 255, 255]),
    (9, GREY_BLUE, [255, 255, 255]),
    (33, LIGHT_GREY, [100, 197, 255]),
    (28, WHITE, [240, 240, 240]),
    (40, GREY_BLUE, [100, 197, 255]),
];

/// Writes `portraits.jpg` and `hair.jpg` into `folder`.
pub fn write(folder: &Path) {
    let portraits = crew::each(&SITTINGS, |sitting, analyser| {
        portrait_of(sitting, analyser)
    });
    let sheet = |size: (u32, u32), picture: &dyn Fn(&RgbImage) -> RgbImage| {
        let rows = (SITTINGS.len() as u32).div_ceil(COLUMNS);
        let mut sheet = RgbImage::new(size.0 * COLUMNS, size.1 * rows);
        for (i, portrait) in portraits.iter().enumerate() {
            let (x, y) = (i as u32 % COLUMNS * size.0, i as u32 / COLUMNS * size.1);
            imageops::replace(&mut sheet, &picture(portrait), x.into(), y.into());
        }
        sheet
    };
    let smaller = |portrait: &RgbImage| {
        imageops::resize(portrait, SMALL.0, SMALL.1, imageops::FilterType::Lanczos3)
    };
    let hair = |portrait: &RgbImage| {
        let piece = imageops::crop_imm(portrait, 240, 60, PIECE, PIECE).to_image();
        let side = PIECE * ENLARGED;
        imageops::resize(&piece, side, side, imageops::FilterType::Nearest)
    };
    sheet(SMALL, &smaller)
        .save(folder.join("portraits.jpg"))
        .unwrap();
    let side = PIECE * ENLARGED;
    sheet((side, side), &hair)
        .save(folder.join("hair.jpg"))
        .unwrap();
}

fn portrait_of(
    (seed, wall, wanted): &(u64, [u8; 3], [u8; 3]),
    analyser: &mut Analyser,
) -> RgbImage {
    let mut profile = Profile::standard_99();
    profile.background.colours = vec![*wanted];
    let scene = Scene {
        backdrop: *wall,
        seed: *seed,
        ..Scene::default()
    };
    let rendering = render(&Person::from_seed(*seed), &Pose::good(FRAME), &scene, FRAME);
    analyser.reset();
    let frame = Arc::new(portrait::still(rendering.rgb));
    let analysis = analyser.analyse(frame, Want::Judge);
    let crop = guidance::crop_of(&analysis, &profile).unwrap();
    let made = portrait::standardise(
        &analysis,
        crop,
        &profile,
        analyser,
        BackgroundMode::Profile,
        None,
    )
    .unwrap();
    image::load_from_memory(&made.jpeg).unwrap().into_rgb8()
}
