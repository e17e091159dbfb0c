//! Tries the portrait on synthetic people whose truth is known: the tables of `docs/benchmarks.md`.
//!
//! `cargo bench --bench trial -- [--people N] [--faults N] [--write FILE]` prints the tables (and
//! puts them into the file, between its marks); `-- --calibrate [--people N]` prints the numbers of
//! `src/analysis/calibration.rs`; `-- --gallery FOLDER` writes ten portraits to look at.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a trial that cannot be set up has nothing to say, and its output is the point"
)]

mod calibrate;
mod crew;
mod faults;
mod gallery;
mod page;
mod sittings;

use std::{env, fs, path::Path, time::Instant};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let number = |name: &str, usual: u64| value(name).map_or(usual, |n| n.parse().unwrap());
    if arguments.iter().any(|argument| argument == "--calibrate") {
        calibrate::print(number("--people", 120));
        return;
    }
    if let Some(folder) = value("--gallery") {
        gallery::write(Path::new(&folder));
        return;
    }
    let began = began();
    let faults = faults::try_all(number("--faults", 60));
    let sittings = sittings::try_all(number("--people", 1_000));
    let text = format!(
        "{}\n{}\nThe whole took {} minutes.\n",
        sittings.table(),
        faults.table(),
        began.elapsed().as_secs().div_ceil(60)
    );
    println!("{text}");
    let missed: Vec<_> = faults.missed().collect();
    let (outside, refused) = (sittings.outside(), faults.clean_refused());
    println!(
        "{outside} heads outside, {refused} clean pictures refused, faults missed by {missed:?}"
    );
    if let Some(path) = value("--write") {
        let page = fs::read_to_string(&path).unwrap();
        fs::write(&path, page::put_between(&page, "trial", &text)).unwrap();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark looks at the clock; nothing it measures does"
)]
fn began() -> Instant {
    Instant::now()
}
