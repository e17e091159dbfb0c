//! Objects on or in front of the wall: poster, coat hook, shelf, door. Flat, hard-edged, in colours
//! of their own.

use image::{Rgb, RgbImage};

use super::{dice::Dice, pose::Pose, scene::Color};

const WOOD: Color = [122, 84, 52];
const IRON: Color = [58, 58, 62];
const PAPER: Color = [244, 240, 228];
const DOOR: Color = [148, 112, 78];
const INKS: [Color; 5] = [
    [176, 48, 44],
    [36, 92, 136],
    [214, 166, 58],
    [52, 110, 72],
    [92, 58, 112],
];

/// A place in face widths from the middle between the eyes: left, top, right, bottom.
type Place = [f32; 4];

/// Puts `amount` of the objects (0..=1) beside the head; the next begins when the last is complete.
pub fn put_up(rgb: &mut RgbImage, amount: f32, pose: &Pose, seed: u64) {
    let mut wall = Wall {
        rgb,
        pose,
        dice: Dice::new(seed ^ 0x0c10_77e2),
    };
    let come = |from: f32, to: f32| ((amount - from) / (to - from)).clamp(0.0, 1.0);
    wall.door(come(0.75, 1.0));
    wall.poster(come(0.0, 0.3));
    wall.hook(come(0.3, 0.45));
    wall.shelf(come(0.45, 0.75));
}

struct Wall<'a> {
    rgb: &'a mut RgbImage,
    pose: &'a Pose,
    dice: Dice,
}

impl Wall<'_> {
    fn poster(&mut self, share: f32) {
        let (x, y, half) = (-0.82, -0.42, 0.16 * share);
        let place = |k: f32| {
            [
                x - half * k,
                y - 1.5 * half * k,
                x + half * k,
                y + 1.5 * half * k,
            ]
        };
        self.fill(place(1.0), PAPER);
        let ink = self.ink();
        self.fill(place(0.82), ink);
        for row in 0..3 {
            let top = y + half * (0.3 + 0.3 * row as f32);
            self.fill(
                [x - 0.6 * half, top, x + 0.5 * half, top + 0.12 * half],
                PAPER,
            );
        }
    }

    fn hook(&mut self, share: f32) {
        let right = 0.72 + 0.5 * share;
        if share > 0.0 {
            self.fill([0.72, 0.0, right, 0.07], WOOD);
        }
        for at in [0.8, 1.0] {
            if at < right {
                self.fill([at, 0.02, at + 0.03, 0.16], IRON);
                self.fill([at, 0.13, at + 0.08, 0.16], IRON);
            }
        }
    }

    /// Draws books from the head's side outwards, on a board.
    fn shelf(&mut self, share: f32) {
        let (left, right) = (0.68, 0.68 + 1.4 * share);
        let mut x = left + 0.03;
        while x < right - 0.1 {
            let (thick, high) = (self.dice.between(0.05, 0.1), self.dice.between(0.28, 0.46));
            let ink = self.ink();
            self.fill([x, -0.45 - high, x + thick, -0.45], ink);
            self.fill(
                [x, -0.45 - 0.8 * high, x + thick, -0.43 - 0.8 * high],
                PAPER,
            );
            x += thick + 0.008;
        }
        if share > 0.0 {
            self.fill([left, -0.45, right, -0.39], WOOD);
        }
    }

    /// Draws a door whose frame is inside the portrait, its leaf outside.
    fn door(&mut self, share: f32) {
        if share <= 0.0 {
            return;
        }
        let low = 8.0 * share;
        self.fill([-3.2, -1.9, -1.0, low], DOOR.map(|c| c / 2));
        self.fill([-3.1, -1.8, -1.12, low], DOOR);
        self.fill([-1.32, 0.3, -1.2, 0.36], IRON);
    }

    fn ink(&mut self) -> Color {
        self.dice.pick(&INKS).unwrap_or(IRON)
    }

    fn fill(&mut self, [left, top, right, bottom]: Place, color: Color) {
        let face = self.pose.face_width_px;
        let column = |x: f32| (self.pose.center_x_px + x * face).round().max(0.0) as u32;
        let row = |y: f32| (self.pose.center_y_px + y * face).round().max(0.0) as u32;
        for y in row(top)..row(bottom).min(self.rgb.height()) {
            for x in column(left)..column(right).min(self.rgb.width()) {
                self.rgb.put_pixel(x, y, Rgb(color));
            }
        }
    }
}
