//! The best-looking encoding inside the batch's file window.
//!
//! Two things decide how good a portrait looks at 40,000 bytes: whether colour keeps its full
//! resolution, and how coarseness is distributed over frequencies. Both were fitted to SSIMULACRA2
//! on synthetic sitters (white, blue and grey backdrops, without and with noise); `cargo bench
//! --bench jpeg` shows the gain on people that the fit never saw. Full colour with custom Huffman
//! tables won on every picture, however noisy, so the only rule left is the minimum quality.

use image::RgbImage;
use jpeg_encoder::{
    ChromaSubsamplingMethod, ColorType, Encoder, PixelDensity, PixelDensityUnit,
    QuantizationTableType, SamplingFactor,
};

use crate::{checks::FileFacts, profile::FileRule};

/// How the bytes of one file are spent.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    pub sampling: SamplingFactor,
    /// Huffman tables made for this picture. Never with subsampled colour, which some decoders then
    /// misread.
    pub optimised: bool,
    pub luma: Curve,
    pub chroma: Curve,
}

/// How the steps of a quantisation table grow with frequency, before coarseness multiplies them:
/// `dc` for a block's mean, else `weight * (1 + (r / reach)^power)`, at most `weight * most`, where
/// `r` is an entry's distance from the table's corner.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    pub dc: f32,
    pub weight: f32,
    pub reach: f32,
    pub power: f32,
    pub most: f32,
}

const LUMA: Curve = Curve {
    dc: 0.68,
    weight: 1.0,
    reach: 4.5,
    power: 1.75,
    most: 8.0,
};
const CHROMA: Curve = Curve {
    dc: 0.88,
    weight: 1.3,
    reach: 2.2,
    power: 1.67,
    most: 8.0,
};

/// Full colour resolution; the hair's edge against a blue backdrop shows the difference.
pub const FULL: Manner = Manner {
    sampling: SamplingFactor::R_4_4_4,
    optimised: true,
    luma: LUMA,
    chroma: CHROMA,
};
/// For pictures so noisy that full colour would fall below the minimum quality.
pub const HALVED: Manner = Manner {
    sampling: SamplingFactor::R_4_2_0,
    optimised: false,
    ..FULL
};
/// For flat pictures that stay below the window: the same quality in the plainest encoding.
const PLAIN: Manner = Manner {
    optimised: false,
    ..FULL
};

/// Coarseness starts where every step is 1; each of its steps is 1.2 %, an eighth of a step of
/// quality.
const FINEST: f32 = 0.15;
const STEP: f32 = 1.012;
const STEPS: u32 = 512;

/// Returns the finest file that is not larger than the window, without padding or anything after
/// EOI. A picture too flat for the window gets the best quality there is, one too noisy the
/// minimum, and each then fails its file check. `None` only if the picture cannot be encoded at
/// all.
pub fn encode(picture: &RgbImage, rule: &FileRule) -> Option<Vec<u8>> {
    let fitting = finest(picture, rule, &FULL).or_else(|| finest(picture, rule, &HALVED));
    let Some(jpeg) = fitting else {
        return attempt(picture, rule, &HALVED, coarsest(rule, &HALVED));
    };
    if jpeg.len() < rule.min_bytes as usize
        && let Some(plain) = finest(picture, rule, &PLAIN)
    {
        return Some(plain);
    }
    Some(jpeg)
}

/// Returns the finest file of this manner that is not larger than the window; `None` if even the
/// coarsest is.
pub fn finest(picture: &RgbImage, rule: &FileRule, manner: &Manner) -> Option<Vec<u8>> {
    let mut search = Search::up_to(coarsest(rule, manner));
    let mut found = None;
    while let Some(step) = search.next_step() {
        let jpeg = attempt(picture, rule, manner, step)?;
        let excess = (jpeg.len() as f32 / rule.max_bytes as f32).ln();
        search.saw(step, excess);
        if jpeg.len() <= rule.max_bytes as usize {
            found = Some(jpeg);
        }
    }
    found
}

/// Searches for the finest step that fits. The logarithm of a file's size falls almost linearly
/// with the step, so a straight line needs four or five attempts where bisection needs nine. The
/// result is the same: the search ends between a step that fits and its finer neighbour.
struct Search {
    coarsest: u32,
    /// Step and excess (logarithm of size over window) of the coarsest file that is too large.
    too_large: Option<(u32, f32)>,
    /// The same of the finest file that fits.
    fits: Option<(u32, f32)>,
    attempts: u32,
}

impl Search {
    /// How fast the logarithm falls per step, before two attempts show it: measured 0.006 to 0.01.
    const SLOPE: f32 = 0.008;
    /// After this many attempts the search bisects, as the sizes follow no line.
    const PATIENCE: u32 = 6;

    const fn up_to(coarsest: u32) -> Self {
        Self {
            coarsest,
            too_large: None,
            fits: None,
            attempts: 0,
        }
    }

    fn next_step(&mut self) -> Option<u32> {
        let fine = self.too_large.map_or(0, |(step, _)| step + 1);
        let open = fine..self.fits.map_or(self.coarsest + 1, |(step, _)| step);
        if open.is_empty() {
            return None;
        }
        let coarse = open.end - 1;
        self.attempts += 1;
        let guess = self.guess().filter(|_| self.attempts <= Self::PATIENCE);
        let step = guess.map_or_else(|| u32::midpoint(fine, coarse), |guess| guess.ceil() as u32);
        Some(step.clamp(fine, coarse))
    }

    /// Returns where a straight line through the attempts crosses the window's end.
    fn guess(&self) -> Option<f32> {
        match (self.too_large, self.fits) {
            (Some((large, over)), Some((small, under))) => {
                let share = over / (over - under).max(f32::EPSILON);
                Some(large as f32 + share * (small - large) as f32)
            }
            (Some((step, excess)), None) | (None, Some((step, excess))) => {
                Some(step as f32 + excess / Self::SLOPE)
            }
            (None, None) => None,
        }
    }

    const fn saw(&mut self, step: u32, excess: f32) {
        if excess > 0.0 {
            self.too_large = Some((step, excess));
        } else {
            self.fits = Some((step, excess));
        }
    }
}

/// Returns the coarsest step whose quality still reaches the minimum, as the check will read it
/// from the file.
fn coarsest(rule: &FileRule, manner: &Manner) -> u32 {
    let dot = RgbImage::new(8, 8);
    let allowed = |step| {
        let quality =
            attempt(&dot, rule, manner, step).and_then(|jpeg| FileFacts::read(&jpeg)?.quality);
        quality.is_some_and(|quality| quality >= rule.quality_floor)
    };
    let (mut fine, mut coarse) = (0, STEPS);
    while fine + 1 < coarse {
        let middle = u32::midpoint(fine, coarse);
        if allowed(middle) {
            fine = middle;
        } else {
            coarse = middle;
        }
    }
    fine
}

fn attempt(picture: &RgbImage, rule: &FileRule, manner: &Manner, step: u32) -> Option<Vec<u8>> {
    let mut jpeg = Vec::with_capacity(rule.max_bytes as usize * 2);
    let mut encoder = Encoder::new(&mut jpeg, rule.quality_floor);
    encoder.set_sampling_factor(manner.sampling);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.set_optimized_huffman_tables(manner.optimised);
    encoder.set_quantization_tables(manner.luma.table(step), manner.chroma.table(step));
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

impl Curve {
    fn table(&self, step: u32) -> QuantizationTableType {
        let coarseness = FINEST * STEP.powf(step as f32);
        let entry = |at| (self.at(at) * coarseness).round().clamp(1.0, 255.0) as u16;
        QuantizationTableType::Custom(Box::new(std::array::from_fn(entry)))
    }

    /// Returns the entry at `at`, counted row by row.
    fn at(&self, at: usize) -> f32 {
        if at == 0 {
            return self.dc;
        }
        let r = ((at / 8) as f32).hypot((at % 8) as f32);
        self.weight * (1.0 + (r / self.reach).powf(self.power)).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    /// Returns a picture of smooth colour with a chosen amount of noise.
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
                (facts.density.dpi(), facts.colour_24_bit, facts.trailing),
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

    #[test]
    fn the_window_is_used_to_its_end() {
        let rule = Profile::standard_99().file;
        for noise in [8, 16, 32] {
            let bytes = encode(&picture(noise), &rule).unwrap().len() as u32;
            assert!(bytes > rule.max_bytes * 97 / 100, "{noise}: {bytes}");
        }
    }

    #[test]
    fn the_search_finds_the_finest_step_that_fits_whatever_the_sizes_are() {
        let lines = [0.002, 0.008, 0.03];
        let steps = (0..300).step_by(7).chain([1, 299]);
        for (first, slope) in steps.flat_map(|first| lines.map(|slope| (first, slope))) {
            // An even slope, and one that flattens where the file fits.
            for bend in [1.0, 0.05] {
                let excess = |step: u32| {
                    let off = first as f32 - 0.5 - step as f32;
                    (off * slope).max(off * slope * bend)
                };
                let mut search = Search::up_to(299);
                let mut attempts = 0;
                while let Some(step) = search.next_step() {
                    search.saw(step, excess(step));
                    attempts += 1;
                }
                assert_eq!(search.fits.map(|(step, _)| step), Some(first));
                assert!(attempts <= 16, "{first} {slope} {bend}: {attempts}");
            }
        }
        let mut search = Search::up_to(299);
        while let Some(step) = search.next_step() {
            search.saw(step, 1.0);
        }
        assert_eq!(search.fits, None);
    }

    #[test]
    fn a_picture_of_nothing_but_noise_keeps_the_floor_and_exceeds_the_window() {
        let rule = Profile::standard_99().file;
        let facts = FileFacts::read(&encode(&picture(250), &rule).unwrap()).unwrap();
        assert!(facts.bytes > rule.max_bytes, "{facts:?}");
        assert_eq!(
            (facts.quality, facts.trailing),
            (Some(rule.quality_floor), Some(0))
        );
    }

    #[test]
    fn every_manner_is_read_back_as_the_picture() {
        let rule = Profile::standard_99().file;
        for manner in [FULL, HALVED, PLAIN] {
            let jpeg = attempt(&picture(20), &rule, &manner, 300).unwrap();
            let apart = difference(&picture(20), &jpeg);
            assert!(apart < 6.0, "{manner:?}: {apart}");
        }
    }

    /// Returns the mean difference over all channels. A decoder that misreads a file gives another
    /// picture, not a slightly worse one.
    fn difference(picture: &RgbImage, jpeg: &[u8]) -> f64 {
        let seen = image::load_from_memory(jpeg).unwrap().into_rgb8();
        let pairs = picture.as_raw().iter().zip(seen.as_raw());
        let sum: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        sum / picture.as_raw().len() as f64
    }
}
