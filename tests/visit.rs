//! Whole visits through the real program: with screens drawn off-screen, the synthetic sitter, a
//! sealed parcel, the platform.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use capture_station::{checks::FileFacts, reference::Platform};
use serde_json::Value;

/// Takes a lock: a visit fills two cores with analysis and drawing, and beside a second one its
/// screens would starve.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn demo(folder: &Path, out: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capture-station"));
    command
        .arg("--data")
        .arg(folder.join("data"))
        .args(["demo", "--headless", "--out"])
        .arg(folder.join(out))
        .args(more)
        .env("CAPTURE_STATION_LOG", "warn")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn report(output: &Output) -> Value {
    assert!(
        output.status.success(),
        "{} {}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Opens a stored parcel with Debian's own tools.
fn open_with_age_and_tar(platform: &Path, parcel: &Path, into: &Path) {
    let identity = platform.join("recipient-identity.txt");
    let mut age = Command::new("age")
        .arg("-d")
        .arg("-i")
        .arg(identity)
        .arg(parcel)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("age is missing ({error}): run `make setup`"));
    fs::create_dir_all(into).unwrap();
    let tar = Command::new("tar")
        .arg("-x")
        .arg("-C")
        .arg(into)
        .stdin(age.stdout.take().unwrap())
        .status()
        .unwrap();
    assert!(age.wait().unwrap().success() && tar.success());
}

fn parcels(platform: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(platform.join("parcels"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[test]
fn one_visit_from_the_first_touch_to_the_platforms_receipt() {
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let output = demo(folder.path(), "out", &[]).output().unwrap();
    let report = report(&output);
    assert_eq!(report["delivered"], true, "{report}");
    // How many advices the sitter gets on the way depends on how many frames the machine can judge.
    assert!(!report["advice"].as_array().unwrap().is_empty(), "{report}");

    let out = folder.path().join("out");
    for screen in [
        "1-attract",
        "2-consent",
        "3-code",
        "4-tail",
        "5-framing-good",
        "6-review",
        "7-receipt",
        "9-staff",
    ] {
        let picture = image::open(out.join("screens").join(format!("{screen}.png"))).unwrap();
        assert_eq!((picture.width(), picture.height()), (1280, 720), "{screen}");
    }

    let platform = folder.path().join("data/platform");
    let stored = parcels(&platform);
    assert_eq!(stored.len(), 1, "{stored:?}");
    let opened = folder.path().join("opened");
    open_with_age_and_tar(&platform, stored.first().unwrap(), &opened);
    let portrait = fs::read(opened.join("portrait.jpg")).unwrap();
    assert_eq!(portrait, fs::read(out.join("portrait.jpg")).unwrap());
    assert_eq!(
        fs::read(opened.join("original.jpg")).unwrap(),
        fs::read(out.join("original.jpg")).unwrap()
    );
    meets_the_standard(&portrait);
    wears_the_badge_on_the_right(&portrait);

    let manifest: Value =
        serde_json::from_slice(&fs::read(opened.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["tail"]["normalised"], "0028");
    assert_eq!(manifest["seq"], 1);
}

fn meets_the_standard(portrait: &[u8]) {
    let facts = FileFacts::read(portrait).unwrap();
    assert_eq!((facts.width, facts.height), (480, 640));
    assert_eq!(
        (facts.colour_24_bit, facts.density.dpi(), facts.trailing),
        (true, Some(300), Some(0))
    );
    assert!((20_480..=40_960).contains(&facts.bytes), "{facts:?}");
    let file = tempfile::Builder::new().suffix(".jpg").tempfile().unwrap();
    fs::write(file.path(), portrait).unwrap();
    let check = Command::new(env!("CARGO_BIN_EXE_capture-station"))
        .args(["check", "--json"])
        .arg(file.path())
        .output()
        .unwrap();
    let judged = report(&check);
    assert_eq!(judged.get("pass"), Some(&Value::Bool(true)), "{judged}");
}

/// Checks that the sitter's badge, on their own left, is on the right of a picture that was not
/// mirrored.
fn wears_the_badge_on_the_right(portrait: &[u8]) {
    let picture = image::load_from_memory(portrait).unwrap().into_rgb8();
    let red_at = |x: u32| {
        (450..640)
            .filter(|y| is_red(picture.get_pixel(x, *y).0))
            .count()
    };
    let left: usize = (0..240).map(red_at).sum();
    let right: usize = (240..480).map(red_at).sum();
    assert!(
        right > 200 && right > 10 * left,
        "left {left}, right {right}"
    );
}

fn is_red([r, g, b]: [u8; 3]) -> bool {
    r > 150 && u16::from(r) > 2 * u16::from(g.max(b))
}

#[test]
fn a_kiosk_killed_right_after_the_receipt_delivers_that_capture_once_at_its_next_start() {
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut kiosk = demo(folder.path(), "first", &["--offline"])
        .spawn()
        .unwrap();
    wait_for_the_receipt(
        &mut kiosk,
        &folder.path().join("first/screens/7-receipt.png"),
    );
    // SIGKILL: nothing is flushed or shut down.
    kiosk.kill().unwrap();
    kiosk.wait().unwrap();
    let platform = folder.path().join("data/platform");
    assert_eq!(parcels(&platform).len(), 0, "the platform was away");

    let second = demo(folder.path(), "second", &["--seed", "8"])
        .output()
        .unwrap();
    assert_eq!(report(&second)["delivered"], true);
    let captures = Platform::open(&platform).unwrap().captures().unwrap();
    assert_eq!(
        captures.len(),
        2,
        "the killed visit's and the second one's, each once"
    );
    assert_eq!(parcels(&platform).len(), 2);
}

/// Waits for the receipt's screen, which is drawn only after the capture is durable.
fn wait_for_the_receipt(kiosk: &mut Child, screen: &Path) {
    while !screen.exists() {
        if let Some(status) = kiosk.try_wait().unwrap() {
            panic!("the kiosk ended before its receipt: {status}");
        }
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}
