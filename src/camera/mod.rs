//! The camera: a USB camera in a child process, a folder of stills, or the synthetic sitter. All end in one slot of frames.
//!
//! [`run`] never gives up: what goes wrong is shown as a [`CameraState`] and tried again.

pub mod decode;
pub mod devices;
pub mod protocol;
pub mod still;
pub mod supervisor;
pub mod worker;

mod entropy;
mod folder;
mod markers;
#[cfg(feature = "sitter")]
mod sitting;
mod usb;

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

use crate::{
    booth::CameraState,
    frame::{Frame, Origin, Turn},
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
    /// Fixed values for a USB camera; what is left out stays automatic.
    pub controls: Controls,
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
    /// JPEG and PNG files in the order of their names, again and again.
    Folder {
        path: PathBuf,
        #[serde(default = "Source::default_still_ms")]
        still_ms: u64,
    },
    /// The synthetic person; a seed names one. Only in builds with the feature `sitter`.
    Sitter {
        #[serde(default)]
        seed: u64,
    },
}

impl Source {
    const fn default_still_ms() -> u64 {
        2_000
    }
}

impl Source {
    /// What the manifest calls the camera.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Usb { .. } => "usb",
            Self::Folder { .. } => "folder",
            Self::Sitter { .. } => "sitter",
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

/// Fixed camera controls, in V4L2's own units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Controls {
    /// Exposure time in 100 us.
    pub exposure: Option<i64>,
    /// The camera's own steps, 0 is far.
    pub focus: Option<i64>,
    /// Colour temperature in kelvin.
    pub white_balance: Option<i64>,
}

impl Controls {
    /// (control id, value) in the order to set them: each automatic off before its value.
    pub fn orders(&self) -> Vec<(u32, i64)> {
        const AUTO_EXPOSURE: u32 = 0x009a_0901;
        const EXPOSURE_ABSOLUTE: u32 = 0x009a_0902;
        const FOCUS_AUTO: u32 = 0x009a_090c;
        const FOCUS_ABSOLUTE: u32 = 0x009a_090a;
        const WHITE_BALANCE_AUTO: u32 = 0x0098_090c;
        const WHITE_BALANCE: u32 = 0x0098_091a;
        const MANUAL: i64 = 1;
        const OFF: i64 = 0;
        let fixed = [
            (self.exposure, AUTO_EXPOSURE, MANUAL, EXPOSURE_ABSOLUTE),
            (self.focus, FOCUS_AUTO, OFF, FOCUS_ABSOLUTE),
            (self.white_balance, WHITE_BALANCE_AUTO, OFF, WHITE_BALANCE),
        ];
        fixed
            .into_iter()
            .filter_map(|(value, auto, off, id)| Some([(auto, off), (id, value?)]))
            .flatten()
            .collect()
    }
}

/// What a played camera is to show; a real one shows what there is.
#[derive(Clone, Default)]
pub struct Cue {
    /// A phone held up to the lens.
    pub card: Option<Arc<RgbImage>>,
    /// Whose sitting is played; nobody sits there without.
    pub person: Option<u64>,
}

/// A card names a person, so it is not printed.
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

/// Plays the configured camera into `frames` until told to stop, and keeps `state` true.
///
/// `program` is this executable (`/proc/self/exe`): the camera worker is started from it. `cue` directs the synthetic sitter.
pub fn run(
    settings: &Settings,
    program: &Path,
    frames: &Latest<Frame>,
    state: &Latest<CameraState>,
    cue: &Latest<Cue>,
    clock: &dyn Fn() -> Now,
    stop: &AtomicBool,
) {
    let stage = Stage {
        frames,
        state,
        cue,
        clock,
        stop,
        turn: settings.turn,
    };
    match &settings.source {
        Source::Folder { path, still_ms } => {
            folder::play(path, Duration::from_millis(*still_ms), &stage);
        }
        Source::Sitter { seed } => play_sitter(*seed, &stage),
        Source::Usb {
            vendor,
            product,
            serial,
        } => {
            let wanted = devices::Wanted {
                vendor: vendor.clone(),
                product: product.clone(),
                serial: serial.clone(),
            };
            usb::play(&wanted, &settings.controls, program, &stage);
        }
    }
    frames.clear();
}

#[cfg(feature = "sitter")]
fn play_sitter(seed: u64, stage: &Stage<'_>) {
    sitting::play(seed, stage);
}

#[cfg(not(feature = "sitter"))]
fn play_sitter(_seed: u64, stage: &Stage<'_>) {
    let reason = "this build has no synthetic sitter: set camera.source to usb or folder";
    stage.show(CameraState::Refused(reason.to_owned()));
    while !stage.stopped() {
        stage.pause(Duration::from_secs(1));
    }
}

/// Where a source puts what it has.
struct Stage<'a> {
    frames: &'a Latest<Frame>,
    state: &'a Latest<CameraState>,
    #[cfg_attr(
        not(feature = "sitter"),
        expect(dead_code, reason = "only the sitter takes a cue")
    )]
    cue: &'a Latest<Cue>,
    clock: &'a dyn Fn() -> Now,
    stop: &'a AtomicBool,
    turn: Turn,
}

/// How long a source stays deaf to `stop`.
const STEP: Duration = Duration::from_millis(50);

impl Stage<'_> {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn now(&self) -> crate::time::Mono {
        (self.clock)().mono
    }

    /// Waits, or less if told to stop.
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

    /// `rgb` as the camera sees it; it is turned upright here and nowhere else.
    fn publish(&self, number: u64, rgb: RgbImage, origin: Origin) {
        self.frames.put_shared(Arc::new(Frame {
            number,
            at: self.now(),
            rgb: self.turn.upright(rgb),
            origin,
            turn: self.turn,
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
        ] {
            assert!(toml::from_str::<Settings>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_automatic_is_switched_off_before_its_value_is_set() {
        let controls = Controls {
            focus: Some(30),
            ..Controls::default()
        };
        assert_eq!(controls.orders(), [(0x009a_090c, 0), (0x009a_090a, 30)]);
        assert_eq!(Controls::default().orders(), []);
    }
}
