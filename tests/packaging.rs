//! What a machine is made a kiosk with (`packaging/kiosk`), read by the programs that will read it there.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(
    clippy::print_stderr,
    reason = "what cannot be looked at here is said loudly"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

const UNIT: &str = "capture-station.service";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packaging/kiosk")
        .join(name)
}

/// Everything that a program said; `None` where it is not installed.
fn said_by(program: &str, words: &[&str]) -> Option<String> {
    let Ok(output) = Command::new(program).args(words).output() else {
        eprintln!("SKIPPED: {program} is not installed here");
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let failed = if output.status.success() {
        ""
    } else {
        "failed"
    };
    Some(format!(
        "{}{}{failed}",
        text(&output.stdout),
        text(&output.stderr)
    ))
}

/// What systemd says of a unit whose program is one that is here. It exits with 0 even where it does not know a key.
fn verified(unit: &str) -> Option<String> {
    let folder = TempDir::new().unwrap();
    let here: Vec<String> = unit
        .lines()
        .map(|line| {
            let starts = line.starts_with("ExecStart=");
            if starts { "ExecStart=/bin/true" } else { line }.to_owned()
        })
        .collect();
    let place = folder.path().join(UNIT);
    fs::write(&place, here.join("\n")).unwrap();
    said_by("systemd-analyze", &["verify", place.to_str().unwrap()])
}

#[test]
fn systemd_understands_the_kiosks_unit_and_its_credential() {
    let unit = fs::read_to_string(file(UNIT)).unwrap();
    let Some(said) = verified(&unit) else { return };
    assert_eq!(said, "");
    let credential = fs::read_to_string(file("credential.conf")).unwrap();
    assert_eq!(verified(&format!("{unit}\n{credential}")).unwrap(), "");
    let mistyped = unit.replace("WatchdogSec", "WatchdgSec");
    assert_ne!(mistyped, unit);
    let said = verified(&mistyped).unwrap();
    assert!(said.contains("WatchdgSec"), "it would not be seen: {said}");
}

#[test]
fn systemd_would_make_the_kiosks_user() {
    let place = file("sysusers.conf");
    let words = ["--dry-run", place.to_str().unwrap()];
    let Some(said) = said_by("systemd-sysusers", &words) else {
        return;
    };
    assert!(!said.contains("failed"), "{said}");
    // Where the machine has the user already, nothing is left to be made.
    let known = fs::read_to_string("/etc/passwd").unwrap();
    let is_known = known.contains("capture-station:");
    assert!(is_known || said.contains("Creating user"), "{said}");
}

#[test]
fn udev_understands_the_rules() {
    let place = file("70-capture-station.rules");
    let Some(said) = said_by("udevadm", &["verify", place.to_str().unwrap()]) else {
        return;
    };
    if said.contains("Unknown command verb") {
        eprintln!("SKIPPED: this udevadm cannot verify rules");
        return;
    }
    assert!(!said.contains("failed"), "{said}");
}
