//! What a JPEG file says about itself, from its bytes alone.

use super::{Check, Limit, Unit};
use crate::profile::{CheckId, OUTPUT_HEIGHT, OUTPUT_WIDTH, Profile};

/// The facts of one JPEG file. What a file does not say is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    pub width: u32,
    pub height: u32,
    /// From the JFIF header; the same across and down.
    pub dpi: Option<u32>,
    pub components: u8,
    /// Bits of each component.
    pub depth: u8,
    pub bytes: u32,
    /// IJG-equivalent, 1..=100, from the luma quantisation table.
    pub quality: Option<u8>,
    /// Bytes after EOI.
    pub trailing: u32,
}

impl FileFacts {
    /// Walks the markers (ITU-T T.81, annex B). `None` if this is no JPEG or its end is missing.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut facts = Self {
            width: 0,
            height: 0,
            dpi: None,
            components: 0,
            depth: 0,
            bytes: u32::try_from(bytes.len()).ok()?,
            quality: None,
            trailing: 0,
        };
        let mut at = 2;
        if bytes.get(..2)? != [0xff, 0xd8] {
            return None;
        }
        loop {
            let marker = next_marker(bytes, &mut at)?;
            match marker {
                0xd9 => break,
                0x01 | 0xd0..=0xd7 => continue,
                _ => {}
            }
            let length = usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
            let segment = bytes.get(at + 2..at + length)?;
            facts.take(marker, segment);
            at += length;
        }
        facts.trailing = u32::try_from(bytes.len() - at).ok()?;
        (facts.width > 0).then_some(facts)
    }

    fn take(&mut self, marker: u8, segment: &[u8]) {
        match (marker, segment) {
            // JFIF: identifier, version, unit (1: per inch, 2: per cm), density across and down.
            (0xe0, [b'J', b'F', b'I', b'F', 0, _, _, unit, x0, x1, y0, y1, ..]) => {
                let (x, y) = (u16::from_be_bytes([*x0, *x1]), u16::from_be_bytes([*y0, *y1]));
                self.dpi = match unit {
                    1 if x == y => Some(u32::from(x)),
                    2 if x == y => Some((f32::from(x) * 2.54).round() as u32),
                    _ => None,
                };
            }
            (0xdb, tables) => self.take_tables(tables),
            (0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf, [depth, h0, h1, w0, w1, components, ..]) => {
                self.depth = *depth;
                self.height = u32::from(u16::from_be_bytes([*h0, *h1]));
                self.width = u32::from(u16::from_be_bytes([*w0, *w1]));
                self.components = *components;
            }
            _ => {}
        }
    }

    /// Looks for table 0, which the luma uses.
    fn take_tables(&mut self, mut tables: &[u8]) {
        while let Some((&head, rest)) = tables.split_first() {
            let size = if head >> 4 == 0 { 64 } else { 128 };
            let Some((table, rest)) = rest.split_at_checked(size) else {
                return;
            };
            if head & 0x0f == 0 {
                let values: Vec<u16> = if size == 64 {
                    table.iter().copied().map(u16::from).collect()
                } else {
                    table
                        .chunks_exact(2)
                        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                        .collect()
                };
                self.quality = Some(ijg_quality(&values));
            }
            tables = rest;
        }
    }
}

/// The next marker from `at` on; entropy-coded data and fill bytes are passed over.
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

/// Luma table of T.81, annex K.1, in zig-zag order, which is how a file holds it.
const ANNEX_K_LUMA: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
];

/// The quality whose scaled annex-K table is nearest to this one (zig-zag order), 1..=100.
fn ijg_quality(table: &[u16]) -> u8 {
    let distance = |quality: u8| -> u32 {
        ANNEX_K_LUMA
            .iter()
            .zip(table)
            .map(|(base, value)| u32::from(scaled(*base, quality).abs_diff(*value)))
            .sum()
    };
    (1..=100).min_by_key(|quality| distance(*quality)).unwrap_or(1)
}

/// One table entry at a quality, as the Independent JPEG Group's software scales it.
fn scaled(base: u16, quality: u8) -> u16 {
    let quality = u32::from(quality);
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    ((u32::from(base) * percent + 50) / 100).clamp(1, 255) as u16
}

/// Judges a file's facts by the profile.
pub fn of_file(facts: &FileFacts, profile: &Profile) -> Vec<Check> {
    let rule = &profile.file;
    let size = (facts.width, facts.height) == (OUTPUT_WIDTH, OUTPUT_HEIGHT);
    let colour = facts.components == 3 && facts.depth == 8;
    vec![
        Check {
            pass: size,
            ..Check::new(
                CheckId::Size,
                Some(facts.width as f32),
                Limit::exactly(OUTPUT_WIDTH as f32),
                Unit::Px,
            )
        },
        Check::new(
            CheckId::FileBytes,
            Some(facts.bytes as f32),
            Limit {
                min: Some(rule.min_bytes as f32),
                max: Some(rule.max_bytes as f32),
            },
            Unit::Bytes,
        ),
        Check::new(
            CheckId::Quality,
            facts.quality.map(f32::from),
            Limit::at_least(f32::from(rule.quality_floor)),
            Unit::Ratio,
        ),
        Check::new(
            CheckId::Dpi,
            facts.dpi.map(|dpi| dpi as f32),
            Limit::exactly(f32::from(rule.dpi)),
            Unit::Dpi,
        ),
        Check::new(
            CheckId::Colour,
            Some(f32::from(u8::from(colour))),
            Limit::at_least(1.0),
            Unit::Count,
        ),
        Check::new(
            CheckId::Trailing,
            Some(facts.trailing as f32),
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
            let table: Vec<u16> = ANNEX_K_LUMA.iter().map(|base| scaled(*base, quality)).collect();
            // Tables at the coarse end saturate, and some neighbours are the same table.
            let read = ijg_quality(&table);
            let again: Vec<u16> = ANNEX_K_LUMA.iter().map(|base| scaled(*base, read)).collect();
            assert_eq!(again, table, "{quality} read as {read}");
        }
    }

    #[test]
    fn hostile_files_are_no_facts_and_no_panic() {
        let picture = image::RgbImage::new(16, 16);
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&picture).unwrap();
        assert!(FileFacts::read(&jpeg).is_some());
        for end in 0..jpeg.len() {
            assert_eq!(FileFacts::read(&jpeg[..end]), None, "cut at {end}");
        }
        for at in 0..jpeg.len() {
            let mut changed = jpeg.clone();
            changed[at] ^= 0xff;
            drop(FileFacts::read(&changed));
        }
        jpeg.extend([1, 2, 3]);
        assert_eq!(FileFacts::read(&jpeg).unwrap().trailing, 3);
    }
}
