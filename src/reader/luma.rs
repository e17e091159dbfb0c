//! Brightness alone: what a code reader needs of a picture.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernels; every index is bounded by the picture's size"
)]

use image::RgbImage;

use crate::geometry::Point;

/// An 8-bit grey picture, rows without padding. It may show a card, so it prints only its size.
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
    /// `None` unless there is exactly one byte for each of at least one pixel.
    pub fn new(width: u32, height: u32, bytes: Vec<u8>) -> Option<Self> {
        let (width, height) = (width as usize, height as usize);
        let fits = width > 0 && height > 0 && width.checked_mul(height) == Some(bytes.len());
        fits.then_some(Self {
            width,
            height,
            bytes,
        })
    }

    /// `bytes` are `side` rows of `side` pixels; what is missing is black.
    pub(super) fn square(side: usize, mut bytes: Vec<u8>) -> Self {
        bytes.resize(side * side, 0);
        Self {
            width: side,
            height: side,
            bytes,
        }
    }

    /// BT.601 luma in 8-bit fixed point.
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

    /// The part around a centre, moved inside the picture and no larger than it.
    pub fn region_around(&self, x: f32, y: f32, side: usize) -> Region {
        let (width, height) = (side.min(self.width), side.min(self.height));
        let start = |centre: f32, length: usize, whole: usize| {
            let first = centre.max(0.0) as usize;
            first.saturating_sub(length / 2).min(whole - length)
        };
        Region {
            x: start(x, width, self.width),
            y: start(y, height, self.height),
            width,
            height,
        }
    }

    /// The part around four corners, with `margin` of their extent on each side.
    pub fn region_of(&self, corners: &[Point; 4], margin: f32) -> Region {
        let least = |of: fn(&Point) -> f32| corners.iter().map(of).fold(f32::INFINITY, f32::min);
        let most = |of: fn(&Point) -> f32| corners.iter().map(of).fold(f32::NEG_INFINITY, f32::max);
        let (left, right) = (least(|p| p.x), most(|p| p.x));
        let (top, bottom) = (least(|p| p.y), most(|p| p.y));
        let margin = margin * (right - left).max(bottom - top) + 8.0;
        let inside = |at: f32, length: usize| at.clamp(0.0, length as f32) as usize;
        let x = inside(left - margin, self.width - 1);
        let y = inside(top - margin, self.height - 1);
        Region {
            x,
            y,
            width: inside(right + margin, self.width).max(x + 1) - x,
            height: inside(bottom + margin, self.height).max(y + 1) - y,
        }
    }

    /// The region `times` as large, bilinear: a small code's modules grow past what a reader needs.
    #[must_use]
    pub fn enlarged(&self, region: Region, times: usize) -> Self {
        let (width, height) = (region.width * times, region.height * times);
        let columns: Vec<Between> = (0..width).map(|x| Between::new(x, times, region.width)).collect();
        let mut bytes = Vec::with_capacity(width * height);
        let mut mixed = vec![0_u32; region.width];
        for y in 0..height {
            let rows = Between::new(y, times, region.height);
            let (near, far) = (self.row(region, rows.first), self.row(region, rows.second));
            for ((mix, near), far) in mixed.iter_mut().zip(near).zip(far) {
                *mix = u32::from(*near) * (WHOLE - rows.part) + u32::from(*far) * rows.part;
            }
            bytes.extend(columns.iter().map(|column| {
                let grey = mixed[column.first] * (WHOLE - column.part) + mixed[column.second] * column.part;
                ((grey + WHOLE * WHOLE / 2) / (WHOLE * WHOLE)) as u8
            }));
        }
        Self {
            width,
            height,
            bytes,
        }
    }

    fn row(&self, region: Region, y: usize) -> &[u8] {
        let start = (region.y + y) * self.width + region.x;
        &self.bytes[start..start + region.width]
    }

    /// The edges made steeper, `reach` pixels wide.
    #[must_use]
    pub fn sharpened(&self, reach: usize) -> Self {
        Self {
            bytes: sharpened(&self.bytes, self.width, reach),
            ..*self
        }
    }

    /// Grey at a place between pixels, whose middles lie at halves; the border repeats itself.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (
            (x - 0.5).clamp(0.0, self.width as f32 - 1.001),
            (y - 0.5).clamp(0.0, self.height as f32 - 1.001),
        );
        let (column, row) = (x as usize, y as usize);
        let (right, down) = (x - column as f32, y - row as f32);
        let near = row * self.width + column;
        let below = if row + 1 < self.height { near + self.width } else { near };
        let beside = usize::from(column + 1 < self.width);
        let grey = |at: usize| f32::from(self.bytes[at]);
        let above = grey(near) * (1.0 - right) + grey(near + beside) * right;
        let under = grey(below) * (1.0 - right) + grey(below + beside) * right;
        above * (1.0 - down) + under * down
    }

    pub const fn whole(&self) -> Region {
        Region {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }
}

/// One, in the fixed point of [`Luma::enlarged`].
const WHOLE: u32 = 64;

/// The two source pixels of one enlarged pixel, and the second one's part.
struct Between {
    first: usize,
    second: usize,
    part: u32,
}

impl Between {
    const fn new(at: usize, times: usize, length: usize) -> Self {
        // Middles lie at halves, so the enlarged pixel's middle is at (at + 1/2) / times - 1/2.
        let place = ((2 * at + 1) * WHOLE as usize / (2 * times)).saturating_sub(WHOLE as usize / 2);
        let first = place / WHOLE as usize;
        let second = if first + 1 < length { first + 1 } else { first };
        Self {
            first,
            second,
            part: (place % WHOLE as usize) as u32,
        }
    }
}

/// Unsharp mask: twice the pixel less the mean of the four `reach` steps away, clamped. Borders stay.
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
    fn doubling_keeps_an_even_picture_and_the_place_of_an_edge() {
        let bytes = (0..20 * 10)
            .map(|i| if i % 20 < 10 { 0 } else { 200 })
            .collect();
        let luma = Luma::new(20, 10, bytes).unwrap();
        let whole = luma.region_around(10.0, 5.0, 480);
        let doubled = luma.enlarged(whole, 2).sharpened(2);
        assert_eq!((doubled.width(), doubled.height()), (40, 20));
        let row = &doubled.bytes()[10 * 40..11 * 40];
        assert_eq!((row[2], row[36]), (0, 200));
        assert!(row[18] < 100 && row[21] > 100, "{row:?}");
    }

    #[test]
    fn a_region_never_leaves_the_picture() {
        let luma = Luma::new(100, 50, vec![0; 5_000]).unwrap();
        for (x, y) in [(0.0, 0.0), (-9.0, 1e9), (99.0, 49.0), (f32::NAN, 3.0)] {
            let region = luma.region_around(x, y, 40);
            assert!(region.x + region.width <= 100 && region.y + region.height <= 50);
            assert_eq!((region.width, region.height), (40, 40));
        }
    }

    #[test]
    fn a_wrong_number_of_bytes_is_no_picture() {
        assert!(Luma::new(4, 4, vec![0; 15]).is_none());
        assert!(Luma::new(0, 4, vec![]).is_none());
        assert!(Luma::new(u32::MAX, u32::MAX, vec![]).is_none());
    }
}
