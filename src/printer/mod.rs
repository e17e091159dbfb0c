//! A receipt printer on a USB port or in the network: pictures as ESC/POS, and what the printer
//! says of its paper and cover.
//!
//! Every wait ends at a deadline, and nothing is tried twice: a printer may hang, lie or be gone.

mod escpos;
mod line;
mod settings;
#[cfg(test)]
pub(crate) mod tests;

use std::{sync::atomic::AtomicBool, time::Duration};

use image::GrayImage;

pub use self::settings::{Port, Settings};
use self::{escpos::Query, line::Line};
use crate::{booth::PrinterState, time::Mono};

/// How long to wait for the answer to a question, which a printer gives even while it prints.
const ANSWER: Duration = Duration::from_millis(600);
/// How long a whole slip may take to be handed over: a slow printer needs 4 s.
const SLIP: Duration = Duration::from_secs(15);
/// How long the last lines may take to be printed.
const LAST_LINES: Duration = Duration::from_secs(4);

/// How the printer's edge knows the time, and whether it is to stop.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    pub clock: &'a dyn Fn() -> Mono,
    pub stop: &'a AtomicBool,
}

/// Returns what the printer says of itself. Takes at most a few seconds.
pub fn look(port: &Port, patience: Patience<'_>) -> PrinterState {
    match Line::open(port, patience).and_then(|mut line| standing(&mut line)) {
        Ok(_) => PrinterState::Ready,
        Err(why) => why,
    }
}

/// Prints a picture (0 is black) and cuts the paper. A printer that is not ready gets nothing.
pub fn print(port: &Port, picture: &GrayImage, patience: Patience<'_>) -> Result<(), PrinterState> {
    let mut line = Line::open(port, patience)?;
    let speech = standing(&mut line)?;
    line.write(&escpos::slip(picture), SLIP)?;
    match speech {
        Speech::Mute => line.finish(ANSWER),
        Speech::Answers => {
            // The answer to this question comes in its turn, so what was before it is printed.
            line.drain();
            line.write(&escpos::PRINTED, ANSWER)?;
            if line.answer(escpos::is_printed, LAST_LINES).is_none() {
                standing(&mut line)?;
            }
            Ok(())
        }
    }
}

/// Whether a printer answers questions. Many do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speech {
    Answers,
    Mute,
}

/// Asks for cover and paper. Returns an error if the printer cannot print now.
fn standing(line: &mut Line<'_>) -> Result<Speech, PrinterState> {
    for query in [Query::Offline, Query::Paper] {
        line.drain();
        line.write(&query.bytes(), ANSWER)?;
        let Some(answer) = line.answer(escpos::is_status, ANSWER) else {
            return line.still_open().map(|()| Speech::Mute);
        };
        query.trouble(answer).map_or(Ok(()), Err)?;
    }
    Ok(Speech::Answers)
}
