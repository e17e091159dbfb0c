//! The window of a booth that is not enrolled yet, and the thread that does what the first start
//! asks for.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::Duration,
};

use super::{
    CALM, close_at_end, closed,
    enrolment::{self, LARGEST_TICKET_BYTES},
    manners::Manners,
    network, opening,
    pulse::Part,
    scanned_in,
    sticks::{self, Mounted},
    wires::Wires,
};
use crate::{
    booth::Fault,
    config::Config,
    first_start::{Event, FirstStart, Job, NotEnrolled, OnDisk, PinTrouble, Ticket, TicketTrouble},
    jws::Purpose,
    lang::Third,
    platform::{EnrolError, Trouble},
    scanner::{self, burst::Scan, wedge::Wedge},
    station::{self, Pins, StationError, documents_at},
    ui,
};

/// One step has at most one thing under way; the rest is what scanners and sticks bring meanwhile.
const QUEUE: usize = 16;
/// How often to look whether a stick was plugged in.
const LOOK: Duration = Duration::from_secs(1);

/// What a first start needs of the configuration.
pub struct Parts {
    /// The folder of the booth's identity.
    pub station: PathBuf,
    /// Folders below which sticks are mounted.
    pub sticks: Vec<PathBuf>,
    /// A hand scanner that is read directly.
    pub scanner: Option<PathBuf>,
    pub third_language: Option<&'static Third>,
}

impl Parts {
    /// Reads them from the configuration. A language that cannot be used is not offered; an enrolled
    /// booth names it.
    pub fn of(config: &Config) -> Self {
        let third = config.language.as_deref();
        Self {
            station: opening::station_folder(&config.data()),
            sticks: config.stick.folders.clone(),
            scanner: config.scanner.device.clone(),
            third_language: third.and_then(|file| opening::third_language(file).ok()),
        }
    }

    fn on_disk(&self) -> OnDisk {
        let kept = station::compared_ticket(&self.station).unwrap_or_else(|why| {
            tracing::error!(%why, "the ticket of an earlier start cannot be used");
            None
        });
        OnDisk {
            ticket: kept.and_then(|token| Ticket::read(&token).ok()),
            has_pin: Pins::is_set(&self.station).unwrap_or(false),
        }
    }
}

/// The booth until it is enrolled.
pub struct FirstBooth {
    start: FirstStart,
    wires: Arc<Wires>,
    jobs: SyncSender<Job>,
    events: Receiver<Event>,
    /// Whether the thread looks for a ticket on sticks.
    wanted: Arc<AtomicBool>,
    wedge: Wedge,
    manners: Manners,
}

impl FirstBooth {
    /// Shows the first start until the booth is enrolled, or `look` finds something else to show.
    pub fn begin(
        parts: Parts,
        wires: Arc<Wires>,
        look: impl Fn() -> Option<Fault> + Send + 'static,
        ctx: &egui::Context,
    ) -> Self {
        wires.show_in(ctx.clone());
        closed::watch(&Fault::NotEnrolled, &wires, look);
        let (start, job) = FirstStart::resume(parts.on_disk(), parts.third_language);
        let (jobs, inbox) = sync_channel(QUEUE);
        let (answers, events) = sync_channel(QUEUE);
        let wanted = Arc::new(AtomicBool::new(false));
        if let Some(device) = parts.scanner.clone() {
            let (wires, answers) = (Arc::clone(&wires), answers.clone());
            closed::start("scanner", move || listen(&device, &wires, &answers));
        }
        let worker = Worker {
            parts,
            wires: Arc::clone(&wires),
            wanted: Arc::clone(&wanted),
            answers,
        };
        closed::start("first start", move || worker.run(&inbox));
        let booth = Self {
            start,
            jobs,
            events,
            wanted,
            wedge: Wedge::default(),
            manners: Manners::new(wires.clock.now().mono),
            wires,
        };
        booth.carry_out(job);
        booth
    }

    pub const fn start(&self) -> &FirstStart {
        &self.start
    }

    /// Takes in everything that happened since the last call.
    pub fn think(&mut self, ctx: &egui::Context) {
        self.wires.pulse.beat(Part::Ui, self.wires.clock.now().mono);
        while let Ok(event) = self.events.try_recv() {
            self.apply(event);
        }
        self.wanted
            .store(self.start.wants_ticket(), Ordering::Relaxed);
        ctx.request_repaint_after(CALM);
    }

    /// Draws the step and takes the touch.
    pub fn draw(&mut self, ui: &mut egui::Ui) {
        if self.manners.hides_cursor() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::None);
        }
        let now = self.wires.clock.now();
        if let Some(touch) = ui::first_start_ui(ui, &self.start, now) {
            self.apply(Event::Touch(touch));
            ui.ctx().request_repaint();
        }
    }

    /// Takes what a hand scanner typed.
    pub fn scanned(&mut self, scan: Scan) {
        self.apply(Event::Ticket(ticket_of(scan)));
    }

    fn apply(&mut self, event: Event) {
        let job = self.start.apply(event);
        self.carry_out(job);
    }

    fn carry_out(&self, job: Option<Job>) {
        match job {
            None => {}
            Some(Job::Open) => {
                tracing::info!("the booth is enrolled: starting it again");
                self.wires.end();
            }
            Some(job) => self.hand_over(job),
        }
    }

    /// Never waits: this is the window's thread.
    fn hand_over(&self, job: Job) {
        if self.jobs.try_send(job).is_err() {
            tracing::error!("the first start's thread does not answer");
        }
    }
}

impl eframe::App for FirstBooth {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        close_at_end(&self.wires, ctx);
        self.think(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    /// A scanner's burst becomes a ticket here; nothing that is typed reaches a button.
    fn raw_input_hook(&mut self, ctx: &egui::Context, input: &mut egui::RawInput) {
        let now = self.wires.clock.now().mono;
        let scanned = scanned_in(input, &mut self.wedge, &mut self.manners, now, ctx);
        if let Some(scan) = scanned {
            self.scanned(scan);
        }
    }
}

/// Passes on what a hand scanner reads, until the window is gone.
fn listen(device: &Path, wires: &Wires, answers: &SyncSender<Event>) {
    let tell = |scan| {
        let heard = answers.send(Event::Ticket(ticket_of(scan))).is_ok();
        wires.wake();
        heard
    };
    let clock = || wires.clock.now().mono;
    scanner::evdev::run(device, &tell, &clock, &wires.stop);
}

fn ticket_of(scan: Scan) -> Result<Ticket, TicketTrouble> {
    match scan {
        Scan::Whole(bytes) => read_ticket(bytes),
        Scan::Spoilt => Err(TicketTrouble::InPart),
    }
}

fn read_ticket(bytes: Vec<u8>) -> Result<Ticket, TicketTrouble> {
    if bytes.len() as u64 > LARGEST_TICKET_BYTES {
        return Err(TicketTrouble::NotATicket);
    }
    let text = String::from_utf8(bytes).map_err(|_binary| TicketTrouble::NotATicket)?;
    Ticket::read(&text).map_err(|why| {
        if enrolment::was_changed(why) {
            TicketTrouble::Changed
        } else {
            TicketTrouble::NotATicket
        }
    })
}

/// Returns the one ticket in `places`.
fn ticket_on(places: &[PathBuf]) -> Result<Ticket, TicketTrouble> {
    let found = |place: &PathBuf| documents_at(place, Purpose::EnrolmentTicket).ok();
    let mut tokens: Vec<String> = places
        .iter()
        .filter_map(found)
        .flatten()
        .map(|(_, token)| token)
        .collect();
    tokens.sort();
    tokens.dedup();
    match tokens.pop() {
        None => Err(TicketTrouble::NotOnStick),
        Some(token) if tokens.is_empty() => read_ticket(token.into_bytes()),
        Some(_) => Err(TicketTrouble::Several),
    }
}

/// The thread beside the window: it waits for the disk and the network.
struct Worker {
    parts: Parts,
    wires: Arc<Wires>,
    wanted: Arc<AtomicBool>,
    answers: SyncSender<Event>,
}

impl Worker {
    /// Carries out jobs until the window is gone, and looks for sticks while a ticket is wanted.
    fn run(&self, jobs: &Receiver<Job>) {
        let mut known = vec![];
        loop {
            let event = match jobs.recv_timeout(LOOK) {
                Ok(job) => self.carry_out(job),
                Err(RecvTimeoutError::Timeout) => self.look_for_ticket(&mut known),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Some(event) = event {
                if self.answers.send(event).is_err() {
                    return;
                }
                self.wires.wake();
            }
        }
    }

    /// Reads sticks that were plugged in since the last look. One that stays plugged in is not read
    /// again, so that another ticket can be asked for.
    fn look_for_ticket(&self, known: &mut Vec<Mounted>) -> Option<Event> {
        if !self.wanted.load(Ordering::Relaxed) {
            return None;
        }
        let mounted = sticks::mounted(&self.parts.sticks);
        if mounted == *known {
            return None;
        }
        known.clone_from(&mounted);
        let places: Vec<PathBuf> = mounted.into_iter().map(|stick| stick.place).collect();
        (!places.is_empty()).then(|| Event::Ticket(ticket_on(&places)))
    }

    fn carry_out(&self, job: Job) -> Option<Event> {
        let folder = &self.parts.station;
        match job {
            Job::KeepTicket(ticket) => {
                let kept = station::keep_compared_ticket(folder, &ticket.token);
                Some(Event::TicketKept(kept.map_err(|why| why.to_string())))
            }
            Job::ForgetTicket => {
                forget_ticket(folder);
                None
            }
            Job::Probe(ticket) => {
                let clock = self.wires.clock.now().wall;
                Some(Event::Probed(network::probe(&ticket.content, clock)))
            }
            Job::KeepPin(pin) => Some(Event::PinKept(keep_pin(folder, &pin))),
            Job::Enrol(ticket) => Some(Event::Enrolled(enrol(folder, &ticket))),
            Job::Open => None,
        }
    }
}

fn keep_pin(folder: &Path, pin: &str) -> Result<(), PinTrouble> {
    Pins::acceptable(pin).map_err(|_guessed_first| PinTrouble::Weak)?;
    Pins::set(folder, pin).map_err(|why| PinTrouble::NotKept(why.to_string()))
}

/// Enrols the booth under the machine's name, and forgets the ticket, whose code is spent.
fn enrol(folder: &Path, ticket: &Ticket) -> Result<String, NotEnrolled> {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy();
    let station = enrolment::enrol(&ticket.content, &name, folder).map_err(|why| sorted(&why))?;
    forget_ticket(folder);
    Ok(station.id().to_owned())
}

fn forget_ticket(folder: &Path) {
    if let Err(why) = station::forget_compared_ticket(folder) {
        tracing::warn!(%why, "the ticket stays on the disk");
    }
}

/// Sorts a failure by what can be done about it.
fn sorted(why: &enrolment::NotEnrolled) -> NotEnrolled {
    use enrolment::NotEnrolled as Why;
    let words = why.to_string();
    match why {
        Why::Platform(EnrolError::CodeRefused) => NotEnrolled::CodeRefused,
        Why::Platform(EnrolError::Failed(Trouble::Date)) => NotEnrolled::Date,
        Why::Platform(EnrolError::Failed(
            Trouble::Line(_) | Trouble::Stranger(_) | Trouble::One(_),
        )) => NotEnrolled::Line(words),
        Why::Station(
            StationError::TicketRoot | StationError::AnswerUntrusted(_) | StationError::AnswerEmpty,
        )
        | Why::Platform(EnrolError::Client(_)) => NotEnrolled::Ticket(words),
        Why::Station(_) | Why::Request(_) => NotEnrolled::Disk(words),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::{
        contract::{EnrolmentTicket, public_key_text},
        jws,
        platform::ClientError,
    };

    fn root(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn token(code: &str, signed_by: u8) -> String {
        let ticket = EnrolmentTicket {
            platform: "https://p.example".to_owned(),
            root_key: public_key_text(&root(1).verifying_key()),
            one_time_code: code.to_owned(),
            ca_pem: None,
        };
        jws::sign(Purpose::EnrolmentTicket, &root(signed_by), &ticket).unwrap()
    }

    #[test]
    fn the_one_ticket_at_the_top_of_a_stick_is_taken() {
        let stick = tempfile::tempdir().unwrap();
        let places = [stick.path().to_owned()];
        let write = |name: &str, bytes: &[u8]| fs::write(stick.path().join(name), bytes).unwrap();
        assert_eq!(ticket_on(&places), Err(TicketTrouble::NotOnStick));
        write("photo.jpg", &[0xff, 0xd8, 0xff, 0xe0]);
        write("notes.txt", "不是凭证".as_bytes());
        assert_eq!(ticket_on(&places), Err(TicketTrouble::NotOnStick));

        let ticket = token("sesame", 1);
        write("ticket.jws", format!("{ticket}\r\n").as_bytes());
        write("ticket (1).jws", ticket.as_bytes());
        assert_eq!(ticket_on(&places).unwrap().token, ticket, "copies are one");
        write("other.jws", token("other", 1).as_bytes());
        assert_eq!(ticket_on(&places), Err(TicketTrouble::Several));
    }

    #[test]
    fn a_scan_is_a_ticket_only_as_its_platform_signed_it() {
        let scan = |bytes: &[u8]| ticket_of(Scan::Whole(bytes.to_vec()));
        let ticket = token("sesame", 1);
        assert_eq!(scan(ticket.as_bytes()).unwrap().token, ticket);
        assert_eq!(
            scan(token("sesame", 2).as_bytes()),
            Err(TicketTrouble::Changed)
        );
        assert_eq!(scan(b"D3PZ85"), Err(TicketTrouble::NotATicket));
        assert_eq!(scan(&[0xff; 9]), Err(TicketTrouble::NotATicket));
        let huge = vec![b'a'; 100_000];
        assert_eq!(scan(&huge), Err(TicketTrouble::NotATicket));
        assert_eq!(ticket_of(Scan::Spoilt), Err(TicketTrouble::InPart));
    }

    #[test]
    fn a_failure_is_sorted_by_what_can_be_done_about_it() {
        use enrolment::NotEnrolled as Why;
        let words = || "late".to_owned();
        for (why, then) in [
            (EnrolError::CodeRefused, NotEnrolled::CodeRefused),
            (Trouble::Date.into(), NotEnrolled::Date),
            (Trouble::Line(words()).into(), NotEnrolled::Line(words())),
            (Trouble::Stranger("late").into(), NotEnrolled::Line(words())),
            (Trouble::One(words()).into(), NotEnrolled::Line(words())),
            (
                ClientError::Url.into(),
                NotEnrolled::Ticket(ClientError::Url.to_string()),
            ),
        ] {
            assert_eq!(sorted(&Why::Platform(why)), then);
        }
        let full = sorted(&Why::Station(StationError::NoHash));
        assert!(matches!(full, NotEnrolled::Disk(_)), "{full:?}");
        let root = sorted(&Why::Station(StationError::TicketRoot));
        assert!(matches!(root, NotEnrolled::Ticket(_)), "{root:?}");
    }

    #[test]
    fn a_pin_that_is_guessed_first_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        for weak in ["123456", "111111", "4829"] {
            assert_eq!(keep_pin(folder.path(), weak), Err(PinTrouble::Weak));
        }
        assert!(!Pins::is_set(folder.path()).unwrap());
        assert_eq!(keep_pin(folder.path(), "482915"), Ok(()));
        assert!(Pins::is_set(folder.path()).unwrap());
    }
}
