//! The compute thread: what takes longer than one picture of the window may. Portraits and PINs.

use std::{
    path::Path,
    sync::{Arc, mpsc::Receiver},
};

use super::wires::Wires;
use crate::{
    analysis::Analyser,
    capture::CaptureId,
    contract::Batch,
    guidance::Sight,
    layout::Crop,
    portrait::{self, BackgroundMode},
    session::{Event, PinAnswer, Typed},
    station::{PinVerdict, Pins},
};

#[derive(Debug)]
pub enum Job {
    Standardise {
        visit: CaptureId,
        sight: Sight,
        crop: Crop,
        batch: Arc<Batch>,
    },
    VerifyPin(Typed),
}

/// Works through the jobs until the queue closes. `analyser` is this thread's own: it judges the final bytes.
pub fn run(wires: &Wires, jobs: &Receiver<Job>, analyser: &mut Analyser, station: &Path) {
    for job in jobs {
        let event = match job {
            Job::Standardise {
                visit,
                sight,
                crop,
                batch,
            } => {
                let result = portrait::standardise(
                    &sight.analysis,
                    crop,
                    &batch.profile,
                    analyser,
                    BackgroundMode::Profile,
                    None,
                );
                Event::Standardised {
                    visit,
                    result: result.map(Arc::new),
                }
            }
            Job::VerifyPin(typed) => Event::Pin(verify(station, &typed, wires)),
        };
        wires.tell(event);
    }
}

fn verify(station: &Path, typed: &Typed, wires: &Wires) -> PinAnswer {
    match Pins::verify(station, typed.as_str(), wires.clock.now().wall) {
        Ok(PinVerdict::Right) => PinAnswer::Right,
        Ok(PinVerdict::Wrong) => PinAnswer::Wrong,
        Ok(PinVerdict::Locked { seconds }) => PinAnswer::Wait(seconds),
        Ok(PinVerdict::NotSet) => PinAnswer::NotSet,
        Err(error) => {
            tracing::error!(%error, "the staff PIN cannot be checked");
            PinAnswer::NotSet
        }
    }
}
