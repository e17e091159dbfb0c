//! What the supervisor wants to know about a picture: whether it differs from the last one, and
//! whether there is light in it.

use image::RgbImage;

/// One look at a picture that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    pub motion: Motion,
    pub light: Light,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Other bytes than the last picture; two pictures of one sensor always differ.
    New,
    Same,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    Lit,
    Dark,
}

/// A covered lens is not all zeros: noise and the codec leave a little.
const BLACK_LEVEL: u8 = 20;
/// One in this many pixels and rows is looked at.
const STEP: usize = 16;
/// How many per thousand may shine: a hot pixel, a standby lamp.
const SHINING_PER_MILLE: usize = 2;

/// Returns whether anything is visible.
pub fn light(picture: &RgbImage) -> Light {
    let (mut seen, mut shining) = (0_usize, 0_usize);
    for row in picture.rows().step_by(STEP) {
        for pixel in row.step_by(STEP) {
            seen += 1;
            shining += usize::from(pixel.0.iter().any(|level| *level > BLACK_LEVEL));
        }
    }
    if shining * 1_000 <= seen * SHINING_PER_MILLE {
        Light::Dark
    } else {
        Light::Lit
    }
}

/// Returns whether these bytes are the last picture's.
pub fn motion(last: Option<&[u8]>, bytes: &[u8]) -> Motion {
    if last == Some(bytes) {
        Motion::Same
    } else {
        Motion::New
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn a_covered_lens_is_dark_and_a_dim_booth_is_not() {
        let covered = RgbImage::from_fn(640, 480, |x, y| Rgb([((x ^ y) % 17) as u8; 3]));
        assert_eq!(light(&covered), Light::Dark);
        let dim = RgbImage::from_fn(640, 480, |x, _| Rgb([if x < 500 { 4 } else { 40 }; 3]));
        assert_eq!(light(&dim), Light::Lit);
    }

    #[test]
    fn only_the_same_bytes_are_the_same_picture() {
        assert_eq!(motion(None, b"ab"), Motion::New);
        assert_eq!(motion(Some(b"ab"), b"ab"), Motion::Same);
        assert_eq!(motion(Some(b"ab"), b"ac"), Motion::New);
    }
}
