//! One batch's capture profile: the rules that schools and provinces disagree about, as data.
//!
//! Lengths are px at 480x640, sizes bytes, angles degrees. Unknown keys are refused. The default,
//! `standard-99`, follows 教毕指\[2017\]99号; `assets/profile.schema.json` describes the file.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::code::TailRule;

/// Width of every portrait, in px.
pub const OUTPUT_WIDTH: u32 = 480;
/// Height of every portrait, in px.
pub const OUTPUT_HEIGHT: u32 = 640;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub document: Document,
    pub bands: Bands,
    pub pose: PoseLimits,
    pub background: BackgroundRule,
    pub file: FileRule,
    pub limits: Limits,
    pub glasses: Glasses,
    pub head_cover: HeadCover,
    /// Where a photo may come from; it can always be taken at the booth.
    #[serde(default = "live_only")]
    pub capture_modes: Vec<CaptureMode>,
    /// How many good pictures of one sitting are shown to choose from, 1..=[`MOST_CHOICES`].
    #[serde(default = "one_choice")]
    pub choices: u8,
    pub tail_rule: TailRule,
    pub payment: PaymentPolicy,
    /// Shows the checklist (hair, glasses, collar) before the chair.
    pub prepare_step: bool,
    pub contact: ContactStep,
    /// Checks that staff may set aside with a reason.
    pub overridable: Vec<CheckId>,
    /// Checks that are shown as advice and refuse nobody: those that only real faces can validate,
    /// until a booth has calibrated them.
    pub advisory: Vec<CheckId>,
}

/// The text of the standard that the profile follows: copies disagree on number and year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub id: String,
    pub version: String,
}

/// An inclusive range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    pub min: f32,
    pub max: f32,
}

impl Band {
    pub const fn new(min: f32, max: f32) -> Self {
        Self { min, max }
    }

    pub const fn range(self) -> RangeInclusive<f32> {
        self.min..=self.max
    }

    pub fn contains(self, value: f32) -> bool {
        self.range().contains(&value)
    }

    /// Returns how far inside the band `value` is, as a share of half its width: 1 in the middle, 0
    /// at an end, negative outside.
    pub fn margin(self, value: f32) -> f32 {
        let half = ((self.max - self.min) / 2.0).max(f32::EPSILON);
        (value - self.min).min(self.max - value) / half
    }

    /// Returns the band with `px` taken off both ends (its middle if nothing is left).
    #[must_use]
    pub fn shrunk(self, px: f32) -> Self {
        let middle = f32::midpoint(self.min, self.max);
        Self::new((self.min + px).min(middle), (self.max - px).max(middle))
    }
}

/// Layout bands, px at 480x640 (99号: crown 50-110, eyes 200-300, face width 180-300, centred).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// Top of the head to the top edge.
    pub crown_px: Band,
    /// Eye line to the top edge.
    pub eye_px: Band,
    /// Cheek to cheek.
    pub face_width_px: Band,
    /// Face midline minus the picture's middle; the standard says "centred", this is our number for
    /// it.
    pub center_offset_px: Band,
}

/// Largest absolute angles, degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoseLimits {
    pub roll_deg: f32,
    pub yaw_deg: f32,
    pub pitch_deg: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackgroundRule {
    /// Accepted colours, sRGB; the first is the one composed when the backdrop is replaced.
    pub colours: Vec<[u8; 3]>,
    pub replacement: Replacement,
    /// Largest CIE76 colour difference of the backdrop's mean from an accepted colour that counts
    /// as "already right".
    pub tolerance_delta_e: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    /// Leave a backdrop that is within tolerance and even; replace any other.
    IfNeeded,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    pub min_bytes: u32,
    pub max_bytes: u32,
    /// Lowest IJG-equivalent quality, 1..=100.
    pub quality_floor: u8,
    pub dpi: u16,
}

/// Limits of the checks that are neither layout nor pose. Units in the names.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Smallest lid opening / t, t = eye midpoint to chin (OFIQ: 0.02 is half-way).
    pub eyes_open_min: f32,
    /// Largest distance of the irises from the middle of their eyes, in half eye widths: looking
    /// aside.
    pub gaze_max: f32,
    /// Largest inner-lip gap / t (closed mouths read <= 0.03).
    pub mouth_gap_max: f32,
    /// Largest rise of the mouth's corners above its middle, in mouth widths: a smile.
    pub smile_max: f32,
    /// Largest share of the lenses' area that reflects a light, 0..=1.
    pub glasses_glare_max: f32,
    /// Largest share of the skin around brows and eyes that is covered by something darker, 0..=1.
    pub eyes_covered_max: f32,
    /// Smallest share of both ears' areas that looks like skin, 0..=1.
    pub ears_seen_min: f32,
    /// Mean luma of the cheeks, 0..=255.
    pub face_luma: Band,
    /// The darker cheek's mean luma over the brighter one's, 0..=1.
    pub evenness_min: f32,
    /// Largest share of the face's pixels that are nearly black (luma <= 25, as OFIQ counts),
    /// 0..=1.
    pub under_exposed_max: f32,
    /// Largest share of the face's pixels that are nearly white (luma >= 247, as OFIQ counts),
    /// 0..=1.
    pub over_exposed_max: f32,
    /// How much more white light forehead or nose may reflect than the skin around: 0.2 is a fifth.
    pub shine_max: f32,
    /// Largest redness of a pupil, 0..=1.
    pub red_eye_max: f32,
    /// Largest CIELAB distance of the cheeks' colour from natural skin (a 5..=25, b 5..=35, OFIQ
    /// natural colour).
    pub skin_cast_max: f32,
    /// Sharpness at the eyes, see `analysis::light`.
    pub sharpness_min: f32,
    /// Largest movement of the face between two frames, in face widths per second.
    pub motion_max: f32,
    /// Largest noise on the skin, standard deviation in luma levels, 0..=255.
    pub noise_max: f32,
    /// Standard deviation of the backdrop's luma, 0..=255.
    pub background_std_max: f32,
    /// Largest share of the backdrop in shadow, 0..=1.
    pub background_shadow_max: f32,
    /// Largest share of the backdrop that is an object or another person, 0..=1.
    pub background_objects_max: f32,
    /// Smallest CIE76 colour difference between the clothes' edge and the backdrop (黑边检测).
    pub clothes_contrast_min: f32,
    /// Largest overshoot of a dark or bright rim around the person, luma levels, 0..=255.
    pub rim_max: f32,
    // These checks came after the first release. A batch's profile that was signed before a check
    // existed does not name its limit, and its pictures are not judged by that check.
    /// Smallest distance from the face's dark to the picture's bright parts, luma levels, 0..=255.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contrast_min: Option<f32>,
    /// How many times larger brightness may jump at the edges of 8x8 blocks than inside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks_max: Option<f32>,
    /// Smallest CIE76 colour difference between the lips and the skin around them: a covered mouth
    /// has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lips_seen_min: Option<f32>,
    /// Smallest luma of an eye relative to the cheeks': dark lenses lower it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eye_light_min: Option<f32>,
    /// Forehead to chin over cheek to cheek, of the mesh; outside this band the picture may be
    /// stretched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face_proportion: Option<Band>,
    /// Most warm-coloured characters allowed in a row in a lower corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_stamp_max: Option<f32>,
    /// Largest share of the head above the hairline in a colour that neither hair nor skin has,
    /// 0..=1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_covering_max: Option<f32>,
    /// How many times stronger one fine, regular pattern may be on the face than its like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recaptured_max: Option<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Glasses {
    /// People who always wear them keep them on.
    IfHabitual,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadCover {
    Never,
    /// Religion, medicine, culture: staff decide, and no reason is recorded.
    Exception,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMode {
    /// Taken at the booth.
    Live,
    /// A picture that exists already (上传照片), brought by its owner and imported by staff.
    Imported,
}

/// Most pictures that are shown at once.
pub const MOST_CHOICES: u8 = 3;

const fn one_choice() -> u8 {
    1
}

/// Profiles of the first booths do not say.
fn live_only() -> Vec<CaptureMode> {
    vec![CaptureMode::Live]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentPolicy {
    None,
    /// Paid before the day: a visitor who has not paid is turned away, if the platform answers.
    Prepaid,
    /// Paid on the screen after the photo is sealed; offline it is paid later.
    AtKiosk,
    /// Paid at home, on the platform's page.
    Later,
}

/// Whether the sitter is asked for phone, e-mail and 名称 after the photo is sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactStep {
    #[default]
    None,
    /// Each field may stay empty.
    Offered,
}

/// The name of one check in profiles, manifests and `check --json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckId {
    /// 480x640.
    Size,
    /// Exactly one face.
    OneFace,
    /// The picture is neither upside down nor on its side.
    Upright,
    /// The head is whole inside the picture.
    HeadWhole,
    /// The head's place was measured rather than marked by staff; only in the checks of a marked
    /// picture.
    MarkedByHand,
    Crown,
    EyeLine,
    FaceWidth,
    Centred,
    Roll,
    Yaw,
    Pitch,
    EyesOpen,
    /// The eyes look into the camera.
    Gaze,
    MouthClosed,
    /// A neutral face: no smile.
    Expression,
    /// No light reflected in the glasses.
    GlassesGlare,
    /// Neither hair nor anything else covers brows and eyes.
    EyesClear,
    /// No dark lenses before the eyes.
    Sunglasses,
    /// No mask, hand or object over the mouth.
    MouthCovered,
    /// Both ears are visible.
    EarsSeen,
    /// No hat, hood or scarf on the head (OFIQ: no head coverings).
    HeadCovering,
    FaceBrightness,
    /// Left and right cheek alike (阴阳脸).
    Evenness,
    UnderExposure,
    OverExposure,
    /// No shine on forehead, nose and cheeks.
    Shine,
    RedEye,
    /// Skin without a colour cast.
    SkinColour,
    Sharpness,
    /// Only while framing, as a still does not move.
    Motion,
    Noise,
    /// Nothing but one even surface behind the person.
    Background,
    /// That surface has one of the accepted colours.
    BackgroundColour,
    /// No shadow on it.
    BackgroundShadow,
    /// Nobody and nothing else in front of it.
    BackgroundObjects,
    /// The clothes stand out from it (黑边检测).
    ClothesContrast,
    /// No dark or bright rim around the person.
    Rim,
    /// No frame or bar along the picture's edges.
    Border,
    /// In colour rather than black and white.
    Monochrome,
    /// From dark to bright: not washed out.
    Contrast,
    /// Never compressed so hard that its blocks are visible.
    Blocks,
    /// The proportions of a face are natural.
    Stretched,
    /// No date stamp in a lower corner.
    DateStamp,
    /// Not photographed from a screen.
    Recaptured,
    FileBytes,
    Quality,
    Dpi,
    /// 24-bit colour JPEG.
    Colour,
    /// Nothing after EOI.
    Trailing,
}

impl CheckId {
    /// Returns whether the check is about the wall rather than the person.
    pub const fn is_of_backdrop(self) -> bool {
        matches!(
            self,
            Self::Background
                | Self::BackgroundColour
                | Self::BackgroundShadow
                | Self::BackgroundObjects
                | Self::ClothesContrast
                | Self::Rim
        )
    }

    /// Every check, in the order of guidance.
    pub const ALL: [Self; 50] = [
        Self::Size,
        Self::OneFace,
        Self::Upright,
        Self::HeadWhole,
        Self::MarkedByHand,
        Self::Crown,
        Self::EyeLine,
        Self::FaceWidth,
        Self::Centred,
        Self::Roll,
        Self::Yaw,
        Self::Pitch,
        Self::EyesOpen,
        Self::Gaze,
        Self::MouthClosed,
        Self::Expression,
        Self::GlassesGlare,
        Self::EyesClear,
        Self::Sunglasses,
        Self::MouthCovered,
        Self::EarsSeen,
        Self::HeadCovering,
        Self::FaceBrightness,
        Self::Evenness,
        Self::UnderExposure,
        Self::OverExposure,
        Self::Shine,
        Self::RedEye,
        Self::SkinColour,
        Self::Sharpness,
        Self::Motion,
        Self::Noise,
        Self::Background,
        Self::BackgroundColour,
        Self::BackgroundShadow,
        Self::BackgroundObjects,
        Self::ClothesContrast,
        Self::Rim,
        Self::Border,
        Self::Monochrome,
        Self::Contrast,
        Self::Blocks,
        Self::Stretched,
        Self::DateStamp,
        Self::Recaptured,
        Self::FileBytes,
        Self::Quality,
        Self::Dpi,
        Self::Colour,
        Self::Trailing,
    ];
}

/// The default profile as shipped.
pub const STANDARD_99: &str = include_str!("../assets/profiles/standard-99.json");

impl Profile {
    /// Parses a profile file or the `profile` of a batch manifest; the error names line and key.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The profile of 教毕指\[2017\]99号, compiled in.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "a test parses the compiled-in file"
    )]
    pub fn standard_99() -> Self {
        Self::from_json(STANDARD_99).expect("assets/profiles/standard-99.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_profile_holds_the_numbers_of_the_standard() {
        let profile = Profile::standard_99();
        assert_eq!(profile.bands.crown_px, Band::new(50.0, 110.0));
        assert_eq!(profile.bands.eye_px, Band::new(200.0, 300.0));
        assert_eq!(profile.bands.face_width_px, Band::new(180.0, 300.0));
        assert_eq!(
            (profile.file.min_bytes, profile.file.max_bytes),
            (30_720, 40_000)
        );
        assert_eq!(profile.file.quality_floor, 60);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let json = STANDARD_99.replacen("\"document\"", "\"beautify\": true, \"document\"", 1);
        let error = Profile::from_json(&json).unwrap_err().to_string();
        assert!(error.contains("beautify"), "{error}");
    }

    mod schema {
        use std::collections::BTreeSet;

        use serde::de::DeserializeOwned;
        use serde_json::{Map, Value};

        use super::*;
        use crate::{
            analysis::{Analysis, tests::frame},
            checks::{self, FileFacts},
        };

        fn schema() -> Value {
            serde_json::from_str(include_str!("../assets/profile.schema.json")).unwrap()
        }

        /// Returns the schema's node, its `$ref` resolved.
        fn resolved<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
            match node.get("$ref").and_then(Value::as_str) {
                Some(name) => schema.pointer(name.trim_start_matches('#')).unwrap(),
                None => node,
            }
        }

        fn keys(object: &Map<String, Value>) -> BTreeSet<&String> {
            object.keys().collect()
        }

        /// What a profile may leave out.
        const LATER: [&str; 10] = [
            "capture_modes",
            "choices",
            "contrast_min",
            "blocks_max",
            "lips_seen_min",
            "eye_light_min",
            "face_proportion",
            "date_stamp_max",
            "head_covering_max",
            "recaptured_max",
        ];

        /// Asserts that both have the same keys, all the way down, that the schema allows no other,
        /// and that it demands all but those that may be left out.
        fn assert_same_keys(schema: &Value, node: &Value, value: &Value, path: &str) {
            let Some(value) = value.as_object() else {
                assert!(node.get("properties").is_none(), "{path}");
                return;
            };
            let properties = node["properties"].as_object().unwrap();
            assert_eq!(keys(properties), keys(value), "{path}");
            assert_eq!(node["additionalProperties"], false, "{path}");
            let required: Vec<String> = serde_json::from_value(node["required"].clone()).unwrap();
            let mut demanded = keys(value);
            demanded.retain(|key| !LATER.contains(&key.as_str()));
            assert_eq!(required.iter().collect::<BTreeSet<_>>(), demanded, "{path}");
            for (key, child) in value {
                let node = resolved(schema, &properties[key]);
                assert_same_keys(schema, node, child, &format!("{path}/{key}"));
            }
        }

        #[test]
        fn the_schema_and_the_profile_have_the_same_keys() {
            let schema = schema();
            let shipped: Value = serde_json::from_str(STANDARD_99).unwrap();
            let written = serde_json::to_value(Profile::standard_99()).unwrap();
            assert_same_keys(&schema, &schema, &shipped, "");
            assert_same_keys(&schema, &schema, &written, "");
        }

        #[test]
        fn a_profile_signed_before_a_check_existed_is_not_judged_by_it() {
            let mut older: Value = serde_json::from_str(STANDARD_99).unwrap();
            let limits = older["limits"].as_object_mut().unwrap();
            limits.retain(|key, _| !LATER.contains(&key.as_str()));
            let older: Profile = serde_json::from_value(older).unwrap();

            let picture = image::RgbImage::new(48, 64);
            let mut bytes = Vec::new();
            image::codecs::jpeg::JpegEncoder::new(&mut bytes)
                .encode_image(&picture)
                .unwrap();
            let facts = FileFacts::read(&bytes).unwrap();
            let nothing = Analysis::empty(frame(1, picture));
            let judged = |profile: &Profile| -> BTreeSet<CheckId> {
                let checks = checks::of_picture(&nothing, &facts, profile);
                checks.iter().map(|check| check.id).collect()
            };
            let now = judged(&Profile::standard_99());
            let left_out: Vec<_> = now.difference(&judged(&older)).copied().collect();
            assert_eq!(
                left_out,
                [
                    CheckId::Sunglasses,
                    CheckId::MouthCovered,
                    CheckId::HeadCovering,
                    CheckId::Contrast,
                    CheckId::Blocks,
                    CheckId::Stretched,
                    CheckId::DateStamp,
                    CheckId::Recaptured,
                ]
            );
            assert!(judged(&older).is_subset(&now));
        }

        /// Returns the variants that serde accepts, from its refusal of another one.
        fn variants<T: DeserializeOwned>() -> BTreeSet<String> {
            let refusal = serde_json::from_str::<T>("\"?\"")
                .err()
                .unwrap()
                .to_string();
            let names = refusal.split('`').skip(3).step_by(2);
            names.map(str::to_owned).collect()
        }

        #[test]
        fn the_schema_and_the_profile_have_the_same_words() {
            let schema = schema();
            let words = |pointer: &str| -> BTreeSet<String> {
                serde_json::from_value(schema.pointer(pointer).unwrap()["enum"].clone()).unwrap()
            };
            assert_eq!(words("/$defs/check"), variants::<CheckId>());
            let all = CheckId::ALL.map(|id| serde_json::to_value(id).unwrap());
            let all = all.iter().filter_map(Value::as_str).map(str::to_owned);
            assert_eq!(all.collect::<BTreeSet<_>>(), variants::<CheckId>());
            assert_eq!(words("/properties/glasses"), variants::<Glasses>());
            assert_eq!(words("/properties/head_cover"), variants::<HeadCover>());
            assert_eq!(words("/properties/tail_rule"), variants::<TailRule>());
            assert_eq!(words("/properties/payment"), variants::<PaymentPolicy>());
            assert_eq!(words("/properties/contact"), variants::<ContactStep>());
            assert_eq!(
                words("/properties/capture_modes/items"),
                variants::<CaptureMode>()
            );
            let replacement = "/properties/background/properties/replacement";
            assert_eq!(words(replacement), variants::<Replacement>());
        }
    }
}
