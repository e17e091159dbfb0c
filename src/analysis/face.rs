//! One face of one frame, and its measurements.

use std::fmt;

use crate::geometry::{Point, Rect};

use super::{
    calibration::CALIBRATION,
    crown::Crown,
    iris::Eye,
    mesh::{Mesh, index},
    pose::{Pose, face_unit, pose},
    sampling::Patch,
};

/// Everything in frame pixels: upright as mounted, not mirrored. "Right" is the sitter's right,
/// left in the picture.
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
    /// The opening of the lids over the eye's own width, of the eye that is less open, so one
    /// closed eye counts as closed. 0.17..=0.45 open, below 0.1 closed.
    pub eyes_open: f32,
    /// Position of the irises relative to eyes that look into the camera: to the picture's right
    /// and down, in half eye widths.
    pub gaze: Point,
    /// The gap between the inner lips, in [`Self::unit`]s: below 0.03 closed.
    pub mouth_gap: f32,
    /// How far the corners of the mouth are above its middle, in mouth widths, relative to a
    /// relaxed mouth.
    pub smile: f32,
}

impl Face {
    pub fn new(mesh: Mesh, right_eye: Eye, left_eye: Eye) -> Self {
        let unit = face_unit(&mesh, right_eye.iris, left_eye.iris);
        let lips = mesh
            .at(index::UPPER_LIP)
            .flat()
            .distance(mesh.at(index::LOWER_LIP).flat());
        Self {
            cheeks: cheeks(&mesh),
            chin: chin(&mesh, right_eye.iris.midpoint(left_eye.iris)),
            crown: Crown::Unknown,
            pose: pose(&mesh, right_eye.iris, left_eye.iris),
            eyes_open: eyes_open(&mesh, right_eye, left_eye),
            gaze: gaze(&mesh, right_eye.iris, left_eye.iris),
            mouth_gap: lips / unit,
            smile: smile(&mesh),
            right_eye,
            left_eye,
            mesh,
        }
    }

    /// Returns the point between the irises; its height is the eye line.
    pub fn eyes_midpoint(&self) -> Point {
        self.right_eye.iris.midpoint(self.left_eye.iris)
    }

    /// Returns the point between the lips.
    pub fn mouth(&self) -> Point {
        let lip = |at: usize| self.mesh.at(at).flat();
        lip(index::UPPER_LIP).midpoint(lip(index::LOWER_LIP))
    }

    /// Returns the distance from cheek to cheek.
    pub fn width(&self) -> f32 {
        self.cheeks.0.distance(self.cheeks.1)
    }

    /// Returns forehead to chin over cheek to cheek, as the mesh has them. It varies among people
    /// by 4 % (standard deviation).
    pub fn proportion(&self) -> f32 {
        let at = |index: usize| self.mesh.at(index).flat();
        let up = self.up(1.0);
        let (forehead, chin) = (at(index::FOREHEAD), at(index::CHIN));
        let height = (forehead.x - chin.x) * up.x + (forehead.y - chin.y) * up.y;
        let width = at(index::RIGHT_CHEEK).distance(at(index::LEFT_CHEEK));
        height / width.max(1.0)
    }

    pub fn iris_distance(&self) -> f32 {
        self.right_eye.iris.distance(self.left_eye.iris)
    }

    /// Returns a vector along the eye line to the picture's right, `px` long.
    pub fn across(&self, px: f32) -> Point {
        let (sin, cos) = self.pose.roll_deg.to_radians().sin_cos();
        Point::new(cos * px, sin * px)
    }

    /// Returns a vector from the eyes to the forehead, `px` long.
    pub fn up(&self, px: f32) -> Point {
        let (sin, cos) = self.pose.roll_deg.to_radians().sin_cos();
        Point::new(sin * px, -cos * px)
    }

    /// Returns a part of this face, turned as the face is. `center` and `size` are in distances
    /// between the irises; the centre from the eyes' midpoint, x to the picture's right along the
    /// eye line, y down.
    pub fn patch(&self, center: Point, size: Point) -> Patch {
        let unit = self.iris_distance();
        let (eyes, across, down) = (
            self.eyes_midpoint(),
            self.across(center.x * unit),
            self.up(-center.y * unit),
        );
        let center = Point::new(eyes.x + across.x + down.x, eyes.y + across.y + down.y);
        self.patch_at(center, Point::new(size.x * unit, size.y * unit))
    }

    /// Returns a part of the picture, turned as the face is; both in frame px.
    pub fn patch_at(&self, center: Point, size: Point) -> Patch {
        Patch {
            center,
            width: size.x,
            height: size.y,
            angle: self.pose.roll_deg.to_radians(),
            flipped: false,
        }
    }

    /// Returns the distance from the eyes' midpoint to the chin: the unit for lids and lips.
    pub fn unit(&self) -> f32 {
        face_unit(&self.mesh, self.right_eye.iris, self.left_eye.iris)
    }

    /// Returns the vertical middle of the face: midway between the irises.
    pub fn midline_x(&self) -> f32 {
        self.eyes_midpoint().x
    }

    /// Returns the rectangle around all points of the mesh.
    pub fn rect(&self) -> Rect {
        self.mesh.bounds()
    }
}

/// Returns the mesh's own cheeks, moved in to where a face ends before the ears.
fn cheeks(mesh: &Mesh) -> (Point, Point) {
    let (right, left) = (
        mesh.at(index::RIGHT_CHEEK).flat(),
        mesh.at(index::LEFT_CHEEK).flat(),
    );
    let middle = right.midpoint(left);
    let share = CALIBRATION.width_share;
    (towards(middle, right, share), towards(middle, left, share))
}

/// Returns the mesh's own chin, moved down to where a chin ends.
fn chin(mesh: &Mesh, eyes: Point) -> Point {
    towards(eyes, mesh.at(index::CHIN).flat(), CALIBRATION.chin_share)
}

fn towards(from: Point, to: Point, share: f32) -> Point {
    Point::new(
        from.x + (to.x - from.x) * share,
        from.y + (to.y - from.y) * share,
    )
}

/// Prints no shape of a face, which identifies a person.
impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Face (presence {:.2})", self.mesh.presence)
    }
}

/// Returns the opening over the eye's own width, which neither grows with a long chin nor keeps its
/// length when the head turns.
fn eyes_open(mesh: &Mesh, right: Eye, left: Eye) -> f32 {
    let open = |(outer, inner): (usize, usize), eye: Eye| {
        let width = mesh.at(outer).flat().distance(mesh.at(inner).flat());
        eye.opening / width.max(1.0)
    };
    open(index::RIGHT_EYE, right).min(open(index::LEFT_EYE, left))
}

/// Returns the gaze of both eyes together, so that eyes converging on the camera read straight.
fn gaze(mesh: &Mesh, right_iris: Point, left_iris: Point) -> Point {
    let off = |(outer, inner): (usize, usize), iris: Point, towards_right: f32| {
        let (outer, inner) = (mesh.at(outer).flat(), mesh.at(inner).flat());
        let half = outer.distance(inner).max(1.0) / 2.0;
        let along = Point::new(
            (inner.x - outer.x) / (2.0 * half) * towards_right,
            (inner.y - outer.y) / (2.0 * half) * towards_right,
        );
        let middle = outer.midpoint(inner);
        let (dx, dy) = ((iris.x - middle.x) / half, (iris.y - middle.y) / half);
        (dx * along.x + dy * along.y, dy * along.x - dx * along.y)
    };
    let (right_x, right_y) = off(index::RIGHT_EYE, right_iris, 1.0);
    let (left_x, left_y) = off(index::LEFT_EYE, left_iris, -1.0);
    Point::new(
        f32::midpoint(right_x, left_x),
        f32::midpoint(right_y, left_y) - CALIBRATION.gaze_down_zero,
    )
}

/// Returns the height of the mouth's corners over the seam's middle, in mouth widths.
fn smile(mesh: &Mesh) -> f32 {
    let (right, left) = (
        mesh.at(index::MOUTH_CORNERS.0).flat(),
        mesh.at(index::MOUTH_CORNERS.1).flat(),
    );
    let seam = mesh
        .at(index::UPPER_LIP)
        .flat()
        .midpoint(mesh.at(index::LOWER_LIP).flat());
    let width = right.distance(left).max(1.0);
    let (ax, ay) = ((left.x - right.x) / width, (left.y - right.y) / width);
    let middle = right.midpoint(left);
    let rise = (seam.y - middle.y) * ax - (seam.x - middle.x) * ay;
    rise / width - CALIBRATION.smile_zero
}
