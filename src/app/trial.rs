//! A release on trial (`updates`): it must prove that it can serve before it is kept, and until
//! then it changes nothing that the program before it could not read.

use std::{env, fmt, path::Path};

use super::{opening, wires::Wires};
use crate::{
    booth::{CameraState, Fault},
    outbox::{self, Trial},
    station::Station,
    updates::{Record, Releases},
};

/// The version on trial; set by `update pick` for the kiosk's service.
pub const VARIABLE: &str = "CAPTURE_STATION_TRIAL";

/// Returns whether this start of the program is its trial.
pub fn is_on() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// Returns what the booth shows instead of opening, while the release is on trial: `Updating` if
/// the index has to climb to a newer schema, which it does at the start after the trial. The climb
/// is rehearsed on a copy.
pub fn before_opening(data: &Path) -> Option<Fault> {
    let fault = |why: &dyn fmt::Display| Some(Fault::Outbox(why.to_string()));
    match outbox::rehearse(&opening::outbox_folder(data)) {
        Ok(false) => None,
        Ok(true) => match seals(&opening::station_folder(data)) {
            Ok(()) => Some(Fault::Updating),
            Err(why) => fault(&why),
        },
        Err(why) => fault(&why),
    }
}

/// Returns whether a staged release waits for a start of the service.
pub fn waits() -> bool {
    record().is_some_and(|record| record.waits())
}

fn record() -> Option<Record> {
    Releases::installed().record().ok()
}

/// Tries what a release needs beside its window: the camera streams, and the booth's keys seal.
pub fn passes(wires: &Wires, station: &Path) -> bool {
    if wires.camera.newest().as_deref() != Some(&CameraState::Streaming) {
        return false;
    }
    let sealed = seals(station);
    if let Err(why) = &sealed {
        tracing::error!(%why, "the release on trial cannot seal");
    }
    sealed.is_ok()
}

/// Seals something empty with the booth's keys.
fn seals(station: &Path) -> anyhow::Result<()> {
    Trial::new(Station::load(station)?.recipient())?;
    Ok(())
}

/// Returns whether the trial has ended well, so that the index may climb.
pub fn is_over() -> bool {
    record().is_some_and(|record| record.trial.is_none())
}
