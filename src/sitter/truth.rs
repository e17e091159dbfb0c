//! The truth about a rendered picture, by which measurements are judged.

use serde::{Deserialize, Serialize};

use crate::geometry::Point;

/// In pixels of the picture, not mirrored. Left and right are the picture's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    pub iris_left: Point,
    pub iris_right: Point,
    /// Mean height of the two iris centres.
    pub eye_line_y: f32,
    /// Top of the hair, without loose single hairs: alpha above one half within 0.25 face widths of
    /// the midline. `None` if the picture does not show it.
    pub crown_y: Option<f32>,
    /// Lowest point of the chin, as mesh point 152.
    pub chin: Point,
    /// Widest point of the cheek in front of the ear, as mesh points 234 and 454.
    pub cheek_left: Point,
    pub cheek_right: Point,
    pub face_width: f32,
    /// Midway between the irises.
    pub midline_x: f32,
    pub nose_tip: Point,
    pub mouth: Point,
    /// Signs as in `Pose`.
    pub yaw_deg: f32,
    pub pitch_deg: f32,
    pub roll_deg: f32,
    pub eyes: f32,
    pub mouth_gap: f32,
    pub smile: f32,
    pub gaze_x: f32,
    pub gaze_y: f32,
    pub shine: f32,
    /// Whether the sitter wears glasses.
    pub glasses: bool,
    /// As in `Pose`; 0 without glasses.
    pub glare: f32,
    /// These three as in `Hair`.
    pub over_ears: f32,
    pub over_eyes: f32,
    pub strands: f32,
    /// Height of the knot's middle above the eye line, in cm; `None` without a knot.
    pub bun_height: Option<f32>,
    /// As in `Scene`, with [`Truth::motion_px`].
    pub exposure: f32,
    pub tint: [f32; 3],
    pub red_eye: f32,
    pub clutter: f32,
    pub motion_px: f32,
    /// Pinned on the sitter's left breast, so in an unmirrored picture it is right of the midline.
    pub badge: Point,
}

impl Truth {
    /// Returns the same truth after the picture was scaled by `scale` and then moved.
    #[must_use]
    pub fn moved(&self, scale: f32, dx: f32, dy: f32) -> Self {
        let at = |p: Point| Point::new(p.x * scale + dx, p.y * scale + dy);
        Self {
            iris_left: at(self.iris_left),
            iris_right: at(self.iris_right),
            eye_line_y: self.eye_line_y * scale + dy,
            crown_y: self.crown_y.map(|y| y * scale + dy),
            chin: at(self.chin),
            cheek_left: at(self.cheek_left),
            cheek_right: at(self.cheek_right),
            face_width: self.face_width * scale,
            midline_x: self.midline_x * scale + dx,
            nose_tip: at(self.nose_tip),
            mouth: at(self.mouth),
            badge: at(self.badge),
            motion_px: self.motion_px * scale,
            ..*self
        }
    }
}
