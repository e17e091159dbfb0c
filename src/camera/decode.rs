//! The camera's bytes decoded into pixels. Half a picture is refused here: lenient decoders would
//! fill its missing part with grey.

use std::borrow::Cow;

use image::RgbImage;
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::{
    entropy,
    markers::{self, Segments},
};
use crate::geometry::Size;

/// Why bytes are not a picture, in words for staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPicture {
    #[error("it is no JPEG picture")]
    NoJpeg,
    #[error("the picture is cut off")]
    CutOff,
    #[error("the picture is damaged")]
    Damaged,
    #[error("the picture is CMYK; save it as RGB")]
    Cmyk,
    #[error("the picture has more than 8 bits a colour; save it with 8")]
    Deep,
    #[error(
        "the picture is larger or smaller than can be used: 16 to 16,000 px a side, at most 64 megapixels"
    )]
    Size,
}

/// The longest side and the most pixels of any picture: 64 megapixels are 192 MB once decoded.
const LONGEST_SIDE: u32 = 16_000;
const MOST_PIXELS: u64 = 64_000_000;
/// Below this nothing can be recognised.
const SHORTEST_SIDE: u32 = 16;

/// Checks whether a picture of this size may be decoded.
pub fn check_size(size: Size) -> Result<(), BadPicture> {
    let sides = SHORTEST_SIDE..=LONGEST_SIDE;
    let pixels = u64::from(size.width) * u64::from(size.height);
    if sides.contains(&size.width) && sides.contains(&size.height) && pixels <= MOST_PIXELS {
        Ok(())
    } else {
        Err(BadPicture::Size)
    }
}

/// Decodes one JPEG strictly, to 8-bit sRGB. `bytes` end at EOI (see [`whole`]).
pub fn jpeg(bytes: &[u8]) -> Result<RgbImage, BadPicture> {
    check_complete(bytes)?;
    pixels(bytes)
}

/// Checks whether a JPEG with a proper end lost something on the way, which decoders do not report.
pub fn check_complete(bytes: &[u8]) -> Result<(), BadPicture> {
    match entropy::is_complete(bytes) {
        Some(false) => Err(BadPicture::CutOff),
        Some(true) | None => Ok(()),
    }
}

/// Decodes like [`jpeg`] where the bytes were already checked for completeness, which takes as long
/// as decoding.
pub fn pixels(bytes: &[u8]) -> Result<RgbImage, BadPicture> {
    let anatomy = Anatomy::of(bytes)?;
    anatomy.check()?;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(LONGEST_SIDE as usize)
        .set_max_height(LONGEST_SIDE as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().map_err(|_detail| BadPicture::Damaged)?;
    RgbImage::from_raw(anatomy.size.width, anatomy.size.height, pixels).ok_or(BadPicture::Damaged)
}

/// Returns a camera's buffer as a complete JPEG: from SOI to its own EOI, with the standard Huffman
/// tables where the camera leaves them out.
pub fn whole(buffer: &[u8]) -> Result<Cow<'_, [u8]>, BadPicture> {
    Anatomy::of(buffer)?.whole(buffer)
}

/// Does the same as [`whole`], without a copy where nothing has to be inserted; also returns the
/// size from its header.
pub fn into_whole(mut buffer: Vec<u8>) -> Result<(Vec<u8>, Size), BadPicture> {
    let anatomy = Anatomy::of(&buffer)?;
    if let Cow::Owned(made_whole) = anatomy.whole(&buffer)? {
        return Ok((made_whole, anatomy.size));
    }
    buffer.truncate(anatomy.end);
    Ok((buffer, anatomy.size))
}

/// What the markers of a JPEG say.
#[derive(Debug)]
struct Anatomy {
    /// Just after EOI.
    end: usize,
    /// The first SOS marker.
    first_scan: usize,
    has_tables: bool,
    size: Size,
    components: u8,
    precision: u8,
}

impl Anatomy {
    fn of(bytes: &[u8]) -> Result<Self, BadPicture> {
        let mut segments = Segments::of(bytes).ok_or(BadPicture::NoJpeg)?;
        let (mut frame, mut first_scan, mut has_tables) = (None, None, false);
        for segment in &mut segments {
            match segment.marker {
                markers::DHT => has_tables = true,
                markers::SOS => first_scan = first_scan.or(Some(segment.at)),
                _ if segment.is_frame() => frame = segment.body.first_chunk::<6>().copied(),
                _ => {}
            }
        }
        let end = segments.end().ok_or(BadPicture::CutOff)?;
        let [precision, h0, h1, w0, w1, components] = frame.ok_or(BadPicture::Damaged)?;
        Ok(Self {
            end,
            first_scan: first_scan.ok_or(BadPicture::Damaged)?,
            has_tables,
            size: Size::new(
                u32::from(u16::from_be_bytes([w0, w1])),
                u32::from(u16::from_be_bytes([h0, h1])),
            ),
            components,
            precision,
        })
    }

    fn whole<'a>(&self, buffer: &'a [u8]) -> Result<Cow<'a, [u8]>, BadPicture> {
        let picture = buffer.get(..self.end).ok_or(BadPicture::CutOff)?;
        if self.has_tables {
            return Ok(Cow::Borrowed(picture));
        }
        let (before, scan) = picture
            .split_at_checked(self.first_scan)
            .ok_or(BadPicture::Damaged)?;
        Ok(Cow::Owned([before, &standard_tables(), scan].concat()))
    }

    fn check(&self) -> Result<(), BadPicture> {
        check_size(self.size)?;
        if self.precision != 8 {
            return Err(BadPicture::Deep);
        }
        match self.components {
            1 | 3 => Ok(()),
            4 => Err(BadPicture::Cmyk),
            _ => Err(BadPicture::Damaged),
        }
    }
}

/// One Huffman table of ITU-T T.81, annex K.3: class and place, how many codes of each length
/// 1..=16, and their values.
type Table = (u8, [u8; 16], &'static [u8]);

const DC_VALUES: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

const TABLES: [Table; 4] = [
    (
        0x00,
        [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
        DC_VALUES,
    ),
    (
        0x01,
        [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
        DC_VALUES,
    ),
    (
        0x10,
        [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
        AC_LUMA,
    ),
    (
        0x11,
        [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
        AC_CHROMA,
    ),
];

#[rustfmt::skip]
const AC_LUMA: &[u8] = &[
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
    0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0,
    0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
    0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
    0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];

#[rustfmt::skip]
const AC_CHROMA: &[u8] = &[
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
    0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0,
    0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26,
    0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
    0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
    0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5,
    0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
    0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];

/// Returns the DHT segment that MJPEG cameras may leave out.
fn standard_tables() -> Vec<u8> {
    let body: usize = TABLES.iter().map(|(_, _, values)| 17 + values.len()).sum();
    let length = u16::try_from(body + 2).unwrap_or_default().to_be_bytes();
    let mut segment = vec![0xff, markers::DHT];
    segment.extend(length);
    for (place, counts, values) in TABLES {
        segment.push(place);
        segment.extend(counts);
        segment.extend(values);
    }
    segment
}

#[cfg(test)]
mod tests {
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    use super::*;

    fn picture() -> RgbImage {
        RgbImage::from_fn(48, 32, |x, y| {
            image::Rgb([(x * 5) as u8, (y * 7) as u8, ((x ^ y) * 4) as u8])
        })
    }

    fn encoded(sampling: SamplingFactor) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 90);
        encoder.set_sampling_factor(sampling);
        encoder
            .encode(picture().as_raw(), 48, 32, ColorType::Rgb)
            .unwrap();
        bytes
    }

    fn without_tables(mut bytes: Vec<u8>) -> Vec<u8> {
        while let Some(at) = bytes
            .windows(2)
            .position(|pair| pair == [0xff, markers::DHT])
        {
            let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
            bytes.drain(at..at + 2 + length);
        }
        bytes
    }

    #[test]
    fn every_truncation_is_refused() {
        let bytes = encoded(SamplingFactor::F_2_1);
        for length in 0..bytes.len() {
            assert!(whole(&bytes[..length]).is_err(), "{length}");
            assert!(jpeg(&bytes[..length]).is_err(), "{length}");
        }
        assert!(jpeg(&bytes).is_ok());
    }

    #[test]
    fn a_picture_that_lost_a_part_is_refused_although_it_ends_well() {
        for sampling in [
            SamplingFactor::F_1_1,
            SamplingFactor::F_2_1,
            SamplingFactor::F_2_2,
        ] {
            let bytes = encoded(sampling);
            assert!(jpeg(&bytes).is_ok());
            let scan = Anatomy::of(&bytes).unwrap().first_scan + 14;
            let losses: Vec<usize> = (scan..bytes.len() - 64).collect();
            // What follows a loss is misread as other blocks, whose number is occasionally right.
            let without =
                |from: &&usize| jpeg(&[&bytes[..**from], &bytes[**from + 48..]].concat()).is_ok();
            let unnoticed = losses.iter().filter(without).count();
            assert!(
                unnoticed * 20 < losses.len(),
                "{unnoticed} of {}",
                losses.len()
            );
            for from in losses {
                let cut = [&bytes[..from], &[0xff, markers::EOI]].concat();
                assert!(jpeg(&cut).is_err(), "{from}");
            }
        }
    }

    /// Blocks are counted by the worker; a scan that is not valid code at all is refused here, too.
    #[test]
    fn a_scan_of_no_codes_is_no_picture_even_where_nobody_counted_its_blocks() {
        let bytes = encoded(SamplingFactor::F_2_1);
        let scan = Anatomy::of(&bytes).unwrap().first_scan + 14;
        let ones = [0xff, 0].repeat(400);
        let nonsense = [&bytes[..scan], &ones, &[0xff, markers::EOI]].concat();
        assert!(pixels(&bytes).is_ok() && pixels(&nonsense).is_err());
    }

    #[test]
    fn a_picture_with_restart_markers_is_whole_only_with_all_of_them() {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 90);
        encoder.set_restart_interval(2);
        encoder
            .encode(picture().as_raw(), 48, 32, ColorType::Rgb)
            .unwrap();
        assert_eq!(entropy::is_complete(&bytes), Some(true));
        let second = bytes
            .windows(2)
            .position(|pair| pair == [0xff, 0xd1])
            .unwrap();
        let third = bytes
            .windows(2)
            .position(|pair| pair == [0xff, 0xd2])
            .unwrap();
        bytes.drain(second..third);
        assert_eq!(entropy::is_complete(&bytes), Some(false));
    }

    #[test]
    fn a_progressive_photograph_is_read() {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 90);
        encoder.set_progressive(true);
        encoder
            .encode(picture().as_raw(), 48, 32, ColorType::Rgb)
            .unwrap();
        assert_eq!(entropy::is_complete(&bytes), None);
        assert!(jpeg(&bytes).is_ok());
    }

    #[test]
    fn stale_bytes_behind_the_end_are_cut() {
        let bytes = encoded(SamplingFactor::F_2_1);
        let buffer = [&bytes[..], &bytes[100..], &[0; 64]].concat();
        assert_eq!(whole(&buffer).unwrap(), bytes);
        assert_eq!(into_whole(buffer).unwrap(), (bytes, Size::new(48, 32)));
    }

    #[test]
    fn an_end_marker_inside_a_thumbnail_is_not_the_end() {
        let mut bytes = encoded(SamplingFactor::F_2_1);
        let thumbnail = [0xff, 0xe1, 0, 6, 0xff, 0xd8, 0xff, 0xd9];
        bytes.splice(2..2, thumbnail);
        assert_eq!(whole(&bytes).unwrap(), bytes);
    }

    #[test]
    fn a_camera_that_omits_the_huffman_tables_is_understood() {
        let bytes = encoded(SamplingFactor::F_2_1);
        let bare = without_tables(bytes.clone());
        assert!(bare.len() < bytes.len());
        let made_whole = whole(&bare).unwrap();
        assert_eq!(jpeg(&made_whole).unwrap(), jpeg(&bytes).unwrap());
    }

    #[test]
    fn damaged_bytes_never_panic() {
        let bytes = encoded(SamplingFactor::F_2_2);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            if let Ok(picture) = jpeg(&damaged) {
                assert!(picture.width() <= LONGEST_SIDE);
            }
        }
    }

    #[test]
    fn a_print_picture_in_cmyk_is_refused_by_name() {
        let mut bytes = Vec::new();
        Encoder::new(&mut bytes, 90)
            .encode(&[9; 32 * 32 * 4], 32, 32, ColorType::Cmyk)
            .unwrap();
        assert_eq!(jpeg(&bytes), Err(BadPicture::Cmyk));
    }

    #[test]
    fn a_grey_picture_becomes_rgb() {
        let mut bytes = Vec::new();
        Encoder::new(&mut bytes, 90)
            .encode(&[120; 32 * 32], 32, 32, ColorType::Luma)
            .unwrap();
        let [r, g, b] = jpeg(&bytes).unwrap().get_pixel(9, 9).0;
        assert_eq!((r, g), (g, b));
    }
}
