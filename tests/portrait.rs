//! Guide and final file agree: what was called good is still good in the delivered bytes.
#![cfg(feature = "sitter")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{sync::Arc, time::Duration};

use capture_station::{
    analysis::{Analyser, Want},
    checks::GUIDE_TO_FINAL_PX,
    frame::{Frame, Origin, Turn},
    geometry::Size,
    guidance::{self, Verdict},
    layout::Placed,
    portrait::{self, BackgroundMode},
    profile::Profile,
    provision::models,
    sitter::{Person, Pose, Scene, render},
    time::Mono,
};

const FRAME: Size = Size::new(1280, 720);

type Change = fn(&mut Pose);

/// Returns where the guide saw the head, and where the final file has it; `None` if the guide does
/// not call this sitting good.
fn guide_and_final(seed: u64, change: Change, analyser: &mut Analyser) -> Option<(Placed, Placed)> {
    let profile = Profile::standard_99();
    let mut pose = Pose::good(FRAME);
    change(&mut pose);
    let scene = Scene {
        seed,
        ..Scene::default()
    };
    let frame = Arc::new(Frame {
        number: 1,
        at: Mono::from_start(Duration::from_secs(seed)),
        rgb: render(&Person::from_seed(seed), &pose, &scene, FRAME).rgb,
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    });
    analyser.reset();
    let analysis = Arc::new(analyser.analyse(frame, Want::Judge));
    let sight = guidance::Guide::default().see(&analysis, &profile);
    let Verdict::Good(good) = &sight.verdict else {
        return None;
    };
    let portrait = portrait::standardise(
        &analysis,
        good.crop,
        &profile,
        analyser,
        BackgroundMode::Profile,
        None,
    )
    .unwrap();
    let failed: Vec<_> = portrait.checks.iter().filter(|check| !check.pass).collect();
    assert!(failed.is_empty(), "person {seed}: {failed:?}");
    Some((good.placed, portrait.placed))
}

/// `cargo test --test portrait -- --nocapture` prints the figures that `GUIDE_TO_FINAL_PX` is based
/// on.
#[test]
fn guide_and_final_file_agree() {
    let mut analyser = models::analyser().unwrap();
    let changes: [(u64, Change); 5] = [
        (1, |_| {}),
        (3, |pose| pose.center_x_px += 60.0),
        (4, |pose| pose.face_width_px *= 0.95),
        (6, |pose| pose.yaw_deg = 2.0),
        (8, |pose| pose.roll_deg = 1.2),
    ];
    let mut good = 0;
    for (seed, change) in changes {
        let Some((guide, file)) = guide_and_final(seed, change, &mut analyser) else {
            println!("person {seed}: not called good");
            continue;
        };
        good += 1;
        let apart = [
            ("crown", guide.crown_px - file.crown_px),
            ("eyes", guide.eye_px - file.eye_px),
            ("width", guide.face_width_px - file.face_width_px),
            ("centre", guide.center_offset_px - file.center_offset_px),
        ];
        println!("person {seed}: {apart:?}");
        for (what, px) in apart {
            assert!(
                px.abs() <= GUIDE_TO_FINAL_PX,
                "person {seed}: {what} {px} px"
            );
        }
    }
    assert!(good >= 3, "the guide called only {good} sittings good");
}
