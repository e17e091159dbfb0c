//! A picture from a file: for the folder camera, `check`, `standardise` and `scan`.
//!
//! JPEG and PNG, 8 bits, grey or colour. A colour profile is applied. An EXIF orientation is read
//! but not applied, unless [`Picture::upright`] is asked for: a standard photo has none, and a file
//! is judged as it is.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::Path,
    sync::Arc,
};

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage, RgbaImage,
    codecs::jpeg::JpegDecoder, metadata::Orientation,
};

use super::{
    colours::{self, Colours},
    decode::{self, BadPicture},
    formats::{self, Foreign},
};
use crate::geometry::Size;

/// A decoded file and its bytes.
#[derive(Clone)]
pub struct Picture {
    /// 8-bit sRGB.
    pub rgb: RgbImage,
    pub kind: Kind,
    pub colours: Colours,
    /// How the file's EXIF data says to turn it; its pixels are not turned.
    pub orientation: Orientation,
    /// The file as it is; a JPEG may have bytes after its EOI.
    pub bytes: Arc<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
}

/// Prints only numbers, as it may show a person.
impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture ({}x{})", self.rgb.width(), self.rgb.height())
    }
}

/// One sentence each, without the file's name: the caller knows it.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("the file is larger than 64 MB")]
    TooLong,
    #[error("this is neither a JPEG nor a PNG picture")]
    NoPicture,
    #[error("this is really a {}, whatever its name says: {}", .0.name, .0.remedy)]
    Foreign(Foreign),
    #[error("the picture has transparent parts: save it on a plain background, as JPEG")]
    Transparent,
    #[error(transparent)]
    Bad(#[from] BadPicture),
}

/// The largest file that is read, in bytes.
pub const LONGEST_FILE: u64 = 64 << 20;

/// Reads and decodes one file; files up to 64 MB and 64 megapixels.
pub fn open_picture(path: &Path) -> Result<Picture, PictureError> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LONGEST_FILE + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(PictureError::TooLong);
    }
    decode_picture(bytes)
}

/// Decodes the bytes of one file.
pub fn decode_picture(bytes: Vec<u8>) -> Result<Picture, PictureError> {
    let (kind, (mut rgb, meant)) = match image::guess_format(&bytes) {
        Ok(ImageFormat::Jpeg) => (Kind::Jpeg, jpeg(&bytes)?),
        Ok(ImageFormat::Png) => (Kind::Png, png(&bytes)?),
        Ok(_) | Err(_) => {
            let foreign = formats::foreign(&bytes);
            return Err(foreign.map_or(PictureError::NoPicture, PictureError::Foreign));
        }
    };
    Ok(Picture {
        colours: colours::apply(meant.profile.as_deref(), &mut rgb),
        orientation: meant.orientation,
        rgb,
        kind,
        bytes: bytes.into(),
    })
}

impl Picture {
    /// Returns the picture turned as its EXIF data says. A turned picture is no longer the file's
    /// own.
    #[must_use]
    pub fn upright(self) -> Self {
        if self.orientation == Orientation::NoTransforms {
            return self;
        }
        let mut turned = DynamicImage::ImageRgb8(self.rgb);
        turned.apply_orientation(self.orientation);
        Self {
            rgb: turned.into_rgb8(),
            kind: Kind::Png,
            colours: self.colours,
            orientation: Orientation::NoTransforms,
            bytes: Arc::default(),
        }
    }
}

/// How a file says its pixels are meant.
struct Meant {
    profile: Option<Vec<u8>>,
    orientation: Orientation,
}

impl Meant {
    fn of(decoder: &mut impl ImageDecoder) -> Self {
        Self {
            profile: decoder.icc_profile().ok().flatten(),
            orientation: decoder.orientation().unwrap_or(Orientation::NoTransforms),
        }
    }
}

fn jpeg(bytes: &[u8]) -> Result<(RgbImage, Meant), BadPicture> {
    let whole = decode::whole(bytes)?;
    let rgb = decode::jpeg(&whole)?;
    let mut decoder =
        JpegDecoder::new(Cursor::new(&*whole)).map_err(|_detail| BadPicture::Damaged)?;
    Ok((rgb, Meant::of(&mut decoder)))
}

fn png(bytes: &[u8]) -> Result<(RgbImage, Meant), PictureError> {
    const MEMORY: u64 = 512 << 20;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    reader.limits(limits);
    let mut decoder = reader
        .into_decoder()
        .map_err(|_detail| BadPicture::Damaged)?;
    let (width, height) = decoder.dimensions();
    decode::check_size(Size::new(width, height))?;
    let shallow = matches!(
        decoder.color_type(),
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8
    );
    if !shallow {
        return Err(BadPicture::Deep.into());
    }
    let meant = Meant::of(&mut decoder);
    let picture = DynamicImage::from_decoder(decoder).map_err(|_detail| BadPicture::Damaged)?;
    if picture.color().has_alpha() && is_transparent(&picture.to_rgba8()) {
        return Err(PictureError::Transparent);
    }
    Ok((picture.into_rgb8(), meant))
}

/// Returns whether something would shine through any pixel: which colour its owner saw there is
/// unknowable.
fn is_transparent(picture: &RgbaImage) -> bool {
    picture
        .pixels()
        .any(|image::Rgba([.., alpha])| *alpha < u8::MAX)
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, ImageBuffer, ImageEncoder, Luma, Rgb, Rgba, codecs::jpeg::JpegEncoder};
    use moxcms::ColorProfile;

    use super::*;

    fn as_png(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn sentence(bytes: Vec<u8>) -> String {
        decode_picture(bytes).unwrap_err().to_string()
    }

    #[test]
    fn hostile_files_each_get_one_sentence() {
        let deep = ImageBuffer::<Rgb<u16>, _>::new(32, 32);
        let wide = GrayImage::from_pixel(20_000, 16, Luma([9]));
        for (bytes, expected) in [
            (b"GIF89a not here".to_vec(), "really a GIF"),
            (b"\0\0\0\x1cftypheic\0\0\0\0".to_vec(), "really a HEIC"),
            (
                b"a letter to the school".to_vec(),
                "neither a JPEG nor a PNG",
            ),
            (Vec::new(), "neither a JPEG nor a PNG"),
            (as_png(&DynamicImage::new_rgb8(1, 1)), "larger or smaller"),
            (as_png(&DynamicImage::ImageLuma8(wide)), "larger or smaller"),
            (as_png(&DynamicImage::ImageRgb16(deep)), "8 bits"),
            (vec![0xff, 0xd8, 0xff, 0xe0], "cut off"),
            (b"\x89PNG\r\n\x1a\nrest".to_vec(), "damaged"),
        ] {
            let said = sentence(bytes);
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_grey_png_becomes_rgb() {
        let grey = DynamicImage::ImageLuma8(GrayImage::from_pixel(20, 20, Luma([77])));
        let picture = decode_picture(as_png(&grey)).unwrap();
        assert_eq!(picture.rgb.get_pixel(3, 3).0, [77; 3]);
        assert_eq!(picture.kind, Kind::Png);
    }

    #[test]
    fn transparent_parts_are_refused_and_an_unused_alpha_is_not() {
        let mut picture = RgbaImage::from_pixel(20, 20, Rgba([9, 80, 200, 255]));
        let opaque = as_png(&DynamicImage::ImageRgba8(picture.clone()));
        assert!(decode_picture(opaque).is_ok());
        picture.put_pixel(19, 7, Rgba([9, 80, 200, 254]));
        let said = sentence(as_png(&DynamicImage::ImageRgba8(picture)));
        assert!(said.contains("has transparent parts"), "{said}");
    }

    #[test]
    fn a_jpeg_is_brought_to_srgb_by_its_profile() {
        let wide = ColorProfile::new_adobe_rgb().encode().unwrap();
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        encoder.set_icc_profile(wide).unwrap();
        let picture = RgbImage::from_pixel(32, 32, Rgb([140, 190, 230]));
        encoder.encode_image(&picture).unwrap();
        let picture = decode_picture(bytes).unwrap();
        assert_eq!(picture.colours, Colours::Converted);
        let red = picture.rgb.get_pixel(9, 9).0[0];
        assert!(red < 130, "less red in sRGB's numbers: {red}");
    }

    #[test]
    fn an_orientation_is_read_and_followed_only_when_asked_for() {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 95)
            .encode_image(&RgbImage::new(40, 24))
            .unwrap();
        let body = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        let exif = [&[0xff, 0xe1][..], &length, body].concat();
        bytes.splice(2..2, exif);
        let picture = decode_picture(bytes).unwrap();
        assert_eq!(picture.orientation, Orientation::Rotate90);
        assert_eq!(picture.rgb.dimensions(), (40, 24));
        let upright = picture.upright();
        assert_eq!(upright.rgb.dimensions(), (24, 40));
        assert_eq!(upright.orientation, Orientation::NoTransforms);
    }

    #[test]
    fn a_missing_file_is_said_to_be_missing() {
        let why = open_picture(Path::new("/nowhere/x.jpg")).unwrap_err();
        assert!(matches!(why, PictureError::Io(_)));
    }
}
