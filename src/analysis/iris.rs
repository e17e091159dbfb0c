//! The iris and the lids of each eye, more precise than in the mesh.

use crate::geometry::Point;

use super::{
    mesh::{Mesh, index},
    models::{Model, ModelError},
    net::Net,
    sampling::{Edge, Patch, Pyramid},
};

const SIDE: usize = 64;
const CONTOUR: usize = 71;
const IRIS: usize = 5;
/// The patch is this many times as wide as the eye.
const MARGIN: f32 = 2.3;
/// Points of the contour along the lower lid (0..=8) and the upper (9..=15); three pairs lie
/// opposite each other in the middle.
const LIDS: [(usize, usize); 3] = [(11, 3), (12, 4), (13, 5)];

/// One eye, in frame px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eye {
    /// Centre of the iris.
    pub iris: Point,
    /// Radius of the iris.
    pub radius: f32,
    /// Distance between the lids over the iris.
    pub opening: f32,
}

/// The sitter's right eye (left in the picture) and left eye.
pub struct Irises {
    net: Net,
}

impl Irises {
    pub fn new(bytes: &[u8]) -> Result<Self, ModelError> {
        let sizes = [CONTOUR * 3, IRIS * 3];
        let net = Net::expecting(Model::IrisLandmark, bytes, (3, SIDE, SIDE), &sizes)?;
        Ok(Self { net })
    }

    pub fn eyes(&mut self, pyramid: &mut Pyramid, mesh: &Mesh) -> Option<(Eye, Eye)> {
        let corners = |(outer, inner)| (mesh.at(outer).flat(), mesh.at(inner).flat());
        let (outer, inner) = corners(index::RIGHT_EYE);
        let right = patch_between(outer, inner);
        let (outer, inner) = corners(index::LEFT_EYE);
        // The network expects eyes whose outer corner is on the left.
        let left = Patch {
            flipped: true,
            ..patch_between(inner, outer)
        };
        Some((self.eye(pyramid, &right)?, self.eye(pyramid, &left)?))
    }

    fn eye(&mut self, pyramid: &mut Pyramid, patch: &Patch) -> Option<Eye> {
        let pixels = pyramid.pixels(patch, SIDE, SIDE, Edge::Repeat);
        let outputs = self.net.outputs(pixels.as_flattened())?;
        let [contour, iris] = &*outputs;
        if contour.iter().chain(iris).any(|c| !c.is_finite()) {
            return None;
        }
        let frame = |triples: &[[f32; 3]], i: usize| {
            let [x, y, _] = triples.get(i)?;
            let unit = Point::new(x / SIDE as f32, y / SIDE as f32);
            Some(patch.frame_from_unit(unit))
        };
        let (contour, _) = contour.as_chunks::<3>();
        let (iris, _) = iris.as_chunks::<3>();
        let center = frame(iris, 0)?;
        let mut radius = 0.0;
        for i in 1..IRIS {
            radius += frame(iris, i)?.distance(center) / (IRIS - 1) as f32;
        }
        let mut opening = 0.0;
        for (upper, lower) in LIDS {
            opening += frame(contour, upper)?.distance(frame(contour, lower)?) / LIDS.len() as f32;
        }
        Some(Eye {
            iris: center,
            radius,
            opening,
        })
    }
}

/// Returns the patch from the corner on the left of the picture to the one on the right.
fn patch_between(left: Point, right: Point) -> Patch {
    let side = left.distance(right) * MARGIN;
    Patch {
        center: left.midpoint(right),
        width: side,
        height: side,
        angle: (right.y - left.y).atan2(right.x - left.x),
        flipped: false,
    }
}
