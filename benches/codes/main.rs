//! How many codes are read, by our reader and by others, on synthetic scenes: the table of
//! `docs/benchmarks.md`.
//!
//! `cargo bench --bench codes -- --scenes 40 --empty 1000 --hostile 10000`. `--only hard` (a row's
//! name) and `--ours` (no rivals) are for experiments. Everything is a pure function of its number,
//! so two runs differ only in times.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first thing amiss"
)]

mod dice;
mod empty;
mod hostile;
mod render;
mod rivals;
mod scene;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use capture_station::reader::{
    decoder::Decoder,
    luma::Luma,
    passes::Cascade,
    protocol::{Code, Effort},
};

use crate::{
    render::{Grey, HEIGHT, WIDTH},
    rivals::{Payloads, Plain},
    scene::{POSTER, Scene, TROUBLES, Trouble},
};

/// A scene counts as read if one of this many consecutive frames is.
const FRAMES: u64 = 4;

struct Wishes {
    scenes: u64,
    empty: u64,
    hostile: u64,
    only: Option<String>,
    ours_alone: bool,
}

fn main() {
    let wishes = wishes();
    // Panics of the other readers are counted, not printed.
    std::panic::set_hook(Box::new(|_| {}));
    let mut times = Times::default();
    let scores = scenes(&wishes, &mut times);
    print_scenes(&scores);
    empties(&wishes, &mut times);
    times.print();
    hostiles(&wishes);
}

fn wishes() -> Wishes {
    let words: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1).cloned()
    };
    let number = |name: &str, usual| after(name).and_then(|n| n.parse().ok()).unwrap_or(usual);
    Wishes {
        scenes: number("--scenes", 40),
        empty: number("--empty", 1_000),
        hostile: number("--hostile", 10_000),
        only: after("--only"),
        ours_alone: words.iter().any(|word| word == "--ours"),
    }
}

/// One reader's count in one row.
#[derive(Clone, Copy, Default)]
struct Score {
    read: u64,
    wrong: u64,
}

impl Score {
    fn add(&mut self, frames: &[Payloads], truth: &[u8]) {
        let right = |payload: &Vec<u8>| payload == truth;
        let wrong = |payload: &&Vec<u8>| !right(payload) && *payload != POSTER;
        self.read += u64::from(frames.iter().flatten().any(right));
        self.wrong += frames.iter().flatten().filter(wrong).count() as u64;
    }
}

/// Ours on live frames, ours on the first as a still, zxing-cpp twice, rxing, rqrr.
const READERS: [&str; 6] = [
    "ours",
    "still",
    "zxing-cpp",
    "all its options",
    "rxing",
    "rqrr",
];

struct Row {
    trouble: Trouble,
    scenes: u64,
    scores: [Score; 6],
}

fn scenes(wishes: &Wishes, times: &mut Times) -> Vec<Row> {
    let wanted = |trouble: &Trouble| {
        let name = format!("{trouble:?}").to_lowercase();
        wishes
            .only
            .as_ref()
            .is_none_or(|only| only.split(',').any(|only| *only == name))
    };
    let troubles = TROUBLES.into_iter().filter(wanted);
    troubles
        .map(|trouble| row(trouble, wishes, times))
        .collect()
}

fn row(trouble: Trouble, wishes: &Wishes, times: &mut Times) -> Row {
    let (plain, everything) = (Plain::try_harder(), Plain::everything());
    let mut row = Row {
        trouble,
        scenes: wishes.scenes,
        scores: [Score::default(); 6],
    };
    for number in 0..wishes.scenes {
        let scene = Scene::new(trouble, number);
        let frames: Vec<Grey> = (0..FRAMES).map(|i| render::frame(&scene, i)).collect();
        let mut score = |reader: usize, read: &dyn Fn(&[u8]) -> Payloads| {
            let seen: Vec<Payloads> = frames.iter().map(|frame| read(frame)).collect();
            row.scores[reader].add(&seen, &scene.payload);
        };
        score(2, &|grey| plain.read(grey));
        if !wishes.ours_alone {
            score(3, &|grey| everything.read(grey));
            score(4, &rivals::rxing);
            score(5, &rivals::rqrr);
            let (still, spent) = ours(&mut Cascade::default(), &frames[0], Effort::Still);
            times.still.push(spent);
            let still: Payloads = still.into_iter().map(|code| code.bytes).collect();
            row.scores[1].add(&[still], &scene.payload);
        }
        let ours = live(&frames, times);
        row.scores[0].add(&ours, &scene.payload);
    }
    row
}

/// Runs one booth's reader over consecutive frames.
fn live(frames: &[Grey], times: &mut Times) -> Vec<Payloads> {
    let mut cascade = Cascade::default();
    let (mut told, mut effort) = (false, Effort::Live);
    let mut read = |frame: &Grey| {
        let (mut codes, spent) = ours(&mut cascade, frame, effort);
        let found = codes.len();
        codes.retain(|code| code.bytes != POSTER);
        if codes.len() < found {
            effort = Effort::Beside;
        }
        let Some(code) = codes.first() else {
            times.miss.push(spent);
            return Vec::new();
        };
        times.hit.push(spent);
        if !std::mem::replace(&mut told, true) {
            *times.passes.entry(code.pass.name()).or_default() += 1;
        }
        codes.into_iter().map(|code| code.bytes).collect()
    };
    frames.iter().map(&mut read).collect()
}

/// Returns what our reader reads, and its processor time.
fn ours(cascade: &mut Cascade, grey: &[u8], effort: Effort) -> (Vec<Code>, Duration) {
    let decoder = Decoder::new();
    let picture = Luma::new(WIDTH as u32, HEIGHT as u32, grey.to_vec()).unwrap();
    let start = cpu_time();
    let mut codes = cascade.read(&picture, effort, &mut |seen, look| decoder.look(seen, look));
    let spent = cpu_time().saturating_sub(start);
    codes.retain(Code::readable);
    (codes, spent)
}

fn print_scenes(rows: &[Row]) {
    println!(
        "| scenes read within {FRAMES} frames | of | {} |",
        READERS.join(" | ")
    );
    println!("|---|---|{}", "---|".repeat(READERS.len()));
    for row in rows {
        let cells = row.scores.map(|score| score.read.to_string()).join(" | ");
        println!(
            "| {} | {} | {cells} |",
            format!("{:?}", row.trouble).to_lowercase(),
            row.scenes
        );
    }
    let sum = |of: fn(&Score) -> u64| {
        let of_reader = |i: usize| {
            rows.iter()
                .map(|row| of(&row.scores[i]))
                .sum::<u64>()
                .to_string()
        };
        (0..READERS.len())
            .map(of_reader)
            .collect::<Vec<_>>()
            .join(" | ")
    };
    let scenes: u64 = rows.iter().map(|row| row.scenes).sum();
    println!("| **all** | {scenes} | {} |", sum(|score| score.read));
    println!("| wrong reads | | {} |", sum(|score| score.wrong));
}

/// Reads a long series of frames without codes, as one booth does.
fn empties(wishes: &Wishes, times: &mut Times) {
    let mut cascade = Cascade::default();
    let mut false_reads = 0;
    for grey in empty::frames(wishes.empty) {
        let (codes, spent) = ours(&mut cascade, &grey, Effort::Live);
        false_reads += codes.len();
        times.empty.push(spent);
    }
    println!(
        "\nfalse reads on {} frames without a code: {false_reads}\n",
        wishes.empty
    );
}

/// Returns what this thread alone has used: other programs on the machine do not count.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[derive(Default)]
struct Times {
    hit: Vec<Duration>,
    miss: Vec<Duration>,
    empty: Vec<Duration>,
    still: Vec<Duration>,
    /// The look by which a scene was first read.
    passes: BTreeMap<&'static str, u64>,
}

impl Times {
    fn print(self) {
        let passes = self
            .passes
            .iter()
            .map(|(pass, count)| format!("{pass} {count}"));
        println!("first read by: {}\n", passes.collect::<Vec<_>>().join(", "));
        println!(
            "| CPU ms a 1280x720 frame, ours | frames | p50 | p95 | most |\n|---|---|---|---|---|"
        );
        let rows = [
            ("hit", self.hit),
            ("miss", self.miss),
            ("empty", self.empty),
            ("still", self.still),
        ];
        for (name, mut times) in rows {
            times.sort();
            let at = |share: f64| {
                let index = (times.len() as f64 * share) as usize;
                times
                    .get(index.min(times.len().saturating_sub(1)))
                    .map_or(0.0, |t| t.as_secs_f64() * 1e3)
            };
            println!(
                "| {name} | {} | {:.1} | {:.1} | {:.1} |",
                times.len(),
                at(0.5),
                at(0.95),
                at(1.0)
            );
        }
    }
}

fn hostiles(wishes: &Wishes) {
    let decoder = Decoder::new();
    let mut cascade = Cascade::default();
    let (mut panics, mut slowest) = (0, (Duration::ZERO, 0));
    for number in 0..wishes.hostile {
        let (width, height, grey) = hostile::picture(number);
        let picture = Luma::new(width as u32, height as u32, grey).unwrap();
        let start = cpu_time();
        let read = AssertUnwindSafe(|| {
            cascade.read(&picture, Effort::Live, &mut |seen, look| {
                decoder.look(seen, look)
            })
        });
        panics += u64::from(catch_unwind(read).is_err());
        slowest = slowest.max((cpu_time().saturating_sub(start), number));
    }
    let (spent, number) = slowest;
    println!(
        "\nhostile pictures: {}, panics {panics}, slowest {:.0} ms (number {number})",
        wishes.hostile,
        spent.as_secs_f64() * 1e3
    );
}
