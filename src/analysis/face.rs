//! One face of one frame, and what is measured on it.

use std::fmt;

use crate::geometry::{Point, Rect};

use super::{
    crown::Crown,
    iris::Eye,
    mesh::{Mesh, index},
    pose::{Pose, face_unit, pose},
};

/// Everything in frame pixels: turned as mounted, not mirrored. "Right" is the sitter's right, left in the picture.
#[derive(Clone, PartialEq)]
pub struct Face {
    pub mesh: Mesh,
    pub right_eye: Eye,
    pub left_eye: Eye,
    /// Outermost points of the face at the height of the ears: right, left.
    pub cheeks: (Point, Point),
    pub chin: Point,
    pub crown: Crown,
    pub pose: Pose,
    /// The smaller opening of the lids, in [`Self::unit`]s: 0.04..=0.1 open, below 0.03 closed.
    pub eyes_open: f32,
    /// The gap between the inner lips, in [`Self::unit`]s: below 0.03 closed.
    pub mouth_gap: f32,
}

impl Face {
    pub fn new(mesh: Mesh, right_eye: Eye, left_eye: Eye) -> Self {
        let unit = face_unit(&mesh, right_eye.iris, left_eye.iris);
        let lips = mesh
            .at(index::UPPER_LIP)
            .flat()
            .distance(mesh.at(index::LOWER_LIP).flat());
        Self {
            cheeks: (
                mesh.at(index::RIGHT_CHEEK).flat(),
                mesh.at(index::LEFT_CHEEK).flat(),
            ),
            chin: mesh.at(index::CHIN).flat(),
            crown: Crown::Unknown,
            pose: pose(&mesh, right_eye.iris, left_eye.iris),
            eyes_open: right_eye.opening.min(left_eye.opening) / unit,
            mouth_gap: lips / unit,
            right_eye,
            left_eye,
            mesh,
        }
    }

    /// Between the irises; its height is the eye line.
    pub fn eyes_midpoint(&self) -> Point {
        self.right_eye.iris.midpoint(self.left_eye.iris)
    }

    /// Cheek to cheek.
    pub fn width(&self) -> f32 {
        self.cheeks.0.distance(self.cheeks.1)
    }

    /// Eyes' midpoint to chin: what lids and lips are measured in.
    pub fn unit(&self) -> f32 {
        face_unit(&self.mesh, self.right_eye.iris, self.left_eye.iris)
    }

    /// The vertical middle of the face: midway between the irises.
    pub fn midline_x(&self) -> f32 {
        self.eyes_midpoint().x
    }

    /// Around all points of the mesh.
    pub fn rect(&self) -> Rect {
        self.mesh.bounds()
    }
}

/// A face is a person: no shape of it is printed.
impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Face (presence {:.2})", self.mesh.presence)
    }
}
