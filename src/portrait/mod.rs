//! From a judged frame to the final file: one crop, one resampling, a new backdrop where the batch
//! wants one, JPEG, and then all checks again on the decoded bytes.
//!
//! No beautifying code exists here. Where the person is (alpha = 1), the portrait before encoding
//! is the camera's picture through [`cut`] and nothing else.

mod backdrop;
mod before;
mod behind;
mod doubt;
pub mod jpeg;
mod matte;
mod plate;
mod push_pull;
#[cfg(test)]
mod tests;
mod trimap;
mod wall;

use std::{fmt, sync::Arc};

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::{GrayImage, RgbImage};

use crate::{
    analysis::{Analyser, Analysis, Face},
    capture::{BackgroundUse, Original, SourceFormat},
    checks::{self, Check, FileFacts, head_of},
    frame::{Frame, Origin, Turn},
    geometry::Point,
    layout::{Crop, Head, Placed},
    profile::{OUTPUT_HEIGHT, OUTPUT_WIDTH, Profile, Replacement},
};

pub use jpeg::encode;
pub use plate::{NotEmpty, Plate};

use matte::Matte;

/// A finished portrait. Holds a person: prints only its numbers.
pub struct Standardised {
    /// The final bytes, as shown at Review and sealed.
    pub jpeg: Vec<u8>,
    pub original: Original,
    pub crop: Crop,
    /// The head's place, measured on the final bytes; as planned by the crop if that failed.
    pub placed: Placed,
    pub background: BackgroundUse,
    pub checks: Vec<Check>,
    /// How much of each pixel is the person, 480x640, 0..=255.
    pub alpha: GrayImage,
}

impl Standardised {
    pub fn passes(&self) -> bool {
        self.refusing().next().is_none()
    }

    /// Returns the checks that keep it from being accepted.
    pub fn refusing(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.refuses())
    }
}

impl fmt::Debug for Standardised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: Vec<_> = self.checks.iter().filter(|check| check.refuses()).collect();
        write!(
            f,
            "Standardised ({} bytes, failed {failed:?})",
            self.jpeg.len()
        )
    }
}

/// Why a frame could not be made into a portrait at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("no face was found: use a picture of one person who looks into the camera")]
    NoFace,
    #[error("the picture is smaller than the portrait: nothing is ever enlarged")]
    TooSmall,
    #[error(
        "the picture of the empty booth differs in size from the camera's pictures: take it again"
    )]
    PlateSize,
    #[error("the portrait could not be encoded")]
    Encoding,
}

/// Whether the backdrop may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackgroundMode {
    /// As the profile says.
    Profile,
    Keep,
}

/// Crops, flattens, encodes and judges one frame. `analysis` is the frame's own, `crop` the one it
/// was judged with; `plate` is the same camera's picture of the empty booth, if there is one.
/// `analyser` looks at the decoded final bytes.
pub fn standardise(
    analysis: &Analysis,
    crop: Crop,
    profile: &Profile,
    analyser: &mut Analyser,
    background: BackgroundMode,
    plate: Option<&Plate>,
) -> Result<Standardised, Unfit> {
    if plate.is_some_and(|plate| plate.size() != analysis.frame.size()) {
        return Err(Unfit::PlateSize);
    }
    let face = analysis.face.as_ref().ok_or(Unfit::NoFace)?;
    let head = head_of(face).ok_or(Unfit::NoFace)?;
    let cut = cut(&analysis.frame.rgb, crop)?;
    let matte = matte_of(&cut, crop, face, plate, analyser);
    let needed = background == BackgroundMode::Profile
        && profile.background.replacement == Replacement::IfNeeded
        && !backdrop::is_right(analysis.background.as_ref(), profile);
    let (picture, used) = match (&matte, needed) {
        (_, false) => (cut, BackgroundUse::Kept),
        (Some(matte), true) if matte.doubt.is_little() => (
            backdrop::replace(cut, matte, backdrop::wanted(&profile.background)),
            BackgroundUse::Replaced,
        ),
        (_, true) => (cut, BackgroundUse::KeptUncertain),
    };
    let jpeg = jpeg::encode(&picture, &profile.file).ok_or(Unfit::Encoding)?;
    let decoded = Decoded::of(&jpeg, analyser).ok_or(Unfit::Encoding)?;
    Ok(Standardised {
        original: original(&analysis.frame).ok_or(Unfit::Encoding)?,
        crop,
        placed: decoded.placed().unwrap_or_else(|| crop.place(&head)),
        background: used,
        checks: checks::of_picture(&decoded.analysis, &decoded.facts, profile),
        alpha: matte.map_or_else(
            || GrayImage::new(OUTPUT_WIDTH, OUTPUT_HEIGHT),
            |matte| matte.alpha_image(),
        ),
        jpeg,
    })
}

/// Does the same as [`standardise`] for a face that no model finds: `head` is where staff marked
/// it, in px of the frame. The backdrop stays as it is. If the models find a face in the cropped
/// picture after all, they judge it; else [`checks::of_marked_picture`] does what is left.
pub fn standardise_marked(
    frame: &Frame,
    head: &Head,
    crop: Crop,
    profile: &Profile,
    analyser: &mut Analyser,
) -> Result<Standardised, Unfit> {
    let picture = cut(&frame.rgb, crop)?;
    let jpeg = jpeg::encode(&picture, &profile.file).ok_or(Unfit::Encoding)?;
    let decoded = Decoded::of(&jpeg, analyser).ok_or(Unfit::Encoding)?;
    let marked = crop.place(head);
    let (placed, checks) = match decoded.placed() {
        Some(measured) => (
            measured,
            checks::of_picture(&decoded.analysis, &decoded.facts, profile),
        ),
        None => (
            marked,
            checks::of_marked_picture(&decoded.analysis, &decoded.facts, &marked, profile),
        ),
    };
    Ok(Standardised {
        original: original(frame).ok_or(Unfit::Encoding)?,
        crop,
        placed,
        background: BackgroundUse::Kept,
        checks,
        alpha: GrayImage::new(OUTPUT_WIDTH, OUTPUT_HEIGHT),
        jpeg,
    })
}

/// Returns a cropped picture with `wanted` (8-bit sRGB) behind the person, however uncertain the
/// matte is: for measuring mattes.
/// Returns `None` if there is no person in it.
pub fn backdrop_replaced(
    cut: RgbImage,
    crop: Crop,
    face: &Face,
    plate: Option<&Plate>,
    wanted: [u8; 3],
    analyser: &mut Analyser,
) -> Option<RgbImage> {
    let matte = matte_of(&cut, crop, face, plate, analyser)?;
    let wanted = wanted.map(|c| f32::from(c) / 255.0);
    Some(backdrop::replace(cut, &matte, wanted))
}

/// Computes the matte from a mask of the cropped picture itself, where a cell of the mask is
/// smaller than in the whole frame.
fn matte_of(
    cut: &RgbImage,
    crop: Crop,
    face: &Face,
    plate: Option<&Plate>,
    analyser: &mut Analyser,
) -> Option<Matte> {
    let mask = analyser.mask(cut)?;
    let landmarks: Vec<Point> = face
        .mesh
        .points()
        .iter()
        .map(|point| crop.output_from_frame(point.flat()))
        .collect();
    matte::matte(cut, &mask, &landmarks, |color, sure| {
        plate?.behind(crop, color, sure)
    })
}

/// Returns one crop and one Lanczos3 resampling of the camera's own pixels, 480x640. Never
/// enlarged, turned or mirrored.
pub fn cut(frame: &RgbImage, crop: Crop) -> Result<RgbImage, Unfit> {
    if crop.scale > 1.0 {
        return Err(Unfit::TooSmall);
    }
    let window = crop.window_in_frame();
    let left = f64::from(window.min.x.max(0.0));
    let top = f64::from(window.min.y.max(0.0));
    let width = f64::from(window.width()).min(f64::from(frame.width()) - left);
    let height = f64::from(window.height()).min(f64::from(frame.height()) - top);
    let source = ImageRef::new(
        frame.width(),
        frame.height(),
        frame.as_raw(),
        PixelType::U8x3,
    )
    .map_err(|_unhelpful| Unfit::TooSmall)?;
    let mut output = Image::new(OUTPUT_WIDTH, OUTPUT_HEIGHT, PixelType::U8x3);
    let options = ResizeOptions::new()
        .crop(left, top, width, height)
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize(&source, &mut output, &options)
        .map_err(|_unhelpful| Unfit::TooSmall)?;
    RgbImage::from_raw(OUTPUT_WIDTH, OUTPUT_HEIGHT, output.into_vec()).ok_or(Unfit::TooSmall)
}

/// The final bytes as any reader decodes them.
struct Decoded {
    facts: FileFacts,
    analysis: Analysis,
}

impl Decoded {
    fn of(jpeg: &[u8], analyser: &mut Analyser) -> Option<Self> {
        let facts = FileFacts::read(jpeg)?;
        let decoded = image::load_from_memory(jpeg).ok()?.into_rgb8();
        let analysis = analyser.analyse_still(Arc::new(still(decoded)));
        Some(Self { facts, analysis })
    }

    /// Returns where the head really is.
    fn placed(&self) -> Option<Placed> {
        checks::placed_as_is(&self.analysis)
    }
}

/// Makes a frame of a single picture.
pub fn still(rgb: RgbImage) -> Frame {
    Frame {
        number: 1,
        at: crate::time::Mono::default(),
        rgb,
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    }
}

/// Returns the camera's picture as it came, to accompany the portrait.
fn original(frame: &Frame) -> Option<Original> {
    Some(Original {
        jpeg: frame.original()?.jpeg.into_owned(),
        source: match &frame.origin {
            Origin::Jpeg(_) if frame.camera.is_played() => SourceFormat::PlayedJpeg,
            Origin::Jpeg(_) => SourceFormat::CameraJpeg,
            Origin::Yuyv { .. } => SourceFormat::EncodedFromYuyv,
            Origin::Pixels => SourceFormat::EncodedFromPixels,
            Origin::Imported(_) => SourceFormat::EncodedFromImport,
        },
        turn: frame.turn,
        camera: Arc::clone(&frame.camera),
        imported: match &frame.origin {
            Origin::Imported(imported) => Some(imported.clone()),
            Origin::Jpeg(_) | Origin::Yuyv { .. } | Origin::Pixels => None,
        },
    })
}
