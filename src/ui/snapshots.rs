//! A few screens as small pictures, drawn by software and compared with those that were approved:
//! anything that moves, vanishes or changes colour shows. They are small, so that another version
//! of the renderer or the font does not.
//!
//! `CAPTURE_STATION_SNAPSHOTS=renew cargo test --lib ui::snapshots` replaces them by what is drawn
//! now; look at it before committing.

use std::path::PathBuf;

use egui::Vec2;
use image::{RgbImage, imageops::FilterType};

use super::tests::{SMALL, TALL, WIDE, harness_drawn};
use crate::lang::Lang;

/// Screens whose look is worth keeping: each with a layout of its own.
const KEPT: [(&str, Lang, Vec2); 9] = [
    ("attract", Lang::Zh, TALL),
    ("consent", Lang::En, WIDE),
    ("tail", Lang::Zh, SMALL),
    ("framing-good", Lang::Zh, WIDE),
    ("review", Lang::En, TALL),
    ("contact", Lang::Zh, TALL),
    ("payment", Lang::Zh, WIDE),
    ("progress-rejected", Lang::Zh, TALL),
    ("receipt", Lang::Zh, WIDE),
];

/// Longer side of a kept picture, in px: a button is still some pixels large.
const SIDE: u32 = 192;
/// How much the edges of glyphs differ between renderers, in levels of 255.
const STRAY: u8 = 40;
/// The share of a picture that may differ; a button that moved is more.
const STRAYS: f64 = 0.004;

#[test]
fn the_screens_look_as_they_did_when_they_were_judged() {
    let renew = std::env::var_os("CAPTURE_STATION_SNAPSHOTS").is_some();
    for (name, lang, size) in KEPT {
        let drawn = small(&harness_drawn(name, lang, size));
        let path = place(&format!("{name}-{lang:?}.png").to_lowercase());
        if renew {
            drawn.save(&path).expect("tests/snapshots can be written");
            continue;
        }
        let kept = image::open(&path).expect("it was kept").to_rgb8();
        let strays = strays(&kept, &drawn);
        if strays > STRAYS {
            let seen = std::env::temp_dir().join(format!("capture-station-{name}.png"));
            drawn
                .save(&seen)
                .expect("the temporary folder can be written");
            panic!(
                "{name} looks different in {:.1} % of its place: compare {} with {}",
                strays * 100.0,
                seen.display(),
                path.display()
            );
        }
    }
}

fn place(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(file)
}

fn small(picture: &RgbImage) -> RgbImage {
    let longest = picture.width().max(picture.height());
    let scaled = |side: u32| side * SIDE / longest;
    let (width, height) = (scaled(picture.width()), scaled(picture.height()));
    image::imageops::resize(picture, width, height, FilterType::Triangle)
}

/// Returns the share of pixels that differ by more than [`STRAY`] in a channel; all of them where
/// the sizes differ.
fn strays(kept: &RgbImage, drawn: &RgbImage) -> f64 {
    if kept.dimensions() != drawn.dimensions() {
        return 1.0;
    }
    let differ = kept.pixels().zip(drawn.pixels()).filter(|(a, b)| {
        let mut channels = a.0.iter().zip(b.0);
        channels.any(|(a, b)| a.abs_diff(b) > STRAY)
    });
    differ.count() as f64 / f64::from(kept.width() * kept.height())
}

#[test]
fn a_button_that_moved_strays() {
    let kept = RgbImage::from_pixel(192, 108, image::Rgb([242, 246, 251]));
    let mut drawn = kept.clone();
    for x in 10..40 {
        for y in 90..100 {
            drawn.put_pixel(x, y, image::Rgb([26, 92, 184]));
        }
    }
    assert!(strays(&kept, &drawn) > STRAYS);
    assert_eq!(strays(&kept, &kept), 0.0);
}
