//! The camera: a USB camera in a child process, a folder of stills, or the synthetic sitter. All
//! end in one slot of frames.
//!
//! [`run`] never gives up: a failure is shown as a [`CameraState`], and the camera is tried again.

pub mod colours;
pub mod commissioned;
pub mod controls;
pub mod decode;
pub mod devices;
#[cfg(feature = "sitter")]
pub mod faulty;
pub mod glance;
pub mod modes;
pub mod protocol;
pub mod still;
pub mod supervisor;
pub mod sysfs;
pub mod v4l2;
pub mod worker;

mod entropy;
mod folder;
mod formats;
mod markers;
#[cfg(feature = "sitter")]
mod sitting;
pub mod usb;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use image::RgbImage;
use serde::{Deserialize, Serialize};

pub use self::controls::{Controls, Preset};
use self::protocol::Stream;
use crate::{
    booth::CameraState,
    frame::{Camera, Frame, Origin, Turn},
    latest::Latest,
    time::Now,
};

/// The `[camera]` table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    pub source: Source,
    /// Clockwise turn, "0", "90", "180" or "270", that brings the picture upright.
    pub turn: Turn,
    /// Fixed values for a USB camera; open ones stay automatic.
    pub controls: Controls,
    /// Other values while a code is read; open ones stay as they are for portraits.
    pub code: Controls,
}

impl Settings {
    /// Returns the settings with everything automatic, whatever was fixed before.
    #[must_use]
    pub fn automatic(self) -> Self {
        let fixed = Some(0);
        Self {
            controls: Controls::default(),
            // Never set, because the preset stays the portrait's: it only lists what to make
            // automatic again.
            code: Controls {
                exposure: fixed,
                focus: fixed,
                white_balance: fixed,
            },
            ..self
        }
    }
}

/// Where pictures come from, by `kind`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A USB camera: the first, or the one with these ids.
    Usb {
        #[serde(default)]
        vendor: Option<String>,
        #[serde(default)]
        product: Option<String>,
        #[serde(default)]
        serial: Option<String>,
    },
    /// JPEG and PNG files in the order of their names, over and over.
    Folder {
        path: PathBuf,
        #[serde(default = "Source::default_still_ms")]
        still_ms: u64,
    },
    /// The synthetic person; identified by a seed. Only in builds with the feature `sitter`.
    Sitter {
        #[serde(default)]
        seed: u64,
    },
    /// A camera that breaks as its script says (see [`faulty`]). Only in builds with the feature
    /// `sitter`.
    Faulty { script: String },
}

impl Source {
    const fn default_still_ms() -> u64 {
        2_000
    }
}

impl Source {
    /// Returns its name in the configuration; also in a manifest, unless it is a USB camera.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Usb { .. } => "usb",
            Self::Folder { .. } => "folder",
            Self::Sitter { .. } => "sitter",
            Self::Faulty { .. } => "faulty",
        }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::Usb {
            vendor: None,
            product: None,
            serial: None,
        }
    }
}

/// What a played camera should show; a real one shows what is there.
#[derive(Clone, Default)]
pub struct Cue {
    /// A phone held up to the lens.
    pub card: Option<Arc<RgbImage>>,
    /// The person whose sitting is played; `None` for an empty seat.
    pub person: Option<u64>,
}

/// Prints no card, as a card names a person.
impl std::fmt::Debug for Cue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Cue (card: {}, person: {:?})",
            self.card.is_some(),
            self.person
        )
    }
}

/// What is known about a USB camera since the start, for staff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Workers that were started.
    pub openings: u64,
    /// Whole pictures.
    pub pictures: u64,
    pub damaged: u64,
    /// Workers that hang inside the driver at present.
    pub stuck: usize,
    /// What was agreed at the last opening.
    pub stream: Option<Stream>,
    /// The controls that apply, as the camera reports them, and their preset.
    pub controls: Vec<(u32, Option<i64>)>,
    pub preset: Option<Preset>,
}

/// The slots that connect a camera and the booth.
pub struct Slots<'a> {
    pub frames: &'a Latest<Frame>,
    pub state: &'a Latest<CameraState>,
    pub tally: &'a Latest<Tally>,
    /// Directs the synthetic sitter.
    pub cue: &'a Latest<Cue>,
    /// What the visit needs from the camera now.
    pub need: &'a Latest<Need>,
}

/// What a visit needs from a camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Which controls apply.
    pub preset: Preset,
    pub audience: Audience,
}

/// Whether anybody looks at the pictures: a person or the networks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    #[default]
    Somebody,
    /// A USB camera's pictures are still checked, but only a few per second are decoded.
    Nobody,
}

/// Plays the configured camera into the slots until stopped, and keeps its state up to date.
///
/// `station` is the folder whose `camera.toml` says which USB camera is the booth's. It applies
/// where `settings` leave this open, and is reread while that camera is absent. `program` is this
/// executable (`/proc/self/exe`), from which the camera worker is started.
pub fn run(
    settings: &Settings,
    station: Option<&Path>,
    program: &Path,
    slots: &Slots<'_>,
    clock: &dyn Fn() -> Now,
    stop: &AtomicBool,
) {
    let stage = Stage {
        frames: slots.frames,
        state: slots.state,
        tally: slots.tally,
        cue: slots.cue,
        need: slots.need,
        clock,
        stop,
        turn: settings.turn,
    };
    match &settings.source {
        Source::Folder { path, still_ms } => {
            folder::play(path, Duration::from_millis(*still_ms), &stage);
        }
        Source::Sitter { seed } => play_sitter(*seed, &stage),
        Source::Faulty { script } => {
            play_faulty(script, usb::Booth { settings, station }, program, &stage);
        }
        Source::Usb { .. } => {
            let ground = usb::Ground::Machine(PathBuf::from("/sys"));
            usb::play(usb::Booth { settings, station }, ground, program, &stage);
        }
    }
    slots.frames.clear();
}

#[cfg(feature = "sitter")]
fn play_sitter(seed: u64, stage: &Stage<'_>) {
    sitting::play(seed, stage);
}

#[cfg(not(feature = "sitter"))]
fn play_sitter(_seed: u64, stage: &Stage<'_>) {
    refuse(
        "this build has no synthetic sitter: set camera.source to usb or folder",
        stage,
    );
}

#[cfg(feature = "sitter")]
fn play_faulty(script: &str, booth: usb::Booth<'_>, program: &Path, stage: &Stage<'_>) {
    match faulty::Script::parse(script) {
        Some(script) => usb::play(booth, usb::Ground::Script(script), program, stage),
        None => refuse("the faulty camera's script has a step that is none", stage),
    }
}

#[cfg(not(feature = "sitter"))]
fn play_faulty(_script: &str, _booth: usb::Booth<'_>, _program: &Path, stage: &Stage<'_>) {
    refuse(
        "this build has no faulty camera: set camera.source to usb or folder",
        stage,
    );
}

/// Shows why there will never be a picture, until stopped.
fn refuse(reason: &str, stage: &Stage<'_>) {
    stage.show(CameraState::Refused(reason.to_owned()));
    while !stage.stopped() {
        stage.pause(Duration::from_secs(1));
    }
}

/// Where a source puts its pictures and its state.
struct Stage<'a> {
    frames: &'a Latest<Frame>,
    state: &'a Latest<CameraState>,
    tally: &'a Latest<Tally>,
    need: &'a Latest<Need>,
    #[cfg_attr(
        not(feature = "sitter"),
        expect(dead_code, reason = "only the sitter takes a cue")
    )]
    cue: &'a Latest<Cue>,
    clock: &'a dyn Fn() -> Now,
    stop: &'a AtomicBool,
    turn: Turn,
}

/// How long a source may ignore `stop`.
const STEP: Duration = Duration::from_millis(50);

impl Stage<'_> {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn now(&self) -> crate::time::Mono {
        (self.clock)().mono
    }

    /// Waits; returns earlier when stopped.
    fn pause(&self, wait: Duration) {
        let end = self.now().plus(wait);
        while !self.stopped() && self.now() < end {
            std::thread::park_timeout(end.since(self.now()).min(STEP));
        }
    }

    fn show(&self, state: CameraState) {
        if self.state.newest().as_deref() != Some(&state) {
            self.state.put(state);
        }
    }

    fn count(&self, tally: &Tally) {
        if self.tally.newest().as_deref() != Some(tally) {
            self.tally.put(tally.clone());
        }
    }

    /// Publishes a picture. `rgb` is as the camera sees it and is turned upright here and nowhere
    /// else.
    fn publish(&self, number: u64, rgb: RgbImage, origin: Origin, camera: &Arc<Camera>) {
        self.frames.put_shared(Arc::new(Frame {
            number,
            at: self.now(),
            rgb: self.turn.upright(rgb),
            origin,
            turn: self.turn,
            camera: Arc::clone(camera),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_camera_table_is_read_and_unknown_keys_are_refused() {
        let settings: Settings =
            toml::from_str("turn = \"90\"\nsource = { kind = \"folder\", path = \"stills\" }")
                .unwrap();
        assert_eq!(settings.turn, Turn::Quarter);
        let usb: Settings = toml::from_str("source = { kind = \"usb\", serial = \"A1\" }").unwrap();
        assert!(matches!(usb.source, Source::Usb { serial: Some(serial), .. } if serial == "A1"));
        assert_eq!(toml::from_str::<Settings>("").unwrap(), Settings::default());
        for wrong in [
            "tunr = \"90\"",
            "source = { kind = \"usb\", seriall = \"A1\" }",
            "source = { kind = \"film\" }",
            "controls = { exposur = 3 }",
            "code = { exposur = 3 }",
        ] {
            assert!(toml::from_str::<Settings>(wrong).is_err(), "{wrong}");
        }
    }
}
