//! Marches rays against signed distances.

use super::{
    shape::{lerp, step},
    vector::{V3, v3},
};

/// The result of a ray.
pub struct Walk {
    pub hit: bool,
    /// Where it hit, or where it came closest.
    pub t: f32,
    pub closest: f32,
}

/// Follows a ray in steps that cannot jump through the surface.
pub fn march(
    distance: impl Fn(V3) -> f32,
    eye: V3,
    ray: V3,
    start: f32,
    end: f32,
    pixel_cm: f32,
) -> Walk {
    let near_enough = (0.12 * pixel_cm).clamp(0.004, 0.03);
    let mut walk = Walk {
        hit: false,
        t: start,
        closest: f32::MAX,
    };
    let (mut t, mut last, mut step) = (start, f32::MAX, f32::MAX);
    for _ in 0..70 {
        let d = distance(eye + ray * t);
        if d < walk.closest {
            walk.closest = d;
            walk.t = t;
        }
        if d < near_enough {
            walk.hit = true;
            return walk;
        }
        // Close to a surface seen at a slant the true distance follows from the last step, which
        // brought the ray nearer by less than its length.
        let nearing = ((last - d) / step).clamp(0.45, 1.0 / 0.9);
        step = if d < 0.15 { d / nearing } else { d * 0.9 };
        last = d;
        t += step;
        if t > end {
            return walk;
        }
    }
    // Creeping along a crease: out of steps, but at the surface.
    walk.hit = walk.closest < pixel_cm;
    walk
}

/// Returns how far a cone of rays surely meets nothing within `margin`; `None` if it meets nothing
/// up to `end`. `spread` is the cone's radius at distance 1.
pub fn clear(
    distance: impl Fn(V3) -> f32,
    (eye, ray): (V3, V3),
    (start, end): (f32, f32),
    spread: f32,
    margin: f32,
) -> Option<f32> {
    let mut t = start;
    for _ in 0..60 {
        let free = distance(eye + ray * t) - spread * t - margin;
        if free < 0.05 {
            break;
        }
        t += free * 0.9;
        if t > end {
            return None;
        }
    }
    Some(t)
}

pub fn normal(distance: impl Fn(V3) -> f32, p: V3, e: f32) -> V3 {
    let (a, b, c, d) = (
        v3(1.0, -1.0, -1.0),
        v3(-1.0, -1.0, 1.0),
        v3(-1.0, 1.0, -1.0),
        v3(1.0, 1.0, 1.0),
    );
    [a, b, c, d]
        .into_iter()
        .fold(V3::default(), |sum, k| sum + k * distance(p + k * e))
        .unit()
}

/// Returns the share of a lamp that reaches `from`; a near miss dims softly.
pub fn shadow(distance: impl Fn(V3) -> f32, from: V3, towards: V3) -> f32 {
    let mut free: f32 = 1.0;
    let mut t = 0.2;
    for _ in 0..6 {
        let d = distance(from + towards * t);
        free = free.min(0.5 + 3.2 * d / (t + 0.3));
        // No part of a head is farther than this from what it shades.
        if free <= 0.0 || d > 2.2 || t > 9.0 {
            break;
        }
        t += d.clamp(0.32, 2.2);
    }
    lerp(0.38, 1.0, step(0.0, 1.0, free))
}

pub fn through_ball(eye: V3, ray: V3, (center, radius): (V3, f32)) -> Option<(f32, f32)> {
    let to = eye - center;
    let b = to.dot(ray);
    let under = b * b - to.dot(to) + radius * radius;
    (under > 0.0).then(|| (-b - under.sqrt(), -b + under.sqrt()))
}
