//! A phone with a code on it in front of a camera, 1280x720, luma only; each frame with its own
//! hand, focus and noise.

use std::f32::consts::TAU;

use image::{GrayImage, ImageEncoder, codecs::jpeg::JpegEncoder};
use qrcode::{Color, QrCode};

use crate::{
    dice::Dice,
    scene::{POSTER, Scene},
};

pub const WIDTH: usize = 1_280;
pub const HEIGHT: usize = 720;
/// Modules of paper around the code.
const QUIET: f32 = 4.0;
/// The phone's glass around that, in modules.
const GLASS: f32 = 5.0;

/// Grey values in rows without padding.
pub type Grey = Vec<u8>;

/// Renders the scene's `frame`-th picture.
pub fn frame(scene: &Scene, frame: u64) -> Grey {
    let mut dice = Dice::new(scene.seed * 31 + frame + 1);
    let code = QrCode::with_error_correction_level(&scene.payload, scene.level)
        .expect("300 bytes fit into a code");
    let view = View::new(scene, &mut dice);
    let mut light = room(scene.seed);
    let bounds = view.bounds(half_height(&code) + 2.0);
    paint(
        &mut light,
        &code,
        scene,
        &view,
        bounds,
        dice.between(0.0, TAU),
    );
    shine(&mut light, scene, &view, &mut dice);
    blur(&mut light, scene.blur_px * dice.between(0.6, 1.5), bounds);
    smear(
        &mut light,
        scene.motion_px * dice.between(0.3, 1.4),
        dice.between(0.0, TAU),
        bounds,
    );
    if scene.poster {
        hang_poster(&mut light);
    }
    develop(&light, scene, &mut dice)
}

/// Draws a bright, sharp code in the wall's top left corner, where no phone is held.
fn hang_poster(light: &mut [f32]) {
    const CORNER: usize = 24;
    const MODULE: usize = 4;
    const PAPER: f32 = 245.0;
    const INK: f32 = 12.0;
    let code = QrCode::new(POSTER).expect("a short payload fits");
    let (colors, quiet) = (code.to_colors(), QUIET as usize);
    let side = (code.width() + 2 * quiet) * MODULE;
    for y in 0..side {
        for x in 0..side {
            let (column, row) = (
                (x / MODULE).wrapping_sub(quiet),
                (y / MODULE).wrapping_sub(quiet),
            );
            let dark = column.max(row) < code.width()
                && colors[row * code.width() + column] == Color::Dark;
            light[(CORNER + y) * WIDTH + CORNER + x] = if dark { INK } else { PAPER };
        }
    }
}

/// The pose of the phone: the plane of the code, in modules about its middle, as the camera sees
/// it.
struct View {
    /// Rows of the homography that takes the plane to the frame, and of its inverse.
    frame_from_plane: [[f32; 3]; 3],
    plane_from_frame: [[f32; 3]; 3],
}

impl View {
    /// Creates a view. A hand never holds still: a pixel or two aside, a little turned, a little
    /// nearer.
    fn new(scene: &Scene, dice: &mut Dice) -> Self {
        let (sy, cy) = (scene.yaw + dice.around(0.01)).sin_cos();
        let (sp, cp) = (scene.pitch + dice.around(0.01)).sin_cos();
        let (sr, cr) = (scene.roll + dice.around(0.01)).sin_cos();
        // The plane's axes after yaw, then pitch, then roll.
        let across = [cy, sp * sy, -cp * sy];
        let down = [0.0, cp, sp];
        let turn = |[x, y, z]: [f32; 3]| [cr * x - sr * y, sr * x + cr * y, z];
        let (across, down) = (turn(across), turn(down));
        let scale = scene.module_px * dice.between(0.99, 1.01) / scene.focal_px;
        let x0 = WIDTH as f32 / 2.0 + scene.offset_px.0 + dice.around(2.5);
        let y0 = HEIGHT as f32 / 2.0 + scene.offset_px.1 + dice.around(2.5);
        let row = |of: fn(&[f32; 3]) -> f32, middle: f32, last: f32| {
            [across, down]
                .map(|axis| scale * (scene.focal_px * of(&axis) + middle * axis[2]))
                .into_iter()
                .chain([last])
                .collect::<Vec<_>>()
        };
        let (x, y) = (row(|a| a[0], x0, x0), row(|a| a[1], y0, y0));
        let frame_from_plane = [
            [x[0], x[1], x[2]],
            [y[0], y[1], y[2]],
            [scale * across[2], scale * down[2], 1.0],
        ];
        Self {
            frame_from_plane,
            plane_from_frame: inverse(&frame_from_plane),
        }
    }

    /// Returns the frame's pixels that the phone can reach: left, top, right, bottom.
    fn bounds(&self, half: f32) -> [usize; 4] {
        let corners = [(-half, -half), (half, -half), (half, half), (-half, half)];
        let seen = corners.map(|(u, v)| apply(&self.frame_from_plane, u, v));
        let xs = seen.map(|(x, _)| x.clamp(0.0, WIDTH as f32));
        let ys = seen.map(|(_, y)| y.clamp(0.0, HEIGHT as f32));
        let least = |of: &[f32; 4]| of.iter().copied().fold(f32::INFINITY, f32::min);
        let most = |of: &[f32; 4]| of.iter().copied().fold(0.0, f32::max);
        let margin = 12.0;
        [
            (least(&xs) - margin).max(0.0) as usize,
            (least(&ys) - margin).max(0.0) as usize,
            ((most(&xs) + margin) as usize).min(WIDTH),
            ((most(&ys) + margin) as usize).min(HEIGHT),
        ]
    }
}

fn apply(h: &[[f32; 3]; 3], x: f32, y: f32) -> (f32, f32) {
    let at = |row: [f32; 3]| row[0] * x + row[1] * y + row[2];
    (at(h[0]) / at(h[2]), at(h[1]) / at(h[2]))
}

fn inverse(m: &[[f32; 3]; 3]) -> [[f32; 3]; 3] {
    let minor = |r: [usize; 2], c: [usize; 2]| {
        m[r[0]][c[0]] * m[r[1]][c[1]] - m[r[0]][c[1]] * m[r[1]][c[0]]
    };
    [
        [
            minor([1, 2], [1, 2]),
            -minor([0, 2], [1, 2]),
            minor([0, 1], [1, 2]),
        ],
        [
            -minor([1, 2], [0, 2]),
            minor([0, 2], [0, 2]),
            -minor([0, 1], [0, 2]),
        ],
        [
            minor([1, 2], [0, 1]),
            -minor([0, 2], [0, 1]),
            minor([0, 1], [0, 1]),
        ],
    ]
}

/// Draws a wall, furniture and somebody in front of it, as grey shapes.
pub fn room(seed: u64) -> Vec<f32> {
    let mut dice = Dice::new(seed ^ 0x0700_0000);
    let (wall, slope) = (dice.between(70.0, 190.0), dice.around(0.05));
    let mut room: Vec<f32> = (0..WIDTH * HEIGHT)
        .map(|i| wall + slope * ((i % WIDTH) as f32 - 640.0))
        .collect();
    for shape in 0..8 {
        let (x0, y0) = (dice.between(0.0, 1_280.0), dice.between(0.0, 720.0));
        let (a, b) = (dice.between(30.0, 260.0), dice.between(20.0, 220.0));
        let grey = dice.between(10.0, 230.0);
        let power = if shape % 2 == 0 { 2 } else { 12 };
        for y in (y0 - b).max(0.0) as usize..((y0 + b) as usize).min(HEIGHT) {
            for x in (x0 - a).max(0.0) as usize..((x0 + a) as usize).min(WIDTH) {
                let (dx, dy) = ((x as f32 - x0) / a, (y as f32 - y0) / b);
                if dx.powi(power) + dy.powi(power) < 1.0 {
                    room[y * WIDTH + x] = grey + 8.0 * dx;
                }
            }
        }
    }
    room
}

fn half_height(code: &QrCode) -> f32 {
    code.width() as f32 / 2.0 + QUIET + 2.0 * GLASS
}

/// Draws the phone over the room, four rays per pixel; its screen's pixels beat with the camera's.
fn paint(
    light: &mut [f32],
    code: &QrCode,
    scene: &Scene,
    view: &View,
    bounds: [usize; 4],
    phase: f32,
) {
    const RAYS: [(f32, f32); 4] = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
    let phone = Phone::new(code, scene);
    let mut fixed = Dice::new(scene.seed ^ 0xbea7);
    let (beat_x, beat_y) = (fixed.between(0.4, 1.9), fixed.between(0.4, 1.9));
    for y in bounds[1]..bounds[3] {
        for x in bounds[0]..bounds[2] {
            let pixel = &mut light[y * WIDTH + x];
            let beat = (x as f32 * beat_x + phase).sin() + (y as f32 * beat_y + phase).sin();
            let screen = 1.0 + 0.5 * scene.moire * beat;
            let mut sum = 0.0;
            for (dx, dy) in RAYS {
                let (u, v) = apply(&view.plane_from_frame, x as f32 + dx, y as f32 + dy);
                sum += phone.grey(u, v).map_or(*pixel, |grey| grey * screen);
            }
            *pixel = sum / 4.0;
        }
    }
}

struct Phone {
    dark: Vec<bool>,
    modules: usize,
    paper: f32,
    ink: f32,
    half: f32,
}

impl Phone {
    fn new(code: &QrCode, scene: &Scene) -> Self {
        let (paper, ink) = if scene.inverted {
            (scene.dark, scene.light)
        } else {
            (scene.light, scene.dark)
        };
        Self {
            dark: code
                .to_colors()
                .iter()
                .map(|color| *color == Color::Dark)
                .collect(),
            modules: code.width(),
            paper,
            ink,
            half: code.width() as f32 / 2.0,
        }
    }

    /// Returns the grey at a place of the plane, if it is on the phone: code, card, lines of text
    /// above it, frame.
    fn grey(&self, u: f32, v: f32) -> Option<f32> {
        let (column, row) = (u + self.half, v + self.half);
        let size = self.modules as f32;
        if column >= 0.0 && row >= 0.0 && column < size && row < size {
            let dark = self.dark[row as usize * self.modules + column as usize];
            return Some(if dark { self.ink } else { self.paper });
        }
        let card = self.half + QUIET;
        if u.abs() < card && v.abs() < card {
            return Some(self.paper);
        }
        if u.abs() < card + GLASS && v.abs() < card + 2.0 * GLASS {
            let line = v + card + 2.0 * GLASS;
            let letter = ((u * 1.3) as i32 * 7 + (line * 0.4) as i32 * 13) % 5 != 0;
            let text = line > 2.0 && line < 9.0 && line % 3.0 < 1.2 && letter && u.abs() < card;
            return Some(if text {
                self.ink
            } else {
                0.85f32.mul_add(self.paper, 10.0)
            });
        }
        (u.abs() < card + GLASS + 2.0)
            .then_some(18.0)
            .filter(|_| v.abs() < card + 2.0 * GLASS + 2.0)
    }
}

/// Adds uneven light, a shadow's edge and the lamp's reflection.
fn shine(light: &mut [f32], scene: &Scene, view: &View, dice: &mut Dice) {
    let mut fixed = Dice::new(scene.seed ^ 0x5a5a);
    let (sine, cosine) = fixed.between(0.0, TAU).sin_cos();
    let edge = fixed.around(60.0);
    let half = scene.payload.len().isqrt() as f32 + 8.0;
    let lamp = apply(
        &view.frame_from_plane,
        fixed.around(half),
        fixed.around(half),
    );
    let lamp = (lamp.0 + dice.around(6.0), lamp.1 + dice.around(6.0));
    let reach = scene.glare_size * scene.module_px;
    for (i, pixel) in light.iter_mut().enumerate() {
        let (x, y) = ((i % WIDTH) as f32, (i / WIDTH) as f32);
        let (dx, dy) = (x - 640.0 - scene.offset_px.0, y - 360.0 - scene.offset_px.1);
        let along = dx * cosine + dy * sine;
        *pixel *= (1.0 + scene.uneven * along / 220.0).clamp(0.12, 1.6);
        if scene.shadow > 0.0 {
            *pixel *= 1.0 - scene.shadow / (1.0 + (-(along - edge) / 6.0).exp());
        }
        if scene.glare > 0.0 {
            let away = (x - lamp.0).powi(2) + (y - lamp.1).powi(2);
            *pixel += scene.glare * (-away / (2.0 * reach * reach)).exp();
        }
    }
}

/// Applies Gaussian defocus of deviation `sigma` px within `bounds`, rows then columns.
fn blur(light: &mut [f32], sigma: f32, bounds: [usize; 4]) {
    if sigma < 0.2 {
        return;
    }
    let reach = (3.0 * sigma).ceil() as i32;
    let weights: Vec<f32> = (-reach..=reach)
        .map(|i| (-(i as f32).powi(2) / (2.0 * sigma * sigma)).exp())
        .collect();
    let sum: f32 = weights.iter().sum();
    let taps: Vec<(f32, i32, f32)> = (-reach..=reach)
        .zip(&weights)
        .map(|(i, weight)| (0.0, i, weight / sum))
        .collect();
    let turned: Vec<(f32, i32, f32)> = taps.iter().map(|(_, i, w)| (*i as f32, 0, *w)).collect();
    spread(light, &turned, bounds);
    spread(light, &taps, bounds);
}

/// Applies motion along one direction while the shutter is open.
fn smear(light: &mut [f32], length: f32, direction: f32, bounds: [usize; 4]) {
    if length < 0.5 {
        return;
    }
    let (sine, cosine) = direction.sin_cos();
    let count = (length * 2.0).ceil() as i32 + 1;
    let mut taps = Vec::new();
    for i in 0..count {
        let along = length * (i as f32 / (count - 1) as f32 - 0.5);
        let (x, y) = (along * cosine, along * sine);
        let below = y - y.floor();
        taps.push((x, y.floor() as i32, (1.0 - below) / count as f32));
        taps.push((x, y.floor() as i32 + 1, below / count as f32));
    }
    spread(light, &taps, bounds);
}

/// Replaces each pixel by a weighted sum of others: columns in fractions of a pixel, whole rows.
fn spread(light: &mut [f32], taps: &[(f32, i32, f32)], [left, top, right, bottom]: [usize; 4]) {
    let before = light.to_vec();
    for y in top..bottom {
        let row = &mut light[y * WIDTH + left..y * WIDTH + right];
        row.fill(0.0);
        for (dx, dy, weight) in taps {
            let from = (y as i32 + dy).clamp(0, HEIGHT as i32 - 1) as usize * WIDTH;
            let (whole, part) = (dx.floor() as i32, dx - dx.floor());
            for (i, out) in row.iter_mut().enumerate() {
                let x = left as i32 + i as i32 + whole;
                let at = |x: i32| before[from + x.clamp(0, WIDTH as i32 - 1) as usize];
                *out += weight * (at(x) * (1.0 - part) + at(x + 1) * part);
            }
        }
    }
}

/// Applies noise, eight bits, and the camera's own compression.
fn develop(light: &[f32], scene: &Scene, dice: &mut Dice) -> Grey {
    let bytes: Grey = light
        .iter()
        .map(|grey| {
            (grey.clamp(0.0, 255.0) + scene.noise * dice.normal() + 0.5).clamp(0.0, 255.0) as u8
        })
        .collect();
    match scene.jpeg {
        Some(quality) => compressed(&bytes, quality),
        None => bytes,
    }
}

pub fn compressed(bytes: &[u8], quality: u8) -> Grey {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality)
        .write_image(
            bytes,
            WIDTH as u32,
            HEIGHT as u32,
            image::ExtendedColorType::L8,
        )
        .expect("a picture of this size is encoded");
    let again: GrayImage = image::load_from_memory(&file)
        .expect("what was encoded")
        .into_luma8();
    again.into_raw()
}
