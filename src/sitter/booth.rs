//! What surrounds the sitter in the picture: backdrop, shadow, lens and sensor.

use image::{GrayImage, Luma, Rgb, RgbImage, imageops};

use super::{clutter, dice::Dice, light, pose::Pose, scene::Scene, studio::Layer, vector::v3};
use crate::geometry::Size;

/// Draws the backdrop under two even lamps, with the objects in front of it. `pose` gives the place
/// of the seat.
pub fn empty(scene: &Scene, pose: &Pose, size: Size) -> RgbImage {
    let (width, height) = (size.width.max(1) as f32, size.height.max(1) as f32);
    let tilt = (scene.lamp_right - scene.lamp_left) * 0.12;
    let power = (f32::midpoint(scene.lamp_left, scene.lamp_right) - 1.0) * 0.35;
    let mut rgb = RgbImage::from_fn(size.width, size.height, |x, y| {
        let (u, v) = (x as f32 / width - 0.5, y as f32 / height);
        let light = (1.0 + power + tilt * u - scene.gradient * (v + 2.0 * u * u)).max(0.0);
        Rgb(scene.backdrop.map(|c| (f32::from(c) * light + 0.5) as u8))
    });
    if scene.clutter > 0.0 {
        clutter::put_up(&mut rgb, scene.clutter, pose, scene.seed);
    }
    rgb
}

/// Applies the scene's exposure and white balance to the picture.
pub fn expose(rgb: &mut RgbImage, scene: &Scene) {
    let gain = light::gain(scene);
    if gain == v3(1.0, 1.0, 1.0) {
        return;
    }
    let table = [gain.x, gain.y, gain.z].map(|gain| {
        (0..=255)
            .map(|value| light::exposed(value, gain))
            .collect::<Vec<_>>()
    });
    for pixel in rgb.pixels_mut() {
        for (value, table) in pixel.0.iter_mut().zip(&table) {
            *value = table.get(usize::from(*value)).copied().unwrap_or(*value);
        }
    }
}

/// Darkens the backdrop where lamps from the front cast the sitter's shadow: down and to the
/// picture's right.
pub fn cast_shadow(rgb: &mut RgbImage, layer: &Layer, strength: f32, face_width_px: f32) {
    const COARSE: u32 = 8;
    let (width, height) = (rgb.width().div_ceil(COARSE), rgb.height().div_ceil(COARSE));
    let (dx, dy) = (face_width_px * 0.28, face_width_px * 0.12);
    let coarse = GrayImage::from_fn(width, height, |x, y| {
        let (x, y) = ((x * COARSE) as f32 - dx, (y * COARSE) as f32 - dy);
        let inside = x >= 0.0 && y >= 0.0;
        let covered = inside
            .then(|| layer.get_pixel_checked(x as u32, y as u32))
            .flatten();
        Luma([covered.map_or(0, |p| p.0[3])])
    });
    let soft = imageops::blur(&coarse, (face_width_px * 0.1 / COARSE as f32).max(0.5));
    let fine = imageops::resize(
        &soft,
        rgb.width(),
        rgb.height(),
        imageops::FilterType::Triangle,
    );
    for (pixel, shadow) in rgb.pixels_mut().zip(fine.pixels()) {
        let light = 1.0 - 0.45 * strength * f32::from(shadow.0[0]) / 255.0;
        pixel.0 = pixel.0.map(|c| (f32::from(c) * light + 0.5) as u8);
    }
}

/// Composes a layer of the same size over the picture.
pub fn lay_over(rgb: &mut RgbImage, layer: &Layer) {
    for (under, over) in rgb.pixels_mut().zip(layer.pixels()) {
        let [r, g, b, a] = over.0;
        under.0 = blend(under.0, [r, g, b], a);
    }
}

/// Blends `over` with coverage `a` over `under`.
#[inline]
pub fn blend(under: [u8; 3], over: [u8; 3], a: u8) -> [u8; 3] {
    let (a, rest) = (u32::from(a), 255 - u32::from(a));
    let one = |u: u8, o: u8| ((u32::from(u) * rest + u32::from(o) * a + 127) / 255) as u8;
    let ([ur, ug, ub], [or, og, ob]) = (under, over);
    [one(ur, or), one(ug, og), one(ub, ob)]
}

pub fn alpha_of(layer: &Layer) -> GrayImage {
    let alpha = layer.pixels().map(|p| p.0[3]).collect();
    GrayImage::from_raw(layer.width(), layer.height(), alpha).unwrap_or_default()
}

/// Returns the picture moved along a line that falls a little to the right, as long as a smear of
/// `length_px`.
fn smear(rgb: &RgbImage, length_px: f32) -> RgbImage {
    let taps = length_px.ceil() as usize + 1;
    let (width, height) = (rgb.width() as f32 - 1.0, rgb.height() as f32 - 1.0);
    let shift = |tap: usize| length_px * (tap as f32 / (taps - 1) as f32 - 0.5);
    RgbImage::from_fn(rgb.width(), rgb.height(), |x, y| {
        let mut sum = [0.0; 3];
        for along in (0..taps).map(shift) {
            let u = (x as f32 + 0.94 * along).clamp(0.0, width);
            let v = (y as f32 + 0.34 * along).clamp(0.0, height);
            let seen = imageops::interpolate_bilinear(rgb, u, v).map_or([0; 3], |p| p.0);
            for (sum, value) in sum.iter_mut().zip(seen) {
                *sum += f32::from(value);
            }
        }
        Rgb(sum.map(|sum| (sum / taps as f32 + 0.5) as u8))
    })
}

/// Applies focus, movement and noise.
pub fn through_lens(rgb: RgbImage, scene: &Scene) -> RgbImage {
    let mut rgb = if scene.blur_px > 0.0 {
        imageops::fast_blur(&rgb, scene.blur_px)
    } else {
        rgb
    };
    if scene.motion_px > 0.0 {
        rgb = smear(&rgb, scene.motion_px);
    }
    add_noise(&mut rgb, scene.noise, scene.seed);
    rgb
}

/// Adds noise of a standard deviation of `sigma` 8-bit steps, partly shared by the three channels
/// as after a camera's own smoothing.
pub fn add_noise(rgb: &mut RgbImage, sigma: f32, seed: u64) {
    if sigma <= 0.0 {
        return;
    }
    let mut dice = Dice::new(seed);
    let scale = sigma * 0.022;
    for pixel in rgb.pixels_mut() {
        let bits = dice.throw();
        let byte = |n: u32| (bits >> (8 * n) & 0xff) as f32 - 127.5;
        let shared = byte(0) + byte(1);
        let [r, g, b] = pixel.0;
        let add = |c: u8, own: f32| (f32::from(c) + scale * (0.5 * shared + own) * 0.6 + 0.5) as u8;
        pixel.0 = [add(r, byte(2)), add(g, byte(3)), add(b, byte(4))];
    }
}
