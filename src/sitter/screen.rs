//! A picture shown on a screen and photographed from it again.

use image::{Rgb, RgbImage};

use super::light::{decode, encode};

/// How a screen is photographed.
#[derive(Clone, Copy, Debug)]
pub struct Recapture {
    /// Pixels of the screen under one pixel of the camera, along each axis, 0.2..=4.0.
    pub pitch: f32,
    /// How the camera is turned against the screen, in degrees.
    pub turn_deg: f32,
    /// Share of a screen's pixel that is dark along each axis, 0.0..=0.5.
    pub gap: f32,
}

/// Places at which each pixel of the camera looks, along each axis.
const SAMPLES: u32 = 8;
/// How wide a pixel of the camera looks, in pixels: its lens is never perfectly sharp.
const APERTURE: f32 = 1.5;

/// Returns the photograph of a screen that shows `shown`, a pixel of the screen for each of its
/// pixels. A pixel of the screen is three upright stripes: red, green and blue.
pub fn recaptured(shown: &RgbImage, how: &Recapture) -> RgbImage {
    let light: Vec<f32> = (0..=255_u8)
        .map(|level| decode(f32::from(level) / 255.0))
        .collect();
    let (width, height) = shown.dimensions();
    let (sin, cos) = how.turn_deg.to_radians().sin_cos();
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let dark = how.gap / 2.0;
    let lit = |at: f32, from: f32, wide: f32| {
        (from + dark * wide..from + wide - dark * wide).contains(&at)
    };

    let look = |x: f32, y: f32, sum: &mut [f32; 3]| {
        let (right, down) = (x * how.pitch - middle_x, y * how.pitch - middle_y);
        let x = right.mul_add(cos, -down * sin) + middle_x;
        let y = right.mul_add(sin, down * cos) + middle_y;
        let pixel = shown.get_pixel(
            (x.max(0.0) as u32).min(width - 1),
            (y.max(0.0) as u32).min(height - 1),
        );
        if !lit(y.rem_euclid(1.0), 0.0, 1.0) {
            return;
        }
        for ((stripe, sum), level) in (0_u8..).zip(sum).zip(pixel.0) {
            let third = 1.0 / 3.0;
            if lit(x.rem_euclid(1.0), f32::from(stripe) * third, third) {
                *sum += light.get(usize::from(level)).copied().unwrap_or_default();
            }
        }
    };

    // A screen that shows white is as bright as the picture's white.
    let bright = 3.0 / (1.0 - how.gap).powi(2) / (SAMPLES * SAMPLES) as f32;
    let side = |pixels: u32| ((pixels as f32 / how.pitch) as u32).max(1);
    RgbImage::from_fn(side(width), side(height), |x, y| {
        let mut sum = [0.0; 3];
        for i in 0..SAMPLES * SAMPLES {
            let aside = |i: u32| ((i as f32 + 0.5) / SAMPLES as f32 - 0.5) * APERTURE + 0.5;
            look(
                x as f32 + aside(i % SAMPLES),
                y as f32 + aside(i / SAMPLES),
                &mut sum,
            );
        }
        Rgb(sum.map(|light| encode(light * bright)))
    })
}
