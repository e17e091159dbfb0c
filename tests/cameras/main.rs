//! Cameras on the kernel's own drivers: Debian's stock kernel in qemu, vivid, and a UVC webcam that
//! lives in this test and is attached to the kernel by USB/IP (vhci-hcd). The shipped worker and
//! supervisor are tested. `make test-camera` runs it all.
//!
//! The same executable is both sides: outside it boots the machine, inside it runs the tests below
//! `guest::`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(
    clippy::indexing_slicing,
    reason = "descriptors and messages are bytes, and the kernel's are whole"
)]
#![expect(clippy::print_stdout, reason = "the figures are printed")]
#![expect(
    clippy::disallowed_methods,
    reason = "a camera is plugged in by a clock outside of it"
)]

mod booth;
mod guest;
#[path = "../qemu/mod.rs"]
mod qemu;
mod usbip;
mod uvc;

use std::{path::Path, process::Command, time::Duration};

use qemu::Machine;

/// The tests inside take three minutes on two free cores.
const PATIENCE: Duration = Duration::from_mins(15);

#[test]
#[ignore = "minutes: make test-camera"]
fn cameras_on_real_drivers_in_a_guest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = Command::new(root.join("packaging/guest.sh"))
        .arg(env!("CARGO_BIN_EXE_capture-station"))
        .arg(std::env::current_exe().unwrap())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: cameras on real drivers, no guest could be made here");
        return;
    }
    // To run some of them: `CAMERAS=a_stall make test-camera-guest`.
    let only = std::env::var("CAMERAS").unwrap_or_default();
    let words = format!("cameras.only={only}");
    let guest = root.join("target/guest");
    let machine = Machine::boot(&guest, "cameras", &words, |qemu, _| {
        qemu.args(["-accel", "tcg,thread=multi", "-m", "1280", "-smp", "2"]);
    });
    let mut results = vec![];
    while let Some(line) = machine.line(PATIENCE) {
        println!("    {line}");
        if line.starts_with("test result: ") {
            results.push(line);
        } else if line == "the tests ended" {
            break;
        }
    }
    let console = machine.console();
    let [result] = results.as_slice() else {
        panic!("the guest never ended its tests:\n{console}");
    };
    assert!(result.starts_with("test result: ok. "), "{console}");
    assert!(!result.contains(" 0 passed"), "nothing was tested");
}
