//! What a machine is made a kiosk with (`packaging`), read by the programs that will read it there.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(
    clippy::print_stderr,
    reason = "what cannot be looked at here is said loudly"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use capture_station::provision::libraries;
use tempfile::TempDir;

const UNIT: &str = "capture-station.service";
const PLATFORM: &str = "../platform/capture-station-platform.service";

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

/// What systemd says of a unit whose program is one that is here. It exits with 0 even where it
/// does not know a key.
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
    let platform = fs::read_to_string(file(PLATFORM)).unwrap();
    assert_eq!(verified(&platform).unwrap(), "");
    let mistyped = unit.replace("WatchdogSec", "WatchdgSec");
    assert_ne!(mistyped, unit);
    let said = verified(&mistyped).unwrap();
    assert!(said.contains("WatchdgSec"), "it would not be seen: {said}");
}

/// How exposed systemd finds a unit, in tenths; 100 is a service without any bound.
fn exposure(unit: &str) -> Option<u32> {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join(UNIT);
    fs::write(&place, unit).unwrap();
    let words = ["security", "--offline=true", place.to_str().unwrap()];
    let said = said_by("systemd-analyze", &words)?;
    let score = said.rsplit_once("Overall exposure level for").unwrap().1;
    let score = score.split_whitespace().nth(1).unwrap();
    Some(score.replace('.', "").parse().unwrap())
}

#[test]
fn the_units_are_little_exposed() {
    let unit = fs::read_to_string(file(UNIT)).unwrap();
    let Some(found) = exposure(&unit) else { return };
    assert!(found <= 20, "{found} tenths");
    let platform = fs::read_to_string(file(PLATFORM)).unwrap();
    let platform = exposure(&platform).unwrap();
    assert!(platform <= 10, "{platform} tenths");
    let loosened = unit.replace("CapabilityBoundingSet=\n", "");
    assert_ne!(loosened, unit);
    assert!(exposure(&loosened).unwrap() > found, "it would not be seen");
}

/// The calls that a unit's filters leave, its lines applied in their order.
fn calls_left(unit: &str) -> Option<BTreeSet<String>> {
    let mut left = BTreeSet::new();
    let filters = unit
        .lines()
        .filter_map(|line| line.strip_prefix("SystemCallFilter="));
    for filter in filters {
        let (taken, names) = match filter.strip_prefix('~') {
            Some(names) => (true, names),
            None => (false, filter),
        };
        for call in names.split_whitespace().map(calls_of) {
            for call in call? {
                if taken {
                    left.remove(&call);
                } else {
                    left.insert(call);
                }
            }
        }
    }
    Some(left)
}

/// The calls of a set and of the sets in it; a call is its own set.
fn calls_of(name: &str) -> Option<Vec<String>> {
    if !name.starts_with('@') {
        return Some(vec![name.to_owned()]);
    }
    let said = said_by("systemd-analyze", &["syscall-filter", name])?;
    let members = said
        .lines()
        .skip(1)
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    let calls = members.map(calls_of).collect::<Option<Vec<_>>>()?;
    Some(calls.concat())
}

#[test]
fn the_service_lets_its_children_confine_themselves() {
    let unit = fs::read_to_string(file(UNIT)).unwrap();
    let Some(left) = calls_left(&unit) else {
        return;
    };
    for needed in [
        "prctl",
        "prlimit64",
        "landlock_create_ruleset",
        "landlock_restrict_self",
        "seccomp",
    ] {
        assert!(left.contains(needed), "{needed} is refused");
    }
    for unneeded in ["setuid", "mount", "ptrace", "clock_settime"] {
        assert!(!left.contains(unneeded), "{unneeded} is left");
    }
}

/// Whoever else could say that the kiosk lives could keep a hung one on the screen.
#[test]
fn only_the_kiosk_itself_feeds_its_watchdog() {
    let unit = fs::read_to_string(file(UNIT)).unwrap();
    assert!(unit.contains("\nNotifyAccess=main\n"), "{unit}");
    let start = fs::read_to_string(file("start")).unwrap();
    let last = start.lines().last().unwrap();
    assert!(
        last.starts_with("exec "),
        "then it is the main process: {last}"
    );
}

/// No tool finds them: the program is not linked with them.
#[test]
fn what_doctor_looks_for_is_what_the_package_depends_on() {
    let control = fs::read_to_string(file("../debian/control")).unwrap();
    let depends = control.split("\nDepends:").nth(1).unwrap();
    let depends = depends.split("\nRecommends:").next().unwrap();
    let depends: BTreeSet<_> = depends.split(',').map(str::trim).collect();
    let missing = libraries::missing(b"", |_| false);
    for library in missing {
        let package = library.package;
        assert!(depends.contains(package), "{package}");
    }
}

/// A name that no driver has taken yet is left out of the list for good.
#[test]
fn a_device_that_comes_by_a_module_is_allowed_before_it_is_there() {
    let unit = fs::read_to_string(file(UNIT)).unwrap();
    let starts_with = |name: &str| {
        ["Wants=", "After="].map(|key| {
            let mut lines = unit.lines().filter(|line| line.starts_with(key));
            lines.any(|line| line.contains(&format!("modprobe@{name}.service")))
        })
    };
    for (group, module) in [
        ("char-drm", "drm"),
        ("char-video4linux", "videodev"),
        ("char-alsa", "snd"),
        ("char-usb", "usblp"),
    ] {
        assert!(unit.contains(&format!("DeviceAllow={group} ")), "{group}");
        assert_eq!(starts_with(module), [true, true], "{module}");
    }
}

/// Its port is public: what comes in by it is nothing but a file system of two kinds, read by the
/// kernel alone.
#[test]
fn a_stick_is_mounted_only_as_what_it_may_be() {
    let rules = fs::read_to_string(file("70-capture-station.rules")).unwrap();
    let rules = rules.replace("\\\n", " ");
    let mounts: Vec<_> = rules
        .lines()
        .filter(|rule| rule.contains("systemd-mount"))
        .collect();
    let [rule] = mounts.as_slice() else {
        panic!("one rule mounts: {mounts:?}");
    };
    for needed in [
        r#"ENV{ID_FS_TYPE}=="vfat|exfat""#,
        "--type=$env{ID_FS_TYPE}",
        "--fsck=no",
        "nosuid,nodev,noexec",
        "umask=0077",
    ] {
        assert!(rule.contains(needed), "{needed} is missing");
    }
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

#[test]
fn a_receipt_printer_belongs_to_the_kiosk_alone() {
    let rules = fs::read_to_string(file("70-capture-station.rules")).unwrap();
    let given: Vec<_> = rules
        .lines()
        .filter(|line| line.contains("SUBSYSTEM==\"usbmisc\""))
        .collect();
    let [rule] = given.as_slice() else {
        panic!("one rule is for printers: {given:?}");
    };
    for bound in [
        "KERNEL==\"lp*\"",
        "GROUP=\"capture-station\"",
        "MODE=\"0660\"",
    ] {
        assert!(rule.contains(bound), "{bound}");
    }
}

#[test]
fn the_services_are_bounded_in_memory_and_the_kiosk_reads_no_input_but_keyboards() {
    for unit in [UNIT, PLATFORM] {
        let unit = fs::read_to_string(file(unit)).unwrap();
        for line in ["MemoryMax=", "MemorySwapMax=0"] {
            assert!(unit.lines().any(|one| one.starts_with(line)), "{line}");
        }
    }
    let users = fs::read_to_string(file("sysusers.conf")).unwrap();
    let groups = users.lines().filter(|line| line.starts_with("m "));
    let groups: BTreeSet<_> = groups.filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(groups, ["audio", "render", "video"].into());
    let rules = fs::read_to_string(file("70-capture-station.rules")).unwrap();
    let given: Vec<_> = rules
        .lines()
        .filter(|line| line.contains("SUBSYSTEM==\"input\""))
        .collect();
    assert_eq!(given.len(), 1);
    for bound in [
        "ENV{ID_BUS}==\"usb|bluetooth\"",
        "ENV{ID_INPUT_KEY}==\"1\"",
        "MODE=\"0640\"",
    ] {
        assert!(given[0].contains(bound), "{bound}");
    }
}
