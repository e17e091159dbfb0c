//! The best encoding inside the batch's file window.

use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, PixelDensity, PixelDensityUnit, SamplingFactor};

use crate::profile::FileRule;

/// How one attempt is encoded.
#[derive(Clone, Copy)]
struct Manner {
    sampling: SamplingFactor,
    optimised: bool,
}

/// Full colour resolution; the hair's edge against a blue backdrop shows the difference.
const FULL: Manner = Manner {
    sampling: SamplingFactor::R_4_4_4,
    optimised: true,
};
/// 4:2:0 with standard tables: some decoders misread an optimised one.
const HALVED: Manner = Manner {
    sampling: SamplingFactor::R_4_2_0,
    optimised: false,
};
/// For flat pictures that stay below the window: the same quality in the plainest coding.
const PLAIN: Manner = Manner {
    sampling: SamplingFactor::R_4_4_4,
    optimised: false,
};

const BEST: u8 = 100;

/// Highest quality whose file is not larger than the window, nothing padded, nothing behind EOI. A picture too flat for the
/// window gets the best quality there is and fails its file check honestly. `None` only if the picture cannot be encoded at all.
pub fn encode(picture: &RgbImage, rule: &FileRule) -> Option<Vec<u8>> {
    let fitting = best(picture, rule, FULL).or_else(|| best(picture, rule, HALVED));
    let Some(jpeg) = fitting else {
        return attempt(picture, rule, HALVED, rule.quality_floor);
    };
    if jpeg.len() < rule.min_bytes as usize
        && let Some(plain) = best(picture, rule, PLAIN)
    {
        return Some(plain);
    }
    Some(jpeg)
}

/// Bisection over quality: the file grows with it. The next quality up was always tried and found too large.
fn best(picture: &RgbImage, rule: &FileRule, manner: Manner) -> Option<Vec<u8>> {
    let mut found = None;
    let (mut low, mut high) = (rule.quality_floor, BEST);
    while low <= high {
        let quality = u8::midpoint(low, high);
        let jpeg = attempt(picture, rule, manner, quality)?;
        if jpeg.len() <= rule.max_bytes as usize {
            found = Some(jpeg);
            low = quality + 1;
        } else if quality == low {
            break;
        } else {
            high = quality - 1;
        }
    }
    found
}

fn attempt(picture: &RgbImage, rule: &FileRule, manner: Manner, quality: u8) -> Option<Vec<u8>> {
    let mut jpeg = Vec::with_capacity(rule.max_bytes as usize);
    let mut encoder = Encoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(manner.sampling);
    encoder.set_optimized_huffman_tables(manner.optimised);
    encoder.set_density(PixelDensity {
        density: (rule.dpi, rule.dpi),
        unit: PixelDensityUnit::Inches,
    });
    let (width, height) = (
        u16::try_from(picture.width()).ok()?,
        u16::try_from(picture.height()).ok()?,
    );
    encoder
        .encode(picture.as_raw(), width, height, ColorType::Rgb)
        .ok()?;
    Some(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{checks::FileFacts, profile::Profile};

    /// A picture of smooth colour and of noise in a chosen amount.
    fn picture(noise: u32) -> RgbImage {
        let mut state = 1_u32;
        RgbImage::from_fn(480, 640, |x, y| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let n = (state >> 16) % noise.max(1);
            image::Rgb([(x / 3) as u8, (y / 4) as u8, 90].map(|c: u8| c.saturating_add(n as u8)))
        })
    }

    #[test]
    fn ordinary_pictures_come_into_the_window_at_300_dpi_with_nothing_behind() {
        let rule = Profile::standard_99().file;
        for noise in [10, 20, 30] {
            let jpeg = encode(&picture(noise), &rule).unwrap();
            let facts = FileFacts::read(&jpeg).unwrap();
            assert!(
                (rule.min_bytes..=rule.max_bytes).contains(&facts.bytes),
                "{noise}: {facts:?}"
            );
            assert!(facts.quality.unwrap() >= 60, "{noise}: {facts:?}");
            assert_eq!(
                (facts.dpi, facts.colour_24_bit, facts.trailing),
                (Some(300), true, Some(0))
            );
        }
    }

    #[test]
    fn a_flat_picture_stays_small_rather_than_padded() {
        let rule = Profile::standard_99().file;
        let flat = RgbImage::from_pixel(480, 640, image::Rgb([100, 197, 255]));
        let facts = FileFacts::read(&encode(&flat, &rule).unwrap()).unwrap();
        assert!(facts.bytes < rule.min_bytes, "{facts:?}");
        assert_eq!((facts.quality, facts.trailing), (Some(100), Some(0)));
    }
}
