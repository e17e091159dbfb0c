//! Turns frames into analyses, one after the other.

use std::sync::Arc;

use image::RgbImage;

use crate::{
    frame::{Frame, Origin, Turn},
    geometry::{Rect, Size},
    layout,
};

use super::{
    Analysis, BYSTANDER_SHARE, Background, Clothes, Crown, Face, FaceBox, Mask, Model, ModelError,
    Models, Want,
    background::{background, portrait_region},
    clothes::clothes,
    cover::cover,
    crown::crown,
    detector::{Detection, Detector, following_tiles, framing_tiles},
    iris::Irises,
    light::light,
    mask::Segmenter,
    mesh::{Mesh, Mesher, patch_of},
    rim::rim,
    sampling::{Patch, Pyramid},
    skin::skin,
    track::{SAME_PLACE, Track},
};

/// While guiding, faces are searched for and the mask is made in one frame of this many.
const PERIOD: u32 = 3;
/// After this many searches that did not find it a followed face is given up, whatever the mesh
/// reports.
const MISSES: u32 = 2;

/// A head that leans farther, in degrees, lies on its side.
const LYING_DEG: f32 = 45.0;

/// Analyses frames. Keeps between them only what following a face needs.
pub struct Analyser {
    detector: Detector,
    mesher: Mesher,
    irises: Irises,
    segmenter: Segmenter,
    seen: Seen,
    track: Track,
}

/// What was seen earlier and still holds.
#[derive(Default)]
struct Seen {
    faces: Vec<Detection>,
    faces_frame: u64,
    faces_age: u32,
    /// Where the followed face is expected, and how many searches in a row did not find it there.
    patch: Option<Patch>,
    misses: u32,
    mask: Option<Arc<Mask>>,
    mask_age: u32,
    background: Option<Background>,
    clothes: Option<Clothes>,
    hair: Hair,
}

/// The last measured crown, relative to the face, for frames without a mask of their own.
#[derive(Clone, Copy, Default)]
enum Hair {
    /// Crown above the eye line, in face widths.
    Above(f32),
    CutOff,
    #[default]
    Unknown,
}

impl Analyser {
    /// Checks the model files against their pinned hashes and prepares the networks (about 0.2 s).
    pub fn new(models: &Models) -> Result<Self, ModelError> {
        for model in Model::ALL {
            model.verify(models.get(model))?;
        }
        Self::unchecked(models)
    }

    /// Skips the hashes: the files may be anything.
    pub(super) fn unchecked(models: &Models) -> Result<Self, ModelError> {
        Ok(Self {
            detector: Detector::new(&models.face_detection)?,
            mesher: Mesher::new(&models.face_landmark)?,
            irises: Irises::new(&models.iris_landmark)?,
            segmenter: Segmenter::new(&models.selfie)?,
            seen: Seen::default(),
            track: Track::default(),
        })
    }

    /// Analyses the next frame of a stream.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the analysis owns its frame: callers hand theirs over"
    )]
    pub fn analyse(&mut self, frame: Arc<Frame>, want: Want) -> Analysis {
        let mut pyramid = Pyramid::new(&frame.rgb);
        if frame.number < self.seen.faces_frame {
            // The camera was reopened and counts from 1: nothing of the old pictures may pass for
            // this one's.
            self.seen = Seen::default();
        }
        self.seen.faces_age += 1;
        self.seen.mask_age += 1;
        let search =
            want == Want::Judge || self.seen.patch.is_none() || self.seen.faces_age >= PERIOD;
        let bounds = pyramid.bounds();
        let tiles = match (want, &self.seen.patch, self.track.place()) {
            (Want::Guide, Some(_), Some(place)) => following_tiles(&bounds, &place),
            _ => framing_tiles(&bounds),
        };
        if search {
            self.search(&mut pyramid, &frame, &tiles);
        }
        let mut mesh = self.mesh(&mut pyramid);
        if mesh.is_none() && !search {
            self.search(&mut pyramid, &frame, &framing_tiles(&bounds));
            mesh = self.mesh(&mut pyramid);
        }
        let face = self.face(&mut pyramid, mesh);
        self.finish(frame.clone(), &mut pyramid, face, want)
    }

    /// Analyses a single picture: all of it, at several scales, with nothing known before or kept
    /// after.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the analysis owns its frame: callers hand theirs over"
    )]
    pub fn analyse_still(&mut self, frame: Arc<Frame>) -> Analysis {
        self.reset();
        let mut pyramid = Pyramid::new(&frame.rgb);
        self.seen.faces = self
            .detector
            .detect_all(&mut pyramid, BYSTANDER_SHARE.sqrt());
        self.seen.faces_frame = frame.number;
        let mesh = self.prove(&mut pyramid);
        let face = self.face(&mut pyramid, mesh);
        let mut analysis = self.finish(frame.clone(), &mut pyramid, face, Want::Judge);
        if let (Some(face), Some(mask)) = (&analysis.face, &analysis.mask) {
            let region = portrait_region(&pyramid.bounds(), face);
            analysis.rim = rim(&mut pyramid, mask, &region);
        }
        self.reset();
        analysis
    }

    /// Analyses a picture from outside, as [`Self::analyse_still`] does, and finds out whether it
    /// is upside down or on its side. In an upside-down picture anything that looked like a face is
    /// dropped.
    pub fn analyse_file(&mut self, frame: &Arc<Frame>) -> Analysis {
        let mut analysis = self.analyse_still(Arc::clone(frame));
        analysis.turn = self.turn_upright(frame, analysis.face.as_ref());
        if analysis.turn == Turn::Half {
            analysis.face = None;
            analysis.light = None;
            analysis.skin = None;
            analysis.cover = None;
        }
        analysis
    }

    /// Returns the turn after which the network is surest of an upright face.
    fn turn_upright(&mut self, frame: &Frame, face: Option<&Face>) -> Turn {
        /// The highest doubt about an upright face with which no turn is tried. Of 162 people 3 in
        /// masks, or with half of the face outside, left more doubt; what passed for a face in the
        /// same pictures upside down left more every time.
        const LEAST_DOUBT: f32 = 1e-5;
        let sure = |face: Option<&Face>| {
            let upright = face.filter(|face| face.pose.roll_deg.abs() <= LYING_DEG);
            upright.map_or(0.0, |face| face.mesh.presence)
        };
        let mut best = (sure(face), Turn::None);
        if best.0 >= 1.0 - LEAST_DOUBT {
            return Turn::None;
        }
        for turn in [Turn::Half, Turn::Quarter, Turn::ThreeQuarters] {
            let turned = Frame {
                rgb: turn.upright(frame.rgb.clone()),
                origin: Origin::Pixels,
                ..frame.clone()
            };
            let seen = sure(self.analyse_still(Arc::new(turned)).face.as_ref());
            if seen > best.0 {
                best = (seen, turn);
            }
        }
        best.1
    }

    /// Returns the mask of the person in a single picture, and nothing else about it.
    pub fn mask(&mut self, picture: &RgbImage) -> Option<Mask> {
        self.segmenter.mask(&mut Pyramid::new(picture), 0)
    }

    /// Forgets everything seen: the next face is a new one.
    pub fn reset(&mut self) {
        self.seen = Seen::default();
        self.track.forget();
    }

    fn search(&mut self, pyramid: &mut Pyramid, frame: &Frame, tiles: &[Rect]) {
        let mut faces = self.detector.detect(pyramid, tiles);
        if faces.len() > 1 {
            // A pattern may pass for a face once, but not twice: the mesh has to find one there
            // too.
            faces.retain(|found| self.mesher.mesh(pyramid, &patch_of(found)).is_some());
        }
        let seen = &mut self.seen;
        seen.faces = faces;
        seen.faces_frame = frame.number;
        seen.faces_age = 0;
        let followed = self
            .track
            .place()
            .and_then(|place| nearest(&seen.faces, &place))
            .filter(|found| self.track.could_be(&found.rect, frame.at));
        let lags = |place: Rect| followed.is_some_and(|f| f.rect.overlap(&place) < SAME_PLACE);
        if self.track.place().is_some_and(lags) {
            // It moved while nobody looked, and the mesh would search where it was.
            seen.patch = followed.map(|found| patch_of(&found));
        }
        seen.misses = match followed {
            Some(_) => 0,
            None => seen.misses + 1,
        };
        if seen.misses >= MISSES {
            seen.patch = None;
        }
        if seen.patch.is_none() {
            seen.patch = followed
                .or_else(|| largest(&seen.faces))
                .map(|d| patch_of(&d));
        }
    }

    /// Keeps those of the found faces in which the mesh finds one too; returns the mesh of the
    /// largest.
    fn prove(&mut self, pyramid: &mut Pyramid) -> Option<Mesh> {
        let mut best: Option<(f32, Mesh)> = None;
        let mut proved = Vec::new();
        for found in std::mem::take(&mut self.seen.faces) {
            // A first mesh locates the face better than the search; the second is the one that
            // counts.
            let first = self.mesher.mesh(pyramid, &patch_of(&found));
            let Some(mesh) = first.and_then(|m| self.mesher.mesh(pyramid, &m.patch())) else {
                continue;
            };
            proved.push(found);
            let area = found.rect.area();
            if best.as_ref().is_none_or(|(largest, _)| area > *largest) {
                best = Some((area, mesh));
            }
        }
        self.seen.faces = proved;
        best.map(|(_, mesh)| mesh)
    }

    /// Returns the mesh where the face is expected; if it is not there, nothing is expected any
    /// more.
    fn mesh(&mut self, pyramid: &mut Pyramid) -> Option<Mesh> {
        let mesh = self
            .seen
            .patch
            .and_then(|patch| self.mesher.mesh(pyramid, &patch));
        self.seen.patch = mesh.as_ref().map(Mesh::patch);
        mesh
    }

    fn face(&mut self, pyramid: &mut Pyramid, mesh: Option<Mesh>) -> Option<Face> {
        let mesh = mesh?;
        let (right, left) = self.irises.eyes(pyramid, &mesh)?;
        Some(Face::new(mesh, right, left))
    }

    fn finish(
        &mut self,
        frame: Arc<Frame>,
        pyramid: &mut Pyramid,
        mut face: Option<Face>,
        want: Want,
    ) -> Analysis {
        let mut motion = None;
        if let Some(face) = &face {
            let before = self.track.id();
            if self.track.seen(face.rect(), frame.at) != before {
                self.seen.hair = Hair::Unknown;
            }
            motion = self.track.speed();
        }
        if want == Want::Judge || self.seen.mask.is_none() || self.seen.mask_age >= PERIOD {
            self.look_behind(pyramid, frame.number, face.as_ref());
        }
        if let Some(face) = &mut face {
            face.crown = self.seen.hair.crown(face);
        }
        let light = face.as_ref().map(|face| light(pyramid, face));
        let skin = face.as_ref().map(|face| skin(pyramid, face));
        let cover = face
            .as_ref()
            .zip(skin.as_ref())
            .map(|(face, skin)| cover(pyramid, face, skin.color));
        Analysis {
            faces: self
                .seen
                .faces
                .iter()
                .map(|d| FaceBox {
                    rect: d.rect,
                    score: d.score,
                })
                .collect(),
            faces_frame: self.seen.faces_frame,
            mask: self.seen.mask.clone(),
            background: self.seen.background,
            clothes: self.seen.clothes.clone(),
            rim: None,
            turn: Turn::None,
            skin,
            cover,
            motion,
            track: self.track.id(),
            frame,
            face,
            light,
        }
    }

    /// Makes a new mask and everything derived from it.
    fn look_behind(&mut self, pyramid: &mut Pyramid, frame: u64, face: Option<&Face>) {
        let seen = &mut self.seen;
        seen.mask = self.segmenter.mask(pyramid, frame).map(Arc::new);
        seen.mask_age = 0;
        let Some(mask) = seen.mask.as_deref() else {
            return;
        };
        seen.hair = match face {
            Some(face) => Hair::measured(pyramid, mask, face),
            None => Hair::Unknown,
        };
        let bounds = pyramid.bounds();
        // Before anybody sits there, the wall is measured where the portrait will be.
        let region = face.map_or_else(
            || layout::target(frame_size(&bounds)).window_in_frame(),
            |face| portrait_region(&bounds, face),
        );
        seen.background = background(pyramid, mask, &region);
        seen.clothes =
            face.and_then(|face| clothes(pyramid, mask, face.chin, face.width(), &region));
    }
}

impl Hair {
    fn measured(pyramid: &mut Pyramid, mask: &Mask, face: &Face) -> Self {
        let eyes = face.eyes_midpoint();
        match crown(pyramid, mask, eyes, face.width()) {
            Crown::Seen { y } => Self::Above((eyes.y - y) / face.width().max(1.0)),
            Crown::CutOff => Self::CutOff,
            Crown::Unknown => Self::Unknown,
        }
    }

    fn crown(self, face: &Face) -> Crown {
        match self {
            Self::Above(widths) => {
                let y = face.eyes_midpoint().y - widths * face.width();
                if y > 0.0 {
                    Crown::Seen { y }
                } else {
                    Crown::CutOff
                }
            }
            Self::CutOff => Crown::CutOff,
            Self::Unknown => Crown::Unknown,
        }
    }
}

fn frame_size(bounds: &Rect) -> Size {
    Size::new(bounds.width() as u32, bounds.height() as u32)
}

/// Returns the face found nearest to where one was: the one that overlaps most with that place,
/// else the closest.
fn nearest(faces: &[Detection], place: &Rect) -> Option<Detection> {
    let far = |d: &Detection| d.rect.center().distance(place.center()) / place.width().max(1.0);
    let rank = |d: &Detection| d.rect.overlap(place) - far(d);
    faces
        .iter()
        .max_by(|a, b| rank(a).total_cmp(&rank(b)))
        .copied()
}

fn largest(faces: &[Detection]) -> Option<Detection> {
    faces
        .iter()
        .max_by(|a, b| a.rect.area().total_cmp(&b.rect.area()))
        .copied()
}
