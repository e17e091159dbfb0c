//! The outbox stopped before every single system call that changes a file, or refused by it, and
//! opened again.
//!
//! A child of this test program does a piece of the outbox's work under strace, which kills it
//! before the n-th call of one kind, or lets that call fail as a full, read-only or dying disk
//! does; n grows until the work comes to its end. A disk that is full in the middle of a write is a
//! limit on the size of files, which cuts the write short. What the child told before it died is
//! what a student was told. `make test-crash` takes every call; without it every [`USUAL_STRIDE`]th
//! is taken.
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
    time::Duration,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{
    AUDIT_FILE, Act, Answer, Answered, INDEX_FILE, Load, Located, Outbox, OutboxError, Saved,
    notes_tests::note_receipt,
    tests::{capture, id, now, open, parcel_files, platform_signs, receipt_for, signed, try_open},
    verify_audit,
};
use crate::{
    booth::{QueueState, VisitEnd},
    capture::{Capture, CaptureId},
    child::can_trace,
    contract::{Change, NoteReceipt, VoidCause},
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
/// The child's last words where it could not do its work, where it could not tell, and where it
/// panicked.
const GAVE_UP: i32 = 40;
const COULD_NOT_TELL: i32 = 41;
const PANICKED: i32 = 42;

const FOLDER: &str = "CAPTURE_STATION_CRASH_FOLDER";
const WORK: &str = "CAPTURE_STATION_CRASH_WORK";
const LARGEST: &str = "CAPTURE_STATION_CRASH_LARGEST_FILE";
const STRIDE: &str = "CAPTURE_STATION_CRASH_STRIDE";
const USUAL_STRIDE: usize = 9;

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
    /// What a disk refuses is not confirmed again: another picture is taken, and confirmed.
    Retake,
    /// Several captures are delivered in one commit, with their consent records, as couriers bring
    /// them.
    DeliverTogether,
    /// The platform has lost a delivery that it asked to be kept: it is queued and delivered again,
    /// and then removed.
    Restore,
    /// Staff come and go, and the log says so.
    Log,
    /// The negative control: it tells of a capture before it is saved.
    Lie,
}

impl Work {
    const ALL: [Self; 10] = [
        Self::Begin,
        Self::Save,
        Self::Deliver,
        Self::Amend,
        Self::Rebuild,
        Self::Retake,
        Self::DeliverTogether,
        Self::Restore,
        Self::Log,
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
        if self == Self::Restore {
            outbox.heed_retention(Duration::from_hours(1)).unwrap();
        }
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
        limit_files(env::var(LARGEST).ok().map(|bytes| bytes.parse().unwrap()));
        let save = |outbox: &mut Outbox, n| {
            insist(|| outbox.count_visit(None, now(101)));
            let saved = insist(|| outbox.save(&capture(n), now(101)));
            tell(folder, "saved", &saved);
        };
        match self {
            Self::Begin | Self::Rebuild => save(&mut outbox, 3),
            Self::Save => {
                save(&mut outbox, 3);
                insist(|| outbox.count_visit(None, now(101)));
                insist(|| outbox.count_visit(Some(VisitEnd::Abandoned), now(101)));
                save(&mut outbox, 4);
            }
            Self::Retake => retake(&mut outbox, folder),
            Self::DeliverTogether => deliver_together(&mut outbox, folder),
            Self::Restore => restore(&mut outbox, folder),
            Self::Log => log(&mut outbox),
            Self::Deliver => deliver_queued(&mut outbox, folder, id(1)),
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

/// Takes another picture after each that is refused.
fn retake(outbox: &mut Outbox, folder: &Path) {
    insist(|| outbox.count_visit(None, now(101)));
    let mut nth = 0;
    let saved = insist(|| {
        nth += 1;
        tell_line(folder, &format!("shown {nth}"));
        let saved = outbox.save(&picture(3, nth), now(101));
        if matches!(saved, Err(OutboxError::Undecided(_))) {
            insist(|| outbox.decide());
        }
        saved.inspect_err(|_why| tell_line(folder, &format!("refused {nth}")))
    });
    tell(folder, "saved", &saved);
}

/// The answers for a parcel and its consent record, and for the one after it, come together.
fn deliver_together(outbox: &mut Outbox, folder: &Path) {
    insist(|| outbox.count_visit(None, now(101)));
    insist(|| outbox.save(&capture(3), now(101)));
    let ids = [id(1), id(3)];
    let answers: Vec<Answered> = ids
        .into_iter()
        .flat_map(|id| brought(&insist(|| outbox.locate(id))))
        .collect();
    insist(|| {
        let settled = outbox.hear(answers.clone(), now(101));
        settled.into_iter().try_for_each(|(_, one)| one.map(drop))
    });
    for id in ids {
        tell_of(folder, "delivered", id, "-");
    }
}

/// What a courier hears for a capture and its consent record.
fn brought(located: &Located) -> Vec<Answered> {
    let unread = || OutboxError::Unknown(located.id);
    let Load { parcel, consent } = insist(|| located.read().ok_or_else(unread));
    let saved = Saved {
        id: parcel.id,
        seq: parcel.seq,
        bytes: parcel.bytes.len() as u64,
        sha256: parcel.sha256,
    };
    let mut answers = vec![Answered::Parcel(parcel.id, signed(&receipt_for(&saved)))];
    answers.extend(consent.map(|note| {
        let receipt = NoteReceipt {
            station: "booth-7".to_owned(),
            id: note.name.id,
            number: note.name.number,
            hash: note.sha256,
            stored_at: now(101).wall,
        };
        let receipt = platform_signs(Purpose::NoteReceipt, &receipt);
        Answered::Note(note.name, Answer::Stored { receipt })
    }));
    answers
}

/// The platform was restored, and asks for nothing to be kept from then on.
fn restore(outbox: &mut Outbox, folder: &Path) {
    insist(|| outbox.heed_loss(now(101)));
    tell_of(folder, "queued", id(2), "-");
    deliver_queued(outbox, folder, id(2));
    insist(|| outbox.heed_retention(Duration::ZERO));
    insist(|| outbox.release_retained(now(102)));
}

fn deliver_queued(outbox: &mut Outbox, folder: &Path, id: CaptureId) {
    let parcel = insist(|| outbox.parcel(id, now(101)));
    let saved = Saved {
        id,
        seq: parcel.seq,
        bytes: parcel.bytes.len() as u64,
        sha256: parcel.sha256,
    };
    deliver(outbox, &saved);
    tell(folder, "delivered", &saved);
}

/// Operators come and go; from the third one on the disk has room again.
fn log(outbox: &mut Outbox) {
    for operator in 1..5 {
        outbox.take_over(operator, now(101));
        outbox.note(Act::StaffLeft, now(101).wall);
        if operator == 3 {
            limit_files(None);
        }
    }
}

/// The `nth` picture of visit `n`, each larger than the last.
fn picture(n: u8, nth: u64) -> Capture {
    Capture {
        portrait: vec![0x5a; (nth * LARGER) as usize],
        ..capture(n)
    }
}

/// By how many bytes a picture is larger than the one before it.
const LARGER: u64 = 4096;

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
        limit_files(None);
    }
    act().unwrap_or_else(|_refused| std::process::exit(GAVE_UP))
}

fn told_in(folder: &Path) -> PathBuf {
    folder.join("told")
}

fn tell(folder: &Path, what: &str, saved: &Saved) {
    tell_of(folder, what, saved.id, &saved.sha256);
}

fn tell_of(folder: &Path, what: &str, id: CaptureId, sha256: &str) {
    tell_line(folder, &format!("{what} {id} {sha256}"));
}

/// One write: told whole or not at all.
fn tell_line(folder: &Path, line: &str) {
    let line = format!("{line}\n");
    // What is told does not lie on the booth's disk.
    let limit = limit_files(None);
    let told = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(told_in(folder))
        .and_then(|mut file| file.write_all(line.as_bytes()));
    if told.is_err() {
        std::process::exit(COULD_NOT_TELL);
    }
    limit_files(limit);
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

/// Runs the child under strace, which writes `call`s into `log` and does to them what `options`
/// say; the child's exit code, none where it was killed.
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

/// How the child ended after one blow. No sync that failed may be believed the next time.
fn ended(work: Work, folder: &Path, call: &str, blow: Blow, nth: usize) -> Option<i32> {
    let inject = format!("inject={call}:{}", blow.at(nth));
    let options = ["-y".to_owned(), "-s0".to_owned(), "-e".to_owned(), inject];
    let log = folder.join("trace");
    let code = trace(work, folder, &log, &CALLS.join(","), &options);
    let calls = fs::read_to_string(log).unwrap();
    let believed = believed(&calls, folder);
    assert_eq!(
        believed,
        BTreeSet::new(),
        "{work:?}, {call} {nth}, {blow:?}:\n{calls}"
    );
    code
}

/// The files and folders below `folder` whose sync failed and was believed when it succeeded later,
/// although nothing had been written into them meanwhile: the kernel says once that it lost
/// something, and then calls what is left whole.
fn believed(calls: &str, folder: &Path) -> BTreeSet<PathBuf> {
    let (mut doubted, mut believed) = (BTreeSet::new(), BTreeSet::new());
    for line in calls.lines() {
        let path = PathBuf::from(between(line, "<", ">"));
        let is_sync = line.contains("fsync(") || line.contains("fdatasync(");
        // Before a checkpoint SQLite syncs its log once more; what it copies then is durable since
        // its commit.
        let is_sync = is_sync && !path.ends_with("index.sqlite-wal");
        match (is_sync && path.starts_with(folder), line.contains(" = -1 ")) {
            (true, true) => drop(doubted.insert(path)),
            (true, false) if doubted.contains(&path) => drop(believed.insert(path)),
            (false, false) => written_again(line, &mut doubted),
            (true, false) | (false, true) => {}
        }
    }
    believed
}

/// A call that succeeded takes the doubt from what it writes, moves or removes, and from the
/// folders whose names it changes.
fn written_again(line: &str, doubted: &mut BTreeSet<PathBuf>) {
    let is = |names: &[&str]| names.iter().any(|name| line.contains(&format!("{name}(")));
    if is(&["write", "pwrite64", "ftruncate"]) {
        doubted.remove(Path::new(between(line, "<", ">")));
    } else if is(&["rename", "unlink", "mkdir"]) {
        let names: Vec<_> = line.split('"').skip(1).step_by(2).map(Path::new).collect();
        let is_moved = names.first().is_some_and(|from| doubted.remove(*from));
        for folder in names.iter().filter_map(|name| name.parent()) {
            doubted.remove(folder);
        }
        if let (true, Some(to)) = (is_moved, names.get(1)) {
            doubted.insert(to.to_path_buf());
        }
    } else if line.contains("O_TRUNC") {
        doubted.remove(Path::new(between(line, "\"", "\"")));
    }
}

fn between<'a>(line: &'a str, left: &str, right: &str) -> &'a str {
    let rest = line.split_once(left).map_or("", |(_, rest)| rest);
    rest.split_once(right).map_or("", |(inner, _)| inner)
}

/// Once the booth is open no file may grow beyond `bytes` until the work has failed: writes are cut
/// short there. How the child ended.
fn cut_short(work: Work, folder: &Path, bytes: u64) -> Option<i32> {
    let status = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "outbox::crash_points::child", "--ignored"])
        .env(FOLDER, folder)
        .env(WORK, work.name())
        .env(LARGEST, bytes.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    status.code()
}

/// How large this process may make a file; `None` gives the disk its room back. Gives what it was
/// before.
fn limit_files(bytes: Option<u64>) -> Option<u64> {
    let before = getrlimit(Resource::Fsize);
    let limit = Rlimit {
        current: bytes.or(before.maximum),
        ..before
    };
    setrlimit(Resource::Fsize, limit).unwrap();
    before.current
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

/// Lets every `stride`th call fail, once and from then on; how many blows there were, and after how
/// many the child gave up.
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
    if !can_trace("crash points") {
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

/// Opens the booth as after a restart: what was told is true, nothing is half there, and the next
/// visit is served.
fn check(work: Work, folder: &Path) {
    let booth = folder.join("booth");
    let mut outbox = open(&booth);
    assert!(outbox.counts().unwrap().balances());
    check_figures(&outbox, &booth);
    let told = fs::read_to_string(told_in(folder)).unwrap_or_default();
    check_last_review(&outbox, &told);
    for line in told.lines().filter(|line| line.split(' ').count() == 3) {
        check_told(&mut outbox, &booth, line);
    }
    let rows = outbox.queue(99).unwrap();
    let queued: Vec<_> = rows
        .iter()
        .filter(|row| row.state == QueueState::Queued)
        .collect();
    // What is kept after its delivery may be gone, and its row say so later.
    let most = queued.len() + outbox.retained().unwrap().len();
    assert!((queued.len()..=most).contains(&parcel_files(&booth).len()));
    for row in &queued {
        outbox.parcel(row.id, now(102)).unwrap();
    }
    match work {
        Work::Begin => {}
        // Delivered or not: its parcel or its receipt is there.
        Work::Deliver | Work::DeliverTogether => {
            let is_queued = queued.iter().any(|row| row.id == id(1));
            assert!(is_queued != outbox.receipt(id(1)).unwrap().is_some());
        }
        // Withdrawn with its tombstone, or still there.
        Work::Amend => {
            let is_queued = queued.iter().any(|row| row.id == id(1));
            assert!(is_queued != (outbox.counts().unwrap().withdrawn == 1));
        }
        Work::Save | Work::Rebuild | Work::Retake | Work::Restore | Work::Log | Work::Lie => {
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

/// What was told is true.
fn check_told(outbox: &mut Outbox, booth: &Path, line: &str) {
    let mut words = line.split(' ');
    let (what, told_id, sha256) = (words.next(), words.next(), words.next());
    let told_id = crate::capture::CaptureId::parse(told_id.unwrap()).unwrap();
    if what == Some("delivered") {
        assert!(outbox.receipt(told_id).unwrap().is_some(), "{line}");
    } else if what == Some("withdrawn") {
        assert!(
            !parcel_files(booth)
                .iter()
                .any(|name| name.contains(&told_id.to_string()))
        );
        assert_eq!(outbox.counts().unwrap().withdrawn, 1, "{line}");
    } else if what == Some("queued") {
        let is_there = outbox.parcel(told_id, now(102)).is_ok();
        let is_delivered = outbox.receipt(told_id).unwrap().is_some();
        assert!(is_there || is_delivered, "{line}");
    } else if what == Some("noted") {
        assert_eq!(outbox.notes_queued().unwrap(), 0, "{line}");
    } else {
        let parcel = outbox.parcel(told_id, now(102)).unwrap();
        // Who lies cannot know the hash yet.
        let as_told = sha256 == Some("") || sha256 == Some(parcel.sha256.as_str());
        assert!(as_told, "{line}");
    }
}

/// Nothing is under way after a start: every day adds up, and its shifts with it. Nobody altered
/// the log.
fn check_figures(outbox: &Outbox, booth: &Path) {
    for sheet in outbox.day_sheets(99, now(102)).unwrap() {
        assert_eq!(sheet.gaps(), [], "{sheet:?}");
        let shifts = sheet.shifts.iter().fold((0, 0, 0), |sum, shift| {
            let (started, confirmed, abandoned) = sum;
            (
                started + shift.started,
                confirmed + shift.confirmed,
                abandoned + shift.abandoned,
            )
        });
        let visits = &sheet.visits;
        assert_eq!(shifts, (visits.started, visits.confirmed, visits.abandoned));
    }
    let log = fs::read(booth.join(AUDIT_FILE)).unwrap_or_default();
    assert!(
        verify_audit(&log).is_ok(),
        "{}",
        String::from_utf8_lossy(&log)
    );
    let says_so = String::from_utf8_lossy(&log).contains("log_damaged");
    assert!(!says_so, "an honest disk is called a forger");
}

/// What is queued of a visit is what was shown last, and nothing is once it was refused.
fn check_last_review(outbox: &Outbox, told: &str) {
    let is_review = |line: &&str| line.starts_with("shown") || line.starts_with("refused");
    let reviews: Vec<&str> = told.lines().filter(is_review).collect();
    let rows = outbox.queue(99).unwrap();
    let row = rows.iter().find(|row| row.id == id(3));
    if let (Some(last), Some(row)) = (reviews.last(), row) {
        let (what, nth) = last.split_once(' ').unwrap();
        assert_eq!(what, "shown", "{told}");
        let scratch = tempfile::tempdir().unwrap();
        let picture = picture(3, nth.parse().unwrap());
        let shown = open(scratch.path()).save(&picture, now(101)).unwrap();
        assert!(row.bytes.abs_diff(shown.bytes) < LARGER / 2, "{told}");
    }
}

/// Stops the work before each of `calls`, every `stride`th of a kind; how often, and how often the
/// booth was found broken.
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
    if !can_trace("crash points") {
        return;
    }
    let (stops, _) = stop_everywhere(work, &CALLS, stride().unwrap_or(USUAL_STRIDE), |folder| {
        check(work, folder);
        true
    });
    assert!(stops > 10, "{stops} stops are too few to be true");
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

#[test]
fn a_retake_stopped_at_any_call_keeps_the_last_picture_or_none() {
    holds(Work::Retake);
}

#[test]
fn a_retake_after_any_refused_call_delivers_the_last_picture_or_none() {
    overcomes(Work::Retake);
}

#[test]
fn deliveries_in_one_commit_stopped_at_any_call_lose_no_parcel_without_a_receipt() {
    holds(Work::DeliverTogether);
}

#[test]
fn deliveries_in_one_commit_whose_disk_refuses_any_call_lose_no_parcel_without_a_receipt() {
    overcomes(Work::DeliverTogether);
}

#[test]
fn sending_again_stopped_at_any_call_loses_nothing_and_receipts_stay_true() {
    holds(Work::Restore);
}

#[test]
fn sending_again_with_a_disk_that_refuses_any_call_loses_nothing() {
    overcomes(Work::Restore);
}

#[test]
fn a_log_stopped_at_any_call_was_not_altered() {
    holds(Work::Log);
}

#[test]
fn a_log_whose_disk_refuses_any_call_was_not_altered() {
    if can_trace("crash points") {
        // Staff go on without their log: nothing is given up.
        let (blows, _) = refuse_everywhere(Work::Log, stride().unwrap_or(USUAL_STRIDE));
        assert!(blows > 10, "{blows} blows are too few to be true");
    }
}

#[test]
fn writes_cut_short_at_any_size_leave_nothing_half_and_alter_nothing() {
    let coarser = if stride().is_some() { 1 } else { USUAL_STRIDE };
    // Logs, parcels and consent records are small; the index and its log grow by pages.
    let small = (1..16_000).step_by(173 * coarser);
    let large = (16_000..140_000).step_by(4_099 * coarser);
    let sizes: Vec<_> = small.chain(large).collect();
    let of_log: Vec<_> = (1..1_400).step_by(11 * coarser).collect();
    for (work, sizes) in [
        (Work::Log, &of_log),
        (Work::Save, &sizes),
        (Work::Retake, &sizes),
        (Work::Amend, &sizes),
    ] {
        for bytes in sizes {
            let folder = tempfile::tempdir().unwrap();
            work.prepare(&folder.path().join("booth"));
            let code = cut_short(work, folder.path(), *bytes);
            assert_eq!(
                code,
                Some(0),
                "{work:?} with files of {bytes} bytes at most"
            );
            check(work, folder.path());
        }
    }
}

/// The negative control: the harness sees a sync that is only repeated.
#[test]
fn a_sync_that_is_tried_again_and_believed_is_caught() {
    let failed = "7 fsync(4</b/parcels>) = -1 EIO (Input/output error) (INJECTED)\n";
    let changed = "7 rename(\"/b/parcels/1.tmp\", \"/b/parcels/1\") = 0\n";
    let synced = "7 fsync(4</b/parcels>) = 0\n";
    let caught = |calls: &[&str]| believed(&calls.concat(), Path::new("/b")).len();
    assert_eq!(caught(&[failed, synced]), 1);
    assert_eq!(caught(&[failed, changed, synced]), 0);
}

/// The negative control: the harness sees a booth that tells too early.
#[test]
fn telling_before_saving_is_caught() {
    if !can_trace("crash points") {
        return;
    }
    let (stops, broken) = stop_everywhere(Work::Lie, &["fsync", "rename"], 1, |folder| {
        catch_unwind(AssertUnwindSafe(|| check(Work::Lie, folder))).is_ok()
    });
    assert!(broken > 0 && broken < stops, "{broken} of {stops}");
}
