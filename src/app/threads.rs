//! Every thread of the kiosk is born here, named, and joined.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
};

use super::{
    asker::{Asker, AskerParts, Question},
    compute::{self, Job},
    courier,
    desk::{DeskParts, DeskThread},
    eyes,
    opening::Opened,
    pulse::Part,
    slips::{self, Slips},
    store::{FollowUp, Request, Store, desk::Ask},
    updater::Updater,
    watchdog,
    wires::Wires,
};
use crate::{
    analysis::Analyser,
    booth::{PrinterState, VisitEnd},
    camera,
    code::{Advice, Reading},
    config::Config,
    contract::{BatchRefusal, BatchTrouble, CommandTrouble},
    lang::{Lang, Text},
    outbox::Act,
    platform::Client,
    portrait::Unfit,
    reader,
    scanner::{self, burst::Scan},
    session::{
        Chime, Effect, Event, PinAnswer, Pinning, ProgressAnswer, ResolveAnswer, SaveFailed,
        commissioning::{Measured, NoPicture, NoPlate, NoShot, NotLocked},
        desk::{Carrying, Chore, Examined, Finding, Level, News},
        importing::{Found, NotImported},
        settings::{Settings, Speech},
    },
    sound, station,
};

/// Facts wait in short queues: one visit never has more than a few under way.
const QUEUE: usize = 32;

/// The ends of the threads' queues that the window holds.
pub struct Hands {
    store: SyncSender<Request>,
    compute: SyncSender<Job>,
    ask: SyncSender<Question>,
    desk: SyncSender<Chore>,
    /// `None` where no printer is configured.
    printer: Option<SyncSender<slips::Job>>,
    wires: Arc<Wires>,
    threads: Vec<JoinHandle<()>>,
}

/// Starts all threads of an opened booth. Readings come back by their own queue.
pub fn start(opened: Opened, wires: &Arc<Wires>) -> (Hands, Receiver<Reading>) {
    let Opened {
        program,
        config,
        station,
        station_folder,
        desk,
        settings,
        mut delivering,
        eyes_analyser,
        compute_analyser,
        ..
    } = opened;
    let (compute_queue, compute_inbox) = sync_channel(QUEUE);
    let (ask_queue, ask_inbox) = sync_channel(QUEUE);
    let (reading_queue, readings) = sync_channel(QUEUE);
    let (desk_queue, chores) = sync_channel(QUEUE);
    wires.settings.put(settings);
    if let Some(checked) = station::last_check(&station_folder) {
        wires.checked.put(checked);
    }
    // Before the first visitor, whether or not the platform answers.
    let published = delivering.asker.librarian.reread_calendar();
    wires.published.put(published.unwrap_or_default());
    let mut crew = Crew::new(wires);
    crew.watch(&program, &config, &station_folder, reading_queue);
    crew.judge(
        eyes_analyser,
        compute_analyser,
        compute_inbox,
        station_folder,
    );
    let store = crew.deliver(delivering.store, &delivering.client);
    crew.look_after(&desk, &delivering.client);
    crew.serve(
        DeskThread {
            parts: desk,
            store: store.clone(),
            compute: compute_queue.clone(),
            ask: ask_queue.clone(),
        },
        chores,
    );
    crew.ask(
        delivering.asker,
        store.clone(),
        delivering.client,
        ask_inbox,
    );
    let printer = crew.print(&config, station);
    let hands = Hands {
        store,
        compute: compute_queue,
        ask: ask_queue,
        desk: desk_queue,
        printer,
        wires: Arc::clone(wires),
        threads: crew.threads,
    };
    (hands, readings)
}

/// The threads under way, each with its own handle on the wires.
pub(super) struct Crew<'a> {
    wires: &'a Arc<Wires>,
    threads: Vec<JoinHandle<()>>,
}

impl<'a> Crew<'a> {
    pub const fn new(wires: &'a Arc<Wires>) -> Self {
        Self {
            wires,
            threads: Vec::new(),
        }
    }

    /// Starts the watchdog, and the updater of an installed booth.
    fn look_after(&mut self, desk: &DeskParts, client: &Arc<Client>) {
        let identity = desk.station.clone();
        if let Some(updater) = Updater::of_an_installed_booth(&identity, &desk.data, client) {
            self.start("updates", move |wires| updater.run(wires));
        }
        self.start("watchdog", move |wires| watchdog::run(wires, &identity));
    }

    /// A hand scanner that is read directly.
    fn scan(&mut self, device: PathBuf, readings: SyncSender<Reading>) {
        self.start("scanner", move |wires| {
            let tell = |scan| match scan {
                Scan::Whole(bytes) => readings.send(Reading { bytes, card: None }).is_ok(),
                Scan::Spoilt => {
                    wires.tell(Event::HardToRead(Advice::ScannedInPart));
                    true
                }
            };
            let clock = || wires.clock.now().mono;
            scanner::evdev::run(&device, &tell, &clock, &wires.stop);
        });
    }

    /// Camera, code reader, and the scanner if there is one.
    fn watch(
        &mut self,
        program: &Path,
        config: &Config,
        station: &Path,
        readings: SyncSender<Reading>,
    ) {
        let camera_program = program.to_owned();
        let reader_program = program.to_owned();
        let station = station.to_owned();
        let own = config.camera.clone();
        self.wires.camera_settings.put(own.clone());
        self.start("camera", move |wires| {
            // The camera's thread asks for the time wherever it waits: each question is a beat.
            let clock = || {
                let now = wires.clock.now();
                wires.pulse.beat(Part::Camera, now.mono);
                now
            };
            let slots = camera::Slots {
                frames: &wires.frames,
                state: &wires.camera,
                tally: &wires.camera_tally,
                cue: &wires.cue,
                need: &wires.need,
            };
            while let Some(settings) = wires.camera_settings.newest() {
                // In this order: a stop that comes now ends the run that begins now.
                wires.camera_anew.store(false, Ordering::Relaxed);
                if wires.stopped() {
                    break;
                }
                // What was locked is for the booth's own settings, not for those under which a
                // camera settles.
                let commissioned = (*settings == own).then_some(station.as_path());
                camera::run(
                    &settings,
                    commissioned,
                    &camera_program,
                    &slots,
                    &clock,
                    &wires.camera_anew,
                );
            }
        });
        if let Some(device) = config.scanner.device.clone() {
            self.scan(device, readings.clone());
        }
        self.start("reader", move |wires| {
            let clock = || wires.clock.now();
            reader::run(
                &reader_program,
                &wires.frames,
                &wires.codes_wanted,
                &readings,
                &|advice| wires.tell(Event::HardToRead(advice)),
                &clock,
                &wires.stop,
            );
        });
    }

    /// The live judge and the maker of portraits, each with networks of its own.
    fn judge(
        &mut self,
        mut eyes_analyser: Analyser,
        mut compute_analyser: Analyser,
        jobs: Receiver<Job>,
        station: PathBuf,
    ) {
        self.start("analysis", move |wires| {
            eyes::run(wires, &mut eyes_analyser);
        });
        self.start("compute", move |wires| {
            compute::run(wires, &jobs, &mut compute_analyser, &station);
        });
    }

    /// Who runs the staff's chores.
    fn serve(&mut self, desk: DeskThread, chores: Receiver<Chore>) {
        let wires = Arc::clone(self.wires);
        self.start("desk", move |_| desk.run(&wires, &chores));
    }

    /// The printer of slips, if there is one.
    fn print(&mut self, config: &Config, station: String) -> Option<SyncSender<slips::Job>> {
        /// Slips are asked for one at a time.
        const SLIPS: usize = 1;
        let slips = Slips {
            port: config.printer.port.clone()?,
            width_dots: config.printer.width_dots,
            station,
        };
        let (queue, jobs) = sync_channel(SLIPS);
        self.start("printer", move |wires| slips.run(wires, &jobs));
        Some(queue)
    }

    /// The outbox's owner and its couriers; the owner's queue comes back.
    pub fn deliver(&mut self, mut store: Store, client: &Arc<Client>) -> SyncSender<Request> {
        let (requests, inbox) = sync_channel(QUEUE);
        self.start("outbox", move |wires| store.run(wires, &inbox));
        for _ in 0..courier::COURIERS {
            let (store, client) = (requests.clone(), Arc::clone(client));
            self.start("deliver", move |wires| {
                courier::run(wires, &store, &client);
            });
        }
        requests
    }

    /// Who asks the platform short questions.
    pub fn ask(
        &mut self,
        parts: AskerParts,
        store: SyncSender<Request>,
        client: Arc<Client>,
        questions: Receiver<Question>,
    ) {
        let mut asker = Asker::new(parts, store, client);
        self.start("ask", move |wires| asker.run(wires, &questions));
    }

    /// Waits for all of them; whoever calls has told them to stop and closed their queues.
    pub fn join(self) {
        join(self.threads);
    }

    fn start(&mut self, name: &str, work: impl FnOnce(&Wires) + Send + 'static) {
        let wires = Arc::clone(self.wires);
        match beside(name, move || work(&wires)) {
            Ok(thread) => self.threads.push(thread),
            Err(error) => tracing::error!(%error, name, "a thread cannot be started"),
        }
    }
}

/// One named thread beside the caller's.
pub fn beside<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

const fn sound_of(chime: Chime) -> sound::Chime {
    match chime {
        Chime::Accepted | Chime::Done => sound::Chime::Ok,
        Chime::Shutter => sound::Chime::Tick,
        Chime::Refused => sound::Chime::Warn,
        Chime::CallStaff => sound::Chime::Call,
    }
}

impl Hands {
    /// Hands one effect to the thread that does it; never waits, for this is the window's thread.
    /// Returns the answer that stands for the thread's own where its queue is full: it is stuck.
    #[must_use]
    pub fn carry_out(&self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::LookUpToday { ask, code } => self.ask_store(Request::LookUpToday { ask, code }),
            // Without an answer the visit goes on and is checked when the parcel arrives.
            Effect::Resolve { ask, person } => self.ask(Question::Who { ask, person }),
            Effect::FindBatch { visit, batch } => self.ask(Question::Batch { visit, batch }),
            Effect::PinBatch(batch) => self.ask(Question::Pin(batch)),
            Effect::Unpin => self.ask(Question::Unpin),
            Effect::Obey(command) => self.ask(Question::Obey(command)),
            Effect::EndLockouts(command) => self.ask(Question::EndLockouts(command)),
            Effect::Standardise {
                ask,
                sight,
                crop,
                batch,
                marked,
            } => self.compute(Job::Standardise {
                ask,
                sight,
                crop,
                batch,
                marked,
            }),
            Effect::Save(capture) => self.ask_store(Request::Save(capture)),
            Effect::KeepContact { capture, contact } => {
                self.ask_store(Request::FollowUp(FollowUp::Contact(capture, contact)))
            }
            Effect::Order { capture, person } => self.ask(Question::Order { capture, person }),
            Effect::Print {
                receipt,
                batch,
                lang,
            } => self.print(slips::Job {
                receipt,
                batch,
                lang,
            }),
            Effect::AskProgress { ask, asked } => self.ask(Question::Progress { ask, asked }),
            Effect::ConfirmStandard { ask, id, person } => {
                self.ask(Question::Confirm { ask, id, person })
            }
            Effect::VerifyPin { ask, number, pin } => {
                self.compute(Job::VerifyPin { ask, number, pin })
            }
            Effect::Chore(chore) => self.chore(chore),
            Effect::Chime(chime) => {
                if chime == Chime::CallStaff {
                    tracing::info!("staff are called to the booth");
                }
                sound::play(sound_of(chime), self.settings().volume);
                None
            }
            Effect::TellStaff(advice) => {
                tracing::warn!(?advice, "light or backdrop is not right");
                None
            }
            Effect::Forget => None,
        }
    }

    fn settings(&self) -> Settings {
        let settings = self.wires.settings.newest();
        settings.map_or_else(Settings::default, |settings| *settings)
    }

    /// To the thread that owns what staff want changed or shown.
    fn chore(&self, chore: Chore) -> Option<Event> {
        let ask = |ask| self.ask_store(Request::Desk(ask));
        match chore {
            Chore::TakeOver(operator) => ask(Ask::TakeOver(operator)),
            Chore::PinRefused => ask(Ask::Note(Act::PinRefused)),
            Chore::Left => ask(Ask::Note(Act::StaffLeft)),
            Chore::Look(page) => ask(Ask::Look(page)),
            Chore::Retry(id) => ask(Ask::Retry(id)),
            Chore::RetryAll => ask(Ask::RetryAll),
            Chore::Amend(id, change) => ask(Ask::Amend(id, change)),
            Chore::LookAtSeat => self.compute(Job::LookAtSeat),
            Chore::TakePlate => self.compute(Job::TakePlate),
            Chore::TestShot => self.compute(Job::TestShot),
            chore @ (Chore::LookAtDays
            | Chore::CloseDay(_)
            | Chore::Export(_)
            | Chore::Import(_)
            | Chore::AcceptCamera
            | Chore::LockCamera
            | Chore::NoteCheck
            | Chore::Keep(_)
            | Chore::Examine
            | Chore::FindPictures(_)
            | Chore::OpenPicture { .. }) => {
                if let Chore::Keep(settings) = &chore {
                    self.wires.settings.put(*settings);
                }
                let chore = lost("desk", self.desk.try_send(chore))?;
                not_done(&chore).map(Event::News)
            }
        }
    }

    /// A picture that the guide called good was refused.
    pub fn count_good_then_refused(&self) {
        drop(self.ask_store(Request::Desk(Ask::GoodThenRefused)));
    }

    /// Counts a visit's begin (`None`) or its end without a photo.
    pub fn count(&self, end: Option<VisitEnd>) {
        drop(self.ask_store(Request::Count(end)));
    }

    /// Reads a sentence of the screen aloud, where that is wanted.
    pub fn say(&self, sentence: Text, lang: Lang) {
        if self.settings().speech == Speech::On {
            sound::say(sentence, lang);
        }
    }

    /// A save that cannot even be asked for has failed.
    fn ask_store(&self, request: Request) -> Option<Event> {
        let Request::Save(capture) = lost("outbox", self.store.try_send(request))? else {
            return None;
        };
        Some(Event::Saved {
            visit: capture.facts.id,
            result: Err(SaveFailed),
        })
    }

    fn ask(&self, question: Question) -> Option<Event> {
        let refusal = || BatchRefusal::nameless(BatchTrouble::NotReachable);
        Some(match lost("ask", self.ask.try_send(question))? {
            Question::Who { ask, .. } => Event::Resolved {
                ask,
                answer: ResolveAnswer::NoAnswer,
            },
            Question::Batch { visit, .. } => Event::BatchFound {
                visit,
                found: Err(refusal()),
            },
            Question::Pin(_) | Question::Unpin | Question::Obey(_) => {
                Event::Pinned(Pinning::Refused(refusal()))
            }
            Question::EndLockouts(_) => Event::News(News::Lockouts(Err(CommandTrouble::NotDone))),
            Question::Order { capture, .. } => Event::Ordered {
                capture,
                order: None,
            },
            Question::Progress { ask, .. } | Question::Confirm { ask, .. } => Event::Progress {
                ask,
                answer: ProgressAnswer::NoAnswer,
            },
        })
    }

    /// A slip that the printer's thread does not take is not printed.
    fn print(&self, job: slips::Job) -> Option<Event> {
        let job = match &self.printer {
            Some(printer) => lost("printer", printer.try_send(job))?,
            None => job,
        };
        Some(Event::Printed {
            visit: job.receipt.visit,
            result: Err(PrinterState::Fault("its thread is busy".to_owned())),
        })
    }

    fn compute(&self, job: Job) -> Option<Event> {
        let measured = |measured| Some(Event::News(News::Measured(measured)));
        match lost("compute", self.compute.try_send(job))? {
            Job::Standardise { ask, .. } => Some(Event::Standardised {
                ask,
                result: Err(Unfit::Encoding),
            }),
            Job::VerifyPin { ask, .. } => Some(Event::Pin {
                ask,
                answer: PinAnswer::Unchecked,
            }),
            Job::LookAtSeat => measured(Measured::Seat(Err(NoPicture))),
            Job::TakePlate => measured(Measured::Plate(Err(NoPlate::NoPicture))),
            Job::TestShot => measured(Measured::Shot(Err(NoShot::NoPicture))),
            Job::Import { ask, .. } => {
                Some(Event::News(News::Picture(ask, Err(NotImported::Busy))))
            }
            Job::ForgetPlate => None,
        }
    }

    /// Tells every thread to stop and waits for them; queues are closed first.
    pub fn stop(self) {
        let Self {
            store,
            compute,
            ask,
            desk,
            printer,
            wires,
            threads,
        } = self;
        wires.stop.store(true, Ordering::Relaxed);
        wires.camera_anew.store(true, Ordering::Relaxed);
        drop((store, compute, ask, desk, printer));
        join(threads);
    }
}

/// What the page hears that waits for a chore which its thread did not take.
fn not_done(chore: &Chore) -> Option<News> {
    match chore {
        Chore::Export(_) | Chore::Import(_) => {
            Some(News::Carried(Carrying::Failed(BUSY.to_owned())))
        }
        Chore::AcceptCamera => Some(News::Measured(Measured::Camera(Err(NotLocked::NotKept)))),
        Chore::LockCamera => Some(News::Measured(Measured::Lock(Err(NotLocked::NotKept)))),
        Chore::Examine => {
            let finding = Finding {
                name: "booth".to_owned(),
                level: Level::Warn,
                text: BUSY.to_owned(),
            };
            Some(News::Examined(Arc::new(Examined {
                findings: vec![finding],
                ..Examined::default()
            })))
        }
        Chore::FindPictures(ask) => Some(News::Pictures(*ask, Found::default())),
        Chore::OpenPicture { ask, .. } => Some(News::Picture(*ask, Err(NotImported::Busy))),
        Chore::TakeOver(_)
        | Chore::PinRefused
        | Chore::Left
        | Chore::Look(_)
        | Chore::Retry(_)
        | Chore::RetryAll
        | Chore::Amend(..)
        | Chore::LookAtDays
        | Chore::CloseDay(_)
        | Chore::LookAtSeat
        | Chore::TakePlate
        | Chore::TestShot
        | Chore::NoteCheck
        | Chore::Keep(_) => None,
    }
}

const BUSY: &str = "the booth is busy with what staff asked before: try again in a minute";

/// What a queue did not take: it is full, or its thread is gone.
fn lost<T>(thread: &str, sent: Result<(), TrySendError<T>>) -> Option<T> {
    let (TrySendError::Full(lost) | TrySendError::Disconnected(lost)) = sent.err()?;
    tracing::error!(thread, "a thread does not answer");
    Some(lost)
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        if thread.join().is_err() {
            tracing::error!("a thread panicked");
        }
    }
}

/// The other ends of the queues that the window holds.
#[cfg(all(test, feature = "demo"))]
pub(super) struct Inboxes {
    pub compute: Receiver<Job>,
    /// Kept open.
    _others: (Receiver<Request>, Receiver<Question>, Receiver<Chore>),
}

#[cfg(all(test, feature = "demo"))]
impl Hands {
    /// Queues whose threads do nothing.
    pub(super) fn idle(wires: &Arc<Wires>) -> (Self, Inboxes) {
        let (store, store_inbox) = sync_channel(QUEUE);
        let (compute, compute_inbox) = sync_channel(QUEUE);
        let (ask, ask_inbox) = sync_channel(QUEUE);
        let (desk, desk_inbox) = sync_channel(QUEUE);
        let hands = Self {
            store,
            compute,
            ask,
            desk,
            printer: None,
            wires: Arc::clone(wires),
            threads: vec![],
        };
        let inboxes = Inboxes {
            compute: compute_inbox,
            _others: (store_inbox, ask_inbox, desk_inbox),
        };
        (hands, inboxes)
    }

    pub(super) fn fill_store(&self) {
        while self.store.try_send(Request::Nudge).is_ok() {}
    }

    pub(super) fn fill(&self) {
        self.fill_store();
        while self.compute.try_send(Job::ForgetPlate).is_ok() {}
        while self.ask.try_send(Question::Unpin).is_ok() {}
        while self.desk.try_send(Chore::Examine).is_ok() {}
    }

    /// One more thread, to be waited for at the end.
    pub(super) fn also(&mut self, work: impl FnOnce() + Send + 'static) {
        self.threads.extend(beside("also", work));
    }
}
