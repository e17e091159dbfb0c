//! A thousand visits of a booth that is killed again and again, and every byte that it leaves
//! behind: no picture, code, tail or contact.
//!
//! What is looked for is planted: each capture holds words that nothing else does (`CODE`, `FACE`,
//! `TAIL`).

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::tests::{CODE, TAIL, capture, files_below, now, open};
use crate::capture::Contact;

const FOLDER: &str = "CAPTURE_STATION_CANARY_FOLDER";
const FIRST: &str = "CAPTURE_STATION_CANARY_FIRST";
/// As many as one byte tells apart.
const VISITS_A_BOOTH: u8 = 200;
const BOOTHS: u64 = 5;

/// The booth: saves one capture after the other until it is killed; its log and what it told lie
/// beside its outbox.
#[test]
#[ignore = "the child of the test below"]
fn child() {
    let (Some(folder), Ok(first)) = (env::var_os(FOLDER), env::var(FIRST)) else {
        return;
    };
    let folder = Path::new(&folder);
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log)
        .init();
    let mut outbox = open(&folder.join("booth"));
    for n in first.parse().unwrap()..=VISITS_A_BOOTH {
        let capture = capture(n);
        tracing::info!(?capture, code = ?capture.code, tail = ?capture.tail, "about to save");
        let saved = outbox.save(&capture, now(u64::from(n))).unwrap();
        tracing::info!(?saved, "saved");
        if n.is_multiple_of(3) {
            let contact = contact();
            tracing::info!(?contact, "a contact was given");
            let added = outbox.add_contact(saved.id, &contact, now(u64::from(n)));
            added.unwrap();
        }
        assert_eq!(shared_with_files(), ["index.sqlite-shm"]);
        fs::write(folder.join("told"), n.to_string()).unwrap();
    }
}

/// How a sitter may be told, if anything of it were written in plain.
fn contact() -> Contact {
    Contact {
        phone: "CANARY13800000000".to_owned(),
        email: "CANARY@shili.example".to_owned(),
        file_name: "CANARY_2026".to_owned(),
    }
}

/// The files that this process maps so that its writes reach them.
fn shared_with_files() -> Vec<String> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut names: Vec<String> = maps
        .lines()
        .filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode == "rw-s"))
        .filter_map(|line| Some(line.rsplit_once('/')?.1.to_owned()))
        .collect();
    names.dedup();
    names
}

/// The number of the last capture that the booth told as saved.
fn told(folder: &Path) -> u8 {
    let text = fs::read_to_string(folder.join("told")).unwrap_or_default();
    // The kill may have come between the file's making and its writing.
    text.parse().unwrap_or(0)
}

#[test]
fn a_thousand_visits_with_crashes_leave_no_face_code_tail_or_contact_anywhere() {
    let (mut crashes, mut looked_at) = (0, 0);
    for booth in 0..BOOTHS {
        let folder = tempfile::tempdir().unwrap();
        let mut next = 1;
        while next <= VISITS_A_BOOTH {
            let mut child = Command::new(env::current_exe().unwrap())
                .args(["--exact", "outbox::canary::child", "--ignored"])
                .env(FOLDER, folder.path())
                .env(FIRST, next.to_string())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // Some die while they open, most while they save, a few captures later.
            let more = u8::try_from((booth + crashes * 5) % 7).unwrap();
            while told(folder.path()) + 1 < next + more && child.try_wait().unwrap().is_none() {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis((booth * 3 + crashes * 11) % 9));
            // One that has come to its end cannot be killed any more.
            drop(child.kill());
            let status = child.wait().unwrap();
            assert!(status.code().is_none_or(|code| code == 0), "{status}");
            crashes += u64::from(status.code().is_none());
            next = next.max(told(folder.path()) + 1);
            looked_at += look_at(folder.path());
        }
        assert!(log_is_alive(folder.path()));
    }
    println!("{crashes} crashes, {looked_at} files looked at: no canary");
    assert!(crashes > 100, "{crashes} crashes are too few to be true");
}

/// Looks into every file; how many there were.
fn look_at(folder: &Path) -> usize {
    let base64 = STANDARD.encode(CODE).into_bytes();
    let long: [&[u8]; 4] = [CODE, b"CANARYFACE", &base64[..24], b"CANARY"];
    let files = files_below(folder);
    for file in &files {
        // A sealed file holds any four bytes some day; a tail is looked for where text could be.
        let is_sealed = file.components().any(|part| {
            let name = part.as_os_str();
            name == "parcels" || name == "consents"
        });
        let tail: &[&[u8]] = if is_sealed { &[] } else { &[TAIL.as_bytes()] };
        // Gone since it was listed: a child that is already dead moves nothing, so this is a fault
        // of the test.
        let bytes = fs::read(file).unwrap();
        for canary in long.iter().chain(tail) {
            let found = bytes.windows(canary.len()).any(|window| window == *canary);
            assert!(!found, "{} in {}", canary.escape_ascii(), file.display());
        }
    }
    files.len()
}

/// A log that holds nothing would hold no canary either.
fn log_is_alive(folder: &Path) -> bool {
    let log = fs::read_to_string(folder.join("log")).unwrap();
    log.contains("about to save")
        && log.contains("PersonalCode(..)")
        && log.contains("Tail(..)")
        && log.contains("Contact(..)")
}

/// The negative control: a canary left in a file is found.
#[test]
fn a_canary_that_was_left_is_found() {
    let folder = tempfile::tempdir().unwrap();
    look_at(folder.path());
    for (name, bytes) in [
        ("log", CODE),
        ("parcels", b"\x00CANARYFACE\x00".as_slice()),
        ("swap", TAIL.as_bytes()),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let found = std::panic::catch_unwind(|| look_at(folder.path())).is_err();
        assert!(found, "{name}");
        fs::remove_file(file).unwrap();
    }
}
