//! Brightness alone, which is all that a code reader needs of a picture.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernels; every index is bounded by the picture's size"
)]

use image::RgbImage;

use crate::{frame::Frame, geometry::Point};

/// An 8-bit grey picture, rows without padding. It may show a card, so only its size is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Luma {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Luma {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Luma ({}x{})", self.width, self.height)
    }
}

/// A part of a picture, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Luma {
    /// Creates a picture; `None` unless there is exactly one byte for each of at least one pixel.
    pub fn new(width: u32, height: u32, bytes: Vec<u8>) -> Option<Self> {
        let (width, height) = (width as usize, height as usize);
        let fits = width > 0 && height > 0 && width.checked_mul(height) == Some(bytes.len());
        fits.then_some(Self {
            width,
            height,
            bytes,
        })
    }

    /// Creates a square: `bytes` are `side` rows of `side` pixels; missing ones are black.
    pub(super) fn square(side: usize, mut bytes: Vec<u8>) -> Self {
        bytes.resize(side * side, 0);
        Self {
            width: side,
            height: side,
            bytes,
        }
    }

    /// Returns the camera's own brightness where it sends one, else that of the colours.
    pub fn of_frame(frame: &Frame) -> Self {
        let own = frame.own_luma();
        let own = own.and_then(|luma| Self::new(luma.width(), luma.height(), luma.into_raw()));
        own.unwrap_or_else(|| Self::of(&frame.rgb))
    }

    /// Computes BT.601 luma in 8-bit fixed point.
    pub fn of(rgb: &RgbImage) -> Self {
        let luma = |p: &[u8]| {
            ((u32::from(p[0]) * 77 + u32::from(p[1]) * 150 + u32::from(p[2]) * 29) >> 8) as u8
        };
        Self {
            width: rgb.width() as usize,
            height: rgb.height() as usize,
            bytes: rgb.as_raw().chunks_exact(3).map(luma).collect(),
        }
    }

    pub const fn width(&self) -> usize {
        self.width
    }

    pub const fn height(&self) -> usize {
        self.height
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the part around four corners and a little more, inside the picture.
    pub fn region_of(&self, corners: &[Point; 4]) -> Region {
        const MARGIN: f32 = 8.0;
        let least = |of: fn(&Point) -> f32| corners.iter().map(of).fold(f32::INFINITY, f32::min);
        let most = |of: fn(&Point) -> f32| corners.iter().map(of).fold(f32::NEG_INFINITY, f32::max);
        let (left, right) = (least(|p| p.x), most(|p| p.x));
        let (top, bottom) = (least(|p| p.y), most(|p| p.y));
        let inside = |at: f32, length: usize| at.clamp(0.0, length as f32) as usize;
        let x = inside(left - MARGIN, self.width - 1);
        let y = inside(top - MARGIN, self.height - 1);
        Region {
            x,
            y,
            width: inside(right + MARGIN, self.width).max(x + 1) - x,
            height: inside(bottom + MARGIN, self.height).max(y + 1) - y,
        }
    }

    /// Halves width and height, each pixel the mean of four; `None` where nothing would be left.
    pub fn halved(&self) -> Option<Self> {
        let (width, height) = (self.width / 2, self.height / 2);
        if width == 0 || height == 0 {
            return None;
        }
        let mut bytes = Vec::with_capacity(width * height);
        for rows in self.bytes.chunks_exact(2 * self.width) {
            let (above, below) = rows.split_at(self.width);
            let pairs = above.chunks_exact(2).zip(below.chunks_exact(2));
            bytes.extend(pairs.map(|(a, b)| {
                let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
                ((sum + 2) / 4) as u8
            }));
        }
        Some(Self {
            width,
            height,
            bytes,
        })
    }

    /// Sharpens the edges, `reach` pixels wide.
    #[must_use]
    pub fn sharpened(&self, reach: usize) -> Self {
        Self {
            bytes: sharpened(&self.bytes, self.width, reach),
            ..*self
        }
    }

    /// Paints the area between four corners in the mean grey of its outline, so that further looks
    /// find no detail there.
    #[must_use]
    pub fn painted_over(mut self, corners: &[Point; 4]) -> Self {
        let grey = self.mean_along(corners);
        let place = self.region_of(corners);
        for y in place.y..place.y + place.height {
            for x in place.x..place.x + place.width {
                if is_between(corners, Point::new(x as f32 + 0.5, y as f32 + 0.5)) {
                    self.bytes[y * self.width + x] = grey;
                }
            }
        }
        self
    }

    fn mean_along(&self, corners: &[Point; 4]) -> u8 {
        const EACH_SIDE: usize = 24;
        let [a, b, c, d] = *corners;
        let sides = [(a, b), (b, c), (c, d), (d, a)];
        let greys = sides.into_iter().flat_map(|(from, to)| {
            (0..EACH_SIDE).map(move |step| {
                let part = step as f32 / EACH_SIDE as f32;
                let along = |from: f32, to: f32| from + (to - from) * part;
                self.at(along(from.x, to.x), along(from.y, to.y))
            })
        });
        (greys.sum::<f32>() / (4 * EACH_SIDE) as f32 + 0.5) as u8
    }

    /// Returns the grey at a place between pixels, whose middles lie at halves; the border repeats.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (
            (x - 0.5).clamp(0.0, self.width as f32 - 1.0),
            (y - 0.5).clamp(0.0, self.height as f32 - 1.0),
        );
        let (column, row) = (x as usize, y as usize);
        let (right, down) = (x - column as f32, y - row as f32);
        let near = row * self.width + column;
        let below = if row + 1 < self.height {
            near + self.width
        } else {
            near
        };
        let beside = usize::from(column + 1 < self.width);
        let grey = |at: usize| f32::from(self.bytes[at]);
        let above = grey(near) * (1.0 - right) + grey(near + beside) * right;
        let under = grey(below) * (1.0 - right) + grey(below + beside) * right;
        above * (1.0 - down) + under * down
    }

    /// Samples a row of `count` greys from `start` on, `step` apart.
    pub fn along(&self, start: Point, step: Point, count: usize, out: &mut Vec<u8>) {
        let end = Point::new(
            start.x + step.x * (count - 1) as f32,
            start.y + step.y * (count - 1) as f32,
        );
        let inside = |at: Point| {
            at.x >= 1.0
                && at.y >= 1.0
                && at.x < self.width as f32 - 1.0
                && at.y < self.height as f32 - 1.0
        };
        if !inside(start) || !inside(end) {
            out.extend((0..count).map(|i| {
                let i = i as f32;
                (self.at(start.x + step.x * i, start.y + step.y * i) + 0.5) as u8
            }));
            return;
        }
        let fixed = |value: f32| (value * 65_536.0) as i32;
        let (mut x, mut y) = (fixed(start.x - 0.5), fixed(start.y - 0.5));
        let (dx, dy) = (fixed(step.x), fixed(step.y));
        for _ in 0..count {
            let at = (y >> 16) as usize * self.width + (x >> 16) as usize;
            let (right, down) = ((x >> 8 & 0xff) as u32, (y >> 8 & 0xff) as u32);
            let pair = |at: usize| {
                let pair = &self.bytes[at..at + 2];
                u32::from(pair[0]) * (256 - right) + u32::from(pair[1]) * right
            };
            let grey = pair(at) * (256 - down) + pair(at + self.width) * down;
            out.push((grey >> 16) as u8);
            (x, y) = (x + dx, y + dy);
        }
    }
}

/// Returns whether `at` lies within four corners, in whichever direction they run.
fn is_between(corners: &[Point; 4], at: Point) -> bool {
    let [a, b, c, d] = *corners;
    let turns = [(a, b), (b, c), (c, d), (d, a)]
        .map(|(from, to)| (to.x - from.x) * (at.y - from.y) - (to.y - from.y) * (at.x - from.x));
    turns.iter().all(|turn| *turn >= 0.0) || turns.iter().all(|turn| *turn <= 0.0)
}

/// Applies an unsharp mask: twice the pixel minus the mean of the four `reach` steps away, clamped.
/// Borders stay.
fn sharpened(bytes: &[u8], width: usize, reach: usize) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let height = bytes.len() / width;
    if width <= 2 * reach {
        return out;
    }
    for y in reach..height.saturating_sub(reach) {
        let row = |y: usize| &bytes[y * width..(y + 1) * width];
        let inner = |y: usize| row(y)[reach..width - reach].iter();
        let (left, right) = (&row(y)[..width - 2 * reach], &row(y)[2 * reach..]);
        let sharp = out[y * width + reach..(y + 1) * width - reach].iter_mut();
        let beside = left.iter().zip(right);
        let beyond = inner(y - reach).zip(inner(y + reach));
        for (((out, here), (left, right)), (above, below)) in
            sharp.zip(inner(y)).zip(beside).zip(beyond)
        {
            let around =
                i32::from(*above) + i32::from(*below) + i32::from(*left) + i32::from(*right);
            *out = (2 * i32::from(*here) - around / 4).clamp(0, 255) as u8;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_through_the_picture_is_the_same_inside_and_across_its_border() {
        let bytes = (0..40 * 30)
            .map(|i| (i % 40 * 5 + i / 40 * 2) as u8)
            .collect();
        let luma = Luma::new(40, 30, bytes).unwrap();
        for (start, step) in [((3.0, 4.0), (0.7, 0.3)), ((-5.0, 20.0), (1.3, -0.4))] {
            let (start, step) = (Point::new(start.0, start.1), Point::new(step.0, step.1));
            let mut row = Vec::new();
            luma.along(start, step, 30, &mut row);
            for (i, grey) in row.iter().enumerate() {
                let exact = luma.at(start.x + step.x * i as f32, start.y + step.y * i as f32);
                assert!(
                    (f32::from(*grey) - exact).abs() < 2.0,
                    "{i}: {grey} {exact}"
                );
            }
        }
    }

    #[test]
    fn sharpening_keeps_an_even_picture_and_steepens_an_edge() {
        let ramp = |x: usize| 100 + 10 * x.clamp(8, 12) as u8;
        let luma = Luma::new(20, 10, (0..200).map(|i| ramp(i % 20)).collect()).unwrap();
        let sharp = luma.sharpened(2);
        let row = &sharp.bytes()[5 * 20..6 * 20];
        assert_eq!((row[4], row[16]), (ramp(4), ramp(16)));
        assert!(row[8] < ramp(8) && row[12] > ramp(12), "{row:?}");
    }

    #[test]
    fn what_is_painted_over_has_the_grey_of_its_outline_and_all_else_stays() {
        let board = |x: usize, y: usize| (20..40).contains(&x) && (10..30).contains(&y);
        let bytes = (0..100 * 50)
            .map(|i| {
                if board(i % 100, i / 100) {
                    (i * 37 % 200) as u8
                } else {
                    210
                }
            })
            .collect();
        let picture = Luma::new(100, 50, bytes).unwrap();
        let corners =
            [(18.0, 8.0), (42.0, 8.0), (42.0, 32.0), (18.0, 32.0)].map(|(x, y)| Point::new(x, y));
        let mut mirrored = corners;
        mirrored.reverse();
        let empty = Luma::new(100, 50, vec![210; 5_000]).unwrap();
        for corners in [corners, mirrored] {
            assert!(picture.clone().painted_over(&corners) == empty);
        }
        let outside = corners.map(|corner| Point::new(corner.x + 900.0, corner.y));
        assert!(picture.clone().painted_over(&outside) == picture);
        let nowhere = [Point::new(f32::NAN, f32::INFINITY); 4];
        assert!(picture.clone().painted_over(&nowhere) == picture);
    }

    #[test]
    fn a_region_never_leaves_the_picture() {
        let luma = Luma::new(100, 50, vec![0; 5_000]).unwrap();
        for (x, y) in [(0.0, 0.0), (-9.0, 1e9), (99.0, 49.0), (f32::NAN, 3.0)] {
            let corners = [(0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0)]
                .map(|(dx, dy)| Point::new(x + dx, y + dy));
            let region = luma.region_of(&corners);
            assert!(region.x + region.width <= 100 && region.y + region.height <= 50);
            assert!(region.width > 0 && region.height > 0);
        }
    }

    #[test]
    fn a_wrong_number_of_bytes_is_no_picture() {
        assert!(Luma::new(4, 4, vec![0; 15]).is_none());
        assert!(Luma::new(0, 4, vec![]).is_none());
        assert!(Luma::new(u32::MAX, u32::MAX, vec![]).is_none());
    }
}
