//! What is seen in one frame: faces, landmarks, pose, person mask, light, background.
//!
//! Pure: the bytes of the pinned networks ([`Models`]) are handed in, the time comes with each frame. Everything is
//! measured in the frame's own pixels, turned as the camera is mounted and never mirrored; "right" is the sitter's
//! right, which lies left in the picture. Faces are followed from frame to frame ([`track`]), never recognised.

mod analyser;
pub mod background;
pub mod crown;
pub mod detector;
mod face;
pub mod guided;
pub mod iris;
pub mod light;
pub mod mask;
pub mod mesh;
mod models;
mod net;
mod pose;
pub mod sampling;
pub mod track;

#[cfg(test)]
pub mod tests;

use std::{fmt, sync::Arc};

use crate::{frame::Frame, geometry::Rect};

pub use analyser::Analyser;
pub use background::Background;
pub use crown::Crown;
pub use face::Face;
pub use iris::Eye;
pub use light::Light;
pub use mask::Mask;
pub use models::{Model, ModelError, Models};
pub use pose::Pose;

/// How much must be looked at anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Want {
    /// To guide the sitter: landmarks of this frame; faces and mask at most two frames old.
    #[default]
    Guide,
    /// To judge this frame: everything is its own.
    Judge,
}

/// What is seen in one frame, together with that frame.
#[derive(Clone)]
pub struct Analysis {
    pub frame: Arc<Frame>,
    /// All faces that the last search found, best first, and the number of the frame that it looked at.
    pub faces: Vec<FaceBox>,
    pub faces_frame: u64,
    /// Landmarks in this very frame: of the face that is followed, else of the largest.
    pub face: Option<Face>,
    /// The person, in the frame that [`Mask::frame`] names.
    pub mask: Option<Arc<Mask>>,
    /// Light on the face; none without a face.
    pub light: Option<Light>,
    /// Background of the portrait's region, measured when the mask was made.
    pub background: Option<Background>,
    /// Number of the continuous face track: another number means that it may be another person. With no face in sight
    /// it is the number of the last one; 0 before the first.
    pub track: u32,
}

impl Analysis {
    /// Whether the mask was made from this very frame: only then are mask, crown and background to be judged by.
    pub fn mask_is_own(&self) -> bool {
        self.mask
            .as_ref()
            .is_some_and(|m| m.frame == self.frame.number)
    }

    /// Whether the search for faces looked at this very frame.
    pub fn faces_are_own(&self) -> bool {
        self.faces_frame == self.frame.number
    }

    /// Area of the largest other face over the area of the followed one (without one: of the largest); 0 if alone.
    pub fn second_face(&self) -> f32 {
        let mut areas: Vec<f32> = match &self.face {
            Some(face) => {
                let rect = face.rect();
                let others = self
                    .faces
                    .iter()
                    .filter(|f| f.rect.overlap(&rect) < track::SAME_PLACE);
                let own = self
                    .faces
                    .iter()
                    .find(|f| f.rect.overlap(&rect) >= track::SAME_PLACE);
                let first = own.map_or(rect.area(), |f| f.rect.area());
                return others.map(|f| f.rect.area()).fold(0.0, f32::max) / first.max(1.0);
            }
            None => self.faces.iter().map(|f| f.rect.area()).collect(),
        };
        areas.sort_by(|a, b| b.total_cmp(a));
        match areas.as_slice() {
            [first, second, ..] => second / first.max(1.0),
            _ => 0.0,
        }
    }
}

/// A face as the search found it: from the brows to the chin, about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceBox {
    pub rect: Rect,
    /// 0.5..=1.
    pub score: f32,
}

/// An analysis holds a person: only counts and numbers of frames are printed.
impl fmt::Debug for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (frame, faces, track) = (&self.frame, self.faces.len(), self.track);
        write!(f, "Analysis of {frame:?} ({faces} faces, track {track})")
    }
}
