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
