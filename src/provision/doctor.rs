//! What would keep this booth from a good day, in one list, before the first visitor.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::libraries::{self, Library, Screen};
use crate::{
    booth::PrinterState,
    camera::{commissioned::Standing, controls::FOCUS_ABSOLUTE, modes, worker::VIDEO4LINUX},
    child::{
        confinement::{self, Attempt, Found, Layers, Reach},
        this_program,
    },
    contract::{Batch, Published},
    outbox::RESERVE_BYTES,
    session::desk::{Finding, Level},
    station::{self, KeyPlace, Pins, Station, StationError},
    time::{ClockFault, Now, Wall},
};

/// What the rest of the program found when it tried.
#[derive(Debug)]
pub struct Inputs {
    /// Where the configuration came from, or why there is none.
    pub config: Result<String, String>,
    /// The folder of the models, or which file is missing or altered.
    pub models: Result<PathBuf, String>,
    /// The typeface, if it was found.
    pub font: Option<PathBuf>,
    /// The booth's data folder.
    pub data: PathBuf,
    /// The folder of the booth's identity.
    pub station: PathBuf,
    pub camera: Standing,
    /// What the camera cannot do, and what to do instead.
    pub camera_lacks: Option<&'static str>,
    /// What a child could still do that had given up everything, or why none could be asked.
    pub children: Result<Found, String>,
    /// What the slip printer says, if one is configured.
    pub printer: Option<PrinterState>,
    pub now: Now,
    /// What is wrong with this machine's clock.
    pub clock: Option<ClockFault>,
}

fn finding(name: &str, level: Level, text: impl Into<String>) -> Finding {
    Finding {
        name: name.to_owned(),
        level,
        text: text.into(),
    }
}

/// Looks at everything, in the order in which one would repair it.
pub fn examine(inputs: &Inputs) -> Vec<Finding> {
    let mut findings = vec![
        config(&inputs.config),
        models(&inputs.models),
        font(inputs.font.as_deref()),
        loadable(fs::read(libraries::CACHE)),
        writable(&inputs.data),
        space(&inputs.data),
        clock(inputs.now.wall, inputs.clock),
        camera(&inputs.camera, inputs.camera_lacks),
        children(&inputs.children),
        printer(inputs.printer.as_ref()),
        swap(fs::read_to_string("/proc/swaps")),
    ];
    findings.extend(identity(&inputs.station, inputs.now.wall));
    findings
}

/// Returns whether the booth can open.
pub fn passes(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.level != Level::Fail)
}

fn config(found: &Result<String, String>) -> Finding {
    match found {
        Ok(source) => finding("config", Level::Ok, source),
        Err(why) => finding("config", Level::Fail, why),
    }
}

fn models(found: &Result<PathBuf, String>) -> Finding {
    match found {
        Ok(folder) => finding("models", Level::Ok, folder.display().to_string()),
        Err(why) => finding("models", Level::Fail, why),
    }
}

fn font(found: Option<&Path>) -> Finding {
    match found {
        Some(file) => finding("font", Level::Ok, file.display().to_string()),
        None => finding(
            "font",
            Level::Fail,
            "no typeface with Chinese characters was found: install fonts-noto-cjk",
        ),
    }
}

/// A library that is missing ends the program as it opens its window, with a panic that names none
/// of this.
fn loadable(cache: io::Result<Vec<u8>>) -> Finding {
    let name = "libraries";
    let Ok(cache) = cache else {
        let text = format!("{} cannot be read: run `ldconfig`", libraries::CACHE);
        return finding(name, Level::Warn, text);
    };
    missing_libraries(&libraries::missing(&cache, Path::exists))
}

fn missing_libraries(missing: &[Library]) -> Finding {
    let name = "libraries";
    if missing.is_empty() {
        return finding(
            name,
            Level::Ok,
            "the libraries that the window loads are installed",
        );
    }
    let packages: Vec<_> = missing.iter().map(|library| library.package).collect();
    let packages = packages.join(" ");
    if missing.iter().any(|one| one.screen == Screen::Booth) {
        let text = format!("the window cannot open: install {packages}");
        finding(name, Level::Fail, text)
    } else {
        let text =
            format!("the window opens on a booth's screen, not under X11: install {packages}");
        finding(name, Level::Warn, text)
    }
}

/// Writes a file, makes it durable and removes it: what a capture needs.
fn writable(data: &Path) -> Finding {
    let name = "data_folder";
    if !data.exists() {
        let text = format!(
            "{} does not exist yet; the first start makes it",
            data.display()
        );
        return finding(name, Level::Warn, text);
    }
    let probe = data.join(format!(".doctor-{}.tmp", std::process::id()));
    let written = fs::File::create_new(&probe).and_then(|mut file| {
        file.write_all(b"doctor")?;
        file.sync_all()
    });
    match written.and_then(|()| fs::remove_file(&probe)) {
        Ok(()) => finding(name, Level::Ok, data.display().to_string()),
        Err(why) => finding(
            name,
            Level::Fail,
            format!(
                "{} cannot be written ({why}): check its owner and the disk",
                data.display()
            ),
        ),
    }
}

const MIB: u64 = 1024 * 1024;
/// A day of captures, with the link down.
const COMFORTABLE_MIB: u64 = 4096;

fn space(data: &Path) -> Finding {
    let there = data.ancestors().find(|folder| folder.exists());
    match rustix::fs::statvfs(there.unwrap_or(Path::new("/"))) {
        Ok(disk) => room(disk.f_bavail.saturating_mul(disk.f_frsize) / MIB),
        Err(why) => finding(
            "disk_space",
            Level::Fail,
            format!("the disk's free space cannot be read ({why})"),
        ),
    }
}

fn room(free_mib: u64) -> Finding {
    let (level, advice) = if free_mib <= RESERVE_BYTES / MIB {
        (Level::Fail, ": too little for any visit, make room")
    } else if free_mib < COMFORTABLE_MIB {
        (Level::Warn, ": little for a day without the platform")
    } else {
        (Level::Ok, "")
    };
    finding("disk_space", level, format!("{free_mib} MiB free{advice}"))
}

fn clock(believed: Wall, fault: Option<ClockFault>) -> Finding {
    let believed = believed.0.strftime("%Y-%m-%d %H:%M UTC");
    let (level, text) = match fault {
        None => (Level::Ok, believed.to_string()),
        Some(ClockFault::Behind) => (
            Level::Fail,
            format!("this machine's clock is behind: it must be {believed} or later, set it"),
        ),
        Some(ClockFault::Apart) => (
            Level::Warn,
            format!(
                "this machine's clock differs from the platform's, which said {believed}: set it"
            ),
        ),
        Some(ClockFault::LongUnchecked) => (
            Level::Warn,
            format!(
                "{believed}; the booth has not reached the platform for months: check the date"
            ),
        ),
    };
    finding("clock", level, text)
}

fn camera(standing: &Standing, lacks: Option<&str>) -> Finding {
    let (level, text) = match standing {
        Standing::Played(source) => (Level::Ok, format!("none: {source} is played")),
        Standing::Absent => (
            Level::Fail,
            "no camera was found: check its cable, and that this user is in the group video"
                .to_owned(),
        ),
        Standing::Another(device) => (
            Level::Fail,
            format!(
                "{device} is plugged in but is not this booth's camera: plug the booth's own back in, or run `capture-station camera accept`"
            ),
        ),
        Standing::Unlocked(device) => (
            Level::Warn,
            format!(
                "{device}: its exposure, white balance and focus are not locked, so portraits of one day differ: run `capture-station camera lock`"
            ),
        ),
        Standing::Locked(device) => (Level::Ok, device.to_string()),
    };
    let text = match lacks {
        Some(lacks) => format!("{text}; {lacks}"),
        None => text,
    };
    finding("camera", level, text)
}

/// Without slips the booth opens all the same.
fn printer(state: Option<&PrinterState>) -> Finding {
    let (level, text) = match state {
        None => (Level::Ok, "no slip printer".to_owned()),
        Some(PrinterState::Ready) => (Level::Ok, "the slip printer takes slips".to_owned()),
        Some(PrinterState::NoPaper) => (
            Level::Warn,
            "the slip printer has no paper: put a roll in".to_owned(),
        ),
        Some(PrinterState::CoverOpen) => (
            Level::Warn,
            "the slip printer's cover is open: close it".to_owned(),
        ),
        Some(PrinterState::Fault(why)) => (
            Level::Warn,
            format!(
                "the slip printer cannot be used ({why}): check its power, its cable and [printer] in the configuration"
            ),
        ),
    };
    finding("printer", level, text)
}

/// Foreign code, the camera's driver library and the decoder of codes, runs in children that keep
/// nothing but what is open. One layer alone still refuses most, so a missing one closes no booth.
fn children(found: &Result<Found, String>) -> Finding {
    let finding = |level, text| finding("children", level, text);
    let found = match found {
        Ok(found) => found,
        Err(why) => {
            let text = format!("no child process could be started for this check ({why})");
            return finding(Level::Fail, text);
        }
    };
    if found.is_whole() {
        let text = "confined by Landlock and a system-call filter";
        return finding(Level::Ok, text.to_owned());
    }
    let missing = match (found.layers.landlock, found.layers.filter) {
        (true, true) => "",
        (true, false) => " without a system-call filter (CONFIG_SECCOMP_FILTER)",
        (false, true) => " without Landlock (kernel 5.13 or newer, `landlock` in its list `lsm=`)",
        (false, false) => " neither by Landlock nor by a system-call filter",
    };
    let mut open: Vec<_> = found.open.iter().map(|attempt| can(*attempt)).collect();
    if found.strays > 0 {
        open.push("use files that the kiosk left open");
    }
    let open = match open.as_slice() {
        [] => String::new(),
        open => format!("; foreign code could {}", open.join(", ")),
    };
    let text = format!(
        "confined{missing}{open}: install the package again, its unit may be older than this program; else run a newer kernel"
    );
    finding(Level::Warn, text)
}

const fn can(attempt: Attempt) -> &'static str {
    match attempt {
        Attempt::ReadFile => "read files",
        Attempt::WriteFile => "write files",
        Attempt::ListProcesses => "see other processes",
        Attempt::InternetSocket => "use the network",
        Attempt::LocalSocket => "speak to local services",
        Attempt::StartProgram => "start programs",
        Attempt::TakeDescriptor => "reach into the kiosk",
        Attempt::SignalParent => "end the kiosk",
    }
}

/// Memory that is written to a disk outlives the visit.
fn swap(table: io::Result<String>) -> Finding {
    let Ok(table) = table else {
        return finding("swap", Level::Warn, "/proc/swaps cannot be read");
    };
    let mut areas = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next());
    match areas.find(|area| !area.starts_with("/dev/zram")) {
        Some(area) => finding(
            "swap",
            Level::Warn,
            format!(
                "{area} may keep pictures of visitors on the disk: run `swapoff -a` and take it out of /etc/fstab, or encrypt it"
            ),
        ),
        None => finding("swap", Level::Ok, "none on a disk"),
    }
}

fn identity(folder: &Path, now: Wall) -> Vec<Finding> {
    let station = match Station::load(folder) {
        Ok(station) => station,
        Err(StationError::NotEnrolled) => {
            let why = StationError::NotEnrolled.to_string();
            return vec![finding("enrolment", Level::Fail, why)];
        }
        Err(why) => return vec![finding("enrolment", Level::Fail, why.to_string())],
    };
    vec![
        finding(
            "enrolment",
            Level::Ok,
            format!("{} ({})", station.id(), station.name()),
        ),
        pin(Pins::is_set(folder)),
        batch(
            station
                .batches()
                .pinned()
                .map(|held| held.map(|held| held.batch)),
            now,
        ),
        calendar(station.batches().calendar(), now),
        key_trial(station::last_key_trial(folder), now),
        station_key(station.key_place(), fs::read(SEALED_KEY)),
    ]
}

/// How far dates on receipts reach, about.
const DAYS_AHEAD: i64 = 31;

/// A year's days off are announced around November of the year before.
fn calendar(held: Result<Published, StationError>, now: Wall) -> Finding {
    let known = match held {
        Ok(published) => published.calendar,
        Err(why) => return finding("calendar", Level::Warn, why.to_string()),
    };
    let today = now.china_date();
    let ahead = today.saturating_add(jiff::Span::new().days(DAYS_AHEAD));
    let Some(unknown) = [today, ahead].into_iter().find(|day| !known.knows(*day)) else {
        let last = known.announced().last().unwrap_or_default();
        let text = format!("the days off are known through {last}");
        return finding("calendar", Level::Ok, text);
    };
    let text = format!(
        "the days off of {} are not known here, and dates that rest on them are shown as estimates: have the platform publish its calendar, or import it from a stick",
        unknown.year()
    );
    finding("calendar", Level::Warn, text)
}

/// So many days a key trial is believed: it is repeated daily while there is a connection.
const TRIAL_DAYS: i64 = 7;

fn key_trial(last: Option<Wall>, now: Wall) -> Finding {
    const DAY_MS: i64 = 86_400_000;
    let Some(last) = last else {
        let text = "the platform has never shown that it opens what this booth seals: start the kiosk with a connection once";
        return finding("key_trial", Level::Warn, text);
    };
    let date = last.china_date();
    if now.unix_ms() - last.unix_ms() > TRIAL_DAYS * DAY_MS {
        let text = format!(
            "the platform last opened what this booth seals on {date}: start the kiosk with a connection"
        );
        return finding("key_trial", Level::Warn, text);
    }
    let text = format!("the platform opened what this booth seals on {date}");
    finding("key_trial", Level::Ok, text)
}

/// Where docs/operations/install.md puts the sealed key (`packaging/kiosk/credential.conf`).
const SEALED_KEY: &str = "/etc/capture-station/station.key.cred";
/// How a credential begins that systemd sealed with the host's key alone: base64 of the type's
/// first 15 bytes.
const SEALED_BY_HOST: &[u8] = b"Whxqht+dQJax1aZeCGLx";

fn station_key(place: KeyPlace, sealed: io::Result<Vec<u8>>) -> Finding {
    let name = "station_key";
    match place {
        KeyPlace::File => finding(name, Level::Warn, KEY_RISK),
        KeyPlace::Credential if sealed.is_ok_and(|text| text.starts_with(SEALED_BY_HOST)) => {
            finding(name, Level::Warn, HOST_KEY_RISK)
        }
        KeyPlace::Credential => finding(name, Level::Ok, "a credential of the service manager"),
    }
}

/// Without the TPM's libraries systemd falls back to this kind without a word.
const HOST_KEY_RISK: &str = "the booth's key is a systemd credential that a file on the same disk opens: anyone who takes the disk \
has both; seal it again with `systemd-creds encrypt --with-key=tpm2` (docs/operations/install.md)";

/// The remaining risk, in the words that a data-protection officer needs.
const KEY_RISK: &str = "the booth's key is in a file that only its user can read, not in a systemd credential: \
anyone who takes the disk or becomes that user can sign as this booth (not open its parcels); make it one \
(docs/operations/install.md) or encrypt the disk, and \
have the platform revoke the booth if it is lost";

fn pin(set: Result<bool, StationError>) -> Finding {
    match set {
        Ok(true) => finding("staff_pin", Level::Ok, "set"),
        Ok(false) => finding(
            "staff_pin",
            Level::Warn,
            "no staff PIN is set: the staff page stays closed until the booth is enrolled again",
        ),
        Err(why) => finding("staff_pin", Level::Fail, why.to_string()),
    }
}

fn batch(held: Result<Option<Batch>, StationError>, now: Wall) -> Finding {
    match held {
        Ok(Some(batch)) => pinned(&batch, now),
        Ok(None) => finding(
            "batch",
            Level::Warn,
            "no batch is pinned: every visitor has to show the school's batch code first",
        ),
        Err(why) => finding("batch", Level::Fail, why.to_string()),
    }
}

/// Where a batch stands by this machine's clock, believed or not, and how much that matters.
pub fn window(batch: &Batch, now: Wall) -> (Level, &'static str) {
    if batch.revoked {
        (Level::Fail, "revoked")
    } else if now < batch.opens {
        (Level::Warn, "not open yet")
    } else if now > batch.closes {
        (Level::Fail, "over")
    } else if now > batch.known_through {
        (
            Level::Warn,
            "open, but its rules are old: go online, or `batch import` a newer state",
        )
    } else {
        (Level::Ok, "open")
    }
}

fn pinned(batch: &Batch, now: Wall) -> Finding {
    let (level, state) = window(batch, now);
    let text = format!(
        "{}, {}: {state}, {} to {}",
        batch.school,
        batch.name,
        batch.opens.china_date(),
        batch.closes.china_date()
    );
    finding("batch", level, text)
}

/// What this booth's camera cannot do.
pub fn lacks(standing: &Standing) -> Option<&'static str> {
    let (Standing::Unlocked(device) | Standing::Locked(device)) = standing else {
        return None;
    };
    let has_focus = modes::controls_of(device.node)
        .is_ok_and(|controls| controls.iter().any(|(id, ..)| *id == FOCUS_ABSOLUTE));
    (!has_focus).then_some(
        "its focus cannot be set, so codes on phones may stay blurred: use a hand scanner for them",
    )
}

/// What the code reader or the camera's worker can still do on this machine once it is sealed.
pub fn probed() -> Result<Found, String> {
    let probe = |reach| confinement::probe(&this_program(), Layers::ALL, reach);
    let reader = probe(Reach::Memory).map_err(|why| why.to_string())?;
    let camera = probe(Reach::Driver(VIDEO4LINUX)).map_err(|why| why.to_string())?;
    Ok(if reader.is_whole() { camera } else { reader })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        camera::devices::Device,
        time::{Mono, Trust},
    };

    const TODAY: Wall = Wall(jiff::Timestamp::constant(1_795_000_000, 0));

    fn inputs(data: &Path) -> Inputs {
        Inputs {
            config: Ok("the built-in configuration".to_owned()),
            models: Err("face_landmark.tflite is missing".to_owned()),
            font: None,
            data: data.to_owned(),
            station: data.join("station"),
            camera: Standing::Played("sitter"),
            camera_lacks: None,
            children: Ok(confined(Layers::ALL, &[])),
            printer: None,
            now: Now {
                mono: Mono::default(),
                wall: TODAY,
                trust: Trust::Unknown,
            },
            clock: None,
        }
    }

    fn confined(layers: Layers, open: &[Attempt]) -> Found {
        Found {
            layers,
            open: open.to_vec(),
            strays: 0,
        }
    }

    fn level(findings: &[Finding], name: &str) -> Level {
        let found = findings.iter().find(|finding| finding.name == name);
        found.unwrap().level
    }

    #[test]
    fn a_bare_machine_is_told_what_is_missing() {
        let data = tempfile::tempdir().unwrap();
        let findings = examine(&inputs(data.path()));
        for name in ["models", "font", "enrolment"] {
            assert_eq!(level(&findings, name), Level::Fail, "{name}");
        }
        for name in ["config", "data_folder", "clock", "camera"] {
            assert_eq!(level(&findings, name), Level::Ok, "{name}");
        }
        assert!(!passes(&findings));
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_layer_that_the_kernel_lacks_is_named_and_what_it_leaves_open_too() {
        let filter_alone = Layers {
            landlock: false,
            filter: true,
        };
        let landlock_alone = Layers {
            landlock: true,
            filter: false,
        };
        let open = [Attempt::InternetSocket, Attempt::LocalSocket];
        for (found, level, words) in [
            (Ok(confined(Layers::ALL, &[])), Level::Ok, "by Landlock and"),
            (
                Ok(confined(filter_alone, &[])),
                Level::Warn,
                "without Landlock (kernel 5.13",
            ),
            (
                Ok(confined(landlock_alone, &open)),
                Level::Warn,
                "could use the network, speak to local services",
            ),
            (Err("no such file".to_owned()), Level::Fail, "no such file"),
        ] {
            let said = children(&found);
            assert_eq!(said.level, level, "{}", said.text);
            assert!(said.text.contains(words), "{}", said.text);
        }
    }

    #[test]
    fn a_printer_without_paper_is_named_and_closes_no_booth() {
        let said = |state: Option<PrinterState>| {
            let found = printer(state.as_ref());
            (found.level, found.text)
        };
        assert_eq!(said(None).0, Level::Ok);
        assert_eq!(said(Some(PrinterState::Ready)).0, Level::Ok);
        for (state, words) in [
            (PrinterState::NoPaper, "no paper"),
            (PrinterState::CoverOpen, "cover is open"),
            (
                PrinterState::Fault("no such device".to_owned()),
                "no such device",
            ),
        ] {
            let (level, text) = said(Some(state));
            assert_eq!(level, Level::Warn, "{text}");
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn a_library_that_a_booth_needs_fails_and_names_its_package() {
        let all = libraries::missing(b"", |_| false);
        let found = missing_libraries(&all);
        assert_eq!(found.level, Level::Fail);
        assert!(found.text.contains(" libwayland-egl1 "), "{}", found.text);
        let x11: Vec<_> = all
            .into_iter()
            .filter(|one| one.screen == Screen::Desk)
            .collect();
        assert_eq!(missing_libraries(&x11).level, Level::Warn);
        assert_eq!(missing_libraries(&[]).level, Level::Ok);
    }

    #[test]
    fn a_clock_that_is_behind_fails_and_one_that_may_be_wrong_is_told() {
        assert_eq!(clock(TODAY, Some(ClockFault::Behind)).level, Level::Fail);
        assert_eq!(
            clock(TODAY, Some(ClockFault::LongUnchecked)).level,
            Level::Warn
        );
        assert_eq!(clock(TODAY, None).level, Level::Ok);
    }

    #[test]
    fn a_key_trial_that_is_missing_or_old_is_told() {
        let ago = |days: i64| Wall::from_unix_ms(TODAY.unix_ms() - days * 86_400_000);
        assert_eq!(key_trial(None, TODAY).level, Level::Warn);
        assert_eq!(key_trial(Some(ago(8)), TODAY).level, Level::Warn);
        assert_eq!(key_trial(Some(ago(6)), TODAY).level, Level::Ok);
    }

    #[test]
    fn a_year_that_nobody_announced_is_named_a_month_before() {
        let on = |text: &str| {
            let now = Wall(text.parse().unwrap());
            calendar(Ok(Published::default()), now)
        };
        assert_eq!(on("2026-11-20T00:00:00Z").level, Level::Ok);
        for day in ["2026-12-02T00:00:00Z", "2027-06-01T00:00:00Z"] {
            let found = on(day);
            assert_eq!(found.level, Level::Warn);
            assert!(found.text.contains("of 2027"), "{}", found.text);
        }
    }

    #[test]
    fn a_credential_that_its_own_disk_opens_is_told() {
        let by_host = || Ok(b"Whxqht+dQJax1aZeCGLxmiAAAAABAAAADAAAABAA".to_vec());
        let by_tpm = || Ok(b"DHzAexF2RZGcS+oIvCD+".to_vec());
        let unread = || Err(io::Error::other("no"));
        let level = |place, sealed| station_key(place, sealed).level;
        assert_eq!(level(KeyPlace::Credential, by_host()), Level::Warn);
        assert_eq!(level(KeyPlace::Credential, by_tpm()), Level::Ok);
        assert_eq!(level(KeyPlace::Credential, unread()), Level::Ok);
        assert_eq!(level(KeyPlace::File, by_tpm()), Level::Warn);
    }

    #[test]
    fn only_swap_on_a_disk_is_worth_a_warning() {
        let table = |line: &str| Ok(format!("Filename Type Size Used Priority\n{line}"));
        assert_eq!(swap(table("")).level, Level::Ok);
        assert_eq!(
            swap(table("/dev/zram0 partition 100 0 100\n")).level,
            Level::Ok
        );
        let found = swap(table("/dev/sda2 partition 100 0 -2\n"));
        assert!(found.level == Level::Warn && found.text.contains("/dev/sda2"));
        assert_eq!(swap(Err(io::Error::other("no"))).level, Level::Warn);
    }

    #[test]
    fn space_is_judged_by_what_a_day_needs() {
        assert_eq!(room(0).level, Level::Fail);
        assert_eq!(room(1000).level, Level::Warn);
        assert_eq!(room(100_000).level, Level::Ok);
    }

    fn desk_camera() -> Device {
        Device {
            node: 0,
            name: "Desk camera".into(),
            vendor: "046d".into(),
            product: "0825".into(),
            serial: Some("A1".into()),
            bus: None,
        }
    }

    #[test]
    fn a_camera_that_is_not_the_booths_own_and_one_that_was_never_locked_are_told() {
        let here = desk_camera;
        for (standing, level, words) in [
            (Standing::Absent, Level::Fail, "cable"),
            (Standing::Another(here()), Level::Fail, "camera accept"),
            (Standing::Unlocked(here()), Level::Warn, "camera lock"),
            (Standing::Locked(here()), Level::Ok, "serial A1"),
            (Standing::Played("folder"), Level::Ok, "folder"),
        ] {
            let found = camera(&standing, None);
            assert_eq!(found.level, level, "{standing:?}");
            assert!(found.text.contains(words), "{}", found.text);
        }
    }
}
