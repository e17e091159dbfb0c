//! Whole sittings: guide, capture, final file, each compared with the truth.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use capture_station::{
    analysis::{Analyser, Want},
    checks::Check,
    cli::quantiles::{percent, percentile},
    geometry::Size,
    guidance::{self, Verdict},
    layout::{Head, Placed},
    portrait::{self, BackgroundMode, Standardised},
    profile::{CheckId, Profile},
    sitter::{
        GREY_BLUE, LIGHT_BLUE, LIGHT_GREY, Person, Pose, Rendering, Scene, Truth, WHITE,
        render_before_each,
    },
};

use crate::crew::{self, Chance};

const FRAME: Size = Size::new(1280, 720);
const VARIATIONS: usize = 3;

/// The result of one sitting.
enum Outcome {
    /// The guide did not call it good.
    NotGood,
    /// Called good, then refused by these checks of the final file.
    Refused(Vec<CheckId>),
    Accepted(Box<Accepted>),
}

struct Accepted {
    inside: bool,
    errors: Errors,
    guide_to_final_px: f32,
}

/// Absolute errors of the measurements on the final file.
#[derive(Clone, Copy)]
struct Errors {
    eye_px: f32,
    crown_px: f32,
    width_share: f32,
    roll_deg: f32,
    yaw_deg: f32,
    pitch_deg: f32,
}

pub struct Sittings(Vec<Outcome>);

/// Tries three sittings of each person: each person at a place, distance and turn of their own, in
/// front of three walls with different light, shadow and noise.
pub fn try_all(people: u64) -> Sittings {
    let people: Vec<u64> = (1..=people).collect();
    let profile = Profile::standard_99();
    let outcomes = crew::each(&people, |person, analyser| {
        try_person(*person, &profile, analyser)
    });
    Sittings(outcomes.into_iter().flatten().collect())
}

fn try_person(seed: u64, profile: &Profile, analyser: &mut Analyser) -> Vec<Outcome> {
    let mut chance = Chance::new(seed);
    let pose = pose(&mut chance);
    let scenes = [0; VARIATIONS].map(|_| scene(seed, &mut chance));
    render_before_each(&Person::from_seed(seed), &pose, &scenes, FRAME)
        .into_iter()
        .map(|rendering| try_one(rendering, profile, analyser))
        .collect()
}

fn try_one(rendering: Rendering, profile: &Profile, analyser: &mut Analyser) -> Outcome {
    analyser.reset();
    let frame = Arc::new(portrait::still(rendering.rgb));
    let analysis = Arc::new(analyser.analyse(frame, Want::Judge));
    let Verdict::Good(good) = guidance::Guide::default().see(&analysis, profile).verdict else {
        return Outcome::NotGood;
    };
    let made = portrait::standardise(
        &analysis,
        good.crop,
        profile,
        analyser,
        BackgroundMode::Profile,
        None,
    )
    .unwrap();
    if !made.passes() {
        let refused = made.checks.iter().filter(|check| check.refuses());
        return Outcome::Refused(refused.map(|check| check.id).collect());
    }
    let truth = good.crop.place(&head(&rendering.truth));
    Outcome::Accepted(Box::new(Accepted {
        inside: truth.margin(&profile.bands) >= 0.0,
        errors: Errors::of(&made, &truth, &rendering.truth),
        guide_to_final_px: apart(&good.placed, &made.placed),
    }))
}

/// Returns a pose that roughly follows the guide.
fn pose(chance: &mut Chance) -> Pose {
    let good = Pose::good(FRAME);
    Pose {
        yaw_deg: 3.0 * chance.swing(),
        pitch_deg: 3.0 * chance.swing(),
        roll_deg: 1.8 * chance.swing(),
        eyes: 1.0 - 0.15 * chance.share(),
        center_x_px: good.center_x_px + 70.0 * chance.swing(),
        center_y_px: good.center_y_px + 12.0 * chance.swing(),
        face_width_px: good.face_width_px * (1.0 + 0.1 * chance.swing()),
        ..good
    }
}

/// Returns a typical wall of a booth.
fn scene(seed: u64, chance: &mut Chance) -> Scene {
    Scene {
        backdrop: chance.pick(&[GREY_BLUE, WHITE, LIGHT_BLUE, LIGHT_GREY]),
        gradient: 0.06 * chance.share(),
        cast_shadow: 0.5 * chance.share() * chance.share(),
        lamp_left: 1.0 + 0.06 * chance.swing(),
        lamp_right: 1.0 + 0.06 * chance.swing(),
        noise: 0.6 + 1.8 * chance.share(),
        seed,
        ..Scene::default()
    }
}

pub fn head(truth: &Truth) -> Head {
    Head {
        crown_y: truth.crown_y.unwrap_or_default(),
        eye_y: truth.eye_line_y,
        chin_y: truth.chin.y,
        mid_x: truth.midline_x,
        face_width: truth.face_width,
    }
}

fn apart(guide: &Placed, file: &Placed) -> f32 {
    [
        guide.crown_px - file.crown_px,
        guide.eye_px - file.eye_px,
        guide.face_width_px - file.face_width_px,
        guide.center_offset_px - file.center_offset_px,
    ]
    .into_iter()
    .map(f32::abs)
    .fold(0.0, f32::max)
}

impl Errors {
    fn of(made: &Standardised, placed: &Placed, truth: &Truth) -> Self {
        let value = |id: CheckId| {
            let is = |check: &&Check| check.id == id;
            made.checks
                .iter()
                .find(is)
                .and_then(|check| check.value)
                .unwrap_or(f32::NAN)
        };
        Self {
            eye_px: (made.placed.eye_px - placed.eye_px).abs(),
            crown_px: (made.placed.crown_px - placed.crown_px).abs(),
            width_share: (made.placed.face_width_px / placed.face_width_px - 1.0).abs(),
            roll_deg: (value(CheckId::Roll) - truth.roll_deg).abs(),
            yaw_deg: (value(CheckId::Yaw) - truth.yaw_deg).abs(),
            pitch_deg: (value(CheckId::Pitch) - truth.pitch_deg).abs(),
        }
    }
}

impl Sittings {
    pub fn accepted(&self) -> usize {
        self.all().count()
    }

    /// Counts accepted sittings whose true head is outside a band.
    pub fn outside(&self) -> usize {
        self.all().filter(|accepted| !accepted.inside).count()
    }

    pub fn refused(&self) -> usize {
        let refused = |outcome: &&Outcome| matches!(outcome, Outcome::Refused(_));
        self.0.iter().filter(refused).count()
    }

    /// Counts sittings that the guide called good.
    pub fn good(&self) -> usize {
        self.accepted() + self.refused()
    }

    fn all(&self) -> impl Iterator<Item = &Accepted> {
        self.0.iter().filter_map(|outcome| match outcome {
            Outcome::Accepted(accepted) => Some(&**accepted),
            Outcome::NotGood | Outcome::Refused(_) => None,
        })
    }

    fn refusals(&self) -> String {
        let mut counts: BTreeMap<CheckId, usize> = BTreeMap::new();
        for outcome in &self.0 {
            if let Outcome::Refused(checks) = outcome {
                for check in checks {
                    *counts.entry(*check).or_default() += 1;
                }
            }
        }
        if counts.is_empty() {
            return "by none".into();
        }
        let named = counts.iter().map(|(id, n)| format!("{id:?} {n}"));
        named.collect::<Vec<_>>().join(", ")
    }

    /// Returns the errors of each kind, in the order of [`Errors`].
    pub fn errors_at(&self, share: f32) -> [f32; 6] {
        let of: [fn(&Errors) -> f32; 6] = [
            |errors| errors.eye_px,
            |errors| errors.crown_px,
            |errors| errors.width_share,
            |errors| errors.roll_deg,
            |errors| errors.yaw_deg,
            |errors| errors.pitch_deg,
        ];
        of.map(|of| {
            let values: Vec<f32> = self.all().map(|accepted| of(&accepted.errors)).collect();
            percentile(&values, share)
        })
    }

    pub fn table(&self) -> String {
        let (accepted, outside, refused, good) =
            (self.accepted(), self.outside(), self.refused(), self.good());
        let mut text = String::from("| sittings | target | seen | |\n|---|---|---|---|\n");
        let met = |met: bool| if met { "met" } else { "**missed**" };
        let inside = percent(accepted - outside, accepted);
        writeln!(text, "| accepted with the true head inside every band | 100 % of >= 2,000 | {inside} of {accepted} | {} |", met(outside == 0 && accepted >= 2_000)).unwrap();
        let share = 100.0 * refused as f32 / good.max(1) as f32;
        writeln!(
            text,
            "| called good, then refused | <= 0.5 % | {share:.2} % of {good} ({}) | {} |",
            self.refusals(),
            met(share <= 0.5)
        )
        .unwrap();
        writeln!(
            text,
            "| called good, of all {} sittings | | {} | |",
            self.0.len(),
            percent(good, self.0.len())
        )
        .unwrap();
        let (high, middle) = (self.errors_at(0.95), self.errors_at(0.5));
        for (i, (name, unit, target, factor)) in [
            ("eye line", "px", 3.0, 1.0),
            ("crown", "px", 8.0, 1.0),
            ("face width", "%", 4.0, 100.0),
            ("roll", "deg", 1.0, 1.0),
            ("yaw", "deg", 3.0, 1.0),
            ("pitch", "deg", 4.0, 1.0),
        ]
        .into_iter()
        .enumerate()
        {
            text += &error_row(name, unit, target, (high[i] * factor, middle[i] * factor));
        }
        let apart: Vec<f32> = self.all().map(|one| one.guide_to_final_px).collect();
        writeln!(text, "| guide against final file, largest of the four layout values, 95th percentile (most) | | {:.1} ({:.1}) px | |", percentile(&apart, 0.95), percentile(&apart, 1.0)).unwrap();
        text
    }
}

fn error_row(name: &str, unit: &str, target: f32, (high, middle): (f32, f32)) -> String {
    let verdict = if high <= target { "met" } else { "**missed**" };
    format!(
        "| error of {name}, 95th percentile (median) | <= {target} {unit} | {high:.1} ({middle:.1}) {unit} | {verdict} |\n"
    )
}
