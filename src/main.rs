//! Starts what the command line asks for.

use std::process::ExitCode;

use capture_station::{camera, reader};

fn main() -> ExitCode {
    // The child processes come first: they want nothing that a kiosk sets up.
    match std::env::args().nth(1).as_deref() {
        Some(camera::worker::ROLE) => camera::worker::run(),
        Some(reader::worker::ROLE) => reader::worker::run(),
        _ => ExitCode::SUCCESS,
    }
}
