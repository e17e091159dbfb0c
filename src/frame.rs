//! One immutable picture of the camera, and the bytes it came in.

use std::{borrow::Cow, fmt, sync::Arc};

use image::{GrayImage, ImageBuffer, Pixel, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use serde::{Deserialize, Serialize};

use crate::{geometry::Size, time::Mono};

/// The camera of a picture, as a capture's manifest names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Camera {
    /// Its own name, or that of the source played in its place.
    pub name: String,
    /// Four hexadecimal digits, as lsusb prints them; empty for other than USB cameras.
    pub vendor: String,
    pub product: String,
    pub serial: Option<String>,
    /// The packing, size and rate agreed with it, "MJPEG 1920x1080, 30 a second".
    pub mode: Option<String>,
}

impl Camera {
    /// Names a source that is not a camera.
    pub fn played(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Returns whether this is no camera but a source played in its place.
    pub fn is_played(&self) -> bool {
        self.vendor.is_empty() && self.mode.is_none()
    }
}

/// A picture that existed before its visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imported {
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The operator who chose it, and vouches that it shows the person who confirmed it.
    pub operator: u32,
}

/// Manifests of the first booths hold one word.
impl<'de> Deserialize<'de> for Camera {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Whole {
            name: String,
            vendor: String,
            product: String,
            serial: Option<String>,
            mode: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Said {
            Word(String),
            Whole(Whole),
        }
        Ok(match Said::deserialize(from)? {
            Said::Word(name) => Self::played(&name),
            Said::Whole(Whole {
                name,
                vendor,
                product,
                serial,
                mode,
            }) => Self {
                name,
                vendor,
                product,
                serial,
                mode,
            },
        })
    }
}

/// One picture: decoded, turned upright once, never mirrored.
#[derive(Clone)]
pub struct Frame {
    /// Increases from 1 for each opening of the camera.
    pub number: u64,
    pub at: Mono,
    /// 8-bit sRGB, after the mount turn.
    pub rgb: RgbImage,
    pub origin: Origin,
    pub turn: Turn,
    pub camera: Arc<Camera>,
}

impl Frame {
    pub fn size(&self) -> Size {
        Size::new(self.rgb.width(), self.rgb.height())
    }

    /// Returns the brightness of each pixel as the camera sent it, upright; `None` where it sends
    /// colours, or packs both together.
    pub fn own_luma(&self) -> Option<GrayImage> {
        match &self.origin {
            Origin::Yuyv { bytes, size } => Some(self.turn.upright(luma_from_yuyv(bytes, *size)?)),
            Origin::Jpeg(_) | Origin::Pixels | Origin::Imported(_) => None,
        }
    }

    /// Returns the picture as the camera sent it, as one JPEG, never turned: the camera's own bytes
    /// where it sends JPEG, else encoded once (4:2:2, quality 95). `None` only for pixels that
    /// cannot be encoded (a side of 0 or over 65,535).
    pub fn original(&self) -> Option<Original<'_>> {
        let encoded = match &self.origin {
            Origin::Jpeg(bytes) => {
                return Some(Original {
                    jpeg: Cow::Borrowed(bytes),
                    encoded_here: false,
                });
            }
            Origin::Yuyv { bytes, size } => encode(&rgb_from_yuyv(bytes, *size)?),
            Origin::Pixels | Origin::Imported(_) => match self.turn {
                Turn::None => encode(&self.rgb),
                turn @ (Turn::Quarter | Turn::Half | Turn::ThreeQuarters) => {
                    encode(&turn.undone().upright(self.rgb.clone()))
                }
            },
        };
        Some(Original {
            jpeg: Cow::Owned(encoded?),
            encoded_here: true,
        })
    }
}

/// Returns its brightness alone, as the camera measured it (limited range); `None` if there are too
/// few bytes for `size`.
fn luma_from_yuyv(bytes: &[u8], size: Size) -> Option<GrayImage> {
    let pixels = size.width as usize * size.height as usize;
    let (pairs, _) = bytes.get(..pixels.checked_mul(2)?)?.as_chunks::<2>();
    let luma = pairs.iter().map(|[luma, _]| *luma).collect();
    GrayImage::from_raw(size.width, size.height, luma)
}

/// The content of `original.jpg`. Shows a person, so it prints only its length.
#[derive(Clone)]
pub struct Original<'a> {
    pub jpeg: Cow<'a, [u8]>,
    /// The camera sent no JPEG: this program encoded its pixels, and the manifest says so.
    pub encoded_here: bool,
}

impl fmt::Debug for Original<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Original ({} bytes)", self.jpeg.len())
    }
}

fn encode(picture: &RgbImage) -> Option<Vec<u8>> {
    const QUALITY: u8 = 95;
    let (width, height) = (
        u16::try_from(picture.width()).ok()?,
        u16::try_from(picture.height()).ok()?,
    );
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_2);
    encoder
        .encode(picture.as_raw(), width, height, ColorType::Rgb)
        .ok()?;
    Some(bytes)
}

/// Converts uncompressed 4:2:2 of a USB camera (BT.601, limited range) to RGB; `None` if there are
/// too few bytes for `size` or its width is odd.
pub fn rgb_from_yuyv(bytes: &[u8], size: Size) -> Option<RgbImage> {
    let (width, height) = (size.width, size.height);
    let stride = width.checked_mul(2)?;
    let yuy = bytes.get(..stride as usize * height as usize)?;
    if !width.is_multiple_of(2) {
        return None;
    }
    let mut rgb = RgbImage::new(width, height);
    let packed = yuv::YuvPackedImage {
        yuy,
        yuy_stride: stride,
        width,
        height,
    };
    let (range, matrix) = (yuv::YuvRange::Limited, yuv::YuvStandardMatrix::Bt601);
    yuv::yuyv422_to_rgb(&packed, &mut rgb, width * 3, range, matrix).ok()?;
    Some(rgb)
}

/// Prints only numbers, as a frame may show a person.
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
    Jpeg(Arc<Vec<u8>>),
    /// Uncompressed 4:2:2, two bytes per pixel, rows without padding.
    Yuyv { bytes: Arc<Vec<u8>>, size: Size },
    /// Made by a program (the synthetic sitter, a still other than JPEG): only the pixels exist.
    Pixels,
    /// The pixels of a file that staff imported, upright and in sRGB.
    Imported(Imported),
}

/// A picture with some kind of pixel.
type Buffer<P> = ImageBuffer<P, Vec<<P as Pixel>::Subpixel>>;

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
    pub fn upright<P: Pixel + 'static>(self, picture: Buffer<P>) -> Buffer<P> {
        match self {
            Self::None => picture,
            Self::Quarter => image::imageops::rotate90(&picture),
            Self::Half => image::imageops::rotate180(&picture),
            Self::ThreeQuarters => image::imageops::rotate270(&picture),
        }
    }

    const fn undone(self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Quarter => Self::ThreeQuarters,
            Self::Half => Self::Half,
            Self::ThreeQuarters => Self::Quarter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(rgb: RgbImage, origin: Origin, turn: Turn) -> Frame {
        Frame {
            number: 1,
            at: Mono::default(),
            rgb,
            origin,
            turn,
            camera: Arc::default(),
        }
    }

    #[test]
    fn the_cameras_own_jpeg_is_kept_to_the_byte() {
        let bytes: Arc<Vec<u8>> = vec![0xff, 0xd8, 1, 2, 0xff, 0xd9].into();
        let frame = frame(
            RgbImage::new(4, 4),
            Origin::Jpeg(Arc::clone(&bytes)),
            Turn::Half,
        );
        let original = frame.original().unwrap();
        assert_eq!(*original.jpeg, *bytes);
        assert!(!original.encoded_here);
    }

    #[test]
    fn an_original_made_of_pixels_is_not_turned() {
        let mut rgb = RgbImage::new(32, 16);
        for y in 0..16 {
            for x in 0..16 {
                rgb.put_pixel(x, y, image::Rgb([255; 3]));
            }
        }
        let upright = Turn::Quarter.upright(rgb);
        let frame = frame(upright, Origin::Pixels, Turn::Quarter);
        let original = frame.original().unwrap();
        let seen = image::load_from_memory(&original.jpeg).unwrap().to_rgb8();
        assert_eq!(seen.dimensions(), (32, 16));
        assert!(seen.get_pixel(4, 8).0[0] > 250 && seen.get_pixel(28, 8).0[0] < 5);
        assert!(original.encoded_here);
    }

    #[test]
    fn yuyv_becomes_its_colours_and_one_jpeg() {
        // Red by BT.601: Y 81, U 90, V 240.
        let bytes: Arc<Vec<u8>> = [81, 90, 81, 240].repeat(16 * 16 / 2).into();
        let size = Size::new(16, 16);
        let rgb = rgb_from_yuyv(&bytes, size).unwrap();
        let [r, g, b] = rgb.get_pixel(5, 5).0;
        assert!(r > 250 && g < 5 && b < 5, "{r} {g} {b}");
        let frame = frame(rgb, Origin::Yuyv { bytes, size }, Turn::None);
        assert!(frame.original().unwrap().encoded_here);
    }

    #[test]
    fn the_cameras_own_brightness_is_upright_and_needs_no_colours() {
        let bytes: Vec<u8> = (0..16 * 8).flat_map(|n| [n as u8, 128]).collect();
        let size = Size::new(16, 8);
        let rgb = rgb_from_yuyv(&bytes, size).unwrap();
        let origin = Origin::Yuyv {
            bytes: bytes.into(),
            size,
        };
        let flat = frame(rgb.clone(), origin.clone(), Turn::None);
        assert_eq!(
            flat.own_luma().unwrap().into_raw(),
            (0..128).collect::<Vec<u8>>()
        );
        let turned = frame(Turn::Quarter.upright(rgb), origin, Turn::Quarter);
        let luma = turned.own_luma().unwrap();
        assert_eq!(luma.dimensions(), (8, 16));
        assert_eq!(luma.get_pixel(7, 0).0, [0], "top left goes to the right");
        let pixels = frame(RgbImage::new(16, 8), Origin::Pixels, Turn::None);
        assert!(pixels.own_luma().is_none());
    }

    #[test]
    fn too_few_yuyv_bytes_are_no_picture() {
        assert!(rgb_from_yuyv(&[0; 511], Size::new(16, 16)).is_none());
        assert!(rgb_from_yuyv(&[], Size::new(u32::MAX, u32::MAX)).is_none());
    }

    #[test]
    fn a_manifest_names_the_camera_and_the_first_ones_said_one_word() {
        let camera = Camera {
            name: "Sample Cam".to_owned(),
            vendor: "046d".to_owned(),
            product: "0825".to_owned(),
            serial: Some("A1".to_owned()),
            mode: Some("MJPEG 1920x1080, 30 a second".to_owned()),
        };
        let written = serde_json::to_string(&camera).unwrap();
        assert_eq!(serde_json::from_str::<Camera>(&written).unwrap(), camera);
        let word: Camera = serde_json::from_str("\"usb\"").unwrap();
        assert_eq!(word, Camera::played("usb"));
        let more = written.replace("\"name\"", "\"owner\":\"x\",\"name\"");
        assert!(serde_json::from_str::<Camera>(&more).is_err());
    }
}
