//! What the encoding of portraits gains, by SSIMULACRA2 (100 is the original; 90 and more cannot be
//! distinguished from it at arm's length; higher is better) inside the standard's window of bytes.
//!
//! `cargo bench --features ssimulacra2 --bench jpeg`. The people here are others than those on whom
//! the encoding was fitted.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, takes the time, and has nothing to say if it cannot set up"
)]

use std::time::Instant;

use capture_station::{
    geometry::{Point, Size},
    layout::Crop,
    portrait::{
        self,
        jpeg::{self, Curve, FULL, HALVED, Manner},
    },
    profile::{FileRule, OUTPUT_HEIGHT, OUTPUT_WIDTH, Profile},
    sitter::{LIGHT_BLUE, LIGHT_GREY, Person, Pose, Scene, WHITE, render},
};
use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use ssimulacra2::{
    ColorPrimaries, LinearRgb, Rgb, TransferCharacteristic, compute_frame_ssimulacra2,
};
const PEOPLE: std::ops::Range<u64> = 1_000..1_024;
/// A head as a 1080p camera sees it, before the crop.
const SEEN: Size = Size::new(774, 1032);

fn main() {
    let rule = Profile::standard_99().file;
    let pictures: Vec<RgbImage> = PEOPLE.map(portrait_of).collect();
    let originals: Vec<LinearRgb> = pictures.iter().map(linear).collect();
    let mut table = Table::default();
    let mut best = vec![f64::MIN; pictures.len()];
    for (name, encode) in contenders() {
        let row = Row::of(name, &pictures, &originals, |p| encode(p, &rule));
        for (best, score) in best.iter_mut().zip(&row.scores) {
            *best = best.max(*score);
        }
        table.rows.push(row);
    }
    for manner in relatives() {
        let row = Row::of("", &pictures, &originals, |p| {
            jpeg::finest(p, &rule, &manner)
        });
        for (best, score) in best.iter_mut().zip(&row.scores) {
            *best = best.max(*score);
        }
    }
    table.print(&best);
}

/// Renders one person in front of a white, blue or grey backdrop, flat as after its replacement, or
/// with a camera's noise.
fn portrait_of(seed: u64) -> RgbImage {
    let at = seed as usize;
    let backdrop = [WHITE, LIGHT_BLUE, LIGHT_GREY].into_iter().cycle().nth(at);
    let noise = [0.0, 1.2, 2.5, 6.0].into_iter().cycle().nth(at / 3);
    let (backdrop, noise) = (backdrop.unwrap(), noise.unwrap());
    let scene = Scene {
        seed,
        noise,
        backdrop,
        ..Scene::default()
    };
    let mut seen = render(&Person::from_seed(seed), &Pose::good(SEEN), &scene, SEEN);
    if !seed.is_multiple_of(4) {
        for (pixel, alpha) in seen.rgb.pixels_mut().zip(seen.alpha.pixels()) {
            let person = f32::from(alpha.0[0]) / 255.0;
            for (channel, behind) in pixel.0.iter_mut().zip(backdrop) {
                let mixed = f32::from(*channel) * person + f32::from(behind) * (1.0 - person);
                *channel = mixed.round() as u8;
            }
        }
    }
    let crop = Crop {
        origin_in_frame: Point::default(),
        scale: OUTPUT_WIDTH as f32 / SEEN.width as f32,
    };
    portrait::cut(&seen.rgb, crop).unwrap()
}

type Encode = Box<dyn Fn(&RgbImage, &FileRule) -> Option<Vec<u8>>>;

/// Returns the encodings in the table.
fn contenders() -> [(&'static str, Encode); 4] {
    let plain = |sampling, optimised| -> Encode {
        Box::new(move |picture, rule| by_quality(picture, rule, sampling, optimised))
    };
    [
        (
            "quality search, 4:2:0",
            plain(SamplingFactor::R_4_2_0, false),
        ),
        (
            "quality search, 4:4:4 optimised",
            plain(SamplingFactor::R_4_4_4, true),
        ),
        (
            "fitted tables, 4:2:0",
            Box::new(|picture, rule| jpeg::finest(picture, rule, &HALVED)),
        ),
        ("ours", Box::new(portrait::encode)),
    ]
}

/// Returns the variants among which the best for each picture is searched: more or less colour,
/// more or less detail.
fn relatives() -> Vec<Manner> {
    let colour = [0.7, 0.85, 1.25, 1.6, 2.2].map(|weight| Manner {
        chroma: Curve {
            weight: FULL.chroma.weight * weight,
            ..FULL.chroma
        },
        ..FULL
    });
    let detail = [3.6, 4.0, 5.0, 5.6].map(|reach| Manner {
        luma: Curve { reach, ..FULL.luma },
        ..FULL
    });
    let half = Manner {
        sampling: SamplingFactor::R_4_2_2,
        ..HALVED
    };
    colour.into_iter().chain(detail).chain([half]).collect()
}

/// Encodes as most programs do: the encoder's own tables, and the highest whole quality that fits.
fn by_quality(
    picture: &RgbImage,
    rule: &FileRule,
    sampling: SamplingFactor,
    optimised: bool,
) -> Option<Vec<u8>> {
    (rule.quality_floor..=100).rev().find_map(|quality| {
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, quality);
        encoder.set_sampling_factor(sampling);
        encoder.set_optimized_huffman_tables(optimised);
        let (width, height) = (OUTPUT_WIDTH as u16, OUTPUT_HEIGHT as u16);
        encoder
            .encode(picture.as_raw(), width, height, ColorType::Rgb)
            .unwrap();
        (jpeg.len() <= rule.max_bytes as usize).then_some(jpeg)
    })
}

struct Row {
    name: &'static str,
    scores: Vec<f64>,
    bytes: usize,
    ms: f64,
}

impl Row {
    fn of(
        name: &'static str,
        pictures: &[RgbImage],
        originals: &[LinearRgb],
        encode: impl Fn(&RgbImage) -> Option<Vec<u8>>,
    ) -> Self {
        let began = Instant::now();
        let files: Vec<Option<Vec<u8>>> = pictures.iter().map(encode).collect();
        let ms = began.elapsed().as_secs_f64() * 1000.0 / pictures.len() as f64;
        let score = |(original, file): (&LinearRgb, &Option<Vec<u8>>)| {
            // Nothing fits the window, which is the worst result.
            let Some(file) = file else { return 0.0 };
            let seen = image::load_from_memory(file).unwrap().into_rgb8();
            compute_frame_ssimulacra2(original.clone(), linear(&seen)).unwrap()
        };
        Self {
            name,
            scores: originals.iter().zip(&files).map(score).collect(),
            bytes: files.iter().flatten().map(Vec::len).sum::<usize>() / pictures.len(),
            ms,
        }
    }
}

fn linear(picture: &RgbImage) -> LinearRgb {
    let unit = |pixel: &image::Rgb<u8>| pixel.0.map(|channel| f32::from(channel) / 255.0);
    let rgb = Rgb::new(
        picture.pixels().map(unit).collect(),
        picture.width() as usize,
        picture.height() as usize,
        TransferCharacteristic::SRGB,
        ColorPrimaries::BT709,
    );
    LinearRgb::try_from(rgb.unwrap()).unwrap()
}

#[derive(Default)]
struct Table {
    rows: Vec<Row>,
}

impl Table {
    fn print(&self, best: &[f64]) {
        println!("{} portraits, SSIMULACRA2\n", best.len());
        println!("| encoding | mean | 5th percentile | bytes | ms |\n|---|---|---|---|---|");
        for row in &self.rows {
            let (mean, low) = summary(&row.scores);
            let (name, bytes, ms) = (row.name, row.bytes, row.ms);
            println!("| {name} | {mean:.2} | {low:.2} | {bytes} | {ms:.0} |");
        }
        let (mean, low) = summary(best);
        println!("| best of 14 for each picture | {mean:.2} | {low:.2} | | |\n");
        if let ([plain, ..], [.., ours]) = (self.rows.as_slice(), self.rows.as_slice()) {
            let (plain, ours) = (summary(&plain.scores).0, summary(&ours.scores).0);
            let share = 100.0 * (ours - plain) / (mean - plain);
            println!(
                "Ours reaches {share:.0} % of what choosing by SSIMULACRA2 itself would gain."
            );
        }
    }
}

/// Returns mean and 5th percentile.
fn summary(scores: &[f64]) -> (f64, f64) {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let low = sorted.get(sorted.len() / 20).copied().unwrap_or_default();
    (sorted.iter().sum::<f64>() / sorted.len() as f64, low)
}
