//! What malicious code could do in a child of this program: each layer of the confinement is tested
//! alone, and a real child is inspected from outside.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "the real child needs real time")]

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    time::Instant,
};

use capture_station::{
    child::confinement::{Attempt, Found, Layers, Reach, probe},
    reader::{Reader, luma::Luma, protocol::Effort},
    time::{Mono, Now, Trust, Wall},
};
use rustix::io::{FdFlags, fcntl_setfd};

const PROGRAM: &str = env!("CARGO_BIN_EXE_capture-station");
const VIDEO4LINUX: Reach = Reach::Driver(b'V');

fn found(layers: Layers, reach: Reach) -> Found {
    probe(Path::new(PROGRAM), layers, reach).unwrap()
}

/// Returns what succeeded; `None` where this kernel lacks one of `layers`, which is printed past
/// the test runner, as that would hide it.
fn probed(layers: Layers, reach: Reach) -> Option<Vec<Attempt>> {
    let found = found(layers, reach);
    if found.layers != layers {
        let has = found.layers;
        let words = format!("SKIPPED: of {layers:?} this kernel has {has:?}\n");
        io::stderr().write_all(words.as_bytes()).unwrap();
        return None;
    }
    Some(found.open)
}

const NO_LAYER: Layers = Layers {
    landlock: false,
    filter: false,
};
const LANDLOCK: Layers = Layers {
    landlock: true,
    ..NO_LAYER
};
const FILTER: Layers = Layers {
    filter: true,
    ..NO_LAYER
};

/// Without this control the tests below would pass on attempts that never succeed.
#[test]
fn without_a_layer_the_attempts_succeed() {
    let open = probed(NO_LAYER, Reach::Memory).unwrap();
    // Yama and containers let nobody but a parent trace.
    let sure = |attempt: &Attempt| *attempt != Attempt::TakeDescriptor;
    let closed: Vec<_> = Attempt::ALL
        .into_iter()
        .filter(|attempt| sure(attempt) && !open.contains(attempt))
        .collect();
    assert_eq!(closed, []);
}

#[test]
fn landlock_alone_closes_files_programs_and_the_parents_memory() {
    let Some(open) = probed(LANDLOCK, Reach::Memory) else {
        return;
    };
    for closed in [
        Attempt::ReadFile,
        Attempt::WriteFile,
        Attempt::ListProcesses,
        Attempt::StartProgram,
        Attempt::TakeDescriptor,
    ] {
        assert!(!open.contains(&closed), "{closed:?} succeeds");
    }
    assert!(open.contains(&Attempt::LocalSocket), "it was not alone");
}

#[test]
fn the_filter_alone_closes_everything() {
    for reach in [Reach::Memory, VIDEO4LINUX] {
        if let Some(open) = probed(FILTER, reach) {
            assert_eq!(open, [], "{reach:?}");
        }
    }
}

#[test]
fn both_close_everything() {
    for reach in [Reach::Memory, VIDEO4LINUX] {
        if let Some(open) = probed(Layers::ALL, reach) {
            assert_eq!(open, [], "{reach:?}");
        }
    }
}

#[test]
fn a_file_that_somebody_left_open_is_not_inherited() {
    let left_open = File::open("/etc/passwd").unwrap();
    fcntl_setfd(&left_open, FdFlags::empty()).unwrap();
    assert_eq!(found(Layers::ALL, Reach::Memory).strays, 0);
    drop(left_open);
}

/// Returns a line of a child's file below /proc.
fn line(process: u32, file: &str, starts: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{process}/{file}")).unwrap();
    let line = text.lines().find(|line| line.starts_with(starts)).unwrap();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_code_reader_is_sealed_and_bounded_before_it_reads() {
    let start = Instant::now();
    let clock = move || Now {
        mono: Mono::from_start(start.elapsed()),
        wall: Wall::EPOCH,
        trust: Trust::Unknown,
    };
    let mut reader = Reader::new(Path::new(PROGRAM));
    let grey = Luma::new(640, 480, vec![128; 640 * 480]).unwrap();
    assert!(reader.ask(&grey, Effort::Live, &clock).unwrap().is_empty());
    let child = reader.process().unwrap();
    assert_eq!(line(child, "status", "NoNewPrivs"), "NoNewPrivs: 1");
    assert_eq!(line(child, "status", "Seccomp:"), "Seccomp: 2");
    let space = line(child, "limits", "Max address space");
    assert!(!space.contains("unlimited"), "{space}");
    for (starts, bound) in [
        ("Max core file size", "Max core file size 0 0 bytes"),
        ("Max file size", "Max file size 0 0 bytes"),
        ("Max open files", "Max open files 32 32 files"),
    ] {
        assert_eq!(line(child, "limits", starts), bound);
    }
    assert_eq!(line(child, "oom_score_adj", ""), "500");
}
