//! A place of the picture, seen straight on: where a code may be becomes an upright square of one
//! size.
//!
//! A tilted square is, but for perspective, some affine image of an upright one. The spread of its
//! detail shows how it is stretched, the direction of its edges how it is turned.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernels; every index is bounded by the picture's size"
)]

use super::{detail::Place, luma::Luma};
use crate::geometry::Point;

/// Side of a patch in pixels.
pub const SIDE: usize = 400;
/// Pixels of it that the code itself should fill.
pub const CODE: f32 = 280.0;

/// The square in which a code may lie: its middle and its two sides, in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    pub center: Point,
    pub right: Point,
    pub down: Point,
}

impl Square {
    /// Returns the parallelogram nearest to four corners.
    pub fn of_corners(corners: &[Point; 4]) -> Self {
        let [a, b, c, d] = corners;
        Self {
            center: a.midpoint(*c).midpoint(b.midpoint(*d)),
            right: Point::new((b.x - a.x + c.x - d.x) / 2.0, (b.y - a.y + c.y - d.y) / 2.0),
            down: Point::new((d.x - a.x + c.x - b.x) / 2.0, (d.y - a.y + c.y - b.y) / 2.0),
        }
    }

    /// Returns an upright square of `side` px.
    pub const fn upright(center: Point, side: f32) -> Self {
        Self {
            center,
            right: Point::new(side, 0.0),
            down: Point::new(0.0, side),
        }
    }

    /// Returns a square stretched as the place's detail is spread, and turned as its edges are.
    pub fn of_place(picture: &Luma, place: &Place) -> Self {
        let axes = place.axes();
        let (sine, cosine) = turn(picture, place, &axes).sin_cos();
        let [across, down] = axes;
        let mixed =
            |a: f32, b: f32| Point::new(across.x * a + down.x * b, across.y * a + down.y * b);
        Self {
            center: place.center,
            right: mixed(cosine, sine),
            down: mixed(-sine, cosine),
        }
    }

    /// Maps a patch's pixel to the picture.
    pub fn frame_from_patch(&self, at: Point) -> Point {
        let middle = SIDE as f32 / 2.0;
        let (u, v) = ((at.x - middle) / CODE, (at.y - middle) / CODE);
        Point::new(
            self.center.x + self.right.x * u + self.down.x * v,
            self.center.y + self.right.y * u + self.down.y * v,
        )
    }

    /// Returns the patch itself; outside of the picture its border repeats.
    pub fn seen_in(&self, picture: &Luma) -> Luma {
        let start = self.frame_from_patch(Point::new(0.5, 0.5));
        let step = |side: Point| Point::new(side.x / CODE, side.y / CODE);
        let (right, down) = (step(self.right), step(self.down));
        let mut bytes = Vec::with_capacity(SIDE * SIDE);
        for row in 0..SIDE {
            let (x, y) = (start.x + down.x * row as f32, start.y + down.y * row as f32);
            picture.along(Point::new(x, y), right, SIDE, &mut bytes);
        }
        Luma::square(SIDE, bytes)
    }
}

/// Returns the angle of a place's edges within its own axes: the fourth power of a gradient is the
/// same for all four sides of a square.
fn turn(picture: &Luma, place: &Place, axes: &[Point; 2]) -> f32 {
    const SAMPLES: usize = 40_000;
    let region = place.region;
    let step = (region.width * region.height / SAMPLES).isqrt().max(1);
    let width = picture.width();
    let bytes = picture.bytes();
    let inside = |first: usize, length: usize, whole: usize| {
        (first.max(1)..(first + length).min(whole - 1)).step_by(step)
    };
    let (mut real, mut imaginary) = (0.0, 0.0);
    for y in inside(region.y, region.height, picture.height()) {
        for x in inside(region.x, region.width, width) {
            let (across, down) = gradient(bytes, y * width + x, width);
            let u = axes[0].x * across + axes[0].y * down;
            let v = axes[1].x * across + axes[1].y * down;
            let (a, b) = (u * u - v * v, 2.0 * u * v);
            let square = (u * u + v * v).max(1e-6);
            real += (a * a - b * b) / square;
            imaginary += 2.0 * a * b / square;
        }
    }
    imaginary.atan2(real) / 4.0
}

/// Returns Sobel's gradient at a pixel that is not on the border.
fn gradient(bytes: &[u8], at: usize, width: usize) -> (f32, f32) {
    let grey = |at: usize| f32::from(bytes[at]);
    let (above, below) = (at - width, at + width);
    let corners = [above - 1, above + 1, below - 1, below + 1].map(grey);
    let [a, b, c, d] = corners;
    let across = 2.0 * (grey(at + 1) - grey(at - 1)) + b - a + d - c;
    let down = 2.0 * (grey(below) - grey(above)) + c - a + d - b;
    (across, down)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::detail::busy_places;

    /// Draws a board of 200 px about (330, 240) with irregular dark cells; turned, and flattened by
    /// `flat`.
    fn board(turn: f32, flat: f32) -> Luma {
        let (sine, cosine) = turn.sin_cos();
        let bytes = (0..640 * 480)
            .map(|i| {
                let (dx, dy) = ((i % 640) as f32 - 330.0, (i / 640) as f32 - 240.0);
                let (u, v) = (cosine * dx + sine * dy, (cosine * dy - sine * dx) * flat);
                let cell = ((u + 100.0) / 8.0).floor() * 31.0 + ((v + 100.0) / 8.0).floor() * 17.0;
                let dark = (cell * cell * 0.37).fract() < 0.5;
                if u.abs() < 100.0 && v.abs() < 100.0 && dark {
                    30
                } else {
                    200
                }
            })
            .collect();
        let sharp = image::GrayImage::from_raw(640, 480, bytes).unwrap();
        Luma::new(640, 480, image::imageops::blur(&sharp, 1.0).into_raw()).unwrap()
    }

    fn side_px(square: &Square) -> f32 {
        (square.right.x * square.down.y - square.right.y * square.down.x)
            .abs()
            .sqrt()
    }

    fn square(turn: f32, flat: f32) -> Square {
        let picture = board(turn, flat);
        Square::of_place(&picture, &busy_places(&picture)[0])
    }

    #[test]
    fn a_turned_board_is_seen_upright() {
        for turn in [0.0, 0.3, 0.7, 1.2] {
            let square = square(turn, 1.0);
            assert!(
                square.center.distance(Point::new(330.0, 240.0)) < 12.0,
                "{square:?}"
            );
            assert!((150.0..260.0).contains(&side_px(&square)), "{square:?}");
            let quarter = std::f32::consts::FRAC_PI_2;
            let off = (square.right.y.atan2(square.right.x) - turn).rem_euclid(quarter);
            assert!(off.min(quarter - off) < 0.15, "{turn}: {square:?}");
        }
    }

    #[test]
    fn a_flattened_board_is_seen_square() {
        let square = square(0.0, 1.7);
        let sides = [square.right, square.down].map(|side| side.x.hypot(side.y));
        let ratio = sides[0].max(sides[1]) / sides[0].min(sides[1]);
        assert!((1.3..2.0).contains(&ratio), "{square:?}");
    }
}
