//! The analysis thread: judges the newest frame while the visit looks for faces, and only then.

use std::{sync::Arc, time::Duration};

use super::wires::Wires;
use crate::{
    analysis::{Analyser, Want},
    guidance::{Advice, Guide, Verdict},
    session::Looking,
};

const PATIENCE: Duration = Duration::from_millis(100);

/// Analyses until stopped; frames that arrive meanwhile are skipped, never delayed.
pub fn run(wires: &Wires, analyser: &mut Analyser) {
    let mut seen = 0;
    let mut guide = Guide::default();
    while !wires.stopped() {
        let Some(frame) = wires.frames.wait_newer(&mut seen, PATIENCE) else {
            continue;
        };
        let rules = wires.rules.newest();
        let Some(batch) = rules.filter(|_| wires.looks_for(Looking::Faces)) else {
            if guide.previous().is_some() {
                guide = Guide::default();
                analyser.reset();
            }
            continue;
        };
        // A frame that may be taken needs a mask of its own.
        let want = match guide.previous() {
            Some(Verdict::Good(_) | Verdict::Advice(Advice::HoldStill | Advice::Look)) => {
                Want::Judge
            }
            Some(Verdict::Advice(_)) | None => Want::Guide,
        };
        let began = wires.clock.now().mono;
        let analysis = Arc::new(analyser.analyse(frame, want));
        let sight = guide.see(&analysis, &batch.profile);
        wires.pace.note(wires.clock.now().mono.since(began));
        wires.sights.put(sight);
        wires.wake();
    }
}
