//! What every QR symbol of one size shows, whatever its content: the modules that are known before
//! anything is read.
//!
//! Source: ISO/IEC 18004:2015, 6.3 (function patterns), 7.10 (version information), annex E
//! (alignment patterns).

use crate::geometry::Point;

/// Versions 1 to 40.
pub const VERSIONS: std::ops::RangeInclusive<u8> = 1..=40;

/// Returns the modules per side.
pub const fn size(version: u8) -> usize {
    17 + 4 * version as usize
}

/// Returns the mean side of a module, in px, of a symbol with these outer corners.
pub fn module_px(corners: &[Point; 4], version: u8) -> f32 {
    let [a, b, c, d] = corners;
    (a.distance(*b) + b.distance(*c) + c.distance(*d) + d.distance(*a))
        / (4.0 * size(version) as f32)
}

/// One known module; column and row from the finder corner, 0-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    pub column: usize,
    pub row: usize,
    pub dark: bool,
    pub part: Part,
}

/// The part of the symbol that a module belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A finder pattern or its light border: large, and already found when the rest is searched.
    Finder,
    /// Timing lines, alignment patterns, the version's number.
    Between,
}

/// Returns all known modules of a version, each once.
pub fn known(version: u8) -> Vec<Module> {
    let mut modules = finders(size(version));
    let centres = alignment_centres(version);
    for column in 0..size(version) {
        for row in 0..size(version) {
            if in_finder(size(version), column, row) {
                continue;
            }
            let dark = aligned(&centres, column, row)
                .or_else(|| timed(column, row))
                .or_else(|| told(version, column, row));
            modules.extend(dark.map(|dark| Module {
                column,
                row,
                dark,
                part: Part::Between,
            }));
        }
    }
    modules
}

fn finders(size: usize) -> Vec<Module> {
    let corners = [(0, 0), (size - 8, 0), (0, size - 8)];
    let places = corners
        .iter()
        .flat_map(|&(x, y)| (0..64).map(move |i| (x + i % 8, y + i / 8)));
    places
        .map(|(column, row)| Module {
            column,
            row,
            dark: finder(size, column, row),
            part: Part::Finder,
        })
        .collect()
}

const fn in_finder(size: usize, column: usize, row: usize) -> bool {
    (column < 8 || column >= size - 8) && row < 8 || column < 8 && row >= size - 8
}

/// Returns a module of the rings about a finder's middle: dark to 1, light 2, dark 3, light 4.
fn finder(size: usize, column: usize, row: usize) -> bool {
    let from_middle = |at: usize| {
        let middle = if at < size / 2 { 3 } else { size - 4 };
        at.abs_diff(middle)
    };
    !matches!(from_middle(column).max(from_middle(row)), 2 | 4)
}

fn timed(column: usize, row: usize) -> Option<bool> {
    (column == 6 || row == 6).then(|| (column + row).is_multiple_of(2))
}

/// Returns a module of an alignment pattern, which is five modules wide: dark, light, dark from the
/// middle.
fn aligned(centres: &[usize], column: usize, row: usize) -> Option<bool> {
    let near = |at: usize| {
        centres
            .iter()
            .copied()
            .find(|centre| at.abs_diff(*centre) <= 2)
    };
    let (x, y) = (near(column)?, near(row)?);
    let outer = *centres.last()?;
    let on_finder = matches!((x, y), (6, 6)) || (x, y) == (6, outer) || (x, y) == (outer, 6);
    (!on_finder).then(|| column.abs_diff(x).max(row.abs_diff(y)) != 1)
}

/// Returns the coordinates of the alignment patterns' middles, the same for columns and rows.
fn alignment_centres(version: u8) -> Vec<usize> {
    if version < 2 {
        return Vec::new();
    }
    let count = usize::from(version / 7) + 2;
    let last = size(version) - 7;
    let gaps = count - 1;
    let step = if version == 32 {
        26
    } else {
        (last - 6).div_ceil(2 * gaps) * 2
    };
    let mut centres: Vec<usize> = (0..gaps).map(|i| last - i * step).collect();
    centres.push(6);
    centres.reverse();
    centres
}

/// Returns a module of the version's own number beside two finders (from version 7), or the one
/// that is always dark.
fn told(version: u8, column: usize, row: usize) -> Option<bool> {
    let size = size(version);
    if (column, row) == (8, size - 8) {
        return Some(true);
    }
    let (along, across) = (column.min(row), column.max(row));
    let inside = version >= 7 && along < 6 && (size - 11..size - 8).contains(&across);
    inside.then(|| version_bits(version) >> (along * 3 + across + 11 - size) & 1 == 1)
}

/// Returns six bits and twelve of a Golay code, generator x^12+x^11+x^10+x^9+x^8+x^5+x^2+1.
fn version_bits(version: u8) -> u32 {
    const GENERATOR: u32 = 0x1f25;
    let mut rest = u32::from(version) << 12;
    for bit in (12..18).rev() {
        if rest >> bit & 1 == 1 {
            rest ^= GENERATOR << (bit - 12);
        }
    }
    u32::from(version) << 12 | rest
}

#[cfg(test)]
mod tests {
    use qrcode::{Color, EcLevel, QrCode, Version};

    use super::*;

    #[test]
    fn every_known_module_of_every_version_is_as_an_encoder_draws_it() {
        for version in VERSIONS {
            let drawn = QrCode::with_version(b"1", Version::Normal(i16::from(version)), EcLevel::H)
                .unwrap();
            assert_eq!(drawn.width(), size(version));
            let known = known(version);
            let distinct: std::collections::BTreeSet<_> =
                known.iter().map(|m| (m.column, m.row)).collect();
            assert_eq!(distinct.len(), known.len());
            for module in known {
                let dark = drawn[(module.column, module.row)] == Color::Dark;
                assert_eq!(module.dark, dark, "{version}: {module:?}");
            }
        }
    }
}
