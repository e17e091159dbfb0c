//! How much of each pixel is the person: the network's mask, sharpened by the picture itself.
//!
//! Near the person's edge the colours behind (B) and before (F) are known from both sides, so each pixel C = aF + (1-a)B
//! gives its own alpha, a = (C-B).(F-B) / |F-B|^2. Where F and B are too alike for that, the guided filter
//! (He et al. 2010) of the mask decides.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use image::{GrayImage, RgbImage};

use super::push_pull;
use crate::{
    analysis::{
        Mask,
        guided::{box_mean, guided_filter},
    },
    geometry::Point,
    layout::Crop,
    profile::{OUTPUT_HEIGHT, OUTPUT_WIDTH},
};

const WIDTH: usize = OUTPUT_WIDTH as usize;
const HEIGHT: usize = OUTPUT_HEIGHT as usize;

/// Half the band around the mask's edge in which alpha is not sure, px.
const BAND_PX: usize = 18;
const GUIDE_RADIUS_PX: usize = 10;
const GUIDE_EPS: f32 = 1e-4;
/// Colour distances (0..=1 per channel) between F and B below which they tell nothing, and above which they tell all.
const ALIKE: f32 = 0.12;
const DIFFERENT: f32 = 0.35;
/// Mean disagreement of both methods over the edge, above which the hair is not to be trusted to either.
const DOUBT: f32 = 0.3;

/// Alpha and the backdrop behind the person, both at 480x640.
pub struct Matte {
    /// 0..=1
    pub alpha: Vec<f32>,
    /// The backdrop's colour at each pixel, also behind the person; 0..=1.
    pub behind: Vec<[f32; 3]>,
    /// Mean disagreement of the two methods where alpha is neither 0 nor 1.
    doubt: f32,
}

impl Matte {
    pub fn is_certain(&self) -> bool {
        self.doubt <= DOUBT
    }

    pub fn alpha_image(&self) -> GrayImage {
        let bytes = self.alpha.iter().map(|a| (a * 255.0).round() as u8).collect();
        GrayImage::from_raw(OUTPUT_WIDTH, OUTPUT_HEIGHT, bytes).unwrap_or_default()
    }
}

/// The matte of the cut picture; `None` without a mask or without anything behind the person.
pub fn matte(picture: &RgbImage, mask: Option<&Mask>, crop: Crop) -> Option<Matte> {
    let color: Vec<[f32; 3]> = picture
        .pixels()
        .map(|p| p.0.map(|c| f32::from(c) / 255.0))
        .collect();
    let rough = rough(mask?, crop);
    let guided = guided_filter(&color, &rough, WIDTH, GUIDE_RADIUS_PX, GUIDE_EPS);
    let near = box_mean(rough, WIDTH, BAND_PX);
    let surely_behind: Vec<f32> = near.iter().map(|m| f32::from(u8::from(*m < 0.02))).collect();
    let surely_person: Vec<f32> = near.iter().map(|m| f32::from(u8::from(*m > 0.98))).collect();
    if surely_behind.iter().all(|w| *w == 0.0) || surely_person.iter().all(|w| *w == 0.0) {
        return None;
    }
    let behind = push_pull::fill(&color, &surely_behind, WIDTH);
    let before = push_pull::fill(&color, &surely_person, WIDTH);
    let mut alpha = vec![0.0; color.len()];
    let (mut doubt, mut edge) = (0.0, 0.0_f32);
    for at in 0..alpha.len() {
        alpha[at] = if surely_person[at] > 0.0 {
            1.0
        } else if surely_behind[at] > 0.0 {
            0.0
        } else {
            let (own, sure) = unmix(color[at], before[at], behind[at]);
            let mixed = sure * own + (1.0 - sure) * guided[at];
            if (0.05..0.95).contains(&mixed) {
                doubt += sure * (own - guided[at]).abs();
                edge += 1.0;
            }
            snapped(mixed)
        };
    }
    Some(Matte {
        alpha,
        behind,
        doubt: doubt / edge.max(1.0),
    })
}

/// The network's mask through the crop.
fn rough(mask: &Mask, crop: Crop) -> Vec<f32> {
    let at = |x: usize, y: usize| {
        let output = Point::new(x as f32 + 0.5, y as f32 + 0.5);
        mask.at(crop.frame_from_output(output)).clamp(0.0, 1.0)
    };
    (0..HEIGHT)
        .flat_map(|y| (0..WIDTH).map(move |x| at(x, y)))
        .collect()
}

/// Alpha from the pixel's own colour, and how far F and B differ enough to believe it, both 0..=1.
fn unmix(color: [f32; 3], before: [f32; 3], behind: [f32; 3]) -> (f32, f32) {
    let (mut along, mut length) = (0.0, 0.0);
    for c in 0..3 {
        let span = before[c] - behind[c];
        along += (color[c] - behind[c]) * span;
        length += span * span;
    }
    let sure = ((length.sqrt() - ALIKE) / (DIFFERENT - ALIKE)).clamp(0.0, 1.0);
    ((along / length.max(1e-6)).clamp(0.0, 1.0), sure)
}

/// Noise of the camera leaves traces of alpha far from the edge: what is nearly all or nothing is all or nothing.
fn snapped(alpha: f32) -> f32 {
    const TRACE: f32 = 0.06;
    ((alpha - TRACE) / (1.0 - 2.0 * TRACE)).clamp(0.0, 1.0)
}
