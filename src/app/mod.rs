//! The shell: one visit, its window, and the threads that serve it.
//!
//! [`Kiosk::think`] drains what the threads say into the session and carries out its effects;
//! [`Kiosk::draw`] shows it. Neither waits for a disk, a device or the network.

pub mod asker;
pub mod cashier;
pub mod clock;
pub mod closed;
pub mod compute;
pub mod courier;
pub mod desk;
pub mod enrolment;
pub mod eyes;
pub mod first_start;
pub mod gallery;
pub mod librarian;
pub mod log;
pub mod manners;
mod network;
pub mod opening;
pub mod pace;
pub mod pictures;
#[cfg(feature = "sitter")]
pub mod play;
pub mod pulse;
pub mod seat;
pub mod slips;
pub mod sticks;
pub mod store;
pub mod sync;
mod tally;
pub mod threads;
pub mod trial;
pub mod updater;
pub mod watchdog;
pub mod wires;

use std::{
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, sync_channel},
    },
    time::Duration,
};

use crate::{
    booth::{CameraState, Fault, Health, Link, PinnedBatch},
    camera::{Audience, Need, Preset},
    capture::CaptureId,
    code::{Advice, Reading},
    contract::Batch,
    guidance::Sight,
    lang::{Lang, Text},
    reader::Expected,
    scanner::{
        burst::{AFTER_END, Scan, Stroke},
        wedge,
    },
    session::{
        Desk, Effect, Event, Inquiry, InquiryStep, Looking, Session, State, Touch, desk::News,
    },
    time::{ClockFault, Mono, Now},
    ui,
};
use gallery::Gallery;
use manners::Manners;
use opening::Opened;
use pulse::Part;
use tally::{Tally, Turn};
use threads::Hands;
use wires::{Ledger, Wires};

/// How often the booth asks itself whether it can serve.
const ROUND: Duration = Duration::from_secs(1);
/// A camera may be away for so long before the booth closes between visits.
const CAMERA_PATIENCE: Duration = Duration::from_secs(4);
/// Pictures a second while somebody looks at themselves.
const LIVE: Duration = Duration::from_millis(33);
/// Redraws a second otherwise, for the countdown.
const CALM: Duration = Duration::from_millis(250);
/// A screen that counts nothing down is drawn when something happens; this often it looks whether
/// the booth may still open.
const STILL: Duration = Duration::from_secs(1);

/// The kiosk while it can serve.
pub struct Kiosk {
    session: Session,
    wires: Arc<Wires>,
    inbox: Receiver<Event>,
    readings: Receiver<Reading>,
    /// Gone only while the kiosk is being dropped.
    hands: Option<Hands>,
    gallery: Gallery,
    #[cfg(feature = "sitter")]
    play: play::Play,
    station: String,
    wedge: wedge::Wedge,
    /// What the wedge read since the last thought.
    scanned: Vec<Event>,
    tally: Tally,
    manners: Manners,
    /// What was last read aloud, or would have been.
    spoken: Option<(Text, Lang)>,
    step: &'static str,
    camera_seen: Mono,
    next_round: Mono,
    sights_seen: u64,
}

impl Kiosk {
    /// Starts the threads of an opened booth. `ctx` is woken when something happens.
    pub fn start(
        opened: Opened,
        wires: Arc<Wires>,
        inbox: Receiver<Event>,
        ctx: &egui::Context,
    ) -> Self {
        wires.show_in(ctx.clone());
        let mut session = Session::new(opened.pinned.clone());
        if let Some(third) = opened.third_language {
            session.offer(third);
        }
        let settings = Event::News(News::Settings(opened.settings));
        // Nothing is to be done about it: the session only knows them now.
        drop(session.apply(settings, wires.clock.now()));
        let station = opened.station.clone();
        let (hands, readings) = threads::start(opened, &wires);
        Self::new(session, station, (wires, inbox), (hands, readings))
    }

    fn new(
        session: Session,
        station: String,
        (wires, inbox): (Arc<Wires>, Receiver<Event>),
        (hands, readings): (Hands, Receiver<Reading>),
    ) -> Self {
        Self {
            session,
            inbox,
            readings,
            hands: Some(hands),
            gallery: Gallery::default(),
            #[cfg(feature = "sitter")]
            play: play::Play::default(),
            station,
            wedge: wedge::Wedge::default(),
            scanned: vec![],
            tally: Tally::default(),
            manners: Manners::new(wires.clock.now().mono),
            spoken: None,
            step: "",
            camera_seen: wires.clock.now().mono,
            next_round: Mono::default(),
            sights_seen: 0,
            wires,
        }
    }

    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// Takes in everything that happened since the last call.
    pub fn think(&mut self, ctx: &egui::Context) {
        let now = self.wires.clock.now();
        self.wires.pulse.beat(Part::Ui, now.mono);
        while let Ok(event) = self.inbox.try_recv() {
            self.apply(event, now);
        }
        for event in std::mem::take(&mut self.scanned) {
            self.apply(event, now);
        }
        while let Ok(reading) = self.readings.try_recv() {
            self.apply(Event::Scanned(reading), now);
        }
        if let Some(sight) = self
            .wires
            .sights
            .wait_newer(&mut self.sights_seen, Duration::ZERO)
        {
            self.apply(Event::Saw(Sight::clone(&sight)), now);
        }
        self.apply(Event::Tick, now);
        if now.mono >= self.next_round {
            self.next_round = now.mono.plus(ROUND);
            self.round(now);
        }
        self.follow();
        self.look(now.mono);
        self.gallery.hang(ctx, &self.session, &self.wires.frames);
        ctx.request_repaint_after(if self.is_live() {
            LIVE
        } else if self.manners.rests(self.session.state(), now.mono) {
            ui::SAVER_STEP
        } else if self.session.deadline().is_none() {
            STILL
        } else {
            CALM
        });
    }

    /// Draws the screen of the moment and takes the touch.
    pub fn draw(&mut self, ui: &mut egui::Ui) {
        let now = self.wires.clock.now();
        if self.manners.hides_cursor() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::None);
        }
        let (health, ledger) = self.health(now);
        let sticks = self.wires.sticks.newest().unwrap_or_default();
        let published = self.wires.published.newest().unwrap_or_default();
        let view = ui::View {
            session: &self.session,
            health: &health,
            queue: &ledger.queue,
            sticks: &sticks,
            published: &published,
            pictures: self.gallery.pictures(),
            now,
        };
        if self.manners.rests(self.session.state(), now.mono) {
            ui::saver_ui(ui, &view);
        } else if let Some(touch) = ui::screen_ui(ui, &view) {
            // However it was touched: assistive technology sends no pointer's events.
            self.manners.wake(now.mono);
            self.touched(touch, now);
            ui.ctx().request_repaint();
        }
    }

    fn touched(&mut self, touch: Touch, now: Now) {
        let begin = if touch == Touch::Start {
            Event::Start
        } else if touch == Touch::Inquire {
            Event::Inquire
        } else {
            return self.apply(Event::Touch(touch), now);
        };
        let mut random = [0; 10];
        match getrandom::fill(&mut random) {
            Ok(()) => self.apply(begin(CaptureId::new(now.wall, random)), now),
            Err(error) => tracing::error!(%error, "no randomness for a visit id"),
        }
    }

    fn apply(&mut self, event: Event, now: Now) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            events.extend(self.take_in(event, now));
        }
    }

    /// Returns what threads that are stuck would have answered.
    fn take_in(&mut self, event: Event, now: Now) -> Vec<Event> {
        let turn = Turn::of(&event);
        let refused = self.session.good_then_refused;
        let effects = self.session.apply(event, now);
        if self.session.good_then_refused > refused
            && let Some(hands) = &self.hands
        {
            hands.count_good_then_refused();
        }
        for count in self.tally.after(turn, self.session.visit()) {
            if let Some(hands) = &self.hands {
                hands.count(count);
            }
        }
        if effects
            .iter()
            .any(|effect| matches!(effect, Effect::Forget))
        {
            self.gallery.forget();
            self.wires.sights.clear();
        }
        let Some(hands) = &self.hands else {
            return vec![];
        };
        let lost = effects.into_iter();
        lost.filter_map(|effect| hands.carry_out(effect)).collect()
    }

    /// Logs the step by its name, and reads its sentence aloud.
    fn follow(&mut self) {
        let step = self.session.state().name();
        if step != self.step {
            self.step = step;
            tracing::info!(step, "the visit is at");
        }
        let lang = self.session.lang();
        let caption = ui::caption(&self.session).map(|caption| (caption, lang));
        if caption == self.spoken {
            return;
        }
        self.spoken = caption;
        if let (Some((sentence, lang)), Some(hands)) = (caption, &self.hands) {
            hands.say(sentence, lang);
        }
    }

    /// Turns the booth's eyes to what the visit needs now.
    fn look(
        &mut self,
        #[cfg_attr(
            not(feature = "sitter"),
            expect(unused_variables, reason = "only the sitter needs the time")
        )]
        now: Mono,
    ) {
        let looking = self.session.looking();
        if self
            .wires
            .looking
            .newest()
            .is_none_or(|before| *before != looking)
        {
            self.wires.looking.put(looking);
        }
        if let Some(batch) = self.session.batch() {
            let known = self.wires.rules.newest();
            if known.is_none_or(|known| !Arc::ptr_eq(&known, batch)) {
                self.wires.rules.put_shared(Arc::clone(batch));
            }
        }
        // Each step that wants a code wants it anew: a card that still lies there is told again.
        match expected(self.session.state()) {
            None => self.wires.codes_wanted.rest(),
            wanted if wanted == self.wires.codes_wanted.asked() => {}
            Some(wanted) => self.wires.codes_wanted.ask(wanted),
        }
        let need = Need {
            preset: preset(self.session.state()),
            audience: if self.is_live() {
                Audience::Somebody
            } else {
                Audience::Nobody
            },
        };
        if self.wires.need.newest().as_deref() != Some(&need) {
            self.wires.need.put(need);
        }
        #[cfg(feature = "sitter")]
        self.wires.cue.put(self.play.cue(&self.session, now));
    }

    /// Closes or opens the booth between visits.
    fn round(&mut self, now: Now) {
        let camera = self.wires.camera.newest();
        if camera.as_deref() == Some(&CameraState::Streaming) {
            self.camera_seen = now.mono;
        }
        let ledger = self.wires.ledger.newest();
        let ready = if now.mono.since(self.camera_seen) > CAMERA_PATIENCE {
            Err(camera_fault(camera.as_deref()))
        } else if ledger.is_some_and(|ledger| ledger.captures_left == Some(0)) {
            Err(Fault::DiskFull)
        } else if self.wires.clock.fault() == Some(ClockFault::Behind) {
            Err(Fault::Clock(now.wall))
        } else {
            self.session.may_open(now)
        };
        self.apply(Event::Ready(ready), now);
    }

    /// Returns whether the kiosk should end so that its service starts a staged release: between
    /// two visits, when nobody has touched the screen for a while, and with a camera, without which
    /// no release could prove itself.
    fn makes_way(&self, now: Mono) -> bool {
        self.wires.release_waits.load(Ordering::Relaxed)
            && self.manners.is_left_alone(self.session.state(), now)
            && self.wires.camera.newest().as_deref() == Some(&CameraState::Streaming)
    }

    fn is_live(&self) -> bool {
        let state = self.session.state();
        self.session.looking() != Looking::Nothing && !matches!(state, State::Idle)
            || state.is_being_checked()
    }

    fn health(&self, now: Now) -> (Health, Arc<Ledger>) {
        let ledger = self.wires.ledger.newest().unwrap_or_default();
        let camera = self.wires.camera.newest();
        let link = self.wires.link.newest();
        let health = Health {
            camera: camera.map_or(CameraState::Absent, |state| CameraState::clone(&state)),
            captures_left: ledger.captures_left,
            time_trust: now.trust,
            clock: self.wires.clock.fault(),
            link: link.map_or(Link::Unknown, |link| Link::clone(&link)),
            queue: ledger.counts,
            oldest_undelivered: ledger.oldest_undelivered,
            station: self.station.clone(),
            batch: self
                .session
                .pinned_batch()
                .map(|batch| PinnedBatch::of(batch, ledger.counts.undelivered(), now)),
            last_errors: ledger.errors.clone(),
            checked: self.wires.checked.newest().map(|at| *at),
            commissioned: self
                .wires
                .commissioned
                .newest()
                .map(Arc::unwrap_or_clone)
                .unwrap_or_default(),
            site: self.session.booth_trouble.map(|(advice, _)| advice),
            audits: ledger.audits.clone(),
            called: self.session.staff_call().map(|call| call.at),
            printer: self.wires.printer.newest().map(Arc::unwrap_or_clone),
        };
        (health, ledger)
    }
}

impl eframe::App for Kiosk {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if self.makes_way(self.wires.clock.now().mono) {
            tracing::info!("the kiosk ends to let a staged release start");
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        } else {
            veto_close(ctx);
        }
        self.think(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    /// A scanner's burst becomes a reading here; nothing that is typed reaches a button.
    fn raw_input_hook(&mut self, ctx: &egui::Context, input: &mut egui::RawInput) {
        let now = self.wires.clock.now().mono;
        let scanned = scanned_in(input, &mut self.wedge, &mut self.manners, now, ctx);
        let Some(scan) = scanned else {
            return;
        };
        self.manners.wake(now);
        // Not by the other threads' queue: it may be full, and only this thread empties it.
        self.scanned.push(match scan {
            Scan::Whole(bytes) => Event::Scanned(Reading { bytes, card: None }),
            Scan::Spoilt => Event::HardToRead(Advice::ScannedInPart),
        });
    }
}

/// The code that a state waits for.
fn expected(state: &State) -> Option<Expected> {
    let personal = |batch: &Batch| Some(Expected::Personal(Arc::clone(&batch.code_shapes)));
    match state {
        State::Code(coding) => personal(&coding.visitor.batch),
        State::Progress(Inquiry {
            step: InquiryStep::Code { .. },
            batch,
            ..
        }) => personal(batch),
        State::Batch(_) | State::Staff(Desk::Locked(_)) => Some(Expected::Batch),
        State::Staff(_) if state.desk_entry().is_some() => Some(Expected::Batch),
        State::Idle
        | State::Consent(_)
        | State::Replace(_)
        | State::Tail(_)
        | State::Prepare(_)
        | State::Framing(_)
        | State::Standardising(_)
        | State::Flawed(_)
        | State::Help(_)
        | State::Review(_)
        | State::Saving(_)
        | State::Contact(_)
        | State::Payment(_)
        | State::Receipt(_)
        | State::Progress(_)
        | State::Stopped(_)
        | State::Blocked(_)
        | State::Staff(_) => None,
    }
}

/// The camera is set for a phone where one is held up, and for a face everywhere else.
fn preset(state: &State) -> Preset {
    match expected(state) {
        Some(_) => Preset::Code,
        None => Preset::Portrait,
    }
}

/// What an event means to a scanner that types; pointers and the like mean nothing.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "egui has many events; only those of keys matter"
)]
fn stroke(event: &egui::Event) -> Option<Stroke<'_>> {
    match event {
        egui::Event::Text(text) => Some(Stroke::Text(text)),
        egui::Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } => Some(press(*key, *modifiers)),
        egui::Event::Key { .. } => Some(Stroke::Beside),
        // An input method swallows letters.
        egui::Event::Ime(_) => Some(Stroke::Silent),
        _ => None,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "egui has many keys; those that type come as text as well"
)]
fn press(key: egui::Key, modifiers: egui::Modifiers) -> Stroke<'static> {
    use egui::Key;
    match key {
        // Alt and digits stand for a character that only the system which they were meant for
        // knows.
        _ if modifiers.alt => Stroke::Lost,
        Key::Enter => Stroke::Enter,
        Key::M | Key::J if modifiers.ctrl => Stroke::Enter,
        Key::Tab => Stroke::Tab,
        Key::I if modifiers.ctrl => Stroke::Tab,
        _ if modifiers.ctrl || modifiers.command => Stroke::Silent,
        // Digits of a key pad whose lock is off.
        Key::Home
        | Key::End
        | Key::PageUp
        | Key::PageDown
        | Key::Insert
        | Key::Delete
        | Key::ArrowUp
        | Key::ArrowDown
        | Key::ArrowLeft
        | Key::ArrowRight => Stroke::Lost,
        Key::Backspace | Key::Escape => Stroke::Silent,
        _ if (Key::F1..=Key::F35).contains(&key) => Stroke::Silent,
        _ => Stroke::Beside,
    }
}

impl Drop for Kiosk {
    fn drop(&mut self) {
        // Whoever waits to tell the window something waits in vain, and is waited for below.
        drop(std::mem::replace(&mut self.inbox, sync_channel(0).1));
        drop(std::mem::replace(&mut self.readings, sync_channel(0).1));
        if let Some(hands) = self.hands.take() {
            hands.stop();
        }
    }
}

/// What a camera that sends no picture means for who would sit before it.
fn camera_fault(camera: Option<&CameraState>) -> Fault {
    match camera {
        Some(CameraState::Another(what) | CameraState::Refused(what)) => {
            Fault::WrongCamera(what.clone())
        }
        None
        | Some(
            CameraState::Absent
            | CameraState::Opening
            | CameraState::Streaming
            | CameraState::Stalled,
        ) => Fault::Camera,
    }
}

/// Takes a hand scanner's burst out of one frame's input, and leaves nothing else that was typed.
fn scanned_in(
    input: &mut egui::RawInput,
    wedge: &mut wedge::Wedge,
    manners: &mut Manners,
    now: Mono,
    ctx: &egui::Context,
) -> Option<Scan> {
    let scanned = wedge.swallow(&mut input.events, stroke, now);
    if wedge.is_under_way() {
        ctx.request_repaint_after(AFTER_END);
    }
    manners.filter(&mut input.events, now);
    scanned
}

/// Closes the window once the program ends, and not before.
fn close_at_end(wires: &Wires, ctx: &egui::Context) {
    if wires.stopped() {
        ctx.send_viewport_cmd(egui::ViewportCommand::Close);
    } else {
        veto_close(ctx);
    }
}

/// A kiosk's window is closed by its service, not by its visitors.
fn veto_close(ctx: &egui::Context) {
    if ctx.input(|input| input.viewport().close_requested())
        && std::env::var_os("CAPTURE_STATION_CLOSABLE").is_none()
    {
        ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
    }
}

#[cfg(all(test, feature = "demo"))]
mod tests {
    use eframe::App;
    use egui::{Event as Key, Modifiers, RawInput};

    use super::{compute::Job, threads::Inboxes, *};
    use crate::{
        session::{
            PinAnswer,
            desk::{Carrying, Chore, News},
        },
        ui::samples,
    };

    /// A kiosk whose threads do nothing, and the ends at which they would take their work.
    fn kiosk() -> (Kiosk, Inboxes) {
        let (wires, inbox) = Wires::new();
        let (hands, inboxes) = Hands::idle(&wires);
        let (_, readings) = sync_channel(0);
        let batch = Arc::new(samples::batch(|_profile| ()));
        let session = Session::new(Some(batch));
        let station = "sample".to_owned();
        let kiosk = Kiosk::new(session, station, (wires, inbox), (hands, readings));
        (kiosk, inboxes)
    }

    fn fill_inbox(kiosk: &Kiosk) {
        for _ in 0..wires::EVENTS {
            kiosk.wires.tell(Event::Tick);
        }
    }

    fn touches(kiosk: &mut Kiosk, touches: &[Touch]) {
        for touch in touches {
            let now = kiosk.wires.clock.now();
            kiosk.touched(*touch, now);
        }
    }

    fn types(kiosk: &mut Kiosk, keys: &str) {
        let keys: Vec<Touch> = keys.chars().map(Touch::Key).collect();
        touches(kiosk, &keys);
    }

    /// The frame is of this moment and shows somebody who sits well.
    fn sees(kiosk: &mut Kiosk, after: Duration) {
        let now = kiosk.wires.clock.now();
        let mono = now.mono.plus(after);
        let sight = samples::sight(mono, samples::good(), samples::all_lines());
        kiosk.apply(Event::Saw(sight), Now { mono, ..now });
    }

    /// To the first good picture.
    fn sits(kiosk: &mut Kiosk) {
        touches(
            kiosk,
            &[
                Touch::Start,
                Touch::TermsRead,
                Touch::AgreeFace,
                Touch::AgreeSending,
            ],
        );
        let now = kiosk.wires.clock.now();
        let bytes = b"opaque sample".to_vec();
        kiosk.apply(Event::Scanned(Reading { bytes, card: None }), now);
        sees(kiosk, Duration::ZERO);
        types(kiosk, "002X");
        sees(kiosk, Duration::ZERO);
        sees(kiosk, crate::session::HOLD);
    }

    #[test]
    fn a_scanner_that_types_is_heard_while_every_queue_is_full() {
        let (mut kiosk, _inboxes) = kiosk();
        kiosk.hands.as_ref().unwrap().fill();
        fill_inbox(&kiosk);
        touches(
            &mut kiosk,
            &[
                Touch::Start,
                Touch::TermsRead,
                Touch::AgreeFace,
                Touch::AgreeSending,
            ],
        );
        let ctx = egui::Context::default();
        let text = "opaque sample".chars().map(|c| Key::Text(c.into()));
        let enter = Key::Key {
            key: egui::Key::Enter,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        let mut input = RawInput {
            events: text.chain([enter]).collect(),
            ..RawInput::default()
        };
        kiosk.raw_input_hook(&ctx, &mut input);
        while kiosk.scanned.is_empty() {
            kiosk.raw_input_hook(&ctx, &mut RawInput::default());
        }
        kiosk.think(&ctx);
        assert!(matches!(kiosk.session.state(), State::Tail(_)));
    }

    #[test]
    fn a_visit_whose_threads_are_all_stuck_is_told_so_and_the_window_goes_on() {
        let (mut kiosk, _inboxes) = kiosk();
        kiosk.hands.as_ref().unwrap().fill();
        fill_inbox(&kiosk);
        sits(&mut kiosk);
        let State::Framing(framing) = kiosk.session.state() else {
            panic!("{:?}", kiosk.session.state());
        };
        assert!(framing.refused.is_none(), "no picture could be cut");
        touches(&mut kiosk, &[Touch::Leave, Touch::Staff]);
        types(&mut kiosk, "1\n482915\n");
        let State::Staff(Desk::Locked(lock)) = kiosk.session.state() else {
            panic!("{:?}", kiosk.session.state());
        };
        assert_eq!(lock.answer, Some(PinAnswer::Unchecked));
        touches(&mut kiosk, &[Touch::StaffLeave]);
    }

    #[test]
    fn a_page_of_staff_hears_that_a_full_queue_did_not_take_its_chore() {
        let (kiosk, _inboxes) = kiosk();
        let hands = kiosk.hands.as_ref().unwrap();
        hands.fill();
        for chore in [Chore::Export(1), Chore::Import(1)] {
            let heard = hands.carry_out(Effect::Chore(chore));
            let Some(Event::News(News::Carried(Carrying::Failed(why)))) = heard else {
                panic!("{heard:?}");
            };
            assert!(why.contains("try again"), "{why}");
        }
        for chore in [Chore::AcceptCamera, Chore::LockCamera, Chore::Examine] {
            let heard = hands.carry_out(Effect::Chore(chore));
            assert!(matches!(heard, Some(Event::News(_))), "{heard:?}");
        }
    }

    #[test]
    fn a_save_that_the_outbox_s_full_queue_does_not_take_has_failed() {
        let (mut kiosk, inboxes) = kiosk();
        sits(&mut kiosk);
        let ask = inboxes.compute.try_iter().find_map(|job| {
            let Job::Standardise { ask, .. } = job else {
                return None;
            };
            Some(ask)
        });
        let now = kiosk.wires.clock.now();
        let made = Event::Standardised {
            ask: ask.unwrap(),
            result: Ok(Arc::new(samples::portrait())),
        };
        kiosk.apply(made, now);
        kiosk.hands.as_ref().unwrap().fill_store();
        fill_inbox(&kiosk);
        touches(&mut kiosk, &[Touch::Confirm]);
        let State::Review(review) = kiosk.session.state() else {
            panic!("{:?}", kiosk.session.state());
        };
        assert!(review.save_failed);
    }

    #[test]
    fn the_window_closes_while_a_thread_waits_to_tell_it_something() {
        let (mut kiosk, _inboxes) = kiosk();
        fill_inbox(&kiosk);
        let wires = Arc::clone(&kiosk.wires);
        let hands = kiosk.hands.as_mut().unwrap();
        hands.also(move || wires.tell(Event::Tick));
        drop(kiosk);
    }
}
