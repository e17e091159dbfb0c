//! How closely a replaced backdrop matches the same sitter photographed in front of the other
//! backdrop.
//!
//! `cargo bench --bench matte -- --people 24`. Prints a table and writes nothing.
//!
//! Each person is rendered in front of a source wall, cropped, matted and composed over each other
//! colour of the profile. The truth is the same person, pose, crop and noise rendered in front of
//! that colour. The band around the true edge is compared: every pixel within 10 px (Euclidean) of
//! where the true alpha, cropped like the picture, crosses one half. Figures are PSNR in dB over
//! the three channels of that band.
//!
//! The rivals: the guided filter of the same mask, and GrabCut of OpenCV (`benches/grabcut.py`)
//! with the same mask as its trimap, both composed as usual (alpha of the picture, the rest of the
//! new colour).

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot set up has nothing to say; planes are 480x640; the table is printed"
)]

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use capture_station::{
    analysis::{Analyser, Analysis, Want, guided},
    geometry::{Point, Size},
    guidance,
    layout::Crop,
    portrait::{self, backdrop_replaced},
    profile::Profile,
    provision::models,
    sitter::{Color, Person, Pose, Rendering, Scene, render},
};
use image::{DynamicImage, RgbImage};

const FRAME: Size = Size::new(1920, 1080);
const WIDTH: usize = 480;
const HEIGHT: usize = 640;
const BAND_PX: i32 = 10;
const PEOPLE: u64 = 24;

const WALLS: [(&str, Color); 5] = [
    ("white 250", [250; 3]),
    ("blue 100,197,255", [100, 197, 255]),
    ("grey 128", [128; 3]),
    ("grey 240", [240; 3]),
    ("grey-blue 196,214,229", [196, 214, 229]),
];
/// A wall this close to a wanted colour is left as it is.
const SAME: u8 = 12;

fn main() {
    let profile = Profile::standard_99();
    let mut bench = Bench {
        analyser: models::analyser().unwrap(),
        grabcut: GrabCut::started(),
        wanted: profile.background.colours.clone(),
        profile,
    };
    let people = people();
    let mut table = vec![vec![Columns::default(); bench.wanted.len()]; WALLS.len()];
    for seed in 0..people {
        bench.measure(seed, &mut table);
    }
    println!(
        "{people} people; PSNR in dB, mean (5th percentile), within {BAND_PX} px of the true edge"
    );
    println!(
        "{:<24}{:<16}{:>14}{:>16}{:>14}",
        "wall", "put before", "ours", "guided filter", "GrabCut"
    );
    for ((name, _), row) in WALLS.iter().zip(&table) {
        bench.print(name, row);
    }
    match &bench.grabcut {
        Some(grabcut) => println!("GrabCut is that of OpenCV {}", grabcut.version),
        None => println!(
            "GrabCut was SKIPPED: no python3 with cv2 (`make matte` makes one in target/cv)"
        ),
    }
}

fn people() -> u64 {
    let mut told = env::args().skip_while(|arg| arg != "--people").skip(1);
    told.next().map_or(PEOPLE, |n| n.parse().unwrap())
}

/// Figures for one wanted colour, one per person.
#[derive(Clone, Default)]
struct Columns {
    ours: Vec<f64>,
    guided: Vec<f64>,
    grabcut: Vec<f64>,
}

struct Bench {
    analyser: Analyser,
    grabcut: Option<GrabCut>,
    profile: Profile,
    wanted: Vec<Color>,
}

impl Bench {
    fn measure(&mut self, seed: u64, table: &mut [Vec<Columns>]) {
        let scene = Scene::default();
        let truth = |wanted: &Color| {
            sitting(
                seed,
                Scene {
                    backdrop: *wanted,
                    gradient: 0.0,
                    ..scene
                },
            )
            .rgb
        };
        let truths: Vec<RgbImage> = self.wanted.iter().map(truth).collect();
        for ((_, wall), row) in WALLS.iter().zip(table) {
            let made = sitting(
                seed,
                Scene {
                    backdrop: *wall,
                    ..scene
                },
            );
            self.compare(*wall, made, &truths, row);
        }
    }

    fn compare(&mut self, wall: Color, made: Rendering, truths: &[RgbImage], row: &mut [Columns]) {
        let analysis = self
            .analyser
            .analyse(Arc::new(portrait::still(made.rgb)), Want::Judge);
        let Some(crop) = guidance::crop_of(&analysis, &self.profile) else {
            return println!("no crop for a person before {wall:?}");
        };
        let cut = portrait::cut(&analysis.frame.rgb, crop).unwrap();
        let band = band(&cut_alpha(made.alpha.into(), crop));
        let (guided, grabcut) = self.rivals(&cut);
        for ((wanted, truth), columns) in self.wanted.iter().zip(truths).zip(row) {
            if wall.iter().zip(wanted).all(|(a, b)| a.abs_diff(*b) <= SAME) {
                continue;
            }
            let truth = portrait::cut(truth, crop).unwrap();
            let psnr = |made: &RgbImage| psnr(made, &truth, &band);
            let ours = ours(&analysis, &cut, crop, *wanted, &mut self.analyser);
            columns.ours.push(psnr(&ours));
            columns.guided.push(psnr(&composed(&cut, &guided, *wanted)));
            if let Some(alpha) = &grabcut {
                columns.grabcut.push(psnr(&composed(&cut, alpha, *wanted)));
            }
        }
    }

    fn print(&self, name: &str, row: &[Columns]) {
        for (wanted, columns) in self.wanted.iter().zip(row) {
            if columns.ours.is_empty() {
                continue;
            }
            let wanted = wanted.map(|c| c.to_string()).join(",");
            let grabcut = match self.grabcut {
                Some(_) => said(&columns.grabcut),
                None => String::from("SKIPPED"),
            };
            let (ours, guided) = (said(&columns.ours), said(&columns.guided));
            println!("{name:<24}{wanted:<16}{ours:>14}{guided:>16}{grabcut:>14}");
        }
    }

    /// Returns the alphas of the other methods.
    fn rivals(&mut self, cut: &RgbImage) -> (Vec<f32>, Option<Vec<f32>>) {
        let mask = self.analyser.mask(cut).unwrap();
        let at = |i: usize| Point::new((i % WIDTH) as f32 + 0.5, (i / WIDTH) as f32 + 0.5);
        let mask: Vec<f32> = (0..WIDTH * HEIGHT).map(|i| mask.at(at(i))).collect();
        let color: Vec<[f32; 3]> = cut
            .pixels()
            .map(|p| p.0.map(|c| f32::from(c) / 255.0))
            .collect();
        let guided = guided::guided_filter(&color, &mask, WIDTH, 8, 1e-4, |_| true);
        let grabcut = self
            .grabcut
            .as_mut()
            .map(|grabcut| grabcut.alpha(cut, &trimap(&mask)));
        (guided, grabcut)
    }
}

fn sitting(seed: u64, scene: Scene) -> Rendering {
    render(&Person::from_seed(seed), &Pose::good(FRAME), &scene, FRAME)
}

fn ours(
    analysis: &Analysis,
    cut: &RgbImage,
    crop: Crop,
    wanted: Color,
    analyser: &mut Analyser,
) -> RgbImage {
    let face = analysis.face.as_ref().unwrap();
    backdrop_replaced(cut.clone(), crop, face, None, wanted, analyser).unwrap()
}

fn cut_alpha(alpha: DynamicImage, crop: Crop) -> Vec<bool> {
    let cut = portrait::cut(&alpha.into_rgb8(), crop).unwrap();
    cut.pixels().map(|p| p.0[0] > 127).collect()
}

fn band(person: &[bool]) -> Vec<bool> {
    let mut band = vec![false; person.len()];
    for at in 0..person.len() {
        let right = at % WIDTH + 1 < WIDTH && person[at] != person[at + 1];
        let below = at + WIDTH < person.len() && person[at] != person[at + WIDTH];
        if right || below {
            mark(&mut band, (at % WIDTH) as i32, (at / WIDTH) as i32);
        }
    }
    band
}

fn mark(band: &mut [bool], x: i32, y: i32) {
    for dy in -BAND_PX..=BAND_PX {
        for dx in -BAND_PX..=BAND_PX {
            let (x, y) = (x + dx, y + dy);
            let inside = (0..WIDTH as i32).contains(&x) && (0..HEIGHT as i32).contains(&y);
            if inside && dx * dx + dy * dy <= BAND_PX * BAND_PX {
                band[y as usize * WIDTH + x as usize] = true;
            }
        }
    }
}

fn composed(cut: &RgbImage, alpha: &[f32], wanted: Color) -> RgbImage {
    let mut picture = cut.clone();
    for (pixel, alpha) in picture.pixels_mut().zip(alpha) {
        let alpha = alpha.clamp(0.0, 1.0);
        for (c, wanted) in pixel.0.iter_mut().zip(wanted) {
            *c = (alpha * f32::from(*c) + (1.0 - alpha) * f32::from(wanted)).round() as u8;
        }
    }
    picture
}

fn psnr(a: &RgbImage, b: &RgbImage, band: &[bool]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for ((a, b), _) in a
        .pixels()
        .zip(b.pixels())
        .zip(band)
        .filter(|(_, band)| **band)
    {
        for (a, b) in a.0.iter().zip(b.0) {
            sum += f64::from(a.abs_diff(b)).powi(2);
            count += 1.0;
        }
    }
    10.0 * (255.0_f64.powi(2) * count / f64::max(sum, 1e-9)).log10()
}

/// Writes mean and 5th percentile.
fn said(values: &[f64]) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    format!("{mean:.1} ({:.1})", sorted[sorted.len() / 20])
}

/// Returns the mask in OpenCV's terms: sure person above 0.9, sure wall below 0.05 and far from the
/// mask's edge, the rest probable.
fn trimap(mask: &[f32]) -> Vec<u8> {
    const FAR_PX: usize = 14;
    const SURE_WALL: u8 = 0;
    const SURE_PERSON: u8 = 1;
    const PROBABLY_WALL: u8 = 2;
    const PROBABLY_PERSON: u8 = 3;
    let person = mask.iter().map(|m| f32::from(u8::from(*m > 0.5))).collect();
    let near = guided::box_mean(person, WIDTH, FAR_PX);
    let word = |(mask, near): (&f32, &f32)| match *mask {
        m if m > 0.9 => SURE_PERSON,
        m if m < 0.05 && *near < 0.001 => SURE_WALL,
        m if m > 0.5 => PROBABLY_PERSON,
        _ => PROBABLY_WALL,
    };
    mask.iter().zip(&near).map(word).collect()
}

/// OpenCV in a process of its own.
struct GrabCut {
    _child: Child,
    into: ChildStdin,
    from: BufReader<ChildStdout>,
    version: String,
}

impl GrabCut {
    /// Starts it; `None` without a Python that has OpenCV.
    fn started() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let own = root.join("target/cv/bin/python3");
        let python = if own.exists() { own } else { "python3".into() };
        let mut child = Command::new(python)
            .arg(root.join("benches/grabcut.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (into, from) = (child.stdin.take()?, child.stdout.take()?);
        let mut from = BufReader::new(from);
        let mut version = String::new();
        from.read_line(&mut version).ok()?;
        version.ends_with('\n').then(|| Self {
            _child: child,
            into,
            from,
            version: version.trim().to_owned(),
        })
    }

    fn alpha(&mut self, cut: &RgbImage, trimap: &[u8]) -> Vec<f32> {
        self.into.write_all(cut.as_raw()).unwrap();
        self.into.write_all(trimap).unwrap();
        self.into.flush().unwrap();
        let mut alpha = vec![0; trimap.len()];
        self.from.read_exact(&mut alpha).unwrap();
        alpha.iter().map(|a| f32::from(*a) / 255.0).collect()
    }
}
