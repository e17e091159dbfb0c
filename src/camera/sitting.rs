//! The synthetic sitter as a camera: it shows what the [`Cue`] asks for.

use std::{sync::Arc, time::Duration};

use super::{Cue, Stage};
use crate::{
    booth::CameraState,
    frame::{Camera, Origin},
    geometry::Size,
    sitter::{Scene, Sitting},
};

const SIZE: Size = Size::new(1280, 720);
const PERIOD: Duration = Duration::from_millis(33);

/// Plays until stopped: an empty booth, a card held up, or a person's whole sitting.
pub(super) fn play(seed: u64, stage: &Stage<'_>) {
    let mut sitting = Sitting::of_scene(Scene::default(), SIZE);
    let (mut seen, mut number, mut person) = (0, 0, None);
    let mut cue = Cue::default();
    let camera = Arc::new(Camera::played("sitter"));
    stage.show(CameraState::Streaming);
    while !stage.stopped() {
        let at = stage.now();
        if let Some(newer) = stage.cue.wait_newer(&mut seen, Duration::ZERO) {
            cue = Cue::clone(&newer);
        }
        if person != cue.person {
            person = cue.person;
            match person {
                Some(who) => sitting.restart(seed.wrapping_add(who), at.as_duration()),
                None => sitting.leave(),
            }
        }
        number += 1;
        let picture = sitting.frame_at(at.as_duration(), cue.card.as_deref());
        stage.publish(number, picture, Origin::Pixels, &camera);
        stage.pause(PERIOD.saturating_sub(stage.now().since(at)));
    }
}
