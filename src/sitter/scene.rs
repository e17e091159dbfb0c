//! The booth around the sitter: backdrop, lamps, lens.

use serde::{Deserialize, Serialize};

/// Colours are 8-bit sRGB.
pub type Color = [u8; 3];

/// The standard's three reference colours, and a plain wall as in a booth.
pub const LIGHT_BLUE: Color = [100, 197, 255];
pub const WHITE: Color = [250, 250, 250];
pub const LIGHT_GREY: Color = [226, 229, 232];
pub const GREY_BLUE: Color = [196, 214, 229];

/// Everything in the picture that is not the sitter. The default is a good booth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    pub backdrop: Color,
    /// How much darker the backdrop becomes towards the bottom, 0..=1.
    pub gradient: f32,
    /// The sitter's shadow on the backdrop, 0..=1.
    pub cast_shadow: f32,
    /// Strength of the lamp at the picture's left; 1 is right.
    pub lamp_left: f32,
    /// Strength of the lamp at the picture's right.
    pub lamp_right: f32,
    /// How far aside the lamps are, in degrees; 45 or a little less is right, 90 is a window beside
    /// the sitter.
    pub lamps_deg: f32,
    /// Radius of the blur of a missed focus.
    pub blur_px: f32,
    /// Length of the straight smear of a movement during the exposure.
    pub motion_px: f32,
    /// Gain on all light before development: 1 is right, 0.3 too dark, 3 overexposed.
    pub exposure: f32,
    /// Gains on red, green and blue light: a wrong white balance. [1, 1, 1] is right.
    pub tint: [f32; 3],
    /// Pupils that reflect a flash, 0..=1.
    pub red_eye: f32,
    /// Objects in front of the wall, 0..=1: up to 0.3 a poster grows beside the head; a coat hook,
    /// a shelf with books and a door frame follow.
    pub clutter: f32,
    /// Standard deviation of the sensor's noise, in 8-bit steps.
    pub noise: f32,
    /// Another person behind the sitter's shoulder.
    pub second_person: bool,
    /// Seed of the noise.
    pub seed: u64,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            backdrop: GREY_BLUE,
            gradient: 0.02,
            cast_shadow: 0.0,
            lamp_left: 1.0,
            lamp_right: 1.0,
            lamps_deg: 43.7,
            blur_px: 0.0,
            motion_px: 0.0,
            exposure: 1.0,
            tint: [1.0; 3],
            red_eye: 0.0,
            clutter: 0.0,
            noise: 1.2,
            second_person: false,
            seed: 1,
        }
    }
}
