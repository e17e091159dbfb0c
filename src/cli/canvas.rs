//! A picture to draw on with smooth edges: a shape is a distance, and a pixel is covered by the
//! part of it that lies inside.

use image::{Rgb, RgbImage, imageops};

use crate::{
    geometry::{Point, Rect, Size},
    ui::lettering::{Lettering, Words},
};

pub type Colour = Rgb<u8>;

/// Coordinates are px of the canvas; anything outside is not drawn.
pub struct Canvas {
    picture: RgbImage,
}

/// The style of a line.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// In px.
    pub width: f32,
    pub colour: Colour,
    /// 0..=1
    pub strength: f32,
}

impl Pen {
    pub const fn new(width: f32, colour: Colour) -> Self {
        Self {
            width,
            colour,
            strength: 1.0,
        }
    }

    /// Returns a halo under this pen, so that a line shows on any picture.
    const fn halo(self) -> Self {
        Self {
            width: self.width + 3.0,
            colour: Rgb([255, 255, 255]),
            strength: self.strength * 0.55,
        }
    }
}

impl Canvas {
    pub fn new(size: Size, paper: Colour) -> Self {
        Self {
            picture: RgbImage::from_pixel(size.width, size.height, paper),
        }
    }

    pub fn into_picture(self) -> RgbImage {
        self.picture
    }

    pub fn paste(&mut self, picture: &RgbImage, at: Point) {
        imageops::replace(&mut self.picture, picture, at.x as i64, at.y as i64);
    }

    /// Fills a rectangle with round corners.
    pub fn fill(&mut self, rect: &Rect, round: f32, colour: Colour, strength: f32) {
        self.paint(rect, colour, strength, |p| inside_of(rect, round, p));
    }

    pub fn disc(&mut self, center: Point, radius: f32, colour: Colour) {
        let around = around(center, radius);
        self.paint(&around, colour, 1.0, |p| p.distance(center) - radius);
    }

    /// Draws the border of a rectangle with round corners, with a halo.
    pub fn outline(&mut self, rect: &Rect, round: f32, pen: Pen) {
        for pen in [pen.halo(), pen] {
            self.paint(rect, pen.colour, pen.strength, |p| {
                inside_of(rect, round, p).abs() - pen.width / 2.0
            });
        }
    }

    /// Draws a line with a halo.
    pub fn line(&mut self, from: Point, to: Point, pen: Pen) {
        self.bare_line(from, to, pen.halo());
        self.bare_line(from, to, pen);
    }

    pub fn dashes(&mut self, from: Point, to: Point, pen: Pen) {
        const DASH: f32 = 14.0;
        let dashes = (from.distance(to) / DASH / 2.0).clamp(1.0, 1000.0) as u32;
        let at = |share: f32| {
            let share = share / dashes as f32;
            Point::new(
                from.x + (to.x - from.x) * share,
                from.y + (to.y - from.y) * share,
            )
        };
        for i in 0..dashes {
            self.line(at(i as f32), at(i as f32 + 0.5), pen);
        }
    }

    fn bare_line(&mut self, from: Point, to: Point, pen: Pen) {
        let rect = Rect::new(
            Point::new(from.x.min(to.x), from.y.min(to.y)),
            Point::new(from.x.max(to.x), from.y.max(to.y)),
        );
        self.paint(&rect, pen.colour, pen.strength, |p| {
            beside(from, to, p) - pen.width / 2.0
        });
    }

    /// Mixes `colour` into the pixels around `rect`, by the part of each that lies inside, where
    /// `distance` is negative.
    fn paint(
        &mut self,
        rect: &Rect,
        colour: Colour,
        strength: f32,
        distance: impl Fn(Point) -> f32,
    ) {
        const REACH: f32 = 6.0;
        let (width, height) = (self.picture.width() as f32, self.picture.height() as f32);
        let range = |from: f32, to: f32, end: f32| {
            (from - REACH).clamp(0.0, end) as u32..(to + REACH).ceil().clamp(0.0, end) as u32
        };
        for y in range(rect.min.y, rect.max.y, height) {
            for x in range(rect.min.x, rect.max.x, width) {
                let center = Point::new(x as f32 + 0.5, y as f32 + 0.5);
                let covered = (0.5 - distance(center)).clamp(0.0, 1.0);
                self.mix(x, y, colour, covered * strength);
            }
        }
    }

    /// Writes laid-out words with their upper left corner at `at`.
    pub fn write(&mut self, lettering: &Lettering, words: &Words, at: Point, colour: Colour) {
        lettering.draw(words, at, &mut |x, y, covered| {
            self.mix(x, y, colour, covered);
        });
    }

    /// Mixes a colour into a pixel: `strength` 0 leaves the pixel, 1 replaces it.
    fn mix(&mut self, x: u32, y: u32, colour: Colour, strength: f32) {
        if let Some(pixel) = self.picture.get_pixel_mut_checked(x, y) {
            for (old, new) in pixel.0.iter_mut().zip(colour.0) {
                let mixed = f32::from(*old) * (1.0 - strength) + f32::from(new) * strength;
                *old = mixed.round() as u8;
            }
        }
    }
}

/// Returns a square around a point.
pub fn around(center: Point, radius: f32) -> Rect {
    Rect::new(
        Point::new(center.x - radius, center.y - radius),
        Point::new(center.x + radius, center.y + radius),
    )
}

/// Returns the distance to a rectangle with round corners, in px; negative inside.
fn inside_of(rect: &Rect, round: f32, p: Point) -> f32 {
    let round = round.min(rect.width() / 2.0).min(rect.height() / 2.0);
    let center = rect.center();
    let x = (p.x - center.x).abs() - rect.width() / 2.0 + round;
    let y = (p.y - center.y).abs() - rect.height() / 2.0 + round;
    x.max(0.0).hypot(y.max(0.0)) + x.max(y).min(0.0) - round
}

/// Returns the distance to the line between two points, in px.
fn beside(from: Point, to: Point, p: Point) -> f32 {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = (dx * dx + dy * dy).max(f32::EPSILON);
    let share = (((p.x - from.x) * dx + (p.y - from.y) * dy) / length).clamp(0.0, 1.0);
    p.distance(Point::new(from.x + dx * share, from.y + dy * share))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Colour = Rgb([255, 0, 0]);

    fn canvas() -> Canvas {
        Canvas::new(Size::new(40, 30), Rgb([0, 0, 0]))
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut canvas = canvas();
        let far = Point::new(9_000.0, 9_000.0);
        canvas.line(Point::new(-50.0, -50.0), far, Pen::new(2.0, RED));
        canvas.outline(&around(far, 10.0), 2.0, Pen::new(2.0, RED));
        canvas.disc(Point::new(-5.0, 40.0), 3.0, RED);
        let picture = canvas.into_picture();
        assert_eq!(picture.dimensions(), (40, 30));
        assert_eq!(*picture.get_pixel(20, 20), RED);
        assert_eq!(*picture.get_pixel(39, 0), Rgb([0, 0, 0]));
    }

    #[test]
    fn a_shape_is_full_inside_and_half_on_its_edge() {
        let mut canvas = canvas();
        let rect = Rect::new(Point::new(10.0, 10.0), Point::new(20.5, 20.0));
        canvas.fill(&rect, 0.0, RED, 1.0);
        let picture = canvas.into_picture();
        assert_eq!(*picture.get_pixel(15, 15), RED);
        assert!((100..156).contains(&picture.get_pixel(20, 15).0[0]));
        assert_eq!(picture.get_pixel(22, 15).0[0], 0);
    }
}
