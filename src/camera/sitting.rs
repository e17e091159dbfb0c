//! The synthetic sitter as a camera.

use std::time::Duration;

use super::{Cue, Stage};
use crate::{booth::CameraState, latest::Latest};

pub(super) fn play(_seed: u64, _cues: &Latest<Cue>, stage: &Stage<'_>) {
    stage.show(CameraState::Refused(
        "the sitter is not here yet".to_owned(),
    ));
    while !stage.stopped() {
        stage.pause(Duration::from_secs(1));
    }
}
