//! The house: which room may use which, which outside crate lives where, and what the packaged build leaves out.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

#[path = "house/book.rs"]
mod book;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The first block, in its order: each may use those before it.
const VALUES: [&str; 25] = [
    "memory",
    "time",
    "geometry",
    "lang",
    "plain_text",
    "latest",
    "wire",
    "frame",
    "sitter",
    "calendar",
    "jws",
    "release",
    "code",
    "profile",
    "layout",
    "analysis",
    "checks",
    "guidance",
    "capture",
    "portrait",
    "contract",
    "booth",
    "first_start",
    "session",
    "child",
];
/// Each may use the first block and [`EDGE_BASE`], none another edge.
const EDGES: [&str; 9] = [
    "camera", "reader", "scanner", "outbox", "platform", "station", "sound", "printer", "updates",
];
/// See the first block only.
const APART: [&str; 2] = ["ui", "reference"];
/// Knows the edges' settings, and nothing else of the shell.
const CONFIG: &str = "config";
/// Knows all of the above but `reference`, and nothing of who uses it.
const PROVISION: &str = "provision";
/// Knows everything but the last one.
const APP: &str = "app";
/// Knows everything.
const TOP: &str = "cli";

/// Outside crates and the only rooms that may name them. `reference` is a program of its own that a feature compiles in.
const HOMES: [(&str, &[&str]); 25] = [
    ("nokhwa", &["camera"]),
    ("v4l", &["camera"]),
    ("zxingcpp", &["reader"]),
    ("rusqlite", &["outbox", "reference"]),
    ("age", &["outbox", "reference"]),
    ("tar", &["outbox", "reference"]),
    ("reqwest", &["platform"]),
    ("rustls", &["platform"]),
    ("egui", &["ui", "app", "cli"]),
    ("eframe", &["app", "cli"]),
    ("pulp", &["analysis"]),
    ("axum", &["reference"]),
    ("tokio", &["reference"]),
    ("hyper_util", &["reference"]),
    ("evdev", &["scanner"]),
    ("landlock", &["child"]),
    ("seccompiler", &["child"]),
    ("libc", &["child"]),
    ("close_fds", &["child"]),
    ("argon2", &["station"]),
    ("fast_image_resize", &["portrait", "camera"]),
    ("moxcms", &["camera"]),
    ("zeroizing_alloc", &["memory"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

#[test]
fn rooms_import_only_what_stands_above_them() {
    let mut wrong = Vec::new();
    for (room, file, text) in sources() {
        for used in rooms_named_in(&text) {
            if used != room && !may(&room, &used) {
                wrong.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_outside_crate_has_its_home() {
    let mut wrong = Vec::new();
    for (room, file, text) in sources() {
        for (name, homes) in HOMES {
            let names = [format!("{name}::"), format!("use {name};")];
            if names.iter().any(|name| mentions(&text, name)) && !homes.contains(&room.as_str()) {
                wrong.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_v4l2_back_end_could_be_a_crate_of_its_own() {
    let (mut wrong, mut imports) = (Vec::new(), BTreeSet::new());
    for (_, file, text) in sources() {
        if file.ends_with("camera/v4l2.rs") {
            let used = text.lines().filter_map(|line| line.strip_prefix("use "));
            imports.extend(used.map(word));
            let own = ["crate::", "super::"];
            wrong.extend(
                own.into_iter()
                    .filter(|own| text.contains(own))
                    .map(String::from),
            );
        } else if mentions(&text, "v4l::") {
            wrong.push(format!("{} names v4l", file.display()));
        }
    }
    assert_eq!(imports, ["nokhwa", "std", "v4l"].map(String::from).into());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn threads_and_clocks_come_in_at_their_places_only() {
    let places: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("Instant::now", ["app/clock.rs"].as_slice()),
        ("SystemTime::now", &["app/clock.rs"]),
        ("Timestamp::now", &["reference/server.rs"]),
        ("thread::Builder", &["app/threads.rs"]),
    ]);
    let mut wrong = Vec::new();
    for (_, file, text) in sources() {
        for (name, homes) in &places {
            let at_home = homes.iter().any(|home| file.ends_with(home));
            if text.contains(name) && !at_home {
                wrong.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_packaged_build_has_no_sitter_no_server_and_no_harness() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--no-default-features",
            "--edges",
            "normal,features",
            "--prefix",
            "none",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(
        tree.contains("egui v"),
        "this is no dependency tree: {tree}"
    );
    for unwanted in [
        "axum v",
        "egui_kittest v",
        "nokhwa-bindings-linux v",
        "hyper feature \"server\"",
        "capture-station feature \"sitter\"",
    ] {
        assert!(
            !tree.contains(unwanted),
            "the packaged build has {unwanted}"
        );
    }
}

#[test]
fn every_room_stands_in_the_table() {
    let known: BTreeSet<&str> = VALUES
        .iter()
        .chain(&EDGES)
        .chain(&APART)
        .copied()
        .chain([CONFIG, PROVISION, APP, TOP])
        .collect();
    let rooms: BTreeSet<String> = sources().into_iter().map(|(room, ..)| room).collect();
    for room in &rooms {
        assert!(
            known.contains(room.as_str()),
            "{room} has no place in the table"
        );
    }
}

/// What is not run by `make test` is run by another target, or by a test that starts it.
#[test]
fn an_ignored_test_names_the_target_that_runs_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let makefile = fs::read_to_string(root.join("Makefile")).unwrap();
    let names_target = |reason: &str| {
        let rest = reason.split("make ").nth(1).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '-');
        let target = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        !target.is_empty() && makefile.contains(&format!("\n{target}:"))
    };
    let mut files = Vec::new();
    collect(&root.join("src"), "rs", &mut files);
    collect(&root.join("tests"), "rs", &mut files);
    files.retain(|file| !file.ends_with("tests/house.rs"));
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for ignored in text.split("#[ignore").skip(1) {
            let reason = ignored.split(']').next().unwrap_or_default();
            seen += 1;
            if !names_target(reason) && !reason.contains("the child of the test") {
                wrong.push(format!("{}: {reason}", file.display()));
            }
        }
    }
    assert!(seen > 10, "{seen} ignored tests were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn may(room: &str, used: &str) -> bool {
    let place = |name: &str| VALUES.iter().position(|value| *value == name);
    match room {
        TOP => return true,
        APP => return used != TOP,
        PROVISION => return ![TOP, APP, "reference"].contains(&used),
        _ => {}
    }
    match (place(room), place(used)) {
        (Some(room), Some(used)) => used < room,
        (None, Some(_)) => room != "ui" && room != "reference" || used != "child",
        (None, None) => room == CONFIG && EDGES.contains(&used),
        (Some(_), None) => false,
    }
}

/// Every source file: its room, its path and its text without comments and test modules' own use of other rooms.
fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, "rs", &mut files);
    files
        .into_iter()
        .filter_map(|file| {
            let inside = file.strip_prefix(&src).unwrap();
            let first = inside
                .components()
                .next()
                .unwrap()
                .as_os_str()
                .to_str()
                .unwrap();
            let room = first.trim_end_matches(".rs").to_owned();
            if room == "main" || room == "lib" || is_test(inside) {
                return None;
            }
            Some((
                room,
                file.clone(),
                code_of(&fs::read_to_string(&file).unwrap()),
            ))
        })
        .collect()
}

fn is_test(inside: &Path) -> bool {
    let name = inside.file_stem().unwrap().to_str().unwrap();
    name == "tests"
        || name == "samples"
        || inside.components().any(|part| part.as_os_str() == "tests")
}

/// Adds the files of `folder` and below whose names end in `.{ending}`.
fn collect(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ending, files);
        } else if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
}

/// The text before its test module, without comments.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether `name` stands in the text as a path of its own, not as the end of another.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// Rooms after `crate::`, also those in braces right behind it.
fn rooms_named_in(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, found) in text.match_indices("crate::") {
        let rest = text.get(at + found.len()..).unwrap();
        if let Some(inside) = rest.strip_prefix('{') {
            rooms.extend(top_names(inside));
        } else {
            rooms.insert(word(rest));
        }
    }
    rooms.retain(|room| !room.is_empty() && room.chars().next().is_some_and(char::is_lowercase));
    rooms
}

/// First words of the comma-separated items of a brace group whose opening brace was taken off.
fn top_names(inside: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let (mut depth, mut start) = (0_u32, true);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            c if start && depth == 0 && !c.is_whitespace() => {
                names.insert(word(inside.get(at..).expect("a character begins here")));
                start = false;
            }
            _ => {}
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}
