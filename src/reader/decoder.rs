//! zxing-cpp, the one decoder, told what to look for.

use std::str::FromStr;

use zxingcpp::{Barcode, BarcodeFormat, BarcodeReader, Binarizer, ImageFormat, ImageView};

use super::{
    luma::Luma,
    passes::Look,
    protocol::{Code, Flaw, Pass},
};
use crate::geometry::Point;

/// A picture full of finder patterns makes the decoder try hundreds of symbols; so many failures are enough.
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
        let reader = || {
            BarcodeReader::new()
                .formats([BarcodeFormat::QRCode])
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
            drawn: upright().is_pure(true).binarizer(Binarizer::FixedThreshold),
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
        found.iter().map(code).collect()
    }
}

/// The payload is taken from `bytes()`: the text would already be somebody's guess at an encoding.
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

/// One of the numbers that the decoder tells beside a code; 0 where it does not.
fn told<T: FromStr + Default>(barcode: &Barcode, key: &str) -> T {
    barcode.extra_with_key(key).parse().unwrap_or_default()
}
