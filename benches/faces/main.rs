//! Tries the checks on real, labelled pictures that are kept outside the project.
//!
//! `cargo bench --bench faces -- FOLDER [--write FILE]` reads `FOLDER/labels.csv` and
//! `FOLDER/img/ID.jpg`, judges every picture as `capture-station check` does, and prints each
//! check's errors by group. Only numbers leave the folder.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot be set up has nothing to say, and its output is the point"
)]

#[path = "../trial/crew.rs"]
#[expect(
    dead_code,
    clippy::indexing_slicing,
    reason = "its dice belong to the synthetic trial"
)]
mod crew;
mod faults;
#[path = "../trial/page.rs"]
mod page;
mod questions;

use std::{env, fs, path::Path};

use capture_station::{
    camera::still,
    checks::Check,
    cli::{
        calibrate::labels::{self, Labels},
        check, report,
    },
    profile::Profile,
};

/// One picture: its labels by people, and the product's measurements.
struct Judged {
    labels: Labels,
    checks: Vec<Check>,
    made: Vec<faults::Made>,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    let folder = arguments.first().filter(|a| !a.starts_with("--"));
    let Some(folder) = folder
        .map(Path::new)
        .filter(|f| f.join(labels::FILE).exists())
    else {
        println!(
            "SKIPPED: no labelled pictures; make faces FACES=FOLDER names a folder with labels.csv and img/"
        );
        return;
    };
    let profile = report::profile(None).unwrap();
    let judged = judge_all(folder, &profile);
    let made: Vec<faults::Made> = judged.iter().flat_map(|one| one.made.clone()).collect();
    let text = format!("{}\n{}", questions::tables(&judged), faults::table(&made));
    println!("{text}");
    if let Some(at) = arguments.iter().position(|a| a == "--write") {
        let path = arguments.get(at + 1).unwrap();
        let page = fs::read_to_string(path).unwrap();
        fs::write(path, page::put_between(&page, "faces", &text)).unwrap();
    }
}

fn judge_all(folder: &Path, profile: &Profile) -> Vec<Judged> {
    let labels = labels::read(&folder.join(labels::FILE)).unwrap();
    crew::each(&labels, |labels, analyser| {
        let path = folder.join("img").join(format!("{}.jpg", labels.id()));
        let picture = still::open_picture(&path).unwrap();
        let (analysis, _, checks) = check::look(&picture, profile, analyser);
        let number = labels.id().parse().unwrap_or_default();
        Judged {
            labels: labels.clone(),
            checks,
            made: faults::judge(number, &picture, &analysis, profile, analyser),
        }
    })
}
