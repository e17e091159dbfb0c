//! What the sitter does, and where they are in the picture.

use serde::{Deserialize, Serialize};

use crate::geometry::Size;

/// How a person sits in front of the camera. Angles are in degrees, lengths in pixels of the
/// picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Positive: turned to the sitter's own left, so the nose moves to the picture's right.
    pub yaw_deg: f32,
    /// Positive: looking up.
    pub pitch_deg: f32,
    /// Positive: leaning to the sitter's own left shoulder, clockwise in the picture, so the eye on
    /// the picture's right sinks.
    pub roll_deg: f32,
    /// Lid opening: 0 closed, 1 naturally open.
    pub eyes: f32,
    /// Gap between the lips: 0 closed, 1 wide open.
    pub mouth: f32,
    /// Direction of the eyes, -1..=1; positive to the picture's right.
    pub gaze_x: f32,
    /// Positive: up.
    pub gaze_y: f32,
    /// 0 neutral, 1 a broad smile with closed lips: the corners rise by half a centimetre and the
    /// mouth widens.
    pub smile: f32,
    /// Shine on forehead, nose and cheeks, 0..=1.
    pub shine: f32,
    /// Windows reflected in the glasses, 0..=1; no effect without glasses.
    pub glare: f32,
    /// The point midway between the eyes.
    pub center_x_px: f32,
    pub center_y_px: f32,
    /// Cheek to cheek, as it would be if the head faced the camera: this sets the distance.
    pub face_width_px: f32,
}

impl Pose {
    /// Returns a good pose for a picture of this size: the standard's layout for 3:4 pictures, a
    /// seat with room around otherwise.
    pub fn good(size: Size) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        let (eyes, face) = if width > height {
            (0.39, height * 0.317)
        } else {
            (250.0 / 640.0, width * 212.0 / 480.0)
        };
        Self {
            yaw_deg: 0.0,
            pitch_deg: 0.0,
            roll_deg: 0.0,
            eyes: 1.0,
            mouth: 0.0,
            gaze_x: 0.0,
            gaze_y: 0.0,
            smile: 0.0,
            shine: 0.0,
            glare: 0.0,
            center_x_px: width / 2.0,
            center_y_px: height * eyes,
            face_width_px: face,
        }
    }
}
