//! Two lamps at 45 degrees, the pale walls of a booth, and how a spot of paint reflects them.
//! Linear light.

use super::{
    paint::Paint,
    scene::Scene,
    shape::{lerp, step},
    vector::{Turn, V3, v3},
};

/// How high the lamps are, and how far along the floor, as parts of a unit direction.
const UP: f32 = 0.3;
const ALONG: f32 = 0.955;
const LAMP: V3 = v3(0.72, 0.705, 0.685);
const WALLS: V3 = v3(0.27, 0.275, 0.29);

/// The lamps as seen from a frame that may be turned.
#[derive(Clone, Copy, Debug)]
pub struct Lamps {
    pub left: V3,
    pub right: V3,
    left_power: f32,
    right_power: f32,
    up: V3,
    front: V3,
}

/// What blocks light from a spot: 1 is unblocked.
#[derive(Clone, Copy, Debug)]
pub struct Shade {
    pub left: f32,
    pub right: f32,
    pub open: f32,
}

impl Lamps {
    pub fn new(scene: &Scene, turn: &Turn) -> Self {
        let (sin, cos) = scene.lamps_deg.to_radians().sin_cos();
        let from = |side: f32| v3(side * ALONG * sin, UP, ALONG * cos).unit();
        Self {
            left: turn.undo(from(-1.0)),
            right: turn.undo(from(1.0)),
            left_power: scene.lamp_left.max(0.0),
            right_power: scene.lamp_right.max(0.0),
            up: turn.undo(v3(0.0, 1.0, 0.0)),
            front: turn.undo(v3(0.0, 0.1, 1.0).unit()),
        }
    }

    /// Returns the light that leaves the spot towards the camera.
    pub fn light(&self, paint: &Paint, normal: V3, to_camera: V3, shade: Shade) -> V3 {
        let mean_power = f32::midpoint(self.left_power, self.right_power).min(1.4);
        let sky = lerp(0.5, 1.0, 0.5 + 0.5 * normal.dot(self.up));
        let facing = 0.55 + 0.45 * normal.dot(self.front).max(0.0);
        // Light that bounces within a fold takes on the skin's colour: red falls off last.
        let open = shade.open;
        let occlusion = v3(lerp(open, open.sqrt(), paint.soft.x), open, open);
        let mut sum = (WALLS * (sky * facing * lerp(0.35, 1.0, mean_power))).times(occlusion);
        let mut shine = 0.0;
        for (lamp, power, free) in [
            (self.left, self.left_power, shade.left),
            (self.right, self.right_power, shade.right),
        ] {
            let reach = normal.dot(lamp);
            sum = sum
                + LAMP.times(wrapped(reach, paint.soft)) * (power * free * lerp(0.6, 1.0, open));
            let half = (lamp + to_camera).unit();
            shine +=
                power * free * normal.dot(half).max(0.0).powf(paint.sharp) * step(-0.1, 0.2, reach);
        }
        let edge = (1.0 - normal.dot(to_camera).max(0.0)).powi(4) * 0.25;
        sum.times(paint.color) + LAMP * (paint.gloss * (shine + edge) * open)
    }
}

fn wrapped(reach: f32, soft: V3) -> V3 {
    let one = |w: f32| ((reach + w) / (1.0 + w)).max(0.0);
    v3(one(soft.x), one(soft.y), one(soft.z))
}

/// Returns the share of a lamp that passes a ball; for shadows between head and shoulders.
pub fn past_ball(p: V3, lamp: V3, center: V3, radius: f32) -> f32 {
    let to = center - p;
    let ahead = to.dot(lamp);
    if ahead <= 0.0 {
        return 1.0;
    }
    let aside = (to - lamp * ahead).length() - radius;
    let free = step(-0.22, 0.16, aside / ahead);
    lerp(1.0, free, step(0.0, 0.9 * radius, ahead))
}

/// Returns what the camera does to all light before development: exposure and white balance.
pub fn gain(scene: &Scene) -> V3 {
    let [r, g, b] = scene.tint;
    v3(r, g, b) * scene.exposure.max(0.0)
}

/// Returns the linear light of an 8-bit sRGB colour of paint.
pub fn linear(srgb: [u8; 3]) -> V3 {
    let [r, g, b] = srgb.map(|c| decode(f32::from(c) / 255.0));
    v3(r, g, b)
}

/// Returns a developed 8-bit value as it would be with `gain` times the light.
pub fn exposed(value: u8, gain: f32) -> u8 {
    if gain == 1.0 {
        return value;
    }
    let x = decode((f32::from(value) / 255.0).min(0.999));
    // Inverts the shoulder.
    let x = if x > 0.6 {
        0.6 - 0.4 * (1.0 - (x - 0.6) / 0.4).ln()
    } else {
        x
    };
    encode(x * gain.max(0.0))
}

/// Converts an sRGB channel, 0..=1, to linear light (IEC 61966-2-1).
pub fn decode(s: f32) -> f32 {
    if s <= 0.040_45 {
        s / 12.92
    } else {
        ((s + 0.055) / 1.055).powf(2.4)
    }
}

/// Converts linear light to 8-bit sRGB, with a soft shoulder instead of a hard white.
pub fn develop(c: V3) -> [u8; 3] {
    [encode(c.x), encode(c.y), encode(c.z)]
}

pub fn encode(x: f32) -> u8 {
    let x = x.max(0.0);
    let x = if x > 0.6 {
        0.6 + 0.4 * (1.0 - (-(x - 0.6) / 0.4).exp())
    } else {
        x
    };
    let s = if x <= 0.003_130_8 {
        12.92 * x
    } else {
        1.055 * x.powf(1.0 / 2.4) - 0.055
    };
    (s * 255.0 + 0.5) as u8
}
