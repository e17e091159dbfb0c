//! The tests inside the guest. Each begins and ends with nothing plugged in.

use std::{
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use capture_station::{
    booth::CameraState,
    camera::{
        Preset,
        controls::{EXPOSURE_ABSOLUTE, WHITE_BALANCE},
        decode, devices,
        protocol::{self, Order, Packing, Stream},
        v4l2::V4l2Device,
        worker,
    },
    child::{
        Child,
        confinement::{Layers, Reach, probe},
    },
    frame::Origin,
    geometry::Size,
};
use nokhwa::{
    Camera,
    camera_traits::CaptureBackendTrait,
    utils::{
        ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
    },
};
use nokhwa_bindings_linux::V4LCaptureDevice;
use v4l::{
    Device, Format, FourCC, Fraction,
    video::{Capture, capture::Parameters},
};

use crate::{
    booth::{Booth, DATA, PROGRAM, any_camera, camera_with_serial, commissioned, is_refused},
    uvc::{self, Kind, Mode, Mood, Webcam},
};

const HD: Mode = Mode::Mjpeg(1920, 1080);
const SMALL_HD: Mode = Mode::Mjpeg(1280, 720);
const VGA: Mode = Mode::Yuyv(640, 480);

fn webcam() -> Kind {
    Kind {
        product: 0x4010,
        serial: "A1",
        usual: uvc::FULL_RATE,
        modes: vec![SMALL_HD, VGA],
    }
}

fn nodes() -> Vec<u32> {
    let found = devices::list(Path::new("/sys"));
    found.iter().map(|device| device.node).collect()
}

/// Waits until the kernel has found a camera.
fn first_node() -> u32 {
    loop {
        if let Some(node) = nodes().first() {
            return *node;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until the kernel has removed what was pulled out before.
fn nothing_is_plugged_in() {
    let end = Instant::now() + Duration::from_secs(30);
    while !nodes().is_empty() {
        assert!(Instant::now() < end, "still there: {:?}", nodes());
        thread::sleep(Duration::from_millis(50));
    }
}

fn states_are(shown: &[CameraState], expected: &[CameraState]) {
    assert_eq!(shown, expected);
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn each_mode_streams_and_the_cameras_own_bytes_are_kept() {
    let packed = |packing, width, height| Stream {
        packing,
        size: Size::new(width, height),
        rate: 30,
    };
    let cases = [
        (vec![SMALL_HD, HD, VGA], packed(Packing::Mjpeg, 1920, 1080)),
        (vec![SMALL_HD, VGA], packed(Packing::Mjpeg, 1280, 720)),
        (vec![VGA], packed(Packing::Yuyv, 640, 480)),
    ];
    for (modes, agreed) in cases {
        nothing_is_plugged_in();
        let camera = Webcam::plug(&Kind { modes, ..webcam() });
        let booth = Booth::open(any_camera());
        let took = booth.until_it_streams();
        println!("{agreed:?}: the first picture after {took:?}");
        assert_eq!(booth.tally().stream, Some(agreed));
        camera.be(Mood::Frozen);
        booth.until("the picture that was sent last", |booth| {
            let bytes = booth.frame().map(|frame| match &frame.origin {
                Origin::Jpeg(bytes) | Origin::Yuyv { bytes, .. } => bytes.to_vec(),
                Origin::Pixels | Origin::Imported(_) => vec![],
            });
            bytes.is_some_and(|bytes| bytes == camera.shared().last)
        });
    }
}

/// The kernel here is Debian's own, as on a booth.
#[test]
#[ignore = "in the guest of make test-camera"]
fn children_are_confined_on_this_kernel() {
    for reach in [Reach::Memory, Reach::Driver(worker::VIDEO4LINUX)] {
        let found = probe(Path::new(PROGRAM), Layers::ALL, reach).unwrap();
        println!("confined by {:?}", found.layers);
        assert!(found.is_whole(), "{found:?}");
    }
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn a_camera_that_was_left_at_an_odd_rate_is_opened() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&Kind {
        usual: uvc::SLOW_RATE,
        ..webcam()
    });
    let device = Device::new(first_node() as usize).unwrap();
    let format = Format::new(1280, 720, FourCC::new(b"MJPG"));
    device.set_format(&format).unwrap();
    let slow = Parameters::new(Fraction::new(2, 15));
    let left = device.set_params(&slow).unwrap();
    assert_eq!(
        (left.interval.numerator, left.interval.denominator),
        (2, 15)
    );
    drop(device);
    let booth = Booth::open(any_camera());
    booth.until_it_streams();
    let committed = camera.shared().committed;
    assert_eq!(
        committed,
        Some((SMALL_HD, 333_333)),
        "not {}",
        uvc::SLOW_RATE
    );
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn half_pictures_are_counted_and_only_when_all_are_half_is_it_a_fault() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    let booth = Booth::open(any_camera());
    booth.until_it_streams();
    camera.be(Mood::SometimesTruncated(3));
    booth.until("damaged pictures", |booth| booth.tally().damaged >= 3);
    assert_eq!(booth.tally().openings, 1, "one in three is no fault");
    booth.shown();
    camera.be(Mood::Truncated);
    let noticed = booth.until_refused("damaged pictures");
    camera.be(Mood::Good);
    let back = booth.until_it_streams();
    println!("only half pictures: noticed after {noticed:?}, back after {back:?}");
}

/// The control of the test above: nokhwa's own back-end on the same webcam. The day that this
/// fails, it may take the place of ours.
#[test]
#[ignore = "in the guest of make test-camera"]
fn nokhwas_own_back_end_still_completes_half_pictures_with_stale_ends_and_ours_does_not() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    let node = first_node();
    let ours = V4l2Device::open(node).unwrap();
    assert_eq!(halves_that_end_well(ours, &camera), 0);
    let stock = V4LCaptureDevice::new(&CameraIndex::Index(node), exactly_small_hd()).unwrap();
    let stale = halves_that_end_well(stock, &camera);
    println!("nokhwa's own back-end: {stale} of {HALVES} half pictures end well");
    assert!(
        stale > 0,
        "nokhwa's own back-end lends only the bytes written by now: use it in place of camera::v4l2 (docs/decisions/0027-nokhwa-at-the-seam.md)"
    );
}

const HALVES: usize = 8;

/// Fills all of the driver's buffers with whole pictures and then lets the webcam send only halves;
/// returns how many of [`HALVES`] end with EOI as they are handed out.
fn halves_that_end_well(device: impl CaptureBackendTrait + 'static, webcam: &Webcam) -> usize {
    // Twice as many pictures as the driver has buffers.
    const ENOUGH: usize = 8;
    let index = device.camera_info().index().clone();
    let mut camera = Camera::with_custom(index, ApiBackend::Video4Linux, Box::new(device));
    camera.set_camera_requset(exactly_small_hd()).unwrap();
    camera.open_stream().unwrap();
    let mut ends_well = || {
        let picture = camera.frame_raw();
        picture.is_ok_and(|bytes| decode::whole(&bytes).is_ok())
    };
    webcam.be(Mood::Good);
    let mut whole = 0;
    while whole < ENOUGH {
        whole += usize::from(ends_well());
    }
    webcam.be(Mood::Truncated);
    // Whole ones may still be on their way.
    for _ in 0..ENOUGH {
        ends_well();
    }
    (0..HALVES).filter(|_| ends_well()).count()
}

fn exactly_small_hd() -> RequestedFormat<'static> {
    let format = CameraFormat::new_from(1280, 720, FrameFormat::MJPEG, 30);
    RequestedFormat::with_formats(RequestedFormatType::Exact(format), &[FrameFormat::MJPEG])
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn payloads_with_error_bits_are_no_pictures() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    let booth = Booth::open(any_camera());
    booth.until_it_streams();
    booth.shown();
    camera.be(Mood::ErrorBits);
    booth.until("the stall", |booth| booth.state() == CameraState::Stalled);
    camera.be(Mood::Good);
    booth.until_it_streams();
    let expected = [
        CameraState::Streaming,
        CameraState::Stalled,
        CameraState::Streaming,
    ];
    states_are(&booth.shown(), &expected);
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn a_stall_is_noticed_and_an_endless_one_is_tried_again_and_again() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    let booth = Booth::open(any_camera());
    booth.until_it_streams();
    booth.shown();
    camera.be(Mood::Stalled);
    let noticed = booth.until("the stall", |booth| booth.state() == CameraState::Stalled);
    thread::sleep(Duration::from_secs(3));
    camera.be(Mood::Good);
    let back = booth.until_it_streams();
    println!("a stall: noticed after {noticed:?}, back after {back:?}");
    camera.be(Mood::Stalled);
    let before = booth.tally().openings;
    booth.until("more openings", |booth| {
        booth.tally().openings >= before + 3
    });
    camera.be(Mood::Good);
    booth.until_it_streams();
    let shown = booth.shown();
    let stalls = shown
        .iter()
        .filter(|state| **state == CameraState::Stalled)
        .count();
    assert_eq!(stalls, 2, "{shown:?}");
    assert_eq!(booth.tally().stuck, 0);
}

/// A process that closes an unresponsive camera waits inside the driver, and cannot be killed
/// there.
#[test]
#[ignore = "in the guest of make test-camera"]
fn a_worker_stuck_in_the_kernel_is_counted_and_the_camera_is_taken_off_its_bus() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    let booth = Booth::open(any_camera());
    booth.until_it_streams();
    assert_eq!(camera.shared().configured, 1);
    booth.shown();
    camera.be(Mood::Deaf);
    let counted = booth.until("a stuck worker", |booth| booth.tally().stuck > 0);
    camera.be(Mood::Good);
    booth.until("the bus", |_| camera.shared().configured > 1);
    let back = booth.until_it_streams();
    println!("deaf: a stuck worker after {counted:?}, back after {back:?}");
    booth.until("the stuck worker's end", |booth| booth.tally().stuck == 0);
    assert!(booth.shown().contains(&CameraState::Stalled));
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn a_frozen_and_a_black_picture_are_named() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    let booth = Booth::open(any_camera());
    booth.until_it_streams();
    for (mood, words) in [(Mood::Frozen, "does not move"), (Mood::Black, "black")] {
        booth.shown();
        camera.be(mood);
        booth.until_refused(words);
        let before = booth.tally().openings;
        booth.until("another opening", |booth| booth.tally().openings > before);
        camera.be(Mood::Good);
        booth.until_it_streams();
        let shown = booth.shown();
        let refusals = shown.iter().filter(|state| is_refused(state, words));
        assert_eq!(refusals.count(), 1, "{shown:?}");
    }
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn a_camera_that_is_plugged_in_again_comes_back_at_another_number_with_its_controls() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    let booth = Booth::open(commissioned());
    booth.until_it_streams();
    controls_are(&camera, 156, 32);
    let told = booth.tally().controls;
    assert!(told.contains(&(EXPOSURE_ABSOLUTE, Some(156))), "{told:?}");
    // The camera rounds to its own steps, and the rounded value is reported.
    assert!(told.contains(&(WHITE_BALANCE, Some(5_500))), "{told:?}");

    // A process that still holds the old node keeps its number in use.
    let first = nodes();
    let holder = Device::new(*first.first().unwrap() as usize).unwrap();
    booth.shown();
    camera.pull();
    let noticed = booth.until("its absence", |booth| booth.state() == CameraState::Absent);
    thread::sleep(Duration::from_secs(1));
    println!("unplugged: noticed after {noticed:?}");
    let camera = Webcam::plug(&webcam());
    tell_how_it_comes_back(&booth);
    assert_ne!(nodes(), first);
    controls_are(&camera, 156, 32);
    drop(holder);

    // Unplugged and replugged before anybody could look.
    let before = booth.tally().openings;
    camera.pull();
    let camera = Webcam::plug(&webcam());
    booth.until("a new opening", |booth| booth.tally().openings > before);
    booth.until_it_streams();
    controls_are(&camera, 156, 32);
    assert_eq!(booth.tally().stuck, 0);
}

/// Prints how long each part takes from the plug to the picture: the kernel, our look, the worker,
/// the camera.
fn tell_how_it_comes_back(booth: &Booth) {
    let before = booth.tally().openings;
    let found = booth.until("the kernel", |_| !nodes().is_empty());
    let opening = booth.until("an opening", |booth| booth.tally().openings > before);
    let agreed = booth.until("the mode", |booth| booth.tally().preset.is_some());
    let pictures = booth.tally().pictures;
    let sent = booth.until("something", |booth| booth.tally().pictures > pictures);
    let back = booth.until_it_streams();
    println!(
        "plugged in: known to the kernel after {found:?}; from there: opened after {opening:?}, agreed after {:?}, first picture sent after {:?}, shown after {:?}",
        opening + agreed,
        opening + agreed + sent,
        opening + agreed + sent + back
    );
}

fn controls_are(camera: &Webcam, exposure: i64, focus: i64) {
    let controls = camera.shared().controls.clone();
    let at = |control| controls.get(&control).copied();
    assert_eq!(at(uvc::AUTO_EXPOSURE), Some(1), "manual");
    assert_eq!(at(uvc::EXPOSURE), Some(exposure));
    assert_eq!(at(uvc::AUTO_FOCUS), Some(0));
    assert_eq!(at(uvc::FOCUS), Some(focus / 5 * 5));
    assert_eq!(at(uvc::AUTO_WHITE_BALANCE), Some(0));
    assert_eq!(at(uvc::WHITE_BALANCE), Some(5_500));
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn the_presets_change_with_the_step_while_pictures_go_on() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    let booth = Booth::open(commissioned());
    booth.until_it_streams();
    for (preset, exposure, focus) in [
        (Preset::Code, 40, 120),
        (Preset::Portrait, 156, 32),
        (Preset::Code, 40, 120),
    ] {
        booth.set(preset);
        let took = booth.until("the other controls", |booth| {
            booth.tally().preset == Some(preset)
        });
        println!("{preset:?}: set and read back after {took:?}");
        controls_are(&camera, exposure, focus);
    }
    booth.until_it_streams();
    assert_eq!(booth.tally().openings, 1, "it was never closed for that");
    // A camera that comes back in the middle of a step gets that step's controls.
    camera.pull();
    booth.until("its absence", |booth| booth.state() == CameraState::Absent);
    let camera = Webcam::plug(&webcam());
    booth.until_it_streams();
    controls_are(&camera, 40, 120);
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn a_camera_that_another_program_uses_is_named_and_taken_when_it_is_free() {
    nothing_is_plugged_in();
    let _camera = Webcam::plug(&webcam());
    let other = Booth::open(any_camera());
    other.until_it_streams();
    let booth = Booth::open(any_camera());
    booth.until_refused("another program");
    let before = booth.tally().openings;
    booth.until("more tries", |booth| booth.tally().openings > before);
    drop(other);
    booth.until_it_streams();
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn of_two_cameras_the_booths_own_is_taken_and_no_other_in_its_place() {
    nothing_is_plugged_in();
    let _first = Webcam::plug(&Kind {
        serial: "B2",
        ..webcam()
    });
    let camera = Webcam::plug(&webcam());
    let booth = Booth::open(camera_with_serial("A1"));
    booth.until_it_streams();
    let sent = camera.shared().sent;
    assert!(sent > 0, "the right one streams");
    camera.pull();
    booth.until("another camera", |booth| {
        matches!(booth.state(), CameraState::Another(_))
    });
    let camera = Webcam::plug(&webcam());
    booth.until_it_streams();
    assert!(camera.shared().sent > 0);
}

#[test]
#[ignore = "in the guest of make test-camera"]
fn no_worker_outlives_its_parent_and_none_serves_a_stranger() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    let node = first_node();
    // The thread that started it ends a moment later, as in a crash.
    let child = thread::spawn(move || {
        let mut child = Child::spawn(Path::new(PROGRAM), worker::ROLE, protocol::LONGEST).unwrap();
        let order = Order::new(node, vec![]).message();
        let patience = Duration::from_secs(1);
        child.send(order.kind, &[&order.payload], patience).unwrap();
        while child.receive(Duration::from_secs(1)).unwrap().is_none() {}
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        assert!(status.contains("Seccomp:\t2"), "it is not sealed: {status}");
        child
    })
    .join()
    .unwrap();
    let gone = || {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        status.is_empty() || status.contains("State:\tZ")
    };
    let end = Instant::now() + Duration::from_secs(20);
    while !gone() {
        assert!(Instant::now() < end, "an orphan holds the camera");
        thread::sleep(Duration::from_millis(20));
    }
    drop(camera);
    let stranger = Command::new(PROGRAM).arg(worker::ROLE).output().unwrap();
    assert!(!stranger.status.success() && stranger.stdout.is_empty());
}

/// Runs `camera list` and `camera lock` of the shipped program.
#[test]
#[ignore = "in the guest of make test-camera"]
fn a_camera_is_listed_and_locked_and_the_booth_keeps_to_it() {
    nothing_is_plugged_in();
    let camera = Webcam::plug(&webcam());
    // Somebody fixed it before, so it has to settle again.
    camera.shared().controls.insert(uvc::AUTO_EXPOSURE, 1);
    camera.shared().controls.insert(uvc::EXPOSURE, 312);
    first_node();
    let listed = said(&["camera", "list"]);
    for words in [
        "vendor cafe, product 4010, serial A1",
        "offers MJPG 1280x720 at 30, 7.5 a second",
        "offers YUYV 640x480 at 30, 7.5 a second",
        "white balance: 4600",
    ] {
        assert!(listed.contains(words), "no {words} in {listed}");
    }
    let locked = said(&["camera", "lock", "--seconds", "6"]);
    assert!(locked.contains("exposure: locked at 312"), "{locked}");
    let automatic = camera.shared().controls.get(&uvc::AUTO_EXPOSURE).copied();
    assert_eq!(automatic, Some(8), "it was not let settle");
    let booth = Booth::of_station(any_camera());
    booth.until_it_streams();
    let controls = camera.shared().controls.clone();
    let at = |control| controls.get(&control).copied();
    assert_eq!(
        (at(uvc::AUTO_EXPOSURE), at(uvc::EXPOSURE)),
        (Some(1), Some(312))
    );
    assert_eq!(
        (at(uvc::AUTO_WHITE_BALANCE), at(uvc::WHITE_BALANCE)),
        (Some(0), Some(4_600))
    );
    drop(booth);
    let tested = said(&["camera", "test", "--seconds", "6", "-o", "/tmp/still.jpg"]);
    assert!(tested.contains("pictures of 1280x720"), "{tested}");
    assert!(tested.contains("exposure: 312"), "{tested}");
    let still = fs::read("/tmp/still.jpg").unwrap();
    assert!(still.starts_with(&[0xff, 0xd8]) && still.ends_with(&[0xff, 0xd9]));
    a_spare_is_accepted_while_the_booth_runs(camera);
}

/// It broke, and its spare is of the same model: the locked values apply to the spare, too.
fn a_spare_is_accepted_while_the_booth_runs(camera: Webcam) {
    let booth = Booth::of_station(any_camera());
    booth.until_it_streams();
    camera.pull();
    booth.until("its absence", |booth| booth.state() == CameraState::Absent);
    let spare = Webcam::plug(&Kind {
        serial: "B2",
        ..webcam()
    });
    let which = |booth: &Booth| match booth.state() {
        CameraState::Another(which) => which,
        CameraState::Absent
        | CameraState::Opening
        | CameraState::Streaming
        | CameraState::Stalled
        | CameraState::Refused(_) => String::new(),
    };
    booth.until("the question", |booth| which(booth).contains("serial B2"));
    assert!(said(&["camera", "accept"]).contains("serial B2 is this booth's camera now"));
    let took = booth.until_it_streams();
    println!("accepted: the picture after {took:?}");
    let exposure = spare.shared().controls.get(&uvc::EXPOSURE).copied();
    assert_eq!(exposure, Some(312), "as the first one was locked");
}

fn said(words: &[&str]) -> String {
    let output = Command::new(PROGRAM)
        .args(["--data", DATA])
        .args(words)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{words:?}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// The second driver: vivid, which has no MJPEG and is not a USB device.
#[test]
#[ignore = "in the guest of make test-camera"]
fn vivid_streams_goes_and_comes_back() {
    nothing_is_plugged_in();
    let module = fs::read_dir("/modules")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with("-vivid.ko"))
        .unwrap();
    let busybox = |words: &[&str]| {
        let done = Command::new("/bin/busybox").args(words).status().unwrap();
        assert!(done.success(), "{words:?}");
    };
    busybox(&[
        "insmod",
        module.to_str().unwrap(),
        "n_devs=1",
        "node_types=0x1",
    ]);
    let booth = Booth::open(any_camera());
    let took = booth.until_it_streams();
    let stream = booth.tally().stream.unwrap();
    println!("vivid: {stream:?}, the first picture after {took:?}");
    assert_eq!(stream.packing, Packing::Yuyv);
    booth.shown();
    let driver = Path::new("/sys/bus/platform/drivers/vivid");
    fs::write(driver.join("unbind"), "vivid.0").unwrap();
    booth.until("its absence", |booth| booth.state() == CameraState::Absent);
    fs::write(driver.join("bind"), "vivid.0").unwrap();
    booth.until_it_streams();
    let shown = booth.shown();
    let order: Vec<&CameraState> = shown
        .iter()
        .filter(|state| !matches!(state, CameraState::Refused(_) | CameraState::Stalled))
        .collect();
    let expected = [
        CameraState::Streaming,
        CameraState::Absent,
        CameraState::Opening,
        CameraState::Streaming,
    ];
    assert_eq!(order, expected.iter().collect::<Vec<_>>(), "{shown:?}");
    drop(booth);
    fs::write(driver.join("unbind"), "vivid.0").unwrap();
    nothing_is_plugged_in();
}
