//! A picture from a file: for the folder camera, `check`, `standardise` and `scan`.
//!
//! JPEG and PNG, 8 bits, grey or colour. An EXIF orientation is not followed: a standard photo has none, and a file is judged as it is.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::Path,
    sync::Arc,
};

use image::{ColorType, ImageDecoder, ImageFormat, ImageReader, RgbImage};

use super::decode::{self, BadPicture};
use crate::geometry::Size;

/// A decoded file and its bytes.
#[derive(Clone)]
pub struct Picture {
    /// 8-bit sRGB.
    pub rgb: RgbImage,
    pub kind: Kind,
    /// The file as it is; a JPEG may have more behind its EOI.
    pub bytes: Arc<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
}

/// It may show a person: only its numbers are printed.
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
    #[error(transparent)]
    Bad(#[from] BadPicture),
}

const LONGEST_FILE: u64 = 64 << 20;

/// Reads and decodes one file; memory stays below the file's 64 MB and 64 megapixels.
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
    let (kind, rgb) = match image::guess_format(&bytes) {
        Ok(ImageFormat::Jpeg) => (Kind::Jpeg, decode::jpeg(&decode::whole(&bytes)?)?),
        Ok(ImageFormat::Png) => (Kind::Png, png(&bytes)?),
        _ => return Err(PictureError::NoPicture),
    };
    Ok(Picture {
        rgb,
        kind,
        bytes: bytes.into(),
    })
}

fn png(bytes: &[u8]) -> Result<RgbImage, BadPicture> {
    const MEMORY: u64 = 512 << 20;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    reader.limits(limits);
    let decoder = reader
        .into_decoder()
        .map_err(|_detail| BadPicture::Damaged)?;
    let (width, height) = decoder.dimensions();
    decode::check_size(Size::new(width, height))?;
    let shallow = matches!(
        decoder.color_type(),
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8
    );
    if !shallow {
        return Err(BadPicture::Deep);
    }
    image::DynamicImage::from_decoder(decoder)
        .map(image::DynamicImage::into_rgb8)
        .map_err(|_detail| BadPicture::Damaged)
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb};

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
            (b"GIF89a not here".to_vec(), "neither a JPEG nor a PNG"),
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
    fn a_missing_file_is_said_to_be_missing() {
        let why = open_picture(Path::new("/nowhere/x.jpg")).unwrap_err();
        assert!(matches!(why, PictureError::Io(_)));
    }
}
