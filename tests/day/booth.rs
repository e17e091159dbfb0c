//! A kiosk, its platform, and a visitor's hands.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use capture_station::{
    app::{
        Kiosk, opening,
        wires::{Ledger, Wires},
    },
    booth::{CameraState, DayBalance},
    camera::Source,
    capture::CaptureId,
    cli::demo,
    code::Reading,
    config::Config,
    contract::{Batch, RejectReason, Stage},
    outbox, platform,
    profile::PaymentPolicy,
    provision::{fonts, models},
    reference::{self, Platform, Stopper},
    session::{Bill, Event, Fee, InquiryStep, State},
    time::Mono,
    ui::{self, words},
};
use egui_kittest::{Harness, kittest::Queryable};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_capture-station");
const PATIENCE: Duration = Duration::from_mins(3);
const STEP: Duration = Duration::from_millis(15);
/// The sitter's play takes a third of this.
const SITS_STILL: Duration = Duration::from_secs(40);
/// The price of a photo.
pub const FEE_FEN: u32 = 2500;
/// A person's own time in a visit: consent 8 s, the phone 1.2 s, four digits 4 s, sitting 8 s,
/// review 5 s.
const PAUSES: Duration = Duration::from_millis(26_200);

/// Returns a batch whose photos are paid at the booth.
fn batch() -> Batch {
    let mut batch = reference::demo_batch();
    batch.profile.payment = PaymentPolicy::AtKiosk;
    batch.fee_fen = FEE_FEN;
    batch
}

struct Running {
    /// Dropping it stops the thread.
    stopper: Stopper,
    thread: JoinHandle<std::io::Result<()>>,
}

fn serve(platform: &Arc<Platform>, listener: TcpListener) -> Running {
    let (stopper, stop) = reference::stop_pair();
    let platform = Arc::clone(platform);
    let thread = thread::spawn(move || reference::run(platform, listener, stop));
    Running { stopper, thread }
}

pub struct Booth {
    harness: Option<Harness<'static, Kiosk>>,
    wires: Arc<Wires>,
    platform: Arc<Platform>,
    address: String,
    running: Option<Running>,
    folder: TempDir,
    visitors: u32,
    /// The code of each capture, in the order of the visits.
    codes: Vec<(CaptureId, Vec<u8>)>,
    code: Vec<u8>,
    /// The machine's share of each confirmed visit.
    machine: Vec<Duration>,
}

impl Booth {
    pub fn open() -> Self {
        let folder = TempDir::new().unwrap();
        platform::install_crypto();
        let home = folder.path().join("platform");
        let batches = home.join("batches");
        fs::create_dir_all(&batches).unwrap();
        let json = serde_json::to_vec(&batch()).unwrap();
        fs::write(batches.join("D3PZ85.json"), json).unwrap();
        let platform = Arc::new(Platform::open(&home).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let running = serve(&platform, listener);
        let identity = opening::station_folder(&folder.path().join("booth"));
        demo::enrol(&platform, &format!("http://{address}"), &identity, &batch()).unwrap();
        let mut config = Config::from_toml(capture_station::config::DEFAULT, "default").unwrap();
        config.set_data(folder.path().join("booth"));
        config.camera.source = Source::Sitter { seed: 7 };
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
        let mut booth = Self {
            harness: Some(harness),
            wires,
            platform,
            address,
            running: Some(running),
            folder,
            visitors: 0,
            codes: vec![],
            code: vec![],
            machine: vec![],
        };
        booth.until("the attract screen", |booth| {
            matches!(booth.state(), State::Idle) && booth.wires.frames.newest().is_some()
        });
        booth
    }

    fn harness(&mut self) -> &mut Harness<'static, Kiosk> {
        self.harness.as_mut().unwrap()
    }

    pub fn state(&self) -> &State {
        self.harness.as_ref().unwrap().state().session().state()
    }

    pub fn now(&self) -> Mono {
        self.wires.clock.now().mono
    }

    pub fn ledger(&self) -> Option<Arc<Ledger>> {
        self.wires.ledger.newest()
    }

    pub fn until(&mut self, what: &str, there: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !there(self) {
            assert!(
                Instant::now() < end,
                "waited in vain for {what}: {:?}",
                self.state()
            );
            thread::sleep(STEP);
            self.harness().step();
        }
    }

    pub fn wait(&mut self, wait: Duration) {
        let end = Instant::now() + wait;
        self.until("the time to pass", |_booth| Instant::now() >= end);
    }

    pub fn click(&mut self, label: &str) {
        self.until(label, |booth| {
            let harness = booth.harness.as_ref().unwrap();
            harness.query_all_by_label(label).next().is_some()
        });
        let harness = self.harness();
        harness.query_all_by_label(label).next().unwrap().click();
        harness.step();
        harness.step();
    }

    pub fn begin(&mut self) {
        self.until("the attract screen", |booth| {
            matches!(booth.state(), State::Idle)
        });
        self.visitors += 1;
        self.code = format!("made-up 采集码 of visitor {}", self.visitors).into_bytes();
        self.click(words::START.zh);
    }

    pub fn consent(&mut self) {
        for word in [words::TERMS_READ, words::AGREE_FACE, words::AGREE_SENDING] {
            self.click(word.zh);
        }
    }

    /// Goes from the consent to the seat for somebody who was photographed earlier today. The booth
    /// looks that up while they are at the keypad, and asks whether to replace the photo.
    pub fn come_again(&mut self) {
        self.consent_and_show_code();
        self.click(words::REPLACE.zh);
        self.until("the tail's step", |booth| {
            matches!(booth.state(), State::Tail(_))
        });
        self.types("0028");
    }

    /// Goes from the attract screen to the keypad.
    pub fn show_code(&mut self) {
        self.begin();
        self.consent_and_show_code();
    }

    fn consent_and_show_code(&mut self) {
        self.consent();
        self.scan("the code's step", |state| matches!(state, State::Code(_)));
        self.until("what follows the code", |booth| {
            matches!(booth.state(), State::Tail(_) | State::Replace(_))
        });
    }

    fn scan(&mut self, what: &str, there: impl Fn(&State) -> bool) {
        self.until(what, |booth| there(booth.state()));
        self.wires.tell(Event::Scanned(Reading {
            bytes: self.code.clone(),
            card: None,
        }));
    }

    pub fn types(&mut self, tail: &str) {
        self.until(
            "the camera to see who types",
            |booth| !matches!(booth.state(), State::Tail(tailing) if !tailing.is_seen()),
        );
        for digit in tail.chars() {
            self.click(&digit.to_string());
        }
    }

    /// Goes from the attract screen to the seat.
    pub fn sit_down(&mut self) {
        self.show_code();
        self.types("0028");
    }

    /// Follows the guide until the photo is there; a sitter who moved too quickly shows the code
    /// and types the tail again. The made-up sitter does not follow advice, so one whose pitch is
    /// measured too low for the guide presses the shutter.
    pub fn until_review(&mut self) {
        let end = Instant::now() + PATIENCE;
        let mut judged = None;
        let mut loses_patience = Instant::now() + SITS_STILL;
        let mut way: Vec<String> = vec![];
        while !matches!(self.state(), State::Review(_)) {
            note(&mut way, self.state());
            assert!(Instant::now() < end, "never good: {}", way.join(" > "));
            if matches!(self.state(), State::Code(_)) {
                self.scan("the code again", |_state| true);
            } else if matches!(self.state(), State::Tail(_)) {
                self.types("0028");
            } else if matches!(self.state(), State::Framing(_)) {
                judged = None;
                if Instant::now() >= loses_patience {
                    println!("presses the shutter");
                    self.click(words::SHOOT.zh);
                    loses_patience = Instant::now() + SITS_STILL;
                }
            } else if matches!(self.state(), State::Flawed(_)) {
                self.click(words::RETAKE.zh);
            } else if matches!(self.state(), State::Standardising(_)) {
                judged = judged.or(Some(Instant::now()));
            }
            thread::sleep(STEP);
            self.harness().step();
        }
        self.machine
            .push(judged.map_or(Duration::ZERO, |at| at.elapsed()));
    }

    /// Goes on until the photo is durable.
    pub fn take_and_confirm(&mut self) {
        self.until_review();
        let State::Review(review) = self.state() else {
            panic!("{:?}", self.state());
        };
        let id = review.sitter.visit();
        self.codes.push((id, self.code.clone()));
        let confirmed = Instant::now();
        self.click(words::CONFIRM.zh);
        self.until("the end of saving", |booth| {
            !matches!(booth.state(), State::Review(_) | State::Saving(_))
        });
        if let Some(machine) = self.machine.last_mut() {
            *machine += confirmed.elapsed();
        }
    }

    /// Returns the number of the order whose QR is shown.
    pub fn shown_order(&mut self) -> String {
        self.until("the QR", |booth| {
            matches!(booth.state(), State::Payment(paying) if matches!(paying.bill, Bill::Due(_)))
        });
        if let State::Payment(paying) = self.state()
            && let Bill::Due(order) = &paying.bill
        {
            return order.order.clone();
        }
        panic!("{:?}", self.state());
    }

    pub fn phone_pays(&mut self, order: &str) {
        self.platform.pay(order, self.platform.now()).unwrap();
    }

    pub fn end_at_receipt(&mut self, fee: Fee) {
        self.until(
            "the receipt",
            |booth| matches!(booth.state(), State::Receipt(receipt) if receipt.fee == fee),
        );
        self.click(words::DONE.zh);
    }

    pub fn back_to_start(&mut self) {
        if matches!(self.state(), State::Stopped(_)) {
            self.click(words::TO_START.zh);
        }
        self.until("the attract screen", |booth| {
            matches!(booth.state(), State::Idle)
        });
    }

    /// Reports the camera as away; the device itself is covered by `tests/faults` and
    /// `tests/cameras`.
    pub fn camera_goes(&self) {
        self.wires.camera.put(CameraState::Absent);
    }

    pub fn camera_comes(&self) {
        self.wires.camera.put(CameraState::Streaming);
    }

    pub fn platform_goes(&mut self) {
        let Running { stopper, thread } = self.running.take().unwrap();
        drop(stopper);
        thread.join().unwrap().unwrap();
    }

    pub fn platform_comes(&mut self) {
        let listener = TcpListener::bind(&self.address).unwrap();
        self.running = Some(serve(&self.platform, listener));
    }

    /// Returns the first capture, in the order of the visits, that waits for an auditor.
    pub fn in_audit(&self) -> CaptureId {
        let waits = |id: &CaptureId| matches!(self.stage_of(*id), Some(Stage::InAudit { .. }));
        let mut ids = self.codes.iter().map(|(id, _)| *id).filter(waits);
        ids.next().unwrap()
    }

    pub fn reject(&self, id: CaptureId, reasons: &[RejectReason]) {
        let now = self.platform.now();
        self.platform.reject(id, reasons, now).unwrap();
    }

    pub fn stage_of(&self, id: CaptureId) -> Option<Stage> {
        let progress = self.platform.progress(id).unwrap();
        progress.map(|progress| progress.stage)
    }

    /// Lets the visitor of capture `id` come back and look it up.
    pub fn look_up(&mut self, id: CaptureId) {
        self.until("the attract screen", |booth| {
            matches!(booth.state(), State::Idle)
        });
        let found = self.codes.iter().find(|(of, _)| *of == id);
        self.code = found.unwrap().1.clone();
        self.click(words::PROGRESS.zh);
        self.scan("the progress page", |state| {
            matches!(state, State::Progress(inquiry) if matches!(inquiry.step, InquiryStep::Code { .. }))
        });
        self.until("the tail's step", |booth| {
            matches!(booth.state(), State::Progress(inquiry) if matches!(inquiry.step, InquiryStep::Tail(_)))
        });
        self.types("0028");
    }

    pub fn at_platform(&self) -> usize {
        self.platform.captures().unwrap().len()
    }

    pub fn waiting_for_payment(&self) -> usize {
        let ids = self.platform.captures().unwrap();
        let owed = |id: &CaptureId| self.stage_of(*id) == Some(Stage::AwaitingPayment);
        ids.iter().filter(|id| owed(id)).count()
    }

    /// Ends the kiosk and reads the day's visits from its index, as staff do.
    pub fn close(&mut self) -> DayBalance {
        drop(self.harness.take());
        self.machine.sort_unstable();
        if let Some(median) = self.machine.get(self.machine.len() / 2) {
            let whole = PAUSES + *median;
            println!(
                "of a confirmed visit the booth took {median:?} (median of {}); with human pauses {whole:.1?}: {:.0} people an hour",
                self.machine.len(),
                3600.0 / whole.as_secs_f32()
            );
        }
        let folder: PathBuf = opening::outbox_folder(&self.folder.path().join("booth"));
        let sheet = outbox::day_sheets(&folder, 1).unwrap().pop().unwrap();
        assert_eq!(sheet.gaps(), [], "{sheet:?}");
        sheet.visits
    }
}

/// Notes the state's name, once for as long as it lasts.
fn note(way: &mut Vec<String>, state: &State) {
    let told = format!("{state:?}");
    let name = told.split(|c: char| !c.is_alphanumeric()).next();
    if way.last().map(String::as_str) != name {
        way.extend(name.map(str::to_owned));
    }
}

impl Drop for Booth {
    fn drop(&mut self) {
        drop(self.harness.take());
        if let Some(Running { stopper, thread }) = self.running.take() {
            drop(stopper);
            drop(thread.join());
        }
    }
}
