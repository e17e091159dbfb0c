//! Places 468 points on a face.

use crate::geometry::{Point, Rect};

use super::{
    detector::Detection,
    models::{Model, ModelError},
    net::Net,
    sampling::{Edge, Patch, Pyramid},
};

const SIDE: usize = 192;
pub const POINTS: usize = 468;
/// The patch is this many times as large as the face in it.
const MARGIN: f32 = 1.5;
/// Below this there is no face in the patch.
const MIN_PRESENCE: f32 = 0.5;

/// Indices of named points. "Right" is the sitter's right, left in the picture.
pub mod index {
    pub const RIGHT_CHEEK: usize = 234;
    pub const LEFT_CHEEK: usize = 454;
    pub const CHIN: usize = 152;
    pub const FOREHEAD: usize = 10;
    pub const NOSE_TIP: usize = 1;
    pub const UPPER_LIP: usize = 13;
    pub const LOWER_LIP: usize = 14;
    /// Right and left of the sitter.
    pub const MOUTH_CORNERS: (usize, usize) = (61, 291);
    /// Outer and inner corner.
    pub const RIGHT_EYE: (usize, usize) = (33, 133);
    pub const LEFT_EYE: (usize, usize) = (263, 362);
    /// Middle of the upper and of the lower lid.
    pub const RIGHT_LIDS: (usize, usize) = (159, 145);
    pub const LEFT_LIDS: (usize, usize) = (386, 374);
}

/// A point of the mesh, in frame px; `z` in the same unit, smaller towards the camera, 0 roughly at
/// the head's middle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point3 {
    pub x: f32,
    pub y: f32,
    pub z: f32,
}

impl Point3 {
    pub const fn flat(self) -> Point {
        Point::new(self.x, self.y)
    }
}

/// The points of one face, and the probability that it is one, 0..=1.
#[derive(Clone, PartialEq)]
pub struct Mesh {
    points: Box<[Point3; POINTS]>,
    pub presence: f32,
}

impl Mesh {
    pub fn points(&self) -> &[Point3; POINTS] {
        &self.points
    }

    /// Returns one of the named points of [`index`].
    pub fn at(&self, index: usize) -> Point3 {
        self.points.get(index).copied().unwrap_or_default()
    }

    /// Returns a mesh without any shape, to put points into.
    #[cfg(test)]
    pub fn flat_for_tests() -> Self {
        Self {
            points: Box::new([Point3::default(); POINTS]),
            presence: 1.0,
        }
    }

    #[cfg(test)]
    pub fn put_for_tests(&mut self, index: usize, [x, y, z]: [f32; 3]) {
        self.points[index] = Point3 { x, y, z };
    }

    /// Returns the upright rectangle around all points, in frame px.
    pub fn bounds(&self) -> Rect {
        let far = f32::INFINITY;
        let empty = Rect::new(Point::new(far, far), Point::new(-far, -far));
        self.points.iter().fold(empty, |r, p| {
            Rect::new(
                Point::new(r.min.x.min(p.x), r.min.y.min(p.y)),
                Point::new(r.max.x.max(p.x), r.max.y.max(p.y)),
            )
        })
    }

    /// Returns where to look for this face in the next frame.
    pub fn patch(&self) -> Patch {
        let eyes = (
            self.at(index::RIGHT_EYE.0).flat(),
            self.at(index::LEFT_EYE.0).flat(),
        );
        patch_around(&self.bounds(), eyes)
    }
}

/// Returns where to look for a face that was just found.
pub fn patch_of(detection: &Detection) -> Patch {
    patch_around(&detection.rect, detection.eyes)
}

fn patch_around(rect: &Rect, (right_eye, left_eye): (Point, Point)) -> Patch {
    let side = rect.width().max(rect.height()) * MARGIN;
    Patch {
        center: rect.center(),
        width: side,
        height: side,
        angle: (left_eye.y - right_eye.y).atan2(left_eye.x - right_eye.x),
        flipped: false,
    }
}

pub struct Mesher(Net);

impl Mesher {
    pub fn new(bytes: &[u8]) -> Result<Self, ModelError> {
        let sizes = [POINTS * 3, 1];
        Net::expecting(Model::FaceLandmark, bytes, (3, SIDE, SIDE), &sizes).map(Self)
    }

    /// Returns the face in this patch, if there is one.
    pub fn mesh(&mut self, pyramid: &mut Pyramid, patch: &Patch) -> Option<Mesh> {
        let pixels = pyramid.pixels(patch, SIDE, SIDE, Edge::Repeat);
        let outputs = self.0.outputs(pixels.as_flattened())?;
        let [coordinates, presence] = &*outputs;
        let presence = 1.0 / (1.0 + (-presence.first()?).exp());
        if presence < MIN_PRESENCE || coordinates.iter().any(|c| !c.is_finite()) {
            return None;
        }
        let unit = 1.0 / SIDE as f32;
        let (triples, _) = coordinates.as_chunks::<3>();
        let mut points = Box::new([Point3::default(); POINTS]);
        for (point, [x, y, z]) in points.iter_mut().zip(triples) {
            let flat = patch.frame_from_unit(Point::new(x * unit, y * unit));
            *point = Point3 {
                x: flat.x,
                y: flat.y,
                z: z * unit * patch.width,
            };
        }
        Some(Mesh { points, presence })
    }
}
