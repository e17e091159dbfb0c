//! The real code reader in its real process, which is killed, hung and fed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "the real child needs real time")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use capture_station::{
    child::{Child, Lost},
    code::Reading,
    frame::{Frame, Origin, Turn},
    latest::Latest,
    reader::{
        self, Reader, Wanted,
        luma::Luma,
        protocol::{Code, Effort, Flaw, Pass},
    },
    time::{Mono, Now, Trust, Wall},
};
use image::{GrayImage, imageops};
use qrcode::{
    EcLevel, QrCode, Version,
    bits::{Bits, ExtendedMode},
    types::Mode,
};
use rustix::process::{Pid, Signal, kill_process};

#[path = "../benches/codes/dice.rs"]
#[expect(dead_code, reason = "the bench throws in more ways")]
mod dice;
#[path = "../benches/codes/hostile.rs"]
mod hostile;

const PROGRAM: &str = env!("CARGO_BIN_EXE_capture-station");
const MOMENT: Duration = Duration::from_millis(100);

fn clock() -> impl Fn() -> Now {
    let start = Instant::now();
    move || Now {
        mono: Mono::from_start(start.elapsed()),
        wall: Wall::EPOCH,
        trust: Trust::Unknown,
    }
}

/// Draws a 1280x720 desk with a code on it, `module` pixels per module, its quiet zone's corner at
/// `place`.
fn desk(code: &QrCode, module: usize, place: (usize, usize), paper: [u8; 2]) -> Luma {
    const QUIET: usize = 4;
    let [light, dark] = paper;
    let mut bytes = vec![90; 1280 * 720];
    let side = code.width() + 2 * QUIET;
    let colors = code.to_colors();
    for y in 0..side * module {
        for x in 0..side * module {
            let (column, row) = (
                (x / module).wrapping_sub(QUIET),
                (y / module).wrapping_sub(QUIET),
            );
            let is_dark = column < code.width()
                && row < code.width()
                && colors.get(row * code.width() + column) == Some(&qrcode::Color::Dark);
            if let Some(pixel) = bytes.get_mut((place.1 + y) * 1280 + place.0 + x) {
                *pixel = if is_dark { dark } else { light };
            }
        }
    }
    Luma::new(1280, 720, bytes).unwrap()
}

fn code(payload: &[u8]) -> QrCode {
    QrCode::with_error_correction_level(payload, EcLevel::M).unwrap()
}

fn read(picture: &Luma) -> Vec<Code> {
    Reader::new(Path::new(PROGRAM))
        .ask(picture, Effort::Still, &clock())
        .unwrap()
}

fn signal(reader: &Reader, signal: Signal) {
    let process = i32::try_from(reader.process().unwrap()).unwrap();
    kill_process(Pid::from_raw(process).unwrap(), signal).unwrap();
}

/// Returns why a child is lost, within ten seconds.
fn loss(child: &mut Child) -> Option<Lost> {
    (0..100).find_map(|_| child.receive(MOMENT).err())
}

#[test]
fn the_bytes_of_a_code_are_exact_whatever_they_mean() {
    let gbk = [0xb2, 0xc9, 0xbc, 0xaf, 0xc2, 0xeb, b'1'];
    let every_byte: Vec<u8> = (0..=255).collect();
    for payload in [
        b"D3PZ85".as_slice(),
        "图像采集码".as_bytes(),
        &gbk,
        &[0, 0, 0xff, 0xfe, 0, 7],
        &every_byte,
    ] {
        let codes = read(&desk(&code(payload), 4, (420, 200), [250, 10]));
        let bytes: Vec<_> = codes.iter().map(|code| code.bytes.as_slice()).collect();
        assert_eq!(bytes, [payload]);
    }
}

#[test]
fn corners_are_told_in_pixels_of_the_frame() {
    let code = code(b"corner");
    let found = read(&desk(&code, 6, (300, 100), [250, 10]));
    let center = found.first().unwrap().center();
    let middle = (code.width() as f32 / 2.0 + 4.0) * 6.0;
    assert!((center.x - 300.0 - middle).abs() < 6.0, "{center:?}");
    assert!((center.y - 100.0 - middle).abs() < 6.0, "{center:?}");
}

#[test]
fn a_dark_mode_code_is_read_within_eight_frames() {
    let picture = desk(&code(b"dark mode"), 5, (500, 250), [15, 240]);
    let (mut reader, clock) = (Reader::new(Path::new(PROGRAM)), clock());
    let hit = (1..=8).any(|_| {
        let codes = reader.ask(&picture, Effort::Live, &clock).unwrap();
        codes.iter().any(|code| code.bytes == b"dark mode")
    });
    assert!(hit);
}

#[test]
fn a_small_blurred_code_is_read_by_the_closer_look() {
    let sharp = desk(
        &code(b"https://school.example/caiji/D3PZ85"),
        2,
        (600, 320),
        [230, 40],
    );
    let grey = GrayImage::from_raw(1280, 720, sharp.bytes().to_vec()).unwrap();
    let soft = imageops::blur(&grey, 0.8);
    let picture = Luma::new(1280, 720, soft.into_raw()).unwrap();
    let (mut reader, clock) = (Reader::new(Path::new(PROGRAM)), clock());
    let hit = (1..=3).any(|_| {
        let codes = reader.ask(&picture, Effort::Live, &clock).unwrap();
        codes.iter().any(Code::readable)
    });
    assert!(hit);
}

/// Returns what the reader reports about forty frames of one picture while a personal code is
/// waited for.
fn told_of(luma: &Luma) -> Vec<Reading> {
    let grey = GrayImage::from_raw(1280, 720, luma.bytes().to_vec()).unwrap();
    let rgb = image::DynamicImage::ImageLuma8(grey).into_rgb8();
    let frames = Latest::default();
    let show = |number| {
        frames.put(Frame {
            number,
            at: Mono::default(),
            rgb: rgb.clone(),
            origin: Origin::Pixels,
            turn: Turn::None,
            camera: Arc::default(),
        });
    };
    let (wanted, stop, shown) = (Wanted::default(), AtomicBool::new(false), AtomicU64::new(0));
    let (readings, told) = std::sync::mpsc::sync_channel(8);
    let real = clock();
    // The reader asks for the time with each frame, which is when the next one is shown.
    let clock = || {
        let number = shown.fetch_add(1, Ordering::Relaxed);
        show(number);
        stop.store(number > 40, Ordering::Relaxed);
        real()
    };
    wanted.ask(reader::Expected::Personal(Arc::from([])));
    show(0);
    reader::run(
        Path::new(PROGRAM),
        &frames,
        &wanted,
        &readings,
        &|_| (),
        &clock,
        &stop,
    );
    drop(readings);
    told.iter().collect()
}

#[test]
fn a_card_held_up_is_told_once_with_its_picture() {
    let told = told_of(&desk(&code(b"personal"), 5, (500, 300), [250, 10]));
    assert_eq!(told.len(), 1);
    let reading = told.first().unwrap();
    assert_eq!(reading.bytes, b"personal");
    let (width, height) = reading.card.as_ref().unwrap().dimensions();
    assert!(
        (150..700).contains(&width) && (150..700).contains(&height),
        "{width}x{height}"
    );
}

#[test]
fn a_small_code_beside_a_payment_poster_is_told_after_it() {
    let own = desk(&code(b"personal, and small"), 2, (620, 330), [215, 70]);
    let grey = GrayImage::from_raw(1280, 720, own.bytes().to_vec()).unwrap();
    let mut picture = imageops::blur(&grey, 1.0);
    let poster = desk(&code(b"wxp://f2f0-made-up"), 4, (40, 40), [255, 0]);
    let poster = GrayImage::from_raw(1280, 720, poster.bytes().to_vec()).unwrap();
    let poster = imageops::crop_imm(&poster, 40, 40, 132, 132).to_image();
    imageops::replace(&mut picture, &poster, 40, 40);
    let told = told_of(&Luma::new(1280, 720, picture.into_raw()).unwrap());
    let bytes: Vec<_> = told
        .iter()
        .map(|reading| reading.bytes.as_slice())
        .collect();
    assert_eq!(bytes.first(), Some(&b"wxp://f2f0-made-up".as_slice()));
    assert!(bytes.contains(&b"personal, and small".as_slice()));
}

#[test]
fn a_scan_explains_how_it_read_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card.png");
    let luma = desk(&code(b"D3PZ85"), 5, (500, 300), [250, 10]);
    let grey = GrayImage::from_raw(1280, 720, luma.bytes().to_vec()).unwrap();
    grey.save(&file).unwrap();
    let scan = |options: &[&str]| {
        let scan = std::process::Command::new(PROGRAM)
            .arg("scan")
            .args(options)
            .arg(&file)
            .output();
        String::from_utf8(scan.unwrap().stdout).unwrap()
    };
    let told = scan(&["--explain"]);
    assert!(
        told.contains("pass frame, version 1, 5.0 px a module, 0 % of the error correction"),
        "{told}"
    );
    let line: serde_json::Value = serde_json::from_str(&scan(&["--explain", "--json"])).unwrap();
    let explained = &line["codes"][0]["explained"];
    assert_eq!(
        (&explained["pass"], &explained["version"]),
        (&"frame".into(), &1.into())
    );
    let corner = explained["corners"][0][0].as_f64().unwrap();
    assert!((corner - 520.0).abs() < 2.0, "{corner}");
    assert!(!scan(&["--json"]).contains("explained"));
}

#[test]
fn one_of_several_joined_symbols_is_refused() {
    let mut bits = Bits::new(Version::Normal(2));
    // Structured append by hand, four bits at a time: its mode, eighth (0111) of eight (0111),
    // parity (0101, 0100).
    bits.push_mode_indicator(ExtendedMode::StructuredAppend)
        .unwrap();
    bits.push_eci_designator(0b0111_0101).unwrap();
    bits.push_mode_indicator(ExtendedMode::Data(Mode::Byte))
        .unwrap();
    bits.push_byte_data(b"half").unwrap();
    bits.push_terminator(EcLevel::M).unwrap();
    let part = QrCode::with_bits(bits, EcLevel::M).unwrap();
    let codes = read(&desk(&part, 6, (400, 200), [250, 10]));
    assert!(!codes.is_empty());
    assert!(
        codes
            .iter()
            .all(|code| code.flaw == Some(Flaw::Part) && code.bytes.is_empty())
    );
}

/// Bits by hand: an ECI designator, then bytes.
fn with_eci(number: u8, payload: &[u8]) -> QrCode {
    let mut bits = Bits::new(Version::Normal(3));
    bits.push_eci_designator(u32::from(number)).unwrap();
    bits.push_byte_data(payload).unwrap();
    bits.push_terminator(EcLevel::M).unwrap();
    QrCode::with_bits(bits, EcLevel::M).unwrap()
}

#[test]
fn a_declared_encoding_changes_no_byte() {
    let gb18030 = [0x81, 0x30, 0x81, 0x30, 0xb2, 0xc9, b'7'];
    for (eci, payload) in [
        (3, [0xe9, b'a', 0xff].as_slice()),
        (26, "采集码".as_bytes()),
        (29, &[0xb2, 0xc9, 0xbc, 0xaf, 0xc2, 0xeb]),
        (32, &gb18030),
    ] {
        let codes = read(&desk(&with_eci(eci, payload), 5, (420, 200), [250, 10]));
        let bytes: Vec<_> = codes.iter().map(|code| code.bytes.as_slice()).collect();
        assert_eq!(bytes, [payload], "ECI {eci}");
    }
}

/// ECI 899 says that the bytes are not text; its designator takes two bytes.
#[test]
fn bytes_declared_binary_are_exact() {
    let mut bits = Bits::new(Version::Normal(3));
    bits.push_eci_designator(899).unwrap();
    let payload = [0, 0xff, 0x80, b'\n', 0];
    bits.push_byte_data(&payload).unwrap();
    bits.push_terminator(EcLevel::M).unwrap();
    let code = QrCode::with_bits(bits, EcLevel::M).unwrap();
    let codes = read(&desk(&code, 5, (420, 200), [250, 10]));
    assert_eq!(codes.first().unwrap().bytes, payload);
}

#[test]
fn an_empty_desk_and_a_single_pixel_have_no_code() {
    assert!(read(&Luma::new(1280, 720, vec![128; 1280 * 720]).unwrap()).is_empty());
    assert!(read(&Luma::new(1, 1, vec![0]).unwrap()).is_empty());
}

/// The first hundred pictures of the bench's ten thousand.
#[test]
fn hostile_pictures_end_no_child_and_are_answered() {
    let (mut reader, clock) = (Reader::new(Path::new(PROGRAM)), clock());
    let mut process = None;
    for number in 0..100 {
        let (width, height, grey) = hostile::picture(number);
        let picture = Luma::new(width as u32, height as u32, grey).unwrap();
        reader.ask(&picture, Effort::Live, &clock).unwrap();
        let before = process.replace(reader.process());
        assert!(
            before.is_none_or(|before| before == reader.process()),
            "{number}"
        );
    }
}

/// Whole messages with bytes changed, cut and doubled: the child answers or ends, and its successor
/// reads.
#[test]
fn broken_messages_end_the_child_at_most() {
    let mut dice = dice::Dice::new(7);
    let mut ended = 0;
    for _ in 0..24 {
        let mut child = Child::spawn(Path::new(PROGRAM), "code-reader", 10_000).unwrap();
        let (kind, mut payload) = (1 + dice.below(2) as u8, vec![0, 20, 0, 0, 0, 20, 0, 0, 0]);
        payload.extend(std::iter::repeat_n(90, 400));
        for _ in 0..dice.below(4) {
            let at = dice.below(payload.len() as u64) as usize;
            match dice.below(3) {
                0 => payload.truncate(at),
                1 => payload.extend_from_within(..at),
                _ => payload
                    .iter_mut()
                    .skip(at)
                    .take(1)
                    .for_each(|byte| *byte ^= 0x81),
            }
            payload.push(0);
        }
        child.send(kind, &[&payload], MOMENT).unwrap();
        let heard = (0..100)
            .find_map(|_| child.receive(MOMENT).transpose())
            .unwrap();
        ended += u32::from(matches!(heard, Err(Lost::Ended)));
        assert!(matches!(heard, Ok(_) | Err(Lost::Ended)), "{heard:?}");
    }
    assert!(ended > 0 && ended < 24, "{ended}");
}

#[test]
fn a_small_noisy_code_that_the_decoder_alone_cannot_read_is_read_by_its_grid() {
    let sharp = desk(&code(&[b'n'; 90]), 3, (560, 260), [150, 60]);
    let mut dice = dice::Dice::new(3);
    let noisy = |luma: &Luma, dice: &mut dice::Dice| {
        let bytes = luma
            .bytes()
            .iter()
            .map(|grey| (f32::from(*grey) + 38.0 * dice.normal()).clamp(0.0, 255.0) as u8);
        Luma::new(1280, 720, bytes.collect()).unwrap()
    };
    let (mut reader, clock) = (Reader::new(Path::new(PROGRAM)), clock());
    let passes: Vec<Pass> = (0..6)
        .flat_map(|_| {
            reader
                .ask(&noisy(&sharp, &mut dice), Effort::Live, &clock)
                .unwrap()
        })
        .filter(|code| code.bytes == [b'n'; 90])
        .map(|code| code.pass)
        .collect();
    let by_grid = |pass: &Pass| matches!(pass, Pass::Grid | Pass::Frames);
    assert!(passes.iter().any(by_grid), "{passes:?}");
}

#[test]
fn a_killed_reader_is_a_missed_frame_and_the_next_is_read() {
    let picture = desk(&code(b"again"), 5, (500, 250), [250, 10]);
    let (mut reader, clock) = (Reader::new(Path::new(PROGRAM)), clock());
    reader.ask(&picture, Effort::Live, &clock).unwrap();
    signal(&reader, Signal::KILL);
    assert!(reader.ask(&picture, Effort::Live, &clock).is_err());
    assert_eq!(reader.process(), None);
    let codes = reader.ask(&picture, Effort::Live, &clock).unwrap();
    assert_eq!(codes.first().unwrap().bytes, b"again");
}

#[test]
fn a_reader_that_hangs_is_given_up_at_its_deadline() {
    let picture = desk(&code(b"hang"), 5, (500, 250), [250, 10]);
    let (mut reader, clock) = (Reader::new(Path::new(PROGRAM)), clock());
    reader.ask(&picture, Effort::Live, &clock).unwrap();
    signal(&reader, Signal::STOP);
    assert!(reader.ask(&picture, Effort::Live, &clock).is_err());
    assert!(
        !reader
            .ask(&picture, Effort::Live, &clock)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_child_that_babbles_is_malformed_and_one_that_ends_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    let spawn = || Child::spawn(Path::new("/bin/sh"), script.to_str().unwrap(), 1_000).unwrap();
    std::fs::write(
        &script,
        "printf '\\002\\377\\377\\377\\377'; exec sleep 100",
    )
    .unwrap();
    assert!(matches!(loss(&mut spawn()), Some(Lost::Malformed(_))));
    std::fs::write(&script, "exit 3").unwrap();
    assert!(matches!(loss(&mut spawn()), Some(Lost::Ended)));
}

#[test]
fn a_child_has_no_environment() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    // Answers one message of kind 1 that holds HOME as the child sees it.
    std::fs::write(
        &script,
        "printf '\\001\\004\\000\\000\\000%-4.4s' \"${HOME:-none}\"; exec sleep 100",
    )
    .unwrap();
    let mut child = Child::spawn(Path::new("/bin/sh"), script.to_str().unwrap(), 1_000).unwrap();
    let heard = (0..100).find_map(|_| child.receive(MOMENT).unwrap());
    assert_eq!(heard.unwrap().payload, b"none");
}

#[test]
fn a_picture_that_lies_about_its_size_ends_the_child_only() {
    let mut child = Child::spawn(Path::new(PROGRAM), "code-reader", 1_000).unwrap();
    let lie = [0_u8, 255, 255, 0, 0, 255, 255, 0, 0];
    child.send(1, &[&lie], Duration::from_secs(1)).unwrap();
    assert!(matches!(loss(&mut child), Some(Lost::Ended)));
}
