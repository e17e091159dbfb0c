//! The child process around zxing-cpp (`capture-station code-reader`): pictures in, codes out, nothing else at hand.

use std::{
    fs::File,
    io::{self},
    os::fd::AsFd,
    process::ExitCode,
};

use zxingcpp::{Barcode, BarcodeFormat, BarcodeReader, ImageFormat, ImageView};

use super::{
    luma::Luma,
    passes::{Cascade, Look},
    protocol::{self, Code, Flaw, LONGEST_ASK},
};
use crate::{child, geometry::Point};

/// The subcommand under which the program is this child.
pub const ROLE: &str = "code-reader";

/// A 64-megapixel picture and the decoder's own copies of it, and the program.
const MEMORY: u64 = 1 << 30;

/// The child's whole life: it ends with its input.
pub fn run() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_gone) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    child::confine(MEMORY)?;
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut cascade = Cascade::default();
    let decoder = Decoder::new();
    while let Some(message) = child::read(&mut input, LONGEST_ASK)? {
        let (picture, effort) = protocol::parse_ask(message)
            .map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
        let codes = cascade.read(&picture, effort, &mut |picture, look| {
            decoder.look(picture, look)
        });
        let answer = protocol::answer(&codes);
        child::write(&mut out, answer.kind, &[&answer.payload])?;
    }
    Ok(())
}

struct Decoder {
    plain: BarcodeReader,
    everything: BarcodeReader,
}

impl Decoder {
    fn new() -> Self {
        let formats = [BarcodeFormat::QRCode];
        Self {
            plain: BarcodeReader::new()
                .formats(formats)
                .try_harder(true)
                .try_rotate(false)
                .try_invert(false)
                .try_downscale(false)
                .return_errors(true),
            everything: BarcodeReader::new()
                .formats(formats)
                .try_harder(true)
                .try_rotate(true)
                .try_invert(true)
                .try_downscale(true),
        }
    }

    fn look(&self, picture: &Luma, look: Look) -> Vec<Code> {
        let reader = match look {
            Look::Plain => &self.plain,
            Look::Everything => &self.everything,
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
    }
}
