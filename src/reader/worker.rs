//! The child process around zxing-cpp (`capture-station code-reader`): pictures in, codes out, and
//! access to nothing else.

use std::{io, process::ExitCode};

use super::{
    decoder::Decoder,
    passes::Cascade,
    protocol::{self, LONGEST_ASK},
};
use crate::child::{
    self,
    confinement::{self, Reach},
};

/// The subcommand under which the program is this child.
pub const ROLE: &str = "code-reader";

/// For a 64-megapixel picture, the decoder's own copies of it, and the program.
const MEMORY: u64 = 1 << 30;

/// Runs the child for its whole life: it ends with its input.
pub fn run() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_gone) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    child::confine(MEMORY)?;
    let (mut input, mut out) = child::ends()?;
    confinement::seal(Reach::Memory);
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
