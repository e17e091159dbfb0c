//! What can be wrong with a code held up to a camera: one thing at a time, or all of them together.

use std::f32::consts::TAU;

use crate::dice::Dice;

/// One way in which a scene is hard. Each name is a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Perspective,
    Small,
    Blur,
    Motion,
    Noise,
    Contrast,
    Glare,
    Uneven,
    Moire,
    Tilt,
    Rotation,
    Jpeg,
    Inverted,
    Easy,
    Medium,
    Hard,
    Beside,
}

/// The content of the poster beside a code.
pub const POSTER: &[u8] = b"WIFI:T:WPA;S:made-up;P:made-up;;";

pub const TROUBLES: [Trouble; 17] = [
    Trouble::Perspective,
    Trouble::Small,
    Trouble::Blur,
    Trouble::Motion,
    Trouble::Noise,
    Trouble::Contrast,
    Trouble::Glare,
    Trouble::Uneven,
    Trouble::Moire,
    Trouble::Tilt,
    Trouble::Rotation,
    Trouble::Jpeg,
    Trouble::Inverted,
    Trouble::Easy,
    Trouble::Medium,
    Trouble::Hard,
    Trouble::Beside,
];

/// Everything that a picture is made from; a pure function of trouble and seed.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a trouble of its own; any two may come together"
)]
#[derive(Clone, Debug)]
pub struct Scene {
    pub seed: u64,
    pub payload: Vec<u8>,
    pub level: qrcode::EcLevel,
    pub inverted: bool,
    /// Pixels per module at the code's middle.
    pub module_px: f32,
    /// Radians: about the vertical, the horizontal and the viewing axis.
    pub yaw: f32,
    pub pitch: f32,
    pub roll: f32,
    /// The lens's focal length in pixels: short ones give strong perspective.
    pub focal_px: f32,
    /// The code's middle from the frame's middle, in pixels.
    pub offset_px: (f32, f32),
    /// Grey values of paper and ink in good light.
    pub light: f32,
    pub dark: f32,
    /// Deviation of the defocus, in pixels.
    pub blur_px: f32,
    /// How far the phone moves while the shutter is open, in pixels.
    pub motion_px: f32,
    /// Deviation of the noise, in grey values.
    pub noise: f32,
    /// Peak of the lamp's reflection, in grey values, and its deviation in modules.
    pub glare: f32,
    pub glare_size: f32,
    /// How much the light falls off across the frame, 0 to 1, and whether a shadow's edge falls
    /// across the code.
    pub uneven: f32,
    pub shadow: f32,
    /// Depth of the beat between the screen's pixels and the camera's, 0 to 1.
    pub moire: f32,
    /// JPEG quality; `None` for no compression.
    pub jpeg: Option<u8>,
    /// Whether a bright, sharp code that nobody waits for is on the wall.
    pub poster: bool,
}

impl Scene {
    pub fn new(trouble: Trouble, number: u64) -> Self {
        let seed = number * 64 + trouble as u64;
        let mut dice = Dice::new(seed);
        let mut scene = Self::good(seed, &mut dice);
        scene.spoil(trouble, &mut dice);
        scene.module_px = scene.module_px.min(scene.largest_module());
        scene
    }

    /// Returns a code in good conditions: 2.6 to 6 px per module, nearly upright, well lit.
    fn good(seed: u64, dice: &mut Dice) -> Self {
        let level = [
            qrcode::EcLevel::L,
            qrcode::EcLevel::M,
            qrcode::EcLevel::M,
            qrcode::EcLevel::Q,
        ];
        Self {
            seed,
            payload: payload(dice),
            level: level[dice.below(4) as usize],
            inverted: false,
            module_px: dice.between(2.6, 6.0),
            yaw: dice.around(0.12),
            pitch: dice.around(0.12),
            roll: dice.around(0.12),
            focal_px: 1_150.0,
            offset_px: (dice.around(160.0), dice.around(70.0)),
            light: dice.between(170.0, 235.0),
            dark: dice.between(15.0, 50.0),
            blur_px: dice.between(0.3, 0.7),
            motion_px: 0.0,
            noise: dice.between(1.5, 4.0),
            glare: 0.0,
            glare_size: dice.between(4.0, 12.0),
            uneven: dice.between(0.0, 0.1),
            shadow: 0.0,
            moire: 0.0,
            jpeg: None,
            poster: false,
        }
    }

    fn spoil(&mut self, trouble: Trouble, dice: &mut Dice) {
        let sign = |dice: &mut Dice| if dice.below(2) == 0 { 1.0 } else { -1.0 };
        match trouble {
            Trouble::Perspective => {
                self.focal_px = 420.0;
                self.module_px = dice.between(1.8, 3.6);
                self.yaw = sign(dice) * dice.between(0.5, 0.95);
                self.pitch = dice.around(0.6);
            }
            Trouble::Small => self.module_px = dice.between(1.25, 2.2),
            Trouble::Blur => self.blur_px = self.module_px * dice.between(0.35, 0.95),
            Trouble::Motion => self.motion_px = self.module_px * dice.between(1.0, 3.2),
            Trouble::Noise => {
                self.noise = dice.between(20.0, 60.0);
                self.module_px = dice.between(2.2, 4.5);
            }
            Trouble::Contrast => {
                self.dark = dice.between(40.0, 120.0);
                self.light = self.dark + dice.between(8.0, 40.0);
            }
            Trouble::Glare => {
                self.glare = dice.between(200.0, 900.0);
                self.glare_size = dice.between(4.0, 14.0);
                self.module_px = dice.between(1.8, 3.6);
            }
            Trouble::Uneven => {
                self.uneven = dice.between(0.6, 1.6);
                self.shadow = dice.between(0.5, 0.95);
                self.module_px = dice.between(1.8, 3.6);
            }
            Trouble::Moire => self.moire = dice.between(0.25, 0.7),
            Trouble::Tilt => {
                self.module_px = dice.between(2.0, 4.0);
                self.pitch = sign(dice) * dice.between(0.7, 1.2);
                self.yaw = dice.around(0.4);
            }
            Trouble::Rotation => {
                self.roll = dice.between(0.0, TAU);
                self.module_px = dice.between(1.4, 2.6);
            }
            Trouble::Jpeg => {
                self.jpeg = Some(dice.between(4.0, 22.0) as u8);
                self.module_px = dice.between(1.7, 3.0);
            }
            Trouble::Inverted => {
                self.inverted = true;
                self.module_px = dice.between(1.8, 4.0);
            }
            Trouble::Beside => {
                self.poster = true;
                self.module_px = dice.between(1.5, 2.4);
                self.blur_px = self.module_px * dice.between(0.25, 0.5);
            }
            Trouble::Easy => self.combine(0.25, dice),
            Trouble::Medium => self.combine(0.6, dice),
            Trouble::Hard => self.combine(1.25, dice),
        }
    }

    /// Applies everything at once; `much` from 0 to 1.25.
    fn combine(&mut self, much: f32, dice: &mut Dice) {
        self.module_px = dice.between(2.9 - 1.2 * much, 4.6 - 1.6 * much);
        self.yaw = dice.around(0.55 * much);
        self.pitch = dice.around(0.55 * much);
        self.roll = dice.around(0.9 * much);
        self.blur_px = self.module_px * dice.between(0.2, 0.2 + 0.42 * much);
        self.motion_px = self.module_px * dice.between(0.0, 1.1 * much);
        self.noise = dice.between(2.0, 2.0 + 14.0 * much);
        self.dark = dice.between(20.0, 20.0 + 80.0 * much);
        self.light = self.dark + dice.between(150.0 - 105.0 * much, 190.0 - 70.0 * much);
        self.glare = if dice.below(2) == 0 {
            dice.between(0.0, 260.0 * much)
        } else {
            0.0
        };
        self.uneven = dice.between(0.0, 0.6 * much);
        self.shadow = if dice.below(3) == 0 { 0.5 * much } else { 0.0 };
        self.moire = if dice.below(3) == 0 { 0.35 * much } else { 0.0 };
        self.jpeg = Some(dice.between(88.0 - 55.0 * much, 95.0) as u8);
        self.inverted = dice.below(8) == 0;
    }

    /// Returns the largest module with which the code and its border stay in the frame.
    fn largest_module(&self) -> f32 {
        let side = self.payload.len().isqrt() as f32 * 2.9 + 28.0;
        620.0 / side
    }
}

/// Returns 40 to 300 characters, like a link with a token.
fn payload(dice: &mut Dice) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let length = 40 + dice.below(261);
    let mut payload = b"https://school.example/c/".to_vec();
    while (payload.len() as u64) < length {
        payload.push(LETTERS[dice.below(64) as usize]);
    }
    payload
}
