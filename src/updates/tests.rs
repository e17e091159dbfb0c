use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
};

use ed25519_dalek::SigningKey;
use tempfile::TempDir;

use super::*;
use crate::{
    child::can_trace,
    contract::{public_key_text, sha256_hex},
    jws::{self, Purpose},
    release::{FILES, MANIFEST, ReleaseFile},
};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn keys() -> KeySet {
    KeySet::one(key().verifying_key())
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn packaged() -> Packaged {
    Packaged {
        version: version("1.0.0"),
        program: "/usr/bin/capture-station".into(),
        index_schema: 6,
    }
}

/// A machine, and what is offered to it.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn releases(&self) -> Releases {
        Releases::new(self.folder.path().join("releases"))
    }

    fn offer(&self) -> PathBuf {
        self.folder.path().join("offer")
    }

    /// Offers a release with a program and a model.
    fn offers(&self, release: &Release, key: &SigningKey) {
        drop(fs::remove_dir_all(self.offer()));
        fs::create_dir_all(self.offer().join(FILES)).unwrap();
        for contents in contents(release.version) {
            fs::write(
                self.offer().join(FILES).join(sha256_hex(&contents)),
                &contents,
            )
            .unwrap();
        }
        let token = jws::sign(Purpose::Release, key, release).unwrap();
        fs::write(self.offer().join(MANIFEST), token).unwrap();
    }

    fn stage(&self, release: &Release) -> Result<Version, UpdateError> {
        self.offers(release, &key());
        self.takes(Failed::StaysRefused)
    }

    /// Stages what is offered.
    fn takes(&self, failed: Failed) -> Result<Version, UpdateError> {
        let releases = self.releases();
        releases.stage(&self.offer(), &keys(), &packaged(), failed)
    }

    fn staged(&self, text: &str) -> Version {
        self.stage(&release(text)).unwrap()
    }

    /// Starts the kiosk and returns what is started: a version, and whether it is on trial.
    fn starts(&self) -> (String, bool) {
        let (picked, trouble) = self.releases().pick(&packaged());
        assert!(trouble.is_none(), "{trouble:?}");
        let folder = picked.program.parent().unwrap();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(models) = &picked.models {
            assert!(models.join("face.tflite").exists());
        }
        (name, picked.trial.is_some())
    }

    fn folders(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.folder.path().join("releases")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.starts_with("record")).collect()
    }
}

fn contents(version: Version) -> [Vec<u8>; 2] {
    ["program", "model"].map(|what| format!("{what} of {version}").into_bytes())
}

fn release(text: &str) -> Release {
    let version = version(text);
    let paths = [PROGRAM, "models/face.tflite"];
    let files = paths.into_iter().zip(contents(version));
    Release {
        version,
        arch: std::env::consts::ARCH.to_owned(),
        index_schema: 6,
        share: 100,
        files: files
            .map(|(path, contents)| ReleaseFile {
                path: path.to_owned(),
                bytes: contents.len() as u64,
                sha256: sha256_hex(&contents),
            })
            .collect(),
    }
}

fn kept(place: &str) -> (String, bool) {
    (place.to_owned(), false)
}

fn on_trial(place: &str) -> (String, bool) {
    (place.to_owned(), true)
}

#[test]
fn a_machine_without_releases_starts_its_package() {
    let machine = Machine::new();
    assert_eq!(machine.starts(), kept("bin"));
    assert_eq!(machine.releases().commit().unwrap(), None);
    assert!(!machine.folder.path().join("releases").exists());
}

#[test]
fn a_release_that_becomes_ready_is_kept() {
    let machine = Machine::new();
    machine.staged("1.1.0");
    assert_eq!(machine.starts(), on_trial("1.1.0"));
    let committed = machine.releases().commit().unwrap();
    assert_eq!(committed, Some(version("1.1.0")));
    assert_eq!(machine.starts(), kept("1.1.0"));
    assert_eq!(machine.starts(), kept("1.1.0"));
    assert_eq!(machine.releases().commit().unwrap(), None);

    machine.staged("1.2.0");
    assert_eq!(machine.starts(), on_trial("1.2.0"));
    machine.releases().commit().unwrap();
    assert_eq!(machine.folders(), ["1.2.0".to_owned()].into());
    let record = machine.releases().record().unwrap();
    assert_eq!(record.last, Some(Outcome::Kept(version("1.2.0"))));
}

#[test]
fn a_release_that_does_not_become_ready_goes_and_is_refused_from_then_on() {
    let machine = Machine::new();
    machine.staged("1.1.0");
    machine.starts();
    machine.releases().commit().unwrap();
    machine.staged("1.2.0");
    assert_eq!(machine.starts(), on_trial("1.2.0"));
    assert_eq!(
        machine.starts(),
        on_trial("1.2.0"),
        "it may have lost its power"
    );
    assert_eq!(machine.starts(), kept("1.1.0"), "the one before");
    assert_eq!(machine.folders(), ["1.1.0".to_owned()].into());
    let record = machine.releases().record().unwrap();
    assert_eq!(record.last, Some(Outcome::WentBack(version("1.2.0"))));
    assert_eq!(machine.releases().commit().unwrap(), None);

    let again = machine.stage(&release("1.2.0")).unwrap_err();
    assert!(matches!(again, UpdateError::Refused(_)), "{again}");
    machine.takes(Failed::IsTriedAgain).unwrap();
    assert_eq!(machine.starts(), on_trial("1.2.0"));
}

#[test]
fn what_is_on_trial_is_not_replaced_and_what_waits_is_not_copied_again() {
    let machine = Machine::new();
    machine.staged("1.1.0");
    let record = machine.releases().record().unwrap();
    machine.staged("1.1.0");
    assert_eq!(machine.releases().record().unwrap(), record);
    machine.starts();
    for other in ["1.1.0", "1.2.0"] {
        let why = machine.stage(&release(other)).unwrap_err();
        assert!(matches!(why, UpdateError::OnTrial(_)), "{why}");
    }
    machine.releases().commit().unwrap();
    assert_eq!(machine.starts(), kept("1.1.0"));
}

#[test]
fn what_never_started_is_not_kept() {
    let machine = Machine::new();
    machine.staged("1.1.0");
    assert_eq!(machine.releases().commit().unwrap(), None);
    assert_eq!(machine.starts(), on_trial("1.1.0"));
}

#[test]
fn a_record_that_cannot_be_written_starts_what_was_kept() {
    let machine = Machine::new();
    machine.staged("1.1.0");
    machine.starts();
    machine.releases().commit().unwrap();
    machine.staged("1.2.0");
    let beside = machine.folder.path().join("releases/record.json.tmp");
    fs::create_dir(&beside).unwrap();
    for _ in 0..3 {
        let (picked, trouble) = machine.releases().pick(&packaged());
        assert!(picked.program.ends_with("1.1.0/capture-station"));
        assert!(matches!(trouble, Some(UpdateError::Disk { .. })));
    }
    fs::remove_dir(&beside).unwrap();
    assert_eq!(machine.starts(), on_trial("1.2.0"));
}

#[test]
fn everybody_may_read_what_root_writes() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new();
    machine.offers(&release("1.1.0"), &key());
    // The kiosk's unit has this umask, and systemd gives it to its privileged commands too.
    let mut shell = Command::new("sh");
    let program = std::env::current_exe().unwrap();
    let done = update_by(
        shell
            .args(["-c", "umask 077; exec \"$0\" \"$@\""])
            .arg(program),
        &machine,
    );
    assert!(done, "the update failed");
    let releases = machine.folder.path().join("releases");
    let mode = |name: &str| {
        let found = fs::metadata(releases.join(name)).unwrap();
        found.permissions().mode() & 0o777
    };
    for folder in ["1.1.0", "1.1.0/models", "1.1.0/capture-station"] {
        assert_eq!(mode(folder), 0o755, "{folder}");
    }
    for file in [
        "record.json",
        "1.1.0/release.json",
        "1.1.0/models/face.tflite",
    ] {
        assert_eq!(mode(file), 0o644, "{file}");
    }
}

#[test]
fn a_newer_package_takes_over() {
    let machine = Machine::new();
    machine.staged("1.1.0");
    machine.starts();
    machine.releases().commit().unwrap();
    machine.staged("1.2.0");
    let newer = Packaged {
        version: version("1.2.0"),
        ..packaged()
    };
    let (picked, _) = machine.releases().pick(&newer);
    assert_eq!(picked.program, newer.program);
    assert!(machine.folders().is_empty());
}

#[test]
fn what_is_not_signed_for_this_booth_is_not_staged() {
    let machine = Machine::new();
    machine.staged("1.1.0");
    machine.starts();
    machine.releases().commit().unwrap();
    let refusal = |wrong: &Release| machine.stage(wrong).unwrap_err().to_string();

    for older in ["0.9.0", "1.1.0"] {
        let words = refusal(&release(older));
        assert!(words.contains("has 1.1.0 already"), "{words}");
    }
    let mut foreign = release("1.2.0");
    foreign.arch = "riscv64".to_owned();
    assert!(refusal(&foreign).contains("another processor (riscv64)"));
    let mut behind = release("1.2.0");
    behind.index_schema = 5;
    assert!(refusal(&behind).contains("schema 5"));

    machine.offers(&release("1.2.0"), &SigningKey::from_bytes(&[8; 32]));
    let staged = machine.takes(Failed::StaysRefused);
    assert!(matches!(staged, Err(UpdateError::Release(_))));
    assert_eq!(machine.releases().record().unwrap().trial, None);
    assert_eq!(machine.starts(), kept("1.1.0"));
}

#[test]
fn a_file_that_is_not_the_listed_one_is_not_staged() {
    let machine = Machine::new();
    let release = release("1.1.0");
    let program = machine.offer().join(FILES).join(&release.files[0].sha256);
    let harms: [(&str, &dyn Fn()); 6] = [
        ("altered", &|| {
            fs::write(&program, "Program of 1.1.0").unwrap();
        }),
        ("longer", &|| {
            fs::write(&program, "program of 1.1.0!").unwrap();
        }),
        ("shorter", &|| fs::write(&program, "program").unwrap()),
        ("missing", &|| fs::remove_file(&program).unwrap()),
        ("a link", &|| {
            fs::remove_file(&program).unwrap();
            let elsewhere = machine.folder.path().join("elsewhere");
            fs::write(&elsewhere, "program of 1.1.0").unwrap();
            std::os::unix::fs::symlink(elsewhere, &program).unwrap();
        }),
        ("a folder", &|| {
            fs::remove_file(&program).unwrap();
            fs::create_dir(&program).unwrap();
        }),
    ];
    for (harm, do_it) in harms {
        machine.offers(&release, &key());
        do_it();
        assert!(machine.takes(Failed::StaysRefused).is_err(), "{harm}");
        assert!(machine.folders().is_empty(), "{harm} leaves nothing");
        assert_eq!(machine.starts(), kept("bin"), "{harm}");
    }
    machine.staged("1.1.0");
    assert_eq!(machine.starts(), on_trial("1.1.0"));
}

#[test]
fn a_staged_release_whose_files_are_harmed_is_never_started() {
    let machine = Machine::new();
    machine.staged("1.1.0");
    let releases = machine.folder.path().join("releases");
    fs::write(releases.join("1.1.0").join(PROGRAM), "Program of 1.1.0").unwrap();
    assert_eq!(machine.starts(), kept("bin"));
    let record = machine.releases().record().unwrap();
    assert_eq!(record.last, Some(Outcome::Damaged(version("1.1.0"))));

    machine.staged("1.2.0");
    machine.starts();
    machine.releases().commit().unwrap();
    fs::remove_file(releases.join("1.2.0/models/face.tflite")).unwrap();
    assert_eq!(machine.starts(), kept("bin"));
}

#[test]
fn a_damaged_record_starts_the_package_and_says_so() {
    let machine = Machine::new();
    machine.staged("1.1.0");
    let record = machine.folder.path().join("releases/record.json");
    fs::write(&record, "{").unwrap();
    let (picked, trouble) = machine.releases().pick(&packaged());
    assert_eq!(picked.program, packaged().program);
    assert!(trouble.unwrap().to_string().contains("record.json"));
}

/// The calls by which files and folders are made, written, synced, named and removed.
const CALLS: [&str; 8] = [
    "openat",
    "write",
    "fsync",
    "mkdir",
    "rename",
    "unlink",
    "unlinkat",
    "copy_file_range",
];
const CUT_FOLDER: &str = "CAPTURE_STATION_UPDATE_CUT";

/// What the child of the next test does: a release is staged, tried and kept, after an earlier one.
#[test]
#[ignore = "the child of the test below, which make test runs"]
fn one_update() {
    let Some(folder) = std::env::var_os(CUT_FOLDER).map(PathBuf::from) else {
        return;
    };
    let releases = Releases::new(folder.join("releases"));
    releases
        .stage(
            &folder.join("offer"),
            &keys(),
            &packaged(),
            Failed::StaysRefused,
        )
        .unwrap();
    releases.pick(&packaged());
    releases.commit().unwrap();
}

/// Stops an update by killing it before each system call in turn, and starts the machine again: it
/// always has a whole program, and soon the new one where the update came far enough.
#[test]
fn every_call_at_which_a_machine_stops_leaves_a_whole_program() {
    if !can_trace("stops of an update") {
        return;
    }
    let mut ends = BTreeSet::new();
    let mut stops = 0;
    for call in CALLS {
        for nth in 1.. {
            let machine = Machine::new();
            machine.staged("1.1.0");
            machine.starts();
            machine.releases().commit().unwrap();
            machine.offers(&release("1.2.0"), &key());
            let is_cut = stopped_before(&machine, call, nth);

            let (place, is_on_trial) = machine.starts();
            let folder = machine.folder.path().join("releases").join(&place);
            let whole = staging::is_whole(&folder, &release(&place));
            assert!(whole, "{call} {nth}: {place}");
            assert!(["1.1.0", "1.2.0"].contains(&place.as_str()), "{place}");
            if is_on_trial {
                machine.releases().commit().unwrap();
                assert_eq!(machine.starts(), kept("1.2.0"));
            }
            if place == "1.1.0" {
                machine.staged("1.2.0");
                assert_eq!(machine.starts(), on_trial("1.2.0"));
            }
            if !is_cut {
                break;
            }
            stops += 1;
            ends.insert((place, is_on_trial));
        }
    }
    assert!(stops > 30, "{stops} stops are too few to be true");
    let all = [kept("1.1.0"), kept("1.2.0"), on_trial("1.2.0")];
    assert_eq!(ends, all.into());
}

/// Runs [`one_update`] until the `nth` such call. Returns whether it came to that call.
fn stopped_before(machine: &Machine, call: &str, nth: usize) -> bool {
    let inject = format!("inject={call}:signal=KILL:when={nth}");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-o", "/dev/null"])
        .args(["-e", &format!("trace={call}"), "-e", &inject])
        .arg(std::env::current_exe().unwrap());
    !update_by(&mut strace, machine)
}

/// Runs [`one_update`] on a machine by a command that ends with this program. Returns whether it
/// came to its end.
fn update_by(program: &mut Command, machine: &Machine) -> bool {
    let status = program
        .args(["--exact", "updates::tests::one_update", "--ignored"])
        .env(CUT_FOLDER, machine.folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.unwrap().success()
}

#[test]
fn keys_are_read_with_comments_and_a_wrong_line_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("release-keys");
    let read = |text: &str| {
        fs::write(&file, text).unwrap();
        keys_in(&file)
    };
    let key = key().verifying_key();
    let text = public_key_text(&key);
    read(&format!("# ours\n\n{text}\n")).unwrap();
    let none = read("# ours\n").unwrap_err().to_string();
    assert!(none.contains("takes no releases"), "{none}");
    let wrong = read("ours\n").unwrap_err().to_string();
    assert!(wrong.contains("not a public key"), "{wrong}");
}
