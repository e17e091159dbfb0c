//! Bad input at the command line: one sentence, the right exit code, no panic.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path, process::Command};

use image::{ImageBuffer, Luma, RgbImage};

const FINE: i32 = 0;
const NOT_ACCEPTABLE: i32 = 1;
const COULD_NOT: i32 = 2;

fn station(arguments: &[&str], file: &Path) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_capture-station"))
        .args(arguments)
        .arg(file)
        .env("CAPTURE_STATION_LOG", "error")
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn what_is_no_usable_picture_gets_one_sentence_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("text.jpg"), "this is not a picture").unwrap();
    fs::write(at("empty.jpg"), "").unwrap();
    RgbImage::new(1, 1).save(at("dot.png")).unwrap();
    RgbImage::new(20_000, 16).save(at("wide.png")).unwrap();
    ImageBuffer::<Luma<u16>, _>::from_pixel(64, 64, Luma([7_u16]))
        .save(at("deep.png"))
        .unwrap();
    for name in [
        "text.jpg",
        "empty.jpg",
        "dot.png",
        "wide.png",
        "deep.png",
        "missing.jpg",
    ] {
        for command in [
            ["check"].as_slice(),
            &["scan"],
            &["standardise", "-o", "/dev/null"],
        ] {
            let (code, _, stderr) = station(command, &at(name));
            assert_eq!(code, COULD_NOT, "{command:?} {name}: {stderr}");
            assert_eq!(
                stderr.trim().lines().count(),
                1,
                "{command:?} {name}: {stderr}"
            );
            assert!(!stderr.contains("panicked"), "{stderr}");
        }
    }
}

#[test]
fn a_picture_without_a_face_is_judged_not_acceptable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wall.png");
    RgbImage::from_pixel(480, 640, image::Rgb([200, 210, 220]))
        .save(&file)
        .unwrap();
    let (code, stdout, _) = station(&["check", "--json"], &file);
    assert_eq!(code, NOT_ACCEPTABLE);
    let judged: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let one_face = judged["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["id"] == "one_face")
        .unwrap();
    assert_eq!(one_face["pass"], false);
    assert_eq!(one_face["value"], 0.0);
}

#[test]
fn a_sitter_is_rendered_standardised_and_then_passes_every_check() {
    let folder = tempfile::tempdir().unwrap();
    let (source, portrait) = (
        folder.path().join("sitter.png"),
        folder.path().join("portrait.jpg"),
    );
    let truth = folder.path().join("truth.json");
    let (code, _, stderr) = station(
        &[
            "sitter",
            "--seed",
            "3",
            "--width",
            "1280",
            "--height",
            "720",
            "--truth",
            truth.to_str().unwrap(),
            "-o",
        ],
        &source,
    );
    assert_eq!(code, FINE, "{stderr}");
    let (code, stdout, stderr) = station(
        &["standardise", "--json", "-o", portrait.to_str().unwrap()],
        &source,
    );
    assert_eq!(code, FINE, "{stdout} {stderr}");
    let (code, stdout, _) = station(&["check", "--json"], &portrait);
    assert_eq!(code, FINE, "{stdout}");
    assert!(fs::read_to_string(truth).unwrap().contains("crown"));
}

#[test]
fn a_configuration_with_an_unknown_key_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("booth.toml");
    let text = capture_station::config::DEFAULT.replace("[sound]", "[sound]\nbeautify = true");
    fs::write(&config, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_capture-station"))
        .arg("--config")
        .arg(&config)
        .args(["queue", "list"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(COULD_NOT));
    assert!(
        stderr.contains("beautify") && stderr.contains("line") && stderr.contains("booth.toml"),
        "{stderr}"
    );
}

/// Checks several files or folders.
fn check(arguments: &[&str], files: &[&Path]) -> (i32, String, String) {
    let (last, others) = files.split_last().unwrap();
    let mut all = vec!["check"];
    all.extend(arguments);
    all.extend(others.iter().map(|file| file.to_str().unwrap()));
    station(&all, last)
}

/// Creates a folder with a portrait, a picture of a wall, a broken file and something else.
fn pictures() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let source = at("sitter");
    let (code, _, stderr) = station(&["sitter", "--seed", "3", "-o"], &source);
    assert_eq!(code, FINE, "{stderr}");
    let portrait = at("a-合格.jpg");
    let arguments = ["standardise", "-o", portrait.to_str().unwrap()];
    let (code, stdout, stderr) = station(&arguments, &source);
    assert_eq!(code, FINE, "{stdout} {stderr}");
    RgbImage::from_pixel(240, 320, image::Rgb([200, 210, 220]))
        .save(at("b-wall.png"))
        .unwrap();
    fs::write(at("c-broken.jpg"), "this is not a picture").unwrap();
    fs::write(at("notes.txt"), "nor is this").unwrap();
    folder
}

#[test]
fn one_picture_is_a_table_that_ends_in_a_verdict() {
    let folder = pictures();
    let at = |name: &str| folder.path().join(name);
    let (code, stdout, _) = check(&["--lang", "en"], &[&at("b-wall.png")]);
    assert_eq!(code, NOT_ACCEPTABLE);
    assert!(stdout.starts_with("Refused\n"), "{stdout}");
    let verdict = stdout.trim_end().lines().last().unwrap();
    assert!(verdict.starts_with("Not acceptable: "), "{stdout}");
    assert!(!stdout.contains('\u{1b}'), "no colours in a pipe: {stdout}");
    let (code, stdout, _) = check(&[], &[&at("a-合格.jpg")]);
    assert_eq!(code, FINE, "{stdout}");
    assert!(
        stdout
            .trim_end()
            .lines()
            .last()
            .unwrap()
            .starts_with("合格")
    );
}

#[test]
fn a_row_of_json_names_force_and_place() {
    let folder = pictures();
    let picture = folder.path().join("a-合格.jpg");
    let (_, stdout, _) = check(&["--json"], &[&picture]);
    let judged: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(judged["path"], picture.to_str().unwrap());
    assert_eq!(judged["pass"], true);
    for row in judged["checks"].as_array().unwrap() {
        let row = row.as_object().unwrap();
        let fields = [
            "id", "pass", "value", "limit", "unit", "force", "place", "text",
        ];
        assert!(
            fields.iter().all(|field| row.contains_key(*field)),
            "{row:?}"
        );
        assert_eq!(row.len(), fields.len(), "{row:?}");
    }
}

#[test]
fn a_folder_is_judged_to_its_end_past_a_broken_file() {
    let folder = pictures();
    let (csv, drawn) = (folder.path().join("all.csv"), folder.path().join("drawn"));
    let arguments = [
        "--lang",
        "en",
        "--csv",
        csv.to_str().unwrap(),
        "--overlay",
        drawn.to_str().unwrap(),
    ];
    let (code, stdout, stderr) = check(&arguments, &[folder.path()]);
    assert_eq!(code, COULD_NOT, "{stdout} {stderr}");
    assert!(stderr.is_empty(), "no bar in a pipe: {stderr}");
    assert!(stdout.contains("Acceptable: 1 of 3"), "{stdout}");
    assert!(stdout.contains("Could not be read: 1"), "{stdout}");
    assert!(stdout.contains("1  one_face"), "{stdout}");

    let rows = fs::read_to_string(csv).unwrap();
    let rows: Vec<Vec<&str>> = rows.lines().map(|row| row.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|column| *column == name).unwrap();
    assert_eq!(rows.len(), 4);
    let said: Vec<&str> = rows.iter().map(|row| row[column("pass")]).collect();
    assert_eq!(said, ["pass", "true", "false", ""]);
    assert!(rows[2][column("refused")].contains("one_face"));
    assert_eq!(rows[2][column("one_face")], "0");
    assert_ne!(rows[3][column("error")], "");

    let mut overlays: Vec<_> = fs::read_dir(drawn).unwrap().flatten().collect();
    overlays.sort_by_key(std::fs::DirEntry::file_name);
    let names: Vec<_> = overlays.iter().map(std::fs::DirEntry::file_name).collect();
    assert_eq!(names, ["a-合格.jpg.png", "b-wall.png.png"]);
    for overlay in overlays {
        let (width, height) = image::open(overlay.path()).unwrap().to_rgb8().dimensions();
        assert!(width > 960 && height > 1280, "{width}x{height}");
    }
}

#[test]
fn several_files_are_one_json_object_a_line() {
    let folder = pictures();
    let at = |name: &str| folder.path().join(name);
    let (code, stdout, _) = check(&["--json"], &[&at("a-合格.jpg"), &at("c-broken.jpg")]);
    assert_eq!(code, COULD_NOT);
    let lines: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["pass"], true);
    assert!(lines[1]["error"].is_string() && lines[1].get("checks").is_none());
    let (code, ..) = check(&["--json"], &[&at("a-合格.jpg"), &at("b-wall.png")]);
    assert_eq!(code, NOT_ACCEPTABLE);
    let (code, ..) = check(&["--json"], &[&at("a-合格.jpg"), &at("a-合格.jpg")]);
    assert_eq!(code, FINE);
}

#[test]
fn an_overlay_never_replaces_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("wall.png");
    RgbImage::new(48, 64).save(&picture).unwrap();
    let before = fs::read(&picture).unwrap();
    let (code, _, stderr) = check(&["--overlay", picture.to_str().unwrap()], &[&picture]);
    assert_eq!(code, COULD_NOT, "{stderr}");
    assert_eq!(fs::read(&picture).unwrap(), before);
    let (code, ..) = check(&["--overlay", folder.path().to_str().unwrap()], &[&picture]);
    assert_eq!(code, NOT_ACCEPTABLE);
    assert!(folder.path().join("wall.png.png").exists());
}
