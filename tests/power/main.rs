//! Power cuts: Debian's stock kernel in qemu, the program saving and delivering in a loop, and a
//! disk that loses what was not flushed. `make test-power` makes dozens of cuts and two negative
//! controls; here the disk itself is tested, and one cut is made where the guest is ready.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the figures are what these tests are for"
)]
#![expect(
    clippy::indexing_slicing,
    reason = "a disk is its bytes; ranges are checked where they come in"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a machine's plug is pulled by a clock outside of it"
)]

mod disk;
mod machine;
#[path = "../qemu/mod.rs"]
mod qemu;

use std::{env, path::Path, time::Duration};

use capture_station::{
    cli::drill::{Line, Word, broken},
    sitter::Dice,
};
use disk::{Disk, Socket};
use machine::{Guest, Trick};

/// Less than a whole booth's disk is enough for a few hundred captures.
const DISK_BYTES: u64 = 192 << 20;

/// The writes and flushes of several captures; the power may be cut at any of them.
const MOST_REQUESTS: u64 = 60;

/// What many boots of one disk reported, and whether it was true.
#[derive(Default)]
struct Trial {
    told: Vec<Line>,
    cuts: u64,
    /// Of the cache at all cuts together: kept, lost, torn.
    cache: disk::Cut,
    faults: Vec<String>,
}

impl Trial {
    /// Boots once: compares the disk with everything that was ever reported, then drills until the
    /// plug is pulled.
    fn boot(&mut self, guest: &Guest, socket: &Socket, trick: Trick, dice: &mut Dice) {
        let mut machine = machine::start(guest, socket, trick);
        let more_told = 2 + dice.below(9);
        let in_recovery = self.cuts > 0 && dice.below(6) == 0;
        let (mut held, mut told_now, mut ready) = (vec![], 0, false);
        while let Some(line) = machine.line(Duration::from_mins(2)) {
            if let Some(line) = line.strip_prefix("holds ").and_then(Line::parse) {
                held.push(line);
                if in_recovery {
                    break;
                }
            } else if line == "ready" {
                ready = true;
                self.faults.extend(broken(&self.told, &held));
                self.faults.extend(damaged(&held));
            } else if let Some(line) = Line::parse(&line) {
                self.told.push(line);
                told_now += 1;
                if told_now >= more_told {
                    break;
                }
            } else if !line.starts_with("opening: ") {
                let console = machine.console();
                self.faults.push(format!("{line}\n{console}"));
                break;
            }
        }
        if !ready && !in_recovery && self.faults.is_empty() {
            let console = machine.console();
            panic!("the guest never came up:\n{console}");
        }
        let cut = blow(socket, dice);
        // The disk was dead by then, so everything still reported was durable.
        self.told
            .extend(machine.kill().iter().filter_map(|line| Line::parse(line)));
        self.cuts += 1;
        self.cache.kept += cut.kept;
        self.cache.lost += cut.lost;
        self.cache.torn += cut.torn;
    }

    fn report(&self, name: &str) {
        let of = |word| self.told.iter().filter(|line| line.state == word).count();
        println!(
            "{name}: {} cuts, told {} saved and {} delivered; the cache held {} writes kept, {} lost, {} torn; {} untrue",
            self.cuts,
            of(Word::Saved),
            of(Word::Delivered),
            self.cache.kept,
            self.cache.lost,
            self.cache.torn,
            self.faults.len()
        );
        for fault in self.faults.iter().take(5) {
            println!("    {fault}");
        }
    }
}

/// Cuts the power at one of the next writes or flushes; at once, if the machine writes nothing any
/// more.
fn blow(socket: &Socket, dice: &mut Dice) -> disk::Cut {
    let fuse = 1 + dice.below(MOST_REQUESTS);
    socket.disk().arm(fuse, Dice::new(dice.throw()));
    for _ in 0..500 {
        if let Some(cut) = socket.disk().blown() {
            return cut;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    socket.disk().cut(dice)
}

/// Returns damaged parcels: one that was renamed into its place is whole, whether reported or not.
fn damaged(held: &[Line]) -> impl Iterator<Item = String> {
    held.iter()
        .filter(|line| line.state == Word::Damaged)
        .map(|line| format!("{} is damaged", line.id))
}

fn guest() -> Option<Guest> {
    let guest = Guest::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("target/guest"));
    if guest.is_none() {
        eprintln!("SKIPPED: power cuts, there is no guest here: `make test-power` makes one");
    }
    guest
}

fn seed() -> u64 {
    let given = env::var("POWER_SEED").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Boots and cuts until a report turns out untrue.
fn trial(guest: &Guest, trick: Trick, cuts: u64, seed: u64) -> Trial {
    let socket = Socket::new(Disk::new(Guest::formatted(DISK_BYTES)));
    let mut dice = Dice::new(seed);
    let mut trial = Trial::default();
    for _ in 0..=cuts {
        trial.boot(guest, &socket, trick, &mut dice);
        if !trial.faults.is_empty() {
            break;
        }
    }
    assert!(socket.disk().flushes > 0 || trick != Trick::None);
    trial
}

/// The short version: a boot, a cut, and a boot that finds everything.
#[test]
fn what_was_told_survives_a_power_cut() {
    let Some(guest) = guest() else { return };
    let trial = trial(&guest, Trick::None, 1, seed());
    trial.report("one cut");
    assert!(trial.faults.is_empty() && !trial.told.is_empty());
}

#[test]
#[ignore = "minutes: make test-power"]
fn what_was_told_survives_many_power_cuts() {
    let guest = guest().unwrap_or_else(|| panic!("make test-power"));
    let cuts = env::var("POWER_CUTS")
        .ok()
        .and_then(|text| text.parse().ok());
    let trial = trial(&guest, Trick::None, cuts.unwrap_or(24), seed());
    trial.report("power cuts");
    assert!(trial.faults.is_empty());
    assert!(trial.cuts >= 20 && trial.told.len() > 40);
    assert!(
        trial.cache.lost + trial.cache.torn > 0,
        "nothing was in the cache when the power went: the cuts prove nothing"
    );
}

/// Without syncs the same harness must find losses, or it never finds any.
#[test]
#[ignore = "minutes: make test-power"]
fn a_booth_that_does_not_sync_is_caught() {
    caught(Trick::NoSync, "no fsync");
}

/// Nor may the file system assume that the disk has no cache.
#[test]
#[ignore = "minutes: make test-power"]
fn a_file_system_without_barriers_is_caught() {
    caught(Trick::NoBarrier, "barrier=0");
}

fn caught(trick: Trick, name: &str) {
    let guest = guest().unwrap_or_else(|| panic!("make test-power"));
    let trial = trial(&guest, trick, 24, seed());
    trial.report(name);
    assert!(
        !trial.faults.is_empty(),
        "the negative control {name} was not caught"
    );
}
