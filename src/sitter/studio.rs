//! Rays from the camera, through head and body, to a picture of the sitter alone with alpha.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel rows: indices are bounded by the layer's own size"
)]

use std::ops::Range;

use image::{Rgba, RgbaImage};

use super::{
    body::{self, Body},
    head::{self, Head},
    landmarks::cheek,
    light::{Lamps, Shade, develop, gain, past_ball},
    paint::{self, Paint},
    person::{BUN_HEIGHT, Cut, Person},
    pose::Pose,
    ray::{Walk, clear, march, normal, shadow, through_ball},
    scene::Scene,
    shape::{lerp, step},
    tiles::{self, Start, Tiles},
    vector::{Turn, V3, v3},
};
use crate::geometry::Size;

/// Distance from the camera to the eyes; the lens decides how large the face is.
const CAMERA_CM: f32 = 120.0;
/// The point between the irises, in the mean head's frame.
const ANCHOR: V3 = v3(0.0, 0.0, head::EYEBALL.z + head::EYEBALL_RADIUS);

/// The solids are modelled slightly bowed: this much up is what people, and the face mesh, call
/// level.
const LEVEL_DEG: f32 = 3.5;

/// How far from the hair its loose ends are visible, in cm.
const LOOSE: f32 = 0.3;

/// One person in one pose in front of one camera.
pub struct Studio<'a> {
    pub(super) person: &'a Person,
    pub(super) pose: &'a Pose,
    pub(super) scene: &'a Scene,
    /// Exposure and white balance.
    pub(super) gain: V3,
    pub(super) head: Head,
    pub(super) body: Body,
    pub(super) turn: Turn,
    head_lamps: Lamps,
    body_lamps: Lamps,
    /// The camera's position in the body's and in the head's frame.
    pub(super) eye_in_body: V3,
    eye_in_head: V3,
    anchor_in_body: V3,
    pub(super) focal_px: f32,
    /// Size of one pixel at the face, in cm.
    pixel_cm: f32,
    bound: (V3, f32),
    size: Size,
}

/// Straight (not premultiplied) 8-bit sRGB with alpha, as large as the picture.
pub type Layer = RgbaImage;

#[derive(Clone, Copy)]
struct Sample {
    light: V3,
    alpha: f32,
    part: u8,
}

const NOTHING: Sample = Sample {
    light: v3(0.0, 0.0, 0.0),
    alpha: 0.0,
    part: 0,
};

impl<'a> Studio<'a> {
    pub fn new(person: &'a Person, pose: &'a Pose, scene: &'a Scene, size: Size) -> Self {
        let turn = Turn::new(pose.yaw_deg, pose.pitch_deg + LEVEL_DEG, pose.roll_deg);
        let head = Head::new(person, pose);
        let anchor_in_body = body::PIVOT + turn.apply(ANCHOR - body::PIVOT);
        let eye_in_body = anchor_in_body + v3(0.0, 0.0, CAMERA_CM);
        let half = cheek(&head, 1.0);
        let focal_px = pose.face_width_px / (2.0 * half.x) * (CAMERA_CM + ANCHOR.z - half.z);
        Self {
            person,
            pose,
            scene,
            gain: gain(scene),
            body: Body::new(person, &turn),
            head_lamps: Lamps::new(scene, &turn),
            body_lamps: Lamps::new(scene, &Turn::new(0.0, 0.0, 0.0)),
            eye_in_head: body::PIVOT + turn.undo(eye_in_body - body::PIVOT),
            eye_in_body,
            anchor_in_body,
            focal_px,
            pixel_cm: CAMERA_CM / focal_px,
            bound: bound(&head),
            head,
            turn,
            size,
        }
    }

    /// Marches the rows `from..to` of the picture into `layer`.
    pub fn march_rows(&self, layer: &mut Layer, from: u32, to: u32) {
        let to = to.min(self.size.height);
        let (left, right) = self.columns();
        let tiles = Tiles::new(
            &(i64::from(from) - 1..i64::from(to) + 1),
            &(left..right),
            |x, y| self.start(x, y),
        );
        let mut above = self.sample_row(i64::from(from) - 1, left..right, &tiles);
        let mut row = self.sample_row(i64::from(from), left..right, &tiles);
        for y in from..to {
            let below = self.sample_row(i64::from(y) + 1, left..right, &tiles);
            for (i, &middle) in row.iter().enumerate() {
                let x = left + i;
                let around = [
                    above[i],
                    below[i],
                    row[i.saturating_sub(1)],
                    row[(i + 1).min(row.len() - 1)],
                ];
                let plain = around.iter().all(|&beside| same(middle, beside));
                let sample = if plain {
                    middle
                } else {
                    self.smooth(x, y, middle, tiles.at(x, i64::from(y)))
                };
                let [r, g, b] = develop(sample.light.times(self.gain));
                let alpha = (sample.alpha * 255.0 + 0.5) as u8;
                layer.put_pixel(x as u32, y, Rgba([r, g, b, alpha]));
            }
            above = std::mem::replace(&mut row, below);
        }
    }

    /// Casts one ray through each pixel's middle.
    fn sample_row(&self, y: i64, columns: Range<usize>, tiles: &Tiles) -> Vec<Sample> {
        columns
            .map(|x| self.sample(x as f32 + 0.5, y as f32 + 0.5, tiles.at(x, y)))
            .collect()
    }

    /// Returns where the rays of the tile around (x, y) may begin.
    fn start(&self, x: f32, y: f32) -> Start {
        let spread = tiles::HALF_DIAGONAL_PX / self.focal_px;
        let ray_in_body = self.ray(x, y);
        let ray = self.turn.undo(ray_in_body);
        let (center, radius) = self.bound;
        let ball = (center, radius + 2.0 * CAMERA_CM * spread);
        let head = through_ball(self.eye_in_head, ray, ball).and_then(|range| {
            let eye = self.eye_in_head;
            clear(|p| self.head.distance(p), (eye, ray), range, spread, LOOSE)
        });
        let eye = self.eye_in_body;
        let range = depth(eye, ray_in_body);
        let top = body::TOP + 2.0 * CAMERA_CM * spread;
        let above = [range.0, range.1].map(|t| (eye + ray_in_body * t).y > top) == [true; 2];
        let body = (!above).then(|| {
            let margin = 0.1 + self.pixel_cm;
            clear(
                |p| self.body.distance(p),
                (eye, ray_in_body),
                range,
                spread,
                margin,
            )
        });
        Start {
            head,
            body: body.flatten(),
        }
    }

    fn ray(&self, x: f32, y: f32) -> V3 {
        v3(
            (x - self.pose.center_x_px) / self.focal_px,
            (self.pose.center_y_px - y) / self.focal_px,
            -1.0,
        )
        .unit()
    }

    /// Returns the columns that the sitter can reach at all.
    fn columns(&self) -> (usize, usize) {
        let reach = (body::SIDE + self.anchor_in_body.x.abs()) / self.pixel_cm * 1.12;
        let left = (self.pose.center_x_px - reach).max(0.0) as usize;
        let right = (self.pose.center_x_px + reach).max(0.0) as usize;
        let width = self.size.width as usize;
        (left.min(width), right.min(width))
    }

    /// Casts three more rays where materials meet.
    fn smooth(&self, x: usize, y: u32, middle: Sample, start: Start) -> Sample {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let mut light = middle.light * middle.alpha;
        let mut alpha = middle.alpha;
        for (dx, dy) in [(-0.33, -0.12), (0.12, -0.33), (0.33, 0.12), (-0.12, 0.33)] {
            let sample = self.sample(x + dx, y + dy, start);
            light = light + sample.light * sample.alpha;
            alpha += sample.alpha;
        }
        Sample {
            light: light * (1.0 / alpha.max(1e-3)),
            alpha: alpha / 5.0,
            part: middle.part,
        }
    }

    fn sample(&self, x: f32, y: f32, start: Start) -> Sample {
        let ray = self.ray(x, y);
        let none = (NOTHING, f32::MAX);
        let (near, reached) = start
            .head
            .map_or(none, |start| self.head_sample(ray, start));
        let solid = near.alpha >= 1.0;
        if solid && self.head.hair.cut != Cut::Long {
            return near;
        }
        let limit = if solid { reached } else { f32::MAX };
        let body = start.body.filter(|&start| start < limit);
        let (far, at) = body.map_or(none, |start| self.body_sample(ray, start, limit));
        if far.alpha <= 0.0 {
            return near;
        }
        // Long hair falls behind the shoulders.
        if at < reached && far.alpha >= 1.0 {
            return far;
        }
        if solid {
            return near;
        }
        let alpha = near.alpha + far.alpha * (1.0 - near.alpha);
        Sample {
            light: (near.light * near.alpha + far.light * (far.alpha * (1.0 - near.alpha)))
                * (1.0 / alpha.max(1e-3)),
            alpha,
            part: if near.alpha > 0.5 {
                near.part
            } else {
                far.part
            },
        }
    }

    /// Samples the head along a ray; also returns how far away it was or came closest.
    fn head_sample(&self, ray_in_body: V3, start: f32) -> (Sample, f32) {
        let ray = self.turn.undo(ray_in_body);
        let Some((_, end)) = through_ball(self.eye_in_head, ray, self.bound) else {
            return (NOTHING, f32::MAX);
        };
        let eye = self.eye_in_head;
        let walk = march(
            |p| self.head.distance(p),
            eye,
            ray,
            start,
            end,
            self.pixel_cm,
        );
        let p = eye + ray * walk.t;
        let alpha = self.coverage(&walk, p);
        if alpha <= 0.0 {
            return (NOTHING, f32::MAX);
        }
        let paint = paint::head(&self.head, self.person, self.pose, self.scene, p);
        let normal = self.bristled(&paint, p, normal(|q| self.head.distance(q), p, 0.035));
        let shade = self.head_shade(p, normal, &paint);
        let mut light = self.head_lamps.light(&paint, normal, -ray, shade);
        if self.head.has_glasses() && paint.part != 4 {
            light = light + self.lens(eye, ray, walk.t);
        }
        let sample = Sample {
            light,
            alpha,
            part: paint.part,
        };
        (sample, walk.t)
    }

    /// Returns full coverage where the ray hit; less where it passed within a pixel, or within the
    /// loose ends of hair.
    fn coverage(&self, walk: &Walk, p: V3) -> f32 {
        if walk.hit {
            return 1.0;
        }
        let edge = 1.0 - walk.closest / self.pixel_cm;
        if walk.closest < LOOSE && self.head.hair.cut != Cut::Cropped {
            let q = self.head.mean(p);
            if self.head.hair(q) < walk.closest + 0.1 {
                let loose = 0.05 + 0.25 * paint::strands(&self.head, q).powi(2);
                return edge.max(0.85 - walk.closest / loose).clamp(0.0, 1.0);
            }
        }
        edge.max(0.0)
    }

    /// Tilts the normal from side to side along the strands.
    fn bristled(&self, paint: &Paint, p: V3, normal: V3) -> V3 {
        if paint.part != 3 {
            return normal;
        }
        let q = self.head.mean(p);
        let lean =
            paint::strands(&self.head, q + v3(0.12, 0.0, 0.0)) - paint::strands(&self.head, q);
        (normal - v3(lean * 0.8, 0.0, 0.0)).unit()
    }

    fn head_shade(&self, p: V3, normal: V3, paint: &Paint) -> Shade {
        let distance = |q| self.head.distance(q);
        let mut open = 1.0;
        for (reach, weight) in [(0.35, 0.6), (1.0, 0.25), (2.4, 0.12)] {
            open -= weight * (reach - distance(p + normal * reach)).max(0.0) / reach.sqrt();
        }
        let shoulder = self.turn.undo(v3(0.0, -1.0, 0.0));
        open -= 0.25 * step(-7.0, -12.0, p.y) * normal.dot(shoulder).max(0.0);
        let lamp = |towards: V3| {
            if paint.part == 3 {
                return lerp(0.7, 1.0, open.max(0.0));
            }
            if normal.dot(towards) < -0.3 {
                return 1.0;
            }
            shadow(distance, p + normal * 0.12, towards)
        };
        Shade {
            left: lamp(self.head_lamps.left),
            right: lamp(self.head_lamps.right),
            open: open.clamp(0.28, 1.0),
        }
    }

    /// Adds glasses in front of what is behind them.
    fn lens(&self, eye: V3, ray: V3, behind: f32) -> V3 {
        let mut t = (5.4 - eye.z) / ray.z;
        for _ in 0..2 {
            let f = self.head.mean(eye + ray * t).folded();
            t = (head::lens_plane(f.x) - eye.z) / ray.z;
        }
        let q = self.head.mean(eye + ray * t);
        if t > behind || self.head.lens_edge(q.folded()) > 0.0 {
            return V3::default();
        }
        let across = (q.x.abs() - 3.3) * q.x.signum() * 0.4 + q.y;
        let band = step(0.25, 0.6, across) * step(1.35, 0.9, across);
        v3(0.9, 0.95, 1.0) * (0.012 + 0.03 * band + 1.7 * self.pose.glare * window(q))
    }

    /// Samples the body along a ray up to `limit`; also returns how far away it was.
    fn body_sample(&self, ray: V3, start: f32, limit: f32) -> (Sample, f32) {
        let eye = self.eye_in_body;
        let end = depth(eye, ray).1.min(limit);
        let walk = march(
            |p| self.body.distance(p),
            eye,
            ray,
            start,
            end,
            self.pixel_cm,
        );
        let alpha = if walk.hit {
            1.0
        } else if limit < f32::MAX {
            0.0
        } else {
            (1.0 - walk.closest / self.pixel_cm).max(0.0)
        };
        if alpha <= 0.0 {
            return (NOTHING, limit);
        }
        let p = eye + ray * walk.t;
        let paint = paint::body(&self.body, self.person, p);
        let normal = normal(|q| self.body.distance(q), p, 0.05);
        let light = self
            .body_lamps
            .light(&paint, normal, -ray, self.body_shade(p, normal));
        let sample = Sample {
            light,
            alpha,
            part: paint.part,
        };
        (sample, walk.t)
    }

    fn body_shade(&self, p: V3, normal: V3) -> Shade {
        let mut open = 1.0;
        for (reach, weight) in [(0.4, 0.6), (1.5, 0.3)] {
            open -= weight * (reach - self.body.distance(p + normal * reach)).max(0.0) / reach;
        }
        let (center, radius) = (v3(0.0, -3.0, -2.8), 7.6);
        let center = body::PIVOT + self.turn.apply(center - body::PIVOT);
        let to = center - p;
        let near = (radius / to.length()).powi(2) * (0.35 + 0.65 * normal.dot(to.unit()).max(0.0));
        let chin = center + self.turn.apply(v3(0.0, -5.0, 2.6));
        let to = chin - p;
        let under = (3.6 / to.length()).powi(2) * (0.3 + 0.7 * normal.dot(to.unit()).max(0.0));
        open *= (1.0 - 0.85 * near.min(1.0)) * (1.0 - 0.8 * under.min(1.0));
        let lamp =
            |towards| past_ball(p, towards, center, radius).min(past_ball(p, towards, chin, 4.2));
        Shade {
            left: lamp(self.body_lamps.left),
            right: lamp(self.body_lamps.right),
            open: open.clamp(0.1, 1.0),
        }
    }
}

/// Returns how much of a window a lens reflects at `q`, a point of the lens in the mean head's
/// frame: four panes, slightly askew.
fn window(q: V3) -> f32 {
    let (u, v) = (q.x - 3.3 * q.x.signum(), q.y + 0.05);
    let u = u + 0.22 * v;
    let panes = step(1.42, 1.34, u.abs()) * step(1.14, 1.06, v.abs());
    panes * step(0.04, 0.09, (u - 0.35).abs()) * step(0.03, 0.08, (v - 0.3).abs())
}

/// Returns the range between the planes that no part of the body crosses.
fn depth(eye: V3, ray: V3) -> (f32, f32) {
    ((eye.z - body::FRONT) / -ray.z, (eye.z + 14.0) / -ray.z)
}

/// Returns whether no edge runs between two neighbours.
fn same(a: Sample, b: Sample) -> bool {
    let full = a.alpha >= 1.0 && b.alpha >= 1.0;
    let step = a.light - b.light;
    a.part == b.part
        && (full || (a.alpha <= 0.0 && b.alpha <= 0.0))
        && step.dot(step) < 0.0012 + 0.012 * a.light.dot(a.light)
}

fn bound(head: &Head) -> (V3, f32) {
    let (center, radius) = match head.hair.cut {
        Cut::Long => (v3(0.0, -5.0, -5.0), 19.0),
        Cut::Short | Cut::Cropped => head::BOUND,
        Cut::Bun => {
            let up = 0.5 * (head.hair.bun_height - BUN_HEIGHT).max(0.0);
            let (center, radius) = head::BOUND;
            (center + v3(0.0, up, 0.0), radius + up)
        }
    };
    (center, radius * head.stretch.x.max(head.stretch.y).max(1.0))
}
