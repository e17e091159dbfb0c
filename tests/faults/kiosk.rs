//! A whole kiosk, without a window, whose camera breaks during a visit.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use capture_station::{
    app::{Kiosk, opening, wires::Wires},
    booth::{CameraState, Fault},
    cli::demo,
    code::Reading,
    config::Config,
    platform,
    provision::{fonts, models},
    reference::{self, Platform, Stopper},
    session::{Event, State},
    ui::{self, words},
};
use egui_kittest::{Harness, kittest::Queryable};
use tempfile::TempDir;

use super::{PROGRAM, alone, faulty, shown};

const PATIENCE: Duration = Duration::from_mins(2);
const STEP: Duration = Duration::from_millis(15);

/// A platform where the booth is enrolled.
struct Home {
    folder: TempDir,
    stopper: Option<Stopper>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Home {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        platform::install_crypto();
        let platform = Arc::new(Platform::open(&folder.path().join("platform")).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stopper, stop) = reference::stop_pair();
        let served = Arc::clone(&platform);
        let thread = thread::spawn(move || reference::run(served, listener, stop));
        let home = Self {
            folder,
            stopper: Some(stopper),
            thread: Some(thread),
        };
        let identity = opening::station_folder(&home.booth());
        demo::enrol(&platform, &url, &identity, &reference::demo_batch()).unwrap();
        home
    }

    fn booth(&self) -> PathBuf {
        self.folder.path().join("booth")
    }

    fn go(&self, n: usize) -> PathBuf {
        self.folder.path().join(format!("go{n}"))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(self.stopper.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

/// The kiosk as seen from outside.
struct Visit {
    harness: Harness<'static, Kiosk>,
    wires: Arc<Wires>,
    ticks: u64,
    last_tick: Instant,
    longest_gap: Duration,
}

impl Visit {
    fn begin(home: &Home, script: &str) -> Self {
        let mut config = Config::from_toml(capture_station::config::DEFAULT, "default").unwrap();
        config.set_data(home.booth());
        config.camera = faulty(script);
        config.sound.chimes = false;
        let (wires, inbox) = Wires::new();
        let mut opened = opening::open(config, &models::models().unwrap(), &wires.clock).unwrap();
        opened.program = PROGRAM.into();
        let kiosk = Kiosk::start(opened, Arc::clone(&wires), inbox, &egui::Context::default());
        let fonts = fonts::load().unwrap();
        let harness = Harness::builder()
            .with_size(egui::vec2(1280.0, 720.0))
            .with_context_setup(move |ctx| ui::install(ctx, fonts))
            .build_ui_state(
                |ui, kiosk: &mut Kiosk| {
                    kiosk.think(ui.ctx());
                    kiosk.draw(ui);
                },
                kiosk,
            );
        Self {
            harness,
            wires,
            ticks: 0,
            last_tick: Instant::now(),
            longest_gap: Duration::ZERO,
        }
    }

    fn state(&self) -> &State {
        self.harness.state().session().state()
    }

    fn tick(&mut self) {
        thread::sleep(STEP);
        self.harness.step();
        self.longest_gap = self.longest_gap.max(self.last_tick.elapsed());
        self.last_tick = Instant::now();
        self.ticks += 1;
    }

    fn until(&mut self, what: &str, there: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !there(self) {
            assert!(
                Instant::now() < end,
                "waited in vain for {what}: {:?}, camera {:?}",
                self.state(),
                self.wires.camera.newest()
            );
            self.tick();
        }
    }

    fn click(&mut self, label: &str) {
        self.until(label, |visit| {
            visit.harness.query_all_by_label(label).next().is_some()
        });
        self.harness
            .query_all_by_label(label)
            .next()
            .unwrap()
            .click();
        self.tick();
        self.tick();
    }

    fn camera(&self) -> CameraState {
        let state = self.wires.camera.newest();
        state.map_or(CameraState::Absent, |state| CameraState::clone(&state))
    }

    fn streams(&self) -> bool {
        self.camera() == CameraState::Streaming && self.wires.frames.newest().is_some()
    }

    /// Goes from the attract screen to the seat, with a code typed by a scanner.
    fn sit_down(&mut self) {
        self.until("the attract screen", |visit| {
            matches!(visit.state(), State::Idle)
        });
        self.click(words::START.zh);
        for word in [words::TERMS_READ, words::AGREE_FACE, words::AGREE_SENDING] {
            self.click(word.zh);
        }
        self.until("the code's step", |visit| {
            matches!(visit.state(), State::Code(_))
        });
        self.wires.tell(Event::Scanned(Reading {
            bytes: "made-up 采集码 of a faulty day".as_bytes().to_vec(),
            card: None,
        }));
        self.until("the tail's step", |visit| {
            matches!(visit.state(), State::Tail(_))
        });
        for digit in ["0", "0", "2", "8"] {
            self.click(digit);
        }
        self.until("the seat", |visit| {
            matches!(visit.state(), State::Framing(_))
        });
    }

    fn visitor(&self) -> String {
        let State::Framing(framing) = self.state() else {
            panic!("the visit was not kept: {:?}", self.state());
        };
        framing.sitter.scanned.visitor.visit.to_string()
    }
}

/// What breaks at the seat, and what staff read about it.
const FAULTS: [(&str, &str); 4] = [
    ("stall", "Stalled"),
    ("half", "damaged pictures"),
    ("frozen", "does not move"),
    ("black", "black"),
];

#[test]
fn a_visit_is_kept_while_its_camera_breaks_again_and_again() {
    let _turn = alone();
    let home = Home::new();
    let pulled = home.go(FAULTS.len());
    let steps = FAULTS.iter().enumerate();
    let script: Vec<String> = ["vanish 24".to_owned()]
        .into_iter()
        .chain(steps.map(|(n, (fault, _))| format!("{fault} until {}", home.go(n).display())))
        .chain([format!("stream until {}", pulled.display())])
        .chain(["vanish 6; stream".to_owned()])
        .collect();
    let mut visit = Visit::begin(&home, &script.join(";"));
    // Nobody can begin a visit that the booth could not finish, and nobody has to come for the
    // booth to reopen.
    visit.until("the closed booth", |visit| {
        matches!(visit.state(), State::Blocked(Fault::Camera))
    });
    visit.sit_down();
    let who = visit.visitor();
    for (n, (fault, shown_as)) in FAULTS.iter().enumerate() {
        breaks(&mut visit, &home.go(n), fault, shown_as);
        assert_eq!(visit.visitor(), who, "{fault}");
    }
    breaks(&mut visit, &pulled, "unplugged", "Absent");
    assert_eq!(visit.visitor(), who);
}

fn breaks(visit: &mut Visit, go: &Path, fault: &str, shown_as: &str) {
    visit.until("a picture", Visit::streams);
    (visit.ticks, visit.longest_gap) = (0, Duration::ZERO);
    let began = Instant::now();
    fs::write(go, "").unwrap();
    visit.until(fault, |visit| shown(&visit.camera(), shown_as));
    let noticed = began.elapsed();
    visit.tick();
    let told = visit.harness.query_all_by_label(words::CAMERA_BACK.zh);
    assert!(told.count() > 0, "{fault}: the visitor reads nothing of it");
    visit.until("the picture's return", Visit::streams);
    println!(
        "{fault}: noticed after {noticed:?}, back after {:?}, {} ticks, longest gap {:?}",
        began.elapsed(),
        visit.ticks,
        visit.longest_gap
    );
    assert!(visit.ticks > 5, "{fault}: the window stood still");
    visit.tick();
    let told = visit.harness.query_all_by_label(words::CAMERA_BACK.zh);
    assert_eq!(told.count(), 0, "{fault}: the notice stays");
}
