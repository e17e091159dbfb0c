//! A camera that breaks on purpose, through the real worker protocol, shell and supervisor: checks
//! what is shown, that the picture returns, that nothing accumulates, and that a whole kiosk
//! continues.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(
    clippy::disallowed_methods,
    reason = "real children need real time, and many cameras break at once"
)]
#![expect(clippy::print_stdout, reason = "the figures are printed")]

mod kiosk;

use std::{
    cell::RefCell,
    env, fs,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use capture_station::{
    booth::CameraState,
    camera::{self, Settings, Slots, Source, Tally},
    frame::Frame,
    latest::Latest,
    time::{Mono, Now, Trust, Wall},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_capture-station");
/// Long after everything should have happened: a minute, and more for each opening.
const PATIENCE: Duration = Duration::from_mins(1);
const PATIENCE_EACH: Duration = Duration::from_secs(8);

/// Takes a lock: figures of the whole process are right only while nothing else runs in it.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn faulty(script: &str) -> Settings {
    Settings {
        source: Source::Faulty {
            script: script.to_owned(),
        },
        ..Settings::default()
    }
}

/// What was seen of a camera.
#[derive(Debug, Default)]
struct Seen {
    states: Vec<CameraState>,
    published: u64,
    tally: Tally,
    last: Option<Mono>,
}

impl Seen {
    fn named(&self, words: &str) -> bool {
        self.states.iter().any(|state| shown(state, words))
    }
}

/// Plays a script on a clock that runs `speed` times as fast as ours, until `enough`.
fn watch(script: &str, speed: u32, enough: impl Fn(&Seen) -> bool) -> Seen {
    let (frames, state, tally) = (
        Latest::<Frame>::default(),
        Latest::default(),
        Latest::default(),
    );
    let (cue, need) = (Latest::default(), Latest::default());
    let slots = Slots {
        frames: &frames,
        state: &state,
        tally: &tally,
        cue: &cue,
        need: &need,
    };
    let (stop, start) = (AtomicBool::new(false), Instant::now());
    let seen = RefCell::new(Seen::default());
    let clock = || {
        let seen = &mut *seen.borrow_mut();
        let newest: Option<std::sync::Arc<CameraState>> = state.newest();
        seen.states
            .extend(newest.map(|state| CameraState::clone(&state)));
        seen.states.dedup();
        if let Some(frame) = frames.newest()
            && seen.last != Some(frame.at)
        {
            seen.last = Some(frame.at);
            seen.published += 1;
        }
        let newest: Option<std::sync::Arc<Tally>> = tally.newest();
        if let Some(tally) = newest {
            seen.tally = Tally::clone(&tally);
        }
        let late = start.elapsed() > PATIENCE + PATIENCE_EACH * seen.tally.openings as u32;
        stop.store(late || enough(seen), Ordering::Relaxed);
        Now {
            mono: Mono::from_start(start.elapsed() * speed),
            wall: Wall::EPOCH,
            trust: Trust::Unknown,
        }
    };
    let program = Path::new(PROGRAM);
    camera::run(&faulty(script), None, program, &slots, &clock, &stop);
    assert!(frames.newest().is_none(), "nothing is left to be seen");
    seen.into_inner()
}

/// Each fault, what is shown for it, and in which words.
const FAULTS: [(&str, &str); 14] = [
    ("stream 8; vanish 3", "Absent"),
    ("stall 8", "Stalled"),
    ("half 8", "damaged pictures"),
    ("size 8", "damaged pictures"),
    ("garbage 8", "damaged pictures"),
    ("black 8", "black"),
    ("frozen 8", "does not move"),
    ("nonsense 8", "Stalled"),
    ("huge 8", "Stalled"),
    ("long 8", "Stalled"),
    ("twice 8", "Stalled"),
    ("stream 8; early", "Stalled"),
    ("stream 8; refuse", "as its script says"),
    ("stream 8; other 6", "another camera"),
];

fn shown(state: &CameraState, words: &str) -> bool {
    match state {
        CameraState::Absent => words == "Absent",
        CameraState::Stalled => words == "Stalled",
        CameraState::Another(_) => words == "another camera",
        CameraState::Refused(why) => why.contains(words),
        CameraState::Opening | CameraState::Streaming => false,
    }
}

#[test]
fn each_fault_is_named_and_the_picture_returns() {
    let _turn = alone();
    thread::scope(|scope| {
        for (fault, words) in FAULTS {
            scope.spawn(move || {
                let streams = |seen: &Seen| {
                    let streaming = |state: &&CameraState| **state == CameraState::Streaming;
                    seen.states.iter().filter(streaming).count()
                };
                let seen = watch(&format!("{fault}; stream"), 1, |seen| streams(seen) >= 2);
                let states = seen.states.iter();
                let after: Vec<_> = states
                    .skip_while(|state| **state != CameraState::Streaming)
                    .skip(1)
                    .collect();
                assert!(
                    after.iter().any(|state| shown(state, words)),
                    "{fault} is not shown as {words}: {:?}",
                    seen.states
                );
                assert_eq!(seen.states.last(), Some(&CameraState::Streaming), "{fault}");
            });
        }
    });
}

#[test]
fn a_slow_camera_is_no_fault() {
    let _turn = alone();
    for pace in ["slow", "late"] {
        let seen = watch(pace, 1, |seen| seen.published >= 3);
        let expected = [
            CameraState::Absent,
            CameraState::Opening,
            CameraState::Streaming,
        ];
        assert_eq!(seen.states, expected, "{pace}");
        assert_eq!(seen.tally.openings, 1, "{pace}");
    }
}

/// Threads, open files and resident memory of this process.
#[derive(Clone, Copy, Debug)]
struct Weight {
    threads: usize,
    files: usize,
    kilobytes: usize,
}

impl Weight {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let number = |key: &str| -> usize {
            let line = status.lines().find(|line| line.starts_with(key)).unwrap();
            let mut words = line.split_whitespace().skip(1);
            words.next().unwrap().parse().unwrap()
        };
        Self {
            threads: number("Threads:"),
            files: fs::read_dir("/proc/self/fd").unwrap().count(),
            kilobytes: number("VmRSS:"),
        }
    }
}

fn children() -> usize {
    let me = format!("{}", std::process::id());
    let mut found = 0;
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let after = stat.rsplit(") ").next().unwrap_or_default();
        found += usize::from(after.split(' ').nth(1) == Some(me.as_str()));
    }
    found
}

/// `FAULTS=1000` for the long version: `make test-camera`.
#[test]
fn many_faults_in_a_row_leave_threads_files_children_and_memory_flat() {
    const SCRIPT: &str = "stream 5; vanish 1; garbage 4; nonsense 4; stream 4; huge 4; refuse; stream 4; early; half 4; size 4; other 1; \
        stall 4; black 4; frozen 4";
    const SPEED: u32 = 8;
    const MOST_MORE_KB: usize = 24 << 10;
    let _turn = alone();
    let many = env::var("FAULTS").ok().and_then(|many| many.parse().ok());
    let many: u64 = many.unwrap_or(30);
    let warm = RefCell::new(None);
    let seen = watch(SCRIPT, SPEED, |seen| {
        if seen.tally.openings >= 14 && warm.borrow().is_none() {
            *warm.borrow_mut() = Some(Weight::now());
        }
        seen.tally.openings >= 14 + many
    });
    let (warm, after) = (warm.into_inner().unwrap(), Weight::now());
    println!(
        "{} openings, {} pictures, {} damaged: {warm:?} -> {after:?}",
        seen.tally.openings, seen.tally.pictures, seen.tally.damaged
    );
    assert!(seen.tally.openings >= 14 + many, "{:?}", seen.states.last());
    assert_eq!(after.threads, warm.threads);
    assert!(after.files <= warm.files, "{warm:?} {after:?}");
    assert!(after.kilobytes < warm.kilobytes + MOST_MORE_KB);
    assert_eq!((seen.tally.stuck, children()), (0, 0));
    assert!(seen.named("another camera") && seen.named("damaged pictures"));
    assert!(
        seen.published > many / 2,
        "pictures came between the faults"
    );
}
