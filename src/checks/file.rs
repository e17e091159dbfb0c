//! What a file says about itself, from its bytes alone, and the checks on that.

use super::{
    Check, Limit, Unit,
    density::{self, Density},
    tiff::Tiff,
};
use crate::{
    geometry::Size,
    profile::{CheckId, OUTPUT_HEIGHT, OUTPUT_WIDTH, Profile},
};

/// The facts of one picture file. What a file does not say stays `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    pub width: u32,
    pub height: u32,
    pub density: Density,
    /// Whether it is a JPEG of three components with 8 bits each.
    pub colour_24_bit: bool,
    pub bytes: u32,
    /// IJG-equivalent, 1..=100, from the luma quantisation table.
    pub quality: Option<u8>,
    /// Bytes after EOI; `None` for files other than JPEG.
    pub trailing: Option<u32>,
}

impl FileFacts {
    /// Walks the markers (ITU-T T.81, annex B). `None` if this is not a JPEG or its end is missing.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut header = Header::default();
        let end = walk(bytes, |marker, segment| header.take(marker, segment))?;
        let (width, height) = (header.frame.width, header.frame.height);
        (width > 0 && height > 0).then_some(Self {
            width,
            height,
            density: header.density,
            colour_24_bit: header.frame.components == 3 && header.frame.depth == 8,
            bytes: u32::try_from(bytes.len()).ok()?,
            quality: header.quality(),
            trailing: u32::try_from(bytes.len() - end).ok(),
        })
    }

    /// Returns the facts of a readable picture that is not a JPEG.
    pub fn of_another_format(size: Size, bytes: usize) -> Self {
        Self {
            width: size.width,
            height: size.height,
            density: Density::default(),
            colour_24_bit: false,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
            quality: None,
            trailing: None,
        }
    }
}

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const TEM: u8 = 0x01;
const RST0: u8 = 0xd0;
const RST7: u8 = 0xd7;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const DQT: u8 = 0xdb;

/// What comes before the picture's data.
#[derive(Default)]
struct Header {
    density: Density,
    frame: FrameHeader,
    /// Qualities of the quantisation tables, by their number in the file.
    tables: [Option<u8>; 4],
}

#[derive(Clone, Copy, Default)]
struct FrameHeader {
    width: u32,
    height: u32,
    depth: u8,
    components: u8,
    /// Number of the table that the first component (luma) uses.
    luma_table: u8,
}

impl Header {
    fn quality(&self) -> Option<u8> {
        *self.tables.get(usize::from(self.frame.luma_table))?
    }

    fn take(&mut self, marker: u8, segment: &[u8]) {
        match (marker, segment) {
            (APP0, body) => self.density.jfif = self.density.jfif.or(density::of_jfif(body)),
            (APP1, body) => self.density.exif = self.density.exif.or(density::of_exif(body)),
            (DQT, tables) => self.take_tables(tables),
            // Start of frame, all kinds; C4, C8 and CC are something else.
            (
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf,
                [
                    depth,
                    h0,
                    h1,
                    w0,
                    w1,
                    components,
                    _id,
                    _sampling,
                    luma_table,
                    ..,
                ],
            ) => {
                self.frame = FrameHeader {
                    width: u32::from(u16::from_be_bytes([*w0, *w1])),
                    height: u32::from(u16::from_be_bytes([*h0, *h1])),
                    depth: *depth,
                    components: *components,
                    luma_table: *luma_table,
                };
            }
            _ => {}
        }
    }

    fn take_tables(&mut self, mut tables: &[u8]) {
        while let Some((&head, rest)) = tables.split_first() {
            let wide = head >> 4 != 0;
            let Some((table, rest)) = rest.split_at_checked(if wide { 128 } else { 64 }) else {
                return;
            };
            let values: Vec<u16> = if wide {
                let (pairs, _) = table.as_chunks();
                pairs.iter().copied().map(u16::from_be_bytes).collect()
            } else {
                table.iter().copied().map(u16::from).collect()
            };
            if let Some(quality) = self.tables.get_mut(usize::from(head & 0x0f)) {
                *quality = Some(ijg_quality(&values));
            }
            tables = rest;
        }
    }
}

/// Returns the next marker from `at` on; skips entropy-coded data and fill bytes.
/// Returns the software that a JPEG's EXIF data names (EXIF 2.3, 4.6.4 D).
pub fn software(jpeg: &[u8]) -> Option<String> {
    const SOFTWARE: u16 = 0x0131;
    let mut software = None;
    walk(jpeg, |marker, segment| {
        if marker == APP1 && software.is_none() {
            software = Tiff::of_exif(segment).and_then(|tiff| tiff.text(SOFTWARE));
        }
    })?;
    software
}

/// Shows each segment of a JPEG (ITU-T T.81, annex B) and returns where its EOI ends.
fn walk(bytes: &[u8], mut show: impl FnMut(u8, &[u8])) -> Option<usize> {
    let mut at = 2;
    if bytes.get(..2)? != [0xff, SOI] {
        return None;
    }
    loop {
        match next_marker(bytes, &mut at)? {
            EOI => return Some(at),
            TEM | RST0..=RST7 => {}
            marker => {
                let length = bytes
                    .get(at..)?
                    .first_chunk()
                    .copied()
                    .map(u16::from_be_bytes)?;
                let end = at + usize::from(length);
                show(marker, bytes.get(at + 2..end)?);
                at = end;
            }
        }
    }
}

fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let here = *bytes.get(*at)?;
        let next = *bytes.get(*at + 1)?;
        if here == 0xff && next != 0 && next != 0xff {
            *at += 2;
            return Some(next);
        }
        *at += 1;
    }
}

/// Luma table of T.81, annex K.1, in zig-zag order, as in files.
const ANNEX_K_LUMA: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37,
    29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81,
    87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/// Returns the quality, 1..=100, whose scaled annex-K table is nearest to this one (zig-zag order).
fn ijg_quality(table: &[u16]) -> u8 {
    let distance = |quality: u8| -> u32 {
        ANNEX_K_LUMA
            .iter()
            .zip(table)
            .map(|(base, value)| u32::from(scaled(*base, quality).abs_diff(*value)))
            .sum()
    };
    (1..=100)
        .min_by_key(|quality| distance(*quality))
        .unwrap_or(1)
}

/// Returns one table entry at a quality, as the Independent JPEG Group's software scales it.
fn scaled(base: u16, quality: u8) -> u16 {
    let quality = u32::from(quality);
    let percent = if quality < 50 {
        5000 / quality
    } else {
        200 - 2 * quality
    };
    ((u32::from(base) * percent + 50) / 100).clamp(1, 255) as u16
}

/// Judges a file's facts by the profile.
pub fn of_file(facts: &FileFacts, profile: &Profile) -> Vec<Check> {
    let rule = &profile.file;
    // The side that differs more from its length, so that one number says how wrong the size is.
    let off = facts
        .width
        .abs_diff(OUTPUT_WIDTH)
        .max(facts.height.abs_diff(OUTPUT_HEIGHT));
    let window = Limit {
        min: Some(rule.min_bytes as f32),
        max: Some(rule.max_bytes as f32),
    };
    let floor = Limit::at_least(f32::from(rule.quality_floor));
    let dpi = Limit::exactly(f32::from(rule.dpi));
    let count = |n: u32| n as f32;
    vec![
        Check::new(
            CheckId::Size,
            Some(count(off)),
            Limit::at_most(0.0),
            Unit::Px,
        ),
        Check::new(
            CheckId::FileBytes,
            Some(count(facts.bytes)),
            window,
            Unit::Bytes,
        ),
        Check::new(
            CheckId::Quality,
            facts.quality.map(f32::from),
            floor,
            Unit::Ratio,
        ),
        Check::new(CheckId::Dpi, facts.density.dpi().map(count), dpi, Unit::Dpi),
        Check::new(
            CheckId::Colour,
            Some(count(facts.colour_24_bit.into())),
            Limit::at_least(1.0),
            Unit::Count,
        ),
        Check::new(
            CheckId::Trailing,
            facts.trailing.map(count),
            Limit::at_most(0.0),
            Unit::Bytes,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ijg_quality_is_read_back() {
        for quality in 1..=100_u8 {
            let table: Vec<u16> = ANNEX_K_LUMA
                .iter()
                .map(|base| scaled(*base, quality))
                .collect();
            // Tables at the coarse end saturate, and some neighbouring qualities share one table.
            let read = ijg_quality(&table);
            let again: Vec<u16> = ANNEX_K_LUMA
                .iter()
                .map(|base| scaled(*base, read))
                .collect();
            assert_eq!(again, table, "{quality} read as {read}");
        }
    }

    fn small_jpeg() -> Vec<u8> {
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 83)
            .encode_image(&image::RgbImage::new(16, 24))
            .unwrap();
        jpeg
    }

    #[test]
    fn an_ordinary_file_tells_its_facts() {
        let facts = FileFacts::read(&small_jpeg()).unwrap();
        assert_eq!((facts.width, facts.height), (16, 24));
        assert_eq!(
            (facts.quality, facts.colour_24_bit, facts.trailing),
            (Some(83), true, Some(0))
        );
    }

    #[test]
    fn what_follows_the_end_is_counted() {
        let mut jpeg = small_jpeg();
        jpeg.extend([1, 2, 3]);
        assert_eq!(FileFacts::read(&jpeg).unwrap().trailing, Some(3));
    }

    /// Returns the file with an APP1 segment before everything else.
    fn with_exif(jpeg: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, SOI, 0xff, APP1][..], &length, body, &jpeg[2..]].concat()
    }

    #[test]
    fn the_software_that_made_a_picture_is_read_from_its_exif_data() {
        let name = b"Some Camera App 3\0";
        let length = u32::try_from(name.len()).unwrap().to_be_bytes();
        let body = [
            &b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x31\0\x02"[..],
            &length,
            &[0, 0, 0, 26, 0, 0, 0, 0],
            name,
        ]
        .concat();
        let jpeg = with_exif(&small_jpeg(), &body);
        assert_eq!(software(&jpeg).as_deref(), Some("Some Camera App 3"));
        assert_eq!(software(&small_jpeg()), None);
        assert_eq!(software(b"no picture"), None);
    }

    #[test]
    fn the_density_of_exif_counts_where_the_header_states_a_bare_ratio() {
        use image::codecs::jpeg::{JpegEncoder, PixelDensity};
        let exif = density::tests::exif(2, 300);
        let read = |jfif: PixelDensity| {
            let mut jpeg = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 83);
            encoder.set_pixel_density(jfif);
            encoder.encode_image(&image::RgbImage::new(16, 24)).unwrap();
            FileFacts::read(&with_exif(&jpeg, &exif)).unwrap().density
        };
        assert_eq!(read(PixelDensity::default()).dpi(), Some(300));
        assert_eq!(read(PixelDensity::dpi(300)).dpi(), Some(300));
        let contradictory = read(PixelDensity::dpi(72));
        assert_eq!(contradictory.dpi(), None);
        assert_eq!(contradictory.contradiction(), Some((72, 300)));
    }

    #[test]
    fn hostile_files_are_no_facts_and_no_panic() {
        let jpeg = small_jpeg();
        for end in 0..jpeg.len() {
            assert_eq!(FileFacts::read(&jpeg[..end]), None, "cut at {end}");
        }
        for at in 0..jpeg.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = jpeg.clone();
                changed[at] ^= flip;
                FileFacts::read(&changed);
            }
        }
    }

    #[test]
    fn another_shape_or_format_fails_by_name() {
        let profile = Profile::standard_99();
        let facts = FileFacts::of_another_format(Size::new(480, 641), 35_000);
        let failed: Vec<_> = of_file(&facts, &profile)
            .into_iter()
            .filter(|check| !check.pass)
            .map(|check| check.id)
            .collect();
        let expected = [
            CheckId::Size,
            CheckId::Quality,
            CheckId::Dpi,
            CheckId::Colour,
            CheckId::Trailing,
        ];
        assert_eq!(failed, expected);
    }
}
