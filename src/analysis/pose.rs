//! Which way the head looks: roll from the irises, yaw and pitch from the mesh's depth.

use super::{
    calibration::CALIBRATION,
    mesh::{Mesh, index},
};
use crate::geometry::Point;

/// Degrees. Zero is straight into the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Positive: the head leans to the right of the picture (clockwise as seen).
    pub roll_deg: f32,
    /// Positive: the face turns to the right of the picture (the sitter's left).
    pub yaw_deg: f32,
    /// Positive: the face looks up.
    pub pitch_deg: f32,
}

/// Pairs that lie symmetric in a face: the picture's left one, its right one.
const SYMMETRIC: [(usize, usize); 9] = [
    (234, 454),
    (127, 356),
    (33, 263),
    (133, 362),
    (61, 291),
    (58, 288),
    (105, 334),
    (50, 280),
    (172, 397),
];
/// Pairs along the middle of the face: the upper, the lower one.
const UPRIGHT: [(usize, usize); 3] = [(10, 152), (9, 200), (151, 199)];

/// The pose of a face whose irises (right, left of the sitter) are known.
pub fn pose(mesh: &Mesh, right_iris: Point, left_iris: Point) -> Pose {
    let roll = (left_iris.y - right_iris.y).atan2(left_iris.x - right_iris.x);
    let (yaw, pitch) = raw_angles(mesh, roll);
    Pose {
        roll_deg: roll.to_degrees(),
        yaw_deg: yaw.to_degrees() / CALIBRATION.yaw_gain,
        pitch_deg: (pitch.to_degrees() - CALIBRATION.pitch_zero_deg) / CALIBRATION.pitch_gain,
    }
}

/// Angles of the mesh itself, radians, after taking the roll out.
fn raw_angles(mesh: &Mesh, roll: f32) -> (f32, f32) {
    let (sin, cos) = roll.sin_cos();
    let mut across = (0.0, 0.0);
    for (left, right) in SYMMETRIC {
        let (a, b) = (mesh.at(left), mesh.at(right));
        across.0 += (b.x - a.x) * cos + (b.y - a.y) * sin;
        across.1 += b.z - a.z;
    }
    let mut down = (0.0, 0.0);
    for (upper, lower) in UPRIGHT {
        let (a, b) = (mesh.at(upper), mesh.at(lower));
        down.0 += (b.y - a.y) * cos - (b.x - a.x) * sin;
        down.1 += b.z - a.z;
    }
    // A face that turns to the picture's right brings its left half (in the picture) nearer, so depth grows to the right.
    // One that looks up brings the chin nearer.
    (across.1.atan2(across.0), (-down.1).atan2(down.0))
}

/// The eyes' midpoint to the chin, px: the unit in which lids and lips are measured.
pub fn face_unit(mesh: &Mesh, right_iris: Point, left_iris: Point) -> f32 {
    right_iris
        .midpoint(left_iris)
        .distance(mesh.at(index::CHIN).flat())
        .max(1.0)
}
