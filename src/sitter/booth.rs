//! What surrounds the sitter in the picture: backdrop, shadow, lens and sensor.

use image::{GrayImage, Luma, Rgb, RgbImage, imageops};

use super::{dice::Dice, scene::Scene, studio::Layer};
use crate::geometry::Size;

/// The backdrop as two even lamps show it.
pub fn empty(scene: &Scene, size: Size) -> RgbImage {
    let (width, height) = (size.width.max(1) as f32, size.height.max(1) as f32);
    let tilt = (scene.lamp_right - scene.lamp_left) * 0.12;
    let power = (f32::midpoint(scene.lamp_left, scene.lamp_right) - 1.0) * 0.35;
    RgbImage::from_fn(size.width, size.height, |x, y| {
        let (u, v) = (x as f32 / width - 0.5, y as f32 / height);
        let light = (1.0 + power + tilt * u - scene.gradient * (v + 2.0 * u * u)).max(0.0);
        Rgb(scene.backdrop.map(|c| (f32::from(c) * light + 0.5) as u8))
    })
}

/// Darkens the backdrop where lamps from the front throw the sitter's shadow: down and to the picture's right.
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

/// `over` with coverage `a` upon `under`.
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

/// Focus and noise.
pub fn through_lens(rgb: RgbImage, scene: &Scene) -> RgbImage {
    let mut rgb = if scene.blur_px > 0.0 {
        imageops::fast_blur(&rgb, scene.blur_px)
    } else {
        rgb
    };
    add_noise(&mut rgb, scene.noise, scene.seed);
    rgb
}

/// Adds noise of a standard deviation of `sigma` 8-bit steps, partly shared by the three channels as after a camera's own
/// smoothing.
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
