//! Loose single hairs outside the outline: thinner than a pixel, so drawn over the picture with
//! their true coverage.

use std::ops::Range;

use image::Rgba;

use super::{
    dice::Dice,
    head::{Head, surface},
    person::Cut,
    shape::lerp,
    studio::Layer,
    vector::{V3, v3},
};
use crate::geometry::Point;

const JOINTS: usize = 12;

/// One hair, from its root in the outline to its tip.
pub struct Strand {
    /// In the head's frame, in cm.
    pub path: Vec<V3>,
    /// Width at a face width of 212 px.
    pub width_px: f32,
    /// How much light it catches relative to the hair it comes from.
    pub catches: f32,
}

/// Returns the loose hairs of a head; the same seed gives the same ones.
pub fn of(head: &Head, seed: u64) -> Vec<Strand> {
    let hair = &head.hair;
    let most = match hair.cut {
        Cut::Cropped => 70.0,
        Cut::Bun => 90.0,
        Cut::Short | Cut::Long => 120.0,
    };
    let mut dice = Dice::new(seed ^ 0x0057_7a4d);
    (0..(most * hair.strands.clamp(0.0, 1.0)) as usize)
        .map(|_| strand(head, &mut dice))
        .collect()
}

fn strand(head: &Head, dice: &mut Dice) -> Strand {
    let hangs = head.hair.cut == Cut::Long && dice.one_in(2);
    let (root, out) = if hangs {
        hanging_root(head, dice)
    } else {
        cap_root(head, dice)
    };
    // Hanging hair points downwards.
    let either = if dice.one_in(2) { 1.0 } else { -1.0 };
    let side = if hangs { out.x.signum() } else { either };
    let along = v3(out.y, -out.x, 0.0).unit() * side;
    let length = dice.between(0.3, 1.0) * dice.between(0.35, 1.0) * longest(head.hair.cut);
    // Hair lies nearly along the outline, lifts off it, and bends back or further out.
    let lean = dice.between(0.5, 1.4);
    let bend = dice.between(-0.8, 0.8);
    let mut path = Vec::with_capacity(JOINTS + 1);
    let mut p = root - out * 0.25;
    for joint in 0..=JOINTS {
        path.push(p.times(head.stretch));
        let t = joint as f32 / JOINTS as f32;
        let angle = lean + bend * t;
        let step = out * angle.cos() + along * angle.sin() + v3(0.0, -0.5 * t * t, 0.0);
        p = p + step * (length / JOINTS as f32);
    }
    Strand {
        path,
        width_px: lerp(0.4, 1.5, dice.share() * dice.share()),
        catches: dice.between(1.0, 2.2),
    }
}

/// Returns a place on the outline of the cap or the knot, most often near the top.
fn cap_root(head: &Head, dice: &mut Dice) -> (V3, V3) {
    let around = 1.75 * dice.spread();
    let (sin, cos) = around.sin_cos();
    let out = v3(sin, cos, 0.25 * dice.spread()).unit();
    let from = v3(0.0, 3.0, dice.between(-7.0, -4.0));
    (surface(|p| head.hair(p), from, out), out)
}

fn hanging_root(head: &Head, dice: &mut Dice) -> (V3, V3) {
    let side = if dice.one_in(2) { 1.0 } else { -1.0 };
    let out = v3(side, -0.15, 0.0).unit();
    let from = v3(6.0 * side, dice.between(-14.0, 3.0), -6.0);
    (surface(|p| head.hair(p), from, out), out)
}

/// Returns the length of the longest hairs, in cm.
fn longest(cut: Cut) -> f32 {
    match cut {
        Cut::Cropped => 1.3,
        Cut::Bun => 3.2,
        Cut::Short => 3.4,
        Cut::Long => 4.8,
    }
}

/// Lays one hair behind what is already there, within `rows`. A stroke covers its share of each
/// pixel.
pub fn lay(layer: &mut Layer, rows: &Range<u32>, path: &[Point], width_px: f32, color: [u8; 3]) {
    let half = 0.5 * width_px;
    let reach = half + 0.5;
    let edge = |pick: fn(&Point) -> f32, end: fn(f32, f32) -> f32, start: f32| {
        path.iter().map(pick).fold(start, end)
    };
    let left = (edge(|p| p.x, f32::min, f32::MAX) - reach).max(0.0) as u32;
    let right = (edge(|p| p.x, f32::max, 0.0) + reach + 1.0).max(0.0) as u32;
    let top = ((edge(|p| p.y, f32::min, f32::MAX) - reach).max(0.0) as u32).max(rows.start);
    let bottom = (edge(|p| p.y, f32::max, 0.0) + reach + 1.0).max(0.0) as u32;
    for y in top..bottom.min(rows.end).min(layer.height()) {
        for x in left..right.min(layer.width()) {
            let middle = Point::new(x as f32 + 0.5, y as f32 + 0.5);
            let away = distance(path, middle);
            let covered = (half.min(away + 0.5) - (-half).max(away - 0.5)).clamp(0.0, 1.0);
            if covered > 0.0 {
                let under = layer.get_pixel(x, y).0;
                layer.put_pixel(x, y, behind(under, color, covered));
            }
        }
    }
}

/// Returns the distance from a point to the nearest piece of a path.
fn distance(path: &[Point], p: Point) -> f32 {
    let piece = |a: Point, b: Point| {
        let (bx, by, px, py) = (b.x - a.x, b.y - a.y, p.x - a.x, p.y - a.y);
        let along = ((px * bx + py * by) / (bx * bx + by * by).max(1e-9)).clamp(0.0, 1.0);
        (px - along * bx).hypot(py - along * by)
    };
    path.iter()
        .zip(path.iter().skip(1))
        .map(|(&a, &b)| piece(a, b))
        .fold(f32::MAX, f32::min)
}

/// Returns `color` with coverage `share` behind `over`.
fn behind(over: [u8; 4], color: [u8; 3], share: f32) -> Rgba<u8> {
    let [r, g, b, a] = over;
    let own = f32::from(a) / 255.0;
    let added = share * (1.0 - own);
    let alpha = own + added;
    let one =
        |o: u8, c: u8| ((f32::from(o) * own + f32::from(c) * added) / alpha.max(1e-6) + 0.5) as u8;
    let [cr, cg, cb] = color;
    Rgba([
        one(r, cr),
        one(g, cg),
        one(b, cb),
        (alpha * 255.0 + 0.5) as u8,
    ])
}
