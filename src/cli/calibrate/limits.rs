//! Which limits of a profile a booth may move, where they are in it, and how far they may go.

use serde_json::{Number, Value};

use crate::{
    checks::Limit,
    profile::{CheckId, STANDARD_99},
};

/// How far beyond the standard profile's own limit a proposal goes: by half. A booth that needs
/// more has other people, other light or another camera than the check was made for, and is better
/// served by making the check advice than by a limit that refuses nothing.
const MOST_LOOSENED: f32 = 1.5;

/// One limit that may be moved. All others are the standard's own numbers.
pub struct Adjustable {
    pub id: CheckId,
    /// Its place in the profile, as a JSON pointer.
    key: &'static str,
    side: Side,
    /// A bound of its own.
    bound: Limit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// A smallest value.
    Least,
    /// A largest value.
    Most,
    /// A largest value to either side of zero.
    Either,
    /// A band with `min` and `max`.
    Between,
}

const OPEN: Limit = Limit {
    min: None,
    max: None,
};

const fn least(id: CheckId, key: &'static str) -> Adjustable {
    adjustable(id, key, Side::Least)
}

const fn most(id: CheckId, key: &'static str) -> Adjustable {
    adjustable(id, key, Side::Most)
}

const fn adjustable(id: CheckId, key: &'static str, side: Side) -> Adjustable {
    Adjustable {
        id,
        key,
        side,
        bound: OPEN,
    }
}

/// In the order of guidance. `motion_max` is missing: a still does not move.
pub const ADJUSTABLE: [Adjustable; 33] = [
    // ISO/IEC 19794-5 allows no more.
    Adjustable {
        bound: Limit::at_most(8.0),
        ..adjustable(CheckId::Roll, "/pose/roll_deg", Side::Either)
    },
    adjustable(CheckId::Yaw, "/pose/yaw_deg", Side::Either),
    adjustable(CheckId::Pitch, "/pose/pitch_deg", Side::Either),
    least(CheckId::EyesOpen, "/limits/eyes_open_min"),
    most(CheckId::Gaze, "/limits/gaze_max"),
    most(CheckId::MouthClosed, "/limits/mouth_gap_max"),
    most(CheckId::Expression, "/limits/smile_max"),
    most(CheckId::GlassesGlare, "/limits/glasses_glare_max"),
    most(CheckId::EyesClear, "/limits/eyes_covered_max"),
    least(CheckId::EarsSeen, "/limits/ears_seen_min"),
    // Brighter than this is overexposed, by the check of that name.
    Adjustable {
        bound: Limit::at_most(246.0),
        ..adjustable(CheckId::FaceBrightness, "/limits/face_luma", Side::Between)
    },
    least(CheckId::Evenness, "/limits/evenness_min"),
    most(CheckId::UnderExposure, "/limits/under_exposed_max"),
    most(CheckId::OverExposure, "/limits/over_exposed_max"),
    most(CheckId::Shine, "/limits/shine_max"),
    most(CheckId::RedEye, "/limits/red_eye_max"),
    most(CheckId::SkinColour, "/limits/skin_cast_max"),
    least(CheckId::MouthCovered, "/limits/lips_seen_min"),
    least(CheckId::Sunglasses, "/limits/eye_light_min"),
    adjustable(CheckId::Stretched, "/limits/face_proportion", Side::Between),
    least(CheckId::Contrast, "/limits/contrast_min"),
    most(CheckId::Blocks, "/limits/blocks_max"),
    most(CheckId::DateStamp, "/limits/date_stamp_max"),
    most(CheckId::HeadCovering, "/limits/head_covering_max"),
    most(CheckId::Recaptured, "/limits/recaptured_max"),
    least(CheckId::Sharpness, "/limits/sharpness_min"),
    most(CheckId::Noise, "/limits/noise_max"),
    most(CheckId::Background, "/limits/background_std_max"),
    most(CheckId::BackgroundColour, "/background/tolerance_delta_e"),
    most(CheckId::BackgroundShadow, "/limits/background_shadow_max"),
    most(CheckId::BackgroundObjects, "/limits/background_objects_max"),
    least(CheckId::ClothesContrast, "/limits/clothes_contrast_min"),
    most(CheckId::Rim, "/limits/rim_max"),
];

pub fn of(id: CheckId) -> Option<&'static Adjustable> {
    ADJUSTABLE.iter().find(|adjustable| adjustable.id == id)
}

impl Adjustable {
    /// Returns what the limit is compared with: an angle to either side counts alike.
    pub fn reading(&self, value: f32) -> f32 {
        match self.side {
            Side::Either => value.abs(),
            Side::Least | Side::Most | Side::Between => value,
        }
    }

    /// Returns the limit of readings that `profile` sets.
    pub fn limit(&self, profile: &Value) -> Limit {
        let at = |key: &str| {
            let number = profile.pointer(key).and_then(Value::as_f64);
            number.map(|number| number as f32)
        };
        match self.side {
            Side::Least => Limit {
                min: at(self.key),
                max: None,
            },
            Side::Most | Side::Either => Limit {
                min: None,
                max: at(self.key),
            },
            Side::Between => Limit {
                min: at(&format!("{}/min", self.key)),
                max: at(&format!("{}/max", self.key)),
            },
        }
    }

    /// Puts a limit of readings into `profile`.
    pub fn put(&self, limit: Limit, profile: &mut Value) {
        let mut put = |key: &str, end: Option<f32>| {
            let number = end.and_then(|end| Number::from_f64(f64::from(end)));
            if let (Some(place), Some(number)) = (profile.pointer_mut(key), number) {
                *place = Value::Number(number);
            }
        };
        match self.side {
            Side::Least => put(self.key, limit.min),
            Side::Most | Side::Either => put(self.key, limit.max),
            Side::Between => {
                put(&format!("{}/min", self.key), limit.min);
                put(&format!("{}/max", self.key), limit.max);
            }
        }
    }

    /// Returns the loosest limit that is ever proposed: half beyond the standard profile's limit,
    /// within the schema's range and its own bound.
    pub fn loosest(&self) -> Limit {
        let standard = self.limit(&standard());
        let schema = self.of_schema();
        let tighter = |ends: [Option<f32>; 3], pick: fn(f32, f32) -> f32| {
            ends.into_iter().flatten().reduce(pick)
        };
        let (min, max) = (
            standard.min.map(|min| min / MOST_LOOSENED),
            standard.max.map(|max| max * MOST_LOOSENED),
        );
        Limit {
            min: tighter(
                [min, min.and(schema.min), min.and(self.bound.min)],
                f32::max,
            ),
            max: tighter(
                [max, max.and(schema.max), max.and(self.bound.max)],
                f32::min,
            ),
        }
    }

    fn of_schema(&self) -> Limit {
        let schema: Value =
            serde_json::from_str(include_str!("../../../assets/profile.schema.json"))
                .unwrap_or_default();
        let node = schema.pointer(&self.key.replace('/', "/properties/"));
        let end = |name: &str| {
            let number = node.and_then(|node| node.get(name)?.as_f64());
            number.map(|number| number as f32)
        };
        Limit {
            min: end("minimum"),
            max: end("maximum"),
        }
    }

    /// Converts the limit to the form in which a check reports it.
    pub fn shown(&self, limit: Limit) -> Limit {
        match (self.side, limit.max) {
            (Side::Either, Some(most)) => Limit {
                min: Some(-most),
                max: Some(most),
            },
            _ => limit,
        }
    }
}

fn standard() -> Value {
    serde_json::from_str(STANDARD_99).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    #[test]
    fn every_limit_of_the_profile_may_be_moved_but_that_of_motion() {
        let profile = standard();
        let keys = |place: &str| -> Vec<String> {
            let node = profile.pointer(place).unwrap().as_object().unwrap();
            node.keys().map(|key| format!("{place}/{key}")).collect()
        };
        let mut all = [keys("/limits"), keys("/pose")].concat();
        all.retain(|key| key != "/limits/motion_max");
        for key in all {
            let found = ADJUSTABLE.iter().find(|adjustable| adjustable.key == key);
            assert!(found.is_some(), "{key} has no row in ADJUSTABLE");
        }
        for adjustable in &ADJUSTABLE {
            assert_ne!(adjustable.limit(&profile), OPEN, "{}", adjustable.key);
        }
    }

    #[test]
    fn a_limit_that_was_put_stands_in_the_profile_and_nothing_else_changed() {
        let (roll, luma) = (
            of(CheckId::Roll).unwrap(),
            of(CheckId::FaceBrightness).unwrap(),
        );
        let mut profile = standard();
        roll.put(Limit::at_most(7.0), &mut profile);
        let band = Limit {
            min: Some(64.0),
            max: Some(240.0),
        };
        luma.put(band, &mut profile);
        assert_eq!(
            (roll.limit(&profile), luma.limit(&profile)),
            (Limit::at_most(7.0), band)
        );
        let mut read = Profile::from_json(&profile.to_string()).unwrap();
        assert_eq!(read.pose.roll_deg, 7.0);
        read.pose.roll_deg = 6.0;
        read.limits.face_luma = Profile::standard_99().limits.face_luma;
        assert_eq!(read, Profile::standard_99());
    }

    #[test]
    fn no_limit_goes_half_beyond_the_standard_and_some_not_as_far() {
        let loosest = |id| of(id).unwrap().loosest();
        let limits = Profile::standard_99().limits;
        assert_eq!(
            loosest(CheckId::Shine),
            Limit::at_most(limits.shine_max * 1.5)
        );
        assert_eq!(
            loosest(CheckId::EyesOpen),
            Limit::at_least(limits.eyes_open_min / 1.5)
        );
        assert_eq!(loosest(CheckId::Roll), Limit::at_most(8.0));
        assert_eq!(loosest(CheckId::FaceBrightness).max, Some(246.0));
        assert!(loosest(CheckId::EarsSeen).max.is_none());
    }
}
