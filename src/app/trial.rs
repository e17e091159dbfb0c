//! A release on trial (`updates`): it must prove that it can serve before it is kept, and until
//! then it changes nothing that the program before it could not read.

use std::{env, path::Path};

use super::{opening, wires::Wires};
use crate::{
    booth::{CameraState, Fault},
    outbox::{self, Trial},
    station::Station,
    updates::{FOLDER, Releases},
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
    match outbox::rehearse(&opening::outbox_folder(data)) {
        Ok(false) => None,
        Ok(true) => Some(Fault::Updating),
        Err(why) => Some(Fault::Outbox(why.to_string())),
    }
}

/// Tries what a release needs beside its window: the camera streams, and the booth's keys seal.
pub fn passes(wires: &Wires, station: &Path) -> bool {
    if wires.camera.newest().as_deref() != Some(&CameraState::Streaming) {
        return false;
    }
    let sealed = Station::load(station)
        .map_err(|why| why.to_string())
        .and_then(|station| Trial::new(station.recipient()).map_err(|why| why.to_string()));
    if let Err(why) = &sealed {
        tracing::error!(%why, "the release on trial cannot seal");
    }
    sealed.is_ok()
}

/// Returns whether the trial has ended well, so that the index may climb.
pub fn is_over() -> bool {
    let record = Releases::new(FOLDER.into()).record();
    record.is_ok_and(|record| record.trial.is_none())
}
