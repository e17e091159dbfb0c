//! Where parts of the sitter are in the picture: the truth, the crown, and the loose hairs.

use super::{
    body,
    head::{self, Head, surface},
    light::develop,
    paint,
    person::Cut,
    shape::lerp,
    strands,
    studio::{Layer, Studio},
    truth::Truth,
    vector::{V3, v3},
};
use crate::geometry::Point;

/// Where mesh points 234 and 454 are on the mean head, before the surface is searched sideways.
const CHEEK: V3 = v3(0.0, -1.8, -3.5);

impl Studio<'_> {
    /// Lays the loose single hairs behind what `layer` shows in the rows `from..to`.
    pub fn lay_strands(&self, layer: &mut Layer, from: u32, to: u32) {
        let scale = self.pose.face_width_px / 212.0;
        let power = f32::midpoint(self.scene.lamp_left, self.scene.lamp_right);
        let light = self.gain * lerp(0.35, 1.0, power.clamp(0.0, 1.4));
        for strand in strands::of(&self.head, self.person.seed) {
            let path: Vec<Point> = strand
                .path
                .iter()
                .map(|&p| self.head_in_picture(p))
                .collect();
            let color = self.head.hair.color * strand.catches + v3(0.012, 0.012, 0.012);
            let color = develop(color.times(light));
            strands::lay(layer, &(from..to), &path, strand.width_px * scale, color);
        }
    }

    /// Returns the top row of `from..to` in which the sitter covers more than half of some pixel
    /// within 0.25 face widths of the midline. Must be called before the loose hairs are laid.
    pub fn crown(&self, layer: &Layer, from: u32, to: u32) -> Option<f32> {
        let [left, right] = [-1.0, 1.0].map(|side| self.head_in_picture(self.iris(side)));
        let [a, b] = [-1.0, 1.0].map(|side| self.head_in_picture(cheek(&self.head, side)));
        let (middle, reach) = (left.midpoint(right).x, 0.25 * a.distance(b));
        let left = (middle - reach).max(0.0) as u32;
        let right = ((middle + reach).max(0.0) as u32).min(layer.width());
        (from..to.min(layer.height()))
            .find(|&y| (left..right).any(|x| layer.get_pixel(x, y).0[3] > 127))
            .map(|y| y as f32)
    }

    /// Returns the truth of the picture, whose crown was found before.
    pub fn truth(&self, crown_y: Option<f32>) -> Truth {
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
            crown_y,
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
            smile: self.pose.smile,
            gaze_x: self.pose.gaze_x,
            gaze_y: self.pose.gaze_y,
            shine: self.pose.shine,
            glasses: self.head.has_glasses(),
            glare: if self.head.has_glasses() {
                self.pose.glare
            } else {
                0.0
            },
            over_ears: self.head.hair.over_ears,
            over_eyes: self.head.hair.over_eyes,
            strands: self.head.hair.strands,
            bun_height: (self.head.hair.cut == Cut::Bun).then_some(self.head.hair.bun_height),
            exposure: self.scene.exposure,
            tint: self.scene.tint,
            red_eye: self.scene.red_eye,
            clutter: self.scene.clutter,
            motion_px: self.scene.motion_px,
            badge: self.body_in_picture(self.body.badge()),
        }
    }

    /// Returns where a point of this head's frame is in the picture.
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

    /// Returns the iris on the picture's left (-1) or right (1), in the head's frame.
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

/// Returns the cheek's widest point on the picture's left (-1) or right (1), in the head's frame.
pub fn cheek(head: &Head, side: f32) -> V3 {
    surface(|p| head.skin(p), CHEEK, v3(side, 0.0, 0.0)).times(head.stretch)
}
