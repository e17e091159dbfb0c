//! Starts what the command line asks for.

use std::process::ExitCode;

use capture_station::{app::log::Tee, camera, child::confinement, cli, reader};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // The child processes come first: they need nothing that a kiosk sets up.
    match std::env::args().nth(1).as_deref() {
        Some(camera::worker::ROLE) => return camera::worker::run(),
        Some(camera::sysfs::REBIND_ROLE) => return camera::sysfs::rebind(),
        Some(reader::worker::ROLE) => return reader::worker::run(),
        Some(confinement::PROBE_ROLE) => return confinement::run_probe(),
        #[cfg(feature = "sitter")]
        Some(role) if let Some(act) = role.strip_prefix(camera::faulty::ROLE) => {
            return camera::faulty::run(act);
        }
        _ => {}
    }
    let filter = EnvFilter::try_from_env("CAPTURE_STATION_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,capture_station=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Tee)
        .with_target(false)
        .init();
    cli::run()
}
