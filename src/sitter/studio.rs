//! Rays from the camera, through head and body, to a picture of the sitter alone with alpha.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel rows: indices are bounded by the layer's own size"
)]

use image::{Rgba, RgbaImage};

use super::{
    body::{self, Body},
    head::{self, Head},
    light::{Lamps, Shade, develop, past_ball},
    paint::{self, Paint},
    person::{Cut, Person},
    pose::Pose,
    ray::{Walk, march, normal, shadow, through_ball},
    scene::Scene,
    shape::{lerp, step},
    truth::Truth,
    vector::{Turn, V3, v3},
};
use crate::geometry::{Point, Size};

/// The camera stands this far from the eyes; how large the face is, the lens decides.
const CAMERA_CM: f32 = 120.0;
/// Between the irises, in the mean head's frame.
const ANCHOR: V3 = v3(0.0, 0.0, head::EYEBALL.z + head::EYEBALL_RADIUS);
/// Where mesh points 234 and 454 sit on the mean head, before the surface is looked for sideways.
const CHEEK: V3 = v3(0.0, -1.8, -3.5);

/// The solids are drawn a little bowed: this much up is what people, and the face mesh, call level.
const LEVEL_DEG: f32 = 3.5;

/// One person in one pose before one camera.
pub struct Studio<'a> {
    person: &'a Person,
    pose: &'a Pose,
    head: Head,
    body: Body,
    turn: Turn,
    head_lamps: Lamps,
    body_lamps: Lamps,
    /// The camera in the body's and in the head's frame.
    eye_in_body: V3,
    eye_in_head: V3,
    anchor_in_body: V3,
    focal_px: f32,
    /// One pixel at the face, cm.
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
    pub fn new(person: &'a Person, pose: &'a Pose, scene: &Scene, size: Size) -> Self {
        let turn = Turn::new(pose.yaw_deg, pose.pitch_deg + LEVEL_DEG, pose.roll_deg);
        let head = Head::new(person, pose);
        let anchor_in_body = body::PIVOT + turn.apply(ANCHOR - body::PIVOT);
        let eye_in_body = anchor_in_body + v3(0.0, 0.0, CAMERA_CM);
        let half = cheek(&head, 1.0);
        let focal_px = pose.face_width_px / (2.0 * half.x) * (CAMERA_CM + ANCHOR.z - half.z);
        Self {
            person,
            pose,
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
        let mut above = self.sample_row(i64::from(from) - 1, left, right);
        let mut row = self.sample_row(i64::from(from), left, right);
        for y in from..to {
            let below = self.sample_row(i64::from(y) + 1, left, right);
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
                    self.smooth(x, y, middle)
                };
                let [r, g, b] = develop(sample.light);
                let alpha = (sample.alpha * 255.0 + 0.5) as u8;
                layer.put_pixel(x as u32, y, Rgba([r, g, b, alpha]));
            }
            above = std::mem::replace(&mut row, below);
        }
    }

    /// One ray through each pixel's middle.
    fn sample_row(&self, y: i64, left: usize, right: usize) -> Vec<Sample> {
        let y = y as f32 + 0.5;
        (left..right)
            .map(|x| self.sample(x as f32 + 0.5, y))
            .collect()
    }

    /// Columns that the sitter can reach at all.
    fn columns(&self) -> (usize, usize) {
        let reach = (body::SIDE + self.anchor_in_body.x.abs()) / self.pixel_cm * 1.12;
        let left = (self.pose.center_x_px - reach).max(0.0) as usize;
        let right = (self.pose.center_x_px + reach).max(0.0) as usize;
        let width = self.size.width as usize;
        (left.min(width), right.min(width))
    }

    /// Three more rays where materials meet.
    fn smooth(&self, x: usize, y: u32, middle: Sample) -> Sample {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let mut light = middle.light * middle.alpha;
        let mut alpha = middle.alpha;
        for (dx, dy) in [(-0.33, -0.12), (0.12, -0.33), (0.33, 0.12), (-0.12, 0.33)] {
            let sample = self.sample(x + dx, y + dy);
            light = light + sample.light * sample.alpha;
            alpha += sample.alpha;
        }
        Sample {
            light: light * (1.0 / alpha.max(1e-3)),
            alpha: alpha / 5.0,
            part: middle.part,
        }
    }

    fn sample(&self, x: f32, y: f32) -> Sample {
        let ray = v3(
            (x - self.pose.center_x_px) / self.focal_px,
            (self.pose.center_y_px - y) / self.focal_px,
            -1.0,
        )
        .unit();
        let (near, reached) = self.head_sample(ray);
        let solid = near.alpha >= 1.0;
        if solid && self.head.hair.cut != Cut::Long {
            return near;
        }
        let (far, at) = self.body_sample(ray, if solid { reached } else { f32::MAX });
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

    /// The head along a ray, and how far away it was or came closest.
    fn head_sample(&self, ray_in_body: V3) -> (Sample, f32) {
        let ray = self.turn.undo(ray_in_body);
        let Some((start, end)) = through_ball(self.eye_in_head, ray, self.bound) else {
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
        let paint = paint::head(&self.head, self.person, self.pose, p);
        let normal = self.bristled(&paint, p, normal(|q| self.head.distance(q), p, 0.035));
        let shade = self.head_shade(p, normal, &paint);
        let mut light = self.head_lamps.light(&paint, normal, -ray, shade);
        if self.head.has_glasses() && paint.part != 4 {
            light = light + self.lens(eye, ray);
        }
        let sample = Sample {
            light,
            alpha,
            part: paint.part,
        };
        (sample, walk.t)
    }

    /// Full where the ray hit; less where it passed within a pixel, or within the loose ends of hair.
    fn coverage(&self, walk: &Walk, p: V3) -> f32 {
        if walk.hit {
            return 1.0;
        }
        let edge = 1.0 - walk.closest / self.pixel_cm;
        if walk.closest < 0.3 && self.head.hair.cut != Cut::Cropped {
            let q = self.head.mean(p);
            if self.head.hair(q) < walk.closest + 0.1 {
                let loose = 0.05 + 0.25 * paint::strands(&self.head, q).powi(2);
                return edge.max(0.85 - walk.closest / loose).clamp(0.0, 1.0);
            }
        }
        edge.max(0.0)
    }

    /// Strands tip the normal from side to side.
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

    /// What glasses add in front of whatever lies behind them.
    fn lens(&self, eye: V3, ray: V3) -> V3 {
        let mut p = eye + ray * ((5.4 - eye.z) / ray.z);
        for _ in 0..2 {
            let f = self.head.mean(p).folded();
            p = eye + ray * ((head::lens_plane(f.x) - eye.z) / ray.z);
        }
        let q = self.head.mean(p);
        if self.head.lens_edge(q.folded()) > 0.0 {
            return V3::default();
        }
        let across = (q.x.abs() - 3.3) * q.x.signum() * 0.4 + q.y;
        let band = step(0.25, 0.6, across) * step(1.35, 0.9, across);
        let window = step(1.4, 0.8, (q.y - 0.3).abs()) * step(1.7, 1.0, (q.x.abs() - 3.2).abs());
        v3(0.9, 0.95, 1.0) * (0.012 + 0.03 * band + self.pose.glare * window * 0.9)
    }

    /// The body along a ray up to `limit`, and how far away it was.
    fn body_sample(&self, ray: V3, limit: f32) -> (Sample, f32) {
        let eye = self.eye_in_body;
        let start = (eye.z - body::FRONT) / -ray.z;
        let end = ((eye.z + 14.0) / -ray.z).min(limit);
        if (eye + ray * start).y > body::TOP && (eye + ray * end).y > body::TOP {
            return (NOTHING, limit);
        }
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

    /// What is true of the picture; the crown is read from `layer`.
    pub fn truth(&self, layer: &Layer) -> Truth {
        let (iris_left, iris_right) = (
            self.head_in_picture(self.iris(-1.0)),
            self.head_in_picture(self.iris(1.0)),
        );
        let (cheek_left, cheek_right) = (
            self.head_in_picture(cheek(&self.head, -1.0)),
            self.head_in_picture(cheek(&self.head, 1.0)),
        );
        let face_width = cheek_left.distance(cheek_right);
        let between = iris_left.midpoint(iris_right);
        Truth {
            iris_left,
            iris_right,
            eye_line_y: between.y,
            crown_y: crown(layer, between.x, face_width),
            chin: self.head_in_picture(self.chin()),
            cheek_left,
            cheek_right,
            face_width,
            midline_x: between.x,
            nose_tip: self.head_in_picture(self.nose_tip()),
            mouth: self.head_in_picture(self.mouth()),
            yaw_deg: self.pose.yaw_deg,
            pitch_deg: self.pose.pitch_deg,
            roll_deg: self.pose.roll_deg,
            eyes: self.pose.eyes,
            mouth_gap: self.pose.mouth,
            badge: self.body_in_picture(self.body.badge()),
        }
    }

    /// Where a point of this head's frame lies in the picture.
    fn head_in_picture(&self, p: V3) -> Point {
        self.body_in_picture(body::PIVOT + self.turn.apply(p - body::PIVOT))
    }

    fn body_in_picture(&self, p: V3) -> Point {
        let q = p - self.eye_in_body;
        Point::new(
            self.pose.center_x_px + self.focal_px * q.x / -q.z,
            self.pose.center_y_px - self.focal_px * q.y / -q.z,
        )
    }

    /// The iris on the picture's left (-1) or right (1), in the head's frame.
    fn iris(&self, side: f32) -> V3 {
        let (gx, gy) = paint::gaze(self.pose);
        let forward = (1.0 - gx * gx - gy * gy).sqrt();
        let center = v3(side * head::EYEBALL.x, head::EYEBALL.y, head::EYEBALL.z);
        (center + v3(gx, gy, forward) * head::EYEBALL_RADIUS).times(self.head.stretch)
    }

    fn chin(&self) -> V3 {
        surface(
            |p| self.head.skin(p),
            v3(0.0, -8.6, 3.2),
            v3(0.0, -1.0, 0.45),
        )
        .times(self.head.stretch)
    }

    fn nose_tip(&self) -> V3 {
        let y = -3.3 * self.person.face.nose_length;
        surface(|p| self.head.skin(p), v3(0.0, y, 5.0), v3(0.0, 0.0, 1.0)).times(self.head.stretch)
    }

    fn mouth(&self) -> V3 {
        surface(
            |p| self.head.skin(p),
            v3(0.0, head::MOUTH_Y, 3.0),
            v3(0.0, 0.0, 1.0),
        )
        .times(self.head.stretch)
    }
}

/// Top row in which the sitter covers more than half of some pixel within 0.25 face widths of the midline.
fn crown(layer: &Layer, midline_x: f32, face_width: f32) -> Option<f32> {
    let left = (midline_x - 0.25 * face_width).max(0.0) as u32;
    let right = ((midline_x + 0.25 * face_width).max(0.0) as u32).min(layer.width());
    (0..layer.height())
        .find(|&y| (left..right).any(|x| layer.get_pixel(x, y).0[3] > 127))
        .map(|y| y as f32)
}

/// Neighbours between which no edge runs.
fn same(a: Sample, b: Sample) -> bool {
    let full = a.alpha >= 1.0 && b.alpha >= 1.0;
    let step = a.light - b.light;
    a.part == b.part
        && (full || (a.alpha <= 0.0 && b.alpha <= 0.0))
        && step.dot(step) < 0.0012 + 0.012 * a.light.dot(a.light)
}

fn cheek(head: &Head, side: f32) -> V3 {
    surface(|p| head.skin(p), CHEEK, v3(side, 0.0, 0.0)).times(head.stretch)
}

/// Walks outwards from inside the skin to its surface; mean head's frame.
fn surface(skin: impl Fn(V3) -> f32, from: V3, towards: V3) -> V3 {
    let (mut inside, mut outside) = (0.0, 12.0);
    for _ in 0..24 {
        let middle = f32::midpoint(inside, outside);
        if skin(from + towards * middle) < 0.0 {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    from + towards * inside
}

fn bound(head: &Head) -> (V3, f32) {
    let (center, radius) = match head.hair.cut {
        Cut::Long => (v3(0.0, -5.0, -5.0), 19.0),
        Cut::Short | Cut::Cropped | Cut::Bun => head::BOUND,
    };
    (center, radius * head.stretch.x.max(head.stretch.y).max(1.0))
}
