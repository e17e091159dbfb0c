//! Patches of a frame as the networks need them: any place, size and angle, evenly sampled.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: indices are bounded by the sizes beside them"
)]

use image::RgbImage;

use crate::geometry::{Point, Rect};

/// Most halvings kept: 1/32 of the frame.
const MAX_LEVEL: usize = 5;
/// A level is used while it is at most this many times as coarse as what is asked for.
const COARSER: f32 = 1.15;

/// A frame and its halvings, each computed when first needed: shrinks without aliasing at little
/// cost.
pub struct Pyramid<'f> {
    frame: &'f RgbImage,
    halves: Vec<RgbImage>,
}

impl<'f> Pyramid<'f> {
    pub const fn new(frame: &'f RgbImage) -> Self {
        Self {
            frame,
            halves: Vec::new(),
        }
    }

    pub const fn frame(&self) -> &'f RgbImage {
        self.frame
    }

    /// Returns the whole frame, in px.
    pub fn bounds(&self) -> Rect {
        let (w, h) = self.frame.dimensions();
        Rect::new(Point::default(), Point::new(w as f32, h as f32))
    }

    /// Returns the finest picture whose pixels are not much larger than `step` frame pixels, and
    /// its pixel size.
    pub fn level_for(&mut self, step: f32) -> (&RgbImage, f32) {
        let mut level = 0;
        while level < MAX_LEVEL && f32::from(2_u8 << level) <= step * COARSER {
            if self.halves.len() == level {
                let finer = self.halves.last().unwrap_or(self.frame);
                if finer.width() < 4 || finer.height() < 4 {
                    break;
                }
                let half = halved(finer);
                self.halves.push(half);
            }
            level += 1;
        }
        match level {
            0 => (self.frame, 1.0),
            n => (&self.halves[n - 1], f32::from(1_u8 << n)),
        }
    }

    /// Samples a patch to `columns` x `rows` pixels: red, green and blue of each, 0.0..=1.0.
    pub fn pixels(
        &mut self,
        patch: &Patch,
        columns: usize,
        rows: usize,
        edge: Edge,
    ) -> Vec<[f32; 3]> {
        let mut pixels = vec![[0.0; 3]; columns * rows];
        self.sample(patch, columns, rows, edge, |i, rgb| {
            pixels[i] = rgb.map(|v| v / 255.0);
        });
        pixels
    }

    /// Returns the colour at a place of the frame, 0.0..=255.0.
    pub fn color_at(&self, in_frame: Point) -> [f32; 3] {
        at(self.frame, in_frame.x - 0.5, in_frame.y - 0.5, Edge::Repeat)
    }

    /// Samples a patch to `columns` x `rows` luma values of 0.0..=255.0.
    pub fn luma(&mut self, patch: &Patch, columns: usize, rows: usize) -> Vec<f32> {
        let mut values = vec![0.0; columns * rows];
        self.sample(patch, columns, rows, Edge::Repeat, |i, rgb| {
            values[i] = luma(rgb);
        });
        values
    }

    /// Calls `put(index, [r, g, b])`, 0.0..=255.0, for each pixel of the sampled patch, row by row.
    pub fn sample(
        &mut self,
        patch: &Patch,
        columns: usize,
        rows: usize,
        edge: Edge,
        mut put: impl FnMut(usize, [f32; 3]),
    ) {
        let step = (patch.width / columns as f32).max(patch.height / rows as f32);
        let (picture, pixel) = self.level_for(step);
        let (sin, cos) = patch.angle.sin_cos();
        // For the sampled columns, in pixels of this level.
        let across: Vec<(f32, f32)> = (0..columns)
            .map(|column| {
                let u = ((column as f32 + 0.5) / columns as f32 - 0.5) * patch.width;
                let u = if patch.flipped { -u } else { u };
                (u * cos / pixel, u * sin / pixel)
            })
            .collect();
        for row in 0..rows {
            let v = ((row as f32 + 0.5) / rows as f32 - 0.5) * patch.height;
            let left = (patch.center.x - v * sin) / pixel - 0.5;
            let top = (patch.center.y + v * cos) / pixel - 0.5;
            for (column, (right, down)) in across.iter().enumerate() {
                let color = at(picture, left + right, top + down, edge);
                put(row * columns + column, color);
            }
        }
    }
}

/// What is assumed outside the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Repeat,
    Black,
}

/// A rectangle of the frame at any angle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patch {
    /// In frame px.
    pub center: Point,
    pub width: f32,
    pub height: f32,
    /// In radians, clockwise as seen in the picture.
    pub angle: f32,
    /// Read from right to left.
    pub flipped: bool,
}

impl Patch {
    pub fn upright(rect: &Rect) -> Self {
        Self {
            center: rect.center(),
            width: rect.width(),
            height: rect.height(),
            angle: 0.0,
            flipped: false,
        }
    }

    /// Returns the upright rectangle around it.
    pub fn bounds(&self) -> Rect {
        let (sin, cos) = self.angle.sin_cos();
        let half_x = f32::midpoint(self.width * cos.abs(), self.height * sin.abs());
        let half_y = f32::midpoint(self.width * sin.abs(), self.height * cos.abs());
        Rect::new(
            Point::new(self.center.x - half_x, self.center.y - half_y),
            Point::new(self.center.x + half_x, self.center.y + half_y),
        )
    }

    /// Maps the patch's unit square to the frame.
    pub fn frame_from_unit(&self, unit: Point) -> Point {
        let (sin, cos) = self.angle.sin_cos();
        let u = (unit.x - 0.5) * self.width;
        let u = if self.flipped { -u } else { u };
        let v = (unit.y - 0.5) * self.height;
        Point::new(
            self.center.x + u * cos - v * sin,
            self.center.y + u * sin + v * cos,
        )
    }
}

/// Returns brightness as the eye sees it (Rec. 709 weights on gamma-coded values), in the unit of
/// the channels.
pub fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Returns the light that an sRGB channel value of 0..=255 represents, 0..=1 (IEC 61966-2-1).
pub fn linear(channel: f32) -> f32 {
    let channel = channel / 255.0;
    if channel <= 0.040_45 {
        channel / 12.92
    } else {
        ((channel + 0.055) / 1.055).powf(2.4)
    }
}

#[inline]
fn at(picture: &RgbImage, x: f32, y: f32, edge: Edge) -> [f32; 3] {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (right, bottom) = ((width - 1) as f32, (height - 1) as f32);
    if edge == Edge::Black && (x < -0.5 || y < -0.5 || x > right + 0.5 || y > bottom + 0.5) {
        return [0.0; 3];
    }
    let (x, y) = (x.clamp(0.0, right), y.clamp(0.0, bottom));
    let (x0, y0) = (x as usize, y as usize);
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
    let (pixels, _) = picture.as_raw().as_chunks::<3>();
    let pixel = |x: usize, y: usize| pixels[y * width + x].map(f32::from);
    let (a, b, c, d) = (pixel(x0, y0), pixel(x1, y0), pixel(x0, y1), pixel(x1, y1));
    std::array::from_fn(|k| {
        let top = a[k] + (b[k] - a[k]) * fx;
        let low = c[k] + (d[k] - c[k]) * fx;
        top + (low - top) * fy
    })
}

/// Halves width and height (rounded down), each pixel the mean of four.
fn halved(picture: &RgbImage) -> RgbImage {
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let (half_w, half_h) = (w / 2, h / 2);
    let mut out = RgbImage::new(half_w as u32, half_h as u32);
    let rows = picture.as_raw().chunks_exact(w * 3);
    let pairs = rows.clone().step_by(2).zip(rows.skip(1).step_by(2));
    for (out_row, (upper, lower)) in out.chunks_exact_mut(half_w * 3).zip(pairs) {
        let (upper, _) = upper.as_chunks::<6>();
        let (lower, _) = lower.as_chunks::<6>();
        let (pixels, _) = out_row.as_chunks_mut::<3>();
        for (pixel, (u, l)) in pixels.iter_mut().zip(upper.iter().zip(lower)) {
            for k in 0..3 {
                let sum =
                    u16::from(u[k]) + u16::from(u[k + 3]) + u16::from(l[k]) + u16::from(l[k + 3]);
                pixel[k] = ((sum + 2) / 4) as u8;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> RgbImage {
        RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 4) as u8, (y * 5) as u8, 7]))
    }

    #[test]
    fn a_patch_of_the_whole_frame_is_the_frame() {
        let frame = ramp();
        let mut pyramid = Pyramid::new(&frame);
        let patch = Patch::upright(&pyramid.bounds());
        let pixels = pyramid.pixels(&patch, 64, 48, Edge::Black);
        let [red, green, _] = pixels[10 * 64 + 20];
        assert!((red - 80.0 / 255.0).abs() < 1e-5);
        assert!((green - 50.0 / 255.0).abs() < 1e-5);
    }

    #[test]
    fn a_quarter_turn_reads_columns_as_rows() {
        let frame = ramp();
        let mut pyramid = Pyramid::new(&frame);
        let patch = Patch {
            center: Point::new(24.0, 24.0),
            width: 16.0,
            height: 16.0,
            angle: std::f32::consts::FRAC_PI_2,
            flipped: false,
        };
        let pixels = pyramid.pixels(&patch, 16, 16, Edge::Repeat);
        // Going right in the patch goes down in the frame: green grows, red stays.
        assert!((pixels[0][0] - pixels[15][0]).abs() < 1e-4);
        assert!(pixels[15][1] > pixels[0][1]);
        let corner = patch.frame_from_unit(Point::new(0.0, 0.0));
        assert!((corner.x - 32.0).abs() < 1e-4 && (corner.y - 16.0).abs() < 1e-4);
    }

    #[test]
    fn shrinking_far_keeps_the_mean() {
        let stripes = RgbImage::from_fn(256, 256, |x, _| {
            image::Rgb([if x % 2 == 0 { 0 } else { 200 }; 3])
        });
        let mut pyramid = Pyramid::new(&stripes);
        let patch = Patch::upright(&pyramid.bounds());
        let luma = pyramid.luma(&patch, 32, 32);
        assert!(luma.iter().all(|v| (v - 100.0).abs() < 1.5));
    }

    #[test]
    fn a_single_pixel_can_be_sampled() {
        let dot = RgbImage::from_pixel(1, 1, image::Rgb([9, 9, 9]));
        let mut pyramid = Pyramid::new(&dot);
        let patch = Patch::upright(&pyramid.bounds());
        assert_eq!(pyramid.pixels(&patch, 8, 8, Edge::Repeat).len(), 64);
    }
}
