//! The outbox stopped before every single system call that changes a file, or refused by it, and opened again.
//!
//! A child of this test program does a piece of the outbox's work under strace, which kills it before the n-th call of one
//! kind, or lets that call fail as a full, read-only or dying disk does; n grows until the work comes to its end. What the child
//! told before it died is what a student was told. `make test-crash` takes every call; without it every
//! [`USUAL_STRIDE`]th is taken.
#![expect(
    clippy::exit,
    reason = "the child's exit code is all that the test sees of it"
)]

use std::{
    collections::BTreeSet,
    env, fs,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    Answer, INDEX_FILE, Outbox, OutboxError, Saved,
    notes_tests::note_receipt,
    tests::{capture, id, now, open, parcel_files, platform_signs, receipt_for, signed, try_open},
};
use crate::{
    booth::QueueState,
    capture::CaptureId,
    contract::{Change, VoidCause},
    jws::Purpose,
};

/// The calls by which files are made, written, synced, named and removed.
const CALLS: [&str; 12] = [
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "fallocate",
    "ftruncate",
    "mkdir",
    "rename",
    "renameat2",
    "unlink",
    "unlinkat",
];

/// How each of them fails on a full disk, one mounted read-only, and one that dies.
const FAILURES: [(&str, &str); 12] = [
    ("openat", "ENOSPC"),
    ("openat", "EROFS"),
    ("write", "ENOSPC"),
    ("pwrite64", "ENOSPC"),
    ("fsync", "EIO"),
    ("fdatasync", "EIO"),
    ("fallocate", "ENOSPC"),
    ("ftruncate", "EIO"),
    ("mkdir", "ENOSPC"),
    ("rename", "EROFS"),
    ("unlink", "EROFS"),
    ("unlinkat", "EROFS"),
];

/// How often the child tries what a disk refused, as a student touches "confirm" again.
const TRIES: usize = 4;
/// The child's last words where it could not do its work, where it could not tell, and where it panicked.
const GAVE_UP: i32 = 40;
const COULD_NOT_TELL: i32 = 41;
const PANICKED: i32 = 42;

const FOLDER: &str = "CAPTURE_STATION_CRASH_FOLDER";
const WORK: &str = "CAPTURE_STATION_CRASH_WORK";
const STRIDE: &str = "CAPTURE_STATION_CRASH_STRIDE";
const USUAL_STRIDE: usize = 6;

/// What the child does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// A new booth's first capture.
    Begin,
    Save,
    Deliver,
    /// A capture is withdrawn before its upload, and another one's amendment is brought.
    Amend,
    /// Opening with an index that the disk destroyed.
    Rebuild,
    /// The negative control: it tells of a capture before it is saved.
    Lie,
}

impl Work {
    const ALL: [Self; 6] = [
        Self::Begin,
        Self::Save,
        Self::Deliver,
        Self::Amend,
        Self::Rebuild,
        Self::Lie,
    ];

    fn name(self) -> String {
        format!("{self:?}")
    }

    /// One capture is queued and one was delivered, except at a new booth.
    fn prepare(self, booth: &Path) {
        if self == Self::Begin {
            return;
        }
        let mut outbox = open(booth);
        outbox.save(&capture(1), now(1)).unwrap();
        let second = outbox.save(&capture(2), now(2)).unwrap();
        deliver(&mut outbox, &second);
        drop(outbox);
        if self == Self::Rebuild {
            fs::write(booth.join(INDEX_FILE), b"not a database at all").unwrap();
        }
    }

    fn run(self, folder: &Path) {
        let booth = folder.join("booth");
        let mut outbox = insist(|| try_open(&booth));
        let save = |outbox: &mut Outbox, n| {
            let saved = insist(|| outbox.save(&capture(n), now(101)));
            tell(folder, "saved", &saved);
        };
        match self {
            Self::Begin | Self::Rebuild => save(&mut outbox, 3),
            Self::Save => {
                save(&mut outbox, 3);
                save(&mut outbox, 4);
            }
            Self::Deliver => {
                let parcel = insist(|| outbox.parcel(id(1), now(101)));
                let saved = Saved {
                    id: id(1),
                    seq: parcel.seq,
                    bytes: parcel.bytes.len() as u64,
                    sha256: parcel.sha256,
                };
                deliver(&mut outbox, &saved);
                tell(folder, "delivered", &saved);
            }
            Self::Amend => {
                insist(|| outbox.amend(id(1), &Change::Withdrawn, now(101)));
                tell_of(folder, "withdrawn", id(1), "-");
                bring_notes(&mut outbox, id(2));
                tell_of(folder, "noted", id(2), "-");
            }
            Self::Lie => {
                let saved = Saved {
                    id: id(3),
                    seq: 3,
                    bytes: 0,
                    sha256: String::new(),
                };
                tell(folder, "saved", &saved);
                outbox.save(&capture(3), now(101)).unwrap();
            }
        }
    }
}

fn deliver(outbox: &mut Outbox, saved: &Saved) {
    insist(|| {
        let answer = signed(&receipt_for(saved));
        outbox.settle(saved.id, answer, now(101))
    });
}

/// Voids a delivered capture and brings what is to be said of it.
fn bring_notes(outbox: &mut Outbox, id: CaptureId) {
    insist(|| outbox.amend(id, &Change::Voided(VoidCause::Trial), now(101)));
    // The consent records of both, the tombstone and this amendment.
    while let Some(name) = outbox.due_note(now(9_999)) {
        let receipt = insist(|| note_receipt(outbox, name));
        insist(|| {
            let receipt = platform_signs(Purpose::NoteReceipt, &receipt);
            outbox.settle_note(name, Answer::Stored { receipt }, now(101))
        });
    }
}

/// Tries what a disk may refuse; a child that never succeeds says so and ends.
fn insist<T>(mut act: impl FnMut() -> Result<T, OutboxError>) -> T {
    for _ in 1..TRIES {
        if let Ok(done) = act() {
            return done;
        }
    }
    act().unwrap_or_else(|_refused| std::process::exit(GAVE_UP))
}

fn told_in(folder: &Path) -> PathBuf {
    folder.join("told")
}

fn tell(folder: &Path, what: &str, saved: &Saved) {
    tell_of(folder, what, saved.id, &saved.sha256);
}

/// One write: told whole or not at all.
fn tell_of(folder: &Path, what: &str, id: CaptureId, sha256: &str) {
    let line = format!("{what} {id} {sha256}\n");
    let told = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(told_in(folder))
        .and_then(|mut file| file.write_all(line.as_bytes()));
    if told.is_err() {
        std::process::exit(COULD_NOT_TELL);
    }
}

#[test]
#[ignore = "the child of the tests below"]
fn child() {
    let (Some(folder), Ok(name)) = (env::var_os(FOLDER), env::var(WORK)) else {
        return;
    };
    let work = Work::ALL.into_iter().find(|work| work.name() == name);
    let run = || work.unwrap().run(Path::new(&folder));
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        std::process::exit(PANICKED);
    }
}

/// What becomes of the `n`th call of a kind.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Kill,
    /// It alone fails so.
    Once(&'static str),
    /// It and all after it.
    Forever(&'static str),
}

impl Blow {
    fn at(self, nth: usize) -> String {
        match self {
            Self::Kill => format!("signal=KILL:when={nth}"),
            Self::Once(error) => format!("error={error}:when={nth}"),
            Self::Forever(error) => format!("error={error}:when={nth}+"),
        }
    }
}

/// Runs the child under strace, which writes `call`s into `log` and does to them what `options` say; the child's exit code, none
/// where it was killed.
fn trace(work: Work, folder: &Path, log: &Path, call: &str, options: &[String]) -> Option<i32> {
    let status = Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(log)
        .arg("-e")
        .arg(format!("trace={call}"))
        .args(options)
        .arg(env::current_exe().unwrap())
        .args(["--exact", "outbox::crash_points::child", "--ignored"])
        .env(FOLDER, folder)
        .env(WORK, work.name())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    status.code()
}

/// How the child ended after one blow.
fn ended(work: Work, folder: &Path, call: &str, blow: Blow, nth: usize) -> Option<i32> {
    let inject = ["-e".to_owned(), format!("inject={call}:{}", blow.at(nth))];
    trace(work, folder, Path::new("/dev/null"), call, &inject)
}

/// Whether the child came to its end, or was killed before its `nth` call of this kind.
fn survived(work: Work, folder: &Path, call: &str, nth: usize) -> bool {
    match ended(work, folder, call, Blow::Kill, nth) {
        Some(0) => true,
        None => false,
        Some(code) => panic!("{work:?}, {call} {nth}: the child ended with {code}"),
    }
}

/// How many calls of this kind the work makes, the child's own start included.
fn calls_of(work: Work, call: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    work.prepare(&folder.path().join("booth"));
    let log = folder.path().join("trace");
    assert_eq!(trace(work, folder.path(), &log, call, &[]), Some(0));
    let made = fs::read_to_string(log).unwrap();
    let needle = format!("{call}(");
    made.lines().filter(|line| line.contains(&needle)).count()
}

/// Lets every `stride`th call fail, once and from then on; how many blows there were, and after how many the child gave up.
fn refuse_everywhere(work: Work, stride: usize) -> (usize, usize) {
    let (mut blows, mut given_up) = (0, 0);
    for (call, error) in FAILURES {
        for nth in (1..=calls_of(work, call)).step_by(stride) {
            for blow in [Blow::Once(error), Blow::Forever(error)] {
                let folder = tempfile::tempdir().unwrap();
                work.prepare(&folder.path().join("booth"));
                let code = ended(work, folder.path(), call, blow, nth);
                let name = format!("{work:?}, {call} {nth}, {blow:?}: ended with {code:?}");
                assert_ne!(code, Some(PANICKED), "{name}");
                // One failure is overcome by trying again, like a student does.
                let gave_up = code == Some(GAVE_UP);
                assert!(!(gave_up && matches!(blow, Blow::Once(_))), "{name}");
                check(work, folder.path());
                blows += 1;
                given_up += usize::from(gave_up);
            }
        }
    }
    println!(
        "{work:?}: {blows} calls refused by the disk, {given_up} for good, found broken 0 times"
    );
    (blows, given_up)
}

fn overcomes(work: Work) {
    if !can_trace() {
        return;
    }
    // Twice the work at each call, so half as many of them.
    let (blows, given_up) = refuse_everywhere(work, stride().unwrap_or(2 * USUAL_STRIDE));
    assert!(
        blows > 10 && given_up > 0,
        "{blows} blows, {given_up} felt: too few to be true"
    );
}

fn stride() -> Option<usize> {
    env::var(STRIDE).ok().and_then(|text| text.parse().ok())
}

/// Opens the booth as after a restart: what was told is true, nothing is half there, and the next visit is served.
fn check(work: Work, folder: &Path) {
    let booth = folder.join("booth");
    let mut outbox = open(&booth);
    assert!(outbox.counts().unwrap().balances());
    for line in fs::read_to_string(told_in(folder))
        .unwrap_or_default()
        .lines()
    {
        let mut words = line.split(' ');
        let (what, told_id, sha256) = (words.next(), words.next(), words.next());
        let told_id = crate::capture::CaptureId::parse(told_id.unwrap()).unwrap();
        if what == Some("delivered") {
            assert!(outbox.receipt(told_id).unwrap().is_some(), "{line}");
        } else if what == Some("withdrawn") {
            assert!(
                !parcel_files(&booth)
                    .iter()
                    .any(|name| name.contains(&told_id.to_string()))
            );
            assert_eq!(outbox.counts().unwrap().withdrawn, 1, "{line}");
        } else if what == Some("noted") {
            assert_eq!(outbox.notes_queued().unwrap(), 0, "{line}");
        } else {
            let parcel = outbox.parcel(told_id, now(102)).unwrap();
            // Who lies cannot know the hash yet.
            let as_told = sha256 == Some("") || sha256 == Some(parcel.sha256.as_str());
            assert!(as_told, "{line}");
        }
    }
    let rows = outbox.queue(99).unwrap();
    let queued: Vec<_> = rows
        .iter()
        .filter(|row| row.state == QueueState::Queued)
        .collect();
    assert_eq!(parcel_files(&booth).len(), queued.len());
    for row in &queued {
        outbox.parcel(row.id, now(102)).unwrap();
    }
    match work {
        Work::Begin => {}
        // Delivered or not: its parcel or its receipt is there.
        Work::Deliver => {
            let is_queued = queued.iter().any(|row| row.id == id(1));
            assert!(is_queued != outbox.receipt(id(1)).unwrap().is_some());
        }
        // Withdrawn with its tombstone, or still there.
        Work::Amend => {
            let is_queued = queued.iter().any(|row| row.id == id(1));
            assert!(is_queued != (outbox.counts().unwrap().withdrawn == 1));
        }
        Work::Save | Work::Rebuild | Work::Lie => {
            assert!(queued.iter().any(|row| row.id == id(1)));
        }
    }
    for n in [3, 4, 5] {
        outbox.save(&capture(n), now(103)).unwrap();
    }
    let rows = outbox.queue(99).unwrap();
    let numbers: BTreeSet<u64> = rows.iter().map(|row| row.seq).collect();
    assert_eq!(numbers.len(), rows.len(), "each number is used once");
}

/// Stops the work before each of `calls`, every `stride`th of a kind; how often, and how often the booth was found broken.
fn stop_everywhere(
    work: Work,
    calls: &[&str],
    stride: usize,
    verdict: impl Fn(&Path) -> bool,
) -> (usize, usize) {
    let (mut stops, mut broken) = (0, 0);
    for call in calls {
        for nth in (1..).step_by(stride) {
            let folder = tempfile::tempdir().unwrap();
            work.prepare(&folder.path().join("booth"));
            let survived = survived(work, folder.path(), call, nth);
            broken += usize::from(!verdict(folder.path()));
            if survived {
                break;
            }
            stops += 1;
        }
    }
    println!("{work:?}: stopped at {stops} calls, found broken {broken} times");
    (stops, broken)
}

fn holds(work: Work) {
    if !can_trace() {
        return;
    }
    let (stops, _) = stop_everywhere(work, &CALLS, stride().unwrap_or(USUAL_STRIDE), |folder| {
        check(work, folder);
        true
    });
    assert!(stops > 10, "{stops} stops are too few to be true");
}

/// Loudly no where strace is missing or may not trace, as in some containers.
fn can_trace() -> bool {
    let tried = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .status();
    let can = tried.is_ok_and(|status| status.success());
    if !can {
        eprintln!("SKIPPED: crash points, strace is missing or may not trace here");
    }
    can
}

#[test]
fn a_new_booth_stopped_at_any_call_keeps_what_it_told() {
    holds(Work::Begin);
}

#[test]
fn a_save_stopped_at_any_call_keeps_what_it_told() {
    holds(Work::Save);
}

#[test]
fn a_delivery_stopped_at_any_call_loses_no_parcel_without_a_receipt() {
    holds(Work::Deliver);
}

#[test]
fn a_withdrawal_stopped_at_any_call_is_whole_or_was_not() {
    holds(Work::Amend);
}

#[test]
fn a_withdrawal_whose_disk_refuses_any_call_tells_nothing_untrue() {
    overcomes(Work::Amend);
}

#[test]
fn a_rebuild_stopped_at_any_call_loses_nothing() {
    holds(Work::Rebuild);
}

#[test]
fn a_new_booth_whose_disk_refuses_any_call_tells_nothing_untrue() {
    overcomes(Work::Begin);
}

#[test]
fn a_save_whose_disk_refuses_any_call_tells_nothing_untrue() {
    overcomes(Work::Save);
}

#[test]
fn a_delivery_whose_disk_refuses_any_call_loses_no_parcel_without_a_receipt() {
    overcomes(Work::Deliver);
}

#[test]
fn a_rebuild_whose_disk_refuses_any_call_loses_nothing() {
    overcomes(Work::Rebuild);
}

/// The negative control: the harness sees a booth that tells too early.
#[test]
fn telling_before_saving_is_caught() {
    if !can_trace() {
        return;
    }
    let (stops, broken) = stop_everywhere(Work::Lie, &["fsync", "rename"], 1, |folder| {
        catch_unwind(AssertUnwindSafe(|| check(Work::Lie, folder))).is_ok()
    });
    assert!(broken > 0 && broken < stops, "{broken} of {stops}");
}
