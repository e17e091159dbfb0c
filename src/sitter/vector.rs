//! Vectors of three numbers, and rotations. Lengths are centimetres; x points to the picture's
//! right, y up, z to the camera.

#![expect(
    clippy::inline_always,
    reason = "asked for some million times a picture, also where builds hardly optimise"
)]

use std::ops::{Add, Mul, Neg, Sub};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct V3 {
    pub x: f32,
    pub y: f32,
    pub z: f32,
}

#[inline(always)]
pub const fn v3(x: f32, y: f32, z: f32) -> V3 {
    V3 { x, y, z }
}

impl V3 {
    #[inline(always)]
    pub fn dot(self, o: Self) -> f32 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    #[inline(always)]
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// Returns the same direction with length 1; a zero vector stays zero.
    #[inline(always)]
    pub fn unit(self) -> Self {
        self * (1.0 / self.length().max(1e-12))
    }

    /// Multiplies component by component.
    #[inline(always)]
    pub fn times(self, o: Self) -> Self {
        v3(self.x * o.x, self.y * o.y, self.z * o.z)
    }

    /// Returns the mirror image on the positive side of the sitter's middle plane, so that both
    /// halves of a face share one description.
    #[inline(always)]
    pub fn folded(self) -> Self {
        v3(self.x.abs(), self.y, self.z)
    }

    /// Does the same as [`V3::folded`], but without a crease in the middle; wrong by 0.1 mm at the
    /// eyes.
    #[inline(always)]
    pub fn softly_folded(self) -> Self {
        v3((self.x * self.x + 0.1).sqrt(), self.y, self.z)
    }

    #[inline(always)]
    pub fn mix(self, o: Self, share: f32) -> Self {
        self + (o - self) * share
    }
}

impl Add for V3 {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        v3(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl Sub for V3 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        v3(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl Mul<f32> for V3 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, k: f32) -> Self {
        v3(self.x * k, self.y * k, self.z * k)
    }
}

impl Neg for V3 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        v3(-self.x, -self.y, -self.z)
    }
}

/// A rotation, stored as the images of the three axes.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    x: V3,
    y: V3,
    z: V3,
}

impl Turn {
    /// Rotates first by yaw (nose towards the picture's right), then pitch (nose up), then roll
    /// (clockwise as seen in the picture).
    pub fn new(yaw_deg: f32, pitch_deg: f32, roll_deg: f32) -> Self {
        let (sy, cy) = yaw_deg.to_radians().sin_cos();
        let (sp, cp) = pitch_deg.to_radians().sin_cos();
        let (sr, cr) = roll_deg.to_radians().sin_cos();
        let turned = |v: V3| {
            let v = v3(cy * v.x + sy * v.z, v.y, cy * v.z - sy * v.x);
            let v = v3(v.x, cp * v.y + sp * v.z, cp * v.z - sp * v.y);
            v3(cr * v.x + sr * v.y, cr * v.y - sr * v.x, v.z)
        };
        Self {
            x: turned(v3(1.0, 0.0, 0.0)),
            y: turned(v3(0.0, 1.0, 0.0)),
            z: turned(v3(0.0, 0.0, 1.0)),
        }
    }

    #[inline(always)]
    pub fn apply(&self, v: V3) -> V3 {
        self.x * v.x + self.y * v.y + self.z * v.z
    }

    /// Undoes [`Turn::apply`].
    #[inline(always)]
    pub fn undo(&self, v: V3) -> V3 {
        v3(self.x.dot(v), self.y.dot(v), self.z.dot(v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positive_angles_turn_right_up_and_clockwise() {
        let nose = v3(0.0, 0.0, 1.0);
        assert!(Turn::new(10.0, 0.0, 0.0).apply(nose).x > 0.1);
        assert!(Turn::new(0.0, 10.0, 0.0).apply(nose).y > 0.1);
        assert!(Turn::new(0.0, 0.0, 10.0).apply(v3(0.0, 1.0, 0.0)).x > 0.1);
    }

    #[test]
    fn undo_brings_back() {
        let turn = Turn::new(20.0, -7.0, 3.0);
        let v = v3(1.0, 2.0, 3.0);
        assert!((turn.undo(turn.apply(v)) - v).length() < 1e-5);
    }
}
