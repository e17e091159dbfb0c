//! Which pixels are the person.

use std::fmt;

use crate::geometry::{Point, Rect, Size};

use super::{
    models::{Model, ModelError},
    net::Net,
    sampling::{Edge, Patch, Pyramid},
};

pub const WIDTH: usize = 256;
pub const HEIGHT: usize = 144;

/// The probability that each place of one frame is person, over the whole frame.
#[derive(Clone, PartialEq)]
pub struct Mask {
    /// Number of the frame that it was made from.
    pub frame: u64,
    /// Size of that frame, in px.
    pub size: Size,
    /// [`WIDTH`] x [`HEIGHT`] values of 0.0..=1.0, row by row, stretched over the frame.
    values: Vec<f32>,
}

impl Mask {
    /// Creates a mask from given values, `WIDTH * HEIGHT` of them.
    pub fn from_values(frame: u64, size: Size, values: Vec<f32>) -> Option<Self> {
        (values.len() == WIDTH * HEIGHT).then_some(Self {
            frame,
            size,
            values,
        })
    }

    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns the frame pixels that one value of the mask covers, across and down.
    pub fn cell(&self) -> (f32, f32) {
        (
            self.size.width as f32 / WIDTH as f32,
            self.size.height as f32 / HEIGHT as f32,
        )
    }

    /// Returns the probability that this place of the frame (px) is person, 0.0..=1.0, with linear
    /// interpolation.
    pub fn at(&self, in_frame: Point) -> f32 {
        let (across, down) = self.cell();
        let x = (in_frame.x / across - 0.5).clamp(0.0, (WIDTH - 1) as f32);
        let y = (in_frame.y / down - 0.5).clamp(0.0, (HEIGHT - 1) as f32);
        let (x0, y0) = (x as usize, y as usize);
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let value = |x: usize, y: usize| {
            let (x, y) = (x.min(WIDTH - 1), y.min(HEIGHT - 1));
            self.values.get(y * WIDTH + x).copied().unwrap_or(0.0)
        };
        let top = value(x0, y0) * (1.0 - fx) + value(x0 + 1, y0) * fx;
        let low = value(x0, y0 + 1) * (1.0 - fx) + value(x0 + 1, y0 + 1) * fx;
        top + (low - top) * fy
    }

    /// Returns the share of a rectangle of the frame that is person, 0.0..=1.0.
    pub fn share(&self, rect: &Rect) -> f32 {
        const STEPS: usize = 24;
        let mut sum = 0.0;
        for i in 0..STEPS * STEPS {
            let unit = |n: usize| (n as f32 + 0.5) / STEPS as f32;
            sum += self.at(Point::new(
                rect.min.x + unit(i % STEPS) * rect.width(),
                rect.min.y + unit(i / STEPS) * rect.height(),
            ));
        }
        sum / (STEPS * STEPS) as f32
    }
}

/// Prints no outline of the person.
impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask of frame {}", self.frame)
    }
}

pub struct Segmenter(Net);

impl Segmenter {
    pub fn new(bytes: &[u8]) -> Result<Self, ModelError> {
        let sizes = [WIDTH * HEIGHT];
        Net::expecting(Model::Selfie, bytes, (3, HEIGHT, WIDTH), &sizes).map(Self)
    }

    pub fn mask(&mut self, pyramid: &mut Pyramid, frame: u64) -> Option<Mask> {
        let bounds = pyramid.bounds();
        let pixels = pyramid.pixels(&Patch::upright(&bounds), WIDTH, HEIGHT, Edge::Repeat);
        let outputs = self.0.outputs(pixels.as_flattened())?;
        let [values] = &*outputs;
        let values = values.iter().map(|v| {
            if v.is_finite() {
                v.clamp(0.0, 1.0)
            } else {
                0.0
            }
        });
        let size = Size::new(bounds.width() as u32, bounds.height() as u32);
        Mask::from_values(frame, size, values.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_read_between_its_values() {
        let values = (0..WIDTH * HEIGHT).map(|i| if i % WIDTH < WIDTH / 2 { 1.0 } else { 0.0 });
        let mask = Mask::from_values(1, Size::new(1280, 720), values.collect()).unwrap();
        assert_eq!(mask.at(Point::new(100.0, 300.0)), 1.0);
        assert_eq!(mask.at(Point::new(1200.0, 300.0)), 0.0);
        assert!((mask.at(Point::new(640.0, 300.0)) - 0.5).abs() < 1e-4);
        let right = Rect::new(Point::new(640.0, 0.0), Point::new(1280.0, 720.0));
        assert!(mask.share(&right) < 0.02);
        assert_eq!(format!("{mask:?}"), "Mask of frame 1");
    }
}
