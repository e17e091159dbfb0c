//! One immutable picture of the camera, and the bytes it came in.

use std::{fmt, sync::Arc};

use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::{geometry::Size, time::Mono};

/// One picture: decoded, turned once as the camera is mounted, never mirrored.
#[derive(Clone)]
pub struct Frame {
    /// Counts up from 1 for each opening of the camera.
    pub number: u64,
    pub at: Mono,
    /// 8-bit sRGB, after the mount turn.
    pub rgb: RgbImage,
    pub origin: Origin,
    pub turn: Turn,
}

impl Frame {
    pub fn size(&self) -> Size {
        Size::new(self.rgb.width(), self.rgb.height())
    }
}

/// A frame may hold a person: only its numbers are printed.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Frame {} ({}x{})",
            self.number,
            self.rgb.width(),
            self.rgb.height()
        )
    }
}

/// The picture as the camera sent it, before any turn.
#[derive(Clone)]
pub enum Origin {
    /// The camera's own JPEG, cut at EOI.
    Jpeg(Arc<[u8]>),
    /// Uncompressed 4:2:2, two bytes a pixel, rows without padding.
    Yuyv { bytes: Arc<[u8]>, size: Size },
    /// Made by a program (the synthetic sitter, a still that is no JPEG): only the pixels exist.
    Pixels,
}

/// How the camera is mounted: clockwise quarter turns that bring its picture upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    #[default]
    #[serde(rename = "0")]
    None,
    #[serde(rename = "90")]
    Quarter,
    #[serde(rename = "180")]
    Half,
    #[serde(rename = "270")]
    ThreeQuarters,
}

impl Turn {
    #[must_use]
    pub fn upright(self, picture: RgbImage) -> RgbImage {
        match self {
            Self::None => picture,
            Self::Quarter => image::imageops::rotate90(&picture),
            Self::Half => image::imageops::rotate180(&picture),
            Self::ThreeQuarters => image::imageops::rotate270(&picture),
        }
    }
}
