//! Named checks over measurements: live, on the portrait, and on any file.
//!
//! One function serves the guide, the portrait and `check`: [`of_face`]. A finished file, ours or a
//! stranger's, is judged by [`of_picture`]. A property that could not be measured is a check
//! without a value, which never passes.

mod backdrop;
mod blocks;
mod border;
mod chroma;
mod contrast;
mod date_stamp;
mod density;
mod face;
mod features;
mod file;
mod light;
mod recaptured;
mod tiff;
pub mod words;

use serde::{Deserialize, Serialize};

pub use backdrop::of_background;
pub use density::Density;
pub use face::{GUIDE_TO_FINAL_PX, Strictness, head_of, of_face, placed_as_is};
pub use file::{FileFacts, of_file, software};

use crate::{
    analysis::{Analysis, Face},
    frame::Turn,
    geometry::Rect,
    layout::Placed,
    profile::{Band, CheckId, Profile},
};

/// Runs every check of a finished picture: of the person in it, of the picture as it is, and of its
/// file. `analysis` is of the decoded file.
pub fn of_picture(analysis: &Analysis, facts: &FileFacts, profile: &Profile) -> Vec<Check> {
    let placed = placed_as_is(analysis);
    let mut checks = of_file(facts, profile);
    checks.push(upright(analysis).by(profile));
    checks.extend(of_pixels(analysis, profile));
    checks.extend(of_face(
        analysis,
        placed.as_ref(),
        profile,
        Strictness::Exact,
    ));
    checks
}

/// Runs the checks of every finished picture. A live frame is exempt, since its edges are cropped.
fn of_pixels(analysis: &Analysis, profile: &Profile) -> Vec<Check> {
    let (picture, limits) = (&analysis.frame.rgb, &profile.limits);
    let face = analysis.face.as_ref();
    let place = face.map(Face::rect);
    let stretched = |band| {
        Check::new(
            CheckId::Stretched,
            face.map(Face::proportion),
            Limit::within(band),
            Unit::Ratio,
        )
        .at(place)
    };

    let later = [
        limits
            .contrast_min
            .map(|least| contrast::of(picture, place, least)),
        limits.blocks_max.map(|most| blocks::of(picture, most)),
        limits
            .date_stamp_max
            .map(|most| date_stamp::of(picture, most)),
        limits.face_proportion.map(stretched),
        limits
            .recaptured_max
            .map(|most| recaptured::of(picture, face, most)),
    ];
    let always = [border::of(picture), chroma::of(picture)];
    let checks = always.into_iter().chain(later.into_iter().flatten());
    checks.map(|check| check.by(profile)).collect()
}

/// Returns how far the picture is turned away from upright, in degrees.
fn upright(analysis: &Analysis) -> Check {
    let turned = match analysis.turn {
        Turn::None => analysis.face.as_ref().map(|_| 0.0),
        Turn::Quarter | Turn::ThreeQuarters => Some(90.0),
        Turn::Half => Some(180.0),
    };
    Check::new(CheckId::Upright, turned, Limit::exactly(0.0), Unit::Deg)
}

/// The checks that marks alone can measure.
const PLACED: [CheckId; 4] = [
    CheckId::Crown,
    CheckId::EyeLine,
    CheckId::FaceWidth,
    CheckId::Centred,
];

/// Runs the checks of [`of_picture`] on a picture in which no model finds the face: staff marked
/// where the head is (`placed`, in px at 480x640). Checks that need a model are reported and refuse
/// nothing; in their place stands [`CheckId::MarkedByHand`], which refuses until staff set it aside
/// with a reason.
pub fn of_marked_picture(
    analysis: &Analysis,
    facts: &FileFacts,
    placed: &Placed,
    profile: &Profile,
) -> Vec<Check> {
    let by_hand = Check::new(
        CheckId::MarkedByHand,
        Some(1.0),
        Limit::exactly(0.0),
        Unit::Count,
    );
    let of_face = of_face(analysis, Some(placed), profile, Strictness::Exact);
    // Without a face the backdrop is looked at as behind an empty seat, too.
    let seen = analysis.face.is_some();
    let mut checks = of_file(facts, profile);
    let of_pixels = of_pixels(analysis, profile);
    checks.extend(of_pixels.into_iter().map(advice_if_unmeasured));
    checks.push(by_hand);
    checks.extend(of_face.into_iter().map(|check| {
        let measured = seen || PLACED.contains(&check.id);
        advice_if_unmeasured(Check {
            value: check.value.filter(|_| measured),
            ..check
        })
    }));
    checks
}

/// Makes a check without a value mere advice, so that it refuses nothing.
const fn advice_if_unmeasured(check: Check) -> Check {
    match check.value {
        Some(_) => check,
        None => Check {
            pass: false,
            force: Force::Advice,
            ..check
        },
    }
}

/// One judged property of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub id: CheckId,
    pub pass: bool,
    /// The measured value, in `unit`; `null` when it could not be measured, which never passes.
    pub value: Option<f32>,
    pub limit: Limit,
    pub unit: Unit,
    #[serde(default)]
    pub force: Force,
    /// Where to look, in px of the judged picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Rect>,
}

/// What a failed check does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// The picture is refused.
    #[default]
    Required,
    /// It is reported and refuses nothing (`Profile::advisory`).
    Advice,
}

impl Check {
    /// Judges `value` by `limit`.
    pub fn new(id: CheckId, value: Option<f32>, limit: Limit, unit: Unit) -> Self {
        Self {
            id,
            pass: value.is_some_and(|value| limit.allows(value)),
            value,
            limit,
            unit,
            force: Force::Required,
            place: None,
        }
    }

    /// Returns whether this keeps the picture from being accepted.
    pub fn refuses(&self) -> bool {
        !self.pass && self.force == Force::Required
    }

    #[must_use]
    pub fn at(self, place: Option<Rect>) -> Self {
        Self { place, ..self }
    }

    /// Applies the batch's profile: checks that are only advice there refuse nothing.
    #[must_use]
    fn by(self, profile: &Profile) -> Self {
        let force = if profile.advisory.contains(&self.id) {
            Force::Advice
        } else {
            Force::Required
        };
        Self { force, ..self }
    }
}

/// The accepted range, either end open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    pub min: Option<f32>,
    pub max: Option<f32>,
}

impl Limit {
    pub const fn at_least(min: f32) -> Self {
        Self {
            min: Some(min),
            max: None,
        }
    }

    pub const fn at_most(max: f32) -> Self {
        Self {
            min: None,
            max: Some(max),
        }
    }

    pub const fn exactly(value: f32) -> Self {
        Self {
            min: Some(value),
            max: Some(value),
        }
    }

    pub const fn within(band: Band) -> Self {
        Self {
            min: Some(band.min),
            max: Some(band.max),
        }
    }

    pub fn allows(self, value: f32) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    #[serde(rename = "px")]
    Px,
    #[serde(rename = "deg")]
    Deg,
    #[serde(rename = "bytes")]
    Bytes,
    #[serde(rename = "dpi")]
    Dpi,
    /// A share or ratio without a unit.
    #[serde(rename = "ratio")]
    Ratio,
    /// Luma levels, 0..=255.
    #[serde(rename = "levels")]
    Levels,
    /// CIE76 colour difference.
    #[serde(rename = "delta_e")]
    DeltaE,
    /// A number of things.
    #[serde(rename = "count")]
    Count,
    /// Face widths a second.
    #[serde(rename = "widths_per_second")]
    WidthsPerSecond,
}
