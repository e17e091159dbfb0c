//! Cut-out pictures of a sitter, quickly composed over the booth: the inner loop of a synthetic
//! camera.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel rows: slices are cut to the overlap of sprite and picture"
)]

use image::{RgbImage, RgbaImage, imageops};

use super::{booth::blend, dice::Dice, studio::Layer};
use crate::geometry::Size;

/// A scale and a shift: a point p of the layer comes to `p * scale + (dx, dy)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub scale: f32,
    pub dx: f32,
    pub dy: f32,
}

/// The part of a layer that is not empty.
pub struct Sprite {
    rgba: RgbaImage,
    left: i64,
    top: i64,
}

/// Ready-made sensor noise, read from a different start in each row of each frame.
pub struct Grain(Vec<i8>);

impl Grain {
    pub fn new(sigma: f32, seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x6ea1);
        let speck = |_| (dice.spread() * sigma.max(0.0) * 2.0).round() as i8;
        Self((0..0x8000).map(speck).collect())
    }

    /// Returns as many specks as asked for, at most 16,384.
    fn row(&self, y: u32, phase: u32, count: usize) -> &[i8] {
        let start = (y.wrapping_mul(7919) ^ phase.wrapping_mul(104_729)) as usize & 0x3fff;
        &self.0[start..start + count.min(0x4000)]
    }
}

impl Sprite {
    pub fn cut_out(layer: &Layer) -> Self {
        let covered = |x: u32, y: u32| layer.get_pixel(x, y).0[3] > 0;
        let (width, height) = layer.dimensions();
        let top = (0..height).find(|&y| (0..width).any(|x| covered(x, y)));
        let left = (0..width).find(|&x| (0..height).any(|y| covered(x, y)));
        let right = (0..width)
            .rev()
            .find(|&x| (0..height).any(|y| covered(x, y)));
        let (left, top) = (left.unwrap_or(0), top.unwrap_or(0));
        let right = right.map_or(left, |x| x + 1);
        Self {
            rgba: imageops::crop_imm(layer, left, top, right - left, height - top).to_image(),
            left: i64::from(left),
            top: i64::from(top),
        }
    }

    /// Expands it to a layer of the whole picture.
    pub fn whole(&self, size: Size) -> Layer {
        let mut layer = Layer::new(size.width, size.height);
        imageops::replace(&mut layer, &self.rgba, self.left, self.top);
        layer
    }

    /// Returns a smaller one, to be laid with the shift that belongs to this scale.
    pub fn scaled(&self, scale: f32) -> Self {
        let to = |n: u32| ((n as f32 * scale).round() as u32).max(1);
        let (width, height) = (to(self.rgba.width()), to(self.rgba.height()));
        let at = |n: i64| (n as f32 * scale).round() as i64;
        Self {
            rgba: imageops::resize(&self.rgba, width, height, imageops::FilterType::Triangle),
            left: at(self.left),
            top: at(self.top),
        }
    }

    /// Lays it over the picture, moved by whole pixels, with noise.
    pub fn lay(
        &self,
        picture: &mut RgbImage,
        dx: f32,
        dy: f32,
        opacity: u8,
        grain: &Grain,
        phase: u32,
    ) {
        let (left, top) = (self.left + dx as i64, self.top + dy as i64);
        let (own, all) = (self.rgba.width() as usize, picture.width() as usize);
        let skip = (-left).max(0) as usize;
        let start = left.max(0) as usize;
        let count = own.saturating_sub(skip).min(all.saturating_sub(start));
        if count == 0 {
            return;
        }
        let rows = self.rgba.height();
        for row in 0..rows {
            let y = top + i64::from(row);
            if y < 0 || y >= i64::from(picture.height()) {
                continue;
            }
            let over = &self.rgba.as_raw()[(row as usize * own + skip) * 4..][..count * 4];
            let under = &mut picture.as_mut()[(y as usize * all + start) * 3..][..count * 3];
            lay_row(under, over, opacity, grain.row(y as u32, phase, count));
        }
    }

    /// Lays it over the picture at any scale, with noise: for the moments of moving closer.
    pub fn lay_scaled(&self, picture: &mut RgbImage, place: &Place, grain: &Grain, phase: u32) {
        let back = 1.0 / place.scale;
        let (width, height) = (self.rgba.width() as i32, self.rgba.height() as i32);
        let all = picture.width() as usize;
        let mut over = vec![0_u8; all * 4];
        for y in 0..picture.height() {
            let v = ((y as f32 + 0.5 - place.dy) * back - self.top as f32).floor() as i32;
            if v < 0 || v >= height {
                continue;
            }
            for (x, pixel) in over.chunks_exact_mut(4).enumerate() {
                let u = ((x as f32 + 0.5 - place.dx) * back - self.left as f32).floor() as i32;
                let seen = u >= 0 && u < width;
                let source = if seen {
                    self.rgba.get_pixel(u as u32, v as u32).0
                } else {
                    [0; 4]
                };
                pixel.copy_from_slice(&source);
            }
            let under = &mut picture.as_mut()[y as usize * all * 3..][..all * 3];
            lay_row(under, &over, 255, grain.row(y, phase, all));
        }
    }
}

fn lay_row(under: &mut [u8], over: &[u8], opacity: u8, grain: &[i8]) {
    let pixels = under.chunks_exact_mut(3).zip(over.chunks_exact(4));
    for ((to, from), &speck) in pixels.zip(grain) {
        if from[3] == 0 {
            continue;
        }
        let noisy = [
            from[0].saturating_add_signed(speck),
            from[1].saturating_add_signed(speck),
            from[2].saturating_add_signed(speck),
        ];
        if from[3] == 255 && opacity == 255 {
            to.copy_from_slice(&noisy);
            continue;
        }
        let a = (u32::from(from[3]) * u32::from(opacity) / 255) as u8;
        to.copy_from_slice(&blend([to[0], to[1], to[2]], noisy, a));
    }
}
