//! The density that a JPEG states: in its JFIF header, in its EXIF data, or in both.

use super::tiff::Tiff;

/// What a file says about its density, in dots per inch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Density {
    /// From the JFIF header; a mere aspect ratio is no density.
    pub jfif: Option<u32>,
    pub exif: Option<u32>,
}

impl Density {
    /// Returns the density, JFIF's first. Two that differ count as no density, as a reader could
    /// take either.
    pub fn dpi(self) -> Option<u32> {
        let stated = self.jfif.or(self.exif);
        stated.filter(|_| self.contradiction().is_none())
    }

    /// Returns both densities (JFIF's, EXIF's) where they differ.
    pub fn contradiction(self) -> Option<(u32, u32)> {
        self.jfif.zip(self.exif).filter(|(jfif, exif)| jfif != exif)
    }
}

/// Reads the density in the body of an APP0 segment, where it is the same across and down.
pub fn of_jfif(segment: &[u8]) -> Option<u32> {
    let [b'J', b'F', b'I', b'F', 0, _, _, unit, x0, x1, y0, y1, ..] = segment else {
        return None;
    };
    let across = u16::from_be_bytes([*x0, *x1]);
    let down = u16::from_be_bytes([*y0, *y1]);
    if across != down {
        return None;
    }
    match unit {
        1 => Some(u32::from(across)),
        2 => Some(inches(f32::from(across))),
        _ => None,
    }
}

/// Reads the density in the body of an APP1 segment, where it is the same across and down (EXIF
/// 2.3, 4.6.4 A).
pub fn of_exif(segment: &[u8]) -> Option<u32> {
    const ACROSS: u16 = 0x011a;
    const DOWN: u16 = 0x011b;
    const UNIT: u16 = 0x0128;
    let tiff = Tiff::of_exif(segment)?;
    let across = tiff.ratio(ACROSS)?;
    let down = tiff.ratio(DOWN)?;
    let per_inch = |dots: f32| match tiff.short(UNIT).unwrap_or(2) {
        2 => Some(dots.round() as u32),
        3 => Some(inches(dots)),
        _ => None,
    };
    per_inch(across).filter(|dpi| per_inch(down) == Some(*dpi))
}

/// Converts dots per centimetre to dots per inch.
fn inches(dots: f32) -> u32 {
    (dots * 2.54).round() as u32
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Returns the body of an APP1 segment with a density.
    pub fn exif(unit: u16, dots: u32) -> Vec<u8> {
        let entry = |tag: u16, kind: u16, value: [u8; 4]| {
            let count = 1_u32.to_be_bytes();
            [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count, &value].concat()
        };
        let [unit_high, unit_low] = unit.to_be_bytes();
        let ratio = [dots.to_be_bytes(), 1_u32.to_be_bytes()].concat();
        [
            b"Exif\0\0MM\0*\0\0\0\x08\0\x03".to_vec(),
            entry(0x011a, 5, 50_u32.to_be_bytes()),
            entry(0x011b, 5, 58_u32.to_be_bytes()),
            entry(0x0128, 3, [unit_high, unit_low, 0, 0]),
            vec![0; 4],
            ratio.clone(),
            ratio,
        ]
        .concat()
    }

    #[test]
    fn exif_states_dots_an_inch_or_a_centimetre() {
        for (unit, dots, expected) in [
            (2, 300, Some(300)),
            (3, 118, Some(300)),
            (1, 300, None),
            (2, 72, Some(72)),
        ] {
            assert_eq!(of_exif(&exif(unit, dots)), expected, "{unit} {dots}");
        }
    }

    #[test]
    fn jfif_states_dots_an_inch_or_a_centimetre_or_a_bare_ratio() {
        let jfif = |unit, dots: u8, down: u8| {
            of_jfif(&[
                b'J', b'F', b'I', b'F', 0, 1, 1, unit, 0, dots, 0, down, 0, 0,
            ])
        };
        assert_eq!(jfif(1, 72, 72), Some(72));
        assert_eq!(jfif(2, 118, 118), Some(300));
        assert_eq!(jfif(0, 1, 1), None);
        assert_eq!(jfif(1, 72, 75), None);
    }

    #[test]
    fn two_densities_that_differ_count_as_unstated() {
        let density = |jfif, exif| Density { jfif, exif };
        assert_eq!(density(Some(300), Some(72)).dpi(), None);
        let both = density(Some(300), Some(72)).contradiction();
        assert_eq!(both, Some((300, 72)));
        assert_eq!(density(Some(300), Some(300)).dpi(), Some(300));
        assert_eq!(density(None, Some(300)).dpi(), Some(300));
        assert_eq!(density(Some(300), None).dpi(), Some(300));
    }

    #[test]
    fn damaged_exif_states_nothing_and_never_panics() {
        let whole = exif(2, 300);
        for end in 0..whole.len() {
            assert_eq!(of_exif(&whole[..end]), None, "cut at {end}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] = 0xff;
            of_exif(&changed);
        }
    }
}
