//! Brightness alone: what a code reader needs of a picture.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernels; every index is bounded by the picture's size"
)]

use image::RgbImage;

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

    /// The region at twice its size, bilinear, its edges sharpened: a small code's modules grow past what a reader needs.
    #[must_use]
    pub fn doubled(&self, region: Region) -> Self {
        let (width, height) = (region.width * 2, region.height * 2);
        let mut bytes = vec![0; width * height];
        // One column more on each side, so that the border repeats itself.
        let mut mixed = vec![0_u16; region.width + 2];
        for (y, out) in bytes.chunks_exact_mut(width).enumerate() {
            let (near, far) = self.rows_for(region, y);
            for ((mix, near), far) in mixed[1..].iter_mut().zip(near).zip(far) {
                *mix = 3 * u16::from(*near) + u16::from(*far);
            }
            mixed[0] = mixed[1];
            mixed[region.width + 1] = mixed[region.width];
            for (pair, around) in out.chunks_exact_mut(2).zip(mixed.windows(3)) {
                let near = 3 * around[1] + 8;
                pair[0] = ((near + around[0]) >> 4) as u8;
                pair[1] = ((near + around[2]) >> 4) as u8;
            }
        }
        Self {
            width,
            height,
            bytes: sharpened(&bytes, width),
        }
    }

    /// The nearer and the farther source row of output row `y`.
    fn rows_for(&self, region: Region, y: usize) -> (&[u8], &[u8]) {
        let near = y / 2;
        let far = if y.is_multiple_of(2) {
            near.saturating_sub(1)
        } else {
            (near + 1).min(region.height - 1)
        };
        let row = |y: usize| {
            let start = (region.y + y) * self.width + region.x;
            &self.bytes[start..start + region.width]
        };
        (row(near), row(far))
    }
}

/// Unsharp mask: twice the pixel less the mean of the four two steps away, clamped. Borders stay.
fn sharpened(bytes: &[u8], width: usize) -> Vec<u8> {
    const REACH: usize = 2;
    let mut out = bytes.to_vec();
    let height = bytes.len() / width;
    if width <= 2 * REACH {
        return out;
    }
    for y in REACH..height.saturating_sub(REACH) {
        let row = |y: usize| &bytes[y * width..(y + 1) * width];
        let inner = |y: usize| row(y)[REACH..width - REACH].iter();
        let (left, right) = (&row(y)[..width - 2 * REACH], &row(y)[2 * REACH..]);
        let sharp = out[y * width + REACH..(y + 1) * width - REACH].iter_mut();
        let beside = left.iter().zip(right);
        let beyond = inner(y - REACH).zip(inner(y + REACH));
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
        let doubled = luma.doubled(whole);
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
