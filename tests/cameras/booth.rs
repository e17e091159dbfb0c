//! The camera thread of a kiosk, as shipped, and what it has shown since it began.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use capture_station::{
    booth::CameraState,
    camera::{self, Audience, Controls, Need, Preset, Settings, Slots, Source, Tally},
    frame::Frame,
    latest::Latest,
    time::{Mono, Now, Trust, Wall},
};

/// The program as `packaging/guest.sh` installed it in the guest.
pub const PROGRAM: &str = "/bin/capture-station";
/// The booth's data, with its `camera.toml`.
pub const DATA: &str = "/tmp/booth";
pub const STATION: &str = "/tmp/booth/station";
/// Long after everything should have happened, on a machine in a machine.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Default)]
struct Shared {
    frames: Latest<Frame>,
    state: Latest<CameraState>,
    tally: Latest<Tally>,
    cue: Latest<camera::Cue>,
    need: Latest<Need>,
    stop: AtomicBool,
    states: Mutex<Vec<CameraState>>,
}

impl Shared {
    fn note(&self) {
        let newest = self.state.newest();
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.extend(newest.map(|state| CameraState::clone(&state)));
        states.dedup();
    }
}

/// A camera thread, until it is dropped.
pub struct Booth {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

pub fn any_camera() -> Settings {
    Settings::default()
}

pub fn camera_with_serial(serial: &str) -> Settings {
    Settings {
        source: Source::Usb {
            vendor: None,
            product: None,
            serial: Some(serial.to_owned()),
        },
        ..Settings::default()
    }
}

/// Returns settings with everything fixed for portraits, and a short exposure and a near focus for
/// codes.
pub fn commissioned() -> Settings {
    Settings {
        controls: Controls {
            exposure: Some(156),
            focus: Some(32),
            white_balance: Some(5_503),
        },
        code: Controls {
            exposure: Some(40),
            focus: Some(120),
            white_balance: None,
        },
        ..Settings::default()
    }
}

impl Booth {
    pub fn open(settings: Settings) -> Self {
        Self::open_at(None, settings)
    }

    /// Runs with the camera that was commissioned, and any other that is accepted.
    pub fn of_station(settings: Settings) -> Self {
        Self::open_at(Some(Path::new(STATION)), settings)
    }

    fn open_at(station: Option<&'static Path>, settings: Settings) -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            let start = Instant::now();
            let clock = || {
                theirs.note();
                Now {
                    mono: Mono::from_start(start.elapsed()),
                    wall: Wall::EPOCH,
                    trust: Trust::Unknown,
                }
            };
            let slots = Slots {
                frames: &theirs.frames,
                state: &theirs.state,
                tally: &theirs.tally,
                cue: &theirs.cue,
                need: &theirs.need,
            };
            let program = Path::new(PROGRAM);
            camera::run(&settings, station, program, &slots, &clock, &theirs.stop);
        });
        Self {
            shared,
            thread: Some(thread),
        }
    }

    pub fn state(&self) -> CameraState {
        let state = self.shared.state.newest();
        state.map_or(CameraState::Absent, |state| CameraState::clone(&state))
    }

    pub fn tally(&self) -> Tally {
        let tally = self.shared.tally.newest();
        tally.map_or_else(Tally::default, |tally| Tally::clone(&tally))
    }

    pub fn frame(&self) -> Option<Arc<Frame>> {
        self.shared.frames.newest()
    }

    pub fn set(&self, preset: Preset) {
        self.need(Need {
            preset,
            audience: Audience::Somebody,
        });
    }

    pub fn need(&self, need: Need) {
        self.shared.need.put(need);
    }

    /// Returns what was shown since the last call.
    pub fn shown(&self) -> Vec<CameraState> {
        self.shared.note();
        let mut states = self
            .shared
            .states
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *states)
    }

    /// Waits for something; returns how long that took.
    pub fn until(&self, what: &str, there: impl Fn(&Self) -> bool) -> Duration {
        let start = Instant::now();
        while !there(self) {
            assert!(
                start.elapsed() < PATIENCE,
                "waited in vain for {what}: {:?}, {:?}",
                self.state(),
                self.tally()
            );
            thread::sleep(Duration::from_millis(5));
        }
        start.elapsed()
    }

    /// Waits for a new picture.
    pub fn until_it_streams(&self) -> Duration {
        let before = self.frame().map(|frame| frame.at);
        self.until("a picture", |booth| {
            let now = booth.frame().map(|frame| frame.at);
            booth.state() == CameraState::Streaming && now.is_some() && now != before
        })
    }

    pub fn until_refused(&self, words: &str) -> Duration {
        self.until(words, |booth| is_refused(&booth.state(), words))
    }
}

pub fn is_refused(state: &CameraState, words: &str) -> bool {
    matches!(state, CameraState::Refused(why) if why.contains(words))
}

impl Drop for Booth {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
