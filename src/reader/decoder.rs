//! zxing-cpp, the one decoder, and what to ask it for.

use std::str::FromStr;

use zxingcpp::{
    Barcode,
    BarcodeFormat::{self, MicroQRCode, RMQRCode},
    BarcodeReader, Binarizer, ImageFormat, ImageView,
};

use super::{
    luma::Luma,
    passes::Look,
    protocol::{Code, Flaw, Pass},
};
use crate::geometry::Point;

/// A picture full of finder patterns makes the decoder try hundreds of symbols; it gives up after
/// this many failures.
const MOST_TRIED: i32 = 12;

pub struct Decoder {
    plain: BarcodeReader,
    everything: BarcodeReader,
    histogram: BarcodeReader,
    drawn: BarcodeReader,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    pub fn new() -> Self {
        // `QRCode` is a family whose Micro QR reads a "2" out of half a code, so only model 2 is
        // searched for.
        let reader = || {
            BarcodeReader::new()
                .formats([BarcodeFormat::QRCodeModel2])
                .try_harder(true)
                .return_errors(true)
                .max_number_of_symbols(MOST_TRIED)
        };
        let upright = || {
            reader()
                .try_rotate(false)
                .try_invert(false)
                .try_downscale(false)
        };
        let everything = || {
            reader()
                .try_rotate(true)
                .try_invert(true)
                .try_downscale(true)
        };
        Self {
            plain: upright(),
            everything: everything(),
            histogram: everything().binarizer(Binarizer::GlobalHistogram),
            // The decoder reads a pure picture only under the family's name; `look` drops the other
            // members.
            drawn: upright()
                .formats([BarcodeFormat::QRCode])
                .is_pure(true)
                .binarizer(Binarizer::FixedThreshold),
        }
    }

    pub fn look(&self, picture: &Luma, look: Look) -> Vec<Code> {
        let reader = match look {
            Look::Plain => &self.plain,
            Look::Everything => &self.everything,
            Look::Histogram => &self.histogram,
            Look::Drawn => &self.drawn,
        };
        let view = ImageView::from_slice(
            picture.bytes(),
            picture.width(),
            picture.height(),
            ImageFormat::Lum,
        );
        let found = view.and_then(|view| reader.from(view)).unwrap_or_default();
        found
            .iter()
            .filter(|barcode| !matches!(barcode.format(), MicroQRCode | RMQRCode))
            .map(code)
            .collect()
    }
}

/// Converts a result. The payload is taken from `bytes()`: the text would already be a guess at an
/// encoding.
fn code(barcode: &Barcode) -> Code {
    let flaw = if !barcode.is_valid() {
        Some(Flaw::Unreadable)
    } else if barcode.sequence_size() > 1 {
        Some(Flaw::Part)
    } else {
        None
    };
    let place = barcode.position();
    let corners = [
        place.top_left,
        place.top_right,
        place.bottom_right,
        place.bottom_left,
    ];
    Code {
        bytes: if flaw.is_none() {
            barcode.bytes()
        } else {
            Vec::new()
        },
        corners: corners.map(|corner| Point::new(corner.x as f32, corner.y as f32)),
        flaw,
        pass: Pass::Frame,
        version: told(barcode, "Version"),
        spare: told::<f32>(barcode, "UEC").clamp(0.0, 1.0),
    }
}

/// Returns one of the numbers that the decoder gives with a code; 0 where it does not.
fn told<T: FromStr + Default>(barcode: &Barcode, key: &str) -> T {
    barcode.extra_with_key(key).parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use qrcode::{
        Color, EcLevel, QrCode, Version,
        bits::{Bits, ExtendedMode},
        types::Mode,
    };

    use super::*;

    const LOOKS: [Look; 4] = [Look::Plain, Look::Everything, Look::Histogram, Look::Drawn];
    const QUIET: usize = 4;
    const MODULE: usize = 5;

    /// Draws white paper with the codes side by side.
    fn paper(codes: &[&QrCode]) -> Luma {
        let most = codes.iter().map(|code| code.width()).max().unwrap();
        let side = (most + 2 * QUIET) * MODULE;
        let mut bytes = vec![255; side * side * codes.len()];
        for (number, code) in codes.iter().enumerate() {
            for (at, _) in (0..)
                .zip(code.to_colors())
                .filter(|(_, c)| *c == Color::Dark)
            {
                let (column, row) = (at % code.width() + QUIET, at / code.width() + QUIET);
                for y in row * MODULE..(row + 1) * MODULE {
                    let x = number * side + column * MODULE;
                    let start = y * side * codes.len() + x;
                    bytes[start..start + MODULE].fill(0);
                }
            }
        }
        Luma::new((side * codes.len()) as u32, side as u32, bytes).unwrap()
    }

    #[test]
    fn a_micro_qr_is_no_code() {
        let decoder = Decoder::new();
        for (payload, version) in [(b"20259".as_slice(), 1), (b"D3PZ85", 3)] {
            let micro = QrCode::with_version(payload, Version::Micro(version), EcLevel::L).unwrap();
            let picture = paper(&[&micro]);
            for look in LOOKS {
                let found = decoder.look(&picture, look);
                assert!(!found.iter().any(Code::readable), "{look:?}");
            }
        }
    }

    #[test]
    fn a_whole_code_is_read_by_every_look() {
        let decoder = Decoder::new();
        let picture = paper(&[&QrCode::new(b"made-up code").unwrap()]);
        for look in LOOKS {
            let found = decoder.look(&picture, look);
            assert_eq!(found.len(), 1, "{look:?}");
            assert_eq!(found[0].bytes, b"made-up code");
        }
    }

    #[test]
    fn a_part_of_a_joined_code_hides_no_other_code() {
        let mut bits = Bits::new(Version::Normal(2));
        bits.push_mode_indicator(ExtendedMode::StructuredAppend)
            .unwrap();
        // Bit by bit: the eighth (0111) of eight (0111), parity (0101, 0100).
        bits.push_eci_designator(0b0111_0101).unwrap();
        bits.push_mode_indicator(ExtendedMode::Data(Mode::Byte))
            .unwrap();
        bits.push_byte_data(b"half").unwrap();
        bits.push_terminator(EcLevel::M).unwrap();
        let part = QrCode::with_bits(bits, EcLevel::M).unwrap();
        let whole = QrCode::new(b"made-up code").unwrap();
        let decoder = Decoder::new();
        for codes in [[&part, &whole], [&whole, &part]] {
            let found = decoder.look(&paper(&codes), Look::Plain);
            let flaws: Vec<_> = found.iter().filter_map(|code| code.flaw).collect();
            let readable: Vec<_> = found.iter().filter(|code| code.readable()).collect();
            assert_eq!(flaws, [Flaw::Part]);
            assert_eq!(readable.len(), 1);
            assert_eq!(readable[0].bytes, b"made-up code");
        }
    }
}
