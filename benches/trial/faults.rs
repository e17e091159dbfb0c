//! Tries each check on pictures with that one fault, and on pictures without any.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use capture_station::{
    analysis::{Analyser, Want},
    checks::{self, Check, FileFacts, Strictness},
    cli::quantiles::{percent, percentile},
    geometry::{Point, Size},
    guidance, portrait,
    profile::{CheckId, Profile},
    sitter::{LIGHT_BLUE, Person, Pose, Scene, Truth, WHITE, render, render_before_each},
};
use image::RgbImage;

use crate::crew::{self, Chance};

const PORTRAIT: Size = Size::new(480, 640);
const FRAME: Size = Size::new(1280, 720);
/// How many clean people there are per faulty picture of a kind, and in front of how many walls
/// each of them sits.
const CLEAN: u64 = 4;
const WALLS: usize = 3;

/// One picture before it is rendered: person, pose and scene.
pub struct Setting {
    person: Person,
    pose: Pose,
    scene: Scene,
}

/// A kind of fault that one check has to catch.
#[derive(Clone, Copy)]
struct Fault {
    check: CheckId,
    size: Size,
    /// Makes a clean setting clearly wrong.
    apply: fn(&mut Setting, &mut Chance),
    /// Changes the finished picture.
    after: fn(&RgbImage, &Setting) -> RgbImage,
}

const fn fault(check: CheckId, apply: fn(&mut Setting, &mut Chance)) -> Fault {
    Fault {
        check,
        size: PORTRAIT,
        apply,
        after: |picture, _| picture.clone(),
    }
}

const FAULTS: [Fault; 29] = [
    Fault {
        size: FRAME,
        ..fault(CheckId::OneFace, |s, _| {
            s.scene.second_person = true;
        })
    },
    fault(CheckId::HeadWhole, |s, c| {
        s.pose.center_y_px = 130.0 + 20.0 * c.share();
    }),
    fault(CheckId::Crown, |s, c| {
        s.pose.center_y_px += if c.share() < 0.5 { -55.0 } else { 75.0 }
    }),
    fault(CheckId::EyeLine, |s, c| {
        s.pose.center_y_px = 320.0 + 20.0 * c.share();
    }),
    fault(CheckId::FaceWidth, |s, c| {
        s.pose.face_width_px = if c.share() < 0.5 { 158.0 } else { 330.0 };
    }),
    fault(CheckId::Centred, |s, c| {
        s.pose.center_x_px += sign(c) * (32.0 + 20.0 * c.share());
    }),
    fault(CheckId::Roll, |s, c| {
        s.pose.roll_deg = sign(c) * (8.0 + 8.0 * c.share());
    }),
    fault(CheckId::Yaw, |s, c| {
        s.pose.yaw_deg = sign(c) * (15.0 + 10.0 * c.share());
    }),
    fault(CheckId::Pitch, |s, c| {
        s.pose.pitch_deg = sign(c) * (22.0 + 6.0 * c.share());
    }),
    fault(CheckId::EyesOpen, |s, c| {
        s.pose.eyes = 0.12 * c.share();
    }),
    fault(CheckId::Gaze, |s, c| {
        s.pose.gaze_x = sign(c) * (0.75 + 0.25 * c.share());
    }),
    fault(CheckId::MouthClosed, |s, c| {
        s.pose.mouth = 0.35 + 0.65 * c.share();
    }),
    fault(CheckId::Expression, |s, c| {
        s.pose.smile = 0.75 + 0.25 * c.share();
    }),
    fault(CheckId::GlassesGlare, |s, c| {
        s.person = wearing_glasses(s.person.seed);
        s.pose.glare = 0.8 + 0.2 * c.share();
    }),
    fault(CheckId::EyesClear, |s, c| {
        s.person.hair.over_eyes = 0.7 + 0.3 * c.share();
    }),
    fault(CheckId::EarsSeen, |s, c| {
        s.person.hair.over_ears = 0.8 + 0.2 * c.share();
    }),
    fault(CheckId::FaceBrightness, |s, c| {
        s.scene.exposure = 0.1 + 0.04 * c.share();
    }),
    fault(CheckId::Evenness, |s, c| {
        s.scene.lamps_deg = 80.0;
        if c.share() < 0.5 {
            s.scene.lamp_left = 0.02;
        } else {
            s.scene.lamp_right = 0.02;
        }
    }),
    fault(CheckId::UnderExposure, |s, c| {
        s.scene.exposure = 0.01 + 0.015 * c.share();
    }),
    fault(CheckId::OverExposure, |s, c| {
        s.scene.exposure = 8.0 + 4.0 * c.share();
    }),
    fault(CheckId::Shine, |s, c| {
        s.pose.shine = 0.8 + 0.2 * c.share();
    }),
    fault(CheckId::RedEye, |s, c| {
        s.scene.red_eye = 0.8 + 0.2 * c.share();
    }),
    fault(CheckId::SkinColour, |s, c| {
        s.scene.tint = c.pick(&[[0.6, 0.9, 1.9], [0.75, 1.5, 0.75], [1.7, 0.9, 0.4]]);
    }),
    fault(CheckId::Sharpness, |s, c| {
        // Real pictures that people called blurred read 0.006, as from here on.
        s.scene.blur_px = 4.5 + 2.0 * c.share();
    }),
    fault(CheckId::Noise, |s, c| {
        s.scene.noise = 16.0 + 8.0 * c.share();
    }),
    fault(CheckId::Background, |s, c| {
        s.scene.gradient = 0.4 + 0.2 * c.share();
    }),
    fault(CheckId::BackgroundShadow, |s, c| {
        s.scene.cast_shadow = 0.8 + 0.2 * c.share();
    }),
    fault(CheckId::BackgroundObjects, |s, c| {
        s.scene.clutter = 0.4 + 0.6 * c.share();
    }),
    Fault {
        after: with_rim,
        ..fault(CheckId::Rim, |s, _| {
            s.scene.backdrop = LIGHT_BLUE;
        })
    },
];

/// The two faults of the whole picture's colour.
const MORE: [Fault; 2] = [
    fault(CheckId::BackgroundColour, |s, c| {
        s.scene.backdrop = c.pick(&[[150, 170, 120], [70, 110, 190], [200, 90, 80]]);
    }),
    fault(CheckId::ClothesContrast, |s, _| {
        s.scene.backdrop = WHITE;
        s.person = s.person.clone().in_clothes([244, 244, 246]);
    }),
];

/// Faults that are added to the finished picture, or held in front of the face.
const AFTERWARDS: [Fault; 6] = [
    done(CheckId::Border, |picture, setting| {
        const SIDES: u64 = 4;
        let wide = 1 + (setting.person.seed / SIDES % 8) as u32;
        let (width, height) = picture.dimensions();
        let mut framed = picture.clone();
        for (x, y, pixel) in framed.enumerate_pixels_mut() {
            let depth = match setting.person.seed % SIDES {
                0 => y,
                1 => width - 1 - x,
                2 => height - 1 - y,
                _ => x,
            };
            if depth < wide {
                *pixel = image::Rgb([0; 3]);
            }
        }
        framed
    }),
    done(CheckId::Monochrome, |picture, _| {
        image::DynamicImage::from(picture.clone())
            .grayscale()
            .into_rgb8()
    }),
    done(CheckId::Contrast, |picture, setting| {
        let mut squeezed = picture.clone();
        let black = (setting.person.seed % 154) as f32;
        for level in squeezed.iter_mut() {
            *level = f32::from(*level).mul_add(0.4, black) as u8;
        }
        squeezed
    }),
    done(CheckId::Blocks, |picture, _| {
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 10)
            .encode_image(picture)
            .unwrap();
        image::load_from_memory(&bytes).unwrap().into_rgb8()
    }),
    done(CheckId::MouthCovered, |picture, setting| {
        let color = match setting.person.seed % 3 {
            0 => [150, 190, 215],
            1 => [236, 236, 238],
            _ => [38, 38, 40],
        };
        covered(picture, setting, |truth| truth.mouth, [1.0, 0.62], color)
    }),
    done(CheckId::Sunglasses, |picture, setting| {
        let middle = |truth: &Truth| truth.iris_left.midpoint(truth.iris_right);
        covered(picture, setting, middle, [1.0, 0.3], [30, 27, 26])
    }),
];

const fn done(check: CheckId, after: fn(&RgbImage, &Setting) -> RgbImage) -> Fault {
    Fault {
        after,
        ..fault(check, |_, _| {})
    }
}

/// Draws an ellipse of one colour in front of the face; its half axes are in distances between the
/// irises.
fn covered(
    picture: &RgbImage,
    setting: &Setting,
    middle: fn(&Truth) -> Point,
    [across, down]: [f32; 2],
    color: [u8; 3],
) -> RgbImage {
    let truth = render(&setting.person, &setting.pose, &setting.scene, PORTRAIT).truth;
    let unit = truth.iris_left.distance(truth.iris_right);
    let middle = middle(&truth);
    let mut picture = picture.clone();
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (dx, dy) = (x as f32 - middle.x, y as f32 - middle.y);
        if (dx / (across * unit)).hypot(dy / (down * unit)) < 1.0 {
            *pixel = image::Rgb(color);
        }
    }
    picture
}

fn sign(chance: &mut Chance) -> f32 {
    if chance.share() < 0.5 { -1.0 } else { 1.0 }
}

fn wearing_glasses(seed: u64) -> Person {
    (seed..seed + 100)
        .map(Person::from_seed)
        .find(|person| person.glasses.is_some())
        .unwrap()
}

/// Returns the picture as if its alpha were 3 px too wide and the wall behind had been white: a
/// bright halo against the blue.
fn with_rim(picture: &RgbImage, setting: &Setting) -> RgbImage {
    const WIDE: i32 = 3;
    let old = Scene {
        backdrop: WHITE,
        ..setting.scene
    };
    let old = render(&setting.person, &setting.pose, &old, PORTRAIT);
    let near = |x: u32, y: u32| {
        (-WIDE..=WIDE).any(|dx| {
            (-WIDE..=WIDE).any(|dy| {
                let at = (x.saturating_add_signed(dx), y.saturating_add_signed(dy));
                let alpha = old.alpha.get_pixel_checked(at.0, at.1);
                alpha.is_some_and(|alpha| alpha.0[0] > 127)
            })
        })
    };
    RgbImage::from_fn(PORTRAIT.width, PORTRAIT.height, |x, y| {
        *if near(x, y) { &old.rgb } else { picture }.get_pixel(x, y)
    })
}

/// Returns a sitter that meets the standard, in all the variety that it allows.
fn clean(seed: u64, size: Size, chance: &mut Chance) -> Setting {
    let good = Pose::good(size);
    Setting {
        person: Person::from_seed(seed),
        pose: Pose {
            yaw_deg: 2.0 * chance.swing(),
            pitch_deg: 2.0 * chance.swing(),
            roll_deg: 1.2 * chance.swing(),
            eyes: 1.0 - 0.1 * chance.share(),
            center_x_px: good.center_x_px + 6.0 * chance.swing(),
            ..good
        },
        scene: clean_scene(seed, chance),
    }
}

fn clean_scene(seed: u64, chance: &mut Chance) -> Scene {
    Scene {
        backdrop: chance.pick(&[WHITE, LIGHT_BLUE, [240, 240, 240]]),
        gradient: 0.02 * chance.share(),
        lamp_left: 1.0 + 0.06 * chance.swing(),
        lamp_right: 1.0 + 0.06 * chance.swing(),
        noise: 0.5 + 1.3 * chance.share(),
        seed,
        ..Scene::default()
    }
}

/// What each check was asked, and its answers.
pub struct Faults {
    /// For each check: caught, shown, values.
    caught: BTreeMap<CheckId, (usize, usize, Vec<f32>)>,
    /// For each check: refused clean pictures, and its values there.
    clean: BTreeMap<CheckId, (usize, Vec<f32>)>,
    clean_refused: usize,
    clean_shown: usize,
}

/// Tries `each` pictures of each fault, and [`CLEAN`] times as many clean people in front of
/// [`WALLS`] walls each.
pub fn try_all(each: u64) -> Faults {
    let profile = Profile::standard_99();
    let all: Vec<Fault> = FAULTS.into_iter().chain(MORE).chain(AFTERWARDS).collect();
    let work: Vec<(Option<Fault>, u64)> = all
        .iter()
        .flat_map(|fault| (0..each).map(move |i| (Some(*fault), i)))
        .chain((0..each * CLEAN).map(|i| (None, i)))
        .collect();
    let judged = crew::each(&work, |(fault, i), analyser| match fault {
        Some(fault) => vec![judge_fault(*fault, *i, &profile, analyser)],
        None => judge_clean(*i, &profile, analyser),
    });
    Faults::of(&work, &judged)
}

fn judge_fault(fault: Fault, i: u64, profile: &Profile, analyser: &mut Analyser) -> Vec<Check> {
    let seed = 5_000 + i * 41 + fault.check as u64;
    let mut chance = Chance::new(seed);
    let mut setting = clean(seed, fault.size, &mut chance);
    (fault.apply)(&mut setting, &mut chance);
    let picture = render(&setting.person, &setting.pose, &setting.scene, fault.size).rgb;
    let picture = (fault.after)(&picture, &setting);
    if fault.size == FRAME {
        of_frame(picture, profile, analyser)
    } else {
        of_file(&picture, profile, analyser)
    }
}

fn judge_clean(i: u64, profile: &Profile, analyser: &mut Analyser) -> Vec<Vec<Check>> {
    let seed = 20_000 + i;
    let mut chance = Chance::new(seed);
    let setting = clean(seed, PORTRAIT, &mut chance);
    let scenes = [0; WALLS].map(|_| clean_scene(seed, &mut chance));
    render_before_each(&setting.person, &setting.pose, &scenes, PORTRAIT)
        .into_iter()
        .map(|rendering| of_file(&rendering.rgb, profile, analyser))
        .collect()
}

/// Encodes as the booth does, and judges the result like any file.
fn of_file(picture: &RgbImage, profile: &Profile, analyser: &mut Analyser) -> Vec<Check> {
    let jpeg = portrait::encode(picture, &profile.file).unwrap();
    let facts = FileFacts::read(&jpeg).unwrap();
    let decoded = image::load_from_memory(&jpeg).unwrap().into_rgb8();
    let analysis = analyser.analyse_still(Arc::new(portrait::still(decoded)));
    checks::of_picture(&analysis, &facts, profile)
}

fn of_frame(picture: RgbImage, profile: &Profile, analyser: &mut Analyser) -> Vec<Check> {
    analyser.reset();
    let analysis = analyser.analyse(Arc::new(portrait::still(picture)), Want::Judge);
    let head = analysis.face.as_ref().and_then(checks::head_of);
    let placed = guidance::crop_of(&analysis, profile)
        .zip(head)
        .map(|(crop, head)| crop.place(&head));
    checks::of_face(&analysis, placed.as_ref(), profile, Strictness::Exact)
}

impl Faults {
    fn of(work: &[(Option<Fault>, u64)], judged: &[Vec<Vec<Check>>]) -> Self {
        let mut faults = Self {
            caught: BTreeMap::new(),
            clean: BTreeMap::new(),
            clean_refused: 0,
            clean_shown: 0,
        };
        for ((fault, _), pictures) in work.iter().zip(judged) {
            for checks in pictures {
                match fault {
                    Some(fault) => faults.note_fault(fault.check, checks),
                    None => faults.note_clean(checks),
                }
            }
        }
        faults
    }

    fn note_fault(&mut self, id: CheckId, checks: &[Check]) {
        let (caught, shown, values) = self.caught.entry(id).or_default();
        let check = checks.iter().find(|check| check.id == id);
        *shown += 1;
        *caught += usize::from(check.is_none_or(|check| !check.pass));
        values.extend(check.and_then(|check| check.value));
    }

    fn note_clean(&mut self, checks: &[Check]) {
        self.clean_shown += 1;
        self.clean_refused += usize::from(checks.iter().any(Check::refuses));
        for check in checks {
            let (refused, values) = self.clean.entry(check.id).or_default();
            *refused += usize::from(!check.pass);
            values.extend(check.value);
        }
    }

    /// Returns the checks that missed their fault at least once.
    pub fn missed(&self) -> impl Iterator<Item = CheckId> {
        self.caught
            .iter()
            .filter(|(_, (caught, shown, _))| caught < shown)
            .map(|(id, _)| *id)
    }

    pub const fn clean_refused(&self) -> usize {
        self.clean_refused
    }

    pub fn table(&self) -> String {
        let advisory = Profile::standard_99().advisory;
        let mut text = String::from(
            "| check | clear faults caught (>= 98 %) | clean refused (<= 1 %) | values: clean | faulty | |\n|---|---|---|---|---|---|\n",
        );
        for (id, (refused, values)) in &self.clean {
            let Some((caught, shown, faulty)) = self.caught.get(id) else {
                continue;
            };
            let met = caught * 100 >= shown * 98 && refused * 100 <= self.clean_shown;
            let verdict = match (met, advisory.contains(id)) {
                (true, false) => "met",
                (true, true) => "met, advice",
                (false, false) => "**missed**",
                (false, true) => "**missed**, advice",
            };
            writeln!(
                text,
                "| {} | {} of {shown} | {} | {} | {} | {verdict} |",
                name(*id),
                percent(*caught, *shown),
                percent(*refused, self.clean_shown),
                spread(values),
                spread(faulty),
            )
            .unwrap();
        }
        let all = percent(self.clean_refused, self.clean_shown);
        let met = self.clean_refused * 100 <= self.clean_shown * 3;
        let verdict = if met { "met" } else { "**missed**" };
        writeln!(
            text,
            "| all required together (<= 3 %) | | {all} of {} | | | {verdict} |",
            self.clean_shown
        )
        .unwrap();
        text
    }
}

fn name(id: CheckId) -> String {
    serde_json::to_value(id)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

/// Writes the 1st, 50th and 99th percentile.
fn spread(values: &[f32]) -> String {
    let at = |share| percentile(values, share);
    format!("{:.2} / {:.2} / {:.2}", at(0.01), at(0.5), at(0.99))
}
