//! How long a student waits for "saved", and how fast a queue empties: the outbox's table in `docs/benchmarks.md`.
//!
//! `make delivery` prints it and puts it there. Each of ours stands beside the plainest thing that does the same, in the same run.
//! Everything is written to the temporary folder: set `TMPDIR` to a folder on the kiosk's own disk to measure that disk.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, looks at the clock, and stops at the first thing amiss"
)]

mod sink;

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use capture_station::{
    app::{store::Store, sync},
    capture::CaptureId,
    cli::drill::made_up,
    contract::sha256_hex,
    jws::KeySet,
    outbox::{Outbox, Sealing},
    platform::{Client, Settings},
    time::{Mono, Now, Trust, Wall},
};
use ed25519_dalek::SigningKey;

/// Portrait and original, bytes: with its wrapping a parcel of 400 KB.
const SIZES: (usize, usize) = (38_000, 362_000);
const COURIERS: usize = 4;
const NOBODY: &str = "age18yrm50k4x22ucmqe5vmhy7xjdcwtywdcvyef72mss67vsez2wd0srtpxgj";

fn main() {
    let value = |name: &str| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name);
        arguments.nth(1)
    };
    let number = |name: &str, usual: usize| value(name).map_or(usual, |n| n.parse().unwrap());
    if let Some(folder) = value("--drain") {
        return drain_for_memory(Path::new(&folder), &value("--url").unwrap());
    }
    let queued = number("--queued", 5_000);
    let rows = [
        saves(number("--saves", 200)),
        drain(number("--drain-count", 2_000)),
        far_drain(number("--far", 60)),
        start(number("--history", 100_000), queued),
        memory(queued),
    ];
    let text = format!(
        "| what | target | seen | |\n|---|---|---|---|\n{}\n",
        rows.concat()
    );
    println!("{text}");
    if let Some(path) = value("--write") {
        let page = fs::read_to_string(&path).unwrap();
        let (begin, end) = ("<!-- delivery -->", "<!-- /delivery -->");
        let from = page.find(begin).unwrap() + begin.len();
        let to = page.find(end).unwrap();
        fs::write(&path, format!("{}\n{text}{}", &page[..from], &page[to..])).unwrap();
    }
}

fn row(what: &str, target: &str, seen: &str, met: Option<bool>) -> String {
    let verdict = match met {
        Some(true) => "met",
        Some(false) => "**missed**",
        None => "",
    };
    format!("| {what} | {target} | {seen} | {verdict} |\n")
}

fn now() -> Now {
    Now {
        // Due at once by every clock.
        mono: Mono::default(),
        wall: Wall(jiff::Timestamp::now()),
        trust: Trust::Unknown,
    }
}

fn booth_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn open(folder: &Path) -> Outbox {
    let sealing = Sealing::new(sink::STATION.to_owned(), booth_key(), NOBODY, vec![]).unwrap();
    let keys = KeySet::one(sink::receipt_key().verifying_key());
    Outbox::open(folder, sealing, keys, now()).unwrap()
}

fn id(n: u64) -> CaptureId {
    // An id's first bytes hold its version.
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    CaptureId::new(Wall::from_unix_ms(1_790_000_000_000), random)
}

fn fill(outbox: &mut Outbox, count: usize, sizes: (usize, usize)) {
    for n in 0..count as u64 {
        outbox
            .save(&made_up(id(n), sizes, now()).unwrap(), now())
            .unwrap();
    }
}

fn client(url: &str) -> Client {
    let settings = Settings::new(url.to_owned(), None);
    Client::new(settings, sink::STATION.to_owned(), booth_key()).unwrap()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

fn timed(act: impl FnOnce()) -> Duration {
    let started = Instant::now();
    act();
    started.elapsed()
}

/// A save beside the bare sequence that it must contain, one after the other.
fn saves(count: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(&folder.path().join("outbox"));
    let bare = folder.path().join("bare");
    fs::create_dir(&bare).unwrap();
    let db = rusqlite::Connection::open(folder.path().join("bare.sqlite")).unwrap();
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_row| Ok(()))
        .unwrap();
    db.pragma_update(None, "synchronous", "FULL").unwrap();
    db.execute_batch("CREATE TABLE row (n INTEGER PRIMARY KEY, sha256 TEXT)")
        .unwrap();
    let bytes = vec![0x5a; SIZES.0 + SIZES.1];
    let (mut ours, mut theirs) = (vec![], vec![]);
    for n in 0..count as u64 {
        let capture = made_up(id(n), SIZES, now()).unwrap();
        ours.push(timed(|| drop(outbox.save(&capture, now()).unwrap())));
        theirs.push(timed(|| {
            write_durably(&bare, n, &bytes);
            db.execute(
                "INSERT INTO row (n, sha256) VALUES (?1, ?2)",
                (n as i64, "0"),
            )
            .unwrap();
        }));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let seen = format!("{ours:.1} ms to {theirs:.1} ms: {:.1} times", ours / theirs);
    row(
        "save of a 400 KB capture, to the bare write, sync, rename, sync, commit (medians)",
        "<= 1.5 times",
        &seen,
        Some(ours <= 1.5 * theirs),
    )
}

fn write_durably(folder: &Path, n: u64, bytes: &[u8]) {
    let (waiting, whole) = (folder.join(format!("{n}.tmp")), folder.join(n.to_string()));
    let mut file = File::create(&waiting).unwrap();
    file.write_all(bytes).unwrap();
    file.sync_all().unwrap();
    fs::rename(waiting, whole).unwrap();
    File::open(folder).unwrap().sync_all().unwrap();
}

/// The whole delivery, outbox and all, beside a plain client that sends the same bodies from memory and forgets the answers.
fn drain(count: usize) -> String {
    let url = sink::start();
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    fill(&mut outbox, count, SIZES);
    let bodies = bodies_of(folder.path());
    let bytes: usize = bodies.iter().map(|body| body.bytes.len()).sum();
    let plain = plainly(&url, bodies);
    let ours = timed(|| drop(deliver_all(outbox, &url)));
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    let share = rate(ours) / rate(plain);
    let seen = format!(
        "{:.0} to {:.0} a second: {:.0} % ({} MB)",
        rate(ours),
        rate(plain),
        share * 100.0,
        bytes / 1_000_000
    );
    row(
        &format!(
            "drain of {count} captures and their consent records over loopback, to a plain client"
        ),
        ">= 85 %",
        &seen,
        Some(share >= 0.85),
    )
}

/// One body that waits.
struct Body {
    name: (CaptureId, u64, Option<u32>),
    bytes: Vec<u8>,
}

fn bodies_of(folder: &Path) -> Vec<Body> {
    let files = fs::read_dir(folder.join("parcels")).unwrap();
    let bodies = files.flat_map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (seq, id) = name.split_once('-').unwrap();
        let (id, seq) = (CaptureId::parse(id).unwrap(), seq.parse().unwrap());
        let (consent, parcel) = parts_of(&fs::read(&path).unwrap());
        [(None, parcel), (Some(0), consent)].map(|(note, bytes)| Body {
            name: (id, seq, note),
            bytes,
        })
    });
    bodies.collect()
}

/// The consent record and the parcel in the file of a capture: three lines, the length of each part
/// first in the second and third, then the two parts.
fn parts_of(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let lines: Vec<&[u8]> = file.splitn(4, |byte| *byte == b'\n').collect();
    let bytes: usize = str::from_utf8(&lines[1][..12]).unwrap().parse().unwrap();
    let (consent, parcel) = lines[3].split_at(bytes);
    (consent.to_vec(), parcel.to_vec())
}

/// As many at once as the booth, with the same client and no outbox.
fn plainly(url: &str, bodies: Vec<Body>) -> Duration {
    let client = client(url);
    let bodies = Mutex::new(bodies);
    let next = || bodies.lock().unwrap().pop();
    let courier = || {
        while let Some(body) = next() {
            send(&client, &body);
        }
    };
    timed(|| {
        thread::scope(|scope| {
            for _ in 0..COURIERS {
                scope.spawn(courier);
            }
        });
    })
}

fn send(client: &Client, body: &Body) {
    let (id, seq, note) = body.name;
    // Whoever sends a body has to digest it.
    let hash = &sha256_hex(&body.bytes);
    let bytes = body.bytes.clone();
    let delivery = match note {
        None => client.deliver(id, seq, bytes, hash, now().wall),
        Some(number) => client.deliver_note((id, seq, number), bytes, hash, now().wall),
    };
    assert!(delivery.receipt.is_some(), "{}", delivery.reason());
}

/// The booth's own threads, until nothing waits.
fn deliver_all(outbox: Outbox, url: &str) -> Arc<capture_station::app::wires::Ledger> {
    let store = Store::new(outbox, sink::STATION.to_owned(), String::new(), booth_key());
    let ledger = sync::until_empty(store, &Arc::new(client(url)));
    assert_eq!(ledger.waiting(), 0, "{:?}", ledger.errors);
    ledger
}

/// Over a line with 100 ms there and back: all couriers, beside one at a time.
fn far_drain(count: usize) -> String {
    const EACH_WAY: Duration = Duration::from_millis(50);
    let url = sink::far_away(&sink::start(), EACH_WAY);
    let ours = {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        fill(&mut outbox, count, SIZES);
        timed(|| drop(deliver_all(outbox, &url)))
    };
    let folder = tempfile::tempdir().unwrap();
    fill(&mut open(folder.path()), count, SIZES);
    let bodies = bodies_of(folder.path());
    let client = client(&url);
    let single = timed(|| bodies.iter().for_each(|body| send(&client, body)));
    let times = single.as_secs_f64() / ours.as_secs_f64();
    row(
        &format!("the same of {count} over a line of 100 ms, to one at a time"),
        ">= 3 times",
        &format!(
            "{times:.1} times ({:.1} s to {:.1} s)",
            ours.as_secs_f64(),
            single.as_secs_f64()
        ),
        Some(times >= 3.0),
    )
}

/// Opening an outbox with a long history and a long queue, which is what a start waits for before its first screen.
fn start(history: usize, queued: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path(), history, queued);
    let took = timed(|| drop(open(folder.path())));
    row(
        &format!("opening the outbox with {history} delivered and {queued} queued"),
        "<= 1 s to the first screen",
        &format!("{:.2} s", took.as_secs_f64()),
        Some(took <= Duration::from_secs(1)),
    )
}

/// `queued` captures that wait, and rows of `history` that were delivered long ago.
fn prepare(folder: &Path, history: usize, queued: usize) {
    const SMALL: (usize, usize) = (3_000, 9_000);
    let mut outbox = open(folder);
    fill(&mut outbox, queued, SMALL);
    drop(outbox);
    let mut db = rusqlite::Connection::open(folder.join("index.sqlite")).unwrap();
    let change = db.transaction().unwrap();
    let receipt = "r".repeat(420);
    for n in 0..history as u64 {
        let seq = queued as u64 + 1 + n;
        change.execute(
            "INSERT INTO parcel (id, seq, state, bytes, sha256, suite, confirmed_at_ms, attempts, settled_at_ms, receipt)
             VALUES (?1, ?2, 'delivered', 400000, ?3, 'age-x25519', 1780000000000, 0, 1780000000000, ?4)",
            (id(1_000_000 + n).to_string(), seq as i64, "0".repeat(64), &receipt),
        ).unwrap();
    }
    let last = (queued + history) as i64;
    change
        .execute("UPDATE sequence SET last = ?1, confirmed = ?1", [last])
        .unwrap();
    change.commit().unwrap();
}

/// A process of its own that drains a long queue, and what memory it holds.
fn memory(queued: usize) -> String {
    let url = sink::start();
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    fill(&mut outbox, queued, SIZES);
    drop(outbox);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--drain", folder.path().to_str().unwrap(), "--url", &url])
        .spawn()
        .unwrap();
    let mut resident_mb = vec![];
    while child.try_wait().unwrap().is_none() {
        resident_mb.extend(resident(child.id()));
        thread::sleep(Duration::from_millis(100));
    }
    assert!(child.wait().unwrap().success());
    let quarter = resident_mb.len() / 4;
    let early = resident_mb[quarter];
    let late = resident_mb[quarter * 3];
    let most = resident_mb.iter().copied().max().unwrap();
    row(
        &format!(
            "memory while {queued} captures are drained: after a quarter, after three, at most"
        ),
        "flat, <= 150 MB",
        &format!("{early} MB, {late} MB, {most} MB"),
        Some(most <= 150 && late <= early + early / 10 + 2),
    )
}

fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kb: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024)
}

fn drain_for_memory(folder: &Path, url: &str) {
    drop(deliver_all(open(folder), url));
}
