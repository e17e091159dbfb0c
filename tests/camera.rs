//! A folder as a camera, the real worker without a camera, and `scan` on real files.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "the real child needs real time")]

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use capture_station::{
    booth::CameraState,
    camera::{self, Settings, Source, protocol, worker},
    child::{Child, Lost},
    cli::{
        camera::Test,
        scan::{self, Arguments},
    },
    frame::{Frame, Origin, Turn},
    latest::Latest,
    time::{Mono, Now, Trust, Wall},
};
use image::{Rgb, RgbImage};

const PROGRAM: &str = env!("CARGO_BIN_EXE_capture-station");

fn at(mono: Duration) -> Now {
    Now {
        mono: Mono::from_start(mono),
        wall: Wall::EPOCH,
        trust: Trust::Unknown,
    }
}

fn real_clock() -> impl Fn() -> Now {
    let start = Instant::now();
    move || at(start.elapsed())
}

/// Writes a JPEG of one colour.
fn still(folder: &Path, name: &str, colour: [u8; 3]) -> Vec<u8> {
    let path = folder.join(name);
    RgbImage::from_pixel(64, 48, Rgb(colour))
        .save(&path)
        .unwrap();
    std::fs::read(path).unwrap()
}

fn folder_camera(path: &Path, turn: Turn) -> Settings {
    Settings {
        source: Source::Folder {
            path: path.to_path_buf(),
            still_ms: 10,
        },
        turn,
        ..Settings::default()
    }
}

/// Plays a camera on a clock that runs by itself until `enough`; returns the frames and states
/// seen.
fn play(
    settings: &Settings,
    enough: impl Fn(&[Frame], &[CameraState]) -> bool,
) -> (Vec<Frame>, Vec<CameraState>) {
    let (frames, state) = (Latest::<Frame>::default(), Latest::default());
    let (tally, cue, need) = (Latest::default(), Latest::default(), Latest::default());
    let slots = camera::Slots {
        frames: &frames,
        state: &state,
        tally: &tally,
        cue: &cue,
        need: &need,
    };
    let stop = AtomicBool::new(false);
    let seen = RefCell::new((Vec::<Frame>::new(), Vec::<CameraState>::new()));
    let time = RefCell::new(Duration::ZERO);
    let clock = || {
        let (all, states) = &mut *seen.borrow_mut();
        if let Some(frame) = frames.newest()
            && all.last().map(|last| last.number) != Some(frame.number)
        {
            all.push(Frame::clone(&frame));
        }
        states.extend(
            state
                .newest()
                .map(|state: std::sync::Arc<CameraState>| CameraState::clone(&state)),
        );
        states.dedup();
        *time.borrow_mut() += Duration::from_millis(20);
        stop.store(
            enough(all, states) || *time.borrow() > Duration::from_mins(1),
            Ordering::Relaxed,
        );
        at(*time.borrow())
    };
    camera::run(settings, None, Path::new(PROGRAM), &slots, &clock, &stop);
    assert!(frames.newest().is_none(), "nothing is left to be seen");
    seen.into_inner()
}

#[test]
fn a_folder_plays_in_the_order_of_names_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    still(folder.path(), "b.jpg", [0, 0, 250]);
    let first = still(folder.path(), "a.jpg", [250, 0, 0]);
    still(folder.path(), "c.png", [0, 250, 0]);
    std::fs::write(folder.path().join("d.jpg"), &first[..first.len() / 2]).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    let (frames, states) = play(&folder_camera(folder.path(), Turn::None), |frames, _| {
        frames.len() >= 5
    });
    let reddish = |frame: &Frame| frame.rgb.get_pixel(9, 9).0;
    let strongest: Vec<usize> = frames
        .iter()
        .map(|frame| {
            (0..3)
                .max_by_key(|channel| reddish(frame)[*channel])
                .unwrap()
        })
        .collect();
    assert_eq!(strongest[..5], [0, 2, 1, 0, 2]);
    let numbers: Vec<u64> = frames.iter().map(|frame| frame.number).collect();
    assert_eq!(numbers[..5], [1, 2, 3, 4, 5]);
    assert!(frames.windows(2).all(|pair| pair[0].at < pair[1].at));
    assert!(matches!(&frames[0].origin, Origin::Jpeg(bytes) if **bytes == first));
    assert!(matches!(frames[2].origin, Origin::Pixels));
    assert_eq!(states.last(), Some(&CameraState::Streaming));
}

#[test]
fn a_camera_mounted_on_its_side_is_turned_once_and_its_original_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = still(folder.path(), "a.jpg", [9, 9, 9]);
    let (frames, _) = play(&folder_camera(folder.path(), Turn::Quarter), |frames, _| {
        !frames.is_empty()
    });
    assert_eq!(frames[0].rgb.dimensions(), (48, 64));
    let original = frames[0].original().unwrap();
    assert_eq!(*original.jpeg, *bytes);
}

#[test]
fn an_empty_folder_is_refused_in_words_and_looked_at_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_path_buf();
    let (frames, states) = play(&folder_camera(&path, Turn::None), |frames, states| {
        if matches!(states.last(), Some(CameraState::Refused(_))) {
            still(&path, "late.jpg", [1, 2, 3]);
        }
        !frames.is_empty()
    });
    assert!(!frames.is_empty());
    assert!(
        states
            .iter()
            .any(|state| matches!(state, CameraState::Refused(why) if why.contains("folder")))
    );
}

#[test]
fn the_worker_says_why_a_camera_cannot_be_opened() {
    let mut child = Child::spawn(Path::new(PROGRAM), worker::ROLE, protocol::LONGEST).unwrap();
    let order = protocol::Order::new(60_000, vec![]);
    let message = order.message();
    child
        .send(message.kind, &[&message.payload], Duration::from_secs(1))
        .unwrap();
    let heard = (0..100).find_map(|_| child.receive(Duration::from_millis(100)).unwrap());
    let report = protocol::Report::parse(heard.unwrap()).unwrap();
    assert!(matches!(report, protocol::Report::Refused(why) if why.contains("cannot be opened")));
}

#[test]
fn a_worker_serves_nobody_but_its_parent() {
    let by_hand = std::process::Command::new(PROGRAM)
        .arg(worker::ROLE)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(!by_hand.status.success());
    assert!(by_hand.stdout.is_empty());
}

/// The thread that started it ends a moment later, as in a crash.
#[test]
fn a_worker_is_bounded_and_does_not_outlive_who_started_it() {
    let mut worker = std::thread::spawn(|| {
        let role = "faulty-camera:stream";
        let mut worker = Child::spawn(Path::new(PROGRAM), role, protocol::LONGEST).unwrap();
        let order = protocol::Order::new(0, vec![]).message();
        let patience = Duration::from_secs(1);
        worker
            .send(order.kind, &[&order.payload], patience)
            .unwrap();
        // It has confined itself before it reports anything.
        while worker.receive(patience).unwrap().is_none() {}
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", worker.id())).unwrap();
        let limit = |name: &str| -> Vec<String> {
            let line = limits.lines().find_map(|line| line.strip_prefix(name));
            let words = line.unwrap().split_whitespace();
            words.take(2).map(str::to_owned).collect()
        };
        assert_eq!(limit("Max core file size"), ["0", "0"]);
        assert_ne!(limit("Max address space"), ["unlimited", "unlimited"]);
        assert_eq!(limit("Max file size"), ["0", "0"]);
        assert_ne!(limit("Max open files")[0], "1024");
        worker
    })
    .join()
    .unwrap();
    let ended = (0..1_000).find_map(|_| worker.receive(Duration::from_millis(50)).err());
    assert!(matches!(ended, Some(Lost::Ended)), "{ended:?}");
}

#[test]
fn a_camera_test_counts_pictures_and_saves_one() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = still(folder.path(), "a.jpg", [200, 100, 50]);
    let kept = tempfile::tempdir().unwrap();
    let test = Test {
        seconds: 1,
        output: Some(kept.path().join("still.jpg")),
    };
    let mut out = Vec::new();
    let settings = folder_camera(folder.path(), Turn::None);
    let code = capture_station::cli::camera::test(
        &test,
        &settings,
        Path::new(PROGRAM),
        None,
        &real_clock(),
        &mut out,
    )
    .unwrap();
    let said = String::from_utf8(out).unwrap();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("pictures of 64x48"), "{said}");
    assert_eq!(std::fs::read(kept.path().join("still.jpg")).unwrap(), bytes);
}

/// Writes a PNG with a code of `payload`.
fn code_file(folder: &Path, name: &str, payload: &[u8]) -> PathBuf {
    const MODULE: u32 = 4;
    const QUIET: u32 = 4;
    let code = qrcode::QrCode::new(payload).unwrap();
    let side = (code.width() as u32 + 2 * QUIET) * MODULE;
    let colors = code.to_colors();
    let picture = RgbImage::from_fn(side, side, |x, y| {
        let (x, y) = (
            (x / MODULE).wrapping_sub(QUIET) as usize,
            (y / MODULE).wrapping_sub(QUIET) as usize,
        );
        let inside = x < code.width() && y < code.width();
        let dark = inside && colors[y * code.width() + x] == qrcode::Color::Dark;
        Rgb([if dark { 0 } else { 255 }; 3])
    });
    let path = folder.join(name);
    picture.save(&path).unwrap();
    path
}

fn scanned(files: Vec<PathBuf>, output: &str) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let json = output == "json";
    let arguments = Arguments {
        files,
        json,
        explain: false,
    };
    let code = scan::run(
        &arguments,
        Path::new(PROGRAM),
        &real_clock(),
        &mut out,
        &mut err,
    )
    .unwrap();
    (
        code,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

#[test]
fn scan_tells_batch_personal_and_foreign_codes_with_their_exact_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let gbk = [
        0xb2, 0xc9, 0xbc, 0xaf, 0xc2, 0xeb, 0xd2, 0xbb, 0xb6, 0xfe, 0xc8, 0xfd,
    ];
    let files = vec![
        code_file(folder.path(), "batch.png", b"D3PZ85"),
        code_file(folder.path(), "personal.png", &gbk),
        code_file(folder.path(), "foreign.png", b"wxp://f2f0abc"),
        code_file(
            folder.path(),
            "binary.png",
            &[0, 255, 1, 254, 2, 253, 3, 252],
        ),
    ];
    let (code, out, err) = scanned(files, "json");
    assert_eq!((code, err.as_str()), (0, ""));
    let lines: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |line: usize| lines[line]["codes"][0].clone();
    assert_eq!(
        of(0),
        serde_json::json!({"kind": "batch", "bytes_b64": "RDNQWjg1", "text": "D3PZ85"})
    );
    assert_eq!(
        of(1),
        serde_json::json!({"kind": "personal", "bytes_b64": "ssm8r8Lr0ru2/sj9", "text": "采集码一二三"})
    );
    assert_eq!(of(2)["kind"], "foreign");
    assert_eq!(
        of(3),
        serde_json::json!({"kind": "personal", "bytes_b64": "AP8B/gL9A/w=", "text": null})
    );
}

#[test]
fn scan_says_in_one_sentence_what_is_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("text.jpg"), "not a picture").unwrap();
    RgbImage::new(1, 1).save(path("dot.png")).unwrap();
    image::GrayImage::new(20_000, 20)
        .save(path("wide.png"))
        .unwrap();
    image::ImageBuffer::<image::Luma<u16>, Vec<u16>>::new(40, 40)
        .save(path("deep.png"))
        .unwrap();
    let mut cmyk = Vec::new();
    jpeg_encoder::Encoder::new(&mut cmyk, 90)
        .encode(&[0; 32 * 32 * 4], 32, 32, jpeg_encoder::ColorType::Cmyk)
        .unwrap();
    std::fs::write(path("print.jpg"), cmyk).unwrap();
    for name in [
        "text.jpg",
        "dot.png",
        "wide.png",
        "deep.png",
        "print.jpg",
        "missing.jpg",
    ] {
        let (code, out, err) = scanned(vec![path(name)], "text");
        assert_eq!((code, out.as_str()), (2, ""), "{name}");
        assert_eq!(err.lines().count(), 1, "{name}: {err}");
    }
}

#[test]
fn scan_of_a_picture_without_a_code_is_not_an_error() {
    let folder = tempfile::tempdir().unwrap();
    still(folder.path(), "plain.png", [120, 130, 140]);
    let (code, out, _) = scanned(vec![folder.path().join("plain.png")], "text");
    assert_eq!(code, 1);
    assert!(out.ends_with("no code\n"));
}
