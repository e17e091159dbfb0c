//! Runs the whole command over folders of rendered people.

use clap::Parser;

use super::*;
use crate::{
    geometry::Size,
    profile::Limits,
    sitter::{Person as Sitter, Pose, Scene, render},
};

const SIZE: Size = Size::new(360, 480);

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    calibrate: CalibrateArgs,
}

fn calibrate(folder: &Path, more: &[&str]) -> (ExitCode, String) {
    let line = [&["calibrate", folder.to_str().unwrap()], more].concat();
    let args = Line::try_parse_from(line).unwrap().calibrate;
    let (mut out, mut err) = (vec![], vec![]);
    let code = run(&args, &mut out, &mut err).unwrap();
    (code, String::from_utf8(out).unwrap())
}

/// Fills a folder with N pictures of three people, each in a file of its own.
fn fill(folder: &Path, pictures: usize) {
    fs::create_dir_all(folder).unwrap();
    for n in 0..pictures {
        let file = folder.join(format!("p{n:02}.png"));
        if n < 3 {
            let person = Sitter::from_seed(n as u64);
            let seen = render(&person, &Pose::good(SIZE), &Scene::default(), SIZE);
            seen.rgb.save(file).unwrap();
        } else {
            fs::copy(folder.join(format!("p{:02}.png", n % 3)), file).unwrap();
        }
    }
}

/// Writes the present rules with limits that no picture meets.
fn strict(folder: &Path) -> PathBuf {
    let standard = Profile::standard_99();
    let profile = Profile {
        limits: Limits {
            sharpness_min: standard.limits.sharpness_min * 100.0,
            ..standard.limits
        },
        ..standard
    };
    let path = folder.join("strict.json");
    write_profile(&profile, &path).unwrap();
    path
}

#[test]
fn a_profile_with_the_proposed_limits_is_accepted_and_spares_the_people() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("people");
    fill(&pictures, 21);
    fs::write(pictures.join("broken.jpg"), "no picture").unwrap();
    let labels = (0..21).map(|n| format!("p{n:02},{}\n", if n % 3 == 0 { "f" } else { "m" }));
    let labels: String = labels.collect();
    fs::write(pictures.join(labels::FILE), format!("id,sex\n{labels}")).unwrap();
    let (today, made) = (strict(folder.path()), folder.path().join("made.json"));
    let rules = ["--profile", today.to_str().unwrap()];
    let more = ["--write", made.to_str().unwrap(), "--lang", "en"];
    let (code, text) = calibrate(
        &pictures,
        &[rules, [more[0], more[1]], [more[2], more[3]]].concat(),
    );
    assert_eq!(code, ExitCode::from(2), "one could not be read: {text}");
    assert!(text.contains("Could not be read: 1"), "{text}");
    assert!(text.contains("0 of 21 today"), "{text}");
    let women = text.lines().find(|line| line.starts_with("women"));
    let cells: Vec<&str> = women.unwrap().split_whitespace().collect();
    assert_eq!(cells[1..3], ["7", "0"], "seven, none of whom passes today");
    assert!(!text.contains("p00"), "no picture is named: {text}");
    assert!(!text.contains("Left out"), "the labels were meant: {text}");
    let (strict, proposed) = (
        report::profile(Some(&today)).unwrap(),
        report::profile(Some(&made)).unwrap(),
    );
    assert!(proposed.limits.sharpness_min < strict.limits.sharpness_min);
    assert_eq!(proposed.pose, strict.pose);
    let args = ["--profile", made.to_str().unwrap()];
    let (_, again) = calibrate(&pictures, &args);
    let sharpness = again.lines().find(|line| line.starts_with("sharpness"));
    assert!(sharpness.unwrap().contains("不变"), "{again}");
}

#[test]
fn few_pictures_prove_nothing_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("img");
    fill(&pictures, 2);
    fs::write(
        folder.path().join(labels::FILE),
        "id,passport_like\np00,y\np01,n\n",
    )
    .unwrap();
    let made = folder.path().join("made.json");
    let (code, text) = calibrate(folder.path(), &["--write", made.to_str().unwrap()]);
    assert_eq!(code, ExitCode::from(1));
    assert!(
        text.contains("只有 1 张") && text.contains("不计"),
        "{text}"
    );
    assert!(!made.exists());
}
