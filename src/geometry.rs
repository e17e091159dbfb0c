//! Points and rectangles. Names say the space and the unit: `eye_in_frame`, `crown_px`.
//!
//! Three spaces exist. *Frame*: pixels of the camera's picture after its mount turn, origin top
//! left, never mirrored.
//! *Output*: pixels of the 480x640 portrait. *Screen*: egui points, mirrored in `ui/preview.rs` and
//! nowhere else.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl Point {
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    #[must_use]
    pub fn midpoint(self, other: Self) -> Self {
        Self::new(
            f32::midpoint(self.x, other.x),
            f32::midpoint(self.y, other.y),
        )
    }

    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// Width and height in whole pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }
}

/// An upright rectangle, `min` inclusive, `max` exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    pub min: Point,
    pub max: Point,
}

impl Rect {
    pub const fn new(min: Point, max: Point) -> Self {
        Self { min, max }
    }

    pub fn width(&self) -> f32 {
        self.max.x - self.min.x
    }

    pub fn height(&self) -> f32 {
        self.max.y - self.min.y
    }

    pub fn area(&self) -> f32 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    pub fn center(&self) -> Point {
        self.min.midpoint(self.max)
    }

    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.min.x && p.y >= self.min.y && p.x < self.max.x && p.y < self.max.y
    }

    /// Returns the smallest rectangle that contains both.
    #[must_use]
    pub fn around(&self, other: &Self) -> Self {
        Self::new(
            Point::new(self.min.x.min(other.min.x), self.min.y.min(other.min.y)),
            Point::new(self.max.x.max(other.max.x), self.max.y.max(other.max.y)),
        )
    }

    /// Returns intersection over union, 0..=1.
    pub fn overlap(&self, other: &Self) -> f32 {
        let shared = Self::new(
            Point::new(self.min.x.max(other.min.x), self.min.y.max(other.min.y)),
            Point::new(self.max.x.min(other.max.x), self.max.y.min(other.max.y)),
        )
        .area();
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_one_for_the_same_and_zero_for_apart() {
        let a = Rect::new(Point::new(0.0, 0.0), Point::new(2.0, 2.0));
        let far = Rect::new(Point::new(5.0, 5.0), Point::new(6.0, 6.0));
        assert_eq!(a.overlap(&a), 1.0);
        assert_eq!(a.overlap(&far), 0.0);
    }
}
