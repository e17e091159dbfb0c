//! Which way the head looks: roll from the irises, yaw and pitch from fitting the canonical face to
//! the mesh.

use super::{
    calibration::CALIBRATION,
    mesh::{Mesh, Point3, index},
};
use crate::geometry::Point;

/// In degrees. Zero is straight into the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Positive: the head leans to the right of the picture (clockwise as seen).
    pub roll_deg: f32,
    /// Positive: the face turns to the right of the picture (the sitter's left).
    pub yaw_deg: f32,
    /// Positive: the face looks up.
    pub pitch_deg: f32,
}

/// A direction or a position: x to the picture's right, y up, z towards the camera.
type Vector = [f32; 3];

/// A point that keeps its place on the skull whatever the face does, and its place in the canonical
/// face, in cm.
#[derive(Clone, Copy)]
struct Rigid {
    index: usize,
    place: Vector,
}

/// Bridge and tip of the nose, forehead, corners of the eyes, cheekbones, temples. Mouth, jaw and
/// brows are left out: they move with the expression. So is the hairline, which a fringe hides from
/// the mesh. Places are from MediaPipe's canonical face model (Apache-2.0), to a tenth of a
/// millimetre.
const RIGID: [Rigid; 30] = {
    const fn at(index: usize, x: f32, y: f32, z: f32) -> Rigid {
        Rigid {
            index,
            place: [x, y, z],
        }
    }
    [
        at(9, 0.0, 4.89, 5.39),
        at(8, 0.0, 4.02, 5.28),
        at(168, 0.0, 3.27, 5.24),
        at(6, 0.0, 2.47, 5.79),
        at(197, 0.0, 1.73, 6.32),
        at(195, 0.0, 1.06, 6.77),
        at(5, 0.0, 0.37, 7.24),
        at(4, 0.0, -0.46, 7.59),
        at(1, 0.0, -1.13, 7.48),
        at(2, 0.0, -2.09, 6.06),
        at(33, -4.45, 2.66, 3.17),
        at(263, 4.45, 2.66, 3.17),
        at(133, -1.86, 2.59, 3.76),
        at(362, 1.86, 2.59, 3.76),
        at(127, -7.74, 2.36, -2.01),
        at(356, 7.74, 2.36, -2.01),
        at(234, -7.66, 0.67, -2.44),
        at(454, 7.66, 0.67, -2.44),
        at(162, -7.56, 4.11, -0.99),
        at(389, 7.56, 4.11, -0.99),
        at(104, -4.54, 6.32, 3.68),
        at(333, 4.54, 6.32, 3.68),
        at(116, -6.47, 0.94, 1.69),
        at(345, 6.47, 0.94, 1.69),
        at(117, -5.26, 0.95, 2.97),
        at(346, 5.26, 0.95, 2.97),
        at(118, -4.43, 0.72, 3.52),
        at(347, 4.43, 0.72, 3.52),
        at(98, -1.41, -1.71, 5.24),
        at(327, 1.41, -1.71, 5.24),
    ]
};

/// The camera's distance in face widths: a face is 140 mm wide, a booth's lens about a metre away.
/// What is nearer to the lens looks larger, which the mesh takes for a turned head.
const DISTANCE: f32 = 7.0;

/// Returns the pose of a face whose irises (right, left of the sitter) are known.
pub fn pose(mesh: &Mesh, right_iris: Point, left_iris: Point) -> Pose {
    let roll = (left_iris.y - right_iris.y).atan2(left_iris.x - right_iris.x);
    let (yaw, pitch) = level(forward(mesh), roll);
    Pose {
        roll_deg: roll.to_degrees(),
        yaw_deg: yaw.to_degrees() / CALIBRATION.yaw_gain,
        pitch_deg: (pitch.to_degrees() - CALIBRATION.pitch_zero_deg) / CALIBRATION.pitch_gain,
    }
}

/// Returns yaw and pitch of a direction, in radians, after removing the roll.
fn level([x, y, z]: Vector, roll: f32) -> (f32, f32) {
    let (sin, cos) = roll.sin_cos();
    let (across, up) = (x * cos - y * sin, x * sin + y * cos);
    (across.atan2(z), up.clamp(-1.0, 1.0).asin())
}

/// Returns where the face looks: the canonical face's own forward direction, turned as its rigid
/// points are in the mesh. The turn is the one with the least squared distances (Horn 1987, closed
/// form by unit quaternions).
fn forward(mesh: &Mesh) -> Vector {
    let seen = centred(unprojected(mesh));
    let known = centred(RIGID.map(|rigid| rigid.place));
    let mut sums = [[0.0_f32; 3]; 3];
    for (from, to) in known.iter().zip(&seen) {
        for (row, a) in sums.iter_mut().zip(from) {
            for (sum, b) in row.iter_mut().zip(to) {
                *sum += a * b;
            }
        }
    }
    let [w, x, y, z] = strongest(quaternion_form(&sums));
    [
        2.0 * (x * z + w * y),
        2.0 * (y * z - w * x),
        w * w - x * x - y * y + z * z,
    ]
}

/// Returns the rigid points in space: the mesh's depths undo the perspective of its places.
fn unprojected(mesh: &Mesh) -> [Vector; RIGID.len()] {
    let points = RIGID.map(|rigid| mesh.at(rigid.index));
    let (right, left) = (mesh.at(index::RIGHT_CHEEK), mesh.at(index::LEFT_CHEEK));
    let far = DISTANCE * right.flat().distance(left.flat()).max(1.0);
    let middle = mean(points.map(|Point3 { x, y, z }| [x, y, z]));
    points.map(|point| {
        let [x, y, z] = minus([point.x, point.y, point.z], middle);
        let nearer = 1.0 + z / far;
        [x * nearer, -y * nearer, -z]
    })
}

fn centred<const N: usize>(points: [Vector; N]) -> [Vector; N] {
    let middle = mean(points);
    points.map(|point| minus(point, middle))
}

fn mean<const N: usize>(points: [Vector; N]) -> Vector {
    points.iter().fold([0.0; 3], |[x, y, z], point| {
        let [px, py, pz] = point.map(|v| v / N as f32);
        [x + px, y + py, z + pz]
    })
}

fn minus([ax, ay, az]: Vector, [bx, by, bz]: Vector) -> Vector {
    [ax - bx, ay - by, az - bz]
}

/// Returns Horn's symmetric form, whose strongest eigenvector is the turn as a quaternion (w, x, y,
/// z).
const fn quaternion_form(
    &[[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]]: &[[f32; 3]; 3],
) -> [[f32; 4]; 4] {
    [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ]
}

/// Returns the unit eigenvector of the largest eigenvalue, by power iteration starting from "not
/// turned". A face that the mesh finds is turned by less than a right angle, so the start is never
/// far off.
fn strongest(form: [[f32; 4]; 4]) -> [f32; 4] {
    const STEPS: usize = 60;
    let norm = |v: &[f32]| v.iter().map(|v| v * v).sum::<f32>().sqrt();
    // Adding the largest row to the diagonal makes every eigenvalue positive.
    let shift = form.iter().map(|row| norm(row)).fold(0.0, f32::max);
    let mut found = [1.0, 0.0, 0.0, 0.0];
    for _ in 0..STEPS {
        let mut next = found.map(|v| v * shift);
        for (next, row) in next.iter_mut().zip(&form) {
            *next += row.iter().zip(&found).map(|(a, b)| a * b).sum::<f32>();
        }
        let length = norm(&next).max(f32::MIN_POSITIVE);
        found = next.map(|v| v / length);
    }
    found
}

/// Returns the distance from the eyes' midpoint to the chin, in px: the unit for lips.
pub fn face_unit(mesh: &Mesh, right_iris: Point, left_iris: Point) -> f32 {
    right_iris
        .midpoint(left_iris)
        .distance(mesh.at(index::CHIN).flat())
        .max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the canonical face as a mesh seen by a camera [`DISTANCE`] away, turned by `yaw`,
    /// then `pitch`, then `roll`, in degrees.
    fn turned(yaw: f32, pitch: f32, roll: f32) -> Mesh {
        let (sin_yaw, cos_yaw) = yaw.to_radians().sin_cos();
        let (sin_pitch, cos_pitch) = pitch.to_radians().sin_cos();
        let (sin_roll, cos_roll) = roll.to_radians().sin_cos();
        let turn = |[x, y, z]: Vector| {
            let (y, z) = (y * cos_pitch + z * sin_pitch, z * cos_pitch - y * sin_pitch);
            let (x, z) = (x * cos_yaw + z * sin_yaw, z * cos_yaw - x * sin_yaw);
            // Clockwise as seen.
            [x * cos_roll + y * sin_roll, y * cos_roll - x * sin_roll, z]
        };
        let places: Vec<Vector> = RIGID.map(|rigid| turn(rigid.place)).into();
        let middle = mean(RIGID.map(|rigid| turn(rigid.place)));
        let width = 15.3 * cos_yaw;
        let mut mesh = Mesh::flat_for_tests();
        for (rigid, place) in RIGID.iter().zip(places) {
            let [x, y, z] = minus(place, middle);
            let nearer = 1.0 - z / (DISTANCE * width);
            mesh.put_for_tests(
                rigid.index,
                [x / nearer * 20.0, -y / nearer * 20.0, -z * 20.0],
            );
        }
        mesh
    }

    fn read(yaw: f32, pitch: f32, roll: f32) -> (f32, f32) {
        let (yaw, pitch) = level(forward(&turned(yaw, pitch, roll)), roll.to_radians());
        (yaw.to_degrees(), pitch.to_degrees())
    }

    #[test]
    fn a_turned_canonical_face_reads_as_it_was_turned() {
        for (yaw, pitch, roll) in [
            (0.0, 0.0, 0.0),
            (12.0, 0.0, 0.0),
            (0.0, -9.0, 0.0),
            (-20.0, 14.0, 0.0),
            (8.0, 10.0, 25.0),
        ] {
            let (read_yaw, read_pitch) = read(yaw, pitch, roll);
            let off = (read_yaw - yaw).abs().max((read_pitch - pitch).abs());
            assert!(off < 0.5, "{yaw} {pitch} {roll}: {read_yaw} {read_pitch}");
        }
    }

    #[test]
    fn an_open_mouth_and_raised_brows_turn_no_head() {
        let calm = turned(3.0, -4.0, 0.0);
        let mut lively = calm.clone();
        for moving in [152, 13, 14, 61, 291, 105, 334, 10] {
            lively.put_for_tests(moving, [3.0, 90.0, -40.0]);
        }
        assert_eq!(forward(&calm), forward(&lively));
    }
}
