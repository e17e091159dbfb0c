//! What is seen in one frame: faces, landmarks, pose, mask of the person, light, background.
//!
//! Pure: the bytes of the pinned networks ([`Models`]) are passed in, and the time comes with each
//! frame. Everything is measured in the frame's own pixels, upright as the camera is mounted and
//! never mirrored; "right" is the sitter's right, which is left in the picture. Faces are followed
//! from frame to frame ([`track`]), never recognised.

mod analyser;
pub mod background;
pub mod calibration;
pub mod clothes;
pub mod colour;
pub mod cover;
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
pub mod rim;
pub mod sampling;
pub mod skin;
mod stains;
pub mod track;

#[cfg(test)]
pub mod tests;

use std::{fmt, sync::Arc};

use crate::{
    frame::{Frame, Turn},
    geometry::Rect,
};

pub use analyser::Analyser;
pub use background::Background;
pub use clothes::Clothes;
pub use cover::Cover;
pub use crown::Crown;
pub use face::Face;
pub use iris::Eye;
pub use light::Light;
pub use mask::Mask;
pub use models::{Model, ModelError, Models};
pub use pose::Pose;
pub use rim::Rim;
pub use skin::Skin;

/// A second face smaller than this share of the first's area is a poster or a passer-by far behind,
/// which the backdrop check judges.
pub const BYSTANDER_SHARE: f32 = 0.08;

/// How much must be measured in this very frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Want {
    /// To guide the sitter: landmarks of this frame; faces and mask at most two frames old.
    #[default]
    Guide,
    /// To judge this frame: everything is measured in it.
    Judge,
}

/// What is seen in one frame, together with that frame.
#[derive(Clone)]
pub struct Analysis {
    pub frame: Arc<Frame>,
    /// All faces that the last search found, best first, and the number of the frame that it looked
    /// at.
    pub faces: Vec<FaceBox>,
    pub faces_frame: u64,
    /// Landmarks in this very frame, of the face that is followed, else of the largest.
    pub face: Option<Face>,
    /// The mask of the person, in the frame that [`Mask::frame`] names.
    pub mask: Option<Arc<Mask>>,
    /// Light on the face; `None` without a face.
    pub light: Option<Light>,
    /// What its skin shows.
    pub skin: Option<Skin>,
    /// What covers it.
    pub cover: Option<Cover>,
    /// Movement since the previous frame, in face widths per second; `None` without one, as in a
    /// still.
    pub motion: Option<f32>,
    /// Background of the portrait's region, measured when the mask was made.
    pub background: Option<Background>,
    /// The clothes' edge, measured when the mask was made.
    pub clothes: Option<Clothes>,
    /// The rim along the person's outline; only of stills, since no camera draws one.
    pub rim: Option<Rim>,
    /// The turn that would bring the picture upright; only [`Analyser::analyse_file`] looks for
    /// one.
    pub turn: Turn,
    /// Number of the continuous face track: another number may be another person. With no face in
    /// sight it is the number of the last one; 0 before the first.
    pub track: u32,
}

impl Analysis {
    /// Returns a frame in which nothing is seen.
    #[cfg(test)]
    pub fn empty(frame: Arc<Frame>) -> Self {
        Self {
            faces: vec![],
            faces_frame: frame.number,
            frame,
            face: None,
            mask: None,
            light: None,
            skin: None,
            cover: None,
            motion: None,
            background: None,
            clothes: None,
            rim: None,
            turn: Turn::None,
            track: 0,
        }
    }

    /// Returns whether the followed face was seen twice in a row and moves no faster than anybody
    /// sits.
    pub fn is_seated(&self) -> bool {
        self.motion.is_some_and(|speed| speed <= track::FASTEST)
    }

    /// Returns whether the mask was made from this very frame: only then may mask, crown and
    /// background be judged.
    pub fn mask_is_own(&self) -> bool {
        self.mask
            .as_ref()
            .is_some_and(|m| m.frame == self.frame.number)
    }

    /// Returns whether the search for faces looked at this very frame.
    pub fn faces_are_own(&self) -> bool {
        self.faces_frame == self.frame.number
    }

    /// Returns the area of the largest other face over the area of the followed one (without one:
    /// of the largest); 0 if alone.
    pub fn second_face(&self) -> f32 {
        let (own, other) = self.own_and_other();
        let area = |rect: Option<Rect>| rect.map_or(0.0, |rect| rect.area());
        area(other) / area(own).max(1.0)
    }

    /// Returns the largest face that is not the followed one.
    pub fn stranger(&self) -> Option<Rect> {
        self.own_and_other().1
    }

    fn own_and_other(&self) -> (Option<Rect>, Option<Rect>) {
        let mut rects: Vec<Rect> = self.faces.iter().map(|face| face.rect).collect();
        rects.sort_by(|a, b| b.area().total_cmp(&a.area()));
        let Some(followed) = self.face.as_ref().map(Face::rect) else {
            return (rects.first().copied(), rects.get(1).copied());
        };
        // A search at another scale may find a part of the same face again, whose middle then lies
        // in that face.
        let is_own = |rect: &&Rect| {
            rect.overlap(&followed) >= track::SAME_PLACE || followed.contains(rect.center())
        };
        let own = rects.iter().find(is_own).copied().unwrap_or(followed);
        (Some(own), rects.iter().find(|rect| !is_own(rect)).copied())
    }
}

/// A face as the search found it, roughly from the brows to the chin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceBox {
    pub rect: Rect,
    /// 0.5..=1.
    pub score: f32,
}

/// Prints only counts and frame numbers, since an analysis holds a person.
impl fmt::Debug for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (frame, faces, track) = (&self.frame, self.faces.len(), self.track);
        write!(f, "Analysis of {frame:?} ({faces} faces, track {track})")
    }
}
