//! The few words of ESC/POS that a slip needs, and its printers' answers.
//!
//! Text is a picture: printers' own Chinese fonts and code pages differ.

use image::GrayImage;

use crate::booth::PrinterState;

const ESC: u8 = 0x1b;
const GS: u8 = 0x1d;
const DLE: u8 = 0x10;
const EOT: u8 = 0x04;

/// GS r 1: the state of the paper, answered once everything before it is printed.
pub const PRINTED: [u8; 3] = [GS, b'r', 1];

/// Rows per command: small printers buffer a few kB.
const BAND_ROWS: usize = 64;
/// Below this a dot is black.
const BLACK: u8 = 128;
/// Lines of paper after the picture, so that a printer without a knife shows all of it.
const FEED_LINES: u8 = 3;

/// Returns everything that prints a picture and cuts the paper.
pub fn slip(picture: &GrayImage) -> Vec<u8> {
    let width = picture.width() as usize;
    let mut bytes = vec![ESC, b'@'];
    for band in picture.as_raw().chunks(width.max(1) * BAND_ROWS) {
        let rows = band.chunks_exact(width.max(1));
        let size = [width.div_ceil(8) as u16, rows.len() as u16];
        bytes.extend([GS, b'v', b'0', 0]);
        bytes.extend(size.iter().flat_map(|side| side.to_le_bytes()));
        bytes.extend(rows.flat_map(|row| row.chunks(8).map(eight)));
    }
    bytes.extend([ESC, b'd', FEED_LINES]);
    // On to the knife, and cut but for one point, so that no slip falls to the floor.
    bytes.extend([GS, b'V', 66, 0]);
    bytes
}

/// Packs up to eight dots, the left one into the highest bit.
fn eight(dots: &[u8]) -> u8 {
    let bits = dots.iter().enumerate();
    bits.fold(0, |byte, (i, dot)| {
        byte | (u8::from(*dot < BLACK) << (7 - i))
    })
}

/// A question that a printer answers at once, whatever it does.
#[derive(Clone, Copy, Debug)]
pub enum Query {
    /// What keeps it from printing.
    Offline,
    Paper,
}

impl Query {
    pub const fn bytes(self) -> [u8; 3] {
        match self {
            Self::Offline => [DLE, EOT, 2],
            Self::Paper => [DLE, EOT, 4],
        }
    }

    /// Returns what the answer speaks of that keeps a slip from being printed.
    pub fn trouble(self, answer: u8) -> Option<PrinterState> {
        const COVER: u8 = 0x04;
        const STOPPED_BY_PAPER: u8 = 0x20;
        const ERROR: u8 = 0x40;
        const PAPER_END: u8 = 0x60;
        let has = |bits: u8| answer & bits != 0;
        match self {
            Self::Offline if has(COVER) => Some(PrinterState::CoverOpen),
            Self::Offline if has(STOPPED_BY_PAPER) => Some(PrinterState::NoPaper),
            Self::Offline if has(ERROR) => Some(PrinterState::Fault(
                "the printer reports an error".to_owned(),
            )),
            Self::Paper if has(PAPER_END) => Some(PrinterState::NoPaper),
            Self::Offline | Self::Paper => None,
        }
    }
}

/// Returns whether a byte answers a [`Query`]: its fixed bits tell it from what a printer says
/// unasked.
pub const fn is_status(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// Returns whether a byte answers [`PRINTED`].
pub const fn is_printed(byte: u8) -> bool {
    byte & 0b1001_0000 == 0
}
