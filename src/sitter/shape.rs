//! Signed distances of simple solids, ways to join them, and a little noise. In centimetres;
//! negative is inside.

#![expect(
    clippy::inline_always,
    reason = "asked for some million times a picture, also where builds hardly optimise"
)]

use super::vector::{V3, v3};

/// Returns nearly a distance: exact at the surface, and of the right order away from it.
#[inline(always)]
pub fn ellipsoid(p: V3, center: V3, radii: V3) -> f32 {
    let q = p - center;
    // With constant radii the compiler also knows the inverse.
    let shrink = v3(1.0 / radii.x, 1.0 / radii.y, 1.0 / radii.z);
    let a = q.times(shrink);
    let b = a.times(shrink);
    let far = a.length();
    far * (far - 1.0) / b.length().max(1e-6)
}

#[inline(always)]
pub fn sphere(p: V3, center: V3, radius: f32) -> f32 {
    (p - center).length() - radius
}

/// Returns the distance to a segment with a radius at each end.
#[inline(always)]
pub fn cone(p: V3, a: V3, b: V3, radius_a: f32, radius_b: f32) -> f32 {
    let (pa, ba) = (p - a, b - a);
    let along = (pa.dot(ba) * (1.0 / ba.dot(ba))).clamp(0.0, 1.0);
    (pa - ba * along).length() - (radius_a + (radius_b - radius_a) * along)
}

/// Returns the union with a fillet of about `k`.
#[inline(always)]
pub fn join(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0);
    a.min(b) - h * h * (0.25 / k)
}

/// Returns `a` without `b`, with rounded rims of about `k`.
#[inline(always)]
pub fn carve(a: f32, b: f32, k: f32) -> f32 {
    -join(-a, b, k)
}

/// Returns the intersection, with rounded rims of about `k`.
#[inline(always)]
pub fn meet(a: f32, b: f32, k: f32) -> f32 {
    -join(-a, -b, k)
}

/// Returns 0 below `low`, 1 above `high`, smooth between; `low` may be the greater one.
#[inline(always)]
pub fn step(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) * (1.0 / (high - low))).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Returns 1 at 0, falling to 0 like a bell of half width `w`, without an exponential.
#[inline(always)]
pub fn bump(x: f32, w: f32) -> f32 {
    let x = x * (1.0 / w);
    let t = (1.0 - x * x).max(0.0);
    t * t
}

/// Returns the length of a flat vector; `f32::hypot` guards against overflow, at a price.
#[inline(always)]
pub fn span(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

#[inline(always)]
pub fn lerp(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

/// Returns a repeatable number in 0..1 for each cell of the integer grid.
#[inline(always)]
fn cell(x: i32, y: i32, z: i32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x8da6_b343)
        ^ (y as u32).wrapping_mul(0xd816_3841)
        ^ (z as u32).wrapping_mul(0xcb1a_b31f);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    ((h ^ (h >> 15)) >> 8) as f32 / 16_777_216.0
}

#[inline(always)]
fn floor(x: f32) -> i32 {
    let cut = x as i32;
    cut - i32::from(cut as f32 > x)
}

/// Returns smooth noise in the plane, 0..1, with features of size 1.
pub fn noise2(x: f32, y: f32) -> f32 {
    let (xi, yi) = (floor(x), floor(y));
    let (tx, ty) = (step(0.0, 1.0, x - xi as f32), step(0.0, 1.0, y - yi as f32));
    lerp(
        lerp(cell(xi, yi, 0), cell(xi + 1, yi, 0), tx),
        lerp(cell(xi, yi + 1, 0), cell(xi + 1, yi + 1, 0), tx),
        ty,
    )
}

/// Returns smooth noise in space, 0..1, with features of size 1.
pub fn noise3(p: V3) -> f32 {
    let zf = p.z.floor();
    let tz = step(0.0, 1.0, p.z - zf);
    let shift = 57.3 * zf;
    lerp(
        noise2(p.x + shift, p.y),
        noise2(p.x + shift + 57.3, p.y),
        tz,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ellipsoid_is_zero_on_its_surface() {
        let radii = v3(2.0, 3.0, 4.0);
        assert!(ellipsoid(v3(2.0, 0.0, 0.0), V3::default(), radii).abs() < 1e-5);
        assert!(ellipsoid(v3(0.0, 0.0, -4.0), V3::default(), radii).abs() < 1e-5);
        assert!(ellipsoid(v3(0.0, 0.1, 0.0), V3::default(), radii) < 0.0);
    }

    #[test]
    fn joining_never_loses_matter() {
        assert!(join(0.3, 0.2, 0.5) <= 0.2);
        assert_eq!(join(3.0, 0.2, 0.5), 0.2);
    }
}
