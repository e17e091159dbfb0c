//! Other readers, each used as its own documentation shows, asked for QR codes only.

use std::panic::catch_unwind;

use rxing::{
    BarcodeFormat as RxingFormat, DecodeHints, helpers::detect_multiple_in_luma_with_hints,
};
use zxingcpp::{BarcodeFormat, BarcodeReader, ImageFormat, ImageView};

use crate::render::{HEIGHT, WIDTH};

/// The bytes of every code that one reader sees in one picture.
pub type Payloads = Vec<Vec<u8>>;

/// zxing-cpp with `try_harder` alone, or with all its options: rotated, inverted, downscaled.
pub struct Plain(BarcodeReader);

impl Plain {
    pub fn try_harder() -> Self {
        Self(
            Self::everything()
                .0
                .try_rotate(false)
                .try_invert(false)
                .try_downscale(false),
        )
    }

    pub fn everything() -> Self {
        Self(
            BarcodeReader::new()
                .formats([BarcodeFormat::QRCode])
                .try_harder(true)
                .try_rotate(true)
                .try_invert(true)
                .try_downscale(true),
        )
    }

    pub fn read(&self, grey: &[u8]) -> Payloads {
        ImageView::from_slice(grey, WIDTH, HEIGHT, ImageFormat::Lum)
            .and_then(|view| self.0.from(view))
            .map(|codes| codes.iter().map(zxingcpp::Barcode::bytes).collect())
            .unwrap_or_default()
    }
}

/// Runs rxing. A panic counts as nothing read: both readers have some.
pub fn rxing(grey: &[u8]) -> Payloads {
    catch_unwind(|| {
        let mut hints = DecodeHints {
            TryHarder: Some(true),
            PossibleFormats: Some([RxingFormat::QR_CODE].into_iter().collect()),
            ..DecodeHints::default()
        };
        let found = detect_multiple_in_luma_with_hints(
            grey.to_vec(),
            WIDTH as u32,
            HEIGHT as u32,
            &mut hints,
        );
        let codes = found.unwrap_or_default();
        codes
            .iter()
            .map(|code| code.getText().as_bytes().to_vec())
            .collect()
    })
    .unwrap_or_default()
}

pub fn rqrr(grey: &[u8]) -> Payloads {
    catch_unwind(|| {
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(WIDTH, HEIGHT, |x, y| {
            grey.get(y * WIDTH + x).copied().unwrap_or(0)
        });
        let grids = picture.detect_grids();
        grids
            .iter()
            .filter_map(|grid| grid.decode().ok())
            .map(|(_, text)| text.into_bytes())
            .collect()
    })
    .unwrap_or_default()
}
